"""Who may see a booking: what the platform proves, or a second fact that does not stand on the ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.care.facts import Booking

MAX_FAILURES = 5
LOCK_FOR = timedelta(hours=1)
TIME_TOLERANCE = timedelta(minutes=10)
# More sums than this in one turn is guessing, not remembering.
MAX_CANDIDATES = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proven about the person on a channel."""

    phone: str | None = None
    email: str | None = None
    subject: str | None = None
    codes: tuple[str, ...] = ()  # bookings opened by a second fact

    @property
    def names_a_person(self) -> bool:
        return bool(self.phone or self.email or self.subject)


@dataclass(frozen=True, slots=True)
class SecondFact:
    """What a person says beyond the booking code."""

    amounts: Sequence[int] = ()
    times: Sequence[datetime] = ()
    emails: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.amounts or self.times or self.emails)


def may_see(proof: Proof, booking: Booking) -> bool:
    """Whether what is proven belongs to the booking's customer."""
    customer = booking.customer
    return (
        booking.code in proof.codes
        or (proof.phone is not None and proof.phone == customer.phone)
        or (proof.email is not None and customer.email is not None and proof.email == customer.email.lower())
        or (proof.subject is not None and proof.subject == customer.id)
    )


def second_fact_fits(fact: SecondFact, booking: Booking) -> bool:
    """Exact sum paid, time of payment within ten minutes, or the booking's mail.

    Sums that the ticket or the bill shows prove nothing unless they were paid.
    """
    if len(fact.amounts) > MAX_CANDIDATES or len(fact.times) > MAX_CANDIDATES or len(fact.emails) > 1:
        return False
    paid = {p.amount for p in booking.payments}
    if paid.intersection(fact.amounts):
        return True
    if any(abs(p.paid_at - t) <= TIME_TOLERANCE for p in booking.payments for t in fact.times):
        return True
    mail = booking.customer.email
    return mail is not None and mail.lower() in {e.lower() for e in fact.emails}


def locked_until(failures: Sequence[datetime], now: datetime) -> datetime | None:
    """End of the lock if five failures fell within an hour and the last is less than an hour ago."""
    recent = sorted(f for f in failures if f <= now)[-MAX_FAILURES:]
    if len(recent) < MAX_FAILURES or recent[-1] - recent[0] > LOCK_FOR:
        return None
    until = recent[-1] + LOCK_FOR
    return until if until > now else None
