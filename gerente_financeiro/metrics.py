"""The figures that a monitor reads, in Prometheus' own words. Loaded only where somebody may ask (``metrics_page``).

What this process does is counted as it happens (an ``Observer``); where everything stands is asked of the database when it
is read, for all processes at once. No label is an id or a text of anybody's, and each has few values.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from open_finance.observing import Counted, Timed
from open_finance.operations import Backlog, Quotas, Situation, Troubles
from open_finance.quotas import OPERATIONAL_LIMITS
from open_finance.version import VERSION

#: Seconds. From a cached answer to a bank that takes half a minute; a pass may take minutes.
REQUEST_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
UPDATE_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
PASS_BUCKETS = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
#: Values of one label, whatever happens; more are one.
MOST_VALUES = 250
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database says; None: it does not answer. ``quotas`` may be older than the rest."""

    situation: Situation | None = None
    troubles: Troubles | None = None
    quotas: Quotas | None = None


class Metrics:
    """An ``Observer`` with a registry of its own. Thread-safe."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a figure more for each, which nobody asks for
        self.registry = CollectorRegistry()
        self._values: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self._requests = self._counter(
            "gerente_pluggy_requests", "Pedidos deste processo à Pluggy", ("endpoint", "status")
        )
        self._request_seconds = self._histogram(
            "gerente_pluggy_request_seconds", "Duração dos pedidos à Pluggy", ("endpoint",), REQUEST_BUCKETS
        )
        self._passes = self._counter("gerente_sync_passes", "Leituras de conexões", ("width", "outcome"))
        self._pass_seconds = self._histogram(
            "gerente_sync_pass_seconds", "Duração das leituras", ("width",), PASS_BUCKETS
        )
        self._errors = self._counter("gerente_errors", "Erros deste processo, por classe", ("error",))
        self._update_seconds = self._histogram(
            "gerente_telegram_update_seconds", "Do chegar ao responder de cada mensagem", ("kind",), UPDATE_BUCKETS
        )
        Info("gerente_build", "O que está no ar", registry=self.registry).info({"version": VERSION})
        ProcessCollector(registry=self.registry)
        self._standing = _StandingCollector()
        self.registry.register(self._standing)

    def count(self, _event: Counted, /, **labels: str) -> None:
        """As ``Observer.count``."""
        self._errors.labels(self._bounded("error", labels["error"])).inc()

    def time(self, event: Timed, seconds: float, /, **labels: str) -> None:
        """As ``Observer.time``."""
        match event:
            case "pluggy_request":
                endpoint = self._bounded("endpoint", labels["endpoint"])
                self._requests.labels(endpoint, labels["status"]).inc()
                self._request_seconds.labels(endpoint).observe(seconds)
            case "sync_pass":
                self._passes.labels(labels["width"], labels["outcome"]).inc()
                self._pass_seconds.labels(labels["width"]).observe(seconds)
            case "telegram_update":
                self._update_seconds.labels(self._bounded("kind", labels["kind"])).observe(seconds)

    def render(self, standing: Standing, *, answering: bool) -> bytes:
        """The text that a monitor reads. ``answering``: whether this process answers people."""
        with self._lock:
            self._standing.show(standing, answering=answering)
            return generate_latest(self.registry)

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, labels: tuple[str, ...], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, text, labels, buckets=buckets, registry=self.registry)

    def _bounded(self, label: str, value: str) -> str:
        known = self._values.setdefault(label, set())
        if value not in known and len(known) >= MOST_VALUES:
            return OTHER
        known.add(value)
        return value


class _StandingCollector(Collector):
    """The gauges of what the database says."""

    def __init__(self) -> None:
        self._standing = Standing()
        self._answering = False

    def show(self, standing: Standing, *, answering: bool) -> None:
        self._standing, self._answering = standing, answering

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing that could clash: names are told when they are read."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge that is known."""
        standing = self._standing
        yield _gauge("gerente_database_up", "O banco de dados responde", standing.situation is not None)
        yield _gauge("gerente_answering", "Este processo responde às pessoas", self._answering)
        if standing.situation is not None:
            yield from _of_situation(standing.situation)
        if standing.troubles is not None:
            yield _by(
                "gerente_errors_last_day", "Erros em 24 h, de todos os processos", "error", standing.troubles.errors
            )
        if standing.quotas is not None:
            yield from _of_quotas(standing.quotas)


def _of_situation(now: Situation) -> Iterator[GaugeMetricFamily]:
    standing = now.standing
    yield _gauge("gerente_users", "Pessoas com alguma conexão", standing.people)
    yield _by("gerente_connections", "Conexões, por situação", "state", standing.states)
    yield _gauge("gerente_due_connections", "Conexões a ler agora", standing.due)
    if standing.oldest_read_at is not None:
        age = _seconds(standing.oldest_read_at, now.at)
        yield _gauge("gerente_oldest_sync_age_seconds", "Há quanto tempo foi a leitura mais antiga", age)
    if now.queued is not None:
        yield _gauge("gerente_queue_length", "Conexões na fila dos workers", now.queued)
    yield from _of_backlog("gerente_inbox", "Avisos da Pluggy por tratar", now.inbox, now.at)
    yield from _of_backlog("gerente_outbox", "Mensagens a enviar agora", now.outbox, now.at)
    yield _gauge("gerente_sync_paused", "A leitura automática está parada", now.paused_since is not None)
    yield _gauge("gerente_poller_lease_held", "Algum processo responde às pessoas", now.poller_held)
    yield _gauge("gerente_database_bytes", "Tamanho do banco de dados", now.database_bytes)


def _of_backlog(name: str, text: str, waiting: Backlog, at: datetime) -> Iterator[GaugeMetricFamily]:
    oldest = 0.0 if waiting.oldest_at is None else _seconds(waiting.oldest_at, at)
    yield _gauge(f"{name}_waiting", text, waiting.count)
    yield _gauge(f"{name}_oldest_age_seconds", f"{text}: há quanto tempo espera o mais antigo", oldest)


def _of_quotas(month: Quotas) -> Iterator[GaugeMetricFamily]:
    calls = month.calls
    text = "Chamadas à Pluggy no mês, de todos os processos"
    yield _by("gerente_pluggy_month_calls", text, "endpoint", {one.endpoint: one.calls for one in calls})
    limited = {one.endpoint: one.limited for one in calls}
    yield _by("gerente_pluggy_month_limited", "Delas, as que receberam 429", "endpoint", limited)
    peaks = {one.endpoint: one.peak for one in calls}
    yield _by("gerente_pluggy_month_peak_minute", "O minuto do mês com mais chamadas", "endpoint", peaks)
    shares = {limit.part: month.share(limit) / 100 for limit in OPERATIONAL_LIMITS}
    yield _by("gerente_quota_used_ratio", "Quanto do limite do mês usou quem mais usou (estimativa)", "part", shares)
    used_up = {one.product: one.connections for one in month.used_up}
    yield _by("gerente_quota_used_up_connections", "Conexões que chegaram ao limite do mês", "product", used_up)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))


def _by(name: str, text: str, label: str, values: object) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    assert isinstance(values, dict)
    for value, number in sorted(values.items()):
        family.add_metric([value], float(number))
    return family


def _seconds(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)
