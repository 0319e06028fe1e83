"""Pluggy's transactions become records: one sign, São Paulo days, centavos, same holder."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from open_finance.errors import PluggyServerError
from open_finance.pluggy_rows import read_transaction
from open_finance.records import TransactionData
from tests.pluggy_json import OWNER_CPF, SHOP_CNPJ, raw_purchase, raw_transaction

HOLDER = frozenset({"52998224725"})
SPOUSE_CPF = "111.444.777-35"


def bank(holder: frozenset[str] = HOLDER, **changes: Any) -> TransactionData:
    raw = raw_transaction(**changes)
    return read_transaction(raw, account_type="BANK", account_currency="BRL", holder_documents=holder)


def card(**changes: Any) -> TransactionData:
    raw = raw_purchase(**changes)
    return read_transaction(raw, account_type="CREDIT", account_currency="BRL", holder_documents=HOLDER)


def test_a_bank_row_is_read() -> None:
    row = bank()
    assert row["pluggy_id"] == "3d6f0b7e-7f7f-4b3a-9f7d-0f5a3c1b2a10"
    assert row["occurred_on"] == date(2026, 11, 19)
    assert row["occurred_at"] == datetime(2026, 11, 19, 15, 4, 5, tzinfo=UTC)
    assert (row["description"], row["description_raw"]) == (
        "Pix enviado Padaria Exemplo",
        "PIX ENVIADO PADARIA EXEMPLO LTDA",
    )
    assert (row["amount"], row["currency_code"], row["type"], row["status"]) == (
        Decimal("-27.90"),
        "BRL",
        "DEBIT",
        "POSTED",
    )
    assert (row["category_id"], row["category"], row["day_order"]) == ("11010000", "Eating out", 2)
    assert (row["operation_type"], row["payment_method"], row["provider_id"]) == ("PIX", "PIX", "b2f1")
    assert (row["merchant_name"], row["merchant_cnpj"], row["merchant_cnae"]) == (
        "PADARIA EXEMPLO LTDA",
        "11222333000181",
        "1091102",
    )
    assert row["counterparty"] == "PADARIA EXEMPLO LTDA"
    assert row["pluggy_created_at"] == datetime(2026, 11, 20, 6, 2, 5, tzinfo=UTC)
    assert (row["foreign_amount"], row["foreign_currency"], row["bill_id"], row["balance_after"]) == (None,) * 4


def test_an_instalment_on_a_card_is_read() -> None:
    row = card()
    assert (row["amount"], row["type"], row["status"]) == (Decimal("-150.00"), "DEBIT", "PENDING")
    assert (row["installment_number"], row["total_installments"]) == (2, 3)
    assert row["purchased_on"] == date(2026, 10, 10)
    assert (row["mcc"], row["card_number"], row["bill_forecast"]) == (5651, "4321", "2026-12")
    assert (row["bill_id"], row["same_holder"], row["counterparty"], row["merchant_name"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("account_type", "kind", "sent", "amount", "type_"),
    [
        ("BANK", "DEBIT", "-27.9", "-27.90", "DEBIT"),
        ("BANK", "CREDIT", "27.9", "27.90", "CREDIT"),
        ("CREDIT", "DEBIT", "150", "-150.00", "DEBIT"),
        ("CREDIT", "CREDIT", "-150", "150.00", "CREDIT"),
        ("BANK", None, "-27.9", "-27.90", "DEBIT"),
        ("BANK", None, "27.9", "27.90", "CREDIT"),
        ("CREDIT", None, "150", "-150.00", "DEBIT"),
        ("CREDIT", None, "-150", "150.00", "CREDIT"),
        ("BANK", "REVERSAL", "5", "5.00", "CREDIT"),
        ("BANK", "DEBIT", "27.9", "-27.90", "DEBIT"),
    ],
)
def test_money_out_is_negative_on_bank_and_card_alike(
    account_type: str, kind: str | None, sent: str, amount: str, type_: str
) -> None:
    row = read_transaction(
        raw_transaction(type=kind, amount=Decimal(sent)),
        account_type=account_type,
        account_currency="BRL",
        holder_documents=HOLDER,
    )
    assert (str(row["amount"]), row["type"]) == (amount, type_)


def test_a_purchase_abroad_counts_in_the_accounts_currency() -> None:
    row = card(amount=Decimal("10.00"), currencyCode="USD", amountInAccountCurrency=Decimal("54.3251"))
    assert (row["amount"], row["currency_code"]) == (Decimal("-54.33"), "BRL")
    assert (row["foreign_amount"], row["foreign_currency"]) == (Decimal("-10.00"), "USD")


def test_a_refund_from_abroad_comes_in() -> None:
    row = card(amount=Decimal(-10), currencyCode="USD", amountInAccountCurrency=Decimal("-54.32"), type="CREDIT")
    assert (row["amount"], row["foreign_amount"]) == (Decimal("54.32"), Decimal("10.00"))


def test_a_purchase_abroad_without_conversion_stays_in_its_currency() -> None:
    row = card(amount=Decimal("10.00"), currencyCode="USD")
    assert (row["amount"], row["currency_code"], row["foreign_amount"]) == (Decimal("-10.00"), "USD", None)


def test_a_conversion_into_the_same_currency_is_not_foreign() -> None:
    row = bank(amountInAccountCurrency=Decimal("-27.9"))
    assert (row["amount"], row["foreign_currency"]) == (Decimal("-27.90"), None)


def test_zero_has_no_sign() -> None:
    assert str(bank(amount=0)["amount"]) == "0.00"
    assert str(bank(amount=Decimal("-0.004"))["amount"]) == "0.00"


@pytest.mark.parametrize(
    ("sent", "day", "instant"),
    [
        ("2026-11-19T03:00:00.000Z", date(2026, 11, 19), None),
        ("2026-11-19T00:00:00.000Z", date(2026, 11, 19), None),
        ("2026-11-19T00:00:00Z", date(2026, 11, 19), None),
        ("2026-11-19", date(2026, 11, 19), None),
        ("2026-11-19T02:59:59.999Z", date(2026, 11, 18), datetime(2026, 11, 19, 2, 59, 59, 999000, tzinfo=UTC)),
        ("2026-11-19T00:00:00.001Z", date(2026, 11, 18), datetime(2026, 11, 19, 0, 0, 0, 1000, tzinfo=UTC)),
        ("2026-11-19T23:30:00-03:00", date(2026, 11, 19), datetime(2026, 11, 20, 2, 30, tzinfo=UTC)),
        ("2026-11-19T15:00:00", date(2026, 11, 19), datetime(2026, 11, 19, 15, tzinfo=UTC)),
        ("2027-02-10T03:00:00.000Z", date(2027, 2, 10), None),
    ],
)
def test_the_day_is_sao_paulos_and_midnights_are_plain_dates(sent: str, day: date, instant: datetime | None) -> None:
    row = bank(date=sent)
    assert (row["occurred_on"], row["occurred_at"]) == (day, instant)


@pytest.mark.parametrize("forecast", ["0001-01", "", None, "2026-13", "soon", 202612])
def test_an_unknown_bill_forecast_is_none(forecast: Any) -> None:
    assert card(creditCardMetadata={"billForecastDate": forecast})["bill_forecast"] is None


def test_a_bill_id_is_kept_and_a_missing_one_is_none() -> None:
    assert card(creditCardMetadata={"billId": "05c6"})["bill_id"] == "05c6"
    assert card(creditCardMetadata={})["bill_id"] is None
    assert card(creditCardMetadata={"billId": ""})["bill_id"] is None


@pytest.mark.parametrize(("sent", "mcc"), [(5651, 5651), ("5651", 5651), ("x", None), (None, None), (True, None)])
def test_a_merchant_category_code_is_a_number_however_sent(sent: Any, mcc: int | None) -> None:
    assert card(creditCardMetadata={"payeeMCC": sent})["mcc"] == mcc


def test_a_card_number_is_cut_to_its_last_four() -> None:
    assert card(creditCardMetadata={"cardNumber": "5555444433332222"})["card_number"] == "2222"


@pytest.mark.parametrize("sentinel", ["0001-01-01T00:00:00.000Z", "0001-01-01", "soon", 7, "9999-12-31T23:59:59Z"])
def test_an_absurd_optional_date_is_none(sentinel: Any) -> None:
    row = card(creditCardMetadata={"purchaseDate": sentinel}, createdAt=sentinel)
    assert (row["purchased_on"], row["pluggy_created_at"]) == (None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("date", None),
        ("date", "0001-01-01T00:00:00Z"),
        ("date", "19/11/2026"),
        ("amount", None),
        ("amount", "R$ 5"),
        ("amount", Decimal("Infinity")),
        ("amountInAccountCurrency", "x"),
    ],
)
def test_a_row_without_id_date_or_amount_is_malformed(field: str, value: Any) -> None:
    with pytest.raises(PluggyServerError, match=f"malformed transaction: {field}"):
        bank(**{field: value})


def test_a_row_without_description_borrows_the_original_one() -> None:
    assert bank(description=None)["description"] == "PIX ENVIADO PADARIA EXEMPLO LTDA"
    assert bank(description=None, descriptionRaw=None)["description"] == ""


def test_hostile_text_is_kept_as_sent() -> None:
    hostile = "<b>Pix</b> & \u202eoãçaT 😀"
    assert bank(description=hostile)["description"] == hostile


# --- the same holder -----------------------------------------------------------------------------------------------------


def payment(payer: str | None, receiver: str | None) -> dict[str, Any]:
    def side(document: str | None) -> dict[str, Any] | None:
        return {"name": "N", "documentNumber": {"value": document}} if document else None

    return {"payer": side(payer), "receiver": side(receiver)}


@pytest.mark.parametrize(
    ("kind", "payer", "receiver", "same"),
    [
        ("DEBIT", OWNER_CPF, OWNER_CPF, True),
        ("CREDIT", OWNER_CPF, OWNER_CPF, True),
        ("DEBIT", OWNER_CPF, SHOP_CNPJ, False),
        ("CREDIT", SHOP_CNPJ, OWNER_CPF, False),
        ("DEBIT", SPOUSE_CPF, OWNER_CPF, False),
        ("DEBIT", None, OWNER_CPF, True),
        ("CREDIT", OWNER_CPF, None, True),
        ("DEBIT", OWNER_CPF, None, None),
        ("CREDIT", None, OWNER_CPF, None),
        ("DEBIT", None, SHOP_CNPJ, None),
        ("CREDIT", SHOP_CNPJ, None, None),
        ("DEBIT", None, None, None),
        ("DEBIT", "***.982.247-**", SHOP_CNPJ, None),
        ("DEBIT", "52998224725", "529 982 247 25", True),
    ],
)
def test_documents_of_both_sides_tell_a_transfer_to_oneself(
    kind: str, payer: str | None, receiver: str | None, same: bool | None
) -> None:
    assert bank(type=kind, paymentData=payment(payer, receiver))["same_holder"] is same


def test_without_the_holders_documents_nothing_is_known() -> None:
    assert bank(holder=frozenset(), paymentData=payment(OWNER_CPF, OWNER_CPF))["same_holder"] is None


def test_a_joint_account_has_two_holders() -> None:
    both = frozenset({"52998224725", "11144477735"})
    assert bank(holder=both, paymentData=payment(OWNER_CPF, SPOUSE_CPF))["same_holder"] is True


@pytest.mark.parametrize(("kind", "other"), [("DEBIT", "Receiver"), ("CREDIT", "Payer")])
def test_the_counterparty_is_the_other_side(kind: str, other: str) -> None:
    data = {"payer": {"name": "Payer"}, "receiver": {"name": "Receiver"}}
    assert bank(type=kind, paymentData=data)["counterparty"] == other


def test_no_persons_document_leaves_the_reader() -> None:
    row = repr(bank(paymentData=payment(OWNER_CPF, SPOUSE_CPF)))
    for document in (OWNER_CPF, SPOUSE_CPF, "52998224725", "11144477735"):
        assert document not in row


# --- what is not kept --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("PIX ENVIADO 529.982.247-25 ANA", "PIX ENVIADO ***.982.247-** ANA"),
        ("PIX 52998224725", "PIX ***.982.247-**"),
        ("TED 529.982.247-25 PARA 111.444.777-35", "TED ***.982.247-** PARA ***.444.777-**"),
        ("DOC 52998224724 BOLETO", "DOC 52998224724 BOLETO"),  # eleven digits that are no CPF
        ("COD 152998224725", "COD 152998224725"),
        ("LOJA 11.222.333/0001-81", "LOJA 11.222.333/0001-81"),  # a company's number is public
    ],
)
def test_cpf_in_a_description_is_masked_and_nothing_else(sent: str, kept: str) -> None:
    row = bank(description=sent, descriptionRaw=sent)
    assert (row["description"], row["description_raw"]) == (kept, kept)


def test_own_name_is_not_kept_as_the_other_side_of_a_transfer() -> None:
    own, other = payment(OWNER_CPF, OWNER_CPF), payment(OWNER_CPF, SPOUSE_CPF)
    for sides, name in ((own, None), (other, "Ana Exemplo")):
        sides["receiver"]["name"] = "Ana Exemplo"
        assert bank(type="DEBIT", paymentData=sides)["counterparty"] == name
