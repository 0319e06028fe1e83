"""The whole bot in this process, for tests: its own loop in a thread, between a local Telegram and a local Pluggy."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from telegram import Update
from telegram.request import BaseRequest

from gerente_financeiro.app import build_application, serve
from gerente_financeiro.config import BotSettings
from gerente_financeiro.context import KEY, BotContext
from gerente_financeiro.core import Core, build_core
from gerente_financeiro.processor import PersonByPerson
from open_finance.clock import Clock
from open_finance.config import Settings
from open_finance.pacing import NO_PACING
from open_finance.pluggy_client import PluggyClient
from tests.clocks import ManualClock
from tests.local_http import local_request
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import TelegramServer, transcript

T = TypeVar("T")
FAST = 0.02  # of the bot's own pace: a poll every 40 ms, a tick every 0.2 s
TICKS = ("flows", "housekeeping", "budgets", "subscriptions", "idle", "retention", "returned banks", "advice")
STOP_SECONDS = 30
CLIENT_SECRET = "a-client-secret-for-tests"
BRUNO = 2000
CPF = "529.982.247-25"
PASSWORD = "uma-senha-secreta"

Json = dict[str, Any]


class RunningBot:
    """A bot that answers until the end of its ``with``."""

    def __init__(self, core: Core, settings: BotSettings, poll_scale: float, request: BaseRequest | None) -> None:
        self.core = core
        self.settings = settings
        self.application = build_application(core, settings, poll_scale=poll_scale, request=request or local_request())
        self.context: BotContext = self.application.bot_data[KEY]
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="bot", daemon=True)

    def start(self) -> None:
        ready = threading.Event()
        self._loop.call_soon(ready.set)
        self._thread.start()
        assert ready.wait(STOP_SECONDS)

    def stop(self) -> None:
        """As on SIGTERM: updates in hand are finished, requests that were sent store their answers. May be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join(STOP_SECONDS)
            assert not self._thread.is_alive(), "the bot did not stop"
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    @property
    def url(self) -> str:
        """Where its HTTP server listens; waits until it does."""
        wait_until(lambda: self.context.listening_on)
        return f"http://127.0.0.1:{self.context.listening_on}"

    def receive(self, update: Json) -> None:
        """An update that the local Telegram cannot make, as if it had come from there."""
        parsed = Update.de_json(update, self.application.bot)
        asyncio.run_coroutine_threadsafe(self.application.update_queue.put(parsed), self._loop).result(STOP_SECONDS)

    def call(self, function: Callable[[], object]) -> None:
        """Call a function in the bot's own loop, where its memory lives; its error is raised here."""

        async def called() -> None:
            function()

        self.wait_for(called())

    def tick(self) -> None:
        """What happens every minute or so happens now: who lets minutes pass is not to wait for the bot's own pace."""
        with contextlib.suppress(RuntimeError):  # its loop is closed: it has no ticks any more
            self._loop.call_soon_threadsafe(self._tick)

    def _tick(self) -> None:
        queue = self.application.job_queue
        assert queue is not None
        for job in queue.scheduler.get_jobs():
            if job.name in TICKS:
                job.modify(next_run_time=datetime.now(UTC))

    def wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What comes of a coroutine in the bot's own loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(STOP_SECONDS)

    def rest(self, person: int) -> None:
        """Until the bot has no tap of this person in hand: the same one again would be the second of two in a hurry."""
        processor = self.application.update_processor
        assert isinstance(processor, PersonByPerson)
        wait_until(lambda: person not in processor._newest, every=0.001)

    def occupy(self, person: int) -> Callable[[], None]:
        """The bot is busy with this person until what is returned is called."""
        begun, let_go = threading.Event(), asyncio.Event()

        async def busy() -> None:
            async with self.context.locks.turn(person):
                begun.set()
                await let_go.wait()

        wait_until(lambda: self.application.running)
        self.call(lambda: self.context.create_task(busy(), name="busy"))
        assert begun.wait(STOP_SECONDS)
        return lambda: self.call(let_go.set)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(serve(self.application, self._stopped))
        except BaseException as failure:  # noqa: BLE001 - raised again in the test's own thread
            self._failure = failure
        finally:
            self._loop.close()


def bot_settings(
    telegram: TelegramServer,
    pluggy: PluggyServer,
    database_url: str,
    *,
    allowed: Iterable[int] | None = None,
    client_secret: str = CLIENT_SECRET,
    idle_days: int = 0,
    **public: Any,
) -> BotSettings:
    """The settings of a bot between the two local servers. ``allowed`` None: everybody may use it. ``public``: settings of
    the public address, ``port=0`` for any that is free."""
    return BotSettings(
        telegram_bot_token=telegram.token,
        telegram_api_url=telegram.url,
        allowed_user_ids=None if allowed is None else frozenset(allowed),
        core=Settings(
            pluggy_client_id="a-client-id-for-tests",
            pluggy_client_secret=client_secret,
            pluggy_api_url=pluggy.url,
            database_url=database_url,
            include_sandbox=True,
            idle_days=idle_days,
        ),
        **public,
    )


@contextmanager
def running_bot(
    telegram: TelegramServer,
    pluggy: PluggyServer,
    database_url: str,
    clock: Clock | None = None,
    poll_scale: float = FAST,
    *,
    allowed: Iterable[int] | None = None,
    client_secret: str = CLIENT_SECRET,
    request: BaseRequest | None = None,
    **public: Any,
) -> Iterator[RunningBot]:
    """Run the bot for the length of a ``with``. A second one on the same database is the bot after a restart."""
    settings = bot_settings(telegram, pluggy, database_url, allowed=allowed, client_secret=client_secret, **public)
    bot = RunningBot(core_of(settings.core, clock), settings, poll_scale, request)
    bot.start()
    try:
        with _ticking(bot, clock) if poll_scale <= FAST else contextlib.nullcontext():
            yield bot
    finally:
        bot.stop()


@contextmanager
def _ticking(bot: RunningBot, clock: Clock | None) -> Iterator[None]:
    """Minutes that a test lets pass bring the bot's ticks, as they would if they really passed."""
    told = clock.on_minutes if isinstance(clock, ManualClock) else []
    told.append(bot.tick)
    try:
        yield
    finally:
        told.remove(bot.tick)


def core_of(settings: Settings, clock: Clock | None = None) -> Core:
    """The bot's core without Pluggy's limits: here it polls fifty times as often, or a minute never ends."""
    return build_core(settings, clock=clock, client=PluggyClient(settings, clock=clock, pacer=NO_PACING))


class Chat:
    """One person's private chat with the bot: write, tap, and see. ``patience``: how long it waits for anything."""

    def __init__(self, telegram: TelegramServer, user_id: int, patience: float = 15) -> None:
        self.telegram = telegram
        self.user_id = user_id
        self.patience = patience

    def write(self, text: str) -> Json:
        """Send a text; the message."""
        return self.telegram.send_text(self.user_id, text)

    def sees(self, fragment: str, seconds: float | None = None) -> Json:
        """Wait until the bot shows a message with these words; the newest that does."""
        return self.telegram.wait_for_text(self.user_id, fragment, seconds or self.patience)

    def tap(self, button: str, seconds: float | None = None) -> str:
        """Wait for a button whose label contains these words, on the newest message that has one, and press it."""
        message = self._showing(button, seconds)
        return self.telegram.press(self.user_id, message["message_id"], _label(message, button))

    def has_button(self, button: str) -> bool:
        return any(_label(message, button) is not None for message in self.messages())

    def link(self, button: str, seconds: float | None = None) -> str:
        """The address behind a button."""
        message = self._showing(button, seconds)
        found = next(one for row in message["buttons"] for one in row if button in one["text"])
        return str(found["url"])

    def loses(self, message: Json, seconds: float | None = None) -> None:
        """Wait until a message is gone from the chat."""
        number = message["message_id"]
        self.telegram.wait_until(
            self.user_id,
            lambda standing: all(one["message_id"] != number for one in standing),
            seconds or self.patience,
        )

    def messages(self) -> list[Json]:
        """What stands in the chat now."""
        return self.telegram.messages(self.user_id)

    def transcript(self) -> str:
        return transcript(self.messages())

    def _showing(self, button: str, seconds: float | None) -> Json:
        return self.telegram.wait_for(
            self.user_id, lambda shown: _label(shown, button) is not None, seconds or self.patience
        )


def _label(message: Json, fragment: str) -> str | None:
    if not message["from_bot"]:
        return None
    return next((one["text"] for row in message["buttons"] for one in row if fragment in one["text"]), None)


# --- the steps that many stories share ---------------------------------------------------------------------------------


def choose(
    chat: Chat, bank: str, door: str = "Usuário e senha", *, consent: bool = True, by_screen: bool = False
) -> None:
    """From /conectar_banco to the first field. ``by_screen``: the bot has an address, and offers its secure screen first."""
    chat.write("/conectar_banco")
    chat.tap(bank)
    if door:
        chat.tap(door)
    if consent:
        chat.tap("Autorizo")
    if by_screen:
        chat.tap("Digitar aqui no chat")


def choose_sandbox(chat: Chat, name: str, *, consent: bool = True) -> None:
    """As `choose`, for a test bank that is found by its name and has one door."""
    chat.write("/conectar_banco")
    chat.sees("Qual banco")
    chat.write(name)
    if consent:
        chat.tap("Autorizo")


def fill(chat: Chat, user: str, password: str) -> None:
    chat.sees("Digite")
    chat.write(user)
    chat.sees("2 de 2")
    chat.write(password)


def connect_by_link(chat: Chat, cpf: str = CPF) -> str:
    choose(chat, "Nubank", "Open Finance (recomendado)")
    chat.sees("Nubank pelo Open Finance")
    chat.loses(chat.write(cpf))
    return chat.link("🔗 Autorizar")


def posts(pluggy: PluggyServer) -> int:
    return sum(one["method"] == "POST" and one["path"] == "/items" for one in pluggy.requests())
