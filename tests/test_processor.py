"""One person's updates strictly in order, different people in parallel, and nothing left behind by who has gone."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import CallbackQuery, Message, Update, User
from telegram import Chat as TelegramChat

from gerente_financeiro.processor import MAX_CONCURRENT_UPDATES, PersonByPerson, PersonLocks
from tests.bot_app import BRUNO, Chat, RunningBot
from tests.pluggy_server import PluggyServer, wait_until
from tests.telegram_server import ANA, TelegramServer

pytest_plugins = ("tests.bot_fixtures",)

SETTLE = 20  # turns of the loop after which whatever could go on has gone on


def update_of(person: int, number: int = 1) -> Update:
    """A private message of this person."""
    chat, sender = TelegramChat(person, "private"), User(person, "Pessoa", is_bot=False)
    return Update(
        number, message=Message(number, datetime(2026, 11, 23, tzinfo=UTC), chat, from_user=sender, text="oi")
    )


def tap_of(person: int, number: int, data: str, message_id: int = 7) -> Update:
    """A button of this person's private chat, pressed. There is no bot that could answer it."""
    chat, sender = TelegramChat(person, "private"), User(person, "Pessoa", is_bot=False)
    message = Message(message_id, datetime(2026, 11, 23, tzinfo=UTC), chat)
    return Update(number, callback_query=CallbackQuery(str(number), sender, "chat", message=message, data=data))


async def settle() -> None:
    for _ in range(SETTLE):
        await asyncio.sleep(0)


class Desk:
    """A processor and what was done at it; people whose gate is shut are slow."""

    def __init__(self) -> None:
        self.locks = PersonLocks()
        self.processor = PersonByPerson(self.locks)
        self.begun: list[tuple[int, int]] = []
        self.done: list[tuple[int, int]] = []
        self.gates: dict[int, asyncio.Event] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def shut(self, person: int) -> asyncio.Event:
        self.gates[person] = asyncio.Event()
        return self.gates[person]

    def bring(self, person: int, number: int, update: Update | None = None) -> asyncio.Task[None]:
        """Hand over an update as the application does: each in a task of its own, in the order in which they came."""
        update = update or update_of(person, number)
        task = asyncio.create_task(self.processor.process_update(update, self._handle(person, number)))
        self.tasks.append(task)
        return task

    def tap(self, number: int, data: str, message_id: int = 7) -> None:
        """Ana presses a button."""
        self.bring(ANA, number, tap_of(ANA, number, data, message_id))

    async def _handle(self, person: int, number: int) -> None:
        self.begun.append((person, number))
        if person in self.gates:
            await self.gates[person].wait()
        self.done.append((person, number))

    async def finish(self) -> None:
        for gate in self.gates.values():
            gate.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_one_persons_updates_wait_for_each_other_in_order() -> None:
    desk = Desk()
    gate = desk.shut(ANA)
    for number in range(1, 6):
        desk.bring(ANA, number)
    await settle()
    assert desk.begun == [(ANA, 1)]
    gate.set()
    await desk.finish()
    assert desk.begun == desk.done == [(ANA, number) for number in range(1, 6)]


async def test_a_slow_person_holds_up_nobody_else() -> None:
    desk = Desk()
    desk.shut(ANA)
    desk.bring(ANA, 1)
    desk.bring(BRUNO, 2)
    await settle()
    assert desk.done == [(BRUNO, 2)]
    await desk.finish()


async def test_a_person_who_writes_hundreds_of_messages_holds_up_nobody_else() -> None:
    desk = Desk()
    desk.shut(ANA)
    for number in range(MAX_CONCURRENT_UPDATES + 50):
        desk.bring(ANA, number)
    desk.bring(BRUNO, 1)
    await settle()
    assert desk.done == [(BRUNO, 1)]
    await desk.finish()
    assert len(desk.done) == MAX_CONCURRENT_UPDATES + 51


async def test_no_more_people_than_the_limit_are_served_at_once() -> None:
    desk = Desk()
    people = range(1, MAX_CONCURRENT_UPDATES + 11)
    for person in people:
        desk.shut(person)
        desk.bring(person, 1)
    await settle()
    assert len(desk.begun) == MAX_CONCURRENT_UPDATES
    await desk.finish()
    assert len(desk.done) == len(people)


async def test_an_update_of_nobody_waits_for_nobody() -> None:
    desk = Desk()
    done: list[object] = []

    async def handle(what: object) -> None:
        done.append(what)

    desk.shut(ANA)
    desk.bring(ANA, 1)
    await settle()
    for what in (Update(1), "no update at all"):
        await desk.processor.process_update(what, handle(what))
    assert len(done) == 2
    assert len(desk.locks) == 1
    await desk.finish()


# --- what is left behind -------------------------------------------------------------------------------------------


async def raises() -> None:
    raise ValueError("a handler's own")


async def test_people_who_have_gone_leave_no_lock() -> None:
    desk = Desk()
    for person in range(1, 1001):
        desk.bring(person, 1)
    await desk.finish()
    assert len(desk.done) == 1000
    assert len(desk.locks) == 0
    assert vars(desk.locks) == vars(PersonLocks())


async def test_an_error_passes_through_and_frees_the_person() -> None:
    desk = Desk()
    with pytest.raises(ValueError, match="a handler's own"):
        await desk.processor.process_update(update_of(ANA), raises())
    await desk.bring(ANA, 2)
    assert desk.done == [(ANA, 2)]
    assert len(desk.locks) == 0


@pytest.mark.parametrize("which", [0, 1, 2], ids=["the one being served", "the next", "the last"])
async def test_a_cancelled_update_frees_the_person(which: int) -> None:
    desk = Desk()
    desk.shut(ANA)
    tasks = [desk.bring(ANA, number) for number in range(3)]
    await settle()
    tasks[which].cancel()
    await desk.finish()
    assert desk.done == [(ANA, number) for number in range(3) if number != which]
    assert len(desk.locks) == 0


async def test_a_turn_taken_by_a_background_task_keeps_updates_waiting() -> None:
    desk = Desk()
    async with desk.locks.turn(ANA):
        desk.bring(ANA, 1)
        await settle()
        assert desk.begun == []
    await desk.finish()
    assert desk.done == [(ANA, 1)]
    assert len(desk.locks) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 2, 3]), st.integers(0, 4)), max_size=30))
def test_any_crowd_is_served_each_in_order_and_one_at_a_time(arrivals: list[tuple[int, int]]) -> None:
    """``arrivals``: who, and how many turns of the loop the handler takes."""
    inside: Counter[int] = Counter()
    served: list[tuple[int, int]] = []

    async def handle(person: int, number: int, turns: int) -> None:
        inside[person] += 1
        assert inside[person] == 1
        for _ in range(turns):
            await asyncio.sleep(0)
        served.append((person, number))
        inside[person] -= 1

    async def day() -> int:
        locks = PersonLocks()
        processor = PersonByPerson(locks)
        tasks = [
            asyncio.create_task(processor.process_update(update_of(person, number), handle(person, number, turns)))
            for number, (person, turns) in enumerate(arrivals)
        ]
        await asyncio.gather(*tasks)
        return len(locks)

    assert asyncio.run(day()) == 0
    for person in (1, 2, 3):
        mine = [number for whose, number in served if whose == person]
        assert mine == [number for number, (whose, _) in enumerate(arrivals) if whose == person]


# --- two taps in a hurry -------------------------------------------------------------------------------------------


@pytest.fixture
def acknowledged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the taps whose wheel was stopped without anything else."""
    ids: list[str] = []

    async def answer(query: CallbackQuery) -> None:
        ids.append(query.id)

    monkeypatch.setattr("gerente_financeiro.processor.acknowledge", answer)
    return ids


async def test_of_two_taps_in_a_hurry_one_is_served(acknowledged: list[str]) -> None:
    desk = Desk()
    desk.shut(ANA)
    for number in (1, 2, 3):
        desk.tap(number, "inva:2025")
    await settle()
    assert acknowledged == ["2", "3"]
    await desk.finish()
    assert desk.done == [(ANA, 1)]


async def test_a_tap_after_the_answer_is_a_new_one(acknowledged: list[str]) -> None:
    desk = Desk()
    for number in (1, 2):
        desk.tap(number, "inva:2025")
        await settle()
    assert desk.done == [(ANA, 1), (ANA, 2)]
    assert acknowledged == []


@pytest.mark.parametrize("between", ["inva:2026", "another message", "a word", "somebody else"])
async def test_what_is_wanted_last_is_done_last(acknowledged: list[str], between: str) -> None:
    """On, off and on again while the first is in hand must end as on."""
    desk = Desk()
    desk.shut(ANA)
    desk.tap(1, "inva:2025")
    if between == "another message":
        desk.tap(2, "inva:2025", message_id=8)
    elif between == "a word":
        desk.bring(ANA, 2)
    elif between == "somebody else":
        desk.bring(BRUNO, 2, tap_of(BRUNO, 2, "inva:2025"))
    else:
        desk.tap(2, between)
    desk.tap(3, "inva:2025")
    await settle()
    await desk.finish()
    if between == "somebody else":
        assert sorted(desk.done) == sorted([(ANA, 1), (BRUNO, 2)])
        assert acknowledged == ["3"]
    else:
        assert desk.done == [(ANA, 1), (ANA, 2), (ANA, 3)]
        assert acknowledged == []


async def test_a_tap_whose_answer_failed_can_be_repeated(acknowledged: list[str]) -> None:
    desk = Desk()
    desk.shut(ANA)
    desk.tap(1, "inva:2025")
    await settle()
    desk.tasks[0].cancel()
    await settle()
    desk.tap(2, "inva:2025")
    await desk.finish()
    assert desk.done == [(ANA, 2)]
    assert acknowledged == []


# --- the whole bot -------------------------------------------------------------------------------------------------


def test_in_the_chat_bruno_is_answered_while_ana_is_being_served(
    bot: RunningBot, ana: Chat, telegram: TelegramServer
) -> None:
    release = bot.occupy(ANA)
    ana.write("/ajuda")
    bruno = Chat(telegram, BRUNO)
    bruno.write("/ajuda")
    bruno.sees("Ver dinheiro")
    assert "Ver dinheiro" not in ana.transcript()
    release()
    ana.sees("Ver dinheiro")
    wait_until(lambda: len(bot.context.locks) == 0)


def test_who_waits_for_pluggy_sees_that_the_bot_is_typing(
    bot: RunningBot, ana: Chat, pluggy: PluggyServer, telegram: TelegramServer
) -> None:
    pluggy.fault("delay", path="^/connectors", delay=0.3)  # far more than two seconds of this bot's hurried time
    ana.write("/conectar_banco")
    ana.sees("Qual banco você quer conectar?")
    assert telegram.calls("sendChatAction")


def test_who_is_answered_at_once_sees_no_sign_of_typing(bot: RunningBot, ana: Chat, telegram: TelegramServer) -> None:
    ana.write("/ajuda")
    ana.sees("Ver dinheiro")
    assert not telegram.calls("sendChatAction")
