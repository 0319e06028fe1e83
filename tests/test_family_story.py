"""/familia in the chat: the invitation, what each shows, going; the group, and who reads and presses there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from telegram.error import ChatMigrated

from gerente_financeiro.family_ways import keeping_link
from gerente_financeiro.messages import family as words
from tests.bot_app import running_bot
from tests.clocks import ManualClock
from tests.databases import BOTH_DATABASES
from tests.family_chat import (
    EVA,
    N,
    anas_banks,
    assert_no_canary,
    brunos_bank,
    come_in,
    in_group,
    invite,
    link_of,
    linked_group,
    poke,
    share,
    tap,
    two_of_them,
    whole_log,
)
from tests.pluggy_server import wait_until
from tests.story import BRUNO, Servers, Story, data_of, labels, tell
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

PRIVATE = "Fale comigo no privado."


@pytest.fixture
def story(story: Story) -> Story:
    story.telegram.add_user(EVA, "Eva")
    return story


@pytest.fixture(params=BOTH_DATABASES)
def both(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Story]:
    """A story on each kind of database."""
    with tell(servers, request.getfixturevalue(f"{request.param}_url")) as told:
        told.telegram.add_user(EVA, "Eva")
        yield told


# --- the invitation --------------------------------------------------------------------------------------------------


def test_a_family_from_nothing_to_a_guest_who_shares(both: Story) -> None:
    story = both
    anas_banks(story)
    brunos_bank(story)
    nothing = story.ask("/familia", "no começo, nada")
    assert labels(nothing) == ["Criar uma família"]
    home = story.press(nothing, "Criar uma família", "Família criada")
    assert "Ana (você)" in home["text"]
    assert "Ocultas: 3 contas. Ninguém sabe que elas existem." in home["text"]
    made = story.press(home, "Convidar", "Convite para a família")
    assert "O link vale uma vez, até amanhã 12:0" in made["text"]
    guest = story.ask(f"/start {link_of(made)}", "Ana convida você", BRUNO)
    assert "Das suas contas, nada: todas começam ocultas." in guest["text"]
    assert labels(guest) == ["Entrar", "Não"]
    joined = story.press(guest, "Entrar", "Você está na família com Ana", BRUNO)
    story.telegram.wait_for_text(ANA, "Bruno entrou na família")
    choice = story.press(joined, "Escolher o que mostrar", "Toque numa conta", BRUNO)
    (account,) = [label for label in labels(choice) if "oculta" in label]
    opened = story.press(choice, account, "Agora a família vê: nada", BRUNO)
    assert f"R${N}350,40” e de quando é o dado." in opened["text"]
    assert labels(opened)[:3] == ["✅ Ocultar", "Só saldo", "Tudo"]
    done = story.press(opened, "Tudo", "o saldo e os lançamentos", BRUNO)
    assert labels(done)[:3] == ["Ocultar", "Só saldo", "✅ Tudo"]
    seen = story.press(story.ask("/familia", "Sua família"), "O que vemos", "Bruno")
    assert "Ana: não mostra conta" in seen["text"]
    assert f"R${N}350,40" in seen["text"]
    rows = story.press(seen, "Lançamentos", "Lançamentos da família")
    assert f"-R${N}12,50 Metrô SP" in rows["text"]
    assert "Atualizado hoje" in rows["text"].splitlines()[-1]
    assert_no_canary(story, BRUNO)


def test_an_invitation_lets_one_person_in_once(story: Story) -> None:
    story.begin()
    payload = invite(story)
    own = story.ask(f"/start {payload}", "da sua própria família")
    assert own["buttons"] == []
    come_in(story, payload)
    assert "já foi usado" in story.ask(f"/start {payload}", "convite", EVA)["text"]
    help_screen = story.ask("/ajuda", "Ver dinheiro", EVA)
    story.forge(help_screen, f"fament:{payload[2:]}", EVA)
    story.telegram.wait_until(EVA, lambda _: "já foi usado" in story.current(help_screen, EVA)["text"])
    assert story.core.family_book.find_family(EVA) is None


def test_an_invitation_is_good_for_a_day(story: Story) -> None:
    story.begin()
    payload = invite(story)
    guest = story.ask(f"/start {payload}", "convida você", BRUNO)
    story.clock.advance(hours=24, seconds=1)
    assert "venceu" in story.ask(f"/start {payload}", "convite", BRUNO)["text"]
    story.press(guest, "Entrar", "venceu", BRUNO)
    assert story.core.family_book.find_family(BRUNO) is None


def test_a_newer_invitation_takes_the_place_of_the_one_before(story: Story) -> None:
    story.begin()
    first, second = invite(story), invite(story)
    assert "não vale mais" in story.ask(f"/start {first}", "convite", BRUNO)["text"]
    come_in(story, second)


@pytest.mark.parametrize("payload", ["f_", "f_forjado", "f_" + "x" * 62, "f_%$&", "f_" + "é" * 40])
def test_a_forged_invitation_says_nothing_of_any_family(story: Story, payload: str) -> None:
    story.begin()
    invite(story)
    said = story.ask(f"/start {payload}", "convite", BRUNO)
    assert "não vale mais" in said["text"]
    assert "Ana" not in whole_log(story, BRUNO)


def test_a_guest_may_say_no_and_yes_after_a_restart(story: Story) -> None:
    story.begin()
    payload = invite(story)
    guest = story.ask(f"/start {payload}", "convida você", BRUNO)
    story.press(guest, "Não", "Você não entrou", BRUNO)
    again = story.ask(f"/start {payload}", "convida você", BRUNO)
    story.restart()
    story.press(again, "Entrar", "Você está na família", BRUNO)
    story.forge(again, f"fament:{payload[2:]}", BRUNO)  # a second tap
    assert len(story.core.family_book.find_family(ANA).members) == 2  # type: ignore[union-attr]


def test_who_is_in_a_family_is_told_to_leave_it_before_another(story: Story) -> None:
    story.begin()
    invite(story, EVA)
    payload = invite(story)
    assert "saia dela antes" in story.ask(f"/start {payload}", "Você já está em uma família", EVA)["text"]


def test_a_stranger_to_the_bot_is_turned_away_and_uses_no_invitation_up(
    servers: Servers, sqlite_url: str, clock: ManualClock
) -> None:
    with (
        tell(servers, sqlite_url) as story,
        running_bot(servers.telegram, servers.pluggy, sqlite_url, story.clock, allowed=[ANA]) as bot,
    ):
        chat = servers.telegram
        chat.send_text(ANA, "/familia")
        nothing = chat.wait_for_text(ANA, "no começo, nada")
        chat.press(ANA, nothing["message_id"], "Criar uma família")
        home = chat.wait_for_text(ANA, "Família criada")
        bot.rest(ANA)
        chat.press(ANA, home["message_id"], "Convidar")
        made = chat.wait_for_text(ANA, "Convite para a família")
        assert "quem administra precisa liberar a pessoa antes. O convite não se gasta com isso." in made["text"]
        chat.send_text(BRUNO, f"/start {link_of(made)}")
        chat.wait_for_text(BRUNO, "Este bot é particular.")
        assert "Ana" not in whole_log(story, BRUNO)
        assert bot.core.family_book.look_at_invitation(BRUNO, link_of(made)[2:]).invited_by == "Ana"


def test_who_has_no_bank_may_be_in_a_family(story: Story) -> None:
    story.begin()
    joined = come_in(story, invite(story))
    assert "Dividir despesas funciona mesmo assim." in joined["text"]
    assert "🏦 Conectar" in labels(joined)
    home = story.press(joined, "‹ Família", "Sua família", BRUNO)
    story.press(home, "O que eu mostro", "Você não tem conta conectada", BRUNO)


# --- sharing ---------------------------------------------------------------------------------------------------------


def test_what_is_shared_is_seen_at_its_level_and_hidden_again_at_once(both: Story) -> None:
    story = both
    two_of_them(story)
    share(story, "••3416", "Só saldo")
    home = story.ask("/familia", "Das suas contas, a família vê:")
    assert "• Itaú Conta Corrente: só o saldo" in home["text"]
    seen = story.press(story.ask("/familia", "Sua família", BRUNO), "O que vemos", f"R${N}3.482,17", BRUNO)
    assert "Lançamentos" not in labels(seen)
    assert "iFood" not in whole_log(story, BRUNO)
    share(story, "••3416", "Tudo")
    seen = story.press(story.ask("/familia", "Sua família", BRUNO), "O que vemos", "3.482,17", BRUNO)
    story.press(seen, "Lançamentos", "iFood", BRUNO)
    share(story, "••3416", "Ocultar")
    again = story.press(story.ask("/familia", "Sua família", BRUNO), "O que vemos", "Ninguém mostra nada", BRUNO)
    assert "3.482,17" not in again["text"]
    assert_no_canary(story, BRUNO)


def test_a_forged_level_or_account_changes_nothing(story: Story) -> None:
    two_of_them(story)
    mine = [one.account_id for one in story.core.family_book.list_sharing(ANA)]
    message = story.ask("/ajuda", "Ver dinheiro", BRUNO)
    for data in (f"famniv:{mine[0]}:all", f"famniv:{mine[1]}:balance", f"famcta:{mine[0]}", "famniv:1:tudo", "famniv"):
        assert story.forge(message, data, BRUNO) == "Este menu expirou. Use /familia"
    assert {one.level for one in story.core.family_book.list_sharing(ANA)} == {"hidden"}


def test_a_bank_can_be_shared_from_its_own_screen_by_who_is_in_a_family(story: Story) -> None:
    anas_banks(story)
    story.begin()
    banks = story.ask("/minhas_contas", "Suas conexões")
    bank = labels(banks)[0]
    assert "Compartilhar com a família" not in labels(story.press(banks, bank, "Conta corrente"))
    invite(story)
    opened = story.press(story.ask("/minhas_contas", "Suas conexões"), bank, "Conta corrente")
    story.press(opened, "Compartilhar com a família", "Toque numa conta")


# --- going -----------------------------------------------------------------------------------------------------------


def test_leaving_takes_two_steps_and_hides_everything_at_once(story: Story) -> None:
    two_of_them(story)
    share(story, "••3416", "Tudo")
    asked = story.press(story.ask("/familia", "Sua família"), "Sair da família", "Sair da família?")
    assert "“quem saiu”" in asked["text"]
    story.press(asked, "Não", "nada mudou")
    asked = story.press(story.ask("/familia", "Sua família"), "Sair da família", "Sair da família?")
    yes = data_of(asked, "Sim, sair")
    story.press(asked, "Sim, sair", "Você saiu da família")
    story.telegram.wait_for_text(BRUNO, "Ana saiu da família")
    story.press(story.ask("/familia", "Sua família", BRUNO), "O que vemos", "Ninguém mostra nada", BRUNO)
    assert "não está em uma família" in story.forge(asked, yes)
    assert "Criar uma família" in labels(story.ask("/familia", "no começo, nada"))


def test_old_buttons_of_a_family_that_is_left_say_so(story: Story) -> None:
    two_of_them(story)
    home = story.ask("/familia", "Sua família")
    buttons = {label: data_of(home, label) for label in labels(home)}
    story.core.family_book.leave(ANA)
    for label in ("O que eu mostro", "O que vemos", "Convidar", "Acertos", "Grupo", "Sair da família"):
        assert "não está em uma família" in story.forge(home, buttons[label]), label


# --- the group -------------------------------------------------------------------------------------------------------


def test_a_group_is_linked_with_a_warning_and_shows_what_is_shared(both: Story) -> None:
    story = both
    two_of_them(story)
    share(story, "••3416", "Só saldo")
    group = story.telegram.add_group(ANA, BRUNO, EVA)
    offer = in_group(story, group, ANA, "/familia", words.OFFER)
    warned = tap(story, group, offer, "Vincular este grupo", "3 pessoas estão neste grupo", ANA)
    assert "também quem não é da família" in warned["text"]
    linked = tap(story, group, warned, "Vincular", "Grupo vinculado", ANA)
    assert linked["buttons"] == []
    shown = in_group(story, group, BRUNO, "/familia", "3.482,17")
    assert "Bruno: não mostra conta" in shown["text"]
    assert labels(shown) == ["Acertos"]
    share(story, "Conta corrente", "Tudo", BRUNO)
    shown = in_group(story, group, ANA, "/familia", "350,40")
    rows = tap(story, group, shown, "Lançamentos", "Metrô SP", ANA)
    tap(story, group, rows, "‹ O que vemos", "350,40", BRUNO)
    assert_no_canary(story, group, BRUNO)


def test_strangers_in_the_group_read_but_neither_ask_nor_press(story: Story) -> None:
    two_of_them(story)
    share(story, "••3416", "Tudo")
    group = linked_group(story, ANA, BRUNO, EVA)
    shown = in_group(story, group, ANA, "/familia", "3.482,17")
    for command in ("/familia", "/dividir 150 mercado", "/acertos", "/saldo"):
        assert in_group(story, group, EVA, command, PRIVATE)["buttons"] == []
    before = story.telegram.from_bot(group)
    for data in ("famver", "famext:0", "ac", "achis", "acp:1:2:2s", "dvx:1", "fgs", "fgv", "fgn"):
        answer = poke(story, group, shown, data, EVA)
        assert answer["show_alert"], data
        assert answer["text"] in {words.NOT_OF_THE_GROUP, words.NO_FAMILY_TO_LINK}
    for data in ("saldo", "extrato", "fam", "famcontas:0", "famsairsim", "famdesv", "dvr:1", "nada"):
        assert poke(story, group, shown, data, ANA)["text"] in ("", None), data
    assert story.telegram.from_bot(group) == before
    assert story.core.family_book.is_group_of(ANA, group)


def test_a_group_that_is_not_linked_shows_nothing_to_anybody(story: Story) -> None:
    two_of_them(story)
    share(story, "••3416", "Tudo")
    group = story.telegram.add_group(ANA, BRUNO, EVA)
    in_group(story, group, EVA, "/familia", PRIVATE)
    in_group(story, group, ANA, "/acertos", PRIVATE)
    in_group(story, group, ANA, "/dividir 150 mercado", PRIVATE)
    offer = in_group(story, group, ANA, "/familia", words.OFFER)
    assert poke(story, group, offer, "famver", ANA)["text"] == words.NOT_OF_THE_GROUP
    assert poke(story, group, offer, "fgv", EVA)["text"] == words.NO_FAMILY_TO_LINK
    tap(story, group, tap(story, group, offer, "Vincular este grupo", "⚠️", BRUNO), "Não", words.NOT_LINKED, ANA)
    assert story.core.family_book.find_group_family(group) is None
    assert "3.482,17" not in whole_log(story, group)


def test_a_group_is_one_familys(story: Story) -> None:
    two_of_them(story)
    share(story, "••3416", "Tudo")
    invite(story, EVA)
    group = story.telegram.add_group(ANA, EVA)
    offer = in_group(story, group, EVA, "/familia", words.OFFER)
    warned = tap(story, group, offer, "Vincular este grupo", "⚠️", EVA)
    story.core.family_book.link_group(ANA, group)
    assert "outra família" in poke(story, group, warned, "fgs", EVA)["text"]
    in_group(story, group, EVA, "/familia", PRIVATE)
    assert "3.482,17" in in_group(story, group, ANA, "/familia", "Ana")["text"]


def test_commands_for_another_bot_are_not_ours(story: Story) -> None:
    two_of_them(story)
    group = linked_group(story, ANA, BRUNO)
    name = story.telegram.get("")["bots"][0]["username"]
    before = len(story.telegram.messages(group))
    story.telegram.send_text(ANA, "/familia@outro_bot", chat=group)
    in_group(story, group, ANA, f"/familia@{name}", "Ninguém mostra nada")
    assert len(story.telegram.messages(group)) == before + 3


def test_a_group_that_becomes_a_supergroup_stays_linked(both: Story) -> None:
    story = both
    two_of_them(story)
    share(story, "••3416", "Só saldo")
    group = linked_group(story, ANA, BRUNO)
    new = story.telegram.change_group("migrate", group, BRUNO)["id"]
    wait_until(lambda: story.core.family_book.is_group_of(ANA, new))
    in_group(story, new, BRUNO, "/familia", "3.482,17")
    assert not story.core.family_book.is_group_of(ANA, group)


@pytest.mark.parametrize("group_id", [None, -1001234567890], ids=["group", "supergroup"])
def test_a_group_without_the_bot_is_linked_no_more(story: Story, group_id: int | None) -> None:
    """Also when somebody takes it out who is in no family."""
    two_of_them(story)
    share(story, "••3416", "Só saldo")
    group = linked_group(story, ANA, EVA, group_id=group_id)
    story.telegram.change_group("remove_bot", group, EVA)
    wait_until(lambda: story.core.family_book.find_group_family(group) is None)
    story.telegram.change_group("put_bot", group, EVA)
    in_group(story, group, ANA, "/familia", words.OFFER)


def test_a_group_from_which_the_bot_was_taken_unheard_is_linked_no_more(story: Story) -> None:
    two_of_them(story)
    group = linked_group(story, ANA, BRUNO)
    story.telegram.add_fault("sendMessage", status=403, description="Forbidden: bot was kicked from the group chat")
    story.telegram.send_text(ANA, "/familia", chat=group)
    wait_until(lambda: story.core.family_book.find_group_family(group) is None)


def test_a_group_whose_new_id_comes_in_an_answer_stays_linked(story: Story) -> None:
    two_of_them(story)
    group = linked_group(story, ANA, BRUNO)

    async def refused() -> None:
        raise ChatMigrated(-1009)

    story.bot.wait_for(keeping_link(story.bot.context, group, refused()))
    assert story.core.family_book.is_group_of(BRUNO, -1009)


def test_who_blocked_the_bot_and_speaks_in_a_group_still_has_it_blocked(story: Story) -> None:
    two_of_them(story)
    group = linked_group(story, ANA, BRUNO)
    story.bot.call(lambda: story.bot.context.blocked.add(BRUNO))
    in_group(story, group, BRUNO, "/acertos", "Acertos")
    assert BRUNO in story.bot.context.blocked
    story.ask("/acertos", "Acertos", BRUNO)
    assert BRUNO not in story.bot.context.blocked


def test_a_group_is_unlinked_from_the_private_chat(story: Story) -> None:
    two_of_them(story)
    group = linked_group(story, ANA, BRUNO)
    screen = story.press(story.ask("/familia", "Sua família", BRUNO), "Grupo", "Grupo vinculado", BRUNO)
    story.press(screen, "Desvincular o grupo", "não está mais vinculado", BRUNO)
    in_group(story, group, ANA, "/familia", words.OFFER)
    how = story.press(story.ask("/familia", "Sua família"), "Grupo", "Vincular um grupo")
    assert "/familia" in how["text"]


def test_an_error_in_a_group_says_nothing_there(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    two_of_them(story)
    group = linked_group(story, ANA, BRUNO)
    shown = in_group(story, group, ANA, "/familia", "Ninguém mostra nada")
    before = story.telegram.from_bot(group)

    def fails(*_: object) -> None:
        raise ValueError("CANARIO")

    monkeypatch.setattr("open_finance.storage.shared_expenses.list_paid", fails)
    answer = poke(story, group, shown, "ac", ANA)
    assert "CANARIO" not in answer["text"]
    assert story.telegram.from_bot(group) == before


def test_a_group_lists_the_familys_commands(story: Story) -> None:
    story.begin()
    group = story.telegram.add_group(ANA)
    wait_until(lambda: len(story.telegram.calls("setMyCommands")) == 6)
    menu = story.telegram.get("/commands", user=ANA, chat=group)
    assert [one["command"] for one in menu] == ["familia", "dividir", "acertos"]
    english = story.telegram.add_user(5001, "John", language_code="en")
    story.telegram.change_group("join", group, english)
    menu = story.telegram.get("/commands", user=english, chat=group)
    assert menu[0]["description"] == "What the family shares"


def test_two_days_of_silence_change_nothing(story: Story) -> None:
    """A share has no end of its own."""
    two_of_them(story)
    share(story, "••3416", "Só saldo")
    story.clock.advance(days=2)
    story.restart()
    seen = story.press(story.ask("/familia", "Sua família", BRUNO), "O que vemos", "3.482,17", BRUNO)
    assert f"{(story.clock.now() - timedelta(days=2)):%d/%m}" in seen["text"].splitlines()[-1]
