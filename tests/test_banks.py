"""Connectors become banks with doors, and people find them by what they type."""

from __future__ import annotations

from typing import Any

import pytest

from open_finance.connecting.banks import (
    FAVOURITES,
    bank_name,
    favourite_banks,
    fold,
    group_banks,
    search_banks,
    suggest,
)
from open_finance.records import Bank
from sandbox.pluggy_api.connectors import build_catalogue

CPF = {"name": "cpf", "label": "CPF", "type": "number"}
CNPJ = {"name": "cnpj", "label": "CNPJ", "type": "text"}


def connector(number: int, name: str, **raw: Any) -> dict[str, Any]:
    """A connector as Pluggy would list it."""
    return {
        "id": number,
        "name": name,
        "type": "PERSONAL_BANK",
        "country": "BR",
        "credentials": [CPF],
        "products": ["ACCOUNTS", "CREDIT_CARDS", "TRANSACTIONS"],
        "isOpenFinance": number > 600,
        "isSandbox": False,
        "health": {"status": "ONLINE", "stage": None},
        "hasMFA": False,
    } | raw


ITAU = [
    connector(201, "Itaú", credentials=[CPF, {"name": "password", "label": "Senha", "type": "password"}]),
    connector(618, "Itaú Empresas", type="BUSINESS_BANK", credentials=[CNPJ]),
    connector(601, "Itaú"),
    connector(647, "Itaú Cartões"),
]


@pytest.fixture(scope="module")
def catalogue() -> list[Bank]:
    """The banks of the local Pluggy."""
    return group_banks(build_catalogue().values())


def names(banks: list[Bank]) -> list[str]:
    return [bank["name"] for bank in banks]


def test_doors_of_one_bank_stand_together_the_recommended_first() -> None:
    itau = group_banks(ITAU)[0]
    assert (itau["id"], itau["name"]) == (601, "Itaú")
    doors = [(door["connector_id"], door["kind"], door["person"]) for door in itau["doors"]]
    assert doors == [(601, "open_finance", "PF"), (201, "password", "PF"), (618, "open_finance", "PJ")]


def test_another_product_of_the_group_is_another_bank() -> None:
    assert names(group_banks(ITAU)) == ["Itaú", "Itaú Cartões"]


def test_connectors_that_only_start_payments_are_hidden() -> None:
    payments = connector(615, "Inter", products=["PAYMENT_DATA"])
    inter = group_banks([payments, connector(823, "Inter")])[0]
    assert [door["connector_id"] for door in inter["doors"]] == [823]
    assert group_banks([payments]) == []


@pytest.mark.parametrize(
    "broken",
    [
        {"id": None},
        {"id": "x"},
        {"name": None},
        {"name": ""},
        {"credentials": [{"label": "CPF"}]},
        {"credentials": ["cpf"]},
        {"products": 7},
        {"products": [[]]},
    ],
)
def test_a_connector_that_cannot_be_read_hides_no_other(broken: dict[str, Any]) -> None:
    assert names(group_banks([connector(601, "Itaú"), connector(612, "Nubank") | broken])) == ["Itaú"]


@pytest.mark.parametrize("odd", [{"health": "ONLINE"}, {"health": None}, {"credentials": None}])
def test_what_is_odd_but_not_needed_hides_nothing(odd: dict[str, Any]) -> None:
    assert names(group_banks([connector(612, "Nubank") | odd])) == ["Nubank"]


def test_company_is_told_by_its_document_as_well() -> None:
    stone = group_banks([connector(788, "Stone", credentials=[CNPJ])])[0]
    assert stone["doors"][0]["person"] == "PJ"


def test_meupluggy_is_a_door_of_its_own_kind() -> None:
    bank = group_banks([connector(200, "MeuPluggy", isOpenFinance=False, oauth=True, credentials=[])])[0]
    assert (bank["name"], bank["doors"][0]["kind"], bank["doors"][0]["fields"]) == ("MeuPluggy", "meupluggy", [])


def test_health_and_sandbox_are_kept() -> None:
    bank = group_banks([connector(2, "Pluggy Bank", isSandbox=True, health={"status": "OFFLINE"}, hasMFA=True)])[0]
    door = bank["doors"][0]
    assert (door["health"], door["is_sandbox"], door["has_mfa"]) == ("OFFLINE", True, True)
    assert group_banks([connector(2, "Pluggy Bank", health=None)])[0]["doors"][0]["health"] == "ONLINE"


@pytest.mark.parametrize(
    ("connector_name", "name"),
    [
        ("Itaú Empresas", "Itaú"),
        ("Bradesco Empresa", "Bradesco"),
        ("Nubank - PJ", "Nubank"),
        ("Banco do Brasil (Pessoa Jurídica)", "Banco do Brasil"),
        ("Inter Open Finance", "Inter"),
        ("  C6 Bank  ", "C6 Bank"),
        ("Empresas", "Empresas"),
        ("Itaú Cartões", "Itaú Cartões"),
    ],
)
def test_name_loses_what_only_tells_connectors_apart(connector_name: str, name: str) -> None:
    assert bank_name(connector_name) == name


def test_folding_forgets_accents_case_and_punctuation() -> None:
    assert fold("  ITAÚ – Cartões,  S/A ") == "itau cartoes s a"
    assert fold("C&A Pay") == "c&a pay"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("itau", ["Itaú"]),
        ("ITAÚ", ["Itaú"]),
        ("bb", ["Banco do Brasil"]),
        ("Banco do Brasil", ["Banco do Brasil"]),
        ("roxinho", ["Nubank"]),
        ("nu", ["Nubank"]),
        ("cef", ["Caixa"]),
        ("caixa econômica", ["Caixa"]),
        ("c6 bank", ["C6"]),
        ("pagseguro", ["PagBank"]),
        ("banco inter", ["Inter"]),
    ],
)
def test_name_or_alias_finds_the_bank_alone(catalogue: list[Bank], typed: str, found: list[str]) -> None:
    assert names(search_banks(catalogue, typed)) == found


def test_beginnings_of_words_find_the_likeliest_first(catalogue: list[Bank]) -> None:
    found = names(search_banks(catalogue, "ita"))
    assert found[0] == "Itaú"
    assert "Itaú Cartões" in found
    assert "Banco do Nordeste" in names(search_banks(catalogue, "nord banc"))


def test_empty_query_finds_all_and_nonsense_none(catalogue: list[Bank]) -> None:
    assert search_banks(catalogue, "  ") == catalogue
    assert search_banks(catalogue, "zzz") == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("itua", "Itaú"), ("nubnak", "Nubank"), ("bradsco", "Bradesco"), ("santader", "Santander"), ("caxa", "Caixa")],
)
def test_slip_of_the_finger_is_understood(catalogue: list[Bank], typed: str, meant: str) -> None:
    suggestion = suggest(catalogue, typed)
    assert suggestion is not None
    assert suggestion["name"] == meant


@pytest.mark.parametrize("typed", ["xyzw", "quero meu saldo", "", "123"])
def test_nonsense_suggests_nothing(catalogue: list[Bank], typed: str) -> None:
    assert suggest(catalogue, typed) is None


def test_nine_favourites_stand_in_their_order(catalogue: list[Bank]) -> None:
    assert tuple(names(favourite_banks(catalogue))) == FAVOURITES


def test_favourite_that_is_not_listed_is_left_out() -> None:
    assert names(favourite_banks(group_banks(ITAU))) == ["Itaú"]


def test_banks_come_alphabetically_each_once(catalogue: list[Bank]) -> None:
    folded = [fold(name) for name in names(catalogue)]
    assert folded == sorted(folded)
    assert len(set(folded)) == len(folded)
    assert len({bank["id"] for bank in catalogue}) == len(catalogue)
