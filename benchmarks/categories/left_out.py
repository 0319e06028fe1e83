"""Leave one source out: each origin of real descriptions is answered by a model that was trained on all the others.

Then again *unseen*: every training row that names a shop of what is left out, or its brand, is dropped too, so that no
merchant of it was ever seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from benchmarks.report import Row
from open_finance.insights.categories import CONFIDENT, Categorization, Description, categorize_many
from open_finance.insights.category_model import name_key
from open_finance.insights.category_text import model_text
from open_finance.insights.taxonomy import read_table
from tools.train import LABELLED, Labelled, fit

REAL: Final = ("S1", "S2", "S3", "S4", "S5", "S6", "S7")
LISTS: Final = ("R1", "R2", "R3", "R4")
_BINS: Final = 10
#: A brand is the first word of a name, of four letters at least, unless it begins the names of many trades or places.
_BRAND_LETTERS: Final = 4
_TRADES: Final = frozenset(
    (
        "posto",
        "auto",
        "autoposto",
        "padaria",
        "panificadora",
        "mercado",
        "mercadinho",
        "mercearia",
        "super",
        "supermercado",
        "hiper",
        "restaurante",
        "rest",
        "bar",
        "lanchonete",
        "lanches",
        "farmacia",
        "drogaria",
        "loja",
        "lojas",
        "hotel",
        "pousada",
        "escola",
        "colegio",
        "faculdade",
        "clinica",
        "hospital",
        "academia",
        "salao",
        "barbearia",
        "pizzaria",
        "churrascaria",
        "cafe",
        "cafeteria",
        "estacionamento",
        "estac",
        "oficina",
        "banco",
        "casa",
        "centro",
        "studio",
        "espaco",
        "conta",
        "seguro",
        "plano",
        "cinema",
        "teatro",
        "livraria",
        "papelaria",
        "mini",
        "minimercado",
        "hortifruti",
        "acougue",
        "sorveteria",
        "confeitaria",
        "doces",
        "burger",
        "burguer",
        "pizza",
        "sushi",
        "food",
        "grupo",
        "instituto",
        "associacao",
        "comercio",
        "distribuidora",
        "atacado",
        "quiosque",
        "emporio",
        "buteco",
        "boteco",
        "botequim",
        "cartorio",
        "santa",
        "santo",
        "nova",
        "novo",
        "bella",
        "rede",
        "park",
        "parque",
        "pagamento",
        "pagto",
        "deposito",
        "saque",
        "saldo",
        "tarifa",
        "juros",
        "multa",
        "resgate",
        "aplicacao",
        "rendimento",
        "transferencia",
        "credito",
        "debito",
        "compra",
        "recarga",
        "select",
        "google",
        "apple",
        "mister",
    )
)


class Case(NamedTuple):
    """A labelled row, and who is named in it."""

    description: str
    category_id: str
    group: str
    source: str
    name: str
    brand: str


class Answer(NamedTuple):
    case: Case
    given: Categorization

    @property
    def is_right(self) -> bool:
        return self.given.group == self.case.group


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares, 0 to 1. ``sure`` of the rows are answered with confidence and ``right_when_sure`` of those rightly;
    ``calibration`` is the expected calibration error of the group over ten bins."""

    groups: float
    first_level: float
    sure: float
    right_when_sure: float
    calibration: float


@cache
def cases() -> tuple[Case, ...]:
    """The labelled file."""
    return tuple(_case(row) for row in read_table(LABELLED))


def _case(row: dict[str, str]) -> Case:
    text = model_text(row["description"])
    first = next((word for word in text.split() if not word.isupper()), "")
    brand = first if len(first) >= _BRAND_LETTERS and first not in _TRADES else ""
    return Case(row["description"], row["category_id"], row["group"], row["source"], name_key(text), brand)


def answered(sources: Sequence[str], *, unseen: bool = False) -> list[Answer]:
    """The rows of these origins, by a model that was trained on the others."""
    held = [case for case in cases() if case.source in sources]
    names, brands = {case.name for case in held}, {case.brand for case in held} - {""}
    training = [
        Labelled(case.description, case.category_id)
        for case in cases()
        if case.source not in sources and not (unseen and (case.name in names or case.brand in brands))
    ]
    given = categorize_many([Description(case.description) for case in held], model=fit(training))
    return [Answer(*pair) for pair in zip(held, given, strict=True)]


def score(given: Sequence[Answer]) -> Scores:
    sure = [answer for answer in given if answer.given.is_sure]
    return Scores(
        groups=_share(answer.is_right for answer in given),
        first_level=_share(a.given.category_id[:2] == a.case.category_id[:2] for a in given),
        sure=len(sure) / len(given),
        right_when_sure=_share(answer.is_right for answer in sure),
        calibration=_calibration(given),
    )


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / max(len(counted), 1)


def bins(given: Sequence[Answer]) -> list[tuple[int, float, float]]:
    """(rows, mean confidence, share right) of each tenth of confidence that has rows: the reliability table."""
    parts: list[list[Answer]] = [[] for _ in range(_BINS)]
    for answer in given:
        parts[min(int(answer.given.confidence * _BINS), _BINS - 1)].append(answer)
    return [
        (len(part), sum(a.given.confidence for a in part) / len(part), _share(a.is_right for a in part))
        for part in parts
        if part
    ]


def _calibration(given: Sequence[Answer]) -> float:
    return sum(rows * abs(confidence - right) for rows, confidence, right in bins(given)) / len(given)


def measure(_seed: int) -> list[Row]:
    """No chance in it: the folds are the origins."""
    known = [answer for source in REAL for answer in answered([source])]
    unseen = [answer for source in REAL for answer in answered([source], unseen=True)]
    lists = answered(LISTS)
    return [
        *_rows("an origin left out", score(known), groups=0.85, first_level=0.83, right_when_sure=0.95),
        *(
            Row(
                f"groups right, {source} left out",
                _round(_share(a.is_right for a in known if a.case.source == source)),
                "≥",
                0.6,
            )
            for source in REAL
        ),
        *_rows("no merchant ever seen", score(unseen), groups=0.8, first_level=0.78, right_when_sure=0.9),
        Row("groups right, public keyword lists left out", _round(score(lists).groups), "≥", 0.6),
    ]


def _rows(what: str, scores: Scores, *, groups: float, first_level: float, right_when_sure: float) -> list[Row]:
    return [
        Row(f"groups right, {what}", _round(scores.groups), "≥", groups),
        Row(f"first level right, {what}", _round(scores.first_level), "≥", first_level),
        Row(f"calibration error, {what}", _round(scores.calibration), "≤", 0.1),
        Row(f"right when sure (from {CONFIDENT}), {what}", _round(scores.right_when_sure), "≥", right_when_sure),
        Row(f"sure, {what}", _round(scores.sure), "≥", 0.6),
    ]


def _round(value: float) -> float:
    return round(value, 4)
