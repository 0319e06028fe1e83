"""A strict reading of Telegram's HTML: what the real Bot API would refuse fails here."""

from __future__ import annotations

from html.parser import HTMLParser

from sandbox.telegram_api.html_text import parse_html

TAGS = frozenset({"b", "i", "u", "s", "code", "pre", "a", "blockquote"})
ENTITIES = frozenset({"lt", "gt", "amp", "quot", "#x27"})
LIMIT = 4096


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, f"unsupported tag <{tag}>"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1:] == [tag], f"unexpected </{tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        assert "<" not in data, "unescaped <"
        assert "&" not in data, "unescaped &"
        self.text += data

    def handle_entityref(self, name: str) -> None:
        assert name in ENTITIES, f"unknown entity &{name};"
        self.text += {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}[name]

    def handle_charref(self, name: str) -> None:
        assert f"#{name}" in ENTITIES, f"unknown entity &#{name};"
        self.text += "'"

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("a processing instruction")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError("a declaration")


def read(message: str) -> str:
    """The plain text of a message, which must be one that Telegram takes: well-formed, not empty, at most 4096 units."""
    reader = _Reader()
    reader.feed(message)
    reader.close()
    assert not reader.open, f"unclosed <{reader.open[-1]}>"
    assert reader.text.strip(), "message text is empty"
    assert len(message.encode("utf-16-le")) // 2 <= LIMIT, "message is too long"
    assert parse_html(message)[0] == reader.text, "the local Telegram reads another text"
    return reader.text


#: What banks and strangers may put into a description.
HOSTILE = (
    "<b>Loja</b>",
    "A&B <LTDA>",
    "&amp;&lt;&#60;",
    "</b></code><a href='https://golpe.example'>x",
    "🧨" * 60,
    "x" * 300,
    "\u202egnirts\u202c \u2066abc\u2069 \u200f",
    "nul\x00 bell\x07 line\nbreak\ttab",
    "\ud800 solta",
    "https://golpe.example/entrar @golpista /apagar #pix $GOLPE",
    "Zaл̷̡g̴o " + "\u0336" * 50,
    "",
    " \u2028 ",
    "\"aspas\" e 'apóstrofos'",
)
