"""A name for one piece of work (an update, a pass), so that its log lines can be told from all others.

It is random and says nothing: letters only, so that it is never taken for a number of anybody's.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LETTERS = "bcdfghjkmnpqrstvwxz"
_LENGTH = 8
_current: ContextVar[str | None] = ContextVar("trace", default=None)


@contextmanager
def tracing(kind: str) -> Iterator[str]:
    """Name what is done within: ``update-kqzmwxnb``; in the midst of something that has a name, ``update-….pass-…``."""
    name = f"{kind}-{''.join(secrets.choice(_LETTERS) for _ in range(_LENGTH))}"
    outer = _current.get()
    token = _current.set(name if outer is None else f"{outer}.{name}")
    try:
        yield name
    finally:
        _current.reset(token)


def current_trace() -> str | None:
    """What is being done here is called so; None outside of any."""
    return _current.get()
