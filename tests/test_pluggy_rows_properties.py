"""Signs, days and centavos hold for every amount and instant, not only for the examples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from open_finance.clock import SAO_PAULO
from open_finance.errors import PluggyServerError
from open_finance.pluggy_rows import read_account, read_item, read_transaction
from open_finance.pluggy_wire import parse_json
from open_finance.records import TransactionData
from tests.pluggy_json import raw_account, raw_card, raw_item, raw_transaction

CENTAVO = Decimal("0.01")
ACCOUNT_TYPES = st.sampled_from(["BANK", "CREDIT"])
KINDS = st.sampled_from(["DEBIT", "CREDIT"])
#: Up to R$ 99 billion, with up to four decimals, as Pluggy's numbers come.
AMOUNTS = st.decimals(Decimal("-99e9"), Decimal("99e9"), allow_nan=False, allow_infinity=False, places=4)
INSTANTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def transaction(account_type: str = "BANK", **changes: Any) -> TransactionData:
    return read_transaction(
        raw_transaction(**changes),
        account_type=account_type,
        account_currency="BRL",
        holder_documents=frozenset({"52998224725"}),
    )


def values(record: Any) -> Iterator[Any]:
    if isinstance(record, dict):
        for value in record.values():
            yield from values(value)
    elif isinstance(record, list):
        for value in record:
            yield from values(value)
    else:
        yield record


@given(account_type=ACCOUNT_TYPES, kind=KINDS, amount=AMOUNTS)
def test_the_sign_follows_the_direction_whatever_pluggy_signed(account_type: str, kind: str, amount: Decimal) -> None:
    row = transaction(account_type, type=kind, amount=amount)
    assert row["amount"] <= 0 if kind == "DEBIT" else row["amount"] >= 0
    assert abs(row["amount"]) == abs(amount).quantize(CENTAVO, rounding=ROUND_HALF_UP)


@given(account_type=ACCOUNT_TYPES, kind=KINDS, amount=AMOUNTS.filter(bool))
def test_a_missing_type_is_settled_by_the_accounts_sign_rule(account_type: str, kind: str, amount: Decimal) -> None:
    money_out_is_negative = account_type == "BANK"
    signed = -abs(amount) if (kind == "DEBIT") == money_out_is_negative else abs(amount)
    with_type = transaction(account_type, type=kind, amount=signed)
    without = transaction(account_type, type=None, amount=signed)
    if abs(with_type["amount"]) > 0:
        assert without == with_type


@given(amount=AMOUNTS)
def test_every_amount_lands_on_a_centavo_and_zero_has_no_sign(amount: Decimal) -> None:
    rounded = transaction(amount=amount)["amount"]
    assert rounded.as_tuple().exponent == -2
    assert rounded or str(rounded) == "0.00"
    assert abs(abs(rounded) - abs(amount)) <= Decimal("0.005")


@given(amount=AMOUNTS)
def test_an_amount_is_exact_from_the_wire_to_the_record(amount: Decimal) -> None:
    body = parse_json(b'{"amount": ' + f"{amount:f}".encode() + b"}")
    assert abs(transaction(**body)["amount"]) == abs(amount).quantize(CENTAVO, rounding=ROUND_HALF_UP)


@given(centavos=st.integers(-(10**13), 10**13))
def test_an_amount_already_in_centavos_is_unchanged(centavos: int) -> None:
    amount = Decimal(centavos).scaleb(-2)
    assert abs(transaction(amount=amount)["amount"]) == abs(amount)
    assert read_account(raw_account(balance=amount), connector_id=1, connector_name="B")["balance"] == amount


@given(amount=AMOUNTS, converted=AMOUNTS, kind=KINDS)
def test_purchase_and_conversion_carry_the_same_sign(amount: Decimal, converted: Decimal, kind: str) -> None:
    row = transaction("CREDIT", amount=amount, amountInAccountCurrency=converted, currencyCode="USD", type=kind)
    assert row["foreign_amount"] is not None
    assert row["amount"] * row["foreign_amount"] >= 0
    assert abs(row["amount"]) == abs(converted).quantize(CENTAVO, rounding=ROUND_HALF_UP)


def test_no_float_comes_out_of_any_reader() -> None:
    records = (
        transaction(amount=1.1, balance=2.2, order=3.0),
        read_account(raw_account(balance=0.1), connector_id=1, connector_name="B"),
        read_account(raw_card(balance=0.1), connector_id=1, connector_name="B"),
        read_item(raw_item()),
    )
    assert not [value for record in records for value in values(record) if isinstance(value, float)]
    assert records[1]["balance"] == Decimal("0.10")


@given(instant=INSTANTS)
def test_the_day_is_sao_paulos_unless_it_is_midnight_utc(instant: datetime) -> None:
    row = transaction(date=instant.isoformat().replace("+00:00", "Z"))
    if instant.time() == datetime.min.time():
        assert (row["occurred_on"], row["occurred_at"]) == (instant.date(), None)
    else:
        assert row["occurred_on"] == instant.astimezone(SAO_PAULO).date()
        assert row["occurred_at"] in {None, instant}


@given(instant=INSTANTS, offset=st.integers(-12, 14))
def test_the_same_instant_written_in_another_zone_is_the_same_row(instant: datetime, offset: int) -> None:
    elsewhere = (instant + timedelta(hours=offset)).replace(tzinfo=None).isoformat()
    written = f"{elsewhere}{'+' if offset >= 0 else '-'}{abs(offset):02}:00"
    assert transaction(date=written) == transaction(date=instant.isoformat())


@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_calendar_date_is_that_day_in_all_its_spellings(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=SAO_PAULO).astimezone(UTC)
    for written in (day.isoformat(), f"{day}T00:00:00.000Z", f"{day}T00:00:00Z", midnight.isoformat()):
        row = transaction(date=written)
        assert (row["occurred_on"], row["occurred_at"]) == (day, None)


@given(
    raw=st.dictionaries(
        st.sampled_from(sorted(raw_transaction())),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.decimals(),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        ),
    )
)
def test_strange_values_are_absent_or_malformed_and_nothing_else(raw: dict[str, Any]) -> None:
    try:
        row = transaction(**raw)
    except PluggyServerError:
        return
    assert row["amount"].is_finite()
    assert all("\x00" not in value for value in values(row) if isinstance(value, str))
