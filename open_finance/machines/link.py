"""The way to Redis: a client that gives up soon, and what to say when there is no library for it."""

from __future__ import annotations

from typing import Any

from open_finance.errors import ConfigurationError

#: A Redis that is there answers in a millisecond; whoever asks has work to do without it.
TIMEOUT_SECONDS = 2.0
#: What every key begins with, and Dramatiq's namespace.
PREFIX = "gerente"


def open_redis(url: str) -> Any:
    """A thread-safe client of ``url``; nothing is sent yet. Raises ConfigurationError where the extra is not installed, or
    the URL has an option that Redis does not know."""
    require_extra()
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a pooled connection may have been closed since
        )
    except (ValueError, TypeError):
        raise ConfigurationError(
            "REDIS_URL não é um endereço de Redis válido (exemplos em .env.example).", variable="REDIS_URL"
        ) from None


def require_extra() -> None:
    """Raise ConfigurationError unless the libraries of several machines are installed."""
    try:
        import dramatiq  # noqa: F401
        import redis  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            'REDIS_URL precisa do extra "worker", que não está instalado: pip install ".[worker]" '
            "(ou pip install -r requirements.txt).",
            variable="REDIS_URL",
        ) from None
