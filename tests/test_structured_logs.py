"""Lines that programs read: an object each, stories at DEBUG in which nobody can be found, and a name for each work."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from gerente_financeiro.config import LOG_FORMATS
from gerente_financeiro.logs import FIELDS, RedactingFilter
from open_finance.storage.alert_models import NotificationRow
from open_finance.storage.database import Database
from open_finance.tracing import tracing
from tests.bot_app import CLIENT_SECRET, CPF, Chat, connect_by_link, running_bot
from tests.bot_log import logging_to
from tests.clocks import START, ManualClock
from tests.pluggy_server import PluggyServer, wait_until
from tests.rows import USER
from tests.story import checking, row
from tests.telegram_server import TOKEN, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

logger = logging.getLogger("gerente_financeiro.anything")
CANARY = 987654321
NAMES = ("Zelandia", "Canarinho")
SHOP = "PADARIA CANARIO LTDA"


@pytest.fixture
def lines() -> Iterator[StringIO]:
    with logging_to(StringIO(), "DEBUG", (TOKEN, CLIENT_SECRET), log_format="json") as stream:
        yield stream


def parsed(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail(error: Exception) -> None:
    raise error


# --- one line ----------------------------------------------------------------------------------------------------------


def test_a_line_is_an_object_with_its_fields_and_no_others(lines: StringIO) -> None:
    logger.info("synchronised %d", 3, extra={"number": 3, "outcome": "changed", "user_id": 42, "secret": "x"})
    logger.warning("é só isso\nem duas linhas")
    first, second = parsed(lines)
    at = datetime.fromisoformat(first.pop("time"))
    assert at.utcoffset() is not None
    assert not at.utcoffset()
    assert first == {
        "level": "INFO",
        "logger": "gerente_financeiro.anything",
        "message": "synchronised 3",
        "number": 3,
        "outcome": "changed",
    }
    assert second["message"] == "é só isso\nem duas linhas"
    assert lines.getvalue().isascii()


def test_a_traceback_is_a_field_and_tells_no_secret(lines: StringIO) -> None:
    try:
        fail(ZeroDivisionError(CLIENT_SECRET))
    except ZeroDivisionError:
        logger.exception("failed with %s", TOKEN, extra={"outcome": f"not {CLIENT_SECRET}"}, stack_info=True)
    (line,) = parsed(lines)
    assert line["error"] == "ZeroDivisionError"
    assert line["traceback"].startswith("Traceback")
    assert line["traceback"].endswith("ZeroDivisionError: [secret]")
    assert line["message"] == "failed with [secret]"
    assert line["outcome"] == "not [secret]"
    assert "test_structured_logs" in line["stack"]
    assert CLIENT_SECRET not in lines.getvalue()


def test_an_error_that_nobody_caught_is_an_object_too(lines: StringIO) -> None:
    try:
        fail(ValueError(TOKEN))
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    (line,) = parsed(lines)
    assert (line["level"], line["error"]) == ("CRITICAL", "ValueError")
    assert TOKEN not in lines.getvalue()


@given(
    st.text(),
    st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.text()), st.binary()),
    st.sampled_from(FIELDS),
)
def test_whatever_is_logged_is_one_line_that_parses(message: str, value: object, field: str) -> None:
    with logging_to(StringIO(), "DEBUG", (), log_format="json") as stream:
        logger.info(message.replace("%", "%%"), extra={field: value})
        logger.info("%s", message)
    found = parsed(stream)
    assert len(found) == 2
    assert stream.getvalue().count("\n") == 2


@pytest.mark.parametrize("log_format", LOG_FORMATS)
@pytest.mark.postgres
def test_the_databases_explanation_of_an_error_repeats_no_row(postgres_database: Database, log_format: str) -> None:
    row_of_ana = {
        "user_id": CANARY,
        "key": SHOP,
        "kind": "transaction",
        "detail": {},
        "created_at": START,
        "not_before": START,
        "attempts": 0,
    }
    with logging_to(StringIO(), "DEBUG", (), log_format=log_format) as stream:
        with pytest.raises(IntegrityError) as failed, postgres_database.writing() as session:
            session.execute(insert(NotificationRow), [row_of_ana, row_of_ana])
        logger.error("failed", exc_info=failed.value)
    assert str(CANARY) in str(failed.value)  # the control: the driver does tell
    assert "IntegrityError" in stream.getvalue()
    assert str(CANARY) not in stream.getvalue()
    assert SHOP not in stream.getvalue()


def test_a_detail_is_hidden_and_what_only_looks_like_one_is_not() -> None:
    redact = RedactingFilter().redact
    assert redact("x\nDETAIL:  Key (user_id)=(42) already exists.\ny") == "x\nDETAIL: [hidden]\ny"
    assert redact("more DETAIL: none") == "more DETAIL: none"


# --- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_format", LOG_FORMATS)
def test_lines_of_one_piece_of_work_have_its_name(log_format: str) -> None:
    with logging_to(StringIO(), "DEBUG", (), log_format=log_format) as stream:
        with tracing("update") as update:
            logger.info("first")
            with tracing("pass") as inner:
                logger.info("second")
        logger.info("third")
    first, second, third = stream.getvalue().splitlines()
    if log_format == "json":
        assert json.loads(first)["trace"] == update
        assert json.loads(second)["trace"] == f"{update}.{inner}"
        assert "trace" not in json.loads(third)
    else:
        assert first.endswith(f"anything: first [{update}]")
        assert second.endswith(f"anything: second [{update}.{inner}]")
        assert third.endswith("anything: third")


# --- whole stories -----------------------------------------------------------------------------------------------------


def live(telegram: TelegramServer, pluggy: PluggyServer, url: str, clock: ManualClock) -> list[str]:
    """Somebody connects a bank, looks at everything, asks for news, and meets errors. Returns what no line may hold."""
    telegram.add_user(CANARY, " ".join(NAMES))
    account = checking(balance="7654.32", name="CONTA CANARIO")
    rows = [row(1, START.date(), "-4321.09", description=SHOP)]
    household = {"accounts": [account], "transactions": {account["id"]: rows}}
    pluggy.admin("households", {"match": CPF, "household": household})
    chat = Chat(telegram, CANARY)
    with running_bot(telegram, pluggy, url, clock, admin_user_ids=frozenset({CANARY})) as bot:
        pluggy.authorize(connect_by_link(chat, CPF))
        chat.sees("✅ Nubank conectado")
        (connection,) = bot.core.connector.list_connections(CANARY)
        for said, shown in (
            ("/saldo", "7.654,32"),
            ("/extrato", "CANARIO"),
            ("/nada disso", "Não conheço"),
            (SHOP, "/"),
            ("/admin", "lendo bem"),
        ):
            chat.write(said)
            chat.sees(shown)
        clock.advance(hours=7)
        pluggy.fault("status", path="^/items/", status=503, count=40)
        bot.core.synchronizer.sync_user(CANARY)
        pluggy.admin("faults", method="DELETE")
        chat.write("/sincronizar")
        chat.sees("Nubank")
        chat.write("/minhas_contas")
        chat.sees("Nubank")
        wait_until(lambda: bot.context.application.running)
    ids = [connection["item_id"], account["id"], str(CANARY)]
    amounts = ["7654.32", "7.654,32", "765432", "4321.09", "4.321,09", "432109"]
    return [*NAMES, SHOP, "CANARIO", CPF, CPF.replace(".", "").replace("-", ""), *ids, *amounts]


@pytest.mark.parametrize("log_format", LOG_FORMATS)
def test_a_whole_story_at_debug_tells_of_nobody(
    telegram: TelegramServer, pluggy: PluggyServer, sqlite_url: str, clock: ManualClock, log_format: str
) -> None:
    with logging_to(StringIO(), "DEBUG", (TOKEN, CLIENT_SECRET), log_format=log_format) as stream:
        secrets = live(telegram, pluggy, sqlite_url, clock)
    written = stream.getvalue()
    assert written.count("\n") > 20
    assert [secret for secret in secrets if secret in written] == []
    if log_format == "json":
        found = parsed(stream)
        assert {"time", "level", "logger", "message"} <= set.intersection(*(set(one) for one in found))
        kinds = {one["kind"] for one in found if one.get("event") == "telegram_update"}
        assert {"/saldo", "/extrato", "/admin", "text"} <= kinds
        failed = [one for one in found if one.get("outcome") == "failed"]
        assert failed
        whole = [one["message"] for one in found if one.get("trace") == failed[0]["trace"]]
        assert any("not read" in one for one in whole)


def test_the_tests_own_person_is_in_what_is_searched_for() -> None:
    """The control: the search finds what a careless line would write."""
    with logging_to(StringIO(), "DEBUG", (), log_format="json") as stream:
        logger.info("person %d bought at %s", CANARY, SHOP)
    assert str(CANARY) in stream.getvalue()
    assert SHOP in stream.getvalue()
    assert USER != CANARY
