"""Backups: everything that is stored in one encrypted file, and back, from either database into either.

Within the ``container`` is a zlib stream of JSON lines: what it is (``_Head``); then for each table a mapping with its
columns, its rows as arrays, some thousand in a line; then how many rows each table has. Instants and days are ISO texts.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from open_finance.backup.container import Opened, Sealed
from open_finance.clock import Clock, SystemClock
from open_finance.errors import BackupDamagedError, BackupError, BackupNewerError
from open_finance.storage.database import Database
from open_finance.storage.portable import Shape
from open_finance.storage.whole import Row, Whole, read_whole, require_known, write_whole

FORMAT = 1
SUFFIX = ".gfb"
#: A line has some thousand rows; far more than that is none of ours.
LINE_BYTES = 256 << 20
_INFLATED = 1 << 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds. ``counts``: rows by table."""

    revision: str
    made_at: datetime
    counts: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


class _Head(msgspec.Struct, frozen=True):
    """``counters``: the highest id ever given out, by table."""

    format: int
    revision: str
    made_at: datetime
    counters: dict[str, int]


def file_name(now: datetime) -> str:
    """``backup-2026-11-27T0612.gfb``: by UTC, so that names sort as they were made."""
    return f"backup-{now.astimezone(UTC):%Y-%m-%dT%H%M}{SUFFIX}"


# --- to a file ---------------------------------------------------------------------------------------------------------


def write_backup(database: Database, key: str, path: Path, clock: Clock | None = None) -> Contents:
    """Everything that is stored, as it is at one instant, in a new file that only its owner can read. The bot may go on.

    The file appears when it is whole. Raises BackupError for a path that is taken or cannot be written,
    NothingToBackUpError, DatabaseUnavailableError.
    """
    if path.exists():
        raise BackupError("the file exists", user_message=f"{path.name} já existe. Escolha outro nome.")
    with _no_disk_errors(path), _whole_file(path) as file:
        return copy_to(database, key, file, clock)


def copy_to(database: Database, key: str, file: IO[bytes], clock: Clock | None = None) -> Contents:
    """The same, written to a file that is open."""
    made_at = (clock or SystemClock()).now()
    with read_whole(database) as whole:
        sealed = Sealed(file, key)
        lines = _Deflated(sealed)
        lines.write(_Head(FORMAT, whole.revision, made_at, whole.counters))
        counts = {shape.name: _write_table(lines, whole, shape) for shape in whole.shapes}
        lines.write({"end": counts})
        lines.close()
        sealed.close()
    return Contents(whole.revision, made_at, counts)


def _write_table(lines: _Deflated, whole: Whole, shape: Shape) -> int:
    count = 0
    lines.write({"table": shape.name, "columns": shape.columns, "key": shape.key})
    for rows in whole.rows(shape):
        lines.write(rows)
        count += len(rows)
    return count


class _Deflated:
    """JSON lines, compressed."""

    def __init__(self, sealed: Sealed) -> None:
        self._sealed = sealed
        self._deflate = zlib.compressobj()
        self._encoder = msgspec.json.Encoder()

    def write(self, value: object) -> None:
        self._sealed.write(self._deflate.compress(self._encoder.encode(value) + b"\n"))

    def close(self) -> None:
        self._sealed.write(self._deflate.flush())


@contextmanager
def _no_disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = os.strerror(error.errno) if error.errno else type(error).__name__
        raise BackupError(
            f"the file could not be written: {what}",
            user_message=f"Não consegui gravar {path.name} ({what}). Confira a pasta, a permissão e o espaço em disco.",
        ) from None


@contextmanager
def _whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that has its name only once it is on the disk, whole; readable by its owner alone."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # a folder that cannot be opened or synced: the file itself is on the disk
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


# --- from a file -------------------------------------------------------------------------------------------------------


def check_backup(path: Path, key: str) -> Contents:
    """What a backup holds, once the whole of it has been seen to be as it was made. Raises BackupError."""
    with _reading(path, key) as reader:
        for _, batches in reader.tables():
            for _ in batches:
                pass
        return Contents(reader.head.revision, reader.head.made_at, reader.counts)


def restore_backup(
    database: Database, key: str, path: Path, clock: Clock | None = None, *, replace: bool = False
) -> Contents:
    """Put a backup in place of an empty database, or, with ``replace``, of all that is there. The whole file is looked
    through before anything is touched; then all of it is written, or nothing. The schema ends at the newest revision.

    Raises BackupError, DatabaseUnavailableError.
    """
    contents = check_backup(path, key)
    require_known(contents.revision)
    with _reading(path, key) as reader:
        head = reader.head
        now = (clock or SystemClock()).now()
        write_whole(database, head.revision, reader.tables(), head.counters, now, replace=replace)
    return contents


@contextmanager
def _reading(path: Path, key: str) -> Iterator[_Reader]:
    try:
        file = path.open("rb")
    except OSError:
        raise BackupError(
            "the file could not be read", user_message=f"Não consegui ler {path.name}. Confira o caminho e a permissão."
        ) from None
    with file:
        yield _Reader(file, key)


class _Reader:
    """A backup, line by line. ``counts``: what it says of itself, once all tables were read."""

    def __init__(self, file: IO[bytes], key: str) -> None:
        self._lines = _inflated(Opened(file, key))
        self.head = _head(next(self._lines, b""))
        self.counts: dict[str, int] = {}

    def tables(self) -> Iterator[tuple[Shape, Iterator[list[Row]]]]:
        """Each table with its rows, to be read before the next. Raises BackupDamagedError."""
        found: dict[str, int] = {}
        line = self._mapping()
        while "table" in line:
            shape = _shape(line)
            found[shape.name] = 0
            following: list[dict[str, Any]] = []
            yield shape, self._rows(shape, found, following)
            if not following:
                raise BackupDamagedError("a table's rows were not read")
            line = following[0]
        # The last chunk says that it is the last: only after it the file is known to be whole.
        if line.get("end") != found or next(self._lines, None) is not None:
            raise BackupDamagedError("the tables are not those that were written")
        self.counts = found

    def _rows(self, shape: Shape, found: dict[str, int], following: list[dict[str, Any]]) -> Iterator[list[Row]]:
        for line in self._lines:
            value = _decoded(line)
            if isinstance(value, dict):
                following.append(value)
                return
            rows = _rows_of(shape, value)
            found[shape.name] += len(rows)
            yield rows
        raise BackupDamagedError("the file ends within a table")

    def _mapping(self) -> dict[str, Any]:
        value = _decoded(next(self._lines, b""))
        if not isinstance(value, dict):
            raise BackupDamagedError("no table where one begins")
        return value


def _inflated(opened: Opened) -> Iterator[bytes]:
    """The lines, without their ends. Never more than one of them and some chunks are held."""
    inflate, waiting = zlib.decompressobj(), b""
    while chunk := opened.read():
        while chunk:
            try:
                waiting += inflate.decompress(chunk, _INFLATED)
            except zlib.error:
                raise BackupDamagedError("not compressed as it was") from None
            chunk = inflate.unconsumed_tail
            *lines, waiting = waiting.split(b"\n")
            yield from lines
            if len(waiting) > LINE_BYTES:
                raise BackupDamagedError("a line without an end")
    waiting += inflate.flush()
    if not inflate.eof or inflate.unused_data:
        raise BackupDamagedError("not compressed as it was")
    *lines, rest = waiting.split(b"\n")
    yield from lines
    if rest:
        raise BackupDamagedError("the last line has no end")


def _head(line: bytes) -> _Head:
    value = _decoded(line)
    if not isinstance(value, dict):
        raise BackupDamagedError("no head")
    if value.get("format") != FORMAT:
        raise BackupNewerError("a format that is not known")
    try:
        return msgspec.convert(value, _Head)
    except msgspec.ValidationError:
        raise BackupDamagedError("no head") from None


def _decoded(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError:
        raise BackupDamagedError("not JSON") from None


def _shape(line: dict[str, Any]) -> Shape:
    try:
        return Shape(line["table"], tuple((name, kind) for name, kind in line["columns"]), tuple(line["key"]))
    except (KeyError, TypeError, ValueError):
        raise BackupDamagedError("no table") from None


_READ = {"instant": datetime.fromisoformat, "day": date.fromisoformat}


def _rows_of(shape: Shape, rows: Any) -> list[Row]:
    readers = [(place, _READ[kind]) for place, (_, kind) in enumerate(shape.columns) if kind in _READ]
    for row in rows:
        for place, read in readers:
            if row[place] is not None:
                row[place] = read(row[place])
    return [tuple(row) for row in rows]
