"""The local Telegram over HTTP: ``/bot<token>/<method>``, ``/file/bot<token>/<path>``, ``/_control/…``, the page at ``/``.

No access log is kept: its lines would hold the bot's token.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.telegram_api.call import Answer, Call
from sandbox.telegram_api.control import Control
from sandbox.telegram_api.control_groups import GroupControl
from sandbox.telegram_api.errors import ApiError
from sandbox.telegram_api.faults import Fault
from sandbox.telegram_api.files import MAX_UPLOAD
from sandbox.telegram_api.methods import METHODS
from sandbox.telegram_api.params import Params, read_params
from sandbox.telegram_api.world import Options, World

Json = dict[str, Any]
TOKEN = re.compile(r"(\d+):[\w-]{30,}")
PAGE = Path(__file__).parent / "page"
HANG_SECONDS = 120
STOP_SECONDS = 0.1  # what is worth finishing takes milliseconds; long polls and streams would wait for ever
MAX_QUERY = 256 * 1024  # some libraries send a whole message in the query string
MULTIPART_OVERHEAD = 1024 * 1024
PAGE_HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
POLICY = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-src"


def bot_id_of(token: str) -> int:
    """The id a token names. Raises ApiError 401 for what has not the shape of one."""
    match = TOKEN.fullmatch(token)
    if match is None or int(match[1]) == 0:
        raise ApiError(401, "Unauthorized")
    return int(match[1])


class BotApi:
    """Answers the calls of bots."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()
        try:
            bot_id = bot_id_of(request.match_info["token"])
            self._world.bot(bot_id).token = request.match_info["token"]
            params = await read_params(request)
            return web.json_response(await self.answer(bot_id, method, params))
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)

    async def answer(self, bot_id: int, method: str, params: Params) -> Json:
        """The body of the answer, once the call is noted. Raises ApiError for a refusal."""
        fault = self._world.faults.take(method) if method in METHODS else None
        try:
            result = await self._do(bot_id, method, params, fault)
        except ApiError as error:
            self._note(bot_id, method, params, error.code)
            raise
        self._note(bot_id, method, params, 200)
        if fault:
            await self._lose(fault)
        if isinstance(result, Answer):
            return {"ok": True, "result": result.result, "description": result.description}
        return {"ok": True, "result": result}

    async def _do(self, bot_id: int, method: str, params: Params, fault: Fault | None) -> Any:
        run = METHODS.get(method)
        if run is None:
            raise ApiError(404, "Not Found: method not found")
        if fault and fault.kind == "timeout":
            await asyncio.sleep(HANG_SECONDS)
        if fault and fault.kind != "lost":
            raise fault.error()
        result = run(Call(self._world, self._world.bot(bot_id), params))
        return await result if inspect.isawaitable(result) else result

    @staticmethod
    async def _lose(fault: Fault) -> None:
        """The work is done, the answer never comes; who waits long enough gets the error of a gateway."""
        await asyncio.sleep(HANG_SECONDS)
        raise fault.error()

    def _note(self, bot_id: int, method: str, params: Params, status: int) -> None:
        """Method, chat and outcome only: never a text, never the token."""
        self._world.calls.note(bot_id, method, params.integer("chat_id") or None, status, self._world.now())

    async def download(self, request: web.Request) -> web.Response:
        try:
            bot_id_of(request.match_info["token"])
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)
        stored = self._world.files.find_path(request.match_info["path"])
        if stored is None:
            return web.json_response(ApiError(404, "Not Found").body(), status=404)
        return web.Response(body=stored.data, content_type="application/octet-stream")


async def not_found(_request: web.Request) -> web.Response:
    return web.json_response(ApiError(404, "Not Found").body(), status=404)


def page(*, allow_loopback: bool) -> Callable[[web.Request], Awaitable[web.FileResponse]]:
    """The chat page. It frames the Mini Apps that bots offer, wherever they live: what ``web_app`` buttons may hold."""
    headers = PAGE_HEADERS | {"Content-Security-Policy": f"{POLICY} https:{' http:' if allow_loopback else ''}"}

    async def show(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "chat.html", headers=headers)

    return show


async def asset(request: web.Request) -> web.FileResponse:
    """A file of the page; names only, so nothing else of the disk can be asked for."""
    path = PAGE / request.match_info["name"]
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=PAGE_HEADERS)


async def mini_app_script(_request: web.Request) -> web.FileResponse:
    """What Mini Apps load from ``https://telegram.org/js/telegram-web-app.js`` when the real Telegram opens them."""
    return web.FileResponse(PAGE / "telegram-web-app.js", headers=PAGE_HEADERS)


def build_app(world: World) -> web.Application:
    """The whole server as an application; nothing listens yet."""
    api = BotApi(world)
    app = web.Application(client_max_size=MAX_UPLOAD + MULTIPART_OVERHEAD)
    app.add_routes(Control(world).routes())
    app.add_routes(GroupControl(world).routes())
    app.on_cleanup.append(lambda _app: world.close())
    app.router.add_get("/", page(allow_loopback=world.options.allow_loopback))
    app.router.add_get("/telegram-web-app.js", mini_app_script)
    app.router.add_get(r"/_page/{name:[\w.-]+}", asset)
    app.router.add_route("GET", "/bot{token}/{method}", api.handle)
    app.router.add_route("POST", "/bot{token}/{method}", api.handle)
    app.router.add_get("/file/bot{token}/{path:.+}", api.download)
    app.router.add_route("*", "/bot{anything:.*}", not_found)
    return app


async def start(world: World, host: str, port: int) -> tuple[web.AppRunner, str]:
    """Listen, and say at which base URL; port 0 = any free one. Raises OSError when the port is taken."""
    # Without handler_cancellation a poll whose client went away would go on, and take the updates of the next one.
    runner = web.AppRunner(
        build_app(world),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=STOP_SECONDS,
        max_line_size=MAX_QUERY,
    )
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    bound = runner.addresses[0][1]
    shown = f"[{host}]" if ":" in host else host
    return runner, f"http://{shown}:{bound}"


async def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8082,
    user_ids: tuple[int, ...] = (),
    allow_loopback: bool = False,
    bot_name: str = "",
    limited: bool = False,
) -> None:
    """Print the base URL, then answer until cancelled."""
    defaults = Options()
    world = World(Options(user_ids or defaults.user_ids, allow_loopback, bot_name or defaults.bot_name, limited))
    runner, url = await start(world, host, port)
    print(url, flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
