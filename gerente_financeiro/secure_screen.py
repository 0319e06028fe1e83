"""The secure screen, served: a Mini App of ours that opens Pluggy Connect, so that a bank password never crosses Telegram.

The page knows one number, its intent's. Who asks is told by Telegram's signature (``init_data``), whose item it is by
Pluggy; nothing that the page says is believed beyond that.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from html import escape
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from gerente_financeiro.config import BotSettings
from gerente_financeiro.connect import by_screen
from gerente_financeiro.context import BotContext
from gerente_financeiro.init_data import InitDataError, StaleInitDataError, read_init_data
from gerente_financeiro.keyboards import to_id
from gerente_financeiro.messages import secure_screen as words
from open_finance.errors import (
    BankConnectionError,
    ConnectionNotFoundError,
    InvalidCredentialError,
    OpenFinanceError,
    PluggyError,
)

logger = logging.getLogger(__name__)

PLUGGY_FRAME = "https://connect.pluggy.ai"
TELEGRAM_WEB = "https://web.telegram.org"
BODY_LIMIT = 16 * 1024  # characters
#: Refusals that say that there is nothing here for this person, and those that say that it is not theirs.
_MISSING = frozenset({"INTENT_CLOSED", "CONNECTOR_NOT_FOUND", "ITEM_NOT_FOUND"})
_FORBIDDEN = frozenset({"ITEM_NOT_ADOPTABLE"})


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A sentence for the person, with its status. ``again``: the same may be tried at once."""

    def __init__(self, status: int, sentence: str, *, again: bool = False) -> None:
        super().__init__(sentence)
        self.answer = web.json_response({"message": sentence, "again": again}, status=status)


def routes(bot: BotContext) -> Iterable[web.RouteDef]:
    """What the page needs; nothing without a public address."""
    if bot.settings.public_url is None:
        return []
    screen = SecureScreen(bot)
    return [
        web.get("/tela", screen.page),
        web.get("/tela/{name:tela\\.(?:js|css)}", screen.file),
        web.get("/tela/volta", screen.back),
        web.post("/tela/abrir", screen.open),
        web.post("/tela/item", screen.take),
    ]


class SecureScreen:
    """The page's answers."""

    def __init__(self, bot: BotContext) -> None:
        self._bot = bot
        settings = bot.settings
        self._policy = content_policy(settings)
        given = {
            "@TELEGRAM_JS@": settings.telegram_web_app_js_url,
            "@PLUGGY_JS@": settings.pluggy_connect_js_url,
            "@PACE@": str(bot.poll_scale),
        }
        self._page = _read("tela.html")
        for mark, value in given.items():
            self._page = self._page.replace(mark, escape(value, quote=True))

    # --- what is shown ---------------------------------------------------------------------------------------------

    async def page(self, _request: web.Request) -> web.Response:
        """The same for everybody: it holds nothing of anybody's."""
        return self._html(self._page)

    async def back(self, _request: web.Request) -> web.Response:
        """Where a bank's page leads back to, in a browser outside Telegram."""
        return self._html(_read("volta.html"))

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        kind = "text/javascript" if name.endswith(".js") else "text/css"
        return web.Response(text=_read(name), content_type=kind, charset="utf-8")

    def _html(self, text: str) -> web.Response:
        headers = {"Content-Security-Policy": self._policy}
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)

    # --- what is asked ---------------------------------------------------------------------------------------------

    async def open(self, request: web.Request) -> web.Response:
        """``{initData, intent}`` → what Pluggy Connect is opened with."""
        try:
            person, intent_id, _ = self._read(await _body(request))
            token = await self._run_open(person, intent_id)
        except Refused as refusal:
            return refusal.answer
        await by_screen.note_open(self._bot, person, intent_id, token)
        return web.json_response(
            {
                "connectToken": token.connect_token,
                "connectorId": token.connector_id,
                "updateItem": token.update_item_id,
                "includeSandbox": token.include_sandbox,
                "bank": token.bank,
            }
        )

    async def take(self, request: web.Request) -> web.Response:
        """``{initData, intent, itemId}`` → 204: the item is stored, and the chat goes on."""
        try:
            person, intent_id, given = self._read(await _body(request))
            await self._run_take(person, intent_id, str(given.get("itemId") or ""))
        except Refused as refusal:
            return refusal.answer
        return web.Response(status=204)

    async def _run_open(self, person: int, intent_id: int) -> Any:
        connector, return_url = self._bot.core.connector, _return_url(self._bot.settings)
        try:
            return await self._bot.run(
                connector.open_screen, user_id=person, intent_id=intent_id, return_url=return_url
            )
        except (BankConnectionError, PluggyError, ConnectionNotFoundError) as error:
            raise _refusal(error) from None

    async def _run_take(self, person: int, intent_id: int, item_id: str) -> None:
        connector = self._bot.core.connector
        try:
            connection = await self._bot.run(
                connector.store_screen_item, user_id=person, intent_id=intent_id, item_id=item_id
            )
        except (BankConnectionError, PluggyError, InvalidCredentialError, ConnectionNotFoundError) as error:
            raise _refusal(error) from None
        await by_screen.go_on(self._bot, person, intent_id, connection)

    def _read(self, given: dict[str, Any]) -> tuple[int, int, dict[str, Any]]:
        """The person by Telegram's word, and the intent that they name."""
        settings, init_data = self._bot.settings, given.get("initData")
        try:
            user = read_init_data(str(init_data or ""), settings.telegram_bot_token, self._bot.clock.now())
        except StaleInitDataError:
            logger.info("the secure screen was opened too long ago")
            raise Refused(403, words.STALE) from None
        except InitDataError as error:
            logger.warning("the secure screen was asked without Telegram's word: %s", error)
            raise Refused(403, words.OUTSIDE) from None
        if not settings.allows(user.id):
            logger.warning("the secure screen was asked by a stranger")
            raise Refused(403, words.STRANGER)
        try:
            return user.id, to_id(str(given.get("intent") or "")), given
        except ValueError:
            raise Refused(404, words.OVER) from None


async def _body(request: web.Request) -> dict[str, Any]:
    """A JSON object of a reasonable size."""
    try:
        text = await request.text()
        given = json.loads(text) if len(text) <= BODY_LIMIT else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Refused(400, words.BROKEN)
    return given


def _refusal(error: OpenFinanceError) -> Refused:
    """What the core said, as an answer; its sentence is for people."""
    if isinstance(error, PluggyError):
        logger.warning("the secure screen got no answer from Pluggy: %s", type(error).__name__)
        return Refused(502, words.AWAY, again=True)
    code = error.code if isinstance(error, BankConnectionError) else None
    logger.info("the secure screen refused a request: %s", code or type(error).__name__)
    if code == "INTENT_CLOSED" or isinstance(error, ConnectionNotFoundError):
        return Refused(404, words.OVER)
    if code in _FORBIDDEN:
        return Refused(403, words.NOT_YOURS)
    status = 404 if code in _MISSING else 400 if isinstance(error, InvalidCredentialError) else 409
    return Refused(status, error.user_message)


def _return_url(settings: BotSettings) -> str | None:
    """Pluggy takes no address that is not public."""
    url = settings.public_url or ""
    return f"{url}/tela/volta" if url.startswith("https://") else None


def content_policy(settings: BotSettings) -> str:
    """What the page may load and ask: its own, the two scripts, Pluggy's frame and API. Only Telegram may frame it."""
    telegram, pluggy = _origin(settings.telegram_web_app_js_url), _origin(settings.pluggy_connect_js_url)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {telegram} {pluggy}",
            "style-src 'self' 'unsafe-inline'",  # both scripts size what they draw
            "img-src 'self' data:",
            f"connect-src 'self' {_origin(settings.core.pluggy_api_url)}",
            f"frame-src {PLUGGY_FRAME}",
            f"frame-ancestors {TELEGRAM_WEB} {telegram}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _read(name: str) -> str:
    return resources.files("gerente_financeiro").joinpath("pages", name).read_text(encoding="utf-8")
