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

    Late rows stretch a narrow window back to their day: whatever they replace is then seen to be missing, in the same pass.
    """
    year = today - timedelta(days=WIDE_DAYS)
    start = year if width == "wide" else today - timedelta(days=NARROW_DAYS)
    if late is not None:
        start = max(year, min(start, late - timedelta(days=MARGIN_DAYS)))
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
    else about it may be worded anew. So the same day, amount and type are enough, the likest description first, and then
    the same amount and type a day before or after under a similar description.

    Standing rows go before tombstones. The order in which rows come does not matter. Two rows that are both listed, or
    both not, are never made one, however equal they are.
    """
    by_key: dict[Any, list[Row]] = defaultdict(list)
    for candidate in new:
        for key in _keys(candidate):
            by_key[key].append(candidate)
    pairs = [
        (_is_tombstone(stored), _is_tombstone(candidate), rank, -likeness, stored["id"], candidate["pluggy_id"])
        for stored in missing
        for key in _keys(stored)
        for candidate in by_key.get(key, ())
        for likeness in (_likeness(stored["description"], candidate["description"]),)
        if (rank := _rank(key, stored, candidate, likeness, trusted=trusted)) is not None
    ]
    return _pick(pairs)


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
    days = (0, -1, 1) if row.get("carried") else (0,)
    for distance in days:
        yield "day", row["occurred_on"] + timedelta(days=distance), row["amount"], row["type"]


def _rank(
    key: tuple[Any, ...], stored: StoredTransaction, candidate: Row, likeness: float, *, trusted: bool
) -> int | None:
    """How strong the evidence is, 0 the strongest; None when it is not enough."""
    if key[0] == "instalment":
        return 0
    if not _same_instalment(stored, candidate):
        return None
    if stored["carried"]:
        return _rank_of_carried(stored, candidate, likeness)
    if stored["status"] != candidate["status"]:
        return 1 if likeness >= SIMILAR else None
    return 2 if trusted and likeness == 1 else None


def _rank_of_carried(stored: StoredTransaction, candidate: Row, likeness: float) -> int | None:
    if stored["occurred_on"] != candidate["occurred_on"]:
        return 5 if likeness >= SIMILAR else None
    # Both say which instalment they are, or neither does: else one of two could be left without its own partner.
    return 3 if stored["installment_number"] == candidate["installment_number"] else 4


def _is_tombstone(row: Row) -> bool:
    return row.get("removed_at") is not None


def _same_instalment(stored: StoredTransaction, candidate: Row) -> bool:
    """The second and the third instalment of a purchase may fall on one day: they are not each other."""
    numbers = stored["installment_number"], candidate["installment_number"]
    return None in numbers or numbers[0] == numbers[1]


def _likeness(one: str, other: str) -> float:
    """0 to 1. A text that contains the other whole is like it: banks shorten and lengthen descriptions."""
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
    listed: Iterable[NamedAccount], former: Iterable[FormerAccount], *, same_door: bool = False
) -> dict[int, str]:
    """Our id of a former account → Pluggy's id of the listed one that goes on in its place.

    They have one identity. Of the accounts that a connection had, each goes on in another: banks number the variants of a
    savings account alike, and what tells those apart is their name, or that there is one left on either side, since another
    door may call it otherwise (not so the ``same_door``). When neither does, they stay what they are.
    """
    now: dict[str, list[NamedAccount]] = defaultdict(list)
    for account in listed:
        now[account["identity"]].append(account)
    before: dict[tuple[int, str], list[FormerAccount]] = defaultdict(list)
    for one in former:
        before[one["connection_id"], one["identity"]].append(one)
    pairs: dict[int, str] = {}
    for (_, identity), alike in before.items():
        pairs |= _pair_alike(now[identity], alike, same_door=same_door)
    return pairs


def _pair_alike(listed: Sequence[NamedAccount], former: Sequence[FormerAccount], *, same_door: bool) -> dict[int, str]:
    """By a name that one on either side has; and the last one left on either side."""
    now, before = Counter(map(_account_name, listed)), Counter(map(_account_name, former))
    told = {name for name in now.keys() & before.keys() if now[name] == before[name] == 1}
    by_name = {_account_name(account): account["pluggy_id"] for account in listed}
    pairs = {one["id"]: by_name[_account_name(one)] for one in former if _account_name(one) in told}
    rest = [account for account in listed if _account_name(account) not in told]
    left = [one for one in former if _account_name(one) not in told]
    if len(rest) == len(left) == 1 and not same_door:
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


def is_covered(occurred_on: date, seen_at: datetime, history_from: date | None, collected: datetime | None) -> bool:
    """Whether a carried row would be among the account's own rows if it still existed: the bank lists its days
    (``history_from`` as ``reach`` says), and it was known well before that listing was collected, since one door shows a
    purchase some hours later than another."""
    if history_from is None or collected is None:
        return False
    return occurred_on >= history_from + timedelta(days=MARGIN_DAYS) and seen_at + LAG <= collected


def _account_name(account: NamedAccount) -> tuple[str, str]:
    return fold(account["name"]), fold(account["marketing_name"] or "")
