"""The HTTP server, on the bot's own loop for the life of the process, where ``PORT`` is set.

It also listens while another process answers people: what Pluggy tells is stored by whoever hears it. Each room that has
something to serve gives its routes; all else is a 404. Nothing is logged of a request: addresses may hold secrets.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gerente_financeiro import metrics_page, pluggy_hook, secure_screen, telegram_hook
from gerente_financeiro.context import BotContext
from gerente_financeiro.error_handler import log_error
from gerente_financeiro.refusals import bare
from open_finance.errors import ConfigurationError, DatabaseUnavailableError

logger = logging.getLogger(__name__)

#: What a room has to serve; empty where a setting that it needs is missing.
Routes = Callable[[BotContext], Iterable[web.RouteDef]]

ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 - a container is reached from outside it
HEALTH_SECONDS = 3.0
#: Of every answer that does not say otherwise itself.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may take: ``request_seconds`` to send a request and have its answer, ``idle_seconds`` of silence (a
    request's first lines included; longer than a proxy keeps a connection), ``body_bytes``."""

    request_seconds: float = 10.0
    idle_seconds: float = 75.0
    body_bytes: int = 256 * 1024
    stop_seconds: float = 5.0


@contextlib.asynccontextmanager
async def listening(bot: BotContext, limits: Limits = Limits(), host: str = ALL_ADDRESSES) -> AsyncIterator[None]:
    """Serve for the length of a ``with``; nothing where there is no port. At its end requests in hand are answered.

    ``bot.listening_on`` is the port (port 0: any that is free). Raises ConfigurationError naming PORT when it is taken.
    """
    if bot.settings.port is None:
        yield
        return
    runner = web.AppRunner(
        build_app(bot, limits),
        access_log=None,
        keepalive_timeout=limits.idle_seconds,
        shutdown_timeout=limits.stop_seconds,
        lingering_time=0,  # a body that nobody wants is not waited for
    )
    await runner.setup()
    try:
        await _listen(runner, host, bot.settings.port)
        bot.listening_on = runner.addresses[0][1]
        logger.info("listening on port %d", bot.listening_on)
        yield
    finally:
        bot.listening_on = None
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        raise ConfigurationError(
            "PORT: não consegui escutar nessa porta; outro programa já a usa? (veja .env.example)", variable="PORT"
        ) from None


def build_app(bot: BotContext, limits: Limits = Limits()) -> web.Application:
    """The application with the routes of every room."""
    app = web.Application(middlewares=[_guard(bot, limits)], client_max_size=limits.body_bytes)
    app.on_response_prepare.append(_add_headers)
    for routes in ROOMS:
        app.add_routes(routes(bot))
    return app


def _guard(bot: BotContext, limits: Limits) -> Middleware:
    """Whatever goes wrong inside ends as a status: no detail leaves the house, and no client holds a request for long."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            async with asyncio.timeout(limits.request_seconds):
                return await handler(request)
        except web.HTTPException as refusal:
            return _answer(404 if refusal.status == 405 else refusal.status)
        except TimeoutError:
            return _answer(408)
        except DatabaseUnavailableError as error:
            _note(bot, error)
            return _answer(503)
        except Exception as error:  # noqa: BLE001 - the rim of what the world sends; logged with its traceback
            _note(bot, error)
            return _answer(500)

    return guard


def _note(bot: BotContext, error: Exception) -> None:
    log_error(error)
    bot.core.observers.count("error", error=type(error).__name__)


def _answer(status: int) -> web.Response:
    response = bare(status)
    if status != 404:
        response.force_close()  # what is left of the request is not read
    return response


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:  # noqa: ARG001 - a signal of aiohttp
    response.headers.pop("Server", None)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


# --- is the house alive? ---------------------------------------------------------------------------------------------


class Health:
    """Whether the database answers. However many ask at once, it is asked once."""

    def __init__(self, bot: BotContext) -> None:
        self._bot = bot
        self._check: asyncio.Task[bool] | None = None

    async def answer(self, _request: web.Request) -> web.Response:
        """200, or 503: the host's own check, which needs to know no more."""
        if self._check is None or self._check.done():
            self._check = asyncio.create_task(self._is_database_there(), name="health")
        done, _ = await asyncio.wait({self._check}, timeout=HEALTH_SECONDS)
        is_well = bool(done) and self._check.result()
        return web.json_response({"status": "ok" if is_well else "unavailable"}, status=200 if is_well else 503)

    async def _is_database_there(self) -> bool:
        try:  # in a thread of its own: sixteen slow banks say nothing of the database
            await asyncio.to_thread(self._bot.core.database.ping)
        except DatabaseUnavailableError:
            return False
        return True


def _health(bot: BotContext) -> Iterable[web.RouteDef]:
    return [web.get("/healthz", Health(bot).answer)]


ROOMS: tuple[Routes, ...] = (
    _health,
    metrics_page.routes,
    pluggy_hook.routes,
    telegram_hook.routes,
    secure_screen.routes,
)
