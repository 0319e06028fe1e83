"""What SQL cannot decide about an account's rows: which stored row a new id continues, and whether the missing are gone.

Banks move rows: a pending row settles under the same or a new id, postings are restated, rows vanish. Pure functions over
what was listed and what is stored. Sources: ``reference`` 6.6, 3.4; the convergence experiment of ``measured`` 2.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, TypeVar

from open_finance.clock import local_day
from open_finance.folding import fold
from open_finance.records import AccountData, FormerAccount, ItemData, StoredTransaction, TransactionData, Width

Row = StoredTransaction | TransactionData
NamedAccount = AccountData | FormerAccount
R = TypeVar("R", StoredTransaction, TransactionData)

NARROW_DAYS = 10  # Pluggy itself re-reads the last 4 to 7 days at each collection
WIDE_DAYS = 365  # what Pluggy keeps
#: The days at the old end of a listing are not judged: Pluggy's days may be UTC's, and the oldest fall off its year.
MARGIN_DAYS = 2
CURSOR_OVERLAP = timedelta(days=1)
LAG = timedelta(days=1)

SIMILAR = 0.6
MOVED_DAYS = 4  # a weekend with a holiday, between a purchase and its posting
MOVED = timedelta(days=MOVED_DAYS)


@dataclass(frozen=True, slots=True)
class Window:
    """``listed_from``: the first day asked for. ``judged_from``: the first day whose missing rows mean something."""

    listed_from: date
    judged_from: date


@dataclass(frozen=True, slots=True)
class Verdict:
    """``remove``: what was not listed is gone. ``suspect_state``: what to remember of an implausible listing."""

    remove: bool
    suspect_state: str | None


# --- what to list ----------------------------------------------------------------------------------------------------


def window(today: date, width: Width, late: date | None = None) -> Window:
    """The days a pass lists. ``late``: the oldest day among rows that Pluggy took in lately.

    Late rows stretch a narrow window back to their day, and to the days from which they may have moved: whatever they
    replace is then seen to be missing, in the same pass.
    """
    year = today - timedelta(days=WIDE_DAYS)
    start = year if width == "wide" else today - timedelta(days=NARROW_DAYS)
    if late is not None:
        start = max(year, min(start, late - MOVED - timedelta(days=MARGIN_DAYS)))
    return Window(listed_from=start, judged_from=start + timedelta(days=MARGIN_DAYS))


def item_state(item: ItemData) -> str:
    """The collection that an item stands for: a pass over the same state would read the same."""
    products = sorted(
        f"{name}:{status['is_updated']:d}:{_iso(status['last_updated_at'])}:{','.join(status['warnings'])}"
        for name, status in item["products"].items()
    )
    return "|".join((_iso(item["last_updated_at"]), item["execution_status"], *products))


def collected_at(state: str | None) -> str:
    """The ``lastUpdatedAt`` part of an item state; empty where there is none."""
    return (state or "").partition("|")[0]


def balance_day(item: ItemData, account_type: str, today: date) -> date | None:
    """The São Paulo day of which an account's balance is: see ``product_day``."""
    return product_day(item, "creditCards" if account_type == "CREDIT" else "accounts", today)


def product_day(item: ItemData, name: str, today: date) -> date | None:
    """The São Paulo day of which a product's figures are, by the collection that brought them: of a product that could not
    be collected it is the day of the last time that it was. None where nobody says."""
    product = item["products"].get(name)
    at = item["last_updated_at"] if product is None or product["is_updated"] else None
    if product is not None and product["last_updated_at"] is not None:
        at = product["last_updated_at"]
    return None if at is None else min(local_day(at), today)


def is_unchanged(item: ItemData, synced_state: str | None, synced_width: str | None, width: Width) -> bool:
    """Whether a complete pass at least as wide has read this very state."""
    return synced_state == item_state(item) and (synced_width == "wide" or width == "narrow")


# --- whether the missing are gone ------------------------------------------------------------------------------------


def is_trusted(item: ItemData, products: Iterable[str], now: datetime) -> bool:
    """Whether an item is in such health that what it does not list does not exist.

    ``products``: those the listing depends on, in ``statusDetail``'s spelling. A failing item still serves its old data,
    and an outdated product or an ended consent may serve nothing at all: none of that is a removal.
    """
    if item["status"] != "UPDATED" or item["error_code"] is not None or item["last_updated_at"] is None:
        return False
    if item["consent_expires_at"] is not None and item["consent_expires_at"] <= now:
        return False
    if item["execution_status"] != "SUCCESS" and not item["products"]:
        return False  # something failed and nobody says what
    return all(item["products"][name]["is_updated"] for name in products if name in item["products"])


def judge(*, trusted: bool, width: Width, listed: int, known: int, state: str, suspect_state: str | None) -> Verdict:
    """Whether rows that were not listed may be removed, from a listing all of whose pages were read.

    ``listed``, ``known``: how many rows of the judged days were listed, and how many stand in our books. Less than half of
    what is known is implausible: it is believed only when two wide passes over different collections (``state``) of a
    trusted item agree.
    """
    if not trusted:
        return Verdict(remove=False, suspect_state=suspect_state)
    if known == 0 or listed * 2 >= known:
        return Verdict(remove=True, suspect_state=suspect_state if width == "narrow" else None)
    if width == "narrow":
        return Verdict(remove=False, suspect_state=suspect_state)
    if suspect_state is not None and suspect_state != state:
        return Verdict(remove=True, suspect_state=None)
    return Verdict(remove=False, suspect_state=state)


# --- which stored row a new id continues -----------------------------------------------------------------------------


def match_keys(rows: Iterable[Row]) -> set[tuple[Any, ...]]:
    """What another row must share with one of these to be compared with it at all."""
    return {key for row in rows for key in _keys(row)}


def sharing(rows: Iterable[R], keys: set[tuple[Any, ...]]) -> Iterator[R]:
    """Those of the rows that have one of the keys: a sieve before ``match``, which needs its rows in memory."""
    return (row for row in rows if not keys.isdisjoint(_keys(row)))


def match(new: Iterable[Row], missing: Sequence[StoredTransaction], *, trusted: bool) -> dict[int, str]:
    """Our id → the new Pluggy id under which that row goes on. Each row and each id is used once.

    ``new``: listed, not stored. ``missing``: stored, not listed, tombstones included. In order of strength: the same
    instalment (purchase day, number, total, amount, type); the same day, amount and type with another status and a similar
    description (a pending row that settled); and, when the listing is ``trusted``, the same day, amount, type, status and
    description (a row restated under a new id).

    A ``carried`` row comes from another connection to the same account: its id is never listed again, and everything
    else about it may be worded anew. So the same day (or that of the purchase, by which another door may date a card's row),
    amount and type are enough, the likest description first, and then the same amount and type a day before or after under
    a similar description. What is further apart is ``match_moved``'s.

    Standing rows go before tombstones. The order in which rows come does not matter. Two rows that are both listed, or
    both not, are never made one, however equal they are.
    """
    by_key: dict[Any, list[Row]] = defaultdict(list)
    for candidate in new:
        for key in _keys(candidate):
            by_key[key].append(candidate)
    pairs = [
        (_is_tombstone(stored), _is_tombstone(candidate), rank, -alike, stored["id"], candidate["pluggy_id"])
        for stored in missing
        for key in _keys(stored)
        for candidate in by_key.get(key, ())
        for alike in (likeness(stored["description"], candidate["description"]),)
        if (rank := _rank(key, stored, candidate, alike, trusted=trusted)) is not None
    ]
    return _pick(pairs)


def moved_keys(rows: Iterable[Row]) -> set[tuple[Any, ...]]:
    """As ``match_keys``, for ``match_moved``: the row's day, amount and type, and the days around it."""
    near = [timedelta(days=distance) for distance in range(-MOVED_DAYS, MOVED_DAYS + 1)]
    return {(row["occurred_on"] + distance, row["amount"], row["type"]) for row in rows for distance in near}


def near_one_of(row: Row, keys: set[tuple[Any, ...]]) -> bool:
    """Whether ``match_moved`` may pair it with one of the rows that the keys are of."""
    return (row["occurred_on"], row["amount"], row["type"]) in keys


def match_moved(
    new: Iterable[Row], left: Sequence[StoredTransaction], days: Mapping[date, tuple[int, int]]
) -> dict[int, str]:
    """As ``match``, for standing carried rows that it has ``left`` over: those that the new door lists as well, a few days
    apart. One door dates a row by its purchase, another by its posting, after a weekend and a holiday.

    The nearest with a similar description counts, where the new listing reaches (``days`` as ``reach`` takes them, without
    what is found here): of a day that it does not list, the row is another one. A pair that is wrong costs no money
    there: the row that was meant is listed too, as a new one.
    """
    pairs = _pick(list(_nearby(new, left)))
    from_day = reach(with_found(days, (row["occurred_on"] for row in left if row["id"] in pairs)))
    reached = {row["id"] for row in left if is_reached(row["occurred_on"], from_day)}
    return {row_id: pluggy_id for row_id, pluggy_id in pairs.items() if row_id in reached}


def _nearby(new: Iterable[Row], left: Iterable[StoredTransaction]) -> Iterator[tuple[bool, bool, int, float, int, str]]:
    by_key: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for candidate in new:
        by_key[candidate["occurred_on"], candidate["amount"], candidate["type"]].append(candidate)
    for stored in left:
        for distance in range(-MOVED_DAYS, MOVED_DAYS + 1):
            day = stored["occurred_on"] + timedelta(days=distance)
            for candidate in by_key.get((day, stored["amount"], stored["type"]), ()):
                alike = likeness(stored["description"], candidate["description"])
                if alike >= SIMILAR and is_same_instalment(stored, candidate):
                    yield False, False, abs(distance), -alike, stored["id"], candidate["pluggy_id"]


def _days(row: Row) -> set[date]:
    """The row's day and, where it is no later instalment, that of the purchase."""
    first = row["installment_number"] in (None, 1)
    bought = row["purchased_on"]
    return {row["occurred_on"], bought} if first and bought is not None else {row["occurred_on"]}


def _pick(pairs: list[tuple[bool, bool, int, float, int, str]]) -> dict[int, str]:
    """The best pair first, each side once."""
    matches: dict[int, str] = {}
    taken: set[str] = set()
    for *_, row_id, pluggy_id in sorted(pairs):
        if row_id not in matches and pluggy_id not in taken:
            matches[row_id] = pluggy_id
            taken.add(pluggy_id)
    return matches


def _keys(row: Row) -> Iterator[tuple[Any, ...]]:
    """What two rows must share to be compared at all."""
    if row["installment_number"] is not None and row["total_installments"] and row["purchased_on"] is not None:
        yield (
            "instalment",
            row["purchased_on"],
            row["installment_number"],
            row["total_installments"],
            row["amount"],
            row["type"],
        )
    what, days = (row["amount"], row["type"]), _days(row)
    if row.get("carried"):
        yield from (("day", row["occurred_on"] + timedelta(days=distance), *what) for distance in (-1, 0, 1))
        yield from (("bought", day, *what) for day in days)
    else:
        yield ("day", row["occurred_on"], *what)
        yield from (("bought", day, *what) for day in days if day != row["occurred_on"])


def _rank(
    key: tuple[Any, ...], stored: StoredTransaction, candidate: Row, alike: float, *, trusted: bool
) -> int | None:
    """How strong the evidence is, 0 the strongest; None when it is not enough."""
    if key[0] == "instalment":
        return 0
    if not is_same_instalment(stored, candidate):
        return None
    if stored["carried"]:
        return _rank_of_carried(stored, candidate, alike)
    if key[0] == "bought":
        return None
    if stored["status"] != candidate["status"]:
        return 1 if alike >= SIMILAR else None
    return 2 if trusted and alike == 1 else None


def _rank_of_carried(stored: StoredTransaction, candidate: Row, alike: float) -> int | None:
    if _days(stored).isdisjoint(_days(candidate)):
        return 5 if alike >= SIMILAR else None
    # Both say which instalment they are, or neither does: else one of two could be left without its own partner.
    return 3 if stored["installment_number"] == candidate["installment_number"] else 4


def _is_tombstone(row: Row) -> bool:
    return row.get("removed_at") is not None


def is_same_instalment(stored: StoredTransaction, candidate: Row) -> bool:
    """The second and the third instalment of a purchase may fall on one day: they are not each other."""
    numbers = stored["installment_number"], candidate["installment_number"]
    return None in numbers or numbers[0] == numbers[1]


def likeness(one: str, other: str) -> float:
    """How like two descriptions are, 0 to 1. One that contains the other is like it: banks shorten and lengthen them."""
    if one == other:
        return 1.0
    first, second = fold(one), fold(other)
    if first == second:
        return 1.0
    if first and second and (first in second or second in first):
        return 0.9
    return SequenceMatcher(None, first, second, autojunk=False).ratio() * 0.99


def _iso(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""


# --- accounts that come back under another id ------------------------------------------------------------------------


def pair_accounts(
    listed: Iterable[NamedAccount], former: Iterable[FormerAccount], *, by_name: bool = False
) -> dict[int, str]:
    """Our id of a former account → Pluggy's id of the listed one that goes on in its place.

    They have one identity. Of the accounts that a connection had, each goes on in another: banks number the variants of a
    savings account alike, and what tells those apart is their name, or that there is one left on either side, since another
    door may call it otherwise (not where they are told apart ``by_name`` only). When neither does, they stay what they are.
    """
    now: dict[str, list[NamedAccount]] = defaultdict(list)
    for account in listed:
        now[account["identity"]].append(account)
    before: dict[tuple[int, str], list[FormerAccount]] = defaultdict(list)
    for one in former:
        before[one["connection_id"], one["identity"]].append(one)
    pairs: dict[int, str] = {}
    for (_, identity), alike in before.items():
        pairs |= _pair_alike(now[identity], alike, by_name=by_name)
    return pairs


def _pair_alike(listed: Sequence[NamedAccount], former: Sequence[FormerAccount], *, by_name: bool) -> dict[int, str]:
    """By a name that one on either side has; and the last one left on either side."""
    now, before = Counter(map(_account_name, listed)), Counter(map(_account_name, former))
    told = {name for name in now.keys() & before.keys() if now[name] == before[name] == 1}
    named = {_account_name(account): account["pluggy_id"] for account in listed}
    pairs = {one["id"]: named[_account_name(one)] for one in former if _account_name(one) in told}
    rest = [account for account in listed if _account_name(account) not in told]
    left = [one for one in former if _account_name(one) not in told]
    if len(rest) == len(left) == 1 and not by_name:
        pairs[left[0]["id"]] = rest[0]["pluggy_id"]
    return pairs


def reach(days: Mapping[date, tuple[int, int]]) -> date | None:
    """The day from which a bank's listing holds the rows that a join brought; None when it holds none of them.

    ``days``: how many of that day's rows the bank has listed, and how many it has not. The day is the one from which on the
    listed outnumber the others by most: a bank that lists ninety days says nothing of the year before, whatever single old
    row it lists, and a few rows that vanished while nobody looked do not shorten it.
    """
    best, lead, found = 0, 0, None
    for day in sorted(days, reverse=True):
        listed, others = days[day]
        lead += listed - others
        if lead > best:
            best, found = lead, day
    return found


def with_found(days: Mapping[date, tuple[int, int]], found: Iterable[date]) -> dict[date, tuple[int, int]]:
    """``days`` as ``reach`` takes them, once rows of the days ``found`` are known to be listed too."""
    counted = dict(days)
    for day in found:
        listed, others = counted.get(day, (0, 1))
        counted[day] = listed + 1, max(others - 1, 0)
    return counted


def is_covered(occurred_on: date, seen_at: datetime, history_from: date | None, collected: datetime | None) -> bool:
    """Whether a carried row would be among the account's own rows if it still existed: the bank lists its days
    (``history_from`` as ``reach`` says), and it was known well before that listing was collected, since one door shows a
    purchase some hours later than another."""
    return collected is not None and is_reached(occurred_on, history_from) and seen_at + LAG <= collected


def is_reached(occurred_on: date, history_from: date | None) -> bool:
    """Whether the bank lists that day of what joins brought."""
    return history_from is not None and occurred_on >= history_from + timedelta(days=MARGIN_DAYS)


def _account_name(account: NamedAccount) -> tuple[str, str]:
    return fold(account["name"]), fold(account["marketing_name"] or "")
