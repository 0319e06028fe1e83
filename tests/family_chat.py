"""A family in the chat: Ana and Bruno with a bank each, a stranger, a group. What the stories of families are told with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from open_finance.clock import local_day
from tests.clocks import START
from tests.pluggy_server import Json
from tests.story import BRUNO, Story, checking, credit_card, row
from tests.telegram_server import ANA

EVA = 4000  # in no family
TODAY = local_day(START)
BRUNOS_LOGIN = "98765432100"
#: What must never be seen by anybody but Ana: of her hidden account, of her card's rows.
CANARIES = ("7777", "7.777,77", "CANARIO", "••8765", "0001/9876")
HIDDEN = {"name": "Conta CANARIO", "number": "0001/9876-5"}
N = "\xa0"
#: Where Telegram's own ids are, of a press and of a file.
IDS = {"id", "file_id", "file_unique_id", "href"}


def anas_banks(story: Story) -> None:
    """An account to share, one that stays hidden, and a card."""
    accounts = checking(1, "3482.17"), checking(2, "7777.77", **HIDDEN), credit_card(9, "412.35")
    rows = {
        accounts[0]["id"]: [row(1, TODAY - timedelta(days=1), "-89.90", description="iFood")],
        accounts[1]["id"]: [row(2, TODAY - timedelta(days=1), "-77.77", description="Loja CANARIO")],
        accounts[2]["id"]: [row(3, TODAY - timedelta(days=2), "-55.55", description="Cinema CANARIO")],
    }
    household = {"accounts": list(accounts), "transactions": rows}
    story.pluggy.admin("households", {"match": "12345678900", "household": household})
    story.connect()


def brunos_bank(story: Story) -> None:
    """One account, with one row."""
    account = checking(5, "350.40", number="0001/5555-5")
    story.bank_shows(account, rows=[row(9, TODAY, "-12.50", description="Metrô SP")], user=BRUNOS_LOGIN)
    story.connect(BRUNO, 201, BRUNOS_LOGIN)


def link_of(message: Json) -> str:
    """The payload of the invitation's address."""
    found = re.search(r"https://t\.me/(\w+)\?start=([\w-]{1,64})", message["text"])
    assert found is not None, message["text"]
    assert found[1].endswith("bot")
    return found[2]


def invite(story: Story, user: int = ANA) -> str:
    """A family if there is none yet, and the payload of a new invitation."""
    if story.core.family_book.find_family(user) is None:
        nothing = story.ask("/familia", "no começo, nada", user)
        home = story.press(nothing, "Criar uma família", "Família criada", user)
    else:
        home = story.ask("/familia", "Sua família", user)
    return link_of(story.press(home, "Convidar", "Convite para a família", user))


def come_in(story: Story, payload: str, user: int = BRUNO) -> Json:
    """A guest opens the link and says yes."""
    guest = story.ask(f"/start {payload}", "convida você para a família", user)
    return story.press(guest, "Entrar", "Você está na família", user)


def share(story: Story, account: str, level: str, user: int = ANA) -> Json:
    """Choose what the family sees of the account whose label contains these words."""
    accounts = story.press(story.ask("/familia", "Sua família", user), "O que eu mostro", "Toque numa conta", user)
    label = next(one["text"] for line in accounts["buttons"] for one in line if account in one["text"])
    opened = story.press(accounts, label, "Agora a família vê", user)
    return story.press(opened, level, "Pronto: a família vê", user)


def two_of_them(story: Story) -> None:
    """Ana and Bruno are a family; nothing is shared."""
    anas_banks(story)
    brunos_bank(story)
    story.begin()
    come_in(story, invite(story))


def in_group(story: Story, group: int, user: int, text: str, fragment: str) -> Json:
    """Write in the group, and wait for a new message of the bot's there."""
    story.begin()
    sent = story.telegram.send_text(user, text, chat=group)
    return story.telegram.wait_for(
        group,
        lambda seen: seen["from_bot"] and seen["message_id"] > sent["message_id"] and fragment in seen["text"],
    )


def tap(story: Story, group: int, message: Json, label: str, fragment: str, user: int) -> Json:
    """Press in the group, and wait until the message holds the fragment."""
    story.rest(user)
    story.telegram.press(user, message["message_id"], label, chat=group)
    return story.telegram.wait_for(
        group,
        lambda seen: (
            seen["message_id"] == message["message_id"] and seen["text"] != message["text"] and fragment in seen["text"]
        ),
    )


def poke(story: Story, group: int, message: Json, data: str, user: int) -> Json:
    """Press anything in the group; how the bot answers who pressed. All that follows from it has happened."""
    story.rest(user)
    query = story.telegram.press(user, message["message_id"], data=data, chat=group)
    answer = story.telegram.wait_for_answer(query)
    story.rest(user)
    return answer


def linked_group(story: Story, *members: int, group_id: int | None = None) -> int:
    """A group of these people, linked by Ana."""
    group = story.telegram.add_group(*members, group_id=group_id)
    offer = in_group(story, group, ANA, "/familia", "ainda não está vinculado")
    warned = tap(story, group, offer, "Vincular este grupo", "Vincular este grupo?", ANA)
    tap(story, group, warned, "Vincular", "Grupo vinculado", ANA)
    return group


def whole_log(story: Story, chat: int) -> str:
    """All that the bot ever said in a chat: what was edited or deleted as well, every button, every answer to a press."""
    said = [one for one in story.telegram.messages(chat, deleted=True) if one["from_bot"]]
    answers = [one for one in story.telegram.get("/callbacks") if one["chat"] == chat]
    return "\n".join(strings([said, answers]))


def strings(found: object) -> Iterator[str]:
    """Each text in it. Ids are left out, and numbers (ids and clocks): a canary is in one of them by chance one day."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, list):
        for one in found:
            yield from strings(one)
    elif isinstance(found, dict):
        for key, one in found.items():
            if key not in IDS:
                yield from strings(one)


def assert_no_canary(story: Story, *chats: int) -> None:
    """Nothing of what Ana hides was ever said there."""
    for chat in chats:
        log = whole_log(story, chat)
        assert len(log) > 2
        for canary in CANARIES:
            assert canary not in log, (chat, canary)
