"""/privacidade in the chat: what is stored, all of it as a file, and an erasure that ends with proof, whatever happens."""

from __future__ import annotations

import io
import json
import random
import re
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import insert, select, update

from gerente_financeiro import download
from gerente_financeiro.messages.exporting import ALREADY_PREPARING
from open_finance.storage.models import TransactionRow
from tests.bot_app import Chat, choose_sandbox, connect_by_link, fill
from tests.builders import TODAY
from tests.every_row import PERSON, everything, owned_tables, rows_of, tables_that_name
from tests.pluggy_server import Json, wait_until
from tests.protocols import is_protocol
from tests.story import BRUNO, Servers, Story, checking, credit_card, data_of, labels, row, tell
from tests.telegram_server import transcript

pytest_plugins = ("tests.bot_fixtures",)

ANA = PERSON  # an id that is in no other number
CAIXA = {"connector_id": 219}


def begin(servers: Servers, url: str) -> Iterator[Story]:
    with tell(servers, url) as story:
        story.telegram.add_user(ANA, "Ana")
        rows = [row(each, TODAY - timedelta(days=90 * each)) for each in range(4)]
        story.bank_shows(checking(), credit_card(), rows=rows)
        story.connect(ANA)
        story.connect(BRUNO, user="11144477735")
        yield story


@pytest.fixture
def story(servers: Servers, sqlite_url: str) -> Iterator[Story]:
    yield from begin(servers, sqlite_url)


@pytest.fixture
def story_on_both(servers: Servers, database_url: str) -> Iterator[Story]:
    yield from begin(servers, database_url)


def owners(story: Story) -> set[str]:
    return {item["clientUserId"] for item in story.pluggy.items()}


def ask_for_the_word(story: Story) -> Json:
    screen = story.ask("/privacidade", "Guardo: ", ANA)
    assert labels(screen) == ["Baixar tudo (.zip)", "Apagar tudo", "Como meus dados são usados"]
    return story.press(screen, "Apagar tudo", "digite APAGAR", ANA)


def told_of_the_end(story: Story) -> tuple[Json, str]:
    """The last message, and its protocol."""
    message = story.telegram.wait_for_text(ANA, "✅ Tudo apagado", timeout=20)
    found = re.search(r"✅ Tudo apagado às \d\d:\d\d\. Protocolo (\w+)\.", message["text"])
    assert found is not None
    assert is_protocol(found[1])
    return message, found[1]


# --- the whole story -----------------------------------------------------------------------------------------------


def test_everything_is_shown_handed_over_and_erased_with_proof(story_on_both: Story) -> None:
    story = story_on_both
    story.connect(ANA, 219)
    story.core.connector.give_consent(ANA, "1", "texto")
    story.core.idle_people.list_due()  # as the bot's first tick does: it is known who is here
    kept = rows_of(story.core.database, BRUNO) | {"notifications": 0}
    screen = story.ask("/privacidade", "Guardo: 2 bancos, ", ANA)
    assert "CPF e senha, nunca." in screen["text"]
    assert "Bancos: Itaú e Caixa.\nVocê autorizou a leitura hoje." in screen["text"]
    policy = story.press(screen, "Como meus dados são usados", "/privacidade", ANA)
    story.press(policy, "‹ Voltar", "Guardo: 2 bancos", ANA)
    archive = download_it(story, screen)
    for table in owned_tables():
        rows = [each for each in everything(story.core.database)[table.name] if each["user_id"] == ANA]
        assert len(json.loads(archive.read(f"dados/{table.name}.json"))) == len(rows), table.name
    question = ask_for_the_word(story)
    assert "o acesso ao Itaú e à Caixa" in question["text"]
    assert labels(question) == ["Baixar tudo (.zip)", "Cancelar"]
    story.ask("apaga tudo", "Nada foi apagado. Para apagar tudo, digite só APAGAR", ANA)
    assert owners(story) == {str(ANA), str(BRUNO)}
    story.restart()
    story.telegram.send_text(ANA, "apagár")
    end, protocol = told_of_the_end(story)
    assert end["buttons"] == []
    assert tables_that_name(story.core.database, ANA) == set()
    assert owners(story) == {str(BRUNO)}
    assert rows_of(story.core.database, BRUNO) | {"notifications": 0} == kept  # a tick writes these meanwhile
    (erasure,) = everything(story.core.database)["erasures"]
    assert erasure["protocol"] == protocol
    asked = story.current(question, ANA)
    assert (asked["buttons"], "APAGAR" in asked["text"]) == ([], False)
    for data in ("privdel", "privzip"):  # the buttons of the first screen
        story.forge(screen, data, ANA)
    assert "Não guardo nenhum banco" in story.ask("/privacidade", "CPF e senha, nunca.", ANA)["text"]
    assert transcript(story.telegram.messages(ANA)).count("Tudo apagado") == 1


def download_it(story: Story, screen: Json) -> ZipFile:
    story.telegram.press(ANA, screen["message_id"], "Baixar tudo (.zip)")
    message = story.telegram.wait_for(ANA, lambda each: each["document"] is not None)
    assert message["document"]["file_name"] == f"meus_dados_{TODAY}.zip"
    assert "Comece pelo LEIA-ME.txt" in message["text"]
    return ZipFile(io.BytesIO(story.telegram.file(message)))


def told_now(story: Story, message: Json) -> str:
    """What a message says now; nothing where it is gone."""
    standing = story.telegram.messages(ANA)
    return next((str(each["text"]) for each in standing if each["message_id"] == message["message_id"]), "")


# --- Pluggy or Telegram away ---------------------------------------------------------------------------------------


def test_while_pluggy_is_away_it_says_what_is_done_and_finishes_after_a_restart(story_on_both: Story) -> None:
    story = story_on_both
    story.pluggy.fault("status", method="DELETE", status=503, count=None)
    ask_for_the_word(story)
    sent = story.telegram.send_text(ANA, "APAGAR")
    told = story.telegram.wait_for_text(ANA, "A Pluggy ainda não confirmou o fim do acesso do Itaú; sigo tentando")
    assert told["message_id"] > sent["message_id"]
    assert "já foram apagados daqui" in told["text"]
    assert set(rows_of(story.core.database, ANA)) == {"bank_connections", "erasures"}
    story.ask("/conectar_banco", "sigo tentando e aviso quando terminar", ANA)
    story.ask("/privacidade", "sigo tentando e aviso quando terminar", ANA)
    story.ask("/start", "sigo tentando e aviso quando terminar", ANA)
    story.ask("/saldo", "Nenhum banco conectado", ANA)
    story.restart()
    story.begin()
    assert owners(story) == {str(ANA), str(BRUNO)}
    story.pluggy.admin("faults", method="DELETE")
    end, protocol = told_of_the_end(story)
    assert end["message_id"] > told["message_id"]
    assert "A Pluggy ainda não confirmou" not in told_now(story, told)
    assert f"Protocolo {protocol}." in told["text"]
    assert "A Pluggy confirmou" not in transcript(story.telegram.messages(ANA))
    assert tables_that_name(story.core.database, ANA) == set()
    assert owners(story) == {str(BRUNO)}
    story.ask("/conectar_banco", "Qual banco você quer conectar?", ANA)


def test_a_restart_while_telegram_is_away_loses_no_end(story: Story) -> None:
    ask_for_the_word(story)
    for method in ("editMessageText", "sendMessage"):
        story.telegram.add_fault(method, times=10_000, status=502)
    story.telegram.send_text(ANA, "APAGAR")
    wait_until(lambda: owners(story) == {str(BRUNO)})
    wait_until(lambda: set(rows_of(story.core.database, ANA)) == {"erasures"})
    story.bot.stop()
    del story.bot
    story.telegram.clear_faults()
    assert "Tudo apagado" not in transcript(story.telegram.messages(ANA))
    story.begin()
    told_of_the_end(story)
    assert tables_that_name(story.core.database, ANA) == set()


def test_where_the_message_is_gone_the_end_is_a_new_one(story: Story) -> None:
    story.pluggy.fault("status", method="DELETE", status=503, count=None)
    ask_for_the_word(story)
    story.telegram.send_text(ANA, "APAGAR")
    told = story.telegram.wait_for_text(ANA, "sigo tentando")
    story.telegram.delete_text(ANA, told["message_id"])
    story.pluggy.admin("faults", method="DELETE")
    assert told_of_the_end(story)[0]["message_id"] > told["message_id"]


def test_who_blocked_the_bot_is_erased_all_the_same(story: Story) -> None:
    ask_for_the_word(story)
    story.pluggy.fault("status", method="DELETE", status=503, count=None)
    story.telegram.send_text(ANA, "APAGAR")
    story.telegram.wait_for_text(ANA, "sigo tentando")
    story.telegram.block(ANA)
    story.pluggy.admin("faults", method="DELETE")
    wait_until(lambda: tables_that_name(story.core.database, ANA) == set())
    assert owners(story) == {str(BRUNO)}


# --- in the middle of something else -------------------------------------------------------------------------------


def chat(story: Story) -> Chat:
    return Chat(story.telegram, ANA)


def test_a_link_that_waits_for_its_person_goes_with_the_rest(story: Story) -> None:
    story.begin()
    link = connect_by_link(chat(story))
    ask_for_the_word(story)
    story.telegram.send_text(ANA, "APAGAR")
    told_of_the_end(story)
    assert owners(story) == {str(BRUNO)}
    assert story.bot.context.conversations.find(ANA) is None
    story.pluggy.authorize(link)
    assert tables_that_name(story.core.database, ANA) == set()


def test_whoever_was_typing_for_a_bank_is_not_asked_two_things_at_once(story: Story) -> None:
    ana = chat(story)
    story.begin()
    ana.write("/conectar_banco")
    ana.tap("Caixa")
    ana.tap("Usuário e senha")
    ana.tap("Autorizo")
    field = ana.sees("1 de 2")
    ask_for_the_word(story)
    assert "Cancelado. Nada foi guardado." in story.current(field, ANA)["text"]
    ana.write("APAGAR")
    told_of_the_end(story)
    assert sum(one["method"] == "POST" and one["path"] == "/items" for one in story.pluggy.requests()) == 2


def test_memory_forgets_as_well(story: Story) -> None:
    ana = chat(story)
    story.begin()
    ana.write("/conectar_banco")
    ana.tap("Caixa")
    ana.tap("Usuário e senha")
    ana.tap("Autorizo")
    ana.sees("1 de 2")
    ana.loses(ana.write("529.982.247-25"))
    ask_for_the_word(story)
    context = story.bot.context
    assert context.vault.is_recent(ANA)
    ana.write("APAGAR")
    told_of_the_end(story)
    wait_until(lambda: not context.erasing)
    assert not context.vault.is_recent(ANA)
    assert context.conversations.find(ANA) is None
    assert ANA not in context.application.user_data


def test_memory_forgets_what_waits_for_others(story: Story) -> None:
    ana = chat(story)
    story.begin()
    choose_sandbox(ana, "Pluggy Digital")
    fill(ana, "user-ok-auth-pending", "password-ok")
    ana.sees("Falta a outra pessoa titular aprovar")
    context, connections = story.bot.context, story.core.connector.list_connections(ANA)
    waiting = next(each["id"] for each in connections if each["settled_at"] is None)
    wait_until(lambda: context.conversations.is_aside(waiting))
    ask_for_the_word(story)
    ana.write("APAGAR")
    told_of_the_end(story)
    assert not context.conversations.is_aside(waiting)


def test_every_way_out_erases_nothing(story: Story) -> None:
    end = story.press(ask_for_the_word(story), "Cancelar", "Tudo bem. Nada foi apagado.", ANA)
    assert end["buttons"] == []
    story.ask("APAGAR", "Você quer ver, baixar ou apagar o que guardo de você?", ANA)
    question = ask_for_the_word(story)
    story.telegram.send_text(ANA, "/cancelar")
    told = story.telegram.wait_for(ANA, lambda seen: seen["message_id"] > question["message_id"] and seen["from_bot"])
    assert "Tudo bem. Nada foi apagado." in told["text"]  # below what was typed
    assert story.current(question, ANA)["buttons"] == []
    question = ask_for_the_word(story)
    story.restart()
    story.clock.advance(minutes=16)
    wait_until(lambda: "Esperei 15 minutos e parei por aqui." in story.current(question, ANA)["text"])
    asked = story.current(question, ANA)
    assert (asked["buttons"], "APAGAR" in asked["text"]) == ([], False)
    story.ask("APAGAR", "Você quer ver", ANA)
    assert owners(story) == {str(ANA), str(BRUNO)}
    assert everything(story.core.database)["erasures"] == []


def test_old_buttons_do_nothing_while_everything_is_being_erased(story: Story) -> None:
    question = ask_for_the_word(story)
    story.pluggy.fault("status", method="DELETE", status=503, count=None)
    story.telegram.send_text(ANA, "APAGAR")
    story.telegram.wait_for_text(ANA, "sigo tentando")
    for data in ("privdel", "privzip", "privdelx"):
        assert story.forge(question, data, ANA) == "Este menu expirou. Use /privacidade"
    assert data_of(question, "Cancelar") == "privdelx"
    for data in ("gt1:x", "gt0:x", "gtu:x", "xv", "xq"):  # nothing is written, and no question asked
        assert story.forge(question, data, ANA) == ""


# --- the archive ---------------------------------------------------------------------------------------------------


def test_a_slow_archive_is_announced_and_leaves_no_file(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with story.core.database.writing() as session:
        one = dict(session.execute(select(TransactionRow.__table__).limit(1)).mappings().one())
        del one["id"]
        session.execute(insert(TransactionRow), [{**one, "pluggy_id": f"copy {each}"} for each in range(9000)])
    screen = story.ask("/privacidade", "Guardo: ", ANA)
    first = story.telegram.press(ANA, screen["message_id"], "Baixar tudo (.zip)")
    story.telegram.wait_for_text(ANA, "⏳ Preparando seu arquivo…")
    story.rest(ANA)
    second = story.telegram.press(ANA, screen["message_id"], "Baixar tudo (.zip)")
    assert story.telegram.wait_for_answer(second)["text"] == ALREADY_PREPARING
    assert story.telegram.wait_for_answer(first)["text"] in {None, ""}
    standing = story.telegram.wait_until(ANA, lambda messages: any(each["document"] for each in messages))
    wait_until(lambda: not story.bot.context.exporting)
    assert "Preparando" not in transcript(story.telegram.messages(ANA))
    assert len([each for each in standing if each["document"]]) == 1
    assert list(tmp_path.glob("tmp*")) == []


def test_what_telegram_would_not_take_comes_by_year(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    this_year, last_year = date(2026, 1, 5), date(2025, 1, 5)
    with story.core.database.writing() as session:
        ids = session.scalars(select(TransactionRow.id).where(TransactionRow.user_id == ANA)).all()
        for number, row_id in enumerate(ids):
            note = random.Random(number).randbytes(5000).hex()  # what does not shrink
            day = last_year if number == 0 else this_year
            session.execute(
                update(TransactionRow).where(TransactionRow.id == row_id).values(note=note, occurred_on=day)
            )
    for limit, too_large in ((archive_size(story) - 1, []), (archive_size(story, 2025) + 100, ["2026"])):
        monkeypatch.setattr(download, "DOCUMENT_LIMIT", limit)
        screen = story.ask("/privacidade", "Guardo: ", ANA)
        later = everything_that_comes(story, screen)
        assert "Mando um por ano." in later[0]["text"]
        files = [each["document"]["file_name"] for each in later if each["document"]]
        assert files == [f"meus_dados_{TODAY}_{year}.zip" for year in ("2025", "2026") if year not in too_large]
        told = transcript(later)
        assert [year for year in ("2025", "2026") if f"de {year} sozinhos passam" in told] == too_large


def archive_size(story: Story, year: int | None = None) -> int:
    file = io.BytesIO()
    story.core.personal_data.export(ANA, file, year=year)
    return len(file.getvalue())


def everything_that_comes(story: Story, screen: Json) -> list[Json]:
    """What the bot sends after a download was asked for, until it has no more."""
    story.telegram.press(ANA, screen["message_id"], "Baixar tudo (.zip)")
    story.telegram.wait_for(ANA, lambda each: "2026" in each["text"] and each["message_id"] > screen["message_id"])
    wait_until(lambda: not story.bot.context.exporting)
    return [each for each in story.telegram.messages(ANA) if each["message_id"] > screen["message_id"]]
