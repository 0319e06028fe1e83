"""Watches updates: a name for each, so that its log lines can be told, and how long it took, by what kind of update it was.

The kinds are words of our own code: no text of anybody's becomes one.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from telegram import Update

from gerente_financeiro.keyboards import parse
from gerente_financeiro.processor import Watch
from open_finance.clock import Clock
from open_finance.observing import Observer
from open_finance.tracing import tracing

logger = logging.getLogger(__name__)


def watch_updates(observer: Observer, clock: Clock, commands: Collection[str], verbs: Collection[str]) -> Watch:
    """What every update is handled within. ``commands`` and ``verbs``: ours; any other is just another text or button."""

    @contextmanager
    def watch(update: object) -> Iterator[None]:
        kind, began = kind_of(update, commands, verbs), clock.monotonic()
        with tracing("update"):
            try:
                yield
            finally:
                took = max(clock.monotonic() - began, 0.0)
                observer.time("telegram_update", took, kind=kind)
                fields = {"event": "telegram_update", "kind": kind, "seconds": round(took, 3)}
                logger.debug("an update was handled: %s", kind, extra=fields)

    return watch


def kind_of(update: object, commands: Collection[str], verbs: Collection[str]) -> str:
    """``/saldo``, ``tap:atualizar``, ``tap``, ``text``, ``edit`` or ``other``."""
    if not isinstance(update, Update):
        return "other"
    if update.callback_query is not None:
        verb = parse(update.callback_query.data)[0]
        return f"tap:{verb}" if verb in verbs else "tap"
    if update.edited_message is not None:
        return "edit"
    if update.message is None or update.message.text is None:
        return "other"
    first = update.message.text.split(maxsplit=1)[0] if update.message.text.strip() else ""
    command = first.removeprefix("/").partition("@")[0].lower()
    return f"/{command}" if first.startswith("/") and command in commands else "text"
