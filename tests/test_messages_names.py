"""Two connections of one bank are told apart wherever one of them must be chosen."""

from __future__ import annotations

import pytest

from gerente_financeiro.messages.names import short_name, tell_apart
from gerente_financeiro.messages.reminders import short_label
from tests.builders import NOW, connection


def names(*banks: tuple[str, str]) -> list[str]:
    """What banks of these names, with these numbers of their first accounts, are called."""
    given = [(connection(id=place, connector_name=name), number) for place, (name, number) in enumerate(banks)]
    return list(tell_apart(given).values())


@pytest.mark.parametrize(
    ("banks", "called"),
    [
        ([("Inter", "4321")], ["Inter"]),
        ([("Inter", "4321"), ("Itaú", "8765")], ["Inter", "Itaú"]),
        ([("Inter", "4321"), ("inter ", "8765")], ["Inter ••4321", "inter ••8765"]),
        ([("Inter", "4321"), ("Inter", "")], ["Inter ••4321", "Inter"]),
        ([("Inter", "4321"), ("Inter", "4321")], ["Inter ••4321 (1)", "Inter ••4321 (2)"]),
        ([("Inter", ""), ("Inter", "")], ["Inter (1)", "Inter (2)"]),
    ],
)
def test_only_banks_of_the_same_name_get_digits(banks: list[tuple[str, str]], called: list[str]) -> None:
    assert names(*banks) == called


def test_what_is_told_apart_by_its_words_gets_digits_only_where_they_say_something() -> None:
    inter, left = connection(id=1, connector_name="Inter"), connection(id=2, connector_name="Inter")
    assert tell_apart([(inter, "4321")], [(left, "4321")]) == {1: "Inter"}
    assert tell_apart([(inter, "4321")], [(left, "8765")]) == {1: "Inter ••4321"}
    assert tell_apart([(inter, "4321")], [(connection(id=2, connector_name="Itaú"), "8765")]) == {1: "Inter"}


def test_digits_are_what_stays_of_a_long_name() -> None:
    long = "Cooperativa de Crédito dos Servidores Públicos"
    assert names((long, "4321"), (long, "8765")) == [
        f"Cooperativa de Crédito dos Servi… ••{end}" for end in (4321, 8765)
    ]
    bank = connection(connector_name="XP Investimentos ••4321", trouble_code="INVALID_CREDENTIALS", trouble_at=NOW)
    assert short_label(bank, NOW) == "XP Investim… ••4321: reconectar"
    assert short_name("Banco de um nome bem comprido") == "Banco de um nome be…"
