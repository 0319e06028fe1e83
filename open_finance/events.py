"""What happened, in the past tense: returned by the core, told to people by whoever called it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ConnectionSynced:
    """A connection was read. ``changed`` is False when Pluggy had collected nothing new and no row was touched.

    ``joined``: rows of an earlier connection that were recognised in this one's; they are neither added nor updated.
    """

    user_id: int
    connection_id: int
    changed: bool
    first: bool = False
    added: int = 0
    updated: int = 0
    removed: int = 0
    joined: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionNeedsPerson:
    """A connection stopped until the person acts. ``code``: Pluggy's execution status or error code."""

    user_id: int
    connection_id: int
    code: str


@dataclass(frozen=True, slots=True)
class ConnectionSyncFailed:
    """A connection could not be read this time; the others were. ``reason``: the error class's name, for operators."""

    user_id: int
    connection_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ConnectionGone:
    """Pluggy no longer knows the item. The history stays."""

    user_id: int
    connection_id: int


@dataclass(frozen=True, slots=True)
class ConnectionBusy:
    """Nothing was read this time: Pluggy is still collecting, or another pass over this connection is under way."""

    user_id: int
    connection_id: int


@dataclass(frozen=True, slots=True)
class BankReturned:
    """A bank that was offline takes connections again, and this person wanted to know."""

    user_id: int
    connector_id: int
    connector_name: str


@dataclass(frozen=True, slots=True)
class PluggyEvent:
    """Pluggy told us of something. ``detail``: which rows it speaks of, as far as it says (``webhook``)."""

    event: str
    event_id: str
    item_id: str | None = None
    connector_id: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


SyncEvent = ConnectionSynced | ConnectionNeedsPerson | ConnectionSyncFailed | ConnectionGone | ConnectionBusy
