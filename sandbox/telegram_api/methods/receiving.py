"""How a bot hears: long polling or a webhook, and the answer to a pressed button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram_api.bot import QUERY_SECONDS
from sandbox.telegram_api.call import Answer, Call, done
from sandbox.telegram_api.errors import ApiError, bad_request
from sandbox.telegram_api.links import LinkError, check_link
from sandbox.telegram_api.updates import conflict
from sandbox.telegram_api.webhook import DEFAULT_CONNECTIONS, read_webhook

Json = dict[str, Any]
MAX_ANSWER = 200
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"


def set_allowed(call: Call) -> None:
    """An empty list means the default set; an absent one leaves the last wish."""
    given = call.params.parsed("allowed_updates")
    if isinstance(given, list):
        call.bot.updates.allowed = frozenset(map(str, given)) or None


async def get_updates(call: Call) -> list[Json]:
    if call.bot.delivery.webhook is not None:
        raise conflict(WEBHOOK_ACTIVE)
    set_allowed(call)
    params = call.params
    return await call.bot.updates.poll(
        params.integer("offset"), params.integer("limit", 100), params.integer("timeout")
    )


def drop_if_asked(call: Call) -> None:
    if call.params.flag("drop_pending_updates"):
        call.bot.updates.clear()


def delete_webhook(call: Call) -> Answer:
    drop_if_asked(call)
    return done("Webhook was deleted" if call.bot.delivery.stop() else "Webhook is already deleted")


async def set_webhook(call: Call) -> Answer:
    """An own certificate is refused rather than kept without being looked at."""
    params = call.params
    if not params.text("url").strip():
        return delete_webhook(call)
    if params.has("certificate"):
        raise ApiError(501, "Not Implemented: the local Telegram knows no certificate but those of this machine")
    webhook = read_webhook(
        params.text("url").strip(),
        params.text("secret_token"),
        params.integer("max_connections", DEFAULT_CONNECTIONS),
        allow_loopback=call.allow_loopback,
    )
    set_allowed(call)
    drop_if_asked(call)
    call.bot.updates.end_poll()
    return done("Webhook was set" if call.bot.delivery.start(webhook) else "Webhook is already set")


def get_webhook_info(call: Call) -> Json:
    updates, delivery = call.bot.updates, call.bot.delivery
    where = delivery.webhook.wire() if delivery.webhook else {"url": "", "has_custom_certificate": False}
    info = where | {"pending_update_count": len(updates)} | delivery.last_error
    return info if updates.allowed is None else info | {"allowed_updates": sorted(updates.allowed)}


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
