"""The queue of connections to read, carried by Dramatiq: the bot's tick puts them in, workers take them out.

A message is only a hint: who takes it looks at the row again, and the row's lease decides. So one that is lost, doubled or
late does no harm: the mark that keeps a connection from being queued twice ends by itself, and a tick queues it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from open_finance.config import Settings
from open_finance.machines.link import PREFIX, open_redis
from open_finance.syncing.schedule import DueConnection

logger = logging.getLogger(__name__)

#: How long a connection that was queued is not queued again, and how long its message may wait for a worker: no longer, so
#: that there is one of each.
QUEUED_SECONDS = 600.0
#: A worker that has said nothing for so long is gone, and how often one that lives says so.
PRESENCE_SECONDS, ANNOUNCE_SECONDS = 60, 10.0
DEAD_MESSAGES_SECONDS = 3600.0
#: How long a worker at its end waits for what is under way: within the patience of the hosts.
STOP_SECONDS = 20.0
#: How soon an idle worker looks again.
IDLE_SECONDS = 0.1

NAME = "connections"
ACTOR = "read_connection"
PRESENCE = f"{PREFIX}:worker"
SHARED = "connections are read by the workers"

#: Reads one connection; False: the process is stopping, and somebody else should.
Read = Callable[[int, int], bool]


class ConnectionQueue:
    """The queue, from either end. Thread-safe. Nothing is sent before the first use."""

    def __init__(self, redis: Any, *, queued_seconds: float = QUEUED_SECONDS) -> None:
        """``redis``: a client. ``queued_seconds``: when a message that nobody took counts as lost."""
        from dramatiq.brokers.redis import RedisBroker
        from dramatiq.middleware import AgeLimit

        self._redis = redis
        self._queued_ms = int(queued_seconds * 1000)
        # None of Dramatiq's repeats and time limits: the row says when to try again, and the pass bounds its own time.
        self._broker = RedisBroker(
            client=redis,
            namespace=PREFIX,
            middleware=[AgeLimit(max_age=self._queued_ms)],
            dead_message_ttl=int(DEAD_MESSAGES_SECONDS * 1000),
        )
        self._standing = SHARED

    # --- the end where connections are put in --------------------------------------------------------------------------

    def hand_over(self, work: Sequence[DueConnection]) -> Sequence[DueConnection]:
        """Queue what is due, each connection once a slot. Returns what could not be queued, to be read by the caller: all
        of it while no worker lives; the rest when Redis goes away in the midst."""
        import redis

        queued = 0
        try:
            if not self._redis.exists(PRESENCE):
                self._tell("no worker is running: connections are read by this process")
                return work
            for one in work:
                if self._redis.set(_mark(one), 1, nx=True, px=self._queued_ms):
                    self._enqueue(one.user_id, one.connection_id, _mark(one))
                queued += 1
        except redis.RedisError as error:
            self._tell(f"Redis is away ({type(error).__name__}): connections are read by this process")
            return work[queued:]
        self._tell(SHARED, logging.INFO)
        return ()

    def length(self) -> int | None:
        """How many connections wait for a worker; None while Redis is away."""
        import redis

        try:
            return int(self._broker.do_qsize(NAME))
        except redis.RedisError:
            return None

    def _enqueue(self, user_id: int, connection_id: int, mark: str) -> None:
        from dramatiq import Message

        self._broker.enqueue(
            Message(queue_name=NAME, actor_name=ACTOR, args=(user_id, connection_id, mark), kwargs={}, options={})
        )

    def _tell(self, standing: str, level: int = logging.WARNING) -> None:
        """Say where connections are read when that changes, not at every tick."""
        if standing != self._standing:
            self._standing = standing
            logger.log(level, "%s", standing)

    # --- the end where they are taken out ------------------------------------------------------------------------------

    def announce(self) -> bool:
        """Say that a worker lives. False: Redis is away."""
        import redis

        try:
            self._redis.set(PRESENCE, 1, ex=PRESENCE_SECONDS)
        except redis.RedisError as error:
            self._tell(f"Redis is away ({type(error).__name__}): there is nothing to do until it is back")
            return False
        self._tell(SHARED, logging.INFO)
        return True

    @contextmanager
    def consuming(self, read: Read, threads: int) -> Iterator[None]:
        """Take connections out and ``read`` them in so many threads, for the length of a ``with``. At its end what is under
        way is waited for, and what was not begun goes back."""
        import dramatiq
        import redis

        def read_connection(user_id: int, connection_id: int, mark: str) -> None:
            is_read = read(user_id, connection_id)
            with suppress(redis.RedisError):  # the mark ends by itself, and then a tick queues it again
                if is_read:
                    self._redis.delete(mark)  # should it be due again for this slot (a bank was collecting)
                else:
                    self._enqueue(user_id, connection_id, mark)

        dramatiq.actor(actor_name=ACTOR, queue_name=NAME, broker=self._broker)(read_connection)
        worker = dramatiq.Worker(self._broker, worker_threads=threads, worker_timeout=int(IDLE_SECONDS * 1000))
        worker.queue_prefetch = threads + 1  # what one worker holds, another cannot take
        for name in (NAME, f"{NAME}.DQ"):
            logging.getLogger(f"dramatiq.worker.ConsumerThread({name})").addFilter(_is_news)
        worker.start()
        try:
            yield
        finally:
            with suppress(redis.RedisError):  # what was not begun cannot go back
                worker.stop(timeout=int(STOP_SECONDS * 1000))


def open_queue(settings: Settings) -> ConnectionQueue | None:
    """The queue where ``REDIS_URL`` is set. Raises ConfigurationError."""
    return None if settings.redis_url is None else ConnectionQueue(open_redis(settings.redis_url))


def _is_news(record: logging.LogRecord) -> bool:
    """That Redis is away is said once, by ``announce``; a consumer would say it every few seconds."""
    return not str(record.msg).startswith(("Consumer encountered a connection", "Failed to post_process_message"))


def _mark(one: DueConnection) -> str:
    return f"{PREFIX}:queued:{one.connection_id}:{one.slot.at:%Y-%m-%dT%H}"
