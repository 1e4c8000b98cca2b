"""From what the company's system says to a cause: whose side it arose on, with evidence and what stayed open.

A reply may state only the figures that stand in a Diagnosis. Causes follow from the booking's state,
not from the label: customers call the same trouble by many names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.care.facts import Booking, BookingStatus, Payment, PaymentStatus, Quote, Refund, RefundStatus


class Side(StrEnum):
    COMPANY = "company"
    CUSTOMER = "customer"
    BANK = "bank"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, in the order it was looked at."""

    name: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`figures` holds verified values only: rupiah as int, times as aware datetime, the rest str or bool."""

    cause: str
    side: Side
    figures: dict[str, Any] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    unchecked: tuple[str, ...] = ()


# Cause -> what it means, for the SOP check, the desk and the summary (Indonesian).
CAUSES: dict[str, str] = {
    "billed_above_shown": "tagihan lebih tinggi dari harga yang ditampilkan",
    "underpaid": "pembayaran kurang dari tagihan",
    "overpaid": "pembayaran lebih dari tagihan",
    "paid_unconfirmed": "uang sudah masuk, booking belum dikonfirmasi",
    "payment_pending": "pembayaran masih diproses bank",
    "payment_not_found": "pembayaran belum terlihat",
    "paid_not_issued": "sudah lunas, tiket belum terbit",
    "issued": "tiket sudah terbit",
    "expired_unpaid": "batas waktu lewat sebelum ada pembayaran",
    "expired_after_payment": "booking hangus padahal sudah dibayar tepat waktu",
    "expired_underpaid": "booking hangus karena yang dibayar belum cukup",
    "paid_after_expiry": "pembayaran masuk setelah batas waktu",
    "charged_twice": "terbayar dua kali",
    "single_charge": "hanya satu pembayaran yang terlihat",
    "cancelled": "booking sudah dibatalkan",
    "refund_overdue": "refund melewati tanggal yang dijanjikan",
    "refund_within_promise": "refund masih dalam waktu yang dijanjikan",
    "refund_paid": "refund sudah dibayarkan",
    "refund_failed": "refund ditolak bank penerima",
    "refund_refused": "refund ditolak",
    "refund_not_found": "belum ada refund yang tercatat",
    "needs_person": "perlu ditangani petugas",
}

_REFUND_MATTERS = frozenset({"complain_refund_delay", "ask_refund_status"})
_ARRIVED = frozenset({PaymentStatus.RECEIVED, PaymentStatus.ACCEPTED})


def diagnose(matter: str, booking: Booking, quotes: tuple[Quote, ...] | None, now: datetime) -> Diagnosis:
    """Diagnose a booking for a matter.

    `quotes` is None when availability could not be asked; it then stands under `unchecked`.
    """
    if matter in _REFUND_MATTERS:
        return _diagnose_refund(booking, now)
    return _diagnose_payment(matter, booking, quotes, now)


class _Trail:
    """Collects checks while a diagnosis is made."""

    def __init__(self) -> None:
        self.checks: list[Check] = []

    def note(self, name: str, outcome: str) -> None:
        self.checks.append(Check(name, outcome))


def arrived(booking: Booking) -> tuple[Payment, ...]:
    """Payments whose money is here and was not sent back, oldest first."""
    return tuple(sorted((p for p in booking.payments if p.status in _ARRIVED), key=lambda p: p.paid_at))


def sent_back(booking: Booking) -> int:
    """Rupiah on their way back, or back already, of the payments that `arrived` still lists."""
    listed = {p.id for p in arrived(booking)}
    return sum(
        r.amount
        for r in booking.refunds
        if r.status is not RefundStatus.REFUSED and (r.payment_id is None or r.payment_id in listed)
    )


def refunded_payments(booking: Booking) -> frozenset[str]:
    return frozenset(
        r.payment_id for r in booking.refunds if r.payment_id and r.status is not RefundStatus.REFUSED
    )


def _diagnose_payment(
    matter: str, booking: Booking, quotes: tuple[Quote, ...] | None, now: datetime
) -> Diagnosis:
    if booking.status is BookingStatus.CANCELLED and booking.refunds:
        return _diagnose_refund(booking, now)
    trail = _Trail()
    payments = arrived(booking)
    due = booking.amount_due - booking.waived
    figures = _payment_figures(booking, payments, due)
    trail.note("status booking", booking.status.value)
    trail.note("pembayaran yang masuk", ", ".join(f"{p.amount} ({p.id})" for p in payments) or "tidak ada")
    trail.note("tagihan", str(due))

    twin = _second_charge(booking, due)
    if twin is not None:
        figures |= {
            "excess": twin.amount,
            "second_payment_id": twin.id,
            "second_paid_at": twin.paid_at,
            "second_method": twin.method,
            "second_bank": twin.bank or "",
        }
        trail.note("pembayaran kembar", twin.id)
        return Diagnosis("charged_twice", Side.NOBODY, figures, tuple(trail.checks))
    if matter == "complain_double_charge":
        trail.note("pembayaran kembar", "tidak ada")
        if booking.status in (BookingStatus.PAID, BookingStatus.ISSUED):
            return Diagnosis("single_charge", Side.NOBODY, figures, tuple(trail.checks))

    settle = _SETTLED.get(booking.status)
    cause, side = settle(figures, due) if settle else _unsettled(booking, payments, due, figures)
    trail.note("sebab", cause)
    unchecked: tuple[str, ...] = ()
    if booking.status is BookingStatus.EXPIRED:
        unchecked = _add_availability(figures, quotes, due)
        trail.note("kursi atau kamar", unchecked[0] if unchecked else str(figures["available"]))
    return Diagnosis(cause, side, figures, tuple(trail.checks), unchecked)


def _payment_figures(booking: Booking, payments: tuple[Payment, ...], due: int) -> dict[str, Any]:
    """What every payment cause may state."""
    paid = sum(p.amount for p in payments) - sent_back(booking)
    figures: dict[str, Any] = {
        "due": due,
        "paid": paid,
        "hold_until": booking.hold_until,
        "status": booking.status.value,
        "issued": booking.status is BookingStatus.ISSUED,
    }
    if payments:
        last = payments[-1]
        figures |= {
            "paid_at": last.paid_at,
            "paid_method": last.method,
            "paid_bank": last.bank or "",
            "payment_id": last.id,
        }
    shown = [p for p in booking.prices if p.kind == "shown"]
    billed = [p for p in booking.prices if p.kind == "billed"]
    if shown:
        figures |= {"shown": shown[-1].amount, "shown_where": shown[-1].where, "shown_at": shown[-1].at}
    if billed:
        figures |= {"billed": billed[-1].amount, "billed_where": billed[-1].where, "billed_at": billed[-1].at}
    if booking.tickets:
        ticket = booking.tickets[-1]
        figures |= {
            "ticket": ticket.number,
            "ticket_url": ticket.url,
            "issued_at": ticket.issued_at,
            "sent_to": ticket.sent_to or "",
        }
    unanswered = [c for c in booking.contacts if c.outcome == "unanswered"]
    figures["unanswered_contacts"] = len(unanswered)
    return figures


def _second_charge(booking: Booking, due: int) -> Payment | None:
    """The later of two payments that each settle the bill (a unique code may set them apart)."""
    back = refunded_payments(booking)
    full = [p for p in arrived(booking) if p.amount >= due - 999 and p.id not in back]
    return full[-1] if len(full) >= 2 else None


def _when_issued(figures: dict[str, Any], due: int) -> tuple[str, Side]:
    if figures["paid"] > due:
        figures["excess"] = figures["paid"] - due
        return "overpaid", Side.CUSTOMER
    return "issued", Side.NOBODY


def _when_paid(figures: dict[str, Any], due: int) -> tuple[str, Side]:
    if figures["paid"] > due:
        figures["excess"] = figures["paid"] - due
        return "overpaid", Side.CUSTOMER
    return "paid_not_issued", Side.COMPANY


def _when_cancelled(figures: dict[str, Any], due: int) -> tuple[str, Side]:
    return "cancelled", Side.NOBODY


_SETTLED: dict[BookingStatus, Callable[[dict[str, Any], int], tuple[str, Side]]] = {
    BookingStatus.ISSUED: _when_issued,
    BookingStatus.PAID: _when_paid,
    BookingStatus.CANCELLED: _when_cancelled,
}


def _unsettled(
    booking: Booking, payments: tuple[Payment, ...], due: int, figures: dict[str, Any]
) -> tuple[str, Side]:
    """Causes while the company's system still demands money, or has let the hold lapse."""
    expired = booking.status is BookingStatus.EXPIRED
    if not payments or figures["paid"] <= 0:
        pending = [p for p in booking.payments if p.status is PaymentStatus.PENDING]
        if pending:
            figures |= {
                "pending": pending[-1].amount,
                "pending_at": pending[-1].paid_at,
                "paid_method": pending[-1].method,
                "paid_bank": pending[-1].bank or "",
            }
            return "payment_pending", Side.BANK
        return ("expired_unpaid", Side.CUSTOMER) if expired else ("payment_not_found", Side.NOBODY)
    if expired:
        return _expired_with_money(booking, payments, due, figures)
    return _compare(figures, due)


def _expired_with_money(
    booking: Booking, payments: tuple[Payment, ...], due: int, figures: dict[str, Any]
) -> tuple[str, Side]:
    """Ours only if enough came in time: all that was billed, or all that was shown."""
    end = booking.hold_until
    in_time = sum(p.amount for p in payments if end is None or p.paid_at <= end) - sent_back(booking)
    if in_time >= min(due, figures.get("shown", due)):
        return "expired_after_payment", Side.COMPANY
    if figures["paid"] < due and in_time > 0:
        figures["difference"] = due - figures["paid"]
        return "expired_underpaid", Side.CUSTOMER
    return "paid_after_expiry", Side.CUSTOMER


def _compare(figures: dict[str, Any], due: int) -> tuple[str, Side]:
    """Money here against money demanded, with the price shown as witness."""
    paid = figures["paid"]
    if paid == due:
        return "paid_unconfirmed", Side.COMPANY
    if paid > due:
        figures["excess"] = paid - due
        return "overpaid", Side.CUSTOMER
    figures["difference"] = due - paid
    if figures.get("shown") is not None and figures["shown"] <= paid:
        return "billed_above_shown", Side.COMPANY
    return "underpaid", Side.CUSTOMER


def _add_availability(figures: dict[str, Any], quotes: tuple[Quote, ...] | None, due: int) -> tuple[str, ...]:
    if quotes is None:
        figures["available"] = 0
        return ("ketersediaan kursi atau kamar",)
    free = [q for q in quotes if q.available > 0]
    best = min(free, key=lambda q: q.price, default=None)
    figures["available"] = best.available if best else 0
    if best:
        figures |= {
            "quote_id": best.id,
            "price_now": best.price,
            "price_rise": max(0, best.price - due),
            "shortfall": max(0, best.price - figures["paid"]),
        }
    return ()


def _diagnose_refund(booking: Booking, now: datetime) -> Diagnosis:
    trail = _Trail()
    refund = _latest(booking.refunds)
    trail.note("refund tercatat", refund.id if refund else "tidak ada")
    figures: dict[str, Any] = {"paid": sum(p.amount for p in arrived(booking))}
    if refund is None:
        return Diagnosis("refund_not_found", Side.NOBODY, figures, tuple(trail.checks))
    figures |= {
        "refund_id": refund.id,
        "refund": refund.amount,
        "requested_at": refund.requested_at,
        "promised_by": refund.promised_by,
        "refund_paid_at": refund.paid_at,
        "destination": refund.destination or "",
        "reason": refund.reason or "",
        "expedited": refund.expedited_at is not None,
    }
    trail.note("status refund", refund.status.value)
    cause, side = _refund_cause(refund, now)
    if cause == "refund_overdue" and refund.promised_by:
        figures["days_late"] = max(1, (now - refund.promised_by).days)
    trail.note("sebab", cause)
    return Diagnosis(cause, side, figures, tuple(trail.checks))


def _latest(refunds: tuple[Refund, ...]) -> Refund | None:
    return max(refunds, key=lambda r: r.requested_at, default=None)


def _refund_cause(refund: Refund, now: datetime) -> tuple[str, Side]:
    if refund.status is RefundStatus.PAID:
        return "refund_paid", Side.NOBODY
    if refund.status is RefundStatus.FAILED:
        return "refund_failed", Side.BANK
    if refund.status is RefundStatus.REFUSED:
        return "refund_refused", Side.NOBODY
    if refund.promised_by is not None and refund.promised_by < now:
        return "refund_overdue", Side.COMPANY
    return "refund_within_promise", Side.NOBODY
