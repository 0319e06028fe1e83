"""Connect a bank, follow the connection until it stands, refresh it, end it, and read what it brought.

Everything here is for one person: ``user_id`` is the Telegram id (any integer of yours works), every look-up is made for
that person, and somebody else's id is answered exactly as a missing one. Synchronous and thread-safe; no method holds a
database session while it waits for Pluggy. Passwords, CPFs and codes live in the frames of these calls and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from open_finance import reports
from open_finance.clock import Clock, SystemClock, local_day
from open_finance.config import Settings, load_settings
from open_finance.connecting import banks
from open_finance.connecting import credentials as credentials_rules
from open_finance.connecting.adopt import ConnectionAdopter
from open_finance.connecting.attempts import AttemptLog
from open_finance.connecting.bank_directory import BankDirectory
from open_finance.connecting.end import ConnectionEnder
from open_finance.connecting.limits import Limits
from open_finance.connecting.patch import ItemPatcher
from open_finance.connecting.patience import wait_for
from open_finance.connecting.poll import ConnectionPoller, Rooms
from open_finance.connecting.reconnect import ConnectionReconnector
from open_finance.connecting.refresh import ConnectionRefresher
from open_finance.connecting.replacement import ReplacementFinder
from open_finance.connecting.screen import Doors, ScreenConnector
from open_finance.connecting.start import ConnectionStarter, check_types
from open_finance.connecting.watch import BankWatcher
from open_finance.connecting.welcome import Welcomer
from open_finance.data_sync import DataSynchronizer
from open_finance.errors import ConnectionNotFoundError
from open_finance.events import BankReturned
from open_finance.pluggy_client import PluggyClient
from open_finance.reading.balances import counted_accounts
from open_finance.records import (
    Account,
    AttemptKind,
    Bank,
    Cancelled,
    Connection,
    CredentialField,
    Door,
    Goal,
    Intent,
    Purpose,
    ScreenToken,
    Transaction,
)
from open_finance.storage import ledger, repository
from open_finance.storage.database import Database, open_database


class BankConnector:
    """The connections of people to their banks.

    Every argument has a default taken from the environment; the database opened that way is migrated, one that is handed in
    is used as it is. Nothing is asked of the network before the first call.
    """

    def __init__(
        self,
        client: PluggyClient | None = None,
        database: Database | None = None,
        *,
        synchronizer: DataSynchronizer | None = None,
        settings: Settings | None = None,
        clock: Clock | None = None,
        limits: Limits | None = None,
    ) -> None:
        """``limits``: how often a person may ask; None for a program of one's own.

        Raises ConfigurationError naming what is missing or bad in the environment."""
        settings = settings or load_settings()
        client = client or PluggyClient(settings, clock=clock)
        self._sandbox = settings.include_sandbox
        self._clock = clock or SystemClock()
        self._client = client.for_person()
        self._database = database or open_database(settings)
        synchronizer = synchronizer or DataSynchronizer(client, self._database, settings=settings, clock=clock)
        where = (self._client, self._database, self._clock)
        doors = synchronizer.closed_doors
        self._directory = BankDirectory(self._client, self._clock)
        self._attempts = AttemptLog(self._database, self._clock, limits)
        self._ender = ConnectionEnder(*where)
        self._starter = ConnectionStarter(*where, self._ender, self._attempts)
        self._adopter = ConnectionAdopter(*where, self._attempts)
        rooms = Rooms(self._ender, Welcomer(*where, self._ender, self._directory), self._attempts, doors)
        self._poller = ConnectionPoller(self._client, self._database, synchronizer, self._clock, rooms)
        patcher = ItemPatcher(*where, self._poller, doors)
        self._refresher = ConnectionRefresher(self._poller, patcher, self._attempts)
        self._reconnector = ConnectionReconnector(
            self._database, self._clock, self._directory, self._poller, patcher, self._attempts
        )
        self._replacements = ReplacementFinder(self._directory, doors)
        self._watcher = BankWatcher(self._database, self._clock, self._directory)
        self._screen = ScreenConnector(
            *where,
            Doors(self._directory, self._ender, self._starter, self._reconnector, self._poller, self._attempts),
        )

    # --- banks and their doors -------------------------------------------------------------------------------------

    def list_banks(self, query: str = "", *, sandbox: bool = False) -> list[Bank]:
        """The institutions one can connect, alphabetically, or those that match ``query`` (no accents needed; aliases
        such as "bb" and "roxinho" work; an exact name or alias gives that bank alone).

        ``sandbox`` adds Pluggy's test banks; so does ``PLUGGY_SANDBOX=1``. Pluggy's list is kept in memory for an hour, and
        an older one serves while Pluggy does not answer. Raises PluggyError when there is no list at all.
        """
        return banks.search_banks(self._banks(sandbox), query)

    def list_favourite_banks(self, *, sandbox: bool = False) -> list[Bank]:
        """The nine most used banks, in their fixed order; one that Pluggy does not list is left out."""
        return banks.favourite_banks(self._banks(sandbox))

    def suggest_bank(self, query: str, *, sandbox: bool = False) -> Bank | None:
        """The bank whose name or alias looks most like a mistyped ``query``; None when nothing does."""
        return banks.suggest(self._banks(sandbox), query)

    def get_door(self, connector_id: int) -> Door:
        """One connector, fresh from Pluggy: its fields in their order, and its health now.

        Raises BankConnectionError (``CONNECTOR_NOT_FOUND``), PluggyError.
        """
        return self._directory.get_door(connector_id)[0]

    def check_value(self, field: CredentialField, value: str) -> str:
        """The value to send for one that a person typed. Raises InvalidCredentialError with the connector's own sentence.

        Stricter than ``create_connection``: a CPF or CNPJ is also recognised by the field's label.
        """
        return credentials_rules.check_typed(field, value)

    # --- the intent of a person to connect -------------------------------------------------------------------------

    def open_intent(
        self,
        user_id: int,
        connector_id: int,
        connector_name: str,
        message_id: int | None = None,
        *,
        purpose: Purpose = "connect",
        connection_id: int | None = None,
        replaces_id: int | None = None,
    ) -> int:
        """Note that a person is connecting a bank (state ``collecting``, good for 15 minutes); returns the intent's id.

        A person has one flow at a time: an earlier one still collecting is abandoned. ``purpose`` ``reconnect`` names the
        ``connection_id`` that is to stand again; ``replaces_id``: the connection whose place the new one will take.
        Raises ConnectionNotFoundError when one of the two is not this person's.
        """
        goal = Goal(purpose, connection_id, replaces_id)
        return self._starter.open_intent(user_id, connector_id, connector_name, message_id, goal=goal)["id"]

    def close_intent(self, user_id: int, intent_id: int, state: str = "abandoned") -> bool:
        """End an intent that is still collecting; False when it was not (already posted, closed, or not this person's), and
        when its page has had its time: what that made in its last moment is still taken."""
        now = self._clock.now()
        with self._database.writing() as session:
            intent = repository.find_intent(session, user_id, intent_id, lock=True)
            if intent is not None and intent["screen_until"] is not None and intent["screen_until"] <= now:
                return False
            return repository.move_intent(session, user_id, intent_id, before=("collecting",), after=state, now=now)

    def find_open_intent(self, user_id: int) -> Intent | None:
        """The person's intent that is still collecting, or whose request is under way; expired ones do not count."""
        with self._database.reading() as session:
            return repository.find_open_intent(session, user_id, self._clock.now())

    def mark_told(self, user_id: int, connection_id: int | None = None) -> None:
        """Note that the person has seen how a flow ended: that of a connection, or one that left none. What is not noted is
        told again after a restart."""
        with self._database.writing() as session:
            repository.mark_told(session, user_id, connection_id)

    # --- connecting ------------------------------------------------------------------------------------------------

    def create_connection(
        self, *, user_id: int, connector_id: int, credentials: Mapping[str, str], timeout: float = 300
    ) -> Connection:
        """Connect a bank and wait until it is done, first synchronisation included, or until a person is needed.

        Returns the connection: settled, or with an ``action``, or waiting for another holder's approval
        (``execution_status`` ``USER_AUTHORIZATION_PENDING``). Go on with ``check_connection`` or ``answer_mfa``.
        Raises what ``start_connection`` and ``check_connection`` raise, and ConnectionTimedOutError after ``timeout``
        seconds (the connection is kept and can be checked later). A brief trouble of Pluggy's is waited out.
        """
        connection = self.start_connection(user_id=user_id, connector_id=connector_id, credentials=credentials)
        return wait_for(connection, self._poller.check, self._clock, timeout)

    def start_connection(
        self,
        *,
        user_id: int,
        connector_id: int,
        credentials: Mapping[str, str],
        intent_id: int | None = None,
        message_id: int | None = None,
        replaces_id: int | None = None,
    ) -> Connection:
        """Send the request to connect exactly once, and store the connection at once; then ``check_connection`` polls it.

        The values are checked first against the connector's rules: InvalidCredentialError (``field``), nothing sent.
        ``intent_id``: an open intent of the person's, claimed here, so that of two simultaneous calls only one posts; the
        other gets BankConnectionError ``ALREADY_CONNECTING``; a finished intent returns its connection. A bank that is the
        person's already is returned, and reconnected where it needs that.

        Raises InvalidCredentialError when Pluggy refuses a value, ConnectionUncertainError when the answer was lost (the
        person repeats, and the repeat adopts what the first one made), BankConnectionError with ``code``
        ``ITEM_CREATION_LIMIT_EXCEEDED``, ``CONNECTOR_OFFLINE``, ``CREATE_ITEMS_API_FREE_DISABLED``,
        ``ITEM_USER_ALREADY_EXISTS`` (it is somebody else's) or another of Pluggy's, PluggyError. TypeError or ValueError,
        before anything is sent, for a ``user_id`` that is no 64-bit integer or credentials that are no mapping of texts.
        """
        check_types(user_id, credentials)
        door, bank = self._directory.get_door(connector_id)
        connection = self._starter.start(
            *(user_id, door, bank, credentials), intent_id=intent_id, message_id=message_id, replaces_id=replaces_id
        )
        return self._reconnector.bring_back(connection, credentials, message_id=message_id)

    def check_connection(self, user_id: int, connection_id: int) -> Connection:
        """Poll once: read the item at Pluggy, store where it stands, and collect the data when it is ready.

        During the first connection a refusal ends it: the item is deleted at Pluggy, the row removed, and
        CredentialsRejectedError (user, password, CPF or code) or BankConnectionError (``code``: everything else, also
        ``USER_INPUT_TIMEOUT``, ``ITEM_NOT_FOUND``, ``NOTHING_SHARED``, and ``ALREADY_CONNECTED``, whose ``connection_id`` is
        the one that stays) is raised. A connection that once worked is never deleted: while a flow is under way a refusal is
        raised, otherwise the connection is returned with ``error_code``.
        Raises ConnectionNotFoundError, PluggyError (nothing changed; ask again later).
        """
        return self._poller.check(user_id, connection_id)

    def answer_mfa(self, user_id: int, connection_id: int, value: str) -> Connection:
        """Send the answer to the question that the connection's ``action`` asks (``mfa``, ``select``, ``image``), once.

        Returns the connection, usually ``UPDATING``; what the bank says to the code comes with a later check. Raises
        InvalidCredentialError (does not look like an answer, nothing sent), BankConnectionError ``ITEM_MFA_NOT_FOUND``
        (nothing is being asked) or ``ITEM_MFA_EXPIRED``, what ``check_connection`` raises, ConnectionNotFoundError.
        """
        return self._poller.answer(user_id, connection_id, value)

    def request_refresh(self, user_id: int, connection_id: int) -> Connection:
        """A person's tap: ask the bank for news now. Polling begins again; ``check_connection`` tells the end.

        A refresh already under way is returned as it is. Raises BankConnectionError with ``code`` (and ``retry_at`` where it
        is known) when it is not possible now: ``MEU_PLUGGY``, ``REFRESHED_RECENTLY`` (five minutes between taps),
        ``REFRESH_IN_PROGRESS`` (another connection to the same bank), ``CLIENT_IS_UPDATING_BEFORE_ALLOWED_FREQUENCY``,
        ``TOO_MANY_CONSECUTIVE_LOGIN_FAILURES``, ``TOO_MANY_REQUESTS``, ``ITEM_NOT_FOUND`` or another of Pluggy's;
        ConnectionNotFoundError, PluggyError.
        """
        return self._refresher.request(user_id, connection_id)

    # --- the way back in -------------------------------------------------------------------------------------------

    def reconnect_fields(self, user_id: int, connection_id: int) -> list[CredentialField]:
        """What to ask before ``reconnect``, in the order of asking: the CPF or CNPJ (Open Finance), all fields with a code
        of the moment last (password; of one that stands, that code alone), or nothing (the bank waits for its app).

        Raises what ``reconnect`` raises where asking would be in vain, ConnectionNotFoundError and PluggyError.
        """
        return self._reconnector.list_fields(user_id, connection_id)

    def reconnect(
        self,
        user_id: int,
        connection_id: int,
        credentials: Mapping[str, str] | None = None,
        *,
        intent_id: int | None = None,
        message_id: int | None = None,
    ) -> Connection:
        """Let a connection that needs its person stand again: one ``PATCH`` of the same item, never a second one. Then
        ``check_connection`` tells how it goes on, as for a new connection: a link, a question, the news.

        ``credentials``: the values that were asked for (``reconnect_fields``), checked first; only those are sent. Giving
        up changes nothing, and a refusal is kept on the connection. A flow already under way is returned as it is; it takes
        no new password (``UPDATING_NOW``).

        Raises InvalidCredentialError (``field``: also the one that Pluggy still misses), ConnectionUncertainError (the
        answer was lost, and nothing came of it: repeat), BankConnectionError with ``code`` ``MEU_PLUGGY_RECONNECT``,
        ``DOOR_CLOSED`` (see ``find_replacement``), ``ITEM_NOT_FOUND``, ``STILL_DISCONNECTING``,
        ``TOO_MANY_CONSECUTIVE_LOGIN_FAILURES`` (``retry_at``), ``ITEM_ORIGINAL_CONNECTED_WITH_DIFFERENT_ACCOUNT``,
        ``MFA_PARAMERTER_WAS_ALREADY_USED_ERROR``, ``CONNECTOR_OFFLINE``, ``LAST_EXECUTION_HAD_LOGIN_ERROR`` (values are
        needed), ``REFRESH_IN_PROGRESS``, ``TOO_MANY_ATTEMPTS``, ``PASSWORD_REFUSED_TWICE`` or another of Pluggy's;
        ConnectionNotFoundError, PluggyError.
        """
        check_types(user_id, credentials or {})
        return self._reconnector.reconnect(
            user_id, connection_id, credentials or {}, intent_id=intent_id, message_id=message_id
        )

    def adopt_connection(self, user_id: int, item_id: str, *, message_id: int | None = None) -> Connection:
        """Take over an item that was made elsewhere (Pluggy's dashboard, another program); ``check_connection`` then reads
        it. One that is this person's already is returned as it is. It is never deleted but by ``delete_connection``.

        Raises InvalidCredentialError (``field`` ``item_id``: that is no id), BankConnectionError ``ITEM_NOT_ADOPTABLE``
        (unknown at Pluggy, or not this person's: which of the two is not told), ``STILL_DISCONNECTING``,
        ``TOO_MANY_ATTEMPTS``; PluggyError.
        """
        check_types(user_id, {})
        return self._adopter.adopt(user_id, item_id, message_id=message_id)

    # --- the secure screen -----------------------------------------------------------------------------------------

    def open_screen(self, *, user_id: int, intent_id: int, return_url: str | None = None) -> ScreenToken:
        """A connect token for the person's open intent (``open_intent``): whoever shows Pluggy Connect with it connects the
        intent's bank, or renews its connection, and nothing typed there comes this way. May be called again while the
        intent is open; the first time counts as an attempt, and gives the intent half an hour.

        ``return_url``: where a bank's page leads back to, https and not of this machine (Pluggy refuses others).
        Raises BankConnectionError ``INTENT_CLOSED`` (not this person's, over or expired), ``TOO_MANY_ATTEMPTS``,
        ``PASSWORD_REFUSED_TWICE``, ``BEING_ERASED``, what ``reconnect`` raises where asking would be in vain; PluggyError.
        """
        return self._screen.open(user_id, intent_id, return_url=return_url)

    def store_screen_item(self, *, user_id: int, intent_id: int, item_id: str) -> Connection:
        """The page names the item that it made or renewed for this intent; ``check_connection`` then follows it. Harmless
        when repeated, however often. The page is not believed: the item must be this person's at Pluggy (``clientUserId``),
        of the intent's bank, and in update mode the connection's own, which is returned as it is while nothing new has
        begun. What was made for an intent that was given up is deleted at Pluggy.

        Raises InvalidCredentialError (no item id), BankConnectionError ``ITEM_NOT_ADOPTABLE`` (unknown, or not this
        person's: which of the two is not told), ``INTENT_CLOSED``, ``STILL_DISCONNECTING``, ``BEING_ERASED``; PluggyError.
        """
        return self._screen.store(user_id, intent_id, item_id)

    def claim_screen_item(self, item_id: str) -> Connection | None:
        """Pluggy tells of an item that no connection holds: the one that a page made before it was closed. It becomes a
        connection of the person in its ``clientUserId`` when that person opened a screen for this bank not long ago; None
        otherwise, and nothing changed. Raises PluggyError."""
        return self._screen.claim(item_id)

    def cancel_connection(self, user_id: int, connection_id: int) -> Cancelled:
        """The person gives a flow up. ``deleted``: the connection was being made, and nothing is left of it here or there.
        ``history_kept``: the same, but it had taken in the history of an earlier one, which stays. ``unconfirmed``: reading
        has stopped, and ``retry_disconnections`` finishes the rest. ``left``: it stands (perhaps its first reading has just
        ended), no longer followed; or it is an adopted item, which lives on at Pluggy and is forgotten here when nothing of
        it was read yet. Raises ConnectionNotFoundError."""
        return self._ender.cancel(user_id, connection_id)

    def find_replacement(self, user_id: int, connection_id: int) -> Door | None:
        """The Open Finance door that takes the place of a password door which Pluggy has closed, or whose item is gone;
        None while the old one still opens or its bank has no other. Use it with ``start_connection(…, replaces_id=…)``.

        Raises ConnectionNotFoundError, PluggyError.
        """
        return self._replacements.find(self._poller.flow(user_id, connection_id)["connection"])

    # --- fair limits and watches -----------------------------------------------------------------------------------

    def check_attempt(self, user_id: int, connector_id: int, kind: AttemptKind) -> None:
        """Whether the person may try now; without ``limits`` always. The attempt itself is counted where it is made.

        Raises BankConnectionError ``TOO_MANY_ATTEMPTS`` or ``PASSWORD_REFUSED_TWICE``, both with ``retry_at``.
        """
        self._attempts.check(user_id, connector_id, kind, self._directory.name_of(connector_id))

    def watch_bank(self, user_id: int, connector_id: int) -> None:
        """Note that a person wants to know when an offline bank is back. Raises BankConnectionError, PluggyError."""
        self._watcher.watch(user_id, connector_id)

    def unwatch_bank(self, user_id: int, connector_id: int) -> bool:
        """Forget that wish (or that it was fulfilled); False when there was none."""
        return self._watcher.unwatch(user_id, connector_id)

    def list_returned_banks(self) -> list[BankReturned]:
        """The tick's work: watched banks, of everybody, that are online now; each until ``unwatch_bank`` is called. One
        request a bank; one that Pluggy does not answer for is asked again next time."""
        return self._watcher.list_returned()

    # --- the way out -----------------------------------------------------------------------------------------------

    def delete_connection(self, user_id: int, connection_id: int, keep_history: bool = True) -> bool:
        """Stop reading a bank and delete its item at Pluggy; with ``keep_history=False`` erase what it brought, too.

        True: Pluggy confirmed (or knew nothing of it any more). False: not yet; reading has stopped and
        ``retry_disconnections`` finishes the rest. Raises ConnectionNotFoundError.
        """
        return self._ender.end(user_id, connection_id, erase_history=not keep_history)

    def erase_history(self, user_id: int, connection_id: int) -> None:
        """Erase what was kept of a bank that is disconnected. Raises ConnectionNotFoundError when nothing is."""
        with self._database.writing() as session:
            if not repository.erase_kept_history(session, user_id, connection_id):
                raise ConnectionNotFoundError("no kept history by that id for this person")

    def retry_disconnections(self) -> list[Connection]:
        """The tick's work: repeat the deletions that Pluggy has not confirmed; returns those confirmed now, of everybody."""
        return self._ender.retry()

    # --- reading ---------------------------------------------------------------------------------------------------

    def list_connections(self, user_id: int) -> list[Connection]:
        """The person's connections, oldest first; those ended are not listed, those still ending are (``disconnecting``)."""
        with self._database.reading() as session:
            return repository.list_connections(session, user_id)

    def list_accounts(self, user_id: int) -> list[Account]:
        """The accounts and cards of the person's connections; an account reached through two of them once."""
        with self._database.reading() as session:
            accounts = ledger.list_accounts(session, user_id)
            return counted_accounts(accounts, repository.list_connections(session, user_id))

    def get_statement(self, user_id: int, days: int = 30) -> list[Transaction]:
        """The transactions of the last ``days`` days (today included, São Paulo), newest first: an account that two
        connections bring once, and the history kept of a disconnected bank as well."""
        today = local_day(self._clock.now())
        return reports.list_transactions(
            self._database, user_id, reports.Period(today - timedelta(days=days - 1), today)
        )

    def get_total_balance(self, user_id: int) -> Decimal:
        """BRL in checking and savings accounts. Card debt, investments and other currencies are not part of it."""
        return reports.get_total_balance(self._database, user_id)

    # --- consent to read -------------------------------------------------------------------------------------------

    def give_consent(self, user_id: int, version: str, text: str) -> None:
        """Keep that the person agreed to this version of the text now (its SHA-256, not its words)."""
        with self._database.writing() as session:
            repository.add_consent(session, user_id, version=version, text=text, now=self._clock.now())

    def has_consent(self, user_id: int, version: str) -> bool:
        """Whether the person agreed to this version."""
        with self._database.reading() as session:
            return repository.has_consent(session, user_id, version)

    # --- inside ----------------------------------------------------------------------------------------------------

    def _banks(self, sandbox: bool) -> list[Bank]:
        return self._directory.list_banks(sandbox=sandbox or self._sandbox)
