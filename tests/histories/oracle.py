"""What must have been told, and what was: each thing that happened in one message, whatever came between."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.histories.bank import Bank, Event
from tests.histories.telegram import Message

ROWS = select(NotificationRow.id, NotificationRow.kind, NotificationRow.outcome, TransactionRow.pluggy_id).outerjoin(
    TransactionRow, TransactionRow.id == NotificationRow.transaction_id
)


@dataclass
class Verdict:
    """``lost``: nobody was told. ``twice``: without anything between Telegram's acceptance and our mark. ``again``: how
    often something was told once more after such a cut, and ``cuts``: how often that could be, an event and a cut each.
    ``wrong``: what else should not be."""

    events: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    again: int = 0
    cuts: int = 0

    @property
    def holds(self) -> bool:
        return not (self.lost or self.twice or self.wrong) and self.again <= self.cuts

    @property
    def problems(self) -> list[str]:
        named = (("lost", self.lost), ("twice", self.twice), ("wrong", self.wrong))
        return [f"{name}: {one}" for name, found in named for one in found]


def judge(database: Database, bank: Bank, messages: Iterable[Message]) -> Verdict:
    """All is read and sent. Equal events are counted together: nobody can tell them apart."""
    with database.reading() as session:
        rows = {row.id: row for row in session.execute(ROWS)}
    verdict = Verdict(events=sum(event.is_news for event in bank.events))
    verdict.wrong += [f"notification {row.id} is open for ever" for row in rows.values() if row.outcome is None]
    told: Counter[int] = Counter()
    cut: Counter[int] = Counter()
    for message in messages:
        told.update(message.ids)
        cut.update(message.ids if message.cut is not None else ())
    for number, times in told.items():
        verdict.again += min(times - 1, cut[number])
        if times - 1 > cut[number]:
            verdict.twice.append(f"notification {number} in {times} messages, {cut[number]} of them cut")
    verdict.cuts = cut.total()
    _judge_events(verdict, bank, [rows[number].pluggy_id for number in told if rows[number].kind == "transaction"])
    return verdict


def _judge_events(verdict: Verdict, bank: Bank, told: Iterable[str]) -> None:
    counts = Counter(bank.event_of[row_id].kind for row_id in told)
    alike: dict[tuple[str, date, Decimal], list[Event]] = defaultdict(list)
    for event in bank.events:
        alike[event.kind].append(event)
    for kind, events in alike.items():
        news = [event for event in events if event.is_news]
        least, most = sum(not event.is_gone for event in news), len(news)
        if counts[kind] < least:
            verdict.lost.append(f"{_words(kind)}: told {counts[kind]} times, happened {least}")
        if counts[kind] > most and not news:
            verdict.wrong.append(f"{_words(kind)}: was there before anybody asked")
        elif counts[kind] > most:
            verdict.twice.append(f"{_words(kind)}: told {counts[kind]} times, happened {most}")


def _words(kind: tuple[object, ...]) -> str:
    return " ".join(map(str, kind))
