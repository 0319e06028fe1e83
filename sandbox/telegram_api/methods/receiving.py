"""How a bot hears: long polling, and the answer to a pressed button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram_api.bot import QUERY_SECONDS
from sandbox.telegram_api.call import Call
from sandbox.telegram_api.errors import ApiError, bad_request
from sandbox.telegram_api.links import LinkError, check_link

Json = dict[str, Any]
MAX_ANSWER = 200
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"


def set_allowed(call: Call) -> None:
    """An empty list means the default set; an absent one leaves the last wish."""
    given = call.params.parsed("allowed_updates")
    if isinstance(given, list):
        call.bot.updates.allowed = frozenset(map(str, given)) or None


async def get_updates(call: Call) -> list[Json]:
    set_allowed(call)
    params = call.params
    return await call.bot.updates.poll(
        params.integer("offset"), params.integer("limit", 100), params.integer("timeout")
    )


def delete_webhook(call: Call) -> bool:
    if call.params.flag("drop_pending_updates"):
        call.bot.updates.clear()
    return True


def set_webhook(call: Call) -> bool:
    """Only the removal: this server delivers by getUpdates, and says so rather than lose updates silently."""
    if call.params.text("url"):
        raise ApiError(501, "Not Implemented: the local Telegram delivers updates by getUpdates only")
    return delete_webhook(call)


def get_webhook_info(call: Call) -> Json:
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(call.bot.updates)}
    if call.bot.updates.allowed is not None:
        info["allowed_updates"] = sorted(call.bot.updates.allowed)
    return info


def answer_callback_query(call: Call) -> bool:
    query = call.bot.callbacks.get(call.params.text("callback_query_id"))
    if query is None or query.answer is not None or call.world.now() - query.pressed_at > QUERY_SECONDS:
        raise bad_request(OLD_QUERY)
    text, url = call.params.text("text"), call.params.text("url")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    if url:
        try:
            url = check_link(url, allow_loopback=call.allow_loopback)
        except LinkError:
            raise bad_request("URL_INVALID") from None
    query.answer = {"text": text, "show_alert": call.params.flag("show_alert"), "url": url}
    call.world.feed.publish(
        "answered", bot=call.bot.id, chat=query.chat, query=query.id, user=query.user, **query.answer
    )
    return True


METHODS: Mapping[str, Callable[[Call], Any]] = {
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "answercallbackquery": answer_callback_query,
}
