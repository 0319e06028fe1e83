"""What is said when nobody types what was asked for."""

from __future__ import annotations

from gerente_financeiro.messages import (
    account,
    alerts,
    allowance,
    budget,
    categories,
    debts,
    exporting,
    privacy,
    rows,
    statement,
    what_if,
)

_ALERTS = ("alert_from", "alert_hour", "alert_quiet")
_FILTERS = ("statement_amount", "statement_find")

#: kind of prompt → when it was called off, and when its fifteen minutes are over.
CANCELLED = {
    "erase": privacy.CANCELLED,
    "rename": account.NOT_RENAMED,
    "budget_amount": budget.UNCHANGED,
    **dict.fromkeys(_ALERTS, alerts.UNCHANGED),
    **dict.fromkeys(_FILTERS, statement.NOTHING_ASKED),
    "category_name": categories.NAME_STAYS,
    "row_note": rows.NOTE_STAYS,
    "what_if": what_if.NOTHING_ASKED,
    "reserve": allowance.RESERVE_STAYS,
    "debt_budget": debts.BUDGET_STAYS,
    "export_period": exporting.NOTHING_ASKED,
}
TIMED_OUT = {
    "erase": privacy.TIMED_OUT,
    "rename": f"Esperei 15 minutos e parei por aqui. {account.NAME_STAYS}",
    "budget_amount": budget.TIMED_OUT,
    **dict.fromkeys(_ALERTS, alerts.TIMED_OUT),
    **dict.fromkeys(_FILTERS, statement.ASKED_TOO_LONG),
    "category_name": categories.NAME_TIMED_OUT,
    "row_note": rows.NOTE_TIMED_OUT,
    "what_if": what_if.ASKED_TOO_LONG,
    "reserve": allowance.RESERVE_TIMED_OUT,
    "debt_budget": debts.BUDGET_TIMED_OUT,
    "export_period": exporting.ASKED_TOO_LONG,
}
