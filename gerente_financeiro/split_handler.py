"""/dividir and /acertos, in private and in the family's group: who paid what for whom, and who owes whom.

An expense is noted once its author confirms it; only they change or undo it. Who owes or is owed marks a debt as paid. What
may be done is decided by the rows when a button is pressed, so two people may press at the same time.
"""

from __future__ import annotations

from dataclasses import replace

from telegram import InlineKeyboardButton, Update

from gerente_financeiro import family_screens, questions, split_draft
from gerente_financeiro.context import BotContext, Context, bot_context
from gerente_financeiro.family_ways import Handler, alert, group_of, put, say, spoken
from gerente_financeiro.keyboards import button, from_base36, keyboard, to_id
from gerente_financeiro.messages import splits as words
from gerente_financeiro.privacy_handler import unless_erasing
from gerente_financeiro.row_handler import find_row, way_back
from gerente_financeiro.screens import Screen, expired, pressed_id, pressed_ids, show, user_id
from gerente_financeiro.split_draft import FROM_ROW, Draft
from open_finance.errors import NotInFamilyError
from open_finance.family_book import Family, SharedExpense
from open_finance.money import from_centavos
from open_finance.sharing.splitting import split

COMMAND = "dividir"
DEBTS_COMMAND = "acertos"
LATEST = 8


async def dividir(update: Update, context: Context) -> None:
    """``150 mercado``: a draft, below the command that it is read from at every tap."""
    family = await _family(bot_context(context), user_id(update))
    wish = split_draft.read_words(" ".join(context.args or ()), family)
    draft = split_draft.draft_of_words(wish, family)
    if draft is None:
        await say(update, Screen(words.NO_AMOUNT if context.args else f"{words.EXAMPLE}\n{words.PARTS_EXAMPLE}"))
    elif wish.odd is not None:
        await say(update, Screen(words.ODD_PARTS if wish.odd == "parts" else words.ODD_WHO))
    elif len(family.members) == 1:
        await say(update, Screen(words.ALONE))
    else:
        await say(update, split_draft.draft_screen(draft), as_answer=True)


async def _family(bot: BotContext, person: int) -> Family:
    """Raises NotInFamilyError."""
    family = await bot.run(bot.core.family_book.find_family, person)
    if family is None:
        raise NotInFamilyError
    return family


async def _draft_row(update: Update, context: Context) -> None:
    """``dvr:<row>``: a row of the statement, in private."""
    bot, person = bot_context(context), user_id(update)
    family = await _family(bot, person)
    view = await find_row(bot, person, pressed_id(update))
    draft = None if view is None else split_draft.draft_of_row(view, family)
    if draft is None:
        await expired(update, "extrato")
    elif len(family.members) == 1:
        await alert(update, words.ALONE)
    else:
        await questions.close_question(update, context)
        await show(update, context.bot, split_draft.draft_screen(draft, _ways(update, draft)))


def _ways(update: Update, draft: Draft) -> list[list[InlineKeyboardButton]]:
    """From a row's draft back to the row, and to the list it was opened from."""
    if not draft.source.startswith(FROM_ROW):
        return []
    row = from_base36(draft.source[1:])
    return [[button("‹ Lançamento", "kr", row)], way_back(update)]


async def _find_draft(update: Update, context: Context) -> Draft | None:
    """What the pressed button stands for, as it is now; who may not have it, or whose menu is over, has been told."""
    bot, person, ids = bot_context(context), user_id(update), pressed_ids(update)
    family = await _family(bot, person)
    draft = await _read_draft(update, bot, family, ids)
    if draft is None:
        return None
    if ids[2] != split_draft.family_digest(family):
        await alert(update, words.CHANGED)
        await show(update, context.bot, split_draft.draft_screen(draft, _ways(update, draft)))
        return None
    return draft if draft.by_hand else replace(draft, ticked=split_draft.ticked_of(family, ids[1]))


async def _read_draft(update: Update, bot: BotContext, family: Family, ids: list[str]) -> Draft | None:
    query = update.callback_query
    draft = None
    try:
        source, mask, _ = ids[:3]
        split_draft.ticked_of(family, mask)
        number = from_base36(source[1:])
    except ValueError:
        source, number = "", 0
    if source.startswith(FROM_ROW) and group_of(update) is None:
        view = await find_row(bot, user_id(update), number)
        draft = None if view is None else split_draft.draft_of_row(view, family)
    elif query is not None and source.startswith(split_draft.FROM_WORDS):
        author, typed = split_draft.words_of(query)
        if author is not None and author != user_id(update):
            await alert(update, words.NOT_YOURS)
            return None
        wish = split_draft.read_words(typed, family)
        draft = split_draft.draft_of_words(wish, family) if author is not None and wish.odd is None else None
    if draft is None or draft.source != source:  # the command is gone, or was changed
        await expired(update, COMMAND)
        return None
    return draft


async def _toggle(update: Update, context: Context) -> None:
    """``dvt:<source>:<ticked>:<family>:<place>``."""
    draft, ids = await _find_draft(update, context), pressed_ids(update)
    if draft is None:
        return
    members = draft.family.members
    if len(ids) != 4 or not ids[3].isdecimal() or int(ids[3][:4]) >= len(members):
        await expired(update, COMMAND)
        return
    one = members[int(ids[3])].member_id
    wanted = set(draft.ticked) ^ {one}
    ticked = tuple(each.member_id for each in members if each.member_id in wanted)
    draft = replace(draft, ticked=ticked)
    await show(update, context.bot, split_draft.draft_screen(draft, _ways(update, draft)))


async def _confirm(update: Update, context: Context) -> None:
    """``dvs:<source>:<ticked>:<family>``. One like it of the last minutes is a second tap, unless it is said not to be."""
    bot, person = bot_context(context), user_id(update)
    draft = await _find_draft(update, context)
    if draft is None:
        return
    if not set(draft.ticked) - {draft.payer.member_id}:
        await alert(update, words.NOBODY_ELSE)
        return
    twin = await _twin(bot, person, draft)
    if twin is not None:
        await show(update, context.bot, _done_screen(twin, draft, is_twin=True))
        return
    await _note(update, context, draft)


async def _confirm_again(update: Update, context: Context) -> None:
    """``dvo:…``: it was another one, of the same amount."""
    draft = await _find_draft(update, context)
    if draft is not None:
        await _note(update, context, draft)


async def _note(update: Update, context: Context, draft: Draft) -> None:
    bot, add = bot_context(context), bot_context(context).core.family_book.add_expense
    done = await bot.run(add, user_id(update), draft.amount, draft.description, draft.ticked, draft.how)
    await show(update, context.bot, _done_screen(done, draft))


async def _twin(bot: BotContext, person: int, draft: Draft) -> SharedExpense | None:
    """The same expense, noted by the same person within the last ten minutes."""
    parts = split(draft.amount, draft.ticked, draft.how)
    for one in await bot.run(bot.core.family_book.list_expenses, person, LATEST):
        same = (one.amount, one.description, {each.member.member_id: each.amount for each in one.parts})
        if one.can_undo and same == (draft.amount, draft.description, parts):
            return one
    return None


def _done_screen(expense: SharedExpense, draft: Draft, *, is_twin: bool = False) -> Screen:
    text = words.divided(expense, len(draft.family.members))
    again = [button("Foi outra igual: anotar", "dvo", *draft.ids())] if is_twin else []
    return Screen(
        f"{text}\n{words.TWIN}" if is_twin else text, keyboard([button("Desfazer", "dvx", expense.expense_id)], again)
    )


async def _cancel(update: Update, context: Context) -> None:
    """``dvn:<source>``: only for who asked."""
    query = update.callback_query
    author = split_draft.words_of(query)[0] if query else None
    if author is not None and author != user_id(update):
        await alert(update, words.NOT_YOURS)
    else:
        await show(update, context.bot, Screen(words.CANCELLED))


async def _undo(update: Update, context: Context) -> None:
    """``dvx:<expense>``."""
    bot = bot_context(context)
    if await bot.run(bot.core.family_book.undo_expense, user_id(update), pressed_id(update) or 0):
        await show(update, context.bot, Screen(words.UNDONE))
    else:
        await alert(update, words.LATE)


# --- who owes whom ---------------------------------------------------------------------------------------------------


async def acertos(update: Update, context: Context) -> None:
    """Who owes whom, in as few payments as sensible."""
    await _show_debts(update, context)


async def _show_debts(update: Update, context: Context, notice: str = "", undo: int | None = None) -> None:
    bot = bot_context(context)
    owed = await bot.run(bot.core.family_book.list_debts, user_id(update))
    await put(update, context, family_screens.debts_screen(owed, notice, undo, in_group=group_of(update) is not None))


async def _settle(update: Update, context: Context) -> None:
    """``acp:<debtor>:<creditor>:<centavos>``: one of the two says that it was paid."""
    bot, person, ids = bot_context(context), user_id(update), pressed_ids(update)
    try:
        debtor, creditor, centavos = to_id(ids[0]), to_id(ids[1]), from_base36(ids[2])
    except (IndexError, ValueError):
        await expired(update, DEBTS_COMMAND)
        return
    owed = await bot.run(bot.core.family_book.list_debts, person)
    wanted = (debtor, creditor, from_centavos(centavos))
    meant = next((one for one in owed if (one.debtor.member_id, one.creditor.member_id, one.amount) == wanted), None)
    if meant is not None and not meant.is_yours:
        await alert(update, words.only_the_two(meant))
        return
    settled = await bot.run(bot.core.family_book.settle, person, *wanted)
    await _show_debts(update, context, words.paid(settled), settled.settlement_id)


async def _undo_settlement(update: Update, context: Context) -> None:
    """``acx:<settlement>``."""
    bot = bot_context(context)
    if await bot.run(bot.core.family_book.undo_settlement, user_id(update), pressed_id(update) or 0):
        await _show_debts(update, context, words.SETTLEMENT_UNDONE)
    else:
        await alert(update, words.LATE)


async def _history(update: Update, context: Context) -> None:
    """``achis``: the last expenses and payments."""
    bot, person = bot_context(context), user_id(update)
    family = await _family(bot, person)
    expenses = await bot.run(bot.core.family_book.list_expenses, person, LATEST)
    settlements = await bot.run(bot.core.family_book.list_settlements, person, LATEST)
    text = words.history(expenses, settlements, len(family.members), bot.clock.now())
    await show(update, context.bot, Screen(text, keyboard([button("‹ Acertos", "ac")])))


#: These work in a group as well, for who is in its family.
SHARED: dict[str, Handler] = {
    "dvt": _toggle,
    "dvs": _confirm,
    "dvo": _confirm_again,
    "dvn": _cancel,
    "dvx": _undo,
    "ac": acertos,
    "acp": _settle,
    "acx": _undo_settlement,
    "achis": _history,
}
SHARED_COMMANDS: dict[str, Handler] = {COMMAND: dividir, DEBTS_COMMAND: acertos}
CALLBACKS = {verb: unless_erasing(spoken(handler)) for verb, handler in {**SHARED, "dvr": _draft_row}.items()}
COMMANDS = {name: unless_erasing(spoken(handler)) for name, handler in SHARED_COMMANDS.items()}
