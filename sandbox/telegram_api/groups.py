"""What happens to a group: people come and go, the bot is put in and taken out, a group becomes a supergroup.

As Telegram tells it: the bot's own coming and going is ``my_chat_member``, that of people a service message, and an upgrade
a new chat with a new id, told by a message in each of the two.
"""

from __future__ import annotations

from typing import Any

from sandbox.telegram_api.bot import Bot
from sandbox.telegram_api.conversation import Conversation
from sandbox.telegram_api.errors import ControlError
from sandbox.telegram_api.people import Group, Person
from sandbox.telegram_api.world import World

Json = dict[str, Any]
SUPERGROUP = "supergroup"
FIRST_SUPERGROUP = -1_000_000_002_000


def find_group(world: World, chat_id: int) -> Group:
    """A group that still goes on under this id. Raises ControlError."""
    group = world.groups.get(chat_id)
    if group is None:
        raise ControlError(f"there is no group {chat_id}", 404)
    if group.migrated_to:
        raise ControlError(f"that group goes on as {group.migrated_to}", 403)
    return group


def join(world: World, bot: Bot, group: Group, person: Person) -> None:
    """A person comes into the group. Who is there already stays."""
    if person.id in group.members:
        return
    group.members.append(person.id)
    _announce(world, bot, group, person, {"new_chat_members": [person.user()], "new_chat_member": person.user()})
    world.feed.publish("person", user=person.id)


def leave(world: World, bot: Bot, group: Group, person: Person) -> None:
    """A person goes. Raises ControlError for who is not there."""
    if person.id not in group.members:
        raise ControlError(f"{person.id} is not a member of that group", 403)
    _announce(world, bot, group, person, {"left_chat_member": person.user()})
    group.members.remove(person.id)
    world.feed.publish("person", user=person.id)


def remove_bot(world: World, bot: Bot, group: Group, person: Person) -> None:
    """The person takes the bot out: it left a group, and is banned from a supergroup."""
    if bot.id in group.without:
        return
    _announce(world, bot, group, person, {"left_chat_member": bot.user()}, heard=False)
    group.without.add(bot.id)
    gone = "kicked" if group.kind == SUPERGROUP else "left"
    world.tell_membership(bot, _chat(world, bot, group), person, "member", gone)


def put_bot(world: World, bot: Bot, group: Group, person: Person) -> None:
    """The person puts the bot in again."""
    if bot.id not in group.without:
        return
    group.without.discard(bot.id)
    gone = "kicked" if group.kind == SUPERGROUP else "left"
    world.tell_membership(bot, _chat(world, bot, group), person, gone, "member")
    _announce(world, bot, group, person, {"new_chat_members": [bot.user()], "new_chat_member": bot.user()})


def migrate(world: World, bot: Bot, group: Group, person: Person) -> Group:
    """The group goes on as a supergroup, with another id and none of its messages. The bot is told of its coming into the
    new one, and never of having left the old one. Raises ControlError for what is a supergroup already."""
    if group.kind == SUPERGROUP:
        raise ControlError("that is a supergroup already")
    new_id = FIRST_SUPERGROUP - sum(one.kind == SUPERGROUP for one in world.groups.values())
    new = Group(new_id, group.title, group.members, without=group.without)
    world.groups[new_id] = new
    if bot.id not in group.without:
        world.tell_membership(bot, _chat(world, bot, new), person, "left", "member")
    _announce(world, bot, group, person, {"migrate_to_chat_id": new_id})
    _announce(world, bot, new, person, {"migrate_from_chat_id": group.id})
    group.migrated_to = new_id
    world.feed.publish("person", user=person.id)
    return new


def _chat(world: World, bot: Bot, group: Group) -> Conversation:
    return world.chat_of(bot, group.id)


def _announce(world: World, bot: Bot, group: Group, person: Person, body: Json, *, heard: bool = True) -> None:
    heard = heard and bot.id not in group.without
    world.post(bot, _chat(world, bot, group), person.user(), body, announce=heard)
