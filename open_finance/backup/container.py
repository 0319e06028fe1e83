"""The encrypted file: what is written through ``Sealed`` is read back by ``Opened``, or not at all.

Well-known parts only. The key is scrypt's of ``BACKUP_KEY`` and a random salt (N = 2^15, r = 8, p = 3: 32 MiB and a third of
a second). The content is cut into chunks of 64 KiB, each sealed with AES-256-GCM under a nonce that counts: the STREAM
construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015), in which a changed byte, a chunk that is missing, doubled or moved,
and a file that ends early are all found.

    8 bytes   "GFBACKUP"
    1 byte    version, 1
    16 bytes  salt
    7 bytes   first part of every nonce, random
    16 bytes  key check: the last 16 bytes that scrypt gives after the 32 of the key
    then      chunks: 64 KiB of content and GCM's 16 bytes; the last one shorter or as long, and perhaps empty

A chunk's nonce: the 7 bytes, its number (4 bytes, big endian), 1 for the last chunk and 0 for others. The 48 bytes before
the chunks are their associated data. Nothing of the content stands in the clear.
"""

from __future__ import annotations

import hmac
import os
from typing import IO, Any

from open_finance.errors import BackupDamagedError, BackupKeyError, BackupNewerError, NotABackupError
from open_finance.extras import from_extra

MAGIC = b"GFBACKUP"
VERSION = 1
SALT_BYTES, PREFIX_BYTES, CHECK_BYTES, KEY_BYTES = 16, 7, 16, 32
HEADER_BYTES = len(MAGIC) + 1 + SALT_BYTES + PREFIX_BYTES + CHECK_BYTES
CHUNK_BYTES = 1 << 16
TAG_BYTES = 16
COST, BLOCK, PARALLEL = 1 << 15, 8, 3


class Sealed:
    """A binary file to write to; nothing is whole before ``close``, which leaves the file below open."""

    def __init__(self, file: IO[bytes], key: str) -> None:
        salt, self._prefix = os.urandom(SALT_BYTES), os.urandom(PREFIX_BYTES)
        self._file = file
        self._cipher, check = _cipher(key, salt)
        self._header = MAGIC + bytes([VERSION]) + salt + self._prefix + check
        self._waiting = bytearray()
        self._number = 0
        file.write(self._header)

    def write(self, content: bytes) -> None:
        """Seal what fills chunks. One chunk always waits: it may be the last."""
        self._waiting += content
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]

    def close(self) -> None:
        """Seal the last chunk."""
        self._seal(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, is_last=is_last)
        self._file.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._number += 1


class Opened:
    """The content of such a file, chunk by chunk.

    Raises NotABackupError, BackupNewerError, BackupKeyError (another key; also where the header was changed) or
    BackupDamagedError. Only when ``read`` has returned ``b""`` has the whole file been seen to be as it was made.
    """

    def __init__(self, file: IO[bytes], key: str) -> None:
        self._file = file
        self._header = file.read(HEADER_BYTES)
        if not self._header.startswith(MAGIC):
            raise NotABackupError("not a backup file")
        if len(self._header) < HEADER_BYTES:
            raise BackupDamagedError("the file ends within its header")
        if self._header[len(MAGIC)] != VERSION:
            raise BackupNewerError("a file of another version")
        salt = self._header[len(MAGIC) + 1 :][:SALT_BYTES]
        self._prefix = self._header[-CHECK_BYTES - PREFIX_BYTES : -CHECK_BYTES]
        self._cipher, check = _cipher(key, salt)
        if not hmac.compare_digest(check, self._header[-CHECK_BYTES:]):
            raise BackupKeyError("another key")
        self._number = 0
        self._next = file.read(CHUNK_BYTES + TAG_BYTES)
        self._is_over = False

    def read(self) -> bytes:
        """The next chunk; ``b""`` at the end."""
        if self._is_over:
            return b""
        sealed, self._next = self._next, self._file.read(CHUNK_BYTES + TAG_BYTES)
        self._is_over = not self._next
        content = self._open(sealed)
        self._number += 1
        return content  # an empty chunk is an empty file's last

    def _open(self, sealed: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        nonce = _nonce(self._prefix, self._number, is_last=self._is_over)
        try:
            return bytes(self._cipher.decrypt(nonce, sealed, self._header))
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            raise BackupDamagedError(f"chunk {self._number} is not as it was made") from None


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])


def _cipher(key: str, salt: bytes) -> tuple[Any, bytes]:
    """The cipher, and the key check."""
    with from_extra("backup"):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    derived = Scrypt(salt=salt, length=KEY_BYTES + CHECK_BYTES, n=COST, r=BLOCK, p=PARALLEL).derive(key.encode())
    return AESGCM(derived[:KEY_BYTES]), derived[KEY_BYTES:]
