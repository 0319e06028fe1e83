"""The bank behind MeuPluggy's own name, and the codes by which banks know each other. Pure."""

from __future__ import annotations

import pytest

from open_finance import bank_codes
from open_finance.bank_codes import recover_name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("260", "Nubank"),
        ("341", "Itaú"),
        ("237", "Bradesco"),
        ("001", "Banco do Brasil"),
        ("077", "Inter"),
        ("104", "Caixa"),
    ],
)
def test_transfer_number_tells_the_bank(code: str, name: str) -> None:
    assert recover_name(code, ["Conta Corrente"]) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Cartão Itaú Visa Gold", "Itaú"),
        ("NUBANK Mastercard", "Nubank"),
        ("Conta Banco do Brasil", "Banco do Brasil"),
        ("Itaú Cartões Platinum", "Itaú Cartões"),  # the longest name counts
        ("Conta Bancoop", "Bancoop"),  # as Pluggy lists it
    ],
)
def test_what_the_accounts_are_called_tells_it_otherwise(text: str, name: str) -> None:
    assert recover_name(None, ["Conta Corrente", text], ["Bancoop", "Itaú Cartões"]) == name


def test_pluggys_spelling_wins() -> None:
    assert recover_name("208", [], ["BTG", "BTG Pactual"]) == "BTG Pactual"
    assert recover_name("104", [], ["CAIXA"]) == "CAIXA"


@pytest.mark.parametrize(
    ("code", "texts", "name"),
    [
        ("237", ["Conta Next"], "Next"),
        ("348", ["Conta Rico"], "Rico"),
        ("348", ["Conta Digital", "Cartão Clear"], "Clear"),
        ("341", ["Itaú Cartões Platinum"], "Itaú Cartões"),  # the longest name counts here too
        ("237", ["Conta Bradesco", "Cartão Next"], "Bradesco"),  # the first account that says it
        ("348", ["Conta XP"], "XP Investimentos"),  # the bank itself, by another spelling
        ("341", ["Itaú Unibanco S.A."], "Itaú"),
        ("237", ["Cartão Nubank"], "Bradesco"),  # the code is worth more than another bank's name
    ],
)
def test_brand_that_shares_a_banks_code_keeps_its_own_name(code: str, texts: list[str], name: str) -> None:
    assert recover_name(code, texts, ["Nubank", "Bradesco", "Conta Digital"]) == name


@pytest.mark.parametrize("texts", [[], [""], ["Conta Corrente", "Cartão Visa Gold"]])
@pytest.mark.parametrize("code", [None, "999"])
def test_nobody_can_say_is_said(code: str | None, texts: list[str]) -> None:
    assert recover_name(code, texts, ["Nubank", "Itaú"]) is None


def test_bank_has_one_code_whatever_its_door() -> None:
    assert bank_codes.code_of("Itaú") == bank_codes.code_of("itau") == bank_codes.code_of("Itaú Empresas") == "341"
    assert bank_codes.code_of("Nenhum Banco") is None
    assert bank_codes.name_of("341") == "Itaú"
    assert bank_codes.name_of(None) is None


def test_codes_are_codes_and_names_are_nobody_elses() -> None:
    names = [name for every in bank_codes.BANKS.values() for name in every]
    assert len(names) == len(set(names))
    assert all(len(code) == 3 and code.isdigit() for code in bank_codes.BANKS)
