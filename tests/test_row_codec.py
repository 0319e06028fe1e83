"""A row comes back as it was, and its hash says whether something that counts is another."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from open_finance.records import TransactionData
from open_finance.storage.row_codec import COUNTED, LOOSE, decode, dump, encode, load
from open_finance.storage.types import UtcDateTime, encode_instant
from tests.rows import transaction_data
from tests.test_spool import full_row

#: What databases refuse is left out where the wire is read.
texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=40)
moneys = st.integers(-(10**15), 10**15).map(lambda centavos: (Decimal(centavos) / 100).quantize(Decimal("0.01")))
instants = st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
rows = st.builds(
    transaction_data,
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64),
    description=texts,
    description_raw=st.none() | texts.filter(bool),
    amount=moneys,
    balance_after=st.none() | moneys,
    occurred_on=st.dates(date(1970, 1, 1), date(2199, 1, 1)),
    occurred_at=st.none() | instants,
    same_holder=st.none() | st.booleans(),
    day_order=st.none() | st.integers(-(2**31), 2**31 - 1),
    pluggy_updated_at=st.none() | instants,
)


@given(rows)
def test_a_row_comes_back_as_it_was(row: TransactionData) -> None:
    assert decode(load(dump(row))) == row
    assert load(dump(row)) == encode(row)
    assert b"\n" not in dump(row)


@pytest.mark.parametrize("name", COUNTED)
def test_a_value_that_counts_changes_the_hash(name: str) -> None:
    full: Any = full_row("row")
    bare: Any = transaction_data()
    other: Any = {**full, name: bare[name]}
    assert encode(full).content_hash != encode(other).content_hash


@pytest.mark.parametrize("name", ["pluggy_id", *LOOSE])
def test_a_stamp_or_another_id_does_not(name: str) -> None:
    full: Any = full_row("row")
    other: Any = {**full, name: "another" if name == "pluggy_id" else None}
    assert encode(full).content_hash == encode(other).content_hash


def test_the_hash_is_the_same_in_every_process_and_version() -> None:
    """Stored hashes outlive the program that made them: another one would count every row as
    changed. Whoever adds a value that counts lets a migration forget the stored hashes, and writes the new one here."""
    assert encode(transaction_data()).content_hash == 3895456291860689153


@given(st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_is_written_as_its_column_and_sqlalchemy_would(instant: datetime) -> None:
    process = UtcDateTime().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())
    plain: Any = sqlite.DATETIME()  # type: ignore[no-untyped-call]
    assert process is not None
    assert encode_instant(instant) == process(instant)
    assert encode_instant(instant) == plain.bind_processor(sqlite.dialect())(
        instant.astimezone(UTC).replace(tzinfo=None)
    )
