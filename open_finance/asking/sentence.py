"""A question as folded words, of which one after the other gets its meaning. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from open_finance.asking.numbers import with_digits
from open_finance.asking.word_sets import word_set
from open_finance.asking.written_days import with_months, written_out
from open_finance.folding import fold

__all__ = ["MAX_CHARACTERS", "MAX_WORDS", "SHORT", "UNCLEAR", "Sentence", "word_set", "words_of"]

#: The mark of what has a meaning that is not known: days that the calendar does not have, or that are to come.
UNCLEAR = "unclear"
#: Nobody asks in more words; what is longer is no question.
MAX_WORDS = 48
MAX_CHARACTERS = 400

#: What people write short.
SHORT = {
    "qto": "quanto",
    "qnto": "quanto",
    "qt": "quanto",
    "qnt": "quanto",
    "quato": "quanto",
    "qtos": "quantos",
    "qtas": "quantas",
    "qntas": "quantas",
    "qntos": "quantos",
    "qta": "quanta",
    "qts": "quantas",
    "c": "com",
    "p": "para",
    "pra": "para",
    "pro": "para",
    "pras": "para",
    "pros": "para",
    "prum": "para",
    "q": "que",
    "oq": "o que",
    "hj": "hoje",
    "td": "tudo",
    "tds": "todos",
    "tda": "toda",
    "n": "nao",
    "ñ": "nao",
    "ssa": "essa",
    "sse": "esse",
    "d": "de",
    "tb": "tambem",
    "tbm": "tambem",
    "qnts": "quantas",
    "qtd": "quantidade de",
    "jah": "ja",
    "naum": "nao",
    "agr": "agora",
    "cmg": "comigo",
    "dps": "depois",
    "fes": "fez",
    "pq": "porque",
    "oque": "o que",
    "quantu": "quanto",
    "gastey": "gastei",
    "foii": "foi",
    "vc": "voce",
    "vcs": "voces",
    "ta": "esta",
    "tah": "esta",
    "to": "estou",
    "tou": "estou",
    "tava": "estava",
    "mto": "muito",
    "mt": "muito",
    "qdo": "quando",
    "qnd": "quando",
    "qndo": "quando",
    "ult": "ultimo",
    "cc": "conta corrente",
    "cartao de credito": "cartao",
    "msm": "mesmo",
    "aq": "aqui",
    "ai": "ai",
    "pgto": "pagamento",
    "pg": "paguei",
    "pagto": "pagamento",
    "sal": "salario",
    "transf": "transferencia",
    "mercadinho": "mercado",
    "faturinha": "fatura",
    "faturinhas": "faturas",
    "saldinho": "saldo",
    "salarinho": "salario",
    "parcelinha": "parcela",
    "parcelinhas": "parcelas",
    "pixzinho": "pix",
    "pixinho": "pix",
    "continha": "conta",
    "continhas": "contas",
    "super": "supermercado",
    "num": "em",
    "numa": "em",
    "deste": "de este",
    "desta": "de esta",
    "desse": "de esse",
    "dessa": "de essa",
    "neste": "em este",
    "nesta": "em esta",
    "nesse": "em esse",
    "nessa": "em essa",
    "daquele": "de aquele",
    "duma": "de",
    "dum": "de",
    "fds": "fim de semana",
    "pix's": "pix",
    "pixs": "pix",
    "pixes": "pix",
    "net": "internet",
    "wifi": "internet",
    "nn": "nao",
    "blz": "",
    "cm": "com",
    "eh": "e",
    "neh": "ne",
    "oje": "hoje",
    "lus": "luz",
    "mez": "mes",
    "dindim": "dinheiro",
    "dindin": "dinheiro",
    "bufunfa": "dinheiro",
    "money": "dinheiro",
    "din": "dinheiro",
    "vlr": "valor",
    "tot": "total",
    "qtde": "quantidade de",
    "qtdade": "quantidade de",
    "cred": "credito",
    "deb": "debito",
    "cta": "conta",
    "ctas": "contas",
    "merc": "mercado",
    "farm": "farmacia",
    "comb": "combustivel",
    "fat": "fatura",
    "parc": "parcelas",
    "desp": "despesas",
    "acum": "acumulado",
    "tmb": "tambem",
    "tbem": "tambem",
    "entaum": "entao",
    "pfvr": "por favor",
    "pls": "por favor",
    "plz": "por favor",
    "obg": "obrigado",
    "ont": "ontem",
    "inda": "ainda",
    "im": "em",
    "du": "do",
    "u": "o",
    "pur": "por",
    "onti": "ontem",
    "sesta": "sexta",
    "oce": "voce",
    "ce": "voce",
    "tamem": "tambem",
    "mermo": "mesmo",
    "mermu": "mesmo",
    "inte": "ate",
    "cum": "com",
    "pru": "para",
    "prus": "para",
    "nois": "nos",
    "dispois": "depois",
    "despois": "depois",
    "muinto": "muito",
    "ondi": "onde",
    "qtu": "quanto",
    "treis": "tres",
    "meis": "mes",
    "mezes": "meses",
    "mezis": "meses",
    "deis": "dez",
    "deiz": "dez",
    "seti": "sete",
    "oitu": "oito",
    "novi": "nove",
    "quinzi": "quinze",
    "vinti": "vinte",
    "naquele": "em aquele",
    "naquela": "em aquela",
    "daquela": "de aquela",
}

#: *A gente gastou* is oneself.
_WE = {
    "gastou": "gastamos",
    "pagou": "pagamos",
    "comprou": "compramos",
    "recebeu": "recebemos",
    "ganhou": "ganhamos",
    "gasta": "gasto",
    "paga": "pago",
    "recebe": "recebo",
}
#: *Posso gasta*, as it is said.
_CLIPPED = re.compile(r"\b(posso|podemos|consigo|vou|quero|preciso) (gasta|paga|compra|usa|torra)\b")
_OURS = re.compile(rf"\ba gente (?:ja )?({'|'.join(_WE)})\b")

#: Who has a sum made asks how much.
_SUM = re.compile(
    r"(?<!nao )\b(?:(?:me )?(?:faz|faca|fazer|fazendo)(?: ai| aqui)? (?:a|as|uma|umas|o|um) "
    r"(?:contas?|somas?|somatori[ao]s?|calculos?|continha|totalizacao)"
    r"|(?<!a )(?<!de )(?:some|somar|soma|calcul[ae]r?|totaliz[ae]r?|contabiliz[ae]r?))"
    r"(?: (?:ai|aqui|para mim|pra mim|p mim|para eu|por favor|rapidinho))*(?: (?:tudo )?(?:de|do|da|dos|das|com))?\b(?= )"
)
_AND = re.compile(r"(?<=[a-z]{3})\s*\+\s*(?=[a-z]{2})|(?<=\w)\s\+\s(?=\w)|(?<=[a-z]{3})\s?/\s?(?=[a-z]{2})")
#: Folded, ``nº`` would be *no*; after a digit it is an ordinal's sign.
_NUMBER_SIGN = re.compile(r"(?<!\w)n[.]?\s?[º°][.]?(?!\w)", re.IGNORECASE)
_DASHED_DAY = re.compile(r"(?<!\d)(\d{1,2})[-.](\d{1,2})[-.](\d{4}|\d{2})(?!\d)")
_ISO_DAY = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_TOKEN = re.compile(r"c6(?![a-z0-9])|\d[\d.,/]*\d[a-z]*|\d+[a-z]*|[a-z]+(?:[&+][a-z]+)*|[<>]=?")


def words_of(text: str) -> list[str]:
    """The words of a text, folded, short forms written out; no more than ``MAX_WORDS`` and one."""
    folded = written_out(fold(_NUMBER_SIGN.sub("numero ", text[: MAX_CHARACTERS * 2])))
    folded = _ISO_DAY.sub(r"\3/\2/\1", _DASHED_DAY.sub(r"\1/\2/\3", folded))
    folded = folded.replace("r$", " reais ").replace("'", "").replace("-feira", " feira")
    folded = folded.replace("conta do cartao", "fatura").replace("boleto do cartao", "fatura")
    folded = _AND.sub(" e ", _SUM.sub("quanto", folded))
    folded = _CLIPPED.sub(r"\1 \2r", folded)
    folded = _OURS.sub(lambda found: _WE[found[1]], folded)
    found: list[str] = []
    for token in _TOKEN.findall(folded):
        found.extend(SHORT.get(token, token).split())
        if len(found) > MAX_WORDS:
            break
    return _without_number(with_months(with_digits(found)))


#: *As duas contas*, *ambos os cartões*: all there are.
_ALL_OF_THEM = re.compile(
    r"(?<!\S)(?:(?<=as )|(?<=os )|(?<=meus )|(?<=minhas ))(?:2|3|4|duas|dois|tres)(?: (?:minhas|meus))? "
    r"(?=(?:contas(?! de )|cartoes|bancos|faturas|poupancas|caixinhas|saldos|limites)(?!\S)"
    r"(?! (?:que )?(?:mais|maior|menor|ultim)))"
    r"|(?<!\S)amb[oa]s(?= [oa]s )|(?<!\S)(?<=as )(?:2|duas) (?=conta(?: (?!de |da |do )|$))"
    r"|(?<!\S)(?<=os )(?:2|dois) (?=cartao(?!\S))"
)


def _without_number(words: list[str]) -> list[str]:
    text = " ".join(words)
    return (
        _ALL_OF_THEM.sub("", text).split()
        if {"2", "3", "4", "dois", "duas", "ambos", "ambas"}.intersection(words)
        else words
    )


class Sentence:
    """Words and what was made of each. A word that has a meaning is hidden from what looks for others."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)
        self.marks = [""] * len(self.words)

    @property
    def text(self) -> str:
        """The words without a meaning, ``_`` in place of each of the others."""
        return " ".join("_" if mark else word for word, mark in zip(self.words, self.marks, strict=True))

    @property
    def whole(self) -> str:
        """All words."""
        return " ".join(self.words)

    def place(self, found: re.Match[str]) -> int:
        """The first word of what was just taken."""
        return found.string.count(" ", 0, found.start())

    def take(self, pattern: re.Pattern[str], mark: str) -> re.Match[str] | None:
        """The first place that a pattern fits, at whole words; its words then have a meaning."""
        for found in pattern.finditer(self.text):
            span = self._span(found.start(), found.end())
            if span is not None:
                self.give(*span, mark)
                return found
        return None

    def take_all(self, pattern: re.Pattern[str], mark: str) -> int:
        """How many places a pattern fitted."""
        number = 0
        while number < MAX_WORDS and self.take(pattern, mark):
            number += 1
        return number

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern fits some of the words without a meaning."""
        return pattern.search(self.text) is not None

    def give(self, start: int, end: int, mark: str) -> None:
        """These words have a meaning."""
        for at in range(start, end):
            self.marks[at] = self.marks[at] or mark

    def free(self) -> Iterator[int]:
        """Places of words without a meaning."""
        return (at for at, mark in enumerate(self.marks) if not mark)

    def word(self, at: int) -> str:
        """The word at a place, ``""`` outside."""
        return self.words[at] if 0 <= at < len(self.words) else ""

    def mark(self, at: int) -> str:
        """What the word at a place means, ``""`` outside or for nothing."""
        return self.marks[at] if 0 <= at < len(self.marks) else ""

    def _span(self, start: int, end: int) -> tuple[int, int] | None:
        text = self.text
        while start < end and text[start] == " ":
            start += 1
        while end > start and text[end - 1] == " ":
            end -= 1
        if start == end or (start and text[start - 1] != " ") or (end < len(text) and text[end] != " "):
            return None
        first = text.count(" ", 0, start)
        return first, first + text.count(" ", start, end) + 1
