"""Pluggy's JSON becomes records: items, accounts, credentials, and what no row can be without."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from open_finance import pluggy_rows
from open_finance.errors import PluggyServerError
from open_finance.pluggy_rows import read_account, read_connector_field, read_item
from open_finance.records import AccountData
from tests.pluggy_json import OWNER_CPF, raw_account, raw_card, raw_item, raw_transaction


def account(raw: Mapping[str, Any], connector_id: int = 612, connector_name: str = "Nubank") -> AccountData:
    return read_account(raw, connector_id=connector_id, connector_name=connector_name)


# --- items ---------------------------------------------------------------------------------------------------------------


def test_an_item_is_read() -> None:
    item = read_item(raw_item())
    assert item["item_id"] == "2f0c6a8e-6f0b-4a73-8a8e-0a6f1f2f9d10"
    assert (item["connector_id"], item["connector_name"], item["is_open_finance"]) == (612, "Nubank", True)
    assert (item["status"], item["execution_status"]) == ("UPDATED", "PARTIAL_SUCCESS")
    assert item["client_user_id"] == "user-42"
    assert item["last_updated_at"] == datetime(2026, 11, 20, 6, 2, 39, tzinfo=UTC)
    assert item["consent_expires_at"] == datetime(2027, 9, 1, 13, tzinfo=UTC)
    assert (item["parameter"], item["user_action"], item["error_code"], item["provider_message"]) == (None,) * 4
    assert not item["has_pending_resources"]


@pytest.mark.parametrize(
    ("fields", "asks_code"),
    [
        (None, None),
        ([], None),
        ([{"name": "password", "mfa": False}], False),
        ([{"name": "password", "mfa": False}, {"name": "token", "mfa": True}], True),
        ([{"name": "token", "mfa": True, "optional": True}, "nonsense"], False),
    ],
)
def test_item_tells_whether_its_bank_wants_a_code_at_every_reading(fields: Any, asks_code: bool | None) -> None:
    connector = {"id": 202, "name": "XP Investimentos", "credentials": fields}
    assert read_item(raw_item(connector=connector))["asks_code"] is asks_code


def test_each_product_keeps_its_own_age_and_warnings() -> None:
    products = read_item(raw_item())["products"]
    assert set(products) == {"accounts", "creditCards"}
    assert products["accounts"]["is_updated"]
    assert products["creditCards"] == {
        "is_updated": False,
        "last_updated_at": datetime(2026, 11, 18, 6, 1, 31, tzinfo=UTC),
        "warnings": ["CC_003", "423"],
    }


def test_an_item_without_status_detail_reports_on_no_product() -> None:
    assert read_item(raw_item(statusDetail=None))["products"] == {}


def test_both_spellings_of_investment_transactions_are_one_product() -> None:
    for spelling in ("investmentTransactions", "investmentsTransactions"):
        products = read_item(raw_item(statusDetail={spelling: {"isUpdated": True}}))["products"]
        assert list(products) == ["investmentsTransactions"]


def test_a_product_that_does_not_say_it_is_updated_is_not() -> None:
    assert not read_item(raw_item(statusDetail={"accounts": {"isUpdated": None}}))["products"]["accounts"]["is_updated"]


def test_a_failed_item_names_its_error_and_what_it_asks_for() -> None:
    item = read_item(
        raw_item(
            status="WAITING_USER_INPUT",
            error={"code": "INVALID_CREDENTIALS", "message": "m", "providerMessage": "Senha incorreta"},
            parameter={"name": "token", "label": "Token"},
            userAction={"type": "qr"},
            hasResourcesPendingAuthorization=True,
            lastUpdatedAt=None,
        )
    )
    assert (item["error_code"], item["provider_message"]) == ("INVALID_CREDENTIALS", "Senha incorreta")
    assert item["parameter"] == {"name": "token", "label": "Token"}
    assert item["user_action"] == {"type": "qr"}
    assert item["has_pending_resources"]
    assert item["last_updated_at"] is None


def test_a_status_nobody_has_seen_yet_is_kept() -> None:
    assert read_item(raw_item(status="DREAMING", executionStatus=None))["status"] == "DREAMING"


# --- accounts ------------------------------------------------------------------------------------------------------------


def test_a_checking_account_is_read() -> None:
    data = account(raw_account())
    assert data["pluggy_id"] == "7b1f6f3e-58b8-4f0e-9d3c-0d9a2a8f1c01"
    assert (data["type"], data["subtype"]) == ("BANK", "CHECKING_ACCOUNT")
    assert (data["name"], data["marketing_name"]) == ("Conta Corrente", "Conta Digital")
    assert data["balance"] == Decimal("1843.27")
    assert data["overdraft_limit"] == Decimal("500.01")
    assert data["overdraft_used"] == Decimal("0.00")
    assert data["automatically_invested"] == Decimal("300.00")
    assert (data["reserved"], data["reserved_count"]) == (Decimal("500.00"), 1)
    assert data["bank_code"] == "260"
    assert (data["credit_limit"], data["bill_due_on"], data["card_brand"]) == (None, None, None)


def test_a_card_is_read_and_what_it_owes_stays_positive() -> None:
    data = account(raw_card())
    assert data["balance"] == Decimal("2310.55")
    assert (data["credit_limit"], data["available_credit_limit"]) == (Decimal("5000.00"), Decimal("2689.45"))
    assert data["minimum_payment"] == Decimal("231.06")
    assert (data["bill_closes_on"], data["bill_due_on"]) == (None, date(2026, 12, 5))
    assert (data["card_brand"], data["card_level"], data["card_status"]) == ("MASTERCARD", "GOLD", "ACTIVE")
    assert (data["number"], data["bank_code"], data["reserved"], data["reserved_count"]) == ("4321", None, None, 0)


def test_a_card_in_credit_keeps_its_negative_balance() -> None:
    assert account(raw_card(balance=Decimal("-503.10")))["balance"] == Decimal("-503.10")


@pytest.mark.parametrize("due", ["2026-12-05", "2026-12-05T00:00:00.000Z", "2026-12-05T03:00:00.000Z"])
def test_a_due_date_is_a_calendar_day_however_it_is_sent(due: str) -> None:
    assert account(raw_card(creditData={"balanceDueDate": due}))["bill_due_on"] == date(2026, 12, 5)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("0001/1234567-8", "5678"), ("1234567-X", "567X"), ("4321", "4321"), ("12", "12"), (None, ""), (987654, "7654")],
)
def test_an_account_number_is_masked_to_its_last_four(number: Any, shown: str) -> None:
    assert account(raw_account(number=number))["number"] == shown


def test_reserved_balances_are_summed_under_either_name() -> None:
    bank = {
        "reservedBalances": [
            {"availableAmounts": [{"amount": 10}, {"amount": Decimal("0.5"), "currencyCode": "BRL"}]},
            {"amounts": [{"amount": Decimal("1.25")}, {"amount": 99, "currencyCode": "USD"}, {"amount": "?"}, None]},
            {"availableAmounts": {"amount": 1}},
            {"availableAmounts": None, "amounts": [{"amount": 2}]},
            {},
        ]
    }
    data = account(raw_account(bankData=bank))
    assert (data["reserved"], data["reserved_count"]) == (Decimal("14.75"), 5)


def test_an_account_with_only_a_marketing_name_is_called_by_it() -> None:
    assert account(raw_account(name=None))["name"] == "Conta Digital"


def test_nothing_of_the_holder_leaves_the_reader() -> None:
    everything = repr(account(raw_account()))
    for private in ("Marina", OWNER_CPF, "52998224725", "1234567"):
        assert private not in everything


# --- identity ------------------------------------------------------------------------------------------------------------


def identity(raw: Mapping[str, Any], connector_id: int = 612, connector_name: str = "Nubank") -> str:
    return account(raw, connector_id, connector_name)["identity"]


def test_the_identity_is_a_hash_that_shows_no_number() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", identity(raw_account()))


def test_the_same_account_through_two_items_and_two_connectors_is_one() -> None:
    direct = raw_account(id="another", number="1234567-8", name="CC", balance=Decimal(1))
    assert identity(raw_account()) == identity(direct, 212, "Nubank (senha)")


def test_leading_zeros_and_punctuation_do_not_make_another_account() -> None:
    plain = raw_account(bankData={"transferNumber": "260/1/0012345678"})
    assert identity(raw_account()) == identity(plain)


def test_without_a_bank_code_the_folded_name_of_the_bank_counts() -> None:
    raw = raw_account(bankData=None)
    assert identity(raw, 601, "Itaú") == identity(raw, 201, "ITAU ") != identity(raw, 603, "Bradesco")


@pytest.mark.parametrize(
    "changes",
    [
        {"bankData": {"transferNumber": "260/0001/7654321-8"}},
        {"bankData": {"transferNumber": "077/0001/1234567-8"}},
        {"bankData": {"transferNumber": "260/0002/1234567-8"}},
        {"subtype": "SAVINGS_ACCOUNT"},
        {"currencyCode": "USD"},
    ],
)
def test_another_bank_branch_number_kind_or_currency_is_another_account(changes: dict[str, Any]) -> None:
    assert identity(raw_account()) != identity(raw_account(**changes))


def test_a_card_is_known_by_bank_and_last_four_digits() -> None:
    assert identity(raw_card()) == identity(raw_card(id="other", number="5555 **** **** 4321", name="Ouro"))
    assert identity(raw_card()) != identity(raw_card(number="4322"))
    assert identity(raw_card()) != identity(raw_card(), 603, "Bradesco")


def test_accounts_without_a_number_are_like_no_other() -> None:
    nameless = {"number": None, "bankData": None}
    assert identity(raw_account(**nameless)) != identity(raw_account(id="another", **nameless))


def test_cards_of_two_banks_behind_meupluggy_are_two() -> None:
    gold, violet = raw_card(), raw_card(marketingName="Cartão Violeta")
    assert identity(gold, 200, "MeuPluggy") != identity(violet, 200, "MeuPluggy")


# --- credentials ---------------------------------------------------------------------------------------------------------


def test_a_credential_is_read_in_the_connectors_words() -> None:
    field = read_connector_field(
        {
            "name": "cpf",
            "label": "CPF",
            "type": "number",
            "placeholder": "000.000.000-00",
            "validation": r"^\d{11}$",
            "validationMessage": "CPF deve ter 11 números.",
            "instructions": "Só números",
            "mfa": True,
            "optional": True,
            "options": [{"value": "1", "label": "Um"}, {"value": 2}, {"label": "sem valor"}, None],
            "data": "https://banco.example/autorizar",
        }
    )
    assert (field["name"], field["label"], field["type"]) == ("cpf", "CPF", "number")
    assert (field["validation"], field["validation_message"]) == (r"^\d{11}$", "CPF deve ter 11 números.")
    assert field["assistive_text"] == "Só números"
    assert field["mfa"]
    assert field["optional"]
    assert field["options"] == [{"value": "1", "label": "Um"}, {"value": "2", "label": "2"}]
    assert field["data"] == "https://banco.example/autorizar"


def test_a_bare_credential_is_a_required_text() -> None:
    field = read_connector_field({"name": "user"})
    assert (field["label"], field["type"], field["mfa"], field["optional"]) == ("user", "text", False, False)
    assert (field["options"], field["data"], field["validation"]) == ([], None, None)


def test_a_picture_is_not_cut() -> None:
    assert read_connector_field({"name": "captcha", "type": "image", "data": "A" * 9000})["data"] == "A" * 9000


# --- what a row cannot be without ----------------------------------------------------------------------------------------

WITHOUT: list[tuple[Callable[[Mapping[str, Any]], object], dict[str, Any], str, Any]] = [
    (read_item, raw_item(), "id", None),
    (read_item, raw_item(), "status", ""),
    (read_item, raw_item(), "connector", None),
    (account, raw_account(), "id", "x" * 65),
    (account, raw_account(), "type", None),
    (account, raw_account(), "balance", None),
    (account, raw_account(), "balance", "muito"),
    (account, raw_account(), "balance", Decimal("NaN")),
    (account, raw_account(), "balance", Decimal("1E+30")),
    (account, raw_account(), "balance", True),
    (read_connector_field, {}, "name", None),
]


@pytest.mark.parametrize(("read", "raw", "field", "value"), WITHOUT)
def test_a_row_without_what_it_needs_is_malformed(
    read: Callable[[Mapping[str, Any]], object], raw: dict[str, Any], field: str, value: Any
) -> None:
    with pytest.raises(PluggyServerError, match=f"malformed .*{field}") as caught:
        read({**raw, field: value})
    assert value is None or str(value) not in str(caught.value) or not str(value)


def test_what_a_database_cannot_store_is_left_out_of_texts() -> None:
    assert account(raw_account(name="Conta\x00 \ud83d😀"))["name"] == "Conta 😀"


def test_long_texts_are_cut_and_stay_otherwise_as_sent() -> None:
    name = "<b>&\u202e" + "x" * 600
    assert account(raw_account(name=name))["name"] == name[:500]


# --- documents -----------------------------------------------------------------------------------------------------------


def test_the_holders_documents_come_from_accounts_and_identity() -> None:
    documents = pluggy_rows.holder_documents(
        [raw_account(), raw_card()], {"document": "11.222.333/0001-81", "taxNumber": "529.982.247-25"}
    )
    assert documents == {"52998224725", "11222333000181"}
    assert pluggy_rows.holder_documents([raw_card()], None) == frozenset()


@pytest.mark.parametrize("document", ["***.982.247-**", "XXX.982.247-XX", "123", "", None, "XX.XXX.333/0001-XX"])
def test_a_masked_document_is_no_document(document: str | None) -> None:
    assert pluggy_rows.holder_documents([{"taxNumber": document}], None) == frozenset()


def test_a_company_number_with_letters_is_a_document() -> None:
    assert pluggy_rows.holder_documents([{"taxNumber": "12.abc.345/01de-35"}], None) == {"12ABC34501DE35"}


@pytest.mark.parametrize("absurd", [Decimal("1E+9999999"), Decimal("-1E+9999999"), "1E+9999999", 10**13, float("nan")])
def test_an_absurd_amount_is_a_broken_row_and_nothing_worse(absurd: Any) -> None:
    with pytest.raises(PluggyServerError, match="malformed account: balance"):
        account(raw_account(balance=absurd))


def test_an_amount_too_small_to_see_is_nothing() -> None:
    assert account(raw_account(balance=Decimal("-1E-9999999")))["balance"] == Decimal("0.00")


def test_empty_json_never_crashes_a_reader_in_another_way() -> None:
    readers: list[Callable[[Mapping[str, Any]], object]] = [
        read_item,
        account,
        read_connector_field,
        lambda raw: pluggy_rows.read_transaction(
            raw, account_type="BANK", account_currency="BRL", holder_documents=frozenset()
        ),
    ]
    for read in readers:
        for sample in (raw_item(), raw_account(), raw_card(), raw_transaction()):
            for key in sample:
                for odd in (None, [], {}, "", 7, "odd", True, [None], {"a": None}):
                    try:
                        read({**sample, key: odd})
                    except PluggyServerError:
                        continue
