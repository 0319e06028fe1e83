"""The Open Finance door of a bank whose password door was closed."""

from __future__ import annotations

from open_finance.closed_doors import ClosedDoors
from open_finance.connecting.bank_directory import BankDirectory
from open_finance.connecting.banks import bank_name, canonical
from open_finance.connectors import MEU_PLUGGY
from open_finance.records import Bank, Connection, Door
from open_finance.trouble import DOOR_CLOSED


class ReplacementFinder:
    """Looks for another way into a bank."""

    def __init__(self, directory: BankDirectory, closed_doors: ClosedDoors) -> None:
        self._directory = directory
        self._doors = closed_doors

    def find(self, connection: Connection) -> Door | None:
        """See ``BankConnector.find_replacement``. Raises PluggyError."""
        if connection["is_open_finance"] or connection["connector_id"] == MEU_PLUGGY or not self._is_over(connection):
            return None
        name = connection["connector_name"]
        wanted = canonical(bank_name(name))
        bank = next((b for b in self._directory.list_banks(sandbox=True) if canonical(b["name"]) == wanted), None)
        return None if bank is None else open_finance_door(bank, person="PF" if name == bank_name(name) else "PJ")

    def _is_over(self, connection: Connection) -> bool:
        known = connection["gone"] or connection["trouble_code"] == DOOR_CLOSED
        return known or self._doors.is_closed(connection["connector_id"], is_open_finance=False)


def open_finance_door(bank: Bank, *, person: str) -> Door | None:
    """The bank's Open Finance door for people (PF) or companies (PJ)."""
    doors = (door for door in bank["doors"] if door["kind"] == "open_finance" and door["person"] == person)
    return next(doors, None)
