"""/previsao and /posso_gastar: what is to come, from the local rows. One session, then pure functions, then a frozen result.

What is listed for the days to come is read, and two years of the past. Both commands read the same, so that they expect the
same and name the same day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, cast

from open_finance.card_reports import read_cards
from open_finance.clock import local_day
from open_finance.insights.allowance import Allowance, build_allowance
from open_finance.insights.card_report import CardReport
from open_finance.insights.commitments import expected_lines
from open_finance.insights.forecast import build_forecast
from open_finance.insights.outlook import Expected, Forecast, Situation
from open_finance.insights.what_if import Purchase, choose_card, purchase_lines
from open_finance.money import ZERO
from open_finance.reading.balances import BalanceReport, balance_report, is_card
from open_finance.reading.freshness import Freshness
from open_finance.reading.histories import as_read
from open_finance.records import Account, Connection
from open_finance.spending_reports import read_known
from open_finance.storage import ledger, outlook_settings, repository
from open_finance.storage.database import Database, Session
from open_finance.subscription_book import read_recurring

__all__ = [
    "DAYS",
    "AllowanceReport",
    "LookAhead",
    "OutlookReport",
    "build_outlook",
    "read_allowance",
    "read_situation",
]

#: How far one may look ahead.
DAYS: Final = (30, 60, 90)
#: Two years, and the month in which the older of them began.
MONTHS_READ: Final = 25
#: To the next payday, and through the month after it; who will go below zero in that time is told the day.
AHEAD: Final = timedelta(days=70)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAhead:
    """What both reports tell. ``accounts``: what the sum of today is of. ``cards``: those that are not hidden. ``ages`` and
    ``connections``: how old all that is. ``known_from``: the day of the oldest row that counts, None without any.
    ``has_bank``: there is something to look at, hidden or not. ``row_days``: of the rows behind the lines, by their id."""

    accounts: tuple[Account, ...]
    cards: tuple[CardReport, ...]
    ages: tuple[Freshness, ...]
    connections: tuple[Connection, ...]
    known_from: date | None
    has_bank: bool
    row_days: Mapping[int, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookReport(LookAhead):
    """One look at /previsao. ``days``: how far ahead. ``forecast``: with ``what_if``, where that was asked; ``before`` is
    then the one without it, and ``card`` the one that it is put on (None: it is paid at once)."""

    forecast: Forecast
    days: int
    what_if: Purchase | None = None
    card: CardReport | None = None
    before: Forecast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceReport(LookAhead):
    """One look at /posso_gastar. ``reserve``: what the person keeps back, BRL. ``pace_negative_on``: the day from which
    everyday spending as usual leads below zero, the one that /previsao names for as many days as it shows at first; None
    where it does not within them, or too little history is known to say so."""

    allowance: Allowance
    reserve: Decimal
    pace_negative_on: date | None = None


def build_outlook(
    database: Database, user_id: int, now: datetime, days: int = DAYS[0], *, what_if: Purchase | None = None
) -> OutlookReport:
    """The days to come. ``days``: one of ``DAYS``; ValueError on any other. ``what_if``: bought today."""
    if days not in DAYS:
        raise ValueError(f"days must be one of {DAYS}")
    with database.reading() as session:
        read = _read(session, user_id, now)
    situation, cards = read.situation, read.shown_cards
    before = build_forecast(situation, days)
    forecast, card = before, None
    if what_if is not None:
        until = situation.today + timedelta(days=days)
        card = choose_card(what_if, cards)
        forecast = build_forecast(situation, days, extra=purchase_lines(what_if, cards, situation.today, until))
    return OutlookReport(
        accounts=read.balance.checking,
        cards=read.shown_cards,
        ages=read.balance.ages,
        connections=read.balance.connections,
        known_from=situation.known_from,
        has_bank=not read.balance.is_empty,
        row_days=_days_of(forecast.lines, situation),
        forecast=forecast,
        days=days,
        what_if=what_if,
        card=card,
        before=None if what_if is None else before,
    )


def read_allowance(database: Database, user_id: int, now: datetime) -> AllowanceReport:
    """What can be spent today, less what the person keeps back; and where spending as usual leads, which is in no sum."""
    with database.reading() as session:
        read = _read(session, user_id, now)
        reserve = outlook_settings.find_reserve(session, user_id) or ZERO
    situation = read.situation
    lines = expected_lines(situation, situation.today + AHEAD)
    pace = build_forecast(situation, DAYS[0])
    return AllowanceReport(
        accounts=read.balance.checking,
        cards=read.shown_cards,
        ages=read.balance.ages,
        connections=read.balance.connections,
        known_from=situation.known_from,
        has_bank=not read.balance.is_empty,
        row_days=_days_of(lines, situation),
        allowance=build_allowance(situation, lines, reserve),
        reserve=reserve,
        pace_negative_on=pace.negative_on if pace.has_band else None,
    )


def read_situation(session: Session, user_id: int, now: datetime) -> Situation:
    """All that a forecast is made of, for services that read more in the same session."""
    return _read(session, user_id, now).situation


@dataclass(frozen=True, slots=True)
class _Read:
    situation: Situation
    balance: BalanceReport

    @property
    def shown_cards(self) -> tuple[CardReport, ...]:
        """Those that the person does not hide."""
        return tuple(report for report in self.situation.cards if not report.card["hidden"])


def _days_of(lines: Iterable[Expected], situation: Situation) -> dict[int, date]:
    """Of the rows behind these lines, by their id."""
    wanted = {number for line in lines for number in line.row_ids}
    return {row["id"]: row["occurred_on"] for row in situation.rows if row["id"] in wanted}


def _read(session: Session, user_id: int, now: datetime) -> _Read:
    """Hidden accounts are in no sum; a hidden card goes along, for its bill may be paid from one that is not. Of a bank
    that was left there is nothing to expect, though its history is kept, and may go on elsewhere."""
    today = local_day(now)
    known = read_known(session, user_id, now, today, months=MONTHS_READ)
    every = [_to_be_paid(account) for account in as_read(known.counted.accounts, known.counted.going_on, now)]
    balance = balance_report(ledger.list_accounts(session, user_id), repository.list_connections(session, user_id), now)
    situation = Situation(
        today=today,
        available=balance.available,
        accounts=known.counted.going_on,
        rows=known.rows,
        decided=known.decided,
        cards=read_cards(session, user_id, now),
        recurring=read_recurring(session, user_id, known.rows, known.decided, every, today),
        known_from=known.known_from,
    )
    return _Read(situation, balance)


def _to_be_paid(account: Account) -> Account:
    """What is charged to a hidden card again and again is on a bill that may be paid from an account that is not."""
    return cast("Account", {**account, "hidden": False}) if is_card(account) else account
