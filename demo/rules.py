"""The company's business rules: what may happen to a booking, and what happens then.

Every function checks first and changes afterwards, so that a refusal leaves no trace.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.contract import (
    BookingKind,
    BookingRecord,
    BookingStatus,
    NewRefund,
    Notification,
    Payment,
    PaymentRequest,
    PaymentStatus,
    PriceSeen,
    Quote,
    Rebooking,
    Refund,
    RefundStatus,
    RequestStatus,
    Ticket,
)

ZONE = ZoneInfo("Asia/Jakarta")
REFUND_WORKING_DAYS = 3
EXPEDITED_WORKING_DAYS = 1
LONGEST_HOLD = timedelta(hours=48)

TITLES = {
    "already_cancelled": "Booking is already cancelled",
    "already_issued": "Ticket is already issued",
    "already_paid": "Booking is already paid",
    "amount_exceeds_due": "Amount exceeds what is still due",
    "amount_exceeds_payment": "Amount exceeds what was paid",
    "booking_cancelled": "Booking is cancelled",
    "booking_expired": "Booking has expired",
    "booking_would_be_unpaid": "Booking would no longer be paid",
    "departed": "The journey or stay has begun",
    "hold_not_longer": "Hold would not become longer",
    "hold_too_long": "Hold would be too long",
    "hold_too_short": "Hold ends before the payment request does",
    "no_seat": "No seat or room left",
    "not_expired": "Booking has not expired",
    "not_issued": "No ticket issued yet",
    "not_paid_enough": "Not paid enough",
    "payment_not_received": "Payment is not one that can be accepted",
    "payment_unknown": "No such payment of this booking",
    "price_above_quote": "Price is above today's price",
    "quote_expired": "Quote is no longer valid",
    "quote_unknown": "No such quote for this booking",
    "refund_closed": "Refund is already settled",
    "time_passed": "Time lies in the past",
}

NOTES = {
    BookingStatus.AWAITING_PAYMENT: "menunggu pembayaran diterima",
    BookingStatus.PAID: "pembayaran diterima, tiket sedang diproses",
    BookingStatus.ISSUED: "e-tiket terbit",
    BookingStatus.EXPIRED: "pesanan kedaluwarsa",
    BookingStatus.CANCELLED: "pesanan dibatalkan",
}


class Refusal(Exception):
    """The company will not do that; `code` says why, for programs."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


def accepted(booking: BookingRecord) -> int:
    return sum(p.amount for p in booking.payments if p.status is PaymentStatus.ACCEPTED)


def outstanding(booking: BookingRecord) -> int:
    return booking.amount_due - booking.waived - accepted(booking)


def starts_at(booking: BookingRecord | Quote) -> datetime:
    if booking.segments:
        return booking.segments[0].departs_at
    if booking.stay is None:
        raise ValueError("neither journey nor stay")
    # Hotels take guests until the end of the first night.
    end_of_day = datetime.combine(booking.stay.check_in, time(23, 59), tzinfo=ZONE)
    return end_of_day.astimezone(UTC)


def party(booking: BookingRecord) -> int:
    """Seats a booking takes; a hotel booking takes one room."""
    return 1 if booking.kind is BookingKind.HOTEL else max(1, len(booking.passengers))


def add_working_days(start: datetime, days: int) -> datetime:
    at = start.astimezone(ZONE)
    while days > 0:
        at += timedelta(days=1)
        if at.weekday() < 5:
            days -= 1
    return at.astimezone(UTC)


def due_at(booking: BookingRecord) -> datetime | None:
    """When something lapses next by itself."""
    times = [r.expires_at for r in booking.payment_requests if r.status is RequestStatus.OPEN]
    if booking.status is BookingStatus.AWAITING_PAYMENT and booking.hold_until:
        times.append(booking.hold_until)
    return min(times, default=None)


def lapse(booking: BookingRecord, now: datetime) -> bool:
    """Let hold and payment requests lapse; true if the booking expired by it."""
    for request in booking.payment_requests:
        if request.status is RequestStatus.OPEN and request.expires_at <= now:
            request.status = RequestStatus.EXPIRED
    over = booking.hold_until is not None and booking.hold_until <= now
    if booking.status is not BookingStatus.AWAITING_PAYMENT or not over:
        return False
    _close(booking, BookingStatus.EXPIRED)
    return True


def settle(booking: BookingRecord) -> None:
    """Count the booking as paid once accepted money and waivers cover it."""
    if booking.status is BookingStatus.AWAITING_PAYMENT and outstanding(booking) <= 0:
        _enter(booking, BookingStatus.PAID)
        _cancel_requests(booking)


def waive(booking: BookingRecord, amount: int) -> None:
    _must_await_payment(booking)
    if amount > outstanding(booking):
        raise Refusal("amount_exceeds_due", f"only Rp {outstanding(booking)} is still due")
    booking.waived += amount
    settle(booking)


def hold(booking: BookingRecord, until: datetime, now: datetime) -> None:
    _must_await_payment(booking)
    _must_be_future(until, now)
    if booking.hold_until and until <= booking.hold_until:
        raise Refusal("hold_not_longer", f"held until {booking.hold_until.isoformat()} already")
    _hold_within_limits(until, now, starts_at(booking))
    booking.hold_until = until


def request_payment(
    booking: BookingRecord, request_id: str, amount: int, expires_at: datetime, now: datetime
) -> PaymentRequest:
    _must_await_payment(booking)
    _must_be_future(expires_at, now)
    if amount > outstanding(booking):
        raise Refusal("amount_exceeds_due", f"only Rp {outstanding(booking)} is still due")
    if booking.hold_until and expires_at > booking.hold_until:
        raise Refusal("hold_too_short", f"held until {booking.hold_until.isoformat()} only")
    _cancel_requests(booking)  # two open requests invite paying twice
    request = PaymentRequest(id=request_id, amount=amount, expires_at=expires_at, status=RequestStatus.OPEN)
    booking.payment_requests.append(request)
    return request


def accept(booking: BookingRecord, payment_id: str) -> Payment:
    payment = payment_of(booking, payment_id)
    if booking.status is BookingStatus.ISSUED:
        raise Refusal("already_issued", "the ticket is out; refund what was paid too much")
    _must_be_alive(booking)
    if payment.status is not PaymentStatus.RECEIVED:
        raise Refusal("payment_not_received", f"payment is {payment.status.value}")
    payment.status = PaymentStatus.ACCEPTED
    settle(booking)
    return payment


def issue(booking: BookingRecord, now: datetime) -> list[Ticket]:
    if booking.status is BookingStatus.ISSUED:
        raise Refusal("already_issued", "the ticket is issued already")
    _must_be_alive(booking)
    if outstanding(booking) > 0:
        raise Refusal("not_paid_enough", f"Rp {outstanding(booking)} is not covered")
    if starts_at(booking) <= now:
        raise Refusal("departed", f"began {starts_at(booking).isoformat()}")
    names = ["voucher"] if booking.kind is BookingKind.HOTEL else booking.passengers or ["1"]
    booking.tickets = [
        Ticket(number=ticket_number(booking.kind, booking.code, i), issued_at=now) for i in range(len(names))
    ]
    _enter(booking, BookingStatus.ISSUED)
    return booking.tickets


def send_ticket(booking: BookingRecord, to: str, now: datetime) -> None:
    if not booking.tickets or booking.status is not BookingStatus.ISSUED:
        raise Refusal("not_issued", "there is no ticket to send")
    for ticket in booking.tickets:
        ticket.sent_to, ticket.sent_at = to, now
    booking.notifications.append(
        Notification(
            channel="mail" if "@" in to else "whatsapp",
            at=now,
            subject=f"E-tiket pesanan {booking.code}",
            status="sent",
        )
    )


def rebook(booking: BookingRecord, quote: Quote | None, wish: Rebooking, now: datetime) -> None:
    """Revive an expired booking on a quote; taking the seats is up to the caller."""
    if booking.status is not BookingStatus.EXPIRED:
        raise Refusal("not_expired", f"booking is {booking.status.value}")
    if quote is None:
        raise Refusal("quote_unknown", f"no quote {wish.quote_id} for this journey or stay")
    if quote.valid_until <= now:
        raise Refusal("quote_expired", f"was valid until {quote.valid_until.isoformat()}")
    if quote.available < party(booking):
        raise Refusal("no_seat", f"{quote.available} left, {party(booking)} needed")
    if wish.price > quote.price:
        raise Refusal("price_above_quote", f"today's price is Rp {quote.price}")
    _must_be_future(wish.hold_until, now)
    _hold_within_limits(wish.hold_until, now, starts_at(quote))
    if quote.segments:
        booking.segments = quote.segments
    booking.stay = quote.stay or booking.stay
    booking.amount_due, booking.unique_code, booking.waived = wish.price, 0, 0
    booking.hold_until = wish.hold_until
    booking.prices.append(PriceSeen(amount=wish.price, kind="billed", where="website", at=now))
    _enter(booking, BookingStatus.AWAITING_PAYMENT)
    settle(booking)


def refund(booking: BookingRecord, refund_id: str, wish: NewRefund, now: datetime) -> Refund:
    source = payment_of(booking, wish.payment_id) if wish.payment_id else None
    left = refundable(booking, source)
    if wish.amount > left:
        raise Refusal("amount_exceeds_payment", f"at most Rp {left} can go back")
    stays_paid = outstanding(booking) + wish.amount <= 0
    if booking.status is BookingStatus.PAID and not wish.cancel_booking and not stays_paid:
        raise Refusal("booking_would_be_unpaid", "cancel the booking too, or refund less")
    if source is None:
        # Several payments may be meant; one that covers all is named, so that it shows where to.
        covering = (p for p in reversed(booking.payments) if refundable(booking, p) >= wish.amount)
        source = next(covering, None)
    made = Refund(
        id=refund_id,
        amount=wish.amount,
        status=RefundStatus.REQUESTED,
        requested_at=now,
        promised_by=add_working_days(now, REFUND_WORKING_DAYS),
        payment_id=source.id if source else None,
        destination=destination(source) if source else None,
        reason=wish.reason,
    )
    booking.refunds.append(made)
    if wish.cancel_booking and booking.status is not BookingStatus.CANCELLED:
        _close(booking, BookingStatus.CANCELLED)
    return made


def refundable(booking: BookingRecord, payment: Payment | None) -> int:
    """What may still go back of one payment, or of all: never more than came in."""
    settled = (PaymentStatus.RECEIVED, PaymentStatus.ACCEPTED, PaymentStatus.REFUNDED)
    void = (RefundStatus.REFUSED,)
    live = [r for r in booking.refunds if r.status not in void]
    total = sum(p.amount for p in booking.payments if p.status in settled)
    total -= sum(r.amount for r in live)
    if payment is None:
        return max(0, total)
    if payment.status not in settled:
        return 0
    own = payment.amount - sum(r.amount for r in live if r.payment_id == payment.id)
    return max(0, min(own, total))


def expedite(made: Refund, now: datetime) -> None:
    if made.status in (RefundStatus.PAID, RefundStatus.REFUSED):
        raise Refusal("refund_closed", f"refund is {made.status.value}")
    made.status, made.expedited_at = RefundStatus.PROCESSING, now
    made.promised_by = add_working_days(now, EXPEDITED_WORKING_DAYS)


def cancel(booking: BookingRecord) -> None:
    if booking.status is BookingStatus.CANCELLED:
        raise Refusal("already_cancelled", "the booking is cancelled already")
    if booking.status is BookingStatus.EXPIRED:
        raise Refusal("booking_expired", "an expired booking needs no cancelling")
    _close(booking, BookingStatus.CANCELLED)


def payment_of(booking: BookingRecord, payment_id: str) -> Payment:
    for payment in booking.payments:
        if payment.id == payment_id:
            return payment
    raise Refusal("payment_unknown", f"booking has no payment {payment_id}")


def destination(payment: Payment) -> str:
    """The paying account, masked."""
    place = payment.bank or payment.method.value.replace("_", " ")
    return f"{place} ****{payment.account_tail}" if payment.account_tail else place


def ticket_number(kind: BookingKind, code: str, index: int) -> str:
    digits = str(int(hashlib.sha256(f"{code}/{index}".encode()).hexdigest(), 16))
    prefix = {BookingKind.FLIGHT: "990", BookingKind.TRAIN: "KA", BookingKind.HOTEL: "VCH"}[kind]
    return prefix + digits[:10]


def _must_be_future(at: datetime, now: datetime) -> None:
    if at <= now:
        raise Refusal("time_passed", f"{at.isoformat()} lies in the past")


def _hold_within_limits(until: datetime, now: datetime, start: datetime) -> None:
    if start <= now:
        raise Refusal("departed", f"began {start.isoformat()}")
    if until > now + LONGEST_HOLD or until > start:
        raise Refusal("hold_too_long", "at most 48 hours from now, and not past the start")


def _must_be_alive(booking: BookingRecord) -> None:
    if booking.status is BookingStatus.EXPIRED:
        raise Refusal("booking_expired", "the hold has lapsed; rebook first")
    if booking.status is BookingStatus.CANCELLED:
        raise Refusal("booking_cancelled", "the booking is cancelled")


def _must_await_payment(booking: BookingRecord) -> None:
    _must_be_alive(booking)
    if booking.status is BookingStatus.ISSUED:
        raise Refusal("already_issued", "the ticket is issued already")
    if booking.status is BookingStatus.PAID:
        raise Refusal("already_paid", "nothing is due any more")


def _cancel_requests(booking: BookingRecord) -> None:
    for request in booking.payment_requests:
        if request.status is RequestStatus.OPEN:
            request.status = RequestStatus.CANCELLED


def _enter(booking: BookingRecord, status: BookingStatus) -> None:
    booking.status, booking.status_note = status, NOTES[status]


def _close(booking: BookingRecord, status: BookingStatus) -> None:
    _enter(booking, status)
    _cancel_requests(booking)
