"""The protocol's decisions: outcomes, filters, cursors, pages, queries, JSON, pauses, the key's life."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_finance import pluggy_wire as wire
from open_finance.errors import (
    PluggyRateLimitError,
    PluggyServerError,
)
from open_finance.pluggy_wire import Outcome

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ITEM = "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"

CODED = {"code": 403, "message": "no", "codeDescription": "BALANCE_CONSENT_ERROR"}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {}, None),
        (201, {"a": 1}, None),
        (200, [], Outcome.SERVER_FAILED),
        (200, None, Outcome.SERVER_FAILED),
        (200, "not JSON", Outcome.SERVER_FAILED),
        (200, 7, Outcome.SERVER_FAILED),
        (204, None, Outcome.SERVER_FAILED),
        (302, None, Outcome.SERVER_FAILED),
        (400, {"code": 400}, Outcome.REFUSED),
        (400, "not JSON", Outcome.REFUSED),
        (401, {"code": 401}, Outcome.KEY_REFUSED),
        (401, None, Outcome.KEY_REFUSED),
        (401, {"codeDescription": "CLIENT_KEYS_UNAUTHORIZED"}, Outcome.REFUSED),
        (403, {"message": "Forbidden", "code": 403}, Outcome.KEY_REFUSED),
        (403, CODED, Outcome.REFUSED),
        (404, {"code": 404}, Outcome.NOT_FOUND),
        (404, {"code": 404, "message": "Item not found"}, Outcome.ITEM_GONE),
        (404, None, Outcome.NOT_FOUND),
        (404, {"message": "no Route matched with those values"}, Outcome.NOT_FOUND),
        (404, {"codeDescription": "ACCOUNT_NOT_FOUND"}, Outcome.NOT_FOUND),
        (404, {"codeDescription": "ITEM_NOT_FOUND"}, Outcome.ITEM_GONE),
        (404, "not JSON", Outcome.SERVER_FAILED),
        (409, {}, Outcome.REFUSED),
        (410, {}, Outcome.REFUSED),
        (429, {"code": 429}, Outcome.RATE_LIMITED),
        (429, "not JSON", Outcome.RATE_LIMITED),
        (429, {"codeDescription": "BALANCE_OPEN_FINANCE_RATE_LIMIT"}, Outcome.QUOTA),
        (500, {}, Outcome.SERVER_FAILED),
        (502, CODED, Outcome.SERVER_FAILED),
        (503, "not JSON", Outcome.SERVER_FAILED),
    ],
)
def test_an_answer_means_one_outcome(status: int, body: Any, outcome: Outcome | None) -> None:
    assert wire.outcome_of(status, body) is outcome


def test_lists_and_empty_answers_are_good_where_they_are_expected() -> None:
    assert wire.outcome_of(200, [], is_list_allowed=True) is None
    assert wire.outcome_of(204, None, is_empty_allowed=True) is None
    assert wire.outcome_of(200, None, is_empty_allowed=True) is Outcome.SERVER_FAILED


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("property dateFrom should not exist", {"dateFrom"}),
        ("property dateFrom should not exist,property dateTo should not exist", {"dateFrom", "dateTo"}),
        ("property createdAtFrom should not exist", {"createdAtFrom"}),
        ("property accountId should not exist", set()),
        ("accountId must be a UUID", set()),
        (None, set()),
    ],
)
def test_refused_date_filters_are_named(message: str | None, refused: set[str]) -> None:
    assert wire.refused_filters(wire.error_for(400, {"code": 400, "message": message}, {})) == refused


ROW = {"date": "2026-11-20T03:00:00.000Z", "createdAt": "2026-11-21T06:00:00.000Z"}


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({}, True),
        ({"dateFrom": date(2026, 11, 20)}, True),
        ({"dateFrom": date(2026, 11, 21)}, False),
        ({"dateTo": date(2026, 11, 20)}, True),
        ({"dateTo": date(2026, 11, 19)}, False),
        ({"createdAtFrom": datetime(2026, 11, 21, 6, tzinfo=UTC)}, True),
        ({"createdAtFrom": datetime(2026, 11, 21, 7, tzinfo=UTC)}, False),
    ],
)
def test_a_filter_the_server_refuses_is_applied_here(filters: dict[str, Any], kept: bool) -> None:
    assert wire.keeps_row(ROW, filters) is kept


def test_a_row_whose_dates_cannot_be_read_is_left_to_the_reader_of_rows() -> None:
    assert wire.keeps_row({"date": "soon"}, {"dateFrom": date(2026, 1, 1), "createdAtFrom": NOW})


@pytest.mark.parametrize(
    ("following", "cursor"),
    [
        (None, None),
        ("", None),
        ("?accountId=8f6b&after=abc", "abc"),
        ("https://api.pluggy.ai/v2/transactions?after=abc&accountId=8f6b", "abc"),
        ("/v2/transactions?after=abc", "abc"),
        ("accountId=8f6b&after=abc", "abc"),
        ("?after=a%2Bb%3D%3D", "a+b=="),
        ("?after=a+b/c==", "a+b/c=="),
    ],
)
def test_a_cursor_is_read_from_whatever_next_is(following: str | None, cursor: str | None) -> None:
    assert wire.next_cursor(following) == cursor


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_cursor_survives_the_journey_through_next(cursor: str) -> None:
    assert wire.next_cursor(f"?accountId=1&after={quote(cursor, safe='')}") == cursor


@pytest.mark.parametrize(
    "following", ["?accountId=8f6b", "?after=", "https://api.pluggy.ai/v2/transactions", 7, ["x"], True]
)
def test_a_next_without_a_cursor_is_an_error_and_not_the_end(following: Any) -> None:
    with pytest.raises(PluggyServerError):
        wire.next_cursor(following)


def test_page_rows_come_from_either_envelope_or_a_bare_list() -> None:
    assert wire.page_rows({"results": [{"id": 1}]}) == [{"id": 1}]
    assert wire.page_rows([{"id": 1}]) == [{"id": 1}]


@pytest.mark.parametrize("body", [{}, {"results": None}, {"results": {"id": 1}}, {"results": [1]}, [None]])
def test_a_page_without_rows_is_an_error(body: Any) -> None:
    with pytest.raises(PluggyServerError):
        wire.page_rows(body)


@pytest.mark.parametrize(
    ("body", "page", "is_last"),
    [
        ({"page": 1, "totalPages": 1}, 1, True),
        ({"page": 1, "totalPages": 2}, 1, False),
        ({"page": 2, "totalPages": 2}, 2, True),
        ({"page": 1, "totalPages": 0}, 1, True),
        ({"totalPages": 3}, 1, False),
        ({}, 1, True),
        ([], 1, True),
    ],
)
def test_the_last_page_is_recognised(body: Any, page: int, is_last: bool) -> None:
    assert wire.is_last_page(body, page) is is_last


def test_a_server_that_answers_the_same_page_again_is_found_out() -> None:
    with pytest.raises(PluggyServerError):
        wire.is_last_page({"page": 1, "totalPages": 3}, 2)


def test_a_query_is_written_as_pluggy_reads_it() -> None:
    assert wire.query(
        {
            "sandbox": True,
            "healthDetails": False,
            "types": ["PERSONAL_BANK", "INVESTMENT"],
            "empty": [],
            "name": None,
            "page": 2,
            "dateFrom": date(2026, 11, 1),
            "createdAtFrom": datetime(2026, 7, 26, 0, 26, 11, 123456, tzinfo=timezone(timedelta(hours=-3))),
        }
    ) == {
        "sandbox": "true",
        "healthDetails": "false",
        "types": "PERSONAL_BANK,INVESTMENT",
        "page": "2",
        "dateFrom": "2026-11-01",
        "createdAtFrom": "2026-07-26T03:26:11.123Z",
    }


def test_a_datetime_without_a_zone_has_no_place_in_a_query() -> None:
    with pytest.raises(ValueError, match="zone"):
        wire.query({"createdAtFrom": datetime(2026, 1, 1)})  # noqa: DTZ001 - the naive one is the point


def test_json_numbers_are_exact() -> None:
    body = wire.parse_json(b'{"balance": 1302.4450, "items": 3, "big": 0.1}')
    assert body == {"balance": Decimal("1302.4450"), "items": 3, "big": Decimal("0.1")}
    assert isinstance(body["big"], Decimal)


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b'{"a": 1',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"[-Infinity]",
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        b"1" * 5000,
        b'{"a": 1e9999999999999999999}',
        b'{"a": "\xff"}',
        b'["a\x01"]',
    ],
)
def test_what_is_not_strict_json_is_text(content: bytes) -> None:
    assert isinstance(wire.parse_json(content), str)


def test_half_a_surrogate_pair_is_a_text_that_was_cut() -> None:
    assert wire.parse_json(b'{"a": "caf\\u00e9 \\ud83d", "b": 1.10}') == {"a": "café \ud83d", "b": Decimal("1.10")}


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values, st.booleans(), st.data())
def test_every_body_is_read_as_the_standard_library_reads_it(value: Any, ascii_only: bool, data: st.DataObject) -> None:
    content = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(content)))
        content = content[:at] + data.draw(st.binary(max_size=2)) + content[at + 1 :]
    try:
        expected = json.loads(content, parse_float=Decimal, parse_constant=refuse)
    except (ValueError, ArithmeticError):
        expected = "not JSON"
    assert wire.parse_json(content) == (expected if content.strip() else None)


def refuse(name: str) -> None:
    raise ValueError(name)


@pytest.mark.parametrize("content", [b"", b"  \r\n"])
def test_an_empty_body_is_none(content: bytes) -> None:
    assert wire.parse_json(content) is None


@given(retries=st.integers(0, 3), jitter=st.floats(0, 1, exclude_max=True))
def test_pauses_grow_and_keep_within_half_and_all_of_their_step(retries: int, jitter: float) -> None:
    assert 2**retries / 2 <= wire.pause_before(retries, jitter) <= 2**retries


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "60"}, 60.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "-3"}, 0.0),
        ({"RateLimit-Reset": "41"}, 41.0),
        ({"Retry-After": "60", "RateLimit-Reset": "41"}, 60.0),
        ({"Retry-After": "Mon, 23 Nov 2026 15:00:30 GMT"}, 30.0),
        ({"Retry-After": "Mon, 23 Nov 2026 14:00:30 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert wire.retry_after(headers, NOW) == seconds


def test_a_rate_limit_error_carries_the_whole_wait() -> None:
    error = wire.error_for(429, {"code": 429}, {"Retry-After": "3600"})
    assert isinstance(error, PluggyRateLimitError)
    assert error.retry_after == 3600


def test_a_date_without_a_clock_to_compare_it_to_says_nothing() -> None:
    assert wire.retry_after({"Retry-After": "Mon, 23 Nov 2026 15:00:30 GMT"}) is None


def jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


@pytest.mark.parametrize(
    ("api_key", "minutes"),
    [
        (jwt(iat=1795436000, exp=1795443200), 115),
        (jwt(exp=int(NOW.timestamp()) + 7200), 115),
        (jwt(iat=0, exp=600), 9),
        (jwt(iat=0, exp=86400), 115),
        (jwt(iat=100, exp=50), 110),
        (jwt(exp="soon"), 110),
        (jwt(exp=None), 110),
        (jwt(iat=0, exp=1e300), 110),
        (jwt(), 110),
        ("a.W10.c", 110),
        ("a.%%%.c", 110),
        ("opaque", 110),
    ],
)
def test_a_key_is_renewed_before_its_end(api_key: str, minutes: int) -> None:
    assert wire.key_lifetime(api_key, NOW) == timedelta(minutes=minutes)


@given(st.text())
def test_any_key_has_a_life_of_at_most_two_hours(api_key: str) -> None:
    assert timedelta(0) < wire.key_lifetime(api_key, NOW) < timedelta(hours=2)
