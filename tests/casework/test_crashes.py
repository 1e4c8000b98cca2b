"""Killed at every commit and every call of the company's system, then tried again: right, and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.care.messages import Understanding
from bot.casework import followup
from bot.store.tables import BackendEvent, Case, Offer, Turn
from tests.casework.conftest import Demo
from tests.casework.world import Chat, World

BIMA = "+6281200000101"


class Killed(BaseException):
    """Nobody catches it, as nobody catches kill -9."""


@contextmanager
def killed_at(world: World, point: int) -> Iterator[list[int]]:
    """Kill at the point-th crossing: each transaction and each call has one before it and one after it."""
    crossed = [0]

    def cross() -> None:
        crossed[0] += 1
        if crossed[0] == point:
            raise Killed

    def guarded(call: Callable[..., Any]) -> Callable[..., Any]:
        def guard(*args: Any, **named: Any) -> Any:
            cross()
            result = call(*args, **named)
            cross()
            return result

        return guard

    store, backend = world.deps.store, world.deps.backend
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "run", guarded(store.run))
        patch.setattr(backend, "_post", guarded(backend._post))
        patch.setattr(backend, "_get", guarded(backend._get))
        with suppress(Killed):
            yield crossed
    # The lease of a killed action runs out by itself.
    with store.transaction() as session:
        session.execute(update(Turn).values(exec_until=None))


def afresh(world: World, demo: Demo) -> Chat:
    """The first story, up to the offers."""
    demo.restore()
    world.control.load_named("first-story")
    with world.deps.store.transaction() as session:
        session.execute(update(Offer).values(cost=0))  # the limits of a month are another test's
        session.execute(update(Case).values(booking_code=None))  # events are for this chat alone
    chat = world.chat(BIMA)
    chat.says("take_up", "beda tagihan", "complain_payment_mismatch")
    return chat


def attempt(world: World, point: int, work: Callable[[], object]) -> bool:
    """Whether the kill came before the work was over."""
    with killed_at(world, point) as crossed:
        work()
    return crossed[0] >= point


@pytest.mark.slow
@pytest.mark.parametrize("again", ["choose", "take_up"])
def test_a_choice_killed_anywhere_is_carried_out_once(world: World, demo: Demo, again: str) -> None:
    point, killed = 0, True
    while killed:
        point += 1
        chat = afresh(world, demo)
        (offer,) = [o for o in chat.offers("open") if o.remedy == "waive_and_issue"]
        text, option = ("", f"offer:{offer.id}") if again == "choose" else ("hapus aja selisihnya", None)
        turn = chat.write(text or "Hapus selisih", option=option, kind="option" if option else "text")
        intent = "choose_option" if option else "complain_payment_mismatch"
        understanding = Understanding(text, intent, 1.0, option=option)
        before = len(chat.outgoing())
        killed = attempt(world, point, lambda c=chat, t=turn, u=understanding: c.act(again, t, u))
        chat.act(again, turn, understanding)
        world.run_due_jobs()
        told = chat.outgoing()[before:]
        booking = world.deps.backend.booking("KLN643")
        where = f"killed at {point}"
        assert (booking.status.value, booking.waived, len(booking.tickets)) == ("issued", 3000, 1), where
        assert [o.status for o in chat.offers()].count("done") == 1, where
        assert [r.step for r in chat.remedies()] == ["waive", "accept", "issue", "send_ticket"], where
        assert [r.response for r in told] == ["utter_done_waive_and_issue"], where
        assert chat.case().status == "resolved", where
    assert point > 20


@pytest.mark.slow
def test_a_choice_whose_turn_is_never_tried_again_is_ended_by_the_job(world: World, demo: Demo) -> None:
    for point in (8, 12, 16, 20, 24):
        chat = afresh(world, demo)
        (offer,) = [o for o in chat.offers("open") if o.remedy == "waive_and_issue"]
        option = f"offer:{offer.id}"
        turn = chat.write("Hapus selisih", option=option, kind="option")
        understanding = Understanding("", "choose_option", 1.0, option=option)
        assert attempt(world, point, lambda c=chat, t=turn, u=understanding: c.act("choose", t, u))
        begun = [o for o in chat.offers() if o.status == "chosen"]
        world.advance(timedelta(minutes=3))
        world.run_due_jobs()
        booking = world.deps.backend.booking("KLN643")
        assert booking.status.value == ("issued" if begun else "awaiting_payment"), point
        assert len(chat.remedies()) == (4 if begun else 0), point


@pytest.mark.slow
def test_money_that_arrives_is_settled_once_wherever_it_is_killed(world: World, demo: Demo) -> None:
    point, killed = 0, True
    while killed:
        point += 1
        chat = afresh(world, demo)
        chat.tap("bayar")
        world.control.payment_arrives("KLN643", 3000, method="qris")
        event_id = f"evt_{point}"
        with world.deps.store.transaction() as session:
            now = world.clock.now()
            session.add(
                BackendEvent(
                    id=event_id, type="payment.received", booking_code="KLN643", at=now, data={},
                    received_at=now, attempts=0,
                )
            )  # fmt: skip
        before = len(chat.outgoing())
        handle = lambda e=event_id: followup.handle_event(world.deps, e)  # noqa: E731
        killed = attempt(world, point, handle)
        handle()
        where = f"killed at {point}"
        booking = world.deps.backend.booking("KLN643")
        assert (booking.status.value, len(booking.tickets)) == ("issued", 1), where
        assert booking.tickets[0].sent_to, where
        assert [r.step for r in chat.remedies()].count("issue") == 1, where
        assert [r.response for r in chat.outgoing()[before:]] == ["utter_event_payment_received"], where
        assert chat.case().status == "resolved", where
    assert point > 10
