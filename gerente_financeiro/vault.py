"""What a person typed for a bank: passwords, CPFs, codes. In memory only, for minutes only, shown to nobody.

A value leaves through ``take``, once, towards Pluggy. What stays for the rest of the five minutes is a keyed fingerprint,
enough to recognise the same secret typed twice in a hurry and to keep it from every other handler.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from open_finance.clock import Clock

KEEP_SECONDS: Final = 300.0


@dataclass(slots=True, repr=False)
class _Entry:
    answered_at: float
    values: dict[str, str] = field(default_factory=dict)
    fingerprints: set[bytes] = field(default_factory=set)
    credentials: set[bytes] = field(default_factory=set)  # those of them that are no code of the moment


class CredentialVault:
    """Typed values by person. Everything of a person is forgotten five minutes after the last answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[int, _Entry] = {}
        self._key = secrets.token_bytes(32)

    def __repr__(self) -> str:
        return f"CredentialVault(people={len(self._entries)})"

    def put(self, user_id: int, name: str, value: str, *, is_code: bool = False) -> None:
        """Keep the value of one field; the five minutes begin anew. ``is_code``: one of the moment."""
        self._answered(user_id, value, is_code=is_code).values[name] = value

    def remember(self, user_id: int, text: str, *, is_code: bool = False) -> None:
        """Recognise this text for five minutes without keeping it: what was typed, before it was checked or as it was."""
        self._answered(user_id, text, is_code=is_code)

    def names(self, user_id: int) -> frozenset[str]:
        """The fields still held for this person."""
        entry = self._live(user_id)
        return frozenset(entry.values) if entry else frozenset()

    def take(self, user_id: int) -> dict[str, str]:
        """Hand out the values and hold them no longer. Empty when they were forgotten."""
        entry = self._live(user_id)
        if entry is None:
            return {}
        values, entry.values = entry.values, {}
        return values

    def recognises(self, user_id: int, text: str) -> bool:
        """Whether this person typed this very text for a bank in the last five minutes."""
        entry = self._live(user_id)
        return entry is not None and self._fingerprint(text) in entry.fingerprints

    def is_credential(self, user_id: int, text: str) -> bool:
        """As ``recognises``, for what is no code: a code may be the answer to another question, a password never."""
        entry = self._live(user_id)
        return entry is not None and self._fingerprint(text) in entry.credentials

    def holds(self, user_id: int, text: str) -> bool:
        """Whether a value that has not left yet is this very text: it was typed twice. Earlier attempts do not count."""
        entry = self._live(user_id)
        held = entry.values.values() if entry else ()
        return any(hmac.compare_digest(self._fingerprint(value), self._fingerprint(text)) for value in held)

    def is_recent(self, user_id: int) -> bool:
        """Whether this person typed anything for a bank in the last five minutes."""
        return self._live(user_id) is not None

    def drop_values(self, user_id: int) -> None:
        """Forget the values now: the flow ended or was cancelled. The fingerprints stay out their five minutes."""
        entry = self._live(user_id)
        if entry is not None:
            entry.values.clear()

    def forget_stale(self) -> list[int]:
        """Forget everything that is older than five minutes; returns whose values were lost in the middle of a flow."""
        interrupted = []
        for user_id, entry in list(self._entries.items()):
            if self._is_stale(entry):
                del self._entries[user_id]
                if entry.values:
                    interrupted.append(user_id)
        return interrupted

    def forget(self, user_id: int) -> None:
        """Forget everything of this person's now, fingerprints as well."""
        self._entries.pop(user_id, None)

    def clear(self) -> None:
        """Forget everybody's."""
        self._entries.clear()

    def _answered(self, user_id: int, text: str, *, is_code: bool) -> _Entry:
        entry = self._live(user_id) or self._entries.setdefault(user_id, _Entry(0.0))
        entry.fingerprints.add(self._fingerprint(text))
        if not is_code:
            entry.credentials.add(self._fingerprint(text))
        entry.answered_at = self._clock.monotonic()
        return entry

    def _live(self, user_id: int) -> _Entry | None:
        entry = self._entries.get(user_id)
        if entry is not None and self._is_stale(entry):
            del self._entries[user_id]
            return None
        return entry

    def _is_stale(self, entry: _Entry) -> bool:
        return self._clock.monotonic() - entry.answered_at > KEEP_SECONDS

    def _fingerprint(self, text: str) -> bytes:
        return hmac.digest(self._key, text.strip().encode("utf-8", "surrogatepass"), hashlib.sha256)
