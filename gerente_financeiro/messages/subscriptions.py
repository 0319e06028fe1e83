"""The words of /assinaturas, and of what is charged though it was cancelled. Pure: escaped HTML, but for what is said to be
plain text. The lines of a list add up to the sum in its first line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal

from gerente_financeiro.messages.accounts import bank_and_digits
from gerente_financeiro.messages.format import (
    MONTHS,
    bank_text,
    capital,
    clean_text,
    count,
    day,
    fit,
    money,
    on_date,
    truth_line,
)
from open_finance.clock import local_day
from open_finance.insights.recurring import Kind
from open_finance.insights.subscriptions import MONTHS_NEEDED, Item, Listed, Rise, Watched
from open_finance.money import BRL
from open_finance.personal_records import RecurringMark
from open_finance.records import Account, StatementRow
from open_finance.subscription_alerts import CancelledCharge
from open_finance.subscription_book import SubscriptionReport

#: Which list: of subscriptions, or of rent, bills and loans.
Which = Literal["a", "f"]

#: So many of each are told on the first page; the others are in what is opened.
RISES_SHOWN = ENDED_SHOWN = WATCHED_SHOWN = 5
#: Charges of one flow.
CHARGES_SHOWN = 12
NAMELESS = "Sem descrição"
NO_ROWS = "Ainda não há lançamentos. Assim que o banco os enviar, procuro suas assinaturas."
ALL_HIDDEN = "Você ocultou todas as suas contas, e é nelas que procuro. Veja em /minhas_contas."
NONE_SAID = "Você não marcou nada: nenhuma assinatura cancelada, nenhuma que não seja assinatura."
UNDO_EXPIRED = "Só dá para desfazer nos primeiros 10 minutos. Para mudar, toque em “O que você disse” em /assinaturas."
UNDONE = "↩️ Desfeito: voltou a ser como antes."
NO_CALENDAR = "Não há cobrança a vir para pôr no calendário."

_KINDS = {
    Kind.RENT: "aluguel",
    Kind.BILL: "conta",
    Kind.LOAN: "parcela",
    Kind.SUBSCRIPTION: "assinatura",
}


# --- the lists -------------------------------------------------------------------------------------------------------


def overview(
    report: SubscriptionReport, shown: Sequence[tuple[int, Item]], which: Which, now: datetime, *, is_first: bool
) -> str:
    """A page of a list, numbered: what it costs; on the first page also what rose, ended, or is watched."""
    listed = report.found.subscriptions if which == "a" else report.found.fixed
    today = report.found.today
    twins = _told_apart(listed.items, report.accounts)
    lines = [_head(listed, which, report), *_short_history(report)]
    lines += ["", *(_line(number, item, today, twins.get(item.token, "")) for number, item in shown)] if shown else []
    if is_first:
        lines += _about(listed)
        lines += _watched(report.found.watched, today) if which == "a" else []
        lines += _rises(listed.rises, today)
        lines += _ended(listed.ended, today)
    return fit(lines, ["", *filter(None, [truth_line(report.connections, now)])])


def _head(listed: Listed, which: Which, report: SubscriptionReport) -> str:
    icon, one, many = ("🔁", "assinatura", "assinaturas") if which == "a" else ("🧾", "conta fixa", "contas fixas")
    if not listed.items:
        if report.known_from is None:
            is_hidden = report.accounts and all(account["hidden"] for account in report.accounts.values())
            return f"{icon} {ALL_HIDDEN if is_hidden else NO_ROWS}"
        return f"{icon} Não achei nenhuma {one} nos seus lançamentos."
    about = "cerca de " if listed.is_about else ""
    month, year = money(listed.month, BRL), money(listed.year, BRL)
    return f"{icon} <b>{count(len(listed.items), one, many)} · {about}{month} por mês</b> · {about}{year} por ano"


def _short_history(report: SubscriptionReport) -> list[str]:
    """Said where it is the reason for finding little."""
    if report.known_from is None or report.months_known >= MONTHS_NEEDED:
        return []
    begins = day(report.known_from, report.found.today)
    begins = begins if begins[0].isdigit() else report.known_from.strftime("%d/%m")
    return [f"Preciso de três meses de lançamentos para reconhecer o que se repete: os seus começam em {begins}."]


def _told_apart(items: Sequence[Item], accounts: Mapping[int, Account]) -> dict[str, str]:
    """Of those that are called the same: on which account each is, by its token."""
    names = Counter(name_of(item.flow.title) for item in items)
    twins = [item for item in items if names[name_of(item.flow.title)] > 1 and item.flow.account_id in accounts]
    return {item.token: f" ({bank_and_digits(accounts[item.flow.account_id])})" for item in twins}


def _line(number: int, item: Item, today: date, where: str = "") -> str:
    """``1. Streaming Y · R$ 55,90 · próxima 12/12``"""
    when = "" if item.flow.next_on is None else f" · próxima {day(item.flow.next_on, today)}"
    doubt = " · pode não ser assinatura" if _is_in_doubt(item) else ""
    warned = " · ⚠️ você disse que cancelou" if item.mark is not None and item.mark["says"] == "cancelled" else ""
    return f"{number}. <b>{name_of(item.flow.title)}</b>{where} · {amount(item)}{when}{doubt}{warned}"


def name_of(title: str) -> str:
    """What a flow is called: its payee, as the bank writes it. Escaped."""
    return bank_text(title) or NAMELESS


def amount(item: Item) -> str:
    """``R$ 55,90``, ``cerca de R$ 16,60``. Plain text."""
    return f"{'cerca de ' if item.is_about else ''}{money(item.amount, BRL)}"


def _is_in_doubt(item: Item) -> bool:
    return item.is_doubtful and item.flow.kind is Kind.SUBSCRIPTION


def _about(listed: Listed) -> list[str]:
    if any(item.is_foreign for item in listed.items):
        return ["“Cerca de”: cobradas em outra moeda, ou de valor que varia."]
    return ["“Cerca de”: de valor que varia de um mês para o outro."] if listed.is_about else []


def _rises(rises: Sequence[Rise], today: date) -> list[str]:
    if not rises:
        return []
    lines = [rise_line(one, today) for one in rises[:RISES_SHOWN]]
    return ["", "📈 <b>Subiram de preço</b>", *lines, *_more(len(rises) - RISES_SHOWN)]


def rise_line(rise: Rise, today: date) -> str:
    """``Streaming Y subiu de R$ 44,90 para R$ 55,90 (+24%) em 12/11``"""
    return f"{name_of(rise.item.flow.title)} subiu {_change(rise, today)}"


def _change(rise: Rise, today: date) -> str:
    """Of a price in another currency both are what it came to."""
    share = f" ({rise.percent:+d}%)" if rise.percent else ""
    about = "cerca de " if rise.item.is_foreign else ""
    before, after = money(rise.change.before, BRL), money(rise.change.after, BRL)
    return f"de {about}{before} para {about}{after}{share} {on_date(rise.change.on, today)}"


def _ended(ended: Sequence[Item], today: date) -> list[str]:
    if not ended:
        return []
    lines = [
        f"{name_of(one.flow.title)}: última cobrança {on_date(one.flow.last_on, today)}, {money(one.amount, BRL)}"
        for one in ended[:ENDED_SHOWN]
    ]
    return ["", "⏹ <b>Não vieram mais</b>", *lines, *_more(len(ended) - ENDED_SHOWN)]


def _watched(watched: Sequence[Watched], today: date) -> list[str]:
    if not watched:
        return []
    lines = [watched_line(one, today) for one in watched[:WATCHED_SHOWN]]
    return ["", "👀 <b>Canceladas, que eu vigio</b>", *lines, *_more(len(watched) - WATCHED_SHOWN)]


def watched_line(watched: Watched, today: date) -> str:
    """``Academia X: cancelada em 20/11, sem cobrança desde então``, or what was charged all the same."""
    said = f"{name_of(watched.mark['title'])}: cancelada {on_date(watched.mark['said_on'], today)}"
    if not watched.charges:
        return f"{said}, sem cobrança desde então"
    latest = watched.charges[-1]
    cost = money(latest.amount, latest.row["currency_code"])
    return f"⚠️ {said}, mas veio outra cobrança: {cost} {on_date(latest.on, today)}"


def _more(left: int) -> list[str]:
    return [f"… e mais {left}"] if left > 0 else []


def said_list(
    shown: Sequence[tuple[int, RecurringMark]], watched: Sequence[Watched], today: date, truth: str = ""
) -> str:
    """What the person said, numbered, each to be taken back. ``truth``: the last line."""
    if not shown:
        return NONE_SAID
    by_mark = {one.mark["id"]: one for one in watched}
    lines = ["👀 <b>O que você disse</b>", ""]
    for number, mark in shown:
        if mark["id"] in by_mark:
            lines.append(f"{number}. {watched_line(by_mark[mark['id']], today)}")
        else:
            lines.append(f"{number}. {name_of(mark['title'])}: não é assinatura")
    return fit([*lines, "", "Toque num número para voltar atrás."], ["", truth] if truth else [])


# --- one -------------------------------------------------------------------------------------------------------------


def one(item: Item, accounts: Mapping[int, Account], truth: str, today: date) -> str:
    """One flow: what it costs, when it comes next, the rows behind it, how its price moved. ``truth``: the last line."""
    lines = [
        f"{'🔁' if item.flow.kind is Kind.SUBSCRIPTION else '🧾'} <b>{name_of(item.flow.title)}</b>",
        _costs(item),
        *_next(item, accounts, today),
        *_said(item, today),
        "",
        _charged(item, today),
        *(f"• {day(row['occurred_on'], today)} {_cost(row)}" for row in item.rows[: -CHARGES_SHOWN - 1 : -1]),
        *_prices(item, today),
    ]
    return fit(lines, ["", truth] if truth else [])


def _costs(item: Item) -> str:
    kind = _KINDS.get(item.flow.kind, "cobrança fixa")
    doubt = "pode não ser assinatura" if _is_in_doubt(item) else ""
    left = item.flow.parts_left
    parts = "" if left is None else f"{'falta' if left == 1 else 'faltam'} {count(left, 'parcela', 'parcelas')}"
    about = "cerca de " if item.is_about else ""
    year = f"{about}{money(item.year, BRL)} {'por ano' if left is None else 'nos próximos 12 meses'}"
    return " · ".join(filter(None, [f"<b>{amount(item)} por mês</b>", year, parts or kind, doubt]))


def _next(item: Item, accounts: Mapping[int, Account], today: date) -> list[str]:
    if item.flow.next_on is None:
        return []
    account = accounts.get(item.flow.account_id)
    way = "" if account is None else f", {'no cartão' if item.flow.on_card else 'na conta'} {bank_and_digits(account)}"
    return [f"Próxima: {day(item.flow.next_on, today)}, {amount(item)}{way}"]


def _said(item: Item, today: date) -> list[str]:
    if item.mark is None:
        return []
    if item.mark["says"] == "cancelled" and item.flow.has_ended:
        return [f"Você disse {on_date(item.mark['said_on'], today)} que cancelou: vigio."]
    if item.mark["says"] == "cancelled":
        return [f"⚠️ Você disse {on_date(item.mark['said_on'], today)} que cancelou, e foi cobrada de novo depois."]
    return ["Você disse que não é assinatura: continua contando como conta fixa."]


def _charged(item: Item, today: date) -> str:
    """``12 cobranças desde janeiro:``"""
    first = item.flow.first_on
    name = MONTHS[first.month - 1].lower()
    since = name if first.year == today.year else f"{name} de {first.year}"
    latest = "; as últimas" if len(item.rows) > CHARGES_SHOWN else ""
    return f"{count(len(item.rows), 'cobrança', 'cobranças')} desde {since}{latest}:"


def _cost(row: StatementRow) -> str:
    return money(-row["amount"], row["currency_code"])


def _prices(item: Item, today: date) -> list[str]:
    if not item.flow.changes:
        return []
    lines = [
        f"{'Subiu' if one.is_rise else 'Baixou'} {_change(Rise(item, one), today)}"
        for one in reversed(item.flow.changes)
    ]
    return ["", *lines[:RISES_SHOWN]]


# --- what was said just now ------------------------------------------------------------------------------------------


def cancelled(mark: RecurringMark) -> str:
    """*Cancelei*."""
    return (
        f"✅ Anotado: você cancelou <b>{name_of(mark['title'])}</b> ({money(mark['amount'], BRL)} por mês).\n"
        "Vou vigiar: se cobrarem de novo depois de hoje, aviso. Eu não cancelo nada por você."
    )


def not_subscription(mark: RecurringMark) -> str:
    """*Não é assinatura*."""
    return (
        f"✅ Certo: <b>{name_of(mark['title'])}</b> não é assinatura e saiu da soma.\n"
        "Continua em “Contas fixas”, porque continua sendo cobrada."
    )


def taken_back(mark: RecurringMark) -> str:
    """What they said holds no more."""
    name = f"<b>{name_of(mark['title'])}</b>"
    if mark["says"] == "cancelled":
        return f"↩️ Certo: {name} não está cancelada, e não vigio mais."
    return f"↩️ Certo: {name} é assinatura e volta à soma."


def open_mark(mark: RecurringMark, watched: Watched | None, today: date, truth: str = "") -> str:
    """What was said of a flow. ``truth``: the last line."""
    if watched is not None:
        return fit([f"👀 {watched_line(watched, today)}."], ["", truth] if truth else [])
    return (
        f"🧾 {name_of(mark['title'])} ({money(mark['amount'], BRL)} por mês): você disse "
        f"{on_date(mark['said_on'], today)} que não é assinatura."
    )


# --- the calendar ----------------------------------------------------------------------------------------------------


def calendar_summary(item: Item) -> str:
    """``Streaming Y · R$ 55,90``. Plain text."""
    return f"{clean_text(item.flow.title) or NAMELESS} · {amount(item)}"


def calendar_caption(number: int) -> str:
    """Below the file."""
    return (
        f"📅 {capital(count(number, 'cobrança que se repete', 'cobranças que se repetem'))}, com as próximas datas.\n"
        "Abra o arquivo no celular e escolha o seu calendário. No Google Agenda, pelo computador: Configurações › "
        "Importar e exportar. As datas são a minha previsão: baixe de novo quando algo mudar."
    )


# --- told by itself --------------------------------------------------------------------------------------------------


def charged_again(found: CancelledCharge, now: datetime) -> str:
    """``⚠️ Você disse que cancelou Streaming Y, mas veio outra cobrança: R$ 55,90 em 12/12.``"""
    today = local_day(now)
    cost = money(found.amount, found.currency_code)
    return (
        f"⚠️ Você disse que cancelou {name_of(found.mark['title'])}, mas veio outra cobrança: <b>{cost}</b> "
        f"{on_date(found.on, today)}.\n{bank_and_digits(found.account)} · você cancelou "
        f"{on_date(found.mark['said_on'], today)}"
    )
