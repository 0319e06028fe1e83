"""What the file of an export is called. Pure: no person's name, no digits of an account but its last ones."""

from __future__ import annotations

import re

from open_finance.folding import fold
from open_finance.reading.statement_export import StatementExport, is_year
from open_finance.reading.statement_query import Period, month_of

SLUG_LIMIT = 40


def file_stem(export: StatementExport) -> str:
    """``extrato_2026-11``, ``extrato_2026``, ``extrato_2026-11-01_a_2026-11-15``; of one account or bank
    ``extrato_2026-11_itau_conta-corrente-4321``. Without the extension."""
    scope = "" if export.filters.account_id is None and export.filters.bank_of is None else f"_{slug(export.title)}"
    return f"extrato_{_days(export.period)}{scope}".rstrip("_")


def slug(text: str) -> str:
    """``Itaú · Conta corrente ••4321`` → ``itau_conta-corrente-4321``: letters, figures and hyphens, for any disk."""
    words = ("-".join(re.findall(r"[a-z0-9]+", fold(part))) for part in text.split(" · "))
    return "_".join(filter(None, words))[:SLUG_LIMIT].rstrip("-_")


def _days(period: Period) -> str:
    if is_year(period):
        return f"{period.start:%Y}"
    if period == month_of(period.start):
        return f"{period.start:%Y-%m}"
    return f"{period.start}" if period.start == period.end else f"{period.start}_a_{period.end}"
