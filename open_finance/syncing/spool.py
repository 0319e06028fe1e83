"""Where an account's rows wait between Pluggy and the database, so that no session is open while Pluggy is asked.

A year of a busy account does not fit a small machine's memory as Python objects: beyond a few megabytes the rows go to a
temporary file without a name, which the system removes even when the process is killed. Only the ids stay in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self

from open_finance.records import TransactionData
from open_finance.storage.row_codec import EncodedRow, decode, dump, load

MEMORY_LIMIT = 2_000_000  # bytes


class TransactionSpool:
    """Rows in the order they were listed, to be read back any number of times.

    ``days``: every id that was listed and its day, None for a row that could not be read. ``complete``: False once a row
    came that does not even say which it is. ``has_balances``: some row says what the account held after it. ``awaited``:
    rows that were listed and are to be listed again (``await_again``).
    """

    def __init__(self, memory_limit: int = MEMORY_LIMIT) -> None:
        self.days: dict[str, date | None] = {}
        self.complete = True
        self.has_balances = False
        self.awaited: set[str] = set()
        self._interned: dict[date, date] = {}  # many rows, few days
        self._file = SpooledTemporaryFile(max_size=memory_limit)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, row: TransactionData) -> None:
        """Put a row at the end."""
        self.days[row["pluggy_id"]] = self._interned.setdefault(row["occurred_on"], row["occurred_on"])
        self.awaited.discard(row["pluggy_id"])
        self._file.write(dump(row) + b"\n")
        if row["balance_after"] is not None:
            self.has_balances = True

    def skip(self, pluggy_id: Any) -> None:
        """Note a row that could not be read."""
        if not isinstance(pluggy_id, str) or not pluggy_id:
            self.complete = False
        else:
            self.awaited.discard(pluggy_id)
            self.days.setdefault(pluggy_id, None)

    def await_again(self, since: date) -> None:
        """What has been listed of that day and later is to be in the next listing, too."""
        self.awaited = {pluggy_id for pluggy_id, day in self.days.items() if day is not None and day >= since}

    @property
    def malformed(self) -> int:
        """How many of the listed rows could not be read; those without an id are not among them."""
        return sum(day is None for day in self.days.values())

    def count_since(self, day: date) -> int:
        """How many rows of that day or later were listed; one that could not be read counts."""
        return sum(listed is None or listed >= day for listed in self.days.values())

    def rows(self) -> Iterator[TransactionData]:
        """All rows from the beginning. Nothing may be added while they are read."""
        return map(decode, self.encoded_rows())

    def encoded_rows(self) -> Iterator[EncodedRow]:
        """As ``rows``, as they go into the database."""
        self._file.seek(0)
        yield from map(load, self._file)
        self._file.seek(0, 2)
