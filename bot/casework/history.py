"""What the customer went through, taken from the company's system into the case's timeline."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from bot.care.facts import Booking
from bot.care.names import METHODS
from bot.casework.work import Work
from bot.store.tables import Case, TimelineEntry
from bot.voice import PLACES, rupiah

Line = tuple[datetime, str, str]  # when, kind, Indonesian text

_OUTCOMES = {
    "unanswered": "tidak dijawab",
    "answered": "dijawab",
    "promised": "dijanjikan",
    "refused": "ditolak",
}
_CHANNELS = {"phone": "telepon", "mail": "email", "chat": "chat", "counter": "loket"}
_STATUSES = {
    "pending": "masih diproses bank",
    "received": "sudah masuk",
    "accepted": "sudah diterima",
    "failed": "gagal",
    "refunded": "sudah dikembalikan",
    "requested": "baru diajukan",
    "processing": "sedang diproses",
    "paid": "sudah dibayarkan",
    "refused": "ditolak",
}


def record(work: Work, case: Case, booking: Booking) -> None:
    """Add what is not in the timeline yet; reading the same booking twice adds nothing."""
    rows = work.session.execute(
        select(TimelineEntry.kind, TimelineEntry.text).where(
            TimelineEntry.case_id == case.id, TimelineEntry.source == "backend"
        )
    )
    known = {(kind, text) for kind, text in rows}
    for at, kind, text in sorted(_lines(booking)):
        if (kind, text) not in known:
            work.note(case, kind, "backend", text, at=at)


def _lines(booking: Booking) -> Iterator[Line]:
    for price in booking.prices:
        verb = "Ditampilkan" if price.kind == "shown" else "Ditagih"
        yield price.at, price.kind, f"{verb} {rupiah(price.amount)} di {PLACES.get(price.where, price.where)}"
    for payment in booking.payments:
        via = f"{METHODS.get(payment.method, payment.method)} {payment.bank or ''}".strip()
        status = _STATUSES[payment.status.value]
        yield payment.paid_at, "paid", f"Bayar {rupiah(payment.amount)} lewat {via} ({status})"
    for sent in booking.notifications:
        status = "" if sent.status == "sent" else " (gagal)"
        yield (
            sent.at,
            "sent",
            f"Dikirim lewat {_CHANNELS.get(sent.channel, sent.channel)}: {sent.subject}{status}",
        )
    for contact in booking.contacts:
        outcome = _OUTCOMES.get(contact.outcome, contact.outcome)
        channel = _CHANNELS.get(contact.channel, contact.channel)
        yield contact.at, "tried", f"Menghubungi lewat {channel}: {outcome}. {contact.note}".strip()
    for refund in booking.refunds:
        yield (
            refund.requested_at,
            "promised",
            f"Refund {rupiah(refund.amount)} diajukan ({_STATUSES[refund.status.value]})",
        )
    for change in booking.schedule_changes:
        yield change.at, "sent", f"Perubahan jadwal: {change.note}"
    for ticket in booking.tickets:
        yield ticket.issued_at, "done", f"Tiket {ticket.number} terbit"
