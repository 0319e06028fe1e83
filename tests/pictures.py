"""Smaller PNG files of screenshots, so that the README's pictures weigh little in the repository."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB, CHANNELS = 2, 3
STEP = 3  # of 255: a gradient loses shades that nobody sees, and its rows begin to repeat
SHADES = bytes(min(255, round(value / STEP) * STEP) for value in range(256))


def shrink(screenshot: bytes) -> bytes:
    """The same picture in about half the bytes. Takes what Chromium makes: 8 bit RGB, not interlaced."""
    chunks = dict(_chunks(screenshot))  # one of each kind but IDAT, which is joined below
    width, height, depth, colours = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colours) == (8, RGB), "not a picture of Chromium's"
    packed = b"".join(data for kind, data in _chunks(screenshot) if kind == b"IDAT")
    rows = _rows(zlib.decompress(packed), width * CHANNELS, height)
    plain = b"".join(b"\0" + row.translate(SHADES) for row in rows)
    parts = ((b"IHDR", chunks[b"IHDR"]), (b"IDAT", zlib.compress(plain, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _rows(filtered: bytes, width: int, height: int) -> Iterator[bytearray]:
    """The rows of bytes behind PNG's five filters (ISO/IEC 15948, section 9)."""
    above = bytearray(width)
    for number in range(height):
        start = number * (width + 1)
        row = bytearray(filtered[start + 1 : start + 1 + width])
        _undo(filtered[start], row, above)
        yield row
        above = row


def _undo(kind: int, row: bytearray, above: bytearray) -> None:
    for at in range(len(row) if kind else 0):
        left = row[at - CHANNELS] if at >= CHANNELS else 0
        corner = above[at - CHANNELS] if at >= CHANNELS else 0
        guess = (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))[kind]
        row[at] = (row[at] + guess) & 255


def _paeth(left: int, above: int, corner: int) -> int:
    target = left + above - corner
    return min((abs(target - value), rank, value) for rank, value in enumerate((left, above, corner)))[2]
