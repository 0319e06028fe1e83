"""Where a connection stands and what comes next: one Pluggy item in, one step out. Pure, table-driven.

``executionStatus`` and ``error.code`` decide; ``status`` is the coarse route where they say nothing, because Pluggy
documents the pairing only in part (reference 3.3, 3.4, C27). Both are open sets: what nobody has seen before never counts
as success.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

from open_finance.errors import PluggyError, PluggyNotFoundError
from open_finance.pluggy_values import parse_instant, storable
from open_finance.records import Action, ActionType, ItemData, Option

Phase = Literal["login", "accounts", "cards", "transactions", "investments", "identity", "loans", "finishing"]

#: What runs, in its usual order (reference 3.4; both spellings of C16), and what a person may be told of it.
PHASES: Mapping[str, Phase] = {
    "CREATING": "login",
    "CREATED": "login",
    "LOGIN_IN_PROGRESS": "login",
    "WAITING_USER_INPUT": "login",
    "WAITING_USER_ACTION": "login",
    "LOGIN_MFA_IN_PROGRESS": "login",
    "ACCOUNTS_IN_PROGRESS": "accounts",
    "CREDITCARDS_IN_PROGRESS": "cards",
    "TRANSACTIONS_IN_PROGRESS": "transactions",
    "INVESTMENTS_IN_PROGRESS": "investments",
    "INVESTMENTS_TRANSACTIONS_IN_PROGRESS": "investments",
    "INVESTMENT_TRANSACTIONS_IN_PROGRESS": "investments",
    "PAYMENT_DATA_IN_PROGRESS": "identity",
    "IDENTITY_IN_PROGRESS": "identity",
    "LOANS_IN_PROGRESS": "loans",
    "ACCOUNT_STATEMENTS_IN_PROGRESS": "finishing",
    "MERGING": "finishing",
}
SUCCESSES = frozenset({"SUCCESS", "PARTIAL_SUCCESS"})

#: Item statuses in which a person is being waited for.
WAITING = frozenset({"WAITING_USER_INPUT", "WAITING_USER_ACTION"})
#: Types of an action that a person answers with a text or a choice.
ANSWERABLE = frozenset({"mfa", "select", "image"})
#: Item statuses in which Pluggy is at work, whatever its phase.
RUNNING = frozenset({"UPDATING", "MERGING"})
_UNFINISHED = RUNNING | WAITING
_DONE = frozenset({"UPDATED", "PARTIAL_SUCCESS"})


@dataclass(frozen=True, slots=True)
class Connected:
    """The data is there. ``partial``: some product is not."""

    partial: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Pluggy or the bank is working."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Ask:
    """The person must do something before the connection goes on."""

    action: Action


@dataclass(frozen=True, slots=True)
class AwaitingOthers:
    """Another holder, or the bank, must approve first; Pluggy goes on by itself."""


@dataclass(frozen=True, slots=True)
class BankDown:
    """The bank or Pluggy failed, or said something new: nothing the person typed is to blame."""

    code: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The bank refused: what was typed, the authorisation, or this kind of client."""

    code: str


@dataclass(frozen=True, slots=True)
class Expired:
    """The link or the question was not answered in time, or nothing came of the wait."""

    code: str = "USER_INPUT_TIMEOUT"


@dataclass(frozen=True, slots=True)
class Gone:
    """Pluggy no longer knows the item."""


Step = Connected | Waiting | Ask | AwaitingOthers | BankDown | Rejected | Expired | Gone

_REJECTIONS = (
    "INVALID_CREDENTIALS",
    "INVALID_CREDENTIALS_MFA",
    "ALREADY_LOGGED_IN",
    "ACCOUNT_LOCKED",
    "ACCOUNT_CREDENTIALS_RESET",
    "ACCOUNT_NEEDS_ACTION",
    "USER_AUTHORIZATION_NOT_GRANTED",
    "USER_AUTHORIZATION_REVOKED",
    "USER_NOT_SUPPORTED",
)
_TROUBLES = ("SITE_NOT_AVAILABLE", "CONNECTION_ERROR", "UNEXPECTED_ERROR", "ERROR", "MERGE_ERROR", "CREATE_ERROR")

#: Every final failure of reference 3.4.
FAILURES: Mapping[str, Step] = {
    **{code: Rejected(code) for code in _REJECTIONS},
    **{code: BankDown(code) for code in _TROUBLES},
    "USER_AUTHORIZATION_PENDING": AwaitingOthers(),
    "USER_INPUT_TIMEOUT": Expired(),
}

FAST_SECONDS, FAST_UNTIL = 2.0, 120.0
SLOW_SECONDS, SLOW_UNTIL = 10.0, 900.0
GIVE_UP_AFTER = timedelta(hours=24)
OTHERS_GIVE_UP_AFTER = timedelta(days=7)  # a joint holder may take days to open the bank's app


def next_step(item: ItemData | None, now: datetime) -> Step:
    """What to do about an item as Pluggy gives it now; ``None`` is an item that answered 404."""
    if item is None:
        return Gone()
    failure = _failure(item)
    if failure is not None:
        return failure
    if item["execution_status"] in SUCCESSES or item["status"] in _DONE:
        return Connected(partial=is_partial(item))
    if item["status"] in WAITING or item["execution_status"] in WAITING:
        return _waiting_for_person(item, now)
    if item["status"] in _UNFINISHED:
        return Waiting(PHASES.get(item["execution_status"], "finishing"))
    return _unexplained(item)


def is_item_gone(error: PluggyError) -> bool:
    """Whether Pluggy said that it does not know the item. A bare 404 may be a proxy's, or a wrong address's."""
    return isinstance(error, PluggyNotFoundError) and error.code == "ITEM_NOT_FOUND"


def give_up(step: Step, started_at: datetime, now: datetime) -> Step:
    """The same step, or ``Expired`` when the flow that began at ``started_at`` has been waiting for too long."""
    if isinstance(step, Waiting | Ask):
        return Expired() if now - started_at > GIVE_UP_AFTER else step
    if isinstance(step, AwaitingOthers):
        return Expired("USER_AUTHORIZATION_PENDING") if now - started_at > OTHERS_GIVE_UP_AFTER else step
    return step


def poll_delay(elapsed_seconds: float) -> float | None:
    """Seconds until the next poll: 2 in the first two minutes, 10 until the fifteenth, then None = at each tick."""
    if elapsed_seconds < FAST_UNTIL:
        return FAST_SECONDS
    if elapsed_seconds < SLOW_UNTIL:
        return SLOW_SECONDS
    return None


def is_partial(item: ItemData) -> bool:
    """Whether some product of a connected item was not collected."""
    if "PARTIAL_SUCCESS" in (item["status"], item["execution_status"]):
        return True
    return not all(product["is_updated"] for product in item["products"].values())


def find_authorisation_url(item: ItemData) -> str | None:
    """The link at which the person authorises, wherever the item carries it; None while there is none.

    Order of reference 3.11: ``parameter.data``, then ``userAction.attributes``, then any other value of the two. Only
    ``https://`` links count (and ``http://`` ones to this very machine: the local Pluggy's). A text that merely contains a
    link is not one, and neither is a picture.
    """
    parameter, user_action = item["parameter"] or {}, item["user_action"] or {}
    if parameter.get("type") != "image" and is_link(parameter.get("data")):
        return str(parameter["data"])
    attributes = user_action.get("attributes")
    return next((text for source in (attributes, user_action, parameter) for text in _links(source)), None)


def is_link(value: Any) -> bool:
    """Whether a value is a whole ``https://`` address, or an ``http://`` one of the loopback interface."""
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _links(source: Any) -> Iterator[str]:
    if isinstance(source, Mapping) and source.get("type") != "image":
        for value in source.values():
            if is_link(value):
                yield value


def _failure(item: ItemData) -> Step | None:
    """The verdict of a failing code. An error left over from an earlier execution does not condemn a running one."""
    execution, error = item["execution_status"], item["error_code"]
    if execution in FAILURES:
        # USER_AUTHORIZATION_PENDING and the like may sit in either place; the error is the more precise of the two.
        return FAILURES.get(error or "", FAILURES[execution])
    if execution and execution not in SUCCESSES and item["status"] in _UNFINISHED:
        return None
    if error is not None and error in FAILURES:
        return FAILURES[error]
    return Rejected(error or "LOGIN_ERROR") if item["status"] == "LOGIN_ERROR" else None


def _unexplained(item: ItemData) -> Step:
    """Neither running, nor done, nor a failure we know: stop, name it, and do not assume success."""
    known = {*PHASES, *SUCCESSES}
    execution = item["execution_status"] if item["execution_status"] not in known else ""
    return BankDown(item["error_code"] or execution or item["status"] or "UNEXPECTED_ERROR")


def _waiting_for_person(item: ItemData, now: datetime) -> Step:
    execution = item["execution_status"]
    phase = PHASES.get(execution, "login")
    answered = execution == "LOGIN_MFA_IN_PROGRESS" or phase != "login"
    action = None if answered else read_action(item)
    if action is None:
        return Waiting(phase)
    if action["expires_at"] is not None and now > action["expires_at"]:
        return Expired()
    return Ask(action)


def read_action(item: ItemData) -> Action | None:
    """What the item asks of the person, None when it says nothing yet (a link takes some seconds to appear)."""
    parameter, user_action = item["parameter"] or {}, item["user_action"] or {}
    said = {key: value for source in (user_action, parameter) for key, value in source.items() if value is not None}
    url = find_authorisation_url(item)
    if url is not None:
        return _action("authorize", said, "Autorize o acesso no banco", url=url)
    if user_action.get("type") == "qr":
        return _action("qr", said, "Leia o QR Code no app do banco", data=_qr_data(parameter, user_action))
    if parameter:
        return _action(_question_type(parameter), parameter, "Código", data=_text(parameter.get("data")))
    return _action("device", user_action, "Autorize o acesso no app do banco") if user_action else None


def _question_type(parameter: Mapping[str, Any]) -> ActionType:
    if parameter.get("type") == "image" or (_text(parameter.get("data")) or "").startswith("data:image/"):
        return "image"
    return "select" if _options(parameter) else "mfa"


def _qr_data(parameter: Mapping[str, Any], user_action: Mapping[str, Any]) -> str | None:
    attributes = user_action.get("attributes")
    values = attributes.values() if isinstance(attributes, Mapping) else ()
    candidates = (parameter.get("data"), user_action.get("data"), *values)
    return next((text for value in candidates if (text := _text(value))), None)


def _action(
    kind: ActionType, source: Mapping[str, Any], label: str, *, url: str | None = None, data: str | None = None
) -> Action:
    return Action(
        type=kind,
        name=_text(source.get("name")),
        label=_text(source.get("label")) or _text(source.get("instructions")) or label,
        url=url,
        options=_options(source),
        data=data,
        validation=_text(source.get("validation")),
        validation_message=_text(source.get("validationMessage")),
        expires_at=parse_instant(source.get("expiresAt")),
    )


def _options(source: Mapping[str, Any]) -> list[Option]:
    options = source.get("options")
    return [
        Option(value=value, label=_text(option.get("label")) or value)
        for option in (options if isinstance(options, list) else [])
        if isinstance(option, Mapping) and option.get("value") is not None
        for value in [storable(str(option["value"]))]
    ]


def _text(value: Any) -> str | None:
    return storable(value) or None if isinstance(value, str) else None
