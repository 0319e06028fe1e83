"""The attempts of people, counted against the fair limits where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from open_finance.clock import Clock
from open_finance.connecting.bank_errors import bank_error, too_many
from open_finance.connecting.limits import (
    KEEP,
    REFUSED_PASSWORD,
    SUCCESS,
    TYPED,
    Limits,
    next_allowed,
    password_rests_until,
)
from open_finance.errors import BankConnectionError
from open_finance.records import Attempt, AttemptKind, Connection
from open_finance.storage import attempts as rows
from open_finance.storage import system
from open_finance.storage.database import Database


class AttemptLog:
    """Refuses what is too much, and remembers what was tried. Without limits it does nothing at all."""

    def __init__(self, database: Database, clock: Clock, limits: Limits | None) -> None:
        self._database = database
        self._clock = clock
        self._limits = limits

    def check(self, user_id: int, connector_id: int, kind: AttemptKind, bank: str) -> None:
        """See ``BankConnector.check_attempt``."""
        if self._limits is None:
            return
        now = self._clock.now()
        with self._database.reading() as session:
            made = rows.list_attempts(session, user_id, now - KEEP)
        self._refuse(made, connector_id, kind, bank, now)

    def begin(self, user_id: int, connector_id: int | None, kind: AttemptKind, bank: str) -> None:
        """As ``check``; an attempt that is allowed is counted."""
        if self._limits is None:
            return
        now = self._clock.now()
        with self._database.writing() as session:
            made = rows.list_attempts(session, user_id, now - KEEP)
            self._refuse(made, connector_id, kind, bank, now)
            rows.add_attempt(session, user_id, kind, connector_id, now)
            system.forget_attempts(session, now - KEEP)

    def count(self, connection: Connection, kind: AttemptKind) -> None:
        """Note an attempt at a connection that stands, checked before."""
        if self._limits is None:
            return
        now = self._clock.now()
        with self._database.writing() as session:
            rows.add_attempt(session, connection["user_id"], kind, connection["connector_id"], now)
            system.forget_attempts(session, now - KEEP)

    def refused(self, connection: Connection, code: str) -> None:
        """What became of the latest attempt. A document that a bank does not know is no refused password."""
        if self._limits is None or (code in REFUSED_PASSWORD and connection["is_open_finance"]):
            return
        with self._database.writing() as session:
            rows.set_outcome(session, connection["user_id"], connection["connector_id"], code)

    def succeeded(self, user_id: int, connector_id: int | None) -> None:
        """The latest attempt at a bank (None: the latest that named none) ended well. What was refused stays so."""
        if self._limits is None:
            return
        with self._database.writing() as session:
            rows.set_outcome(session, user_id, connector_id, SUCCESS, is_open=True)

    def withdrawn(self, user_id: int, connector_id: int) -> None:
        """The latest attempt at a bank goes on as another one, which counts itself."""
        if self._limits is None:
            return
        with self._database.writing() as session:
            rows.withdraw_attempt(session, user_id, connector_id)

    def _refuse(
        self, made: Sequence[Attempt], connector_id: int | None, kind: AttemptKind, bank: str, now: datetime
    ) -> None:
        limits = self._limits or Limits()
        reasons: list[BankConnectionError] = []
        if kind in TYPED and connector_id is not None and (until := password_rests_until(made, connector_id, now)):
            reasons.append(bank_error("PASSWORD_REFUSED_TWICE", bank, retry_at=until, now=now))
        if pause := next_allowed(limits, made, kind, now):
            reasons.append(too_many(pause.limit.most, pause.limit.within, pause.until, now))
        if reasons:
            raise reasons[0]
