"""A request of doctor's: sent once, answered within a few seconds or not at all, and told apart by what stood in the way."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp

from gerente_financeiro.doctor.findings import Finding, failed
from open_finance.clock import Clock
from open_finance.config import LOOPBACK

#: Pluggy's list of banks is the longest.
MOST_BYTES = 16 * 1024 * 1024
_CHUNK = 1 << 16

Obstacle = Literal["dns", "refused", "tls", "timeout", "cut"]


@dataclass(frozen=True, slots=True)
class Answer:
    """``body``: its JSON, None where it is none. ``skew``: seconds by which our clock is ahead of the server's, None where
    it does not tell the time."""

    status: int
    body: Any = None
    skew: float | None = None

    @property
    def code(self) -> str:
        """Pluggy's ``codeDescription``."""
        return str(self.body.get("codeDescription") or "") if isinstance(self.body, dict) else ""


Heard = Answer | Obstacle


@dataclass(frozen=True, slots=True)
class Asker:
    """Sends requests. ``patience``: seconds that a whole answer may take."""

    clock: Clock
    patience: float = 8.0
    _tls: list[ssl.SSLContext] = field(default_factory=list, repr=False)

    async def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Heard:
        """The answer, whatever its status, or why there is none. Redirects are not followed."""
        timeout = aiohttp.ClientTimeout(total=self.patience)
        is_outside = urlsplit(url).hostname not in LOOPBACK  # no proxy can reach this machine
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=is_outside) as session,
                session.request(
                    method,
                    url,
                    headers=headers,
                    params=params,
                    json=body,
                    allow_redirects=False,
                    ssl=self._context() if url.startswith("https:") else True,
                ) as response,
            ):
                now = self.clock.now()
                content = await _content(response)
                return Answer(response.status, _json(content), _skew(response.headers.get("Date"), now))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return _obstacle(error)

    def _context(self) -> ssl.SSLContext:
        """The certificates that the bot's own libraries trust. Reading them takes a while: once."""
        import certifi

        if not self._tls:
            self._tls.append(ssl.create_default_context(cafile=certifi.where()))
        return self._tls[0]


def unreached(name: str, where: str, variable: str, obstacle: Obstacle) -> Finding:
    """No answer from ``where``; ``variable`` names the setting that holds its address."""
    line, remedy = _OBSTACLES[obstacle]
    return failed(name, f"{where} {line}", remedy.format(where=where, variable=variable))


_OBSTACLES: dict[Obstacle, tuple[str, str]] = {
    "dns": (
        "não foi encontrado: o nome não existe ou o DNS não responde",
        "Confira {variable} e o DNS desta máquina.",
    ),
    "refused": (
        "recusou a conexão",
        "Confira {variable}, se esse servidor está no ar e se um firewall bloqueia a saída para ele.",
    ),
    "tls": (
        "tem um certificado que não confere",
        "Confira {variable}, o relógio desta máquina e se um proxy troca certificados no caminho.",
    ),
    "timeout": (
        "não respondeu a tempo",
        "Tente de novo em alguns minutos; se continuar, confira {variable} e a rede desta máquina.",
    ),
    "cut": (
        "desligou no meio da resposta",
        "Tente de novo; se continuar, confira se o que está em {variable} é mesmo esse servidor.",
    ),
}


def _obstacle(error: Exception) -> Obstacle:
    kinds: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Obstacle], ...] = (
        (TimeoutError, "timeout"),
        ((aiohttp.ClientSSLError, ssl.SSLError), "tls"),
        (aiohttp.ClientConnectorDNSError, "dns"),
        (aiohttp.ClientConnectorError, "refused"),
    )
    return next((obstacle for kind, obstacle in kinds if isinstance(error, kind)), "cut")


async def _content(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    while len(content) <= MOST_BYTES and (chunk := await response.content.read(_CHUNK)):
        content += chunk
    return bytes(content)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _skew(date: str | None, now: datetime) -> float | None:
    try:
        told = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return (now - (told if told.tzinfo else told.replace(tzinfo=UTC))).total_seconds()
