"""Known merchants as another bank or acquirer writes them. Training has none of these dresses: it drops spaces and cuts."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from benchmarks.report import Row
from open_finance.folding import fold
from open_finance.insights.categories import Description, categorize_many
from open_finance.insights.category_text import model_text
from open_finance.insights.taxonomy import FEES, INCOME, INVESTMENTS, OTHERS, TRANSFERS, read_table
from tools.train import LABELLED

_CARD_SYMBOLS: Final = 22
_MERCHANTS: Final = 2_000
#: Groups whose rows are a bank's words rather than a shop's name.
_NO_SHOPS: Final = (TRANSFERS, INVESTMENTS, INCOME, FEES, OTHERS)

DRESSES: Final[tuple[Callable[[str], str], ...]] = (
    lambda name: f"COMPRA CARTAO VISA {name.upper()} SAO PAULO BRA",
    lambda name: f"{name.title()} - Parcela 2/6",
    lambda name: f"PAGSEGURO *{name.upper()[:14]}",
    lambda name: f"MP*{name.replace(' ', '').lower()[:16]}",
    lambda name: f"PIX QRCODE EST {name.upper()} 14/08",
    lambda name: f"RSHOP-{name.upper()[:18]}-12/03",
    lambda name: f"{name.title().replace(' ', '')[:_CARD_SYMBOLS]}",
    lambda name: f"COMPRA ELO DEBITO {name.upper()} LJ 0123 RIO DE JANEI",
    lambda name: f"Compra no débito via NuPay - {name.title()}",
    lambda name: f"{name.upper()[:_CARD_SYMBOLS]}",
    lambda name: f"{name.upper()} 0042 CURITIBA PR",
    lambda name: f"Pix enviado: {name.title()} LTDA",
    lambda name: f"{name.upper()} COM DE PROD LTDA ME",
    lambda name: f"PAGTO CARTAO DEBITO {name.upper()} 21/05 10H14",
)


def known() -> list[tuple[str, str]]:
    """(name, group) of the plainly written shops of the labelled file: no mark of a bank's own, three letters at least."""
    return [
        (name, row["group"])
        for row in read_table(LABELLED)
        if row["group"] not in _NO_SHOPS
        and row["source_kind"] == "own"
        and len(name := fold(row["description"])) > 2
        and model_text(name) == name
    ]


def dressed(seed: int) -> list[tuple[str, str]]:
    """(description, group) of a sample of known shops, each in a dress by chance."""
    chance = random.Random(seed)
    shops = known()
    return [(chance.choice(DRESSES)(name), group) for name, group in chance.sample(shops, min(_MERCHANTS, len(shops)))]


def measure(seed: int) -> list[Row]:
    rows = dressed(seed)
    given = categorize_many([Description(text) for text, _ in rows])
    right = sum(answer.group == group for answer, (_, group) in zip(given, rows, strict=True))
    return [Row("groups right, known merchants in another bank's dress", round(right / len(rows), 4), "≥", 0.96)]
