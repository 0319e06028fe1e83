"""What an item has invested and owes: what the pass asks of it, and what it writes. ``products`` asks, ``investment_merge``
decides. No session is open while Pluggy is asked, and every write holds the lease."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from open_finance import reconcile
from open_finance.clock import local_day
from open_finance.investment_merge import (
    Kept,
    Look,
    Standing,
    has_ended,
    is_matured,
    is_taken_out,
    loan_has_ended,
    standing_when_listed,
    standing_when_missing,
)
from open_finance.investment_records import (
    InvestmentData,
    InvestmentSnapshot,
    InvestmentTransaction,
    LoanData,
    LoanSnapshot,
    Product,
)
from open_finance.pluggy_investments import read_investment, read_loan
from open_finance.records import ItemData, Width
from open_finance.storage import investment_writes, investments, loan_writes
from open_finance.storage.database import Database, Session
from open_finance.storage.system import SyncClaim
from open_finance.syncing.pass_tools import PassTools
from open_finance.syncing.products import Listed, ProductSource, read_all
from open_finance.syncing.takeover import LOANS, POSITIONS, Takeover, Way, plan_takeover, take_over

T = TypeVar("T", InvestmentData, LoanData)
#: The first statement of every write: it holds the lease, and locks these connections as well.
Renew = Callable[[Session, Iterable[int]], None]


@dataclass(frozen=True, slots=True)
class Door:
    """Through which bank an item comes. ``name``: what it is called; ``code``: its COMPE code, where an account tells it."""

    name: str
    code: str | None


class Holdings:
    """What is read of one item in one pass."""

    def __init__(
        self, tools: PassTools, claim: SyncClaim, item: ItemData, width: Width, door: Door, renew: Renew
    ) -> None:
        self._source = ProductSource(tools.client, tools.clock, tools.stopping, item)
        self._database = tools.database
        self._clock = tools.clock
        self._claim = claim
        self._item = item
        self._width = width
        self._door = door
        self._renew = renew

    def read(self) -> int:
        """Read and store; how many positions and loans changed. Positions are asked for in every pass, loans in wide ones
        and in the first. Raises what ``ProductSource`` does."""
        changed = self._read_investments()
        if self._width == "wide" or self._claim.last_synced_at is None:
            changed += self._read_loans()
        return changed

    # --- positions ---------------------------------------------------------------------------------------------------

    def _read_investments(self) -> int:
        listed = self._list("investments")
        if listed is None:
            return 0
        today = local_day(self._clock.now())
        told = read_all("position", listed.raw, lambda raw: read_investment(raw, today))
        user_id, connection_id = self._claim.user_id, self._claim.connection_id
        with self._taking_over(POSITIONS, told, listed) as (session, moved, now):
            merged = investment_writes.merge_investments(session, user_id, connection_id, told, now)
            kept = investment_writes.list_kept_investments(session, user_id, connection_id)
            news = moved | merged.added | merged.updated
            self._save_days(session, told, kept, news, now)
            self._note(session, "investments", listed, now)
        for one in _in_turn([one for one in kept if self._wants_moves(one, news, listed)], news, today):
            self._read_moves(one)
        return len(news | self._judge_investments(listed)) if kept else 0

    def _wants_moves(self, one: Kept[InvestmentData], news: Collection[int], listed: Listed) -> bool:
        """Of what is new or changed; in wide passes of all that is not over, and of what is left out: was it sold?"""
        if one.id in news:
            return True
        is_over = one.standing.ended_on is not None or not one.standing.listed
        is_told = listed.complete or one.data["pluggy_id"] in listed.ids
        return self._width == "wide" and is_told and not is_over

    def _read_moves(self, one: Kept[InvestmentData]) -> None:
        with self._database.writing() as session:
            self._renew(session, ())
        moves = self._source.list_moves(one.data["pluggy_id"])
        if moves:
            with self._database.writing() as session:
                self._renew(session, ())
                now = self._clock.now()
                investment_writes.merge_investment_transactions(session, self._claim.user_id, one.id, moves, now)

    def _save_days(
        self,
        session: Session,
        told: Iterable[InvestmentData],
        kept: Iterable[Kept[InvestmentData]],
        news: Collection[int],
        now: datetime,
    ) -> None:
        """What the positions that count, and those that have just ceased to, are worth."""
        day = reconcile.product_day(self._item, "investments", local_day(now))
        by_pluggy = {one.data["pluggy_id"]: one for one in kept}
        if day is None:
            return
        snapshots = [
            InvestmentSnapshot(one.id, day, each["balance"], each["amount"], now)
            for each in told
            if (one := by_pluggy[each["pluggy_id"]]).standing.ended_on is None or one.id in news
        ]
        investment_writes.save_investment_snapshots(session, self._claim.user_id, snapshots)

    def _judge_investments(self, listed: Listed) -> set[int]:
        """Note which positions are still there; those that ended, or that began to count again."""
        user_id = self._claim.user_id
        with self._database.writing() as session:
            self._renew(session, ())
            now = self._clock.now()
            kept = investment_writes.list_kept_investments(session, user_id, self._claim.connection_id)
            doubtful = [one.id for one in kept if _is_doubtful(one, listed)]
            moves: dict[int, list[InvestmentTransaction]] = {}
            for move in investments.list_investment_transactions(session, user_id, doubtful):
                moves.setdefault(move["investment_id"], []).append(move)
            look, changed = self._look("investments", listed, now), set()
            for one in kept:
                standing = _stands(one, moves.get(one.id, ()), listed, look)
                if standing != one.standing:
                    investment_writes.set_investment_standing(session, user_id, one.id, standing, now)
                    changed |= {one.id} if standing.ended_on != one.standing.ended_on else set()
        return changed

    # --- loans -------------------------------------------------------------------------------------------------------

    def _read_loans(self) -> int:
        listed = self._list("loans")
        if listed is None:
            return 0
        door, item = self._door, self._item
        told = read_all(
            "loan",
            listed.raw,
            lambda raw: read_loan(
                raw, connector_id=item["connector_id"], connector_name=item["connector_name"], bank_code=door.code
            ),
        )
        user_id, connection_id = self._claim.user_id, self._claim.connection_id
        with self._taking_over(LOANS, told, listed) as (session, moved, now):
            merged = loan_writes.merge_loans(session, user_id, connection_id, told, now)
            kept = loan_writes.list_kept_loans(session, user_id, connection_id)
            self._save_debts(session, told, kept, now)
            self._note(session, "loans", listed, now)
            ended = self._judge_loans(session, kept, listed, now)
        return len(moved | merged.added | merged.updated | ended)

    def _save_debts(
        self, session: Session, told: Iterable[LoanData], kept: Iterable[Kept[LoanData]], now: datetime
    ) -> None:
        day = reconcile.product_day(self._item, "loans", local_day(now))
        ids = {one.data["pluggy_id"]: one.id for one in kept}
        snapshots = [
            LoanSnapshot(ids[each["pluggy_id"]], day, each["outstanding"], now)
            for each in told
            if day is not None and each["outstanding"] is not None
        ]
        loan_writes.save_loan_snapshots(session, self._claim.user_id, snapshots)

    def _judge_loans(self, session: Session, kept: Iterable[Kept[LoanData]], listed: Listed, now: datetime) -> set[int]:
        look, changed = self._look("loans", listed, now), set()
        for one in kept:
            if one.data["pluggy_id"] in listed.ids:
                ended = loan_has_ended(one.data, look.today)
                standing = standing_when_listed(one.standing, ended=ended, today=look.today)
            else:
                standing = standing_when_missing(one.standing, look, is_sold=False)
            if standing != one.standing:
                loan_writes.set_loan_standing(session, self._claim.user_id, one.id, standing, now)
                changed |= {one.id} if standing.ended_on != one.standing.ended_on else set()
        return changed

    # --- both --------------------------------------------------------------------------------------------------------

    def _list(self, product: Product) -> Listed | None:
        """None where nothing is listed, which is then noted."""
        with self._database.writing() as session:
            self._renew(session, ())
        answer = self._source.list_product(product)
        if isinstance(answer, Listed):
            return answer
        with self._database.writing() as session:
            self._renew(session, ())
            claim, now = self._claim, self._clock.now()
            investment_writes.note_product_read(session, claim.user_id, claim.connection_id, product, answer, 0, now)
        return None

    def _note(self, session: Session, product: Product, listed: Listed, now: datetime) -> None:
        claim, count = self._claim, len(listed.raw)
        investment_writes.note_product_read(session, claim.user_id, claim.connection_id, product, "listed", count, now)

    @contextmanager
    def _taking_over(
        self, way: Way[T], told: Sequence[T], listed: Listed
    ) -> Iterator[tuple[Session, set[int], datetime]]:
        """A session for writing, in which what goes on from other connections has been taken over; our ids of that."""
        user_id, connection_id = self._claim.user_id, self._claim.connection_id

        def plan(session: Session) -> Takeover:
            ids = listed.ids if listed.complete else None
            return plan_takeover(way, session, user_id, connection_id, told, bank=self._door.name, complete=ids)

        with self._database.reading() as session:
            lost = plan(session).connections
        with self._database.writing() as session:
            self._renew(session, lost)
            now = self._clock.now()
            planned: Takeover = plan(session)
            is_locked = planned.connections <= lost  # else another one went meanwhile: the next pass finds it
            if is_locked:
                take_over(way, session, user_id, connection_id, planned, now)
            yield session, {*planned.moved, *planned.absorbed} if is_locked else set(), now

    def _look(self, product: Product, listed: Listed, now: datetime) -> Look:
        return Look(
            trusted=listed.complete and reconcile.is_trusted(self._item, (product,), now),
            wide=self._width == "wide",
            state=reconcile.collected_at(reconcile.item_state(self._item)),
            empty=not listed.raw,
            now=now,
            today=local_day(now),
        )


def join_stored(database: Database, claim: SyncClaim, renew: Renew, now: datetime) -> int:
    """Let what a connection keeps take in what others have left behind since the last pass: that needs no listing. Returns
    how many positions and loans did."""
    return _join_stored(database, claim, renew, now, POSITIONS) + _join_stored(database, claim, renew, now, LOANS)


def _join_stored(database: Database, claim: SyncClaim, renew: Renew, now: datetime, way: Way[T]) -> int:
    with database.reading() as session:
        lost = plan_takeover(way, session, claim.user_id, claim.connection_id).connections
    if not lost:
        return 0
    with database.writing() as session:
        renew(session, lost)
        planned = plan_takeover(way, session, claim.user_id, claim.connection_id)
        return (
            take_over(way, session, claim.user_id, claim.connection_id, planned, now)
            if planned.connections <= lost
            else 0
        )


def _in_turn(wanted: Sequence[Kept[InvestmentData]], news: Collection[int], today: date) -> list[Kept[InvestmentData]]:
    """What is new goes first, and of the rest another one each day: where there is no time for all, none waits for ever."""
    rest = [one for one in wanted if one.id not in news]
    first = today.toordinal() % len(rest) if rest else 0
    return [*(one for one in wanted if one.id in news), *rest[first:], *rest[:first]]


def _is_doubtful(one: Kept[InvestmentData], listed: Listed) -> bool:
    """Whether its movements have a say in whether it is still there."""
    is_told = one.data["pluggy_id"] in listed.ids
    return not is_told or one.data["balance"] == 0 or one.data["status"] == "TOTAL_WITHDRAWAL"


def _stands(one: Kept[InvestmentData], moves: Sequence[InvestmentTransaction], listed: Listed, look: Look) -> Standing:
    if one.data["pluggy_id"] in listed.ids:
        return standing_when_listed(one.standing, ended=has_ended(one.data, moves, look.today), today=look.today)
    is_sold = is_taken_out(one.data, moves) or is_matured(one.data, look.today)
    return standing_when_missing(one.standing, look, is_sold=is_sold)
