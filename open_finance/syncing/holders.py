"""Whose each item is, for as long as the process lives: a changed connection costs no request for it every time.

A CPF lives in memory while it is compared, and no longer. What is kept is a digest under a key that the process made for
itself: it answers whether a document is the holder's, and nothing else can be read from it.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b

from open_finance.clock import Clock
from open_finance.pluggy_rows import Documents

#: Pluggy reads an identity anew about once a week.
KEPT = timedelta(days=7)
#: A bank that has not said it yet may say it tomorrow.
KEPT_EMPTY = timedelta(days=1)
ITEMS = 20_000


class KnownDocuments:
    """The documents of one holder, to be asked about."""

    def __init__(self, documents: Iterable[str], key: bytes) -> None:
        self._key = key
        self._digests = frozenset(map(self._digest, documents))

    def __contains__(self, document: object) -> bool:
        return isinstance(document, str) and self._digest(document) in self._digests

    def __len__(self) -> int:
        return len(self._digests)

    def _digest(self, document: str) -> bytes:
        return blake2b(document.encode(), key=self._key, digest_size=16).digest()


class HolderMemory:
    """What identities have said. Thread-safe; the items that were not read for longest are forgotten first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[datetime, KnownDocuments]] = OrderedDict()

    def find(self, item_id: str) -> Documents | None:
        """The holder's documents, empty where the bank does not say; None where nobody has asked lately."""
        with self._lock:
            asked_at, documents = self._known.get(item_id, (None, None))
            if asked_at is None or self._clock.now() - asked_at >= (KEPT if documents else KEPT_EMPTY):
                return None
            self._known.move_to_end(item_id)
            return documents

    def keep(self, item_id: str, documents: Iterable[str]) -> None:
        """Note what an identity has just said."""
        known = self._clock.now(), KnownDocuments(documents, self._key)
        with self._lock:
            self._known[item_id] = known
            self._known.move_to_end(item_id)
            if len(self._known) > ITEMS:
                self._known.popitem(last=False)
