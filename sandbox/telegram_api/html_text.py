"""Telegram's HTML: a small language of its own, refused with its own sentences.

Rules and error texts are those of TDLib's parser (``parse_html`` in ``MessageEntity.cpp``): four named character references,
numeric ones, a closed list of tags, offsets in errors counted in bytes of UTF-8, offsets of entities in UTF-16 units.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sandbox.telegram_api.links import find_link

Json = dict[str, Any]
SIGN = re.compile("[<&]")
STYLES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
TAGS = frozenset(STYLES) | {"a", "tg-emoji"}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]{1,6})|#(?P<decimal>[0-9]{1,7})|(?P<name>[a-zA-Z]+));?")
USER_LINK = re.compile(r"tg://user\?id=(\d+)")


class ParseError(Exception):
    """Why the text is refused; the sentence follows ``can't parse entities:``."""


def decode_reference(text: str, at: int) -> tuple[str, int] | None:
    """The character a reference at `at` stands for and where it ends; None when it is just an ampersand."""
    match = REFERENCE.match(text, at)
    if match is None:
        return None
    if match["name"]:
        character = NAMED.get(match["name"])
        return None if character is None else (character, match.end())
    code = int(match["hex"], 16) if match["hex"] else int(match["decimal"])
    if code == 0 or code >= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return None
    return chr(code), match.end()


def decode_references(text: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(text):
        found = decode_reference(text, at) if text[at] == "&" else None
        character, at = found or (text[at], at + 1)
        parts.append(character)
    return "".join(parts)


@dataclass
class OpenTag:
    """A tag not yet closed: where it began in the plain text."""

    name: str
    argument: str
    offset: int
    position: int


def text_link(url: str, offset: int, length: int, *, allow_loopback: bool) -> Json | None:
    """A link or a mention of a person; None when the address is one that Telegram drops."""
    mention = USER_LINK.fullmatch(url)
    if mention:
        user = {"id": int(mention[1]), "is_bot": False, "first_name": mention[1]}
        return {"type": "text_mention", "offset": offset, "length": length, "user": user}
    checked = find_link(url, allow_loopback=allow_loopback)
    return {"type": "text_link", "offset": offset, "length": length, "url": checked} if checked else None


class HtmlReader:
    """Reads one text from left to right; see the module's docstring."""

    def __init__(self, source: str, *, allow_loopback: bool = False) -> None:
        self._source = source
        self._allow_loopback = allow_loopback
        self._at = 0
        self._plain: list[str] = []
        self._offset = 0
        self._open: list[OpenTag] = []
        self._entities: list[Json] = []

    def read(self) -> tuple[str, list[Json]]:
        """The plain text and its entities. Raises ParseError."""
        while self._at < len(self._source):
            character = self._source[self._at]
            reference = decode_reference(self._source, self._at) if character == "&" else None
            if reference:
                self._add(reference[0])
                self._at = reference[1]
            elif character != "<":
                end = self._end_of_words()
                self._add(self._source[self._at : end])
                self._at = end
            elif self._source.startswith("</", self._at):
                self._end_tag()
            else:
                self._start_tag()
        if self._open:
            raise ParseError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        return "".join(self._plain), self._entities

    def _end_of_words(self) -> int:
        """Where the next tag or reference may begin; what stands here is none."""
        found = SIGN.search(self._source, self._at + 1)
        return found.start() if found else len(self._source)

    def _add(self, words: str) -> None:
        self._plain.append(words)
        self._offset += len(words.encode("utf-16-le", "surrogatepass")) // 2

    def _bytes(self, at: int) -> int:
        return len(self._source[:at].encode("utf-8", "surrogatepass"))

    def _peek(self) -> str:
        return self._source[self._at] if self._at < len(self._source) else ""

    def _skip_spaces(self) -> None:
        while self._peek().isspace():
            self._at += 1

    def _name(self, stop: str) -> str:
        begin = self._at
        while self._peek() and not self._peek().isspace() and self._peek() not in stop:
            self._at += 1
        return self._source[begin : self._at]

    def _start_tag(self) -> None:
        begin = self._at
        self._at += 1
        name = self._name(">").lower()
        if not self._peek():
            raise ParseError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        if name not in TAGS:
            raise ParseError(f'Unsupported start tag "{name}" at byte offset {self._bytes(begin)}')
        attributes = self._attributes(name, begin)
        argument = self._argument(name, attributes)
        if name == "span" and argument != "tg-spoiler":
            raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self._open.append(OpenTag(name, argument, self._offset, len(self._plain)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._skip_spaces()
            if self._peek() == ">":
                self._at += 1
                return found
            name = self._name("=>" if tag == "blockquote" else "=")
            where = f'the tag "{tag}" at byte offset {self._bytes(begin)}'
            if not name:
                raise ParseError(f"Empty attribute name in {where}")
            self._skip_spaces()
            if tag == "blockquote" and name == "expandable" and self._peek() != "=":
                found[name] = ""
            elif self._peek() != "=":
                raise ParseError(f"Expected equal sign in declaration of an attribute of {where}")
            else:
                self._at += 1
                found[name] = self._attribute_value(begin)

    def _attribute_value(self, begin: int) -> str:
        self._skip_spaces()
        quote = self._peek()
        if quote not in {"'", '"'} or not quote:
            start = self._at
            while self._peek() and (self._peek().isalnum() or self._peek() in ".-"):
                self._at += 1
            if self._peek() and not self._peek().isspace() and self._peek() != ">":
                raise ParseError(f"Unexpected end of name token at byte offset {self._bytes(start)}")
            value = self._source[start : self._at].lower()
        else:
            end = self._source.find(quote, self._at + 1)
            value = decode_references(self._source[self._at + 1 : end])
            self._at = end + 1 if end >= 0 else len(self._source)
        if not self._peek():
            raise ParseError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        return value

    @staticmethod
    def _argument(name: str, attributes: dict[str, str]) -> str:
        if name == "blockquote":
            return "expandable" if "expandable" in attributes else ""
        key = {"a": "href", "code": "class", "span": "class", "tg-emoji": "emoji-id"}.get(name, "")
        return attributes.get(key, "")

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise ParseError(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        self._at += 2
        name = self._name(">").lower()
        self._skip_spaces()
        if self._peek() != ">":
            raise ParseError(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        self._at += 1
        expected = self._open[-1].name
        if name not in ("", expected):
            raise ParseError(
                f'Unmatched end tag at byte offset {self._bytes(begin)}, expected "</{expected}>", found "</{name}>"'
            )
        self._close(self._open.pop())

    def _close(self, tag: OpenTag) -> None:
        length = self._offset - tag.offset
        if length == 0:
            return
        entity: Json | None = {"type": STYLES.get(tag.name, ""), "offset": tag.offset, "length": length}
        if tag.name == "a":
            url = tag.argument or "".join(self._plain[tag.position :])
            entity = text_link(url, tag.offset, length, allow_loopback=self._allow_loopback)
        elif tag.name == "tg-emoji":
            if not tag.argument.isdigit() or int(tag.argument) == 0:
                raise ParseError("Invalid custom emoji identifier specified")
            entity = {
                "type": "custom_emoji",
                "offset": tag.offset,
                "length": length,
                "custom_emoji_id": tag.argument,
            }
        elif tag.name in {"pre", "code"}:
            entity = self._code_entity(tag, length)
        elif tag.argument == "expandable":
            entity = {"type": "expandable_blockquote", "offset": tag.offset, "length": length}
        if entity:
            self._entities.append(entity)

    def _code_entity(self, tag: OpenTag, length: int) -> Json:
        """``<pre><code class="language-x">`` is one block of code with its language."""
        entity: Json = {"type": tag.name, "offset": tag.offset, "length": length}
        if tag.name == "code" and tag.argument.startswith("language-"):
            entity["language"] = tag.argument.removeprefix("language-")
        last = self._entities[-1] if self._entities else {}
        same_place = (last.get("offset"), last.get("length")) == (tag.offset, length)
        if tag.name == "pre" and same_place and last.get("type") == "code" and "language" in last:
            entity["language"] = self._entities.pop()["language"]
        return entity


def parse_html(source: str, *, allow_loopback: bool = False) -> tuple[str, list[Json]]:
    """Plain text and entities of Telegram HTML. Raises ParseError with Telegram's sentence."""
    text, entities = HtmlReader(source, allow_loopback=allow_loopback).read()
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return text, entities
