"""Bookings for tests, made of a few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.care.facts import (
    Booking,
    BookingKind,
    BookingStatus,
    Customer,
    Payment,
    PaymentStatus,
    PriceSeen,
    Quote,
    Refund,
    RefundStatus,
    Segment,
)

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
DUE = 646305

CUSTOMER = Customer(id="c1", name="Bima Prasetyo", phone="+6281200000101", email="bima@contoh.id")


def payment(amount: int, *, minutes_ago: int = 30, status: str = "received", id: str = "p1") -> Payment:
    return Payment(
        id=id,
        amount=amount,
        method="atm",
        bank="BCA",
        status=PaymentStatus(status),
        paid_at=NOW - timedelta(minutes=minutes_ago),
        account_tail="4471",
    )


def price(amount: int, kind: str = "shown", where: str = "website") -> PriceSeen:
    return PriceSeen(amount, kind, where, NOW - timedelta(hours=1))


def refund(amount: int, status: str = "processing", *, promised_in_days: float = 3, **more: Any) -> Refund:
    made = Refund(
        id="r1",
        amount=amount,
        status=RefundStatus(status),
        requested_at=NOW - timedelta(days=5),
        promised_by=NOW + timedelta(days=promised_in_days),
    )
    return replace(made, **more)


def quote(price: int, available: int = 3, id: str = "q1") -> Quote:
    return Quote(id, price, available, NOW + timedelta(hours=1))


def booking(status: str = "awaiting_payment", *, due: int = DUE, **more: Any) -> Booking:
    made = Booking(
        code="KLN643",
        kind=BookingKind.FLIGHT,
        status=BookingStatus(status),
        customer=CUSTOMER,
        created_at=NOW - timedelta(hours=1),
        amount_due=due,
        hold_until=NOW + timedelta(minutes=25),
        segments=(
            Segment(
                "Citilink",
                "QG-812",
                "BDO",
                "Bandung",
                "SUB",
                "Surabaya",
                NOW + timedelta(days=3),
                NOW + timedelta(days=3, hours=1),
            ),
        ),
    )
    return replace(made, **more)
