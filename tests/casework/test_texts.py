"""Every text of domain.yml, with the values that its callers give, and every way out on real bookings."""

from __future__ import annotations

import re
import sqlite3
import string
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.care.diagnosis import CAUSES, diagnose
from bot.care.facts import Booking
from bot.care.remedies import REMEDIES
from bot.care.sop import decide
from bot.casework.intake import works_on
from bot.casework.lookup import complete
from bot.voice import Tone, Voice, read_responses
from tests.casework.conftest import ROOT, Demo
from tests.casework.world import Chat, World

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
RESPONSES = read_responses(ROOT / "domain.yml")

_KIND = {"kursi": "kursi", "Kursi": "Kursi", "tiket": "tiket", "Tiket": "Tiket"}
_BOOKING = {"code": "KLN643", "journey": "Bandung–Surabaya, 24 November", **_KIND}
_PAID = {"due": 646305, "paid": 643305, "paid_at": NOW, "paid_method": "atm", "paid_bank": " BCA"}
_REFUND = {
    **_BOOKING,
    "refund": 500000,
    "requested_at": NOW,
    "promised_by": LATER,
    "destination": "gopay ****4471",
}
_OFFER = {**_BOOKING, "amount": 3000, "price": 700000, "until": LATER.isoformat(), "to": "BCA ****4471"}
_ISSUED = {"ticket": "9901234567", "ticket_url": "http://127.0.0.1/t/1", "to": "bima@contoh.id"}
_TOLD = {
    **_OFFER,
    **_ISSUED,
    "refund_to": "BCA",
    "promised_by": LATER.isoformat(),
    "pay_url": "http://127.0.0.1",
}
_UNTIL = {"until": LATER}

# What the callers of a response give it; by name, or by the start of a name.
VALUES: dict[str, dict[str, Any]] = {
    "utter_hear_": {"matter": "bagasi"},
    "utter_feel_": {"matter": "bagasi"},
    "utter_also_noted": {"matters": "bagasi dan sikap petugas"},
    "utter_second_fact_wrong": {"code": "XX"},
    "utter_code_not_found": {"code": "XX"},
    "utter_locked": _UNTIL,
    "utter_booking_button": _BOOKING,
    "utter_cause_billed_above_shown": {
        **_BOOKING, **_PAID, "difference": 3000, "shown": 643305, "shown_where": "website",
        "billed": 646305, "billed_where": "mail",
    },
    "utter_cause_underpaid": {**_BOOKING, **_PAID, "difference": 3000},
    "utter_cause_expired_underpaid": {**_BOOKING, **_PAID, "difference": 3000},
    "utter_cause_overpaid": {**_BOOKING, **_PAID, "excess": 3000},
    "utter_cause_payment_pending": {**_BOOKING, **_PAID, "pending": 643305, "pending_at": NOW},
    "utter_cause_issued": {**_BOOKING, "ticket": "990", "issued_at": NOW, "sent_to": "bima@contoh.id"},
    "utter_cause_issued_unsent": {**_BOOKING, "ticket": "990", "issued_at": NOW},
    "utter_cause_expired_": {**_BOOKING, **_PAID, "hold_until": LATER},
    "utter_cause_paid_after_expiry": {**_BOOKING, **_PAID, "hold_until": LATER},
    "utter_cause_charged_twice": {
        **_BOOKING, "excess": 860000, "second_paid_at": NOW, "second_method": "debit_card",
    },
    "utter_cause_refund_overdue": {**_REFUND, "days_late": 3},
    "utter_cause_refund_paid": {**_REFUND, "refund_paid_at": NOW},
    "utter_cause_refund_refused": {**_REFUND, "reason": "tarif tidak dapat dikembalikan"},
    "utter_cause_refund_not_found": _BOOKING,
    "utter_cause_refund_": _REFUND,
    "utter_cause_": {**_BOOKING, **_PAID},
    "utter_sorry_unanswered": {"contacts": 2},
    "utter_offers": {"list": "1. ini\n2. itu", "matter": "bagasi"},
    "utter_one_offer": {"list": "ini"},
    "utter_which_option": {"list": "1. ini\n2. itu", "matter": "bagasi"},
    "utter_back_to_choice": {"list": "1. ini\n2. itu", "matter": "bagasi"},
    "utter_next_matter": {"list": "1. ini\n2. itu", "matter": "bagasi"},
    "utter_offer_ask_person": {"reason": "petugas bisa mencarikan jadwal lain", **_BOOKING},
    "utter_offer_by_supervisor": {"label": "Selisih dihapuskan"},
    "utter_offer_": _OFFER,
    "utter_button_": _OFFER,
    "utter_confirm_": {**_OFFER, "label": "Selisih dihapuskan"},
    "utter_done_": _TOLD,
    "utter_handover": _UNTIL,
    "utter_handover_": _UNTIL,
    "utter_taken_to_person": {"matter": "bagasi", **_UNTIL},
    "utter_person_joined": {"agent": "Sari"},
    "utter_person_left": {"agent": "Sari", "agreed": "Disepakati refund."},
    "utter_ask_supervisor": {"label": "Selisih dihapuskan", **_UNTIL},
    "utter_proposal_taken": {"proposal": "{kak} boleh besok? %s", **_UNTIL},
    "utter_why": {"reason": "Kelebihan bayar adalah uang pelanggan."},
    "utter_wait_until": _UNTIL,
    "utter_pay_here": _TOLD,
    "utter_event_payment_received": {"amount": 3000, "paid_at": NOW, "code": "KLN643"},
    "utter_event_ticket_issued": {**_KIND, **_ISSUED, "code": "KLN643"},
    "utter_event_refund_paid": {"amount": 3000, "code": "KLN643", "destination": "rekening asal"},
    "utter_event_refund_failed": {"amount": 3000, "code": "KLN643"},
    "utter_event_schedule_changed": {"code": "KLN643", "note": "Maju dua jam"},
    "utter_payment_deadline_near": _TOLD,
    "utter_payment_lapsed": {"code": "KLN643"},
    "utter_hold_over": {**_BOOKING, **_UNTIL},
    "utter_refund_still_open": {**_BOOKING, **_UNTIL, "amount": 3000},
    "utter_follow_up_done": {"matter": "bagasi", "code": "KLN643"},
}  # fmt: skip
_ALWAYS = {"kak", "kakak", "sapa", "brand", "bot"}
_UNRENDERED = re.compile(r"[{}]|\bNone\b|  |\bke \.| ,|\.\.")


def given(name: str) -> dict[str, Any]:
    """The longest entry that fits."""
    fitting = [k for k in VALUES if name == k or (k.endswith("_") and name.startswith(k))]
    return VALUES[max(fitting, key=len)] if fitting else {}


@pytest.mark.parametrize("name", sorted(RESPONSES))
@pytest.mark.parametrize("register", ["casual", "formal"])
def test_every_wording_is_rendered_from_what_its_callers_give(voice: Voice, name: str, register: str) -> None:
    values = given(name)
    for variation in RESPONSES[name]:
        fields = {f for _, f, _, _ in string.Formatter().parse(variation.text) if f}
        assert fields <= values.keys() | _ALWAYS
    missing: list[str | None] = [None, *(v.without for v in RESPONSES[name] if v.without)]
    for gone in missing:
        used: list[int] = []
        for _ in RESPONSES[name]:
            tone = Tone(register, "Bapak" if register == "formal" else None, "Bima Prasetyo", NOW)
            known = {k: v for k, v in values.items() if k != gone}
            text = voice.render(name, known, tone, used)
            used.append(text.wording)
            assert name == "utter_proposal_taken" or not _UNRENDERED.search(text.text)
            if register == "formal":
                assert not re.search(r"\bKak(ak)?\b", text.text)


def test_that_what_is_said_often_is_said_in_several_ways() -> None:
    once = re.compile("utter_(button_|offer_|booking_button|person_joined)")
    failed = []
    for name, variations in RESPONSES.items():
        for register in ("casual", "formal"):
            fitting = [v for v in variations if v.register in (None, register) and v.without is None]
            failed += [f"{name} ({register})"] if len(fitting) < 2 and not once.match(name) else []
    assert failed == []


def test_every_cause_and_remedy_has_its_texts() -> None:
    wanted = {f"utter_cause_{c}" for c in CAUSES if c != "needs_person"}
    wanted |= {f"utter_{part}_{r}" for r in REMEDIES for part in ("offer", "button")}
    wanted |= {f"utter_done_{r}" for r in REMEDIES if r != "ask_person"}
    wanted |= {f"utter_confirm_{name}" for name, r in REMEDIES.items() if r.final}
    assert wanted <= RESPONSES.keys()


# -- every way out, on the bookings of the demo company


def bookings(world: World, demo: Demo) -> Iterator[Booking]:
    with closing(sqlite3.connect(demo.live)) as database:
        for (code,) in database.execute("select code from bookings order by code").fetchall():
            yield world.deps.backend.booking(code)


def ways_out(world: World, demo: Demo) -> dict[tuple[str, str, str], tuple[str, str]]:
    """(cause, remedy, kind) -> (matter, booking code), one each."""
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for booking in bookings(world, demo):
        quotes = complete(world.deps, booking).quotes
        for matter in ("complain_payment_unconfirmed", "complain_double_charge", "complain_refund_delay"):
            diagnosis = diagnose(matter, booking, quotes, world.clock.now())
            for alternative in decide(world.deps.files.sop, diagnosis, 0).alternatives:
                key = (diagnosis.cause, alternative.remedy, booking.kind.value)
                found.setdefault(key, (matter, booking.code))
    return found


def complain(world: World, code: str, matter: str) -> Chat:
    chat = world.chat(world.deps.backend.booking(code).customer.phone)
    chat.says("take_up", f"tolong cek {code}", matter, entities=[("booking_code", code, code)])
    return chat


@pytest.mark.slow
def test_every_way_out_of_every_cause_is_told_and_carried_out(world: World, demo: Demo) -> None:
    assert works_on("complain_refund_delay")
    ways = ways_out(world, demo)
    assert {kind for _, _, kind in ways} == {"flight", "train", "hotel"}
    for (cause, remedy, kind), (matter, code) in sorted(ways.items()):
        demo.restore()
        world.control.load_named("first-story")
        chat = complain(world, code, matter)
        where = f"{cause} {remedy} {kind} {code}"
        assert chat.case().cause == cause, where
        offers = [o for o in chat.offers("open") if o.remedy == remedy]
        if not offers:
            continue  # too near the departure
        chat.says("choose", "", "choose_option", option=f"offer:{offers[0].id}", kind="option")
        if chat.conversation().awaiting.get("kind") == "confirmation":
            chat.tap("ya, lanjutkan")
        for row in chat.outgoing():
            assert not _UNRENDERED.search(row.text), f"{where}: {row.text}"
            assert kind != "hotel" or not re.search(r"\b(tiket|kursi)", row.text, re.IGNORECASE), row.text
        expected = "open" if offers[0].authority == "supervisor" and remedy != "ask_person" else "done"
        status = next(o.status for o in chat.offers() if o.id == offers[0].id)
        assert status == expected, f"{where}: {[(r.step, r.status, r.result) for r in chat.remedies()]}"
