"""Which rows can be part of a recurring flow, and which of them have one payee. Pure functions."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from open_finance.alerts.bill_payments import find_twins
from open_finance.folding import fold
from open_finance.insights.cards import is_instalment
from open_finance.insights.extra_pay import comes_now_and_then, says_thirteenth
from open_finance.insights.flows import Flow, is_yield
from open_finance.insights.merchants import name_key
from open_finance.insights.own_money import own_sides, suggested_transfers
from open_finance.insights.purchases import shop_keys
from open_finance.insights.recurring_chains import LEAST, Charge, all_but
from open_finance.insights.recurring_kinds import PAYROLL, never_recurs
from open_finance.insights.row_categories import NOT_SPENDING, RowCategory
from open_finance.money import BRL
from open_finance.reading.balances import is_card, is_savings
from open_finance.reading.statements import is_unconfirmed
from open_finance.records import Account, StatementRow

#: From the bank that sends to the one that receives it takes no longer than a long weekend.
_ARRIVES_WITHIN: Final = timedelta(days=4)
_FLOWS: Final = frozenset({Flow.SPENDING, Flow.INCOME, Flow.FEE})
_PUT_AWAY: Final = frozenset({Flow.INVESTMENT, Flow.OWN_TRANSFER})
_TRANSFERS: Final = ("PIX", "TED", "DOC", "TRANSFERENCIA", "TEF", "TEV")
_SENT: Final = re.compile(r"\b(pix|ted|doc|tef|tev|transf\w*)\b")
#: What begins many payees' names says nothing of who it is.
_SHORTEST_STEM: Final = 4
_PLAIN_STEMS: Final = re.compile(
    r"pagamento|pagto|conta|contas|boleto|debito|credito|automatico|seguro|seguros|plano|academia|escola|"
    r"colegio|clube|casa|banco|caixa|mercado|super|supermercado|hiper|posto|auto|loja|lojas|farmacia|drogaria|"
    r"padaria|restaurante|cafe|lanchonete|pizzaria|hotel|curso|centro|compra|compras|parcela|mensalidade|"
    r"assinatura|assoc|associacao|instituto|condominio|imobiliaria|aluguel|financiamento|emprestimo|consorcio|"
    r"internet|telefone|energia|companhia|grupo|santa|google|amazon|apple|mercadolivre|clinica|consultorio|"
    r"studio|estudio|espaco|distribuidora|comercial|comercio"
)
#: Words that a bank has for wages when it does not say who pays them, and what stands beside these.
_WAGES: Final = re.compile(r"salarios?|sal|remuneracao|vencimentos?|venc|proventos?|ordenados?|folha")
_BESIDE_WAGES: Final = re.compile(
    r"creditos?|cred|cr|d[aeo]|em|c|conta|pag|pagto|pgto|pagamento|liquido|adiantamento|adto|mensal|ref|mes"
    r"|portab|portabilidade|transf|ted|doc"
)
#: Wages that go on in another account do so the next month, or the one after.
_MOVES_WITHIN: Final = timedelta(days=75)
#: How near two amounts are that may be one price.
_ONE_PRICE: Final = 0.05
_PART: Final = re.compile(r"(?<![\d/])(\d{1,3}) ?(?:/|de) ?(\d{1,3})(?![\d/])")
_MONTH_DAYS: Final = 30.437


def find_payees(
    rows: Sequence[StatementRow], decided: Sequence[RowCategory], accounts: Mapping[int, Account]
) -> list[list[Charge]]:
    """The rows that may be of a recurring flow, by payee and direction."""
    own = _OwnMoney(rows, decided, accounts)
    kept = [
        index
        for index, (row, one) in enumerate(zip(rows, decided, strict=True))
        if row["account_id"] in accounts
        and _stands(row, accounts[row["account_id"]])
        and own.may_recur(row, one)
        and not never_recurs(row, one)
        and not (row["amount"] > 0 and says_thirteenth(row))
    ]
    keys = _wages_by_account([rows[index] for index in kept], shop_keys([rows[index] for index in kept]))
    groups: dict[tuple[bool, str], list[Charge]] = defaultdict(list)
    for index, key in zip(kept, keys, strict=True):
        groups[rows[index]["amount"] > 0, key].append(_charge(rows[index], index))
    payees = [_without_extras(payee) for payee in _join_stems(groups)]
    return [in_one_currency(charges) for payee in payees for charges in split_plans(payee)]


def _without_extras(charges: list[Charge]) -> list[Charge]:
    """Without what an employer pays now and then beside the wages; whoever pays nothing else may do so every month."""
    wages = [charge for charge in charges if charge.row["amount"] < 0 or not comes_now_and_then(charge.row)]
    return wages if 2 * len(wages) > len(charges) else charges


def _stands(row: StatementRow, account: Account) -> bool:
    if row["removed_at"] is not None or row["currency_code"] != BRL or not row["amount"] or account["hidden"]:
        return False
    if is_unconfirmed(row["missing_since"], account["synced_at"]):
        return False
    return not (is_card(account) and (is_instalment(row) or row["amount"] > 0))


def _charge(row: StatementRow, index: int) -> Charge:
    abroad = row["foreign_amount"] if row["foreign_currency"] not in {None, BRL} else None
    price = abs(abroad or row["amount"])
    return Charge(row["occurred_on"].toordinal(), row["id"], row["occurred_on"], math.log(price or 1), row, index)


def in_one_currency(charges: list[Charge]) -> list[Charge]:
    """With prices that can be compared: in reais, where not all were asked in the same other currency."""
    currencies = {charge.row["foreign_currency"] if charge.row["foreign_amount"] else None for charge in charges}
    if len(currencies) < 2:
        return charges
    return [charge._replace(log=math.log(abs(charge.row["amount"]))) for charge in charges]


class _OwnMoney:
    """Which rows only move the person's own money, and where to."""

    def __init__(
        self, rows: Sequence[StatementRow], decided: Sequence[RowCategory], accounts: Mapping[int, Account]
    ) -> None:
        self._accounts = accounts
        known = [(row, one) for row, one in zip(rows, decided, strict=True) if row["account_id"] in accounts]
        given, words = [row for row, _ in known], [one for _, one in known]
        pairs = suggested_transfers(given, words, accounts)
        sides = own_sides(given, words, accounts)
        self._sides = sides | {row["id"] for pair in pairs for row in pair}
        self._bills = find_twins([account for account in accounts.values() if is_card(account)], given)
        self._into: dict[Decimal, list[StatementRow]] = defaultdict(list)
        for row, one in known:
            if row["amount"] > 0 and (one.flow is Flow.OWN_TRANSFER or row["id"] in self._sides):
                self._into[row["amount"]].append(row)

    def may_recur(self, row: StatementRow, one: RowCategory) -> bool:
        account = self._accounts[row["account_id"]]
        if row["id"] in self._bills and one.reason not in {"manual", "rule"}:
            return False
        if one.flow in _PUT_AWAY or row["id"] in self._sides:
            return row["amount"] < 0 and not is_savings(account) and not is_card(account) and self._is_put_away(row)
        is_earned = row["operation_type"] != PAYROLL and row["amount"] > 0 and is_yield(row)
        return one.flow in _FLOWS and one.category != NOT_SPENDING and not is_earned

    def _is_put_away(self, row: StatementRow) -> bool:
        """Whether it did not just go to another checking account of the person's."""
        arrived = [
            self._accounts[other["account_id"]]
            for other in self._into.get(-row["amount"], ())
            if other["account_id"] != row["account_id"]
            and abs(other["occurred_on"] - row["occurred_on"]) <= _ARRIVES_WITHIN
        ]
        return not arrived or any(is_savings(account) for account in arrived)


# --- what counts its parts --------------------------------------------------------------------------------------------


def part_of(row: StatementRow) -> tuple[int, int] | None:
    """(12, 48) where a row says so, in a field or in its text; a day and a month may look the same."""
    number, total = row["installment_number"], row["total_installments"]
    if number and total and total > 1:
        return number, total
    return _part_in(row["description"])


@lru_cache(maxsize=16_384)
def _part_in(text: str) -> tuple[int, int] | None:
    found = ((int(low), int(high)) for low, high in _PART.findall(text.casefold()))
    return next(((low, high) for low, high in found if 0 < low <= high and high > 1), None)


def split_plans(charges: Sequence[Charge]) -> list[list[Charge]]:
    """A payee's charges, with each loan that counts its parts by itself: 12/48 and 3/24 are two."""
    counted: dict[tuple[int, int], list[Charge]] = defaultdict(list)
    for charge in charges:
        if (part := part_of(charge.row)) is not None:
            counted[part[1], round(charge.day / _MONTH_DAYS) - part[0]].append(charge)
    if len(counted) < 2:
        return [list(charges)]
    plans: list[list[Charge]] = []
    for key in sorted(counted):
        near = counted.pop(key, []) + counted.pop((key[0], key[1] + 1), [])
        if len({part_of(charge.row) for charge in near}) >= LEAST:
            plans.append(near)
    rest = all_but((charge for plan in plans for charge in plan), charges)
    return [*plans, list(rest)]


# --- one payee under several names ------------------------------------------------------------------------------------


def _wages_by_account(rows: Sequence[StatementRow], keys: Sequence[str]) -> list[str]:
    """The keys, where wages of which nobody says who pays them have one an account: it is *SALARIO* in one month and
    *CREDITO SALARIO* in the next. Those that leave an account go on in the one that they come to."""
    unnamed = [_is_wages_alone(row) for row in rows]
    days: dict[int, list[date]] = defaultdict(list)
    for row, is_unnamed in zip(rows, unnamed, strict=True):
        if is_unnamed:
            days[row["account_id"]].append(row["occurred_on"])
    homes: dict[int, int] = {}
    ends: dict[int, date] = {}
    for account_id, own in sorted(days.items(), key=lambda item: (min(item[1]), item[0])):
        left = [home for home, end in ends.items() if end < min(own) <= end + _MOVES_WITHIN]
        homes[account_id] = left[0] if len(left) == 1 else account_id
        ends[homes[account_id]] = max(own)
    pairs = zip(rows, keys, unnamed, strict=True)
    return [f"wages {homes[row['account_id']]}" if is_unnamed else key for row, key, is_unnamed in pairs]


def _is_wages_alone(row: StatementRow) -> bool:
    if row["amount"] < 0 or row["merchant_name"] or row["counterparty"]:
        return False
    words = name_key(row).split()
    others = [word for word in words if not _WAGES.fullmatch(word)]
    return len(others) < len(words) and all(_BESIDE_WAGES.fullmatch(word) for word in others)


def _join_stems(groups: Mapping[tuple[bool, str], list[Charge]]) -> list[list[Charge]]:
    """Payees whose names begin with the same word and who asked for the same price are one: a bank's descriptor may change
    behind that word. People are not: their first names say nothing."""
    by_stem: dict[tuple[bool, str], list[list[Charge]]] = defaultdict(list)
    joined: list[list[Charge]] = []
    for (incoming, _), charges in groups.items():
        stem = _stem(charges[-1].row)
        if stem is None:
            joined.append(charges)
        else:
            by_stem[incoming, stem].append(charges)
    for alike in by_stem.values():
        joined += _join_priced(alike) if len(alike) > 1 else alike
    return joined


def _stem(row: StatementRow) -> str | None:
    operation = row["operation_type"] or ""
    is_sent = operation.startswith(_TRANSFERS) or row["counterparty"] or _SENT.search(fold(row["description"]))
    if is_sent and not row["merchant_name"]:
        return None
    first = name_key(row).split(" ", 1)[0]
    return first if len(first) >= _SHORTEST_STEM and not _PLAIN_STEMS.fullmatch(first) else None


def _join_priced(groups: Iterable[list[Charge]]) -> list[list[Charge]]:
    joined: list[list[Charge]] = []
    for charges in sorted(groups, key=min):
        prices = {round(charge.log / _ONE_PRICE) for charge in charges}
        near = {price + step for price in prices for step in (-1, 0, 1)}
        home = next((each for each in joined if any(round(one.log / _ONE_PRICE) in near for one in each)), None)
        if home is None:
            joined.append(list(charges))
        else:
            home.extend(charges)
    return joined
