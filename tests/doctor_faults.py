"""Every fault that doctor is to tell: those of ``doctor_local_faults``, and what can be wrong with the servers around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from open_finance.clock import SystemClock
from tests.doctor_local_faults import LOCAL
from tests.doctor_world import (
    FAULTS,
    NOWHERE,
    Fault,
    World,
    answering,
    fault,
    free_port,
    hangs,
    hangs_up,
    listening,
    setting,
)

# --- Telegram --------------------------------------------------------------------------------------------------------


def telegram_that(label: str, says: str, name: str, method: str, status: int) -> None:
    def seed(world: World) -> None:
        world.telegram.add_fault(method, status=status)
        world.later(world.telegram.clear_faults)

    FAULTS[label] = Fault(seed, (name,), says)


telegram_that("refused_token", "recusou o token (401)", "Telegram", "getMe", 401)
telegram_that("troubled_telegram", "está com problemas (erro 500)", "Telegram", "getMe", 500)
telegram_that("telegram_in_a_hurry", "pedidos demais", "Telegram", "getMe", 429)
telegram_that("unknown_webhook", "não pude conferir", "Telegram: mensagens", "getWebhookInfo", 500)


def away(label: str, variable: str, name: str, says: str, url: Callable[[World], str]) -> None:
    def seed(world: World) -> None:
        world.env[variable] = url(world)

    FAULTS[label] = Fault(seed, (name,), says)


def hanging(world: World) -> str:
    world.patience = 0.5
    return f"http://127.0.0.1:{world.stack.enter_context(listening(hangs))}"


def hanging_up(world: World) -> str:
    return f"http://127.0.0.1:{world.stack.enter_context(listening(hangs_up))}"


def closed(_: World) -> str:
    return f"http://127.0.0.1:{free_port()}"


def untrusted(world: World) -> str:
    return world.pluggy.url.replace("http://", "https://")  # it speaks, but shows no certificate


for _variable, _name in (
    ("TELEGRAM_API_URL", "Telegram"),
    ("PLUGGY_API_URL", "Pluggy"),
    ("PUBLIC_URL", "Endereço público"),
):
    _at = _variable.split("_", maxsplit=1)[0].lower()
    away(f"{_at}_unknown", _variable, _name, "não foi encontrado", lambda _: f"https://{NOWHERE}")
    away(f"{_at}_closed", _variable, _name, "recusou a conexão", closed)
    away(f"{_at}_hanging", _variable, _name, "não respondeu a tempo", hanging)
    away(f"{_at}_hanging_up", _variable, _name, "desligou no meio", hanging_up)
    away(f"{_at}_untrusted", _variable, _name, "certificado", untrusted)

away("another_telegram", "TELEGRAM_API_URL", "Telegram", "não é o Telegram", lambda world: world.pluggy.url)
away("another_pluggy", "PLUGGY_API_URL", "Pluggy", "não é a Pluggy", lambda world: world.telegram.url)
away("another_bot", "PUBLIC_URL", "Endereço público", "não é este bot", lambda world: world.pluggy.url)
for _label in [name for name, one in FAULTS.items() if one.names == ("Endereço público",)]:
    FAULTS[_label] = Fault(FAULTS[_label].seed, ("Endereço público", "Pluggy: webhook"), FAULTS[_label].says)

ME = {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "G", "username": "g_bot"}}


def webhook_info(label: str, says: str, *, webhook: bool = False, **info: Any) -> None:
    def seed(world: World) -> None:
        told = {"url": "", "pending_update_count": 0, **info}
        if told["url"] == "ours":
            told["url"] = f"{world.env['PUBLIC_URL']}/hooks/telegram"
        answers = {"getMe": (200, ME), "": (200, {"ok": True, "result": told})}
        world.env["TELEGRAM_API_URL"] = world.stack.enter_context(answering(answers))
        world.env["TELEGRAM_WEBHOOK"] = "1" if webhook else "0"

    FAULTS[label] = Fault(seed, ("Telegram: mensagens",), says)


webhook_info("webhook_of_another_program", "outro programa recebe", url="https://example.com/x")
webhook_info("messages_that_wait", "101 esperam", pending_update_count=101)
webhook_info("webhook_elsewhere", "outro endereço", webhook=True, url="https://example.com/x")
webhook_info("webhook_missing", "não está registrado", webhook=True)
webhook_info(
    "webhook_that_fails",
    "não consegue entregar (Connection refused)",
    webhook=True,
    url="ours",
    last_error_date=int(SystemClock().now().timestamp()) - 60,
    last_error_message="Connection refused\n",
)


# --- Pluggy ----------------------------------------------------------------------------------------------------------


def pluggy_that(label: str, says: str, name: str, path: str, status: int, **more: Any) -> None:
    def seed(world: World) -> None:
        world.pluggy.fault("status", path=path, status=status, count=None, **more)
        world.later(world.pluggy.admin, "faults", method="DELETE")

    FAULTS[label] = Fault(seed, (name,), says)


pluggy_that("troubled_pluggy", "está com problemas (erro 503)", "Pluggy", "^/auth", 503)
pluggy_that("disabled_keys", "desativada", "Pluggy: chaves", "^/auth", 401, codeDescription="CLIENT_DISABLED")
pluggy_that("pluggy_in_a_hurry", "pedidos demais", "Pluggy: chaves", "^/auth", 429)
pluggy_that("pluggy_of_another_mind", "resposta inesperada (409)", "Pluggy: chaves", "^/auth", 409)
pluggy_that("no_rows_for_us", "não deixa ler lançamentos (403)", "Pluggy: lançamentos", "^/v2/transactions", 403)
pluggy_that(
    "rows_of_old",
    "aposentou",
    "Pluggy: lançamentos",
    "^/v2/transactions",
    410,
    codeDescription="ENDPOINT_DEPRECATED",
)
pluggy_that(
    "no_such_path", "não tem /v2/transactions", "Pluggy: lançamentos", "^/v2/transactions", 404, body={"code": 404}
)
pluggy_that("troubled_rows", "não pude conferir (erro 500)", "Pluggy: lançamentos", "^/v2/transactions", 500)
pluggy_that("no_list_of_banks", "não veio (erro 500)", "Pluggy: bancos", "^/connectors", 500)
pluggy_that("no_banks", "está vazia", "Pluggy: bancos", "^/connectors", 200, body={"results": [], "total": 0})
pluggy_that("no_webhooks_in_the_plan", "não tem webhooks", "Pluggy: webhook", "^/webhooks", 403)
pluggy_that("troubled_webhooks", "não pude ver", "Pluggy: webhook", "^/webhooks", 500)
setting(
    "refused_keys", "recusadas (401)", "Pluggy: chaves", "Segredo do webhook", PLUGGY_CLIENT_SECRET="errado-de-todo"
)


@fault("não está ligado", "Pluggy: MeuPluggy")
def meu_pluggy_not_enabled(world: World) -> None:
    world.pluggy.admin("connectors/200", {"closed": True})
    world.later(world.pluggy.admin, "connectors/200", {"closed": False})


@fault("fora do ar", "Pluggy: MeuPluggy")
def meu_pluggy_offline(world: World) -> None:
    world.pluggy.admin("connectors/200", {"health": {"status": "OFFLINE", "stage": None}})
    world.later(world.pluggy.admin, "connectors/200", {"health": {"status": "ONLINE", "stage": None}})


def hooks_at(label: str, says: str, change: Callable[[World, dict[str, Any]], list[dict[str, Any]]]) -> None:
    """Pluggy's list of webhooks, made of the one that the bot has registered."""

    def seed(world: World) -> None:
        body = {"clientId": world.env["PLUGGY_CLIENT_ID"], "clientSecret": world.env["PLUGGY_CLIENT_SECRET"]}
        key = world.pluggy._session.post(f"{world.pluggy.url}/auth", json=body).json()["apiKey"]
        listed = world.pluggy._session.get(f"{world.pluggy.url}/webhooks", headers={"X-API-KEY": key}).json()["results"]
        answer = {"results": change(world, listed[0]), "total": 1, "totalPages": 1, "page": 1}
        world.pluggy.fault("status", path="^/webhooks", status=200, count=None, body=answer)
        world.later(world.pluggy.admin, "faults", method="DELETE")

    FAULTS[label] = Fault(seed, ("Pluggy: webhook",), says)


hooks_at("no_webhook", "nenhum aponta", lambda _, __: [])
hooks_at("disabled_webhook", "desativou", lambda _, one: [one | {"disabledAt": "2026-11-20T10:00:00.000Z"}])
hooks_at("two_webhooks", "mais de um", lambda _, one: [one, one | {"id": "another", "createdAt": "2026-12-31"}])


# --- the public address ----------------------------------------------------------------------------------------------


def address_that(label: str, says: str, names: tuple[str, ...], answers: Mapping[str, tuple[int, Any]]) -> None:
    def seed(world: World) -> None:
        world.env["PUBLIC_URL"] = world.stack.enter_context(answering(answers))

    FAULTS[label] = Fault(seed, (*names, "Pluggy: webhook"), says)


WELL = {"/healthz": (200, {"status": "ok"})}
address_that(
    "bot_without_database", "sem banco de dados", ("Endereço público",), {"": (503, {"status": "unavailable"})}
)
address_that("host_in_its_place", "o provedor responde", ("Endereço público",), {"": (502, "<html>Bad Gateway</html>")})
address_that("deaf_bot", "não ouve a Pluggy", ("Segredo do webhook",), WELL | {"": (404, "")})
address_that("open_door", "não foi recusado (200)", ("Segredo do webhook",), WELL | {"": (200, "")})
setting(
    "another_secret",
    "usa outro segredo",
    "Segredo do webhook",
    "Pluggy: webhook",
    WEBHOOK_SECRET="outro-segredo-bem-comprido",
)

#: The list, now that it is whole.
EVERY_FAULT = LOCAL
