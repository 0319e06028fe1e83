"""Which card bills to remind whom of. The rules are pure (``alerts.bill_rules``); what is to be told goes to the outbox, and
is looked at again in the moment in which it is sent."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from open_finance.alerts.bill_rules import (
    HORIZON,
    LATE,
    SAME_BILL,
    BillDue,
    CardBooks,
    first_day,
    list_due,
    list_owed,
    stage_of,
)
from open_finance.alerts.keys import bill_key
from open_finance.bill_records import Bill
from open_finance.clock import SAO_PAULO, Clock, SystemClock, local_day
from open_finance.config import Settings
from open_finance.reading.balances import counted_accounts, is_card, superseded_accounts
from open_finance.reading.statements import is_unconfirmed
from open_finance.records import Account, StatementRow
from open_finance.storage import bills, ledger, outbox, repository, statement_rows
from open_finance.storage.database import Database, Session, open_database
from open_finance.storage.joins import lock_connections
from open_finance.storage.outbox import NewNotification, Notification

__all__ = ["BillAlerts", "BillDue"]

#: Nobody is reminded of a bill earlier in the day, São Paulo.
MORNING = time(9)
#: A bill may become known at any hour, but everybody is looked through only so often.
EVERY = timedelta(hours=1)
#: As many as take a few seconds: what else is done by the same tick waits for them.
PEOPLE_A_CALL = 200
#: What was noted longer ago speaks of no bill that is due now.
NOTED = HORIZON + timedelta(days=1)


class BillAlerts:
    """Decides what is to be told of bills. Sends nothing."""

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()
        self._looked_at: datetime | None = None
        self._waiting: deque[int] = deque()  # people with a bill that may have to be told of

    def note_due(self) -> int:
        """Write to the outbox what everybody is to be told of today, not before the morning. For a tick: everybody is
        looked through once an hour, and some people at a call. Returns how many notifications there are more."""
        now = self._clock.now()
        if not self._waiting and (self._looked_at is None or now - self._looked_at >= EVERY):
            self._waiting.extend(self._list_people(now))
            self._looked_at = now
        many = min(len(self._waiting), PEOPLE_A_CALL)
        return sum(self._note(self._waiting.popleft(), now) for _ in range(many))

    def find(self, user_id: int, notification: Notification) -> BillDue | None:
        """What a notification of kind ``bill`` has to say now; None when that bill has been paid meanwhile, is due no
        more, or it is the time for its next reminder."""
        with self._database.reading() as session:
            found = _list_due(session, user_id, self._clock.now())
        return next((due for due in found if _key(due) == notification.key), None)

    def _list_people(self, now: datetime) -> list[int]:
        """Those with a bill that may have to be told of."""
        today = local_day(now)
        with self._database.reading() as session:
            cards = bills.list_due_cards(session, today, today + HORIZON)
            known = outbox.list_keys(session, "bill", now - NOTED) if cards else set()
        stages = ((card, stage_of(card.due_on, today)) for card in cards)
        new = (
            card.user_id
            for card, stage in stages
            if stage and (card.user_id, bill_key(card.identity, card.due_on, stage)) not in known
        )
        return list(dict.fromkeys(new))

    def _note(self, user_id: int, now: datetime) -> int:
        """Nothing is written, and no lock taken, for who has paid."""
        with self._database.reading() as session:
            due = _list_due(session, user_id, now)
        if not due:
            return 0
        not_before = datetime.combine(local_day(now), MORNING, SAO_PAULO).astimezone(UTC)
        with self._database.writing() as session:
            lock_connections(session, user_id, {one.card["connection_id"] for one in due})
            standing = {card["id"] for card in ledger.list_accounts(session, user_id)}
            told = [_notification(one, not_before) for one in due if one.card["id"] in standing]
            return outbox.add_notifications(session, user_id, told, now)


def _notification(due: BillDue, not_before: datetime) -> NewNotification:
    return NewNotification(
        _key(due),
        "bill",
        connection_id=due.card["connection_id"],
        account_id=due.card["id"],
        detail={"due_on": due.due_on.isoformat(), "days": due.stage},
        not_before=not_before,
    )


def _key(due: BillDue) -> str:
    return bill_key(due.card["identity"], due.due_on, due.stage)


def _list_due(session: Session, user_id: int, now: datetime) -> list[BillDue]:
    """What a person is to be told of now. An account that two connections bring counts once; a bank that was left may still
    have paid a bill."""
    today = local_day(now)
    read, ever = (
        ledger.list_accounts(session, user_id),
        ledger.list_accounts(session, user_id, include_disconnected=True),
    )
    connections, live = repository.list_connections(session, user_id), {account["id"] for account in read}
    counted = counted_accounts(ever, connections, live)
    cards = [account for account in counted if is_card(account) and account["id"] in live]
    twins = superseded_accounts(ever, connections, live)
    owed = list_owed(_books(session, user_id, cards, twins, today), today)
    since = first_day(owed, today)
    if since is None:
        return []
    payers = [account for account in counted if not is_card(account)]
    return list_due(owed, cards, _rows(session, user_id, [*cards, *payers], since, now), today, payers)


def _books(
    session: Session, user_id: int, cards: Sequence[Account], twins: dict[int, int], today: date
) -> list[CardBooks]:
    """Each card with its bills, its own first: another connection may be given what this one is not."""
    ids = {card["id"] for card in cards}
    owners = {**{old: card for old, card in twins.items() if card in ids}, **{card: card for card in ids}}
    found: dict[int, list[Bill]] = defaultdict(list)
    for bill in bills.list_bills(session, user_id, owners, due_from=today - LATE - SAME_BILL):
        found[owners[bill["account_id"]]].append(bill)
    for card_id, own in found.items():
        own.sort(key=lambda bill: bill["account_id"] != card_id)
    return [CardBooks(card, found[card["id"]]) for card in cards]


def _rows(
    session: Session, user_id: int, accounts: Iterable[Account], since: date, now: datetime
) -> list[StatementRow]:
    """The rows of these accounts that stand, until today."""
    read_at = {account["id"]: account["synced_at"] for account in accounts}
    rows = statement_rows.list_statement_rows(
        session, user_id, list(read_at), start=since, end=local_day(now), opened_at=now
    )
    return [row for row in rows if not is_unconfirmed(row["missing_since"], read_at[row["account_id"]])]
