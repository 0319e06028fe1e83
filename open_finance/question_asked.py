"""A question, its answer, and what is read for it, once. See ``question_answers``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from open_finance.asking.question import (
    Kind,
    Question,
    Scope,
)
from open_finance.card_reports import CardReport, read_cards
from open_finance.clock import local_day
from open_finance.holding_days import read_balance
from open_finance.insights.cards import first_of
from open_finance.personal_words import load_words
from open_finance.question_rows import (
    AnswerRow,
    accounts_of,
    incoming,
    is_within,
    moved,
    narrowed,
    outgoing,
    within,
)
from open_finance.reading.balances import BalanceReport
from open_finance.reading.freshness import Freshness
from open_finance.reading.statement_query import Period
from open_finance.records import Account
from open_finance.spending_reports import Known as KnownRows
from open_finance.spending_reports import read_known
from open_finance.storage import ledger
from open_finance.storage.database import Session

#: As many months before are read for an answer that has no period.
_ALWAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the figure. ``title``: plain text, not escaped; of a shop or an account it is a bank's."""

    title: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question comes to. ``question``: as understood, of a guess the guess; None where nothing was.

    ``figure``: BRL, absolute; None where there is none. ``rows``: those behind it, the oldest first (of the biggest, the
    biggest first); ``total_rows`` how many. ``day``: where the kind has one. ``parts``: by account, category, shop, month.
    ``titles``: what is asked for is called. ``accounts``: those of the question's scope. ``missing``: the bank that was
    named and is not connected. ``unfound``: names that no row has, as written. ``command``: shows more, without the slash.
    ``ages``: how old all this is."""

    kind: Kind
    question: Question | None
    is_sure: bool
    figure: Decimal | None = None
    count: int | None = None
    day: date | None = None
    period: Period | None = None
    rows: tuple[AnswerRow, ...] = ()
    total_rows: int = 0
    parts: tuple[Part, ...] = ()
    titles: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    missing: str = ""
    command: str = ""
    ages: tuple[Freshness, ...] = ()
    has_bank: bool = True
    guess: Question | None = None
    acts: bool = False
    left_over: str = ""
    unfound: tuple[str, ...] = ()


class Asked:
    """A question and what is read for it, once."""

    def __init__(self, session: Session, user_id: int, question: Question, now: datetime) -> None:
        self.session, self.user_id, self.question, self.now = session, user_id, question, now
        self.today = local_day(now)
        self.names = load_words(session, user_id).names

    def known(self) -> KnownRows:
        """All rows that the question may be about."""
        periods = [one for one in (self.question.period, self.question.other) if one is not None]
        first = min((first_of(one.start) for one in periods), default=first_of(self.today))
        if periods:
            return read_known(self.session, self.user_id, self.now, first)
        return read_known(self.session, self.user_id, self.now, first, months=_ALWAYS)

    def rows(self, *, refunds: bool = True) -> list[AnswerRow]:
        """The rows that it is about, of whatever day, the oldest first. ``refunds``: what shops gave back as well."""
        known, direction = self.known(), self.question.direction
        if self.question.flow == "own_transfer":
            return narrowed(moved(known, self.now, direction), self.question)
        if self.question.flow == "refund":
            return narrowed([one for one in outgoing(known) if one.amount > 0], self.question)
        found = outgoing(known) if direction != "in" else []
        if not refunds:
            found = [one for one in found if one.amount < 0]
        if direction != "out":
            found += incoming(known, self.now)
        return narrowed(found, self.question)

    def rows_within(self, *, refunds: bool = True) -> list[AnswerRow]:
        """The same of the period."""
        return self.of_period(self.rows(refunds=refunds), self.question.period)

    def of_period(self, rows: list[AnswerRow], period: Period | None) -> list[AnswerRow]:
        """Of some rows those of a period; until today where there is none."""
        return within(rows, period.start, period.end) if period else within(rows, date.min, self.today)

    def answer(self, rows: Sequence[AnswerRow] = (), **values: object) -> Answer:
        """An answer of the question's kind."""
        question = self.question
        base = Answer(
            question.kind, question, is_sure=True, period=question.period, rows=tuple(rows), total_rows=len(rows)
        )
        scope = question.scope
        accounts = self.accounts()
        named = tuple(accounts_of(scope, accounts)) if scope.is_narrow else ()
        missing = next((one.bank for one in scope.each if one.bank and not accounts_of(Scope(one.bank), accounts)), "")
        return replace(base, accounts=named, missing=missing, **values)  # type: ignore[arg-type]

    def accounts(self) -> list[Account]:
        """All that the person has or had."""
        return ledger.list_accounts(self.session, self.user_id, include_disconnected=True)

    def cards(self) -> list[CardReport]:
        """The cards that are meant, those that are hidden only where they are named."""
        found = [one for one in read_cards(self.session, self.user_id, self.now) if is_within(self._card, one.card)]
        shown = [one for one in found if not one.card["hidden"]]
        return shown if shown or not self.question.scope.is_narrow else found

    @property
    def _card(self) -> Scope:
        return self.question.scope.holding("card")

    def balance(self) -> BalanceReport:
        """What there is."""
        return read_balance(self.session, self.user_id, self.now)
