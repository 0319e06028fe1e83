"""``multipart/form-data`` as bot libraries really write it.

Read here rather than by aiohttp, which drops a part whose file name is neither quoted nor a plain token: that is how
pyTelegramBotAPI sends ``filename=extrato ção.csv``, and the real server takes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^\s;,]+))', re.IGNORECASE)
# The encoded form of a name (RFC 5987) wins over the plain one; an unquoted file name goes on to the end of the line.
PARAMETER = re.compile(r';\s*(name|filename\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;"]*)', re.IGNORECASE)


class MultipartError(Exception):
    """The body is not what its header says."""


@dataclass(frozen=True)
class Part:
    """One part; `filename` is None for a plain value."""

    name: str
    filename: str | None
    content_type: str
    data: bytes = field(repr=False)


def read_parts(content_type: str, body: bytes) -> Iterator[Part]:
    """The named parts of a body, in order. Raises MultipartError for a missing boundary or an unfinished body."""
    found = BOUNDARY.search(content_type)
    if found is None:
        raise MultipartError("no boundary")
    delimiter = b"\r\n--" + (found[1] or found[2]).encode()
    pieces = (b"\r\n" + body).split(delimiter)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise MultipartError("the last part is not finished")
    for piece in pieces[1:-1]:
        head, separator, data = piece.partition(b"\r\n\r\n")
        if not separator:
            raise MultipartError("a part has no headers")
        yield from named(head.decode("utf-8", "replace"), data)


def named(head: str, data: bytes) -> Iterator[Part]:
    headers = dict(split_header(line) for line in head.split("\r\n") if ":" in line)
    values = {key.lower(): unquoted(value) for key, value in PARAMETER.findall(headers.get("content-disposition", ""))}
    if "name" in values:
        filename = encoded_name(values["filename*"]) if "filename*" in values else values.get("filename")
        yield Part(values["name"], filename, headers.get("content-type", ""), data)


def split_header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def unquoted(value: str) -> str:
    value = value.strip()
    if not value.startswith('"'):
        return value
    # Browsers and requests escape a quote as %22, older clients as \".
    return value[1:-1].replace('\\"', '"').replace("%22", '"')


def encoded_name(value: str) -> str:
    """``UTF-8''na%C3%A7%C3%A3o`` → ``nação``; an unknown charset is read as UTF-8."""
    charset, _, rest = value.partition("''")
    try:
        return unquote(rest or charset, encoding=charset if rest else "utf-8", errors="replace")
    except LookupError:
        return unquote(rest, errors="replace")
