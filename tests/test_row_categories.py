"""In what order a row's category is decided, and what the person's word does to what the row counts as."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from open_finance.insights.flows import Flow
from open_finance.insights.merchants import merchant_key, name_key
from open_finance.insights.row_categories import (
    NOT_SPENDING,
    PersonalWords,
    RowCategory,
    advice_key,
    decide,
    is_known,
    own_category,
    own_number,
    title_of,
)
from open_finance.personal_records import CategoryRule
from tests.rows import transaction_data

BANK, CARD = 1, 2
NOON = datetime(2026, 11, 20, 15, tzinfo=UTC)
#: A text of which nobody can know what it is.
SAYS_NOTHING = "XKQJ ZWV 0042"


def row(**values: Any) -> dict[str, Any]:
    own = {"account_id": BANK, "user_category": None, "id": 1}
    return {**transaction_data(), **own, **values}


def rule(shop: dict[str, Any], category: str, **values: Any) -> CategoryRule:
    made: dict[str, Any] = {
        "id": 1,
        "merchant_key": merchant_key(shop),
        "name_key": name_key(shop),
        "money_in": shop["amount"] > 0,
        "title": shop["description"],
        "category": category,
        "applies_from": None,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return CategoryRule(**{**made, **values})  # type: ignore[typeddict-item]


def of(one: dict[str, Any], words: PersonalWords | None = None) -> RowCategory:
    (found,) = decide([one], {BANK: "BANK", CARD: "CREDIT"}, words or PersonalWords())
    return found


def test_what_the_person_chose_for_the_row_outweighs_their_rule() -> None:
    shop = row(description="PADARIA DO ZE", user_category="10000000")
    found = of(shop, PersonalWords(rules=[rule(shop, "11010000")]))
    assert (found.category, found.group, found.reason) == ("10000000", "Mercado", "manual")


def test_a_rule_outweighs_whatever_a_bank_or_the_model_says() -> None:
    shop = row(description="PADARIA DO ZE", category_id="11010000", merchant_cnae="1091102", mcc=5462)
    found = of(shop, PersonalWords(rules=[rule(shop, "10000000")]))
    assert (found.category, found.reason) == ("10000000", "rule")
    assert found.rule is not None


def test_a_rule_holds_from_its_first_day_on() -> None:
    shop = row(description="PADARIA DO ZE", occurred_on=date(2026, 11, 19))
    words = PersonalWords(rules=[rule(shop, "10000000", applies_from=date(2026, 11, 20))])
    assert of(shop, words).reason != "rule"
    assert of({**shop, "occurred_on": date(2026, 11, 20)}, words).reason == "rule"


def test_a_rule_for_what_is_sent_to_a_friend_is_none_for_what_the_friend_sends() -> None:
    sent = row(description="PIX ENVIADO BRUNO LIMA", amount=Decimal("-100.00"))
    words = PersonalWords(rules=[rule(sent, "17010000")])
    assert of(sent, words).category == "17010000"
    back = of({**sent, "description": "PIX RECEBIDO BRUNO LIMA", "amount": Decimal("100.00")}, words)
    assert back.reason != "rule"
    assert back.flow is Flow.INCOME


def test_a_refund_is_what_the_merchants_purchases_are() -> None:
    bought = row(description="LOJA AZUL", account_id=CARD, amount=Decimal("-80.00"))
    words = PersonalWords(rules=[rule(bought, "08040000")])
    back = of({**bought, "description": "ESTORNO LOJA AZUL", "amount": Decimal("80.00")}, words)
    assert (back.category, back.flow) == ("08040000", Flow.REFUND)


@pytest.mark.parametrize(
    ("values", "category", "flow"),
    [
        ({"same_holder": True, "description": "PIX ENVIADO ANA"}, "04000000", Flow.OWN_TRANSFER),
        ({"category_id": "05100000", "description": "PAGAMENTO DE FATURA"}, "05100000", Flow.BILL_PAYMENT),
        ({"category_id": "03020000", "description": "APLICACAO CDB"}, "03020000", Flow.INVESTMENT),
        ({"category_id": None, "description": "TARIFA PACOTE DE SERVICOS"}, None, Flow.FEE),
    ],
)
def test_ones_own_money_and_fees_are_what_they_are_whatever_the_model_thinks(
    values: dict[str, Any], category: str | None, flow: Flow
) -> None:
    found = of(row(**values))
    assert found.flow is flow
    assert category is None or found.category == category


def test_what_nobody_knows_goes_from_advice_to_pluggy_to_others() -> None:
    shop = row(description=SAYS_NOTHING, category_id="10000000")
    assert of(shop).reason == "pluggy"
    advised = of(shop, PersonalWords(advice={advice_key(shop): "19050001"}))
    assert (advised.category, advised.reason) == ("19050001", "advice")
    unknown = of({**shop, "category_id": None}, PersonalWords(advice={advice_key(shop): None}))
    assert (unknown.category, unknown.group, unknown.is_sure) == ("99999999", "Outros", False)
    assert of({**shop, "category_id": "12121212"}).reason == "unsure"


def test_a_name_that_is_surely_nobodys_shop_leaves_the_word_to_pluggy() -> None:
    shop = row(description="PAG*JoseDaSilva", category_id="11010000")
    assert (of(shop).category, of(shop).reason) == ("11010000", "pluggy")
    unknown = of({**shop, "category_id": None})
    assert (unknown.category, unknown.group, unknown.is_sure) == ("99999999", "Outros", False)


def test_not_spending_counts_nowhere_and_a_spending_category_makes_an_own_transfer_count() -> None:
    shop = row(description="LOJA AZUL")
    assert of({**shop, "user_category": NOT_SPENDING}).flow is Flow.OTHER
    transfer = row(same_holder=True, description="PIX ENVIADO ANA", user_category="17010000")
    assert of(transfer).flow is Flow.SPENDING
    assert of({**shop, "user_category": "04000000"}).flow is Flow.OWN_TRANSFER


def test_a_category_of_ones_own_is_a_group_of_its_own_and_gone_with_its_name() -> None:
    own = own_category(12)
    assert own_number(own) == 12
    assert own_number("11010000") is None
    names = {own: "Futebol"}
    shop = row(description="QUADRA", user_category=own)
    found = of(shop, PersonalWords(names=names))
    assert (found.category, found.group) == (own, "Futebol")
    assert title_of(own, names) == "Futebol"
    assert not is_known(own, {})
    assert of(shop).reason != "manual"


def test_of_two_words_on_one_merchant_the_latest_counts() -> None:
    shop = row(description="PADARIA DO ZE")
    later = datetime(2026, 11, 21, 15, tzinfo=UTC)
    words = PersonalWords(rules=[rule(shop, "10000000", id=1, updated_at=later), rule(shop, "11010000", id=2)])
    assert of(shop, words).category == "10000000"


def test_a_merchants_code_is_read_as_the_number_that_is_stored() -> None:
    assert of(row(description=SAYS_NOTHING, mcc=5411)).category == "10000000"
