"""Whatever a bank does between two passes, our rows end where its rows are, and what the person wrote stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from open_finance.errors import PluggyServerError
from open_finance.pluggy_rows import read_transaction
from open_finance.records import TransactionData
from open_finance.storage.database import Database
from open_finance.storage.models import TransactionRow
from tests.clocks import ManualClock
from tests.fake_bank import CARD, CHECKING, ITEM, World, build_world
from tests.returning import leave

DESCRIPTIONS = ("Padaria", "Padaria Exemplo", "Uber *Trip", "Pix enviado")
AMOUNTS = (Decimal("-5.00"), Decimal("-27.90"), Decimal("100.00"))
UNWELL = {"status": "OUTDATED", "executionStatus": "SITE_NOT_AVAILABLE"}
WELL = {"status": "UPDATED", "executionStatus": "SUCCESS"}

accounts = st.sampled_from([CHECKING, CARD])
rows = st.fixed_dictionaries(
    {
        "account": accounts,
        "days": st.integers(0, 20),
        "description": st.sampled_from(DESCRIPTIONS),
        "amount": st.sampled_from(AMOUNTS),
        "status": st.sampled_from(["PENDING", "POSTED"]),
    }
)
pick = st.integers(0, 10**6)
deeds = st.one_of(
    st.tuples(st.just("add"), rows),
    st.tuples(st.just("add"), rows),
    st.tuples(st.just("settle"), pick),
    st.tuples(st.just("restate"), pick),
    st.tuples(st.just("edit"), pick),
    st.tuples(st.just("remove"), pick),
    st.tuples(st.just("note"), pick),
)
passes = st.tuples(
    st.sampled_from(["narrow", "narrow", "narrow", "wide"]), st.sampled_from(["well", "well", "unwell", "cut"])
)
histories = st.lists(st.tuples(st.lists(deeds, max_size=5), passes), min_size=1, max_size=8)


class History:
    """A bank that lives on, passes over it, and what must be true at the end."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.number = 0
        self.accounts = {CHECKING: CHECKING, CARD: CARD}  # under the ids they have now
        self.item, self.connection_id = ITEM, world.connection_id

    def do(self, deed: str, value: Any) -> None:
        getattr(self, f"_{deed}")(value)

    def _new_id(self) -> str:
        self.number += 1
        return f"{self.number * 7919 % 10_007:05}"

    def _chosen(self, number: int) -> tuple[str, str] | None:
        everything = [(account, row) for account in self.accounts.values() for row in self.world.bank.rows[account]]
        return everything[number % len(everything)] if everything else None

    def _add(self, row: dict[str, Any]) -> None:
        changes = {**row, "account": self.accounts[row["account"]], "type": "CREDIT" if row["amount"] > 0 else "DEBIT"}
        self.world.bank.add(self._new_id(), **changes)

    def _settle(self, number: int) -> None:
        if (chosen := self._chosen(number)) is not None:
            self.world.bank.edit(chosen[1], chosen[0], status="POSTED")

    def _restate(self, number: int) -> None:
        if (chosen := self._chosen(number)) is not None:
            self.world.bank.settle(chosen[1], self._new_id(), chosen[0])

    def _edit(self, number: int) -> None:
        if (chosen := self._chosen(number)) is not None:
            self.world.bank.edit(chosen[1], chosen[0], description=DESCRIPTIONS[number % len(DESCRIPTIONS)])

    def _remove(self, number: int) -> None:
        if (chosen := self._chosen(number)) is not None:
            self.world.bank.remove(chosen[1], chosen[0])

    def _note(self, number: int) -> None:
        """The person writes on a row that stands in our books."""
        stored = self.world.books()["bank_transactions"]
        if stored:
            row_id = stored[number % len(stored)]["id"]
            with self.world.database.writing() as session:
                session.execute(
                    update(TransactionRow).where(TransactionRow.id == row_id).values(note=f"note on {row_id}")
                )

    def _change_doors(self, _number: int) -> None:
        """The connection is ended, its history kept; another one shows the same accounts, all under other ids."""
        leave(self.world, self.connection_id)
        self.item = f"door {self._new_id()}"
        self.connection_id = self.world.connect(self.item)
        for account, before in self.accounts.items():
            now = self.accounts[account] = f"{account} of {self.item}"
            rows = self.world.bank.rows.pop(before).values()
            renamed = {self._new_id(): {**row, "accountId": now} for row in rows}
            self.world.bank.rows[now] = {new_id: {**row, "id": new_id} for new_id, row in renamed.items()}

    def read(self, width: str, health: str) -> None:
        self.world.clock.advance(hours=6)
        self.world.bank.collect(self.item, **(UNWELL if health == "unwell" else WELL))
        if health == "cut":
            self.world.bank.on_call = _cut_second_listing(self.world)
        self.world.sync(width, self.connection_id)
        self.world.bank.on_call = lambda call: None

    def expected(self) -> dict[tuple[str, str], TransactionData]:
        """What the bank says now, read by nobody but the wire's own reader."""
        return {
            (account, row_id): read_transaction(
                raw,
                account_type="CREDIT" if account.startswith(CARD) else "BANK",
                account_currency="BRL",
                holder_documents=frozenset({"52998224725"}),
            )
            for account in self.accounts.values()
            for row_id, raw in self.world.bank.rows[account].items()
        }

    def carried(self) -> list[dict[str, Any]]:
        """What an earlier connection knew and this one has never listed."""
        rows = self.world.books()["bank_transactions"]
        return [row for row in rows if row["carried"] and row["removed_at"] is None]

    def never_joined(self) -> list[dict[str, Any]]:
        """What this connection lists and no earlier one was found to have known."""
        rows = self.world.books()["bank_transactions"]
        return [row for row in rows if row["join_id"] is None and row["removed_at"] is None]

    def stored(self) -> dict[tuple[str, str], TransactionData]:
        books = self.world.books()
        names = {account["id"]: account["pluggy_id"] for account in books["bank_accounts"]}
        return {
            (names[row["account_id"]], row["pluggy_id"]): {name: row[name] for name in TransactionData.__annotations__}  # type: ignore[misc]
            for row in books["bank_transactions"]
            if row["removed_at"] is None and not row["carried"]
        }


def _cut_second_listing(world: World) -> Any:
    def cut(call: str) -> None:
        if call.startswith(CARD):
            raise PluggyServerError("truncated")

    return cut


@contextmanager
def fresh_world(template: Path) -> Iterator[World]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "gerente.db"
        shutil.copy(template, path)
        database = Database(f"sqlite:///{path}")
        world = build_world(database, ManualClock())
        yield world
        world.synchronizer.stop()
        database.dispose()


def without_stamps(rows: dict[tuple[str, str], TransactionData]) -> dict[tuple[str, str], dict[str, Any]]:
    """Pluggy's own stamps alone are no change, so a row may carry older ones."""
    return {key: {k: v for k, v in row.items() if not k.startswith("pluggy_")} for key, row in rows.items()}


def check_notes(rows: list[dict[str, Any]], notes: dict[int, str]) -> None:
    """What was written stays; beside it only a row that took the place of one that is gone says the same."""
    by_id = {row["id"]: row for row in rows}
    assert notes.items() <= {row["id"]: row["note"] for row in rows}.items()
    gone = {(row["note"], *looks(row)) for row in rows if row["removed_at"] is not None}
    heirs = {row_id for row_id, row in by_id.items() if row["note"]} - notes.keys()
    assert all((by_id[heir]["note"], *looks(by_id[heir])) in gone for heir in heirs)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories)
def test_any_history_converges_and_a_second_pass_changes_nothing(sqlite_template: Path, history: Any) -> None:
    with fresh_world(sqlite_template) as world:
        lived = History(world)
        for happened, (width, health) in history:
            for deed, value in happened:
                lived.do(deed, value)
            lived.read(width, health)
        notes = {row["id"]: row["note"] for row in world.books()["bank_transactions"] if row["note"]}
        for _ in range(2):  # two, where only an implausible emptiness is left to believe
            lived.read("wide", "well")
        assert without_stamps(lived.stored()) == without_stamps(lived.expected())
        before = world.books()
        for width in ("narrow", "wide"):
            lived.read(width, "well")
        assert world.books() == before
        check_notes(before["bank_transactions"], notes)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        rows,
        min_size=4,
        max_size=12,
        unique_by=lambda row: (row["account"], row["description"], row["amount"], row["days"]),
    ),
    st.data(),
)
def test_what_was_written_on_a_pending_row_is_there_when_it_has_settled(
    sqlite_template: Path, pending: list[dict[str, Any]], data: st.DataObject
) -> None:
    with fresh_world(sqlite_template) as world:
        lived = History(world)
        for row in pending:
            lived.do("add", {**row, "status": "PENDING", "days": row["days"] % 8})
        world.sync("wide")
        for row in world.books()["bank_transactions"]:
            with world.database.writing() as session:
                note = f"{row['description']} {row['amount']} {row['occurred_on']}"
                session.execute(update(TransactionRow).where(TransactionRow.id == row["id"]).values(note=note))
        ids = [(account, row) for account in (CHECKING, CARD) for row in list(world.bank.rows[account])]
        for account, row_id in data.draw(st.permutations(ids)):
            world.bank.settle(row_id, lived._new_id(), account)
        lived.read("narrow", "well")
        standing = [row for row in world.books()["bank_transactions"] if row["removed_at"] is None]
        assert len(standing) == len(pending)
        for row in standing:
            assert row["note"] == f"{row['description']} {row['amount']} {row['occurred_on']}"
            assert row["status"] == "POSTED"


def looks(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["account_id"], row["occurred_on"], row["amount"]


changes = st.one_of(deeds, st.tuples(st.just("change_doors"), pick))
lives = st.lists(st.tuples(st.lists(changes, max_size=5), passes), min_size=2, max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives)
def test_any_history_converges_through_any_number_of_doors(sqlite_template: Path, life: Any) -> None:
    """What is left of an earlier door, where the bank's own listing proves nothing, repeats nothing that is listed."""
    with fresh_world(sqlite_template) as world:
        lived = History(world)
        for happened, (width, health) in life:
            for deed, value in happened:
                lived.do(deed, value)
            lived.read(width, health)
        notes = {row["id"]: row["note"] for row in world.books()["bank_transactions"] if row["note"]}
        world.clock.advance(hours=24)  # a row that only an earlier door has shown is waited for so long
        for _ in range(2):
            lived.read("wide", "well")
        assert without_stamps(lived.stored()) == without_stamps(lived.expected())
        repeated = {looks(row) for row in lived.carried()} & {looks(row) for row in lived.never_joined()}
        assert not repeated
        before = world.books()
        for width in ("narrow", "wide"):
            lived.read(width, "well")
        assert world.books() == before
        check_notes(before["bank_transactions"], notes)
