"""Whatever a customer writes, in whatever order: nothing twice, nothing unasked, never silence, never a parrot."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.errors import BackendUnavailable
from bot.store.tables import Offer
from tests.casework.conftest import ROOT, Demo
from tests.casework.world import Chat, World

# The first story, overpaid, expired after payment, paid twice, refund overdue.
PEOPLE = [f"+6281200000{number}" for number in (101, 103, 108, 110, 111)]
HOSTILE = "{kak} {0.__class__} '; DROP TABLE cases;-- <b>\u202e" + "9" * 9000

# text, intent, further, entities
SAYINGS: list[tuple[str, str, list[str], list[tuple[str, str, Any]]]] = [
    ("kok tagihannya beda", "complain_payment_mismatch", ["complain_no_response"], []),
    ("tiket saya mana", "complain_ticket_not_issued", [], []),
    ("kepotong dua kali", "complain_double_charge", [], []),
    ("refund saya mana", "complain_refund_delay", [], []),
    ("mau refund aja", "request_refund", [], []),
    ("koper saya hilang", "complain_baggage", [], []),
    ("KLN643", "inform", [], [("booking_code", "KLN643", "KLN643")]),
    ("XXX999", "inform", [], [("booking_code", "XXX999", "XXX999")]),
    ("643305", "inform", [], [("amount", "643305", 643305)]),
    ("Rp" + "9" * 30, "inform", [], [("amount", "9" * 30, int("9" * 30))]),
    ("2", "choose_option", [], [("option_ref", "2", 2)]),
    ("99", "choose_option", [], [("option_ref", "99", 99)]),
    ("iya", "affirm", [], []),
    ("enggak", "deny", [], []),
    ("ga ada yang cocok", "reject_options", [], []),
    ("gimana kalau besok aja", "propose_alternative", [], []),
    ("gak jadi", "stop_flow", [], []),
    ("mau ngomong sama orang", "request_human", [], []),
    ("makasih ya", "thank", [], []),
    ("kenapa sih", "ask_why", [], []),
    ("berapa lama", "ask_wait_time", [], []),
    ("bayarnya gimana", "ask_how_to_pay", [], []),
    ("bukan itu maksudnya", "correct_bot", [], []),
    ("saya viralin", "threaten_escalation", [], []),
    ("😡😡😡", "express_anger", [], []),
    ("halo", "greet", [], []),
    (HOSTILE, "nlu_fallback", [], []),
    ("", "nlu_fallback", [], []),
]
MOVES = st.one_of(
    st.tuples(st.just("say"), st.integers(0, len(SAYINGS) - 1)),
    st.tuples(st.just("say"), st.integers(0, len(SAYINGS) - 1)),
    st.tuples(st.just("tap"), st.integers(0, 30)),
    st.tuples(st.just("tap"), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.sampled_from([5, 130, 2000])),
    st.tuples(st.just("down"), st.booleans()),
)


def rules() -> dict[tuple[str | None, str], str]:
    """(awaiting or None, intent) -> action, as Rasa's rules have it."""
    found = {}
    for name in ("always", "awaited"):
        for rule in YAML(typ="safe").load(ROOT / "data" / "rules" / f"{name}.yml")["rules"]:
            waits = [s["awaiting"] for c in rule.get("condition", []) for s in c["slot_was_set"]]
            steps = {k: v for step in rule["steps"] for k, v in step.items()}
            found[waits[0] if waits else None, steps["intent"]] = steps["action"].removeprefix("action_")
    return found


RULES = rules()


def make(world: World, chat: Chat, move: tuple[str, Any]) -> None:
    """One move; a turn must be answered."""
    kind, what = move
    if kind == "wait":
        world.advance(timedelta(minutes=what))
        with suppress(BackendUnavailable):  # the worker puts such a job off
            world.run_due_jobs()
        return
    if kind == "down":
        world.control.clear_faults()
        if what:
            world.control.add_fault("down")
        return
    awaiting = chat.conversation().awaiting.get("kind", "nothing")
    if kind == "tap":
        options = [o["value"] for row in reversed(chat.outgoing()) for o in row.options]
        if options:
            action = RULES.get((awaiting, "choose_option"), RULES[None, "choose_option"])
            option = options[what % len(options)]
            assert chat.says(action, "", "choose_option", option=option, kind="option"), option
        return
    text, intent, further, entities = SAYINGS[what]
    action = RULES.get((awaiting, intent), RULES[None, intent])
    assert chat.says(action, text, intent, further=further, entities=entities), (awaiting, intent)


def check(world: World, chat: Chat, refunds_before: int) -> None:
    texts = [row.text for row in chat.outgoing()]
    assert all(one != other for one, other in pairwise(texts)), texts[-2:]
    assert not any("None" in t or "0.__class__}" in t.replace(HOSTILE[:40], "") for t in texts)
    keys = Counter((r.offer_id, r.step, str(r.arguments)) for r in chat.remedies())
    assert not keys or max(keys.values()) == 1
    ids = {r.id for r in world.deps.files.sop.rules}
    for remedy in chat.remedies():
        if remedy.offer_id is not None:
            (offer,) = world.rows(Offer, id=remedy.offer_id)
            assert offer.status in ("chosen", "done", "failed")
            assert (offer.authority, offer.rule in ids) == ("bot", True)
    done = [r for r in chat.remedies() if r.status == "done"]
    for code in {c.booking_code for c in chat.cases() if c.booking_code}:
        booking = world.deps.backend.booking(code)
        mine = [r for r in done if r.offer_id and world.rows(Offer, id=r.offer_id)[0].terms["code"] == code]
        assert booking.waived == sum(r.arguments["amount"] for r in mine if r.step == "waive")
        back = sum(r.amount for r in booking.refunds)
        assert back - refunds_before == sum(r.arguments["amount"] for r in mine if r.step == "refund")
        assert back <= sum(p.amount for p in booking.payments) or not mine


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(phone=st.sampled_from(PEOPLE), moves=st.lists(MOVES, min_size=4, max_size=14))
def test_any_sequence_of_turns(world: World, demo: Demo, phone: str, moves: list[tuple[str, Any]]) -> None:
    demo.restore()
    world.advance(timedelta())
    for name in ("first-story", "overpaid", "expired-after-payment", "double-charge", "refund-overdue"):
        world.control.load_named(name)
    chat = world.chat(phone)
    bookings = world.deps.backend.bookings(phone=phone)
    before = sum(r.amount for r in bookings[0].refunds)
    make(world, chat, ("say", 0 if phone != "+6281200000111" else 3))
    for move in moves:
        make(world, chat, move)
    world.control.clear_faults()
    make(world, chat, ("wait", 60))
    if {c.booking_code for c in chat.cases() if c.booking_code} <= {bookings[0].code}:
        check(world, chat, before)
