"""What goes wrong between Pluggy and us: calm as a rule, and storms of some hours in which much is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime
from random import Random
from types import MappingProxyType
from typing import NamedTuple

import requests
from requests.models import PreparedRequest
from urllib3.exceptions import NewConnectionError, ProtocolError

from tests.clocks import ManualClock
from tests.simulator.timeline import Timeline

#: Kind of fault → how often of a hundred.
FAULTS = {
    "429": 12,
    "429 of the bank": 4,
    "5xx": 18,
    "5xx page of a proxy": 6,
    "refused connection": 8,
    "reset before the request": 8,
    "reset after the request": 8,
    "timeout": 6,
    "truncated JSON": 10,
    "cut chunks": 6,
    "garbage 200": 6,
    "expired key": 8,
    "404 of a proxy": 4,
    "row without an id": 6,
}
GARBAGE = (b"", b"{}", b"null", b"[1]", b"0", b"<html>Bem-vindo</html>", b'{"results": null}', b'{"message": "ok"}')
CALM, STORM = 0.004, 0.35
MOVES, PAUSES = 0.01, 0.002


class Answer(NamedTuple):
    """What comes back. ``cut``: the connection breaks in the midst of the body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    cut: bool = False


class Faults:
    """Asked before and after each request. ``are_over``: nothing goes wrong any more."""

    def __init__(self, random: Random, clock: ManualClock, timeline: Timeline) -> None:
        self._random = random
        self._clock = clock
        self._timeline = timeline
        self._storm_until = clock.now()
        self.are_over = False
        self._plan_storm()

    def draw(self) -> str | None:
        """The fault of the next request, if any. Slow answers take their time here."""
        if self.are_over:
            return None
        storm = self._clock.now() < self._storm_until
        self._clock.advance(self._random.choice((0.05, 0.3, 25)) if storm else 0.1)
        if self._random.random() >= (STORM if storm else CALM):
            return None
        kind = self._random.choices(list(FAULTS), list(FAULTS.values()))[0]
        self._timeline.note(kind)
        return kind

    def moves_pages(self) -> bool:
        """Whether Pluggy collects between this page and the next."""
        return self._happens("pages that move", MOVES)

    def pauses(self) -> bool:
        """Whether our process stands still here, until another one takes its lease for dead."""
        return self._happens("paused beyond the lease", PAUSES)

    def before(self, kind: str | None, request: PreparedRequest) -> Answer | None:
        """What stands in for the answer, where the request does not get as far as Pluggy."""
        if kind == "refused connection":
            raise requests.ConnectionError(_Reason(NewConnectionError(None, "refused")), request=request)  # type: ignore[arg-type]
        if kind == "reset before the request":
            raise requests.ConnectionError(ProtocolError("Connection aborted."), request=request)
        if kind == "429":
            return Answer(429, b'{"code": 429, "message": "Too many requests"}', self._later())
        if kind == "429 of the bank":
            return Answer(429, b'{"code": 429, "codeDescription": "MONTHLY_RATE_LIMIT_EXCEEDED"}')
        if kind == "5xx":
            return Answer(self._random.choice((500, 503)), b'{"code": 500, "message": "Internal server error"}')
        if kind == "5xx page of a proxy":
            return Answer(self._random.choice((502, 504)), b"<html>Bad gateway</html>")
        if kind == "404 of a proxy":
            return Answer(
                404, self._random.choice((b"<html>Not found</html>", b'{"code": 404, "message": "no route"}'))
            )
        if kind == "garbage 200":
            return Answer(200, self._random.choice(GARBAGE))
        return None

    def after(self, kind: str | None, answer: Answer, request: PreparedRequest) -> Answer:
        """What is left of Pluggy's answer on its way."""
        if kind == "reset after the request":
            raise requests.ConnectionError(ProtocolError("Connection reset by peer"), request=request)
        if kind == "timeout":
            self._clock.advance(30)
            raise requests.ReadTimeout("read timed out", request=request)
        if kind == "truncated JSON":
            return answer._replace(body=answer.body[: self._random.randrange(max(len(answer.body), 1))])
        if kind == "cut chunks":
            return answer._replace(cut=True)
        if kind == "row without an id":
            return answer._replace(body=answer.body.replace(b'"results": [{', b'"results": [{}, {', 1))
        return answer

    def _happens(self, kind: str, chance: float) -> bool:
        if self.are_over or self._random.random() >= chance:
            return False
        self._timeline.note(kind)
        return True

    def _later(self) -> dict[str, str]:
        seconds = self._random.choice((1, 20, 60, 3600))
        form = self._random.randrange(3)
        if form == 0:
            return {}
        if form == 1:
            return {"Retry-After": str(seconds)}
        return {"Retry-After": format_datetime(self._clock.now() + timedelta(seconds=seconds), usegmt=True)}

    def _plan_storm(self) -> None:
        now = self._clock.now()

        def begin() -> None:
            self._storm_until = self._clock.now() + timedelta(hours=self._random.uniform(1, 8))
            self._timeline.note("storm")
            self._plan_storm()

        self._timeline.at(now + timedelta(days=self._random.uniform(2, 12)), begin)


class _Reason(Exception):  # noqa: N818 - what urllib3 wraps a failure in
    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason
