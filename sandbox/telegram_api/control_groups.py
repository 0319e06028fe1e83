"""``/_control/groups``: making groups, and what happens to them. Documented in ``sandbox/README.md``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.telegram_api import groups
from sandbox.telegram_api.bot import Bot
from sandbox.telegram_api.control import body, find_bot, integer, plain
from sandbox.telegram_api.errors import ControlError
from sandbox.telegram_api.people import Group, Person
from sandbox.telegram_api.world import World

Json = dict[str, Any]
Change = Callable[[World, Bot, Group, Person], Group | None]

CHANGES: dict[str, Change] = {
    "join": groups.join,
    "leave": groups.leave,
    "remove_bot": groups.remove_bot,
    "put_bot": groups.put_bot,
    "migrate": groups.migrate,
}


class GroupControl:
    """The handlers. Raises ControlError for what cannot be."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_control/groups", plain(self.add_group)),
            web.post("/_control/groups/{change}", plain(self.change)),
        ]

    async def add_group(self, request: web.Request) -> web.Response:
        given = await body(request)
        members = [self._world.person(int(user_id)).id for user_id in given.get("members") or []]
        if not members:
            raise ControlError("a group has at least one member")
        group_id = integer(given, "id", -(2000 + len(self._world.groups)))
        if group_id >= 0:
            raise ControlError("a group's id is below zero")
        group = Group(group_id, str(given.get("title") or "Grupo"), members)
        self._world.add_group(group, self._world.person(members[0]), find_bot(self._world, given))
        return web.json_response(group.control())

    async def change(self, request: web.Request) -> web.Response:
        """``{chat, user}``: who comes or goes, or by whom it is done. Answers the group as it goes on."""
        given = await body(request)
        change = CHANGES.get(request.match_info["change"])
        if change is None:
            raise ControlError("there is no such change of a group", 404)
        world = self._world
        group = groups.find_group(world, integer(given, "chat"))
        changed = change(world, find_bot(world, given), group, world.person(integer(given, "user")))
        return web.json_response((changed or group).control())
