from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.care.messages import IncomingMessage
from bot.conversation.inbox import receive
from bot.conversation.turns import TurnWorker, no_command
from bot.errors import BrainUnavailable
from bot.store.clock import real_now
from bot.store.conversations import lock_conversation
from bot.store.engine import Store
from bot.store.tables import Turn
from bot.store.turns import claim_due, release, renew, take_turn
from tests.conversation.helpers import (
    FakeBrain,
    FakeCasework,
    RealClock,
    eventually,
    give_to_human,
    message,
    rows,
    the_conversation,
    turns,
    unanswered_count,
)

CLOCK = RealClock()
Run = Callable[[TurnWorker], TurnWorker]
LEASE = timedelta(seconds=5)


def settled(store: Store) -> bool:
    return unanswered_count(store) == 0 and all(t.committed_at for t in turns(store))


def test_bubbles_become_one_turn(store: Store, brain: FakeBrain, turn_worker: TurnWorker, run: Run) -> None:
    for text in ("min", "tiket saya", "mana"):
        receive(store, CLOCK, message(text), 0.2)
    run(turn_worker)
    eventually(lambda: settled(store))
    assert [text for text, _ in brain.asked] == ["min\ntiket saya\nmana"]
    eventually(lambda: the_conversation(store).due_at is None)
    assert the_conversation(store).lease_token is None


def test_the_quiet_period_is_waited_for(
    store: Store, brain: FakeBrain, turn_worker: TurnWorker, run: Run
) -> None:
    run(turn_worker)
    receive(store, CLOCK, message("a"), 0.4)
    time.sleep(0.2)
    receive(store, CLOCK, message("b"), 0.4)
    time.sleep(0.2)
    assert brain.asked == []
    eventually(lambda: settled(store))
    assert [text for text, _ in brain.asked] == ["a\nb"]


def test_an_option_is_a_turn_of_its_own(
    store: Store, brain: FakeBrain, casework: FakeCasework, turn_worker: TurnWorker, run: Run
) -> None:
    casework.binding = True
    receive(store, CLOCK, message("a"), 0)
    receive(store, CLOCK, message("Ya", kind="option", value="offer:1"), 0)
    receive(store, CLOCK, message("makasih"), 0)
    run(turn_worker)
    eventually(lambda: settled(store))
    assert [text for text, _ in brain.asked] == ["a", "/choose_option", "makasih"]
    assert brain.asked[1][1]["option"] == "offer:1"


def test_a_bubble_before_the_reply_has_left_takes_it_back(
    store: Store, brain: FakeBrain, turn_worker: TurnWorker, run: Run
) -> None:
    run(turn_worker)
    receive(store, CLOCK, message("tiket saya"), 0)
    eventually(lambda: settled(store))
    receive(store, CLOCK, message("mana"), 0)
    eventually(lambda: len(turns(store)) == 2 and settled(store))
    first, second = turns(store)
    assert brain.asked[-1][0] == "tiket saya\nmana"
    assert first.withdrawn_at is not None
    assert second.awaiting_before == {}
    assert [row.status for row in rows(store)] == ["withdrawn", "pending"]


@pytest.mark.parametrize("what", ["binding", "sent"])
def test_a_reply_that_must_or_did_leave_stays(
    store: Store, brain: FakeBrain, casework: FakeCasework, turn_worker: TurnWorker, run: Run, what: str
) -> None:
    casework.binding = what == "binding"
    run(turn_worker)
    receive(store, CLOCK, message("a"), 0)
    eventually(lambda: settled(store))
    if what == "sent":
        with store.transaction() as session:
            session.get_one(type(rows(store)[0]), rows(store)[0].id).status = "sending"
    receive(store, CLOCK, message("b"), 0)
    eventually(lambda: len(turns(store)) == 2 and settled(store))
    assert [text for text, _ in brain.asked] == ["a", "b"]
    assert turns(store)[0].withdrawn_at is None


def test_while_a_human_holds_it_the_bot_only_listens(
    store: Store, brain: FakeBrain, casework: FakeCasework, turn_worker: TurnWorker, run: Run
) -> None:
    conversation = receive(store, CLOCK, message("halo"), 60).conversation_id
    give_to_human(store, conversation)
    receive(store, CLOCK, message("mbak?"), 0)
    run(turn_worker)
    eventually(lambda: settled(store))
    assert brain.asked == []
    assert [p["intent"]["name"] for p in casework.parses.values()] == ["greet"]
    assert rows(store) == []


def test_a_human_sees_what_the_brain_could_not_parse(
    store: Store, brain: FakeBrain, casework: FakeCasework, turn_worker: TurnWorker, run: Run
) -> None:
    brain.misbehave = lambda: True
    give_to_human(store, receive(store, CLOCK, message("halo"), 0).conversation_id)
    run(turn_worker)
    eventually(lambda: settled(store))
    assert list(casework.parses.values()) == [None]


def test_a_silent_brain_is_told_of_once_and_the_turn_goes_on(
    store: Store, brain: FakeBrain, turn_worker: TurnWorker, run: Run
) -> None:
    answers = iter([True, True, False])
    brain.misbehave = lambda: next(answers)
    receive(store, CLOCK, message("halo"), 0)
    run(turn_worker)
    eventually(lambda: settled(store))
    assert [row.text for row in rows(store)] == ["utter_brain_slow", "re: halo"]
    assert len({metadata["turn"] for _, metadata in brain.asked}) == 1


def test_one_quick_failure_is_not_worth_a_word(
    store: Store, brain: FakeBrain, turn_worker: TurnWorker, run: Run
) -> None:
    answers = iter([True, False])
    brain.misbehave = lambda: next(answers)
    receive(store, CLOCK, message("halo"), 0)
    run(turn_worker)
    eventually(lambda: settled(store))
    assert [row.text for row in rows(store)] == ["re: halo"]


def test_bubbles_wait_behind_a_failing_turn(
    store: Store, brain: FakeBrain, turn_worker: TurnWorker, run: Run
) -> None:
    down = True

    def misbehave() -> bool:
        if down:
            raise BrainUnavailable("restarting", reached=False)
        return False

    brain.misbehave = misbehave
    run(turn_worker)
    receive(store, CLOCK, message("a"), 0)
    eventually(lambda: len(brain.asked) > 3)
    receive(store, CLOCK, message("b"), 0)
    eventually(lambda: len(brain.asked) > 8)
    # Refused connections are no attempts: the brain may take a minute to start.
    assert {text for text, _ in brain.asked} == {"a"}
    down = False
    eventually(lambda: settled(store) and len(turns(store)) == 2)
    assert brain.asked[-1][0] in ("b", "a\nb")
    assert [row.text for row in rows(store)].count("utter_brain_slow") == 1


def test_a_brain_that_stays_silent_ends_with_a_human(
    store: Store, brain: FakeBrain, casework: FakeCasework, turn_worker: TurnWorker, run: Run
) -> None:
    brain.misbehave = lambda: True
    receive(store, CLOCK, message("halo"), 0)
    run(turn_worker)
    eventually(lambda: settled(store), 20)
    assert casework.downs == [turns(store)[0].id]
    assert [row.text for row in rows(store)] == ["utter_brain_slow", "to a human"]


def test_an_action_at_work_is_not_disturbed(
    store: Store, brain: FakeBrain, casework: FakeCasework, turn_worker: TurnWorker, run: Run
) -> None:
    receive(store, CLOCK, message("halo"), 0)
    with store.transaction() as session:
        claim = claim_due(session, now=real_now(), lease=timedelta())
        assert claim is not None
        turn = take_turn(session, claim, product_now=real_now())
        assert turn is not None
        turn.exec_until = real_now() + timedelta(seconds=0.6)
    run(turn_worker)
    time.sleep(0.3)
    assert brain.asked == []
    eventually(lambda: settled(store))
    assert [metadata["turn"] for _, metadata in brain.asked] == [turn.id]


def test_a_killed_workers_turn_is_found_and_resumed(
    store: Store, brain: FakeBrain, turn_worker: TurnWorker, run: Run
) -> None:
    receive(store, CLOCK, message("halo"), 0)
    with store.transaction() as session:
        claim = claim_due(session, now=real_now(), lease=timedelta(seconds=0.5))
        assert claim is not None
        turn = take_turn(session, claim, product_now=real_now())
        assert turn is not None
    receive(store, CLOCK, message("masih di sana?"), 0)
    run(turn_worker)
    eventually(lambda: settled(store))
    assert brain.asked[0][1]["turn"] == turn.id


def test_one_worker_at_a_time_holds_a_conversation(store: Store) -> None:
    receive(store, CLOCK, message("a"), 0)
    now = real_now()
    first = store.run(lambda s: claim_due(s, now=now, lease=LEASE))
    assert first is not None
    assert store.run(lambda s: claim_due(s, now=now, lease=LEASE)) is None
    later = now + timedelta(seconds=6)
    second = store.run(lambda s: claim_due(s, now=later, lease=LEASE))
    assert second is not None
    assert not store.run(lambda s: renew(s, first, later))
    assert store.run(lambda s: take_turn(s, first, product_now=now)) is None
    store.run(lambda s: release(s, first))
    assert the_conversation(store).lease_token == second.token
    assert store.run(lambda s: take_turn(s, second, product_now=now)) is not None


def test_workers_racing_answer_each_message_once(
    store: Store, brain: FakeBrain, casework: FakeCasework, run: Run
) -> None:
    casework.binding = True
    for _ in range(3):
        run(TurnWorker(store, CLOCK, brain, casework, threads=4, poll=0.02))
    for n in range(20):
        receive(store, CLOCK, message(f"m{n}", chat=str(n % 4)), 0)
    eventually(lambda: settled(store))
    answered = "\n".join(row.text.removeprefix("re: ") for row in rows(store)).split("\n")
    assert sorted(answered) == sorted(f"m{n}" for n in range(20))


@pytest.mark.parametrize(
    ("bubbles", "expected", "stand_in"),
    [
        ([message("/restart")], "∕restart", False),
        ([message("  /x{}")], "  ∕x{}", False),
        ([message("a"), message("/b")], "a\n/b", False),
        ([message("/start ABC123", command="start", argument="ABC123")], "halo   ABC123", False),
        ([message("\u200b \u200f")], "…", True),
        ([message("", kind="contact", phone="+62811", own=True)], "ini kontak saya", True),
        ([message("", kind="file", name="a.jpg")], "ini filenya", True),
        ([message("buktinya", kind="file", name="a.jpg")], "buktinya", False),
        ([message("x" * 20_000)], "x" * 12_000, False),
    ],
)
def test_what_the_brain_is_asked(
    store: Store,
    brain: FakeBrain,
    turn_worker: TurnWorker,
    run: Run,
    bubbles: list[IncomingMessage],
    expected: str,
    stand_in: bool,
    request: pytest.FixtureRequest,
) -> None:
    from dataclasses import replace

    for number, bubble in enumerate(bubbles):
        fresh = replace(bubble, platform_id=f"{request.node.name[:60]}{number}")
        receive(store, CLOCK, fresh, 0)
    run(turn_worker)
    eventually(lambda: settled(store))
    text, metadata = brain.asked[-1]
    assert text == expected
    assert metadata.get("stand_in", False) is stand_in


def test_a_command_is_defused_without_moving_anything() -> None:
    for text in ("", "a/b", "/", " \n/x", "//"):
        assert len(no_command(text)) == len(text)
        assert not no_command(text).lstrip().startswith("/")


def test_a_turn_is_taken_with_the_epoch_it_began_under(store: Store) -> None:
    conversation = receive(store, CLOCK, message("a"), 0).conversation_id
    with store.transaction() as session:
        lock_conversation(session, conversation).epoch = 4
    claim = store.run(lambda s: claim_due(s, now=real_now(), lease=LEASE))
    assert claim is not None
    turn = store.run(lambda s: take_turn(s, claim, product_now=real_now()))
    assert isinstance(turn, Turn)
    assert turn.epoch == 4
