"""Every setting of the bot: missing, left as an example, bad."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from gerente_financeiro.config import LOG_LEVELS, load_bot_settings, load_worker_settings
from open_finance.config import DEFAULT_DATABASE_URL, read_environment
from open_finance.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "1000000001:a-token-of-the-right-shape-for-tests"
SECRET = "3c1f5d2e-0000-4000-8000-a-client-secret"
KEYS = {"TELEGRAM_BOT_TOKEN": TOKEN, "PLUGGY_CLIENT_ID": "an-id", "PLUGGY_CLIENT_SECRET": SECRET}
PLACEHOLDERS = (
    "<seu token>",
    "seu_token_aqui",
    "SUA-CHAVE",
    "your_client_id",
    "YOUR-SECRET-HERE",
    "my_token",
    "xxx",
    "XXXXXXXX",
    "...",
    "changeme",
    "change-me",
    "troque_isto",
    "cole_aqui_o_token",
    "coloque-seu-token",
    "insira_o_token",
    "paste_your_token",
    "insert-token-here",
    "replace_me",
    '""',
    "''",
)
#: A bad value of each variable there is.
BAD = {
    "TELEGRAM_BOT_TOKEN": ("abc", "123456:short", "123456-a-token-of-the-right-length", f"bot{TOKEN}", f"{TOKEN} x"),
    "PLUGGY_CLIENT_ID": ("seu_client_id",),
    "PLUGGY_CLIENT_SECRET": ("...",),
    "ALLOWED_USER_IDS": ("ana", "@ana", "1000;ana", "-1001", "1000,*", "**", "1.5", "²", "[1000]"),
    "ADMIN_USER_IDS": ("ana", "*", "-5"),
    "DATABASE_URL": (
        "gerente.db",
        "mysql://u:p@host/db",
        "postgres",
        "://",
        "/var/data/gerente.db",
        "sqlite:///:memory:",
    ),
    "REDIS_URL": (
        "localhost:6379",
        "http://cache:6379",
        "redis://",
        "redis:///0",
        "redis://[::1",
        "redis://cache:port",
        "unix://",
        "redis://:a-redis-password@cache:6379/0",  # beside the SQLite file that is the default
    ),
    "BACKUP_KEY": ("curta", "a" * 40, "troque por uma chave sua", "1234512345123451"),
    "CATEGORY_API_URL": ("http://conselho.exemplo/v1", "conselho.exemplo", "https://eu@conselho.exemplo"),
    "CATEGORY_API_KEY": ("uma chave", "sk-…", "sk-a\nHost: x"),
    "CATEGORY_API_MODEL": ("um modelo", "módelo"),
    "LOG_LEVEL": ("LOUD", "5", "TRACE", "NOTSET"),
    "LOG_FORMAT": ("xml", "logfmt", "1"),
    "METRICS_TOKEN": ("curto", "um segredo com espaço", "seu_token", "ção-ção-ção-ção-ção"),
    "PLUGGY_SANDBOX": ("yes", "true", "2"),
    "PLUGGY_API_URL": (
        "api.pluggy.ai",
        "ftp://api.pluggy.ai",
        "http://",
        "http://[::1",
        "http://host:port",
        "https:host",
    ),
    "PORT": ("oito mil", "0", "65536", "-1", "80.0", "²"),
    "PUBLIC_URL": (
        "bot.exemplo.com",
        "http://bot.exemplo.com",
        "ftp://bot.exemplo.com",
        "https://",
        "https://bot.exemplo.com/?a=b",
        "https://bot.exemplo.com/#a",
        "https://ana:senha@bot.exemplo.com",
        'https://bot.exemplo.com/">',
        "https://bot.exemplo.com",  # without a port to listen on
    ),
    "TELEGRAM_WEBHOOK": ("yes", "1"),  # the second: without an address
    "WEBHOOK_SECRET": (
        "curto",
        "um segredo com espaços",
        "um-segredo-com-é-acentuado",
        "a" * 257,
        "troque-isto-por-algo-seu",
    ),
    "TELEGRAM_WEB_APP_JS_URL": ("telegram.org/js", "http://telegram.org/js/telegram-web-app.js"),
    "PLUGGY_CONNECT_JS_URL": ("javascript:alert(1)", "http://cdn.pluggy.ai/x.js", "https://cdn.pluggy.ai/x.js'"),
    "IDLE_DAYS": ("59", "-1", "90.5", "3651", "sempre", "٩٠", "100000000"),
    "RETENTION_DAYS": ("0", "6", "91", "três", "-30"),
    "TELEGRAM_API_URL": ("api.telegram.org", "file:///etc/passwd", "https://", "https://[", "http://host:99999"),
}


PORT = {"PORT": "8080"}


def refusal(**values: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load_bot_settings({**KEYS, **values})
    return caught.value


def test_the_keys_alone_are_enough() -> None:
    settings = load_bot_settings(KEYS)
    assert settings.telegram_bot_token == TOKEN
    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.allowed_user_ids == frozenset()
    assert settings.admin_user_ids == frozenset()
    assert (settings.log_level, settings.log_format, settings.metrics_token) == ("INFO", "text", None)
    core = settings.core
    assert (core.pluggy_client_id, core.pluggy_client_secret) == ("an-id", SECRET)
    assert (core.pluggy_api_url, core.database_url) == ("https://api.pluggy.ai", DEFAULT_DATABASE_URL)
    assert not core.include_sandbox


# --- what is missing or bad ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", KEYS)
@pytest.mark.parametrize("value", [None, "", "   ", *PLACEHOLDERS])
def test_a_missing_key_is_named_in_one_line(variable: str, value: str | None) -> None:
    values = {**KEYS, variable: value}
    with pytest.raises(ConfigurationError) as caught:
        load_bot_settings({name: text for name, text in values.items() if text is not None})
    message = str(caught.value)
    assert caught.value.variable == variable
    assert message.count(variable) == 1
    assert ".env.example" in message
    assert "\n" not in message
    subject = (
        "Token do Telegram não encontrado" if variable.startswith("TELEGRAM") else "Credenciais Pluggy não encontradas"
    )
    assert message.startswith(subject)


def test_of_several_missing_keys_the_first_is_named() -> None:
    with pytest.raises(ConfigurationError, match="TELEGRAM_BOT_TOKEN"):
        load_bot_settings({})


@pytest.mark.parametrize(("variable", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_refused_by_name_and_never_repeated(variable: str, value: str) -> None:
    error = refusal(**{variable: value})
    assert error.variable == variable
    assert variable in str(error)
    assert ".env.example" in str(error)
    assert "\n" not in str(error)
    assert len(value) < 4 or value not in str(error)


def test_every_variable_of_the_example_file_is_known_and_tried_here() -> None:
    written = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^([A-Z_]+)=", written, re.MULTILINE)) == set(BAD)


def test_the_example_file_left_as_it_is_asks_for_the_first_key() -> None:
    example = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}
    with pytest.raises(ConfigurationError, match="TELEGRAM_BOT_TOKEN"):
        load_bot_settings(example)
    assert load_bot_settings({**example, **KEYS}) == load_bot_settings(KEYS)


@pytest.mark.parametrize(("value", "days"), [("", 0), ("0", 0), ("60", 60), (" 180 ", 180), ("3650", 3650)])
def test_nobody_is_ever_idle_unless_the_operator_wants_it(value: str, days: int) -> None:
    assert load_bot_settings({**KEYS, "IDLE_DAYS": value}).core.idle_days == days


@pytest.mark.parametrize(("value", "days"), [("", 90), ("7", 7), ("90", 90)])
def test_leftovers_are_kept_for_a_season_unless_the_operator_wants_less(value: str, days: int) -> None:
    assert load_bot_settings({**KEYS, "RETENTION_DAYS": value}).core.retention_days == days


# --- what is good --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        ("*", None),
        (" * ", None),
        ("1000", {1000}),
        ("1000,2000", {1000, 2000}),
        (" 1000 ,  2000 ", {1000, 2000}),
        ("1000;2000", {1000, 2000}),
        ("1000 2000\n3000", {1000, 2000, 3000}),
        ("1000,,2000,", {1000, 2000}),
        ("1000,1000", {1000}),
        (",", set()),
        ("7123456789", {7123456789}),
    ],
)
def test_who_is_allowed(value: str, allowed: set[int] | None) -> None:
    settings = load_bot_settings({**KEYS, "ALLOWED_USER_IDS": value})
    assert settings.allowed_user_ids == allowed
    for person in (1000, 5):
        assert settings.allows(person) == (allowed is None or person in allowed)


def test_unset_allows_nobody_and_an_administrator_is_always_allowed() -> None:
    assert not load_bot_settings(KEYS).allows(1000)
    settings = load_bot_settings({**KEYS, "ADMIN_USER_IDS": "1000, 2000"})
    assert [settings.allows(person) for person in (1000, 2000, 3000)] == [True, True, False]


@pytest.mark.parametrize("level", LOG_LEVELS)
def test_the_log_level_may_be_written_small(level: str) -> None:
    assert load_bot_settings({**KEYS, "LOG_LEVEL": level.lower()}).log_level == level


def test_the_test_banks_are_shown_on_demand() -> None:
    assert load_bot_settings({**KEYS, "PLUGGY_SANDBOX": "1"}).core.include_sandbox
    assert not load_bot_settings({**KEYS, "PLUGGY_SANDBOX": "0"}).core.include_sandbox


def test_addresses_lose_their_trailing_slash() -> None:
    local = {"TELEGRAM_API_URL": "http://127.0.0.1:8082/", "PLUGGY_API_URL": "http://[::1]:8081/"}
    settings = load_bot_settings({**KEYS, **local})
    assert settings.telegram_api_url == "http://127.0.0.1:8082"
    assert settings.core.pluggy_api_url == "http://[::1]:8081"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_name_of_postgresql_is_one_driver(scheme: str) -> None:
    settings = load_bot_settings({**KEYS, "DATABASE_URL": f"{scheme}://u:p@db:5432/gerente"})
    assert settings.core.database_url == "postgresql+psycopg2://u:p@db:5432/gerente"


@pytest.mark.parametrize(
    "url", ["redis://cache", "rediss://:a-redis-password@cache:6380/1", "unix:///run/redis.sock", "redis://[::1]:6379"]
)
def test_several_machines_need_a_redis_and_a_postgresql(url: str) -> None:
    postgres = {"DATABASE_URL": "postgresql://u:p@db/gerente"}
    assert load_bot_settings({**KEYS, **postgres, "REDIS_URL": url}).core.redis_url == url
    assert load_bot_settings({**KEYS, **postgres}).core.redis_url is None
    assert "PostgreSQL" in str(refusal(REDIS_URL=url))


def test_a_worker_needs_pluggys_keys_and_no_telegram() -> None:
    values = {name: value for name, value in KEYS.items() if name.startswith("PLUGGY")}
    settings = load_worker_settings({**values, "LOG_LEVEL": "debug", "LOG_FORMAT": "JSON"})
    assert settings.log_format == "json"
    assert (settings.core.pluggy_client_secret, settings.log_level) == (SECRET, "DEBUG")
    for variable in values:
        with pytest.raises(ConfigurationError, match=variable):
            load_worker_settings({**values, variable: "..."})


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_env_file_that_is_no_utf_8_is_named_in_one_line(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_text("# comentário\nLOG_LEVEL=DEBUG\n", encoding=encoding)
    with pytest.raises(ConfigurationError, match=r"^O arquivo \.env não está em UTF-8.*\.env\.example"):
        read_environment({}, tmp_path / ".env")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"], ids=["plain", "as Windows Notepad saves it"])
def test_the_environment_wins_over_the_file_and_the_file_fills_what_is_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str
) -> None:
    written = {**KEYS, "ALLOWED_USER_IDS": "1000", "LOG_LEVEL": "DEBUG"}
    text = "".join(f"{name}={value}\n" for name, value in written.items())
    (tmp_path / ".env").write_text(text, encoding=encoding)
    monkeypatch.chdir(tmp_path)
    for variable in BAD:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    monkeypatch.setenv("ALLOWED_USER_IDS", "2000")
    settings = load_bot_settings()
    assert (settings.telegram_bot_token, settings.core.pluggy_client_secret) == (TOKEN, SECRET)
    assert settings.log_level == "ERROR"
    assert settings.allowed_user_ids == frozenset({2000})


# --- the public address --------------------------------------------------------------------------------------------


def test_without_a_port_nothing_listens() -> None:
    settings = load_bot_settings(KEYS)
    assert (settings.port, settings.public_url, settings.telegram_webhook) == (None, None, False)
    assert settings.telegram_web_app_js_url == "https://telegram.org/js/telegram-web-app.js"
    assert settings.pluggy_connect_js_url == "https://cdn.pluggy.ai/pluggy-connect/latest/pluggy-connect.js"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://bot.exemplo.com/", "https://bot.exemplo.com"),
        ("https://exemplo.com:8443/bot/", "https://exemplo.com:8443/bot"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090"),
        ("http://[::1]:8090/", "http://[::1]:8090"),
        ("http://localhost:8090", "http://localhost:8090"),
    ],
)
def test_the_public_address_is_https_or_this_very_machine(url: str, expected: str) -> None:
    settings = load_bot_settings({**KEYS, **PORT, "PUBLIC_URL": url, "TELEGRAM_WEBHOOK": "1"})
    assert (settings.port, settings.public_url, settings.telegram_webhook) == (8080, expected, True)


@pytest.mark.parametrize("url", BAD["PUBLIC_URL"][:-1])
def test_a_bad_public_address_is_refused_with_a_port_as_well(url: str) -> None:
    assert refusal(**PORT, PUBLIC_URL=url).variable == "PUBLIC_URL"


def test_updates_by_webhook_need_an_address_also_where_there_is_a_port() -> None:
    assert refusal(**PORT, TELEGRAM_WEBHOOK="1").variable == "TELEGRAM_WEBHOOK"


def test_the_secrets_of_the_hooks_are_derived_alike_by_every_process_and_differ_from_each_other() -> None:
    one, other = load_bot_settings(KEYS), load_bot_settings(KEYS)
    assert one.pluggy_webhook_secret == other.pluggy_webhook_secret != one.telegram_webhook_secret
    assert SECRET not in one.pluggy_webhook_secret
    renewed = load_bot_settings({**KEYS, "PLUGGY_CLIENT_SECRET": f"{SECRET}2"})
    assert renewed.pluggy_webhook_secret != one.pluggy_webhook_secret
    for whose in (one.pluggy_webhook_secret, one.telegram_webhook_secret):
        assert re.fullmatch(r"[A-Za-z0-9_-]{64}", whose)


def test_a_secret_of_ones_own_is_what_pluggy_is_given() -> None:
    own = load_bot_settings({**KEYS, "WEBHOOK_SECRET": "um-segredo-so-meu!"})
    assert own.pluggy_webhook_secret == "um-segredo-so-meu!"
    watched = load_bot_settings({**KEYS, "METRICS_TOKEN": "um-token-do-monitor"})
    assert "um-token-do-monitor" in watched.secrets
    assert "um-token-do-monitor" not in repr(watched)
    assert own.telegram_webhook_secret not in {"um-segredo-so-meu!", load_bot_settings(KEYS).telegram_webhook_secret}


# --- secrets -------------------------------------------------------------------------------------------------------


def test_settings_can_be_printed_without_telling_a_secret() -> None:
    more = {"REDIS_URL": "redis://:a-redis-password@cache/0", "WEBHOOK_SECRET": "a-webhook-secret"}
    settings = load_bot_settings({**KEYS, **more, "DATABASE_URL": "postgresql://u:a-database-password@db/x"})
    derived = settings.telegram_webhook_secret
    for shown in (repr(settings), str(settings), f"{settings.core}", repr(vars(type(settings)))):
        for secret in (TOKEN, SECRET, "a-database-password", "a-redis-password", "a-webhook-secret", derived):
            assert secret not in shown


def test_the_log_is_told_what_to_hide() -> None:
    settings = load_bot_settings(KEYS)
    hooks = {settings.pluggy_webhook_secret, settings.telegram_webhook_secret}
    assert set(settings.secrets) == {TOKEN, SECRET, *hooks}
    own = load_bot_settings({**KEYS, "WEBHOOK_SECRET": "a-webhook-secret"})
    assert set(own.secrets) == {TOKEN, SECRET, "a-webhook-secret", own.telegram_webhook_secret}
    machines = {"REDIS_URL": "redis://:a%2Dredis-password@cache/0", "DATABASE_URL": "postgresql://db/x"}
    hidden = {"a%2Dredis-password", "a-redis-password"}
    assert set(load_bot_settings({**KEYS, **machines}).secrets) == {TOKEN, SECRET, *hooks, *hidden}
