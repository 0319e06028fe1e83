"""Whatever goes wrong: the person reads one sentence, the operator finds one line or one traceback, the bot lives."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from telegram import Update
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from gerente_financeiro import app
from gerente_financeiro.context import Context, bot_context
from gerente_financeiro.error_handler import log_error
from open_finance.errors import (
    BankConnectionError,
    ConfigurationError,
    DatabaseUnavailableError,
    OpenFinanceError,
    PluggyAuthError,
    PluggyUnreachableError,
)
from tests.bot_app import BRUNO, CLIENT_SECRET, CPF, PASSWORD, Chat, RunningBot, choose, fill, running_bot
from tests.clocks import ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TOKEN, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")  # the library's, at every RetryAfter

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    RETRY_AFTER = RetryAfter(7)
APOLOGY = "Algo deu errado do nosso lado. Tente de novo em alguns minutos."


@pytest.fixture
def failing(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """``with failing(error) as bot``: a bot whose /ajuda raises this, and in every other way works."""

    @contextmanager
    def run(error: Exception, *, in_background: bool = False) -> Iterator[RunningBot]:
        async def fail() -> None:
            raise error

        async def ajuda(update: Update, context: Context) -> None:
            if in_background:
                bot_context(context).create_task(fail(), name="fail", update=update)
            else:
                await fail()

        monkeypatch.setitem(app.COMMANDS, "ajuda", ajuda)
        with running_bot(telegram, pluggy, sqlite_url, clock) as bot:
            yield bot

    return run


def said(chat: Chat) -> list[str]:
    return [message["text"] for message in chat.messages() if message["from_bot"]]


# --- an error of a handler -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_background", [False, True], ids=["handler", "background task"])
def test_a_mistake_of_ours_is_one_sentence_for_the_person_and_a_traceback_for_the_operator(
    log: StringIO, failing: Any, ana: Chat, in_background: bool
) -> None:
    error = ValueError(f"{TOKEN} and {CLIENT_SECRET} of 529.982.247-25")
    with failing(error, in_background=in_background):
        ana.write("/ajuda")
        ana.sees(APOLOGY)
        ana.write("/saldo")
        ana.sees("Nenhum banco conectado")
    assert said(ana)[0] == APOLOGY
    assert len(said(ana)) == 2
    written = log.getvalue()
    assert written.count("Traceback") == 1
    assert "ERROR gerente_financeiro.error_handler: unexpected error" in written
    assert "ValueError: [secret] and [secret] of [cpf]" in written
    for secret in (TOKEN, CLIENT_SECRET, "529.982.247-25"):
        assert secret not in written


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DatabaseUnavailableError("database: OperationalError"), "Não consegui abrir seus dados agora."),
        (PluggyUnreachableError("no answer"), "Não consegui falar com a Pluggy agora."),
        (PluggyAuthError("401"), "O acesso à Pluggy foi recusado. Avise quem administra o bot."),
        (ConfigurationError("a variable"), "O bot não está configurado por completo."),
        (BankConnectionError("refused", user_message="O <b>Banco</b> & Cia recusou."), "O <b>Banco</b> & Cia recusou."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_of_the_core_is_told_in_its_own_words_and_is_one_line_for_the_operator(
    log: StringIO, failing: Any, ana: Chat, error: OpenFinanceError, sentence: str
) -> None:
    with failing(error):
        ana.write("/ajuda")
        assert ana.sees(sentence)["text"] == error.user_message
    assert "Traceback" not in log.getvalue()
    assert f"WARNING gerente_financeiro.error_handler: {type(error).__name__}: {error}" in log.getvalue()


@pytest.mark.parametrize("update", [None, "not an update"])
def test_an_error_without_a_person_is_only_logged(log: StringIO, bot: RunningBot, ana: Chat, update: object) -> None:
    wait_until(lambda: bot.application.running)
    bot.call(lambda: bot.context.create_task(fail_alone(), name="alone", update=update))
    wait_until(lambda: "a job's mistake" in log.getvalue())
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    assert len(said(ana)) == 1


async def fail_alone() -> None:
    raise ValueError("a job's mistake")


def test_an_error_in_a_group_is_not_told_in_public(log: StringIO, bot: RunningBot, telegram: TelegramServer) -> None:
    group = telegram.add_group(ANA, BRUNO)
    wait_until(lambda: bot.application.running)
    telegram.add_fault("sendMessage", status=400)
    telegram.send_text(ANA, "/saldo", chat=group)
    wait_until(lambda: "unexpected error" in log.getvalue())
    telegram.send_text(ANA, "/saldo", chat=group)
    telegram.wait_for_text(group, "Fale comigo no privado.")
    assert len(telegram.from_bot(group)) == 1


# --- what Telegram refuses -----------------------------------------------------------------------------------------


def test_a_person_who_blocks_the_bot_is_no_error(
    log: StringIO, bot: RunningBot, telegram: TelegramServer, ana: Chat
) -> None:
    wait_until(lambda: bot.application.running)
    telegram.pause_polling()
    ana.write("/saldo")
    telegram.block(ANA)
    telegram.pause_polling(paused=False)
    wait_until(lambda: "a person blocked the bot" in log.getvalue())
    bruno = Chat(telegram, BRUNO)
    bruno.write("/saldo")
    bruno.sees("Nenhum banco conectado")
    telegram.unblock(ANA)
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    assert len(said(ana)) == 1
    assert "Traceback" not in log.getvalue()
    assert str(ANA) not in log.getvalue()


def test_a_person_who_blocks_the_bot_in_the_middle_of_a_flow_ends_it_quietly(
    log: StringIO, bot: RunningBot, telegram: TelegramServer, ana: Chat, clock: ManualClock
) -> None:
    choose(ana, "Caixa")
    ana.sees("1 de 2")
    telegram.block(ANA)
    clock.advance(minutes=16)
    wait_until(lambda: bot.context.conversations.find(ANA) is None)
    assert bot.core.connector.find_open_intent(ANA) is None
    assert "Traceback" not in log.getvalue()


def test_telegrams_wish_to_wait_is_obeyed_and_nothing_is_lost(
    log: StringIO, bot: RunningBot, telegram: TelegramServer, ana: Chat
) -> None:
    telegram.add_fault("sendMessage", status=429, retry_after=1)
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    assert len(said(ana)) == 1
    assert "Traceback" not in log.getvalue()


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
        "Bad Request: message to edit not found",
        "Bad Request: message can't be edited",
    ],
)
def test_an_edit_that_comes_too_late_breaks_no_flow(
    log: StringIO, bot: RunningBot, telegram: TelegramServer, ana: Chat, description: str
) -> None:
    choose(ana, "Caixa", consent=False)
    ana.sees("preciso da sua autorização")
    telegram.add_fault("editMessageText", status=400, description=description)
    ana.tap("Autorizo")
    if "not modified" in description:  # Telegram says that it stands there already: the next field is asked for in it
        ana.write(CPF)
        ana.sees("2 de 2")
        ana.write(PASSWORD)
    else:  # the message is gone: the flow goes on in another one
        fill(ana, CPF, PASSWORD)
    ana.sees("✅ Caixa conectada")
    assert APOLOGY not in said(ana)
    assert "Traceback" not in log.getvalue()


def test_a_message_that_the_person_deleted_is_replaced(
    log: StringIO, bot: RunningBot, telegram: TelegramServer, ana: Chat
) -> None:
    choose(ana, "Caixa")
    message = ana.sees("1 de 2")
    telegram.delete_text(ANA, message["message_id"])
    ana.write(CPF)
    assert ana.sees("2 de 2")["message_id"] != message["message_id"]
    ana.write(PASSWORD)
    ana.sees("✅ Caixa conectada")
    assert APOLOGY not in said(ana)


def test_a_press_that_can_no_longer_be_answered_is_obeyed(
    log: StringIO, bot: RunningBot, telegram: TelegramServer, ana: Chat
) -> None:
    ana.write("/ajuda")
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    telegram.add_fault("answerCallbackQuery", status=400, description=too_old)
    ana.tap("Como meus dados são usados")
    ana.sees("Pluggy")
    assert APOLOGY not in said(ana)


def test_an_answer_that_never_reaches_the_person_does_not_end_the_bot(
    log: StringIO, bot: RunningBot, telegram: TelegramServer, ana: Chat
) -> None:
    telegram.add_fault("sendMessage", status=500, times=2)  # the answer, and the apology for it
    ana.write("/saldo")
    wait_until(lambda: "a person could not be told of an error" in log.getvalue())
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    assert "Traceback" not in log.getvalue()


def test_telegram_out_of_order_for_a_while_is_one_line_and_nothing_is_lost(
    log: StringIO, bot: RunningBot, telegram: TelegramServer, ana: Chat
) -> None:
    ana.write("/saldo")
    ana.sees("Nenhum banco conectado")
    telegram.add_fault("getUpdates", status=502)
    ana.write("/saldo")  # lets the request that is waiting now end
    wait_until(lambda: "Telegram could not be reached: NetworkError" in log.getvalue())
    ana.write("/ajuda")
    ana.sees("Ver dinheiro")
    assert "Traceback" not in log.getvalue()


# --- the log's share -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "level", "line"),
    [
        (Conflict("terminated by other getUpdates request"), logging.WARNING, "another process"),
        (Forbidden("bot was blocked by the user"), logging.INFO, "blocked"),
        (TimedOut(), logging.WARNING, "TimedOut"),
        (NetworkError("Bad Gateway"), logging.WARNING, "NetworkError"),
        (RETRY_AFTER, logging.WARNING, "RetryAfter"),
        (DatabaseUnavailableError("database: x"), logging.WARNING, "database: x"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_is_expected_to_happen_is_one_line(
    caplog: pytest.LogCaptureFixture, error: Exception, level: int, line: str
) -> None:
    caplog.set_level(logging.DEBUG)
    log_error(error)
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (level, None)
    assert line in record.getMessage()


UNEXPECTED = [ValueError("x"), BadRequest("Can't parse entities"), TelegramError("Invalid server response")]


@pytest.mark.parametrize("error", UNEXPECTED)
def test_what_is_not_expected_has_its_traceback(caplog: pytest.LogCaptureFixture, error: Exception) -> None:
    log_error(error)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[1] is error
