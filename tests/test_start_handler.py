"""/start, /ajuda, /cancelar, and the menu of commands: the first things a person sees."""

from __future__ import annotations

import pytest

from gerente_financeiro.app import COMMANDS, GROUP_COMMANDS
from gerente_financeiro.messages.start import MENU
from tests.bot_app import Chat, RunningBot, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.story import Story, checking, labels
from tests.telegram_server import TelegramServer

pytest_plugins = ("tests.bot_fixtures",)


def test_a_newcomer_is_welcomed_by_name_and_shown_the_way(story: Story) -> None:
    message = story.ask("/start", "Olá, Ana!")
    assert "Eu só leio: não faço Pix nem pagamento." in message["text"]
    assert labels(message) == ["🏦 Conectar meu banco", "👀 Ver uma demonstração", "Como meus dados são usados"]
    policy = story.press(message, "Como meus dados são usados", "Pluggy")
    story.press(policy, "🏦 Conectar meu banco", "Qual banco você quer conectar?")


def test_a_name_is_shown_as_it_is_written(story: Story) -> None:
    hostile = story.telegram.add_user(4000, "<b>Eva & Cia</b>")
    assert "Olá, <b>Eva & Cia</b>!" in story.ask("/start", "Olá", user=hostile)["text"]


def test_who_has_a_bank_sees_the_balance(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    assert story.ask("/start", "Você tem")["text"].startswith("💰 Você tem")


def test_help_names_every_command(story: Story) -> None:
    text = story.ask("/ajuda", "Ver dinheiro")["text"]
    for command in COMMANDS:
        assert f"/{command}" in text or command in {"start", "ajuda"}, command


def test_nothing_under_way_can_be_cancelled(story: Story) -> None:
    story.ask("/cancelar", "Não há nada em andamento. Veja o que sei fazer em /ajuda.")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/nada", "Não conheço esse comando. Veja o que sei fazer em /ajuda."),
        ("quanto dinheiro eu tenho?", "Você quer ver seu saldo? Toque em /saldo."),
        ("quanto posso gastar?", "Você quer saber quanto pode gastar hoje? Toque em /posso_gastar."),
        ("vai sobrar até o fim do mês?", "Você quer ver como fica o saldo nos próximos dias? Toque em /previsao."),
        ("tenho CDB?", "Você quer ver seus investimentos? Toque em /investimentos."),
        ("como vão minhas ações?", "Você quer ver seus investimentos? Toque em /investimentos."),
        ("IRPF", "Você quer ver seus investimentos? Toque em /investimentos."),
        ("quanto devo?", "Você quer ver sua saúde de crédito e suas dívidas? Toque em /credito."),
        ("quero comprovante de renda", "Você quer ver sua saúde de crédito e suas dívidas? Toque em /credito."),
        ("preciso comprovar renda", "Você quer ver sua saúde de crédito e suas dívidas? Toque em /credito."),
        ("quanto pago de juros?", "Você quer ver sua saúde de crédito e suas dívidas? Toque em /credito."),
        ("quanto devo no cartão?", "Você quer ver a fatura do cartão? Toque em /fatura."),
        ("quanto devo gastar hoje?", "Você quer saber quanto pode gastar hoje? Toque em /posso_gastar."),
        ("e se eu comprar uma tv?", "Você quer ver como fica o saldo nos próximos dias? Toque em /previsao."),
        ("qual é o meu patrimônio?", "Você quer ver seu patrimônio? Toque em /patrimonio."),
        ("quanto eu tenho no total?", "Você quer ver seu patrimônio? Toque em /patrimonio."),
        ("onde está meu CDB?", "Você quer ver seus investimentos? Toque em /investimentos."),
        ("quanto rende o meu dinheiro?", "Você quer ver seus investimentos? Toque em /investimentos."),
        ("preciso fazer o IRPF", "Você quer ver seus investimentos? Toque em /investimentos."),
        ("qual é o meu score?", "Você quer ver sua saúde de crédito e suas dívidas? Toque em /credito."),
        ("minhas dívidas", "Você quer ver sua saúde de crédito e suas dívidas? Toque em /credito."),
        ("preciso de um comprovante de renda", "Você quer ver sua saúde de crédito e suas dívidas? Toque em /credito."),
        ("fatura do cartão de crédito", "Você quer ver a fatura do cartão? Toque em /fatura."),
        ("tem demonstração?", "Você quer ver uma demonstração? Toque em /demo."),
        ("quero convidar meu marido", "Você quer ver sua família, ou convidar alguém? Toque em /familia."),
        ("dividir a conta do bar", "Você quer dividir uma despesa? Toque em /dividir."),
        ("vamos acertar", "Você quer ver quem deve a quem na família? Toque em /acertos."),
        ("assinaturas", "Você quer ver suas assinaturas? Toque em /assinaturas."),
        ("o que eu assino?", "Você quer ver suas assinaturas? Toque em /assinaturas."),
        ("quero menos notificações", "Você quer escolher o que eu aviso? Toque em /alertas."),
        ("bom dia", "Posso mostrar seu /saldo, seu /extrato ou /conectar_banco."),
    ],
)
def test_a_word_nobody_asked_for_gets_the_best_guess(story: Story, typed: str, answer: str) -> None:
    story.ask(typed, answer)


def test_a_command_may_be_written_with_the_bots_name_and_in_capitals(story: Story) -> None:
    story.ask("/AJUDA", "Ver dinheiro")
    name = story.telegram.get("")["bots"][0]["username"]
    story.ask(f"/ajuda@{name}", "Ver dinheiro")


# --- the menu ------------------------------------------------------------------------------------------------------


def test_the_menu_offers_the_ten_most_used_commands() -> None:
    names = [name for name, _, _ in MENU]
    others = ["start", "demo", "desconectar_banco", "orcamento", "sincronizar", "categorias", "assinaturas"]
    others += [
        "minhas_contas",
        "patrimonio",
        "posso_gastar",
        "investimentos",
        "credito",
        "familia",
        "dividir",
        "acertos",
        "exportar",
    ]
    assert sorted([*names, *others]) == sorted(COMMANDS)
    assert len(names) == 10


@pytest.mark.parametrize(("language", "column"), [("pt-br", 1), ("pt", 1), ("en", 2), ("fr", 1), ("", 1)])
def test_the_menu_is_registered_in_the_persons_language(
    bot: RunningBot, telegram: TelegramServer, language: str, column: int
) -> None:
    person = telegram.add_user(5000, "Pessoa", language_code=language)
    wait_until(lambda: len([call for call in telegram.calls("setMyCommands") if call["status"] == 200]) == 6)
    shown = [(entry["command"], entry["description"]) for entry in telegram.commands(person)]
    assert shown == [(entry[0], entry[column]) for entry in MENU]


def test_a_group_has_a_menu_of_its_own(bot: RunningBot, telegram: TelegramServer) -> None:
    wait_until(lambda: len(telegram.calls("setMyCommands")) == 6)
    assert {menu["scope"] for menu in telegram.get("/commands")} == {"all_private_chats", "all_group_chats"}
    menus = [menu["commands"] for menu in telegram.get("/commands") if menu["scope"] == "all_group_chats"]
    assert len(menus) == 3
    assert all({one["command"] for one in menu} == set(GROUP_COMMANDS) for menu in menus)


def test_a_menu_that_telegram_refuses_is_no_reason_not_to_answer(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    telegram.add_fault("setMyCommands", status=400)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.write("/ajuda")
        ana.sees("Ver dinheiro")


def test_a_telegram_that_comes_late_is_waited_for(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, ana: Chat
) -> None:
    for status in (502, 400, 500):
        telegram.add_fault("getMe", status=status)
    with running_bot(telegram, pluggy, sqlite_url, clock):
        ana.write("/ajuda")
        ana.sees("Ver dinheiro")
    assert [call["status"] for call in telegram.calls("getMe")] == [502, 400, 500, 200]
