"""Two connections to one bank, of two people's CPFs in one chat: wherever one is chosen or confirmed, it says which."""

from __future__ import annotations

import pytest

from tests.builders import TODAY
from tests.pluggy_server import Json
from tests.story import Story, checking, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)


@pytest.fixture
def story(story: Story) -> Story:
    """Both are connected."""
    story.bank_shows(checking(1), rows=[row(1, TODAY)])
    story.bank_shows(checking(2), rows=[row(2, TODAY), row(3, TODAY)], user="98765432100")
    story.connect()
    story.connect(user="98765432100")
    return story


def choose_first(story: Story) -> Json:
    choice = story.ask("/desconectar_banco", "Qual banco desconectar?")
    assert labels(choice) == ["Itaú ••3416 (1 conta)", "Itaú ••3426 (1 conta)", "Cancelar"]
    return story.press(choice, "Itaú ••3416 (1 conta)", "Desconectar o Itaú ••3416\n")


def test_which_one_is_erased_is_said_at_every_step(story: Story) -> None:
    second = story.press(choose_first(story), "Apagar tudo", "Apagar 1 lançamento e 1 conta do Itaú ••3416?")
    story.press(second, "Sim, apagar", "✅ Itaú ••3416 desconectado e apagado.")
    assert labels(story.ask("/desconectar_banco", "Qual banco")) == ["Itaú (1 conta)", "Cancelar"]


def test_which_history_is_erased_is_said_too(story: Story) -> None:
    story.press(choose_first(story), "Guardar histórico", "✅ Itaú ••3416 desconectado.")
    choice = story.ask("/desconectar_banco", "Qual banco desconectar?")
    assert labels(choice) == ["Itaú ••3426 (1 conta)", "Apagar histórico: Itaú ••3416", "Cancelar"]
    asked = story.press(choice, "Apagar histórico: Itaú ••3416", "O Itaú ••3416 já está desconectado. Apagar")
    story.press(asked, "Sim, apagar", "✅ Histórico do Itaú ••3416 apagado.")


def test_which_one_is_read_is_said(story: Story) -> None:
    banks = story.ask("/minhas_contas", "Itaú ••3416 · atualizado")
    assert "Itaú ••3426 · atualizado" in banks["text"]
    story.press(banks, "Itaú ••3426", "🏦 Itaú ••3426 · atualizado")
    story.clock.advance(hours=1)
    choice = story.ask("/sincronizar", "Qual banco atualizar?")
    assert labels(choice)[:2] == ["Itaú ••3416", "Itaú ••3426"]
    story.press(choice, "Itaú ••3426", "✅ Itaú ••3426 atualizado")


def test_which_one_needs_its_person_is_said(story: Story) -> None:
    first, second = story.core.connector.list_connections(ANA)
    story.change(first["id"], trouble_code="INVALID_CREDENTIALS", trouble_at=story.clock.now())
    story.change(second["id"], trouble_code="INVALID_CREDENTIALS", trouble_at=story.clock.now())
    story.begin()
    told = story.telegram.wait_for_text(ANA, "Alguns bancos precisam de você")
    assert "Itaú ••3416\nO Itaú ••3416 não aceitou mais a senha." in told["text"]
    assert labels(told) == ["Itaú ••3416: nova senha", "Itaú ••3426: nova senha"]
    alone = story.press(told, "Itaú ••3426: nova senha", "O Itaú ••3426 não aceitou mais a senha.")
    story.press(alone, "🔒 Informar nova senha", "Itaú ••3426: entrar de novo · 1 de 2")


def test_both_are_counted(story: Story) -> None:
    screen = story.ask("/privacidade", "Guardo: 1 banco, 3 lançamentos")
    assert "Bancos: Itaú (2 conexões)." in screen["text"]
    story.press(screen, "Apagar tudo", "• o acesso ao Itaú (2 conexões): encerro na Pluggy também")
