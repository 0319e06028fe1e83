"""What a test or a person may change of the server while it runs (``POST /_admin/options``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal


@dataclass
class Options:
    """Times are seconds or hours of virtual time, except ``key_seconds`` and those of people (real): ``mfa_seconds``,
    ``link_seconds``, and ``phone_seconds``, after which somebody scans or approves on the phone (None = nobody does).

    ``unauthorized_status``: 403 or 401 without a valid key. ``item_limit``: None = no limit. ``min_update_hours``: 0 =
    an update is always fresh enough. ``patch_limit``: updates a minute an address, 0 = any number. ``link_field``: where
    the item carries the bank's link. ``joint_seconds``: until the other holder answers. ``free_plan``: items are created
    in the widget only, but for MeuPluggy's. ``evolve``: False = the bank's data never moves. ``enrichment``: False = no
    category. ``allow_loopback``: webhooks and redirects may point to this machine, by http too. ``hosts``: names that do
    not resolve (None) or resolve to that address; no name is ever looked up. ``webhook_seconds`` (real): how long a
    webhook may take to answer.
    """

    unauthorized_status: int = 403
    key_seconds: float = 7200
    item_limit: int | None = None
    min_update_hours: float = 0
    patch_limit: int = 20
    auto_sync_hours: float = 24
    mfa_seconds: float = 60
    link_seconds: float = 900
    phone_seconds: float | None = 15
    joint_seconds: float = 600
    free_plan: bool = False
    link_field: Literal["parameter", "userAction"] = "parameter"
    evolve: bool = True
    enrichment: bool = True
    allow_loopback: bool = False
    hosts: dict[str, str | None] = field(default_factory=dict)
    webhook_seconds: float = 5

    def change(self, values: Mapping[str, Any]) -> None:
        """Set some options by name. Raises KeyError for a name that is not one."""
        known = {one.name for one in fields(self)}
        for name in values:
            if name not in known:
                raise KeyError(name)
        for name, value in values.items():
            setattr(self, name, value)
