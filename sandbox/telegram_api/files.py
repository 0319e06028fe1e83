"""Uploaded files, kept in memory, and the size of a picture read from its first bytes."""

from __future__ import annotations

import hashlib
import mimetypes
import struct
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from sandbox.telegram_api.errors import bad_request
from sandbox.telegram_api.params import Upload

Json = dict[str, Any]
MAX_UPLOAD = 50 * 1024 * 1024
MAX_PHOTO = 10 * 1024 * 1024
MAX_DOWNLOAD = 20 * 1024 * 1024
MAX_SIDES = 10_000
MAX_RATIO = 20
FOLDERS = {"photo": "photos", "document": "documents"}
JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})


@dataclass(frozen=True)
class StoredFile:
    """One file: `kind` is photo or document; sides are 0 for a document."""

    kind: str
    file_id: str
    unique_id: str
    name: str
    mime_type: str
    path: str
    data: bytes = field(repr=False)
    width: int = 0
    height: int = 0

    def reference(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.data)}

    def wire(self) -> Any:
        """The value of a message's ``photo`` (its sizes) or ``document``."""
        if self.kind == "photo":
            return [self.reference() | {"width": self.width, "height": self.height}]
        return {"file_name": self.name, "mime_type": self.mime_type} | self.reference()


class FileStore:
    """All files of one server."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def add(self, kind: str, upload: Upload) -> StoredFile:
        """Keep an upload as a photo or a document. Raises ApiError for one Telegram would not take."""
        if not upload.data:
            raise bad_request("file must be non-empty")
        if len(upload.data) > MAX_UPLOAD:
            raise bad_request("file is too big")
        width, height = check_photo(upload.data) if kind == "photo" else (0, 0)
        number = len(self._files)
        digest = hashlib.sha256(kind.encode() + number.to_bytes(4, "big") + upload.data).hexdigest()
        name = PurePosixPath(upload.name.replace("\\", "/")).name or "file"
        mime_type = mimetypes.guess_type(name)[0] or upload.content_type or "application/octet-stream"
        suffix = ".jpg" if kind == "photo" else PurePosixPath(name).suffix
        stored = StoredFile(
            kind=kind,
            file_id=("AgAC" if kind == "photo" else "BQAC") + digest[:56],
            unique_id=("AQAD" if kind == "photo" else "AgAD") + digest[:12],
            name=name,
            mime_type=picture_type(upload.data) or mime_type if kind == "photo" else mime_type,
            path=f"{FOLDERS[kind]}/file_{number}{suffix}",
            data=upload.data,
            width=width,
            height=height,
        )
        self._files[stored.file_id] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def find_path(self, path: str) -> StoredFile | None:
        return next((stored for stored in self._files.values() if stored.path == path), None)


def check_photo(data: bytes) -> tuple[int, int]:
    """Width and height. Raises ApiError for what is no picture, too heavy or too long."""
    if len(data) > MAX_PHOTO:
        raise bad_request(
            f"file of size {len(data)} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes"
        )
    size = picture_size(data)
    if size is None or 0 in size:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if sum(size) > MAX_SIDES or max(size) > MAX_RATIO * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return size


def picture_type(data: bytes) -> str | None:
    for start, kind in ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif")):
        if data.startswith(start):
            return kind
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, WebP or JPEG; None for anything else or a broken header."""
    try:
        match picture_type(data):
            case "image/png":
                return struct.unpack(">II", data[16:24])
            case "image/gif":
                return struct.unpack("<HH", data[6:10])
            case "image/webp":
                return webp_size(data)
            case "image/jpeg":
                return jpeg_size(data)
    except (struct.error, IndexError):
        return None
    return None


def webp_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
