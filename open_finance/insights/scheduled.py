"""What a bank lists for days to come on an account: scheduled transfers, boletos, direct debits. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from open_finance.folding import fold
from open_finance.insights.available_money import AvailableMoney
from open_finance.insights.flows import Flow
from open_finance.insights.merchants import name_key
from open_finance.insights.outlook import Situation, Source
from open_finance.insights.row_categories import RowCategory
from open_finance.money import BRL
from open_finance.reading.statements import is_unconfirmed
from open_finance.records import PENDING, StatementRow

_TITLE = 60


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A row of a day to come. ``on``: that day, or today where it was to come since the last look."""

    row: StatementRow
    decided: RowCategory
    on: date

    @property
    def source(self) -> Source:
        """A boleto, where the bank calls it one."""
        row = self.row
        words = f"{fold(row['operation_type'] or '')} {fold(row['description'])}"
        return Source.BOLETO if "boleto" in words else Source.SCHEDULED

    @property
    def title(self) -> str:
        """Who is paid, or pays; else the bank's words."""
        row = self.row
        return (row["merchant_name"] or row["counterparty"] or row["description"]).strip()[:_TITLE]


def scheduled_rows(situation: Situation, money: AvailableMoney) -> list[Scheduled]:
    """What is pending on the accounts that count, by day; what only goes from one to another of these is left out."""
    found = [one for one in _pending(situation, money) if one.row["id"] not in money.inside]
    own = [one for one in found if one.decided.flow is Flow.OWN_TRANSFER]
    if own:
        inside = {_way(row) for row in situation.rows if row["id"] in money.inside}
        found = [one for one in found if one.decided.flow is not Flow.OWN_TRANSFER or _way(one.row) not in inside]
    return sorted(found, key=lambda one: (one.on, one.row["amount"], one.row["id"]))


def _pending(situation: Situation, money: AvailableMoney) -> Iterator[Scheduled]:
    seen = {number: min(money.seen_until(number), situation.today) for number in money.checking}
    for row, one in zip(situation.rows, situation.decided, strict=True):
        account_id = row["account_id"]
        if row["status"] != PENDING or account_id not in seen or row["occurred_on"] < seen[account_id]:
            continue
        read_at = money.checking[account_id]["synced_at"]
        stands = row["removed_at"] is None and not is_unconfirmed(row["missing_since"], read_at)
        if stands and row["amount"] and row["currency_code"] == BRL:
            yield Scheduled(row, one, max(row["occurred_on"], situation.today))


def _way(row: StatementRow) -> tuple[int, bool, str]:
    return row["account_id"], row["amount"] > 0, name_key(row)
