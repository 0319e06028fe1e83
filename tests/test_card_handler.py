"""/fatura in the chat: the household that was added up by hand, through the local Pluggy, for banks of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from open_finance.connecting.patience import needs_no_more_polls
from open_finance.records import Connection
from tests import card_household as home
from tests.databases import BOTH_DATABASES
from tests.pluggy_server import Json
from tests.story import BRUNO, HALF_A_MINUTE, Servers, Story, checking, credit_card, data_of, labels, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
EXPIRED = "Este menu expirou. Use /fatura"
PLUGGY_BANK = 2
BOTH_KINDS = pytest.mark.parametrize("all_at_once", [True, False], ids=["all at once", "one a month"])


@pytest.fixture(params=BOTH_DATABASES)
def both(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Story]:
    """A story on each kind of database."""
    with tell(servers, request.getfixturevalue(f"{request.param}_url")) as told:
        yield told


def connect_card(story: Story, household: Json, user_id: int = ANA) -> Connection:
    """A bank that lists bills, connected with all it shows."""
    story.pluggy.admin("households", {"match": "user-ok", "household": household})
    credentials = {"user": "user-ok", "password": "password-ok"}
    connector = story.core.connector
    made = connector.start_connection(user_id=user_id, connector_id=PLUGGY_BANK, credentials=credentials)
    while not needs_no_more_polls(made):
        story.pluggy.advance(seconds=HALF_A_MINUTE)
        story.clock.advance(HALF_A_MINUTE)
        made = connector.check_connection(user_id, made["id"])
    return made


def lines_of(message: Json) -> list[str]:
    return [line.replace(N, " ") for line in message["text"].splitlines()]


# --- one card --------------------------------------------------------------------------------------------------------


@BOTH_KINDS
def test_a_card_says_what_the_household_added_up(both: Story, all_at_once: bool) -> None:
    connect_card(both, home.household(all_at_once=all_at_once))
    shown = both.ask("/fatura", "fatura aberta")
    note = "" if all_at_once else " (estimado: R$ 2.811,73)"
    assert lines_of(shown)[:14] == [
        "💳 Pluggy Bank ••8890 · fatura aberta",
        "R$ 747,69 até agora · fecha 03/12 (estimado) · vence 10/12 (estimado)",
        "• Compras: R$ 579,67",
        "• Parcelas: R$ 403,13 (4 compras)",
        "• Tarifas e IOF: R$ 3,79",
        "• Estornos: -R$ 238,90",
        "",
        "Limite: usa R$ 3.559,42 de R$ 8.000,00 (44%) · livre R$ 4.440,58",
        (
            "Já comprometido: jan R$ 403,13 · fev R$ 369,80 · mar R$ 369,80 · abr R$ 369,80 · mai R$ 369,80"
            " · jun R$ 279,90 · jul R$ 279,90 · ago R$ 279,90 · set R$ 29,90 · out R$ 29,90 · nov R$ 29,90"
        ),
        f"São R$ 2.811,73 em 12 meses{note}",
        "",
        "Novembro: R$ 812,20 · venceu 10/11 · ✅ paga em 10/11",
        "",
        lines_of(shown)[13],
    ]
    assert lines_of(shown)[13].startswith("Atualizado hoje")
    assert labels(shown) == ["Lançamentos", "Parcelas", "Faturas anteriores"]


def test_a_bill_stands_beside_the_bank_s_total(story: Story) -> None:
    connect_card(story, home.household(all_at_once=True))
    before = story.press(story.ask("/fatura", "fatura aberta"), "Faturas anteriores", "faturas anteriores")
    assert lines_of(before)[:6] == [
        "💳 Pluggy Bank ••8890 · faturas anteriores",
        "Novembro: R$ 812,20 · venceu 10/11 · ✅ paga em 10/11",
        "  somei R$ 808,30: diferença de R$ 3,90",
        "Outubro: R$ 279,90 · venceu 10/10 · ✅ paga em 09/10",
        "Setembro: R$ 250,00 · venceu 10/09 · ✅ paga em 14/09",
        "",
    ]
    assert labels(before) == ["Nov/26", "Out/26", "Set/26", "‹ Voltar"]
    november = story.press(before, "Nov/26", "fatura de novembro")
    assert lines_of(november)[:9] == [
        "💳 Pluggy Bank ••8890 · fatura de novembro",
        "R$ 812,20 · venceu 10/11 · ✅ paga em 10/11",
        "Mínimo R$ 121,83",
        "• Compras: R$ 311,16",
        "• Parcelas: R$ 493,24 (4 compras)",
        "• Encargos da fatura: R$ 3,90 (IOF R$ 1,10 · multa por atraso R$ 2,80)",
        "",
        "O banco informa R$ 812,20; somei R$ 808,30. Diferença de R$ 3,90 (sem detalhe do banco).",
        "",
    ]
    assert labels(november) == ["‹ Out/26", "Lançamentos", "‹ Voltar"]
    october = story.press(november, "‹ Out/26", "fatura de outubro")
    assert "O banco informa R$ 279,90; somei o mesmo." in lines_of(october)
    assert labels(october) == ["‹ Set/26", "Nov/26 ›", "Lançamentos", "‹ Voltar"]
    rows = story.press(story.press(october, "Nov/26 ›", "fatura de novembro"), "Lançamentos", "5 lançamentos")
    assert "-R$ 33,34 TENIS CENTAURO 1/3" in lines_of(rows)
    assert story.press(rows, "‹ Voltar", "somei R$")["message_id"] == before["message_id"]


def test_rows_are_turned_by_ten_and_instalments_say_where_they_come_from(story: Story) -> None:
    household = home.household(all_at_once=False)
    more = [
        {**household["transactions"][home.CARD_ID][5], "id": f"11111111-0000-4000-8000-{number:012d}"}
        for number in range(8)
    ]
    household["transactions"][home.CARD_ID] += more
    connect_card(story, household)
    card = story.ask("/fatura", "fatura aberta")
    rows = story.press(card, "Lançamentos", "18 lançamentos")
    assert labels(rows) == ["1/2", "›", "‹ Voltar"]
    assert "PAGAMENTO" not in rows["text"]
    assert "+R$ 58,90 ESTORNO FARMACIA PAGUE MENOS" in lines_of(rows)
    second = story.press(rows, "›", "05/11")
    assert labels(second) == ["‹", "2/2", "‹ Voltar"]
    plans = story.press(story.press(second, "‹ Voltar", "até agora"), "Parcelas", "parcelas")
    shown = lines_of(plans)
    assert shown[1] == "Nas próximas 12 faturas: R$ 2.811,73"
    assert "• jan: R$ 403,13 (estimado)" in shown
    assert "• GELADEIRA MAGALU · R$ 250,00 · 4/12 · faltam 8, até ago/2027: R$ 2.000,00 (estimado)" in shown
    assert "• TENIS CENTAURO · R$ 33,33 · 2/3 · falta 1, até jan/2027: R$ 33,33 (estimado)" in shown
    assert not any("SOFA" in line for line in shown)
    assert labels(plans) == ["‹ Voltar"]


def test_a_bank_that_lists_all_instalments_is_no_estimate(story: Story) -> None:
    connect_card(story, home.household(all_at_once=True))
    plans = story.press(story.ask("/fatura", "fatura aberta"), "Parcelas", "parcelas")
    assert "• jan: R$ 403,13 (listado)" in lines_of(plans)
    assert "estimado" not in plans["text"].casefold()


def test_a_second_synchronisation_changes_no_figure(story: Story) -> None:
    connect_card(story, home.household(all_at_once=True))
    first = story.ask("/fatura", "fatura aberta")
    story.clock.advance(hours=18)
    story.pluggy.advance(hours=18)
    story.core.synchronizer.sync_all_connections()
    second = story.ask("/fatura", "fatura aberta")
    assert lines_of(second)[:13] == lines_of(first)[:13]


def test_a_bank_without_bills_says_what_is_missing_and_shows_what_rows_allow(story: Story) -> None:
    household = home.household(all_at_once=True, with_bills=False)
    story.pluggy.admin("households", {"match": "12345678900", "household": household})
    story.connect()
    shown = story.ask("/fatura", "fatura aberta")
    assert "ℹ️ Este banco não manda as faturas fechadas" in shown["text"]
    assert lines_of(shown)[1] == "R$ 747,69 até agora · fecha 03/12 (estimado) · vence 10/12 (estimado)"
    bills = story.press(shown, "Faturas anteriores", "faturas anteriores")
    november = story.press(bills, "Nov/26", "fatura de novembro")
    assert "O banco não manda o total desta fatura; somei R$ 804,40." in lines_of(november)


# --- several cards, no card ------------------------------------------------------------------------------------------


def second_card(**fields: Any) -> Json:
    return credit_card(key=8, due="2026-12-15") | {"number": "1234", **fields}


def test_several_cards_are_one_message_with_a_button_each(story: Story) -> None:
    household = home.household(all_at_once=True)
    household["accounts"].append(second_card())
    connect_card(story, household)
    shown = story.ask("/fatura", "Suas faturas abertas")
    assert lines_of(shown)[:9] == [
        "💳 Suas faturas abertas",
        "Juntas: R$ 747,69 até agora",
        "Já comprometido nas próximas 12 faturas: R$ 2.811,73",
        "",
        "Pluggy Bank ••8890",
        "R$ 747,69 até agora · fecha 03/12 (estimado) · vence 10/12 (estimado)",
        "Novembro: R$ 812,20 · venceu 10/11 · ✅ paga em 10/11",
        "",
        "Pluggy Bank ••1234",
    ]
    assert labels(shown) == ["Pluggy Bank · Visa ••8890", "Pluggy Bank · Visa ••1234"]
    other = story.press(shown, "Pluggy Bank · Visa ••1234", "fatura aberta")
    assert "R$ 0,00 até agora" in lines_of(other)[1]
    assert "Limite: o banco não informa." in lines_of(other)
    assert "Suas faturas" in story.press(other, "Todos os cartões", "Juntas")["text"]
    assert "••1234 · fatura aberta" in story.ask("/fatura 1234", "fatura aberta")["text"]
    missing = story.ask("/fatura nubank <b>", "Suas faturas")
    assert lines_of(missing)[:4] == [
        "Não achei um cartão com “nubank <b>”. Aqui estão todos:", "", *lines_of(shown)[:2]
    ]  # fmt: skip


def test_who_has_no_card_is_told_so_and_who_has_no_bank_how_to_get_one(story: Story) -> None:
    assert "Nenhum banco conectado" in story.ask("/fatura", "Nenhum")["text"]
    story.bank_shows(checking())
    story.connect()
    shown = story.ask("/fatura", "Nenhum cartão de crédito entre os seus bancos.")
    assert labels(shown) == ["🏦 Conectar", "👀 Demonstração"]
    assert "Fatura" not in labels(story.ask("/saldo", "Você tem"))


def test_the_balance_leads_to_the_bill(story: Story) -> None:
    story.bank_shows(checking(), credit_card())
    story.connect()
    assert "fatura aberta" in story.press(story.ask("/saldo", "Você tem"), "Fatura", "fatura aberta")["text"]
    told = story.ask("/fatura banco inexistente", "fatura aberta")["text"]
    assert told.startswith("Não achei um cartão com “banco inexistente”. Aqui está o que tenho:")


# --- buttons that do not apply ---------------------------------------------------------------------------------------


def test_a_foreign_card_and_a_forged_button_answer_as_an_old_one(story: Story) -> None:
    connect_card(story, home.household(all_at_once=True))
    mine = story.ask("/fatura", "fatura aberta")
    card = data_of(mine, "Parcelas").split(":")[1]
    theirs = story.ask("/fatura", "Nenhum banco", user=BRUNO)
    for data in (f"fat:{card}", f"fatl:{card}:0:0", f"fatp:{card}:0", f"fata:{card}:0", f"fatb:{card}:0"):
        assert story.forge(theirs, data, user=BRUNO) == EXPIRED
    for data in (
        "fat", "fat:x", "fat:999", f"fatl:{card}", f"fatl:{card}:zz:0", f"fatl:{card}:0:x", f"fatl:{card}:%:0",
        f"fatp:{card}", f"fatp:{card}:-1", f"fata:{card}:x", f"fatb:{card}", f"fatb:{card}:0", f"fatb:{card}:1",
    ):  # fmt: skip
        assert story.forge(mine, data) == EXPIRED
    assert story.forge(mine, f"fatp:{card}:999") == ""


def test_a_button_of_a_card_that_is_gone_says_so(story: Story) -> None:
    made = connect_card(story, home.household(all_at_once=True))
    card = story.ask("/fatura", "fatura aberta")
    story.core.connector.delete_connection(ANA, made["id"], keep_history=True)
    assert story.forge(card, data_of(card, "Parcelas")) == EXPIRED


def test_a_button_works_after_a_restart(story: Story) -> None:
    connect_card(story, home.household(all_at_once=True))
    card = story.ask("/fatura", "fatura aberta")
    story.restart()
    assert "parcelas" in story.press(card, "Parcelas", "Nas próximas 12 faturas")["text"]


def test_a_hidden_card_stands_last_and_outside_the_sum(story: Story) -> None:
    household = home.household(all_at_once=True)
    household["accounts"].append(second_card())
    connect_card(story, household)
    hidden = next(one for one in story.core.connector.list_accounts(ANA) if one["number"] == "8890")
    story.core.accounts.hide_account(ANA, hidden["id"], hidden=True)
    shown = lines_of(story.ask("/fatura", "Suas faturas"))
    assert shown[1] == "Juntas: R$ 0,00 até agora"
    assert shown.index("Pluggy Bank ••1234") < shown.index("Pluggy Bank ••8890 · fora do total")
