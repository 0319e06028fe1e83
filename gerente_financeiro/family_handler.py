"""/familia in private: who is in it, what each shows, the invitation, going.

Every button carries a verb and our own ids (an invitation its token), and is looked up for whoever pressed it.
"""

from __future__ import annotations

from datetime import timedelta

from telegram import Update

from gerente_financeiro import family_screens as screens
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.family_ways import Handler, group_of, spoken
from gerente_financeiro.messages import family as words
from gerente_financeiro.messages.format import clean_text
from gerente_financeiro.privacy_handler import unless_erasing
from gerente_financeiro.screens import Screen, close, expired, pressed_id, pressed_ids, send, show, user_id
from open_finance.clock import local_day
from open_finance.errors import AccountNotFoundError, InvitationError, NotInFamilyError
from open_finance.family_book import NAME_LIMIT, AccountSharing, Family
from open_finance.family_reports import (
    build_family_balance,
    build_family_statement,
    build_group_balance,
    build_group_statement,
)
from open_finance.reading.statement_query import Period
from open_finance.records import Account
from open_finance.sharing.levels import LEVELS

COMMAND = "familia"
#: What a deep link of ours begins with: ``t.me/<bot>?start=f_<token>``.
INVITATION = "f_"
DAYS = 30


async def familia(update: Update, context: Context) -> None:
    """The family of whoever asks, or the way to one."""
    await show(update, context.bot, await _home(bot_context(context), user_id(update)))


async def _home(bot: BotContext, person: int, notice: str = "") -> Screen:
    family = await bot.run(bot.core.family_book.find_family, person)
    if family is None:
        return screens.NO_FAMILY
    return screens.home_screen(family, await bot.run(bot.core.family_book.list_sharing, person), notice)


async def _family(bot: BotContext, person: int) -> Family:
    """Raises NotInFamilyError."""
    family = await bot.run(bot.core.family_book.find_family, person)
    if family is None:
        raise NotInFamilyError
    return family


def name_of(update: Update) -> str:
    """What the others will read: the first name on Telegram."""
    user = update.effective_user
    return clean_text(user.first_name if user else "", NAME_LIMIT) or "Alguém"


async def _create(update: Update, context: Context) -> None:
    bot, person = bot_context(context), user_id(update)
    await bot.run(bot.core.family_book.create_family, person, name_of(update))
    await show(update, context.bot, await _home(bot, person, "✅ Família criada. Convide quem você quiser."))


# --- the invitation --------------------------------------------------------------------------------------------------


async def _invite(update: Update, context: Context) -> None:
    """A message of its own: it is passed on, and not edited any more."""
    bot = bot_context(context)
    made = await bot.run(bot.core.family_book.invite, user_id(update))
    link = f"https://t.me/{context.bot.username}?start={INVITATION}{made.token}"
    is_private = bot.settings.allowed_user_ids is not None
    text = words.invitation(made, link, bot.clock.now(), is_private_bot=is_private)
    await send(update, context.bot, Screen(text))


async def open_invitation(update: Update, context: Context) -> None:
    """``/start f_<token>``: who invites, and what would be shared. Nothing is used up by looking."""
    bot, token = bot_context(context), (context.args or [""])[0].removeprefix(INVITATION)
    try:
        view = await bot.run(bot.core.family_book.look_at_invitation, user_id(update), token)
    except InvitationError as error:
        await send(update, context.bot, Screen(words.refused(error)))
        return
    await send(update, context.bot, screens.guest_screen(view, token, name_of(update), bot.clock.now()))


async def _accept(update: Update, context: Context) -> None:
    """``fament:<token>``."""
    bot, person, ids = bot_context(context), user_id(update), pressed_ids(update)
    try:
        family = await bot.run(bot.core.family_book.accept, person, ids[0] if ids else "", name_of(update))
    except InvitationError as error:
        is_in = error.reason == "own"  # a second tap
        await show(update, context.bot, await _home(bot, person) if is_in else Screen(words.refused(error)))
        return
    sharing = await bot.run(bot.core.family_book.list_sharing, person)
    bot.notify.set()  # the others are told by the outbox
    await show(update, context.bot, screens.joined_screen(family, sharing))


async def _decline(update: Update, context: Context) -> None:
    await show(update, context.bot, Screen(words.DECLINED))


# --- what one shows --------------------------------------------------------------------------------------------------


async def _list_accounts(update: Update, context: Context) -> None:
    """``famcontas:<page>``."""
    bot = bot_context(context)
    sharing = await bot.run(bot.core.family_book.list_sharing, user_id(update))
    own = await _own_accounts(bot, user_id(update))
    await show(update, context.bot, screens.sharing_screen(sharing, own, pressed_id(update) or 0))


async def _own_accounts(bot: BotContext, person: int) -> dict[int, Account]:
    return {each["id"]: each for each in await bot.run(bot.core.connector.list_accounts, person)}


async def _open_account(update: Update, context: Context) -> None:
    """``famcta:<account>``."""
    bot, person = bot_context(context), user_id(update)
    family = await _family(bot, person)
    sharing = await bot.run(bot.core.family_book.list_sharing, person)
    one = next((each for each in sharing if each.account_id == pressed_id(update)), None)
    await _show_account(update, context, one, family)


async def _show_account(
    update: Update, context: Context, one: AccountSharing | None, family: Family, notice: str = ""
) -> None:
    if one is None:
        await expired(update, COMMAND)
        return
    own = await _own_accounts(bot_context(context), user_id(update))
    await show(update, context.bot, screens.account_screen(one, own.get(one.account_id), family, notice))


async def _share(update: Update, context: Context) -> None:
    """``famniv:<account>:<level>``."""
    bot, person, ids = bot_context(context), user_id(update), pressed_ids(update)
    level = next((each for each in LEVELS if ids[1:] == [each]), None)
    family = await _family(bot, person)
    one = None
    if level is not None:
        try:
            one = await bot.run(bot.core.family_book.share, person, pressed_id(update) or 0, level)
        except AccountNotFoundError:
            one = None
    await _show_account(update, context, one, family, words.changed(one.level) if one else "")


# --- what is shown ---------------------------------------------------------------------------------------------------


async def see(update: Update, context: Context) -> None:
    """``famver``: what all of them show, in private or in the group that is linked."""
    bot, group = bot_context(context), group_of(update)
    database, person, now = bot.core.database, user_id(update), bot.clock.now()
    if group is None:
        report = await bot.run(build_family_balance, database, person, now)
    else:
        report = await bot.run(build_group_balance, database, person, group, now)
    await show(update, context.bot, screens.balance_screen(report, now, in_group=group is not None))


async def see_rows(update: Update, context: Context) -> None:
    """``famext:<page>``: the rows of what is shown whole, of the last 30 days."""
    bot, group = bot_context(context), group_of(update)
    database, person, now = bot.core.database, user_id(update), bot.clock.now()
    today = local_day(now)
    period = Period(today - timedelta(days=DAYS), today)
    if group is None:
        report = await bot.run(build_family_statement, database, person, period, now)
    else:
        report = await bot.run(build_group_statement, database, person, group, period, now)
    await show(update, context.bot, screens.statement_screen(report, pressed_id(update) or 0, now))


# --- going, and the group ----------------------------------------------------------------------------------------------


async def _ask_leave(update: Update, context: Context) -> None:
    bot, person = bot_context(context), user_id(update)
    family = await _family(bot, person)
    owed = await bot.run(bot.core.family_book.list_debts, person)
    await show(update, context.bot, screens.leave_screen(family, owed))


async def _leave(update: Update, context: Context) -> None:
    bot, person = bot_context(context), user_id(update)
    if not await bot.run(bot.core.family_book.leave, person):
        raise NotInFamilyError
    bot.notify.set()  # the others are told by the outbox
    await show(update, context.bot, Screen(words.LEFT))


async def _stay(update: Update, context: Context) -> None:
    await show(update, context.bot, await _home(bot_context(context), user_id(update), words.STAYED))


async def _group(update: Update, context: Context) -> None:
    family = await _family(bot_context(context), user_id(update))
    await show(update, context.bot, screens.group_screen(family, context.bot.username))


async def _unlink(update: Update, context: Context) -> None:
    bot, person = bot_context(context), user_id(update)
    if await bot.run(bot.core.family_book.unlink_group, person):
        await show(update, context.bot, await _home(bot, person, words.UNLINKED))
    else:
        await expired(update, COMMAND)


async def _close(update: Update, context: Context) -> None:  # noqa: ARG001 - every handler takes the context
    await close(update)


_ANSWERS: dict[str, Handler] = {
    "fam": familia,
    "famnova": _create,
    "famconv": _invite,
    "fament": _accept,
    "famnao": _decline,
    "famcontas": _list_accounts,
    "famcta": _open_account,
    "famniv": _share,
    "famver": see,
    "famext": see_rows,
    "famsair": _ask_leave,
    "famsairsim": _leave,
    "famficar": _stay,
    "famgrupo": _group,
    "famdesv": _unlink,
    "famfim": _close,
}
CALLBACKS = {verb: unless_erasing(spoken(handler)) for verb, handler in _ANSWERS.items()}
COMMANDS = {COMMAND: unless_erasing(spoken(familia))}
