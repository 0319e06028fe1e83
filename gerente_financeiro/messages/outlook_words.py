"""What /previsao and /posso_gastar call things: rounded amounts, groups of lines, and where a line is from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

from gerente_financeiro.messages.accounts import bank_and_digits
from gerente_financeiro.messages.format import MONTHS, bank_text, clean_text, count, day, join_names, money, signed
from open_finance.insights.card_report import CardReport
from open_finance.insights.cards import add_months, first_of, on_day
from open_finance.insights.outlook import Expected, Source
from open_finance.money import ZERO
from open_finance.records import Account

#: Up to this amount an estimate is rounded to so much.
_STEPS: Final = ((Decimal(1), "0.01"), (Decimal(50), "1"), (Decimal(200), "5"), (Decimal(1000), "10"),
                 (Decimal(10000), "50"), (Decimal(100000), "100"), (Decimal(1000000), "1000"))  # fmt: skip
_LARGEST_STEP: Final = "10000"
_DAYS_NAMED = 3
_EARLY = timedelta(days=5)
NO_ACCOUNT = (
    "Nenhuma conta corrente entra na soma, e é do saldo dela que tudo parte. Veja suas contas em /minhas_contas."
)
NOTHING_YET = "Ainda não há lançamentos. Assim que o banco os enviar, olho para a frente a partir deles."
TITLE_LIMIT = 40

_FIXED, _SCHEDULED = "fixed", "scheduled"
#: What a bank has not booked yet is no appointment.
_PENDING: Final = ("Pendente no banco", "Pendentes e agendados")
_BILLS: Final = frozenset({Source.RENT, Source.FIXED, Source.SUBSCRIPTION, Source.LOAN})
#: Groups of lines in the order in which they are told: one, several, and whether their days are told.
_NAMES: Final[Mapping[str, tuple[str, str, bool]]] = {
    "salary": ("Salário", "Salários", True),
    "thirteenth": ("13º salário", "13º salário", True),
    "income": ("Outra entrada", "Outras entradas", True),
    "card_bill": ("Fatura", "Faturas", True),
    _FIXED: ("Conta fixa", "Contas fixas", False),
    _SCHEDULED: ("Agendado", "Agendados e boletos", True),
    "saving": ("Para guardar", "Para guardar", False),
    "what_if": ("A compra", "A compra", True),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that are told as one. ``key``: which; all money in, or all money out."""

    key: str
    lines: tuple[Expected, ...]

    @property
    def amount(self) -> Decimal:
        """Their sum."""
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def guess(self) -> str:
        """What is said before an amount that nothing but last year's speaks for."""
        return "cerca de " if all(line.is_yearly for line in self.lines) else ""

    def name(self, today: date, *, with_days: bool = True) -> str:
        """``Faturas 10/12 e 15/12``, ``Contas fixas``."""
        one, many, tells_days = _NAMES[self.key]
        if self.key == _SCHEDULED and any(line.on <= today for line in self.lines):
            one, many = _PENDING
        days = sorted({line.on for line in self.lines})
        told = f" {join_days(days, today)}" if with_days and tells_days and len(days) <= _DAYS_NAMED else ""
        return f"{one if len(self.lines) == 1 else many}{told}"


def groups_of(lines: Iterable[Expected]) -> list[Group]:
    """The lines by what they are, in the order in which they are told; what is nothing is in none."""
    found: dict[str, list[Expected]] = {key: [] for key in _NAMES}
    for line in lines:
        if line.amount:
            found[_group_of(line)].append(line)
    return [Group(key, tuple(own)) for key, own in found.items() if own]


def _group_of(line: Expected) -> str:
    if line.amount > 0 and line.is_yearly:
        return "thirteenth"
    if line.amount > 0:
        return "salary" if line.source is Source.SALARY else "income"
    if line.source in _BILLS or line.source in {Source.SALARY, Source.INCOME}:
        return _FIXED
    return _SCHEDULED if line.source is Source.BOLETO else line.source.value


def join_days(days: Sequence[date], today: date) -> str:
    """``10/12 e 15/12``."""
    return join_names([day(when, today) for when in days])


# --- amounts -------------------------------------------------------------------------------------------------------------


def about(amount: Decimal) -> str:
    """An estimate, as people say it: ``cerca de R$ 2.650``. What is not nothing never reads as nothing."""
    return f"cerca de {rounded(amount)}"


def rounded(amount: Decimal, rounding: str = ROUND_HALF_EVEN) -> str:
    """``R$ 2.650``, ``-R$ 45``; centavos where there is less than a real."""
    size = abs(amount)
    step = next((Decimal(step) for most, step in _STEPS if size < most), Decimal(_LARGEST_STEP))
    told = (amount / step).quantize(Decimal(1), rounding=rounding) * step
    written = money(told, "BRL")
    return written.removesuffix(",00") if step >= 1 else written


def between(low: Decimal, high: Decimal) -> str:
    """``entre R$ 3.200 e R$ 4.450``: rounded outwards, so that it holds what it held."""
    return f"entre {rounded(low, ROUND_FLOOR)} e {rounded(high, ROUND_CEILING)}"


# --- one line ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Origins:
    """What tells where lines are from. ``accounts``: the person's, by id; ``days``: of the rows behind them, by id;
    ``cards``: by id; ``open_bills``: of each card, the day on which its open bill is paid."""

    accounts: Mapping[int, Account]
    days: Mapping[int, date]
    cards: Mapping[int, CardReport]
    open_bills: Mapping[int, date]

    def of(self, line: Expected, today: date) -> str:
        """``todo mês, 7 vezes desde maio``, ``agendado · Itaú ••4321``. Escaped."""
        told = self._source(line, today)
        account = self.accounts.get(line.account_id or 0)
        names_account = account is not None and line.source is not Source.WHAT_IF
        return f"{told} · {bank_and_digits(account)}" if names_account and account is not None else told

    def _source(self, line: Expected, today: date) -> str:
        if line.source is Source.WHAT_IF:
            return "da sua pergunta"
        if line.source is Source.CARD_BILL:
            return self._bill(line)
        if line.is_estimated:
            return self._monthly(line, today)
        if line.source is Source.BOLETO:
            return "boleto agendado"
        return "ainda pendente no banco" if line.on <= today else "agendado no banco"

    def _bill(self, line: Expected) -> str:
        """What of it is known, and how."""
        report, opened = self.cards.get(line.account_id or 0), self.open_bills.get(line.account_id or 0)
        if not line.is_estimated:
            return "valor informado pelo banco"
        if report is None or opened is None:
            return "o que já se sabe desta fatura"
        if line.on < opened:
            return "fatura fechada, somada pelos lançamentos"
        return _open_bill(report, -line.amount) if line.on == opened else _later_bill(report, line)

    def _monthly(self, line: Expected, today: date) -> str:
        times = len(line.row_ids)
        days = [self.days[number] for number in line.row_ids if number in self.days]
        if line.is_yearly:
            return f"estimado, como em {_month(max(days), today)}" if days else "estimado, como há um ano"
        since = f" desde {_month(min(days), today)}" if days else ""
        return f"todo mês, {count(times, 'vez', 'vezes')}{since}" if times else "estimado"


def origins(
    lines: Iterable[Expected], accounts: Iterable[Account], days: Mapping[int, date], reports: Iterable[CardReport] = ()
) -> Origins:
    """Of all the lines there are. ``accounts``: besides the cards of ``reports``."""
    cards = {report.card["id"]: report for report in reports}
    open_bills: dict[int, date] = {}
    for line in lines:
        report = cards.get(line.account_id or 0)
        if line.source is Source.CARD_BILL and report is not None and line.on >= report.open.due_on:
            number = report.card["id"]
            open_bills[number] = min(line.on, open_bills.get(number, line.on))
    own = {account["id"]: account for account in (*accounts, *(report.card for report in cards.values()))}
    return Origins(own, days, cards, open_bills)


def _open_bill(report: CardReport, amount: Decimal) -> str:
    """As /fatura says it, and that there will be more."""
    by_now = report.open.ours
    if amount == by_now:
        return "fatura aberta, até agora"
    if not ZERO < by_now < amount:
        return "fatura aberta, o que já se sabe dela"
    return f"fatura aberta: {money(by_now, 'BRL')} até agora, mais o que já se sabe que entra"


def _later_bill(report: CardReport, line: Expected) -> str:
    """Of a bill that is not open yet: what is bought already, and what is charged every month."""
    due = on_day(line.on, report.open.due_on.day)
    month = (
        first_of(line.on) if due <= line.on + _EARLY else add_months(line.on, -1)
    )  # due on the 31st, paid on the 1st
    parts = sum((one.amount for one in report.committed if one.month == month), ZERO)
    rest = -line.amount - parts
    if parts <= ZERO or rest < ZERO:
        return "o que já se sabe desta fatura"
    told = f"{money(parts, 'BRL')} em parcelas"
    return f"{told} e {money(rest, 'BRL')} em assinaturas" if rest else "só parcelas já compradas"


def line_text(line: Expected, today: date, told: Origins) -> str:
    """``-R$ 45,90 Streaming Y · todo mês, 7 vezes desde maio · Itaú ••4321``. Escaped."""
    return f"<b>{signed(line.amount)}</b> {line_title(line)} · {told.of(line, today)}"


def line_title(line: Expected) -> str:
    """Its own words, or what kind of line it is where these are nothing. Escaped."""
    return bank_text(line.title, TITLE_LIMIT) if clean_text(line.title) else _NAMES[_group_of(line)][0]


def _month(when: date, today: date) -> str:
    name = MONTHS[when.month - 1].lower()
    return name if when.year == today.year else f"{name[:3]}/{when.year}"
