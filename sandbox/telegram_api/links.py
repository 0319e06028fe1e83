"""Which web addresses Telegram takes on buttons and in text, and how it writes them back."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit, urlunsplit

SCHEMES = frozenset({"http", "https"})
OWN_SCHEMES = ("tg://", "ton://")


class LinkError(Exception):
    """Why an address is refused, in Telegram's words."""


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_link(url: str, default: str = "http") -> SplitResult:
    """The parts of a web address; without a scheme it has the `default` one. Raises LinkError."""
    scheme, separator, _ = url.partition("://")
    if separator and scheme.lower() not in SCHEMES:
        raise LinkError("Unsupported URL protocol")
    try:
        parts = urlsplit(url if separator else f"{default}://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise LinkError("Wrong HTTP URL") from None
    if not host or any(character.isspace() for character in url) or port == 0:
        raise LinkError("Wrong HTTP URL")
    return parts


def check_link(url: str, *, allow_loopback: bool = False) -> str:
    """The address as Telegram would send it back: scheme and host in lower case, never without a path.

    An address of this machine is refused as any host Telegram cannot reach, unless `allow_loopback`: the local bank's
    authorisation page lives there. Raises LinkError.
    """
    url = url.strip()
    if url.lower().startswith(OWN_SCHEMES):
        return url[: url.index(":")].lower() + url[url.index(":") :]
    parts = parse_link(url)
    host = parts.hostname or ""
    loopback = is_loopback(host)
    if (loopback and not allow_loopback) or (not loopback and "." not in host and ":" not in host):
        raise LinkError("Wrong HTTP URL")
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", parts.query, parts.fragment))


def check_web_app_link(url: str, *, allow_loopback: bool = False) -> str:
    """As check_link, for the page of a Mini App: https only, but for a page of this machine where those are allowed."""
    parts = None if url.strip().lower().startswith(OWN_SCHEMES) else parse_link(url.strip())
    own = allow_loopback and parts is not None and is_loopback(parts.hostname or "")
    if not own and (parts is None or parts.scheme.lower() != "https"):
        raise LinkError("Only HTTPS links are allowed")
    return check_link(url, allow_loopback=allow_loopback)


def find_link(url: str, *, allow_loopback: bool = False) -> str | None:
    """Like check_link, for links in text: Telegram drops a bad one without a word."""
    try:
        return check_link(url, allow_loopback=allow_loopback)
    except LinkError:
        return None
