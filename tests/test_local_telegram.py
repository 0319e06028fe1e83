"""The local Bot API over HTTP: every way libraries send a call, and the refusals Telegram gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.telegram_api.methods import METHODS
from tests.telegram_server import ANA, TOKEN, TelegramServer, png, start_telegram

Json = dict[str, Any]
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


@pytest.fixture
def telegram(shared_telegram: TelegramServer) -> TelegramServer:
    shared_telegram.reset()
    return shared_telegram


def refused(answer: Json, text: str, code: int = 400) -> None:
    prefix = {400: "Bad Request: ", 403: "Forbidden: "}[code]
    assert answer == {"ok": False, "error_code": code, "description": prefix + text}


def send(telegram: TelegramServer, text: str = "oi", **params: Any) -> int:
    answer = telegram.call("sendMessage", chat_id=ANA, text=text, **params)
    assert answer["ok"], answer
    return int(answer["result"]["message_id"])


def keyboard(*buttons: Json) -> Json:
    return {"inline_keyboard": [list(buttons)]}


# --- how a call is sent ---


def chunked(body: bytes) -> Iterator[bytes]:
    yield body[:7]
    yield body[7:]


@pytest.mark.parametrize(
    "sent",
    [
        {"params": {"chat_id": ANA, "text": "olá & <b>"}},
        {"data": {"chat_id": ANA, "text": "olá & <b>"}},
        {"json": {"chat_id": ANA, "text": "olá & <b>"}},
        {"json": {"chat_id": str(ANA), "text": "olá & <b>", "unknown": None}},
        {"files": {"chat_id": (None, str(ANA)), "text": (None, "olá & <b>")}},
        {"params": {"chat_id": ANA}, "data": {"text": "olá & <b>"}},
        {
            "data": chunked(json.dumps({"chat_id": ANA, "text": "olá & <b>"}).encode()),
            "headers": {"Content-Type": "application/json"},
        },
    ],
    ids=["query", "form", "json", "json-text-id", "multipart", "query-and-form", "chunked"],
)
def test_every_encoding_carries_the_same_message(telegram: TelegramServer, sent: Json) -> None:
    answer = requests.post(f"{telegram.url}/bot{TOKEN}/SendMessage", timeout=10, **sent).json()
    assert answer["result"]["text"] == "olá & <b>"
    assert telegram.messages(ANA)[-1]["text"] == "olá & <b>"


def test_get_works_and_method_names_ignore_case(telegram: TelegramServer) -> None:
    for method in ("getMe", "GETME", "getme"):
        assert requests.get(f"{telegram.url}/bot{TOKEN}/{method}", timeout=10).json()["result"]["is_bot"] is True
    url = f"{telegram.url}/bot{TOKEN}/sendMessage?chat_id={ANA}&text=x"
    answer = requests.get(url, timeout=10).json()
    assert answer["ok"]


def test_body_without_content_type_is_a_call_without_parameters(telegram: TelegramServer) -> None:
    answer = requests.post(f"{telegram.url}/bot{TOKEN}/getMe", data=b"", timeout=10).json()
    assert answer["result"]["id"] == 1_000_000_001


def test_long_message_fits_in_the_query_string(telegram: TelegramServer) -> None:
    url = f"{telegram.url}/bot{TOKEN}/sendMessage"
    answer = requests.post(url, params={"chat_id": str(ANA), "text": "ç😀" * 1300}, timeout=10).json()
    assert answer["ok"]


def test_nested_values_may_be_json_text_or_json(telegram: TelegramServer) -> None:
    markup = keyboard({"text": "ok", "callback_data": "a", "some_new_key": 1})
    url = f"{telegram.url}/bot{TOKEN}/sendMessage"
    for encoding, value in (("json", markup), ("json", json.dumps(markup)), ("data", json.dumps(markup))):
        sent: Json = {encoding: {"chat_id": ANA, "text": "x", "reply_markup": value}}
        answer = requests.post(url, timeout=10, **sent).json()
        assert answer["result"]["reply_markup"] == keyboard({"text": "ok", "callback_data": "a"})


def test_upload_by_part_by_attach_and_by_known_id(telegram: TelegramServer) -> None:
    url = f"{telegram.url}/bot{TOKEN}/sendPhoto"
    by_part = requests.post(url, data={"chat_id": ANA}, files={"photo": ("a.png", png())}, timeout=10).json()["result"]
    data = {"chat_id": ANA, "photo": "attach://f0", "caption": "<b>x</b>", "parse_mode": "HTML"}
    attached = requests.post(url, data=data, files={"f0": ("a.png", png(4, 4))}, timeout=10).json()["result"]
    assert (by_part["photo"][-1]["width"], by_part["photo"][-1]["height"]) == (3, 2)
    assert attached["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    again = telegram.call("sendPhoto", chat_id=ANA, photo=by_part["photo"][-1]["file_id"])["result"]
    assert again["photo"] == by_part["photo"]


def test_document_keeps_its_name_and_can_be_downloaded(telegram: TelegramServer) -> None:
    url = f"{telegram.url}/bot{TOKEN}/sendDocument"
    files = {"document": ("../extrato ção.csv", b"a;b\n")}
    sent = requests.post(url, data={"chat_id": ANA}, files=files, timeout=10).json()["result"]["document"]
    assert (sent["file_name"], sent["mime_type"], sent["file_size"]) == ("extrato ção.csv", "text/csv", 4)
    found = telegram.call("getFile", file_id=sent["file_id"])["result"]
    downloaded = requests.get(f"{telegram.url}/file/bot{TOKEN}/{found['file_path']}", timeout=10)
    assert downloaded.content == b"a;b\n"
    assert telegram.file(telegram.messages(ANA)[-1]) == b"a;b\n"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('name="document"; filename="a b.csv"', "a b.csv"),
        ('filename="a.csv"; name="document"', "a.csv"),
        ("name=document; filename=extrato ção.csv", "extrato ção.csv"),
        ("name=\"document\"; filename*=UTF-8''extrato%20%C3%A7%C3%A3o.csv", "extrato ção.csv"),
        ('name="document"; filename="x"; filename*=utf-8\'\'y.csv', "y.csv"),
        ('name="document"; filename="a\\"b;c.csv"', 'a"b;c.csv'),
        ('name="document"; filename="a%22b.csv"', 'a"b.csv'),
    ],
)
def test_file_names_arrive_however_a_library_writes_them(telegram: TelegramServer, disposition: str, name: str) -> None:
    part = f"Content-Disposition: form-data; {disposition}\r\nContent-Type: text/csv\r\n\r\na\r\n--x\r\n"
    chat = f'Content-Disposition: form-data; name="chat_id"\r\n\r\n{ANA}'
    body = f"--x--y\r\n{part}\r\n--x--y\r\n{chat}\r\n--x--y--\r\n".encode()
    url = f"{telegram.url}/bot{TOKEN}/sendDocument"
    headers = {"Content-Type": 'multipart/form-data; boundary="x--y"'}
    sent = requests.post(url, data=body, headers=headers, timeout=10).json()["result"]["document"]
    assert sent["file_name"] == name
    assert telegram.file(telegram.messages(ANA)[-1]) == b"a\r\n--x\r\n"


@pytest.mark.parametrize("body", [b"", b"--x\r\n", b"--x\r\nno headers\r\n--x--", b"--y--"])
def test_unfinished_multipart_is_refused(telegram: TelegramServer, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = requests.post(f"{telegram.url}/bot{TOKEN}/getMe", data=body, headers=headers, timeout=10).json()
    refused(answer, "can't parse multipart request body")


def test_media_group_takes_up_to_ten_of_a_kind(telegram: TelegramServer) -> None:
    media = [{"type": "photo", "media": f"attach://p{n}", "caption": f"foto {n}"} for n in range(2)]
    files = {f"p{n}": (f"{n}.png", png()) for n in range(2)}
    url = f"{telegram.url}/bot{TOKEN}/sendMediaGroup"
    sent = requests.post(url, data={"chat_id": ANA, "media": json.dumps(media)}, files=files, timeout=10).json()[
        "result"
    ]
    assert [message["caption"] for message in sent] == ["foto 0", "foto 1"]
    assert len({message["media_group_id"] for message in sent}) == 1
    assert not telegram.call("sendMediaGroup", chat_id=ANA, media=media[:1])["ok"]


# --- refusals ---


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot123/getMe", 401, "Unauthorized"),
        ("/bot123:short/getMe", 401, "Unauthorized"),
        (f"/botabc:{'x' * 35}/getMe", 401, "Unauthorized"),
        (f"/bot{TOKEN}/noSuchThing", 404, "Not Found: method not found"),
        (f"/bot{TOKEN}/", 404, "Not Found"),
        (f"/file/bot{TOKEN}/photos/none.jpg", 404, "Not Found"),
        ("/file/bot1:x/photos/none.jpg", 401, "Unauthorized"),
    ],
)
def test_bad_token_and_unknown_method(telegram: TelegramServer, path: str, status: int, description: str) -> None:
    response = requests.get(telegram.url + path, timeout=10)
    assert response.status_code == status
    assert response.json() == {"ok": False, "error_code": status, "description": description}


def test_token_decides_who_the_bot_is(telegram: TelegramServer) -> None:
    other = requests.get(f"{telegram.url}/bot77:{'k' * 35}/getMe", timeout=10).json()["result"]
    assert other["id"] == 77
    assert other["username"].lower().endswith("bot")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 99, "text": "x"}, "chat not found"),
        ({"chat_id": "@ninguem", "text": "x"}, "chat not found"),
        ({"chat_id": ANA}, "message text is empty"),
        ({"chat_id": ANA, "text": " \n "}, "text must be non-empty"),
        ({"chat_id": ANA, "text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"chat_id": ANA, "text": "x" * 4097}, "message is too long"),
        (
            {"chat_id": ANA, "text": "A&B <LTDA>", "parse_mode": "HTML"},
            'can\'t parse entities: Unsupported start tag "ltda" at byte offset 4',
        ),
        ({"chat_id": ANA, "text": "x", "parse_mode": "xml"}, "unsupported parse_mode"),
        ({"chat_id": ANA, "text": "x", "reply_to_message_id": 999}, "message to be replied not found"),
        ({"chat_id": ANA, "text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"chat_id": ANA, "text": "x", "reply_markup": "[1]"}, "object expected as reply markup"),
    ],
)
def test_message_that_telegram_would_not_take(telegram: TelegramServer, params: Json, text: str) -> None:
    refused(telegram.call("sendMessage", **params), text)
    assert telegram.messages(ANA) == []


def test_length_counts_after_markup_is_read(telegram: TelegramServer) -> None:
    assert telegram.call("sendMessage", chat_id=ANA, text=f"<b>{'x' * 4096}</b>", parse_mode="HTML")["ok"]
    assert telegram.call("sendMessage", chat_id=ANA, text="&amp;" * 4096, parse_mode="HTML")["ok"]
    files = {"document": ("a.txt", b"x")}
    url = f"{telegram.url}/bot{TOKEN}/sendDocument"
    answer = requests.post(url, data={"chat_id": ANA, "caption": "x" * 1025}, files=files, timeout=10).json()
    refused(answer, "message caption is too long")


def wrong_link(url: str, reason: str) -> str:
    return f"inline keyboard button URL '{url}' is invalid: {reason}"


@pytest.mark.parametrize(
    ("button", "text"),
    [
        ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": "ç" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": " ", "callback_data": "a"}, "BUTTON_TEXT_INVALID"),
        ({"text": "a"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "a"}, "can't parse inline keyboard button: Can't find field \"text\""),
        (
            {"text": "a", "url": "http://127.0.0.1:8081/oauth"},
            wrong_link("http://127.0.0.1:8081/oauth", "Wrong HTTP URL"),
        ),
        ({"text": "a", "url": "http://localhost/x"}, wrong_link("http://localhost/x", "Wrong HTTP URL")),
        ({"text": "a", "url": "http://[::1]/x"}, wrong_link("http://[::1]/x", "Wrong HTTP URL")),
        ({"text": "a", "url": "banco"}, wrong_link("banco", "Wrong HTTP URL")),
        ({"text": "a", "url": "ftp://banco.com"}, wrong_link("ftp://banco.com", "Unsupported URL protocol")),
        (
            {"text": "a", "web_app": {"url": "http://banco.com/x"}},
            "inline keyboard button Web App URL 'http://banco.com/x' is invalid: Only HTTPS links are allowed",
        ),
        (
            {"text": "a", "web_app": {"url": "http://localhost:3002/x"}},
            "inline keyboard button Web App URL 'http://localhost:3002/x' is invalid: Only HTTPS links are allowed",
        ),
        (
            {"text": "a", "web_app": {"url": "tg://resolve?domain=x"}},
            "inline keyboard button Web App URL 'tg://resolve?domain=x' is invalid: Only HTTPS links are allowed",
        ),
        (
            {"text": "a", "web_app": {"url": "https://localhost/x"}},
            "inline keyboard button Web App URL 'https://localhost/x' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "a", "web_app": "https://banco.com/"},
            "inline keyboard button Web App URL '' is invalid: Wrong HTTP URL",
        ),
    ],
)
def test_button_that_telegram_would_not_take(telegram: TelegramServer, button: Json, text: str) -> None:
    refused(telegram.call("sendMessage", chat_id=ANA, text="x", reply_markup=keyboard(button)), text)


def test_keyboard_limits(telegram: TelegramServer) -> None:
    buttons = [{"text": str(n), "callback_data": str(n)} for n in range(101)]
    refused(
        telegram.call("sendMessage", chat_id=ANA, text="x", reply_markup=keyboard(*buttons)),
        "reply markup is too long",
    )
    assert telegram.call("sendMessage", chat_id=ANA, text="x", reply_markup=keyboard(*buttons[:100]))["ok"]
    empty = telegram.call("sendMessage", chat_id=ANA, text="x", reply_markup={"inline_keyboard": [[]]})["result"]
    assert "reply_markup" not in empty
    good = keyboard({"text": "a", "callback_data": "x" * 64}, {"text": "b", "url": "HTTPS://Banco.com.br"})
    sent = telegram.call("sendMessage", chat_id=ANA, text="x", reply_markup=good)["result"]["reply_markup"]
    assert sent["inline_keyboard"][0][1]["url"] == "https://banco.com.br/"


def test_loopback_links_pass_only_where_they_are_allowed() -> None:
    with start_telegram(allow_loopback=True) as telegram:
        for url in ("http://127.0.0.1:8081/oauth?id=1", "http://localhost:8081/oauth?id=1"):
            markup = keyboard({"text": "a", "url": url})
            sent = telegram.call("sendMessage", chat_id=ANA, text="x", reply_markup=markup)["result"]
            assert sent["reply_markup"]["inline_keyboard"][0][0]["url"] == url


def test_edit_answers_the_message_and_refuses_what_changes_nothing(telegram: TelegramServer) -> None:
    markup = keyboard({"text": "ok", "callback_data": "a"})
    number = send(telegram, reply_markup=markup, disable_web_page_preview=True)
    same = telegram.call("editMessageText", chat_id=ANA, message_id=number, text="oi", reply_markup=markup)
    refused(same, NOT_MODIFIED)
    edited = telegram.call("editMessageText", chat_id=ANA, message_id=number, text="oi")["result"]
    assert "reply_markup" not in edited
    assert edited["edit_date"] >= edited["date"]
    keyed = telegram.call("editMessageReplyMarkup", chat_id=ANA, message_id=number, reply_markup=markup)["result"]
    assert keyed["text"] == "oi"
    assert [step["text"] for step in telegram.messages(ANA)[-1]["history"]] == ["oi", "oi"]


def test_edit_of_what_cannot_be_edited(telegram: TelegramServer) -> None:
    own = telegram.send_text(ANA, "sou eu")["message_id"]
    refused(telegram.call("editMessageText", chat_id=ANA, message_id=own, text="x"), "message can't be edited")
    refused(telegram.call("editMessageText", chat_id=ANA, message_id=999, text="x"), "message to edit not found")
    refused(telegram.call("editMessageText", chat_id=ANA, text="x"), "message identifier is not specified")
    number = send(telegram)
    refused(
        telegram.call("editMessageCaption", chat_id=ANA, message_id=number, caption="x"),
        "there is no caption in the message to edit",
    )


def test_photo_can_change_its_caption_and_its_picture(telegram: TelegramServer) -> None:
    url = f"{telegram.url}/bot{TOKEN}"
    files = {"photo": ("a.png", png())}
    number = requests.post(f"{url}/sendPhoto", data={"chat_id": ANA}, files=files, timeout=10).json()["result"][
        "message_id"
    ]
    captioned = telegram.call("editMessageCaption", chat_id=ANA, message_id=number, caption="novo")["result"]
    assert captioned["caption"] == "novo"
    media = json.dumps({"type": "photo", "media": "attach://b"})
    data = {"chat_id": ANA, "message_id": number, "media": media}
    changed = requests.post(f"{url}/editMessageMedia", data=data, files={"b": ("b.png", png(9, 9))}, timeout=10).json()
    assert changed["result"]["photo"][-1]["width"] == 9
    refused(
        telegram.call("editMessageText", chat_id=ANA, message_id=number, text="x"),
        "there is no text in the message to edit",
    )


def test_deletion_has_48_hours_and_happens_once(telegram: TelegramServer) -> None:
    theirs, own = telegram.send_text(ANA, "minha senha")["message_id"], send(telegram)
    assert telegram.call("deleteMessage", chat_id=ANA, message_id=theirs) == {"ok": True, "result": True}
    refused(telegram.call("deleteMessage", chat_id=ANA, message_id=theirs), "message to delete not found")
    telegram.advance(48 * 3600)
    refused(telegram.call("deleteMessage", chat_id=ANA, message_id=own), "message can't be deleted for everyone")
    fresh = [send(telegram), send(telegram)]
    assert telegram.call("deleteMessages", chat_id=ANA, message_ids=[*fresh, 999])["ok"]
    assert [message["message_id"] for message in telegram.messages(ANA)] == [own]
    assert [message["deleted"] for message in telegram.messages(ANA, deleted=True)] == [True, False, True, True]


def test_pictures_and_files_that_telegram_would_not_take(telegram: TelegramServer) -> None:
    def photo(data: bytes) -> Json:
        files = {"photo": ("a.png", data)}
        url = f"{telegram.url}/bot{TOKEN}/sendPhoto"
        answer: Json = requests.post(url, data={"chat_id": ANA}, files=files, timeout=10).json()
        return answer

    refused(photo(b"no picture"), "IMAGE_PROCESS_FAILED")
    refused(photo(png(2, 1)[:18]), "IMAGE_PROCESS_FAILED")
    refused(photo(png(41, 2)), "PHOTO_INVALID_DIMENSIONS")
    refused(photo(b""), "file must be non-empty")
    refused(telegram.call("sendPhoto", chat_id=ANA), "there is no photo in the request")
    refused(telegram.call("sendDocument", chat_id=ANA, document="nope"), "wrong file identifier/HTTP URL specified")
    refused(telegram.call("getFile", file_id="nope"), "invalid file_id")


PARAMETERS = (
    "chat_id", "text", "parse_mode", "entities", "reply_markup", "message_id", "message_ids", "photo", "document", "media",
    "caption", "commands", "scope", "language_code", "offset", "limit", "allowed_updates", "callback_query_id", "url",
    "user_id", "from_chat_id", "file_id", "action", "reaction", "menu_button", "reply_parameters", "link_preview_options",
    "name", "description", "short_description", "caption_entities", "reply_to_message_id", "show_alert",
)  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 1003)
    | st.sampled_from(["", "1000", "<b>", "{", "[]", "attach://x", "😀", "\ud800", '"\\ud800"'])
)
NESTED_KEYS = st.sampled_from(
    ["type", "text", "offset", "length", "inline_keyboard", "keyboard", "callback_data", "chat_id"]
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NESTED_KEYS, inner, max_size=3)
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(sorted(METHODS)),
    params=st.dictionaries(st.sampled_from(PARAMETERS), VALUES, max_size=6),
)
@example(method="deleteMyCommands", params={"scope": {"type": {}}})
@example(method="editMessageMedia", params={"media": {"type": []}})
def test_no_call_breaks_the_server(shared_telegram: TelegramServer, method: str, params: Json) -> None:
    answer = shared_telegram.call(method, **{"chat_id": ANA, "message_id": 1} | params)
    assert answer["ok"] or answer["error_code"] in {400, 403, 409, 501}
    shared_telegram.messages(ANA, deleted=True)
