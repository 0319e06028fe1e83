"""What must hold at the end of every order, once nothing goes wrong any more and time has passed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from open_finance.storage.models import ConnectionRow
from tests.canaries import find_secrets
from tests.orders.catalogue import bank_of
from tests.orders.order import Order

#: Until everything has come to its end: a poll, a link's deadline, a conversation's, a schedule's hour, a day and more.
HOPS = (60, 1000, 31 * 3600, 100)
OPEN_INTENTS = frozenset({"collecting", "posting", "uncertain"})

NO_ROW = "items at Pluggy without a row"
NO_ITEM = "rows without an item"
DOUBLE = "banks connected twice unasked"
UNFINISHED = "flows without an end"
SECRET = "secrets stored"
ERROR = "errors logged"
REMAINS = "rows left after an erasure"
SILENCE = "people without an answer"
STUCK = "orders that could not go on"
KINDS = (NO_ROW, NO_ITEM, DOUBLE, UNFINISHED, SECRET, ERROR, REMAINS, SILENCE, STUCK)


@dataclass(frozen=True)
class Violation:
    """What does not hold. ``kind``: one of ``KINDS``."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def come_to_rest(order: Order) -> None:
    """Nothing goes wrong any more, and a day or two pass."""
    order.pluggy.recover()
    order.telegram.world.faults.clear()
    order.pluggy.admin("POST", "options", {"item_limit": None, "free_plan": False})
    for item in order.items:
        item.forced = None
    order.start()
    for seconds in HOPS:
        order.pass_time(seconds)


def violations(order: Order) -> list[Violation]:
    """All that does not hold; nothing when all is well."""
    rows = order.rows.connections()
    items = {item.id: item for item in order.items}
    found = [
        *_items_without_rows(order, items, rows),
        *_rows_without_items(items, rows),
        *_doubles(order, items, rows),
        *_unfinished(order, rows),
        *_secrets(order),
        *(Violation(ERROR, line) for line in order.errors.lines),
        *(Violation(REMAINS, line) for line in order.remains),
    ]
    return found or list(_silences(order))


def _items_without_rows(order: Order, items: dict[str, Any], rows: list[ConnectionRow]) -> Iterator[Violation]:
    """But for the window: an item whose answer was lost on the way is counted, unless its person made it once more."""
    standing = {row.item_id for row in rows if row.disconnected_at is None}
    own = [item for item in items.values() if item.id not in order.foreign]
    for item in own:
        if item.id in standing:
            continue
        repeated = any(other is not item and _is_repeat(other, item) for other in own)
        if item.id in order.pluggy.lost and not repeated:
            order.counts[f"in the window: {order.pluggy.lost[item.id]}"] += 1
        else:
            yield Violation(NO_ROW, f"item {item.id} ({bank_of(item.connector)} of {item.client_user_id})")


def _is_repeat(one: Any, other: Any) -> bool:
    """Whether two items were made with the same credentials, for the same person: the repeat had to find the first."""
    return bool(one.avoid_key) and (one.avoid_key, one.client_user_id) == (other.avoid_key, other.client_user_id)


def _rows_without_items(items: dict[str, Any], rows: list[ConnectionRow]) -> Iterator[Violation]:
    for row in rows:
        if row.gone_at is None and row.disconnected_at is None and row.item_id not in items:
            yield Violation(NO_ITEM, f"connection {_name(row)}, not marked gone")


def _doubles(order: Order, items: dict[str, Any], rows: list[ConnectionRow]) -> Iterator[Violation]:
    living = defaultdict(list)
    for row in rows:
        if row.disconnected_at is None and row.item_id in items:
            item = items[row.item_id]
            living[row.user_id, bank_of(item.connector), item.source_id].append(_name(row))
    for (user_id, bank, _), names in living.items():
        asked_for = order.asked_for[user_id, bank]
        if len(names) > 1 + asked_for:
            yield Violation(DOUBLE, f"{', '.join(names)}; asked for {asked_for} times")


def _unfinished(order: Order, rows: list[ConnectionRow]) -> Iterator[Violation]:
    for row in rows:
        if row.disconnected_at is not None:
            continue
        if row.disconnect_requested_at is not None:
            yield Violation(UNFINISHED, f"connection {_name(row)} is still being ended")
        elif row.settled_at is None and row.gone_at is None:
            yield Violation(UNFINISHED, f"connection {_name(row)} is still being made")
        elif row.next_poll_at is not None:
            yield Violation(UNFINISHED, f"connection {_name(row)} is still being polled")
    for intent in order.rows.intents():
        if intent.state in OPEN_INTENTS:
            yield Violation(UNFINISHED, f"intent {intent.id} ({intent.connector_name}) is still {intent.state}")


def _name(row: ConnectionRow) -> str:
    return f"{row.id} ({row.connector_name} of {row.user_id}, {row.execution_status})"


def _secrets(order: Order) -> Iterator[Violation]:
    """In no column at the end, and in no value that any statement ever carried."""
    for where, text in (("at the end", order.rows.dump()), ("on the way", "\n".join(order.rows.written))):
        for place in find_secrets(text.encode()):
            yield Violation(SECRET, f"{where}: {place}")


def _silences(order: Order) -> Iterator[Violation]:
    """Everybody is answered to the last."""
    for person in order.people:
        before = {message.message_id for message in order.said(person, 1)}
        order.write(person, "/ajuda")
        order.settle()
        if {message.message_id for message in order.said(person, 1)} == before:
            yield Violation(SILENCE, person.name)
