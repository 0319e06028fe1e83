"""Somebody who does not come back: warned three times, then disconnected at Pluggy. Through both local servers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from open_finance.clock import local_day
from open_finance.storage import outbox, people_seen, repository
from tests.clocks import START
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Story, checking, labels, row
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

WARNING = "que você não fala comigo"


@pytest.fixture
def story(story: Story) -> Story:
    """Two banks of Ana's; the operator wants nobody to be idle for longer than 180 days."""
    story.options["idle_days"] = 180
    story.bank_shows(checking(balance="9000.00"), rows=[row(1, local_day(START) - timedelta(days=3))])
    story.connect()
    story.connect(connector_id=205)
    return story


def seen(story: Story, user: int = ANA) -> Any:
    with story.core.database.reading() as session:
        return people_seen.find_seen(session, user)


def begin(story: Story) -> None:
    """The bot runs, and knows Ana."""
    story.begin()
    wait_until(lambda: seen(story))


def settled(story: Story, kind: Any, times: int) -> None:
    """Until so many notifications of this kind are written, and none waits."""

    def look() -> bool:
        with story.core.database.reading() as session:
            written = len(outbox.list_of_kind(session, ANA, kind))
            waiting = outbox.list_waiting(session, story.clock.now() + timedelta(days=1))
        return written == times and not waiting

    wait_until(look)


def warnings(story: Story) -> list[str]:
    return [one["text"] for one in story.telegram.from_bot(ANA) if WARNING in one["text"] and "Seu" in one["text"]]


def until_warned(story: Story, days: int, times: int) -> Json:
    """So many days later there is another warning."""
    story.clock.advance(days=days)
    settled(story, "idle", times)
    return next(one for one in reversed(story.telegram.from_bot(ANA)) if WARNING in one["text"])


def standing(story: Story) -> int:
    return sum(not each["disconnecting"] for each in story.core.connector.list_connections(ANA))


def test_warned_three_times_and_then_disconnected_with_the_history_kept(story: Story) -> None:
    begin(story)
    first = until_warned(story, 150, 1)
    end = local_day(seen(story)) + timedelta(days=180)
    assert first["text"] == (
        f"Faz 150 dias que você não fala comigo. Em 30 dias ({end:%d/%m}) encerro o acesso aos seus 2 bancos "
        "(Itaú e Rico), para não ler dados à toa. Seu histórico fica guardado."
    )
    assert labels(first) == ["Continuo usando", "Desconectar agora"]
    assert "Em 7 dias" in until_warned(story, 23, 2)["text"]
    assert "Amanhã" in until_warned(story, 6, 3)["text"]
    assert len(story.pluggy.items()) == 2
    story.clock.advance(days=1)
    told = story.telegram.wait_for_text(ANA, "Encerrei o acesso aos seus 2 bancos")
    assert "fazia 180 dias que você não falava comigo" in told["text"]
    assert "Seu histórico continua aqui; para apagar, /privacidade." in told["text"]
    assert "não confirmou" not in told["text"]
    assert labels(told) == ["🏦 Conectar de novo"]
    assert story.pluggy.items() == []
    settled(story, "idle_end", 1)
    assert len(warnings(story)) == 3
    with story.core.database.reading() as session:
        assert len(repository.list_ended_connections(session, ANA)) == 2
    kept = story.core.connector.get_statement(ANA, days=365)
    assert {one["description"] for one in kept} == {"Loja 1"}


@pytest.mark.parametrize("comes_back", [lambda story: story.ask("/ajuda", "Ver dinheiro"), None], ids=["types", "taps"])
def test_coming_back_calls_it_off_also_after_a_restart(
    story: Story, comes_back: Callable[[Story], Json] | None
) -> None:
    begin(story)
    warning = until_warned(story, 150, 1)
    story.restart()
    if comes_back is None:
        kept = story.press(warning, "Continuo usando", "Combinado: continuo lendo os seus 2 bancos")
        assert labels(kept) == []
    else:
        comes_back(story)
    today = story.clock.now()
    wait_until(lambda: seen(story) == today)
    story.clock.advance(days=31)
    story.ask("/ajuda", "Ver dinheiro")
    settled(story, "idle", 1)
    assert standing(story) == 2
    assert len(story.pluggy.items()) == 2


def test_a_word_in_a_group_counts_as_being_here(story: Story) -> None:
    begin(story)
    group = story.telegram.add_group(ANA)
    now = story.clock.advance(days=100)
    story.telegram.send_text(ANA, "/familia", chat=group)
    wait_until(lambda: seen(story) == now)


def test_blocking_the_bot_is_no_word_and_a_month_later_it_ends_all_the_same(story: Story) -> None:
    begin(story)
    here = seen(story)
    story.telegram.block(ANA)
    for days, times in ((150, 1), (53, 2), (6, 3)):
        story.clock.advance(days=days)
        settled(story, "idle", times)
    assert seen(story) == here
    assert len(story.pluggy.items()) == 2
    story.clock.advance(days=1)
    wait_until(lambda: story.pluggy.items() == [])
    assert warnings(story) == []


def test_with_pluggy_down_at_the_end_it_is_told_and_repeated(story: Story) -> None:
    begin(story)
    for days, times in ((150, 1), (23, 2), (6, 3)):
        until_warned(story, days, times)
    story.pluggy.fault("status", method="DELETE", path="^/items/", status=500, count=None)
    story.clock.advance(days=1)
    told = story.telegram.wait_for_text(ANA, "Encerrei o acesso aos seus 2 bancos")
    assert "A Pluggy ainda não confirmou o fim" in told["text"]
    assert standing(story) == 0
    assert len(story.pluggy.items()) == 2
    story.pluggy.admin("faults", method="DELETE")
    story.clock.advance(minutes=10)
    wait_until(lambda: story.pluggy.items() == [])
    story.telegram.wait_for_text(ANA, "A Pluggy confirmou")


def test_disconnecting_now_takes_two_taps_and_keeps_the_history(story: Story) -> None:
    begin(story)
    warning = until_warned(story, 150, 1)
    asked = story.press(warning, "Desconectar agora", "agora? Paro de ler")
    assert labels(asked) == ["Sim, desconectar", "Não"]
    assert len(story.pluggy.items()) == 2
    done = story.press(asked, "Sim, desconectar", "✅ Parei de ler os seus 2 bancos")
    assert "Seu histórico continua aqui" in done["text"]
    assert story.pluggy.items() == []
    assert "expirou" in story.forge(done, f"i_sai2:{number(story)}")
    assert "expirou" in story.forge(done, f"i_fica:{number(story)}")


def number(story: Story) -> int:
    with story.core.database.reading() as session:
        return outbox.list_of_kind(session, ANA, "idle")[0].id


def test_no_is_staying(story: Story) -> None:
    begin(story)
    asked = story.press(until_warned(story, 150, 1), "Desconectar agora", "agora? Paro de ler")
    story.press(asked, "Não", "Combinado")
    assert standing(story) == 2


def test_an_old_warning_says_so_and_nobody_elses_does_anything(story: Story) -> None:
    begin(story)
    warning = until_warned(story, 150, 1)
    menu = story.ask("/ajuda", "Ver dinheiro", BRUNO)
    for verb in ("i_fica", "i_sai", "i_sai2"):
        assert "expirou" in story.forge(menu, f"{verb}:{number(story)}", BRUNO)
        assert "expirou" in story.forge(menu, f"{verb}:abc", BRUNO)
    story.press(warning, "Desconectar agora", "agora? Paro de ler")
    story.clock.advance(days=41)
    for verb in ("i_fica", "i_sai", "i_sai2"):
        assert "expirou" in story.forge(warning, f"{verb}:{number(story)}")
    assert standing(story) == 2


def test_erasing_in_between_leaves_nothing_to_warn_of(story: Story) -> None:
    begin(story)
    until_warned(story, 150, 1)
    asked = story.ask("/privacidade", "Guardo")
    story.press(asked, "Apagar tudo", "APAGAR")
    story.telegram.send_text(ANA, "APAGAR")
    wait_until(lambda: story.pluggy.items() == [])
    wait_until(lambda: not story.core.connector.list_connections(ANA))
    wait_until(lambda: seen(story) is None)
    said = len(warnings(story))
    story.clock.advance(days=60)
    story.ask("/ajuda", "Ver dinheiro")
    assert len(warnings(story)) == said
    assert seen(story) is None
