"""The words of /saldo: what is available first, what is saved, owed and invested apart, how old it all is last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from gerente_financeiro.messages.accounts import bank_and_digits, bank_and_name, counts_instalments, due
from gerente_financeiro.messages.format import HIDDEN, bank_text, fit, freshness_line, money
from open_finance.clock import local_day
from open_finance.money import ZERO
from open_finance.reading.balances import BalanceReport, is_card
from open_finance.records import Account

Show = Callable[[Decimal, str], str]

STILL_CONNECTING = "⏳ Ainda estou lendo suas contas pela primeira vez. Aviso quando terminar."
NO_ACCOUNTS = "O banco conectado ainda não trouxe nenhuma conta. Veja /minhas_contas."


def balance(report: BalanceReport, now: datetime, *, hidden: bool = False) -> str:
    """The whole screen. ``hidden``: every amount is replaced by dots, for who has company."""
    if report.is_empty:
        connecting = any(connection["settled_at"] is None for connection in report.connections)
        return STILL_CONNECTING if connecting else NO_ACCOUNTS
    show: Show = _hide if hidden else money
    today = local_day(now)
    sections = [
        _checking(report, show),
        _saved(report, show),
        _cards(report, show, today),
        _beside(report, show),
        _apart(report, show),
        _hidden(report, show),
    ]
    lines = "\n\n".join("\n".join(section) for section in sections if section).split("\n")
    return fit(lines, ["", *_net(report, show), *filter(None, [freshness_line(report.ages, now)])])


def _hide(_amount: Decimal, _currency: str) -> str:
    return HIDDEN


def _checking(report: BalanceReport, show: Show) -> list[str]:
    if not report.checking:
        return []
    total = f"<b>{show(report.available, 'BRL')}</b>"
    headline = f"Você tem {total} disponível" if report.available >= 0 else f"Suas contas estão em {total}"
    return [f"💰 {headline}", *(_checking_line(account, show) for account in report.checking)]


def _checking_line(account: Account, show: Show) -> str:
    line = f"• {bank_and_digits(account)}: {show(account['balance'], 'BRL')}"
    used, limit = account["overdraft_used"], account["overdraft_limit"]
    if not used or used <= 0:
        return line
    of = f" de {show(limit, 'BRL')}" if limit else ""
    return f"{line} (cheque especial: {show(used, 'BRL')}{of})"


def _saved(report: BalanceReport, show: Show) -> list[str]:
    pots = [account for account in (*report.checking, *report.savings) if account["reserved"]]
    if not report.savings and not pots:
        return []
    return [
        f"🐷 Guardado: <b>{show(report.saved, 'BRL')}</b>",
        *(
            f"• Caixinhas {bank_text(pot['connector_name'], 24)}: {show(pot['reserved'] or ZERO, 'BRL')}"
            for pot in pots
        ),
        *(f"• {_savings_name(account)}: {show(account['balance'], 'BRL')}" for account in report.savings),
    ]


def _savings_name(account: Account) -> str:
    return bank_and_digits(account) if account["custom_name"] else f"Poupança {bank_and_digits(account)}"


def _cards(report: BalanceReport, show: Show, today: date) -> list[str]:
    if not report.cards:
        return []
    if report.owed >= 0:
        headline = f"💳 A pagar em cartões: <b>{show(-report.owed, 'BRL')}</b>"
    else:
        headline = f"💳 Nos cartões, a seu favor: <b>{show(-report.owed, 'BRL')}</b>"
    by_day = sorted(report.cards, key=lambda card: (card["bill_due_on"] or date.max, card["id"]))
    return [headline, *(_card_line(card, show, today) for card in by_day), *_card_note(report)]


def _card_line(card: Account, show: Show, today: date) -> str:
    if card["balance"] < 0:
        return f"• {bank_and_digits(card)}: {show(-card['balance'], 'BRL')} a seu favor"
    return f"• {bank_and_digits(card)}: {show(card['balance'], 'BRL')}{due(card, today)}"


def _card_note(report: BalanceReport) -> list[str]:
    """Source: Pluggy's card balance counts instalments not yet billed on Open Finance connections."""
    regulated = {connection["id"] for connection in report.connections if counts_instalments(connection)}
    owing = any(card["connection_id"] in regulated and card["balance"] > 0 for card in report.cards)
    return ["<i>O valor inclui parcelas que ainda vão vencer. A fatura de agora está em /fatura.</i>"] if owing else []


def _beside(report: BalanceReport, show: Show) -> list[str]:
    """What is invested, and what is left of loans: a line each, in no other sum."""
    lines = []
    if report.invested:
        lines.append(f"📈 Investimentos: <b>{show(report.invested, 'BRL')}</b>")
    if report.loans:
        lines.append(f"🏦 Empréstimos: <b>{show(-report.loans, 'BRL')}</b>")
    return lines


def _apart(report: BalanceReport, show: Show) -> list[str]:
    if not report.apart:
        return []
    return [
        "🌎 À parte, fora das somas",
        *(
            f"• {bank_and_name(account)}: {show(account['balance'], account['currency_code'])}"
            for account in report.apart
        ),
    ]


def _hidden(report: BalanceReport, show: Show) -> list[str]:
    """What the person keeps out of every total: still shown, with the way to it on the bank's screen."""
    if not report.hidden:
        return []
    return ["🔕 Fora do total, como você pediu", *(_hidden_line(account, show) for account in report.hidden)]


def _hidden_line(account: Account, show: Show) -> str:
    amount = show(abs(account["balance"]) if is_card(account) else account["balance"], account["currency_code"])
    name = f"• {bank_and_name(account)}: {amount}"
    if not is_card(account):
        return name
    return f"{name} {'a seu favor' if account['balance'] < 0 else 'a pagar'}"


def _net(report: BalanceReport, show: Show) -> list[str]:
    """A labelled difference, only where there is something to subtract or add."""
    if not report.checking or not (report.cards or report.savings or report.reserved):
        return []
    name = "Líquido de contas e cartões" if report.invested or report.loans else "Líquido"
    return [f"= {name}: <b>{show(report.net, 'BRL')}</b>"]
