"""One pass over one connection, under its lease: ask Pluggy what it holds, and bring our rows to it.

Only reads (GET). No session is open while Pluggy is asked; what an account lists waits in a spool and then goes into the
database in one short transaction, made under the lease's fence. An item that stands where a pass at least as wide has left
it costs one request.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from open_finance import reconcile
from open_finance.bill_records import BillData
from open_finance.clock import local_day
from open_finance.connect_flow import Connected, Waiting, next_step
from open_finance.errors import (
    DatabaseUnavailableError,
    PluggyAuthError,
    PluggyError,
    PluggyRateLimitError,
    PluggyServerError,
)
from open_finance.events import SyncEvent
from open_finance.investment_records import PotData
from open_finance.pluggy_rows import Documents, read_item
from open_finance.records import AccountData, FormerAccount, ItemData, Width
from open_finance.storage import ledger, system
from open_finance.storage.database import Session
from open_finance.storage.investment_writes import replace_pots
from open_finance.storage.joins import lock_connections
from open_finance.storage.snapshots import save_snapshot
from open_finance.storage.system import SyncClaim
from open_finance.syncing.bills import CardBills, store_bills
from open_finance.syncing.holdings import Door, Holdings
from open_finance.syncing.holdings import join_stored as join_stored_holdings
from open_finance.syncing.joining import plan
from open_finance.syncing.merge import Listing, Tally, join_stored, merge_listing
from open_finance.syncing.moving import Signs, expected, is_moved
from open_finance.syncing.pass_end import PassEnd
from open_finance.syncing.pass_tools import PassTools
from open_finance.syncing.source import AccountListing, ItemSource, PassInterrupted
from open_finance.syncing.spool import TransactionSpool

logger = logging.getLogger(__name__)

ITEM_SECONDS = 180
ACCOUNT_SECONDS = 300
#: Of a narrow pass on news. One that takes longer is tried again, and whoever comes after one that died waits no longer.
NEWS_LEASE_SECONDS = 90
NEWS_STEP_SECONDS = 60
#: How often an account is listed when its rows move under the listing.
MAX_LISTINGS = 3


class ConnectionPass:
    """One pass. ``run`` may be called once."""

    def __init__(
        self,
        tools: PassTools,
        claim: SyncClaim,
        width: Width,
        *,
        fresh: bool = False,
        told: bool = False,
        accounts: frozenset[str] | None = None,
    ) -> None:
        """``fresh``: rows have changed, whatever the item says. ``told``: Pluggy said that there is news, and whoever heard
        it tries again: a failure changes nothing about when the schedule reads the connection. ``accounts``: whose rows
        have changed, by Pluggy's ids, within the days of ``width``; of the others only one that does not stand as it did
        is listed."""
        self._tools = tools
        self._client = tools.client
        self._database = tools.database
        self._clock = tools.clock
        self._stopping = tools.stopping
        self._holders = tools.holders
        self._desk = tools.desk
        self._lease_seconds = tools.lease_seconds
        self._claim = claim
        self._width = width
        self._fresh = fresh
        self._named = accounts
        self._started_at = tools.clock.now()
        self._end = PassEnd(tools, claim, width, self._started_at, told=told)
        is_brief = told and width == "narrow"
        self._account_seconds = NEWS_STEP_SECONDS if is_brief else ACCOUNT_SECONDS
        self._item_ends_at = tools.clock.monotonic() + (NEWS_STEP_SECONDS if is_brief else ITEM_SECONDS)
        self._has_stored = False
        self._listed: int | None = None  # accounts, once all of them are known
        self._bank_name: str | None = None
        self._pots: Mapping[str, Sequence[PotData]] = {}

    def run(self, item: ItemData | None = None) -> SyncEvent:
        """Read and store. ``item``: as read a moment ago by the caller. Trouble is an event, not an error, and the lease is
        given back whatever happens; only DatabaseUnavailableError is raised."""
        try:
            return self._run(item or read_item(self._client.get_item(self._claim.item_id, deadline=self._item_ends_at)))
        except PassInterrupted:
            return self._end.give_back()
        except DatabaseUnavailableError:  # not this connection's fault
            with suppress(DatabaseUnavailableError):
                self._end.give_back()
            raise
        except PluggyError as error:
            return self._end.without_answer(error, has_stored=self._has_stored)
        except Exception as error:  # a mistake of ours: one connection never stops the others
            logger.exception("connection %d could not be synchronised", self._claim.connection_id)
            return self._end.fail(error, has_stored=self._has_stored)

    def _run(self, item: ItemData) -> SyncEvent:
        step = next_step(item, self._started_at)
        if isinstance(step, Waiting):
            return self._end.give_back()
        claim = self._claim
        if not self._fresh and reconcile.is_unchanged(item, claim.synced_state, claim.synced_width, self._width):
            return self._end.finish(item, step, self._join_stored(), {"last_synced_at": self._started_at})
        if not isinstance(step, Connected) and not self._has_unread_data(item):
            return self._end.finish(item, step, Tally(), {})
        tally = self._read(item)
        stamps = {
            "last_synced_at": self._started_at,
            "synced_state": reconcile.item_state(item),
            "synced_width": self._width,
        }
        if self._named is None:
            stamps["created_cursor_at"] = self._started_at
        return self._end.finish(item, step, tally, stamps, listed=self._listed, bank_name=self._bank_name)

    def _has_unread_data(self, item: ItemData) -> bool:
        """Whether an item that fails now had collected something since the last pass: it still serves that."""
        collected = reconcile.collected_at(reconcile.item_state(item))
        return collected not in {"", reconcile.collected_at(self._claim.synced_state)}

    # --- reading an item -------------------------------------------------------------------------------------------

    def _read(self, item: ItemData) -> Tally:
        """Every account; one that cannot be listed does not stop the others, but the pass then counts as failed."""
        source = ItemSource(self._client, item, self._stopping, self._holders, self._desk)
        with self._database.reading() as session:
            code = ledger.find_bank_code(session, self._claim.user_id, self._claim.connection_id)
        listing = source.list_accounts(code, deadline=self._item_ends_at)
        self._listed = len(listing.listed) if listing.complete else None
        self._bank_name = listing.bank_name
        self._pots = listing.pots
        with self._database.reading() as session:
            known = ledger.list_account_states(session, self._claim.user_id, self._claim.connection_id)
            listed = listing.listed if listing.complete else None
            joins = plan(session, self._claim.user_id, self._claim.connection_id, known, listing.accounts, listed)
        tally, card_bills = Tally(), CardBills(self._client, self._clock)
        failure: PluggyError | None = None
        for account in listing.accounts:
            self._hold()
            state, former = known.get(account["pluggy_id"]), joins.get(account["pluggy_id"], ())
            if state is not None and not former and self._is_silent(account, state):
                tally += self._store_account(item, account, state.id)
                continue
            try:
                tally += self._sync_account(source, item, account, state, listing.documents, former)
                if account["type"] == "CREDIT" and (bills := card_bills.list_bills(account["pluggy_id"])):
                    self._store_bills(account["pluggy_id"], bills)
            except (PluggyAuthError, PluggyRateLimitError):
                raise  # the next account would meet the same
            except PluggyError as error:
                failure = failure or error
        tally += self._read_holdings(item, listing)
        if failure is not None:
            raise failure
        return tally + self._unlist(item, known, listing.listed) if listing.complete else tally

    def _read_holdings(self, item: ItemData, listing: AccountListing) -> Tally:
        door = Door(listing.bank_name or item["connector_name"], listing.bank_code)
        return Tally(holdings=Holdings(self._tools, self._claim, item, self._width, door, self._renew).read())

    def _is_silent(self, account: AccountData, state: ledger.AccountState) -> bool:
        """Whether nothing speaks of new rows of an account: a minute holds few listings. What an event that was lost would
        have said the balance says, and where it does not the year that is read in the morning."""
        if self._named is None or account["pluggy_id"] in self._named:
            return False
        stands = (account["balance"], account["overdraft_used"]) == (state.balance, state.overdraft_used)
        return stands and state.listed and state.suspect_state is None

    def _store_account(self, item: ItemData, account: AccountData, account_id: int) -> Tally:
        """What an account says of itself, without its rows."""
        with self._database.writing() as session:
            self._renew(session)
            claim, now = self._claim, self._clock.now()
            written = ledger.merge_accounts(session, claim.user_id, claim.connection_id, [account], now)
            held_on = reconcile.balance_day(item, account["type"], local_day(now))
            if held_on is not None:
                save_snapshot(session, claim.user_id, account_id, held_on, now)
            replace_pots(session, claim.user_id, account_id, self._pots.get(account["pluggy_id"], ()), now)
        return Tally(accounts=written)

    def _sync_account(
        self,
        source: ItemSource,
        item: ItemData,
        account: AccountData,
        state: ledger.AccountState | None,
        documents: Documents,
        former: Sequence[FormerAccount],
    ) -> Tally:
        """List an account and store it; anew from its first page, a few times, where its rows move while they are listed.
        What the last of these listed is stored all the same, and the account counts as not read."""
        width = "wide" if state is None else self._width
        deadline = self._clock.monotonic() + self._account_seconds
        explained = expected(item["last_updated_at"])
        for number in range(MAX_LISTINGS):
            with TransactionSpool() as spool:
                window, seen = self._list(source, account, state, documents, spool, width, deadline)
                if not is_moved(seen, explained):
                    return self._store(item, account, state, spool, window, width, former)
                if number == MAX_LISTINGS - 1:  # what it lists is there, what it does not list may have moved
                    self._store(item, account, state, spool, window, width, former, trusted=False)
            explained |= seen
        raise PluggyServerError("GET /v2/transactions: the rows move while they are listed")

    def _store(
        self,
        item: ItemData,
        account: AccountData,
        state: ledger.AccountState | None,
        spool: TransactionSpool,
        window: reconcile.Window,
        width: Width,
        former: Sequence[FormerAccount],
        *,
        trusted: bool = True,
    ) -> Tally:
        products = ("transactions", "creditCards" if account["type"] == "CREDIT" else "accounts")
        if spool.malformed or not spool.complete:
            logger.warning("connection %d: unreadable rows skipped: %d", self._claim.connection_id, spool.malformed)
        listing = Listing(
            account=account,
            spool=spool,
            window=window,
            width=width,
            trusted=trusted and reconcile.is_trusted(item, products, self._started_at),
            collected_at=reconcile.collected_at(reconcile.item_state(item)),
            held_on=reconcile.balance_day(item, account["type"], local_day(self._clock.now())),
            former=former,
            before=state,
            pots=self._pots.get(account["pluggy_id"], ()),
        )
        with self._database.writing() as session:
            self._renew(session, _connections(former))
            tally = merge_listing(session, self._claim.user_id, self._claim.connection_id, listing, self._clock.now())
        self._has_stored = True
        return tally

    def _list(
        self,
        source: ItemSource,
        account: AccountData,
        state: ledger.AccountState | None,
        documents: Documents,
        spool: TransactionSpool,
        width: Width,
        deadline: float,
    ) -> tuple[reconcile.Window, Signs]:
        """Two listings: what Pluggy took in since the last pass, whatever its day, and then the days of the window. Who was
        told whose rows have changed knows their days (``width``): the second alone, since a minute holds few listings."""
        late, seen = None, Signs()
        cursor = self._claim.created_cursor_at
        is_told = self._named is not None and account["pluggy_id"] in self._named
        if state is not None and cursor is not None and not is_told:
            since = cursor - reconcile.CURSOR_OVERLAP
            seen = source.spool_transactions(account, documents, spool, deadline=deadline, created_at_from=since)
            with self._database.reading() as session:
                known = ledger.find_stored_ids(session, self._claim.user_id, state.id, spool.days)
            late = min((day for row, day in spool.days.items() if day and row not in known), default=None)
        window = reconcile.window(local_day(self._started_at), width, late)
        spool.await_again(window.judged_from)
        seen |= source.spool_transactions(account, documents, spool, deadline=deadline, date_from=window.listed_from)
        return window, seen | Signs(odd=frozenset(spool.awaited))

    # --- writing ---------------------------------------------------------------------------------------------------

    def _store_bills(self, card: str, bills: Sequence[BillData]) -> None:
        with self._database.writing() as session:
            self._renew(session)
            store_bills(session, self._claim.user_id, self._claim.connection_id, card, bills, self._clock.now())

    def _join_stored(self) -> Tally:
        """Take in what other connections have left behind since the last pass: that needs no listing."""
        user_id, tally = self._claim.user_id, Tally()
        with self._database.reading() as session:
            known = ledger.list_account_states(session, user_id, self._claim.connection_id)
            joins = plan(session, user_id, self._claim.connection_id, known)
        for pluggy_id, former in joins.items():
            with self._database.writing() as session:
                self._renew(session, _connections(former))
                tally += join_stored(session, user_id, known[pluggy_id].id, former, self._clock.now())
        return tally + Tally(holdings=join_stored_holdings(self._database, self._claim, self._renew, self._clock.now()))

    def _unlist(self, item: ItemData, known: dict[str, ledger.AccountState], listed: frozenset[str]) -> Tally:
        """Take accounts that the bank lists no more out of the balances, under the guard that rows have."""
        missing = [state for state in known.values() if state.listed and state.pluggy_id not in listed]
        if not missing:
            return Tally()
        user_id, written = self._claim.user_id, 0
        with self._database.writing() as session:
            self._renew(session)
            for state in missing:
                verdict = reconcile.judge(
                    trusted=reconcile.is_trusted(item, ("accounts", "creditCards"), self._started_at),
                    width=self._width,
                    listed=len(listed),
                    known=sum(other.listed for other in known.values()),
                    state=reconcile.collected_at(reconcile.item_state(item)),
                    suspect_state=state.suspect_state,
                )
                if verdict.remove:
                    written += ledger.unlist_account(session, user_id, state.id, self._clock.now())
                elif verdict.suspect_state != state.suspect_state:
                    ledger.set_suspect_state(session, user_id, state.id, verdict.suspect_state)
        return Tally(accounts=written)

    def _hold(self) -> None:
        """Before each account's listing: one that fails takes its time, too, and stores nothing that holds the lease."""
        with self._database.writing() as session:
            self._renew(session)

    def _renew(self, session: Session, others: Iterable[int] = ()) -> None:
        """The first statement of every write. Of several connections the locks are taken in one order, whoever asks."""
        if connections := set(others):
            lock_connections(session, self._claim.user_id, {self._claim.connection_id, *connections})
        if not system.renew_claim(session, self._claim, self._clock.now(), self._lease_seconds):
            raise PassInterrupted


def _connections(former: Iterable[FormerAccount]) -> set[int]:
    return {one["connection_id"] for one in former}
