"""What happens when: deeds to come, done in order once the clock has reached them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from tests.clocks import ManualClock


class Timeline:
    """``lived`` counts what was staged, by kind; ``trace`` says it line by line."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._deeds: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = 0
        self._began = clock.now()
        self.lived: Counter[str] = Counter()
        self.trace: list[str] = []

    def at(self, when: datetime, deed: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._deeds, (when, self._number, deed))

    def reach(self, when: datetime) -> None:
        """Let the time pass until then, each deed at its own hour."""
        while self._deeds and self._deeds[0][0] <= when:
            self._clock.set(max(self._deeds[0][0], self._clock.now()))
            heapq.heappop(self._deeds)[2]()
        self._clock.set(max(when, self._clock.now()))

    def live(self) -> None:
        """Do what was to happen until now, while somebody else was moving the clock."""
        now = self._clock.now()
        while self._deeds and self._deeds[0][0] <= now:
            heapq.heappop(self._deeds)[2]()

    def end(self) -> None:
        """Nothing more is to happen."""
        self._deeds.clear()

    def note(self, kind: str, words: str = "") -> None:
        """Something was staged."""
        self.lived[kind] += 1
        self.say(f"{kind} {words}" if words else kind)

    def say(self, words: str) -> None:
        passed = self._clock.now() - self._began
        self.trace.append(f"day {passed.days:2} {self._clock.now():%H:%M:%S} {words}")
