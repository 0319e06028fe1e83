"""Group and code of *Bens e Direitos* for what a person holds, as data: ``data/irpf_codes.toml``. Read at first use."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from open_finance.folding import fold
from open_finance.insights.portfolio import Kind
from open_finance.insights.tax_return import AssetCode
from open_finance.investment_records import InvestmentData


def code_of_position(position: InvestmentData, kind: Kind, *, is_exempt: bool | None) -> AssetCode | None:
    """``is_exempt``: of income tax; None where that is not known. None: not sure."""
    if kind is Kind.PENSION:
        says = fold(f"{position['name']} {position['tax_regime'] or ''}")
        return _code(_table()["vgbl"]) if "vgbl" in says and "pgbl" not in says else None
    lines = [line for line in _table()["asset"] if kind.value in line["kinds"]]
    if kind is Kind.DEBENTURE and is_exempt is None:
        return None
    return next((_code(line) for line in lines if line.get("exempt", False) == bool(is_exempt)), None)


def code_of_account(*, is_savings: bool) -> AssetCode:
    """Of a bank account."""
    return _code(_table()["savings" if is_savings else "checking"])


def _code(line: Mapping[str, Any]) -> AssetCode:
    return AssetCode(line["group"], line["code"], line["title"])


@cache
def _table() -> Mapping[str, Any]:
    written = resources.files("open_finance.insights").joinpath("data", "irpf_codes.toml")
    return tomllib.loads(written.read_text(encoding="utf-8"))
