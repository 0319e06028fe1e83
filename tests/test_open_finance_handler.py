"""/minhas_contas and /saldo in the chat, and what every reading command does when there is nothing, or nobody's, to read."""

from __future__ import annotations

from datetime import timedelta

from open_finance.storage.database import Database
from tests.builders import TODAY
from tests.story import BRUNO, Story, checking, credit_card, data_of, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

N = "\xa0"
HOSTILE_NAME = "<b>Conta</b> & \u202eetnerroC"


def test_without_a_bank_every_command_shows_the_way(story: Story) -> None:
    for command, answer, ways in (
        ("/minhas_contas", "Nenhum banco conectado ainda.", ["🏦 Conectar", "👀 Demonstração"]),
        ("/saldo", "Nenhum banco conectado ainda.", ["🏦 Conectar", "👀 Demonstração"]),
        ("/extrato", "Nenhum banco conectado ainda.", ["🏦 Conectar", "👀 Demonstração"]),
        ("/sincronizar", "não há o que atualizar", ["🏦 Conectar"]),
        ("/desconectar_banco", "não há o que desconectar", ["🏦 Conectar"]),
    ):
        assert labels(story.ask(command, answer)) == ways, command


def test_balance_of_a_thousand_with_eight_hundred_of_card_debt(story: Story) -> None:
    story.bank_shows(checking(), credit_card())
    story.connect()
    text = story.ask("/saldo", "Você tem")["text"]
    assert text.startswith(f"💰 Você tem R${N}1.000,00 disponível\n")
    assert f"💳 A pagar em cartões: -R${N}800,00" in text
    assert f"= Líquido: R${N}200,00" in text
    assert text.splitlines()[-1].startswith("Atualizado hoje")


def test_figures_can_be_hidden_and_shown_again(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    shown = story.ask("/saldo", "1.000,00")
    hidden = story.press(shown, "🙈 Esconder valores", "•••")
    assert hidden["message_id"] == shown["message_id"]
    assert "1.000" not in hidden["text"]
    assert "1.000,00" in story.press(hidden, "👁 Mostrar valores", "1.000,00")["text"]


def test_accounts_of_each_bank_and_a_screen_for_each(story: Story) -> None:
    story.bank_shows(checking(), credit_card())
    bank = story.connect()["connector_name"]
    listed = story.ask("/minhas_contas", "Suas conexões")
    assert f"• Conta corrente ••3416: R${N}1.000,00" in listed["text"]
    assert f"R${N}800,00 · vence 10/12" in listed["text"]
    assert labels(listed) == [bank, "➕ Conectar", "🔄 Atualizar"]
    screen = story.press(listed, bank, "Conectado hoje por usuário e senha, que ficam na Pluggy, nunca aqui.")
    assert labels(screen) == ["Extrato", "🔄 Atualizar", "Contas desta conexão ›", "‹ Voltar", "Desconectar"]
    assert story.press(screen, "‹ Voltar", "Suas conexões")["message_id"] == listed["message_id"]


def test_what_the_bank_calls_its_accounts_is_shown_escaped_and_cut(story: Story) -> None:
    story.bank_shows(checking(subtype="OTHER", name=HOSTILE_NAME + "x" * 300, number=""))
    story.connect()
    text = story.ask("/minhas_contas", "Suas conexões")["text"]
    assert "• <b>Conta</b> & etnerroCxxx" in text
    assert "…: " in text
    assert "\u202e" not in text


def test_somebody_elses_buttons_do_nothing(story: Story) -> None:
    story.bank_shows(checking(), rows=[row(1, TODAY)])
    connection = story.connect()
    account = story.core.connector.list_accounts(ANA)[0]
    mine = story.ask("/ajuda", "/saldo", user=BRUNO)
    for verb in ("banco", "atualizar", "escolher", "sair", "sairg", "saira", "saira2", "extrato", "rc"):
        assert "Este menu expirou. Use /" in story.forge(mine, f"{verb}:{connection['id']}", user=BRUNO)
    assert "Este menu expirou" in story.forge(mine, f"x:fux6:fuxz:a{account['id']}::::0", user=BRUNO)
    assert story.current(mine, BRUNO)["text"] == mine["text"]
    assert story.core.connector.list_connections(ANA) == [connection]


FORGED = (
    "banco",
    "banco:",
    "banco:x",
    "banco:-1",
    "banco:999999999999999999999999",
    "sair:٣",
    "saira2:",
    "atualizar",
    "escolher:tudo",
    "escolherp:x",
    "extrato:x",
    "x",
    "x:1:2:3",
    "x:fuxz:fux6:::::0",
    "x:0:zzzzzz:::::0",
    "x:fux6:fuxz:q1::::0",
    "x:fux6:fuxz:a99::::0",
    "x:fux6:fuxz::zzzzzzzz:::0",
    "x:fux6:fuxz::::uma busca que nenhum botao leva:0",
    "x:fux6:fuxz:::::99999",
    "x:fux6:fuxz:::zzzzzzzzzzzz::0",
    "xp:fux6",
    "xa:",
    "naoexiste:1",
)


def test_a_forged_or_outlived_button_says_so_and_changes_nothing(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    message = story.ask("/saldo", "Você tem")
    answers = {data: story.forge(message, data) for data in FORGED}
    assert {data: text for data, text in answers.items() if not text.startswith("Este menu expirou. Use /")} == {}
    assert story.current(message)["text"] == message["text"]
    assert len(story.telegram.from_bot(ANA)) == 1


def test_reading_commands_answer_while_pluggy_is_down(story: Story) -> None:
    story.bank_shows(checking(), rows=[row(1, TODAY)])
    story.connect()
    story.pluggy.fault("status", status=503, count=None)
    story.clock.advance(days=3)
    assert "dados de 23/11" in story.ask("/saldo", "Você tem")["text"]
    story.ask("/minhas_contas", "⚠️ dados de 23/11")
    story.ask("/extrato", "Loja 1")
    assert "não conseguiu atender" in story.ask("/sincronizar", "⚠️")["text"]


def test_a_database_that_goes_away_is_told_and_the_bot_lives(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.ask("/saldo", "Você tem")
    database, healthy = story.bot.core.database, story.bot.core.database.engine
    database.engine = Database("sqlite:////nowhere/at/all.db").engine
    for command in ("/saldo", "/minhas_contas", "/extrato", "/sincronizar", "/desconectar_banco"):
        story.ask(command, "Não consegui abrir seus dados agora.")
    database.engine = healthy
    story.ask("/saldo", "Você tem")


def test_a_bank_that_needs_its_person_says_why_and_leads_back_in(story: Story) -> None:
    story.bank_shows(checking())
    connection = story.connect()
    story.change(connection["id"], trouble_code="ACCOUNT_NEEDS_ACTION", trouble_at=story.clock.now())
    listed = story.ask("/minhas_contas", "Suas conexões")
    assert "Itaú ⚠️" in labels(listed)
    story.restart()
    screen = story.press(listed, "Itaú ⚠️", "⚠️ O Itaú pede que você abra o app e aceite um aviso.")
    assert labels(screen) == ["Continuar", "Extrato", "Contas desta conexão ›", "‹ Voltar", "Desconectar"]
    assert data_of(screen, "Continuar") == f"rcok:{connection['id']}"


def test_until_when_a_bank_may_be_read_and_the_way_to_renew_in_time(story: Story) -> None:
    story.bank_shows(checking())
    connection = story.connect()
    ends = story.clock.now() + timedelta(days=200)
    story.change(connection["id"], is_open_finance=True, consent_expires_at=ends)
    listed = story.ask("/minhas_contas", "Suas conexões")
    screen = story.press(listed, "Itaú", "Conectado hoje pelo Open Finance.\nAutorização válida até 11/06/2027.")
    assert labels(screen)[0] == "Extrato"
    story.clock.advance(days=190)
    soon = story.press(story.ask("/minhas_contas", "Suas conexões"), "Itaú ⚠️", "Autorização válida até 11/06.")
    assert labels(soon)[0] == "Renovar agora"


def test_a_second_person_sees_their_own_money_only(story: Story) -> None:
    story.bank_shows(checking(1, "1000.00"))
    story.bank_shows(checking(2, "55.55"), user="98765432100")
    story.connect()
    story.connect(BRUNO, user="98765432100")
    assert f"R${N}55,55" in story.ask("/saldo", "Você tem", user=BRUNO)["text"]
    assert f"R${N}1.000,00" in story.ask("/saldo", "Você tem")["text"]


def test_old_data_never_looks_fresh(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    story.clock.advance(timedelta(hours=40).total_seconds())
    assert story.ask("/saldo", "Você tem")["text"].splitlines()[-1].startswith("⚠️")
