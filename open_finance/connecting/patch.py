"""The one ``PATCH`` of an item that a person's tap may cause: claimed, sent once, and its refusal explained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from open_finance.clock import Clock
from open_finance.closed_doors import ClosedDoors
from open_finance.connect_flow import RUNNING, is_item_gone
from open_finance.connecting.bank_errors import bank_error
from open_finance.connecting.limits import item_rests_until
from open_finance.connecting.poll import ConnectionPoller, is_under_way
from open_finance.errors import (
    OpenFinanceError,
    PluggyAuthError,
    PluggyError,
    PluggyRateLimitError,
    PluggyRequestError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import read_item
from open_finance.pluggy_values import integer, parse_instant
from open_finance.records import Connection, Flow, ItemData, Trouble
from open_finance.storage import doors, quotas, repository
from open_finance.storage.database import Database
from open_finance.trouble import CODE_WANTED, DOOR_CLOSED

POSTING = timedelta(seconds=30)  # the background does not look before Pluggy has answered
DEFAULT_WAIT = 60.0  # seconds; what Pluggy always says in Retry-After
ALREADY_UPDATING = frozenset({"ITEM_ALREADY_UPDATING", "ITEM_IS_ALREADY_UPDATING"})


class ItemPatcher:
    """Sends updates of items on people's behalf."""

    def __init__(
        self,
        client: PluggyClient,
        database: Database,
        clock: Clock,
        poller: ConnectionPoller,
        closed_doors: ClosedDoors,
    ) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._poller = poller
        self._doors = closed_doors

    def claim(self, connection: Connection, *, spacing: timedelta | None, message_id: int | None = None) -> bool:
        """The right to send an update, and a flow that begins now; of two simultaneous taps one gets it."""
        now = self._clock.now()
        with self._database.writing() as session:
            claimed = doors.begin_refresh(
                session,
                connection["user_id"],
                connection["id"],
                now=now,
                next_poll_at=now + POSTING,
                spacing=spacing,
                message_id=message_id,
            )
            if claimed:
                quotas.note_ask(session, connection["user_id"], connection["id"], now)
        return claimed

    def unclaimed(self, user_id: int, connection_id: int, *, spacing: timedelta | None) -> Connection:
        """Another tap was first: its connection, or the reason why there is no such right now, raised."""
        flow = self._poller.flow(user_id, connection_id)
        connection, bank = flow["connection"], flow["connection"]["connector_name"]
        if is_under_way(flow):
            return connection
        with self._database.reading() as session:
            busy = doors.is_bank_busy(session, user_id, connection["connector_id"])
        if busy or spacing is None:
            raise bank_error("REFRESH_IN_PROGRESS", bank, connection_id=connection_id)
        raise bank_error(
            "REFRESHED_RECENTLY",
            bank,
            connection_id=connection_id,
            retry_at=flow["started_at"] + spacing,
            now=self._clock.now(),
        )

    def send(self, flow: Flow, parameters: Mapping[str, str] | None = None) -> ItemData | None:
        """The item as Pluggy answers, None when it does not have it. ``flow``: as it was before the claim.

        Without ``parameters`` an update that runs already is as good. Raises PluggyError; nothing is under way then, and
        what never reached Pluggy's judgement, or only lacked a code, may be tapped again at once.
        """
        connection = flow["connection"]
        try:
            return read_item(self._client.update_item(connection["item_id"], parameters=parameters))
        except PluggyError as error:
            if is_item_gone(error):
                return None
            running = None if parameters else self._running_item(connection, error)
            if running is not None:
                return running
            judged = isinstance(error, PluggyRequestError) and error.code != CODE_WANTED
            self.release(flow, keep_spacing=judged)
            raise

    def release(self, flow: Flow, *, keep_spacing: bool) -> None:
        """Nothing is under way."""
        connection = flow["connection"]
        started_at = None if keep_spacing else flow["started_at"]
        with self._database.writing() as session:
            repository.schedule_poll(session, connection["user_id"], connection["id"], None, flow_started_at=started_at)
            quotas.withdraw_ask(session, connection["user_id"], connection["id"], self._clock.now())

    def note_code_wanted(self, connection: Connection) -> None:
        """Pluggy has just said that the bank wants a code of the moment at every reading."""
        with self._database.writing() as session:
            doors.note_code_wanted(session, connection["user_id"], connection["id"])

    def explain(self, connection: Connection, error: PluggyError) -> OpenFinanceError:
        """What Pluggy's refusal means for the person; the error itself where it says nothing of the bank."""
        bank, connection_id = connection["connector_name"], connection["id"]
        if isinstance(error, PluggyRateLimitError):
            seconds = DEFAULT_WAIT if error.retry_after is None else error.retry_after
            retry_at = self._clock.now() + timedelta(seconds=seconds)
            return bank_error(
                "TOO_MANY_REQUESTS", bank, connection_id=connection_id, retry_at=retry_at, now=self._clock.now()
            )
        judged = isinstance(error, PluggyRequestError)
        if not judged and (error.code is None or isinstance(error, PluggyAuthError)):
            return error
        if error.code == "CONNECTOR_OFFLINE" and self.is_door_closed(connection, refused=True):
            return bank_error(DOOR_CLOSED, bank, connection_id=connection_id)
        return bank_error(
            error.code, bank, connection_id=connection_id, retry_at=retry_at_of(error.data), now=self._clock.now()
        )

    def is_door_closed(self, connection: Connection, *, refused: bool = False) -> bool:
        """Whether Pluggy has withdrawn the connection's connector, which is then its trouble. ``refused``: it has just
        called it offline."""
        closed = self._doors.is_closed(
            connection["connector_id"], is_open_finance=connection["is_open_finance"], refused=refused
        )
        if closed and connection["trouble_code"] != DOOR_CLOSED:
            since = connection["trouble_at"] or self._clock.now()
            with self._database.writing() as session:
                doors.judge_trouble(
                    session, connection["user_id"], connection["id"], lambda _known: Trouble(DOOR_CLOSED, since)
                )
        return closed

    def refuse_while_resting(self, connection: Connection) -> None:
        """Pluggy lets an item rest after failed logins: whoever would type a password for it is told before. Raises
        BankConnectionError; nothing when Pluggy cannot say."""
        try:
            item = self._client.get_item(connection["item_id"])
        except PluggyError:
            return
        failed, now = integer(item.get("consecutiveFailedLoginAttempts")) or 0, self._clock.now()
        until = item_rests_until(failed, parse_instant(item.get("updatedAt")), now)
        if until is not None:
            code, bank = "TOO_MANY_CONSECUTIVE_LOGIN_FAILURES", connection["connector_name"]
            raise bank_error(code, bank, connection_id=connection["id"], retry_at=until, now=now)

    def _running_item(self, connection: Connection, error: PluggyError) -> ItemData | None:
        """ "An update is already in progress" comes under two codes or none (reference C13): then the item tells."""
        if not isinstance(error, PluggyRequestError) or error.code not in {None, *ALREADY_UPDATING}:
            return None
        item = read_item(self._client.get_item(connection["item_id"]))
        return item if error.code is not None or item["status"] in RUNNING else None


def retry_at_of(data: Mapping[str, Any]) -> datetime | None:
    """When Pluggy will take the request: ``canRetryAfterDate``, or the last update and the least hours between two."""
    instant = parse_instant(data.get("canRetryAfterDate"))
    if instant is not None:
        return instant
    last = parse_instant(data.get("lastUpdatedAt"))
    try:
        hours = float(data.get("minUpdateFrequencyAllowedInHours", "nan"))
        return last + timedelta(hours=hours) if last is not None else None
    except (TypeError, ValueError, OverflowError):
        return None
