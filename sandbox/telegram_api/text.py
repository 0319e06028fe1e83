"""From what a bot or a person wrote to what a message holds: plain text and entities, offsets in UTF-16 units."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.telegram_api.errors import bad_request
from sandbox.telegram_api.html_text import ParseError, parse_html, text_link
from sandbox.telegram_api.markdown_text import parse_markdown, parse_markdown_v2
from sandbox.telegram_api.utf16 import slice_utf16, utf16_length

Json = dict[str, Any]
MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_ENTITIES = 100
PARSERS: dict[str, Callable[..., tuple[str, list[Json]]]] = {
    "html": parse_html,
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
}
# Found in any text, unless another mark already stands there (TDLib's find_entities; a plain domain needs a known ending).
PATTERNS = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "url",
        re.compile(
            r"(?<![\w@])(?:https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]]|(?:[\w-]+\.)+(?:com|br|org|net|dev|me|io)\b)"
        ),
    ),
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#])#(?=\w*[^\W\d])\w{1,256}(?!\w)")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?!\w)")),
)
AUTOMATIC = frozenset(kind for kind, _ in PATTERNS) | {"phone_number", "custom_emoji"}
CLOSED = frozenset({"code", "pre", "text_link", "text_mention"})
ORDER = ("blockquote", "expandable_blockquote", "pre", "code", "text_link", "text_mention", "bold", "italic")
REMOVED = re.compile("[\r\u2028-\u202e]")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
MARKUP_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}


@dataclass(frozen=True)
class Formatted:
    """A plain text and its entities, sorted as Telegram sends them."""

    text: str
    entities: list[Json]

    def fields(self, text_name: str = "text", entities_name: str = "entities") -> Json:
        """As a message carries them: absent rather than empty."""
        found: Json = {text_name: self.text} if self.text else {}
        return found | ({entities_name: self.entities} if self.entities else {})


def clean(text: str) -> str:
    """Telegram drops carriage returns and direction marks and turns other control characters into spaces."""
    return CONTROL.sub(" ", REMOVED.sub("", text))


def clean_with_entities(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    if not REMOVED.search(text):
        return clean(text), entities
    moved = []
    for entity in entities:
        begin = utf16_length(clean(slice_utf16(text, 0, entity["offset"])))
        end = utf16_length(clean(slice_utf16(text, 0, entity["offset"] + entity["length"])))
        moved.append(entity | {"offset": begin, "length": end - begin})
    return clean(text), moved


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Outer white space goes, but not what an entity marks at the beginning (an indented block of code stays)."""
    first = min([len(text) - len(text.lstrip()), *(len(slice_utf16(text, 0, e["offset"])) for e in entities)])
    cut = utf16_length(text[:first])
    text = text[first:].rstrip()
    end = utf16_length(text)
    kept = []
    for entity in entities:
        offset = entity["offset"] - cut
        length = min(entity["offset"] - cut + entity["length"], end) - offset
        if length > 0:
            kept.append(entity | {"offset": offset, "length": length})
    return text, kept


def find_automatic(text: str, entities: list[Json]) -> list[Json]:
    """Commands, links, mentions and tags that stand in the text by themselves."""
    taken = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] in CLOSED]
    found = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            begin = utf16_length(text[: match.start()])
            end = begin + utf16_length(match[0])
            if all(end <= other_begin or begin >= other_end for other_begin, other_end in taken):
                taken.append((begin, end))
                found.append({"type": kind, "offset": begin, "length": end - begin})
    return found


def order(entity: Json) -> tuple[int, int, int]:
    kind = entity["type"]
    return entity["offset"], -entity["length"], ORDER.index(kind) if kind in ORDER else len(ORDER)


def finish(text: str, entities: list[Json]) -> Formatted:
    text, entities = trim(*clean_with_entities(text, entities))
    entities = [*entities, *find_automatic(text, entities)]
    return Formatted(text, sorted(entities, key=order)[:MAX_ENTITIES])


def check_entities(text: str, given: Any, *, allow_loopback: bool = False) -> list[Json]:
    """Entities a bot sends instead of a parse mode; automatic ones are found again anyway. Raises ApiError."""
    if not isinstance(given, list):
        raise bad_request("can't parse message entities JSON object")
    end = utf16_length(text)
    checked = [check_entity(entity, end, allow_loopback=allow_loopback) for entity in given]
    return [entity for entity in checked if entity is not None]


def check_entity(given: Any, end: int, *, allow_loopback: bool) -> Json | None:
    """One entity with the fields its type needs; None for an empty or automatic one and for a link that is dropped."""
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise bad_request("can't parse MessageEntity: Can't find field \"type\"")
    kind, offset, length = given["type"], given.get("offset"), given.get("length")
    if not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length < 0:
        raise bad_request("can't parse MessageEntity: wrong offset or length")
    if offset + length > end:
        raise bad_request(f"entity at UTF-16 offset {offset} ends after the text, at {offset + length} of {end}")
    entity = {"type": kind, "offset": offset, "length": length}
    if length == 0 or kind in AUTOMATIC:
        return None
    if kind == "text_link":
        return text_link(str(given.get("url", "")), offset, length, allow_loopback=allow_loopback)
    if kind == "text_mention":
        user = given.get("user")
        return entity | {"user": user} if isinstance(user, dict) else None
    if kind not in MARKUP_TAGS:
        raise bad_request("can't parse MessageEntity: unsupported entity type")
    language = given.get("language")
    return entity | ({"language": language} if kind == "pre" and isinstance(language, str) and language else {})


def format_text(source: str, *, parse_mode: str = "", entities: Any = None, allow_loopback: bool = False) -> Formatted:
    """What a message will hold. Raises ApiError with Telegram's sentence for broken markup or an unknown mode."""
    mode = parse_mode.lower()
    if not mode:
        return finish(source, check_entities(source, entities, allow_loopback=allow_loopback) if entities else [])
    if mode not in PARSERS:
        raise bad_request("unsupported parse_mode")
    try:
        return finish(*PARSERS[mode](source, allow_loopback=allow_loopback))
    except ParseError as error:
        raise bad_request(f"can't parse entities: {error}") from None


def opening_tag(entity: Json) -> str:
    if entity["type"] == "text_link":
        return f'<a href="{html.escape(entity["url"])}">'
    if entity.get("language"):
        return f'<pre><code class="language-{html.escape(entity["language"])}">'
    return f"<{MARKUP_TAGS[entity['type']]}>"


def closing_tag(entity: Json) -> str:
    if entity["type"] == "text_link":
        return "</a>"
    return "</code></pre>" if entity.get("language") else f"</{MARKUP_TAGS[entity['type']]}>"


def to_html(text: str, entities: list[Json]) -> str:
    """The message as Telegram HTML again, for tests that look at the formatting; automatic entities are left plain."""
    marked = [e for e in entities if e["type"] in MARKUP_TAGS or e["type"] == "text_link"]
    raw = text.encode("utf-16-le", "surrogatepass")
    cuts = sorted({0, len(raw) // 2, *(e["offset"] for e in marked), *(e["offset"] + e["length"] for e in marked)})
    parts = []
    for begin, end in zip(cuts, [*cuts[1:], cuts[-1]], strict=True):
        ending = [e for e in marked if e["offset"] + e["length"] == begin]
        parts += [closing_tag(e) for e in sorted(ending, key=order, reverse=True)]
        parts += [opening_tag(e) for e in sorted((e for e in marked if e["offset"] == begin), key=order)]
        parts.append(html.escape(raw[begin * 2 : end * 2].decode("utf-16-le", "replace"), quote=False))
    return "".join(parts)
