"""API keys and connect tokens: JWTs whose lifetime the server counts itself (reference 1.4 and 1.5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

CONNECT_TOKEN_SECONDS = 1800
# What a connect token opens besides the catalogue; the rest is 403.
OWN_ITEM = re.compile(r"^/items/([^/]+)(/mfa)?$")


#: What a connect token hands to the items made or updated with it (reference 1.5); anything else in it is ignored.
TOKEN_OPTIONS = ("clientUserId", "webhookUrl", "oauthRedirectUri", "avoidDuplicates", "products")


@dataclass
class Access:
    """What one key opens. ``options``: a connect token's (None = an API key, everything); ``item_ids``: its items.

    ``client_id``: the application behind it.
    """

    expires: float
    options: Json | None = None
    client_id: str | None = None
    item_ids: set[str] = field(default_factory=set)

    @property
    def is_widget(self) -> bool:
        """A connect token: a person in front of Pluggy's widget."""
        return self.options is not None

    def complete(self, body: Json) -> Json:
        """The body of a call with what the token says where the body is silent."""
        given = {name: value for name, value in (self.options or {}).items() if body.get(name) is None}
        return body | given

    def opens(self, method: str, path: str, query: Mapping[str, str]) -> bool:
        if self.options is None:
            return True
        if path == "/items":
            return method == "POST"
        if path == "/accounts":
            return method == "GET" and query.get("itemId", "").lower() in self.item_ids
        own = OWN_ITEM.match(path)
        if own is not None:
            return own[1].lower() in self.item_ids and method != "DELETE"
        return path.startswith("/connectors")


def encode(part: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).rstrip(b"=").decode()


def sign(claims: Json, secret: bytes) -> str:
    """A JWT (HS256). Nobody verifies it here; clients only read its ``exp``."""
    unsigned = f"{encode({'alg': 'HS256', 'typ': 'JWT'})}.{encode(claims)}"
    signature = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
