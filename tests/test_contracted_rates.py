"""What a position was contracted at, in the ways banks write it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from open_finance.insights.contracted_rates import Contracted, contracted_rate
from tests.investment_builders import investment


def told(rate: str | None, rate_type: str | None, fixed: str | None = None, name: str = "CDB") -> Contracted | None:
    fields: dict[str, Any] = {
        "rate": Decimal(rate) if rate else None,
        "rate_type": rate_type,
        "fixed_annual_rate": Decimal(fixed) if fixed else None,
        "name": name,
    }
    return contracted_rate(investment(**fields))


def of(index: str | None, percent: str | None, fixed: str | None) -> Contracted:
    return Contracted(index, Decimal(percent) if percent else None, Decimal(fixed) if fixed else None)


@pytest.mark.parametrize(
    ("rate", "rate_type", "fixed", "contracted"),
    [
        ("110", "CDI", None, of("CDI", "110", None)),
        ("100", "DI", None, of("CDI", "100", None)),
        ("98.5", "SELIC", None, of("SELIC", "98.5", None)),
        (None, "CDI", "1.5", of("CDI", None, "1.5")),
        ("100", "CDI", "1.5", of("CDI", "100", "1.5")),
        ("1.5", "CDI+", None, of("CDI", None, "1.5")),
        ("6.2", "IPCA", None, of("IPCA", None, "6.2")),
        (None, "IPCA", "6.2", of("IPCA", None, "6.2")),
        ("100", "IPCA", "6.2", of("IPCA", None, "6.2")),
        ("5", "IGP-M", None, of("IGP-M", None, "5")),
        ("12.5", "PRE", None, of(None, None, "12.5")),
        ("12.5", "Pré-fixado", None, of(None, None, "12.5")),
        (None, None, "12.5", of(None, None, "12.5")),
        ("99", None, "12.5", of(None, None, "12.5")),
    ],
)
def test_rate_as_contracted(rate: str | None, rate_type: str | None, fixed: str | None, contracted: Contracted) -> None:
    assert told(rate, rate_type, fixed) == contracted


@pytest.mark.parametrize(
    ("rate", "rate_type", "fixed"),
    [
        (None, None, None),
        ("0", "CDI", None),
        ("-3", "IPCA", None),
        ("110", None, None),  # of what, nobody says
        ("1.1", "CDI", None),  # 110 % of it, or 1.1 % over it
        ("5000", "CDI", None),
        ("100", "IPCA", None),  # all of it, and what is over it is not said
        ("300", "IPCA", None),
        ("110", "PRE", None),
        ("7", "VARIATION OF SOYA", None),
        ("100", "CDI", "900"),
    ],
)
def test_what_makes_no_sense_is_no_rate(rate: str | None, rate_type: str | None, fixed: str | None) -> None:
    assert told(rate, rate_type, fixed) is None


def test_fraction_is_a_percentage_only_where_the_name_says_so() -> None:
    assert told("1.10", "CDI", name="CDB Banco Z 110% CDI") == of("CDI", "110", None)
    assert told("1.025", "CDI", name="CDB 102,5 % do CDI") == of("CDI", "102.5", None)
    assert told("1.10", "CDI", name="CDB Banco Z 120% CDI") is None
    assert told("1.10", "CDI", name="CDB CDI + 1,10%") == of("CDI", None, "1.10")


def test_treasury_pays_something_over_the_selic() -> None:
    tesouro = investment(subtype="TREASURY", name="Tesouro Selic 2029", rate=Decimal("0.07"), rate_type="SELIC")
    assert contracted_rate(tesouro) == of("SELIC", None, "0.07")
