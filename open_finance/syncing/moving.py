"""Whether an account's rows moved while its pages were read. Pure.

A cursor names a row, not a state of the list: when the bank's rows change between two pages, a row may come twice or not at
all. Three things give that away without one more request. An id of an earlier page comes again; a page begins with a newer
row than the page before ended with (``reference`` 6.1: newest first); a row was taken in or changed after the collection
that the item stands for (6.4, 3.2: rows are stored before ``lastUpdatedAt`` is set).

Of two listings, one after the other, a fourth: the second lacks a row of its days that the first had.

None of them is proof. A person may sort a row into another category at any time, and a server may list something twice at
rest. So what one reading has shown explains itself to the next: a listing that stands still is read twice at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from open_finance.pluggy_values import parse_instant

#: Pluggy sorts rows into categories about when a collection ends: that is no news.
MARGIN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Signs:
    """What was seen while pages were read. ``odd``: rows that came twice, in no order, or not again. ``newest``: when
    the latest of the rows was changed, None where nobody says. ``broken``: a cursor did not hold."""

    odd: frozenset[str] = frozenset()
    newest: datetime | None = None
    broken: bool = False

    def __or__(self, other: Signs) -> Signs:
        stamps = [stamp for stamp in (self.newest, other.newest) if stamp is not None]
        return Signs(self.odd | other.odd, max(stamps, default=None), self.broken or other.broken)


def expected(last_updated_at: datetime | None) -> Signs:
    """What a listing of an item collected then shows at rest."""
    return Signs(newest=None if last_updated_at is None else last_updated_at + MARGIN)


def is_moved(seen: Signs, explained: Signs) -> bool:
    """Whether a listing must be read anew. ``explained``: what is ``expected``, and what earlier readings have shown."""
    if seen.broken or seen.odd - explained.odd:
        return True
    return seen.newest is not None and explained.newest is not None and seen.newest > explained.newest


class Watch:
    """Sees the pages of one listing go by. Of a single page there is nothing to tell: it is one state of the list."""

    def __init__(self) -> None:
        self._pages = 0
        self._ids: set[str] = set()
        self._odd: set[str] = set()
        self._newest = ""
        self._end: str | None = None  # the day of the last row, where the page was in order

    def see(self, page: Sequence[Mapping[str, Any]]) -> None:
        """The next page, as Pluggy sent it."""
        if not page:
            return
        ids = set(_texts(page, "id"))
        self._odd |= ids & self._ids
        self._ids |= ids
        start, end = _ends(page)
        if self._end is not None and start is not None and start > self._end:
            self._odd.add(f"{self._end} {start}")
        self._end = end
        # ISO instants of one form: in their alphabetical order the latest is the last.
        self._newest = max([self._newest, *_texts(page, "createdAt"), *_texts(page, "updatedAt")])
        self._pages += 1

    def signs(self, *, broken: bool = False) -> Signs:
        """What there was to see."""
        if self._pages < 2 and not broken:
            return Signs()
        return Signs(frozenset(self._odd), parse_instant(self._newest), broken)


def _ends(page: Sequence[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """The first and the last date of a page; None where they tell nothing, since the page itself is in no order."""
    dates = _texts(page, "date")
    if len(dates) == len(page) and dates == sorted(dates, reverse=True):
        return dates[0], dates[-1]
    return None, None


def _texts(page: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [value for row in page if isinstance(value := row.get(name), str)]
