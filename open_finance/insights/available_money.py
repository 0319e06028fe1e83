"""Which money is available, and which rows only move it or pay what counts elsewhere. Pure functions.

Available is what the checking accounts in BRL hold that their person has not hidden. A card counts when its bills are
paid from there: also a hidden one, for hiding a card does not keep its money; and not one that somebody else pays, or an
account that is none of these. Where nobody has seen a bill paid, a card that is not hidden counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from open_finance.alerts.bill_payments import POSTED_AFTER, POSTED_BEFORE, bank_paid_by, code_of, is_card_payment
from open_finance.clock import local_day
from open_finance.insights.card_report import CardReport
from open_finance.insights.flows import Flow
from open_finance.insights.outlook import Situation
from open_finance.insights.row_categories import RowCategory
from open_finance.money import BRL, ZERO
from open_finance.reading.balances import is_card, is_savings
from open_finance.records import Account, StatementRow

#: From Friday to a Tuesday after a holiday.
ARRIVES_WITHIN = timedelta(days=4)
#: Where nobody says that it is own money: the next day, or from Friday to Monday.
MAY_ARRIVE_WITHIN = timedelta(days=3)
#: Who pays a card's bills is asked of the last year.
A_YEAR = timedelta(days=366)

_MAY_BE_OWN = frozenset({Flow.OWN_TRANSFER, Flow.SPENDING, Flow.INCOME})

Pairs = Sequence[tuple[StatementRow, RowCategory]]


@dataclass(frozen=True, slots=True)
class AvailableMoney:
    """``checking``: the accounts that count, by id. ``cards``: those whose bills leave them, by the id of every account
    that is this card (two connections may bring one). ``inside``: ids of rows that only go from one such account to
    another. ``bill_payments``: ids of their rows that pay a bill of one of ``cards``."""

    checking: Mapping[int, Account]
    cards: Mapping[int, CardReport]
    inside: frozenset[int]
    bill_payments: frozenset[int]

    @property
    def each_card(self) -> list[CardReport]:
        """Each card once."""
        return list({report.card["id"]: report for report in self.cards.values()}.values())

    def seen_until(self, account_id: int) -> date:
        """The day on which an account was last read, through any connection that brings it: what it shows of later days is
        not there yet."""
        own = self.checking[account_id]
        others = () if own["apart"] else self.checking.values()
        twins = [one for one in others if one["identity"] == own["identity"] and not one["apart"]]
        return max(seen_until(one) for one in (own, *twins))


def available_money(situation: Situation, since: date = date.min) -> AvailableMoney:
    """What of a situation is available. ``since``: rows of earlier days are not looked at."""
    checking = {account["id"]: account for account in situation.accounts if is_available(account)}
    given = [
        (row, one) for row, one in zip(situation.rows, situation.decided, strict=True) if row["occurred_on"] >= since
    ]
    banks = [(row, one) for row, one in given if row["account_id"] in checking]
    cards = _cards(situation, given, checking)
    return AvailableMoney(
        checking=checking,
        cards=cards,
        inside=_inside(banks, checking),
        bill_payments=_bill_payments(banks, {report.card["id"]: report.card for report in cards.values()}),
    )


def is_available(account: Account) -> bool:
    """Whether its balance is money to spend, and counts."""
    is_cash = account["type"] == "BANK" and account["currency_code"] == BRL and not is_savings(account)
    return is_cash and not account["hidden"]


def seen_until(account: Account) -> date:
    """The day of the latest reading."""
    return local_day(account["balance_at"] or account["synced_at"])


# --- cards ---------------------------------------------------------------------------------------------------------------


def _cards(situation: Situation, given: Pairs, checking: Mapping[int, Account]) -> dict[int, CardReport]:
    reports = [report for report in situation.cards if report.card["currency_code"] == BRL]
    payers = _payers(situation, given)
    counted = {
        report.card["identity"]: report
        for report in reports
        if _is_paid_from(checking, payers.get(report.card["identity"], frozenset()), report.card)
    }
    found = {report.card["id"]: report for report in counted.values()}
    twins = [account for account in situation.accounts if is_card(account) and account["identity"] in counted]
    return {**{account["id"]: counted[account["identity"]] for account in twins if not account["apart"]}, **found}


def _is_paid_from(checking: Collection[int], payers: frozenset[int], card: Account) -> bool:
    if payers:
        return any(payer in checking for payer in payers)
    return not card["hidden"]


def _payers(situation: Situation, given: Pairs) -> dict[str, frozenset[int]]:
    """``{a card's identity: the accounts seen to pay its bills}``: the same amount within days, on both sides. Who was left
    pays no more: somebody else will."""
    banks = {account["id"] for account in situation.accounts if not is_card(account)}
    cards = {account["id"]: account["identity"] for account in situation.accounts if is_card(account)}
    first = situation.today - A_YEAR
    recent = [row for row, _ in given if row["occurred_on"] >= first]
    received = [row for row in recent if row["account_id"] in cards and row["amount"] > ZERO and is_card_payment(row)]
    paid: dict[Decimal, list[StatementRow]] = defaultdict(list)
    wanted = {-row["amount"] for row in received}
    for row in recent:
        if row["amount"] in wanted and row["account_id"] in banks:
            paid[row["amount"]].append(row)
    found: dict[str, set[int]] = defaultdict(set)
    for row in received:
        near = (out for out in paid.get(-row["amount"], ()) if _is_one(out["occurred_on"], row["occurred_on"]))
        found[cards[row["account_id"]]] |= {out["account_id"] for out in near}
    return {identity: frozenset(payers) for identity, payers in found.items()}


def _is_one(out_on: date, received_on: date) -> bool:
    return received_on - POSTED_AFTER <= out_on <= received_on + POSTED_BEFORE


def _bill_payments(banks: Pairs, cards: Mapping[int, Account]) -> frozenset[int]:
    """A payment of a bill that is of no bank of theirs is money spent: nobody else tells of what was bought."""
    codes = {code_of(card) for card in cards.values()}
    return frozenset(
        row["id"]
        for row, one in banks
        if one.flow is Flow.BILL_PAYMENT and cards and (bank_paid_by(row) or None) in {None, *codes}
    )


# --- between one's own accounts --------------------------------------------------------------------------------------------


def _inside(banks: Pairs, checking: Collection[int]) -> frozenset[int]:
    """Both sides of what went from one of these accounts to another. Nobody has to call it own money: whatever it was, as
    much as left one came to the other, and all of them together have what they had."""
    if len(checking) < 2:
        return frozenset()
    ins = {(row["amount"]) for row, one in banks if row["amount"] > ZERO and one.flow in _MAY_BE_OWN}
    sides: dict[Decimal, list[tuple[StatementRow, bool]]] = defaultdict(list)
    for row, one in banks:
        if abs(row["amount"]) in ins and one.flow in _MAY_BE_OWN:
            sides[abs(row["amount"])].append((row, one.flow is Flow.OWN_TRANSFER))
    found: set[int] = set()
    for of_amount in sides.values():
        found |= _paired(of_amount)
    return frozenset(found)


def _paired(sides: Sequence[tuple[StatementRow, bool]]) -> set[int]:
    """What is known as own money goes first, then the nearest days."""
    outs = [side for side in sides if side[0]["amount"] < ZERO]
    ins = [side for side in sides if side[0]["amount"] > ZERO]
    near = sorted(
        (-(own + its), abs(into["occurred_on"] - out["occurred_on"]), out["id"], into["id"])
        for out, own in outs
        for into, its in ins
        if out["account_id"] != into["account_id"]
        and abs(into["occurred_on"] - out["occurred_on"]) <= (ARRIVES_WITHIN if own or its else MAY_ARRIVE_WITHIN)
    )
    taken: set[int] = set()
    for *_, out_id, into_id in near:
        if not taken & {out_id, into_id}:
            taken |= {out_id, into_id}
    return taken
