"""What may happen in an order, and how often. A new way of acting, or of going wrong, is one more line of ``STEPS``.

Buttons and commands need none: whatever stands in a chat is pressed, whatever the bot answers to is called.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from gerente_financeiro.app import COMMANDS
from sandbox.pluggy_api.scenarios import OUTCOMES
from tests.orders import prelude
from tests.orders.bank_page import link_of, visit
from tests.orders.catalogue import bank_of
from tests.orders.conduct import ELSEWHERE, act, anything, calls_the_bot, go_on, wait
from tests.orders.order import ANOTHER, Order, buttons_of
from tests.orders.pluggy import Death

#: Does something and says what; None when there is nothing to do it to.
Step = Callable[[Order], str | None]

ITEMS = "/items"
DATA = "^/(items|accounts|v2)"
#: Where a person sees what is wrong with a bank.
TROUBLE = "minhas_contas"
DEATHS = (
    ("POST", f"{ITEMS}$"),
    ("POST", f"{ITEMS}$"),
    ("PATCH", ITEMS),
    ("DELETE", ITEMS),
    ("POST", "/mfa$"),
    ("GET", ITEMS),
    ("GET", "/"),
)
FAULTS = ("status", "status", "cut_before", "cut_after", "malformed", "html", "empty", "expired_key")


def take_steps(order: Order) -> None:
    """What was there before, and between eight and twenty-five steps."""
    prelude.begin(order)
    weights = [weight for weight, _ in STEPS]
    for _ in range(order.random.randint(8, 25)):
        ((_, step),) = order.random.choices(STEPS, weights)
        line = step(order)
        if line:
            order.counts[step.__name__] += 1
            order.note(line)
        order.settle()
        if order.process is None and order.random.random() < 0.6:
            order.note(_revive(order))


# --- people who do just anything -------------------------------------------------------------------------------------


def press_anything(order: Order) -> str | None:
    """Any button that stands in a chat."""
    person = order.random.choice(order.people)
    standing = [button for button in buttons_of(order.telegram.messages(person.contact)) if calls_the_bot(button)]
    return order.press(person, order.random.choice(standing)) if standing else None


def press_again(order: Order) -> str | None:
    """A button that was pressed before, whether or not it still stands: a double tap, a chat that lags behind."""
    pressed = [(person, button) for person, button in order.pressed if ANOTHER not in button.label]
    return order.press(*order.random.choice(pressed[-6:])) if pressed else None


def write_anything(order: Order) -> str:
    person = order.random.choice(order.people)
    return order.write(person, anything(order, person))


def write_twice(order: Order) -> str:
    """Two messages before the bot reads the first."""
    person = order.random.choice(order.people)
    text = anything(order, person)
    then = order.random.choice((text, anything(order, person)))
    return f"{order.write(person, text)}; {order.write(person, then)}"


def call_anything(order: Order) -> str:
    person = order.random.choice(order.people)
    return order.write(person, f"/{order.random.choice(sorted({*COMMANDS} - {ELSEWHERE}))}")


def delete_message(order: Order) -> str | None:
    """A person deletes a message of the bot's."""
    person = order.random.choice(order.people)
    said = order.said(person)
    if not said:
        return None
    order.telegram.world.delete(order.telegram.bot, said[0])
    return f"{person.name} deletes the bot's last message"


def decide(order: Order) -> str | None:
    """Somebody opens the link of any item that waits for it, wherever they have it from."""
    waiting = [item for item in order.items if item.link_state is not None]
    return visit(order, link_of(order.random.choice(waiting))) if waiting else None


def answer_on_the_phone(order: Order) -> str | None:
    """The bank's app is opened, and somebody approves or refuses."""
    waiting = [item for item in order.items if item.user_action is not None and item.link_state is None]
    if not waiting:
        return None
    item, approves = order.random.choice(waiting), order.random.random() < 0.75
    order.pluggy.admin("POST", f"items/{item.id}", {"approve": approves})
    return f"{_name(item)}: {'approved' if approves else 'refused'} on the phone"


# --- time, and the process -------------------------------------------------------------------------------------------


def wait_a_moment(order: Order) -> str:
    return wait(order, order.random.choice((1, 3, 10, 30, 70)))


def wait_minutes(order: Order) -> str:
    return wait(order, order.random.choice((4, 6, 11, 16, 40)) * 60)


def wait_long(order: Order) -> str:
    return wait(order, order.random.choice((3, 24, 25, 24 * 8, 24 * 40)) * 3600)


def restart(order: Order) -> str:
    """As at a deploy, with or without a pause."""
    order.stop()
    order.clock.advance(order.random.choice((0, 2, 60, 1000)))
    order.start()
    return "the bot was restarted"


def kill(order: Order) -> str | None:
    """At once, whatever it is doing."""
    if order.process is None:
        return None
    order.die("at once")
    return _revive(order)


def _revive(order: Order) -> str:
    order.clock.advance(order.random.choice((0, 5, 40, 1000)))
    order.start()
    return "the bot was started again"


def be_down(order: Order) -> str | None:
    """The bot is down while something happens."""
    order.stop()
    lines = [step(order) for step in (write_anything, order.random.choice((press_anything, wait_minutes, decide)))]
    order.start()
    return "; ".join(["while the bot is down:", *filter(None, lines)])


def die_soon(order: Order) -> str:
    """The next request of a kind is the last thing that the process does."""
    method, path = order.random.choice(DEATHS)
    answered = order.random.random() < 0.6
    order.pluggy.deaths.append(Death(method, path, answered))
    return f"the bot will die of {method} {path}, {'before its answer' if answered else 'before it leaves'}"


# --- Pluggy and Telegram ---------------------------------------------------------------------------------------------


def pluggy_is_slow(order: Order) -> str:
    order.pluggy.slow = order.random.randint(1, 12)
    return f"the next {order.pluggy.slow} requests take their time"


def pluggy_fails(order: Order) -> str:
    """The next requests are refused, spoiled or cut, before or after they were obeyed."""
    method = order.random.choice(("POST", "PATCH", "DELETE", "GET", ".*"))
    path = order.random.choice((ITEMS, f"{ITEMS}$", DATA, "/connectors"))
    kind = order.random.choice(FAULTS)
    more = {"status": order.random.choice((500, 503, 503, 429, 403))} if kind in ("status", "html") else {}
    count = order.random.choice((1, 1, 2, 6))
    order.pluggy.fault(kind, method=method, path=path, count=count, **more)
    return f"the next {count} of {method} {path}: {kind} {more.get('status', '')}"


def pluggy_recovers(order: Order) -> str:
    order.pluggy.recover()
    return "nothing goes wrong any more"


def plan_ends(order: Order) -> str:
    """No more items, or none through the API."""
    option, value = order.random.choice((("item_limit", len(order.items)), ("item_limit", None), ("free_plan", True)))
    order.pluggy.admin("POST", "options", {option: value})
    return f"the plan: {option} {value}"


def telegram_fails(order: Order) -> str:
    method = order.random.choice(("sendMessage", "editMessageText", "deleteMessage", "*"))
    status = order.random.choice((500, 502, 429))
    order.telegram.world.faults.add({"method": method, "status": status, "times": order.random.choice((1, 2, 5))})
    return f"Telegram answers {status} to {method}"


# --- the banks -------------------------------------------------------------------------------------------------------


def bank_decides(order: Order) -> str | None:
    """The next executions of somebody's item end otherwise, or as they should again."""
    item = _some_item(order)
    if item is None:
        return None
    outcome = order.random.choice((None, None, *sorted(OUTCOMES)))
    order.pluggy.admin("POST", f"items/{item.id}", {"next": outcome})
    return f"{_name(item)} will end in {outcome}"


def bank_collects(order: Order) -> str | None:
    """Pluggy's own refresh of an item is due now."""
    item = _some_item(order)
    if item is None:
        return None
    order.pluggy.admin("POST", f"items/{item.id}", {"nextAutoSyncAt": _stamp(order, timedelta())})
    return f"{_name(item)} is refreshed by Pluggy"


def consent_ends(order: Order) -> str | None:
    """Revoked at the bank, or run out."""
    granted = [item for item in order.items if item.consent is not None]
    if not granted:
        return None
    item = order.random.choice(granted)
    field = order.random.choice(("consentRevokedAt", "consentExpiresAt"))
    days = order.random.choice((-1, -1, 0, 1, 7))
    order.pluggy.admin("POST", f"items/{item.id}", {field: _stamp(order, timedelta(days=days))})
    return f"{_name(item)}: {field} in {days} days"


def bank_locks_out(order: Order) -> str | None:
    """A bank lets somebody's item in no more, Pluggy notices, hours later so does the bot, and then its person."""
    item = _some_item(order)
    if item is None:
        return None
    code = order.random.choice(("USER_AUTHORIZATION_REVOKED", "INVALID_CREDENTIALS", "ACCOUNT_NEEDS_ACTION"))
    changes: dict[str, Any] = {"next": code}
    if item.consent is not None and code == "USER_AUTHORIZATION_REVOKED":
        changes = {"consentRevokedAt": _stamp(order, timedelta())}
    order.pluggy.admin("POST", f"items/{item.id}", {**changes, "nextAutoSyncAt": _stamp(order, timedelta())})
    order.pass_time(40)
    if "next" in changes:
        item.forced = None
    lines = [f"{_name(item)} is locked out: {code}", wait(order, order.random.choice((7, 20)) * 3600)]
    owner = next((person for person in order.people if str(person.user_id) == item.client_user_id), None)
    if owner is not None and order.process is not None:
        lines += [order.write(owner, f"/{TROUBLE}"), act(order, owner)]
    return "; ".join(lines)


def person_changes(order: Order) -> str:
    """A password is changed at the bank, an account becomes a joint one, or not."""
    person = order.random.choice(order.people)
    match = order.random.choice((person.secrets.cpf, person.secrets.sandbox_user, "user-ok"))
    change = order.random.choice(
        ({"password": "another-one"}, {"password": None}, {"joint": True}, {"joint": "refuses"})
    )
    order.pluggy.admin("POST", "households", {"match": match, **change})
    return f"{person.name} at the banks: {change}"


def item_vanishes(order: Order) -> str | None:
    """Pluggy forgets an item."""
    item = _some_item(order)
    if item is None:
        return None
    world = order.pluggy.world
    world.executions.stop(item)
    del world.items[item.id]
    return f"{_name(item)} is gone at Pluggy"


def connector_changes(order: Order) -> str:
    """One of somebody's banks falters, is well again, or is taken out of the list."""
    connector = order.random.choice(order.random.choice(order.people).targets)
    health = [{"health": {"status": status, "stage": None}} for status in ("ONLINE", "ONLINE", "UNSTABLE", "OFFLINE")]
    change = order.random.choice([*health, {"closed": True}, {"closed": False}])
    order.pluggy.admin("POST", f"connectors/{connector['id']}", change)
    return f"{bank_of(connector)} ({connector['id']}): {change}"


def _some_item(order: Order) -> Any:
    items = order.items
    return order.random.choice(items) if items else None


def _name(item: Any) -> str:
    return f"item {item.id[:8]} ({bank_of(item.connector)} of {item.client_user_id})"


def _stamp(order: Order, span: timedelta) -> str:
    return f"{order.clock.now() + span:%Y-%m-%dT%H:%M:%S}.000Z"


STEPS: tuple[tuple[int, Step], ...] = (
    (60, go_on),
    (5, decide),
    (2, answer_on_the_phone),
    (6, press_anything),
    (3, press_again),
    (4, write_anything),
    (2, write_twice),
    (5, call_anything),
    (1, delete_message),
    (8, wait_a_moment),
    (5, wait_minutes),
    (4, wait_long),
    (2, restart),
    (2, kill),
    (1, be_down),
    (3, die_soon),
    (2, pluggy_is_slow),
    (3, pluggy_fails),
    (1, pluggy_recovers),
    (1, plan_ends),
    (1, telegram_fails),
    (3, bank_decides),
    (2, bank_collects),
    (3, consent_ends),
    (4, bank_locks_out),
    (3, person_changes),
    (1, item_vanishes),
    (2, connector_changes),
)
