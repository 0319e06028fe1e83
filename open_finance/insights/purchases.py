"""A person's rows as purchases: what is compared, sorted, under one key a shop. Pure functions."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from open_finance.clock import SAO_PAULO
from open_finance.insights.flows import Flow, flow_of
from open_finance.insights.merchants import merchant_key, name_key, normalise
from open_finance.money import BRL
from open_finance.records import Transaction

#: A bank's words with the day and the time: ``Compra com Cartão - 06/06 22:32 …``.
_TIME_IN_TEXT = re.compile(r"\b\d{2}/\d{2} ([01]\d|2[0-3]):([0-5]\d)\b")
#: A name cut short is still the same shop, if that much of it is left.
_CUT_LENGTH, _CUT_SHARE = 8, 0.6


class Purchase(NamedTuple):
    """Money spent. The first three fields order it. ``day``: ordinal; ``minute`` of the day in São Paulo, -1 where no time
    is known. ``log``: natural logarithm of the amount in the row's currency; ``price``: (currency, hundredths) as the
    shop charged it. ``foreign``: the currency, if it is not the account's own; ``currency``: what ``log`` and ``cents`` are
    in, as a rule BRL."""

    day: int
    minute: int
    id: int
    key: str
    category: str | None
    log: float
    cents: int
    price: tuple[str, int]
    account: int
    pending: bool
    foreign: str | None
    text: str
    currency: str


class Refund(NamedTuple):
    """Money that a shop gave back."""

    day: int
    key: str
    cents: int


def standing(row: Transaction) -> bool:
    """Whether a row counts: not removed, and not of later instalments of a purchase told before."""
    return row["removed_at"] is None and (row["installment_number"] or 1) <= 1


def read_rows(rows: Iterable[Transaction]) -> tuple[list[Purchase], list[Refund]]:
    """Purchases and refunds of standing rows, oldest first, under one key a shop; other flows are left out."""
    kept = [(row, flow) for row in rows if standing(row) and (flow := flow_of(row)) in {Flow.SPENDING, Flow.REFUND}]
    keys = shop_keys([row for row, _ in kept])
    purchases, refunds = [], []
    for (row, flow), key in zip(kept, keys, strict=True):
        if flow is Flow.SPENDING:
            purchases.append(_purchase(row, key))
        else:
            refunds.append(Refund(row["occurred_on"].toordinal(), key, _cents(row["amount"])))
    purchases.sort()
    return purchases, refunds


def _cents(amount: Decimal) -> int:
    return int(abs(amount).scaleb(2))


def _purchase(row: Transaction, key: str) -> Purchase:
    cents = _cents(row["amount"])
    foreign = row["foreign_currency"] if row["foreign_currency"] not in {None, BRL, row["currency_code"]} else None
    if foreign is None and row["currency_code"] != BRL and not row["foreign_currency"]:
        foreign = row["currency_code"]
    own = row["foreign_amount"] if foreign and row["foreign_amount"] else None
    return Purchase(
        day=row["occurred_on"].toordinal(),
        minute=minute_of(row),
        id=row["id"],
        key=key,
        category=row["user_category"] or row["category_id"] or (f"mcc {row['mcc']}" if row["mcc"] else None),
        log=math.log(cents or 1),
        cents=cents,
        price=(foreign or row["currency_code"], _cents(own) if own else cents),
        account=row["account_id"],
        pending=row["status"] == "PENDING",
        foreign=foreign,
        text=row["description"],
        currency=row["currency_code"],
    )


def minute_of(row: Transaction) -> int:
    """The minute of the São Paulo day, -1 where the bank sends none: midnight of either zone is a plain date."""
    told = row["occurred_at"]
    if isinstance(told, datetime) and told.tzinfo is not None:
        local = told.astimezone(SAO_PAULO)
        if not _is_midnight(told) and not _is_midnight(local):
            return local.hour * 60 + local.minute
    found = _TIME_IN_TEXT.search(row["description"])
    return int(found.group(1)) * 60 + int(found.group(2)) if found else -1


def _is_midnight(instant: datetime) -> bool:
    return not (instant.hour or instant.minute or instant.second)


# --- one key a shop ---------------------------------------------------------------------------------------------------


def shop_keys(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A key for each row. A row that names a shop by CNPJ lends it to those that only describe it the same way; a name that
    was cut, or written without its spaces, is the longer one's."""
    told = [(merchant_key(row), name_key(row), normalise(row["description"])) for row in rows]
    lent: dict[str, set[str]] = defaultdict(set)
    for best, name, text in told:
        for weaker in {name, text} - {best}:
            lent[weaker].add(best)
    aliases = {weaker: next(iter(best)) for weaker, best in lent.items() if len(best) == 1}
    keys = [_follow(aliases, best) for best, _, _ in told]
    whole = _join_cut_names({key for key in keys if not key.startswith("cnpj ")} | {n for n in aliases if " " in n})
    return [_follow(aliases, whole.get(key, key)) for key in keys]


def _follow(aliases: Mapping[str, str], key: str) -> str:
    seen = {key}
    while (best := aliases.get(key)) is not None and best not in seen:
        seen.add(best)
        key = best
    return key


def _join_cut_names(names: set[str]) -> dict[str, str]:
    """Name → the shortest name that it begins with, spaces aside."""
    by_letters = sorted((name.replace(" ", ""), name) for name in names)
    joined: dict[str, str] = {}
    kept, kept_name = "", ""
    for letters, name in by_letters:
        is_longer = kept and letters.startswith(kept) and len(kept) >= max(_CUT_LENGTH, _CUT_SHARE * len(letters))
        if is_longer and (" " in kept_name or letters == kept):
            joined[name] = kept_name
        else:
            kept, kept_name = letters, name
    return joined
