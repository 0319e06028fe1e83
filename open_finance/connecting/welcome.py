"""The first look at a bank that has just been connected, before anything of it is stored: what is it called, does it share
anything, and does another connection bring the same accounts already?"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from open_finance.bank_codes import recover_name
from open_finance.clock import Clock
from open_finance.connecting.bank_directory import BankDirectory
from open_finance.connecting.end import ConnectionEnder
from open_finance.connecting.newcomer import Redundant, Rival, Welcome, judge_newcomer
from open_finance.connectors import MEU_PLUGGY
from open_finance.errors import PluggyError, PluggyServerError
from open_finance.pluggy_client import PluggyClient
from open_finance.pluggy_rows import find_bank_code, read_account
from open_finance.records import Account, Connection, Flow, ItemData
from open_finance.storage import doors, ledger, repository
from open_finance.storage.database import Database
from open_finance.trouble import shares_nothing

logger = logging.getLogger(__name__)

LAST_TEST_BANK, OPEN_FINANCE_TEST_BANK = 20, 600


@dataclass(frozen=True, slots=True)
class NothingShared:
    """The person authorised, but ticked no account."""


class Welcomer:
    """Looks at newcomers, and lets them take the place of others."""

    def __init__(
        self,
        client: PluggyClient,
        database: Database,
        clock: Clock,
        ender: ConnectionEnder,
        directory: BankDirectory,
    ) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._ender = ender
        self._directory = directory

    def inspect(self, flow: Flow, item: ItemData) -> NothingShared | Redundant | Welcome:
        """What becomes of a connection whose bank has delivered for the first time. Raises PluggyError."""
        raw = self._client.list_accounts(item["item_id"])
        connection = flow["connection"]
        if connection["connector_id"] == MEU_PLUGGY:
            self._rename(connection, raw)
        verdict = self._judge(flow, item, raw)
        if isinstance(verdict, Welcome):
            self._remember(flow, verdict.replaces)
        return verdict

    def _judge(
        self, flow: Flow, item: ItemData, raw: Sequence[Mapping[str, Any]]
    ) -> NothingShared | Redundant | Welcome:
        connection = flow["connection"]
        with self._database.reading() as session:
            is_stored = doors.has_accounts(session, connection["user_id"], connection["id"])
        if shares_nothing(item, len(raw)):
            return Welcome() if is_stored or connection["adopted"] else NothingShared()
        if is_test_bank(connection["connector_id"]) and flow["replaces_id"] is None:
            return Welcome()
        verdict = judge_newcomer(
            connection,
            self._identities(item, raw),
            self._rivals(connection),
            wanted=flow["replaces_id"],
            now=self._clock.now(),
        )
        if isinstance(verdict, Redundant) and is_stored:  # an earlier reading may have taken in what others had kept
            return Welcome()
        return verdict

    def take_places(self, newcomer: Connection, replaced: Iterable[int]) -> bool:
        """The newcomer has been read: those it replaces are asked to leave, and their history stays. What Pluggy does not
        confirm is repeated by the tick. False: the newcomer is leaving itself, and takes nobody's place."""
        return all(
            self._ender.give_way(newcomer["user_id"], connection_id, to=newcomer["id"], erase_history=False)
            for connection_id in replaced
        )

    def leave_places(self, flow: Flow) -> None:
        """The newcomer stands, but unread: it takes nobody's place."""
        self._remember(flow, ())

    def _remember(self, flow: Flow, replaced: Sequence[int]) -> None:
        """Whose place is being taken: a process may die in the midst, and who has left is told why."""
        connection, known = flow["connection"], flow["replaces_id"]
        with self._database.writing() as session:
            rival = repository.find_connection(session, connection["user_id"], known or 0)
            has_left = known is not None and (rival is None or rival["disconnecting"])
            if known not in replaced and not has_left:
                doors.set_replaced(session, connection["user_id"], connection["id"], next(iter(replaced), None))

    def _rename(self, connection: Connection, raw: Sequence[Mapping[str, Any]]) -> None:
        texts = [str(text) for account in raw for key in ("marketingName", "name") if (text := account.get(key))]
        name = recover_name(find_bank_code(raw), texts, self._known_banks())
        if name is not None:
            with self._database.writing() as session:
                doors.rename_bank(session, connection["user_id"], connection["id"], name)

    def _known_banks(self) -> list[str]:
        try:
            return [bank["name"] for bank in self._directory.list_banks(sandbox=False)]
        except PluggyError as error:
            logger.warning("the list of banks was not read: %s", type(error).__name__)
            return []

    @staticmethod
    def _identities(item: ItemData, raw: Sequence[Mapping[str, Any]]) -> frozenset[str]:
        bank_code, found = find_bank_code(raw), set[str]()
        for account in raw:
            try:
                found.add(
                    read_account(
                        account,
                        connector_id=item["connector_id"],
                        connector_name=item["connector_name"],
                        bank_code=bank_code,
                    )["identity"]
                )
            except PluggyServerError as error:
                logger.warning("an account was skipped: %s", error)  # names the field, never a value
        return frozenset(found)

    def _rivals(self, newcomer: Connection) -> list[Rival]:
        user_id = newcomer["user_id"]
        with self._database.reading() as session:
            connections = repository.list_connections(session, user_id)
            accounts = ledger.list_accounts(session, user_id)
        return [
            Rival(one, frozenset(_name(account) for account in accounts if account["connection_id"] == one["id"]))
            for one in connections
            if one["id"] != newcomer["id"]
        ]


def is_test_bank(connector_id: int) -> bool:
    """Whether it is one of Pluggy's own (reference 10), which show everybody the same accounts."""
    return connector_id <= LAST_TEST_BANK or connector_id == OPEN_FINANCE_TEST_BANK


def _name(account: Account) -> str:
    """What an account is called among those of others. One that its person set apart is like no other."""
    return f"apart {account['id']}" if account["apart"] else account["identity"]
