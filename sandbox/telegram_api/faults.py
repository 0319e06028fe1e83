"""Faults a test orders: the next calls of a method fail, hang, or do their work and lose the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.telegram_api.errors import ApiError, ControlError, too_many_requests

KINDS = ("error", "timeout", "lost")
DESCRIPTIONS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass
class Fault:
    """`kind` error = an answer with `status`; timeout = no answer; lost = done, but the answer never arrives."""

    method: str
    kind: str = "error"
    times: int = 1
    status: int = 500
    retry_after: int = 5
    description: str = ""

    def error(self) -> ApiError:
        if self.status == 429:
            return too_many_requests(self.retry_after)
        return ApiError(self.status, self.description or DESCRIPTIONS.get(self.status, "Bad Request: fault"))


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, given: dict[str, Any]) -> Fault:
        """Raises ControlError for an unknown kind or name."""
        try:
            fault = Fault(**given)
        except TypeError as error:
            raise ControlError(f"a fault has method, kind, times, status, retry_after, description: {error}") from None
        if fault.kind not in KINDS:
            raise ControlError(f"kind is one of {', '.join(KINDS)}")
        fault.method = fault.method.lower()
        self._waiting.append(fault)
        return fault

    def clear(self) -> None:
        self._waiting.clear()

    def wire(self) -> Iterable[dict[str, Any]]:
        return [asdict(fault) for fault in self._waiting]

    def take(self, method: str) -> Fault | None:
        """The fault of this call, counted down; method ``*`` hits every call."""
        for fault in self._waiting:
            if fault.method in (method, "*"):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
