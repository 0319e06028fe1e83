"""An OFX file is read by programs that we did not write: with the right days and amounts, and twice without a duplicate."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ofxtools.Parser import OFXTree

from open_finance.clock import SAO_PAULO
from open_finance.exports.ofx_file import NAME_LIMIT, write_ofx
from open_finance.exports.settled_rows import account_keys, is_settled, left_out, row_key, settled_rows
from open_finance.money import ZERO
from open_finance.reading.statement_export import ExportRow, StatementExport
from open_finance.reading.statement_query import Period
from open_finance.reading.statements import StatementFilters
from open_finance.statement_exports import build_export
from tests.clocks import ManualClock
from tests.databases import on_both
from tests.export_records import HOSTILE, export_account, export_of, export_row, rows_of
from tests.fake_bank import World
from tests.returning import HERE, leave, read, read_world, return_by_another_item, year_of
from tests.rows import USER

OFXDUMP, HLEDGER = Path("/usr/bin/ofxdump"), Path("/usr/bin/hledger")
AUTOSYNC = Path(sys.executable).parent / "ledger-autosync"
needs_ofxdump = pytest.mark.skipif(not OFXDUMP.exists(), reason="libofx is not installed (apt-get install ofx)")
needs_hledger = pytest.mark.skipif(not HLEDGER.exists(), reason="hledger is not installed (apt-get install hledger)")
CARD = export_account(3, type="CREDIT", subtype="CREDIT_CARD", bank="Nubank", balance=Decimal("-812.30"))
PLACES = ("America/Sao_Paulo", "UTC", "Asia/Tokyo")


def ofx_of(export: StatementExport) -> bytes:
    written = io.BytesIO()
    write_ofx(export, written)
    return written.getvalue()


def parsed(content: bytes) -> list[Any]:
    """The statements as ofxtools reads them, strictly."""
    tree = OFXTree()
    tree.parse(io.BytesIO(content))
    return list(tree.convert().statements)


def movements(statements: list[Any]) -> Counter[tuple[str, date, Decimal]]:
    """Key, São Paulo day and amount of each row."""
    return Counter(
        (row.fitid, row.dtposted.astimezone(SAO_PAULO).date(), row.trnamt)
        for statement in statements
        for row in statement.transactions
    )


def expected(rows: tuple[ExportRow, ...]) -> Counter[tuple[str, date, Decimal]]:
    return Counter((row_key(row), row.day, row.amount) for row in rows)


# --- what the file says --------------------------------------------------------------------------------------------------


def test_every_account_is_there_with_its_kind_its_balance_and_its_day() -> None:
    savings = export_account(2, subtype="SAVINGS_ACCOUNT", closing=Decimal("70.00"))
    export = export_of([export_row(1, account_id=3)], accounts=(export_account(1), savings, CARD))
    checking, saved, card = parsed(ofx_of(export))
    assert (checking.account.bankid, checking.account.accttype) == ("341", "CHECKING")
    assert (checking.ledgerbal.balamt, checking.ledgerbal.dtasof.date()) == (Decimal("1000.00"), date(2026, 11, 23))
    assert (saved.account.accttype, saved.ledgerbal.balamt, saved.ledgerbal.dtasof.date()) == (
        "SAVINGS",
        Decimal("70.00"),
        date(2026, 11, 30),
    )
    assert type(card.account).__name__ == "CCACCTFROM"
    assert card.ledgerbal.balamt == Decimal("-812.30"), "what is owed"
    assert [(row.trnamt, row.trntype) for row in card.transactions] == [(Decimal("-50.00"), "DEBIT")]
    assert {statement.curdef for statement in (checking, saved, card)} == {"BRL"}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "DEBIT"),
        ({"amount": Decimal(5), "kind": "income"}, "CREDIT"),
        ({"kind": "own_transfer"}, "XFER"),
        ({"kind": "bill_payment"}, "PAYMENT"),
        ({"category_id": "16010000", "group": "Tarifas, juros e empréstimos"}, "FEE"),
        ({"category_id": "02020000"}, "INT"),
    ],
)
def test_kind_of_a_row(changes: dict[str, Any], kind: str) -> None:
    (row,) = parsed(ofx_of(export_of([export_row(1, **changes)])))[0].transactions
    assert row.trntype == kind


def test_long_name_is_cut_and_told_whole_beside_it() -> None:
    long = "Supermercado São João do Araçá — Filial Conceição"
    (row,) = parsed(ofx_of(export_of([export_row(1, description=long, instalment=(2, 3))])))[0].transactions
    assert row.name == long[:NAME_LIMIT].rstrip()
    assert row.memo == f"{long} · Padaria · parcela 2/3"


def test_other_currency_has_a_statement_of_its_own() -> None:
    export = export_of([export_row(1), export_row(2, currency="USD", amount=Decimal("-7.10"))])
    statements = parsed(ofx_of(export))
    assert [(one.curdef, len(one.transactions)) for one in statements] == [("BRL", 1), ("USD", 1), ("BRL", 0)]
    assert len({one.account.acctid for one in statements}) == 3


def test_what_is_not_settled_is_left_out_and_counted() -> None:
    rows = [export_row(1), export_row(2, pending=True), export_row(3, scheduled=True), export_row(4, unconfirmed=True)]
    export = export_of(rows)
    assert movements(parsed(ofx_of(export))) == expected((rows[0],))
    assert left_out(export) == 3


@given(rows_of(), st.data())
@settings(max_examples=30)
def test_ofxtools_reads_each_settled_row_once(rows: tuple[ExportRow, ...], data: st.DataObject) -> None:
    mixed = tuple(replace(row, pending=data.draw(st.booleans())) for row in rows)
    export = export_of(mixed)
    found = movements(parsed(ofx_of(export)))
    assert found == expected(settled_rows(export))
    assert found.total() + left_out(export) == export.count
    pending = sum((row.amount for row in mixed if not is_settled(row)), ZERO)
    assert sum((amount for _, _, amount in found), ZERO) + pending == sum((row.amount for row in mixed), ZERO)


@pytest.mark.parametrize("text", [*HOSTILE, "]]>", "<FITID>1", "&#60;", "</STMTTRN><STMTTRN>", "<!DOCTYPE x>", "商店"])
def test_hostile_text_is_text(text: str) -> None:
    export = export_of(
        [export_row(1, description=text, category=text, foreign_amount=Decimal(1), foreign_currency=text)]
    )
    content = ofx_of(export)
    assert movements(parsed(content)) == expected(export.rows)
    assert content.count(b"<STMTTRN>") == content.count(b"<FITID>") == 1


def test_accents_are_in_the_encoding_of_the_header() -> None:
    content = ofx_of(export_of([export_row(1, description="Pão & Açaí")]))
    assert b"CHARSET:1252" in content
    assert "<NAME>Pão &amp; Açaí</NAME>".encode("cp1252") in content


# --- libofx, the library of GnuCash ----------------------------------------------------------------------------------------


def dumped(path: Path, zone: str) -> str:
    made = subprocess.run(
        [OFXDUMP, path],
        capture_output=True,
        check=True,
        timeout=60,
        env={**os.environ, "TZ": zone, "LC_ALL": "C.UTF-8"},
    )
    assert b"ERROR" not in made.stderr
    assert b"WARNING" not in made.stderr
    return made.stdout.decode("utf-8")


@needs_ofxdump
@pytest.mark.parametrize("zone", PLACES)
def test_libofx_reads_the_same_days_amounts_and_words(tmp_path: Path, zone: str) -> None:
    rows = [
        export_row(1, description="Pão & Açaí", day=date(2026, 11, 1)),
        export_row(2, amount=Decimal("1234.56"), kind="income", day=date(2026, 11, 30)),
        export_row(3, account_id=3, day=date(2026, 2, 28), amount=Decimal("-0.01")),
    ]
    (path := tmp_path / "extrato.ofx").write_bytes(ofx_of(export_of(rows, accounts=(export_account(1), CARD))))
    told = dumped(path, zone)
    days = re.findall(r"Date posted: \w+ (\w+) +(\d+) \S+ (\d+)", told)
    assert days == [("Nov", "1", "2026"), ("Nov", "30", "2026"), ("Feb", "28", "2026")]
    assert re.findall(r"Total money amount: (\S+)", told) == ["-50.00", "1234.56", "-0.01"]
    assert re.findall(r"Financial institution's ID .*: (\w+)", told) == [row_key(row) for row in rows]
    assert "Pão & Açaí" in told


# --- the same row, known again ---------------------------------------------------------------------------------------------


@given(rows_of(), st.data())
@settings(max_examples=30)
def test_a_row_has_one_key_and_no_other_has_it(rows: tuple[ExportRow, ...], data: st.DataObject) -> None:
    keys = [row_key(row) for row in rows]
    assert len(set(keys)) == len(rows)
    changed = [
        replace(
            row,
            account_id=99,
            description=data.draw(st.sampled_from(["outra", row.description])),
            category_id="own:1",
            day=row.day + timedelta(days=data.draw(st.integers(0, 3))),
            amount=row.amount + 1,
            note="nota",
        )
        for row in rows
    ]
    assert [row_key(row) for row in changed] == keys


def test_an_id_that_is_given_out_again_is_another_row() -> None:
    first = export_row(1, known_since=ManualClock().now())
    assert row_key(first) != row_key(replace(first, known_since=ManualClock().now() + timedelta(microseconds=1)))


def test_account_is_known_by_its_last_digits_and_no_more_of_its_number() -> None:
    one = replace(export_account(1), number="123456789")
    keys = account_keys((one, replace(one, id=2, identity="other"), replace(one, id=3)))
    assert len(set(keys.values())) == 3
    assert all(re.fullmatch(r"6789-[0-9a-f]{4}(-\d)?", key) for key in keys.values())
    assert account_keys((replace(one, id=77),)) == {77: keys[1]}


@pytest.fixture
def world(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[World]:
    yield from read_world(request, clock)


def export_now(world: World, period: Period | None = None, account_id: int | None = None) -> StatementExport:
    filters = StatementFilters(period or year_of(world), account_id=account_id)
    return build_export(world.database, USER, filters, world.clock.now())


def checking_of(world: World) -> int:
    return next(account.id for account in export_now(world).accounts if account.type == "BANK")


def a_year_of_changes(world: World) -> Iterator[StatementExport]:
    """The checking account's statement: at first; after rows changed, settled and came late; after the bank came back under
    other ids; and of a part of the time."""
    world.bank.add("waiting", status="PENDING", amount=Decimal("-33.00"), description="Hotel Exemplo")
    world.bank.add("twice", days=5, amount=Decimal("-10.00"), description="Café")
    world.bank.add("twice too", days=5, amount=Decimal("-10.00"), description="Café")
    read(world)
    yield export_now(world, account_id=checking_of(world))
    world.bank.edit("row-1", description="Padaria do Zé & Filhos")
    world.bank.settle("waiting", "settled")
    world.bank.add("late", days=9, amount=Decimal("-4.50"), description="Estacionamento")
    read(world)
    yield export_now(world, account_id=checking_of(world))
    leave(world)
    again = return_by_another_item(world)
    world.sync(connection_id=again)
    assert any(account["pluggy_id"] == HERE for account in world.books()["bank_accounts"])
    yield export_now(world, account_id=checking_of(world))
    today = world.clock.now().astimezone(SAO_PAULO).date()
    yield export_now(world, Period(today - timedelta(days=6), today), account_id=checking_of(world))


@on_both("world")
def test_keys_stay_through_changes_and_a_reconnection(world: World) -> None:
    first, second, third, part = a_year_of_changes(world)
    keys = [Counter(row_key(row) for row in settled_rows(one)) for one in (first, second, third, part)]
    assert (first.count, left_out(first), second.count, left_out(second)) == (6, 1, 7, 0)
    assert keys[0] < keys[1] == keys[2] > keys[3]
    assert max(keys[2].values()) == 1
    statements = [parsed(ofx_of(one))[0].account.acctid for one in (first, second, third, part)]
    assert len(set(statements)) == 1, "an account that came back is the same account"


@needs_hledger
def test_ledger_autosync_takes_in_what_is_new_and_nothing_twice(world: World, tmp_path: Path) -> None:
    journal = tmp_path / "livro.journal"
    journal.write_text("account Assets:Itau\n", encoding="utf-8")
    added = []
    for export in a_year_of_changes(world):
        (path := tmp_path / "extrato.ofx").write_bytes(ofx_of(export))
        made = subprocess.run(
            [AUTOSYNC, "--hledger", "-l", journal, "-a", "Assets:Itau", path],
            capture_output=True,
            check=True,
            timeout=100,
            env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)},
        )
        with journal.open("ab") as book:
            book.write(made.stdout)
        added.append(made.stdout.count(b"ofxid:"))
        if len(added) == 3:
            held = subprocess.run(
                [HLEDGER, "-f", journal, "bal", "Assets:Itau", "-N", "--layout=bare", "-O", "csv"],
                capture_output=True,
                check=True,
                text=True,
                timeout=60,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            ).stdout
            assert f'"{sum((row.amount for row in settled_rows(export)), ZERO)}"' in held
    assert added == [5, 2, 0, 0]
