"""A person's tap on "Atualizar". A schedule never refreshes, Pluggy forbids it."""

from __future__ import annotations

from datetime import timedelta

from open_finance.connecting.attempts import AttemptLog
from open_finance.connecting.bank_errors import bank_error
from open_finance.connecting.patch import ItemPatcher
from open_finance.connecting.poll import ConnectionPoller, is_under_way
from open_finance.connectors import MEU_PLUGGY
from open_finance.errors import PluggyError
from open_finance.records import Connection, Flow, ItemData
from open_finance.trouble import CODE_WANTED

SPACING = timedelta(minutes=5)


class ConnectionRefresher:
    """Asks a bank for news on a person's behalf."""

    def __init__(self, poller: ConnectionPoller, patcher: ItemPatcher, attempts: AttemptLog) -> None:
        self._poller = poller
        self._patcher = patcher
        self._attempts = attempts

    def request(self, user_id: int, connection_id: int) -> Connection:
        """See ``BankConnector.request_refresh``."""
        flow = self._poller.flow(user_id, connection_id)
        connection = flow["connection"]
        _refuse_the_impossible(connection)
        if is_under_way(flow):
            return connection
        self._attempts.check(user_id, connection["connector_id"], "refresh", connection["connector_name"])
        if not self._patcher.claim(connection, spacing=SPACING):
            return self._patcher.unclaimed(user_id, connection_id, spacing=SPACING)
        self._attempts.count(connection, "refresh")
        return self._poller.advance(self._poller.flow(user_id, connection_id), self._send(flow))

    def _send(self, flow: Flow) -> ItemData | None:
        try:
            return self._patcher.send(flow)
        except PluggyError as error:
            if error.code == CODE_WANTED:
                self._patcher.note_code_wanted(flow["connection"])
            raise self._patcher.explain(flow["connection"], error) from None


def _refuse_the_impossible(connection: Connection) -> None:
    bank, connection_id = connection["connector_name"], connection["id"]
    if connection["gone"]:
        raise bank_error("ITEM_NOT_FOUND", bank, connection_id=connection_id)
    if connection["disconnecting"]:
        raise bank_error("STILL_DISCONNECTING", bank, connection_id=connection_id)
    if connection["connector_id"] == MEU_PLUGGY:
        raise bank_error("MEU_PLUGGY", bank, connection_id=connection_id)
    if connection["asks_code"]:
        raise bank_error(CODE_WANTED, bank, connection_id=connection_id)
