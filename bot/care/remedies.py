"""What can be done for a customer: what it costs the company, its exact terms, and the acts it takes.

Terms are fixed when a remedy is offered and stored with the offer; execution uses them and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.care.diagnosis import arrived, refunded_payments
from bot.care.facts import Booking, PaymentStatus

# Time for a customer to pay where the SOP names none.
DEFAULT_PAYMENT_WINDOW = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Step:
    """One act on the company's system. Names are the operations of the backend contract."""

    name: str  # waive | hold | request_payment | accept | issue | send_ticket | rebook | refund | expedite
    arguments: dict[str, Any] = field(default_factory=dict)


def _nothing(figures: Mapping[str, Any]) -> int:
    return 0


def _difference(figures: Mapping[str, Any]) -> int:
    return int(figures.get("difference", 0))


def _rise(figures: Mapping[str, Any]) -> int:
    """What keeping the old price costs: today's price above the money already here."""
    return max(0, int(figures.get("price_now", 0)) - int(figures.get("paid", 0)))


@dataclass(frozen=True, slots=True)
class Remedy:
    """`final` acts take something away from the customer (the journey) and are confirmed first."""

    name: str
    terms: Callable[[Booking, Mapping[str, Any], datetime, timedelta | None], dict[str, Any]]
    steps: Callable[[Mapping[str, Any]], tuple[Step, ...]]
    cost: Callable[[Mapping[str, Any]], int] = _nothing
    final: bool = False
    ends_case: bool = True  # otherwise Kawan waits for a payment, a refund or the bank


def _received_ids(booking: Booking) -> list[str]:
    back = refunded_payments(booking)
    return [p.id for p in arrived(booking) if p.status is PaymentStatus.RECEIVED and p.id not in back]


def _accepts(terms: Mapping[str, Any]) -> tuple[Step, ...]:
    return tuple(Step("accept", {"payment_id": p}) for p in terms["accept"])


def _issue(to: str) -> tuple[Step, ...]:
    """A ticket that nobody receives helps nobody: issued means sent as well."""
    return (Step("issue"), Step("send_ticket", {"to": to}))


def _destination(booking: Booking) -> str:
    return booking.customer.email or booking.customer.phone or ""


def _issue_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    return {"accept": _received_ids(booking), "to": _destination(booking)}


def _waive_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    return {**_issue_terms(booking, figures, now, window), "amount": figures["difference"]}


def _pay_terms(amount_figure: str) -> Callable[..., dict[str, Any]]:
    def terms(
        booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
    ) -> dict[str, Any]:
        return {
            **_hold_terms(booking, figures, now, window),
            "amount": figures[amount_figure],
            "accept": _received_ids(booking),
            "to": _destination(booking),
        }

    return terms


def _deadline(booking: Booking, now: datetime, window: timedelta | None) -> datetime:
    """The window from now, to the minute, and never past the departure."""
    until = (now + (window or DEFAULT_PAYMENT_WINDOW)).replace(second=0, microsecond=0)
    start = booking.starts_at
    return min(until, start - timedelta(hours=1)) if isinstance(start, datetime) else until


def _refund_all_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    back = refunded_payments(booking)
    parts = [{"payment_id": p.id, "amount": p.amount} for p in arrived(booking) if p.id not in back]
    return {"parts": parts, "amount": sum(part["amount"] for part in parts), "to": _paid_from(booking)}


def _paid_from(booking: Booking) -> str:
    """The paying account as far as it may be named: bank or wallet and last digits."""
    last = arrived(booking)[-1]
    name = last.bank or last.method
    return f"{name} ****{last.account_tail}" if last.account_tail else name


def _payment_that_covers(booking: Booking, amount: int) -> str:
    """The latest payment out of which a sum can go back; the last one where none suffices by itself."""
    back = refunded_payments(booking)
    payments = arrived(booking)
    covering = [p for p in payments if p.amount >= amount and p.id not in back]
    return (covering or payments)[-1].id


def _excess_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    payment = figures.get("second_payment_id") or _payment_that_covers(booking, figures["excess"])
    return {
        **_issue_terms(booking, figures, now, window),
        "ticket_to": _destination(booking),
        "payment_id": payment,
        "amount": figures["excess"],
        "issued": booking.status.value == "issued",
        "accept": [p for p in _received_ids(booking) if p != figures.get("second_payment_id")],
        "to": _paid_from(booking),
    }


def _rebook_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    """Old price: the money already here settles the journey."""
    return {
        **_issue_terms(booking, figures, now, window),
        "quote_id": figures["quote_id"],
        "price": min(figures["paid"], figures["price_now"]),
        "until": _deadline(booking, now, window).isoformat(),
    }


def _rebook_and_pay_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    """Today's price for seats, less what is already here."""
    return {
        **_issue_terms(booking, figures, now, window),
        "quote_id": figures["quote_id"],
        "price": figures["price_now"],
        "amount": figures["price_now"] - figures["paid"],
        "until": _deadline(booking, now, window).isoformat(),
    }


def _rebook_old_and_pay_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    price = min(figures["due"], figures["price_now"])
    return {
        **_rebook_and_pay_terms(booking, figures, now, window),
        "price": price,
        "amount": price - figures["paid"],
    }


def _hold_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    """A hold is only ever made longer; one that lasts long enough stays as it is."""
    until = _deadline(booking, now, window)
    if booking.hold_until is not None and booking.hold_until >= until:
        return {"until": booking.hold_until.isoformat(), "hold": False}
    return {"until": until.isoformat(), "hold": True}


def _holds(terms: Mapping[str, Any]) -> tuple[Step, ...]:
    return (Step("hold", {"until": terms["until"]}),) if terms["hold"] else ()


def _resend_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    return {"to": _destination(booking)}


def _refund_id_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    until = now + (window or timedelta(days=1))
    return {"refund_id": figures["refund_id"], "amount": figures["refund"], "until": until.isoformat()}


def _no_terms(
    booking: Booking, figures: Mapping[str, Any], now: datetime, window: timedelta | None
) -> dict[str, Any]:
    return {}


def _excess_steps(terms: Mapping[str, Any]) -> tuple[Step, ...]:
    refund = Step("refund", {"payment_id": terms["payment_id"], "amount": terms["amount"], "cancel": False})
    if terms["issued"]:
        return (refund,)
    return (*_accepts(terms), *_issue(terms["ticket_to"]), refund)


def _refund_all_steps(terms: Mapping[str, Any]) -> tuple[Step, ...]:
    """The first part cancels the booking: what is paid for cannot be left half paid."""
    return tuple(
        Step("refund", {**part, "cancel": number == 0}) for number, part in enumerate(terms["parts"])
    )


def _request(terms: Mapping[str, Any]) -> Step:
    return Step("request_payment", {"amount": terms["amount"], "until": terms["until"]})


def _rebook(terms: Mapping[str, Any]) -> Step:
    return Step("rebook", {"quote_id": terms["quote_id"], "price": terms["price"], "until": terms["until"]})


REMEDIES: dict[str, Remedy] = {
    r.name: r
    for r in (
        Remedy(
            "waive_and_issue",
            _waive_terms,
            lambda t: (Step("waive", {"amount": t["amount"]}), *_accepts(t), *_issue(t["to"])),
            cost=_difference,
        ),
        Remedy(
            "pay_difference",
            _pay_terms("difference"),
            lambda t: (*_holds(t), *_accepts(t), _request(t)),
            ends_case=False,
        ),
        Remedy(
            "pay_in_full",
            _pay_terms("due"),
            lambda t: (*_holds(t), *_accepts(t), _request(t)),
            ends_case=False,
        ),
        Remedy("refund_full", _refund_all_terms, _refund_all_steps, final=True, ends_case=False),
        Remedy("accept_and_issue", _issue_terms, lambda t: (*_accepts(t), *_issue(t["to"]))),
        Remedy("issue_and_refund_excess", _excess_terms, _excess_steps, ends_case=False),
        Remedy("refund_excess", _excess_terms, _excess_steps, ends_case=False),
        Remedy("resend_ticket", _resend_terms, lambda t: (Step("send_ticket", {"to": t["to"]}),)),
        Remedy("hold_and_wait", _hold_terms, _holds, ends_case=False),
        Remedy(
            "rebook_and_issue",
            _rebook_terms,
            lambda t: (_rebook(t), *_accepts(t), *_issue(t["to"])),
            cost=_rise,
        ),
        Remedy(
            "rebook_and_pay",
            _rebook_and_pay_terms,
            lambda t: (_rebook(t), *_accepts(t), _request(t)),
            ends_case=False,
        ),
        Remedy(
            "rebook_old_price_and_pay",
            _rebook_old_and_pay_terms,
            lambda t: (_rebook(t), *_accepts(t), _request(t)),
            cost=lambda f: int(f.get("price_rise", 0)),
            ends_case=False,
        ),
        Remedy(
            "expedite_refund",
            _refund_id_terms,
            lambda t: (Step("expedite", {"refund_id": t["refund_id"]}),),
            ends_case=False,
        ),
        Remedy("ask_person", _no_terms, lambda t: ()),
    )
}


def steps_of(remedy: str, terms: Mapping[str, Any]) -> tuple[Step, ...]:
    """The acts a remedy takes under the terms it was offered on."""
    return REMEDIES[remedy].steps(terms)
