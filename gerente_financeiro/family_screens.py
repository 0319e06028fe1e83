"""The screens of /familia in private, as they are put together of what the core answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gerente_financeiro.family_ways import home_button
from gerente_financeiro.keyboards import base36, button, connect_button, keyboard, page_of, pager
from gerente_financeiro.messages import family as words
from gerente_financeiro.messages import splits as split_words
from gerente_financeiro.screens import Screen
from open_finance.family_book import AccountSharing, Debt, Family, InvitationView
from open_finance.family_reports import FamilyBalance, FamilyStatement
from open_finance.records import Account
from open_finance.sharing.levels import LEVELS

ACCOUNTS_A_PAGE = 6
ROWS_A_PAGE = 10
NO_FAMILY = Screen(words.NONE, keyboard([button("Criar uma família", "famnova")]))


def home_screen(family: Family, sharing: Sequence[AccountSharing], notice: str = "") -> Screen:
    """The family, as one of its members sees it."""
    return Screen(
        words.home(family, sharing, notice),
        keyboard(
            [button("O que eu mostro", "famcontas", 0), button("O que vemos", "famver")],
            [button("Convidar", "famconv"), button("Acertos", "ac")],
            [button("Grupo", "famgrupo"), button("Sair da família", "famsair")],
            [button("Fechar", "famfim")],
        ),
    )


def sharing_screen(sharing: Sequence[AccountSharing], own: Mapping[int, Account], page: int) -> Screen:
    """The person's accounts, each a button. ``own``: by id, as their owner knows them."""
    if not sharing:
        return Screen(words.NO_ACCOUNTS, keyboard([connect_button()], [home_button()]))
    shown, page, pages = page_of(sharing, page, ACCOUNTS_A_PAGE)
    return Screen(
        words.CHOOSE_ACCOUNT,
        keyboard(
            *([button(words.account_label(one, own.get(one.account_id)), "famcta", one.account_id)] for one in shown),
            pager("famcontas", page, pages),
            [home_button()],
        ),
    )


def account_screen(one: AccountSharing, own: Account | None, family: Family, notice: str = "") -> Screen:
    """One account and the three things that the others may see of it."""
    choices = [
        button(f"{'✅ ' if level == one.level else ''}{words.LEVELS[level]}", "famniv", one.account_id, level)
        for level in LEVELS
    ]
    return Screen(words.account(one, own, family, notice), keyboard(choices, [button("‹ Contas", "famcontas", 0)]))


def guest_screen(view: InvitationView, token: str, name: str, now: datetime) -> Screen:
    """Yes or no, for who opened an invitation."""
    yes, no = button("Entrar", "fament", token), button("Não", "famnao")
    return Screen(words.guest(view, name, now), keyboard([yes, no]))


def joined_screen(family: Family, sharing: Sequence[AccountSharing]) -> Screen:
    """The guest is in: the accounts to show come next."""
    choose = button("Escolher o que mostrar", "famcontas", 0) if sharing else connect_button()
    text = words.joined(family, has_accounts=bool(sharing))
    return Screen(text, keyboard([choose], [button("O que a família mostra", "famver")], [home_button()]))


def leave_screen(family: Family, owed: Sequence[Debt]) -> Screen:
    """The second step names what is lost."""
    return Screen(words.leave(family, owed), keyboard([button("Sim, sair", "famsairsim"), button("Não", "famficar")]))


def group_screen(family: Family, username: str) -> Screen:
    """How a group is linked, or the way out of the one that is."""
    unlink = [button("Desvincular o grupo", "famdesv")] if family.has_group else []
    return Screen(words.group_help(family, username), keyboard(unlink, [home_button()]))


# --- in private and in a group ---------------------------------------------------------------------------------------


def balance_screen(report: FamilyBalance, now: datetime, *, in_group: bool) -> Screen:
    """What all of them show."""
    rows = [button("Lançamentos", "famext", 0)] if any(one.level == "all" for one in report.accounts) else []
    back = [] if in_group else [home_button()]
    return Screen(words.balance(report, now), keyboard([*rows, button("Acertos", "ac")], back))


def statement_screen(report: FamilyStatement, page: int, now: datetime) -> Screen:
    """The rows of what is shown whole, a page of them."""
    shown, page, pages = page_of(report.rows, page, ROWS_A_PAGE)
    back = [button("‹ O que vemos", "famver")]
    return Screen(words.statement(report, shown, now), keyboard(pager("famext", page, pages), back))


def debts_screen(owed: Sequence[Debt], notice: str = "", undo: int | None = None, *, in_group: bool) -> Screen:
    """Who owes whom; in a group each finds the own button, in private there are no others."""
    offered = [one for one in owed if in_group or one.is_yours][:6]
    label = "Marcar como pago" if len(offered) == 1 else "Pago: {} → {}"
    buttons = [
        [
            button(
                label.format(one.debtor.name[:14], one.creditor.name[:14]),
                "acp",
                *(one.debtor.member_id, one.creditor.member_id, base36(int(one.amount * 100))),
            )
        ]
        for one in offered
    ]
    return Screen(
        split_words.debts(owed, notice),
        keyboard(
            [button("Desfazer", "acx", undo)] if undo is not None else [],
            *buttons,
            [button("Últimas despesas", "achis"), *([] if in_group else [home_button()])],
        ),
    )
