"""/desconectar_banco in the chat: two steps for what is lost, nothing twice, and no success before Pluggy confirmed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from open_finance.errors import ConnectionNotFoundError
from tests.builders import TODAY
from tests.pluggy_server import Json
from tests.rows import add_connection
from tests.story import BRUNO, Story, checking, credit_card, data_of, labels, row
from tests.telegram_server import ANA, transcript

pytest_plugins = ("tests.bot_fixtures",)


@pytest.fixture
def story(story: Story) -> Story:
    """Ana's bank is connected."""
    story.bank_shows(checking(), credit_card(), rows=[row(each, TODAY - timedelta(days=each)) for each in range(4)])
    story.connect()
    return story


def ask_first_step(story: Story) -> Json:
    choice = story.ask("/desconectar_banco", "Qual banco desconectar?")
    assert labels(choice) == ["Itaú (2 contas)", "Cancelar"]
    return story.press(choice, "Itaú (2 contas)", "E o seu histórico (4 lançamentos, 2 contas)?")


def deletions(story: Story) -> int:
    return sum(request["method"] == "DELETE" for request in story.pluggy.requests())


def test_the_history_can_be_kept(story: Story) -> None:
    step = ask_first_step(story)
    assert labels(step) == ["Guardar histórico", "Apagar tudo", "‹ Voltar"]
    end = story.press(step, "Guardar histórico", "✅ Itaú desconectado. Seu histórico continua em /extrato.")
    assert (end["message_id"], end["buttons"]) == (step["message_id"], [])
    assert story.pluggy.items() == []
    assert story.core.connector.list_connections(ANA) == []
    assert "4 lançamentos" in story.ask("/extrato", "Últimos 30 dias")["text"]
    story.ask("/minhas_contas", "Nenhum banco conectado")
    story.clock.advance(days=3)
    assert "Itaú, desconectado: dados até" in story.ask("/extrato", "4 lançamentos")["text"]


def test_erasing_asks_once_more_and_names_what_is_lost(story: Story) -> None:
    step = ask_first_step(story)
    second = story.press(step, "Apagar tudo", "Isso não tem volta. Apagar 4 lançamentos e 2 contas do Itaú?")
    assert labels(second) == ["Sim, apagar", "Não"]
    assert deletions(story) == 0
    story.press(second, "Sim, apagar", "✅ Itaú desconectado e apagado.")
    assert story.pluggy.items() == []
    story.ask("/extrato", "Nenhum banco conectado")


def test_end_arrives_though_telegram_did_not_take_it_at_first(story: Story) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("delay", method="DELETE", delay=0.3)
    story.telegram.press(ANA, step["message_id"], "Guardar histórico")
    story.telegram.wait_for_text(ANA, "⏳ Desconectando")
    story.telegram.add_fault("editMessageText", times=2, status=502)
    story.telegram.wait_for_text(ANA, "✅ Itaú desconectado")
    assert "Algo deu errado" not in transcript(story.telegram.messages(ANA))


def test_end_is_a_new_message_where_the_old_one_is_gone(story: Story) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("delay", method="DELETE", delay=0.3)
    story.telegram.press(ANA, step["message_id"], "Guardar histórico")
    story.telegram.wait_for_text(ANA, "⏳ Desconectando")
    story.telegram.post("/delete", user=ANA, message_id=step["message_id"])
    end = story.telegram.wait_for_text(ANA, "✅ Itaú desconectado")
    assert end["message_id"] > step["message_id"]


def test_a_history_that_was_kept_can_be_erased_later(story: Story) -> None:
    story.press(ask_first_step(story), "Guardar histórico", "✅ Itaú desconectado")
    choice = story.ask("/desconectar_banco", "Você ainda tem histórico guardado")
    assert labels(choice) == ["Apagar histórico: Itaú", "Cancelar"]
    second = story.press(choice, labels(choice)[0], "Apagar o histórico guardado (4 lançamentos, 2 contas)?")
    with pytest.raises(ConnectionNotFoundError):
        story.core.connector.erase_history(BRUNO, int(data_of(second, "Sim, apagar").split(":")[1]))
    assert "4 lançamentos" in story.ask("/extrato", "Últimos 30 dias")["text"]
    story.press(second, "Sim, apagar", "✅ Histórico do Itaú apagado.")
    story.ask("/extrato", "Nenhum banco conectado")
    assert "expirou" in story.forge(second, data_of(second, "Sim, apagar"))


def test_every_step_can_be_left(story: Story) -> None:
    step = ask_first_step(story)
    second = story.press(step, "Apagar tudo", "não tem volta")
    again = story.press(second, "Não", "E o seu histórico")
    choice = story.press(again, "‹ Voltar", "Qual banco desconectar?")
    end = story.press(choice, "Cancelar", "Nada foi desconectado.")
    assert end["buttons"] == []
    assert deletions(story) == 0


def test_two_taps_disconnect_once(story: Story) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("delay", method="DELETE", delay=0.5)
    data = data_of(step, "Guardar histórico")
    first = story.telegram.press(ANA, step["message_id"], data=data)
    second = story.telegram.press(ANA, step["message_id"], data=data)
    assert story.telegram.wait_for_answer(first)["text"] in {None, ""}
    assert story.telegram.wait_for_answer(second)["text"] in {None, ""}
    story.telegram.wait_for_text(ANA, "✅ Itaú desconectado")
    assert story.pluggy.items() == []


def test_an_old_button_after_the_end_does_nothing(story: Story) -> None:
    step = ask_first_step(story)
    erase = data_of(step, "Apagar tudo")
    end = story.press(step, "Guardar histórico", "✅ Itaú desconectado")
    for data in (erase, f"saira2:{erase.partition(':')[2]}", data_of(step, "Guardar histórico")):
        assert story.forge(end, data) == "Este menu expirou. Use /desconectar_banco"
    assert "4 lançamentos" in story.ask("/extrato", "Últimos 30 dias")["text"]


def test_no_success_before_pluggy_confirmed_and_the_confirmation_is_told(story: Story) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("status", method="DELETE", status=400, count=2)
    text = "Parei de ler o Itaú. A Pluggy ainda não confirmou; sigo tentando e aviso."
    end = story.press(step, "Guardar histórico", text)
    assert "✅" not in end["text"]
    story.telegram.wait_for_text(
        ANA, "✅ A Pluggy confirmou: Itaú desconectado. Seu histórico continua em /extrato.", timeout=20
    )
    assert story.pluggy.items() == []


@pytest.mark.parametrize(("erase", "forgotten"), [(False, False), (True, False), (True, True)])
def test_the_wish_outlives_the_process_and_the_next_one_tells_what_became_of_it(
    story: Story, *, erase: bool, forgotten: bool
) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("status", method="DELETE", status=503, count=None)
    label = "Guardar histórico"
    if erase:
        step, label = story.press(step, "Apagar tudo", "Isso não tem volta."), "Sim, apagar"
    honest = story.press(step, label, "A Pluggy ainda não confirmou; sigo tentando e aviso.")
    assert ("O histórico será apagado assim que ela confirmar." in honest["text"]) == erase
    story.restart()
    story.ask("/minhas_contas", "Itaú · ⏳ desconectando")
    assert "✅" not in transcript(story.telegram.messages(ANA))
    story.pluggy.admin("faults", method="DELETE")
    if forgotten:  # somebody deleted the item elsewhere: that is what was wanted
        story.pluggy.fault("status", method="DELETE", status=404, codeDescription="ITEM_NOT_FOUND")
    end = "Itaú desconectado e apagado." if erase else "Itaú desconectado. Seu histórico continua em /extrato."
    story.telegram.wait_for_text(ANA, f"✅ A Pluggy confirmou: {end}", timeout=20)
    assert len(story.pluggy.items()) == forgotten
    story.ask("/extrato", "Nenhum banco conectado" if erase else "4 lançamentos")


def test_a_connection_whose_place_another_took_leaves_without_ado(story: Story) -> None:
    old = story.core.connector.list_connections(ANA)[0]
    with story.core.database.writing() as session:
        add_connection(session, ANA, "item-new", connector_name="Itaú", replaces_id=old["id"])
    story.pluggy.fault("status", method="DELETE", status=400)
    story.core.connector.delete_connection(ANA, old["id"])
    story.begin()
    story.telegram.wait_for_text(
        ANA, "a conexão antiga do Itaú foi encerrada. O histórico continua na nova.", timeout=20
    )


def test_a_stop_while_pluggy_is_being_asked_does_not_take_the_answer_away(story: Story) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("delay", method="DELETE", delay=0.5)
    story.press(step, "Guardar histórico", "⏳ Desconectando")
    story.restart()
    assert story.current(step)["text"].startswith("✅ Itaú desconectado.")
    story.ask("/minhas_contas", "Nenhum banco conectado")
    assert deletions(story) == 1


def test_a_late_confirmation_arrives_though_telegram_was_away(story: Story) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("status", method="DELETE", status=503, count=None)
    story.press(step, "Guardar histórico", "A Pluggy ainda não confirmou")
    story.telegram.add_fault("sendMessage", times=3, status=502)
    story.pluggy.admin("faults", method="DELETE")
    story.telegram.wait_for_text(ANA, "✅ A Pluggy confirmou: Itaú desconectado.", timeout=20)


def test_while_pluggy_has_not_confirmed_the_bank_is_shown_as_leaving(story: Story) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("status", method="DELETE", status=400, count=None)
    story.press(step, "Guardar histórico", "A Pluggy ainda não confirmou")
    listed = story.ask("/minhas_contas", "Itaú · ⏳ desconectando")
    screen = story.press(listed, "Itaú ⚠️", "sigo tentando")
    assert "Desconectar" not in labels(screen)
    assert "🔄 Atualizar" not in labels(screen)
    waiting = story.ask("/desconectar_banco", "Ainda espero a Pluggy confirmar o fim do Itaú; sigo tentando e aviso.")
    assert "não há o que desconectar" not in waiting["text"]


def test_what_pluggy_has_already_forgotten_is_a_success(story: Story) -> None:
    step = ask_first_step(story)
    story.pluggy.fault("status", method="DELETE", status=404, codeDescription="ITEM_NOT_FOUND")
    story.press(step, "Guardar histórico", "✅ Itaú desconectado")
