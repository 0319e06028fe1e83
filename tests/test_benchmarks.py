"""The benchmarks themselves: what holds and what does not, what is printed, and that the counters count."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from random import Random

import pytest

from benchmarks import __main__ as program
from benchmarks import counts, doors, holdings, spine
from benchmarks.memory import resident_kb
from benchmarks.report import Row, format_rows
from benchmarks.sizes import RECENT, history, show_balance, show_statement
from open_finance.pluggy_client import PluggyClient
from open_finance.storage import ledger, transaction_rows
from open_finance.storage.database import Database
from tests.clocks import START
from tests.rows import USER, account_data, add_connection, transaction_data

GOOD = Row("requests of a pass", 1, "=", 1, "requests")
BAD = Row("memory at start", 130.5, "≤", 120, "MB")

Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put benchmarks with these rows in place of the real ones."""

    def put(**rows: list[Row]) -> None:
        fakes = {name: lambda _seed, fake=fake: fake for name, fake in rows.items()}
        monkeypatch.setattr(program, "BENCHMARKS", fakes)

    return put


@pytest.mark.parametrize(
    ("value", "relation", "bar", "holds"),
    [
        (0, "=", 0, True),
        (1, "=", 0, False),
        (3, "≤", 3, True),
        (3.01, "≤", 3, False),
        (0.9, "≥", 0.9, True),
        (0.89, "≥", 0.9, False),
    ],
)
def test_a_row_holds_when_its_value_stands_in_the_relation_to_its_bar(
    value: float, relation: str, bar: float, holds: bool
) -> None:
    assert Row("a figure", value, relation, bar).holds is holds


def test_somebody_with_much_is_looked_at_by_every_report(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, few in {"ROWS": 12, "POSITIONS": 5, "DAYS": 3, "LOANS": 1, "ROUNDS": 1}.items():
        monkeypatch.setattr(holdings, name, few)
    rows = holdings.measure(7)
    commands = [row.name.split()[0].rstrip(",") for row in rows]
    assert commands == [name for name in ("/investimentos", "/patrimonio", "/credito", "/saldo") for _ in range(2)]
    assert all(row.value > 0 for row in rows)


def test_the_table_marks_the_row_that_falls_short() -> None:
    good, bad = format_rows([GOOD, BAD]).splitlines()
    assert good.startswith("ok ")
    assert bad.startswith("FAIL memory at start")
    assert "130.5 ≤ 120 MB" in bad


def test_all_bars_held_is_exit_status_0(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(one=[GOOD], two=[GOOD])
    assert program.main([]) == 0
    assert capsys.readouterr().out.count(GOOD.name) == 2


def test_one_bar_missed_is_exit_status_1(install: Install) -> None:
    install(one=[GOOD, BAD], two=[GOOD])
    assert program.main([]) == 1
    assert program.main(["one"]) == 1
    assert program.main(["two"]) == 0


def test_json_is_all_that_is_printed(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(one=[GOOD, BAD])
    assert program.main(["--json", "--seed", "-3"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["seed"] == -3
    assert answer["one"] == [
        {"name": "requests of a pass", "value": 1, "relation": "=", "bar": 1, "unit": "requests", "holds": True},
        {"name": "memory at start", "value": 130.5, "relation": "≤", "bar": 120, "unit": "MB", "holds": False},
    ]


def test_the_seed_reaches_every_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def measure(seed: int) -> list[Row]:
        seeds.append(seed)
        return [GOOD]

    monkeypatch.setattr(program, "BENCHMARKS", {"one": measure, "two": measure})
    program.main(["--seed", "41"])
    assert seeds == [41, 41]


def test_a_name_that_is_none_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        program.main(["spin"])
    assert stopped.value.code == 2
    assert "spin" in capsys.readouterr().err


def test_the_counter_counts_rows_that_are_really_written_and_no_others(sqlite_database: Database) -> None:
    written = counts.count_writes(sqlite_database)

    def merge(*descriptions: str) -> None:
        rows = [transaction_data(f"row-{n}", description=text) for n, text in enumerate(descriptions)]
        with sqlite_database.writing() as session:
            ledger.merge_accounts(session, USER, connection_id, [account_data()], START)
            [state] = ledger.list_account_states(session, USER, connection_id).values()
            ledger.merge_transactions(session, USER, state.id, rows, START)

    with sqlite_database.writing() as session:
        connection_id = add_connection(session)
    assert written() == 0
    merge("Padaria", "Mercado")
    assert written() == 3
    merge("Padaria", "Mercado")
    assert written() == 0
    merge("Padaria", "Mercado novo")
    assert written() == 1


PARTS = {"day": counts.measure_schedule, "reading": counts.measure_reading, "keys": counts.measure_keys}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_the_counts_hold_for_a_seed_nobody_chose(part: Callable[[int], list[Row]]) -> None:
    assert [row for row in part(20_261_123) if not row.holds] == []


def test_the_histories_that_are_compared_have_the_rows_they_say() -> None:
    with history(Random(1), recent=RECENT, older=40) as database:
        show_balance(database)
        show_statement(database)
        with database.reading() as session:
            assert len(transaction_rows.list_transactions(session, USER)) == RECENT + 40


NAMES = [f"20261123:{number}" for number in range(4)]


def test_the_doors_hold_for_orders_nobody_chose(capfd: pytest.CaptureFixture[str]) -> None:
    rows = doors.measure_orders(NAMES, processes=2)
    assert [row for row in rows if row.bar == 0 and not row.holds] == []
    assert rows[0].unit == "of 4"
    assert capfd.readouterr().err == ""


def test_an_order_that_fails_is_told_with_the_command_that_shows_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PluggyClient, "delete_item", lambda *_arguments: None)
    names = [f"7:{number}" for number in range(10)]
    assert not doors.measure_orders(names, processes=1)[0].holds
    told = capsys.readouterr().err
    assert "to see it again: python -m tests.orders 7:" in told
    assert told.count("to see it again") <= doors.TOLD


def test_a_process_is_never_bigger_than_its_peak() -> None:
    assert 0 < resident_kb("self") <= resident_kb("self", "VmHWM")


def test_what_goes_wrong_on_purpose_is_not_logged_between_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("a.logger.of.the.benchmarks")
    logger.propagate = False
    with spine.quiet(logger.name):
        logger.warning("refused on purpose")
    assert capsys.readouterr().err == ""
    assert logger.handlers == []
