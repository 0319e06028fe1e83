"""What one account's listing does to our books: join, merge, continue under new ids, remove what is gone, and note what is
to be told of it. In one session."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from open_finance import reconcile
from open_finance.alerts.echoes import going_on
from open_finance.balance_check import CHECKED, FEWEST, LASTS, BalanceGap, find_gap, find_lasting_gap
from open_finance.clock import local_day
from open_finance.investment_records import PotData
from open_finance.records import AccountData, FormerAccount, StoredTransaction, TransactionData, Width
from open_finance.storage import echoes, edits, ledger
from open_finance.storage.database import Session
from open_finance.storage.investment_writes import replace_pots
from open_finance.storage.snapshots import list_snapshots, save_snapshot
from open_finance.syncing.happenings import Found, note_happenings
from open_finance.syncing.joining import days_with, settle, take_in
from open_finance.syncing.spool import TransactionSpool

#: A row of another connection may be a day off.
NEIGHBOUR = timedelta(days=1)
_FINGERPRINT = tuple(name for name in StoredTransaction.__annotations__ if name in TransactionData.__annotations__)


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows written by a pass. ``accounts``: accounts; ``holdings``: positions and loans; the others: transactions.
    ``joined``: rows of former accounts that were recognised."""

    accounts: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0
    joined: int = 0
    holdings: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.accounts + other.accounts,
            self.added + other.added,
            self.updated + other.updated,
            self.removed + other.removed,
            self.joined + other.joined,
            self.holdings + other.holdings,
        )

    @property
    def changed(self) -> bool:
        """Whether any row was written."""
        return self != Tally()


@dataclass(frozen=True, slots=True)
class Listing:
    """One account as listed just now. ``trusted``: what it does not list does not exist. ``collected_at``: which collection
    of Pluggy's it stands for; ``held_on``: the day of its balance, None where nobody says. ``former``: the accounts that it
    goes on from. ``before``: the account as it was known, None when it is listed for the first time. ``pots``: its
    caixinhas."""

    account: AccountData
    spool: TransactionSpool
    window: reconcile.Window
    width: Width
    trusted: bool
    collected_at: str
    held_on: date | None = None
    former: Sequence[FormerAccount] = ()
    before: ledger.AccountState | None = None
    pots: Sequence[PotData] = ()

    def judges(self, key: ledger.TransactionKey) -> bool:
        """Whether it means something that a row of that day is not listed."""
        return key.occurred_on >= self.window.judged_from

    def covers(self, key: ledger.TransactionKey, history_from: date | None) -> bool:
        """Whether a row that a join brought would be listed if it still existed."""
        collected = datetime.fromisoformat(self.collected_at) if self.collected_at else None
        return reconcile.is_covered(key.occurred_on, key.seen_at, history_from, collected)


def merge_listing(session: Session, user_id: int, connection_id: int, listing: Listing, now: datetime) -> Tally:
    """Bring an account and its rows to what was listed. A second time over the same listing writes nothing."""
    spool = listing.spool
    accounts = ledger.merge_accounts(session, user_id, connection_id, [listing.account], now)
    state = ledger.list_account_states(session, user_id, connection_id)[listing.account["pluggy_id"]]
    joins, recognised = take_in(session, user_id, state.id, listing.former, now)
    books = _survey(session, user_id, state.id, listing)
    matches = _continued(session, user_id, state.id, listing, books.missing)
    matches |= _moved(session, user_id, state.id, listing, books.carried, matches)
    ledger.rekey_transactions(session, user_id, matches, now)
    inserted: list[str] | None = None if listing.before is None else []
    counts = ledger.merge_encoded(session, user_id, state.id, spool.encoded_rows(), now, inserted)
    found = sum(key.id in matches or key.pluggy_id in spool.days for key in books.carried)
    if joins or found:
        state = state._replace(history_from=settle(session, user_id, state.id))
    if listing.before is not None:  # before what is gone is removed: it was there until now
        missing = (books.missing.keys() - matches.keys()) | books.unjudged
        happened = Found(
            state.id, connection_id, listing.account, listing.before, inserted or (), missing, spool.days.keys()
        )
        note_happenings(session, user_id, happened, now)
    removed = _remove(session, user_id, state, listing, books, matches, now)
    has_changed = bool(removed or matches or counts != ledger.MergeCounts())
    replace_pots(session, user_id, state.id, listing.pots, now)
    if listing.held_on is not None:
        save_snapshot(session, user_id, state.id, listing.held_on, now)
    if listing.account["type"] == "BANK" and (listing.before is not None or spool.has_balances):
        _check_balances(session, user_id, state, listing, local_day(now), has_changed=has_changed)
    # A row that was recognised is written once, to take over the values that its bank lists.
    updated = max(counts.updated - found, 0)
    return Tally(accounts + joins, counts.added + counts.revived, updated, removed, recognised + found)


def join_stored(
    session: Session, user_id: int, account_id: int, former: Iterable[FormerAccount], now: datetime
) -> Tally:
    """Let an account go on from these, when its own bank has nothing new to list."""
    joins, recognised = take_in(session, user_id, account_id, former, now)
    if joins:
        settle(session, user_id, account_id)
    return Tally(accounts=joins, joined=recognised)


def _check_balances(
    session: Session, user_id: int, state: ledger.AccountState, listing: Listing, today: date, *, has_changed: bool
) -> None:
    """Do the rows explain the balances? What the bank writes beside its rows is asked when rows change. Where it writes
    nothing, the balances of the days are, once a day: by a listing of the year that is to be believed. Only that one finds
    a new gap; that an old one is closed any listing may tell."""
    known = state.balance_gap_on and state.balance_gap and BalanceGap(state.balance_gap_on, state.balance_gap)
    by_rows, by_days = listing.spool.has_balances and has_changed, listing.trusted and listing.width == "wide"
    if known is None and not by_rows and (listing.spool.has_balances or not by_days):
        return
    since, currency = today - CHECKED, listing.account["currency_code"]
    snapshots = [] if by_rows else list_snapshots(session, user_id, [state.id], date_from=since)
    if known is None and not by_rows and len(snapshots) < FEWEST:
        return
    rows = list(ledger.iter_balance_rows(session, user_id, state.id, currency, since - LASTS, today))
    if any(row.balance_after is not None for row in rows):
        gap = find_gap(row for row in rows if row.occurred_on >= since)
    else:
        gap = find_lasting_gap(snapshots, rows) if known is not None or by_days else None
    if gap != known:
        ledger.set_balance_gap(session, user_id, state.id, gap)


@dataclass(frozen=True, slots=True)
class Books:
    """What is stored of the listed days. ``missing``: rows that were not listed and should have been, by our id;
    ``unjudged``: rows that were not listed, of days of which that means nothing, by our id; ``carried``: those that a join
    brought; ``standing``: how many of the judged days were listed and are no tombstones."""

    missing: dict[int, ledger.TransactionKey]
    unjudged: set[int]
    carried: list[ledger.TransactionKey]
    standing: int


def _survey(session: Session, user_id: int, account_id: int, listing: Listing) -> Books:
    """Of a year of a busy account only what is out of the ordinary is held."""
    missing, unjudged, carried, standing = {}, set(), [], 0
    for key in ledger.iter_transaction_keys(session, user_id, account_id, listing.window.listed_from - NEIGHBOUR):
        if key.carried:
            carried.append(key)
        if key.pluggy_id in listing.spool.days:
            standing += not key.removed and listing.judges(key)
        elif key.carried or listing.judges(key):
            missing[key.id] = key
        else:
            unjudged.add(key.id)
    return Books(missing, unjudged, carried, standing)


def _remove(
    session: Session,
    user_id: int,
    state: ledger.AccountState,
    listing: Listing,
    books: Books,
    matches: Mapping[int, str],
    now: datetime,
) -> int:
    """Remove what is gone: of the rows of the judged days those that were not listed and go on nowhere (``matches``), if the
    listing is to be believed. What a join brought is only judged where the listing reaches. A pending row that may not be
    removed is noted: nobody has seen it."""
    judged = [key for key in books.missing.values() if not key.removed and listing.judges(key)]
    lost = [key for key in judged if key.id not in matches]
    gone = [key for key in lost if not key.carried or listing.covers(key, state.history_from)]
    verdict = reconcile.judge(
        trusted=listing.trusted and listing.spool.complete,
        width=listing.width,
        listed=listing.spool.count_since(listing.window.judged_from),
        known=books.standing + len(judged) - len(lost) + len(gone),
        state=listing.collected_at,
        suspect_state=state.suspect_state,
    )
    if verdict.suspect_state != state.suspect_state:
        ledger.set_suspect_state(session, user_id, state.id, verdict.suspect_state)
    if verdict.remove:
        _hand_over(session, user_id, state.id, [key.id for key in gone])
        return ledger.remove_transactions(session, user_id, (key.id for key in gone), now)
    ledger.note_missing(session, user_id, (key.id for key in gone if key.pending), now)
    return 0


def _hand_over(session: Session, user_id: int, account_id: int, gone: Collection[int]) -> None:
    """What the person wrote on a row that goes stays on the one that it is. A listing that could not be trusted may have
    shown that one before the old could be known to be gone: nobody could tell then that the two are one."""
    heirs: dict[int, str] = {}
    for row in edits.list_edited(session, user_id, gone):
        younger = edits.list_younger(session, user_id, account_id, row)
        free = (other for other in younger if other["id"] not in gone and other["pluggy_id"] not in heirs.values())
        heirs |= reconcile.match(free, [row], trusted=True)
    edits.hand_over_edits(session, user_id, account_id, heirs)


def _continued(
    session: Session, user_id: int, account_id: int, listing: Listing, missing: dict[int, ledger.TransactionKey]
) -> dict[int, str]:
    """Our id → new Pluggy id, of the missing rows that go on under an id we do not know yet."""
    spool = listing.spool
    if not missing or not spool.days:
        return {}
    # What goes on under the id of a row that was taken for its echo goes on under no other.
    echoed = going_on(echoes.list_families(session, user_id, account_id, spool.days.keys()))
    stored = ledger.iter_stored_transactions(session, user_id, missing.keys() - echoed)
    if len(missing) > len(spool.days):  # a large account of which little was listed: hold no more than that
        stored = reconcile.sharing(stored, reconcile.match_keys(spool.rows()))
    held = list(stored)
    shared = reconcile.sharing(spool.rows(), reconcile.match_keys(held))
    candidates = {row["pluggy_id"]: _fingerprint(row) for row in shared}
    known = ledger.find_stored_ids(session, user_id, account_id, candidates)
    new = [row for pluggy_id, row in candidates.items() if pluggy_id not in known]
    return reconcile.match(new, held, trusted=listing.trusted and spool.complete)


def _moved(
    session: Session,
    user_id: int,
    account_id: int,
    listing: Listing,
    carried: Iterable[ledger.TransactionKey],
    matches: Mapping[int, str],
) -> dict[int, str]:
    """As ``_continued``, for rows that a join brought and that are listed some days before or after."""
    listed = listing.spool.days
    brought = [key for key in carried if not key.removed]
    found = [key.occurred_on for key in brought if key.id in matches or key.pluggy_id in listed]
    oldest = min((day for day in listed.values() if day), default=date.max) - reconcile.MOVED
    left = [
        key.id for key in brought if key.id not in matches and key.pluggy_id not in listed and key.occurred_on >= oldest
    ]
    held = list(ledger.iter_stored_transactions(session, user_id, left)) if left else []
    wanted = reconcile.moved_keys(held)
    near = [_fingerprint(row) for row in listing.spool.rows() if reconcile.near_one_of(row, wanted)] if wanted else []
    known = ledger.find_stored_ids(session, user_id, account_id, [row["pluggy_id"] for row in near])
    taken = {*known, *matches.values()}
    new = [row for row in near if row["pluggy_id"] not in taken]
    return reconcile.match_moved(new, held, days_with(session, user_id, account_id, found)) if new else {}


def _fingerprint(row: TransactionData) -> StoredTransaction:
    """What tells a listed row from others: the whole of a year's rows is too much to hold."""
    values = {name: row[name] for name in _FINGERPRINT}  # type: ignore[literal-required]
    return cast("StoredTransaction", {**values, "id": 0, "removed_at": None, "carried": False})
