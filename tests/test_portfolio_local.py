"""/investimentos of a household at the local Pluggy, from its banks' words to the report: days, a second door, and what a
bank leaves out for once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from open_finance.clock import local_day
from open_finance.insights.portfolio import PortfolioReport, Tax, Unknown
from open_finance.investment_reports import build_portfolio, build_tax_return
from open_finance.money import ZERO, round_to_centavo
from tests.databases import on_both
from tests.rows import USER
from tests.test_portfolio_households import agrees
from tests.test_sync_holdings_local import BROKER, DAY, ITAU, ITAU_DIRECT, Books, books, server

__all__ = ["books", "server"]  # the fixtures


def report_of(books: Books) -> PortfolioReport:
    return build_portfolio(books.database, USER, books.clock.now())


def listed(books: Books, *item_ids: str) -> Decimal:
    """What the banks say it is worth now."""
    return sum((round_to_centavo(one["balance"]) for item in item_ids for one in books.told(item)), ZERO)


@on_both("books")
def test_total_is_what_the_banks_say_and_a_second_door_adds_nothing(books: Books) -> None:
    (bank, first), (broker, second) = books.connect(ITAU_DIRECT), books.connect(BROKER)
    books.sync(first)
    books.sync(second)
    report = report_of(books)
    agrees(report)
    assert report.total == listed(books, bank, broker) > 0
    assert {one.difference for one in report.positions if isinstance(one.tax, Tax)} == {ZERO}
    _, third = books.connect(ITAU)
    books.sync(third)
    both = report_of(books)
    agrees(both)
    assert both.total == report.total
    assert both.twins
    assert {share.name: share.amount for share in both.by_bank} == {
        share.name: share.amount for share in report.by_bank
    }


def test_days_bring_a_result_and_what_is_left_out_for_once_stays_counted(books: Books) -> None:
    bank, connection_id = books.connect()
    books.sync(connection_id)
    since = local_day(books.clock.now())
    before = report_of(books)
    for _ in range(3):
        books.clock.sleep(DAY)
        books.sync(connection_id)
    report = report_of(books)
    assert report.total == listed(books, bank)
    result = next(one for one in report.results if one.since == since)
    assert (result.began_with, result.worth, result.left_out) == (before.total, report.total, ())
    assert result.amount == report.total - before.total - result.put_in + result.taken_out
    books.clock.sleep(DAY)
    books.server.fault("sparse_fields", path="^/investments$")
    books.sync(connection_id)
    sparse = report_of(books)
    assert [one.investment["id"] for one in sparse.positions] == [one.investment["id"] for one in report.positions]
    taxed = [one.tax for one in report.positions if isinstance(one.tax, Tax) and one.tax.exempt_by is None]
    assert taxed
    assert [one.tax for one in sparse.positions if one.gross is None].count(Unknown.GROSS) == len(taxed)


def test_tax_return_has_what_was_read_last(books: Books) -> None:
    _, connection_id = books.connect()
    books.sync(connection_id)
    day, year = local_day(books.clock.now()), local_day(books.clock.now()).year
    held = report_of(books)
    found = build_tax_return(books.database, USER, year, books.clock.now() + timedelta(days=400))
    assert found.is_over
    assert {one.value_on for one in found.positions} == {day}
    assert sum((one.value or ZERO for one in found.positions), ZERO) == held.total
    assert {one.value_on for one in found.accounts} == {day}
