"""What the right answer to a question is, from the flags of the world's rows alone: none of the product's code, and nothing
of a question's text. ``data/questions/README.md`` says what each kind means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.question_world import TODAY, read_world

Row = Mapping[str, Any]
Answer = dict[str, Any]
#: A sum of more rows than these is told without them.
FEW = 12
EMPTY: Answer = {"figure": None, "rows": None, "count": None, "day": None}
_CENTAVO = Decimal("0.01")
_SAME = ("group", "category", "merchant", "person", "account", "operation_type")


def answer_of(kind: str, about: Mapping[str, Any], period: list[str] | None) -> Answer:
    """``figure``, ``rows``, ``count`` and ``day`` of an answer. ``period``: first and last day, None for all that is known.
    Raises KeyError for a kind that has no figure (``forecast``, ``unknown`` …): nothing of it is in the flags."""
    return {**EMPTY, **_KINDS[kind](about, period)}


def greater_month(about: Mapping[str, Any]) -> str:
    """Of the months that ``compare_months`` compares, the one in which more was spent, as its first day."""
    sums = {months[0]: _cost(_find(about, months, "spent", "refund")) for months in about["periods"]}
    return str(max(sums, key=lambda month: sums[month]))


# --- which rows -------------------------------------------------------------------------------------------------------


def _find(about: Mapping[str, Any], period: list[str] | None, *flows: str) -> list[Row]:
    """The rows of some flows that a question is about, the oldest first. A card's row counts on the day of its purchase."""
    found = [row for row in read_world()["rows"] if row["flow"] in flows and _fits(row, about)]
    if period is not None:
        first, last = map(date.fromisoformat, period)
        found = [row for row in found if first <= _day(row) <= last]
    return sorted(found, key=_day)


def _fits(row: Row, about: Mapping[str, Any]) -> bool:
    if any(name in about and row.get(name) != about[name] for name in _SAME):
        return False
    if row.get("category") not in about.get("categories", [row.get("category")]):
        return False
    if row["account"] not in about.get("accounts", [row["account"]]):
        return False
    size = abs(row["amount"])
    return bool(Decimal(about.get("above", "-1")) < size < Decimal(about.get("below", "1e9")))


def _day(row: Row) -> date:
    day: date = row.get("purchased_on", row["day"])
    return day


def _cost(rows: Iterable[Row]) -> Decimal:
    return -sum((row["amount"] for row in rows), Decimal("0.00"))


def _keys(rows: Iterable[Row]) -> list[str]:
    return [row["key"] for row in rows]


def _few(rows: list[Row]) -> list[str] | None:
    return _keys(rows) if len(rows) <= FEW else None


# --- each kind --------------------------------------------------------------------------------------------------------


def _spent(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    rows = _find(about, period, "spent", "refund")
    return {"figure": str(_cost(rows)), "rows": _few(rows)}


def _paid_to(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    rows = _find(about, period, "spent")
    return {"figure": str(_cost(rows)), "rows": _few(rows)}


def _income(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    rows = _find(about, period, "income")
    day = str(_day(rows[0])) if len(rows) == 1 else None
    return {"figure": str(-_cost(rows)), "rows": _few(rows), "day": day}


def _biggest(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    return _one(max(_find(about, period, "spent"), key=lambda row: -row["amount"]))


def _last(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    return _one(_find(about, period, about.get("flow", "spent"))[-1])


def _first(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    return _one(_find(about, period, about.get("flow", "spent"))[0])


def _one(row: Row) -> Answer:
    return {"figure": str(abs(row["amount"])), "rows": [row["key"]], "day": str(_day(row))}


def _count(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    rows = _find(about, period, about.get("flow", "spent"))
    return {"figure": str(abs(_cost(rows))), "rows": _few(rows), "count": len(rows)}


def _average(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    assert period is not None
    first, last = map(date.fromisoformat, period)
    if about["per"] == "month":
        flows = ("income",) if about.get("flow") == "income" else ("spent", "refund")
        rows = _find(about, period, *flows)
        count = (last.year - first.year) * 12 + last.month - first.month + 1
    else:
        rows = _find(about, period, "spent")
        count = len(rows)
    return {"figure": str((abs(_cost(rows)) / count).quantize(_CENTAVO, ROUND_HALF_UP)), "count": count}


def _list(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    flows = ("spent", "refund") if about["flow"] == "spent" else (about["flow"],)
    rows = _find(about, period, *flows)
    return {"figure": str(abs(_cost(rows))), "rows": _keys(rows), "count": len(rows)}


def _compare(about: Mapping[str, Any], _: list[str] | None) -> Answer:
    one, other = (_cost(_find(about, period, "spent", "refund")) for period in about["periods"])
    return {"figure": str(abs(one - other))}


def _top(name: str) -> Callable[[Mapping[str, Any], list[str] | None], Answer]:
    def top(about: Mapping[str, Any], period: list[str] | None) -> Answer:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in _find({}, period, "spent", "refund"):
            sums[row.get(name, "")] -= row["amount"]
        sums.pop("", None)  # Pix and fees name no shop
        first = max(sums, key=lambda each: sums[each])
        assert about["first"] == first, first
        return {"figure": str(sums[first])}

    return top


def _by_account(about: Mapping[str, Any], period: list[str] | None) -> Answer:
    rows = {key: _find({"account": key}, period, "spent", "refund") for key in about["figures"]}
    assert about["figures"] == {key: str(_cost(own)) for key, own in rows.items()}
    return {"figure": str(sum((_cost(own) for own in rows.values()), Decimal(0)))}


def _balance(about: Mapping[str, Any], _: list[str] | None) -> Answer:
    own = [one["balance"] for one in read_world()["accounts"] if one["key"] in about["accounts"]]
    return {"figure": str(sum(own, Decimal(0)))}


def _saved(about: Mapping[str, Any], _: list[str] | None) -> Answer:
    kept = {one["key"]: one.get("reserved", one["balance"]) for one in read_world()["accounts"]}
    return {"figure": str(sum((kept[key] for key in about["accounts"]), Decimal(0)))}


def _card(key: str) -> Mapping[str, Any]:
    return next(one for one in read_world()["accounts"] if one["key"] == key)


def _open_bill(about: Mapping[str, Any], _: list[str] | None) -> Answer:
    rows = [
        row
        for key in about["accounts"]
        for row in read_world()["rows"]
        if row["account"] == key and "bill_id" not in row and row["flow"] in {"spent", "refund"}
    ]
    day = str(_card(about["accounts"][0])["bill_due_on"]) if len(about["accounts"]) == 1 else None
    return {"figure": str(_cost(rows)), "rows": _few(rows), "day": day}


def _closed_bill(*, left: bool) -> Callable[[Mapping[str, Any], list[str] | None], Answer]:
    def closed(about: Mapping[str, Any], _: list[str] | None) -> Answer:
        own = [one for one in read_world()["bills"] if one["account"] == about["account"] and one["closes_on"] <= TODAY]
        bill = max(own, key=lambda one: one["due_on"])
        figure = bill["total"] - bill["paid"] if left else bill["total"]
        return {"figure": str(figure), "day": str(bill["due_on"])}

    return closed


def _limit(about: Mapping[str, Any], _: list[str] | None) -> Answer:
    return {"figure": str(_card(about["account"])["available_credit_limit"])}


def _instalments(about: Mapping[str, Any], _: list[str] | None) -> Answer:
    rows = [row for row in read_world()["rows"] if "installment_number" in row and _fits(row, about)]
    latest = max(rows, key=lambda row: row["installment_number"])
    left = latest["total_installments"] - latest["installment_number"]
    return {"figure": str(-latest["amount"] * left), "count": left}


_KINDS: Mapping[str, Callable[[Mapping[str, Any], list[str] | None], Answer]] = {
    "spent": _spent,
    "fees": _spent,
    "paid_to": _paid_to,
    "income": _income,
    "received_from": _income,
    "biggest_spending": _biggest,
    "last_time": _last,
    "first_time": _first,
    "count": _count,
    "average": _average,
    "list_rows": _list,
    "compare_months": _compare,
    "top_merchants": _top("merchant"),
    "top_categories": _top("group"),
    "by_account": _by_account,
    "balance": _balance,
    "saved": _saved,
    "card_open_bill": _open_bill,
    "card_bill_left": _closed_bill(left=True),
    "card_bill_closed": _closed_bill(left=False),
    "card_limit": _limit,
    "instalments_left": _instalments,
}
WITH_FIGURES = frozenset(_KINDS)
