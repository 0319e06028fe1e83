"""Asking Pluggy until there is an answer or nothing more to try: repeats, waits and the API key, apart from the HTTP.

What to do about a failure is ``pluggy_wire.should_retry``; this module does it.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from open_finance import pluggy_wire as wire
from open_finance.clock import Clock
from open_finance.errors import (
    PluggyError,
    PluggyNotFoundError,
    PluggyRateLimitError,
    PluggyRequestError,
    PluggyServerError,
    PluggyUnreachableError,
)
from open_finance.observing import SILENT, Observer, status_class
from open_finance.pacing import NO_PACING, Pacer
from open_finance.pluggy_wire import Call, Next, Outcome

_METHODS = {  # every other call is a POST
    Call.GET: "GET",
    Call.DELETE: "DELETE",
    Call.DELETE_WEBHOOK: "DELETE",
    Call.UPDATE_ITEM: "PATCH",
    Call.UPDATE_WEBHOOK: "PATCH",
}
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_API_KEY = re.compile(r"[\x21-\x7e]+")
#: How long a wait may go on after a stop.
NAP_SECONDS = 1.0
#: What a person may well wait for a turn: it costs them less than to be refused.
SHORT_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``template`` holds names in braces, filled from ``ids``; errors show it, never the ids.

    ``secrets``: the values it carries that no error may repeat. ``deadline``: a ``clock.monotonic()`` value.
    """

    call: Call
    template: str
    ids: Mapping[str, object] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = field(default=None, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_list_allowed: bool = False
    deadline: float | None = None

    @property
    def method(self) -> str:
        """The HTTP verb."""
        return _METHODS.get(self.call, "POST")

    @property
    def name(self) -> str:
        """How errors call it: ``GET /items/{item_id}``."""
        return f"{self.method} {self.template}"

    @property
    def path(self) -> str:
        """The filled template. An id that could lead elsewhere raises PluggyRequestError, as Pluggy would answer it."""
        ids = {name: str(value) for name, value in self.ids.items()}
        if not all(_ID.fullmatch(value) for value in ids.values()):
            raise PluggyRequestError(f"{self.name}: malformed id", status_code=400)
        return self.template.format(**ids)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no answer to give: the retry table's word for it, and the error it is if nothing helps."""

    outcome: Outcome
    error: PluggyError


#: Sends a request once, with the API key given; returns the JSON of a good answer, or a ``Failure``.
Exchange = Callable[[Request, str | None], Any]


class Caller:
    """Carries requests through ``exchange``. Thread-safe; the twins of ``for_person`` and ``for_worker`` share its key.

    Errors are raised outside every ``except``: no traceback leads back to an HTTP request and its credentials.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        auth: Request,
        clock: Clock,
        jitter: Callable[[], float],
        pacer: Pacer = NO_PACING,
        observer: Observer = SILENT,
    ) -> None:
        """``auth``: the request whose answer holds an ``apiKey``. ``pacer``: what says when a request may be sent.
        ``observer``: is told of every request that was sent."""
        self._exchange = exchange
        self._pacer = pacer
        self._observer = observer
        self._auth = auth
        self._clock = clock
        self._jitter = jitter
        self._keys = KeyRing(clock)
        self._may_wait = True
        self._goes_first = False
        self._stopping: threading.Event | None = None

    def for_person(self) -> Caller:
        """A twin that raises PluggyRateLimitError at once instead of waiting for ``Retry-After`` or for its turn: it goes
        before those who can wait, for as long as the minute holds another call at all."""
        twin = copy.copy(self)
        twin._may_wait = False  # noqa: SLF001 - its own class
        return twin

    def for_worker(self, stopping: threading.Event) -> Caller:
        """A twin that, once ``stopping`` is set, sends nothing more and ends a wait with the error at hand."""
        twin = copy.copy(self)
        twin._stopping = stopping  # noqa: SLF001 - its own class
        return twin

    def going_first(self) -> Caller:
        """A twin that takes its turn before those who can wait, as a person's call does, but waits where there is none."""
        twin = copy.copy(self)
        twin._goes_first = True  # noqa: SLF001 - its own class
        return twin

    def authenticate(self) -> None:
        """Get a new key now."""
        self._key_from(self._keys.renew, deadline=None)

    def send(self, request: Request) -> Any:
        """The answer's JSON, ``Next.ALREADY_DONE`` for the deletion of nothing; or the ``PluggyError`` that remains."""
        retries, key_renewed = 0, False
        while True:
            self._check_sendable(request)
            key = None if request.call is Call.AUTH else self._key_from(self._keys.get, request.deadline)
            self._await_turn(request)
            answer = self._send_once(request, key)
            if not isinstance(answer, Failure):
                return answer
            step = wire.should_retry(
                request.call,
                answer.outcome,
                retries=retries,
                key_renewed=key_renewed,
                may_wait=self._waits_for(request),
            )
            if step is Next.RAISE:
                raise answer.error
            if step is Next.ALREADY_DONE:
                return step
            if step is Next.READ_ITEM:
                return self._read_item(request, answer.error)
            if step is Next.RENEW_KEY:
                self._keys.discard(key)
                key_renewed = True
            else:
                self._pause(step, answer.error, retries, request.deadline)
                retries += 1

    def _send_once(self, request: Request, key: str | None) -> Any:
        began = self._clock.monotonic()
        answer = self._exchange(request, key)
        status = status_class(answer.error.status_code) if isinstance(answer, Failure) else "2xx"
        took = max(self._clock.monotonic() - began, 0.0)
        self._observer.time("pluggy_request", took, endpoint=request.name, status=status)
        return answer

    def _read_item(self, request: Request, error: PluggyError) -> Any:
        """The item, in place of an answer to ``request``. An item that was to be deleted and still is there, or of which
        Pluggy itself has not said that it is gone, leaves the error: only its word counts as a deletion."""
        read = Request(Call.GET, "/items/{item_id}", request.ids)
        if request.call is not Call.DELETE:
            return self.send(read)
        try:
            self.send(read)
        except PluggyNotFoundError as problem:
            if problem.code == "ITEM_NOT_FOUND":
                return Next.ALREADY_DONE
        raise error

    def _check_sendable(self, request: Request, after: float = 0.0) -> None:
        """``after``: in so many seconds."""
        if self._is_stopping():
            raise PluggyUnreachableError(f"{request.name}: stopping", sent=False)
        if request.deadline is not None and self._clock.monotonic() + after >= request.deadline:
            raise PluggyUnreachableError(f"{request.name}: out of time", sent=False)

    def _await_turn(self, request: Request) -> None:
        waits = self._waits_for(request)
        while (seconds := self._pacer.take(request.name, person=self._goes_first or not waits)) > 0:
            if not waits and seconds > SHORT_WAIT_SECONDS:
                raise PluggyRateLimitError(f"{request.name}: the minute is full", retry_after=seconds)
            self._check_sendable(request, seconds)
            began = self._clock.monotonic()
            self._sleep(seconds)
            self._check_sendable(request)
            if self._clock.monotonic() == began:  # a clock that stands still has no minutes
                return

    def _waits_for(self, request: Request) -> bool:
        """POST /auth holds the lock others need their key from: its long waits are _key_from's, outside."""
        return self._may_wait and request.call is not Call.AUTH

    def _pause(self, step: Next, error: PluggyError, retries: int, deadline: float | None) -> None:
        """Wait before a repeat, or raise the error when the repeat would come too late."""
        seconds = wire.pause_before(retries, self._jitter())
        if step is Next.WAIT and isinstance(error, PluggyRateLimitError) and error.retry_after is not None:
            seconds = min(error.retry_after, wire.MAX_WAIT)
        if deadline is not None and self._clock.monotonic() + seconds >= deadline:
            raise error
        self._sleep(seconds)
        if self._is_stopping():
            raise error

    def _sleep(self, seconds: float) -> None:
        """Where a stop may come, in naps: it is noticed whatever clock was handed in."""
        longest = seconds if self._stopping is None else NAP_SECONDS
        while seconds > 0 and not self._is_stopping():
            nap = min(seconds, longest)
            self._clock.sleep(nap)
            seconds -= nap

    def _is_stopping(self) -> bool:
        return self._stopping is not None and self._stopping.is_set()

    def _key_from(self, get: Callable[[Callable[[], str]], str], deadline: float | None) -> str:
        """A key of the ring. A rate limit is waited out here, where no lock is held: a person need not wait with us."""
        retries = 0
        while True:
            try:
                return get(self._fetch_key)
            except PluggyRateLimitError as problem:
                error = problem
            step = wire.should_retry(Call.AUTH, Outcome.RATE_LIMITED, retries=retries, may_wait=self._may_wait)
            if step is Next.RAISE:
                raise error
            self._pause(step, error, retries, deadline)
            retries += 1

    def _fetch_key(self) -> str:
        """Without a deadline: what comes of it is shared with threads that have another."""
        key = self.send(self._auth).get("apiKey")
        # requests quotes a header it refuses in its exception: a key with a line break must not get that far.
        if not isinstance(key, str) or not _API_KEY.fullmatch(key):
            raise PluggyServerError(f"{self._auth.name} answered without an API key", status_code=200)
        return key


class KeyRing:
    """The API key of a client and its twins, renewed once whatever the number of threads that need it.

    While one thread renews, the others wait at the lock and share what comes of it, be it the key or the failure.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._current: tuple[str, datetime] | None = None  # the key, and until when it is good
        self._failure: PluggyError | None = None
        self._renewals = 0  # finished ones, whatever their end

    def get(self, fetch: Callable[[], str]) -> str:
        """The key, new if the old one is about to end. Raises what ``fetch`` raises."""
        key = self._good_key()
        if key is not None:
            return key
        renewals = self._renewals
        with self._lock:
            key = self._good_key()
            if key is not None:
                return key
            if self._renewals != renewals and self._failure is not None:
                raise copy.copy(self._failure)
            return self._renew(fetch)

    def renew(self, fetch: Callable[[], str]) -> str:
        """A new key, whatever the old one is worth."""
        with self._lock:
            return self._renew(fetch)

    def discard(self, key: str | None) -> None:
        """Forget a key that was refused, unless somebody has renewed it already."""
        with self._lock:
            if self._current is not None and self._current[0] == key:
                self._current = None

    def _good_key(self) -> str | None:
        current = self._current
        return current[0] if current is not None and self._clock.now() < current[1] else None

    def _renew(self, fetch: Callable[[], str]) -> str:
        self._failure = None
        try:
            key = fetch()
        except PluggyError as error:
            self._failure = copy.copy(error)  # without its traceback, whose frames hold the secret
            raise
        finally:
            self._renewals += 1
        now = self._clock.now()
        self._current = (key, now + wire.key_lifetime(key, now))
        return key


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is given of a body or a query: Pluggy is not sent what the caller left out."""
    return {name: value for name, value in values.items() if value is not None}
