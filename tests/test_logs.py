"""The log at its most talkative: no token, key, password or CPF, whatever is logged, by whomever, in a traceback or not."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from io import StringIO
from typing import Any

import httpx
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.config import LOG_LEVELS
from gerente_financeiro.logs import FLOORS, RedactingFilter
from tests.bot_app import CLIENT_SECRET
from tests.bot_log import logging_to
from tests.telegram_server import TOKEN, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

OTHER_TOKEN = "7123456789:AAH-other_bots_token-0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJjbGllbnRJZCI6ImFiYyJ9.c2lnbmF0dXJlLW9mLXRoZS1rZXk"
logger = logging.getLogger("gerente_financeiro.anything")


class Talkative:
    """An object that tells a secret when it is printed."""

    def __repr__(self) -> str:
        return f"<client secret={CLIENT_SECRET}>"


class Broken:
    """An object that cannot be printed."""

    def __repr__(self) -> str:
        raise RuntimeError(CLIENT_SECRET)


# --- what a line may not hold --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/getMe", "bot[secret]/getMe"),
        (f"POST https://api.telegram.org/bot{OTHER_TOKEN}/getMe", "bot[token]/getMe"),
        (f"/bot{OTHER_TOKEN.replace(':', '%3A')}/getMe", "bot[token]/getMe"),
        (f"/file/bot{OTHER_TOKEN}/photos/1.jpg", "bot[token]/photos/1.jpg"),
        (f"clientSecret: {CLIENT_SECRET}", "clientSecret: [key]"),
        (f"the secret is {CLIENT_SECRET}", "the secret is [secret]"),
        (f"{{'X-API-KEY': '{JWT}'}}", "X-API-KEY"),
        (f"X-API-KEY: {JWT}", "X-API-KEY"),
        ("{'X-API-KEY': 'not-a-jwt-but-a-key'}", "{'X-API-KEY': '[key]'}"),
        ('{"apiKey": "not-a-jwt-but-a-key"}', '{"apiKey": "[key]"}'),
        ("api_key=not-a-jwt-but-a-key&x=1", "api_key=[key]&x=1"),
        ("{'clientSecret': 'not-a-jwt-but-a-key'}", "{'clientSecret': '[key]'}"),
        ("Authorization: Bearer not-a-jwt-but-a-key", "Authorization: [key]"),
        ("postgresql://gerente:not-a-jwt-but-a-key@db:5432/x", "gerente:[password]@db:5432/x"),
        ("postgresql://gerente:not-a-jwt-but-a-key@with@at@db:5432/x", "gerente:[password]@db:5432/x"),
        ("https://connect.pluggy.ai/?connect_token=not-a-jwt-but-a-key&x=1", "connect_token=[hidden]&x=1"),
        ("https://bank/authorize?state=not-a-jwt-but-a-key", "state=[hidden]"),
        ("holder 529.982.247-25 found", "holder [cpf] found"),
        ("holder 52998224725 found", "holder [cpf] found"),
        ("company 11.222.333/0001-81 found", "company [cnpj] found"),
        ("company 11222333000181 found", "company [cnpj] found"),
    ],
)
def test_a_secret_in_a_line_is_taken_out_and_the_rest_stays(log: StringIO, line: str, shown: str) -> None:
    logger.debug(line)
    logger.debug("%s", line)
    written = log.getvalue()
    assert written.count("gerente_financeiro.anything: ") == written.count(shown) == 2
    for secret in (
        TOKEN,
        OTHER_TOKEN,
        "AAH-other",
        CLIENT_SECRET,
        "eyJ",
        "not-a-jwt",
        "with@at",
        "529.982",
        "52998",
        "11.222",
        "11222",
    ):
        assert secret not in written


@pytest.mark.parametrize(
    "line",
    [
        "synchronised 12 connections at 14:05:33",
        "connection 123456 of person 123456789",
        "item 7b1f6f3e-58b8-4f0e-9d3c-000000000001 in 1234 ms",
        "listening on http://127.0.0.1:8081/items?page=2",
    ],
)
def test_what_is_no_secret_is_left_alone(log: StringIO, line: str) -> None:
    logger.info(line)
    assert log.getvalue().endswith(f"INFO gerente_financeiro.anything: {line}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("it is %s", CLIENT_SECRET),
        ("it is %(secret)s", {"secret": CLIENT_SECRET}),
        ("it is %s%s", CLIENT_SECRET[:9], CLIENT_SECRET[9:]),
        ("it is %r", Talkative()),
        (Talkative(),),
        ("it is %s", [Talkative(), {"key": CLIENT_SECRET}]),
        (f"a percent sign too many: %d {CLIENT_SECRET}", "x"),
        (f"too many arguments {CLIENT_SECRET}", "x", "y"),
        (f"the wrong name %(name)s {CLIENT_SECRET}", {"other": 1}),
        (f"cannot be printed %s {CLIENT_SECRET}", Broken()),
    ],
)
def test_arguments_tell_no_secret_and_a_mistake_costs_neither_the_line_nor_the_caller(
    log: StringIO, arguments: tuple[Any, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    logger.warning(*arguments)
    written = log.getvalue()
    assert written.count("\n") == 1
    assert "WARNING gerente_financeiro.anything: " in written
    assert CLIENT_SECRET not in written
    assert capsys.readouterr().err == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_configured_secret_never_gets_through_whatever_stands_around_it(before: str, after: str) -> None:
    assert CLIENT_SECRET not in RedactingFilter((TOKEN, CLIENT_SECRET)).redact(f"{before}{CLIENT_SECRET}{after}")


def test_no_secret_configured_hides_nothing(log: StringIO) -> None:
    assert RedactingFilter(("", "")).redact("anything") == "anything"


@pytest.mark.parametrize("piece", ["9", "eyJ", "a:", "://", "529.982.247-25 ", "x" * 79 + "\n"])
def test_a_line_of_megabytes_is_written_and_redacted(log: StringIO, piece: str) -> None:
    """No pattern may take a time that grows with the square of the line: then this would not end."""
    logger.debug("%s token %s end", piece * (1_000_000 // len(piece)), OTHER_TOKEN)
    assert log.getvalue().endswith("token [token] end\n")


# --- tracebacks ----------------------------------------------------------------------------------------------------


def fail(message: str = CLIENT_SECRET) -> None:
    raise ValueError(message)


def fail_deeply() -> None:
    """Fails with a secret in the cause, the context, a note, and a group."""
    try:
        try:
            fail(f"https://api.telegram.org/bot{OTHER_TOKEN}/getMe")
        except ValueError as error:
            raise KeyError({"X-API-KEY": JWT, "clientSecret": CLIENT_SECRET}) from error
    except KeyError as error:
        error.add_note(f"with {TOKEN}")
        raise ExceptionGroup(f"several: {CLIENT_SECRET}", [error, RuntimeError("529.982.247-25")]) from None


def test_tracebacks_are_whole_but_for_their_secrets(log: StringIO) -> None:
    try:
        fail_deeply()
    except ExceptionGroup:
        logger.exception("unexpected error")
    written = log.getvalue()
    for kept in (
        "Traceback",
        "fail_deeply",
        "ValueError",
        "KeyError",
        "RuntimeError",
        "ExceptionGroup",
        "test_logs.py",
    ):
        assert kept in written
    for secret in (OTHER_TOKEN, JWT, TOKEN, "529.982.247-25"):
        assert secret not in written
    # The source lines of this file name the variable; its value must not show.
    assert CLIENT_SECRET not in written


@pytest.mark.parametrize("form", ["instance", "triple", "true"])
def test_every_way_of_handing_over_an_exception_is_covered(log: StringIO, form: str) -> None:
    try:
        fail()
    except ValueError as error:
        given = {"instance": error, "triple": sys.exc_info(), "true": True}[form]
        logger.error("failed", exc_info=given)  # noqa: TRY400 - every way
    assert "ValueError: [secret]" in log.getvalue()


def test_exc_info_without_an_exception_is_no_trouble(log: StringIO) -> None:
    logger.error("failed", exc_info=True)  # noqa: LOG014
    assert "failed" in log.getvalue()


def test_a_traceback_that_another_handler_formatted_first_is_redacted_too(log: StringIO) -> None:
    try:
        fail()
    except ValueError:
        record = logger.makeRecord(logger.name, logging.ERROR, "f", 1, "failed", (), sys.exc_info())
        record.exc_text = traceback.format_exc()
    logger.handle(record)
    assert "ValueError: [secret]" in log.getvalue()


def test_a_stack_is_redacted(log: StringIO) -> None:
    record = logger.makeRecord(logger.name, logging.ERROR, "f", 1, "failed", (), None, sinfo=f"File {CLIENT_SECRET}")
    logger.handle(record)
    assert "File [secret]" in log.getvalue()


def test_an_error_that_nobody_caught_goes_through_the_log(log: StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        fail()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert "ValueError: [secret]" in log.getvalue()
    assert capsys.readouterr().err == ""


# --- what others log -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
@pytest.mark.parametrize("level", LOG_LEVELS)
def test_libraries_stay_at_their_floor_and_above_the_level(name: str, floor: int, level: str) -> None:
    with logging_to(StringIO(), level):
        child = logging.getLogger(f"{name}.deep.inside")
        assert child.getEffectiveLevel() == max(floor, logging.getLevelNamesMapping()[level])


def test_http_at_debug_tells_no_address(log: StringIO, telegram: TelegramServer) -> None:
    httpx.get(f"{telegram.url}/bot{TOKEN}/getMe").raise_for_status()
    requests.get(f"{telegram.url}/bot{TOKEN}/getMe?state=abc", timeout=10).raise_for_status()
    assert "getMe" not in log.getvalue()


@pytest.mark.parametrize("library", ["httpx", "httpcore", "urllib3", "telegram"])
def test_http_that_was_made_talkative_again_tells_no_token(
    log: StringIO, telegram: TelegramServer, library: str
) -> None:
    logging.getLogger(library).setLevel(logging.DEBUG)
    httpx.get(f"{telegram.url}/bot{TOKEN}/getMe").raise_for_status()
    requests.get(f"{telegram.url}/bot{TOKEN}/getMe", timeout=10).raise_for_status()
    logging.getLogger("telegram.Bot").debug("Set Bot API URL: %s", f"{telegram.url}/bot{TOKEN}")
    assert f" {library}." in log.getvalue() or f" {library}:" in log.getvalue()
    assert TOKEN not in log.getvalue()
    assert TOKEN.partition(":")[2] not in log.getvalue()


def test_setting_up_again_replaces_the_handler() -> None:
    first, second = StringIO(), StringIO()
    with logging_to(first, "INFO"), logging_to(second, "INFO"):
        logger.info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


@pytest.mark.parametrize("level", LOG_LEVELS)
def test_the_level_counts_for_our_own_loggers(level: str) -> None:
    with logging_to(StringIO(), level) as stream:
        for name in LOG_LEVELS:
            logger.log(logging.getLevelNamesMapping()[name], "said at %s", name)
    assert json.dumps(stream.getvalue()).count("said at") == len(LOG_LEVELS) - LOG_LEVELS.index(level)
