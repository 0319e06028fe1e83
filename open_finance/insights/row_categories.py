"""What a stored row is for its person: its category, and what it counts as. Pure.

A category is Pluggy's id, ``own:12`` (a category of the person's own, by our id) or ``not_spending`` (*Não é gasto*). It is
decided in this order: what the person chose for the row; their rule for the merchant; what moves only their own money (own
transfers, card bills, investments) or is a bank's fee; merchant codes and the model, where they are sure; the advice of an
outside service; Pluggy's category; ``99999999``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any, Final

from open_finance.insights.categories import Categorization, Description, Reason, categorize_many
from open_finance.insights.flows import Flow, flow_of
from open_finance.insights.merchants import merchant_key, name_key, normalise
from open_finance.insights.taxonomy import (
    FEES,
    INCOME,
    INVESTMENTS,
    OTHERS,
    TAXES,
    TRANSFERS,
    UNKNOWN,
    group_of,
    is_category,
)
from open_finance.personal_records import CategoryRule, PersonalCategory
from open_finance.reading.category_names import category_name

NOT_SPENDING: Final = "not_spending"
NOT_SPENDING_NAME: Final = "Não é gasto"
_OWN: Final = "own:"
_OWN_TRANSFER, _BILL_PAYMENT, _INVESTMENT, _FEE = "04000000", "05100000", "03000000", "16000000"
_YIELD: Final = "03060000"


@dataclass(frozen=True, slots=True)
class PersonalWords:
    """What a person, and an outside service for them, said of categories. ``names``: of their own, by category
    (``own:12`` → ``Futebol``). ``advice``: category ids by ``advice_key``."""

    rules: Sequence[CategoryRule] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    advice: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowCategory:
    """``group``: one of the seventeen, or the name of a category of the person's own. ``flow``: what the row counts as."""

    category: str
    group: str
    flow: Flow
    reason: Reason
    confidence: float = 1.0
    rule: CategoryRule | None = None

    @property
    def is_sure(self) -> bool:
        """Whether anything but a guess speaks for the category."""
        return self.reason != "unsure"


NOTHING_SAID: Final = PersonalWords()


def own_category(number: int) -> str:
    """The category of a personal category's id."""
    return f"{_OWN}{number}"


def own_number(category: str) -> int | None:
    """The id of a personal category; None for any other category."""
    number = category.removeprefix(_OWN)
    return int(number) if number != category and number.isdecimal() else None


def names_of(categories: Iterable[PersonalCategory]) -> dict[str, str]:
    """``PersonalWords.names`` of stored categories."""
    return {own_category(one["id"]): one["name"] for one in categories}


def title_of(category: str, names: Mapping[str, str]) -> str:
    """A category's name for people: ``Restaurantes``, ``Futebol``, ``Não é gasto``."""
    if category == NOT_SPENDING:
        return NOT_SPENDING_NAME
    return names.get(category) or category_name(category) or OTHERS


def group_of_category(category: str, names: Mapping[str, str]) -> str:
    """A category's group; one of the person's own is its own."""
    return names.get(category) or group_of(category)


def is_known(category: str, names: Mapping[str, str]) -> bool:
    """Whether a row can have this category: what a person took back is gone."""
    return category == NOT_SPENDING or category in names or is_category(category)


def decide(
    rows: Sequence[Mapping[str, Any]], account_types: Mapping[int, str], words: PersonalWords = NOTHING_SAID
) -> list[RowCategory]:
    """What each row (``StatementRow`` or ``Transaction``) is. ``account_types``: Pluggy's ``BANK`` or ``CREDIT`` by our
    account id."""
    rules = _Rules(words)
    types = [account_types.get(row["account_id"]) for row in rows]
    told = [rules.told(row, kind) for row, kind in zip(rows, types, strict=True)]
    open_rows = [index for index, one in enumerate(told) if one is None]
    described = {index: describe(rows[index], types[index]) for index in open_rows}
    wanted = list(dict.fromkeys(described.values()))
    found = dict(zip(wanted, categorize_many(wanted), strict=True))
    return [
        one or _decided(row, flow_of(row, account_type=kind), found[described[index]], words)
        for index, (row, kind, one) in enumerate(zip(rows, types, told, strict=True))
    ]


def describe(row: Mapping[str, Any], account_type: str | None) -> Description:
    """What of a row says its category. Of the amount only the sign."""
    return Description(
        row["description"],
        merchant_name=row.get("merchant_name") or row.get("counterparty"),
        cnae=row.get("merchant_cnae"),
        mcc=row.get("mcc"),
        amount=None if not row["amount"] else row["amount"] / abs(row["amount"]),
        account_type=account_type,
    )


def advice_key(row: Mapping[str, Any]) -> str:
    """The text of a row under which advice is kept: what remains of its description without numbers and noise."""
    return normalise(row["description"])[:200]


def _decided(row: Mapping[str, Any], flow: Flow, found: Categorization, words: PersonalWords) -> RowCategory:
    stored = row.get("category_id") or ""
    pluggys = stored if is_category(stored) and stored != UNKNOWN else ""
    if flow is Flow.OWN_TRANSFER:
        return RowCategory(pluggys if pluggys.startswith("04") else _OWN_TRANSFER, TRANSFERS, flow, "flow")
    if flow is Flow.BILL_PAYMENT:
        return RowCategory(_BILL_PAYMENT, TRANSFERS, flow, "flow")
    if flow is Flow.INVESTMENT:
        return RowCategory(pluggys if pluggys.startswith("03") else _INVESTMENT, INVESTMENTS, flow, "flow")
    if flow is Flow.FEE:
        return _fee(pluggys, found)
    if found.is_sure and found.category_id != UNKNOWN:  # to be sure that a text says nothing is no word on the row
        return RowCategory(found.category_id, found.group, flow, found.reason, found.confidence)
    advised = words.advice.get(advice_key(row)) if words.advice else None
    if advised and is_category(advised):
        return RowCategory(advised, group_of(advised), flow, "advice")
    if pluggys:
        return RowCategory(pluggys, group_of(pluggys), flow, "pluggy")
    return RowCategory(UNKNOWN, OTHERS, flow, "unsure", found.confidence)


def _fee(pluggys: str, found: Categorization) -> RowCategory:
    """A fee is one whatever the bank calls it; which one, Pluggy or the model may know."""
    for category, reason in ((found.category_id, found.reason), (pluggys, "pluggy")):
        if category and group_of(category) in {FEES, TAXES}:
            return RowCategory(category, group_of(category), Flow.FEE, reason if reason != "unsure" else "flow")
    return RowCategory(_FEE, FEES, Flow.FEE, "flow")


class _Rules:
    """A person's own word, looked up by row."""

    def __init__(self, words: PersonalWords) -> None:
        self._names = words.names
        self._by_key: dict[tuple[str, bool], CategoryRule] = {}
        for rule in sorted(words.rules, key=lambda one: (one["updated_at"], one["id"])):  # the latest word counts
            self._by_key |= {(rule[key], rule["money_in"]): rule for key in ("name_key", "merchant_key")}

    def told(self, row: Mapping[str, Any], account_type: str | None) -> RowCategory | None:
        chosen = row.get("user_category")
        if chosen and is_known(chosen, self._names):
            return self._chosen(row, chosen, "manual")
        rule = self._rule(row, account_type) if self._by_key else None
        return None if rule is None else self._chosen(row, rule["category"], "rule", rule)

    def _rule(self, row: Mapping[str, Any], account_type: str | None) -> CategoryRule | None:
        """A refund is, where nothing is said of it, what the merchant's purchases are."""
        ways = [row["amount"] > 0]
        if ways == [True] and flow_of(row, account_type=account_type) is Flow.REFUND:
            ways.append(False)
        for key, way in product(dict.fromkeys((merchant_key(row), name_key(row))), ways):
            rule = self._by_key.get((key, way))
            if rule and is_known(rule["category"], self._names) and applies(rule, row["occurred_on"]):
                return rule
        return None

    def _chosen(
        self, row: Mapping[str, Any], category: str, reason: Reason, rule: CategoryRule | None = None
    ) -> RowCategory:
        group = group_of_category(category, self._names)
        return RowCategory(category, group, flow_of_choice(category, group, row), reason, rule=rule)


def applies(rule: CategoryRule, day: date) -> bool:
    """Whether a rule holds on that day."""
    return rule["applies_from"] is None or day >= rule["applies_from"]


def flow_of_choice(category: str, group: str, row: Mapping[str, Any]) -> Flow:
    """What a row counts as whose category a person chose: their word outweighs documents and banks."""
    if category == NOT_SPENDING:
        return Flow.OTHER
    if category.startswith("04"):
        return Flow.OWN_TRANSFER
    if category == _BILL_PAYMENT:
        return Flow.BILL_PAYMENT
    if group == INVESTMENTS and category != _YIELD:
        return Flow.INVESTMENT
    if row["amount"] > 0:
        return Flow.INCOME if group in {INCOME, TRANSFERS, INVESTMENTS} else Flow.REFUND
    return Flow.FEE if group == FEES or category == "15030000" else Flow.SPENDING
