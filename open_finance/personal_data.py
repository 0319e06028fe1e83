"""What is stored of a person: how much, an archive of all of it, and its erasure with the items at Pluggy.

Synchronous and thread-safe, as every service: each call is for one person, but for ``work_off_erasures`` and
``list_erasures``, which are the tick's.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from open_finance.clock import Clock, SystemClock
from open_finance.config import Settings, load_settings
from open_finance.errors import OpenFinanceError
from open_finance.personal.archive import write_archive
from open_finance.personal.erasure import Eraser, Erasure, ErasureDone
from open_finance.pluggy_client import PluggyClient
from open_finance.storage import personal
from open_finance.storage.database import Database, open_database
from open_finance.storage.personal import PersonalSummary

__all__ = ["Erasure", "ErasureDone", "PersonalData", "PersonalSummary"]

logger = logging.getLogger(__name__)


class PersonalData:
    """What a person may ask of the own data.

    from open_finance.personal_data import PersonalData
    with open("meus_dados.zip", "wb") as file:
        PersonalData().export(123456789, file)
    """

    def __init__(
        self,
        client: PluggyClient | None = None,
        database: Database | None = None,
        clock: Clock | None = None,
        *,
        settings: Settings | None = None,
        choose: Callable[[Sequence[str]], str] = secrets.choice,
    ) -> None:
        """What is not given comes from the environment; the database is then migrated. ``choose`` draws the characters of
        protocols. Raises ConfigurationError."""
        if client is None or database is None:
            settings = settings or load_settings()
        self._clock = clock or SystemClock()
        self._database = database or open_database(settings)
        client = client or PluggyClient(settings, clock=self._clock)
        self._eraser = Eraser(client.for_person(), self._database, self._clock, choose)

    def summarize(self, user_id: int) -> PersonalSummary:
        """How much is stored: the names of the banks, accounts, transactions that still stand, since when."""
        with self._database.reading() as session:
            return personal.measure_person(session, user_id)

    # --- everything in a file --------------------------------------------------------------------------------------

    def export(self, user_id: int, target: BinaryIO, *, year: int | None = None) -> None:
        """Write a ZIP: ``LEIA-ME.txt``, ``contas.csv``, ``lancamentos.csv``, and every table in ``dados/`` as JSON.

        ``target`` need not be seekable. ``year``: of the transactions only those of that year, for whoever must split.
        """
        with self._database.reading() as session:
            write_archive(session, user_id, target, self._clock.now(), year=year)

    def list_years(self, user_id: int) -> list[int]:
        """The years of which there are transactions, the oldest first."""
        with self._database.reading() as session:
            return personal.list_years(session, user_id)

    # --- erasing everything ----------------------------------------------------------------------------------------

    def request_erasure(self, user_id: int, message_id: int | None = None) -> str:
        """Commit the wish that everything be erased, items at Pluggy included: reading stops at once. Returns the protocol;
        asked again while the wish is open, the same one. ``work_off_erasures`` or ``iter_erasure`` carries it out.

        ``message_id``: the chat message that shows the progress, given now or by another call later.
        """
        return self._eraser.request(user_id, message_id)

    def find_erasure(self, user_id: int) -> Erasure | None:
        """The person's erasure: open, or finished and still to be told."""
        return self._eraser.find(user_id)

    def list_erasures(self) -> list[Erasure]:
        """Everybody's erasures that are open or to be told, the oldest first."""
        return self._eraser.list_all()

    def iter_erasure(self, user_id: int) -> Iterator[Erasure]:
        """Carry a person's erasure on, as far as it goes now: where it stands, after each part. May be called by several at
        once and by any process. What Pluggy has not confirmed is asked again the next time."""
        return self._eraser.iter_steps(user_id)

    def close_erasure(self, user_id: int) -> ErasureDone | None:
        """Forget whose a finished erasure was, and hand that over once, for the person to be told; None: there is none."""
        return self._eraser.close(user_id)

    def reopen_erasure(self, done: ErasureDone) -> None:
        """The person could not be told: it is handed over again by the next ``close_erasure``."""
        self._eraser.reopen(done)

    def work_off_erasures(self) -> list[ErasureDone]:
        """Carry everybody's erasures on; those that are done now. One that fails never stops the others."""
        done = (self._work_off(erasure.user_id) for erasure in self.list_erasures())
        return [each for each in done if each is not None]

    def _work_off(self, user_id: int) -> ErasureDone | None:
        try:
            for _ in self.iter_erasure(user_id):
                pass
            return self.close_erasure(user_id)
        except OpenFinanceError as error:
            logger.warning("an erasure could not go on: %s", type(error).__name__)
            return None
