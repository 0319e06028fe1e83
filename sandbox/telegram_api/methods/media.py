"""Pictures and files: sending, replacing, downloading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram_api.call import Call
from sandbox.telegram_api.errors import bad_request
from sandbox.telegram_api.files import MAX_DOWNLOAD, StoredFile
from sandbox.telegram_api.methods.messages import apply_edit, message_to_edit

Json = dict[str, Any]
KINDS = frozenset({"photo", "document"})


def stored_file(call: Call, kind: str, given: str, part: str) -> StoredFile:
    """The file of one parameter: a part of the request, ``attach://part``, or the id of a known file."""
    if given.startswith("attach://"):
        part = given.removeprefix("attach://")
    if part in call.params.files:
        return call.world.files.add(kind, call.params.files[part])
    if given.startswith(("http://", "https://")):
        # The real server fetches it; this one reaches no network.
        raise bad_request("failed to get HTTP URL content")
    known = call.world.files.find(given)
    if given.startswith("attach://") or (not given and known is None):
        raise bad_request(f"there is no {kind} in the request")
    if known is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if known.kind != kind:
        raise bad_request(f"can't use file of type {known.kind.title()} as {kind.title()}")
    return known


def sender(kind: str) -> Callable[[Call], Json]:
    def send(call: Call) -> Json:
        chat, caption = call.chat_to_write(), call.caption()
        markup = call.markup(chat)
        stored = stored_file(call, kind, call.params.text(kind), kind)
        return call.wire(chat, call.post(chat, {kind: stored.wire()} | caption, markup))

    return send


def one_media(call: Call, given: Any) -> tuple[str, Json]:
    """Kind and content of an ``InputMedia``."""
    if not isinstance(given, dict) or str(given.get("type")) not in KINDS:
        raise bad_request("can't parse InputMedia: type must be photo or document at the local Telegram")
    kind = str(given["type"])
    stored = stored_file(call, kind, str(given.get("media") or ""), "")
    return kind, {kind: stored.wire()} | call.caption(given)


def send_media_group(call: Call) -> list[Json]:
    given = call.params.parsed("media")
    if not isinstance(given, list) or not given:
        raise bad_request("can't parse media JSON object")
    if not 2 <= len(given) <= 10:
        raise bad_request("wrong number of messages to send specified; media groups have 2 to 10")
    chat = call.chat_to_write(len(given))
    parsed = [one_media(call, item) for item in given]
    if len({kind for kind, _ in parsed}) > 1:
        raise bad_request("document can't be mixed with other media types")
    group = {"media_group_id": str(10**16 + call.bot.last_message_id)}
    return [call.wire(chat, call.post(chat, content | group, None)) for _, content in parsed]


def edit_message_media(call: Call) -> Json:
    chat, message = message_to_edit(call)
    _, content = one_media(call, call.params.parsed("media"))
    return apply_edit(call, chat, message, content, call.markup(chat))


def get_file(call: Call) -> Json:
    stored = call.world.files.find(call.params.text("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    if len(stored.data) > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return stored.reference() | {"file_path": stored.path}


METHODS: Mapping[str, Callable[[Call], Any]] = {
    "sendphoto": sender("photo"),
    "senddocument": sender("document"),
    "sendmediagroup": send_media_group,
    "editmessagemedia": edit_message_media,
    "getfile": get_file,
}
