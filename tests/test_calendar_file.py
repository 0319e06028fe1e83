"""The calendar file of /assinaturas, read back by the library that reads calendars."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from open_finance.exports.calendar_file import Entry, calendar_file, next_days
from open_finance.insights.recurring import Kind, Recurring
from open_finance.insights.recurring_days import DayRule, Shift
from tests.builders import NOW
from tests.test_subscriptions import flow

OWNER = 1000
UNMOVED = DayRule("day", 12, "none")


def events(*entries: Entry, owner: int = OWNER) -> list[Any]:
    """The events of a file."""
    return list(Calendar.from_ical(calendar_file(entries, owner, NOW)).walk("VEVENT"))


def days_of(found: list[Any]) -> list[date]:
    """On which days a calendar shows them, a year ahead."""
    days: list[date] = []
    for event in found:
        first = event["dtstart"].dt
        assert event["dtend"].dt.toordinal() == first.toordinal() + 1
        if "rrule" in event:
            begins = datetime(first.year, first.month, first.day)  # noqa: DTZ001 - a day without an hour
            days += [each.date() for each in rrulestr(event["rrule"].to_ical().decode(), dtstart=begins)[:12]]
        else:
            days.append(first)
    return sorted(days)


@pytest.mark.parametrize("day", [1, 12, 28, 29, 31])
@pytest.mark.parametrize("shift", ["none", "next", "previous"])
def test_a_calendar_shows_the_days_that_are_expected(day: int, shift: Shift) -> None:
    rule = DayRule("day", day, shift)
    one = flow(day=day, rule=rule, next_on=rule.day_in(date(2026, 12, 1)))
    found = events(Entry(one, "Streaming Y"))
    assert days_of(found) == list(next_days(one))
    assert len(next_days(one)) == 12


def test_one_day_of_every_month_is_one_event_that_repeats() -> None:
    one = flow(rule=UNMOVED)
    [event] = events(Entry(one, "Streaming Y · R$\xa055,90"))
    assert event["rrule"].to_ical() == b"FREQ=MONTHLY;BYMONTHDAY=12"
    assert event["dtstart"].dt == date(2026, 12, 12)
    assert str(event["summary"]) == "Streaming Y · R$ 55,90"


def test_a_loan_ends_with_its_last_part() -> None:
    found = events(Entry(flow("loan", kind=Kind.LOAN, parts_left=3), "Parcela"))
    assert len(days_of(found)) == 3


def test_what_has_ended_is_left_out() -> None:
    assert events(Entry(flow(next_on=None), "Streaming Y"), Entry(flow("other"), "Outra"))[0]["summary"] == "Outra"
    assert events() == []


def test_the_same_event_has_the_same_id_whenever_it_is_made_and_nobodys_number_in_it() -> None:
    two = [Entry(flow(), "Streaming Y"), Entry(flow("moved", day=31, next_on=date(2026, 12, 31)), "Conta")]
    once, again = events(*two), events(*reversed(two))
    ids = [str(event["uid"]) for event in once]
    assert len(set(ids)) == len(ids) > 2
    assert sorted(ids) == sorted(str(event["uid"]) for event in again)
    assert not set(ids) & {str(event["uid"]) for event in events(*two, owner=2000)}
    assert all(re.fullmatch(r"[0-9a-f]{24}(-\d{6})?@gerente-financeiro", one) for one in ids)


def test_the_file_says_what_calendars_ask_for() -> None:
    text = calendar_file([Entry(flow(), "Streaming Y")], OWNER, NOW).decode()
    for line in ("BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:PUBLISH", "DTSTAMP:20261123T150000Z"):
        assert f"{line}\r\n" in text
    assert "DTSTART;VALUE=DATE:20261212\r\n" in text
    assert "PRODID:" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


HOSTILE = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:outra",
            'vírgula, ponto; barra\\n aspas" dois: pontos',
            "BEGIN:VEVENT\nUID:1\nATTACH:http://exemplo.com",
            "\x00\x0b\x1f\x7f\x85\u2028\u202e",
            "ção 🎬" * 40,
        ]
    ),
)


@given(st.lists(HOSTILE, min_size=1, max_size=3), st.text(max_size=240))
def test_no_text_of_a_bank_writes_anything_but_its_own_name(names: list[str], key: str) -> None:
    entries = [
        Entry(flow(f"{number}{key}", title=name, rule=UNMOVED), f"{name} · R$ 1,00")
        for number, name in enumerate(names)
    ]
    content = calendar_file(entries, OWNER, NOW)
    calendar = Calendar.from_ical(content)
    found = list(calendar.walk("VEVENT"))
    assert len(found) == len(names) == content.count(b"\r\nBEGIN:VEVENT\r\n")
    assert [one.name for one in calendar.subcomponents] == ["VEVENT"] * len(names)
    for event, name in zip(found, names, strict=True):
        assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP", "RRULE"}
        said = str(event["summary"])
        assert "\n" not in said
        assert len(said) <= 200
        assert "".join(said.split()).startswith(visible(name)[:40])


def visible(text: str) -> str:
    """The letters of a text that can be seen, without its spaces."""
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def test_amounts_are_nowhere_but_in_the_summary() -> None:
    one: Recurring = flow(amount="-7777.77")
    assert b"7777" not in calendar_file([Entry(one, "Streaming Y")], OWNER, NOW)
    assert one.amount == Decimal("-7777.77")
