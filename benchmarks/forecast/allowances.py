"""What can be spent today, of a thousand households: reckoned once more, in whole centavos and in another way.

Each is seen once, at some day of its third month. What is expected of the next ninety days comes from the project; what
follows from it is reckoned here from ``Allowance``'s own words: the lines shown add up to the total, and a day's share is
that, rounded down; money spent so every day until payday leads below the reserve on none of them; and whoever the lines
alone lead below zero is told the first such day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from benchmarks.forecast.households import simulate
from benchmarks.forecast.seen import Watch
from benchmarks.lives import a_process_a_core, in_shares
from benchmarks.report import Row
from open_finance.insights.allowance import Allowance, build_allowance
from open_finance.insights.commitments import expected_lines
from open_finance.insights.outlook import Expected, Situation

HOUSEHOLDS, SHARE = 1_000, 25
#: Numbers that no other part looks at.
FIRST = 1_000
MONTHS, LOOKED_AHEAD = 4, timedelta(days=90)
ONE_DAY = timedelta(days=1)


def measure(seed: int) -> list[Row]:
    count: Counter[str] = Counter()
    shares = in_shares(range(FIRST, FIRST + HOUSEHOLDS), SHARE)
    with a_process_a_core(count_allowances) as pool:
        for counted in pool.map(count_allowances, [seed] * len(shares), shares):
            count.update(counted)
    return [
        Row("households asked what can be spent", count["asked"], "≥", HOUSEHOLDS),
        Row("of them with something to spend", count["something"], "≥", HOUSEHOLDS // 4),
        Row("figures that are not the sum of their lines", count["figure"], "=", 0),
        Row("lines that are not the sum of theirs", count["line"], "=", 0),
        Row("who spends it every day is below the reserve before payday", count["overspent"], "=", 0),
        Row("households that their lines lead below zero", count["below"], "≥", HOUSEHOLDS // 50),
        Row("of them told another day, or none; or told one for nothing", count["day"], "=", 0),
        Row("wrong in how far below", count["short"], "=", 0),
    ]


def count_allowances(seed: int, numbers: Sequence[int]) -> Counter[str]:
    count: Counter[str] = Counter()
    for number in numbers:
        random = Random(f"allowance {seed} {number}")
        household = simulate(seed, number, MONTHS)
        today = household.start + timedelta(days=random.randint(65, 95))
        reserve = Decimal(random.choice((0, 0, 200, 500, round(household.income / 10))))
        situation = Watch(household).situation_on(today)
        lines = expected_lines(situation, today + LOOKED_AHEAD)
        allowance = build_allowance(situation, lines, reserve)
        count.update(faults(situation, lines, reserve, allowance))
        count["asked"] += 1
        count["something"] += allowance.per_day > 0
    return count


def faults(situation: Situation, lines: Sequence[Expected], reserve: Decimal, allowance: Allowance) -> Iterator[str]:
    """The names of what is wrong; ``below`` for a household that its lines lead below zero."""
    if _cents(allowance.per_day) != max(0, _total(allowance) // allowance.days):
        yield "figure"
    if not _lines_hold(situation, lines, reserve, allowance):
        yield "line"
    if _is_overspent(situation, lines, reserve, allowance):
        yield "overspent"
    below = [(day, cents) for day, cents in _evenings(situation, lines) if cents < 0]
    yield from ["below"] if below else []
    if allowance.negative_on != (below[0][0] if below else None):
        yield "day"
    if _cents(allowance.short) != -min((cents for _, cents in below), default=0):
        yield "short"


def _total(allowance: Allowance) -> int:
    return sum(_cents(line.amount) for line in allowance.lines)


def _lines_hold(situation: Situation, lines: Sequence[Expected], reserve: Decimal, allowance: Allowance) -> bool:
    """What is available is what the accounts have; what is due is all that is due before payday, each once; what is kept
    back is what the person said. Of income only what can be counted on from today is counted: never more than comes."""
    shown = {line.part: line for line in allowance.lines}
    due = sorted(_cents(line.amount) for line in lines if line.on < allowance.until and line.amount < 0)
    told = sorted(_cents(line.amount) for line in shown["due"].lines) if "due" in shown else []
    has = sum(_cents(account["balance"]) for account in situation.accounts if account["type"] == "BANK")
    sums = [part for part in ("due", "later") if part in shown]
    income = shown.get("income")
    return (
        len(shown) == len(allowance.lines)
        and _cents(shown["available"].amount) == has
        and told == due
        and all(_cents(shown[part].amount) == sum(_cents(line.amount) for line in shown[part].lines) for part in sums)
        and _cents(-shown["reserve"].amount if "reserve" in shown else Decimal(0)) == _cents(reserve)
        and (income is None or income.amount <= sum((line.amount for line in income.lines), Decimal(0)))
    )


def _is_overspent(situation: Situation, lines: Sequence[Expected], reserve: Decimal, allowance: Allowance) -> bool:
    """Whether the figure, spent on each day until payday, leads below the reserve on one of them."""
    share, spent = _cents(allowance.per_day), 0
    if share == 0:
        return False
    for day, cents in _evenings(situation, lines):
        if day >= allowance.until:
            return False
        spent += share
        if cents - spent < _cents(reserve):
            return True
    return False


def _evenings(situation: Situation, lines: Sequence[Expected]) -> Iterator[tuple[date, int]]:
    """``(day, what there is at its end with nothing but the lines)``, from today on, in centavos. What was due on a day that
    is over is due today."""
    cents = sum(_cents(account["balance"]) for account in situation.accounts if account["type"] == "BANK")
    day = situation.today
    while day <= situation.today + LOOKED_AHEAD:
        cents += sum(_cents(line.amount) for line in lines if max(line.on, situation.today) == day)
        yield day, cents
        day += ONE_DAY


def _cents(amount: Decimal) -> int:
    """Whole centavos; anything finer is a fault by itself."""
    whole = int(amount.scaleb(2))
    if whole != amount.scaleb(2):
        raise ValueError("an amount finer than a centavo")
    return whole
