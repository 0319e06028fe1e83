"""Updates sent to the bot's own address: what ``setWebhook`` takes, and the delivery.

As the real server has it: the updates of one chat go one after the other, those of different chats side by side, up to
``max_connections``; an update that is refused is sent again at once, then after 2, 4, 8 … seconds, and no other chat waits.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from sandbox.telegram_api.errors import bad_request
from sandbox.telegram_api.links import LinkError, is_loopback, parse_link
from sandbox.telegram_api.updates import UpdateQueue

Json = dict[str, Any]
SECRET = re.compile(r"[A-Za-z0-9_-]*")
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
MAX_SECRET = 256
PORTS = frozenset({80, 88, 443, 8443})
DEFAULT_CONNECTIONS = 40
MAX_CONNECTIONS = 100
ANSWER_SECONDS = 60
LONGEST_PAUSE = 60
LONGEST_RETRY_AFTER = 3600
KINDS_OF_CHAT = ("message", "edited_message", "my_chat_member", "chat_member")


@dataclass(frozen=True)
class Webhook:
    """Where a bot's updates go."""

    url: str
    secret_token: str = field(default="", repr=False)
    max_connections: int = DEFAULT_CONNECTIONS

    def wire(self) -> Json:
        info: Json = {"url": self.url, "has_custom_certificate": False, "max_connections": self.max_connections}
        host = urlsplit(self.url).hostname or ""
        return info | ({"ip_address": host} if is_ip(host) else {})


def is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def read_webhook(url: str, secret_token: str, max_connections: int, *, allow_loopback: bool = False) -> Webhook:
    """A checked webhook. Raises ApiError in Telegram's words.

    An address of this machine is refused as Telegram refuses what it cannot reach, unless `allow_loopback`: then it may also
    be plain http, at any port.
    """
    if len(secret_token) > MAX_SECRET:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret_token):
        raise bad_request("secret token contains unallowed characters")
    try:
        parts = parse_link(url, default="https")
        (parts.hostname or "").encode("idna")
    except (LinkError, UnicodeError):
        raise bad_request("invalid webhook URL specified") from None
    host = parts.hostname or ""
    if not (allow_loopback and is_loopback(host)):
        check_reachable(parts.scheme.lower(), host, parts.port or 443)
    return Webhook(parts.geturl(), secret_token, min(max(max_connections, 1), MAX_CONNECTIONS))


def check_reachable(scheme: str, host: str, port: int) -> None:
    """Raises ApiError for what the real Telegram would not send to. Names are not looked up."""
    if scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    address = "127.0.0.1" if is_loopback(host) and not is_ip(host) else host
    if is_ip(address):
        if ipaddress.ip_address(address).version == 6:
            raise bad_request("bad webhook: IPv6-only addresses are not allowed")
        if not ipaddress.ip_address(address).is_global:
            raise bad_request(f"bad webhook: IP address {address} is reserved")
    elif "." not in host:
        raise bad_request("bad webhook: Failed to resolve host: Name or service not known")


def pause_before(attempt: int, retry_after: int = 0) -> float:
    """Seconds before the next try, `attempt` tries having failed; the receiver's ``Retry-After`` goes first."""
    if retry_after:
        return min(retry_after, LONGEST_RETRY_AFTER)
    return 0 if attempt <= 1 else min(2.0 ** (attempt - 1), LONGEST_PAUSE)


def chat_of(update: Json) -> int:
    """Whose turn an update waits for: its chat; a pressed button's chat too."""
    for kind in KINDS_OF_CHAT:
        if kind in update:
            return int(update[kind]["chat"]["id"])
    return int(update.get("callback_query", {}).get("message", {}).get("chat", {}).get("id", 0))


@dataclass(frozen=True)
class Failure:
    """Why an update was not taken."""

    message: str
    retry_after: int = 0


class Delivery:
    """Sends one bot's updates to its webhook, for as long as it has one. `sleep` waits on the server's own clock."""

    def __init__(
        self, updates: UpdateQueue, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self.webhook: Webhook | None = None
        self.last_error: Json = {}
        self._updates = updates
        self._now = now
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None

    def start(self, webhook: Webhook) -> bool:
        """Send to this address from now on; False when that was already so."""
        if webhook == self.webhook:
            return False
        self.stop()
        self.webhook = webhook
        self._task = asyncio.get_running_loop().create_task(self._run(webhook))
        return True

    def stop(self) -> bool:
        """Send no more; False when nothing was sent to."""
        had_one, self.webhook, self.last_error = self.webhook is not None, None, {}
        if self._task is not None:
            self._task.cancel()
        return had_one

    async def stopped(self) -> None:
        """Stop, and wait until the last connection is closed."""
        self.stop()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self, webhook: Webhook) -> None:
        slots = asyncio.Semaphore(webhook.max_connections)
        busy: dict[int, asyncio.Task[None]] = {}
        limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=limit, trust_env=False) as session, asyncio.TaskGroup() as group:
            while True:
                waiting = () if self._updates.paused else dict.fromkeys(map(chat_of, self._updates.pending))
                for chat in (chat for chat in waiting if chat not in busy):
                    busy[chat] = group.create_task(self._deliver(webhook, session, slots, chat))
                    busy[chat].add_done_callback(partial(self._is_free, busy, chat))
                await self._updates.news()

    def _is_free(self, busy: dict[int, asyncio.Task[None]], chat: int, _done: asyncio.Task[None]) -> None:
        """More may have come for the chat after its last look."""
        del busy[chat]
        self._updates.wake()

    async def _deliver(
        self, webhook: Webhook, session: aiohttp.ClientSession, slots: asyncio.Semaphore, chat: int
    ) -> None:
        """The updates of one chat, until there are none."""
        attempts = 0
        while update := self._first_of(chat):
            async with slots:
                failure = await post(session, webhook, update)
            if failure is None:
                self._updates.take(update)
                attempts = 0
                continue
            attempts += 1
            self.last_error = {"last_error_date": int(self._now()), "last_error_message": failure.message}
            await self._sleep(pause_before(attempts, failure.retry_after))

    def _first_of(self, chat: int) -> Json | None:
        if self._updates.paused:
            return None
        return next((update for update in self._updates.pending if chat_of(update) == chat), None)


async def post(session: aiohttp.ClientSession, webhook: Webhook, update: Json) -> Failure | None:
    """Send one update; None when it was taken. What the answer says beside its status is not read."""
    headers = {"Content-Type": "application/json"}
    if webhook.secret_token:
        headers[SECRET_HEADER] = webhook.secret_token
    body = json.dumps(update, ensure_ascii=False).encode()
    try:
        async with session.post(webhook.url, data=body, headers=headers, allow_redirects=False) as answer:
            if 200 <= answer.status <= 299:
                return None
            after = answer.headers.get("Retry-After", "")
            told = f"Wrong response from the webhook: {answer.status} {answer.reason}"
            return Failure(told, int(after) if after.isdecimal() else 0)
    except TimeoutError:
        return Failure("Read timeout expired")
    except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError):
        return Failure("SSL error {certificate verify failed}")
    except aiohttp.ClientConnectorDNSError:
        return Failure("Failed to resolve host: Name or service not known")
    except aiohttp.ClientConnectorError:
        return Failure("Connection refused")
    except aiohttp.ClientError:
        return Failure("Webhook connection closed")
