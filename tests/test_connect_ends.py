"""Each way a flow ends without a connection has its own sentence and its own buttons."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gerente_financeiro.connect import ends
from gerente_financeiro.connect.state import Conversation, Stage
from gerente_financeiro.keyboards import CALLBACK_LIMIT
from gerente_financeiro.screens import Screen
from open_finance.connecting.bank_errors import bank_error
from open_finance.errors import ConnectionNotFoundError, ConnectionUncertainError, OpenFinanceError
from open_finance.records import Bank, Cancelled, Door, DoorKind
from tests.builders import NOW, action, connection
from tests.telegram_html import read


def door(connector_id: int = 601, kind: DoorKind = "open_finance", person: str = "PF") -> Door:
    return Door(
        connector_id=connector_id,
        kind=kind,
        person="PJ" if person == "PJ" else "PF",
        fields=[],
        has_mfa=False,
        health="ONLINE",
        is_sandbox=False,
    )


ITAU = Bank(id=601, name="Itaú", doors=[door(), door(201, "password"), door(701, person="PJ")])


def flow(**fields: object) -> Conversation:
    """Somebody connecting Itaú by Open Finance."""
    conversation = Conversation(1000, Stage.WORKING, NOW, bank=ITAU, bank_name="Itaú", connector_id=601)
    for name, value in fields.items():
        setattr(conversation, name, value)
    return conversation


def back(**fields: object) -> Conversation:
    """Somebody bringing connection 7 to Itaú back."""
    return flow(purpose="reconnect", connection_id=7, stood=True, **fields)


def end(conversation: Conversation, code: str | OpenFinanceError, others: tuple[Door, ...] = ()) -> Screen:
    error = code if isinstance(code, OpenFinanceError) else bank_error(code, "Itaú", first_time=True)
    return ends.refusal(conversation, error, NOW, bank=ITAU, others=others)


def buttons(screen: Screen) -> dict[str, str]:
    """Label → what the button carries."""
    rows = screen.keyboard.inline_keyboard if screen.keyboard else ()
    found = {button.text: str(button.callback_data) for row in rows for button in row}
    assert all(len(data.encode()) <= CALLBACK_LIMIT for data in found.values())
    return found


OTHER = {"Outro banco": "conectar"}


@pytest.mark.parametrize(
    ("code", "said", "labels"),
    [
        ("USER_AUTHORIZATION_NOT_GRANTED", "não foi autorizado no Itaú", {"Tentar de novo": "cn_again:601", **OTHER}),
        ("NOTHING_SHARED", "sem nenhuma conta", {"Refazer autorização": "cn_again:601", **OTHER}),
        ("INVALID_CREDENTIALS_MFA", "não aceitou esse código", {"Tentar de novo": "cn_again:601", **OTHER}),
        ("ITEM_CREATION_LIMIT_EXCEEDED", "/desconectar_banco", {"Desconectar um banco": "sairp:0", **OTHER}),
        ("CREATE_ITEMS_API_FREE_DISABLED", "plano", {"Já tenho uma conexão na Pluggy": "cn_adopt", **OTHER}),
        ("CONNECTOR_OFFLINE", "fora do ar", {"🔔 Me avise quando voltar": "cn_watch:601", **OTHER}),
        ("ACCOUNT_LOCKED", "bloqueou seu acesso", OTHER),
        ("TOO_MANY_ATTEMPTS", "muitos pedidos", {"Tentar de novo": "cn_again:601"}),
        ("ITEM_USER_ALREADY_EXISTS", "por outra pessoa", OTHER),
        ("UNEXPECTED_ERROR", "Algo falhou", {"Tentar de novo": "cn_again:601", **OTHER}),
    ],
)
def test_refusal_of_a_new_connection(code: str, said: str, labels: dict[str, str]) -> None:
    screen = end(flow(), code)
    assert said in read(screen.text)
    assert buttons(screen) == labels


@pytest.mark.parametrize(
    ("tried", "label"),
    [(door(), "Corrigir CPF"), (door(701, person="PJ"), "Corrigir CNPJ"), (door(201, "password"), "Corrigir")],
)
def test_what_was_typed_can_be_corrected_by_its_name(tried: Door, label: str) -> None:
    asked = flow(door=tried, connector_id=tried["connector_id"])
    again = f"cn_again:{tried['connector_id']}"
    assert buttons(end(asked, "INVALID_CREDENTIALS")) == {label: again, **OTHER}
    asked.door = None  # after a restart the bank's doors tell
    assert buttons(end(asked, "INVALID_CREDENTIALS")) == {label: again, **OTHER}


def test_expired_link_says_when_and_another_is_one_tap_away() -> None:
    asked = flow(asked_link=True, action=action(expires_at=NOW + timedelta(minutes=35)))
    screen = end(asked, "USER_INPUT_TIMEOUT")
    assert read(screen.text) == "O link do Itaú expirou às 12:35. Gero outro?"
    assert buttons(screen) == {"Gerar novo link": "cn_again:601", **OTHER}


@pytest.mark.parametrize("code", ["USER_INPUT_TIMEOUT", "ITEM_MFA_EXPIRED"])
def test_expired_code_begins_anew(code: str) -> None:
    screen = end(flow(asked_code=True), code)
    assert read(screen.text) == "O código do Itaú expirou. É só recomeçar: leva menos de um minuto."
    assert buttons(screen) == {"Recomeçar": "cn_again:601", **OTHER}


def test_bank_that_is_connected_already_is_shown() -> None:
    error = bank_error("ALREADY_CONNECTED", "Itaú", connection_id=7)
    assert buttons(end(flow(), error)) == {"Ver essa conexão": "banco:7", **OTHER}


def test_password_refused_twice_offers_another_door_and_a_later_try() -> None:
    asked = flow(door=door(201, "password"), connector_id=201)
    screen = end(asked, bank_error("PASSWORD_REFUSED_TWICE", "Itaú", retry_at=NOW), (ITAU["doors"][0],))
    assert list(buttons(screen).items()) == [
        ("🔗 Open Finance (recomendado)", "cn_again:601"),
        ("Tentar de novo", "cn_again:201"),
        *OTHER.items(),
    ]


def test_flow_that_replaces_a_connection_still_does_when_repeated() -> None:
    assert "cn_again:601:7" in buttons(end(flow(replaces_id=7), "UNEXPECTED_ERROR")).values()


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("USER_AUTHORIZATION_NOT_GRANTED", "Tentar de novo"),
        ("USER_INPUT_TIMEOUT", "Gerar novo link"),
        ("INVALID_CREDENTIALS", "Corrigir CPF"),
    ],
)
def test_way_back_that_fails_leaves_everything_as_it_was(code: str, label: str) -> None:
    screen = end(back(asked_link=True), code)
    assert read(screen.text).endswith("O Itaú segue como estava.")
    assert buttons(screen) == {label: "rcgo:7"}


def test_way_back_that_rests_says_until_when_and_can_be_tried_then() -> None:
    error = bank_error("TOO_MANY_CONSECUTIVE_LOGIN_FAILURES", "Itaú", retry_at=NOW + timedelta(minutes=15))
    screen = end(back(), error)
    assert "12:15" in read(screen.text)
    assert buttons(screen) == {"Tentar de novo": "rcgo:7"}


def test_password_refused_twice_on_the_way_back_offers_open_finance_in_its_place() -> None:
    screen = end(back(connector_id=201), bank_error("PASSWORD_REFUSED_TWICE", "Itaú", retry_at=NOW), (door(),))
    assert list(buttons(screen).items()) == [
        ("🔗 Conectar pelo Open Finance", "cn_again:601:7"),
        ("Tentar de novo", "rcgo:7"),
    ]


def test_connection_that_is_gone_is_connected_anew() -> None:
    assert buttons(end(back(), "ITEM_NOT_FOUND")) == {"Conectar de novo": "rcgo:7"}


def test_connection_that_its_person_ended_meanwhile_has_no_way_back() -> None:
    assert buttons(end(back(), ConnectionNotFoundError())) == {}


@pytest.mark.parametrize("conversation", [flow(), back()])
def test_answer_that_was_lost_may_be_repeated(conversation: Conversation) -> None:
    assert "Tentar de novo" in buttons(end(conversation, ConnectionUncertainError()))


@pytest.mark.parametrize("conversation", [flow(), back()], ids=["first time", "way back"])
def test_what_the_bank_wants_done_is_told_in_its_words(conversation: Conversation) -> None:
    said = "Aceite <b>os termos</b> em banco.com " + "x" * 300
    text = end(conversation, bank_error("ACCOUNT_NEEDS_ACTION", "Itaú", provider_message=said)).text
    assert "Mensagem do banco: “Aceite &lt;b&gt;os termos&lt;/b&gt; em <code>banco.com</code> xxx" in text
    assert len(text) < 500
    assert "Mensagem do banco" not in end(conversation, bank_error("ACCOUNT_NEEDS_ACTION", "Itaú")).text
    assert (
        "Mensagem do banco" not in end(conversation, bank_error("ACCOUNT_LOCKED", "Itaú", provider_message=said)).text
    )


def test_id_that_cannot_be_adopted_may_be_corrected() -> None:
    adopting = flow(purpose="adopt", connector_id=None, bank_name="")
    assert buttons(end(adopting, "ITEM_NOT_ADOPTABLE")) == {"Mandar outro código": "cn_adopt", **OTHER}


def test_adopted_connection_that_needs_its_person_is_brought_back() -> None:
    adopting = flow(purpose="adopt", connection_id=7)
    assert buttons(end(adopting, "USER_AUTHORIZATION_REVOKED")) == {"Reconectar": "rc:7"}


def test_cancelling_says_what_stays() -> None:
    assert ends.cancelled(flow()).text == "Cancelado. Nada foi guardado."
    assert ends.cancelled(back()).text == "Tudo bem. O Itaú segue como estava."


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("deleted", "Cancelado. Nada foi guardado."),
        ("unconfirmed", "A Pluggy ainda não confirmou que apagou o pedido; sigo tentando e aviso."),
        ("history_kept", "o pedido foi apagado na Pluggy. O histórico que já estava aqui continua em /extrato."),
        ("left", "Aqui nada foi guardado; na Pluggy a conexão segue como estava."),
    ],
)
def test_each_end_of_a_cancelled_request_is_told_as_it_is(outcome: Cancelled, said: str) -> None:
    assert ends.withdrawn(flow(), outcome, None).text.endswith(said)
    assert ends.withdrawn(back(), outcome, None).text == "Tudo bem. O Itaú segue como estava."


def test_what_was_connected_in_the_meantime_can_still_be_disconnected() -> None:
    screen = ends.withdrawn(flow(), "left", connection(id=7, connector_name="Caixa"))
    assert (
        read(screen.text)
        == "Não deu tempo de cancelar: a Caixa já está conectada. Para encerrar, toque em Desconectar."
    )
    assert buttons(screen) == {"Desconectar": "sair:7"}


@pytest.mark.parametrize(
    ("conversation", "said", "labels"),
    [
        (flow(), "parei a conexão com o Itaú", {"Recomeçar": "cn_again:601"}),
        (back(), "O Itaú segue como estava.", {"Recomeçar": "rcgo:7"}),
        (flow(connector_id=None), "parei por aqui", OTHER),
        (flow(purpose="adopt", connector_id=None), "parei por aqui", {"Recomeçar": "cn_adopt"}),
    ],
)
def test_quarter_of_an_hour_of_silence(conversation: Conversation, said: str, labels: dict[str, str]) -> None:
    screen = ends.timed_out(conversation)
    assert said in read(screen.text)
    assert buttons(screen) == labels


@pytest.mark.parametrize(
    ("conversation", "sent", "said", "label"),
    [
        (flow(), False, "Nada foi enviado ao banco", "Recomeçar"),
        (flow(), True, "a resposta se perdeu", "Repetir"),
        (back(), False, "O Itaú segue como estava", "Recomeçar"),
        (back(), True, "nada se duplica", "Repetir"),
    ],
)
def test_restart_in_the_middle(conversation: Conversation, sent: bool, said: str, label: str) -> None:
    screen = ends.interrupted(conversation, sent=sent)
    assert said in read(screen.text)
    assert label in buttons(screen)


def test_end_that_nobody_was_shown() -> None:
    assert "não foi concluída" in read(ends.not_connected(flow()).text)
    assert buttons(ends.not_connected(back())) == {"Tentar de novo": "rcgo:7"}


def test_time_of_an_old_link_is_said_with_its_day() -> None:
    yesterday: datetime = NOW - timedelta(days=1)
    asked = flow(asked_link=True, action=action(expires_at=yesterday))
    assert "às 12:00 de ontem" in read(end(asked, "USER_INPUT_TIMEOUT").text)
