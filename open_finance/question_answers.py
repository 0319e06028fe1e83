"""Answers to questions in Portuguese, from the same reports as the commands. Nothing here speaks to Pluggy.

What is asked is read from the person's own text, the day, and the names that they and Pluggy's catalogue gave (``asking``).
Rows are only counted: no text of a bank's changes what a question means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from open_finance.asking.grammar import INNER
from open_finance.asking.parse import read_question
from open_finance.asking.question import (
    Kind,
    Known,
    Question,
    Reading,
    Scope,
    decode_question,
    encode_question,
)
from open_finance.budget_states import read_states
from open_finance.card_reports import CardBill, CardReport, Plan, read_cards
from open_finance.clock import local_day
from open_finance.connecting.banks import bank_name
from open_finance.folding import fold
from open_finance.holding_days import read_balance
from open_finance.insights.cards import first_of
from open_finance.insights.labels import filter_title
from open_finance.insights.purchases import shop_keys
from open_finance.insights.spending import group_title
from open_finance.insights.spending_figures import merchant_title
from open_finance.insights.taxonomy import FEES, GROUPS, TRANSFERS
from open_finance.money import ZERO, round_to_centavo
from open_finance.personal_words import load_words
from open_finance.question_rows import (
    AnswerRow,
    accounts_of,
    has_words,
    incoming,
    is_within,
    narrowed,
    outgoing,
    total,
    within,
)
from open_finance.reading.balances import BalanceReport, is_card, is_savings
from open_finance.reading.freshness import Freshness, freshness_of
from open_finance.reading.statement_query import Period
from open_finance.records import Account, StatementRow
from open_finance.spending_reports import Known as KnownRows
from open_finance.spending_reports import read_known
from open_finance.storage import ledger, repository
from open_finance.storage.database import Database, Session

__all__ = [
    "Answer",
    "AnswerRow",
    "Kind",
    "Part",
    "Question",
    "Reading",
    "answer_question",
    "answer_reading",
    "decode_question",
    "encode_question",
    "read_text",
]

#: What shows more of an answer, and what answers where a whole report does.
COMMANDS: Final[Mapping[Kind, str]] = {
    Kind.SPENT: "gastos", Kind.FEES: "gastos", Kind.TOP_CATEGORIES: "gastos", Kind.TOP_MERCHANTS: "gastos",
    Kind.COMPARE_MONTHS: "gastos", Kind.BY_ACCOUNT: "gastos", Kind.AVERAGE: "gastos", Kind.BALANCE: "saldo",
    Kind.SAVED: "saldo", Kind.CARD_OPEN_BILL: "fatura", Kind.CARD_BILL_CLOSED: "fatura", Kind.CARD_BILL_LEFT: "fatura",
    Kind.CARD_LIMIT: "fatura", Kind.INSTALMENTS_LEFT: "fatura", Kind.SUBSCRIPTIONS: "assinaturas",
    Kind.FORECAST: "previsao", Kind.ALLOWANCE: "posso_gastar", Kind.BUDGET_LEFT: "orcamento",
    Kind.INVESTED: "investimentos", Kind.NET_WORTH: "patrimonio", Kind.DEBTS: "credito", Kind.DATA_AGE: "sincronizar",
}  # fmt: skip
#: Of more categories than these, said in one word, the first one stands for all.
_FEW: Final = 2
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
    named and is not connected. ``command``: shows more, without the slash. ``ages``: how old all this is."""

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


def answer_question(database: Database, user_id: int, text: str, now: datetime) -> Answer:
    """The answer to a text; of kind ``UNKNOWN`` where nothing certain was understood, then perhaps with a ``guess``."""
    with database.reading() as session:
        reading = read_question(text, local_day(now), _known(session, user_id))
        if reading.question is None:
            return _unknown(session, user_id, reading)
        return _answer(session, user_id, reading.question, now)


def read_text(database: Database, user_id: int, text: str, now: datetime) -> Reading:
    """What a text asks, without the answer."""
    with database.reading() as session:
        return read_question(text, local_day(now), _known(session, user_id))


def answer_reading(database: Database, user_id: int, question: Question, now: datetime) -> Answer:
    """The answer to a question that was understood before, as data stands now. A category or an account that is no longer
    the person's finds nothing."""
    with database.reading() as session:
        return _answer(session, user_id, question, now)


def _known(session: Session, user_id: int) -> Known:
    """Names that this person and Pluggy's catalogue gave; nothing that a bank wrote."""
    accounts = ledger.list_accounts(session, user_id, include_disconnected=True)
    connections = [*repository.list_connections(session, user_id), *repository.list_ended_connections(session, user_id)]
    return Known(
        banks=tuple(dict.fromkeys(bank_name(one["connector_name"]) for one in connections)),
        categories=load_words(session, user_id).names,
        accounts={one["id"]: one["custom_name"] for one in accounts if one["custom_name"]},
    )


def _unknown(session: Session, user_id: int, reading: Reading) -> Answer:
    names = load_words(session, user_id).names
    return Answer(
        Kind.UNKNOWN, reading.guess, is_sure=False, guess=reading.guess, acts=reading.acts, left_over=reading.left_over,
        titles=_titles(reading.guess, names) if reading.guess else (),
        has_bank=bool(repository.list_connections(session, user_id)),
    )  # fmt: skip


def _answer(session: Session, user_id: int, question: Question, now: datetime) -> Answer:
    asked = _Asked(session, user_id, question, now)
    found = _KINDS[question.kind](asked)
    connections = repository.list_connections(session, user_id)
    return replace(
        found,
        command=found.command or COMMANDS.get(question.kind, "extrato"),
        ages=freshness_of(connections, now),
        has_bank=bool(connections) or bool(found.rows),
        titles=_titles(question, asked.names),
    )


def _titles(question: Question, names: Mapping[str, str]) -> tuple[str, ...]:
    """What is asked for, as people call it."""
    known = [one for one in question.categories if one in GROUPS or filter_title(one, names)]
    titles = [group_title(one) if one in GROUPS else filter_title(one, names) for one in known]
    if len(titles) > _FEW:
        titles = titles[:1]
    return tuple(dict.fromkeys([*titles, *map(_spoken, question.texts)]))


def _spoken(text: str) -> str:
    """``iFood``, ``Bruno Lima``: a name as it is written; what a person typed in small letters begins with a capital."""
    name = text.split("|", maxsplit=1)[0]
    return (
        " ".join(word if word in INNER else word.capitalize() for word in name.split())
        if name == name.lower()
        else name
    )


class _Asked:
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
        is_missing = bool(scope.bank) and not accounts_of(Scope(bank=scope.bank), accounts)
        return replace(base, accounts=named, missing=scope.bank if is_missing else "", **values)  # type: ignore[arg-type]

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
        return replace(self.question.scope, holds="card")

    def balance(self) -> BalanceReport:
        """What there is."""
        return read_balance(self.session, self.user_id, self.now)


# --- sums of rows -----------------------------------------------------------------------------------------------------


def _sum(asked: _Asked) -> Answer:
    rows = asked.rows_within()
    return asked.answer(rows, figure=abs(total(rows)) if asked.question.direction == "in" else -total(rows))


def _paid_to(asked: _Asked) -> Answer:
    rows = asked.rows_within(refunds=False)
    return asked.answer(rows, figure=-total(rows))


def _came_in(asked: _Asked) -> Answer:
    rows = asked.rows_within()
    return asked.answer(rows, figure=total(rows), day=rows[0].on if len(rows) == 1 else None)


def _biggest(asked: _Asked) -> Answer:
    rows = asked.rows_within(refunds=False)
    if not rows:
        return asked.answer()
    pick = min if asked.question.order == "smallest" else max
    one = pick(rows, key=lambda row: abs(row.amount))
    return asked.answer([one], figure=abs(one.amount), day=one.on)


def _one_of(place: int) -> Callable[[_Asked], Answer]:
    def one_of(asked: _Asked) -> Answer:
        rows = asked.rows_within(refunds=False)
        if not rows:
            return asked.answer()
        one = rows[place]
        return asked.answer([one], figure=abs(one.amount), day=one.on)

    return one_of


def _count(asked: _Asked) -> Answer:
    rows = asked.rows_within(refunds=False)
    return asked.answer(rows, figure=abs(total(rows)), count=len(rows))


def _list(asked: _Asked) -> Answer:
    question = asked.question
    rows = asked.rows_within(refunds=not question.order and not question.limit)
    if question.limit and not question.order:
        rows = rows[-question.limit :]
    if question.order:
        rows = sorted(rows, key=lambda one: abs(one.amount), reverse=question.order == "biggest")
        rows = rows[: question.limit or len(rows)]
    figure = None if question.direction == "any" else abs(total(rows))
    return asked.answer(rows, figure=figure, count=len(rows))


def _average(asked: _Asked) -> Answer:
    question, period = asked.question, asked.question.period
    rows = asked.rows_within(refunds=question.per != "purchase")
    number = len(rows)
    if period is not None and question.per != "purchase":
        days = (period.end - period.start).days + 1
        months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
        number = {"day": days, "week": max(round(days / 7), 1)}.get(question.per, months)
    figure = round_to_centavo(abs(total(rows)) / number) if number else ZERO
    return asked.answer(rows, figure=figure, count=number)


def _compare(asked: _Asked) -> Answer:
    question, rows = asked.question, asked.rows()
    periods = [one for one in (question.period, question.other) if one is not None]
    sign = 1 if question.direction == "in" else -1
    sums = [(sign * total(asked.of_period(rows, one)), one) for one in periods]
    most, period = max(sums, key=lambda one: one[0])
    least = min(amount for amount, _ in sums)
    parts = tuple(Part(f"{one.start.isoformat()} {one.end.isoformat()}", amount) for amount, one in sums)
    return asked.answer(asked.of_period(rows, period), figure=most - least, period=period, parts=parts)


def _top_categories(asked: _Asked) -> Answer:
    rows = asked.rows_within()
    parts = _parts(rows, lambda one: group_title(one.group))
    first = [one for one in rows if parts and group_title(one.group) == parts[0].title]
    return asked.answer(first, figure=parts[0].amount if parts else ZERO, parts=parts)


def _top_merchants(asked: _Asked) -> Answer:
    rows = [one for one in asked.rows_within() if one.group != FEES and not _is_to_person(one)]
    keys = dict(zip((one.row["id"] for one in rows), shop_keys([one.row for one in rows]), strict=True))
    of_shop: dict[str, list[StatementRow]] = defaultdict(list)
    for one in rows:
        of_shop[keys[one.row["id"]]].append(one.row)
    titles = {key: merchant_title([row for row in own if row["amount"] < 0] or own) for key, own in of_shop.items()}
    parts = _parts(rows, lambda one: keys[one.row["id"]])
    first = [one for one in rows if parts and keys[one.row["id"]] == parts[0].title]
    named = tuple(replace(part, title=titles[part.title]) for part in parts)
    return asked.answer(first, figure=named[0].amount if named else ZERO, parts=named)


def _is_to_person(one: AnswerRow) -> bool:
    """A Pix or a transfer; cash is no shop either, but a place where it was taken."""
    return one.group == TRANSFERS and not (one.row["category_id"] or "").startswith("0502")


def _by_account(asked: _Asked) -> Answer:
    rows = asked.rows_within()
    latest = {one.account["identity"]: one.account for one in sorted(rows, key=lambda one: one.account["id"])}
    scope = asked.question.scope
    for account in asked.accounts():
        if is_within(scope, account) and not account["hidden"] and (scope.holds == "card" or not is_savings(account)):
            latest.setdefault(account["identity"], account)
    parts = _parts(rows, lambda one: one.account["identity"])
    told = {part.title: part.amount for part in parts}
    named = [Part(_account_title(account), told.get(key, ZERO)) for key, account in latest.items()]
    return asked.answer(rows, figure=-total(rows), parts=tuple(sorted(named, key=lambda part: -part.amount)))


def _account_title(account: Account) -> str:
    bank, name = account["connector_name"], account["custom_name"] or account["name"]
    title = name if fold(bank) in fold(name) else f"{bank} · {name}"
    return f"{title} 💳" if is_card(account) else title


def _parts(rows: Iterable[AnswerRow], key_of: Callable[[AnswerRow], str]) -> tuple[Part, ...]:
    """What was spent by a key, the most first."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for one in rows:
        sums[key_of(one)] += abs(one.amount) if one.amount < 0 else -one.amount
    return tuple(Part(key, amount) for key, amount in sorted(sums.items(), key=lambda item: (-item[1], item[0])))


# --- what there is ----------------------------------------------------------------------------------------------------


def _balance(asked: _Asked) -> Answer:
    accounts = [one for one in asked.balance().checking if is_within(asked.question.scope, one)]
    parts = tuple(Part(_account_title(one), one["balance"]) for one in accounts)
    figure = sum((one["balance"] for one in accounts), ZERO)
    if not accounts and asked.question.scope.bank:  # a bank of which there are savings only
        saved = _saved(asked)
        if saved.parts:
            question = replace(asked.question, kind=Kind.SAVED)
            return replace(saved, kind=Kind.SAVED, question=question)
    return replace(asked.answer(parts=parts, figure=figure), accounts=tuple(accounts))


def _saved(asked: _Asked) -> Answer:
    """Savings accounts and caixinhas."""
    report, scope = asked.balance(), asked.question.scope
    parts, accounts = [], []
    for one in (*report.savings, *report.checking):
        if not is_within(replace(scope, holds=""), one) or (scope.holds == "savings" and not is_savings(one)):
            continue
        only_pots = scope.holds == "pots"
        amount = (one["balance"] if is_savings(one) and not only_pots else ZERO) + (one["reserved"] or ZERO)
        if amount or (is_savings(one) and not only_pots):
            parts.append(Part(_account_title(one), amount))
            accounts.append(one)
    figure = sum((part.amount for part in parts), ZERO)
    return replace(asked.answer(parts=tuple(parts), figure=figure), accounts=tuple(accounts))


# --- cards ------------------------------------------------------------------------------------------------------------


def _bills(
    asked: _Asked, pick: Callable[[CardReport], CardBill | None], amount: Callable[[CardBill], Decimal]
) -> Answer:
    found = [(card, bill) for card in asked.cards() for bill in [pick(card)] if bill is not None]
    parts = tuple(Part(_account_title(card.card), amount(bill)) for card, bill in found)
    rows = [_card_row(row, card.card) for card, bill in found for row in bill.rows]
    rows.sort(key=lambda one: (one.on, one.row["id"]))
    days = {bill.due_on for _, bill in found}
    answer = asked.answer(
        rows,
        figure=sum((part.amount for part in parts), ZERO) if parts else None,
        day=days.pop() if len(found) == 1 else None,
        parts=parts,
        period=None,
    )
    return replace(answer, accounts=tuple(card.card for card, _ in found))


def _card_row(row: Mapping[str, object], card: Account) -> AnswerRow:
    on = row["purchased_on"] or row["occurred_on"]
    return AnswerRow(row, card, row["amount"], on, "", "")  # type: ignore[arg-type]


def _open_bill(asked: _Asked) -> Answer:
    return _bills(asked, lambda card: card.open, lambda bill: bill.total)


def _closed_bill(asked: _Asked, amount: Callable[[CardBill], Decimal]) -> Answer:
    period = asked.question.period

    def pick(card: CardReport) -> CardBill | None:
        if period is not None:
            return next((bill for bill in card.closed if first_of(bill.due_on) == first_of(period.start)), None)
        return card.closed[0] if card.closed else None

    answer = _bills(asked, pick, amount)
    return replace(answer, rows=(), total_rows=0) if asked.question.kind is Kind.CARD_BILL_LEFT else answer


def _limit(asked: _Asked) -> Answer:
    cards = [card for card in asked.cards() if card.limit.available is not None]
    parts = tuple(Part(_account_title(card.card), card.limit.available or ZERO) for card in cards)
    figure = sum((part.amount for part in parts), ZERO) if parts else None
    return replace(asked.answer(figure=figure, parts=parts), accounts=tuple(card.card for card in cards))


def _instalments(asked: _Asked) -> Answer:
    """What is not listed yet of purchases in instalments, of the shop that is named or of all."""
    spelled = [tuple(tuple(fold(each).split()) for each in text.split("|")) for text in asked.question.texts]
    plans = [
        plan
        for card in asked.cards()
        for plan in card.plans
        if plan.to_come and (not spelled or any(has_words({"description": plan.title}, one) for one in spelled))
    ]
    parts = tuple(Part(plan.title, _to_come(plan)) for plan in plans)
    count = sum(len(plan.to_come) for plan in plans)
    return asked.answer(figure=sum((part.amount for part in parts), ZERO), count=count, parts=parts)


def _to_come(plan: Plan) -> Decimal:
    return sum((part.amount for part in plan.to_come), ZERO)


# --- whole reports ----------------------------------------------------------------------------------------------------


def _budget(asked: _Asked) -> Answer:
    """The budgets that are asked for, each with what is left; the command shows all of it."""
    wanted = asked.question.categories
    states = [
        one
        for one in read_states(asked.session, asked.user_id, asked.now)
        if not wanted or one.state.budget["category"] in wanted
    ]
    return asked.answer(parts=tuple(Part(one.title, one.state.left) for one in states))


def _report(asked: _Asked) -> Answer:
    """The command answers."""
    return asked.answer()


_KINDS: Final[dict[Kind, Callable[[_Asked], Answer]]] = {
    Kind.SPENT: _sum,
    Kind.FEES: _sum,
    Kind.PAID_TO: _paid_to,
    Kind.INCOME: _came_in,
    Kind.RECEIVED_FROM: _came_in,
    Kind.BIGGEST_SPENDING: _biggest,
    Kind.LAST_TIME: _one_of(-1),
    Kind.FIRST_TIME: _one_of(0),
    Kind.COUNT: _count,
    Kind.LIST_ROWS: _list,
    Kind.AVERAGE: _average,
    Kind.COMPARE_MONTHS: _compare,
    Kind.TOP_CATEGORIES: _top_categories,
    Kind.TOP_MERCHANTS: _top_merchants,
    Kind.BY_ACCOUNT: _by_account,
    Kind.BALANCE: _balance,
    Kind.SAVED: _saved,
    Kind.CARD_OPEN_BILL: _open_bill,
    Kind.CARD_BILL_CLOSED: lambda asked: _closed_bill(asked, lambda bill: bill.total),
    Kind.CARD_BILL_LEFT: lambda asked: _closed_bill(asked, lambda bill: bill.left),
    Kind.CARD_LIMIT: _limit,
    Kind.INSTALMENTS_LEFT: _instalments,
    Kind.BUDGET_LEFT: _budget,
    **dict.fromkeys(
        (
            *(Kind.SUBSCRIPTIONS, Kind.FORECAST, Kind.ALLOWANCE, Kind.INVESTED, Kind.NET_WORTH, Kind.DEBTS),
            *(Kind.DATA_AGE, Kind.UNKNOWN),
        ),
        _report,
    ),
}
