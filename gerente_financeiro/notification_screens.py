"""What each notification looks like, and what its buttons do: one message, edited in place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from gerente_financeiro.budget_screens import warning_screen
from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.core import Core
from gerente_financeiro.idle_handler import end_screen, idle_screen
from gerente_financeiro.keyboards import button, keyboard
from gerente_financeiro.messages import family
from gerente_financeiro.messages import notifications as words
from gerente_financeiro.messages.bank_phones import dispute_phone
from gerente_financeiro.messages.bill_alerts import bill_due
from gerente_financeiro.messages.summary import summary
from gerente_financeiro.screens import Screen, expired, pressed_id, send, show, user_id
from gerente_financeiro.subscription_screens import charge_screen
from open_finance.alerts.notification import Notification
from open_finance.alerts.telling import RowNews
from open_finance.clock import local_day
from open_finance.insights.flows import Flow
from open_finance.insights.patterns import Pattern
from open_finance.notifications import Bundle, Other

COMMAND = "extrato"
#: What a person may have to answer for.
_OWN = frozenset({Flow.SPENDING, Flow.FEE, Flow.OTHER})


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message. ``ids``: the notifications that it tells; ``screen``: None when there is nothing to tell any more;
    ``patterns``: of the rows that it asks about, by their notifications' ids."""

    ids: tuple[int, ...]
    screen: Screen | None
    attempts: int
    patterns: Mapping[int, Pattern] = field(default_factory=dict)


def parcels(core: Core, bundle: Bundle) -> list[Parcel]:
    """The messages of a bundle. In a thread: some of them read rows."""
    rows = [_row_parcel(core, bundle.rows)] if bundle.rows else []
    return rows + [
        Parcel((one.notification.id,), _other(core, one), one.notification.attempts) for one in bundle.others
    ]


def _row_parcel(core: Core, news: Sequence[RowNews]) -> Parcel:
    """All new rows, in one message: what is unusual among them is asked about."""
    odd = [one for one in news if one.unusual is not None]
    if len(news) > 1:
        text = words.together(news, [_oddity(core, one) for one in odd])
        asks = ([button(words.short(one), "n_inc", one.notification.id)] for one in odd)
        screen = Screen(text, keyboard(*asks, [button("Ver", "n_ver"), _settings_button()]))
    elif odd:
        text = words.unusual(news[0], _oddity(core, news[0]), core.clock.now())
        screen = Screen(text, _answers(news[0], is_odd=True))
    else:
        screen = Screen(words.single(news[0], core.clock.now()), _answers(news[0], is_odd=False))
    return Parcel(
        tuple(one.notification.id for one in news),
        screen,
        max(one.notification.attempts for one in news),
        {one.notification.id: one.unusual.pattern for one in odd if one.unusual is not None},
    )


def _oddity(core: Core, news: RowNews) -> str:
    assert news.unusual is not None
    others = core.notifications.list_rows(news.notification.user_id, news.unusual.other_ids)
    return words.oddity(news, news.unusual, others, local_day(core.clock.now()))


def _answers(news: RowNews, *, is_odd: bool) -> InlineKeyboardMarkup:
    """What a person may answer: only to what they have spent."""
    number = news.notification.id
    first = button("✅ Fui eu", "n_eu", number) if is_odd else button("✅ Certo", "n_ok", number)
    is_own = news.flow in _OWN and news.row["amount"] < 0
    category = [] if is_odd else [button("Categoria", "kb", news.row["id"])]
    own = [first, *category, button("Não reconheço", "n_nao", number)] if is_own else []
    return keyboard(own, [_settings_button()])


def _settings_button() -> InlineKeyboardButton:
    return button("🔔 Avisos", "alertas", "novo")


def _other(core: Core, one: Other) -> Screen | None:
    """What is no row, as it stands now; None when it is over, or its account or bank is gone."""
    account, connection = one.account, one.connection
    match one.notification.kind:
        case "overdraft" if account is not None:
            text = words.overdraft(account, Decimal(one.notification.detail["used"]))
        case "back" if connection is not None and connection["trouble_at"] is None:
            text = words.back(connection)
        case "bill":
            due = core.bill_alerts.find(one.notification.user_id, one.notification)
            if due is None:
                return None
            text = bill_due(due)
        case "budget":
            warning = core.budget_alerts.find(one.notification.user_id, one.notification)
            return None if warning is None else warning_screen(warning)
        case "subscription":
            charge = core.subscription_alerts.find(one.notification.user_id, one.notification)
            return None if charge is None else charge_screen(charge, core.clock.now())
        case "summary":
            report = core.summaries.report(one.notification.user_id, one.notification)
            if report is None:
                return None
            text = summary(report, core.clock.now())
        case "idle" | "idle_end" | "family_joined" | "family_left":
            return _of_people(core, one.notification)
        case _:
            return None
    return Screen(text, keyboard([_settings_button()]))


def _of_people(core: Core, told: Notification) -> Screen | None:
    """The access to somebody's banks will end, or has ended; somebody came into the family, or went. No switch of /alertas
    is for these, so no button leads there."""
    match told.kind:
        case "idle":
            notice = core.idle_people.find_warning(told.user_id, told)
            return None if notice is None else idle_screen(notice, told.id, local_day(core.clock.now()))
        case "idle_end":
            farewell = core.idle_people.find_end(told.user_id, told)
            return None if farewell is None else end_screen(farewell)
        case _:
            name = core.family_groups.find_name(told.user_id, told)
            say = family.came if told.kind == "family_joined" else family.went
            return None if name is None else Screen(say(name))


# --- buttons -------------------------------------------------------------------------------------------------------


async def _see(update: Update, context: Context) -> None:
    """``n_ver``: the rows that this message tells."""
    bot, query = bot_context(context), update.callback_query
    assert query is not None
    message = query.message
    await bot.marked(user_id(update))
    news = await bot.run(bot.core.notifications.list_told, user_id(update), message.message_id) if message else []
    text = words.listed(news, bot.clock.now()) if news else words.gone()
    await show(update, context.bot, Screen(text, keyboard([_settings_button()])))


async def _ask(update: Update, context: Context) -> None:
    """``n_inc:<notification>``: one of the unusual rows of a message that tells several, in a message of its own."""
    bot, news = bot_context(context), await _find(update, context)
    if news is None:
        await expired(update, COMMAND)
    else:
        await send(update, context.bot, _told(news, bot.clock.now()))


def _told(news: RowNews, now: datetime) -> Screen:
    """A row that was told, with what may be answered to it."""
    pattern = news.notification.pattern
    text = words.single(news, now) if pattern is None else words.asked(news, Pattern.parse(pattern).kind, now)
    return Screen(text, _answers(news, is_odd=pattern is not None))


async def _mine(update: Update, context: Context) -> None:
    """``n_eu:<notification>``: that pattern is quiet for ever."""
    await _answer(update, context, "mine", words.mine)


async def _right(update: Update, context: Context) -> None:
    """``n_ok:<notification>``: the person has seen it, and it is theirs."""
    await _answer(update, context, "ok", words.confirmed)


async def _dispute(update: Update, context: Context) -> None:
    """``n_nao:<notification>``: what to do, and a note on the row."""
    await _answer(
        update,
        context,
        "disputed",
        lambda news, now: words.disputed(news, dispute_phone(news.account["connector_name"]), now),
    )


async def _take_back(update: Update, context: Context) -> None:
    """``n_desf:<notification>``: the answer was a slip of the finger."""
    bot, news = bot_context(context), await _find(update, context)
    if news is None:
        await expired(update, COMMAND)
        return
    await bot.run(bot.core.notifications.answer, user_id(update), news, None)
    await show(update, context.bot, _told(news, bot.clock.now()))


async def _answer(update: Update, context: Context, answer: str, say: Callable[[RowNews, datetime], str]) -> None:
    bot, news = bot_context(context), await _find(update, context)
    if news is None:
        await expired(update, COMMAND)
        return
    await bot.run(bot.core.notifications.answer, user_id(update), news, answer)
    undo = button("Desfazer", "n_desf", news.notification.id)
    await show(update, context.bot, Screen(say(news, bot.clock.now()), keyboard([undo])))


async def _find(update: Update, context: Context) -> RowNews | None:
    bot, number = bot_context(context), pressed_id(update)
    if number is None:
        return None
    await bot.marked(user_id(update))
    return await bot.run(bot.core.notifications.find_told, user_id(update), number)


Handler = Callable[[Update, Context], Awaitable[None]]
CALLBACKS: dict[str, Handler] = {
    "n_ver": _see,
    "n_inc": _ask,
    "n_eu": _mine,
    "n_ok": _right,
    "n_nao": _dispute,
    "n_desf": _take_back,
}
