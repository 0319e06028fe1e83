"""/exportar in the chat: three taps or one line, the file that /extrato would be, and what goes wrong on the way."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import insert, select, update

from gerente_financeiro import export_sending
from gerente_financeiro.export_handler import NAMES, period_token, read_format, read_period_token, split_format
from gerente_financeiro.keyboards import base36
from gerente_financeiro.messages import exporting as words
from open_finance.reports import Period, StatementFilters
from open_finance.statement_exports import FORMATS as FILE_FORMATS
from open_finance.statement_exports import build_export, write_export
from open_finance.storage.models import TransactionRow
from tests.builders import TODAY
from tests.pluggy_server import Json, wait_until
from tests.story import BRUNO, Servers, Story, checking, credit_card, data_of, labels, row, tell
from tests.telegram_server import ANA, transcript

pytest_plugins = ("tests.bot_fixtures",)

FORMATS = ["Excel", "PDF", "CSV", "OFX", "Beancount"]


@pytest.fixture
def story(servers: Servers, sqlite_url: str) -> Iterator[Story]:
    with tell(servers, sqlite_url) as story:
        story.telegram.add_user(ANA, "Ana")
        story.telegram.add_user(BRUNO, "Bruno")
        rows = [row(1, TODAY, "-45.90", description="=HYPERLINK(1)"), row(2, TODAY - timedelta(days=1), "1200.00")]
        rows += [row(3, date(TODAY.year - 1, 12, 30), "-80.00", description="Padaria Exemplo")]
        story.bank_shows(checking(), credit_card(), rows=rows)
        story.connect(ANA)
        yield story


def document(story: Story, after: Json, user: int = ANA) -> Json:
    """The next file that comes."""
    return story.telegram.wait_for(
        user, lambda each: each["document"] is not None and each["message_id"] > after["message_id"]
    )


def cells(story: Story, message: Json) -> list[list[str]]:
    text = story.telegram.file(message).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";"))


# --- the whole way -------------------------------------------------------------------------------------------------


def test_three_taps_give_the_file_with_the_sums_of_the_statement(story: Story) -> None:
    periods = story.ask("/exportar", "De que período?")
    assert labels(periods) == ["Este mês", "Mês passado", "Este ano", "Ano passado", "Tudo", "Escolher"]
    accounts = story.press(periods, "Este mês", "De qual conta?")
    assert labels(accounts)[0] == "Todas as contas"
    formats = story.press(accounts, "Todas as contas", "Em que formato?")
    assert labels(formats) == [*FORMATS, "‹ Voltar"]
    assert "2 lançamentos." in formats["text"]
    said = story.press(formats, "Excel", "O arquivo chega logo abaixo.")
    file = document(story, said)
    assert file["document"]["file_name"] == f"extrato_{TODAY:%Y-%m}.xlsx"
    expected = "2 lançamentos · entrou R$\xa01.200,00 · saiu R$\xa045,90 · conferido com o extrato"
    assert file["text"].startswith(expected)
    assert "Atualizado hoje" in file["text"]
    book = load_workbook(io.BytesIO(story.telegram.file(file)))
    sheet = book["Lançamentos"]
    amounts = [cell.value for line in sheet.iter_rows() for cell in line if isinstance(cell.value, float | int)]
    assert -45.9 in amounts
    statement = story.ask("/extrato", "Entrou R$\xa01.200,00 · Saiu R$\xa045,90")
    assert "📤 Exportar" in labels(statement)


def test_words_after_the_command_go_straight_to_the_file(story: Story) -> None:
    asked = story.ask(f"/exportar {TODAY.year - 1} csv", "CSV · ")
    file = document(story, asked)
    assert file["document"]["file_name"] == f"extrato_{TODAY.year - 1}.csv"
    assert any("Padaria Exemplo" in line for line in cells(story, file))
    story.rest()
    formats = story.ask("/exportar tudo", "Em que formato?")
    assert "3 lançamentos." in formats["text"]
    story.ask("/exportar xyz123 pdf", "Nenhum lançamento com “xyz123”")
    story.ask("/exportar 31/02 pdf", "Não encontrei o dia 31/02")


def test_the_list_on_the_screen_is_what_is_exported(story: Story) -> None:
    statement = story.ask("/extrato >100", "Só acima de R$\xa0100,00")
    formats = story.press(statement, "📤 Exportar", "Só acima de R$\xa0100,00")
    assert "Em que formato?" in formats["text"]
    story.press(formats, "‹ Ao extrato", "Entrou R$\xa01.200,00")
    formats = story.press(story.current(formats), "📤 Exportar", "Em que formato?")
    said = story.press(formats, "CSV", "O arquivo chega logo abaixo.")
    file = document(story, said)
    assert file["text"].startswith("1 lançamento · entrou R$\xa01.200,00 · saiu R$\xa00,00 · conferido com o extrato")
    assert sum("=HYPERLINK" in "".join(line) for line in cells(story, file)) == 0


def test_who_typed_the_period_goes_back_to_the_steps_and_not_to_a_list_never_opened(story: Story) -> None:
    month = TODAY.strftime("%m/%Y")
    formats = story.ask(f"/exportar {month}", "Em que formato?")
    assert labels(formats) == [*FORMATS, "‹ Voltar"]
    accounts = story.press(formats, "‹ Voltar", "De qual conta?")
    assert "Todas as contas" in labels(accounts)
    formats = story.ask(f"/exportar {month} >100", "Só acima de R$\xa0100,00")
    assert labels(formats) == [*FORMATS, "‹ Voltar"]
    said = story.press(formats, "CSV", "O arquivo chega logo abaixo.")
    assert document(story, said)["text"].startswith("1 lançamento · ")
    story.press(story.ask(f"/exportar {month} >100", "Em que formato?"), "‹ Voltar", "De qual conta?")
    nothing = story.ask("/exportar xyz123", "Nenhum lançamento com “xyz123”")
    assert labels(nothing) == ["‹ Voltar", "Outro período"]
    story.press(nothing, "‹ Voltar", "De qual conta?")


def test_a_bank_that_was_typed_is_kept_for_all_there_is(story: Story) -> None:
    bank = story.core.connector.list_connections(ANA)[0]["connector_name"]
    with story.core.database.writing() as session:  # older than banks show, so that all there is is more than a list
        oldest = update(TransactionRow).where(TransactionRow.amount == Decimal(-80))
        session.execute(oldest.values(occurred_on=date(2024, 1, 2)))
    story.bank_shows(checking(9), rows=[row(9, TODAY, "-10.00")])
    story.connect(ANA, 219)
    formats = story.ask(f"/exportar {bank} tudo", "Em que formato?")
    assert f"· {bank}" in formats["text"]
    said = story.press(formats, "CSV", f"· {bank}")
    assert document(story, said)["text"].startswith("3 lançamentos · ")


def test_an_amount_is_not_forgotten_for_all_there_is(story: Story) -> None:
    with story.core.database.writing() as session:
        oldest = update(TransactionRow).where(TransactionRow.amount == Decimal(-80))
        session.execute(oldest.values(occurred_on=date(2024, 1, 2)))
    story.ask("/exportar tudo >100", "diga também o formato")
    said = story.ask("/exportar tudo >100 csv", "O arquivo chega logo abaixo.")
    assert document(story, said)["text"].startswith("1 lançamento · entrou R$\xa01.200,00 · ")


def test_with_one_account_back_leads_to_the_period(servers: Servers, sqlite_url: str) -> None:
    """There is no account to choose: the step before is the period, and no button leads to where it stands."""
    with tell(servers, sqlite_url) as story:
        story.telegram.add_user(ANA, "Ana")
        story.bank_shows(checking(), rows=[row(1, TODAY)])
        story.connect(ANA)
        formats = story.press(story.ask("/exportar", "De que período?"), "Este mês", "Em que formato?")
        story.press(formats, "‹ Voltar", "De que período?")
        formats = story.ask(f"/exportar {TODAY:%m/%Y}", "Em que formato?")
        story.press(formats, "‹ Voltar", "De que período?")
        nothing = story.press(story.ask("/exportar", "De que período?"), "Ano passado", "Não há o que exportar")
        assert labels(nothing) == ["Outro período"]


def test_every_format_comes_and_after_a_restart_too(story: Story) -> None:
    periods = story.ask("/exportar", "De que período?")
    formats = story.press(story.press(periods, "Tudo", "De qual conta?"), "Todas as contas", "Em que formato?")
    story.restart()
    seen = formats
    for name, extension in zip(FORMATS, ("xlsx", "pdf", "csv", "ofx", "beancount"), strict=True):
        story.rest()
        wait_until(lambda: not story.bot.context.exporting)
        story.telegram.press(ANA, formats["message_id"], data=data_of(formats, name))
        seen = document(story, seen)
        assert seen["document"]["file_name"].endswith(f".{extension}")
        assert len(story.telegram.file(seen)) > 100


# --- typed periods -------------------------------------------------------------------------------------------------


def test_a_period_is_typed_and_one_that_is_not_understood_is_asked_for_again(story: Story) -> None:
    asked = story.press(story.ask("/exportar", "De que período?"), "Escolher", "Que período?")
    story.ask("banana", "Não entendi o período.")
    story.ask(f"{TODAY.year - 1}", "De qual conta?")
    assert story.current(asked)["buttons"] == []
    asked = story.press(story.ask("/exportar", "De que período?"), "Escolher", "Que período?")
    story.press(asked, "Cancelar", "Nada foi exportado.")
    asked = story.press(story.ask("/exportar", "De que período?"), "Escolher", "Que período?")
    story.ask("/cancelar", "Nada foi exportado.")


# --- what goes wrong -----------------------------------------------------------------------------------------------


def test_nobody_exports_what_is_not_theirs(story: Story) -> None:
    account = story.core.connector.list_accounts(ANA)[0]["id"]
    story.bank_shows(checking(), rows=[row(1, TODAY)], user="11144477735")
    story.connect(BRUNO, user="11144477735")
    screen = story.ask("/exportar", "De que período?", BRUNO)
    token = period_token(Period(TODAY, TODAY))
    bank = f"B{base36(story.core.connector.list_connections(ANA)[0]['id'])}"
    for forged in (
        *(f"expf:{token}:{account}", f"expw:{token}:{account}:0", f"expf:{token}:{bank}", f"expw:{token}:{bank}:0"),
        *(f"expw:{token}:B:0", "expw:::", f"expw:{token}::9", "expa:x:0"),
    ):
        assert "expirou" in story.forge(screen, forged, BRUNO)
    assert not any(each["document"] for each in story.telegram.messages(BRUNO))


def test_without_a_bank_there_is_a_way_to_one(story: Story) -> None:
    assert "🏦 Conectar" in labels(story.ask("/exportar", "Nenhum banco conectado", BRUNO))


def test_two_taps_give_one_file_and_progress_is_told(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with story.core.database.writing() as session:
        found = select(TransactionRow.__table__).where(TransactionRow.occurred_on == TODAY).limit(1)
        one = dict(session.execute(found).mappings().one())
        del one["id"]
        session.execute(insert(TransactionRow), [{**one, "pluggy_id": f"copy {each}"} for each in range(6000)])
    formats = story.ask("/exportar tudo", "Em que formato?")
    first = story.telegram.press(ANA, formats["message_id"], "Excel")
    story.telegram.wait_for_text(ANA, "⏳ Preparando seu arquivo…")
    story.rest()
    second = story.telegram.press(ANA, formats["message_id"], data=data_of(formats, "CSV"))
    assert story.telegram.wait_for_answer(second)["text"] == words.ALREADY_PREPARING
    assert story.telegram.wait_for_answer(first)["text"] in {None, ""}
    document(story, formats)
    wait_until(lambda: not story.bot.context.exporting)
    standing = story.telegram.messages(ANA)
    assert "Preparando" not in transcript(standing)
    assert len([each for each in standing if each["document"]]) == 1
    assert list(tmp_path.glob("export-*")) == []


def test_what_telegram_would_not_take_comes_in_parts(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = io.BytesIO()
    everything = StatementFilters(Period(date(TODAY.year - 1, 1, 1), TODAY))
    write_export(build_export(story.core.database, ANA, everything, story.clock.now()), "csv", whole)
    monkeypatch.setattr(export_sending, "DOCUMENT_LIMIT", len(whole.getvalue()) - 1)
    asked = story.ask("/exportar tudo csv", "CSV · ")
    story.telegram.wait_for_text(ANA, "passa dos 50 MB")
    wait_until(lambda: not story.bot.context.exporting)
    files = [each for each in story.telegram.messages(ANA) if each["document"]]
    assert [each["text"].split("\n")[0] for each in files] == [
        f"Parte {n} de {len(files)}." for n in range(1, len(files) + 1)
    ]
    text = "".join("".join(line) for file in files for line in cells(story, file))
    assert "Padaria Exemplo" in text
    monkeypatch.setattr(export_sending, "DOCUMENT_LIMIT", 10)
    story.ask("/exportar tudo csv", "Nem em partes esse arquivo cabe")
    assert asked["message_id"] < files[0]["message_id"]


# --- the small parts -----------------------------------------------------------------------------------------------


@given(st.dates(date(2000, 1, 1), date(2099, 1, 1)), st.integers(0, 3000))
@settings(max_examples=50)
def test_a_button_carries_any_period(start: date, days: int) -> None:
    period = Period(start, start + timedelta(days=days))
    assert read_period_token(period_token(period)) == period


@given(st.text(max_size=30))
@settings(max_examples=100)
def test_a_forged_period_is_refused_or_is_a_period(token: str) -> None:
    try:
        period = read_period_token(token)
    except ValueError:
        return
    assert period.start <= period.end


def test_a_format_is_found_among_the_words() -> None:
    assert split_format("outubro nubank PDF") == ("pdf", "outubro nubank")
    assert split_format("planilha outubro") == ("xlsx", "outubro")
    assert split_format("gnucash") == ("ofx", "")
    assert split_format("mercado") == (None, "mercado")
    assert [read_format(str(place)) for place in range(6)] == [*NAMES, None]
    assert [read_format(each) for each in ("", "-1", "²", "x")] == [None] * 4


def test_every_format_says_what_it_is_good_for() -> None:
    assert set(words.PURPOSES) == set(NAMES) == set(FILE_FORMATS)
