"""When to speak of a bank: the table of decisions, and what no sequence of days and events may break."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from open_finance.clock import local_day
from open_finance.personal.reminder_rules import Due, Said, due_notice, may_speak

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # noon in São Paulo


def in_days(days: float) -> datetime:
    return NOW + timedelta(days=days)


def episode(days: float) -> str:
    return local_day(in_days(days)).isoformat()


def said(kind: str, of: str, days: float | None = 0) -> Said:
    return Said(kind, of, None if days is None else in_days(days))


@pytest.mark.parametrize(
    ("days", "kind"),
    [
        (16, None),
        (15, "expires_15"),
        (12, "expires_15"),
        (8, "expires_15"),
        (7, "expires_7"),
        (2, "expires_7"),
        (1, "expires_1"),
        (0.1, "expires_1"),
        (0, "trouble"),
        (-40, "trouble"),
    ],
)
def test_an_authorisation_that_ends(days: float, kind: str | None) -> None:
    due = due_notice(in_days(days), None, [], NOW)
    assert (due.kind if due else None) == kind
    if due is not None and due.kind != "trouble":
        assert due == Due(due.kind, episode(days), days_left=int(days))


def test_a_bank_that_was_given_up_is_told_once_and_after_what_its_person_must_mend() -> None:
    parked_at = in_days(-1)
    due = Due("parked", parked_at.isoformat(), since=parked_at)
    assert due_notice(None, None, [], NOW, parked_at) == due
    assert due_notice(None, None, [said("parked", parked_at.isoformat())], NOW, parked_at) is None
    assert due_notice(None, None, [said("parked", in_days(-30).isoformat())], NOW, parked_at) == due
    assert due_notice(None, in_days(-1), [], NOW, parked_at).kind == "trouble"  # type: ignore[union-attr]


def test_no_end_known_no_warning() -> None:
    assert due_notice(None, None, [], NOW) is None


@pytest.mark.parametrize(
    ("days", "past", "kind"),
    [
        (15, [said("expires_15", episode(15))], None),
        (7, [said("expires_15", episode(7))], "expires_7"),
        (7, [said("expires_7", episode(7))], None),
        (1, [said("expires_15", episode(1)), said("expires_7", episode(1))], "expires_1"),
        (7, [said("expires_15", episode(7), None), said("expires_7", episode(7), None)], None),
        (1, [said("expires_15", episode(1), None), said("expires_7", episode(1), None)], "expires_1"),
        (7, [said("expires_7", episode(-300))], "expires_7"),
        (0, [said("expires_1", episode(0))], "trouble"),
    ],
)
def test_each_warning_once_and_none_that_is_not_wanted(days: float, past: list[Said], kind: str | None) -> None:
    due = due_notice(in_days(days), None, past, NOW)
    assert (due.kind if due else None) == kind


def trouble(days: float, told: float | None) -> list[Said]:
    return [] if told is None else [said("trouble", in_days(days).isoformat(), told)]


@pytest.mark.parametrize(
    ("began", "told", "kind"),
    [
        (0, None, "trouble"),
        (-9, None, "trouble"),
        (-2, -2, None),
        (-3, -3, "trouble_3"),
        (-3, -2, "trouble_3"),
        (-3, 0, None),
        (-6, -3, None),
        (-6, -6, "trouble_3"),
    ],
)
def test_trouble_is_told_at_once_and_on_the_third_day(began: float, told: float | None, kind: str | None) -> None:
    due = due_notice(None, in_days(began), trouble(began, told), NOW)
    assert due == (None if kind is None else Due(kind, in_days(began).isoformat(), since=in_days(began)))  # type: ignore[arg-type]


def test_trouble_is_never_told_a_third_time() -> None:
    past = [*trouble(-30, -30), said("trouble_3", in_days(-30).isoformat(), -27)]
    assert due_notice(None, in_days(-30), past, NOW) is None


def test_a_bank_in_trouble_is_not_warned_of() -> None:
    assert due_notice(in_days(7), in_days(-1), trouble(-1, -1), NOW) is None


@pytest.mark.parametrize("noticed", [0.0, 2.0])
def test_what_the_bank_says_of_an_authorisation_that_ended_is_the_same_trouble(noticed: float) -> None:
    past = [said("trouble", episode(-2), -2)]
    assert due_notice(in_days(-2), in_days(-2 + noticed), past, NOW) is None


def test_a_trouble_that_was_there_before_the_end_stays_the_same_one() -> None:
    assert due_notice(in_days(-1), in_days(-2), trouble(-2, -2), NOW) is None


@pytest.mark.parametrize(
    ("hour", "minute", "allowed"), [(8, 59, False), (9, 0, True), (20, 59, True), (21, 0, False), (0, 0, False)]
)
def test_people_sleep(hour: int, minute: int, allowed: bool) -> None:
    now = datetime(2026, 11, 23, hour, minute, tzinfo=UTC) + timedelta(hours=3)
    assert may_speak([], now) == allowed


def test_one_message_a_day() -> None:
    assert not may_speak([NOW - timedelta(hours=2)], NOW)
    assert may_speak([NOW - timedelta(hours=20)], NOW)
