"""What a person wants of /previsao and /posso_gastar: the reserve that is never counted as free to spend."""

from __future__ import annotations

from decimal import Decimal

from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings
from open_finance.errors import ReserveError
from open_finance.money import CENTAVO, ZERO
from open_finance.storage import outlook_settings
from open_finance.storage.database import Database, open_database

__all__ = ["MOST_RESERVE", "OutlookBook"]

#: More is a slip of the finger.
MOST_RESERVE = Decimal("1000000.00")


class OutlookBook:
    """Each person's own.

    from open_finance.outlook_book import OutlookBook
    OutlookBook().set_reserve(123456789, Decimal("500.00"))
    """

    def __init__(
        self, database: Database | None = None, clock: Clock | None = None, *, settings: Settings | None = None
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. Raises ConfigurationError."""
        self._database = database or open_database(settings)
        self._clock = clock or SystemClock()

    def get_reserve(self, user_id: int) -> Decimal:
        """BRL; zero where the person has said nothing."""
        with self._database.reading() as session:
            return outlook_settings.find_reserve(session, user_id) or ZERO

    def set_reserve(self, user_id: int, amount: Decimal) -> None:
        """Keep this much back from now on. Raises ReserveError on less than nothing, on more than ``MOST_RESERVE``, and on
        what is finer than a centavo."""
        if not (amount.is_finite() and ZERO <= amount <= MOST_RESERVE and amount == amount.quantize(CENTAVO)):
            raise ReserveError("not an amount to keep back")
        with self._database.writing() as session:
            outlook_settings.save_reserve(session, user_id, amount.quantize(CENTAVO), self._clock.now())
