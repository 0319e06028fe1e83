"""Whether a connection that stood needs its person, and since when. Pure.

A bank that is down is no trouble: Pluggy tries again by itself. Trouble lasts until the connection stands again, however
often it is tried meanwhile, and keeps the moment it began.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from open_finance.connect_flow import Connected, Gone, Rejected, next_step
from open_finance.records import Connection, ItemData, Trouble

NOTHING_SHARED = "NOTHING_SHARED"
CONSENT_EXPIRED = "CONSENT_EXPIRED"
ITEM_NOT_FOUND = "ITEM_NOT_FOUND"
DOOR_CLOSED = "DOOR_CLOSED"
#: No trouble: the bank wants a code of the moment, and was not asked without one.
CODE_WANTED = "CONNECTOR_REQUIRED_PARAMETER_VALIDATION_ERROR"

#: The other session ends, and Pluggy tries again.
_PASSING = frozenset({"ALREADY_LOGGED_IN"})
_REFUSED_RENEWAL = "USER_AUTHORIZATION_NOT_GRANTED"


def needs_person(connection: Connection, now: datetime) -> bool:
    """Whether a connection, as it is stored, needs its person: in trouble, lost, or past its authorisation, whether or not
    the bank has said so yet."""
    is_over = ended_at(connection["consent_expires_at"], now) is not None
    return connection["gone"] or connection["trouble_code"] is not None or is_over


def ended_at(expires_at: datetime | None, now: datetime) -> datetime | None:
    """When an authorisation came to its end; None while it goes on, and where no end is known."""
    return expires_at if expires_at is not None and expires_at <= now else None


def judge(
    item: ItemData | None, now: datetime, *, accounts: int | None = None, door_closed: bool = False
) -> Callable[[Trouble | None], Trouble | None]:
    """What an item, as just read (None: Pluggy does not have it), makes of the trouble that is known.

    ``accounts``: how many it listed, None when nobody asked. ``door_closed``: Pluggy has withdrawn its connector.
    """

    def after(known: Trouble | None) -> Trouble | None:
        return trouble_after(known, item, now, accounts=accounts, door_closed=door_closed)

    return after


def trouble_after(
    known: Trouble | None,
    item: ItemData | None,
    now: datetime,
    *,
    accounts: int | None = None,
    door_closed: bool = False,
) -> Trouble | None:
    """The trouble that there is now. See ``judge``."""
    step = next_step(item, now)
    if isinstance(step, Gone) or door_closed:
        return _since(known, DOOR_CLOSED if door_closed else ITEM_NOT_FOUND, now)
    expired_at = ended_at(item["consent_expires_at"] if item else None, now)
    if expired_at is not None and isinstance(step, Connected | Rejected):
        return _since(known, CONSENT_EXPIRED, expired_at)
    if isinstance(step, Connected):
        return _of_connected(known, item, accounts, now)
    if isinstance(step, Rejected) and not _leaves_it_as_it_was(step.code, item):
        return _since(known, step.code, now)
    return known


def shares_nothing(item: ItemData, accounts: int) -> bool:
    """Whether the person authorised, but ticked no account: everything was collected, and there is nothing."""
    return item["is_open_finance"] and item["execution_status"] == "SUCCESS" and accounts == 0


def _of_connected(known: Trouble | None, item: ItemData | None, accounts: int | None, now: datetime) -> Trouble | None:
    """It stands, unless it lists no account; nobody who did not ask can say that it does."""
    if accounts is None:
        return known if known is not None and known.code == NOTHING_SHARED else None
    return _since(known, NOTHING_SHARED, now) if item is not None and shares_nothing(item, accounts) else None


def _leaves_it_as_it_was(code: str, item: ItemData | None) -> bool:
    """A renewal that was refused while the old consent goes on, and what passes by itself."""
    is_login_error = item is not None and item["status"] == "LOGIN_ERROR"
    return code in _PASSING or (code == _REFUSED_RENEWAL and not is_login_error)


def _since(known: Trouble | None, code: str, at: datetime) -> Trouble:
    return Trouble(code, known.since if known is not None else at)
