"""The spool gives rows back as they were, however many there are."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest

from open_finance.records import TransactionData
from open_finance.syncing.spool import TransactionSpool
from tests.rows import transaction_data

SAMPLES: dict[Any, Any] = {
    str: 'Café “São João” \u202e🙂 \n\t"',
    int: 7,
    bool: True,
    Decimal: Decimal("-1234567890.05"),
    date: date(2026, 2, 28),
    datetime: datetime(2026, 11, 23, 12, 0, 59, 123456, tzinfo=UTC),
}


def full_row(pluggy_id: str) -> TransactionData:
    """A row without a None in it."""
    kinds = {name: get_args(hint) or (hint,) for name, hint in get_type_hints(TransactionData).items()}
    values = {name: next(SAMPLES[kind] for kind in SAMPLES if kind in options) for name, options in kinds.items()}
    return transaction_data(**{**values, "pluggy_id": pluggy_id})


@pytest.mark.parametrize("memory_limit", [1, 10_000_000])
def test_rows_come_back_as_they_were_in_memory_and_on_disk(memory_limit: int) -> None:
    rows = [full_row("full"), transaction_data("bare"), full_row("again")]
    with TransactionSpool(memory_limit) as spool:
        for row in rows:
            spool.add(row)
        assert list(spool.rows()) == list(spool.rows()) == rows
        spool.add(transaction_data("more"))
        assert [row["pluggy_id"] for row in spool.rows()] == ["full", "bare", "again", "more"]


def test_rows_on_disk_are_in_no_file_that_has_a_name(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with TransactionSpool(memory_limit=1) as spool:
        spool.add(full_row("full"))
        assert list(tmp_path.iterdir()) == []


def test_every_listed_id_is_known_also_of_rows_that_could_not_be_read() -> None:
    with TransactionSpool() as spool:
        spool.add(transaction_data("old", occurred_on=date(2026, 1, 1)))
        spool.add(transaction_data("new", occurred_on=date(2026, 11, 1)))
        spool.add(transaction_data("new", occurred_on=date(2026, 11, 1)))
        spool.skip("broken")
        spool.skip("broken")
        spool.skip("new")
        assert set(spool.days) == {"old", "new", "broken"}
        assert (spool.malformed, spool.complete) == (1, True)
        assert spool.count_since(date(2026, 6, 1)) == 2
        spool.skip(None)
        assert not spool.complete
