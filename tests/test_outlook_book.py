"""The reserve: each person's own, zero until they say otherwise, and never more than anybody keeps back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from open_finance.errors import ReserveError
from open_finance.outlook_book import OutlookBook
from open_finance.storage.database import Database
from tests.clocks import ManualClock
from tests.rows import USER

NEIGHBOUR = 2000


def test_the_last_word_holds_and_is_nobody_elses(database: Database, clock: ManualClock) -> None:
    book = OutlookBook(database, clock)
    assert str(book.get_reserve(USER)) == "0.00"
    for amount in ("500.00", "750.5", "0", "1000000"):
        book.set_reserve(USER, Decimal(amount))
        assert book.get_reserve(USER) == Decimal(amount)
    assert str(book.get_reserve(USER)) == "1000000.00"
    assert str(book.get_reserve(NEIGHBOUR)) == "0.00"


@pytest.mark.parametrize("amount", ["-0.01", "1000000.01", "0.001", "NaN", "Infinity"])
def test_what_nobody_keeps_back_is_refused_and_changes_nothing(
    database: Database, clock: ManualClock, amount: str
) -> None:
    book = OutlookBook(database, clock)
    book.set_reserve(USER, Decimal("80.00"))
    with pytest.raises(ReserveError) as refused:
        book.set_reserve(USER, Decimal(amount))
    assert "R$\u00a01.000.000,00" in refused.value.user_message
    assert str(book.get_reserve(USER)) == "80.00"
