"""Telegram's two Markdown dialects, as strict as the real ones (TDLib's ``parse_markdown`` and ``parse_markdown_v2``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.telegram_api.html_text import ParseError, text_link

Json = dict[str, Any]
RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "blockquote": "BlockQuote",
}
MARKS = (
    ("```", "pre"),
    ("__", "underline"),
    ("||", "spoiler"),
    ("_", "italic"),
    ("*", "bold"),
    ("~", "strikethrough"),
    ("`", "code"),
    ("[", "text_link"),
)
ENDS = {kind: mark for mark, kind in MARKS} | {"text_link": "]"}


@dataclass
class OpenMark:
    """A mark not yet closed: its kind, where it began in the source and in the plain text."""

    kind: str
    source_at: int
    offset: int
    position: int
    language: str = ""


class MarkdownReader:
    """What both dialects share: a cursor over the source and the plain text so far."""

    def __init__(self, source: str, *, allow_loopback: bool = False) -> None:
        self.source = source
        self.allow_loopback = allow_loopback
        self.at = 0
        self.plain: list[str] = []
        self.offset = 0
        self.entities: list[Json] = []

    def add(self, character: str) -> None:
        self.plain.append(character)
        self.offset += 1 + (ord(character) > 0xFFFF)

    def bytes_before(self, at: int) -> int:
        return len(self.source[:at].encode("utf-8", "surrogatepass"))

    def peek(self, distance: int = 0) -> str:
        return self.source[self.at + distance : self.at + distance + 1]

    def skip_language(self) -> str:
        """Past the language of a block of code and its first line end."""
        end = self.at
        while end < len(self.source) and not self.source[end].isspace() and self.source[end] != "`":
            end += 1
        language = ""
        if end != self.at and end < len(self.source) and self.source[end] != "`":
            language, self.at = self.source[self.at : end], end
        if self.source.startswith(("\r\n", "\n\r"), self.at):
            self.at += 2
        elif self.peek() in {"\n", "\r"}:
            self.at += 1
        return language

    def emit(self, kind: str, offset: int, *, language: str = "", url: str = "") -> None:
        length = self.offset - offset
        if length == 0:
            return
        if kind == "text_link":
            entity = text_link(url, offset, length, allow_loopback=self.allow_loopback)
            self.entities += [entity] if entity else []
        else:
            extra = {"language": language} if language else {}
            self.entities.append({"type": kind, "offset": offset, "length": length} | extra)


class MarkdownV2Reader(MarkdownReader):
    """Nested marks; every reserved character that marks nothing must be escaped."""

    def __init__(self, source: str, *, allow_loopback: bool = False) -> None:
        super().__init__(source, allow_loopback=allow_loopback)
        self.open: list[OpenMark] = []

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            self._step()
        if self.open and self.open[-1].kind == "blockquote":
            quote = self.open.pop()
            self.emit("blockquote", quote.offset)
        if self.open:
            raise self._unclosed()
        return "".join(self.plain), self.entities

    def _step(self) -> None:
        character = self.peek()
        if character == "\\" and self.peek(1) and 0 < ord(self.peek(1)) <= 126:
            self.add(self.peek(1))
            self.at += 2
        elif character not in self._reserved():
            self.add(character)
            self.at += 1
        elif character == "\n":
            self._line_end()
        elif self.open and self._closes(self.open[-1].kind):
            self._end(self.open.pop())
        elif character == ">" and self.at == 0:
            self.at += 1
            self.open.append(OpenMark("blockquote", 0, self.offset, len(self.plain)))
        else:
            self._begin()

    def _reserved(self) -> frozenset[str]:
        return frozenset("`") if self.open and self.open[-1].kind in {"code", "pre"} else RESERVED

    def _unclosed(self) -> ParseError:
        mark = self.open[-1]
        name = "PreCode" if mark.language else NAMES[mark.kind]
        return ParseError(f"Can't find end of {name} entity at byte offset {self.bytes_before(mark.source_at)}")

    def _in_quote(self) -> bool:
        return any(mark.kind == "blockquote" for mark in self.open)

    def _line_end(self) -> None:
        continues = self.peek(1) == ">"
        quoted = self._in_quote()
        if quoted and not continues:
            if self.open[-1].kind != "blockquote":
                raise self._unclosed()
            quote = self.open.pop()
            self.emit("blockquote", quote.offset)
        self.add("\n")
        self.at += 1 + continues
        if continues and not quoted:
            self.open.append(OpenMark("blockquote", self.at - 1, self.offset, len(self.plain)))

    def _closes(self, kind: str) -> bool:
        if kind == "blockquote":
            return False
        if kind == "italic":
            return self.peek() == "_" and self.peek(1) != "_"
        return self.source.startswith(ENDS[kind], self.at)

    def _begin(self) -> None:
        start = self.at
        for mark, kind in MARKS:
            if self.source.startswith(mark, start):
                self.at += len(mark)
                language = self.skip_language() if kind == "pre" else ""
                self.open.append(OpenMark(kind, start, self.offset, len(self.plain), language))
                return
        raise ParseError(f"Character '{self.peek()}' is reserved and must be escaped with the preceding '\\'")

    def _end(self, mark: OpenMark) -> None:
        self.at += len(ENDS[mark.kind])
        url = self._url(mark) if mark.kind == "text_link" else ""
        self.emit(mark.kind, mark.offset, language=mark.language, url=url)

    def _url(self, mark: OpenMark) -> str:
        if self.peek() != "(":
            return "".join(self.plain[mark.position :])
        self.at += 1
        begin, parts = self.at, []
        while self.peek() and self.peek() != ")":
            if self.peek() == "\\" and self.peek(1):
                self.at += 1
            parts.append(self.peek())
            self.at += 1
        if not self.peek():
            raise ParseError(f"Can't find end of a URL at byte offset {self.bytes_before(begin)}")
        self.at += 1
        return "".join(parts)


class MarkdownReaderV1(MarkdownReader):
    """The legacy dialect: four marks, no nesting, escapes only outside marks."""

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            character = self.peek()
            if character == "\\" and self.peek(1) in {"_", "*", "`", "["}:
                self.add(self.peek(1))
                self.at += 2
            elif character in {"_", "*", "`", "["}:
                self._marked(character)
            else:
                self.add(character)
                self.at += 1
        return "".join(self.plain), self.entities

    def _marked(self, mark: str) -> None:
        begin = self.at
        block = self.source.startswith("```", begin)
        end_mark = "```" if block else {"[": "]"}.get(mark, mark)
        self.at += 3 if block else 1
        language = self.skip_language() if block else ""
        end = self.source.find(end_mark, self.at)
        if end < 0:
            raise ParseError(f"Can't find end of the entity starting at byte offset {self.bytes_before(begin)}")
        offset = self.offset
        inside = self.source[self.at : end]
        for character in inside:
            self.add(character)
        self.at = end + len(end_mark)
        kind = "pre" if block else {"_": "italic", "*": "bold", "`": "code", "[": "text_link"}[mark]
        self.emit(kind, offset, language=language, url=self._url(inside) if kind == "text_link" else "")

    def _url(self, inside: str) -> str:
        if self.peek() != "(":
            return inside
        end = self.source.find(")", self.at)
        end = len(self.source) if end < 0 else end
        url = self.source[self.at + 1 : end]
        self.at = end + 1
        return url


def parse_markdown_v2(source: str, *, allow_loopback: bool = False) -> tuple[str, list[Json]]:
    """Plain text and entities of MarkdownV2. Raises ParseError with Telegram's sentence."""
    return MarkdownV2Reader(source, allow_loopback=allow_loopback).read()


def parse_markdown(source: str, *, allow_loopback: bool = False) -> tuple[str, list[Json]]:
    """Plain text and entities of the legacy Markdown. Raises ParseError with Telegram's sentence."""
    return MarkdownReaderV1(source, allow_loopback=allow_loopback).read()
