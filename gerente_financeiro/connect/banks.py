"""The banks and their doors, as the rooms of /conectar_banco ask for them."""

from __future__ import annotations

from collections.abc import Sequence

from gerente_financeiro.connect.state import Conversation
from gerente_financeiro.context import BotContext
from open_finance.connecting.banks import canonical
from open_finance.errors import BankConnectionError, PluggyError
from open_finance.records import Bank, Connection, Door

DOCUMENT_DIGITS = {"PF": 11, "PJ": 14}


async def bank_of(bot: BotContext, door_id: int) -> Bank | None:
    """The bank of a door; None for one that Pluggy does not list, or cannot be asked about."""
    try:
        banks = await list_banks(bot)
    except PluggyError:
        return None
    return next((bank for bank in banks if any(door["connector_id"] == door_id for door in bank["doors"])), None)


async def list_banks(bot: BotContext, query: str = "") -> list[Bank]:
    """The banks of this bot: with Pluggy's test banks where the settings say so."""
    return await bot.run(bot.core.connector.list_banks, query, sandbox=bot.core.settings.include_sandbox)


def door_of(bank: Bank | None, connector_id: int | None) -> Door | None:
    """A door of the bank, by its connector."""
    doors = bank["doors"] if bank else []
    return next((door for door in doors if door["connector_id"] == connector_id), None)


async def check_attempt(bot: BotContext, conversation: Conversation, door: Door) -> BankConnectionError | None:
    """Why the person may not try just now; None when they may."""
    try:
        await bot.run(
            bot.core.connector.check_attempt, conversation.user_id, door["connector_id"], conversation.purpose
        )
    except BankConnectionError as error:
        return error
    return None


def other_doors(bank: Bank | None, door: Door) -> list[Door]:
    """The other ways into the same bank for the same kind of client."""
    doors = bank["doors"] if bank else []
    return [one for one in doors if one["connector_id"] != door["connector_id"] and one["person"] == door["person"]]


def door_for_number(bank: Bank | None, door: Door, typed: str) -> Door | None:
    """Where somebody who typed a CPF at the door of companies, or a CNPJ at that of people, wanted to go."""
    if bank is None or door["kind"] != "open_finance":
        return None
    person = "PF" if door["person"] == "PJ" else "PJ"
    if sum(char.isdigit() for char in typed) != DOCUMENT_DIGITS[person]:
        return None
    same_kind = (one for one in bank["doors"] if one["kind"] == door["kind"])
    return next((one for one in same_kind if one["person"] == person), None)


def way_without_password(bank: Bank | None, door: Door) -> Door | None:
    """The way without a password into the bank of a password door."""
    others = other_doors(bank, door) if door["kind"] == "password" else []
    return next((one for one in others if one["kind"] == "open_finance"), None)


def twin_of(connections: Sequence[Connection], bank: Bank | None, door: Door) -> Connection | None:
    """The connection that brings this bank already. Behind MeuPluggy's door stands another bank every time."""
    if door["kind"] == "meupluggy":
        return None
    ids = {one["connector_id"] for one in (bank["doors"] if bank else [door])}
    name = canonical(bank["name"]) if bank else None
    same = (c for c in connections if c["connector_id"] in ids or canonical(c["connector_name"]) == name)
    return next((connection for connection in same if not connection["disconnecting"]), None)
