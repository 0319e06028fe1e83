"""What a person wants to be told. Pure: the settings, their stored form, and the hours in which nobody is disturbed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from open_finance.clock import SAO_PAULO
from open_finance.money import CENTAVO

#: Nobody asks to hear of less, or of more: the largest amount that /extrato takes.
MAX_FROM = Decimal("99999999.99")


class Summary(Enum):
    """How often the summary comes. A weekly one on Mondays, a monthly one on the first; each speaks of the time before."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The switches of /alertas. ``spending_from``: BRL; spending of at least that is told. ``fees``: fees, interest and the
    beginning of an overdraft. ``banks``: a bank fails, is back, or its authorisation ends. ``subscriptions``: one is dearer,
    or charged though it was cancelled. ``budgets``: one seems not to hold. Hours are São Paulo's; ``quiet_from`` and
    ``quiet_to`` alike: no quiet hours."""

    spending: bool = True
    spending_from: Decimal = Decimal("50.00")
    income: bool = True
    bills: bool = True
    subscriptions: bool = True
    unusual: bool = True
    fees: bool = True
    banks: bool = True
    summary: Summary = Summary.OFF
    summary_at: time = time(7, 30)
    quiet_from: time = time(22, 0)
    quiet_to: time = time(7, 0)
    budgets: bool = True


DEFAULTS = AlertSettings()


def dump(settings: AlertSettings) -> dict[str, Any]:
    """What differs from the defaults, as JSON takes it: who has chosen nothing follows when the defaults change."""
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {name: _to_json(value) for name, value in values.items() if value != getattr(DEFAULTS, name)}


def load(stored: Mapping[str, Any]) -> AlertSettings:
    """What ``dump`` made. A name that is no setting any more is left out."""
    readers: dict[type, Callable[[Any], object]] = {
        bool: bool,
        Decimal: Decimal,
        Summary: Summary,
        time: time.fromisoformat,
    }
    kinds = {field.name: type(getattr(DEFAULTS, field.name)) for field in fields(AlertSettings)}
    values = {name: readers[kinds[name]](value) for name, value in stored.items() if name in kinds}
    return replace(DEFAULTS, **values)  # type: ignore[arg-type]


def changed(settings: AlertSettings, changes: Mapping[str, object]) -> AlertSettings:
    """The settings with some of them set. Raises ValueError on a name that is none of theirs, and on a value that cannot be
    one: an amount finer than a centavo or out of bounds, an hour with seconds."""
    for name, value in changes.items():
        kind = type(getattr(DEFAULTS, name, None))
        if name not in AlertSettings.__dataclass_fields__ or type(value) is not kind or not _is_sound(value):
            raise ValueError(f"not a value of the setting {name!r}")
    return replace(settings, **changes)  # type: ignore[arg-type]


def loud_from(settings: AlertSettings, now: datetime) -> datetime:
    """The first moment from ``now`` on at which the person may be disturbed: ``now`` itself outside the quiet hours."""
    here = now.astimezone(SAO_PAULO)
    if not is_quiet(settings, now):
        return now
    ends = here.replace(hour=settings.quiet_to.hour, minute=settings.quiet_to.minute, second=0, microsecond=0)
    return ends if ends > here else ends + timedelta(days=1)


def is_quiet(settings: AlertSettings, now: datetime) -> bool:
    """Whether it is one of the person's quiet hours."""
    return is_quiet_at(settings, now.astimezone(SAO_PAULO).time())


def is_quiet_at(settings: AlertSettings, moment: time) -> bool:
    """Whether the quiet hours, which may reach over midnight, hold this time of day."""
    begins, ends = settings.quiet_from, settings.quiet_to
    if begins <= ends:
        return begins <= moment < ends
    return moment >= begins or moment < ends


def _is_sound(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and 0 <= value <= MAX_FROM and value == value.quantize(CENTAVO)
    if isinstance(value, time):
        return value.tzinfo is None and value == value.replace(second=0, microsecond=0)
    return True


def _to_json(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, time):
        return value.isoformat("minutes")
    return str(value) if isinstance(value, Decimal) else value
