"""What one account's listing does to our books: merge, continue under new ids, remove what is gone. Inside one session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from open_finance import reconcile
from open_finance.records import AccountData, Width
from open_finance.storage import ledger
from open_finance.storage.database import Session
from open_finance.syncing.spool import TransactionSpool


@dataclass(frozen=True, slots=True)
class Tally:
    """Rows written by a pass. ``accounts``: accounts; the others: transactions."""

    accounts: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.accounts + other.accounts,
            self.added + other.added,
            self.updated + other.updated,
            self.removed + other.removed,
        )

    @property
    def changed(self) -> bool:
        """Whether any row was written."""
        return bool(self.accounts or self.added or self.updated or self.removed)


@dataclass(frozen=True, slots=True)
class Listing:
    """One account as listed just now. ``trusted``: what it does not list does not exist. ``collected_at``: which collection
    of Pluggy's it stands for."""

    account: AccountData
    spool: TransactionSpool
    window: reconcile.Window
    width: Width
    trusted: bool
    collected_at: str


def merge_listing(session: Session, user_id: int, connection_id: int, listing: Listing, now: datetime) -> Tally:
    """Bring an account and its rows to what was listed. A second time over the same listing writes nothing."""
    spool = listing.spool
    accounts = ledger.merge_accounts(session, user_id, connection_id, [listing.account], now)
    state = ledger.list_account_states(session, user_id, connection_id)[listing.account["pluggy_id"]]
    keys = list(ledger.iter_transaction_keys(session, user_id, state.id, listing.window.judged_from))
    missing = {key.id: key for key in keys if key.pluggy_id not in spool.days}
    matches = _continued(session, user_id, state.id, listing, missing)
    ledger.rekey_transactions(session, user_id, matches, now)
    counts = ledger.merge_transactions(session, user_id, state.id, spool.rows(), now)
    verdict = reconcile.judge(
        trusted=listing.trusted and spool.complete,
        width=listing.width,
        listed=spool.count_since(listing.window.judged_from),
        known=sum(not key.removed for key in keys),
        state=listing.collected_at,
        suspect_state=state.suspect_state,
    )
    gone = [key.id for key in missing.values() if key.id not in matches and not key.removed]
    removed = ledger.remove_transactions(session, user_id, gone, now) if verdict.remove else 0
    if verdict.suspect_state != state.suspect_state:
        ledger.set_suspect_state(session, user_id, state.id, verdict.suspect_state)
    return Tally(accounts, counts.added + counts.revived, counts.updated, removed)


def _continued(
    session: Session, user_id: int, account_id: int, listing: Listing, missing: dict[int, ledger.TransactionKey]
) -> dict[int, str]:
    """Our id → new Pluggy id, of the missing rows that go on under an id we do not know yet."""
    spool = listing.spool
    if not missing or not spool.days:
        return {}
    stored = ledger.iter_stored_transactions(session, user_id, missing)
    if len(missing) > len(spool.days):  # a large account of which little was listed: hold no more than that
        stored = reconcile.sharing(stored, reconcile.match_keys(spool.rows()))
    held = list(stored)
    candidates = {row["pluggy_id"]: row for row in reconcile.sharing(spool.rows(), reconcile.match_keys(held))}
    known = ledger.find_stored_ids(session, user_id, account_id, candidates)
    new = [row for pluggy_id, row in candidates.items() if pluggy_id not in known]
    return reconcile.match(new, held, trusted=listing.trusted and spool.complete)
