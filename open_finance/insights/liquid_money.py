"""What is at hand within a month, for sure: the reserve. Pure functions.

Only what surely can be had counts: balances, savings, caixinhas, Tesouro Selic, and fixed income that is due within thirty
days or whose grace period is over. What may be had sooner or later, or at a price that nobody knows, is named and not
counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from open_finance.folding import fold
from open_finance.insights.credit import Evidence
from open_finance.insights.credit_inputs import CreditInputs, account_title
from open_finance.insights.portfolio_twins import twin_pots
from open_finance.investment_records import Investment, Pot
from open_finance.money import ZERO, round_to_centavo
from open_finance.records import Account

#: What is due within it is at hand.
WITHIN: Final = timedelta(days=30)
#: A bank reserves what a court has blocked in the same list as caixinhas (reference 5.2).
_BLOCKED: Final = ("judicial", "bloque", "penhor", "garantia")


def liquid_money(inputs: CreditInputs) -> list[Evidence]:
    """What is at hand under ``available``, what is not surely so under ``not_counted``; each with what it is worth. A
    position that is a caixinha, or what a bank invests of a balance by itself, is counted with its account."""
    held = {account["id"]: account for account in (*inputs.checking, *inputs.savings)}
    brought_by = {account["id"]: {account["connection_id"]} for account in held.values()} | dict(inputs.brought_by)
    swept = {(account["connection_id"], account["automatically_invested"]) for account in held.values()}
    pots = [pot for pot in inputs.pots if pot["account_id"] in held]
    same = twin_pots(inputs.positions, pots, brought_by)
    positions = (
        _position(each, inputs.today)
        for each in inputs.positions
        if each["balance"] > ZERO
        and each["id"] not in same
        and (each["connection_id"], round_to_centavo(each["balance"])) not in swept
    )
    return [*_balances(held.values()), *_pots(pots, held), *positions]


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


def _pots(pots: Sequence[Pot], held: Mapping[int, Account]) -> Iterator[Evidence]:
    """Caixinhas one by one; of an account of which only their sum is known, that, as its own."""
    for pot in pots:
        role = "not_counted" if any(word in fold(pot["name"]) for word in _BLOCKED) else "available"
        if pot["amount"] > ZERO:
            yield Evidence("pot", pot["account_id"], role, pot["amount"], None, pot["name"])
    named = {pot["account_id"] for pot in pots}
    for account in held.values():
        if account["id"] not in named and (account["reserved"] or ZERO) > ZERO:
            yield Evidence(
                "account", account["id"], "available", account["reserved"] or ZERO, None, account_title(account)
            )
