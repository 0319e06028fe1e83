"""A look at Redis for doctor: does it answer, does it know us, does a worker live? Nothing is written."""

from __future__ import annotations

from typing import Literal

from open_finance.errors import ConfigurationError
from open_finance.machines.link import open_redis
from open_finance.machines.queue import PRESENCE

RedisState = Literal["fine", "no_worker", "password", "unreachable", "not_allowed", "extra", "other"]


def probe_redis(url: str) -> RedisState:
    """How Redis is. A few seconds at most."""
    try:
        client = open_redis(url)
    except ConfigurationError:
        return "extra"
    import redis

    try:
        return "fine" if client.exists(PRESENCE) else "no_worker"
    except redis.AuthenticationError:
        return "password"
    except redis.exceptions.NoPermissionError:
        return "not_allowed"
    except (redis.ConnectionError, redis.TimeoutError):
        return "unreachable"
    except redis.RedisError as error:
        return "password" if "NOAUTH" in str(error) or "WRONGPASS" in str(error) else "other"
    finally:
        client.close()
