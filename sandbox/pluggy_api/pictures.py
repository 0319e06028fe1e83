"""The two pictures a bank sends: a code to read and a QR to scan, as base64 PNG, drawn without any library."""

from __future__ import annotations

import base64
import struct
import zlib
from functools import cache

DIGITS = {
    "1": ("00100", "01100", "00100", "00100", "00100", "00100", "01110"),
    "2": ("01110", "10001", "00001", "00110", "01000", "10000", "11111"),
    "3": ("11110", "00001", "00001", "01110", "00001", "00001", "11110"),
    "4": ("00010", "00110", "01010", "10010", "11111", "00010", "00010"),
    "5": ("11111", "10000", "11110", "00001", "00001", "10001", "01110"),
    "6": ("00110", "01000", "10000", "11110", "10001", "10001", "01110"),
}
# A version 1 QR of "PLUGGY-BANK-19", one number a row of 21 modules. Its content means nothing: scanning it is enough.
QR_ROWS = (
    2082431, 1068353, 1529181, 1525341, 1530205, 1071425, 2086271, 3584, 612788, 606066, 1695389,
    373343, 1897361, 7147, 2084106, 1066719, 1528905, 1524107, 1524024, 1070893, 2084571,
)  # fmt: skip


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows: list[str], *, scale: int = 8, quiet: int = 4) -> str:
    """Base64 of a black on white picture; ``rows`` are strings of 0 and 1, ``quiet`` the white border in modules."""
    width = len(rows[0]) + 2 * quiet
    blank = ["0" * width] * quiet
    framed = [*blank, *(f"{'0' * quiet}{row}{'0' * quiet}" for row in rows), *blank]
    lines = b"".join(
        (b"\x00" + b"".join((b"\x00" if bit == "1" else b"\xff") * scale for bit in row)) * scale for row in framed
    )
    header = struct.pack(">IIBBBBB", width * scale, len(framed) * scale, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


@cache
def code_picture(code: str = "123456") -> str:
    """A picture that shows ``code`` (digits 1 to 6)."""
    return png(["0".join(DIGITS[char][line] for char in code) for line in range(7)])


@cache
def qr_picture() -> str:
    return png([f"{row:021b}" for row in QR_ROWS])
