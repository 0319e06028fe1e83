"""Clients for servers of this machine, without what only the world outside asks of a client."""

from __future__ import annotations

import requests
from telegram.request import BaseRequest, HTTPXRequest


def local_session() -> requests.Session:
    """A session that does not look before each request for the machine's proxies and passwords: it takes as long as the
    request itself."""
    session = requests.Session()
    session.trust_env = False
    return session


def local_request(read_timeout: float = 5.0) -> BaseRequest:
    """What carries a bot's words as the library's own does, but to a server of this machine only: without the list of the
    world's certificates, which takes longer to read than a conversation."""
    plain = {"verify": False, "trust_env": False}
    return HTTPXRequest(connection_pool_size=256, read_timeout=read_timeout, httpx_kwargs=plain)
