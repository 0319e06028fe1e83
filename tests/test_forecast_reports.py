"""/previsao and /posso_gastar from the database: a household added up by hand, and whose money is whose."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from open_finance.account_book import AccountBook
from open_finance.demo import FAMILY, Demo
from open_finance.forecast_reports import build_outlook, read_allowance, read_situation
from open_finance.insights.outlook import Source
from open_finance.insights.subscriptions import token_of
from open_finance.insights.what_if import parse_purchase
from open_finance.money import ZERO
from open_finance.outlook_book import OutlookBook
from open_finance.reports import build_balance
from open_finance.storage import ledger
from open_finance.storage.database import Database
from open_finance.subscription_book import SubscriptionBook
from tests.builders import NOW, TODAY
from tests.clocks import START, ManualClock
from tests.rows import USER, add_account, add_connection, transaction_data

STRANGER = 2000
PAYDAY = date(2026, 12, 7)  # a Monday


class Household:
    """Ana's bank, with what it has listed since June, and its card; written as the bank lists it."""

    def __init__(self, database: Database) -> None:
        self.database, self._rows = database, 0
        with database.writing() as session:
            self.bank = add_connection(session, item_id="itau", connector_name="Itaú", last_updated_at=START)
            self.checking = add_account(
                session, self.bank, pluggy_id="c1", identity="c1", number="4321", balance=Decimal("2500.00")
            )
            self.savings = add_account(
                session, self.bank, pluggy_id="s1", identity="s1", subtype="SAVINGS_ACCOUNT", balance=Decimal("9000.00")
            )
            self.card = self.add_card(session, "card", number="8890")

    def add_card(self, session: Any, name: str, **fields: Any) -> int:
        values = {
            "type": "CREDIT", "subtype": "CREDIT_CARD", "name": "Gold", "pluggy_id": name, "identity": name,
            "bill_due_on": date(2026, 12, 10), "bill_closes_on": date(2026, 12, 3), "balance": Decimal("800.00"),
        }  # fmt: skip
        return add_account(session, self.bank, **{**values, **fields})

    def lists(self, account_id: int, day: date, amount: str, text: str, category: str | None = None) -> None:
        self._rows += 1
        values = {"occurred_on": day, "amount": Decimal(amount), "description": text, "category_id": category}
        kind = "DEBIT" if amount.startswith("-") else "CREDIT"
        with self.database.writing() as session:
            data = transaction_data(f"row-{self._rows}", type=kind, **values)
            ledger.merge_transactions(session, USER, account_id, [data], START)

    def monthly(self, account_id: int, day: int, amount: str, text: str, category: str | None = None) -> None:
        """From June on, and in November where that day has come."""
        for month in range(6, 12):
            on = date(2026, month, day)
            if on <= TODAY:
                self.lists(account_id, on, amount, text, category)

    def outlook(self, days: int = 30, **more: Any) -> Any:
        return build_outlook(self.database, USER, NOW, days, **more)

    def allowance(self) -> Any:
        return read_allowance(self.database, USER, NOW)


def parts(found: Any) -> dict[str, str]:
    return {line.part: str(line.amount) for line in found.allowance.lines}


@pytest.fixture
def ana(database: Database) -> Household:
    """A salary on the 7th, the rent on the 8th, the electricity on the 27th, and a card with a bill on the 10th."""
    home = Household(database)
    home.monthly(home.checking, 7, "6200.00", "SALARIO EMPRESA EXEMPLO", "01010000")
    home.monthly(home.checking, 8, "-1500.00", "ALUGUEL IMOBILIARIA EXEMPLO", "17010000")
    home.monthly(home.checking, 27, "-180.00", "ENERGIA EXEMPLO", "17040000")
    home.lists(home.card, date(2026, 11, 20), "-300.00", "LOJA EXEMPLO")
    return home


def test_a_household_added_up_by_hand(ana: Household) -> None:
    found = ana.outlook()
    lines = [(line.on, str(line.amount), line.source) for line in found.forecast.lines]
    assert lines == [
        (date(2026, 11, 27), "-180.00", Source.FIXED),
        (PAYDAY, "6200.00", Source.SALARY),
        (date(2026, 12, 8), "-1500.00", Source.RENT),
        (date(2026, 12, 10), "-300.00", Source.CARD_BILL),
    ]
    assert (str(found.forecast.start), str(found.forecast.end.known)) == ("2500.00", "6720.00")
    assert found.forecast.end.on == date(2026, 12, 23)
    assert [account["id"] for account in found.accounts] == [ana.checking]
    assert [report.card["id"] for report in found.cards] == [ana.card]
    assert (found.known_from, found.has_bank) == (date(2026, 6, 7), True)

    today = ana.allowance()
    assert parts(today) == {"available": "2500.00", "due": "-180.00"}
    assert (today.allowance.until, today.allowance.days, str(today.allowance.per_day)) == (PAYDAY, 14, "165.71")
    assert (today.allowance.negative_on, str(today.reserve)) == (None, "0.00")


def test_who_goes_negative_only_by_the_usual_pace_is_told_the_day_that_the_forecast_names(ana: Household) -> None:
    before = ana.allowance()
    assert (before.allowance.negative_on, before.pace_negative_on) == (None, None)
    for number in range(56):  # more than there is between today and payday, on days that no calendar explains
        on = TODAY - timedelta(days=1 + 3 * number)
        ana.lists(
            ana.checking, on, f"-{600 + 7 * (number * number % 11)}.00", f"MERCADO {number % 5} EXEMPLO", "10000000"
        )
    found, forecast = ana.allowance(), ana.outlook().forecast
    assert forecast.has_band
    assert TODAY < found.pace_negative_on < PAYDAY
    assert found.pace_negative_on == forecast.negative_on
    assert found.allowance == before.allowance


def test_too_little_history_knows_of_no_pace(database: Database) -> None:
    home = Household(database)
    for number in range(1, 40):
        home.lists(home.checking, TODAY - timedelta(days=number), "-300.00", "MERCADO EXEMPLO", "10000000")
    home.lists(home.card, date(2026, 11, 20), "-3000.00", "LOJA EXEMPLO")
    found, forecast = home.allowance(), home.outlook().forecast
    assert (forecast.has_band, found.pace_negative_on) == (False, None)
    assert found.allowance.negative_on == forecast.negative_on == date(2026, 12, 10)


def test_everything_is_read_once_and_only_the_persons_own(ana: Household) -> None:
    with ana.database.writing() as session:
        theirs = add_connection(session, STRANGER, "theirs")
        add_account(session, theirs, STRANGER, pluggy_id="x", identity="x", balance=Decimal("7777.77"))
        twin = add_connection(session, item_id="twin", connector_name="Itaú", last_updated_at=START - timedelta(days=1))
        add_account(session, twin, pluggy_id="c1 again", identity="c1", number="4321", balance=Decimal("2400.00"))
    with ana.database.reading() as session:
        situation = read_situation(session, USER, NOW)
        stranger = read_situation(session, STRANGER, NOW)
    assert (str(situation.available), str(stranger.available)) == ("2500.00", "7777.77")
    assert len(situation.rows) == len(situation.decided) == len({row["id"] for row in situation.rows}) == 18
    assert (stranger.rows, stranger.known_from, len(stranger.cards)) == ([], None, 0)


def test_the_reserve_is_taken_off(ana: Household, clock: ManualClock) -> None:
    book = OutlookBook(ana.database, clock)
    book.set_reserve(USER, Decimal("500.00"))
    book.set_reserve(STRANGER, Decimal("900.00"))
    found = ana.allowance()
    assert parts(found) == {"available": "2500.00", "due": "-180.00", "reserve": "-500.00"}
    assert (str(found.reserve), str(found.allowance.per_day)) == ("500.00", "130.00")


def test_a_purchase_moves_the_days_by_just_its_parts_and_is_not_kept(ana: Household) -> None:
    purchase = parse_purchase("comprar 1.000 em 3x")
    found = ana.outlook(60, what_if=purchase)
    added = [line for line in found.forecast.lines if line.source is Source.WHAT_IF]
    assert [(line.on, str(line.amount)) for line in added] == [
        (date(2026, 12, 10), "-333.34"),
        (date(2027, 1, 11), "-333.33"),  # the 10th is a Sunday
    ]
    assert (found.what_if, found.card.card["id"]) == (purchase, ana.card)
    for day, before in zip(found.forecast.days, found.before.days, strict=True):
        moved = sum((line.amount for line in added if line.on <= day.on), ZERO)
        assert (day.known - before.known, day.median - before.median) == (moved, moved)
    later = ana.outlook(60)
    assert (later.forecast, later.what_if, later.before) == (found.before, None, None)


def test_a_purchase_at_once_is_on_no_card(ana: Household) -> None:
    found = ana.outlook(what_if=parse_purchase("gastar 300"))
    assert found.card is None
    assert found.forecast.days[0].known == Decimal("2200.00")


def test_what_is_hidden_is_in_no_sum_and_in_no_line(ana: Household, clock: ManualClock) -> None:
    AccountBook(ana.database, clock).hide_account(USER, ana.checking)
    found = ana.outlook()
    assert (str(found.forecast.start), found.accounts, found.has_bank) == ("0.00", (), True)
    assert not {line.source for line in found.forecast.lines} & {Source.SALARY, Source.RENT, Source.FIXED}


def test_a_hidden_card_is_none_to_buy_with(ana: Household, clock: ManualClock) -> None:
    AccountBook(ana.database, clock).hide_account(USER, ana.card)
    found = ana.outlook(what_if=parse_purchase("300 em 3x"))
    assert (found.cards, found.card) == ((), None)


def test_what_is_charged_to_a_hidden_card_is_on_its_bill_where_that_is_paid_from_what_is_shown(
    ana: Household, clock: ManualClock
) -> None:
    ana.monthly(ana.card, 25, "-44.90", "STREAMING EXEMPLO", "09020000")
    ana.lists(ana.checking, date(2026, 11, 10), "-44.90", "PAGAMENTO FATURA CARTAO", "05100000")
    ana.lists(ana.card, date(2026, 11, 10), "44.90", "PAGAMENTO RECEBIDO", "05100000")

    def bill() -> list[str]:
        lines = ana.outlook().forecast.lines
        return [str(line.amount) for line in lines if line.source is Source.CARD_BILL]

    shown = bill()
    AccountBook(ana.database, clock).hide_account(USER, ana.card)
    assert bill() == shown == ["-344.90"]


def test_of_a_bank_that_was_left_nothing_is_expected_though_its_history_is_kept(ana: Household) -> None:
    before = ana.outlook()
    with ana.database.writing() as session:
        left = add_connection(session, item_id="left", last_updated_at=START - timedelta(days=20),
                              disconnect_requested_at=START, disconnected_at=START)  # fmt: skip
        old = add_account(session, left, pluggy_id="old", identity="old", balance=Decimal("900.00"))
        due = transaction_data("due", occurred_on=date(2026, 11, 20), amount=Decimal("-75.00"), status="PENDING")
        ledger.merge_transactions(session, USER, old, [due], START)
    ana.monthly(old, 5, "3000.00", "SALARIO OUTRA EMPRESA", "01010000")
    ana.monthly(old, 15, "-59.90", "ACADEMIA EXEMPLO")
    # the card was paid from there: it will be paid from somewhere else
    ana.lists(old, date(2026, 11, 10), "-50.00", "PAGAMENTO FATURA CARTAO", "05100000")
    ana.lists(ana.card, date(2026, 11, 10), "50.00", "PAGAMENTO RECEBIDO", "05100000")
    found = ana.outlook()
    assert (found.forecast.lines, found.forecast.start) == (before.forecast.lines, before.forecast.start)
    assert parts(ana.allowance()) == {"available": "2500.00", "due": "-180.00"}


def test_what_is_cancelled_is_expected_no_more_and_what_is_no_subscription_is(
    ana: Household, clock: ManualClock
) -> None:
    ana.monthly(ana.checking, 15, "-59.90", "STREAMING EXEMPLO", "09020000")
    book = SubscriptionBook(ana.database, clock)

    def says(word: Any) -> bool:
        with ana.database.reading() as session:
            flows = read_situation(session, USER, NOW).recurring
        [flow] = [one for one in flows if "Streaming" in one.title]
        marked = book.mark(USER, token_of(flow.key), word)
        assert marked is not None
        expected = any("Streaming" in line.title for line in ana.outlook().forecast.lines)
        book.undo(USER, marked["id"])
        return expected

    assert says("not_subscription")
    assert not says("cancelled")


def test_without_a_bank_there_is_nothing_to_say(database: Database) -> None:
    found, today = build_outlook(database, USER, NOW), read_allowance(database, USER, NOW)
    assert (found.has_bank, found.ages, found.known_from, found.forecast.lines) == (False, (), None, ())
    assert (today.has_bank, str(today.allowance.total), today.allowance.days) == (False, "0.00", 30)
    assert not found.forecast.has_band


def test_who_has_only_a_card_is_told_the_day_of_its_bill(database: Database) -> None:
    with database.writing() as session:
        bank = add_connection(session, item_id="nu", last_updated_at=START)
        card = add_account(
            session, bank, type="CREDIT", subtype="CREDIT_CARD",
            bill_due_on=date(2026, 12, 10), bill_closes_on=date(2026, 12, 3),
        )  # fmt: skip
        data = transaction_data(occurred_on=date(2026, 11, 20), amount=Decimal("-90.00"))
        ledger.merge_transactions(session, USER, card, [data], START)
    found, today = build_outlook(database, USER, NOW), read_allowance(database, USER, NOW)
    assert (found.accounts, str(found.forecast.start), found.forecast.has_band) == ((), "0.00", False)
    assert (found.forecast.negative_on, found.forecast.risk) == (date(2026, 12, 10), 1.0)
    assert (today.allowance.negative_on, str(today.allowance.short)) == (date(2026, 12, 10), "90.00")


def test_a_stale_bank_says_how_old_it_is(ana: Household) -> None:
    with ana.database.writing() as session:
        old = add_connection(session, item_id="old", connector_name="Nubank", last_updated_at=START - timedelta(days=4))
        add_account(session, old, pluggy_id="c2", identity="c2", balance=Decimal("100.00"))
    for found in (ana.outlook(), ana.allowance()):
        assert {age.bank: age.is_old for age in found.ages} == {"Itaú": False, "Nubank": True}
        assert len(found.connections) == 2
    assert str(ana.outlook().forecast.start) == "2600.00"


@pytest.mark.parametrize("days", [0, 29, 45, 91, -30])
def test_one_looks_thirty_sixty_or_ninety_days_ahead(database: Database, days: int) -> None:
    with pytest.raises(ValueError, match="days must be one of"):
        build_outlook(database, USER, NOW, days)


def test_the_invented_familys_figures_add_up() -> None:
    demo = Demo()
    family = demo.database(NOW)
    balance = build_balance(family, FAMILY, NOW)
    for days in (30, 60, 90):
        found = build_outlook(family, FAMILY, NOW, days)
        forecast = found.forecast
        moved = sum((line.amount for line in forecast.lines), ZERO)
        assert forecast.start == balance.available == sum(account["balance"] for account in found.accounts)
        assert forecast.start + moved == forecast.end.known
        assert forecast.end.known + forecast.everyday == forecast.end.median
        assert len(forecast.days) == days + 1
    looked_at = read_allowance(family, FAMILY, NOW)
    assert looked_at.pace_negative_on == build_outlook(family, FAMILY, NOW).forecast.negative_on
    today = looked_at.allowance
    until = [line for line in forecast.lines if line.on < today.until]
    assert today.total == balance.available + sum((line.amount for line in until), ZERO)
    assert today.next_income is not None
    assert (today.next_income.source, today.next_income.amount) == (Source.SALARY, Decimal("7640.00"))
    demo.close()
