"""A person's banks under names that tell two connections of one bank apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gerente_financeiro.context import BotContext
from gerente_financeiro.messages.names import apart, names_of, of_bank, tell_apart, under_its_name
from open_finance.records import Connection
from open_finance.reminders import Notice
from open_finance.reports import BankAccounts, ConnectionSize, build_accounts, list_kept_histories


async def list_banks(bot: BotContext, person: int) -> tuple[BankAccounts, ...]:
    """The person's connections with their accounts, oldest first."""
    return apart(await bot.run(build_accounts, bot.core.database, person, bot.clock.now()))


async def list_connections(bot: BotContext, person: int) -> list[Connection]:
    """As ``list_banks``, without the accounts."""
    return [bank.connection for bank in await list_banks(bot, person)]


async def named(bot: BotContext, connection: Connection) -> Connection:
    """One of them."""
    return under_its_name(connection, names_of(await list_connections(bot, connection["user_id"])))


async def name_notices(bot: BotContext, person: int, notices: Sequence[Notice]) -> list[Notice]:
    """What is to be said of several."""
    names = names_of(await list_connections(bot, person))
    return [replace(each, connection=under_its_name(each.connection, names)) for each in notices]


async def list_with_kept(bot: BotContext, person: int) -> tuple[list[BankAccounts], list[ConnectionSize]]:
    """The person's banks, and what is kept of those that left."""
    banks = await bot.run(build_accounts, bot.core.database, person, bot.clock.now())
    kept = await bot.run(list_kept_histories, bot.core.database, person)
    live, left = [of_bank(bank) for bank in banks], [(each.connection, each.number) for each in kept]
    names = tell_apart(live, left) | tell_apart(left, live)
    return (
        [replace(bank, connection=under_its_name(bank.connection, names)) for bank in banks],
        [replace(each, connection=under_its_name(each.connection, names)) for each in kept],
    )
