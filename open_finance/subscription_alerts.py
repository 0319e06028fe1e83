"""Whom to tell that what they cancelled was charged again. What is such a charge is pure (``insights.cancelled``); it goes
to the outbox once, and is looked at again in the moment in which it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from open_finance.alerts.keys import charge_key
from open_finance.alerts.rounds import Rounds
from open_finance.clock import Clock, SystemClock, local_day
from open_finance.config import Settings
from open_finance.insights.cancelled import Charge
from open_finance.personal_records import RecurringMark
from open_finance.records import Account
from open_finance.storage import echoes, news, outbox, recurring_marks
from open_finance.storage.database import Database, Session, open_database
from open_finance.storage.outbox import NewNotification, Notification
from open_finance.subscription_book import read_charges

__all__ = ["CancelledCharge", "SubscriptionAlerts"]

#: As many as take a few seconds: what else is done by the same tick waits for them.
PEOPLE_A_CALL = 20
#: What was charged longer ago is no news. Shorter than the outbox remembers: nothing is told anew.
NEWS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class CancelledCharge:
    """What was charged of something cancelled, as it stands now. ``amount``: in the currency of the row, positive."""

    mark: RecurringMark
    account: Account
    on: date
    amount: Decimal
    currency_code: str


class SubscriptionAlerts:
    """Decides what is to be told of what was cancelled. Sends nothing."""

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()
        self._rounds = Rounds()

    def note_due(self) -> int:
        """Write to the outbox whom to tell now. For a tick: only people who cancelled something are looked at, whose rows or
        words have changed since, all of them on a new day, and some at a call. Returns how many notifications are new."""
        now = self._clock.now()
        if self._rounds.is_over:
            self._begin_round(local_day(now))
        return sum(self._look(person, now) for person in self._rounds.take(PEOPLE_A_CALL))

    def find(self, user_id: int, notification: Notification) -> CancelledCharge | None:
        """What a notification of kind ``subscription`` has to say now; None when it is true no more: the charge was given
        back or taken out of the list, or the person has not cancelled it after all."""
        detail = notification.detail
        with self._database.reading() as session:
            standing = echoes.find_standing(session, user_id, [detail["row"]]).get(detail["row"])
            found = read_charges(session, user_id, self._clock.now())
        mine = [one for one in found if one[0]["id"] == detail["mark"]]
        same = [one for one in mine if one[1].row["id"] == standing or one[1].first_id == detail["row"]]
        alike = [one for one in mine if _looks_of(one[1]) == (detail["on"], detail["amount"])]
        return next((_told(*one) for one in (*same, *alike)), None)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _begin_round(self, today: date) -> None:
        with self._database.reading() as session:
            runs = news.list_changed_runs(session, self._rounds.known_run)
            words = recurring_marks.list_words(session, recurring_marks.list_watchers(session))
        self._rounds.begin({person: (today, said) for person, said in words.items()}, runs)

    def _look(self, user_id: int, now: datetime) -> int:
        added = self._note(user_id, now)
        self._rounds.done(user_id)
        return added

    def _note(self, user_id: int, now: datetime) -> int:
        """Nothing is written, and no lock taken, where there is nothing new."""
        with self._database.reading() as session:
            found = read_charges(session, user_id, now)
            due = [one for one in found if one[1].on > local_day(now) - NEWS]
            if not _unsaid(session, user_id, due):
                return 0
        with self._database.writing() as session:
            standing = {mark["id"] for mark in recurring_marks.list_marks(session, user_id, lock=True)}
            new = [one for one in _unsaid(session, user_id, due) if one[0]["id"] in standing]
            return outbox.add_notifications(session, user_id, [_notification(mark, one) for mark, one, _ in new], now)


_Found = tuple[RecurringMark, Charge, Account]


def _unsaid(session: Session, user_id: int, found: list[_Found]) -> list[_Found]:
    """What of it was never noted: neither under its own row, nor under another that was just like it."""
    known = [one.detail for one in outbox.list_of_kind(session, user_id, "subscription")] if found else []
    rows = {(one["mark"], one["row"]) for one in known}
    looks = {(one["mark"], (one["on"], one["amount"])) for one in known}
    return [
        (mark, charge, account)
        for mark, charge, account in found
        if (mark["id"], charge.first_id) not in rows and (mark["id"], _looks_of(charge)) not in looks
    ]


def _looks_of(charge: Charge) -> tuple[str, str]:
    return charge.on.isoformat(), str(charge.amount)


def _notification(mark: RecurringMark, charge: Charge) -> NewNotification:
    on, amount = _looks_of(charge)
    return NewNotification(
        charge_key(mark["id"], charge.first_id),
        "subscription",
        detail={"mark": mark["id"], "row": charge.first_id, "on": on, "amount": amount},
    )


def _told(mark: RecurringMark, charge: Charge, account: Account) -> CancelledCharge:
    return CancelledCharge(mark, account, charge.on, charge.amount, charge.row["currency_code"])
