from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.care.messages import OutgoingMessage
from bot.conversation.inbox import receive
from bot.conversation.outbox import Limit, OutboxWorker
from bot.errors import ChannelRefused, ChannelRetry, SendUnknown
from bot.store.clock import real_now
from bot.store.conversations import transcript
from bot.store.engine import Store
from bot.store.outbox import claim_next, enqueue
from tests.conversation.helpers import (
    FakeChannel,
    RealClock,
    eventually,
    give_to_human,
    message,
    rows,
    the_conversation,
)

CLOCK = RealClock()
Run = Callable[[OutboxWorker], OutboxWorker]


def conversation(store: Store, chat: str = "7", channel: str = "fake") -> str:
    return receive(store, CLOCK, message("halo", chat=chat, channel=channel), 3600).conversation_id


def put(store: Store, conversation_id: str, *texts: str, **row: Any) -> None:
    for text in texts:
        values = {"key": f"{conversation_id}:{text}", "text": text, "now": real_now(), **row}
        store.run(lambda s, v=values: enqueue(s, conversation_id=conversation_id, **v))  # type: ignore[misc]


def closed(store: Store) -> bool:
    return all(row.status not in ("pending", "sending") for row in rows(store))


def once(error: Exception, text: str) -> Callable[[OutgoingMessage], None]:
    left = [error]

    def fail(message: OutgoingMessage) -> None:
        if message.text == text and left:
            raise left.pop()

    return fail


def test_a_repeated_key_returns_the_first_row(store: Store) -> None:
    chat = conversation(store)
    put(store, chat, "a")
    put(store, chat, "b", key=f"{chat}:a")
    assert [(row.text, row.position) for row in rows(store)] == [("a", 1)]


def test_messages_arrive_in_order_and_get_their_place_when_sent(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    chat = conversation(store)
    put(store, chat, "1", "2", "3")
    run(outbox)
    eventually(lambda: closed(store))
    assert channel.texts() == ["1", "2", "3"]
    with store.reading() as session:
        assert [(m["seq"], m["text"]) for m in transcript(session, chat)] == [
            (1, "halo"),
            (2, "1"),
            (3, "2"),
            (4, "3"),
        ]


def test_the_web_needs_no_platform(store: Store, outbox: OutboxWorker, run: Run) -> None:
    chat = conversation(store, channel="web")
    run(outbox)
    put(store, chat, "a", "b")
    eventually(lambda: closed(store))
    assert [(row.status, row.seq) for row in rows(store)] == [("sent", 2), ("sent", 3)]


@pytest.mark.parametrize("error", [ChannelRetry("busy"), ChannelRetry("busy", retry_after=0.1)])
def test_a_failure_holds_up_what_follows_in_its_chat_alone(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run, error: Exception
) -> None:
    channel.before = once(error, "1")
    put(store, conversation(store, "A"), "1", "2")
    put(store, conversation(store, "B"), "x")
    run(outbox)
    eventually(lambda: closed(store))
    assert channel.texts("A") == ["1", "2"]
    assert channel.texts("B") == ["x"]
    assert not any(row.repeated for row in rows(store))


def test_never_is_final_and_closes_the_chat_until_the_customer_writes(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    channel.before = once(ChannelRefused("bot was blocked"), "1")
    chat = conversation(store)
    put(store, chat, "1", "2")
    run(outbox)
    eventually(lambda: closed(store))
    assert [(row.status, row.error) for row in rows(store)] == [("parked", "bot was blocked")] * 2
    receive(store, CLOCK, message("aku balik"), 3600)
    put(store, chat, "3")
    eventually(lambda: closed(store))
    assert channel.texts() == ["3"]


def test_one_bad_message_does_not_close_the_chat(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    channel.before = once(ChannelRefused("file is gone", unreachable=False), "1")
    put(store, conversation(store), "1", "2")
    run(outbox)
    eventually(lambda: closed(store))
    assert channel.texts() == ["2"]
    assert the_conversation(store).unreachable is None


def test_an_unknown_outcome_is_sent_once_more_and_marked(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    channel.after = once(SendUnknown("cut"), "1")
    chat = conversation(store)
    put(store, chat, "1", "2")
    run(outbox)
    eventually(lambda: closed(store))
    assert channel.texts() == ["1", "1", "2"]
    assert [row.repeated for row in rows(store)] == [True, False]
    with store.reading() as session:
        assert [m.get("repeated", False) for m in transcript(session, chat)] == [False, True, False]


def test_the_platforms_evidence_spares_the_repeat(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    keys = {m.key: "p" for m in channel.arrived}
    channel.after = once(SendUnknown("cut"), "1")
    channel.was_sent = lambda m: "p1" if m.key in {a.key for a in channel.arrived} else None  # type: ignore[attr-defined]
    put(store, conversation(store), "1", "2")
    run(outbox)
    eventually(lambda: closed(store))
    assert channel.texts() == ["1", "2"]
    assert not any(row.repeated for row in rows(store))
    assert keys == {}


def test_a_fault_in_a_channel_counts_as_unknown(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    channel.before = once(KeyError("bug"), "1")
    put(store, conversation(store), "1")
    run(outbox)
    eventually(lambda: closed(store))
    assert rows(store)[0].repeated


def test_a_killed_senders_row_is_resolved(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    chat = conversation(store)
    put(store, chat, "1", "2")
    now = real_now()
    assert store.run(lambda s: claim_next(s, chat, now=now, stuck_before=now, product_now=now)) is not None
    run(outbox)
    eventually(lambda: closed(store))
    assert channel.texts() == ["1", "2"]
    assert [row.repeated for row in rows(store)] == [True, False]


def test_the_bot_never_speaks_over_a_human(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    chat = conversation(store)
    put(store, chat, "old")
    put(store, chat, "remedy", binding=True)
    give_to_human(store, chat)
    put(store, chat, "bot while human holds")
    put(store, chat, "agent", author="agent", author_name="Rina")
    put(store, chat, "system", author="system")
    run(outbox)
    eventually(lambda: closed(store))
    assert channel.texts() == ["remedy", "agent", "system"]
    give_to_human(store, chat, owner="bot")
    put(store, chat, "back")
    eventually(lambda: closed(store))
    assert channel.texts()[-1] == "back"


def test_limits_hold_per_chat_and_in_all(store: Store, channel: FakeChannel, run: Run) -> None:
    run(OutboxWorker(store, CLOCK, {"fake": channel}, limits={"fake": Limit(0.3, 100.0)}, poll=0.02))
    arrived: list[tuple[str, float]] = []
    channel.before = lambda m: arrived.append((m.chat_id, time.monotonic()))
    for chat in ("A", "B"):
        put(store, conversation(store, chat), "1", "2", "3")
    eventually(lambda: closed(store))
    for chat in ("A", "B"):
        times = [at for name, at in arrived if name == chat]
        assert all(later - earlier >= 0.29 for earlier, later in itertools.pairwise(times))
    assert max(at for _, at in arrived) - min(at for _, at in arrived) < 1.5


def test_parts_are_not_repeated_when_a_later_one_fails(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    from dataclasses import replace

    channel.split = lambda m: [replace(m, text=word) for word in m.text.split()]  # type: ignore[attr-defined]
    channel.before = once(ChannelRetry("busy"), "two")
    put(store, conversation(store), "one two three")
    run(outbox)
    eventually(lambda: closed(store))
    assert channel.texts() == ["one", "two", "three"]


def test_a_message_may_be_due_later(
    store: Store, channel: FakeChannel, outbox: OutboxWorker, run: Run
) -> None:
    run(outbox)
    put(store, conversation(store), "later", due_at=real_now() + timedelta(seconds=0.4))
    time.sleep(0.2)
    assert channel.texts() == []
    eventually(lambda: closed(store))


def test_senders_racing_send_once_and_in_order(store: Store, channel: FakeChannel, run: Run) -> None:
    for _ in range(3):
        run(OutboxWorker(store, CLOCK, {"fake": channel}, limits={}, poll=0.02))
    chats = {chat: conversation(store, chat) for chat in "ABC"}
    for n in range(10):
        for chat in chats.values():
            put(store, chat, str(n))
    eventually(lambda: closed(store), 20)
    for chat in chats:
        assert channel.texts(chat) == [str(n) for n in range(10)]
