"""``/_control``: how tests and the chat page play the people. Documented in ``sandbox/README.md``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.telegram_api.bot import Bot
from sandbox.telegram_api.conversation import Conversation, Message
from sandbox.telegram_api.errors import ControlError
from sandbox.telegram_api.people import Group, Person
from sandbox.telegram_api.world import World

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MAX_WAIT = 60.0
HEARTBEAT_SECONDS = 15.0


class Control:
    """The handlers; each reads JSON or a query string and answers JSON. Raises ControlError for what cannot be."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        get = {
            "": self.overview,
            "/people": self.list_people,
            "/messages": self.list_messages,
            "/wait": self.wait,
            "/events": self.list_events,
            "/stream": self.stream,
            "/commands": self.list_commands,
            "/callbacks": self.list_callbacks,
            "/calls": self.list_calls,
            "/counts": self.list_counts,
            "/limits": self.show_limits,
            "/faults": self.list_faults,
            "/files/{file_id}": self.file,
        }
        post = {
            "/people": self.add_person,
            "/send": self.send,
            "/edit": self.edit,
            "/delete": self.delete,
            "/press": self.press,
            "/block": self.block,
            "/unblock": self.unblock,
            "/deactivate": self.deactivate,
            "/init_data": self.init_data,
            "/limits": self.change_limits,
            "/faults": self.add_fault,
            "/polling": self.polling,
            "/clock": self.clock,
            "/reset": self.reset,
        }
        found = [web.get(f"/_control{path}", plain(handler)) for path, handler in get.items()]
        found += [web.post(f"/_control{path}", plain(handler)) for path, handler in post.items()]
        return [*found, web.delete("/_control/faults", plain(self.clear_faults))]

    # --- what is asked for ---

    def _bot(self, given: Json) -> Bot:
        return find_bot(self._world, given)

    def _scene(self, given: Json) -> tuple[Bot, Person, Conversation]:
        """The bot, the person (``user``) and the chat: the person's private one unless ``chat`` names a group."""
        bot = self._bot(given)
        person = self._world.person(integer(given, "user"))
        if person.deactivated:
            raise ControlError(f"{person.id} has no account any more", 403)
        chat = self._world.chat_of(bot, integer(given, "chat") if given.get("chat") else person.id)
        if isinstance(chat.partner, Group) and person.id not in chat.partner.members:
            raise ControlError(f"{person.id} is not a member of that group", 403)
        if isinstance(chat.partner, Group) and chat.partner.migrated_to:
            raise ControlError(f"that group goes on as {chat.partner.migrated_to}", 403)
        if not isinstance(chat.partner, Group) and chat.id != person.id:
            raise ControlError("a private chat belongs to its own person", 403)
        return bot, person, chat

    @staticmethod
    def _message(chat: Conversation, given: Json) -> Message:
        message = chat.messages.get(integer(given, "message_id"))
        if message is None:
            raise ControlError("there is no such message", 404)
        return message

    def _own_message(self, chat: Conversation, given: Json, person: Person) -> Message:
        message = self._message(chat, given)
        if message.deleted or message.sender["id"] != person.id:
            raise ControlError("only one's own message that still stands", 403)
        return message

    # --- looking ---

    async def overview(self, _request: web.Request) -> web.Response:
        world = self._world
        return web.json_response(
            {
                "seq": world.feed.seq,
                "bots": [bot.user() | heard(bot) for bot in world.bots.values()],
                "people": [person.user() for person in world.people.values()],
                "groups": [group.control() for group in world.groups.values()],
                "limits": world.limits.wire(),
                "allow_loopback": world.options.allow_loopback,
            }
        )

    async def list_people(self, _request: web.Request) -> web.Response:
        return web.json_response([person.user() for person in self._world.people.values()])

    async def list_messages(self, request: web.Request) -> web.Response:
        return web.json_response(self._chat_state(dict(request.query)))

    def _chat_state(self, given: Json) -> Json:
        bot = self._bot(given)
        chat = self._world.chat_of(bot, integer(given, "chat"))
        return {
            "seq": self._world.feed.seq,
            "bot": bot.user(),
            "chat": chat.partner.chat(),
            "blocked": chat.id in bot.blocked_by,
            "reply_keyboard": chat.reply_keyboard,
            "pinned": chat.pinned,
            "description": bot.texts.get(("description", ""), ""),
            "messages": [message.control() for message in chat.messages.values()],
        }

    async def wait(self, request: web.Request) -> web.Response:
        given = dict(request.query)
        after, chat = integer(given, "after", 0), integer(given, "chat", 0) or None
        timeout = min(float(given.get("timeout", 10)), MAX_WAIT)
        events = await self._world.feed.wait(after, timeout, chat)
        state = self._chat_state(given) if chat else {"seq": self._world.feed.seq}
        return web.json_response({"events": events} | state)

    async def list_events(self, request: web.Request) -> web.Response:
        given = dict(request.query)
        events = self._world.feed.after(integer(given, "after", 0), integer(given, "chat", 0) or None)
        return web.json_response({"seq": self._world.feed.seq, "events": events[-integer(given, "limit", 1000) :]})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events of one chat, each with the message as it is now."""
        given = dict(request.query)
        bot = self._bot(given)
        chat = self._world.chat_of(bot, integer(given, "chat"))
        last = integer({"after": request.headers.get("Last-Event-ID", given.get("after", 0))}, "after")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        await response.write(b": ok\n\n")
        if self._world.feed.has_lost(last):
            last = self._world.feed.seq
            await response.write(sse({"seq": last, "kind": "reset"}))
        while True:
            events = await self._world.feed.wait(last, HEARTBEAT_SECONDS, chat.id)
            for event in events:
                last = event["seq"]
                if event.get("bot", bot.id) != bot.id:
                    continue
                message = chat.messages.get(event.get("message_id", 0))
                await response.write(sse(event | ({"message": message.control()} if message else {})))
            if not events:
                await response.write(b": still here\n\n")

    async def list_commands(self, request: web.Request) -> web.Response:
        """The menu a person sees (``user``, ``chat``), or with no person every menu registered."""
        given = dict(request.query)
        bot = self._bot(given)
        if "user" in given:
            bot, person, chat = self._scene(given)
            return web.json_response(bot.commands_for(person, chat.id))
        names = ("scope", "chat_id", "user_id", "language_code")
        menus = [dict(zip(names, key, strict=True)) | {"commands": menu} for key, menu in bot.commands.items()]
        return web.json_response(menus)

    async def list_callbacks(self, request: web.Request) -> web.Response:
        """The pressed buttons, or the one with this ``id``."""
        callbacks, wanted = self._bot(dict(request.query)).callbacks, request.query.get("id")
        found = callbacks.values() if wanted is None else filter(None, [callbacks.get(wanted)])
        return web.json_response([query.wire() for query in found])

    async def list_calls(self, _request: web.Request) -> web.Response:
        return web.json_response(list(self._world.calls.newest))

    async def list_counts(self, request: web.Request) -> web.Response:
        """How many calls there were, of one ``method`` or ``chat`` or of all."""
        wanted = request.query
        found = [
            count
            for count in self._world.calls.counts()
            if wanted.get("method", count["method"]).lower() == count["method"]
            and wanted.get("chat", str(count["chat"])) == str(count["chat"])
        ]
        return web.json_response(found)

    async def show_limits(self, _request: web.Request) -> web.Response:
        return web.json_response(self._world.limits.wire())

    async def list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self._world.faults.wire())

    async def file(self, request: web.Request) -> web.Response:
        stored = self._world.files.find(request.match_info["file_id"])
        if stored is None:
            raise ControlError("there is no such file", 404)
        shown = "inline" if stored.kind == "photo" else "attachment"
        disposition = f"{shown}; filename*=UTF-8''{quote(stored.name)}"
        headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=stored.data, content_type=stored.mime_type, headers=headers)

    # --- doing ---

    async def add_person(self, request: web.Request) -> web.Response:
        given = await body(request)
        person = Person(
            id=integer(given, "id", self._world.free_person_id()),
            first_name=str(given.get("first_name") or "Pessoa"),
            last_name=str(given.get("last_name") or ""),
            username=str(given.get("username") or ""),
            language_code=str(given.get("language_code", "pt-br")),
        )
        if person.id <= 0:
            raise ControlError("a person's id is above zero")
        return web.json_response(self._world.add_person(person).user())

    async def send(self, request: web.Request) -> web.Response:
        given = await body(request)
        bot, person, chat = self._scene(given)
        message = self._world.say(bot, person, chat, str(given.get("text", "")), integer(given, "reply_to", 0))
        return web.json_response(message.control())

    async def edit(self, request: web.Request) -> web.Response:
        given = await body(request)
        bot, person, chat = self._scene(given)
        message = self._own_message(chat, given, person)
        self._world.rewrite(bot, chat, message, str(given.get("text", "")))
        return web.json_response(message.control())

    async def delete(self, request: web.Request) -> web.Response:
        """A person deletes for both sides; in a private chat also what the bot wrote, as the app allows."""
        given = await body(request)
        bot, person, chat = self._scene(given)
        message = self._own_message(chat, given, person) if chat.is_group else self._message(chat, given)
        if not message.deleted:
            self._world.delete(bot, message)
        return web.json_response(message.control())

    async def press(self, request: web.Request) -> web.Response:
        """By ``data`` (any: it may be forged or old) or by the ``text`` of a button that the message shows now."""
        given = await body(request)
        bot, person, chat = self._scene(given)
        message = self._message(chat, given)
        data = given.get("data")
        if data is None:
            data = button_data(message, str(given.get("text", "")))
        query = self._world.press(bot, person, chat, message, str(data))
        return web.json_response({"callback_query_id": query.id, "data": query.data})

    async def block(self, request: web.Request) -> web.Response:
        return await self._set_blocked(request, blocked=True)

    async def unblock(self, request: web.Request) -> web.Response:
        return await self._set_blocked(request, blocked=False)

    async def _set_blocked(self, request: web.Request, *, blocked: bool) -> web.Response:
        given = await body(request)
        self._world.set_blocked(self._bot(given), self._world.person(integer(given, "user")), blocked=blocked)
        return web.json_response({"blocked": blocked})

    async def deactivate(self, request: web.Request) -> web.Response:
        """The person deletes the account: from now on nothing reaches it, and it does nothing."""
        person = self._world.person(integer(await body(request), "user"))
        person.deactivated = True
        return web.json_response({"deactivated": True})

    async def init_data(self, request: web.Request) -> web.Response:
        """What the app would hand to a Mini App that this person opens now, or opened at ``auth_date``."""
        given = await body(request)
        bot, person, _ = self._scene(given)
        opened_at = integer(given, "auth_date") if given.get("auth_date") is not None else None
        return web.json_response({"init_data": self._world.init_data(bot, person, opened_at)})

    async def change_limits(self, request: web.Request) -> web.Response:
        self._world.limits.change(await body(request))
        for bot in self._world.bots.values():
            bot.limiter.forget()
        return web.json_response(self._world.limits.wire())

    async def add_fault(self, request: web.Request) -> web.Response:
        self._world.faults.add(await body(request))
        return web.json_response(self._world.faults.wire())

    async def clear_faults(self, _request: web.Request) -> web.Response:
        self._world.faults.clear()
        return web.json_response([])

    async def polling(self, request: web.Request) -> web.Response:
        """Hold updates back (``paused``), as when Telegram does not get through."""
        given = await body(request)
        updates = self._bot(given).updates
        updates.paused = bool(given.get("paused"))
        updates.wake()
        return web.json_response({"paused": updates.paused})

    async def clock(self, request: web.Request) -> web.Response:
        given = await body(request)
        self._world.advance(float(given.get("advance", 0)))
        return web.json_response({"now": int(self._world.now())})

    async def reset(self, _request: web.Request) -> web.Response:
        self._world.reset()
        return web.json_response({"seq": self._world.feed.seq})


def find_bot(world: World, given: Json) -> Bot:
    """The bot that ``bot`` names, or the first one."""
    if "bot" not in given:
        return world.main_bot()
    bot = world.bots.get(integer(given, "bot"))
    if bot is None:
        raise ControlError("that bot has not called yet", 404)
    return bot


def heard(bot: Bot) -> Json:
    """How a bot gets its updates: whether it waits in ``getUpdates`` now, and its webhook's address."""
    updates, webhook = bot.updates, bot.delivery.webhook
    where = {"polling": updates.is_polled, "webhook": webhook.url if webhook else None}
    return {"pending_updates": len(updates)} | where


def button_data(message: Message, text: str) -> str:
    """The callback data of the button with this text. Raises ControlError when the message does not show it."""
    shown = [button for row in message.buttons() for button in row] if not message.deleted else []
    for button in shown:
        if button["text"] == text and "data" in button:
            return str(button["data"])
    raise ControlError(f"no such button; the message shows {[button['text'] for button in shown]}", 404)


def integer(given: Json, name: str, default: int | None = None) -> int:
    value = given.get(name, default)
    try:
        return int(value)  # type: ignore[arg-type]  # what is no number is refused below
    except (TypeError, ValueError):
        raise ControlError(f"{name} must be a whole number") from None


async def body(request: web.Request) -> Json:
    raw = await request.read()
    try:
        parsed = json.loads(raw) if raw else {}
        json.dumps(parsed, ensure_ascii=False).encode()  # half a character cannot be written anywhere
    except ValueError:
        raise ControlError("the body must be JSON") from None
    if not isinstance(parsed, dict):
        raise ControlError("the body must be a JSON object")
    return parsed


def sse(event: Json) -> bytes:
    return f"id: {event['seq']}\ndata: {json.dumps(event)}\n\n".encode()


def plain(handler: Handler) -> Handler:
    """Refusals as JSON; a page that went away is no error."""

    async def wrapped(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=error.status)
        except ConnectionResetError:
            raise asyncio.CancelledError from None

    return wrapped
