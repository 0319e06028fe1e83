"""The messages that bring people back, in the chat: once, in waking hours, to whoever can be told."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from telegram.request import HTTPXRequest

from gerente_financeiro.reminder_jobs import remind
from open_finance.clock import SAO_PAULO, local_day
from open_finance.records import Connection
from tests.bot_app import running_bot
from tests.builders import TODAY
from tests.local_http import local_request
from tests.pluggy_server import wait_until
from tests.rows import add_connection
from tests.story import BRUNO, Servers, Story, checking, labels, row, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

CPF = "52998224725"


def store(story: Story, user_id: int = ANA, number: int = 1, **values: object) -> int:
    with story.core.database.writing() as session:
        return add_connection(session, user_id, f"item-{user_id}-{number}", **values)


def tick(story: Story) -> None:
    """One tick of the reminders, to its end: nothing more comes of this moment."""
    context, done = story.begin().context, threading.Event()
    wait_until(lambda: context.application.running)

    async def run() -> None:
        await remind(context)
        others = [task for task in context._tasks if task.get_name() == "remind"]
        await asyncio.gather(*others, return_exceptions=True)
        done.set()

    story.bot.call(lambda: context.create_task(run(), name="a tick"))
    assert done.wait(10)


def reminders(story: Story, user_id: int = ANA) -> list[str]:
    return [each["text"] for each in story.telegram.messages(user_id) if each["from_bot"]]


def connect_by_link(story: Story) -> Connection:
    connector = story.core.connector
    asked = connector.create_connection(user_id=ANA, connector_id=601, credentials={"cpf": CPF})
    assert asked["action"] is not None
    assert asked["action"]["url"] is not None
    story.pluggy.authorize(asked["action"]["url"])
    for _ in range(200):
        connection = connector.check_connection(ANA, asked["id"])
        if connection["settled_at"] is not None:
            return connection
        story.clock.advance(seconds=2)
        story.pluggy.advance(seconds=2)
    raise AssertionError("the connection never stood")


def test_a_bank_that_cannot_be_read_for_days_is_told_once_and_can_be_asked_at_once(story: Story) -> None:
    bank = connect_by_link(story)
    now = story.clock.now()
    story.change(bank["id"], parked_at=now, failing_since=now - timedelta(days=2))
    for _ in range(4):
        tick(story)
        story.clock.advance(days=1)
    assert [text.startswith("Não consigo ler") for text in reminders(story)] == [True]
    told = next(each for each in story.telegram.messages(ANA) if each["text"].startswith("Não consigo ler"))
    story.press(told, "🔄 Atualizar", "atualiza")


# --- before the end ------------------------------------------------------------------------------------------------


def test_warned_in_time_and_only_on_the_eve_who_wants_it_so(story: Story) -> None:
    ends = story.clock.now() + timedelta(days=15)
    bank = store(story, connector_name="Itaú", is_open_finance=True, consent_expires_at=ends)
    tick(story)
    warned = story.telegram.wait_for_text(ANA, "Sua autorização do Itaú vence em 15 dias (08/12).")
    assert labels(warned) == ["Renovar agora", "Lembrar na véspera"]
    story.restart()
    agreed = story.press(warned, "Lembrar na véspera", "só aviso de novo na véspera (07/12)")
    assert (agreed["message_id"], labels(agreed)) == (warned["message_id"], ["Renovar agora"])
    for _ in range(13):
        story.clock.advance(days=1)
        tick(story)
    assert len(reminders(story)) == 1
    story.clock.advance(days=1)
    tick(story)
    eve = story.telegram.wait_for_text(ANA, "vence amanhã (08/12)")
    assert labels(eve) == ["Renovar agora"]
    assert "expirou" in story.forge(eve, f"vespera:{bank}")
    tick(story)
    assert len(reminders(story)) == 2


def test_buttons_of_a_reminder_are_the_persons_own(story: Story) -> None:
    bank = store(story, is_open_finance=True, consent_expires_at=story.clock.now() + timedelta(days=7))
    tick(story)
    mine = story.ask("/ajuda", "/saldo", user=BRUNO)
    for verb in ("aviso", "vespera"):
        for number in (bank, 999, "x", ""):
            assert "Este menu expirou" in story.forge(mine, f"{verb}:{number}", user=BRUNO)
    story.clock.advance(days=6)
    tick(story)
    assert "vence amanhã" in reminders(story)[-1]


# --- at the event --------------------------------------------------------------------------------------------------


def bring_the_end(story: Story, connection: Connection) -> None:
    """The person ends the consent in the bank's app; Pluggy notices by itself, and so do we."""
    story.pluggy.revoke_consent(connection["item_id"])
    story.pluggy.advance(hours=25)
    story.clock.advance(hours=24)
    story.core.synchronizer.sync_connection(user_id=ANA, connection_id=connection["id"])


@pytest.mark.parametrize(
    ("answer", "sure", "end", "rows"),
    [
        ("Foi; guardar histórico", "", "✅ Itaú desconectado. Seu histórico continua em /extrato.", "3 lançamentos"),
        ("Foi; apagar tudo", "Sim, apagar", "✅ Itaú desconectado e apagado.", "Nenhum banco conectado"),
    ],
)
def test_an_end_at_the_bank_is_asked_about_and_answered_with_one_tap(
    story: Story, answer: str, sure: str, end: str, rows: str
) -> None:
    story.bank_shows(checking(), rows=[row(each, TODAY - timedelta(days=each)) for each in range(3)], user=CPF)
    bring_the_end(story, connect_by_link(story))
    tick(story)
    asked = story.telegram.wait_for_text(ANA, "O compartilhamento com o Itaú foi encerrado no app do banco")
    assert "hoje. Foi isso mesmo?" in asked["text"]
    assert labels(asked) == ["Foi; guardar histórico", "Foi; apagar tudo", "Reconectar"]
    story.restart()
    step = story.press(asked, answer, "Isso não tem volta." if sure else end)
    if sure:
        story.press(step, sure, end)
    assert story.pluggy.items() == []
    story.ask("/extrato", rows)
    tick(story)
    assert sum("Foi isso mesmo?" in text for text in reminders(story)) == 0


def test_trouble_is_told_at_once_and_on_the_third_day_and_then_only_by_the_truth_line(story: Story) -> None:
    bank = store(story, connector_name="Caixa", trouble_code="INVALID_CREDENTIALS", trouble_at=story.clock.now())
    tick(story)
    story.telegram.wait_for_text(ANA, "A Caixa não aceitou mais a senha.")
    story.restart()
    for _ in range(12):
        story.clock.advance(hours=20)
        tick(story)
    assert ["último aviso" in text for text in reminders(story)] == [False, True]
    assert labels(story.telegram.messages(ANA)[-1]) == ["🔒 Informar nova senha"]
    listed = story.ask("/minhas_contas", "Caixa · ⚠️")
    screen = story.press(listed, "Caixa ⚠️", "não aceitou mais a senha")
    assert labels(screen)[0] == "🔒 Informar nova senha"
    story.change(bank, trouble_code=None, trouble_at=None)
    tick(story)


def test_what_was_just_read_is_not_repeated_a_minute_later(story: Story) -> None:
    store(story, connector_name="Caixa", trouble_code="ACCOUNT_NEEDS_ACTION", trouble_at=story.clock.now())
    said = "A Caixa pede que você abra o app"
    story.press(story.ask("/minhas_contas", "Suas conexões"), "Caixa ⚠️", said)
    story.clock.advance(minutes=1)
    tick(story)
    assert sum(said in text for text in reminders(story)) == 1
    story.clock.advance(minutes=60)
    tick(story)
    assert sum(said in text for text in reminders(story)) == 2


def test_several_banks_are_one_message_and_each_button_opens_its_own(story: Story) -> None:
    now = story.clock.now()
    caixa = store(story, connector_name="Caixa", trouble_code="INVALID_CREDENTIALS", trouble_at=now)
    store(story, number=2, connector_name="Nubank", is_open_finance=True, consent_expires_at=now + timedelta(days=1))
    tick(story)
    told = story.telegram.wait_for_text(ANA, "Alguns bancos precisam de você")
    assert labels(told) == ["Caixa: nova senha", "Nubank: renovar"]
    story.restart()
    own = story.press(told, "Nubank: renovar", "Sua autorização do Nubank vence amanhã (24/11).")
    assert own["message_id"] > told["message_id"]
    assert labels(own) == ["Renovar agora"]
    story.change(caixa, trouble_code=None, trouble_at=None)
    assert labels(story.press(told, "Caixa: nova senha", "✅ A Caixa está em dia")) == []
    assert story.current(told)["text"] == told["text"]


# --- who can be told, and when -------------------------------------------------------------------------------------


def test_who_blocked_the_bot_holds_up_nobody(story: Story) -> None:
    for person in (ANA, BRUNO):
        store(story, person, trouble_code="ACCOUNT_LOCKED", trouble_at=story.clock.now())
    story.telegram.block(ANA)
    tick(story)
    story.telegram.wait_for_text(BRUNO, "bloqueou seu acesso")
    calls = len(story.telegram.calls("sendMessage"))
    tick(story)
    assert len(story.telegram.calls("sendMessage")) == calls


def test_telegram_away_is_tried_at_the_next_tick(story: Story) -> None:
    store(story, trouble_code="ACCOUNT_LOCKED", trouble_at=story.clock.now())
    story.telegram.add_fault("sendMessage", times=2, status=502)
    for _ in range(3):
        tick(story)
    assert len(reminders(story)) == 1
    tick(story)
    assert len(reminders(story)) == 1


def test_message_whose_answer_is_lost_is_not_sent_again(story: Story) -> None:
    story.request = local_request(read_timeout=0.5)
    store(story, trouble_code="ACCOUNT_LOCKED", trouble_at=story.clock.now())
    story.telegram.add_fault("sendMessage", kind="lost")
    for _ in range(3):
        tick(story)
    assert len(reminders(story)) == 1
    story.clock.advance(days=3)
    tick(story)
    assert len(reminders(story)) == 2


def test_message_that_never_left_is_tried_at_the_next_tick(story: Story) -> None:
    store(story, trouble_code="ACCOUNT_LOCKED", trouble_at=story.clock.now())
    with full_server() as url:
        story.request = AstrayRequest(url)
        tick(story)
        assert story.request.went_astray
        tick(story)
    assert len(reminders(story)) == 1


class AstrayRequest(HTTPXRequest):
    """Carries the bot's first message to a server that takes no more connections, everything else to Telegram."""

    def __init__(self, url: str) -> None:
        super().__init__(connection_pool_size=256, connect_timeout=0.2, httpx_kwargs={"verify": False})
        self._astray = url
        self.went_astray = False

    async def do_request(self, url: str, *arguments: Any, **more: Any) -> tuple[int, bytes]:
        if url.endswith("/sendMessage") and not self.went_astray:
            self.went_astray, url = True, self._astray
        return await super().do_request(url, *arguments, **more)


@contextmanager
def full_server() -> Iterator[str]:
    """The address of a server whose queue is full: a connection to it is never made."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_two_ticks_while_a_person_is_being_served_are_one_message(story: Story) -> None:
    context, let_go = story.begin().context, asyncio.Event()

    async def occupy() -> None:
        async with context.locks.turn(ANA):
            await let_go.wait()

    wait_until(lambda: context.application.running)
    story.bot.call(lambda: context.create_task(occupy(), name="occupy"))
    wait_until(lambda: len(context.locks) == 1)
    store(story, trouble_code="ACCOUNT_LOCKED", trouble_at=story.clock.now())
    for _ in range(2):
        story.bot.call(lambda: context.create_task(remind(context), name="a tick"))
    wait_until(lambda: not any(task.get_name() == "a tick" for task in context._tasks))
    assert context.locks._users[ANA] == 2  # the one being served, and one reminder
    assert reminders(story) == []
    story.bot.call(let_go.set)
    tick(story)
    assert len(reminders(story)) == 1


def test_who_may_no_longer_use_the_bot_is_not_reminded(servers: Servers, story: Story, sqlite_url: str) -> None:
    for person in (ANA, BRUNO):
        store(story, person, trouble_code="ACCOUNT_LOCKED", trouble_at=story.clock.now())
    with running_bot(servers.telegram, servers.pluggy, sqlite_url, story.clock, allowed=[BRUNO]):
        servers.telegram.wait_for_text(BRUNO, "bloqueou seu acesso")
    assert reminders(story) == []


def test_nobody_is_written_to_at_night_or_in_the_middle_of_a_choice(story: Story) -> None:
    choice = story.ask("/conectar_banco", "Qual banco")
    store(story, trouble_code="ACCOUNT_LOCKED", trouble_at=story.clock.now())
    tick(story)
    assert len(reminders(story)) == 1
    story.press(choice, "Cancelar", "Cancelado")
    story.clock.set(datetime(2026, 11, 23, 21, 0, tzinfo=SAO_PAULO))
    tick(story)
    story.clock.set(datetime(2026, 11, 24, 8, 59, tzinfo=SAO_PAULO))
    tick(story)
    assert len(reminders(story)) == 1
    story.clock.set(datetime(2026, 11, 24, 9, 0, tzinfo=SAO_PAULO))
    tick(story)
    assert len(reminders(story)) == 2


# --- whatever happens ----------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.sampled_from(["hours", "day", "week", "trouble", "well", "expires", "away", "restart", "eve"]),
    min_size=4,
    max_size=12,
)


@pytest.fixture(scope="module")
def long_story(servers: Servers, tmp_path_factory: pytest.TempPathFactory, sqlite_template: object) -> Iterator[Story]:
    """One story for all the people of the property."""
    with tell(servers, f"sqlite:///{tmp_path_factory.mktemp('reminders') / 'gerente.db'}") as told:
        yield told


people = iter(range(70_000, 80_000))


# Nothing is reproduced by trying again: the story's time goes on.
@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(steps=STEPS)
def test_never_two_messages_a_day_and_never_at_night(long_story: Story, steps: list[str]) -> None:
    story, person = long_story, next(people)
    story.telegram.add_user(person, "Alguém")
    banks = [store(story, person, each, is_open_finance=True) for each in range(3)]
    days: Counter[object] = Counter()
    for number, step in enumerate(steps):
        take(story, step, banks[number % 3], person)
        tick(story)
        tick(story)
        sent = len(reminders(story, person)) - days.total()
        days[local_day(story.clock.now())] += sent
        assert not sent or 9 <= story.clock.now().astimezone(SAO_PAULO).hour < 21
    assert all(count <= 1 for count in days.values()), days


def take(story: Story, step: str, bank: int, person: int) -> None:
    now = story.clock.now()
    match step:
        case "hours":
            story.clock.advance(hours=7)
        case "day" | "week":
            story.clock.advance(days=1 if step == "day" else 7)
        case "trouble":
            story.change(bank, trouble_code="ACCOUNT_LOCKED", trouble_at=now)
        case "well":
            story.change(bank, trouble_code=None, trouble_at=None, consent_expires_at=None)
        case "expires":
            story.change(bank, consent_expires_at=now + timedelta(days=7))
        case "away":
            story.telegram.add_fault("sendMessage", status=502)
        case "eve":
            story.core.reminders.remind_only_on_the_eve(person, bank)
        case _:
            story.restart()
