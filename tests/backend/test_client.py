"""The client against the real demo company: facts, acts, refusals, and what is not known."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.backend.client import Backend
from bot.backend.control import ControlRefused, DemoControl
from bot.backend.parsing import BadAnswer, parse
from bot.care.facts import Booking, BookingKind, BookingStatus, PaymentStatus, RefundStatus
from bot.errors import (
    BackendMisused,
    BackendRefused,
    BackendUnavailable,
    NotFound,
    OutcomeUnknown,
)

STORY = "KLN643"


def anew(control: DemoControl, name: str) -> str:
    """Set a named situation up anew; gives its booking code."""
    return str(control.load_named(name)["bookings"][0])


def test_first_story_is_understood(backend: Backend, control: DemoControl) -> None:
    anew(control, "first-story")
    booking = backend.booking("kln-643")
    assert (booking.code, booking.kind, booking.status) == (
        STORY,
        BookingKind.FLIGHT,
        BookingStatus.AWAITING_PAYMENT,
    )
    assert (booking.customer.name, booking.customer.phone) == ("Bima Prasetyo", "+6281200000101")
    assert booking.passengers == ("Sri Wahyuni",)
    assert [(p.amount, p.where) for p in booking.prices] == [(643305, "website"), (646305, "mail")]
    assert booking.payments[0].status is PaymentStatus.RECEIVED
    assert booking.payments[0].paid_at.tzinfo is UTC
    assert [c.outcome for c in booking.contacts] == ["unanswered", "unanswered"]
    assert isinstance(booking.starts_at, datetime)


def test_every_seeded_booking_is_understood(backend: Backend, control: DemoControl) -> None:
    lines = control.bookings(limit=1000)["bookings"]
    assert len(lines) >= 300
    for line in lines:
        booking = backend.booking(line["code"])
        assert booking.code == line["code"]
        assert booking.status == line["status"]
        assert booking.starts_at is not None


def test_lookups(backend: Backend) -> None:
    by_phone = backend.bookings(phone="0812-0000-0101")
    assert [b.code for b in by_phone] == [STORY]
    assert backend.bookings(customer_id="bima-prasetyo") == by_phone
    assert backend.customers(email="bima.prasetyo@contoh.id")[0].id == "bima-prasetyo"
    assert backend.customers(channel="telegram", identity="nobody") == ()
    assert [q.available for q in backend.quotes("KLN8EP")] == [3]
    for strange in ("NOPE99", "..", "a/b", "x?y=1#z", "%", "'; drop table bookings", "🙂", " "):
        with pytest.raises(NotFound):
            backend.booking(strange)
    with pytest.raises(BackendMisused):
        backend.bookings()


def test_telegram_identity_is_found(backend: Backend, control: DemoControl) -> None:
    customers = control.customers(limit=1000)
    known = next(c for c in customers if c["identities"])
    channel, identity = known["identities"][0]
    found = backend.customers(channel=channel, identity=identity)
    assert [c.id for c in found] == [known["id"]]
    assert found[0].identities == ((channel, identity),)


def test_first_story_to_its_end(backend: Backend, control: DemoControl) -> None:
    code = anew(control, "first-story")
    assert backend.waive(code, 3000, "selisih di pihak kami", key="fs-1").booking.waived == 3000
    paid = backend.accept_payment(code, f"pay_{code}_1", "lunas", key="fs-2").booking
    assert paid.status is BookingStatus.PAID
    assert backend.issue(code, key="fs-3").booking.tickets[0].url.startswith("http")
    sent = backend.send_ticket(code, "bima.prasetyo@contoh.id", key="fs-4").booking
    assert sent.tickets[0].sent_to == "bima.prasetyo@contoh.id"
    with pytest.raises(BackendRefused) as refused:
        backend.issue(code, key="fs-5")
    assert refused.value.code == "already_issued"
    operation = backend.operation("fs-5")
    assert operation is not None
    assert operation.done is None
    assert operation.refused is not None
    assert operation.refused.code == "already_issued"


def test_paying_the_difference(backend: Backend, control: DemoControl) -> None:
    code = anew(control, "first-story")
    now, _ = control.clock()
    backend.hold(code, now + timedelta(hours=6), "waktu tambahan", key="pd-1")
    done = backend.request_payment(code, 3000, now + timedelta(hours=5), "selisih", key="pd-2")
    assert done.payment_request is not None
    assert (done.payment_request.amount, done.payment_request.status) == (3000, "open")
    httpx.post(done.payment_request.url, data={"way": "gopay"})
    assert backend.booking(code).payments[1].request_id == done.payment_request.id


def test_rebook_refund_expedite_cancel(backend: Backend, control: DemoControl) -> None:
    now, _ = control.clock()
    code = anew(control, "expired-after-payment")
    booking = backend.rebook(
        code, f"q_{code}_1", 710226, now + timedelta(hours=2), "harga lama", key="rb"
    ).booking
    assert (booking.status, booking.amount_due) == (BookingStatus.AWAITING_PAYMENT, 710226)
    code = anew(control, "double-charge")
    done = backend.refund(code, 860000, "terdebit dua kali", key="rf", payment_id=f"pay_{code}_2")
    assert done.refund is not None
    assert (done.refund.status, done.refund.destination) == (RefundStatus.REQUESTED, "BCA ****6215")
    assert done.booking.status is BookingStatus.ISSUED
    code = anew(control, "refund-overdue")
    hastened = backend.expedite_refund(f"rf_{code}_1", "terlambat", key="ex").refund
    assert hastened is not None
    assert hastened.expedited_at is not None
    assert backend.cancel(anew(control, "underpaid"), "permintaan", key="cn").booking.status == "cancelled"


def test_silence_after_acting_is_resolved_by_key(address: str, control: DemoControl) -> None:
    code = anew(control, "first-story")
    impatient = Backend(address, "token-of-the-tests", timeout=httpx.Timeout(0.4))
    control.add_fault("timeout_after_acting", seconds=1, calls=1)
    with pytest.raises(OutcomeUnknown) as unknown:
        impatient.waive(code, 3000, "selisih", key="silent-1")
    assert unknown.value.key == "silent-1"
    operation = impatient.operation("silent-1")
    assert operation is not None
    assert operation.done is not None
    assert operation.done.booking.waived == 3000
    assert impatient.operation("silent-2") is None
    # the same act under the same key gives the stored answer
    assert impatient.waive(code, 3000, "selisih", key="silent-1").booking.waived == 3000
    impatient.close()


def test_cut_connection_is_unknown_too(backend: Backend, control: DemoControl) -> None:
    code = anew(control, "first-story")
    control.add_fault("timeout_after_acting", seconds=0, calls=1)
    with pytest.raises(OutcomeUnknown):
        backend.waive(code, 3000, "selisih", key="cut-1")
    assert backend.operation("cut-1") is not None


def test_down(backend: Backend, control: DemoControl) -> None:
    control.add_fault("down", calls=1)
    assert backend.booking(STORY).code == STORY  # reads are tried once more
    control.add_fault("down")
    with pytest.raises(BackendUnavailable):
        backend.booking(STORY)
    with pytest.raises(BackendUnavailable):
        backend.operation("x")
    with pytest.raises(OutcomeUnknown):
        backend.issue(STORY, key="down-1")
    control.clear_faults()
    assert backend.operation("down-1") is None


def test_slow_reads_time_out(address: str, control: DemoControl) -> None:
    impatient = Backend(address, "token-of-the-tests", timeout=httpx.Timeout(0.3))
    control.add_fault("slow", seconds=1)
    before = time.monotonic()
    with pytest.raises(BackendUnavailable):
        impatient.booking(STORY)
    assert time.monotonic() - before < 2
    impatient.close()


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nobody = Backend(f"http://127.0.0.1:{port}", "x")
    with pytest.raises(BackendUnavailable):
        nobody.booking(STORY)
    with pytest.raises(BackendUnavailable):  # never sent, so certainly not done
        nobody.issue(STORY, key="nobody")
    nobody.close()


def test_our_own_faults(address: str, backend: Backend, control: DemoControl) -> None:
    wrong = Backend(address, "wrong")
    with pytest.raises(BackendMisused):
        wrong.booking(STORY)
    wrong.close()
    code = anew(control, "first-story")
    backend.waive(code, 1, "x", key="own")
    with pytest.raises(BackendMisused):
        backend.waive(code, 2, "x", key="own")
    with pytest.raises(NotFound):
        backend.issue("NOPE99", key="own-2")


def answering(status: int, body: bytes) -> Backend:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=body))
    return Backend("", "", http=httpx.Client(base_url="http://company", transport=transport))


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (200, b"{}"), (200, b""), (502, b"bad gateway"), (500, b""), (429, b"")],
)
def test_answers_that_are_none(status: int, body: bytes) -> None:
    strange = answering(status, body)
    with pytest.raises(BackendUnavailable):
        strange.booking("X")
    with pytest.raises(OutcomeUnknown):
        strange.issue("X", key="k")


def test_strict_about_types_and_zones(backend: Backend) -> None:
    raw = backend._http.get(f"/v1/bookings/{STORY}").content
    assert parse(Booking, raw).amount_due == 646305
    assert parse(Booking, raw.replace(b'{"code"', b'{"new_field":1,"code"', 1)).code == STORY
    for before, after in (
        (b'"amount_due":646305', b'"amount_due":646305.0'),
        (b'"amount_due":646305', b'"amount_due":"646305"'),
        (b'"kind":"flight"', b'"kind":"ship"'),
    ):
        assert before in raw
        with pytest.raises(BadAnswer):
            parse(Booking, raw.replace(before, after, 1))
    created = raw.split(b'"created_at":"')[1].split(b'"')[0]
    with pytest.raises(BadAnswer, match="offset"):
        parse(Booking, raw.replace(created, created.rstrip(b"Z"), 1))


def test_control(backend: Backend, control: DemoControl) -> None:
    with pytest.raises(ControlRefused) as refused:
        control.load({"bookings": [{"amont": 1}]})
    assert ("$.bookings[0].amont", "unknown field") in refused.value.problems
    with pytest.raises(NotFound):
        control.lapse_hold("NOPE99")
    code = anew(control, "first-story")
    control.payment_arrives(code, 3000, bank="BRI", method="atm", payer_name=None)
    assert len(backend.booking(code).payments) == 2
    with pytest.raises(ControlRefused):
        control.issue_ticket(code)
    assert control.lapse_hold(code)["status"] == "expired"
    assert control.events(code)[0]["type"] == "booking.expired"
    assert control.change_quotes(booking=code, price=730000)[0]["price"] == 730000
    assert len(control.situations()) >= 12
    assert "properties" in control.schema()
    assert control.summary()["events_waiting"] > 0
    issued = anew(control, "issued-not-received")
    departs = datetime(2031, 1, 1, tzinfo=UTC)
    assert control.change_schedule(issued, "reschedule", "x", departs)["schedule_changes"]
    overdue = anew(control, "refund-overdue")
    assert control.refund_failed(f"rf_{overdue}_1")["refunds"][0]["status"] == "failed"
    assert control.refund_paid(f"rf_{overdue}_1")["refunds"][0]["status"] == "paid"
    try:
        assert control.set_clock(offset_seconds=60)[1] == 60
    finally:
        control.set_clock(offset_seconds=0)
