"""What is at hand within a month, for sure: the reserve. Pure functions.

Only what surely can be had counts: balances, savings, caixinhas, Tesouro Selic, and fixed income that is due within thirty
days or whose grace period is over. What may be had sooner or later, or at a price that nobody knows, is named and not
counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from open_finance.folding import fold
from open_finance.insights.credit import Evidence
from open_finance.insights.credit_inputs import CreditInputs, account_title
from open_finance.investment_records import Investment
from open_finance.money import BRL, ZERO, round_to_centavo
from open_finance.records import Account

#: What is due within it is at hand.
WITHIN: Final = timedelta(days=30)
#: A bank reserves what a court has blocked in the same list as caixinhas (reference 5.2).
_BLOCKED: Final = ("judicial", "bloque", "penhor", "garantia")


def liquid_money(inputs: CreditInputs, counted: Sequence[Investment]) -> list[Evidence]:
    """What is at hand under ``available``, what is not surely so under ``not_counted``; each with what it is worth.
    ``counted``: positions that count, each once."""
    held = {account["id"]: account for account in (*inputs.checking, *inputs.savings)}
    pots = list(_pots(inputs, held))
    known = _amounts_by_connection(held, pots)
    positions = (_position(each, inputs.today) for each in counted if not _is_among(each, known))
    return [*_balances(held.values()), *pots, *positions]


def live_positions(investments: Iterable[Investment]) -> list[Investment]:
    """Positions in BRL that are listed and worth something, one that two connections bring once: the one read last. Two of
    one connection are two, however alike."""
    found: dict[tuple[object, ...], Investment] = {}
    alike: Counter[tuple[object, ...]] = Counter()
    for each in sorted(investments, key=lambda one: (one["read_at"] or one["created_at"], one["id"])):
        if each["ended_on"] is None and each["listed"] and each["currency_code"] == BRL and each["balance"] > ZERO:
            likeness = _likeness(each)
            alike[each["connection_id"], *likeness] += 1
            found[*likeness, alike[each["connection_id"], *likeness]] = each
    return sorted(found.values(), key=lambda each: each["id"])


def is_at_hand(position: Investment, today: date) -> bool:
    """Whether it surely can be had within thirty days at what it is worth."""
    if position["type"] != "FIXED_INCOME":
        return False
    if position["subtype"] == "TREASURY":
        is_selic = "selic" in fold(position["name"]).split()
        return is_selic or _is_due(position, today)
    grace_on = position["grace_on"]
    return _is_due(position, today) or (grace_on is not None and grace_on <= today)


def _is_due(position: Investment, today: date) -> bool:
    return position["due_on"] is not None and position["due_on"] <= today + WITHIN


def _balances(accounts: Iterable[Account]) -> Iterator[Evidence]:
    for account in accounts:
        if account["balance"] > ZERO:
            yield Evidence("account", account["id"], "available", account["balance"], None, account_title(account))


def _position(each: Investment, today: date) -> Evidence:
    role = "available" if is_at_hand(each, today) else "not_counted"
    return Evidence("investment", each["id"], role, round_to_centavo(each["balance"]), each["due_on"], each["name"])


def _pots(inputs: CreditInputs, held: Mapping[int, Account]) -> Iterator[Evidence]:
    """Caixinhas one by one; of an account of which only their sum is known, that, as its own."""
    told = [pot for pot in inputs.pots if pot["account_id"] in held]
    for pot in told:
        role = "not_counted" if any(word in fold(pot["name"]) for word in _BLOCKED) else "available"
        if pot["amount"] > ZERO:
            yield Evidence("pot", pot["account_id"], role, pot["amount"], None, pot["name"])
    named = {pot["account_id"] for pot in told}
    for account in held.values():
        if account["id"] not in named and (account["reserved"] or ZERO) > ZERO:
            yield Evidence(
                "account", account["id"], "available", account["reserved"] or ZERO, None, account_title(account)
            )


def _likeness(position: Investment) -> tuple[object, ...]:
    """What two connections say alike of one position; of one that has neither code nor number, nobody knows."""
    codes = position["code"], position["number"], position["isin"]
    if not any(codes):
        return (position["id"],)
    return (position["issuer_cnpj"], *codes, position["purchased_on"], position["due_on"], position["quantity"])


def _amounts_by_connection(held: Mapping[int, Account], pots: Iterable[Evidence]) -> set[tuple[int, Decimal]]:
    """What is counted already with an account: a caixinha, and what a bank invests of a balance by itself, may be listed as
    a position of the same amount, too."""
    swept = {(account["connection_id"], account["automatically_invested"] or ZERO) for account in held.values()}
    return swept | {(held[pot.id]["connection_id"], pot.amount) for pot in pots}


def _is_among(position: Investment, known: set[tuple[int, Decimal]]) -> bool:
    amounts = (position["balance"], position["amount"] or position["balance"])
    return any((position["connection_id"], round_to_centavo(amount)) in known for amount in amounts)
