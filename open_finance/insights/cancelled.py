"""A person's word on recurring flows: what it makes of them, and what was charged all the same. Pure functions.

A flow is told again by one of the rows behind it: what the flow is called may change, when older rows come or a part of the
history is looked at. A flow's key tells it only where that row is gone.

Only what a merchant charged *afterwards* breaks a *cancelei*: of a later day, and unknown to us when it was said. What was
on its way then, and a charge that was given back, do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from open_finance.insights.purchases import shop_keys
from open_finance.insights.recurring import Kind, Recurring
from open_finance.insights.refunds import linked
from open_finance.insights.row_categories import RowCategory
from open_finance.money import ZERO
from open_finance.personal_records import RecurringMark
from open_finance.reading.statements import is_unconfirmed
from open_finance.records import Account, StatementRow

#: So that a row's id has room before it.
_KEY_LIMIT = 220
#: Where a merchant charges nothing but the flow, a charge of another price is still one of it, within these shares.
_LEAST, _MOST = Decimal("0.5"), Decimal(2)


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge after *cancelei*. ``first_id``: of the row that it was first listed as; its own but where it repeats that."""

    row: StatementRow
    first_id: int

    @property
    def on(self) -> date:
        """Its day."""
        return self.row["occurred_on"]

    @property
    def amount(self) -> Decimal:
        """In the currency of the row, positive."""
        return -self.row["amount"]


#: A row that repeats another (``alerts.echoes``) → that one's id, and when it became ours.
FirstSeen = Mapping[int, tuple[int, datetime]]
#: A mark's id → what was charged after it, the oldest first.
Charges = Mapping[int, tuple[Charge, ...]]


def anchor_of(flow: Recurring, row_id: int) -> str:
    """What a mark calls a flow. ``row_id``: the latest of its rows that has happened."""
    return f"{row_id} {flow.key[:_KEY_LIMIT]}"


def marks_of(flows: Iterable[Recurring], marks: Iterable[RecurringMark]) -> dict[str, RecurringMark]:
    """What is said of each flow, by its key; of two words on one the later."""
    own = list(flows)
    by_row = {row: flow.key for flow in own for row in flow.row_ids}
    by_key = {flow.key[:_KEY_LIMIT]: flow.key for flow in own}
    found: dict[str, RecurringMark] = {}
    for mark in sorted(marks, key=lambda one: one["id"]):
        number, _, key = mark["flow_key"].partition(" ")
        told = by_row.get(int(number)) if number.isdecimal() else None
        told = told or by_key.get(key)
        if told is not None:
            found[told] = mark
    return found


def apply_marks(flows: Iterable[Recurring], marks: Iterable[RecurringMark], charges: Charges) -> tuple[Recurring, ...]:
    """The flows as their person says that they are. What is cancelled has ended unless it was charged again; what is no
    subscription is charged as before, and is of a kind that nobody knows."""
    own = list(flows)
    said = marks_of(own, marks)
    return tuple(_marked(flow, said.get(flow.key), charges) for flow in own)


def _marked(flow: Recurring, mark: RecurringMark | None, charges: Charges) -> Recurring:
    if mark is None:
        return flow
    if mark["says"] == "cancelled":
        return flow if charges.get(mark["id"]) else replace(flow, next_on=None)
    return replace(flow, kind=Kind.OTHER) if flow.kind is Kind.SUBSCRIPTION else flow


def charges_after(
    marks: Iterable[RecurringMark],
    flows: Iterable[Recurring],
    rows: Sequence[StatementRow],
    decided: Sequence[RowCategory],
    accounts: Iterable[Account],
    today: date,
    first_seen: FirstSeen,
) -> dict[int, tuple[Charge, ...]]:
    """What was charged after each *cancelei*, by the mark's id. ``flows``: as they are found in ``rows``, each movement
    once; ``decided``: what each row is. What is on an account that its person has hidden is nobody's business."""
    own = list(flows)
    cancelled = {key: mark for key, mark in marks_of(own, marks).items() if mark["says"] == "cancelled"}
    if not cancelled:
        return {}
    by_id = {account["id"]: account for account in accounts}
    known = [(row, one) for row, one in zip(rows, decided, strict=True) if row["account_id"] in by_id]
    shops = _Shops([row for row, _ in known])
    gone = _given_back(known, by_id)
    found: dict[int, tuple[Charge, ...]] = {}
    for flow in own:
        mark = cancelled.get(flow.key)
        if mark is None:
            continue
        found[mark["id"]] = tuple(
            Charge(row, first_seen[row["id"]][0] if row["id"] in first_seen else row["id"])
            for row in shops.charges_of(flow, mark)
            if row["id"] not in gone
            and _stands(row, by_id[row["account_id"]], today)
            and _is_news(row, mark, first_seen)
        )
    return found


class _Shops:
    """What each merchant charged."""

    def __init__(self, rows: Iterable[StatementRow]) -> None:
        out = [row for row in rows if row["amount"] < ZERO]
        self._key = {row["id"]: key for row, key in zip(out, shop_keys(out), strict=True)}
        self._rows: dict[str, list[StatementRow]] = defaultdict(list)
        for row in out:
            self._rows[self._key[row["id"]]].append(row)

    def charges_of(self, flow: Recurring, mark: RecurringMark) -> list[StatementRow]:
        """The rows of a flow, and what its merchant charged since at about its price, if it never sold anything else; the
        oldest first."""
        own = set(flow.row_ids)
        keys = {self._key[row_id] for row_id in own if row_id in self._key}
        rows = [row for key in sorted(keys) for row in self._rows[key]]
        sells_more = any(row["id"] not in own and row["occurred_on"] <= mark["said_on"] for row in rows)
        charged = (row for row in rows if row["id"] in own or (not sells_more and _is_near(row, mark)))
        return sorted(charged, key=lambda row: (row["occurred_on"], row["id"]))


def _is_near(row: StatementRow, mark: RecurringMark) -> bool:
    return mark["amount"] * _LEAST <= -row["amount"] <= mark["amount"] * _MOST


def _stands(row: StatementRow, account: Account, today: date) -> bool:
    is_over = row["removed_at"] is not None or is_unconfirmed(row["missing_since"], account["synced_at"])
    return not (is_over or account["hidden"]) and row["occurred_on"] <= today


def _is_news(row: StatementRow, mark: RecurringMark, first_seen: FirstSeen) -> bool:
    seen = first_seen.get(row["id"], (row["id"], row["created_at"]))[1]
    bought = row["purchased_on"] or row["occurred_on"]
    return min(bought, row["occurred_on"]) > mark["said_on"] and seen > mark["created_at"]


def _given_back(known: Sequence[tuple[StatementRow, RowCategory]], accounts: Mapping[int, Account]) -> frozenset[int]:
    """Charges of which all has come back."""
    rows, decided = [row for row, _ in known], [one for _, one in known]
    links = linked(rows, decided, lambda row: accounts[row["account_id"]]["identity"])
    amounts = {row["id"]: row["amount"] for row in rows}
    back: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for refund, purchase in links.items():
        back[purchase] += max(amounts[refund], ZERO)
    return frozenset(purchase for purchase, amount in back.items() if amount >= -amounts[purchase])
