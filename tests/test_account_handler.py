"""One account in the chat: a name of one's own, in and out of the totals, a history taken out again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.bot_app import Chat, choose
from tests.builders import TODAY
from tests.pluggy_server import Json
from tests.story import BRUNO, Story, checking, credit_card, data_of, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"


@pytest.fixture
def story(story: Story) -> Story:
    """Ana's bank is connected."""
    story.bank_shows(checking(), credit_card(), rows=[row(each, TODAY - timedelta(days=each)) for each in range(3)])
    story.connect()
    return story


def open_account(story: Story, name: str = "Conta corrente ••3416") -> Json:
    """From /minhas_contas to an account's own screen."""
    listed = story.ask("/minhas_contas", "Suas conexões")
    bank = story.press(listed, "Itaú", "Conectado hoje por usuário e senha")
    choice = story.press(bank, "Contas desta conexão ›", "Qual conta você quer ver?")
    assert labels(choice)[-1] == "‹ Voltar"
    return story.press(choice, name, f"{name.rpartition(' ')[0]}")


# --- a name --------------------------------------------------------------------------------------------------------


def test_a_name_of_ones_own_is_shown_everywhere_and_can_be_given_back(story: Story) -> None:
    asked = story.press(open_account(story), "Renomear", "Como quer chamar a conta Conta corrente ••3416 (Itaú)?")
    assert labels(asked) == ["Cancelar"]
    story.restart()
    story.ask("x" * 41, "São 41 letras, e cabem 40.")
    story.ask("🏠", "Preciso de um nome com letras ou números.")
    done = story.ask("  Conta <da>\n casa 🏠 ", "✅ Pronto: agora é “Conta <da> casa 🏠”.")
    assert "No banco: Conta corrente ••3416" in done["text"]
    assert story.current(asked)["buttons"] == []
    assert f"• Conta <da> casa 🏠 ••3416: R${N}1.000,00" in story.ask("/minhas_contas", "Suas conexões")["text"]
    assert f"• Conta <da> casa 🏠 (Itaú): R${N}1.000,00" in story.ask("/saldo", "Você tem")["text"]
    assert " · Conta <da> casa 🏠\n" in story.ask("/extrato", "Loja 1")["text"]
    story.ask("gastos", "Gastos neste mês")
    again = story.press(done, "Renomear", "Como quer chamar")
    assert labels(again) == ["Usar o nome do banco", "Cancelar"]
    given_back = story.press(again, "Usar o nome do banco", "✅ Voltei ao nome do banco.")
    assert "No banco:" not in given_back["text"]
    story.ask("gastos", "Gastos neste mês")


def test_a_question_for_a_name_can_be_left(story: Story) -> None:
    asked = story.press(open_account(story), "Renomear", "Como quer chamar")
    left = story.press(asked, "Cancelar", "O nome continua como estava.")
    assert labels(left) == ["Ocultar do total", "Renomear", "‹ Voltar"]
    asked = story.press(left, "Renomear", "Como quer chamar")
    story.telegram.send_text(ANA, "/cancelar")
    story.telegram.wait_for_text(ANA, "nome continua como estava")
    story.ask("mercado", "Não tenho certeza")
    asked = story.press(open_account(story), "Renomear", "Como quer chamar")
    story.ask("/saldo", "Você tem")
    assert "O nome continua como estava." in story.current(asked)["text"]
    story.ask("mercado", "Não tenho certeza")
    story.press(open_account(story), "Renomear", "Como quer chamar")
    story.clock.advance(minutes=15)
    story.telegram.wait_for_text(ANA, "Esperei 15 minutos e parei por aqui.")
    story.ask("mercado", "Não tenho certeza")
    assert story.core.connector.list_accounts(ANA)[0]["custom_name"] is None


def test_the_question_for_a_name_ends_what_a_bank_was_being_told(story: Story) -> None:
    account = open_account(story)
    ana = Chat(story.telegram, ANA)
    choose(ana, "Caixa")
    field = ana.sees("1 de 2")
    story.press(account, "Renomear", "Como quer chamar")
    assert "Cancelado. Nada foi guardado." in story.current(field)["text"]
    assert not story.bot.context.vault.names(ANA)
    story.ask("Conta da casa", "✅ Pronto: agora é “Conta da casa”.")


def test_a_name_is_shown_as_it_is_kept(story: Story) -> None:
    story.press(open_account(story), "Renomear", "Como quer chamar")
    done = story.ask("Conta de 529.982.247-25", "✅ Pronto: agora é “Conta de ***.982.247-**”.")
    assert "529.982.247-25" not in done["text"]
    assert story.core.connector.list_accounts(ANA)[0]["custom_name"] == "Conta de ***.982.247-**"


def test_a_name_for_an_account_that_has_gone_meanwhile(story: Story) -> None:
    story.press(open_account(story), "Renomear", "Como quer chamar")
    connection = story.core.connector.list_connections(ANA)[0]
    story.core.connector.delete_connection(ANA, connection["id"], keep_history=False)
    story.ask("Conta da casa", "Não encontrei mais essa conta.")


# --- the totals ----------------------------------------------------------------------------------------------------


def test_an_account_out_of_the_total_counts_nowhere_at_once_and_for_ten_minutes_there_is_a_way_back(
    story: Story,
) -> None:
    account = open_account(story)
    assert labels(account) == ["Ocultar do total", "Renomear", "‹ Voltar"]
    hidden = story.press(account, "Ocultar do total", "✅ Tirei do total.")
    assert "não entra nas somas" in hidden["text"]
    assert labels(hidden) == ["Desfazer", "Renomear", "‹ Voltar"]
    assert "fora do total" in story.ask("/minhas_contas", "Suas conexões")["text"]
    balance = story.ask("/saldo", "Fora do total")["text"]
    assert "Você tem" not in balance
    assert f"R${N}1.000,00" in balance
    story.restart()
    shown = story.press(hidden, "Desfazer", "✅ Desfeito.")
    assert labels(shown)[0] == "Ocultar do total"
    story.ask("/saldo", f"Você tem R${N}1.000,00")
    late = story.press(shown, "Ocultar do total", "✅ Tirei do total.")
    story.clock.advance(minutes=11)
    assert "expirou" in story.forge(late, data_of(late, "Desfazer"))
    back = story.press(open_account(story), "Mostrar no total", "✅ Voltou para o total.")
    story.press(back, "‹ Voltar", "Qual conta você quer ver?")


# --- two accounts again --------------------------------------------------------------------------------------------


def test_a_history_that_was_joined_is_told_of_and_can_be_taken_out_again(story: Story) -> None:
    first = story.core.connector.list_connections(ANA)[0]
    story.core.connector.delete_connection(ANA, first["id"], keep_history=True)
    story.clock.advance(hours=1)
    story.connect()
    choice = story.ask("/desconectar_banco", "Qual banco desconectar?")
    assert labels(choice) == ["Itaú (2 contas)", "Cancelar"]
    account = open_account(story)
    assert "🔗 Juntei o histórico de Itaú · Conta Corrente hoje: 3 lançamentos, nenhum repetido." in account["text"]
    assert "3 lançamentos" in story.ask("/extrato", "Últimos 30 dias")["text"]
    step = story.press(account, "Separar", "(3 lançamentos) sai da conta")
    assert labels(step) == ["Sim, separar", "Não"]
    story.restart()
    sure = data_of(step, "Sim, separar")
    apart = story.press(step, "Sim, separar", "✅ Separei o histórico de Itaú · Conta Corrente")
    assert "Separar" not in labels(apart)
    assert "expirou" in story.forge(apart, sure)
    assert "6 lançamentos" in story.ask("/extrato", "Últimos 30 dias")["text"]
    kept = story.ask("/desconectar_banco", "Qual banco desconectar?")
    assert labels(kept) == ["Itaú (2 contas)", "Apagar histórico: Itaú", "Cancelar"]


# --- somebody else's -----------------------------------------------------------------------------------------------

VERBS = ("ctas", "cta", "ctocu", "ctmos", "ctnom", "ctban", "ctnao", "ctsep", "ctsep2", "ctdes")


def test_a_foreign_or_forged_button_changes_nothing(story: Story) -> None:
    account, connection = story.core.connector.list_accounts(ANA)[0], story.core.connector.list_connections(ANA)[0]
    before = story.core.connector.list_accounts(ANA)
    theirs, mine = story.ask("/ajuda", "/saldo", user=BRUNO), story.ask("/ajuda", "/saldo")
    for verb in VERBS:
        number = connection["id"] if verb == "ctas" else account["id"]
        for tail in ("", ":1", ":1:zz", ":0:thm2yo"):
            assert "Este menu expirou" in story.forge(theirs, f"{verb}:{number}{tail}", user=BRUNO), verb
        for data in (verb, f"{verb}:", f"{verb}:x", f"{verb}:999999", f"{verb}:-1"):
            assert "Este menu expirou" in story.forge(mine, data), data
    for data in (f"ctdes:{account['id']}", f"ctdes:{account['id']}:2:abc", f"ctdes:{account['id']}:1:zzzzzzzzzzzz"):
        assert "Este menu expirou" in story.forge(mine, data), data
    assert story.core.connector.list_accounts(ANA) == before
    assert story.core.prompts.find(BRUNO) is None
