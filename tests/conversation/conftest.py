"""The conversation path on a real store, with stand-ins around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.conversation.outbox import Limit, OutboxWorker
from bot.conversation.turns import Patience, TurnWorker
from bot.conversation.worker import Worker
from bot.store.engine import Store
from tests.conversation.helpers import FakeBrain, FakeCasework, FakeChannel, RealClock
from tests.store.conftest import ready_url, store  # noqa: F401 - fixtures

QUICK = Patience(
    slow_after=0.3, give_up_after=60, attempts=3, first_retry=0.05, unreached_retry=0.05, longest_retry=0.05
)


@pytest.fixture
def casework(store: Store) -> FakeCasework:  # noqa: F811
    return FakeCasework(store)


@pytest.fixture
def brain(casework: FakeCasework) -> FakeBrain:
    return FakeBrain(casework)


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def run() -> Iterator[Callable[[Worker], Worker]]:
    """Start a worker; stopped after the test."""
    started: list[Worker] = []

    def start(worker: Worker) -> Worker:
        worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture
def turn_worker(store: Store, brain: FakeBrain, casework: FakeCasework) -> TurnWorker:  # noqa: F811
    return TurnWorker(store, RealClock(), brain, casework, patience=QUICK, lease_seconds=2, poll=0.05)


@pytest.fixture
def outbox(store: Store, channel: FakeChannel) -> OutboxWorker:  # noqa: F811
    return OutboxWorker(
        store,
        RealClock(),
        {"fake": channel},
        limits={"fake": Limit(0.0, 10_000)},
        poll=0.05,
        first_retry=0.02,
        stuck_seconds=0.3,
    )
