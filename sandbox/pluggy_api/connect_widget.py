"""``/pluggy-connect.js``: our own stand-in for the Connect widget, and what lets it call this server from any page.

The script is the files of ``widget/`` in one scope. It runs inside the page that includes it and calls the server that
served it with a connect token, so the routes that a token opens answer across origins, and no others.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from aiohttp import web

from sandbox.pluggy_api.http import world_of

FOLDER = Path(__file__).parent / "widget"
ROOMS = ("dom.js", "api.js", "form.js", "screens.js", "connect.js")
SCRIPT_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
TOKEN_PATH = re.compile(r"^/(items(/[^/]+(/mfa)?)?|accounts|connectors(/[^/]+(/validate)?)?)$")
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PATCH",
    "Access-Control-Allow-Headers": "Accept, Content-Type, X-API-KEY",
    "Access-Control-Max-Age": "600",
}

#: However fast the banks, a browser cannot look more often than this many times its usual pace.
MOST_HURRIED = 10.0

routes = web.RouteTableDef()


@routes.get("/pluggy-connect.js")
async def serve_script(request: web.Request) -> web.Response:
    text = script(world_of(request).clock.speed)
    return web.Response(text=text, content_type="text/javascript", charset="utf-8", headers=SCRIPT_HEADERS)


def script(speed: float) -> str:
    """One classic script that leaves a single name, ``PluggyConnect``, behind. Hurried banks are looked at more often."""
    style = json.dumps((FOLDER / "style.css").read_text(encoding="utf-8"))
    rooms = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ROOMS)
    base = "new URL(document.currentScript.src).origin"
    return (
        f'(() => {{\n"use strict";\nconst BASE = {base};\nconst STYLE = {style};\n'
        f"const HURRY = {min(max(speed, 1.0), MOST_HURRIED)};\n"
        f"{rooms}\nwindow.PluggyConnect = PluggyConnect;\n}})();\n"
    )


def is_preflight(request: web.Request) -> bool:
    """A browser asking whether a page of another origin may make a call that a connect token opens."""
    asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    return asks and TOKEN_PATH.match(request.path) is not None


def permit() -> web.Response:
    return web.Response(status=204, headers=PREFLIGHT_HEADERS)


async def share(request: web.Request, response: web.StreamResponse) -> None:
    """An aiohttp signal: a page of any origin may read what its connect token was answered, refusals too."""
    if "Origin" not in request.headers or TOKEN_PATH.match(request.path) is None:
        return
    known = world_of(request).keys.get(request.headers.get("X-API-KEY", ""))
    if known is None or known.is_widget:
        response.headers["Access-Control-Allow-Origin"] = "*"
