"""*Sempre*: which merchant a row is of, which rules speak of it, and what a new rule would change. Pure.

A rule is looked up when rows are read (``row_categories``); nothing here, and nothing that makes a rule, writes a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from open_finance.folding import fold
from open_finance.insights.labels import canonical
from open_finance.insights.merchants import merchant_key, name_key
from open_finance.insights.row_categories import PersonalWords, decide, is_known
from open_finance.personal_records import CategoryRule

KEY_LIMIT: Final = 200
TITLE_LIMIT: Final = 60
_BY_CNPJ: Final = "cnpj "


class Merchant(NamedTuple):
    """Of whom a row is, and whether it brings money. ``title``: what the merchant is called for people."""

    merchant_key: str
    name_key: str
    money_in: bool
    title: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule for all days would change beside the row that it was made from: rows of the same merchant and direction
    that the person has not decided one by one. ``sums``: of their absolute amounts, by currency. ``since``: the day of
    the oldest; None where there are none. ``ids``: ours, the newest day first."""

    ids: tuple[int, ...] = ()
    sums: tuple[tuple[str, Decimal], ...] = ()
    since: date | None = None

    @property
    def count(self) -> int:
        return len(self.ids)


def merchant_of(row: Mapping[str, Any]) -> Merchant | None:
    """The merchant of a row; None for a row without any text, of which no rule can speak."""
    key, name = merchant_key(row)[:KEY_LIMIT], name_key(row)[:KEY_LIMIT]
    return Merchant(key, name, row["amount"] > 0, title_of_merchant(row, name)) if key and name else None


def title_of_merchant(row: Mapping[str, Any], name: str) -> str:
    """``iFood``: the name that a bank gives, as it is written; where it only describes the row, what of the text is a
    name, in capitals as names are."""
    given = row.get("merchant_name") or row.get("counterparty")
    if given:
        return " ".join(given.split())[:TITLE_LIMIT].strip()
    text = " ".join(row["description"].split())
    begins = fold(text).find(name) if len(fold(text)) == len(text) else -1
    written = text[begins : begins + len(name)] if begins >= 0 else name
    is_one_case = written in {written.upper(), written.lower()}
    return (written.title() if is_one_case else written)[:TITLE_LIMIT].strip()


def speaks_of(rule: CategoryRule, merchant: Merchant) -> bool:
    """Whether a new rule for the merchant takes this one's place. Two companies of one name are two."""
    if rule["money_in"] != merchant.money_in:
        return False
    if rule["merchant_key"] in {merchant.merchant_key, merchant.name_key}:
        return True
    both_known = rule["merchant_key"].startswith(_BY_CNPJ) and merchant.merchant_key.startswith(_BY_CNPJ)
    return rule["name_key"] in {merchant.merchant_key, merchant.name_key} and not both_known


def build_rule(merchant: Merchant, category: str, applies_from: date | None, now: datetime) -> CategoryRule:
    """The rule as it would be stored, without an id yet (0)."""
    return CategoryRule(
        id=0,
        merchant_key=merchant.merchant_key,
        name_key=merchant.name_key,
        money_in=merchant.money_in,
        title=merchant.title,
        category=category,
        applies_from=applies_from,
        created_at=now,
        updated_at=now,
    )


def with_rule(words: PersonalWords, rule: CategoryRule, merchant: Merchant) -> PersonalWords:
    """The person's words as they are once the rule stands in the place of those that it replaces."""
    return replace(words, rules=(*(one for one in words.rules if not speaks_of(one, merchant)), rule))


def preview(
    row_id: int,
    rows: Sequence[Mapping[str, Any]],
    account_types: Mapping[int, str],
    words: PersonalWords,
    rule: CategoryRule,
) -> Preview:
    """What the rule would change of these rows (all that count of the person), but for the one it is made from."""
    merchant = Merchant(rule["merchant_key"], rule["name_key"], rule["money_in"], rule["title"])
    own = [row for row in rows if row["id"] != row_id and is_of_merchant(row, merchant)]
    before = decide(own, account_types, words)
    after = decide(own, account_types, with_rule(words, rule, merchant))
    pairs = zip(own, before, after, strict=True)
    changed = [row for row, old, new in pairs if canonical(old.category) != canonical(new.category)]
    changed.sort(key=lambda row: (row["occurred_on"], row["id"]), reverse=True)
    return Preview(
        ids=tuple(row["id"] for row in changed),
        sums=_sums(changed),
        since=changed[-1]["occurred_on"] if changed else None,
    )


def is_of_merchant(row: Mapping[str, Any], merchant: Merchant) -> bool:
    """Whether a rule for the merchant would be looked at for this row: either key, the same direction."""
    if (row["amount"] > 0) != merchant.money_in:
        return False
    keys = {merchant.merchant_key, merchant.name_key}
    return merchant_key(row)[:KEY_LIMIT] in keys or name_key(row)[:KEY_LIMIT] in keys


def habits(rows: Iterable[Mapping[str, Any]], merchant: Merchant, words: PersonalWords) -> list[str]:
    """The categories that the person chose for this merchant, the most frequent first, their rule's before all."""
    ruled = [rule["category"] for rule in words.rules if speaks_of(rule, merchant)]
    chosen = Counter(row["user_category"] for row in rows if row.get("user_category") and is_of_merchant(row, merchant))
    found = dict.fromkeys([*ruled, *(category for category, _ in chosen.most_common())])
    return [category for category in found if is_known(category, words.names)]


def _sums(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, Decimal], ...]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        currency = row["currency_code"]
        sums[currency] = sums.get(currency, Decimal(0)) + abs(row["amount"])
    return tuple(sorted(sums.items(), key=lambda one: (one[0] != "BRL", one[0])))
