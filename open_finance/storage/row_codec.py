"""A listed row in the form in which it is spooled, compared and written: its values, and a hash of those that count.

Encoded once, as the columns' own types store it on SQLite: texts, whole numbers and None, which is what JSON and
PostgreSQL's COPY take as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import Any, NamedTuple, cast

import msgspec
from sqlalchemy import Boolean, Date
from sqlalchemy.dialects import sqlite

from open_finance.money import to_centavos
from open_finance.records import TransactionData
from open_finance.storage.models import Base, TransactionRow
from open_finance.storage.types import Money, UtcDateTime, encode_instant

_COLUMNS = Base.metadata.tables[TransactionRow.__tablename__].c
_NAMES = tuple(TransactionData.__annotations__)
#: What may differ without being a change: Pluggy stamps its instants whether or not anything we show has changed; whether a
#: transfer is one's own is not forgotten when a listing does not say it, and the other side of one is the holder, whose name
#: is not kept.
LOOSE = ("same_holder", "counterparty", "pluggy_created_at", "pluggy_updated_at")
#: Another id is not another content: a row that goes on under a new one is written when something else has changed.
COUNTED = tuple(name for name in _NAMES if name not in {"pluggy_id", *LOOSE})
#: The order of ``EncodedRow.values``.
VALUES = ("pluggy_id", *LOOSE, *COUNTED)

_HEAD = 1 + len(LOOSE)
_VALUES_OF = itemgetter(*VALUES)
_DIALECT = sqlite.dialect()


class EncodedRow(NamedTuple):
    """``content_hash``: 64 bits of the values that count, signed. ``values``: in the order of ``VALUES``."""

    content_hash: int
    values: Sequence[Any]

    @property
    def pluggy_id(self) -> str:
        """The row's, at Pluggy."""
        return cast("str", self.values[0])


def encode(row: TransactionData) -> EncodedRow:
    """A listed row, encoded."""
    values = _stored_form(row)
    return EncodedRow(_hash(_to_json(values[_HEAD:])), values)


def dump(row: TransactionData) -> bytes:
    """A listed row as one line, without its line break."""
    values = _stored_form(row)
    counted = _to_json(values[_HEAD:])
    return b"[%d,[%b,%b]" % (_hash(counted), _to_json(values[:_HEAD])[1:-1], counted[1:])


def load(line: bytes) -> EncodedRow:
    """What ``dump`` wrote."""
    return EncodedRow._make(_from_json(line))


def decode(row: EncodedRow) -> TransactionData:
    """The listed row that was encoded."""
    values = list(row.values)
    for index, of_stored in _DECODERS:
        if values[index] is not None:
            values[index] = of_stored(values[index])
    return cast("TransactionData", dict(zip(VALUES, values, strict=True)))


def _stored_form(row: TransactionData) -> list[Any]:
    values = list(_VALUES_OF(row))
    for index, to_stored in _ENCODERS:
        if values[index] is not None:
            values[index] = to_stored(values[index])
    return values


#: The standard library's takes a third of the time of a whole pass.
_to_json = msgspec.json.Encoder().encode
_from_json = msgspec.json.Decoder().decode


def _hash(counted: bytes) -> int:
    return int.from_bytes(blake2b(counted, digest_size=8).digest(), signed=True)


def _encoders() -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """By position. Of days there are few, of the instants in which Pluggy collected fewer, and many rows: each is encoded
    once."""
    found: list[tuple[int, Callable[[Any], Any]]] = []
    for index, name in enumerate(VALUES):
        kind = _COLUMNS[name].type
        process = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
        if isinstance(kind, UtcDateTime):
            found.append((index, lru_cache(maxsize=4096)(encode_instant)))
        elif isinstance(kind, Money):
            found.append((index, to_centavos))
        elif isinstance(kind, Date | Boolean) and process is not None:
            found.append((index, lru_cache(maxsize=4096)(process)))
        elif process is not None:
            found.append((index, process))
    return tuple(found)


def _decoders() -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    found = []
    for index, name in enumerate(VALUES):
        process = _COLUMNS[name].type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
        if process is not None:
            found.append((index, process))
    return tuple(found)


_ENCODERS, _DECODERS = _encoders(), _decoders()
