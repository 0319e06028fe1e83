"""What a pass found that a person is to be told: written to the outbox in the transaction that wrote the rows.

Whether it is worth a word, and which, is decided when it is sent: here nothing is lost, and nothing is noted twice. The
first listing of an account tells nothing: all of it happened before anybody asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from open_finance.alerts.echoes import Family, find_echoes, going_on, may_echo, revealed
from open_finance.alerts.keys import Fingerprint, back_key, overdraft_key, transaction_key
from open_finance.alerts.notification import NewNotification
from open_finance.clock import local_day, local_midnight
from open_finance.money import ZERO
from open_finance.records import AccountData, StoredTransaction
from open_finance.storage import echoes, ledger, notices, outbox
from open_finance.storage.database import Session

#: How many equal purchases of a day are looked up at once.
PROBED = 4
#: A bank that suddenly lists another year has no news.
NEWS_WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Found:
    """What a merge did to an account. ``before``: as it was known before the pass; ``inserted``: Pluggy's ids of the rows
    that were not there; ``missing``: our ids of the rows that the listing leaves out; ``listed``: Pluggy's ids of all it
    has."""

    account_id: int
    connection_id: int
    account: AccountData
    before: ledger.AccountState
    inserted: Sequence[str]
    missing: Collection[int]
    listed: Collection[str]


def note_happenings(session: Session, user_id: int, found: Found, now: datetime) -> int:
    """Write what is to be told of an account. Returns how many notifications there are more."""
    told = [*_overdraft(found, now), *_transactions(session, user_id, found, now)]
    return outbox.add_notifications(session, user_id, told, now) if told else 0


def note_return(session: Session, user_id: int, connection_id: int, since: datetime, now: datetime) -> None:
    """A bank is read again that had stopped: who was told that it had is told this, too."""
    if notices.was_told(session, user_id, connection_id, since):
        back = NewNotification(back_key(connection_id, since.isoformat()), "back", connection_id=connection_id)
        outbox.add_notifications(session, user_id, [back], now)


# --- rows ------------------------------------------------------------------------------------------------------------


def _transactions(session: Session, user_id: int, found: Found, now: datetime) -> Iterator[NewNotification]:
    families = echoes.list_families(session, user_id, found.account_id, found.listed)
    if not found.inserted and not families:
        return
    new = _new_rows(session, user_id, found, families)
    today = local_day(now)
    since = today - NEWS_WITHIN
    if new and not echoes.has_older_rows(session, user_id, found.account_id, now):
        since = max(since, local_day(found.before.created_at))  # its history comes late
    news = sorted((row for row in new if _is_news(row, since)), key=lambda row: (row["occurred_on"], row["id"]))
    for row, key in _with_keys(session, user_id, found, news):
        begins = local_midnight(row["occurred_on"]) if row["occurred_on"] > today else None
        yield NewNotification(
            key,
            "transaction",
            connection_id=found.connection_id,
            account_id=found.account_id,
            transaction_id=row["id"],
            not_before=begins,
        )


def _new_rows(session: Session, user_id: int, found: Found, families: Sequence[Family]) -> list[StoredTransaction]:
    """The rows that stand for something new: of those stored just now, and of those that were taken for a repetition and are
    none of that row, the ones that repeat no other."""
    shown = revealed(families)
    echoes.remove_echoes(session, user_id, shown)
    new = echoes.list_by_pluggy_ids(session, user_id, found.account_id, found.inserted)
    new += ledger.iter_stored_transactions(session, user_id, shown)
    missing = set(found.missing) - going_on(family for family in families if family.transaction_id not in shown)
    days = {(row["type"], row["occurred_on"]) for row in new}
    stored = ledger.iter_stored_transactions(session, user_id, missing) if new else iter(())
    repeated = find_echoes(new, [row for row in stored if may_echo(row, days)])
    if not repeated:
        return new
    echoes.add_echoes(session, user_id, repeated)
    two = revealed(echoes.list_families(session, user_id, found.account_id, found.listed))
    echoes.remove_echoes(session, user_id, two)
    earlier = ledger.iter_stored_transactions(session, user_id, two - {row["id"] for row in new})
    return [*(row for row in new if row["id"] not in repeated or row["id"] in two), *earlier]


def _is_news(row: StoredTransaction, since: date) -> bool:
    """Whether a row may be worth a word. A later instalment is the purchase of an earlier day, which was told then."""
    is_later_instalment = (row["installment_number"] or 1) > 1
    return row["occurred_on"] >= since and row["amount"] != ZERO and not is_later_instalment


def _with_keys(
    session: Session, user_id: int, found: Found, rows: Iterable[StoredTransaction]
) -> Iterator[tuple[StoredTransaction, str]]:
    """Each row with its key. Those of one fingerprint are numbered through, after those that have been told; what another
    door to the same account has told is left out."""
    alike: dict[Fingerprint, list[StoredTransaction]] = defaultdict(list)
    for row in rows:
        alike[_fingerprint(found, row)].append(row)
    told = _find_told(session, user_id, alike)
    for fingerprint, group in alike.items():
        elsewhere = _told_elsewhere(session, user_id, found, group, told[fingerprint])
        yield from (
            (row, transaction_key(fingerprint, number))
            for number, row in enumerate(group[elsewhere:], start=len(told[fingerprint]))
        )


def _fingerprint(found: Found, row: StoredTransaction) -> Fingerprint:
    return Fingerprint(found.account["identity"], row["occurred_on"], row["amount"], row["type"])


def _find_told(
    session: Session, user_id: int, fingerprints: Collection[Fingerprint]
) -> dict[Fingerprint, list[outbox.Told]]:
    """What has been told of each, whichever door it came through. Their numbers have no gap."""
    told: dict[Fingerprint, list[outbox.Told]] = {fingerprint: [] for fingerprint in fingerprints}
    asked = list(fingerprints)
    for start in count(0, PROBED):
        keys = {
            transaction_key(fingerprint, start + number): fingerprint
            for fingerprint in asked
            for number in range(PROBED)
        }
        for key, one in outbox.find_told(session, user_id, keys).items():
            told[keys[key]].append(one)
        asked = [fingerprint for fingerprint in asked if len(told[fingerprint]) == start + PROBED]
        if not asked:
            break
    return told


def _told_elsewhere(
    session: Session,
    user_id: int,
    found: Found,
    group: Sequence[StoredTransaction],
    told: Collection[outbox.Told],
) -> int:
    """How many of these new rows are what another door to the account has told before this one listed them.

    What this door had already is what it told itself, what was there before anybody asked, or what another door had told
    then: only what is left of that may be new to this one."""
    own = sum(one.account_id in {found.account_id, None} for one in told)
    others = len(told) - own
    if not others:
        return 0
    known = echoes.count_alike(session, user_id, found.account_id, group[0]) - len(group)
    before = echoes.count_alike_before(session, user_id, found.account["identity"], group[0])
    return max(others - max(known - own - before, 0), 0)


# --- accounts --------------------------------------------------------------------------------------------------------


def _overdraft(found: Found, now: datetime) -> Iterator[NewNotification]:
    """The account went into its overdraft since the last pass."""
    account = found.account
    used = overdraft_of(account["balance"], account["overdraft_used"])
    if (
        account["type"] == "BANK"
        and used > ZERO
        and overdraft_of(found.before.balance, found.before.overdraft_used) <= ZERO
    ):
        yield NewNotification(
            overdraft_key(account["identity"], local_day(now)),
            "overdraft",
            connection_id=found.connection_id,
            account_id=found.account_id,
            detail={"used": str(used)},
        )


def overdraft_of(balance: Decimal, used: Decimal | None) -> Decimal:
    """How much of its overdraft an account uses: what the bank says, or else what it is below zero."""
    return used if used is not None and used > ZERO else max(-balance, ZERO)
