"""The category of a row: the order of what decides it, what it says when it does not know, and the dresses of a name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.insights.categories import CONFIDENT, Categorization, Description, categorize, categorize_many, likely
from open_finance.insights.category_model import shipped
from open_finance.insights.category_text import ALPHABET, LONGEST, model_text, name_of
from open_finance.insights.taxonomy import group_of, is_category

TEXTS = st.text(max_size=200)


@pytest.mark.parametrize(
    ("description", "category"),
    [
        ("PAG*DROGASIL 1234 PARC 02/03", "18020000"),
        ("IFD*BURGUER DA ESQUINA", "11020000"),
        ("IFD*DROGARIA DA PRACA", "18020000"),
        ("MP *MERCADOLIVRE", "08010000"),
        ("EC *PEDROH", "99999999"),
        ("PIX ENVIADO POSTO TREVO", "19050001"),
        ("PIX ENVIADO MARIA SOUZA", "05070000"),
        ("Autopostodolago", "19050001"),
        ("PAG BOLETO COLEGIO SANTA CLARA", "07020003"),
        ("UBER   *TRIP HELP.UBER.COM", "19010000"),
        ("PAGAMENTO FATURA NUBANK", "05100000"),
        ("TARIFA MENSALIDADE PACOTE", "16010000"),
    ],
)
def test_brazilian_statements_are_understood(description: str, category: str) -> None:
    assert categorize(description).category_id == category


def test_official_codes_stand_before_the_text() -> None:
    assert categorize("LOJA DO JOAO", cnae="4771-7/01") == Categorization(
        "18020000", "Saúde e bem-estar", 0.97, "merchant"
    )
    assert categorize("LOJA DO JOAO", mcc="5541").reason == "mcc"
    assert categorize("LOJA DO JOAO", cnae="4771-7/01", mcc="5541").reason == "merchant"


def test_a_code_that_tells_nothing_leaves_it_to_the_text() -> None:
    assert categorize("NETFLIX.COM", mcc="4899", cnae="7490104").reason == "model"


def test_the_text_says_more_than_a_code_of_the_same_group() -> None:
    found = categorize("IFD*BURGUER DA ESQUINA", mcc="5814")
    assert (found.category_id, found.reason) == ("11020000", "mcc")


def test_a_known_merchant_is_not_what_a_cards_code_says_it_is() -> None:
    assert categorize("DROGASIL", mcc="5411").group == "Saúde e bem-estar"


def test_the_name_pluggy_found_stands_for_the_description() -> None:
    assert categorize("COMPRA 000123", merchant_name="Netflix").category_id == "09020000"
    assert categorize("NETFLIX.COM", merchant_name=" ").category_id == "09020000"


def test_money_in_and_money_out_are_told_apart() -> None:
    assert categorize("JUROS", amount=-3, account_type="BANK").category_id == "02020000"
    assert categorize("JUROS", amount=3, account_type="BANK").category_id != "02020000"


def test_a_refund_keeps_the_category_of_what_was_refunded() -> None:
    assert categorize("ESTORNO DROGASIL", amount=30, account_type="CREDIT").category_id == "18020000"


def test_what_says_nothing_is_not_guessed() -> None:
    for text in ("", "   ", "0000 12/03", "*", "\x00"):
        found = categorize(text)
        assert (found.category_id, found.is_sure) == ("99999999", False)


def test_an_unsure_row_keeps_its_best_guess() -> None:
    found = categorize("ZQ VK TRW")
    assert found.reason == "unsure"
    assert found.confidence < CONFIDENT
    assert is_category(found.category_id)


@settings(deadline=None)
@given(TEXTS, st.sampled_from([None, -10.5, 0, 7]), st.sampled_from([None, "BANK", "CREDIT"]))
def test_any_text_has_a_category_of_the_tree(text: str, amount: float | None, account_type: str | None) -> None:
    found = categorize(text, amount=amount, account_type=account_type)
    assert is_category(found.category_id)
    assert found.group == group_of(found.category_id)
    assert 0 <= found.confidence <= 1
    assert found.is_sure == (found.confidence >= CONFIDENT)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.builds(Description, TEXTS, st.none() | TEXTS, amount=st.sampled_from([None, -1, 2])), max_size=6))
def test_a_batch_answers_as_each_row_alone(rows: list[Description]) -> None:
    for row, found in zip(rows, categorize_many(rows), strict=True):
        facts = row._asdict()
        alone = categorize(facts.pop("description"), **facts)
        assert (alone.category_id, alone.reason) == (found.category_id, found.reason)
        assert alone.confidence == pytest.approx(found.confidence, abs=1e-5)


DRESSES = [
    "{}",
    "Compra no débito - {}",
    "COMPRA CARTAO VISA {} 12/03",
    "PAG*{}",
    "{} - Parcela 2/6",
    "{} PARC 03/10",
    "{} SAO PAULO BRA",
    "{} 0123 CURITIBA PR",
    "RSHOP-{}-12/03",
    "DL *{} LTDA",
]


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("name", ["Padaria Pao Quente", "DROGASIL", "Auto Posto Estrela", "Netflix", "Smart Fit"])
def test_a_name_is_the_same_in_every_dress(name: str, dress: str) -> None:
    assert name_of(model_text(dress.format(name))) == name_of(model_text(name))
    assert categorize(dress.format(name)).category_id == categorize(name).category_id


@given(TEXTS)
def test_a_reading_is_never_empty_and_of_the_alphabet(text: str) -> None:
    reading = model_text(text)
    assert reading
    assert set(reading) <= set(ALPHABET)
    assert len(reading) <= 2 * LONGEST


def test_likely_categories_begin_with_the_answer_and_do_not_repeat() -> None:
    found = likely("PADARIA PAO QUENTE", count=5)
    assert found[0] == categorize("PADARIA PAO QUENTE").category_id
    assert len(set(found)) == 5
    assert likely("LOJA", mcc="5541")[0] == "19050001"
    assert len(likely("", count=200)) == len(shipped().categories)


@pytest.mark.parametrize(
    ("text", "near"), [("Droga Raia 440", {"18040000", "18010000", "18000000"}), ("RAPPI*RAPPI BRASIL", {"11010000"})]
)
def test_likely_categories_are_near_or_everyday_where_the_text_speaks_for_one(text: str, near: set[str]) -> None:
    found = likely(text, amount=-50, account_type="CREDIT")
    assert near & set(found)
    assert "10000000" in found  # groceries
    assert not {group_of(one) for one in found} & {"Outros", "Impostos", "Seguros"}


def test_likely_categories_of_money_that_came_in_are_income() -> None:
    found = likely("TED 0001", amount=2500, account_type="BANK")
    assert "01010000" in found
    assert "10000000" not in found


def test_words_written_as_one_are_taken_apart() -> None:
    assert shipped().reading("Autopostoestrela") == "auto posto estrela"
    assert shipped().reading("xqzwkjhgfdsa") == "xqzwkjhgfdsa"
