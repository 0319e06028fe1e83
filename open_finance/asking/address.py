"""What somebody is called who is spoken to, and what is said to them: *tchê*, *minha gente*, *visse?*, *compadre*. Pure.

Such a word says nothing at the beginning or the end of a sentence, or between commas. Elsewhere it may be a person who was
sent money: *o Pix do compadre*.
"""

from __future__ import annotations

import re
from typing import Final

from open_finance.folding import fold

#: Said to anybody, without a comma as well.
_CALLS: Final = (
    r"tche|guri[a]?|gurizada|pia|visse|viste|oxente|oxi|oxe|vixe|vixi|armaria|ave maria|vish|uai|bah|barbaridade"
    r"|mainha|painho|voinh[oa]|macho|mah|vei|bixo|moc[oa]|mocinh[oa]|rapaz|rapaziada|compadre|comadre|cumpadi|cumpade|cumadi"
    r"|meu rei|parca|parceir[oa]|parceirinho|brother|bro|mano|mana|maninh[oa]|truta|camarada|companheir[oa]|amig[oa]|amigao"
    r"|amiguinh[oa]|querid[oa]|queridinh[oa]|lindinha|gente|minha gente|gente boa|povo|pessoal|galera|meu povo|veinho"
    r"|maluco|mermao|meu irmao|irmaozinho|meu chapa|seu moco|dona moca|mo[cs]a bonita|minha fia|meu fio|meu deus|caramba"
    r"|caraca|po|poxa|hein|heim|ein|viu"
    r"|ne nao|nao e mesmo|nao e verdade|ta bom|tabom|tendeu|entendeu|sacou|ok|okay|ne|neh|blz|combinado|ta ligad[oa]"
    r"|miga|migo|meu bem|meu amor|meu caro|minha cara|minha querida|meu querido|meu nobre|minha senhora|meu senhor|campeao"
)
#: Said to one's own, or words of their own as well: with a comma only.
_NEAR: Final = (
    r"so|ta|certo|sabe|nao e|num e|pode ser|fechou|egua|bicha|cabra|mulher|menin[oa]|menin[oa]s|jovem|velho|doido|rei"
    r"|patrao|patroa|chefia|chefe|colega|fofa|linda|bichinh[oa]|turma|chapa|fi[oa]|sinh[oa]|nossa"
    r"|nossa senhora|misericordia|jesus"
    r"|ave|mona|veio|dout?ora?|bem|amor|nobre|mestre|grande|guerreir[oa]|assistente|robozinho|bot|robo|gerente"
    r"|senhor(?:a|ita)?|(?:o|a) senhora?"
)
_KIN: Final = (
    r"(?:meu |minha )?(?:mae|pai|filh[oa]|filhot[ea]|irmao|irma|prim[oa]|ti[oa]|titi[oa]|cunhad[oa]|sogr[oa]|vo|vov[oa]"
    r"|net[oa]|afilhad[oa]|padrinho|madrinha|neg[oa]|neguinh[oa]|pret[oa]|mor|vida|anjo|benzinho|coracao|flor|santa)"
    r"(?: (?:do ceu|de deus|amad[oa]|querid[oa]))?"
)
_ANY: Final = rf"(?:{_CALLS}|{_NEAR}|{_KIN})"
_OH: Final = r"(?:(?:o|oh|ow|e|ei|hey|ah|ai|ih|eh|olha|meu|minha|seu|eita|arre|opa|e ai|eai|fala|salve|vixe|oxe) )?"
_ASKS: Final = (
    r"(?=(?:quant|qto|qta|qnt|qual|quais|onde|quando|me (?:diz|diga|fala|conta|mostra|ve|lista)|quero|queria|preciso|mostra"
    r"|lista|ve |da p|tem como|cade|sera|eu |to |como|o que|que |em q|gast|paguei|recebi|soma|total|no |na |em |de |esse"
    r"|este)\w*)"
)
_START: Final = re.compile(rf"^{_OH}(?:(?:{_CALLS}) {_ASKS}|{_ANY} ?[,!;:.]+ ?)")
_MIDDLE: Final = re.compile(rf", ?{_OH}{_ANY}(?=,)")
_END: Final = re.compile(rf"[,;] ?{_OH}{_ANY}(?: {_OH}(?:{_CALLS}))? ?[!?.,;…]*$|(?<=[?!.]) ?{_OH}{_ANY} ?[!?.…]*$")
_BARE_END: Final = re.compile(rf"(?<=\w) {_OH}(?:{_CALLS}) ?[!?.…]*$")
_IS_KIN: Final = re.compile(rf"(?<!\w){_KIN}(?!\w)")
#: After these a word is no call: *pro meu compadre*.
_JOINS: Final = re.compile(
    r"(?:^|\s)(?:a|ao|aos|as|o|os|de|do|da|dos|das|em|no|na|nos|nas|com|c|por|pelo|pela|pra|pro|pras|pros|para|p|e"
    r"|ou|que|meu"
    r"|minha|seu|sua|um|uma|num|numa|esse|essa|este|quanto|quanta|gasto|x|vs)$"
)
#: Who writes: *aqui é a dona Neide*.
_INTRODUCES: Final = re.compile(
    r"(?:^|(?<=[,.!;?] ))(?:aqui (?:quem (?:fala|escreve) )?e|quem (?:fala|escreve) (?:aqui )?e|me chamo|(?:o )?meu nome e)"
    r" (?:(?:a|o) )?(?:(?:dona|seu|sr|sra|dr|dra|ti[ao]|vo|professora?) )?[a-z]+(?: (?:d[aeo]s? )?[a-z]+)? ?[,.!;:]+ ?"
)
#: So many may stand at either end: *oxente, meu rei*.
_MOST: Final = 4
_FEWEST_WORDS: Final = 2


def without_calls(text: str) -> str:
    """A text without those who are spoken to, folded where any were; else as it was."""
    plain = fold(text)
    left = _INTRODUCES.sub("", plain)
    for _ in range(_MOST):
        shorter = _once(left)
        if shorter == left or len(re.findall(r"\w+", shorter)) < _FEWEST_WORDS:
            break
        left = shorter
    return text if left == plain else left


def _once(text: str) -> str:
    text = _MIDDLE.sub(_cut_call, _START.sub("", text))
    ends = _END.search(text)
    if ends is not None and not _is_of_list(text, ends):
        return text[: ends.start()]
    ends = _BARE_END.search(text)
    if ends is None or _JOINS.search(text[: ends.start()]):
        return text
    return text[: ends.start()]


def _cut_call(found: re.Match[str]) -> str:
    return found[0] if _is_of_list(found.string, found) else ""


def _is_of_list(text: str, found: re.Match[str]) -> bool:
    """*Pra minha mãe, meu pai*: two of one's own, of whom none is spoken to."""
    return _IS_KIN.search(found[0]) is not None and _IS_KIN.search(text[: found.start()]) is not None
