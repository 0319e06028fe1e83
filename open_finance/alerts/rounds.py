"""Whom a tick looks at: those of whom something is another than when they were looked at last, some at a call.

Kept by a process for itself: one that begins looks at everybody once, and of two that look at the same person the outbox
takes one word.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

#: A pass may become visible after one that has a higher number: so many before the last one are asked for again.
LATE = 1000


class Rounds:
    """One round after the other, each through all who are to be looked at when it begins."""

    def __init__(self) -> None:
        self._seen: dict[int, object] = {}  # as ``begin`` was told it
        self._runs: dict[int, int] = {}  # each person's latest pass that changed rows
        self._again: set[int] = set()  # whom to look at again all the same: they were not looked at to the end
        self._waiting: deque[int] = deque()

    @property
    def is_over(self) -> bool:
        """Whether the next round may begin."""
        return not self._waiting

    @property
    def known_run(self) -> int:
        """The pass (an id of ours) after which ``begin`` is to be told of passes."""
        return max(0, max(self._runs.values(), default=0) - LATE)

    def begin(self, news: Mapping[int, object], runs: Mapping[int, int]) -> None:
        """``news``: of everybody who may be looked at, what is another once they are to be; ``runs``: by the person, the
        latest pass since ``known_run`` that changed rows."""
        for person, run in runs.items():
            self._runs[person] = max(run, self._runs.get(person, 0))
        now = {person: (self._runs.get(person), one) for person, one in news.items()}
        self._waiting.extend(
            person for person in sorted(now) if person in self._again or self._seen.get(person) != now[person]
        )
        self._seen, self._again = dict(now), set()

    def take(self, most: int) -> Iterator[int]:
        """As many of those who wait. Whoever is not ``done`` before the next round begins is in that one as well."""
        for _ in range(min(len(self._waiting), most)):
            person = self._waiting.popleft()
            self._again.add(person)
            yield person

    def done(self, person: int) -> None:
        """They were looked at to the end."""
        self._again.discard(person)
