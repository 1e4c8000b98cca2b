"""Every cause, as a table: a booking's state in, a cause and a side out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.care.diagnosis import CAUSES, Side, arrived, diagnose, sent_back
from bot.care.facts import Booking
from tests.care.build import DUE, NOW, booking, payment, price, quote, refund

PAID_LATE = payment(DUE, minutes_ago=10)
LAPSED = {"hold_until": NOW - timedelta(minutes=20)}
TICKETED = {"payments": (payment(DUE, status="accepted"),)}

CASES: list[tuple[str, Booking, str, str, Side]] = [
    (
        "complain_payment_mismatch",
        booking(payments=(payment(643305),), prices=(price(643305),)),
        "billed_above_shown",
        "difference=3000",
        Side.COMPANY,
    ),
    (
        "complain_payment_mismatch",
        booking(payments=(payment(643305),), prices=(price(646305),)),
        "underpaid",
        "difference=3000",
        Side.CUSTOMER,
    ),
    (
        "complain_payment_unconfirmed",
        booking(payments=(payment(643305),)),
        "underpaid",
        "difference=3000",
        Side.CUSTOMER,
    ),
    (
        "complain_payment_mismatch",
        booking(payments=(payment(700000),)),
        "overpaid",
        "excess=53695",
        Side.CUSTOMER,
    ),
    (
        "complain_payment_unconfirmed",
        booking(payments=(payment(DUE),)),
        "paid_unconfirmed",
        "paid=646305",
        Side.COMPANY,
    ),
    (
        "complain_payment_unconfirmed",
        booking(payments=(payment(DUE, status="pending"),)),
        "payment_pending",
        "pending=646305",
        Side.BANK,
    ),
    ("complain_payment_unconfirmed", booking(), "payment_not_found", "paid=0", Side.NOBODY),
    (
        "complain_payment_unconfirmed",
        booking(payments=(payment(DUE, status="failed"),)),
        "payment_not_found",
        "paid=0",
        Side.NOBODY,
    ),
    (
        "complain_ticket_not_issued",
        booking("paid", **TICKETED),
        "paid_not_issued",
        "paid=646305",
        Side.COMPANY,
    ),
    ("complain_ticket_not_issued", booking("issued", **TICKETED), "issued", "issued=True", Side.NOBODY),
    (
        "complain_payment_mismatch",
        booking("issued", payments=(payment(650000, status="accepted"),)),
        "overpaid",
        "excess=3695",
        Side.CUSTOMER,
    ),
    (
        "complain_booking_expired",
        booking("expired", **LAPSED),
        "expired_unpaid",
        "available=0",
        Side.CUSTOMER,
    ),
    (
        "complain_booking_expired",
        booking("expired", payments=(payment(DUE, minutes_ago=30),), **LAPSED),
        "expired_after_payment",
        "paid=646305",
        Side.COMPANY,
    ),
    # too little in time is no mistake of ours: nobody gets a journey for a part of its price
    (
        "complain_booking_expired",
        booking("expired", payments=(payment(100000, minutes_ago=30),), **LAPSED),
        "expired_underpaid",
        "difference=546305",
        Side.CUSTOMER,
    ),
    # as much as was shown is enough, whatever was billed
    (
        "complain_booking_expired",
        booking("expired", payments=(payment(643305, minutes_ago=30),), prices=(price(643305),), **LAPSED),
        "expired_after_payment",
        "paid=643305",
        Side.COMPANY,
    ),
    (
        "complain_booking_expired",
        booking("expired", payments=(PAID_LATE,), **LAPSED),
        "paid_after_expiry",
        "paid=646305",
        Side.CUSTOMER,
    ),
    (
        "complain_double_charge",
        booking("issued", payments=(payment(DUE, status="accepted"), payment(DUE, id="p2"))),
        "charged_twice",
        "excess=646305",
        Side.NOBODY,
    ),
    # a unique code sets two payments of one bill apart
    (
        "complain_payment_mismatch",
        booking("paid", payments=(payment(DUE, status="accepted"), payment(DUE - 87, id="p2"))),
        "charged_twice",
        "excess=646218",
        Side.NOBODY,
    ),
    ("complain_double_charge", booking("issued", **TICKETED), "single_charge", "paid=646305", Side.NOBODY),
    ("complain_payment_mismatch", booking("cancelled"), "cancelled", "paid=0", Side.NOBODY),
    (
        "complain_ticket_not_issued",
        booking("cancelled", refunds=(refund(DUE),)),
        "refund_within_promise",
        "refund=646305",
        Side.NOBODY,
    ),
    (
        "complain_refund_delay",
        booking("cancelled", refunds=(refund(DUE, promised_in_days=-2),)),
        "refund_overdue",
        "days_late=2",
        Side.COMPANY,
    ),
    (
        "ask_refund_status",
        booking("cancelled", refunds=(refund(DUE),)),
        "refund_within_promise",
        "refund=646305",
        Side.NOBODY,
    ),
    (
        "complain_refund_delay",
        booking("cancelled", refunds=(refund(DUE, "paid", paid_at=NOW),)),
        "refund_paid",
        "refund=646305",
        Side.NOBODY,
    ),
    (
        "complain_refund_delay",
        booking("cancelled", refunds=(refund(DUE, "failed"),)),
        "refund_failed",
        "refund=646305",
        Side.BANK,
    ),
    (
        "complain_refund_delay",
        booking("cancelled", refunds=(refund(DUE, "refused"),)),
        "refund_refused",
        "refund=646305",
        Side.NOBODY,
    ),
    ("complain_refund_delay", booking("cancelled"), "refund_not_found", "paid=0", Side.NOBODY),
]


@pytest.mark.parametrize(("matter", "given", "cause", "figure", "side"), CASES)
def test_cause(matter: str, given: Booking, cause: str, figure: str, side: Side) -> None:
    found = diagnose(matter, given, None, NOW)
    name, _, value = figure.partition("=")
    assert (found.cause, found.side) == (cause, side)
    assert str(found.figures[name]) == value


def test_every_cause_but_a_persons_is_reached() -> None:
    assert {c[2] for c in CASES} == CAUSES.keys() - {"needs_person"}


def test_that_waived_rupiah_are_not_demanded_again() -> None:
    found = diagnose(
        "complain_payment_mismatch", booking(payments=(payment(643305),), waived=3000), None, NOW
    )
    assert found.cause == "paid_unconfirmed"


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        ((quote(DUE),), {"available": 3, "price_now": DUE, "price_rise": 0, "shortfall": 0}),
        ((quote(DUE + 45000), quote(DUE + 20000, id="q2")), {"quote_id": "q2", "price_rise": 20000}),
        ((quote(DUE, available=0),), {"available": 0}),
        ((), {"available": 0}),
    ],
)
def test_availability(quotes: Any, expected: dict[str, Any]) -> None:
    given = booking("expired", payments=(payment(DUE, minutes_ago=30),), **LAPSED)
    figures = diagnose("complain_booking_expired", given, quotes, NOW).figures
    assert expected.items() <= figures.items()


def test_that_unknown_availability_is_said_to_be_unchecked() -> None:
    found = diagnose("complain_booking_expired", booking("expired", **LAPSED), None, NOW)
    assert found.unchecked == ("ketersediaan kursi atau kamar",)


def test_that_money_already_sent_back_pays_for_nothing() -> None:
    given = booking(payments=(payment(DUE),), refunds=(refund(DUE, payment_id="p1"),))
    assert diagnose("complain_payment_unconfirmed", given, None, NOW).cause == "payment_not_found"


def test_that_money_on_its_way_back_counts_no_more() -> None:
    second = payment(DUE, id="p2")
    given = booking(
        "issued", payments=(payment(DUE, status="accepted"), second), refunds=(refund(DUE, payment_id="p2"),)
    )
    assert sent_back(given) == DUE
    assert diagnose("complain_ticket_not_issued", given, None, NOW).cause == "issued"
    assert len(arrived(given)) == 2
