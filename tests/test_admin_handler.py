"""/admin in the chat: figures for whoever runs the bot, nothing at all for anybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gerente_financeiro.app import ADMIN_COMMANDS, COMMANDS
from gerente_financeiro.keyboards import HALF_A_ROW
from gerente_financeiro.messages import admin as words
from gerente_financeiro.messages.start import ADMIN_MENU, MENU, UNKNOWN_COMMAND
from open_finance.backup.copies import check_backup
from open_finance.operations import Backlog, Quotas, Situation, Standing, Troubles, UsedUp
from open_finance.quotas import PRODUCTS
from open_finance.storage.call_counts import EndpointCalls
from open_finance.storage.operating import STATES, QuotaUse
from open_finance.storage.quotas import note_update
from tests.bot_app import RunningBot, running_bot
from tests.clocks import START
from tests.pluggy_server import wait_until
from tests.rows import add_connection
from tests.story import BRUNO, Story, checking, labels, row
from tests.telegram_html import read as visible_text
from tests.telegram_server import ANA

pytest_plugins = ("tests.bot_fixtures",)

VERBS = ("adm", "adm_cotas", "adm_pausa", "adm_volta", "adm_doutor", "adm_copia", "adm_copia2")


@contextmanager
def run_by(story: Story, *admins: int) -> Iterator[RunningBot]:
    """The story's bot, which these people run."""
    url = str(story.core.database.url)
    with running_bot(story.telegram, story.pluggy, url, story.clock, admin_user_ids=frozenset(admins)) as bot:
        story.__dict__["bot"] = bot
        yield bot


@pytest.fixture
def run_by_bruno(story: Story) -> Iterator[RunningBot]:
    with run_by(story, BRUNO) as bot:
        yield bot


# --- who it exists for -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["/admin", "/ADMIN", "/admin agora"])
def test_to_anybody_else_it_is_a_command_that_nobody_knows(story: Story, run_by_bruno: RunningBot, typed: str) -> None:
    answer = story.ask(typed, "")
    assert answer["text"] == story.ask("/nada", "Não conheço")["text"] == visible_text(UNKNOWN_COMMAND)
    assert "/admin" not in story.ask("/ajuda", "Ver dinheiro")["text"]
    assert "/admin" in story.ask("/ajuda", "Cuidar do bot", BRUNO)["text"]


def test_in_a_group_nobody_is_answered(story: Story, run_by_bruno: RunningBot) -> None:
    chat = {"id": -5, "type": "group", "title": "Família"}
    user = {"id": BRUNO, "is_bot": False, "first_name": "Bruno"}
    entity = {"type": "bot_command", "offset": 0, "length": 6}
    before = len(story.telegram.calls("sendMessage"))
    message = {"message_id": 1, "date": 0, "chat": chat, "from": user, "text": "/admin", "entities": [entity]}
    run_by_bruno.receive({"update_id": 900, "message": message})
    story.ask("/nada", "Não conheço")
    assert len(story.telegram.calls("sendMessage")) == before + 1


@pytest.mark.parametrize("verb", VERBS)
def test_a_forged_button_is_one_that_nobody_knows(story: Story, run_by_bruno: RunningBot, verb: str) -> None:
    message = story.ask("/ajuda", "Ver dinheiro")
    unknown = story.forge(message, "nunca_houve")
    assert story.forge(message, verb) == story.forge(message, f"{verb}:1") == unknown == "Este menu expirou. Use /ajuda"
    assert story.current(message)["text"] == message["text"]
    assert story.core.operations.situation().paused_since is None


def test_the_menu_of_whoever_runs_it_has_it_and_no_other(story: Story, run_by_bruno: RunningBot) -> None:
    wait_until(lambda: any(one["scope"] == "chat" for one in story.telegram.get("/commands")))
    shown = {who: [one["command"] for one in story.telegram.commands(who)] for who in (ANA, BRUNO)}
    assert shown[BRUNO] == [name for name, _, _ in (*MENU, *ADMIN_MENU)]
    assert shown[ANA] == [name for name, _, _ in MENU]
    assert not ADMIN_COMMANDS.keys() & COMMANDS.keys()


def test_where_nobody_runs_it_it_does_not_exist(story: Story) -> None:
    story.ask("/admin", "Não conheço esse comando")


# --- what it says ----------------------------------------------------------------------------------------------------


def test_the_panel_says_where_everything_stands_and_nothing_of_anybody(story: Story) -> None:
    story.bank_shows(checking(balance="7777.77", name="Conta da Ana"), rows=[row(1, START.date(), "-777.00")])
    story.connect()
    with story.core.database.writing() as session:
        add_connection(session, 4000, "item-x", trouble_code="INVALID_CREDENTIALS")
        add_connection(session, 4000, "item-y", error_code="SITE_NOT_AVAILABLE")
    story.core.observers.count("error", error="PluggyServerError")
    story.core.counts.flush()
    with run_by(story, BRUNO):
        panel = story.ask("/admin", "pessoas", BRUNO)
        text = panel["text"]
        assert text.split("\n")[0] == "✅ Tudo em dia."
        assert "2 pessoas · 3 conexões" in text
        for line in ("1 · lendo bem", "1 · banco fora do ar", "1 · precisa da pessoa", "1 · PluggyServerError"):
            assert line in text.split("\n")
        assert "429 da Pluggy: hoje 0 · no mês 0" in text
        assert re.search(r"Leitura mais antiga: hoje \d\d:\d\d \(há (menos de 1|\d+)\smin\)", text)
        assert text.split("\n")[-1].startswith("Visto hoje ")
        assert labels(panel) == ["🔄 Atualizar", "Cotas", "🩺 Doctor", "🗄 Cópia", "⏸ Pausar sync"]
        assert all(len(label) <= HALF_A_ROW for label in labels(panel))
        for secret in ("R$", "777", "Itaú", "Ana", str(ANA), "Conta"):
            assert secret not in text
        story.clock.advance(hours=30)
        later = story.press(panel, "🔄 Atualizar", "há conexão sem leitura há 30 h", BRUNO)
        assert later["message_id"] == panel["message_id"]


def test_a_pause_is_seen_undone_and_outlives_the_process(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    with run_by(story, BRUNO):
        panel = story.ask("/admin", "Tudo em dia", BRUNO)
        paused = story.press(panel, "⏸ Pausar sync", "leitura automática parada desde hoje", BRUNO)
        assert labels(paused) == ["🔄 Atualizar", "Cotas", "🩺 Doctor", "🗄 Cópia", "▶️ Retomar sync"]
        since = story.core.operations.situation().paused_since
        assert since == story.clock.now()
        story.forge(panel, "adm_pausa", BRUNO)  # an old button: it stays as it is
    with run_by(story, BRUNO) as bot:
        again = story.ask("/admin", "parada desde hoje", BRUNO)
        assert bot.core.operations.situation().paused_since == since
        back = story.press(again, "▶️ Retomar sync", "Tudo em dia", BRUNO)
        assert labels(back)[-1] == "⏸ Pausar sync"
        assert story.core.operations.situation().paused_since is None


def test_resuming_reads_what_was_left_at_once(story: Story) -> None:
    story.bank_shows(checking())
    story.connect()
    with run_by(story, BRUNO) as bot:
        panel = story.ask("/admin", "Tudo em dia", BRUNO)
        story.press(panel, "⏸ Pausar sync", "parada", BRUNO)
        story.clock.advance(hours=7)
        bot.core.synchronizer.submit_due_connections()
        assert story.core.operations.situation().standing.due == 1
        story.press(panel, "▶️ Retomar sync", "Leitura mais antiga", BRUNO)
        wait_until(lambda: story.core.operations.situation().standing.due == 0)


def test_quotas_are_aggregates_with_the_day_on_which_they_begin_anew(story: Story) -> None:
    with story.core.database.writing() as session:
        for number in range(3):
            made = add_connection(session, 4000 + number, f"item-{number}", is_open_finance=True)
            for hours in range(0, 6 * 12 * (number + 1), 6):
                at = START - timedelta(days=20) + timedelta(hours=hours)
                used_up = ("investments",) if number else ()
                note_update(session, 4000 + number, made, at, used_up, START)
    for _ in range(3):
        story.core.observers.time("pluggy_request", 0.1, endpoint="GET /v2/transactions", status="2xx")
    story.core.counts.flush()
    with run_by(story, BRUNO):
        panel = story.ask("/admin", "pessoas", BRUNO)
        screen = story.press(panel, "Cotas", "Cotas de novembro", BRUNO)
        text = screen["text"]
        assert "⚠️ 2 conexões chegaram ao limite de investimentos (desde hoje 12:00); voltam em 01/12" in text
        assert "30% · movimentações de investimentos" in text  # 36 updates of 120
        assert "9% · saldo" in text
        assert "GET /v2/transactions 3 · 3 de 360" in text
        assert "72 atualizações em todas; nenhuma foi pedida por alguém" in text
        assert labels(screen) == ["🔄 Atualizar", "‹ Painel"]
        assert story.press(screen, "‹ Painel", "pessoas", BRUNO)["message_id"] == panel["message_id"]


# --- the words -------------------------------------------------------------------------------------------------------


def situation(**values: Any) -> Situation:
    plain: dict[str, Any] = {
        "at": START,
        "standing": Standing(1, dict.fromkeys(STATES, 1), START - timedelta(hours=3), 0),
        "inbox": Backlog(0, None),
        "outbox": Backlog(0, None),
        "queued": None,
        "paused_since": None,
        "poller_held": True,
        "database_bytes": 12_345_678,
    }
    return Situation(**{**plain, **values})


NO_TROUBLES = Troubles(0, 0, {})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "✅ Tudo em dia."),
        ({"paused_since": START - timedelta(hours=1)}, "⚠️ Olhe: ⏸ leitura automática parada desde hoje 11:00."),
        (
            {"inbox": Backlog(3, START - timedelta(minutes=40))},
            "⚠️ Olhe: avisos da Pluggy esperam há 40 min.",
        ),
        ({"outbox": Backlog(3, START - timedelta(hours=4))}, "⚠️ Olhe: mensagens esperam há 4 h."),
        ({"outbox": Backlog(3, START - timedelta(minutes=4))}, "✅ Tudo em dia."),
        (
            {"poller_held": False, "standing": Standing(1, {}, START - timedelta(days=3), 0)},
            "⚠️ Olhe: há conexão sem leitura há 3 dias; nenhum processo está respondendo.",
        ),
    ],
)
def test_the_first_line_says_what_is_worth_a_look(values: dict[str, Any], said: str) -> None:
    assert words.panel(situation(**values), NO_TROUBLES, START).split("\n")[0] == said


def test_the_panel_has_words_for_every_state_and_stays_short() -> None:
    errors = {f"Error{number}<b>": 1000 for number in range(60)}
    text = words.panel(situation(queued=4), Troubles(1, 1234, errors), START - timedelta(days=4))
    assert "no mês 1.234" in text
    assert "na fila dos workers: 4" in text
    assert "52.000 · outros" in text
    assert "no ar há 4 dias" in text
    assert "banco de dados 12,3 MB" in text
    assert "<b>&" not in visible_text(text)
    assert len(text) < 3000
    assert text.count("1 · ") >= len(STATES)


def test_quotas_have_words_for_every_product_and_for_none() -> None:
    month = date(2026, 11, 1)
    calls = tuple(EndpointCalls(f"GET /{number}", 10, 2, 0, 5) for number in range(12))
    used_up = tuple(UsedUp(product, 1, START) for product in (*PRODUCTS, "other"))
    full = Quotas(month, date(2026, 12, 1), calls, QuotaUse(3, 420, 31, 5, 900, 1), used_up)
    text = words.quotas(full, START)
    assert text.count("1 conexão chegou ao limite de ") == len(used_up)
    assert "volta em 01/12" in text
    assert "⚠️ 100% · " in text
    assert "outras: 40" in text
    assert "1 foi pedida por alguém" in text
    assert len(text) < 4000
    none = Quotas(month, date(2026, 12, 1), (), QuotaUse(0, 0, 0, 0, 0, 0), ())
    empty = words.quotas(none, START)
    assert "✅ Nenhuma conexão chegou a um limite do mês." in empty
    assert "Ainda não vi nenhuma atualização neste mês." in empty


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 kB"), (512_400, "512 kB"), (12_345_678, "12,3 MB"), (1_540_000_000, "1,5 GB")],
)
def test_sizes_are_for_people(number: int, text: str) -> None:
    assert words.size(number) == text


# --- doctor and backup -----------------------------------------------------------------------------------------------


def test_the_doctor_is_asked_in_the_chat(story: Story, run_by_bruno: RunningBot) -> None:
    panel = story.ask("/admin", "pessoas", BRUNO)
    examined = story.press(panel, "🩺 Doctor", "Doctor\n", BRUNO)
    assert labels(examined) == ["🔄 De novo", "‹ Painel"]
    # Nothing is set in this process's own environment, and each thing that is missing has its line and its remedy.
    assert "TELEGRAM_BOT_TOKEN" in examined["text"]
    assert examined["text"].count("→") >= 2
    story.press(examined, "‹ Painel", "pessoas", BRUNO)


def test_a_backup_comes_as_an_encrypted_file_that_can_be_restored(
    story: Story, run_by_bruno: RunningBot, tmp_path: Path
) -> None:
    panel = story.ask("/admin", "pessoas", BRUNO)
    missing = story.press(panel, "🗄 Cópia", "BACKUP_KEY falta", BRUNO)
    context = run_by_bruno.context
    core = replace(context.settings.core, backup_key="uma chave de teste bem longa")
    context.settings = replace(context.settings, core=core)
    panel = story.press(missing, "‹ Painel", "pessoas", BRUNO)
    offer = story.press(panel, "🗄 Cópia", "num arquivo cifrado", BRUNO)
    story.press(offer, "Fazer a cópia", "Fazendo a cópia", BRUNO)
    file = story.telegram.wait_for(BRUNO, lambda each: each["document"] is not None, timeout=30)
    path = tmp_path / file["document"]["file_name"]
    path.write_bytes(story.telegram.file(file))
    assert path.suffix == ".gfb"
    assert check_backup(path, "uma chave de teste bem longa").counts["bank_connections"] == 0
    assert "docs/backup.md" in file["text"]
