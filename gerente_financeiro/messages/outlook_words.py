"""What /previsao and /posso_gastar call things: rounded amounts, groups of lines, and where a line is from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

from gerente_financeiro.messages.accounts import bank_and_digits
from gerente_financeiro.messages.format import MONTHS, bank_text, clean_text, count, day, join_names, money, signed
from open_finance.insights.outlook import Expected, Source
from open_finance.money import ZERO
from open_finance.records import Account

#: Up to this amount an estimate is rounded to so much.
_STEPS: Final = ((Decimal(1), "0.01"), (Decimal(50), "1"), (Decimal(200), "5"), (Decimal(1000), "10"),
                 (Decimal(10000), "50"), (Decimal(100000), "100"), (Decimal(1000000), "1000"))  # fmt: skip
_LARGEST_STEP: Final = "10000"
_DAYS_NAMED = 3
TITLE_LIMIT = 40

_FIXED = "fixed"
_BILLS: Final = frozenset({Source.RENT, Source.FIXED, Source.SUBSCRIPTION, Source.LOAN})
#: Groups of lines in the order in which they are told: one, several, and whether their days are told.
_NAMES: Final[Mapping[str, tuple[str, str, bool]]] = {
    "salary": ("Salário", "Salários", True),
    "thirteenth": ("13º salário", "13º salário", True),
    "income": ("Outra entrada", "Outras entradas", True),
    "card_bill": ("Fatura", "Faturas", True),
    _FIXED: ("Conta fixa", "Contas fixas", False),
    "scheduled": ("Agendado", "Agendados e boletos", True),
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
    return "scheduled" if line.source is Source.BOLETO else line.source.value


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
    ``bills``: of each card, the day of its first bill in the forecast."""

    accounts: Mapping[int, Account]
    days: Mapping[int, date]
    bills: Mapping[int, date]

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
        if not line.is_estimated:
            return "boleto agendado" if line.source is Source.BOLETO else "agendado no banco"
        return self._monthly(line, today)

    def _bill(self, line: Expected) -> str:
        if not line.is_estimated:
            return "valor informado pelo banco"
        is_first = self.bills.get(line.account_id or 0, line.on) == line.on
        return "fatura aberta, até agora" if is_first else "o que já se sabe desta fatura"

    def _monthly(self, line: Expected, today: date) -> str:
        times = len(line.row_ids)
        days = [self.days[number] for number in line.row_ids if number in self.days]
        if line.is_yearly:
            return f"estimado, como em {_month(max(days), today)}" if days else "estimado, como há um ano"
        since = f" desde {_month(min(days), today)}" if days else ""
        return f"todo mês, {count(times, 'vez', 'vezes')}{since}" if times else "estimado"


def origins(lines: Iterable[Expected], accounts: Iterable[Account], days: Mapping[int, date]) -> Origins:
    """Of these lines."""
    bills: dict[int, date] = {}
    for line in lines:
        if line.source is Source.CARD_BILL and line.account_id is not None:
            bills[line.account_id] = min(line.on, bills.get(line.account_id, line.on))
    return Origins({account["id"]: account for account in accounts}, days, bills)


def line_text(line: Expected, today: date, told: Origins) -> str:
    """``-R$ 45,90 Streaming Y · todo mês, 7 vezes desde maio · Itaú ••4321``. Escaped."""
    return f"<b>{signed(line.amount)}</b> {line_title(line)} · {told.of(line, today)}"


def line_title(line: Expected) -> str:
    """Its own words, or what kind of line it is where these are nothing. Escaped."""
    return bank_text(line.title, TITLE_LIMIT) if clean_text(line.title) else _NAMES[_group_of(line)][0]


def _month(when: date, today: date) -> str:
    name = MONTHS[when.month - 1].lower()
    return name if when.year == today.year else f"{name[:3]}/{when.year}"
