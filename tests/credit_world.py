"""What tests of credit figures stand on: situations made by hand, households of the local Pluggy written to a database, and
each figure worked out anew from nothing but its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import mean, median
from typing import Any, cast

from open_finance.clock import local_day
from open_finance.insights.credit import Evidence, Figure, Measure
from open_finance.insights.credit_inputs import CreditInputs
from open_finance.insights.spending import spent_of
from open_finance.investment_records import LoanData
from open_finance.money import CENTAVO
from open_finance.pluggy_bills import read_bill
from open_finance.pluggy_investments import read_investment, read_loan, read_pots
from open_finance.pluggy_rows import read_account, read_transaction
from open_finance.storage import bills, investment_writes, ledger, loan_writes
from open_finance.storage.database import Database, Session
from sandbox.household import Household
from tests.builders import NOW
from tests.outlook_builders import situation
from tests.rows import USER, add_connection

TENTH = Decimal("0.1")


# --- the figures again ------------------------------------------------------------------------------------------------


def again(measure: Measure) -> Decimal:
    """The value that a measure's evidence gives: one line a figure, and none of the code that is tested."""
    of, months = _Of(measure.evidence), measure.months
    match measure.figure:
        case Figure.COMMITMENT:
            return _half_up((of("debt") + of("charges") / 3) * 100 / of.middle("income", months), TENTH)
        case Figure.STABILITY:
            middle = of.middle("income", months)
            distance = Decimal(mean(abs(each - middle) for each in of.monthly("income", months)))
            return _half_up(distance * 100 / middle, TENTH)
        case Figure.LIMIT_USE:
            return _half_up(of("used") * 100 / of("limit"), TENTH)
        case Figure.REVOLVING:
            return of("carried")
        case Figure.OVERDRAFT:
            return of("overdraft")
        case Figure.DEBT_COST:
            return _half_up(of("charges") / 3, CENTAVO) + of("interest")
        case Figure.RESERVE:
            return _half_up(of("available") / of.middle("spending", months), TENTH)


def check(measures: Iterable[Measure]) -> None:
    """What every measure promises, whoever it is of."""
    for measure in measures:
        roles = dict.fromkeys(each.role for each in measure.evidence)
        of = _Of(measure.evidence)
        assert measure.sums == tuple((role, of(role)) for role in roles)
        assert (measure.value is None) == bool(measure.missing) == (measure.word is None)
        if measure.value is not None:
            assert measure.value == again(measure)
            assert measure.word is measure.threshold.word(measure.value)
            assert measure.value >= 0
        assert len(set(measure.missing)) == len(measure.missing)
        assert measure.threshold.source


class _Of:
    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self.evidence = evidence

    def __call__(self, role: str) -> Decimal:
        return sum((each.amount for each in self.evidence if each.role == role), Decimal("0.00"))

    def monthly(self, role: str, months: int) -> list[Decimal]:
        sums: dict[tuple[int, int], Decimal] = {}
        for each in self.evidence:
            if each.role == role:
                assert each.on is not None
                month = each.on.year, each.on.month
                sums[month] = sums.get(month, Decimal("0.00")) + each.amount
        assert len(sums) <= months
        return [*sums.values(), *[Decimal("0.00")] * (months - len(sums))]

    def middle(self, role: str, months: int) -> Decimal:
        return _half_up(Decimal(median(self.monthly(role, months))), CENTAVO)


def _half_up(value: Decimal, step: Decimal) -> Decimal:
    return value.quantize(step, rounding=ROUND_HALF_UP)


# --- by hand ----------------------------------------------------------------------------------------------------------


def inputs(now: datetime = NOW, **fields: Any) -> CreditInputs:
    """A situation (``tests.outlook_builders``) with what else the figures need; its checking accounts are those of the
    situation."""
    beside = {name: fields.pop(name) for name in ("loans", "positions", "pots", "savings") if name in fields}
    made = situation(**fields)
    banks = [one for one in made.accounts if one["type"] == "BANK" and one["subtype"] == "CHECKING_ACCOUNT"]
    return CreditInputs(
        situation=made,
        spent=spent_of(made.rows, made.accounts, made.decided, now=now),
        checking=[one for one in banks if not one["hidden"]],
        **beside,
    )


# --- in a database ----------------------------------------------------------------------------------------------------


def store_household(database: Database, household: Household, at: datetime = NOW, user_id: int = USER) -> int:
    """A household of the local Pluggy as a pass would have stored it; returns its connection's id."""
    raw_parts = [household.accounts, household.transactions, household.bills, household.investments, household.loans]
    accounts, transactions, listed, invested, lent = json.loads(json.dumps(raw_parts), parse_float=Decimal)
    with database.writing() as session:
        connection = add_connection(session, user_id, connector_name="Itaú", last_updated_at=at, last_synced_at=at)
        data = [read_account(raw, connector_id=201, connector_name="Itaú") for raw in accounts]
        ledger.merge_accounts(session, user_id, connection, data, at)
        states = ledger.list_account_states(session, user_id, connection)
        for raw in accounts:
            own = states[raw["id"]].id
            rows = [
                read_transaction(row, account_type=raw["type"], account_currency="BRL", holder_documents=frozenset())
                for row in transactions.get(raw["id"], ())
            ]
            ledger.merge_transactions(session, user_id, own, rows, at)
            bills.merge_bills(session, user_id, own, [read_bill(bill) for bill in listed.get(raw["id"], ())], at)
            investment_writes.replace_pots(session, user_id, own, read_pots(raw), at)
        positions = [read_investment(raw, local_day(at)) for raw in invested]
        investment_writes.merge_investments(session, user_id, connection, positions, at)
        contracts = [read_loan(raw, connector_id=201, connector_name="Itaú") for raw in lent]
        loan_writes.merge_loans(session, user_id, connection, contracts, at)
    return connection


def store_loan(session: Session, connection_id: int, loan: LoanData, at: datetime = NOW, user_id: int = USER) -> None:
    """A loan as a pass would have stored it, and that its connection tells loans."""
    told = cast("LoanData", {name: loan[name] for name in LoanData.__annotations__})  # type: ignore[literal-required]
    loan_writes.merge_loans(session, user_id, connection_id, [told], at)
    investment_writes.note_product_read(session, user_id, connection_id, "loans", "listed", 1, at)


def first_of_months(count: int, last: date) -> list[date]:
    """The first days of so many months that end with that of a day, the oldest first."""
    index = last.year * 12 + last.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(index - count + 1, index + 1)]
