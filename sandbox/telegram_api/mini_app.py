"""``initData``: what tells a Mini App who opened it, signed with the bot's token.

The format and the signature are those of core.telegram.org/bots/webapps, "Validating data received via the Mini App".
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.telegram_api.people import Person

Json = dict[str, Any]


def web_app_user(person: Person, *, may_write: bool) -> Json:
    """A ``WebAppUser``; `may_write` = the person has not blocked the bot."""
    names = {"first_name": person.first_name, "last_name": person.last_name}
    more = {"username": person.username, "language_code": person.language_code}
    allowed = {"allows_write_to_pm": True} if may_write else {}
    return {"id": person.id} | names | {key: value for key, value in more.items() if value} | allowed


def signature(fields: Mapping[str, str], token: str) -> str:
    """The ``hash`` of these fields: of their sorted lines, under a key made of the token."""
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()


def build_init_data(user: Json, *, token: str, query_id: str, auth_date: int) -> str:
    """The query string that the app hands to the page; `auth_date` in seconds of Unix."""
    told = json.dumps(user, ensure_ascii=False, separators=(",", ":"))
    fields = {"query_id": query_id, "user": told, "auth_date": str(auth_date)}
    return urlencode(fields | {"hash": signature(fields, token)}, quote_via=quote)
