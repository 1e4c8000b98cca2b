from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.errors import StoreError
from bot.store.clock import ProductClock, real_now
from bot.store.engine import Store, derive_key, open_store
from bot.store.signals import announce
from bot.store.tables import Audit, Meta


def test_committed_at_the_end_and_rolled_back_on_an_exception(store: Store) -> None:
    with store.transaction() as session:
        session.add(Meta(key="a", value="1"))

    def fail(session: Session) -> None:
        session.add(Meta(key="b", value="1"))
        session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.run(fail)
    with store.reading() as session:
        assert session.get(Meta, "a") is not None
        assert session.get(Meta, "b") is None


def test_what_is_changed_while_reading_is_thrown_away(store: Store) -> None:
    with store.reading() as session:
        session.add(Meta(key="a", value="1"))
        session.flush()
    with store.reading() as session:
        assert session.get(Meta, "a") is None


def test_transactions_do_not_nest(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="already open"), store.transaction():
        pass
    with store.transaction() as session:
        session.add(Meta(key="after", value="works"))


def test_increments_of_many_threads_all_count(store: Store) -> None:
    def work() -> None:
        for _ in range(10):
            store.run(increment)

    def increment(session: Session) -> None:
        row = session.get(Meta, "n", with_for_update=True)
        assert row is not None
        row.value = str(int(row.value) + 1)

    store.run(lambda s: s.add(Meta(key="n", value="0")))
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        assert session.get_one(Meta, "n").value == "60"


@pytest.mark.postgres
def test_a_deadlock_is_tried_again(postgres_database: object) -> None:
    from bot.store.schema import upgrade

    url = postgres_database()  # type: ignore[operator]
    upgrade(url)
    store = open_store(url, b"secret")
    store.run(lambda s: s.add_all([Meta(key="a", value=""), Meta(key="b", value="")]))
    barrier = threading.Barrier(2)
    first: dict[str, bool] = {}

    def work(one: str, other: str) -> None:
        def touch(session: Session) -> None:
            session.get_one(Meta, one, with_for_update=True).value += one
            session.flush()
            if one not in first:
                first[one] = True
                barrier.wait(10)
            session.get_one(Meta, other, with_for_update=True).value += one

        store.run(touch)

    threads = [threading.Thread(target=work, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with store.reading() as session:
        assert sorted(session.get_one(Meta, "a").value) == ["a", "b"]
        assert sorted(session.get_one(Meta, "b").value) == ["a", "b"]
    store.close()


def test_signals_follow_the_commit_only(store: Store) -> None:
    heard: list[bool] = []
    end = store.signals.subscribe("topic", lambda: heard.append(True))

    def fail(session: Session) -> None:
        announce(session, "topic")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.run(fail)
    assert heard == []
    with store.transaction() as session:
        announce(session, "topic")
        assert heard == []
    assert heard == [True]
    end()
    with store.transaction() as session:
        announce(session, "topic")
    assert heard == [True]


def test_none_in_a_json_column_is_null(store: Store) -> None:
    with store.transaction() as session:
        session.add(Audit(at=real_now(), actor="a", act="b", object="c", detail={}))
    with store.reading() as session:
        assert session.execute(text("SELECT count(*) FROM turns WHERE parse IS NULL")).scalar() == 0


def test_keys_differ_by_purpose_and_secret() -> None:
    keys = {derive_key(s, p) for s in (b"a", b"b") for p in ("x", "y")}
    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)


def test_unsupported_databases_are_named() -> None:
    with pytest.raises(StoreError, match="needs a file"):
        open_store("sqlite://", b"secret")
    with pytest.raises(StoreError, match="mysql"):
        open_store("mysql://localhost/kawan", b"secret")


def test_the_product_clock_is_stored_and_shared(store: Store) -> None:
    clock, other = ProductClock(store), ProductClock(store)
    assert abs(clock.now() - real_now()) < timedelta(seconds=1)
    clock.advance(timedelta(days=2))
    clock.advance(timedelta(hours=1))
    for one in (clock, other, ProductClock(store)):
        assert abs(one.now() - real_now() - timedelta(days=2, hours=1)) < timedelta(seconds=1)


def test_the_starting_time_applies_to_an_empty_database_only(store: Store) -> None:
    moment = datetime(2030, 1, 2, 3, tzinfo=UTC)
    clock = ProductClock(store)
    assert clock.start_at(moment)
    assert abs(clock.now() - moment) < timedelta(seconds=2)
    assert not clock.start_at(datetime(2040, 1, 1, tzinfo=UTC))
    assert clock.now().year == 2030
