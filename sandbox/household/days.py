"""One day after another: what the household's habits make happen. The same origin and day always give the same day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from sandbox.household.calendar import add_months, business_day, falls_on, midnight
from sandbox.household.habits import Everyday, Monthly
from sandbox.household.life import IOF_TAX, Life
from sandbox.household.rows import row_day
from sandbox.household.shops import GROUPS

Json = dict[str, Any]

PARTS = (2, 3, 3, 4, 5, 6, 6, 10, 10, 12)
REFUNDS_PER_MONTH = 0.4
# A scheduled Pix repeats every four weeks, so one always lies ahead, at most 28 days.
SCHEDULE_DAYS = 28
SAVINGS_RATE = 0.0061
ACCOUNT_RATE = 0.0021
OVERDRAFT_MONTHLY_RATE = 0.08
OVERDRAFT_IOF_DAILY_RATE = 0.000082
SECOND_ACCOUNT_FLOOR = 30_000
STEP = 5_000
SAVING_DAY = 15
EARNINGS = "03060000"
OVERDRAFT_COST = "02010000"


def live(life: Life, day: date) -> None:
    """Live one day; ``life.day`` must be the day before (or earlier)."""
    life.day = day
    rng = Random(f"{life.origin}:{day}")
    for ledger in life.ledgers.values():
        ledger.settle_due(day)
    for habit in life.person.monthly:
        every_month(life, habit, day, rng)
    pay_due_bill(life, day, rng)
    for ordinary in life.person.everyday:
        every_day(life, ordinary, day, rng)
    shop_in_parts(life, day, rng)
    get_refund(life, day, rng)
    schedule_pix(life, day, rng)
    collect_earnings(life, day, rng)
    charge_overdraft(life, day, rng)
    balance_out(life, day, rng)


def every_month(life: Life, habit: Monthly, day: date, rng: Random) -> None:
    month = falls_on(day, habit.day, habit.shift)
    if month is None or (habit.months and month.month not in habit.months):
        return
    if habit.channel == "annuity":
        life.charge_annuity(habit.party, day)
    elif habit.channel == "foreign":
        life.charge_foreign(habit.party, day, rng)
    elif habit.channel == "card":
        life.charge(habit.party, day, rng)
    else:
        life.pay(habit.channel, habit.party, day, rng, slot=habit.slot)


def every_day(life: Life, habit: Everyday, day: date, rng: Random) -> None:
    chance = habit.per_week / 7 * (habit.weekend if day.weekday() >= 5 else 1)
    if habit.weekday is not None:
        chance = habit.per_week if day.weekday() == habit.weekday else 0
    if rng.random() < chance:
        spend(life, habit, day, rng)


def spend(life: Life, habit: Everyday, day: date, rng: Random) -> Json | None:
    """One occurrence of a habit on ``day`` (today, or earlier when the bank is late). None: nothing was listed."""
    party = rng.choice(GROUPS[habit.group])
    if habit.channel == "foreign":
        life.charge_foreign(party, day, rng)
        return None
    if habit.channel == "card":
        return life.charge(party, day, rng)
    # Today's debit purchases are still being processed.
    status = "PENDING" if habit.channel == "debit" and day == life.day else "POSTED"
    return life.pay(habit.channel, party, day, rng, slot=habit.slot, status=status)


def shop_in_parts(life: Life, day: date, rng: Random) -> None:
    if life.card is None or rng.random() >= life.card.terms.plans_per_month / 30:
        return
    life.charge_in_parts(rng.choice(GROUPS["parcelada"]), rng.choice(PARTS), day, rng)


def get_refund(life: Life, day: date, rng: Random) -> None:
    if life.card is None or rng.random() >= REFUNDS_PER_MONTH / 30:
        return
    candidates = life.recent_purchases(life.card, day)
    if candidates:
        life.refund(rng.choice(candidates), day)


def pay_due_bill(life: Life, day: date, rng: Random) -> None:
    card = life.card
    if card is not None and card.due_on == day and card.unpaid > 0:
        life.pay_bill(card.unpaid, day, rng)


def schedule_pix(life: Life, day: date, rng: Random) -> None:
    """Keep one Pix scheduled ahead; when its day comes the ledger settles it and the next one is scheduled."""
    party = life.person.scheduled
    if party is None:
        return
    ahead = SCHEDULE_DAYS - (day.toordinal() - sum(map(ord, life.person.name))) % SCHEDULE_DAYS
    due = day + timedelta(days=ahead)
    pending = [row for row in life.checking.rows.values() if row["status"] == "PENDING" and row["date"] > midnight(day)]
    if not pending:
        life.pay("pix_out", party, due, rng, status="PENDING")


def collect_earnings(life: Life, day: date, rng: Random) -> None:
    savings = life.ledgers.get("savings")
    if savings is not None and day.day == 12 and savings.balance > 0:
        cents = round(savings.balance * SAVINGS_RATE)
        operation = "RENDIMENTO_APLIC_FINANCEIRA"
        life.post("savings", "savings_earnings", max(1, cents), EARNINGS, day, rng, operation=operation)
    last = business_day(add_months(day.replace(day=1), 1) - timedelta(days=1), -1)
    if life.person.has_earnings and day == last and life.checking.balance > 10_000:
        cents = round(life.checking.balance * ACCOUNT_RATE)
        life.post("checking", "earnings", cents, EARNINGS, day, rng, operation="RENDIMENTO_APLIC_FINANCEIRA")


def charge_overdraft(life: Life, day: date, rng: Random) -> None:
    """On the first business day of a month: interest and IOF on last month's negative days."""
    if not life.person.overdraft or falls_on(day, 1, "next") is None:
        return
    cents_days = sum(-min(0, balance) for balance in balances_of_month_before(life, day))
    interest = round(cents_days * OVERDRAFT_MONTHLY_RATE / 30)
    if interest < 100:
        return
    operation = "ENCARGOS_JUROS_CHEQUE_ESPECIAL"
    life.post("checking", "overdraft", -interest, OVERDRAFT_COST, day, rng, operation=operation)
    iof = max(1, round(cents_days * OVERDRAFT_IOF_DAILY_RATE))
    life.post("checking", "overdraft_iof", -iof, IOF_TAX, day, rng, operation=operation)


def balances_of_month_before(life: Life, day: date) -> list[int]:
    """The account's balance at the end of each day of the month before, centavos."""
    end = day.replace(day=1)
    start = add_months(end, -1)
    moves: dict[date, int] = {}
    for row in life.checking.rows.values():
        if row["status"] == "POSTED" and row["date"] >= midnight(start):
            on = row_day(row)
            moves[on] = moves.get(on, 0) + life.checking.weight(row)
    balance, found = life.checking.balance, []
    for back in range((day - start).days + 1):
        on = day - timedelta(days=back)
        if start <= on < end:
            found.append(balance)
        balance -= moves.get(on, 0)
    return found


def balance_out(life: Life, day: date, rng: Random) -> None:
    """Keep the accounts inside the household's own limits with transfers people do make."""
    if not life.person.everyday:
        return
    second = life.ledgers.get("second")
    if second is not None and second.balance < SECOND_ACCOUNT_FLOOR:
        life.move("checking", "second", rounded(2 * SECOND_ACCOUNT_FLOOR - second.balance), day, rng)
    balance, person = life.checking.balance, life.person
    if balance < person.low:
        bring(life, rounded(max(person.low, person.rest // 2) - balance), day, rng)
    elif balance > person.rest + STEP and falls_on(day, SAVING_DAY, "next"):
        put_away(life, rounded(balance - person.rest - STEP), day, rng)


def rounded(cents: int) -> int:
    """People move round sums: up to the next R$ 50."""
    return -(-cents // STEP) * STEP


def bring(life: Life, cents: int, day: date, rng: Random) -> None:
    """Money for the checking account, from the cushion as far as it goes, else from the helper."""
    savings = life.ledgers.get("savings")
    if life.person.cushion == "elsewhere":
        life.move_elsewhere(-cents, day, rng)
    elif life.person.cushion == "savings" and savings is not None and savings.balance >= cents:
        life.move("savings", "checking", cents, day, rng)
    elif life.boxes and max(life.boxes.values()) >= cents:
        life.move_box(max(life.boxes, key=life.boxes.__getitem__), -cents, day, rng)
    elif life.person.helper is not None:
        life.pay("pix_in", replace(life.person.helper, low=cents, high=cents), day, rng)


def put_away(life: Life, cents: int, day: date, rng: Random) -> None:
    """A surplus: to savings, to the caixinhas in turn, or to the holder's other bank."""
    box = next(iter(sorted(life.boxes, key=life.boxes.__getitem__)), None)
    if box is not None and (life.person.cushion == "boxes" or rng.random() < 0.3):
        life.move_box(box, cents, day, rng)
    elif life.person.cushion == "savings":
        life.move("checking", "savings", cents, day, rng)
    else:
        life.move_elsewhere(cents, day, rng)
