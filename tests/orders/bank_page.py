"""The bank's page, where a person decides: its form is filled in whatever it asks."""

from __future__ import annotations

import re
from typing import Any

from tests.orders.order import Order

_TAG = re.compile(r"<(?:input|button)\b[^>]*>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')


def link_of(item: Any) -> str:
    """Where the item waits for its person."""
    return f"{item.origin}/oauth/authorize?state={item.link_state}"


def visit(order: Order, link: str) -> str:
    """Open a link and, mostly, decide something."""
    page = order.pluggy.page(link)
    if not page:
        return "somebody opens a link that is no longer good"
    if order.random.random() < 0.1:
        return "somebody looks at the bank's page and leaves"
    form = _filled(order, page)
    order.pluggy.submit(link, form)
    shared = sum(name == "account" for name, _ in form)
    return f"at the bank's page somebody decides: {dict(form).get('decision')}, {shared} accounts"


def approve(order: Order, link: str) -> None:
    """Share everything, as a program's own page would."""
    order.pluggy.submit(link, [("state", link.rpartition("=")[2]), ("decision", "approve")])


def _filled(order: Order, page: str) -> list[tuple[str, str]]:
    """What is hidden as it is, boxes mostly ticked, one of each choice, a button: mostly the first."""
    form: list[tuple[str, str]] = []
    choices: dict[str, list[str]] = {}
    for tag in _TAG.findall(page):
        found = dict(_ATTRIBUTE.findall(tag))
        name, value = found.get("name", ""), found.get("value", "")
        if tag.startswith("<button") or found.get("type") == "radio":
            choices.setdefault(name, []).append(value)
        elif found.get("type") != "checkbox" or order.random.random() < 0.85:
            form.append((name, value))
    for name, values in choices.items():
        is_first = name == "decision" and order.random.random() < 0.75
        form.append((name, values[0] if is_first else order.random.choice(values)))
    return form
