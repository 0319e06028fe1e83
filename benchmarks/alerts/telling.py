"""What people were told, when, and how often: from the chats and from the database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from benchmarks.alerts.crowd import Person
from open_finance.storage.alert_models import NotificationRow, WebhookEventRow
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.telegram_server import Json, TelegramServer

SEVERAL = re.compile(r"^🔔 (\d+) lançamentos novos: saiu R\$\xa0([\d.]+,\d\d)")
MONEY = re.compile(r"R\$\xa0([\d.]+,\d\d)")


@dataclass(frozen=True, slots=True)
class Told:
    """``latencies``: of each purchase that was told, seconds from the bank's to Telegram's acceptance of the message.
    ``missing`` and ``extra``: purchases that no message tells, and those told once more than they happened. ``repeated``:
    messages that nobody could note as said."""

    purchases: int
    latencies: list[float]
    missing: int
    extra: int
    repeated: int


def open_work(database: Database) -> int:
    """Events that are not worked off, and notifications that are not settled."""
    with database.reading() as session:
        events = session.scalar(select(func.count()).where(WebhookEventRow.handled_at.is_(None))) or 0
        return events + (session.scalar(select(func.count()).where(NotificationRow.outcome.is_(None))) or 0)


def count_told(telegram: TelegramServer, people: Iterable[Person]) -> Counter[int]:
    """How many rows the messages of each person tell."""
    return Counter({one.user_id: sum(rows for rows, _ in _contents(telegram, one.user_id)) for one in people})


def judge(telegram: TelegramServer, database: Database, people: Iterable[Person]) -> Told:
    """All that was bought against all that was told."""
    sent = [call for call in telegram.calls("sendMessage") if call["status"] == 200]
    purchases, missing, extra, repeated, latencies = 0, 0, 0, 0, []
    for person in people:
        at = {call_id: call["at"] for call_id, call in _accepted(telegram, sent, person.user_id)}
        found = _messages_of(database, person.user_id)
        known = [amount for amount in person.bought if found.get(amount) in at]
        latencies += [at[found[amount]] - person.bought[amount] for amount in known]
        purchases += len(person.bought)
        contents = _contents(telegram, person.user_id)
        rows, money = sum(rows for rows, _ in contents), sum(money for _, money in contents)
        missing += len(person.bought) - len(known)
        extra += max(rows - len(known), 0)
        marked = set(found.values())
        repeated += len(at.keys() - marked)  # whoever said it died before it could note that
        missing += rows == len(known) and money != sum(person.bought)  # one twice and another not at all
    return Told(purchases, latencies, missing, extra, repeated)


def _accepted(telegram: TelegramServer, sent: list[Json], chat: int) -> list[tuple[int, Json]]:
    """The id of each message and the call that it came by."""
    numbers = sorted(message["message_id"] for message in telegram.messages(chat, deleted=True) if message["from_bot"])
    calls = [call for call in sent if call["chat"] == chat]
    return list(zip(numbers[-len(calls) :], calls, strict=True)) if calls else []


def _messages_of(database: Database, user_id: int) -> dict[Decimal, int]:
    """Which message told the purchase of this amount."""
    query = (
        select(TransactionRow.amount, NotificationRow.message_id)
        .join(TransactionRow, TransactionRow.id == NotificationRow.transaction_id)
        .where(NotificationRow.user_id == user_id, NotificationRow.message_id.is_not(None))
    )
    with database.reading() as session:
        return {-amount: number for amount, number in session.execute(query) if number is not None}


def _contents(telegram: TelegramServer, chat: int) -> list[tuple[int, Decimal]]:
    """Of each message: how many rows it tells, and what they cost."""
    return [_content(message["text"]) for message in telegram.from_bot(chat)]


def _content(text: str) -> tuple[int, Decimal]:
    several = SEVERAL.match(text)
    if several:
        return int(several[1]), _amount(several[2])
    found = MONEY.search(text)
    return (1, _amount(found[1])) if found else (0, Decimal(0))


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", "."))
