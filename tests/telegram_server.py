"""The local Telegram for tests: in a background thread, on a free port, driven by ``/_control`` alone."""

from __future__ import annotations

import asyncio
import struct
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.telegram_api.server import start
from sandbox.telegram_api.world import Options, World
from tests.local_http import JsonAnswer, JsonClient, local_session

Json = dict[str, Any]
ANA = 1000
START_SECONDS = 10
NEVER = 10**9  # later than every event
TOKEN = "1000000001:a-token-of-the-right-shape-for-tests"


class TelegramServer:
    """What a test can do to a local Telegram at `url`. Messages are the mappings of ``/_control/messages``.

    Give the bot `url` as TELEGRAM_API_URL and `token` as its token. Waiting ends as soon as the thing happens.
    """

    token = TOKEN

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = JsonClient(url)
        self._session = local_session()

    def close(self) -> None:
        self._client.close()
        self._session.close()

    # --- the raw control API ---

    def get(self, path: str, **query: Any) -> Any:
        """``GET /_control<path>``; a refusal is an AssertionError with its text."""
        return self._answer(self._client.ask("GET", f"/_control{path}", query=query, timeout=90))

    def post(self, path: str, **given: Any) -> Any:
        """``POST /_control<path>`` with the given JSON fields; None is left out."""
        sent = {key: value for key, value in given.items() if value is not None}
        return self._answer(self._client.ask("POST", f"/_control{path}", given=sent, timeout=90))

    @staticmethod
    def _answer(answer: JsonAnswer) -> Any:
        assert answer.ok, f"{answer.url}: {answer.status} {answer.body.decode()}"
        return answer.json()

    def call(self, method: str, **params: Any) -> Json:
        """A Bot API call as the bot would make it (JSON body): the whole answer, refused or not."""
        answer: Json = self._client.ask("POST", f"/bot{self.token}/{method}", given=params, timeout=90).json()
        return answer

    # --- people ---

    def add_user(self, user_id: int | None = None, first_name: str = "Bruno", **fields: Any) -> int:
        """Add a person (username, last_name, language_code as `fields`); the id."""
        return int(self.post("/people", id=user_id, first_name=first_name, **fields)["id"])

    def add_group(self, *members: int, title: str = "Família", group_id: int | None = None) -> int:
        """Add a group with these people and the bot; the (negative) chat id."""
        return int(self.post("/groups", members=list(members), title=title, id=group_id)["id"])

    def change_group(self, change: str, group: int, user: int) -> Json:
        """``join``, ``leave``, ``remove_bot``, ``put_bot`` or ``migrate``, by this person; the group as it goes on."""
        changed: Json = self.post(f"/groups/{change}", chat=group, user=user)
        return changed

    def send_text(self, user: int, text: str, *, chat: int | None = None, reply_to: int | None = None) -> Json:
        """The person writes, in private or in the group `chat`; the message."""
        message: Json = self.post("/send", user=user, text=text, chat=chat, reply_to=reply_to)
        return message

    def edit_text(self, user: int, message_id: int, text: str, *, chat: int | None = None) -> Json:
        """The person edits an own message."""
        message: Json = self.post("/edit", user=user, message_id=message_id, text=text, chat=chat)
        return message

    def delete_text(self, user: int, message_id: int, *, chat: int | None = None) -> None:
        self.post("/delete", user=user, message_id=message_id, chat=chat)

    def press(
        self, user: int, message_id: int, button: str | None = None, *, data: str | None = None, chat: int | None = None
    ) -> str:
        """Press the button that shows the text `button`, or one with any `data` (forged, old); the query's id."""
        assert (button is None) != (data is None), "press takes the button's text or its data"
        answer = self.post("/press", user=user, message_id=message_id, text=button, data=data, chat=chat)
        return str(answer["callback_query_id"])

    def block(self, user: int) -> None:
        self.post("/block", user=user)

    def unblock(self, user: int) -> None:
        self.post("/unblock", user=user)

    def deactivate(self, user: int) -> None:
        """The person deletes the account, for good."""
        self.post("/deactivate", user=user)

    def init_data(self, user: int, *, auth_date: int | None = None) -> str:
        """What the app tells a Mini App that this person opens, freshly signed; `auth_date` makes an old one."""
        return str(self.post("/init_data", user=user, auth_date=auth_date)["init_data"])

    # --- looking ---

    def messages(self, chat: int, *, deleted: bool = False) -> list[Json]:
        """The messages of a chat (a person's id or a group's), oldest first; `deleted` keeps those deleted too."""
        found = self.get("/messages", chat=chat)["messages"]
        return [message for message in found if deleted or not message["deleted"]]

    def from_bot(self, chat: int) -> list[Json]:
        return [message for message in self.messages(chat) if message["from_bot"]]

    def commands(self, user: int) -> list[Json]:
        """The command menu that this person sees."""
        menu: list[Json] = self.get("/commands", user=user)
        return menu

    def callback(self, query_id: str) -> Json:
        """A pressed button's query: ``answered``, and with it ``text``, ``show_alert``, ``url``."""
        (query,) = self.get("/callbacks", id=query_id)
        return dict(query)

    def calls(self, method: str | None = None) -> list[Json]:
        """The bot's calls so far (method in lower case, status), of one method or all."""
        return [c for c in self.get("/calls") if method is None or c["method"] == method.lower()]

    def counts(self, method: str, chat: int | None = None) -> dict[int, int]:
        """How many calls of a method ended with which status (200 = accepted), to one chat or to all."""
        query = {"method": method} | ({"chat": chat} if chat is not None else {})
        found: Counter[int] = Counter()
        for count in self.get("/counts", **query):
            found[count["status"]] += count["calls"]
        return dict(found)

    def events(self, after: int = 0, chat: int | None = None) -> list[Json]:
        query = {"after": after} | ({"chat": chat} if chat is not None else {})
        found: list[Json] = self.get("/events", **query)["events"]
        return found

    def file(self, message: Json) -> bytes:
        """The bytes of a message's photo or document."""
        media = message["photo"] or message["document"]
        return self._session.get(f"{self.url}{media['href']}", timeout=30).content

    # --- waiting ---

    def wait_until(self, chat: int, predicate: Callable[[list[Json]], Any], timeout: float = 10) -> list[Json]:
        """Until `predicate` holds for the standing messages of the chat; those messages."""
        deadline = time.monotonic() + timeout
        state = self.get("/messages", chat=chat)
        while True:
            standing = [message for message in state["messages"] if not message["deleted"]]
            if predicate(standing):
                return standing
            left = deadline - time.monotonic()
            assert left > 0, f"not within {timeout} s; the chat shows:\n{transcript(standing)}"
            state = self.get("/wait", chat=chat, after=state["seq"], timeout=max(left, 0.1))

    def wait_for(self, chat: int, predicate: Callable[[Json], Any], timeout: float = 10) -> Json:
        """Until one standing message satisfies `predicate`; the newest that does."""
        standing = self.wait_until(chat, lambda messages: any(map(predicate, messages)), timeout)
        return next(message for message in reversed(standing) if predicate(message))

    def wait_for_text(self, chat: int, fragment: str, timeout: float = 10) -> Json:
        """Until the bot shows a message that contains `fragment`; the newest that does."""
        return self.wait_for(chat, lambda message: message["from_bot"] and fragment in message["text"], timeout)

    def wait_for_answer(self, query_id: str, timeout: float = 10) -> Json:
        """Until the bot has answered a pressed button; the query."""
        deadline = time.monotonic() + timeout
        while True:
            seen = self.get("/events", after=NEVER)["seq"]  # before the look: an answer in between ends the wait
            query = self.callback(query_id)
            if query["answered"]:
                return query
            left = deadline - time.monotonic()
            assert left > 0, f"the button was not answered within {timeout} s"
            self.get("/wait", after=seen, timeout=max(left, 0.1))

    # --- conditions ---

    def set_limits(self, *, enabled: bool = True, **limits: Any) -> None:
        """Telegram's flood limits on or off; `limits` as in ``/_control/limits``."""
        self.post("/limits", enabled=enabled, **limits)

    def add_fault(self, method: str, *, kind: str = "error", times: int = 1, status: int = 500, **more: Any) -> None:
        """The next calls of `method` fail (error), hang (timeout), or are done without an answer (lost)."""
        self.post("/faults", method=method, kind=kind, times=times, status=status, **more)

    def clear_faults(self) -> None:
        self._answer(self._client.ask("DELETE", "/_control/faults"))

    def pause_polling(self, *, paused: bool = True) -> None:
        self.post("/polling", paused=paused)

    def advance(self, seconds: float) -> None:
        """Move Telegram's clock forward (48 hours of deletion, age of buttons, flood limits)."""
        self.post("/clock", advance=seconds)

    def reset(self) -> None:
        self.post("/reset")


def png(width: int = 3, height: int = 2) -> bytes:
    """A real, small picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x33\x90\xec" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def transcript(messages: list[Json]) -> str:
    """The chat in words, for a failing test."""
    lines = []
    for message in messages:
        who = "bot" if message["from_bot"] else message["sender"]["first_name"]
        rows = "".join(f"\n    [ {' ] [ '.join(button['text'] for button in row)} ]" for row in message["buttons"])
        lines.append(f"{message['message_id']} {who}: {message['text']}{rows}")
    return "\n".join(lines) or "(nothing)"


@contextmanager
def start_telegram(
    *,
    user_ids: tuple[int, ...] = (ANA,),
    allow_loopback: bool = False,
    bot_name: str = "Gerente Financeiro",
    limited: bool = False,
) -> Iterator[TelegramServer]:
    """A local Telegram for the length of a ``with``; Ana (1000) is there unless other ids are given. `limited` = Telegram's
    flood limits hold from the start."""
    world = World(Options(user_ids, allow_loopback, bot_name, limited))
    loops: list[asyncio.AbstractEventLoop] = []
    found: list[str] = []
    started = threading.Event()
    stop = asyncio.Event()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        runner, url = await start(world, "127.0.0.1", 0)
        found.append(url)
        started.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="local-telegram", daemon=True)
    thread.start()
    assert started.wait(START_SECONDS), "the local Telegram did not start"
    server = TelegramServer(found[0])
    try:
        yield server
    finally:
        server.close()
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(START_SECONDS)
