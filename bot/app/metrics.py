"""What Prometheus reads: turns and the brain as they happen, queues as they stand in the store."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from bot.errors import BrainUnavailable
from bot.store.engine import Store
from bot.store.tables import BackendEvent, Conversation, Handover, Job, Outgoing

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8, 15)


class Metrics:
    """A registry of the app's own, so that several apps of one process (tests) do not meet."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter(
            "kawan_turns", "Turns given to the brain, by outcome", ["outcome"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "kawan_turn_seconds",
            "From the brain's request to the end of its action",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.brain_failures = Counter(
            "kawan_brain_failures", "Calls of the brain that failed", ["call"], registry=self.registry
        )
        self.events = Counter(
            "kawan_backend_events", "Events of the company's system", ["outcome"], registry=self.registry
        )
        for outcome in ("answered", "failed"):
            self.turns.labels(outcome)
        for call in ("converse", "parse"):
            self.brain_failures.labels(call)
        self.registry.register(_Queues(store))

    def text(self) -> bytes:
        return generate_latest(self.registry)

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        try:
            yield
        except BrainUnavailable:
            self.brain_failures.labels(name).inc()
            raise


class _Queues(Collector):
    """Counts what waits, at the moment of reading; what is done is not counted, since it only grows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def describe(self) -> Iterable[Metric]:
        return []  # else registering would already read the store

    def collect(self) -> Iterable[Metric]:
        outbox = GaugeMetricFamily("kawan_outbox", "Messages not sent, by state", labels=["state"])
        jobs = GaugeMetricFamily("kawan_jobs_waiting", "Scheduled jobs that are still to run")
        events = GaugeMetricFamily("kawan_backend_events_waiting", "Events stored and not handled")
        waiting = GaugeMetricFamily("kawan_handovers_waiting", "Conversations that wait for a person")
        due = GaugeMetricFamily("kawan_conversations_due", "Conversations with messages that are unanswered")
        with self._store.reading() as session:
            states = session.execute(
                select(Outgoing.status, func.count())
                .where(Outgoing.status.in_(("pending", "sending", "parked")))
                .group_by(Outgoing.status)
            ).all()
            counts = dict.fromkeys(("pending", "sending", "parked"), 0) | {str(k): int(n) for k, n in states}
            for state, count in counts.items():
                outbox.add_metric([state], count)
            for family, query in (
                (jobs, select(func.count()).select_from(Job).where(Job.status == "waiting")),
                (
                    events,
                    select(func.count()).select_from(BackendEvent).where(BackendEvent.handled_at.is_(None)),
                ),
                (waiting, select(func.count()).select_from(Handover).where(Handover.status == "waiting")),
                (due, select(func.count()).select_from(Conversation).where(Conversation.due_at.is_not(None))),
            ):
                family.add_metric([], session.scalar(query) or 0)
        return [outbox, jobs, events, waiting, due]


class _Brain(Protocol):
    def converse(self, sender: str, text: str, metadata: Mapping[str, Any]) -> Any: ...

    def parse(self, text: str, sent_at: Any) -> dict[str, Any]: ...


class MeasuredBrain:
    """The brain, with each call counted and timed."""

    def __init__(self, brain: _Brain, metrics: Metrics) -> None:
        self._brain = brain
        self._metrics = metrics

    def converse(self, sender: str, text: str, metadata: Mapping[str, Any]) -> Any:
        began = time.monotonic()
        outcome = "failed"
        try:
            with self._metrics.call("converse"):
                answer = self._brain.converse(sender, text, metadata)
            outcome = "answered"
            return answer
        finally:
            self._metrics.turns.labels(outcome).inc()
            self._metrics.turn_seconds.observe(time.monotonic() - began)

    def parse(self, text: str, sent_at: Any) -> dict[str, Any]:
        with self._metrics.call("parse"):
            return self._brain.parse(text, sent_at)
