"""Parts of the local Telegram on their own: flood limits, picture headers, web addresses."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram_api.errors import ApiError
from sandbox.telegram_api.files import picture_size
from sandbox.telegram_api.limits import Limiter, LimitSettings
from sandbox.telegram_api.links import LinkError, check_link, find_link
from tests.telegram_server import ANA, png


class Sender:
    """Counts messages at a time that only the test moves."""

    def __init__(self, **limits: Any) -> None:
        self.now = 1000.0
        self._limiter = Limiter(LimitSettings(enabled=True, **limits), lambda: self.now)

    def passes(self, chat: int = ANA, messages: int = 1) -> bool:
        try:
            self._limiter.count(chat, messages)
        except ApiError:
            return False
        return True


def test_one_chat_takes_a_burst_then_one_a_second() -> None:
    sender = Sender()
    assert [sender.passes() for _ in range(6)] == [True] * 5 + [False]
    sender.now += 0.5
    assert not sender.passes()
    sender.now += 1
    assert [sender.passes(), sender.passes()] == [True, False]


def test_all_chats_together_take_thirty_a_second() -> None:
    sender = Sender()
    assert [sender.passes(1000 + n) for n in range(40)] == [True] * 30 + [False] * 10
    sender.now += 1
    assert [sender.passes(2000 + n) for n in range(40)] == [True] * 30 + [False] * 10


def test_group_takes_twenty_a_minute_and_an_album_counts_by_picture() -> None:
    sender = Sender()
    assert [sender.passes(-5) for _ in range(21)] == [True] * 20 + [False]
    sender.now += 60
    assert sender.passes(-5, messages=10)
    assert [sender.passes(-5) for _ in range(11)] == [True] * 10 + [False]


def test_album_larger_than_the_burst_is_paid_for_afterwards() -> None:
    sender = Sender()
    assert sender.passes(messages=10)
    sender.now += 5
    assert not sender.passes()
    sender.now += 2
    assert sender.passes()


# --- pictures ---

JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08" + struct.pack(">HH", 20, 30) + b"\x01\x01\x11\x00"
GIF = b"GIF89a" + struct.pack("<HH", 30, 20) + b"\0" * 8
WEBP = {
    "VP8 ": b"\0" * 6 + b"\x9d\x01\x2a" + b"\0" + struct.pack("<HH", 30, 20),
    "VP8L": b"\0" * 4 + b"\x2f" + (29 | 19 << 14).to_bytes(4, "little"),
    "VP8X": b"\0" * 8 + (29).to_bytes(3, "little") + (19).to_bytes(3, "little"),
}


@pytest.mark.parametrize("data", [png(30, 20), JPEG, GIF], ids=["png", "jpeg", "gif"])
def test_size_is_read_from_the_header(data: bytes) -> None:
    assert picture_size(data) == (30, 20)


@pytest.mark.parametrize("kind", sorted(WEBP))
def test_size_of_a_webp(kind: str) -> None:
    assert picture_size(b"RIFF\0\0\0\0WEBP" + kind.encode() + WEBP[kind]) == (30, 20)


@given(
    st.sampled_from([b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPVP8L", b""]),
    st.binary(max_size=60),
)
def test_broken_picture_has_no_size_or_some_size(start: bytes, rest: bytes) -> None:
    size = picture_size(start + rest)
    assert size is None or len(size) == 2


# --- addresses ---


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("banco.com.br", "http://banco.com.br/"),
        ("HTTPS://Banco.com.br/Caminho?A=1#f", "https://banco.com.br/Caminho?A=1#f"),
        ("https://banco.com.br:8443", "https://banco.com.br:8443/"),
        ("http://200.1.2.3/x", "http://200.1.2.3/x"),
        ("TG://resolve?domain=x", "tg://resolve?domain=x"),
    ],
)
def test_good_address_comes_back_as_telegram_writes_it(url: str, checked: str) -> None:
    assert check_link(url) == checked


@pytest.mark.parametrize(
    "url", ["", "banco", "http://", "http://a b.com", "http://x.com:0", "http://x.com:abc", "javascript:alert(1)"]
)
def test_bad_address_is_refused_on_a_button_and_dropped_in_text(url: str) -> None:
    with pytest.raises(LinkError):
        check_link(url)
    assert find_link(url) is None


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_address_of_this_machine_needs_permission(host: str) -> None:
    with pytest.raises(LinkError, match="Wrong HTTP URL"):
        check_link(f"http://{host}:8081/oauth")
    assert check_link(f"http://{host}:8081/oauth", allow_loopback=True) == f"http://{host}:8081/oauth"
