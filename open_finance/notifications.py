"""The outbox as a service: what a person is to be told now, what of it in which message, and what they answered.

Everything is decided from the rows as they stand when it is sent: what was taken back meanwhile is not told, and whoever
changed /alertas is told by the new wishes. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from open_finance.alerts.notification import Notification, Outcome
from open_finance.alerts.settings import AlertSettings, is_quiet, loud_from
from open_finance.alerts.telling import RowNews, sort_out, wants_other
from open_finance.clock import Clock, SystemClock, local_day, local_midnight
from open_finance.config import Settings
from open_finance.insights.anomalies import find_unusual
from open_finance.insights.flows import Flow
from open_finance.insights.labels import label_of
from open_finance.insights.patterns import Pattern, Unusual
from open_finance.insights.row_categories import decide
from open_finance.personal_words import load_words
from open_finance.reading.balances import counted_accounts
from open_finance.records import Account, Connection, Transaction
from open_finance.storage import alerts, echoes, edits, ledger, outbox, repository, transaction_rows
from open_finance.storage.database import Database, Session, open_database

__all__ = ["Bundle", "Notifications", "RowNews"]

#: A sender that has not settled what it took in hand by then seems to be dead.
CLAIM_SECONDS = 45.0
#: A message is taken or given up by then: the sender's own timeouts end it sooner.
SEND_SECONDS = 30.0
#: What the bank took back may come again under another id; after that it was nothing.
KEEP_GONE = timedelta(days=7)
LOOK_AGAIN = timedelta(hours=1)
#: What habits are known from.
HISTORY = timedelta(days=400)
#: The days of which no more than a few unusual rows are told, and one more week for rows that come late.
MEASURED = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a person is to be told now: ``rows``, in one message; ``others``: what is no row. All of it is in this sender's
    hands until it is settled, but no longer than ``held_until``: see ``Notifications.hold``."""

    user_id: int
    rows: tuple[RowNews, ...] = ()
    others: tuple[Other, ...] = ()
    held_until: datetime | None = None

    @property
    def ids(self) -> list[int]:
        """All that is to be settled."""
        rows = [one.notification.id for one in self.rows]
        return rows + [one.notification.id for one in self.others]


@dataclass(frozen=True, slots=True)
class Other:
    """A notification that is about no row."""

    notification: Notification
    account: Account | None
    connection: Connection | None


@dataclass(frozen=True, slots=True)
class _Books:
    """What is known of a person's accounts. ``counted``: those that are not brought by another connection as well."""

    accounts: dict[int, Account]
    counted: frozenset[int]
    connections: dict[int, Connection]


class Notifications:
    """Thread-safe. Everything is one person's; only ``list_waiting`` and ``list_blocked`` see everybody's."""

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def list_waiting(self) -> list[int]:
        """Who is to be told something now, the longest wait first."""
        with self._database.reading() as session:
            return outbox.list_waiting(session, self._clock.now())

    def take(self, user_id: int) -> Bundle:
        """Take in hand what a person is to be told now, and settle what is worth no word. In their quiet hours, and where
        they have blocked the bot, there is nothing."""
        now = self._clock.now()
        with self._database.writing() as session:
            claimed = outbox.claim_notifications(session, user_id, now, CLAIM_SECONDS)
            wishes = alerts.find_wishes(session, user_id)
            ids = [one.id for one in claimed]
            if wishes.blocked_at is not None:
                outbox.settle_notifications(session, user_id, ids, "blocked", now)
                return Bundle(user_id)
            if is_quiet(wishes.settings, now):
                outbox.postpone_notifications(session, user_id, ids, loud_from(wishes.settings, now))
                return Bundle(user_id)
        return self._sort(user_id, claimed, wishes.settings, now) if claimed else Bundle(user_id)

    def hold(self, bundle: Bundle, ids: Collection[int]) -> bool:
        """Whether these of a bundle are still in this sender's hands, and stay there while a message is on its way. To be
        asked before each message: who waited for a turn for too long has lost them to another sender, who tells them."""
        now, until = self._clock.now(), bundle.held_until
        if until is None or now < until - timedelta(seconds=SEND_SECONDS):
            return until is not None
        with self._database.writing() as session:
            return outbox.renew_claims(session, bundle.user_id, ids, until, now, CLAIM_SECONDS)

    def leave_to_its_end(self, user_id: int, connection_id: int) -> None:
        """A connection is back, and the end of that says how many rows are new: they are not told again, but for what is
        unusual among them."""
        now = self._clock.now()
        with self._database.writing() as session:
            claimed = outbox.claim_notifications(session, user_id, now, CLAIM_SECONDS, connection_id)
            wishes = alerts.find_wishes(session, user_id)
        rows = self._sort(user_id, claimed, wishes.settings, now).rows if claimed else ()
        with self._database.writing() as session:
            said = [one.notification.id for one in rows if one.unusual is None]
            outbox.settle_notifications(session, user_id, said, "quiet", now)
            odd = [one.notification.id for one in rows if one.unusual is not None]
            outbox.postpone_notifications(session, user_id, odd, now)

    def mark_sent(
        self, user_id: int, ids: Iterable[int], message_id: int, patterns: Mapping[int, Pattern] | None = None
    ) -> None:
        """These were told, in one message. ``patterns``: of the rows among them that were asked about."""
        with self._database.writing() as session:
            outbox.settle_notifications(session, user_id, ids, "sent", self._clock.now(), message_id=message_id)
            for number, pattern in (patterns or {}).items():
                outbox.note_pattern(session, user_id, number, str(pattern))

    def settle(self, user_id: int, ids: Iterable[int], outcome: Outcome) -> None:
        """These are not told any more."""
        with self._database.writing() as session:
            outbox.settle_notifications(session, user_id, ids, outcome, self._clock.now())

    def postpone(self, user_id: int, ids: Iterable[int], seconds: float) -> None:
        """Telegram is away, or wants to be left alone: again after so long."""
        with self._database.writing() as session:
            outbox.postpone_notifications(session, user_id, ids, self._clock.now() + timedelta(seconds=seconds))

    def note_blocked(self, user_id: int) -> None:
        """The person has blocked the bot: leave them in peace."""
        with self._database.writing() as session:
            alerts.note_blocked(session, user_id, self._clock.now())

    def note_unblocked(self, user_id: int) -> None:
        """The person writes to the bot again. What happened meanwhile is not told afterwards."""
        with self._database.writing() as session:
            alerts.note_blocked(session, user_id, None)

    def list_blocked(self) -> frozenset[int]:
        """Who has blocked the bot."""
        with self._database.reading() as session:
            return alerts.list_blocked(session)

    # --- what was told -----------------------------------------------------------------------------------------------

    def list_told(self, user_id: int, message_id: int) -> list[RowNews]:
        """The rows of a message, as they stand now, the newest first."""
        with self._database.reading() as session:
            told = outbox.list_of_message(session, user_id, message_id)
            books = _read_books(session, user_id)
            news, _ = _read_rows(session, user_id, told, books)
        return sorted(news, key=lambda one: (one.row["occurred_on"], one.row["id"]), reverse=True)

    def find_told(self, user_id: int, notification_id: int) -> RowNews | None:
        """One row that was told, as it stands now; None when it is gone, or not this person's."""
        with self._database.reading() as session:
            told = outbox.find_notification(session, user_id, notification_id)
            if told is None or told.message_id is None:
                return None
            news, _ = _read_rows(session, user_id, [told], _read_books(session, user_id))
        return next(iter(news), None)

    def list_rows(self, user_id: int, ids: Collection[int]) -> list[Transaction]:
        """These standing rows, the oldest first: what a row that was told repeats."""
        with self._database.reading() as session:
            rows = transaction_rows.list_by_ids(session, user_id, ids)
        return sorted(rows, key=lambda row: (row["occurred_on"], row["id"]))

    def answer(self, user_id: int, news: RowNews, answer: str | None) -> None:
        """The person pressed a button on what was told: ``mine`` (*Fui eu*: that pattern is quiet for ever), ``ok``, or
        ``disputed`` (*Não reconheço*: noted on the row). None takes it back."""
        told, now = news.notification, self._clock.now()
        with self._database.writing() as session:
            outbox.answer_notification(session, user_id, told.id, answer)
            if told.pattern is not None and answer == "mine":
                alerts.add_quiet_pattern(session, user_id, told.pattern, now)
            elif told.pattern is not None and told.answer == "mine":
                alerts.remove_quiet_patterns(session, user_id, [told.pattern])
            note = edits.dispute_note(local_day(told.created_at).strftime("%d/%m/%Y"))
            if answer == "disputed":
                edits.add_note(session, user_id, news.row["id"], note)
            elif told.answer == "disputed":
                edits.remove_note(session, user_id, news.row["id"], note)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _sort(self, user_id: int, claimed: Sequence[Notification], settings: AlertSettings, now: datetime) -> Bundle:
        with self._database.reading() as session:
            books = _read_books(session, user_id)
            news, missing = _read_rows(session, user_id, claimed, books)
            early = [one for one in news if one.row["occurred_on"] > local_day(now)]
            due = [one for one in news if one not in early]
            found = self._find_unusual(session, user_id, due, books, settings) if due else {}
        known = [replace(one, unusual=found.get(one.row["id"])) for one in due]
        result = sort_out(known, settings)
        others = [_other(one, books) for one in claimed if one.kind != "transaction"]
        unwanted = [one.notification.id for one in others if not wants_other(one.notification.kind, settings)]
        with self._database.writing() as session:
            for one in early:
                begins = local_midnight(one.row["occurred_on"])
                outbox.postpone_notifications(session, user_id, [one.notification.id], begins)
            for told in missing:
                self._await_return(session, told, now)
            quiet = [one.notification.id for one in result.quiet]
            outbox.settle_notifications(session, user_id, [*quiet, *unwanted], "quiet", now)
        wanted = tuple(one for one in others if one.notification.id not in unwanted)
        return Bundle(user_id, result.loud, wanted, now + timedelta(seconds=CLAIM_SECONDS))

    def _find_unusual(
        self, session: Session, user_id: int, news: Sequence[RowNews], books: _Books, settings: AlertSettings
    ) -> dict[int, Unusual]:
        """What is odd about these rows, by our id. A row that another connection brings as well would repeat itself."""
        spent = [one.row for one in news if one.flow is Flow.SPENDING and one.account["id"] in books.counted]
        if not spent or not (settings.unusual or settings.subscriptions):
            return {}
        today = local_day(self._clock.now())
        history = transaction_rows.list_transactions(
            session, user_id, account_ids=sorted(books.counted), date_from=today - HISTORY, date_to=today
        )
        quiet = frozenset(map(Pattern.parse, alerts.list_quiet_patterns(session, user_id)))
        told = outbox.list_unusual_days(session, user_id, self._clock.now() - MEASURED)
        return {one.transaction_id: one for one in find_unusual(spent, history, today=today, quiet=quiet, told=told)}

    @staticmethod
    def _await_return(session: Session, told: Notification, now: datetime) -> None:
        """Its row is gone: it may come again under another id, and is told then."""
        if now - told.created_at < KEEP_GONE:
            outbox.postpone_notifications(session, told.user_id, [told.id], now + LOOK_AGAIN)
        else:
            outbox.settle_notifications(session, told.user_id, [told.id], "gone", now)


def _read_books(session: Session, user_id: int) -> _Books:
    accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
    connections = repository.list_connections(session, user_id)
    live = [account["id"] for account in ledger.list_accounts(session, user_id)]
    counted = counted_accounts(accounts, connections, live)
    return _Books(
        {account["id"]: account for account in accounts},
        frozenset(account["id"] for account in counted),
        {connection["id"]: connection for connection in connections},
    )


def _read_rows(
    session: Session, user_id: int, notifications: Iterable[Notification], books: _Books
) -> tuple[list[RowNews], list[Notification]]:
    """The rows that notifications are about, as they stand now, and the notifications whose row stands no more."""
    wanted = [one for one in notifications if one.kind == "transaction"]
    standing = echoes.find_standing(session, user_id, {one.transaction_id for one in wanted if one.transaction_id})
    rows = {row["id"]: row for row in transaction_rows.list_by_ids(session, user_id, set(standing.values()))}
    words = load_words(session, user_id)
    news, missing = [], []
    for one in wanted:
        row = rows.get(standing.get(one.transaction_id or 0, 0))
        account = None if row is None else books.accounts.get(row["account_id"])
        if row is None or account is None:
            missing.append(one)
        else:
            news.append((one, row, account))
    decided = decide(
        [row for _, row, _ in news], {number: one["type"] for number, one in books.accounts.items()}, words
    )
    return [
        RowNews(one, row, account, found.flow, category=label_of(found, row, words.names).name)
        for (one, row, account), found in zip(news, decided, strict=True)
    ], missing


def _other(one: Notification, books: _Books) -> Other:
    account = books.accounts.get(one.account_id or 0)
    return Other(one, account, books.connections.get(one.connection_id or 0))
