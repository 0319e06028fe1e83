"""A person's archive: every row of theirs and nobody else's, readable by people and programs, whatever its size."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, BinaryIO, cast
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from open_finance.config import Settings
from open_finance.personal.archive import _TABLES
from open_finance.personal_data import PersonalData
from open_finance.pluggy_client import PluggyClient
from open_finance.reading.plain_text import inert
from open_finance.storage import categories
from open_finance.storage.database import Database
from open_finance.storage.models import JOINED_TRANSACTIONS, AccountJoinRow, AccountRow, TransactionRow
from tests.bank_world import ANA, BRUNO, ITAU, World
from tests.builders import TODAY
from tests.clocks import START, ManualClock
from tests.databases import database_for, on_both
from tests.every_row import PERSON, everything, fill_every_table, owned_tables
from tests.rows import add_account, add_connection, transaction_data

OTHER = PERSON + 1


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with database_for(request) as opened:
        yield opened


def personal_data(database: Database, clock: ManualClock) -> PersonalData:
    return PersonalData(PluggyClient(Settings("id", "secret", "http://127.0.0.1:9")), database, clock)


def export(personal: PersonalData, user_id: int, year: int | None = None) -> ZipFile:
    target = io.BytesIO()
    personal.export(user_id, target, year=year)
    archive = ZipFile(target)
    assert archive.testzip() is None
    return archive


def table(archive: ZipFile, name: str) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", json.loads(archive.read(f"dados/{name}.json")))


def sheet(archive: ZipFile, name: str) -> list[dict[str, str]]:
    text = archive.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def amount(cell: str) -> Decimal:
    return Decimal(cell.replace(",", "."))


def as_json(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value


# --- every row -----------------------------------------------------------------------------------------------------


@on_both("database")
def test_every_row_of_the_person_is_there_as_it_is_stored_and_none_of_anybody_else(
    database: Database, clock: ManualClock
) -> None:
    with database.writing() as session:
        for user_id in (PERSON, OTHER):
            fill_every_table(session, user_id)
    archive = export(personal_data(database, clock), PERSON)
    stored = everything(database)
    for each in owned_tables():
        own = [row for row in stored[each.name] if row["user_id"] == PERSON]
        assert own
        assert table(archive, each.name) == [{name: as_json(value) for name, value in row.items()} for row in own]
    assert all(str(OTHER).encode() not in archive.read(name) for name in archive.namelist())
    assert len(sheet(archive, "contas.csv")) == len(sheet(archive, "lancamentos.csv")) == 1
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_whoever_has_nothing_gets_an_archive_that_says_so(sqlite_database: Database, clock: ManualClock) -> None:
    archive = export(personal_data(sqlite_database, clock), PERSON)
    assert all(table(archive, each.name) == [] for each in owned_tables())
    assert sheet(archive, "lancamentos.csv") == []


def test_guide_names_every_file_and_every_table_is_explained(sqlite_database: Database, clock: ManualClock) -> None:
    archive = export(personal_data(sqlite_database, clock), PERSON)
    guide = archive.read("LEIA-ME.txt").decode("utf-8-sig")
    assert guide.startswith("SEUS DADOS\r\n")
    assert "23/11/2026 às 12:00" in guide
    assert set(_TABLES) == {each.name for each in owned_tables()}
    assert all(f"\r\n{name} " in guide for name in _TABLES)
    assert set(archive.namelist()) == {
        "LEIA-ME.txt",
        "contas.csv",
        "lancamentos.csv",
        *(f"dados/{name}.json" for name in _TABLES),
    }
    assert {info.date_time for info in archive.infolist()} == {(2026, 11, 23, 12, 0, 0)}


@on_both("world")
def test_sums_are_those_of_the_statement(world: World) -> None:
    for user_id in (ANA, BRUNO):
        world.connector.create_connection(user_id=user_id, **ITAU if user_id == ANA else {**ITAU, **BRUNOS})
    client = PluggyClient(Settings("id", "secret", world.server.url))
    archive = export(PersonalData(client, world.database, world.clock), ANA)
    statement = world.connector.get_statement(ANA, days=500)
    assert len(statement) > 100
    stored = table(archive, "bank_transactions")
    assert all(row["removed_at"] is None for row in stored)
    rows = [
        row for row in stored if row["occurred_on"] <= TODAY.isoformat()
    ]  # a statement leaves out what is scheduled
    assert {row["id"]: Decimal(row["amount"]) for row in rows} == {row["id"]: row["amount"] for row in statement}
    lines = [line for line in sheet(archive, "lancamentos.csv") if day_of(line) <= TODAY]
    assert sum(amount(line["Valor"]) for line in lines) == sum(row["amount"] for row in statement)
    assert {line["Número aqui"] for line in lines} == {str(row["id"]) for row in statement}
    assert [day_of(line) for line in lines] == sorted(row["occurred_on"] for row in statement)
    accounts = world.connector.list_accounts(ANA)
    cash = sum(amount(line["Saldo"]) for line in sheet(archive, "contas.csv") if line["Tipo"] in CASH)
    assert cash == world.connector.get_total_balance(ANA)
    assert [line["Número aqui"] for line in sheet(archive, "contas.csv")] == [str(each["id"]) for each in accounts]


def day_of(line: dict[str, str]) -> date:
    return datetime.strptime(line["Data"], "%d/%m/%Y").date()  # noqa: DTZ007 - a calendar day


BRUNOS: dict[str, Any] = {"credentials": {"user": "11144477735", "password": "outra"}}
CASH = {"Conta corrente", "Poupança"}


# --- for people ----------------------------------------------------------------------------------------------------


def fill(database: Database, *rows: dict[str, Any], **account: Any) -> None:
    with database.writing() as session:
        connection_id = add_connection(session, PERSON, connector_name="Banco; Exemplo")
        account_id = add_account(session, connection_id, PERSON, **account)
        owned = {"user_id": PERSON, "connection_id": connection_id, "account_id": account_id}
        for number, row in enumerate(rows):
            data = transaction_data(f"row-{number}", **{k: v for k, v in row.items() if k not in OWN})
            own = {name: row.get(name) for name in OWN}
            times = {"created_at": CREATED, "updated_at": CREATED}
            session.execute(insert(TransactionRow).values(**owned, **data, **own, **times))


OWN = ("user_category", "note", "removed_at")
CREATED = datetime.fromisoformat("2026-11-20T12:00:00+00:00")


def test_sheets_speak_brazilian(sqlite_database: Database, clock: ManualClock) -> None:
    fill(
        sqlite_database,
        {
            "amount": Decimal("-1234.50"),
            "description": 'Loja "do Zé"; açaí',
            "category_id": "11010000",
            "installment_number": 2,
            "total_installments": 3,
            "note": "duas\nlinhas",
            "removed_at": CREATED,
        },
        marketing_name="Conta Fácil",
        overdraft_limit=Decimal("1000.00"),
    )
    archive = export(personal_data(sqlite_database, clock), PERSON)
    assert archive.read("lancamentos.csv").startswith("\ufeffData;Banco;Conta;".encode())
    (line,) = sheet(archive, "lancamentos.csv")
    assert line == {
        "Data": "20/11/2026",
        "Banco": "Banco; Exemplo",
        "Conta": "Conta Fácil",
        "Descrição": 'Loja "do Zé"; açaí',
        "Valor": "-1234,50",
        "Moeda": "BRL",
        "Categoria": "Restaurantes",
        "Sua categoria": "",
        "Sua nota": "duas\nlinhas",
        "Situação": "Lançado",
        "Parcela": "2 de 3",
        "Loja": "",
        "Quem pagou ou recebeu": "",
        "Retirado pelo banco em": "20/11/2026 09:00",
        "Número aqui": "1",
    }
    (account,) = sheet(archive, "contas.csv")
    assert (account["Saldo"], account["Limite"], account["Oculta do total"]) == ("1000,00", "1000,00", "não")


@pytest.mark.parametrize("text", ["=1+1", "+55", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A"])
def test_no_text_is_a_formula(sqlite_database: Database, clock: ManualClock, text: str) -> None:
    names = ("description", "merchant_name", "counterparty", "note", "user_category")
    fill(sqlite_database, dict.fromkeys(names, text), name=text, number=text)
    archive = export(personal_data(sqlite_database, clock), PERSON)
    for file in ("lancamentos.csv", "contas.csv"):
        (line,) = sheet(archive, file)
        cells = [cell for column, cell in line.items() if column not in {"Valor", "Saldo"}]
        assert f"'{text}" in cells
        assert text not in cells
    (line,) = sheet(archive, "lancamentos.csv")
    assert line["Valor"] == "-50,00"


@pytest.mark.parametrize(
    ("chosen", "called"),
    [("own:1", "'=Bolo"), ("own:2", ""), ("11010000", "Restaurantes"), ("not_spending", "Não é gasto"), (None, "")],
)
def test_the_persons_category_stands_by_its_name(
    sqlite_database: Database, clock: ManualClock, chosen: str | None, called: str
) -> None:
    fill(sqlite_database, {"user_category": chosen})
    with sqlite_database.writing() as session:
        categories.add_personal(session, PERSON, "=Bolo", START)
    (line,) = sheet(export(personal_data(sqlite_database, clock), PERSON), "lancamentos.csv")
    assert line["Sua categoria"] == called


@given(st.text())
def test_only_what_would_be_a_formula_is_touched(text: str) -> None:
    assert inert(text) in {text, f"'{text}"}
    assert (inert(text) == text) == (text[:1] not in set("=+-@\t\r\n＝＋－＠") or not text)


# --- size ----------------------------------------------------------------------------------------------------------


class Sink(io.RawIOBase):
    """A target that keeps nothing and cannot be sought, as a socket."""

    def __init__(self) -> None:
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


@pytest.mark.parametrize("fixture", ["sqlite_database", pytest.param("postgres_database", marks=pytest.mark.postgres)])
def test_memory_does_not_grow_with_the_rows(request: pytest.FixtureRequest, clock: ManualClock, fixture: str) -> None:
    database: Database = request.getfixturevalue(fixture)
    fill(database)
    personal = personal_data(database, clock)
    add_rows(database, 800)
    personal.export(PERSON, cast("BinaryIO", Sink()))  # what is imported and compiled, once
    few = peak_of_export(personal)
    add_rows(database, 2_400)
    assert peak_of_export(personal) < 1.3 * few


def peak_of_export(personal: PersonalData) -> int:
    """The most bytes held at once."""
    tracemalloc.start()
    sink = Sink()
    personal.export(PERSON, cast("BinaryIO", sink))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sink.size > 8_000
    return peak


def add_rows(database: Database, number: int) -> None:
    with database.writing() as session:
        begin = session.query(TransactionRow).count()
        owned = {"user_id": PERSON, "connection_id": 1, "account_id": 1, "created_at": CREATED, "updated_at": CREATED}
        rows = (
            {**owned, **transaction_data(f"row-{each}", occurred_on=TODAY - timedelta(days=each % 900))}
            for each in range(begin, begin + number)
        )
        session.execute(insert(TransactionRow), list(rows))


@on_both("database")
def test_a_year_has_its_transactions_and_everything_else_whole(database: Database, clock: ManualClock) -> None:
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    fill(database, *({"occurred_on": day} for day in days))
    personal = personal_data(database, clock)
    assert personal.list_years(PERSON) == [2024, 2025, 2026]
    assert personal.list_years(OTHER) == []
    archive = export(personal, PERSON, 2025)
    assert [row["occurred_on"] for row in table(archive, "bank_transactions")] == ["2025-01-01", "2025-12-31"]
    assert [line["Data"] for line in sheet(archive, "lancamentos.csv")] == ["01/01/2025", "31/12/2025"]
    assert len(table(archive, "bank_accounts")) == 1
    assert "tem os de 2025" in archive.read("LEIA-ME.txt").decode()


@on_both("database")
def test_a_year_has_its_joined_transactions_and_a_year_of_those_alone_is_a_year(
    database: Database, clock: ManualClock
) -> None:
    fill(database, {"occurred_on": date(2025, 1, 1)})
    with database.writing() as session:
        account = session.scalars(select(AccountRow)).one()
        join = AccountJoinRow(user_id=PERSON, account_id=account.id, former={}, matched=2, kept=0, joined_at=CREATED)
        session.add(join)
        session.flush()
        copies = [
            {**transaction_data(str(day), occurred_on=day), "user_id": PERSON, "created_at": CREATED}
            | {"updated_at": CREATED, "carried": False, "before_join_id": join.id}
            for day in (date(2024, 12, 31), date(2025, 1, 1))
        ]
        session.execute(insert(JOINED_TRANSACTIONS), copies)
    personal = personal_data(database, clock)
    assert personal.list_years(PERSON) == [2024, 2025]
    for year in (2024, 2025):
        (row,) = table(export(personal, PERSON, year), "joined_transactions")
        assert row["occurred_on"].startswith(str(year))


# --- how much ------------------------------------------------------------------------------------------------------


@on_both("database")
def test_summary_counts_what_stands(database: Database, clock: ManualClock) -> None:
    personal = personal_data(database, clock)
    assert personal.summarize(PERSON) == ((), 0, 0, None, None, True)
    fill(database, {"occurred_on": date(2025, 11, 24), "removed_at": CREATED}, {"occurred_on": date(2025, 11, 25)}, {})
    with database.writing() as session:
        add_connection(session, PERSON, "item-2", connector_name="Banco; Exemplo")
        add_connection(session, PERSON, "item-3", connector_name="Caixa", disconnected_at=CREATED)
        fill_every_table(session, OTHER)
    summary = personal.summarize(PERSON)
    assert summary == (("Banco; Exemplo", "Caixa"), 1, 2, date(2025, 11, 25), None, False)
    with database.writing() as session:
        session.execute(update(TransactionRow).values(removed_at=CREATED))
    assert personal.summarize(PERSON).transactions == 0
