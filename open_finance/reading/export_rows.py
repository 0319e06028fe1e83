"""From a statement's lines to the record of an export. Pure: what a line shows and how it is summed was decided before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from open_finance.clock import local_day
from open_finance.reading.balances import is_card
from open_finance.reading.names import account_name, row_title
from open_finance.reading.plain_text import decimal_comma, plain_line
from open_finance.reading.statement_export import ExportAccount, ExportRow
from open_finance.reading.statements import StatementFilters, StatementLine, plain_label
from open_finance.records import PENDING, Account

CENTAVO = Decimal("0.01")
BANK_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the lines: the account that counts for each that does not (``twins``); by our ids of rows, the
    instants and the months of card bills; what categories are called."""

    twins: Mapping[int, int] = field(default_factory=dict)
    times: Mapping[int, datetime] = field(default_factory=dict)
    bill_months: Mapping[int, date] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)


def export_rows(lines: Iterable[StatementLine], around: Around, *, hidden: bool) -> tuple[ExportRow, ...]:
    """The rows in the order given. ``hidden``: rows of accounts that their person hid are summed, too, since such an account
    was asked for."""
    return tuple(_row(line, around, hidden=hidden) for line in lines)


def _row(line: StatementLine, around: Around, *, hidden: bool) -> ExportRow:
    row, label = line.row, line.label or plain_label(line.row)
    account_id = around.twins.get(row["account_id"], row["account_id"])
    is_open = not (line.is_scheduled or line.is_unconfirmed)
    return ExportRow(
        id=row["id"],
        account_id=account_id,
        day=row["occurred_on"],
        at=around.times.get(row["id"]),
        description=row_title(row),
        bank_text=row["description_raw"] or row["description"],
        amount=row["amount"],
        currency=row["currency_code"],
        category=around.titles.get(label.category) or label.name or "Outros",
        category_id=label.category,
        group=label.group or "Outros",
        is_sure=label.name is not None,
        kind=line.kind,
        counted=line.kind in {"income", "outgoing"} and line.is_summed and (hidden or not line.account["hidden"]),
        pending=row["status"] == PENDING and is_open,
        scheduled=line.is_scheduled,
        unconfirmed=line.is_unconfirmed,
        foreign_amount=row["foreign_amount"] if row["foreign_currency"] else None,
        foreign_currency=row["foreign_currency"] if row["foreign_amount"] is not None else None,
        instalment=line.installment,
        merchant=row["merchant_name"],
        counterparty=row["counterparty"],
        note=row["note"],
        bill_month=around.bill_months.get(row["id"]),
        known_since=row["created_at"],
    )


def export_account(
    account: Account,
    bank_code: str | None,
    ends: tuple[Decimal | None, Decimal | None] = (None, None),
    *,
    listed: bool,
) -> ExportAccount:
    """``ends``: what it held as the period began, and as it ended."""
    return ExportAccount(
        id=account["id"],
        identity=account["identity"],
        bank=bank_name(account),
        bank_code=bank_code,
        name=account_name(account),
        number=plain_line(account["number"], 8),
        type=account["type"],
        subtype=account["subtype"],
        currency=account["currency_code"],
        balance=-account["balance"] if is_card(account) and account["balance"] else account["balance"],
        balance_on=balance_day(account),
        opening=ends[0],
        closing=ends[1],
        listed=listed,
        hidden=account["hidden"],
    )


def balance_day(account: Account) -> date:
    """The São Paulo day of an account's balance."""
    return local_day(account["balance_at"] or account["synced_at"])


def bank_name(account: Account) -> str:
    """What its bank is called."""
    return plain_line(account["connector_name"], BANK_LIMIT)


def scope_title(scope: Account | None, filters: StatementFilters) -> str:
    """``todas as contas``, ``Itaú``, ``Itaú · Conta corrente ••4321``."""
    if scope is None:
        return "todas as contas"
    bank = bank_name(scope)
    return bank if filters.account_id is None else f"{bank} · {account_name(scope)}"


def narrowing(filters: StatementFilters, category: str) -> str:
    """``de Mercado, com “pão”, acima de R$ 50,00``; nothing where nothing is left out. ``category``: what it is called."""
    parts = [f"de {category}"] if category else []
    parts += [f"com “{plain_line(filters.text)}”"] if filters.text else []
    parts += ["só os novos"] if filters.since else []
    above, below = filters.above, filters.below
    if above is not None and below is not None:
        parts.append(f"de R$ {decimal_comma(above + CENTAVO)} a R$ {decimal_comma(below - CENTAVO)}")
    elif above is not None:
        parts.append(f"acima de R$ {decimal_comma(above)}")
    elif below is not None:
        parts.append(f"abaixo de R$ {decimal_comma(below)}")
    return ", ".join(parts)
