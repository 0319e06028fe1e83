"""A person's tap on "Atualizar": the only ``PATCH`` there is. A schedule never refreshes, Pluggy forbids it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from open_finance.clock import Clock
from open_finance.connect_flow import RUNNING, is_item_gone
from open_finance.connecting.bank_errors import bank_error
from open_finance.connecting.poll import ConnectionPoller, is_under_way
from open_finance.errors import (
    BankConnectionError,
    PluggyAuthError,
    PluggyError,
    PluggyRateLimitError,
    PluggyRequestError,
)
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import read_item
from open_finance.pluggy_values import parse_instant
from open_finance.records import Connection, Flow, ItemData
from open_finance.storage import repository
from open_finance.storage.database import Database

MEU_PLUGGY = 200
SPACING = timedelta(minutes=5)
POSTING = timedelta(seconds=30)  # the background does not look before Pluggy has answered
DEFAULT_WAIT = 60.0  # seconds; what Pluggy always says in Retry-After
ALREADY_UPDATING = frozenset({"ITEM_ALREADY_UPDATING", "ITEM_IS_ALREADY_UPDATING"})


class ConnectionRefresher:
    """Asks a bank for news on a person's behalf."""

    def __init__(self, client: PluggyClient, database: Database, clock: Clock, poller: ConnectionPoller) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._poller = poller

    def request(self, user_id: int, connection_id: int) -> Connection:
        """See ``BankConnector.request_refresh``."""
        flow = self._poller.flow(user_id, connection_id)
        connection = flow["connection"]
        self._refuse_the_impossible(connection)
        if is_under_way(flow):
            return connection
        if not self._claim(flow):
            return self._not_claimed(user_id, connection_id)
        item: ItemData | None
        try:
            item = read_item(self._client.update_item(connection["item_id"]))
        except PluggyError as error:
            item = None if is_item_gone(error) else self._refused(flow, error)
        return self._poller.advance(self._poller.flow(user_id, connection_id), item)

    @staticmethod
    def _refuse_the_impossible(connection: Connection) -> None:
        bank, connection_id = connection["connector_name"], connection["id"]
        if connection["gone"]:
            raise bank_error("ITEM_NOT_FOUND", bank, connection_id=connection_id)
        if connection["disconnecting"]:
            raise bank_error("STILL_DISCONNECTING", bank, connection_id=connection_id)
        if connection["connector_id"] == MEU_PLUGGY:
            raise bank_error("MEU_PLUGGY", bank, connection_id=connection_id)

    def _claim(self, flow: Flow) -> bool:
        """Of two simultaneous taps one gets through."""
        now, connection = self._clock.now(), flow["connection"]
        with self._database.writing() as session:
            return repository.begin_refresh(
                session,
                connection["user_id"],
                connection["id"],
                now=now,
                spacing=SPACING,
                next_poll_at=now + POSTING,
            )

    def _not_claimed(self, user_id: int, connection_id: int) -> Connection:
        flow = self._poller.flow(user_id, connection_id)
        connection, bank = flow["connection"], flow["connection"]["connector_name"]
        if is_under_way(flow):
            return connection
        with self._database.reading() as session:
            busy = repository.is_bank_busy(session, user_id, connection["connector_id"])
        if busy:
            raise bank_error("REFRESH_IN_PROGRESS", bank, connection_id=connection_id)
        raise bank_error("REFRESHED_RECENTLY", bank, connection_id=connection_id, retry_at=flow["started_at"] + SPACING)

    def _refused(self, flow: Flow, error: PluggyError) -> ItemData:
        """The item, when it is being refreshed already; otherwise nothing is under way, and the error says why not."""
        connection = flow["connection"]
        item = self._running_item(connection, error)
        if item is not None:
            return item
        judged = isinstance(error, PluggyRequestError)
        self._release(flow, keep_spacing=judged)
        if isinstance(error, PluggyRateLimitError):
            seconds = DEFAULT_WAIT if error.retry_after is None else error.retry_after
            raise self._refusal(
                connection, "TOO_MANY_REQUESTS", self._clock.now() + timedelta(seconds=seconds)
            ) from None
        if not judged and (error.code is None or isinstance(error, PluggyAuthError)):
            raise error
        raise self._refusal(connection, error.code, retry_at_of(error.data)) from None

    def _running_item(self, connection: Connection, error: PluggyError) -> ItemData | None:
        """ "An update is already in progress" comes under two codes or none (reference C13): then the item tells."""
        if not isinstance(error, PluggyRequestError) or error.code not in {None, *ALREADY_UPDATING}:
            return None
        item = read_item(self._client.get_item(connection["item_id"]))
        return item if error.code is not None or item["status"] in RUNNING else None

    def _release(self, flow: Flow, *, keep_spacing: bool) -> None:
        """Nothing is under way. What never reached Pluggy's judgement may be tapped again at once."""
        connection = flow["connection"]
        started_at = None if keep_spacing else flow["started_at"]
        with self._database.writing() as session:
            repository.schedule_poll(session, connection["user_id"], connection["id"], None, flow_started_at=started_at)

    @staticmethod
    def _refusal(connection: Connection, code: str | None, retry_at: datetime | None) -> BankConnectionError:
        return bank_error(code, connection["connector_name"], connection_id=connection["id"], retry_at=retry_at)


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
