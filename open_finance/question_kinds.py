"""What each kind of question comes to, from the same functions as the commands. See ``question_answers``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Final

from open_finance.asking.question import Kind
from open_finance.asking.subjects_words import BRANDS
from open_finance.budget_states import read_states
from open_finance.card_reports import CardBill, CardReport, Plan
from open_finance.folding import fold
from open_finance.insights.purchases import shop_keys
from open_finance.insights.spending import group_title
from open_finance.insights.spending_figures import merchant_title
from open_finance.insights.taxonomy import FEES, TRANSFERS
from open_finance.money import ZERO, round_to_centavo
from open_finance.question_asked import Answer, Asked, Part
from open_finance.question_months import in_and_out, month_of_most
from open_finance.question_rows import AnswerRow, accounts_of, has_words, is_left_out, is_within, total
from open_finance.reading.balances import is_card, is_savings
from open_finance.reading.statement_query import Period
from open_finance.records import Account, StatementRow

#: So many days a bill may be due before or after the day that people know it by.
_MOVED: Final = 3

# --- sums of rows -----------------------------------------------------------------------------------------------------


def _sum(asked: Asked) -> Answer:
    if asked.question.per and asked.question.order:
        return _of_month(asked)
    rows = asked.rows_within()
    return asked.answer(rows, figure=abs(total(rows)) if asked.question.direction == "in" else -total(rows))


def _of_month(asked: Asked) -> Answer:
    """The month that had most, or least, as if it had been asked for."""
    rows = asked.rows()
    month = month_of_most(rows, asked.question, asked.today)
    if month is None:
        return asked.answer(figure=ZERO)
    found = asked.of_period(rows, month)
    return asked.answer(found, figure=abs(total(found)), period=month, question=replace(asked.question, period=month))


def _paid_to(asked: Asked) -> Answer:
    rows = asked.rows_within(refunds=False)
    return asked.answer(rows, figure=-total(rows))


def _came_in(asked: Asked) -> Answer:
    if asked.question.per and asked.question.order:
        return _of_month(asked)
    rows = asked.rows_within()
    return asked.answer(rows, figure=total(rows), day=rows[0].on if len(rows) == 1 else None)


def _biggest(asked: Asked) -> Answer:
    rows = asked.rows_within(refunds=False)
    if not rows:
        return asked.answer()
    pick = min if asked.question.order == "smallest" else max
    one = pick(rows, key=lambda row: abs(row.amount))
    return asked.answer([one], figure=abs(one.amount), day=one.on)


def _one_of(place: int) -> Callable[[Asked], Answer]:
    def one_of(asked: Asked) -> Answer:
        rows = asked.rows_within(refunds=False)
        if not rows:
            return asked.answer()
        one = rows[place]
        return asked.answer([one], figure=abs(one.amount), day=one.on)

    return one_of


def _count(asked: Asked) -> Answer:
    rows = asked.rows_within(refunds=False)
    return asked.answer(rows, figure=abs(total(rows)), count=len(rows))


def _list(asked: Asked) -> Answer:
    question = asked.question
    rows = asked.rows_within(refunds=not question.order and not question.limit)
    if question.limit and not question.order:
        rows = rows[-question.limit :]
    if question.order:
        rows = sorted(rows, key=lambda one: abs(one.amount), reverse=question.order == "biggest")
        rows = rows[: question.limit or len(rows)]
    if question.direction != "any":
        return asked.answer(rows, figure=abs(total(rows)), count=len(rows))
    came, went = in_and_out(rows)
    parts = [Part("Entrou", came), Part("Saiu", went)]
    if not question.is_narrowed and not question.limit and question.above is None and question.below is None:
        parts.append(Part("Sobrou" if came >= went else "Faltou", abs(came - went)))
    return asked.answer(rows, count=len(rows), parts=tuple(parts))


def _average(asked: Asked) -> Answer:
    question, period = asked.question, asked.question.period
    rows = asked.rows_within(refunds=question.per != "purchase")
    number = len(rows)
    if period is not None and question.per != "purchase":
        days = (period.end - period.start).days + 1
        months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
        number = {"day": days, "week": max(round(days / 7), 1)}.get(question.per, months)
    figure = round_to_centavo(abs(total(rows)) / number) if number else ZERO
    return asked.answer(rows, figure=figure, count=number)


def _compare(asked: Asked) -> Answer:
    question, rows = asked.question, asked.rows()
    periods = [one for one in (question.period, question.other) if one is not None]
    sign = 1 if question.direction == "in" else -1
    sums = [(sign * total(asked.of_period(rows, one)), one) for one in periods]
    most, period = max(sums, key=lambda one: one[0])
    least = min(amount for amount, _ in sums)
    parts = tuple(Part(f"{one.start.isoformat()} {one.end.isoformat()}", amount) for amount, one in sums)
    return asked.answer(asked.of_period(rows, period), figure=most - least, period=period, parts=parts)


def _top_categories(asked: Asked) -> Answer:
    rows = asked.rows_within()
    parts = _parts(rows, lambda one: group_title(one.group))
    first = [one for one in rows if parts and group_title(one.group) == parts[0].title]
    return asked.answer(first, figure=parts[0].amount if parts else ZERO, parts=parts[: asked.question.limit or None])


def _top_merchants(asked: Asked) -> Answer:
    rows = [one for one in asked.rows_within() if one.group != FEES and not _is_to_person(one)]
    found = shop_keys([one.row for one in rows])
    keys = {one.row["id"]: _seller(one.row) or key for one, key in zip(rows, found, strict=True)}
    of_shop: dict[str, list[StatementRow]] = defaultdict(list)
    for one in rows:
        of_shop[keys[one.row["id"]]].append(one.row)
    titles = {
        key: key if key in BRANDS else merchant_title([row for row in own if row["amount"] < 0] or own)
        for key, own in of_shop.items()
    }
    parts = _parts(rows, lambda one: keys[one.row["id"]])
    first = [one for one in rows if parts and keys[one.row["id"]] == parts[0].title]
    named = tuple(replace(part, title=titles[part.title]) for part in parts)
    return asked.answer(first, figure=named[0].amount if named else ZERO, parts=named[: asked.question.limit or None])


def _seller(row: StatementRow) -> str:
    """``IFOOD *Pizzaria Bella``: one place, whoever cooks; ``""`` where nobody known stands before the star."""
    before, star, _ = row["description"].partition("*")
    return _sellers().get(fold(before).strip(), "") if star else ""


@cache
def _sellers() -> dict[str, str]:
    return {fold(name): brand for brand, written in BRANDS.items() for name in (brand, *written.split(", "))}


def _is_to_person(one: AnswerRow) -> bool:
    """A Pix or a transfer; cash is no shop either, but a place where it was taken."""
    return one.group == TRANSFERS and not (one.row["category_id"] or "").startswith("0502")


def _by_account(asked: Asked) -> Answer:
    rows = asked.rows_within()
    latest = {one.account["identity"]: one.account for one in sorted(rows, key=lambda one: one.account["id"])}
    scope = asked.question.scope
    for account in asked.accounts():
        is_named = scope.holds == "card" or bool(scope.others)
        if is_within(scope, account) and not account["hidden"] and (is_named or not is_savings(account)):
            latest.setdefault(account["identity"], account)
    parts = _parts(rows, lambda one: one.account["identity"])
    sign = -1 if asked.question.direction == "in" else 1
    told = {part.title: sign * part.amount for part in parts}
    named = [Part(_account_title(account), told.get(key, ZERO)) for key, account in latest.items()]
    return asked.answer(rows, figure=abs(total(rows)), parts=tuple(sorted(named, key=lambda part: -part.amount)))


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


def _balance(asked: Asked) -> Answer:
    within = accounts_of(asked.question.scope, asked.balance().checking)
    accounts = [one for one in within if not is_left_out(asked.question, one)]
    parts = tuple(Part(_account_title(one), one["balance"]) for one in accounts)
    figure = sum((one["balance"] for one in accounts), ZERO)
    if not accounts and asked.question.scope.bank:  # a bank of which there are savings only
        saved = _saved(asked)
        if saved.parts:
            question = replace(asked.question, kind=Kind.SAVED)
            return replace(saved, kind=Kind.SAVED, question=question)
    return replace(asked.answer(parts=parts, figure=figure), accounts=tuple(accounts))


def _saved(asked: Asked) -> Answer:
    """Savings accounts and caixinhas."""
    report, scope = asked.balance(), asked.question.scope
    parts, accounts = [], []
    for one in (*report.savings, *report.checking):
        meant = [each for each in scope.each if is_within(each.holding(""), one)]
        meant = [each for each in meant if each.holds != "savings" or is_savings(one)]
        if not meant:
            continue
        is_whole = is_savings(one) and any(each.holds != "pots" for each in meant)
        amount = (one["balance"] if is_whole else ZERO) + (one["reserved"] or ZERO)
        if amount or is_whole:
            parts.append(Part(_account_title(one), amount))
            accounts.append(one)
    figure = sum((part.amount for part in parts), ZERO)
    return replace(asked.answer(parts=tuple(parts), figure=figure), accounts=tuple(accounts))


# --- cards ------------------------------------------------------------------------------------------------------------


def _bills(
    asked: Asked, pick: Callable[[CardReport], CardBill | None], amount: Callable[[CardBill], Decimal]
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


def _due_in(asked: Asked, period: Period, bills: Iterable[CardBill]) -> CardBill | None:
    """The bill that is due, or closes, then; of one day, the nearest within a few, for weekends move it."""
    spare = timedelta(days=_MOVED if period.start == period.end else 0)
    days = [(bill.cycle.closes_on if asked.question.by_closing else bill.due_on, bill) for bill in bills]
    near = [one for one in days if period.start - spare <= one[0] <= period.end + spare]
    return min(near, key=lambda one: abs(one[0] - period.start), default=(None, None))[1]


def _extreme_bill(asked: Asked) -> Answer:
    """Of all cards the one closed bill that came to most, or to least."""
    period, cards = asked.question.period, asked.cards()
    bills = [
        bill
        for card in cards
        for bill in card.closed
        if bill.is_complete and (period is None or period.start <= bill.due_on <= period.end)
    ]
    pick = min if asked.question.order == "smallest" else max
    best = pick(bills, key=lambda bill: bill.total, default=None)
    return _bills(asked, lambda card: best if best in card.closed else None, lambda bill: bill.total)


def _open_bill(asked: Asked) -> Answer:
    """The open one; where a due day is named of which a bill has closed, that one."""
    period = asked.question.period

    def pick(card: CardReport) -> CardBill | None:
        return _due_in(asked, period, (card.open, *card.closed)) if period else card.open

    answer = _bills(asked, pick, lambda bill: bill.total)
    picked = [card for card in asked.cards() for bill in [pick(card)] if bill is not None]
    if period and picked and all(pick(card) is not card.open for card in picked):
        answer = replace(
            answer, kind=Kind.CARD_BILL_CLOSED, question=replace(asked.question, kind=Kind.CARD_BILL_CLOSED)
        )
    return _undated(asked, answer)


def _undated(asked: Asked, answer: Answer) -> Answer:
    """Days to come only picked the bill, whose own day is shown."""
    period = asked.question.period
    is_day = period is not None and (period.end > asked.today or period.start == period.end)
    return replace(answer, question=replace(answer.question, period=None)) if is_day and answer.question else answer


def _closed_bill(asked: Asked, amount: Callable[[CardBill], Decimal]) -> Answer:
    period = asked.question.period
    if asked.question.order:
        return _extreme_bill(asked)

    def pick(card: CardReport) -> CardBill | None:
        if period is not None:
            return _due_in(asked, period, card.closed) or _due_in(asked, period, (card.open,))
        return card.closed[0] if card.closed else None

    answer = _undated(asked, _bills(asked, pick, amount))
    return replace(answer, rows=(), total_rows=0) if asked.question.kind is Kind.CARD_BILL_LEFT else answer


def _limit(asked: Asked) -> Answer:
    cards = [card for card in asked.cards() if card.limit.available is not None]
    parts = tuple(Part(_account_title(card.card), card.limit.available or ZERO) for card in cards)
    figure = sum((part.amount for part in parts), ZERO) if parts else None
    return replace(asked.answer(figure=figure, parts=parts), accounts=tuple(card.card for card in cards))


def _instalments(asked: Asked) -> Answer:
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
    ends = max((part.month for plan in plans for part in plan.to_come), default=None)
    return asked.answer(figure=sum((part.amount for part in parts), ZERO), count=count, parts=parts, day=ends)


def _to_come(plan: Plan) -> Decimal:
    return sum((part.amount for part in plan.to_come), ZERO)


# --- whole reports ----------------------------------------------------------------------------------------------------


def _budget(asked: Asked) -> Answer:
    """The budgets that are asked for, each with what is left; the command shows all of it."""
    wanted = asked.question.categories
    states = [
        one
        for one in read_states(asked.session, asked.user_id, asked.now)
        if not wanted or one.state.budget["category"] in wanted
    ]
    return asked.answer(parts=tuple(Part(one.title, one.state.left) for one in states))


def _report(asked: Asked) -> Answer:
    """The command answers."""
    return asked.answer()


KINDS: Final[dict[Kind, Callable[[Asked], Answer]]] = {
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
