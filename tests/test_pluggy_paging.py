"""Page after page: both envelopes, complete, and never for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from open_finance import pluggy_client
from open_finance.errors import PluggyRequestError, PluggyServerError, PluggyUnreachableError
from open_finance.pluggy_client import PluggyClient
from tests.clocks import ManualClock
from tests.pluggy_stub import ACCOUNT_ID, ITEM_ID, URL, Pluggy, canned_pluggy, query_of

TRANSACTIONS = "/v2/transactions"


@pytest.fixture
def pluggy(clock: ManualClock) -> Iterator[Pluggy]:
    with canned_pluggy(clock) as pluggy:
        yield pluggy


# --- pages ---------------------------------------------------------------------------------------------------------------


def envelope(page: int, total_pages: int, *ids: int) -> dict[str, Any]:
    return {"total": 9, "totalPages": total_pages, "page": page, "results": [{"id": number} for number in ids]}


def test_all_pages_are_read(pluggy: Pluggy) -> None:
    for page in (1, 2, 3):
        pluggy.answer("GET", "/accounts", envelope(page, 3, page, page * 10))
    accounts = pluggy.client.list_accounts(ITEM_ID, type="BANK")
    assert [account["id"] for account in accounts] == [1, 10, 2, 20, 3, 30]
    queries = [query_of(request) for request in pluggy.asked("GET", "/accounts")]
    assert queries[0] == {"itemId": ITEM_ID, "type": "BANK"}
    assert [query.get("page") for query in queries] == [None, "2", "3"]


LISTS: list[tuple[str, Callable[[PluggyClient], list[dict[str, Any]]]]] = [
    ("/connectors", lambda client: client.list_connectors()),
    ("/accounts", lambda client: client.list_accounts(ITEM_ID)),
    ("/bills", lambda client: client.list_bills(ACCOUNT_ID)),
    ("/investments", lambda client: client.list_investments(ITEM_ID, type="FIXED_INCOME")),
    ("/investments/position-1/transactions", lambda client: client.list_investment_transactions("position-1")),
    ("/loans", lambda client: client.list_loans(ITEM_ID)),
    ("/consents", lambda client: client.list_consents(ITEM_ID)),
    ("/categories", lambda client: client.list_categories("11000000")),
]


@pytest.mark.parametrize(("path", "call"), LISTS)
@pytest.mark.parametrize(
    ("body", "ids"),
    [(envelope(1, 1, 1), [1]), (envelope(1, 0), []), ([{"id": 1}], [1]), ([], []), ({"results": []}, [])],
)
def test_every_list_takes_an_envelope_or_a_bare_list(
    pluggy: Pluggy, path: str, call: Callable[[PluggyClient], list[dict[str, Any]]], body: Any, ids: list[int]
) -> None:
    pluggy.answer("GET", path, body)
    assert [row["id"] for row in call(pluggy.client)] == ids


@pytest.mark.parametrize(("path", "call"), LISTS)
def test_a_page_that_comes_again_is_an_error_and_no_endless_loop(
    pluggy: Pluggy, path: str, call: Callable[[PluggyClient], list[dict[str, Any]]]
) -> None:
    pluggy.answer("GET", path, envelope(1, 2, 1))
    with pytest.raises(PluggyServerError):
        call(pluggy.client)
    assert pluggy.count("GET", path) == 2


def test_pages_that_never_end_are_an_error(pluggy: Pluggy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pluggy_client, "MAX_PAGES", 5)
    pluggy.answer("GET", "/categories", {"totalPages": 10**9, "results": [{"id": 1}]})
    with pytest.raises(PluggyServerError):
        pluggy.client.list_categories()
    assert pluggy.count("GET", "/categories") == 5


# --- transactions --------------------------------------------------------------------------------------------------------


def rows(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": number, "date": f"2026-11-{number:02}T03:00:00.000Z"} for number in numbers]


def test_transactions_follow_the_cursor_with_the_same_filters(pluggy: Pluggy) -> None:
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(20, 19), "next": f"?accountId={ACCOUNT_ID}&after=a+b/c=="})
    pluggy.answer("GET", TRANSACTIONS, {"results": [], "next": f"{URL}/v2/transactions?after=second%2B"})
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(18), "next": None})
    pages = list(
        pluggy.client.iter_transaction_pages(ACCOUNT_ID, date_from=date(2026, 11, 1), date_to=date(2026, 11, 23))
    )
    assert [[row["id"] for row in page] for page in pages] == [[20, 19], [], [18]]
    queries = [query_of(request) for request in pluggy.asked("GET", TRANSACTIONS)]
    filters = {"accountId": ACCOUNT_ID, "dateFrom": "2026-11-01", "dateTo": "2026-11-23"}
    assert queries == [filters, {**filters, "after": "a+b/c=="}, {**filters, "after": "second+"}]


def test_transactions_come_one_by_one_too(pluggy: Pluggy) -> None:
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(20, 19), "next": "?after=2"})
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(18)})
    since = datetime(2026, 11, 20, 3, tzinfo=timezone(timedelta(hours=-3)))
    assert [row["id"] for row in pluggy.client.iter_transactions(ACCOUNT_ID, created_at_from=since)] == [20, 19, 18]
    assert query_of(pluggy.asked("GET", TRANSACTIONS)[0])["createdAtFrom"] == "2026-11-20T06:00:00.000Z"


def test_pages_are_fetched_as_they_are_wanted(pluggy: Pluggy) -> None:
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(20), "next": "?after=2"})
    pages = pluggy.client.iter_transaction_pages(ACCOUNT_ID)
    assert pluggy.count("GET", TRANSACTIONS) == 0
    next(pages)
    assert pluggy.count("GET", TRANSACTIONS) == 1


def test_a_cursor_that_does_not_advance_is_an_error(pluggy: Pluggy) -> None:
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(20), "next": "?after=same"})
    with pytest.raises(PluggyServerError, match="cursor"):
        list(pluggy.client.iter_transaction_pages(ACCOUNT_ID))
    assert pluggy.count("GET", TRANSACTIONS) == 2


def test_cursors_that_go_in_a_circle_are_an_error(pluggy: Pluggy) -> None:
    for cursor in ("a", "b", "a"):
        pluggy.answer("GET", TRANSACTIONS, {"results": [], "next": f"?after={cursor}"})
    with pytest.raises(PluggyServerError, match="cursor"):
        list(pluggy.client.iter_transaction_pages(ACCOUNT_ID))


def test_a_next_without_a_cursor_is_an_error_and_not_the_end(pluggy: Pluggy) -> None:
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(20), "next": f"?accountId={ACCOUNT_ID}"})
    with pytest.raises(PluggyServerError):
        list(pluggy.client.iter_transaction_pages(ACCOUNT_ID))


def test_transactions_that_never_end_are_an_error(pluggy: Pluggy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pluggy_client, "MAX_PAGES", 3)
    for number in range(4):
        pluggy.answer("GET", TRANSACTIONS, {"results": rows(1), "next": f"?after={number}"})
    with pytest.raises(PluggyServerError, match="do not end"):
        list(pluggy.client.iter_transaction_pages(ACCOUNT_ID))
    assert pluggy.count("GET", TRANSACTIONS) == 3


def test_an_account_is_read_no_longer_than_its_deadline(pluggy: Pluggy) -> None:
    for number in range(4):
        pluggy.answer("GET", TRANSACTIONS, {"results": rows(1), "next": f"?after={number}"})
    pages = pluggy.client.iter_transaction_pages(ACCOUNT_ID, deadline=pluggy.clock.monotonic() + 10)
    next(pages)
    pluggy.clock.advance(8)
    next(pages)
    assert pluggy.asked("GET", TRANSACTIONS)[-1].req_kwargs["timeout"] == (2.0, 2.0)
    pluggy.clock.advance(2)
    with pytest.raises(PluggyUnreachableError):
        next(pages)
    assert pluggy.count("GET", TRANSACTIONS) == 2


def test_filters_a_tenant_does_not_know_are_applied_here(pluggy: Pluggy) -> None:
    message = "property dateFrom should not exist,property dateTo should not exist"
    pluggy.answer("GET", TRANSACTIONS, {"code": 400, "message": message}, 400)
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(21, 20, 19), "next": "?after=2"})
    pluggy.answer("GET", TRANSACTIONS, {"results": rows(18, 17)})
    found = pluggy.client.iter_transactions(ACCOUNT_ID, date_from=date(2026, 11, 18), date_to=date(2026, 11, 20))
    assert [row["id"] for row in found] == [20, 19, 18]
    queries = [query_of(request) for request in pluggy.asked("GET", TRANSACTIONS)]
    assert queries[1:] == [{"accountId": ACCOUNT_ID}, {"accountId": ACCOUNT_ID, "after": "2"}]


def test_a_filter_that_was_not_sent_and_is_refused_all_the_same_is_an_error(pluggy: Pluggy) -> None:
    pluggy.answer("GET", TRANSACTIONS, {"code": 400, "message": "property dateFrom should not exist"}, 400)
    with pytest.raises(PluggyRequestError):
        list(pluggy.client.iter_transaction_pages(ACCOUNT_ID))
    assert pluggy.count("GET", TRANSACTIONS) == 1


def test_days_and_an_instant_do_not_go_together(pluggy: Pluggy) -> None:
    with pytest.raises(ValueError, match="created_at_from"):
        pluggy.client.iter_transaction_pages(
            ACCOUNT_ID, date_from=date(2026, 11, 1), created_at_from=datetime(2026, 11, 1, tzinfo=UTC)
        )


def test_an_instant_without_a_zone_is_refused_before_the_first_page(pluggy: Pluggy) -> None:
    with pytest.raises(ValueError, match="zone"):
        pluggy.client.iter_transaction_pages(ACCOUNT_ID, created_at_from=datetime(2026, 11, 1))  # noqa: DTZ001
