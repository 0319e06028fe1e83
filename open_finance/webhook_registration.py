"""Exactly one webhook at Pluggy that tells us everything: made, repaired, never doubled; those of others are left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from open_finance.errors import PluggyNotFoundError, PluggyRequestError
from open_finance.pluggy_client import PluggyClient
from open_finance.webhook import SECRET_HEADER

Json = Mapping[str, Any]

EVERYTHING = "all"
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Create:
    """There is none."""


@dataclass(frozen=True, slots=True)
class Repair:
    """It is disabled, or its secret is another."""

    webhook_id: str


@dataclass(frozen=True, slots=True)
class Delete:
    """It tells us a second time."""

    webhook_id: str


Action = Create | Repair | Delete


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where Pluggy is to post everything, and what it must carry."""

    url: str
    secret: str


def plan(existing: Iterable[Json], wanted: Wanted) -> list[Action]:
    """What is to be done about the application's webhooks, so that one and no other is ours. Of several the oldest stays."""
    ours = [one for one in existing if _is_at(one, wanted.url) and isinstance(one.get("id"), str)]
    whole = sorted((one for one in ours if one.get("event") == EVERYTHING), key=lambda one: str(one.get("createdAt")))
    if not whole:
        return [*(Delete(one["id"]) for one in ours), Create()]
    kept = whole[0]
    repair = [] if _stands(kept, wanted) else [Repair(kept["id"])]
    return [*repair, *(Delete(one["id"]) for one in ours if one is not kept)]


def register(client: PluggyClient, wanted: Wanted) -> tuple[Action, ...]:
    """Bring Pluggy to it; what was done, nothing where all was well. Safe to run twice, and by two processes at once: what
    another does meanwhile is looked at again. Raises PluggyError; a 403 is a plan without webhooks (reference 9.1)."""
    done: list[Action] = []
    for number in range(ROUNDS):
        actions = [action for action in plan(client.list_webhooks(), wanted) if action not in done]
        if not actions:
            break
        try:
            for action in actions:
                _do(client, action, wanted)
                done.append(action)
        except (PluggyNotFoundError, PluggyRequestError) as error:  # made or deleted by another, or refused for good
            if number == ROUNDS - 1 or error.status_code == 403:
                raise
    return tuple(done)


def _do(client: PluggyClient, action: Action, wanted: Wanted) -> None:
    headers = {SECRET_HEADER: wanted.secret}
    match action:
        case Create():
            client.create_webhook(wanted.url, EVERYTHING, headers)
        case Repair(webhook_id):
            client.update_webhook(webhook_id, headers=headers, enabled=True)
        case Delete(webhook_id):
            client.delete_webhook(webhook_id)


def _is_at(webhook: Json, url: str) -> bool:
    return isinstance(webhook.get("url"), str) and webhook["url"].rstrip("/") == url.rstrip("/")


def _stands(webhook: Json, wanted: Wanted) -> bool:
    headers = webhook.get("headers")
    given = {str(name).casefold(): value for name, value in headers.items()} if isinstance(headers, dict) else {}
    return webhook.get("disabledAt") is None and given.get(SECRET_HEADER.casefold()) == wanted.secret
