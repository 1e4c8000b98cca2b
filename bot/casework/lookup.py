"""Finding the booking a turn is about, and whether this person may hear of it. Reads only.

What it finds out about the person (a code opened, an attempt failed) is written by `remember`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from bot.care.diagnosis import diagnose
from bot.care.dialogue import Fact
from bot.care.facts import Booking, BookingStatus, Quote
from bot.care.matters import Family, family
from bot.care.messages import Understanding
from bot.care.verification import (
    LOCK_FOR,
    Proof,
    SecondFact,
    locked_until,
    may_see,
    second_fact_fits,
)
from bot.casework.deps import Deps
from bot.casework.turns import TurnView
from bot.casework.work import Work
from bot.errors import BackendMisused, BackendUnavailable, NotFound
from bot.store.tables import Case, Customer, Identity, VerificationFailure, new_id


class Found(StrEnum):
    BOOKING = "booking"
    NEED_CODE = "need_code"
    NEED_SECOND_FACT = "need_second_fact"
    FACT_WRONG = "fact_wrong"
    CODE_UNKNOWN = "code_unknown"
    LOCKED = "locked"
    SEVERAL = "several"
    NONE_OF_PERSON = "none_of_person"
    SYSTEM_DOWN = "system_down"


@dataclass(frozen=True, slots=True)
class Lookup:
    found: Found
    code: str | None = None
    booking: Booking | None = None
    quotes: tuple[Quote, ...] | None = None
    several: tuple[Booking, ...] = ()
    until: datetime | None = None  # end of the lock
    opened: bool = False  # a second fact fitted in this turn
    failures: int = 0  # attempts of this turn that failed

    @property
    def ready(self) -> bool:
        return self.found is Found.BOOKING


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a turn, and the conversation before it, say about the booking."""

    code: str | None
    second: SecondFact
    matter: str
    amounts: tuple[int, ...] = ()
    places: tuple[str, ...] = ()
    answered: bool = False  # a second fact was asked for and this is the answer
    fresh: bool = True  # something new to try; what was tried before is no second attempt
    known: dict[str, Any] = field(default_factory=dict)


def wanted(view: TurnView, matter: str, zone: ZoneInfo, booking_code: str | None = None) -> Wanted:
    """Collect codes and facts; what the customer said before counts too, so nothing is asked twice."""
    understanding = view.understanding
    codes = [str(c) for c in understanding.values("booking_code")]
    known = dict(view.known)
    amounts = _amounts(understanding)
    said_before = [int(a) for a in known.get("amounts", [])]
    given = _option_code(understanding) or _numbered_code(view) or (codes[-1] if codes else None)
    emails = tuple(str(e) for e in understanding.values("email"))
    times = _times(understanding, view, zone)
    # A second fact answers for the code it was asked for, not for the booking of the case before.
    asked_for = known.get("code") if view.awaiting.fact is Fact.SECOND_FACT else None
    return Wanted(
        code=given or asked_for or booking_code or known.get("code"),
        second=SecondFact(
            amounts=amounts or tuple(said_before),
            times=times,
            emails=emails,
        ),
        matter=matter,
        amounts=amounts or tuple(said_before),
        places=tuple(str(p) for p in understanding.values("place")),
        answered=view.awaiting.fact is Fact.SECOND_FACT,
        fresh=bool(given or amounts or times or emails),
        known={**known, **({"amounts": list(amounts)[:5]} if amounts else {})},
    )


def wanted_again(case: Case, known: dict[str, Any]) -> Wanted:
    """What a case and its conversation say about the booking, when Kawan looks again by itself."""
    return Wanted(
        code=case.booking_code or known.get("code"),
        second=SecondFact(amounts=tuple(int(a) for a in known.get("amounts", []))),
        matter=case.matter,
        amounts=tuple(int(a) for a in known.get("amounts", [])),
        known=known,
    )


def _option_code(understanding: Understanding) -> str | None:
    option = understanding.option or ""
    return option.removeprefix("booking:") if option.startswith("booking:") else None


def _numbered_code(view: TurnView) -> str | None:
    """ "Yang kedua" among the bookings that were listed."""
    listed = view.known.get("listed", []) if view.awaiting.fact is Fact.WHICH_BOOKING else []
    numbers = {int(n) for n in view.understanding.values("option_ref")}
    number = numbers.pop() if len(numbers) == 1 else 0
    return str(listed[number - 1]) if 1 <= number <= len(listed) else None


def _amounts(understanding: Understanding) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(a) for a in understanding.values("amount")))


def _times(understanding: Understanding, view: TurnView, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Hours the customer names, on the days they name (today and yesterday where they name none)."""
    sent = view.incoming[-1].sent_at.astimezone(zone) if view.incoming else None
    days = [datetime.fromisoformat(str(d)).date() for d in understanding.values("date")]
    if not days and sent is not None:
        days = [sent.date(), sent.date() - timedelta(days=1)]
    hours = [time.fromisoformat(str(value)[:5]) for value in understanding.values("time")]
    return tuple(datetime.combine(day, hour, zone) for hour in hours for day in days)[:3]


def look_up(deps: Deps, identity: Identity, wanted: Wanted) -> Lookup:
    """Find the booking and check the person. Never raises for an unreachable system: that is a finding."""
    try:
        proof = proof_of(identity)
        if wanted.code is not None:
            return _by_code(deps, identity, wanted, wanted.code, proof)
        if proof.names_a_person or proof.codes:
            return _by_person(deps, wanted, proof)
        return Lookup(Found.NEED_CODE)
    except (BackendUnavailable, BackendMisused):
        # Refusing our token is an outage as well, as far as the customer is concerned.
        return Lookup(Found.SYSTEM_DOWN, code=wanted.code)


def proof_of(identity: Identity) -> Proof:
    """What is proven about the person on this channel."""
    return Proof(
        phone=identity.proven_phone,
        email=identity.proven_email,
        subject=identity.proven_subject,
        codes=tuple(identity.proven_codes),
    )


def _by_code(deps: Deps, identity: Identity, wanted: Wanted, code: str, proof: Proof) -> Lookup:
    try:
        booking = deps.backend.booking(code)
    except NotFound:
        booking = None
    # Who is proven by the platform is not locked out by a stranger's guesses.
    if booking is not None and may_see(proof, booking):
        return complete(deps, booking)
    if (until := _lock(deps, identity, code)) is not None:
        return Lookup(Found.LOCKED, code=code, until=until)
    failures = int(wanted.fresh)
    if booking is None:
        return Lookup(Found.CODE_UNKNOWN, code=code, failures=failures)
    if not wanted.second:
        return Lookup(Found.NEED_SECOND_FACT, code=code)
    if second_fact_fits(wanted.second, booking):
        return complete(deps, booking, opened=True)
    answered = wanted.answered and wanted.fresh
    return Lookup(Found.FACT_WRONG if answered else Found.NEED_SECOND_FACT, code=code, failures=failures)


def _by_person(deps: Deps, wanted: Wanted, proof: Proof) -> Lookup:
    bookings = _bookings_of(deps, proof)
    likely = _likely(bookings, wanted, deps.clock.now())
    if len(likely) == 1:
        return complete(deps, likely[0])
    if likely:
        return Lookup(Found.SEVERAL, several=tuple(likely[:6]))
    if not proof.names_a_person:
        return Lookup(Found.NEED_CODE)
    return Lookup(Found.NONE_OF_PERSON)


def _bookings_of(deps: Deps, proof: Proof) -> list[Booking]:
    found: dict[str, Booking] = {}
    for query in (
        {"phone": proof.phone} if proof.phone else None,
        {"email": proof.email} if proof.email else None,
        {"customer_id": proof.subject} if proof.subject else None,
    ):
        if query:
            found |= {b.code: b for b in deps.backend.bookings(**query)}
    for code in proof.codes:
        if code not in found:
            try:
                found[code] = deps.backend.booking(code)
            except NotFound:
                continue
    return [b for b in found.values() if may_see(proof, b)]


_UNTROUBLED = frozenset({"issued", "refund_paid", "refund_not_found", "cancelled"})


def _likely(bookings: list[Booking], wanted: Wanted, now: datetime) -> list[Booking]:
    """Narrow down by what was said, then by what is in trouble; newest first."""
    candidates = sorted(bookings, key=lambda b: b.created_at, reverse=True)
    for test in (
        _has_sum(wanted.amounts),
        _has_place(wanted.places),
        _in_trouble(wanted.matter, now),
        _ahead(now),
    ):
        fitting = [b for b in candidates if test(b)]
        if fitting:
            candidates = fitting
        if len(candidates) == 1:
            break
    return candidates


def _has_sum(amounts: tuple[int, ...]) -> Any:
    def test(booking: Booking) -> bool:
        sums = {p.amount for p in booking.payments} | {p.amount for p in booking.prices}
        sums |= {booking.amount_due} | {r.amount for r in booking.refunds}
        return bool(sums.intersection(amounts))

    return test


def _has_place(places: tuple[str, ...]) -> Any:
    wanted = {p.casefold() for p in places}

    def test(booking: Booking) -> bool:
        names = {
            n.casefold()
            for s in booking.segments
            for n in (s.origin, s.destination, s.origin_name, s.destination_name)
        }
        if booking.stay:
            names |= {booking.stay.city.casefold(), booking.stay.hotel.casefold()}
        return bool(names & wanted)

    return test


def _in_trouble(matter: str, now: datetime) -> Any:
    def test(booking: Booking) -> bool:
        if family(matter) is Family.REFUND:
            return bool(booking.refunds)
        cause = diagnose(matter, booking, None, now).cause
        # A lapsed booking that was never paid is old news once it is a few days old.
        stale = booking.status is BookingStatus.EXPIRED and now - booking.created_at > timedelta(days=7)
        return cause not in _UNTROUBLED and not (stale and cause == "expired_unpaid")

    return test


def _ahead(now: datetime) -> Any:
    def test(booking: Booking) -> bool:
        start = booking.starts_at
        if start is None:
            return False
        return start >= now if isinstance(start, datetime) else start >= now.date()

    return test


def complete(deps: Deps, booking: Booking, *, opened: bool = False) -> Lookup:
    """The booking with what is still free, where that matters; not knowing is no failure."""
    quotes: tuple[Quote, ...] | None = None
    if booking.status is BookingStatus.EXPIRED:
        try:
            quotes = tuple(deps.backend.quotes(booking.code))
        except BackendUnavailable:
            quotes = None
    return Lookup(Found.BOOKING, code=booking.code, booking=booking, quotes=quotes, opened=opened)


def _lock(deps: Deps, identity: Identity, code: str) -> datetime | None:
    """End of the lock on the identity or on the code, if there is one."""
    now = deps.clock.now()
    with deps.store.reading() as session:
        failures = session.scalars(
            select(VerificationFailure).where(
                or_(
                    VerificationFailure.identity_id == identity.id,
                    VerificationFailure.booking_code == code,
                ),
                VerificationFailure.at > now - 2 * LOCK_FOR,
            )
        ).all()
    by_identity = locked_until([f.at for f in failures if f.identity_id == identity.id], now)
    by_code = locked_until([f.at for f in failures if f.booking_code == code], now)
    return max((u for u in (by_identity, by_code) if u), default=None)


def remember(work: Work, wanted: Wanted, lookup: Lookup) -> None:
    """Write what the turn showed about the person: facts given, a code opened, attempts failed."""
    known = {**work.conversation.known, **wanted.known, "listed": [b.code for b in lookup.several]}
    if lookup.found is Found.CODE_UNKNOWN:
        known.pop("code", None)
    elif lookup.code:
        known["code"] = lookup.code
    work.conversation.known = known
    for _ in range(lookup.failures):
        work.session.add(
            VerificationFailure(
                id=new_id(), identity_id=work.identity.id, booking_code=lookup.code, at=work.now
            )
        )
    if lookup.opened and lookup.code and lookup.code not in work.identity.proven_codes:
        work.identity.proven_codes = [*work.identity.proven_codes, lookup.code]
        work.audit("bot", "verified", f"booking {lookup.code}", {"identity": work.identity.id})
    if lookup.booking is not None:
        _know_customer(work, lookup.booking)


def _know_customer(work: Work, booking: Booking) -> None:
    """Tie the identity to the company's customer, so that cases and limits follow the person."""
    person = booking.customer
    customer = work.session.scalar(select(Customer).where(Customer.backend_id == person.id))
    if customer is None:
        customer = Customer(id=new_id(), backend_id=person.id, left_alone=False, created_at=work.now)
        work.session.add(customer)
    customer.name, customer.phone, customer.email = person.name, person.phone, person.email
    customer.form_of_address = person.form_of_address
    work.session.flush()
    work.identity.customer_id = customer.id
