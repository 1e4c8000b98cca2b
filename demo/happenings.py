"""What happens to bookings from outside: customers pay, carriers change their minds, banks err."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from demo import rules
from demo.company import Work, open_request, register
from demo.contract import (
    BookingStatus,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Refund,
    RefundStatus,
    RequestStatus,
    ScheduleChange,
)


class Unknown(Exception):
    pass


class Impossible(Exception):
    pass


def payment_arrives(
    work: Work,
    *,
    amount: int,
    method: PaymentMethod,
    status: str,
    paid_at: datetime,
    bank: str | None = None,
    payer_name: str | None = None,
    account_tail: str | None = None,
    request_id: str | None = None,
) -> Payment:
    booking = work.booking
    payment = Payment(
        id=f"pay_{uuid.uuid4().hex[:12]}",
        amount=amount,
        method=method,
        bank=bank,
        status=PaymentStatus.PENDING if status == "pending" else PaymentStatus.RECEIVED,
        paid_at=paid_at,
        payer_name=payer_name,
        account_tail=account_tail,
        reference=uuid.uuid4().hex[:10].upper(),
        request_id=request_id,
    )
    booking.payments.append(payment)
    facts = {"payment_id": payment.id, "amount": amount, "method": method.value, "bank": bank}
    if status != "pending":
        work.tell("payment.received", **facts, request_id=request_id)
    if status == "accepted":
        accept(work, payment.id)
    return payment


def accept(work: Work, payment_id: str) -> None:
    payment = rules.accept(work.booking, payment_id)
    work.tell(
        "payment.accepted",
        payment_id=payment.id,
        amount=payment.amount,
        request_id=payment.request_id,
    )


def pay_request(work: Work, request_id: str, method: PaymentMethod, bank: str | None) -> bool:
    """The customer pays on the payment page; false if the request is not open any more."""
    request = open_request(work.booking, request_id)
    if request is None:
        return False
    request.status = RequestStatus.PAID
    payment_arrives(
        work,
        amount=request.amount,
        method=method,
        bank=bank,
        status="accepted",
        paid_at=work.now,
        request_id=request_id,
    )
    return True


def issue(work: Work) -> None:
    tickets = rules.issue(work.booking, work.now)
    for ticket in tickets:
        register(work.session, "ticket", ticket.number, work.booking.code)
    work.tell("ticket.issued", tickets=[t.number for t in tickets])


def reschedule(work: Work, kind: str, note: str, new_departs_at: datetime | None) -> None:
    booking = work.booking
    if kind in ("delay", "reschedule") and new_departs_at is None:
        raise Impossible("a delay or reschedule needs new_departs_at")
    if kind in ("delay", "reschedule") and not booking.segments:
        raise Impossible("a stay has no departure")
    change = ScheduleChange.model_validate(
        {"kind": kind, "at": work.now, "note": note, "new_departs_at": new_departs_at}
    )
    booking.schedule_changes.append(change)
    work.tell(
        "schedule.changed",
        kind=kind,
        note=note,
        new_departs_at=new_departs_at.isoformat() if new_departs_at else None,
    )


def lapse_now(work: Work) -> None:
    if work.booking.status is not BookingStatus.AWAITING_PAYMENT:
        raise Impossible(f"booking is {work.booking.status.value}, nothing to lapse")
    work.booking.hold_until = work.now - timedelta(seconds=1)
    rules.lapse(work.booking, work.now)
    work.tell("booking.expired")


def refund_paid(work: Work, refund_id: str) -> None:
    refund = _open_refund(work, refund_id)
    refund.status, refund.paid_at = RefundStatus.PAID, work.now
    for payment in work.booking.payments:
        back = sum(
            r.amount
            for r in work.booking.refunds
            if r.payment_id == payment.id and r.status is RefundStatus.PAID
        )
        if back >= payment.amount:
            payment.status = PaymentStatus.REFUNDED
    work.tell("refund.paid", refund_id=refund_id, amount=refund.amount)


def refund_failed(work: Work, refund_id: str, note: str) -> None:
    refund = _open_refund(work, refund_id)
    refund.status = RefundStatus.FAILED
    work.tell("refund.failed", refund_id=refund_id, amount=refund.amount, note=note)


def _open_refund(work: Work, refund_id: str) -> Refund:
    refund = next(r for r in work.booking.refunds if r.id == refund_id)
    if refund.status in (RefundStatus.PAID, RefundStatus.REFUSED):
        raise Impossible(f"refund is {refund.status.value}")
    return refund
