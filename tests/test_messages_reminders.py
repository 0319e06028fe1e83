"""The words and buttons that bring people back, and when each is due to which bank."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.messages.accounts import trouble
from gerente_financeiro.messages.reminders import all_well, mend_label, on_the_eve, short_label
from gerente_financeiro.messages.trouble import Need, can_be_asked, is_to_be_mended, need_of, wants_code
from gerente_financeiro.reminder_handler import bank_reminder, reminder_screen
from gerente_financeiro.screens import Screen
from open_finance.records import Connection
from open_finance.reminders import Notice
from tests.builders import NOW, connection
from tests.telegram_html import HOSTILE, read

YESTERDAY = NOW - timedelta(days=1)
IN_A_WEEK = NOW + timedelta(days=7)


def in_trouble(code: str, **fields: Any) -> Connection:
    return connection(trouble_code=code, trouble_at=YESTERDAY, **fields)


def lines(screen: Screen) -> list[list[str]]:
    """The labels of a screen's buttons."""
    return [[one.text for one in line] for line in (screen.keyboard.inline_keyboard if screen.keyboard else ())]


def verbs(screen: Screen) -> list[str]:
    return [
        str(one.callback_data) for line in (screen.keyboard.inline_keyboard if screen.keyboard else ()) for one in line
    ]


def notice(of: Connection, kind: Any = "trouble") -> Notice:
    return Notice(of, kind, "episode")


# --- what a connection needs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bank", "need"),
    [
        (connection(), None),
        (connection(consent_expires_at=IN_A_WEEK), None),
        (connection(consent_expires_at=YESTERDAY), Need.RENEW),
        (in_trouble("CONSENT_EXPIRED", consent_expires_at=YESTERDAY), Need.RENEW),
        (in_trouble("USER_AUTHORIZATION_REVOKED", consent_expires_at=YESTERDAY), Need.RENEW),
        (in_trouble("USER_AUTHORIZATION_REVOKED", consent_expires_at=IN_A_WEEK), Need.CONFIRM_END),
        (in_trouble("USER_AUTHORIZATION_REVOKED", consent_expires_at=NOW - timedelta(hours=1)), Need.CONFIRM_END),
        (in_trouble("INVALID_CREDENTIALS", is_open_finance=False), Need.PASSWORD),
        (in_trouble("INVALID_CREDENTIALS"), Need.RECONNECT),
        (in_trouble("ACCOUNT_CREDENTIALS_RESET", is_open_finance=False), Need.PASSWORD),
        (in_trouble("ACCOUNT_NEEDS_ACTION"), Need.CONTINUE),
        (in_trouble("DOOR_CLOSED", is_open_finance=False), Need.OTHER_DOOR),
        (in_trouble("DOOR_CLOSED", is_open_finance=False, gone=True), Need.OTHER_DOOR),
        (in_trouble("ITEM_NOT_FOUND"), Need.CONNECT_AGAIN),
        (connection(gone=True), Need.CONNECT_AGAIN),
        (in_trouble("NOTHING_SHARED"), Need.SHARE),
        (in_trouble("SOMETHING_NEW"), Need.RECONNECT),
        (in_trouble("INVALID_CREDENTIALS", disconnecting=True), None),
        (in_trouble("INVALID_CREDENTIALS", settled_at=None), None),
    ],
)
def test_what_a_connection_needs(bank: Connection, need: Need | None) -> None:
    assert need_of(bank, NOW) is need


def test_a_refused_password_is_never_repeated_and_meu_pluggy_is_always_read_again() -> None:
    assert can_be_asked(connection(), NOW)
    assert not can_be_asked(in_trouble("INVALID_CREDENTIALS", is_open_finance=False), NOW)
    assert can_be_asked(in_trouble("USER_AUTHORIZATION_REVOKED", connector_id=200, is_open_finance=False), NOW)
    for state in ({"gone": True}, {"disconnecting": True}, {"settled_at": None}):
        assert not can_be_asked(connection(connector_id=200, **state), NOW)


def test_the_way_back_is_offered_when_something_is_wrong_or_the_end_is_near() -> None:
    assert is_to_be_mended(in_trouble("NOTHING_SHARED"), NOW)
    assert is_to_be_mended(connection(consent_expires_at=IN_A_WEEK), NOW)
    assert not is_to_be_mended(connection(consent_expires_at=NOW + timedelta(days=16)), NOW)
    assert not is_to_be_mended(connection(consent_expires_at=IN_A_WEEK, disconnecting=True), NOW)
    assert not is_to_be_mended(connection(), NOW)


def test_bank_that_wants_a_code_at_every_reading_is_not_asked_without_one() -> None:
    bank = connection(asks_code=True, is_open_finance=False)
    assert not can_be_asked(bank, NOW)
    assert wants_code(bank, NOW)
    assert trouble(bank, NOW) is None
    assert (mend_label(bank, NOW), short_label(bank, NOW)) == ("Informar novo código", "Itaú: novo código")
    changed = in_trouble("INVALID_CREDENTIALS", asks_code=True, is_open_finance=False)
    assert not wants_code(changed, NOW)
    assert mend_label(changed, NOW) == "🔒 Informar nova senha"
    for state in ({"gone": True}, {"disconnecting": True}, {"settled_at": None}):
        assert not wants_code(connection(asks_code=True, **state), NOW)


# --- one bank ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expires_at", "said", "buttons"),
    [
        (NOW + timedelta(days=15), "vence em 15 dias (08/12)", ["Renovar agora", "Lembrar na véspera"]),
        (IN_A_WEEK, "vence em 7 dias (30/11)", ["Renovar agora", "Lembrar na véspera"]),
        (NOW + timedelta(days=1), "vence amanhã (24/11)", ["Renovar agora"]),
        (NOW + timedelta(hours=3), "vence hoje", ["Renovar agora"]),
        (
            datetime(2027, 1, 2, 15, 0, tzinfo=UTC),
            "vence em 40 dias (02/01/2027)",
            ["Renovar agora", "Lembrar na véspera"],
        ),
    ],
)
def test_an_authorisation_that_ends_soon(expires_at: datetime, said: str, buttons: list[str]) -> None:
    screen = bank_reminder(connection(consent_expires_at=expires_at), NOW)
    assert read(screen.text) == (
        f"Sua autorização do Itaú {said}. Renove antes para não ficar sem dados. Até lá tudo continua funcionando."
    )
    assert lines(screen) == [[label] for label in buttons]


PASSWORD = {"is_open_finance": False, "connector_name": "Caixa"}


@pytest.mark.parametrize(
    ("bank", "text", "buttons"),
    [
        (
            in_trouble("CONSENT_EXPIRED", consent_expires_at=YESTERDAY),
            "A autorização do Itaú venceu ontem. Seu histórico está guardado; parei de receber novidades.",
            ["Renovar", "Desconectar"],
        ),
        (
            connection(trouble_code="USER_AUTHORIZATION_REVOKED", trouble_at=NOW - timedelta(days=2)),
            "O compartilhamento com o Itaú foi encerrado no app do banco em 21/11. Foi isso mesmo?",
            ["Foi; guardar histórico", "Foi; apagar tudo", "Reconectar"],
        ),
        (
            in_trouble("INVALID_CREDENTIALS", **PASSWORD),
            "A Caixa não aceitou mais a senha. Isso acontece quando você troca a senha no banco.",
            ["🔒 Informar nova senha"],
        ),
        (
            in_trouble("ACCOUNT_CREDENTIALS_RESET", **PASSWORD),
            "A Caixa pede que você crie uma senha nova no site ou app.",
            ["🔒 Informar nova senha"],
        ),
        (
            in_trouble("ACCOUNT_NEEDS_ACTION", connector_name="Inter"),
            "O Inter pede que você abra o app e aceite um aviso. Depois, toque em Continuar.",
            ["Continuar"],
        ),
        (
            in_trouble("DOOR_CLOSED", connector_name="Bradesco", is_open_finance=False),
            "O acesso por senha ao Bradesco foi encerrado. Conecte de novo pelo Open Finance: eu junto o histórico, ",
            ["Conectar pelo Open Finance"],
        ),
        (
            connection(gone=True, trouble_code="ITEM_NOT_FOUND", trouble_at=YESTERDAY),
            "A conexão com o Itaú não existe mais na Pluggy.",
            ["Conectar de novo", "Desconectar"],
        ),
        (
            in_trouble("INVALID_CREDENTIALS"),
            "O Itaú não encontrou conta de pessoa física para este CPF.",
            ["Reconectar"],
        ),
        (in_trouble("ACCOUNT_LOCKED"), "O Itaú bloqueou seu acesso. Só o banco pode liberar.", ["Reconectar"]),
        (
            in_trouble("USER_AUTHORIZATION_REVOKED", connector_id=200, is_open_finance=False),
            "Abra o MeuPluggy",
            ["Reconectar"],
        ),
    ],
)
def test_a_bank_that_needs_its_person(bank: Connection, text: str, buttons: list[str]) -> None:
    screen = bank_reminder(bank, NOW)
    assert text in read(screen.text)
    assert lines(screen) == [[label] for label in buttons]


def test_the_third_day_is_the_last_word() -> None:
    bank = in_trouble("ACCOUNT_LOCKED")
    first, last = reminder_screen([notice(bank)], NOW), reminder_screen([notice(bank, "trouble_3")], NOW)
    assert "último aviso" not in first.text
    assert last.text.endswith("de quando são os dados.")
    assert last.keyboard == first.keyboard


def test_the_banks_own_screen_says_the_same_without_asking() -> None:
    bank = in_trouble("USER_AUTHORIZATION_REVOKED")
    said = trouble(bank, NOW)
    assert said == "O compartilhamento com o Itaú foi encerrado no app do banco ontem."


# --- several banks -------------------------------------------------------------------------------------------------


def test_several_banks_are_one_message_with_a_button_each() -> None:
    banks = [
        in_trouble("INVALID_CREDENTIALS", id=1, **PASSWORD),
        in_trouble("USER_AUTHORIZATION_REVOKED", id=2, connector_name="Nubank"),
        connection(id=3, consent_expires_at=IN_A_WEEK),
    ]
    kinds = ("trouble_3", "trouble", "expires_7")
    screen = reminder_screen([notice(each, kind) for each, kind in zip(banks, kinds, strict=True)], NOW)
    text = read(screen.text)
    assert text.startswith("🔔 Alguns bancos precisam de você\n\nCaixa\nA Caixa não aceitou mais a senha.")
    assert "O compartilhamento com o Nubank foi encerrado no app do banco ontem. Foi isso mesmo?" in text
    assert "vence em 7 dias (30/11)" in text
    assert text.count("último aviso") == 1
    assert text.endswith(
        "\n\nÉ meu último aviso sobre a Caixa. Enquanto nada mudar, digo em cada tela de quando são os dados."
    )
    assert lines(screen) == [["Caixa: nova senha"], ["Nubank: responder"], ["Itaú: renovar"]]
    assert verbs(screen) == ["aviso:1", "aviso:2", "aviso:3"]


def test_last_word_about_several_banks_is_said_once() -> None:
    banks = [in_trouble("INVALID_CREDENTIALS", id=1, **PASSWORD), in_trouble("ACCOUNT_LOCKED", id=2)]
    text = read(reminder_screen([notice(each, "trouble_3") for each in banks], NOW).text)
    assert text.count("último aviso") == 1
    assert "É meu último aviso sobre a Caixa e o Itaú." in text


def test_small_words() -> None:
    assert read(all_well(connection(connector_name="Caixa"))) == "✅ A Caixa está em dia: não precisa fazer nada."
    said = read(on_the_eve(connection(), NOW + timedelta(days=6), NOW))
    assert said == "Combinado: sobre o Itaú, só aviso de novo na véspera (29/11)."


@given(
    name=st.text(max_size=300) | st.sampled_from(HOSTILE),
    code=st.sampled_from(
        [None, "CONSENT_EXPIRED", "USER_AUTHORIZATION_REVOKED", "INVALID_CREDENTIALS", "X<y>", "DOOR_CLOSED"]
    ),
    many=st.integers(1, 8),
    kind=st.sampled_from(["trouble", "trouble_3"]),
)
def test_whatever_the_bank_is_called_telegram_takes_it(name: str, code: str | None, many: int, kind: str) -> None:
    expires_at = NOW - timedelta(days=1) if code is None else None
    made = connection(connector_name=name, trouble_code=code, trouble_at=code and NOW, consent_expires_at=expires_at)
    read(reminder_screen([notice(made, kind)] * many, NOW).text)
    read(on_the_eve(made, NOW, NOW))
    read(all_well(made))


# --- what cannot be read for days ----------------------------------------------------------------------------------


def test_a_bank_that_was_given_up_asks_nothing_of_its_person() -> None:
    bank = connection(parked_at=YESTERDAY, failing_since=NOW - timedelta(days=4))
    screen = reminder_screen([notice(bank, "parked")], NOW)
    assert read(screen.text) == (
        "Não consigo ler o Itaú desde 19/11: o banco ou a Pluggy não responde como deveria. Seu histórico está guardado. "
        "Tento de novo todo dia às 6h; você não precisa fazer nada."
    )
    assert verbs(screen) == [f"atualizar:{bank['id']}"]
    assert trouble(bank, NOW) == screen.text
    both = reminder_screen([notice(bank, "parked"), notice(in_trouble("ACCOUNT_NEEDS_ACTION"))], NOW)
    assert lines(both)[0] == ["Itaú: atualizar"]


def test_what_its_person_must_mend_goes_before_what_cannot_be_read() -> None:
    bank = in_trouble("ACCOUNT_NEEDS_ACTION", parked_at=YESTERDAY, failing_since=YESTERDAY)
    assert "Não consigo ler" not in bank_reminder(bank, NOW).text
