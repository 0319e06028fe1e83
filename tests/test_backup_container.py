"""The encrypted file: what was written comes back, and nothing else does."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from open_finance.backup import container
from open_finance.backup.container import HEADER_BYTES, TAG_BYTES, Opened, Sealed
from open_finance.errors import BackupDamagedError, BackupError, BackupKeyError, BackupNewerError, NotABackupError

KEY = "uma-chave-de-teste-bem-comprida"
SMALL = 32  # bytes in a chunk, so that a short content has many
CONTENTS = st.binary(max_size=6 * SMALL)


@contextmanager
def cheap() -> Iterator[None]:
    """Small chunks and a key that costs nothing: the rules are the same."""
    with mock.patch.multiple(container, CHUNK_BYTES=SMALL, COST=2, PARALLEL=1):
        yield


def sealed(*pieces: bytes, key: str = KEY) -> bytes:
    file = io.BytesIO()
    writer = Sealed(file, key)
    for piece in pieces:
        writer.write(piece)
    writer.close()
    return file.getvalue()


def opened(content: bytes, key: str = KEY) -> bytes:
    reader = Opened(io.BytesIO(content), key)
    return b"".join(iter(reader.read, b""))


@given(st.lists(CONTENTS, max_size=4))
def test_what_was_written_comes_back(pieces: list[bytes]) -> None:
    with cheap():
        assert opened(sealed(*pieces)) == b"".join(pieces)


@given(CONTENTS, st.data())
def test_any_changed_bit_is_found(content: bytes, data: st.DataObject) -> None:
    with cheap():
        file = bytearray(sealed(content))
        place, bit = data.draw(st.integers(0, len(file) - 1)), data.draw(st.integers(0, 7))
        file[place] ^= 1 << bit
        with pytest.raises(BackupError):
            opened(bytes(file))


@given(CONTENTS, st.data())
def test_any_file_that_ends_early_or_late_is_found(content: bytes, data: st.DataObject) -> None:
    with cheap():
        file = sealed(content)
        with pytest.raises(BackupError):
            opened(file[: data.draw(st.integers(0, len(file) - 1))])
        with pytest.raises(BackupDamagedError):
            opened(file + data.draw(st.binary(min_size=1, max_size=3 * SMALL)))


@settings(max_examples=50)
@given(st.binary(min_size=3 * SMALL, max_size=6 * SMALL), st.data())
def test_chunks_that_are_moved_doubled_or_left_out_are_found(content: bytes, data: st.DataObject) -> None:
    with cheap():
        file = sealed(content)
        head, rest, step = file[:HEADER_BYTES], file[HEADER_BYTES:], SMALL + TAG_BYTES
        chunks = [rest[at : at + step] for at in range(0, len(rest), step)]
        places = data.draw(st.lists(st.integers(0, len(chunks) - 1), max_size=8))
        if places != list(range(len(chunks))):
            with pytest.raises(BackupDamagedError):
                opened(head + b"".join(chunks[place] for place in places))


def test_chunks_of_another_file_of_the_same_key_are_found() -> None:
    with cheap():
        one, other = sealed(b"a" * 3 * SMALL), sealed(b"b" * 3 * SMALL)
        with pytest.raises(BackupDamagedError):
            opened(one[:HEADER_BYTES] + other[HEADER_BYTES:])


def test_each_mistake_has_its_own_word() -> None:
    """With the true cost of a key, and chunks of the true size."""
    file = sealed(b"x" * 70_000)
    assert opened(file) == b"x" * 70_000
    with pytest.raises(BackupKeyError):
        opened(file, KEY + "!")
    with pytest.raises(NotABackupError):
        opened(b"%PDF-1.7 or anything")
    with pytest.raises(NotABackupError):
        opened(b"")
    with pytest.raises(BackupDamagedError):
        opened(file[:20])
    with pytest.raises(BackupNewerError):
        opened(file[:8] + b"\x02" + file[9:])


def test_the_same_content_is_never_the_same_file() -> None:
    with cheap():
        assert sealed(b"the same")[9:] != sealed(b"the same")[9:]
