"""One request's parameters, whichever of the real encodings carried them.

Query string, ``application/x-www-form-urlencoded``, JSON and multipart (chunked too) are read and merged, as the real server
does; a body of any other type is ignored. Uploads stay in memory: nothing a person or a bot sends is written to disk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.telegram_api.errors import ApiError, bad_request
from sandbox.telegram_api.multipart import MultipartError, read_parts

Json = dict[str, Any]
TRUE_WORDS = frozenset({"true", "yes", "1"})


@dataclass(frozen=True)
class Upload:
    """A file inside a multipart request."""

    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Params:
    """Named values: text from forms, any JSON value from JSON bodies; nested values may still be JSON text."""

    values: Mapping[str, Any] = field(repr=False)
    files: Mapping[str, Upload] = field(default_factory=dict, repr=False)

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0) -> int:
        """Numbers that do not parse count as absent, as the real server has it."""
        try:
            return int(str(self.values.get(name, "")).strip())
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in TRUE_WORDS

    def parsed(self, name: str) -> Any:
        """The value of a nested parameter; None when absent or empty. Raises ApiError for broken JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return utf8_only(json.loads(value))
        except ValueError:
            shown = {"reply_markup": "reply keyboard markup"}.get(name, name.replace("_", " "))
            raise bad_request(f"can't parse {shown} JSON object") from None

    def has(self, name: str) -> bool:
        return self.values.get(name) not in (None, "") or name in self.files


async def read_params(request: web.Request) -> Params:
    """Raises ApiError 400 for a body that its own type cannot parse, 413 for one that is too large."""
    values: Json = dict(request.query)
    files: dict[str, Upload] = {}
    try:
        if request.content_type == "application/json":
            values = read_json(await request.read()) | values
        elif request.content_type == "application/x-www-form-urlencoded":
            form = await request.post()
            values = {name: value for name, value in form.items() if isinstance(value, str)} | values
        elif request.content_type.startswith("multipart/"):
            read_multipart(request.headers["Content-Type"], await request.read(), values, files)
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    return Params(utf8_only({name: value for name, value in values.items() if value is not None}), files)


def utf8_only(value: Any) -> Any:
    """The value, when all its texts can be written. JSON escapes can hold half of a character: ApiError, as the real one."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return value


def read_json(body: bytes) -> Json:
    if not body.strip():
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise bad_request("object expected as a request body") from None
    if not isinstance(parsed, dict):
        raise bad_request("object expected as a request body")
    return parsed


def read_multipart(content_type: str, body: bytes, values: Json, files: dict[str, Upload]) -> None:
    try:
        for part in read_parts(content_type, body):
            if part.filename is None:
                values.setdefault(part.name, part.data.decode("utf-8", "replace"))
            else:
                files[part.name] = Upload(part.filename, part.content_type or "application/octet-stream", part.data)
    except MultipartError:
        raise bad_request("can't parse multipart request body") from None
