"""What the local Telegram makes of marked-up text: the real parser's entities, and its sentences for what is broken."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram_api.errors import ApiError
from sandbox.telegram_api.text import format_text, to_html
from sandbox.telegram_api.utf16 import slice_utf16, utf16_length

Json = dict[str, Any]
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cf"]), max_size=60)


def marks(source: str, mode: str = "HTML", **options: Any) -> list[tuple[str, str]]:
    """Kind and covered text of each entity."""
    found = format_text(source, parse_mode=mode, **options)
    return [(e["type"], slice_utf16(found.text, e["offset"], e["length"])) for e in found.entities]


def refusal(source: str, mode: str = "HTML") -> str:
    with pytest.raises(ApiError) as caught:
        format_text(source, parse_mode=mode)
    assert caught.value.code == 400
    return caught.value.description.removeprefix("Bad Request: can't parse entities: ")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>oi</b> <i>a</i>", [("bold", "oi"), ("italic", "a")]),
        ("<u>a</u> <s>b</s>", [("underline", "a"), ("strikethrough", "b")]),
        ("<strong>a</strong><em>b</em>", [("bold", "a"), ("italic", "b")]),
        ("<ins>a</ins><del>b</del>", [("underline", "a"), ("strikethrough", "b")]),
        ("<b>a <i>b</i></b>", [("bold", "a b"), ("italic", "b")]),
        ("<b><i>x</i></b>", [("bold", "x"), ("italic", "x")]),
        ("😀<b>é</b>", [("bold", "é")]),
        ("<tg-spoiler>a</tg-spoiler> <span class='tg-spoiler'>b</span>", [("spoiler", "a"), ("spoiler", "b")]),
        ("<code>1</code> <pre>2</pre>", [("code", "1"), ("pre", "2")]),
        ("<blockquote>a</blockquote>", [("blockquote", "a")]),
        ("<blockquote expandable>b</blockquote>", [("expandable_blockquote", "b")]),
        ("<b></b>vazio", []),
        ("<B>maiúsculas</B>", [("bold", "maiúsculas")]),
        ("<b>fim curto</>", [("bold", "fim curto")]),
        ("<a href='http://127.0.0.1/x'>local</a>", []),
        ("<a>exemplo.com.br</a>", [("text_link", "exemplo.com.br")]),
        ("use /saldo ou /extrato@algum_bot", [("bot_command", "/saldo"), ("bot_command", "/extrato@algum_bot")]),
        ("a/b e https://x.com/saldo?a=1.", [("url", "https://x.com/saldo?a=1")]),
        ("@ana_maria #mercado2", [("mention", "@ana_maria"), ("hashtag", "#mercado2")]),
        ("ana@x.com.br www.x.com.br", [("email", "ana@x.com.br"), ("url", "www.x.com.br")]),
        ("<code>/saldo</code>", [("code", "/saldo")]),
        ("<b>/saldo</b>", [("bold", "/saldo"), ("bot_command", "/saldo")]),
    ],
)
def test_html_becomes_the_entities_telegram_makes(source: str, expected: list[tuple[str, str]]) -> None:
    assert marks(source) == expected


def test_code_block_keeps_its_language_and_links_are_normalised() -> None:
    block = format_text('<pre><code class="language-sql">select 1</code></pre>', parse_mode="HTML")
    assert block.entities == [{"type": "pre", "offset": 0, "length": 8, "language": "sql"}]
    link = format_text('<a href="HTTPS://Exemplo.com?a=1&amp;b=2">x</a>', parse_mode="HTML")
    assert link.entities[0]["url"] == "https://exemplo.com/?a=1&b=2"
    person = format_text('<a href="tg://user?id=1000">Ana</a>', parse_mode="HTML")
    assert person.entities[0]["type"] == "text_mention"
    assert person.entities[0]["user"]["id"] == 1000


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("<b>oi", 'Can\'t find end tag corresponding to start tag "b"'),
        ("oi</b>", "Unexpected end tag at byte offset 2"),
        ("<b>oi</i>", 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'),
        ("A&B <LTDA>", 'Unsupported start tag "ltda" at byte offset 4'),
        ("é <x>", 'Unsupported start tag "x" at byte offset 3'),
        ("3 < 4", 'Unsupported start tag "" at byte offset 2'),
        ("oi <", "Unclosed start tag at byte offset 3"),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<a ='x'>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ('<a href="x>x</a>', "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>x</a>", "Unexpected end of name token at byte offset 8"),
        ("<tg-emoji emoji-id='x'>👍</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(source: str, sentence: str) -> None:
    assert refusal(source) == sentence


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a &lt;b&gt; &amp; &quot;c&quot;", 'a <b> & "c"'),
        ("&nbsp;&apos;&copy;", "&nbsp;&apos;&copy;"),
        ("&#39;&#x1F600;", "'😀"),
        ("A & B &amp", "A & B &"),
        ("  \n oi  \n", "oi"),
        ("a\r\nb\tc", "a\nb c"),
        ("a\u202eb\u2028c", "abc"),
        ("R$\xa01,00", "R$\xa01,00"),
    ],
)
def test_references_and_white_space_come_out_as_telegram_shows_them(source: str, text: str) -> None:
    assert format_text(source, parse_mode="HTML").text == text


def test_entities_move_with_what_is_cut_before_them() -> None:
    found = format_text("  \r\n\u202e😀 <b>oi</b> ", parse_mode="HTML")
    assert [slice_utf16(found.text, e["offset"], e["length"]) for e in found.entities] == ["oi"]
    assert found.text == "😀 oi"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*b* _i_", [("bold", "b"), ("italic", "i")]),
        ("__u__ ~s~ ||x||", [("underline", "u"), ("strikethrough", "s"), ("spoiler", "x")]),
        ("*a _b_ c*", [("bold", "a b c"), ("italic", "b")]),
        ("`a*b` ```py\nx = 1```", [("code", "a*b"), ("pre", "x = 1")]),
        (r"[um \[link\]](https://exemplo.com/a\)b)", [("text_link", "um [link]")]),
        (">citação\n>continua\nfora", [("blockquote", "citação\ncontinua")]),
        ("a\n>fim", [("blockquote", "fim")]),
        (r"1\.234\,56 \- ok\!", []),
    ],
)
def test_markdown_v2_becomes_entities(source: str, expected: list[tuple[str, str]]) -> None:
    assert marks(source, "MarkdownV2") == expected


@pytest.mark.parametrize(
    ("mode", "source", "sentence"),
    [
        ("MarkdownV2", "R$ 1.234", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "a | b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "é *a", "Can't find end of Bold entity at byte offset 3"),
        ("MarkdownV2", "[a](http", "Can't find end of a URL at byte offset 4"),
        ("MarkdownV2", ">a *b\nc*", "Can't find end of Bold entity at byte offset 3"),
        ("Markdown", "a *b", "Can't find end of the entity starting at byte offset 2"),
        ("Markdown", "snake_case", "Can't find end of the entity starting at byte offset 5"),
    ],
)
def test_broken_markdown_is_refused_in_telegrams_words(mode: str, source: str, sentence: str) -> None:
    assert refusal(source, mode) == sentence


def test_legacy_markdown_and_unknown_modes() -> None:
    assert marks(r"*b* _i_ `c` [x](https://exemplo.com) \_", "Markdown") == [
        ("bold", "b"),
        ("italic", "i"),
        ("code", "c"),
        ("text_link", "x"),
    ]
    assert refusal("x", "BBCode") == "Bad Request: unsupported parse_mode"


def test_explicit_entities_are_checked_against_the_text() -> None:
    found = format_text("😀 oi", entities=[{"type": "bold", "offset": 3, "length": 2}])
    assert found.entities == [{"type": "bold", "offset": 3, "length": 2}]
    with pytest.raises(ApiError, match="ends after the text"):
        format_text("oi", entities=[{"type": "bold", "offset": 1, "length": 2}])


@given(TEXT)
def test_escaped_text_arrives_as_it_was(text: str) -> None:
    assert format_text(html.escape(text, quote=False), parse_mode="HTML").text == text.strip()


@given(st.lists(st.tuples(st.sampled_from(["b", "i", "u", "s", "code", "pre", "blockquote"]), TEXT), max_size=5))
def test_what_is_read_back_as_html_parses_to_the_same(parts: list[tuple[str, str]]) -> None:
    source = "".join(f"<{tag}>{html.escape(text, quote=False)}</{tag}>|" for tag, text in parts)
    once = format_text(source, parse_mode="HTML")
    again = format_text(to_html(once.text, once.entities), parse_mode="HTML")
    assert again == once


@given(
    st.text(alphabet="<>/&;#ab c='\"*_`[]()|~>\\\n😀", max_size=40), st.sampled_from(["HTML", "Markdown", "MarkdownV2"])
)
def test_any_input_is_parsed_or_refused_and_entities_stay_inside(source: str, mode: str) -> None:
    try:
        found = format_text(source, parse_mode=mode)
    except ApiError:
        return
    end = utf16_length(found.text)
    assert all(0 <= e["offset"] < e["offset"] + e["length"] <= end for e in found.entities)
