"""What a person makes of their accounts: names of their own, accounts left out of the totals, histories taken apart again.

Everything here is for one person; somebody else's id is answered exactly as a missing one. Synchronous and thread-safe.
"""

from __future__ import annotations

from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.errors import AccountNotFoundError, JoinNotFoundError
from open_finance.pluggy_values import text_without_cpf
from open_finance.reading.balances import better_twins
from open_finance.records import Account, AccountJoin
from open_finance.storage import joins, ledger, repository, separations
from open_finance.storage.database import Database, Session, open_database

NAME_LIMIT = 40  # what fits beside an amount on a phone


class AccountBook:
    """The person's own word on their accounts.

    from open_finance.account_book import AccountBook
    AccountBook().rename_account(123456789, account_id, "Conta da casa")
    """

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def rename_account(self, user_id: int, account_id: int, name: str | None) -> Account:
        """Call an account what the person calls it, whichever connection brings it: at most 40 characters, single spaces, no
        CPF. An empty name or None gives back the bank's own. Raises AccountNotFoundError."""
        chosen = text_without_cpf(" ".join((name or "").split()))
        return self._write(user_id, account_id, {"custom_name": (chosen or "")[:NAME_LIMIT].strip() or None})

    def hide_account(self, user_id: int, account_id: int, hidden: bool = True) -> Account:
        """Leave an account out of every total, or count it again; it is still read and shown.

        Raises AccountNotFoundError."""
        return self._write(user_id, account_id, {"hidden": hidden})

    def list_joins(self, user_id: int, connection_id: int | None = None) -> list[AccountJoin]:
        """The histories of earlier connections that the person's accounts took in, the latest first; those in one
        connection's accounts where it is given."""
        with self._database.reading() as session:
            return separations.list_joins(session, user_id, connection_id)

    def separate_account(self, user_id: int, account_id: int) -> AccountJoin:
        """Undo the account's latest join; returns what it was.

        The earlier account is there again under its earlier connection, with its rows as they were; what the person wrote on
        a row since stays on both sides. The two are never joined again, nor does one count for the other. Raises
        JoinNotFoundError when there is nothing to undo, AccountNotFoundError.
        """
        with self._database.writing() as session:
            self._check(session, user_id, account_id)
            join = separations.separate(session, user_id, account_id)
        if join is None:
            raise JoinNotFoundError("the account has no join that can be undone")
        return join

    # --- inside ----------------------------------------------------------------------------------------------------

    def _write(self, user_id: int, account_id: int, values: ledger.PersonsOwn) -> Account:
        """Set the person's own columns, on the accounts that are this one through other connections as well."""
        with self._database.writing() as session:
            self._check(session, user_id, account_id)
            # Before the accounts, as whoever joins or erases them: else each may wait for the other.
            accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
            joins.lock_connections(session, user_id, (each["connection_id"] for each in accounts))
            self._check(session, user_id, account_id)
            ledger.set_persons_own(session, user_id, _same_account(session, user_id, account_id), values)
            return self._check(session, user_id, account_id)

    def _check(self, session: Session, user_id: int, account_id: int) -> Account:
        accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
        found = next((account for account in accounts if account["id"] == account_id), None)
        if found is None:
            raise AccountNotFoundError("no such account for this person")
        return found


def _same_account(session: Session, user_id: int, account_id: int) -> list[int]:
    """The account with its twins: which one counts changes with the connections' health, what the person said does not."""
    accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
    live = frozenset(account["id"] for account in ledger.list_accounts(session, user_id))
    better = better_twins(accounts, repository.list_connections(session, user_id), live)
    leader = better[account_id][0] if account_id in better else account_id
    return [leader, *(twin for twin, before in better.items() if before[0] == leader)]
