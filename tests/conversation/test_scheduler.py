from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from bot.conversation.scheduler import JobWorker
from bot.store.clock import ProductClock, real_now
from bot.store.engine import Store
from bot.store.tables import BackendEvent, Job
from bot.store.work import keep_event, lead, schedule, step_down
from tests.conversation.helpers import FakeCasework, RealClock, eventually

Run = Callable[[JobWorker], JobWorker]


def job(store: Store) -> Job:
    with store.reading() as session:
        return session.scalars(select(Job)).one()


def put(store: Store, key: str = "k", due: timedelta = timedelta(0)) -> str:
    return store.run(lambda s: schedule(s, key=key, kind="follow_up", due_at=real_now() + due))


def test_a_job_runs_once(store: Store, casework: FakeCasework, run: Run) -> None:
    first = put(store)
    assert put(store) == first
    for _ in range(2):
        run(JobWorker(store, RealClock(), casework, poll=0.02))
    eventually(lambda: job(store).status == "done")
    assert casework.jobs == [first]


def test_a_job_obeys_the_products_clock(store: Store, casework: FakeCasework, run: Run) -> None:
    clock = ProductClock(store)
    put(store, due=timedelta(days=2))
    run(JobWorker(store, clock, casework, poll=0.02))
    clock.advance(timedelta(days=1))
    assert casework.jobs == []
    clock.advance(timedelta(days=1, minutes=1))
    eventually(lambda: job(store).status == "done")


def test_a_failing_job_is_tried_again(store: Store, casework: FakeCasework, run: Run) -> None:
    failures = [ValueError("no"), ValueError("no")]

    def fail() -> None:
        if failures:
            raise failures.pop()

    casework.fail = fail
    put(store)
    run(JobWorker(store, RealClock(), casework, poll=0.02, first_retry=0.05))
    eventually(lambda: job(store).status == "done")
    assert len(casework.jobs) == 3
    assert job(store).error is None


def test_a_job_may_set_itself_another_time(store: Store, casework: FakeCasework, run: Run) -> None:
    def later() -> None:
        with store.transaction() as session:
            session.scalars(select(Job)).one().due_at = real_now() + timedelta(days=1)

    casework.fail = later
    put(store)
    run(JobWorker(store, RealClock(), casework, poll=0.02))
    eventually(lambda: casework.jobs and job(store).lease_until is None)
    assert job(store).status == "waiting"


def test_an_event_is_kept_and_handled_once(store: Store, casework: FakeCasework, run: Run) -> None:
    now = real_now()

    def keep() -> bool:
        return store.run(
            lambda s: keep_event(s, event_id="e", type="t", booking_code=None, at=now, data={}, now=now)
        )

    assert keep()
    assert not keep()
    run(JobWorker(store, RealClock(), casework, poll=0.02))

    def handled() -> bool:
        with store.reading() as session:
            return session.scalars(select(BackendEvent)).one().handled_at is not None

    eventually(handled)
    assert casework.events == ["e"]


def test_one_leads_until_it_steps_down_or_is_gone(store: Store) -> None:
    now, lease = real_now(), timedelta(seconds=10)

    def ask(token: str, after: float = 0) -> bool:
        return store.run(lambda s: lead(s, "x", token, now=now + timedelta(seconds=after), lease=lease))

    assert ask("a")
    assert not ask("b")
    assert ask("a", 5)
    assert not ask("b", 14)
    assert ask("b", 16)
    store.run(lambda s: step_down(s, "x", "b"))
    assert ask("a", 17)
