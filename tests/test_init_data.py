"""Only Telegram's own word about a person counts: any other byte, token or hour is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gerente_financeiro.init_data import InitDataError, StaleInitDataError, WebAppUser, read_init_data

TOKEN = "1000000001:a-token-of-the-right-shape-for-tests"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def sign(fields: dict[str, str], token: str = TOKEN) -> str:
    """As core.telegram.org/bots/webapps says, written once more: the code under test does not sign."""
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    return urlencode(fields | {"hash": hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()})


def opened(user_id: Any = 1000, first_name: str = "Ana", at: datetime = NOW, token: str = TOKEN, **more: str) -> str:
    user = json.dumps({"id": user_id, "first_name": first_name, "language_code": "pt-br"}, ensure_ascii=False)
    return sign({"query_id": "AAH", "user": user, "auth_date": str(int(at.timestamp())), **more}, token)


@given(st.integers(1, 2**52), NAMES, st.integers(-59, 3600))
def test_what_telegram_signed_names_the_person(user_id: int, first_name: str, age: int) -> None:
    at = NOW - timedelta(seconds=age)
    assert read_init_data(opened(user_id, first_name, at), TOKEN, NOW) == WebAppUser(user_id, first_name, at)


def test_a_signature_made_elsewhere_is_understood() -> None:
    """Computed with OpenSSL: the scheme is Telegram's, not one that both sides of a test agree on."""
    text = (
        "query_id=AAH&user=%7B%22id%22%3A1000%2C%22first_name%22%3A%22Ana%22%7D&auth_date=1795532400"
        "&hash=ac3cc127fae58fe9eb50cd7f8a32c2e81b5f57bf4e8f04026bc5f7951f193a86"
    )
    assert read_init_data(text, TOKEN, datetime.fromtimestamp(1795532400, UTC)).id == 1000


@given(st.data())
def test_any_changed_byte_is_refused(data: st.DataObject) -> None:
    text = opened(first_name="Ana Júlia")
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(min_codepoint=1, max_codepoint=255).filter(lambda char: char != text[place]))
    changed = text[:place] + other + text[place + 1 :]
    if parse_qsl(changed, keep_blank_values=True) != parse_qsl(text):  # %2c says what %2C says
        with pytest.raises(InitDataError):
            read_init_data(changed, TOKEN, NOW)


@given(st.data())
def test_what_was_cut_or_added_is_refused(data: st.DataObject) -> None:
    text = opened()
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    added = f"{text}&{data.draw(st.sampled_from(['user', 'auth_date', 'hash', 'chat_type', 'user%00']))}=1"
    for changed in (cut, added):
        with pytest.raises(InitDataError):
            read_init_data(changed, TOKEN, NOW)


@given(st.text(st.sampled_from("0123456789:abcXYZ-_"), min_size=1, max_size=50).filter(lambda token: token != TOKEN))
def test_another_bots_token_is_refused(token: str) -> None:
    with pytest.raises(InitDataError, match="signature"):
        read_init_data(opened(token=token), TOKEN, NOW)


@pytest.mark.parametrize("age", [timedelta(hours=1, seconds=1), timedelta(days=400), -timedelta(seconds=61)])
def test_what_is_stale_or_of_the_future_is_refused(age: timedelta) -> None:
    with pytest.raises(StaleInitDataError):
        read_init_data(opened(at=NOW - age), TOKEN, NOW)


def test_a_shorter_age_may_be_asked_for() -> None:
    text = opened(at=NOW - timedelta(seconds=6))
    assert read_init_data(text, TOKEN, NOW, max_age=timedelta(seconds=6)).id == 1000
    with pytest.raises(StaleInitDataError):
        read_init_data(text, TOKEN, NOW, max_age=timedelta(seconds=5))


def test_every_field_counts_for_the_signature_also_the_one_for_third_parties() -> None:
    text = opened(signature="Ed25519", chat_instance="42")
    assert read_init_data(text, TOKEN, NOW).id == 1000
    with pytest.raises(InitDataError, match="signature"):
        read_init_data(text.replace("signature=Ed25519&", ""), TOKEN, NOW)


@pytest.mark.parametrize("user", ["", "null", "[]", "1000", "{}", '{"id": "1000"}', '{"id": true}', '{"id": -5}', "{"])
def test_without_a_person_it_is_refused(user: str) -> None:
    with pytest.raises(InitDataError, match="no person"):
        read_init_data(sign({"user": user, "auth_date": str(int(NOW.timestamp()))}), TOKEN, NOW)


@pytest.mark.parametrize("at", ["", "-1", "1e9", "٣", "1" * 40])
def test_without_a_moment_it_is_refused(at: str) -> None:
    with pytest.raises(InitDataError):
        read_init_data(sign({"user": '{"id": 1000}', "auth_date": at}), TOKEN, NOW)


def test_a_field_that_comes_twice_is_refused_though_it_says_the_same() -> None:
    text = opened()
    with pytest.raises(InitDataError, match="twice"):
        read_init_data(f"{text}&query_id=AAH", TOKEN, NOW)


@given(st.text(max_size=200) | st.just("a=" * 9000))
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(InitDataError):
        read_init_data(text, TOKEN, NOW)
