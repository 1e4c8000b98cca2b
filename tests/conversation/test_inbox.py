from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from bot.care.messages import Option, option_token
from bot.conversation.inbox import Received, customer_types, receive
from bot.store.clock import ProductClock, real_now
from bot.store.conversations import find_conversation, transcript
from bot.store.engine import Store
from bot.store.outbox import claim_next, enqueue, record_sent
from bot.store.tables import Identity
from tests.conversation.helpers import RealClock, message, the_conversation

CLOCK = RealClock()


def test_a_repeat_is_recognised(store: Store) -> None:
    first = receive(store, CLOCK, message("halo", id="a"), 1)
    assert receive(store, CLOCK, message("halo", id="a"), 1) == Received(first.conversation_id, new=False)
    assert first.new
    with store.reading() as session:
        assert [(m["seq"], m["text"]) for m in transcript(session, first.conversation_id)] == [(1, "halo")]


def test_the_same_id_on_another_channel_is_another_message(store: Store) -> None:
    assert receive(store, CLOCK, message("halo", id="a"), 1).new
    assert receive(store, CLOCK, message("halo", id="a", channel="web"), 1).new


def test_repeats_at_once_are_stored_once(store: Store) -> None:
    results: list[bool] = []
    barrier = threading.Barrier(6)

    def work() -> None:
        barrier.wait()
        results.append(receive(store, CLOCK, message("halo", id="a"), 1).new)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 5 + [True]


def test_messages_at_once_get_places_without_gaps(store: Store) -> None:
    threads = [threading.Thread(target=receive, args=(store, CLOCK, message(str(n)), 1)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        found = find_conversation(session, "fake", "7")
        assert found is not None
        assert [m["seq"] for m in transcript(session, found.id)] == list(range(1, 9))


def test_bubbles_put_the_turn_off_but_not_for_ever(store: Store) -> None:
    receive(store, CLOCK, message("a"), 5)
    first = the_conversation(store)
    assert first.due_at is not None
    assert timedelta(seconds=4) < first.due_at - real_now() <= timedelta(seconds=5)
    for _ in range(3):
        receive(store, CLOCK, message("b"), 3600)
    after = the_conversation(store)
    assert after.due_by == first.due_by == after.due_at


def test_an_option_never_waits(store: Store) -> None:
    receive(store, CLOCK, message("Ya", kind="option", value="yes"), 60)
    due = the_conversation(store).due_at
    assert due is not None
    assert due <= real_now()


def test_typing_prolongs_the_quiet_period_only(store: Store) -> None:
    conversation = receive(store, CLOCK, message("a"), 1).conversation_id
    before = the_conversation(store).due_at
    customer_types(store, conversation, 5)
    after = the_conversation(store)
    assert before is not None
    assert after.due_at is not None
    assert after.due_by is not None
    assert before < after.due_at <= after.due_by
    customer_types(store, "nobody", 5)


def test_unstorable_characters_keep_their_place(store: Store) -> None:
    odd = message("a\0b\ud800c", kind="text", note="x\0")
    conversation = receive(store, CLOCK, odd, 0).conversation_id
    with store.reading() as session:
        assert transcript(session, conversation)[0]["text"] == "a\ufffdb\ufffdc"


@pytest.mark.parametrize("value", ["yes", "a long value " * 10, "~odd"])
def test_an_option_is_found_again_by_its_token(store: Store, value: str) -> None:
    conversation = receive(store, CLOCK, message("halo"), 0).conversation_id
    now = real_now()
    with store.transaction() as session:
        enqueue(
            session,
            key="k",
            conversation_id=conversation,
            text="?",
            now=now,
            options=[Option("Yang ini", value), Option("Bukan", "no")],
        )
    with store.transaction() as session:
        sending = claim_next(session, conversation, now=real_now(), stuck_before=now, product_now=now)
        assert sending is not None
        record_sent(session, sending, "p1", product_now=now)
    receive(store, CLOCK, message("", kind="option", value=option_token(value)), 0)
    with store.reading() as session:
        assert transcript(session, conversation)[-1]["text"] == "Yang ini"


def test_what_a_platform_proves_is_kept_and_never_forgotten(store: Store) -> None:
    from dataclasses import replace

    plain = message("a")
    receive(store, CLOCK, replace(plain, sender=replace(plain.sender, proven_phone="+62811")), 0)
    receive(store, CLOCK, message("b"), 0)
    with store.reading() as session:
        identity = session.get_one(Identity, the_conversation(store).identity_id)
        assert identity.proven_phone == "+62811"


def test_times_are_moved_to_the_products_clock(store: Store) -> None:
    clock = ProductClock(store)
    clock.advance(timedelta(days=3))
    conversation = receive(store, clock, message("a"), 0).conversation_id
    with store.reading() as session:
        at = transcript(session, conversation)[0]["at"]
    assert at > (real_now() + timedelta(days=2)).isoformat()
