"""What a question is about: categories, shops that everybody knows, operations; and names that nobody knows. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from open_finance.asking import subjects_words as tables
from open_finance.asking.grammar import INNER, MARKERS, PREPOSITIONS, STOP
from open_finance.asking.sentence import Sentence, word_set
from open_finance.asking.turns import LEAVES_OUT
from open_finance.folding import fold
from open_finance.insights.taxonomy import GROUPS, groups_by_category
from open_finance.reading.category_names import category_name
from open_finance.reading.statement_query import LONG_MONTHS, LONGEST_NAME

What = Literal["category", "income", "income_text", "operation", "brand", "verb"]

#: Below so many letters a mistyped word is as like others as like itself.
SHORTEST_TYPO: Final = 5
_TWO_WRONG: Final = 10


class Target(NamedTuple):
    """``values``: categories, texts or an operation."""

    what: What
    values: tuple[str, ...]


@dataclass(slots=True)
class Subjects:
    """All that was found. ``without``: categories that are to be left out; ``are_listed``: see ``_are_listed``."""

    categories: list[str] = field(default_factory=list)
    income: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    brands: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    places: list[tuple[int, int, What]] = field(default_factory=list)
    verbs: bool = False
    are_listed: bool = False
    without: list[str] = field(default_factory=list)
    without_texts: list[str] = field(default_factory=list)
    without_operations: list[str] = field(default_factory=list)
    verb_values: list[str] = field(default_factory=list)

    def forget(self, sentence: Sentence) -> None:
        """Leave out categories whose words turned out to be part of a name, where nothing else is said."""
        kept = [place for place in self.places if sentence.mark(place[0]) != "named"]
        if len(kept) < len(self.places) and not any(place[2] == "category" for place in kept):
            self.categories.clear()
        self.places = kept


def stem(word: str) -> str:
    """A word in the singular, as far as its last letters go."""
    if len(word) < 4:
        return word
    for ending, single in (
        ("oes", "ao"),
        ("aes", "ao"),
        ("eis", "el"),
        ("ais", "al"),
        ("ns", "m"),
        ("res", "r"),
        ("zes", "z"),
    ):
        if word.endswith(ending) and len(word) > 4:
            return word[: -len(ending)] + single
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def find_subjects(sentence: Sentence, own: Mapping[str, str]) -> Subjects:
    """The longest phrases first, the person's own categories before all others. Their words have a meaning then."""
    found = Subjects()
    phrases = {**_phrases(), **_own(own)}
    longest = max((len(phrase) for phrase in phrases), default=1)
    at, left_out = 0, -1
    while at < len(sentence.words):
        taken = _at(sentence, at, phrases, longest)
        if taken is None:
            at += 1
            continue
        length, target = taken
        is_left_out = _is_left_out(sentence, at) or _is_more_of_it(sentence, left_out, at)
        sentence.give(at, at + length, target.what)
        if is_left_out and target.what in _WITHOUT:
            getattr(found, _WITHOUT[target.what]).extend(target.values)
            at = left_out = at + length
            continue
        _add(found, target, at, length)
        at += length
    found.are_listed = _are_listed(found.places, sentence)
    return found


def _are_listed(places: Iterable[tuple[int, int, What]], sentence: Sentence) -> bool:
    """Whether a category and a shop stand side by side: *mercado e ifood*; not *gasolina no posto Shell*."""
    named = sorted(place for place in places if place[2] in {"category", "brand"})
    return any(
        one[2] != other[2] and set(sentence.words[one[1] : other[0]]) <= {"e", "ou", "mais"}
        for one, other in pairwise(named)
    )


_LEAVES_OUT: Final = re.compile(rf"{LEAVES_OUT} ?(?:o |a |os |as |com |da |do |de )*$")


#: Where what is left out is kept.
_WITHOUT: Final[Mapping[What, str]] = {
    "category": "without",
    "brand": "without_texts",
    "operation": "without_operations",
}
_AND: Final = frozenset({"e", "ou", "nem", "o", "a", "os", "as"})


def _is_more_of_it(sentence: Sentence, left_out: int, at: int) -> bool:
    """*Sem aluguel e mercado*: neither."""
    return left_out >= 0 and set(sentence.words[left_out:at]) <= _AND


def _is_left_out(sentence: Sentence, at: int) -> bool:
    """Whether the words before say that what follows does not count; they have a meaning then."""
    before = " ".join(sentence.words[:at])
    told = _LEAVES_OUT.search(f"{before} ")
    if told is None or (told.start() and before[told.start() - 1] != " "):
        return False
    sentence.give(before[: told.start()].count(" "), at, "left out")
    return True


def _at(
    sentence: Sentence, at: int, phrases: Mapping[tuple[str, ...], Target], longest: int
) -> tuple[int, Target] | None:
    for length in range(min(longest, len(sentence.words) - at), 0, -1):
        if any(sentence.mark(place) for place in range(at, at + length)):
            continue
        target = phrases.get(tuple(stem(word) for word in sentence.words[at : at + length]))
        if sentence.word(at + length - 1) == "fora" and sentence.word(at + length) in {"o", "a", "os", "as"}:
            continue  # *comida, fora o ifood*
        if target is not None:
            return length, target
    return None


def _add(found: Subjects, target: Target, at: int, length: int) -> None:
    kept = {
        "category": found.categories, "verb": found.categories, "income": found.income, "income_text": found.texts,
        "operation": found.operations, "brand": found.brands,
    }[target.what]  # fmt: skip
    kept.extend(value for value in target.values if value not in kept)
    if target.what == "verb":
        found.verbs = True
        found.verb_values.extend(target.values)
    found.places.append((at, at + length, target.what))


@cache
def _phrases() -> dict[tuple[str, ...], Target]:
    """What stands later counts: our tables more than the tree's own names."""
    phrases: dict[tuple[str, ...], Target] = {}
    for category in groups_by_category():
        name = category_name(category)
        if name and not category.startswith(("01", "03", "04", "05", "06", "99", "0809")):
            phrases.setdefault(_key(name), Target("category", (category,)))
    phrases |= {_key(group): Target("category", (group,)) for group in GROUPS[:13]}
    for said_of_anything in ("compras", "servicos"):
        phrases.pop(_key(said_of_anything), None)
    for what, table in _TABLES:
        for target, written in table.items():
            _put(phrases, written, Target(what, _values(what, target, written)))
    return phrases


_TABLES: Final[tuple[tuple[What, Mapping[str, str]], ...]] = (
    ("category", tables.SPENDING),
    ("income", tables.INCOME),
    ("income_text", tables.INCOME_TEXTS),
    ("operation", tables.OPERATIONS),
    ("brand", tables.BRANDS),
    ("verb", tables.VERBS),
)


def _values(what: What, target: str, written: str) -> tuple[str, ...]:
    if what == "brand":
        return ("|".join(dict.fromkeys([target, *(each.strip() for each in written.split(","))])),)
    return (target,) if target in GROUPS or what in {"income_text", "operation"} else tuple(target.split())


def _put(phrases: dict[tuple[str, ...], Target], written: str, target: Target) -> None:
    for phrase in written.split(","):
        phrases[_key(phrase)] = target


def _own(own: Mapping[str, str]) -> dict[tuple[str, ...], Target]:
    return {_key(name): Target("category", (category,)) for category, name in own.items() if _key(name)}


def _key(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in fold(text).replace("-", " ").split())


# --- names that nobody knows ------------------------------------------------------------------------------------------


def find_texts(sentence: Sentence, *, all_of_them: bool = False) -> list[str]:
    """Names: words that nothing explains, after a preposition or an article. ``all_of_them``: also those after none. Their
    words have a meaning then."""
    found: list[str] = []
    at = 0
    while at < len(sentence.words):
        if not is_content(sentence, at):
            at += 1
            continue
        end = _name_end(sentence, at)
        start = _with_its_category(sentence, at)
        if start is not None:
            found.append(" ".join(sentence.words[start:end]))
            sentence.give(at, end, "text")
            sentence.marks[start:at] = ["named"] * (at - start)
            at = end
            continue
        if all_of_them or sentence.word(at - 1) in PREPOSITIONS:
            found.append(" ".join(sentence.words[at:end]))
            sentence.give(at, end, "text")
        at = end
    return list(dict.fromkeys(found))


def _with_its_category(sentence: Sentence, at: int) -> int | None:
    """Where a name begins that a category's word begins: ``padaria do Zé``. Not ``mercado no Zé``."""
    if sentence.word(at - 1) not in INNER or sentence.mark(at - 1) or sentence.mark(at - 2) != "category":
        return None
    start = at - 2
    while sentence.mark(start - 1) == "category":
        start -= 1
    return start


def is_content(sentence: Sentence, at: int) -> bool:
    """Whether a word has no meaning yet and may be a name's."""
    word = sentence.word(at)
    return bool(word) and not sentence.mark(at) and word not in STOP and word[0] not in "<>"


def _name_end(sentence: Sentence, at: int) -> int:
    end = at + 1
    while end - at < LONGEST_NAME:
        if is_content(sentence, end):
            end += 1
        elif sentence.word(end) in INNER and not sentence.mark(end) and is_content(sentence, end + 1):
            end += 2
        else:
            break
    return end


# --- mistyped words ---------------------------------------------------------------------------------------------------


def corrected(words: Iterable[str], own: Mapping[str, str], banks: Iterable[str] = ()) -> list[str]:
    """Words with one wrong, missing, doubled or swapped letter as those that we know. Names of people stay."""
    known = _lexicon() | _COMMON | {word for name in (*own.values(), *banks) for word in fold(name).split()}
    return [_corrected(word, known) for word in words]


#: Words of every day that look like those that we know.
_COMMON: Final = word_set(
    "valem vale posso pode podem podia poderia possa jeito embora chega chegar chegou vamos vendo vejo visto "
    "venda vender vendi vendeu fazem "
    "fazia feitas sempre nunca outro outra outras desde sobre ainda minha nossa muito muita muitos pouco pouca "
    "poucos melhor pior "
    "grande pequeno novos novas velho ficar ficou ficam ficava quero queria quer querem deve devem devia "
    "preciso precisa precisei "
    "tenho tinha teve tive temos houve havia existe mesma mesmo todas todos tudo nada algum alguma alguns cada "
    "qualquer outros "
    "entre depois antes agora tarde noite manha cedo hora horas minuto falar falei disse dizer digo conta "
    "contas contar certo "
    "certa errado errada igual parte partes resto lugar cidade mundo pessoa pessoas homem mulher filho filha "
    "marido esposa irmao "
    "irma primo prima sogra sogro amigo amiga chefe vizinho namorado namorada menino menina crianca familia "
    "trabalho servico "
    "empresa cliente patrao reforma obras porta janela mesa cama livre cheio vazio barato barata caros careta "
    "bonito bonita feliz "
    "triste junto juntas juntos junta sozinho apenas quase talvez porque quando enquanto segundo conforme "
    "durante apesar contra "
    "atraves dentro perto longe acima abaixo atras frente lado cima baixo direito esquerda verdade mentira "
    "ideia coisa coisas "
    "motivo razao causa ponto numero letra palavra texto linha lista papel carta cartas nome nomes idade "
    "altura peso medida tamanho "
    "cor preto branco verde amarelo azul vermelho rosa roxo cinza laranja marrom quente frio calor chuva vento "
    "areia praia campo "
    "terra agua fogo pedra ouro prata ferro vidro plastico madeira tecido lembra lembro acho achei pensa penso "
    "sei sabe sabia "
    "entendi entender explica ajuda ajudar obrigado obrigada valeu desculpa licenca favor veja vejam olha olhe "
    "escuta espera pera "
    "calma pronto beleza otimo legal massa show dupla tripla metade dobro inteiro inteira vence venci vencer "
    "vencem corrida "
    "carona parque perdi perder perde achar entrar entrei sair sai saio subir desce volta voltei voltar virar "
    "virou leva levei "
    "levar trazer trago traz pegar peguei passa passar passei pares parei parar saldao gato gatos festa festas salto"
)


def _corrected(word: str, known: frozenset[str]) -> str:
    if len(word) < SHORTEST_TYPO or word in known or stem(word) in known or word in tables.NAMES or not word.isalpha():
        return word
    if any(pattern.fullmatch(word) for pattern in MARKERS.values()):
        return word
    wrong = 2 if len(word) >= _TWO_WRONG else 1
    swapped = [other for other in _by_length(len(word), 0) if len(word) > 5 and sorted(other) == sorted(word)]
    if swapped:
        return swapped[0]
    near = process.extract(word, _by_length(len(word), wrong), scorer=OSA.distance, score_cutoff=wrong, limit=4)
    alike = [other for other, _, _ in near if other[0] == word[0] or sorted(other[:2]) == sorted(word[:2])]
    return alike[0] if alike else word


@cache
def _by_length(length: int, wrong: int) -> list[str]:
    return sorted(word for word in _lexicon() if abs(len(word) - length) <= wrong and len(word) >= SHORTEST_TYPO)


@cache
def _lexicon() -> frozenset[str]:
    """Every word that has a meaning here."""
    written = [*_words_of_tables(), *_words_of_patterns(), *STOP, *LONG_MONTHS, *_CALENDAR]
    return frozenset(written) | {stem(word) for word in written}


_CALENDAR: Final = word_set(
    "primeiro segundo terceiro quarto quinto sexto primeira metade meses "
    "mandou enviou transferiu pagou ganhou recebeu comprou depositou passou devolveu perdeu mandaram pagaram "
    "enviaram deu "
    "black friday feriado carnaval pascoa comprar gastar dolar "
    "acima abaixo maior menor superior inferior maximo "
    "segunda terca quarta quinta sexta sabado domingo ontem anteontem semana passada passado retrasado retrasada "
    "ultimo ultimos ultima ultimas quinzena trimestre semestre bimestre hoje desde entre cartao cartoes credito "
    "debito poupanca corrente "
    "natal nubank bradesco santander mastercard "
)


def _words_of_tables() -> Iterable[str]:
    for _, table in _TABLES:
        for written in table.values():
            yield from fold(written).replace(",", " ").split()
    for category in groups_by_category():
        yield from fold(category_name(category) or "").split()


def _words_of_patterns() -> Iterable[str]:
    """The words that are a pattern by themselves."""
    for pattern in MARKERS.values():
        written = pattern.pattern.replace("[oa]s?", "o").replace("[oa]", "o")
        for word in set(re.findall(r"[a-z]{5,}", written)):
            forms = (word, f"{word}s", f"{word[:-1]}a", f"{word[:-1]}as")
            yield from (form for form in forms if pattern.fullmatch(form))
