"""Where an account's rows wait between Pluggy and the database, so that no session is open while Pluggy is asked.

A year of a busy account does not fit a small machine's memory as Python objects: beyond a few megabytes the rows go to a
temporary file without a name, which the system removes even when the process is killed. Only the ids stay in memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self, cast, get_args, get_type_hints

from open_finance.records import TransactionData

MEMORY_LIMIT = 2_000_000  # bytes


def _decoder(hint: Any) -> Callable[[str], Any] | None:
    """How a value of this type comes back from JSON, None where JSON keeps it as it is."""
    kinds = get_args(hint) or (hint,)
    if datetime in kinds:
        return datetime.fromisoformat
    if date in kinds:
        return date.fromisoformat
    return Decimal if Decimal in kinds else None


_FIELDS = tuple(get_type_hints(TransactionData).items())
_NAMES = tuple(name for name, _ in _FIELDS)
_DECODERS = tuple((name, decode) for name, hint in _FIELDS if (decode := _decoder(hint)))


class TransactionSpool:
    """Rows in the order they were listed, to be read back any number of times.

    ``days``: every id that was listed and its day, None for a row that could not be read. ``complete``: False once a row
    came that does not even say which it is.
    """

    def __init__(self, memory_limit: int = MEMORY_LIMIT) -> None:
        self.days: dict[str, date | None] = {}
        self.complete = True
        self._interned: dict[date, date] = {}  # many rows, few days
        self._file = SpooledTemporaryFile(max_size=memory_limit, mode="w+", encoding="utf-8", newline="\n")  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, row: TransactionData) -> None:
        """Put a row at the end."""
        self.days[row["pluggy_id"]] = self._interned.setdefault(row["occurred_on"], row["occurred_on"])
        self._file.write(json.dumps([row[name] for name in _NAMES], default=_text))  # type: ignore[literal-required]
        self._file.write("\n")

    def skip(self, pluggy_id: Any) -> None:
        """Note a row that could not be read."""
        if not isinstance(pluggy_id, str) or not pluggy_id:
            self.complete = False
        elif pluggy_id not in self.days:
            self.days[pluggy_id] = None

    @property
    def malformed(self) -> int:
        """How many of the listed rows could not be read; those without an id are not among them."""
        return sum(day is None for day in self.days.values())

    def count_since(self, day: date) -> int:
        """How many rows of that day or later were listed; one that could not be read counts."""
        return sum(listed is None or listed >= day for listed in self.days.values())

    def rows(self) -> Iterator[TransactionData]:
        """All rows from the beginning. Nothing may be added while they are read."""
        self._file.seek(0)
        for line in self._file:
            row = dict(zip(_NAMES, json.loads(line), strict=True))
            for name, decode in _DECODERS:
                if row[name] is not None:
                    row[name] = decode(row[name])
            yield cast("TransactionData", row)
        self._file.seek(0, 2)


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
