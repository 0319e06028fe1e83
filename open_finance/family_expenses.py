"""The part of ``FamilyBook`` that divides: expenses, who owes whom, and what was paid back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from open_finance.clock import Clock, local_day
from open_finance.errors import DebtNotFoundError, ExpenseError, MemberNotFoundError, NotInFamilyError
from open_finance.money import CENTAVO
from open_finance.pluggy_values import text_without_cpf
from open_finance.sharing.debts import Transfer, balances, settle_up
from open_finance.sharing.family import Debt, Part, Settlement, SharedExpense, member_of
from open_finance.sharing.splitting import EQUALLY, Split, split
from open_finance.storage import families, shared_expenses
from open_finance.storage.database import Database, Session
from open_finance.storage.families import Membership
from open_finance.storage.shared_expenses import ExpenseRecord, SettlementRecord

#: How long what was done can be taken back.
UNDO: Final = timedelta(minutes=10)
DESCRIPTION_LIMIT: Final = 60
LEAST, MOST = Decimal("0.01"), Decimal("1000000.00")


class FamilyExpenses:
    """What the members of a family paid for each other. Everything is asked by one of them (``user_id``)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add_expense(
        self,
        user_id: int,
        amount: Decimal,
        description: str = "",
        among: Sequence[int] | None = None,
        how: Split = EQUALLY,
    ) -> SharedExpense:
        """An expense of today's that the person paid. ``among``: member ids, in the order in which centavos left over are
        given out; None: all who are in the family now. ``how``: see ``sharing.splitting.Split``. The description is cut to
        60 characters.

        Raises NotInFamilyError, MemberNotFoundError (not in the family now), ExpenseError.
        """
        if not (amount.is_finite() and LEAST <= amount <= MOST and amount == amount.quantize(CENTAVO)):
            raise ExpenseError("amount")
        now = self._clock.now()
        with self._database.writing() as session:
            own = own_membership(session, user_id, lock=True)
            present = families.list_names(session, user_id)
            if among is not None and not set(among) <= set(present):
                raise MemberNotFoundError("not a member of this family")
            parts = split(amount.quantize(CENTAVO), list(present) if among is None else among, how)
            text = typed_text(description, DESCRIPTION_LIMIT)
            expense_id = shared_expenses.add_expense(session, user_id, parts, text, local_day(now), now)
            [record] = shared_expenses.list_expenses(session, user_id, expense_id=expense_id)
            return _expense(record, own, present, now)

    def undo_expense(self, user_id: int, expense_id: int) -> bool:
        """Take an expense back, as who wrote it and within ten minutes. False: too late, somebody else's, or gone."""
        with self._database.writing() as session:
            return shared_expenses.delete_expense(session, user_id, expense_id, self._clock.now() - UNDO)

    def list_expenses(self, user_id: int, limit: int = 20) -> list[SharedExpense]:
        """The family's latest expenses, the newest first. Raises NotInFamilyError."""
        now = self._clock.now()
        with self._database.reading() as session:
            own, present = own_membership(session, user_id), families.list_names(session, user_id)
            found = shared_expenses.list_expenses(session, user_id, limit)
            return [_expense(record, own, present, now) for record in found]

    def list_debts(self, user_id: int) -> list[Debt]:
        """Who owes whom in the person's family, in as few payments as sensible, the largest first. Raises
        NotInFamilyError."""
        with self._database.reading() as session:
            own, present = own_membership(session, user_id), families.list_names(session, user_id)
            return [
                Debt(
                    member_of(debtor, own.member_id, present),
                    member_of(creditor, own.member_id, present),
                    amount,
                    is_yours=own.member_id in {debtor, creditor},
                )
                for debtor, creditor, amount in _transfers(session, user_id)
            ]

    def settle(self, user_id: int, debtor: int, creditor: int, amount: Decimal) -> Settlement:
        """A debt as ``list_debts`` gives it was paid; ``debtor`` and ``creditor`` are member ids, of whom the person is one.
        A second tap within ten minutes answers the first one's settlement. Raises NotInFamilyError, DebtNotFoundError."""
        paid, now = Transfer(debtor, creditor, amount), self._clock.now()
        with self._database.writing() as session:
            own = own_membership(session, user_id, lock=True)
            if own.member_id not in {debtor, creditor}:
                raise DebtNotFoundError("not a debt of this person's")
            if paid in _transfers(session, user_id):
                record = shared_expenses.add_settlement(session, user_id, paid, now)
            else:
                record = shared_expenses.find_settlement(session, user_id, paid, now - UNDO)
            if record is None:
                raise DebtNotFoundError("no such debt any more")
            return _settlement(record, own, families.list_names(session, user_id), now)

    def undo_settlement(self, user_id: int, settlement_id: int) -> bool:
        """Take it back, as who noted it and within ten minutes. False: too late, somebody else's, or gone."""
        with self._database.writing() as session:
            return shared_expenses.delete_settlement(session, user_id, settlement_id, self._clock.now() - UNDO)

    def list_settlements(self, user_id: int, limit: int = 20) -> list[Settlement]:
        """The family's latest settlements, the newest first. Raises NotInFamilyError."""
        now = self._clock.now()
        with self._database.reading() as session:
            own, present = own_membership(session, user_id), families.list_names(session, user_id)
            found = shared_expenses.list_settlements(session, user_id, limit)
            return [_settlement(record, own, present, now) for record in found]


def own_membership(session: Session, user_id: int, *, lock: bool = False) -> Membership:
    """Where the person is; ``lock`` as ``families.find_membership``. Raises NotInFamilyError."""
    if own := families.find_membership(session, user_id, lock=lock):
        return own
    raise NotInFamilyError("the person is in no family")


def typed_text(typed: str, limit: int) -> str:
    """What a person typed: single spaces, no CPF, cut."""
    return (text_without_cpf(" ".join(typed.split())) or "")[:limit].strip()


# --- the small parts -------------------------------------------------------------------------------------------------


def _transfers(session: Session, user_id: int) -> list[Transfer]:
    paid = shared_expenses.list_paid(session, user_id)
    return settle_up(balances(paid, shared_expenses.list_paid_back(session, user_id)))


def _expense(record: ExpenseRecord, own: Membership, present: Mapping[int, str], now: datetime) -> SharedExpense:
    return SharedExpense(
        expense_id=record.id,
        paid_by=member_of(record.paid_by, own.member_id, present),
        amount=record.amount,
        description=record.description,
        day=record.day,
        parts=tuple(Part(member_of(each, own.member_id, present), amount) for each, amount in record.parts.items()),
        can_undo=record.written_by == own.member_id and record.created_at >= now - UNDO,
    )


def _settlement(record: SettlementRecord, own: Membership, present: Mapping[int, str], now: datetime) -> Settlement:
    return Settlement(
        settlement_id=record.id,
        debtor=member_of(record.debtor, own.member_id, present),
        creditor=member_of(record.creditor, own.member_id, present),
        amount=record.amount,
        paid_at=record.paid_at,
        can_undo=record.noted_by == own.member_id and record.paid_at >= now - UNDO,
    )
