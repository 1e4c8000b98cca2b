"""Puts situations into the company: all of a file or nothing, and nothing twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from demo import contract, faults, rules, situations
from demo.company import Company, journey, register, store
from demo.situations import Situation, SituationError
from demo.tables import (
    Base,
    BookingRow,
    CustomerRow,
    FaultRow,
    IdentityRow,
    LoadedRow,
    OperationRow,
    PartRow,
    QuoteRow,
)
from demo.times import normal_phone, parse_day, parse_when

TRIP = timedelta(minutes=90)


class Loaded(BaseModel):
    set_up: int = 0
    unchanged: int = 0
    bookings: list[str] = []


@dataclass
class _Load:
    session: Session
    now: datetime
    again: bool
    problems: list[tuple[str, str]] = field(default_factory=list)
    result: Loaded = field(default_factory=Loaded)
    customers: dict[str, str] = field(default_factory=dict)  # id, phone or mail -> id
    codes: set[str] = field(default_factory=set)

    def wrong(self, path: str, message: str) -> None:
        self.problems.append((path, message))

    def is_new(self, kind: str, name: str, raw: Any) -> bool:
        """Whether the text differs from the one this object was last loaded from."""
        text = json.dumps(raw, sort_keys=True, ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        row = self.session.get(LoadedRow, (kind, name))
        if row is not None and row.digest == digest and not self.again:
            self.result.unchanged += 1
            return False
        self.session.merge(LoadedRow(kind=kind, id=name, digest=digest))
        self.result.set_up += 1
        return True


def load(company: Company, raw: Any, *, again: bool = False) -> Loaded:
    """Set a situation up; `again` also what was loaded before from the same text."""
    situation = situations.parse_situation(raw)
    with company.db.write() as session:
        work = _Load(session, company.now(), again)
        _customers(work, situation, raw)
        _bookings(work, situation, raw)
        _quotes(work, situation, raw)
        _faults(work, situation, raw)
        if work.problems:
            raise SituationError(work.problems)  # rolls everything back
        return work.result


def _derived(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def _customers(work: _Load, situation: Situation, raw: Any) -> None:
    seen: set[str] = set()
    for i, given in enumerate(situation.customers):
        path = f"$.customers[{i}]"
        email = given.email.strip().lower() if given.email else None
        name = given.id or "c_" + _derived(given.phone or email or given.name)[:10]
        if name in seen:
            work.wrong(path, f"customer {name} appears twice")
        seen.add(name)
        work.customers.update({k: name for k in (name, given.phone, email) if k})
        for j, identity in enumerate(given.identities):
            row = work.session.get(IdentityRow, (identity.channel, identity.id))
            if row is not None and row.customer_id != name:
                work.wrong(f"{path}.identities[{j}]", f"belongs to customer {row.customer_id}")
        if not work.problems and work.is_new("customer", name, raw["customers"][i]):
            _store_customer(work, name, email, given)


def _store_customer(work: _Load, name: str, email: str | None, given: situations.Customer) -> None:
    customer = contract.Customer(
        id=name,
        name=given.name,
        phone=given.phone,
        email=email,
        form_of_address=given.form_of_address,
        identities=[(i.channel, i.id) for i in given.identities],
    )
    contacts = [
        {
            "booking": c.booking,
            "contact": {
                "channel": c.channel,
                "at": parse_when(c.at, work.now).isoformat(),
                "outcome": c.outcome,
                "note": c.note,
            },
        }
        for c in given.contacts
    ]
    work.session.merge(
        CustomerRow(
            id=name,
            name=given.name,
            phone=given.phone,
            email=email,
            document=customer.model_dump_json(),
            contacts=json.dumps(contacts),
        )
    )
    work.session.execute(delete(IdentityRow).where(IdentityRow.customer_id == name))
    for channel, identity in customer.identities:
        work.session.merge(IdentityRow(channel=channel, identity=identity, customer_id=name))
    work.session.flush()


def _owner(work: _Load, reference: str) -> str | None:
    """A customer of this file or of an earlier one, by id, phone or mail."""
    phone = normal_phone(reference) if any(c.isdigit() for c in reference) else None
    keys = [k for k in (reference, reference.strip().lower(), phone) if k]
    for key in keys:
        if key in work.customers:
            return work.customers[key]
    known = select(CustomerRow.id).where(
        (CustomerRow.id == reference)
        | (CustomerRow.email == reference.strip().lower())
        | (CustomerRow.phone == phone)
    )
    found = work.session.scalars(known).all()
    return found[0] if len(found) == 1 else None


def _bookings(work: _Load, situation: Situation, raw: Any) -> None:
    for i, given in enumerate(situation.bookings):
        path = f"$.bookings[{i}]"
        owner = _owner(work, given.customer)
        if owner is None:
            work.wrong(f"{path}.customer", f"no customer {given.customer}")
            continue
        code = given.code or "K" + _derived(owner, i)[:7].upper()
        if code in work.codes:
            work.wrong(f"{path}.code", f"booking {code} appears twice")
        work.codes.add(code)
        record = _Builder(work, path, code, given).build()
        if not work.problems and work.is_new("booking", code, raw["bookings"][i]):
            _store_booking(work, path, owner, given, record)
        work.result.bookings.append(code)
    _contact_references(work, situation)


def _contact_references(work: _Load, situation: Situation) -> None:
    for i, customer in enumerate(situation.customers):
        for j, contact in enumerate(customer.contacts):
            known = contact.booking is None or contact.booking in work.codes
            if not known and work.session.get(BookingRow, contact.booking) is None:
                path = f"$.customers[{i}].contacts[{j}].booking"
                work.wrong(path, f"no booking {contact.booking}")


def _store_booking(
    work: _Load,
    path: str,
    owner: str,
    given: situations.Booking,
    record: contract.BookingRecord,
) -> None:
    session, code = work.session, record.code
    session.execute(delete(PartRow).where(PartRow.booking == code))
    session.execute(delete(OperationRow).where(OperationRow.booking == code))
    session.execute(delete(QuoteRow).where(QuoteRow.booking == code))
    parts = [("request", r.id, f"payment_requests[{i}].id") for i, r in enumerate(record.payment_requests)]
    parts += [("refund", r.id, f"refunds[{i}].id") for i, r in enumerate(record.refunds)]
    parts += [("ticket", t.number, f"tickets[{i}].number") for i, t in enumerate(record.tickets)]
    for kind, name, where in parts:
        taken = session.get(PartRow, (kind, name))
        if taken is not None:
            work.wrong(f"{path}.{where}", f"{name} belongs to booking {taken.booking}")
            continue
        register(session, kind, name, code)
    row = session.get(BookingRow, code) or BookingRow(code=code)
    row.customer_id, row.situation = owner, given.situation
    store(row, record)
    session.add(row)
    for i, quote in enumerate(given.quotes):
        _store_quote(work, quote, f"{path}.quotes[{i}]", quote.id or f"q_{code}_{i + 1}", record)
    session.flush()


@dataclass
class _Builder:
    """Makes a booking record of a given one; tells what cannot be."""

    work: _Load
    path: str
    code: str
    given: situations.Booking

    def at(self, when: str) -> datetime:
        return parse_when(when, self.work.now)

    def maybe(self, when: str | None) -> datetime | None:
        return None if when is None else self.at(when)

    def build(self) -> contract.BookingRecord:
        given = self.given
        self._check()
        kind = contract.BookingKind(given.kind)
        status = contract.BookingStatus(given.status)
        payments = self._payments()
        return contract.BookingRecord(
            code=self.code,
            kind=kind,
            status=status,
            created_at=self.at(given.created_at),
            amount_due=given.amount_due,
            unique_code=given.unique_code,
            waived=given.waived,
            hold_until=self.maybe(given.hold_until),
            status_note=given.status_note or rules.NOTES[status],
            passengers=given.passengers,
            segments=[_segment(s, self.work.now) for s in given.segments],
            stay=_stay(given.stay, self.work, f"{self.path}.stay"),
            prices=[contract.PriceSeen(**{**p.model_dump(), "at": self.at(p.at)}) for p in given.prices],
            payments=payments,
            payment_requests=self._requests(),
            refunds=self._refunds(payments),
            tickets=self._tickets(kind),
            notifications=[
                contract.Notification(**{**n.model_dump(), "at": self.at(n.at)}) for n in given.notifications
            ],
            schedule_changes=[
                contract.ScheduleChange(
                    kind=s.kind,
                    at=self.at(s.at),
                    note=s.note,
                    new_departs_at=self.maybe(s.new_departs_at),
                )
                for s in given.schedule_changes
            ],
            baggage=[
                contract.BaggageReport(
                    id=b.id or f"bg_{self.code}_{i + 1}",
                    kind=b.kind,
                    at=self.at(b.at),
                    status=b.status,
                    note=b.note,
                )
                for i, b in enumerate(given.baggage)
            ],
        )

    def _check(self) -> None:
        given, wrong = self.given, self.work.wrong
        is_hotel = given.kind is contract.BookingKind.HOTEL
        if is_hotel and given.stay is None:
            wrong(f"{self.path}.stay", "missing; a hotel booking has a stay")
        if is_hotel and given.segments:
            wrong(f"{self.path}.segments", "a hotel booking has none")
        if not is_hotel and not given.segments:
            wrong(f"{self.path}.segments", "missing; a journey has at least one segment")
        if not is_hotel and given.stay is not None:
            wrong(f"{self.path}.stay", "a journey has none")
        awaiting = given.status is contract.BookingStatus.AWAITING_PAYMENT
        if awaiting and given.hold_until is None:
            wrong(f"{self.path}.hold_until", "missing; a booking that awaits payment is held")
        if given.unique_code > given.amount_due:
            wrong(f"{self.path}.unique_code", "more than amount_due, which contains it")
        for i, quote in enumerate(given.quotes):
            if quote.booking not in (None, self.code):
                wrong(f"{self.path}.quotes[{i}].booking", "another booking's quote")

    def _ids(self, items: list[Any], part: str, prefix: str) -> list[str]:
        names = [item.id or f"{prefix}_{self.code}_{i + 1}" for i, item in enumerate(items)]
        for i, name in enumerate(names):
            if name in names[:i]:
                self.work.wrong(f"{self.path}.{part}[{i}].id", f"{name} appears twice")
        return names

    def _payments(self) -> list[contract.Payment]:
        names = self._ids(self.given.payments, "payments", "pay")
        requests = self._ids(self.given.payment_requests, "payment_requests", "pr")
        made = []
        for i, given in enumerate(self.given.payments):
            if given.request_id is not None and given.request_id not in requests:
                where = f"{self.path}.payments[{i}].request_id"
                self.work.wrong(where, f"no payment request {given.request_id} in this booking")
            values = {**given.model_dump(), "id": names[i], "paid_at": self.at(given.paid_at)}
            made.append(contract.Payment(**values))
        return made

    def _requests(self) -> list[contract.PaymentRequest]:
        names = [r.id or f"pr_{self.code}_{i + 1}" for i, r in enumerate(self.given.payment_requests)]
        return [
            contract.PaymentRequest(
                id=name, amount=r.amount, expires_at=self.at(r.expires_at), status=r.status
            )
            for name, r in zip(names, self.given.payment_requests, strict=True)
        ]

    def _refunds(self, payments: list[contract.Payment]) -> list[contract.Refund]:
        names = self._ids(self.given.refunds, "refunds", "rf")
        by_id = {p.id: p for p in payments}
        made = []
        for i, given in enumerate(self.given.refunds):
            source = by_id.get(given.payment_id or "")
            if given.payment_id is not None and source is None:
                where = f"{self.path}.refunds[{i}].payment_id"
                self.work.wrong(where, f"no payment {given.payment_id} in this booking")
            made.append(
                contract.Refund(
                    id=names[i],
                    amount=given.amount,
                    status=given.status,
                    requested_at=self.at(given.requested_at),
                    promised_by=self.maybe(given.promised_by),
                    paid_at=self.maybe(given.paid_at),
                    payment_id=given.payment_id,
                    destination=given.destination
                    or (rules.destination(source) if source is not None else None),
                    reason=given.reason,
                    expedited_at=self.maybe(given.expedited_at),
                )
            )
        return made

    def _tickets(self, kind: contract.BookingKind) -> list[contract.Ticket]:
        return [
            contract.Ticket(
                number=t.number or rules.ticket_number(kind, self.code, i),
                issued_at=self.at(t.issued_at),
                sent_to=t.sent_to,
                sent_at=self.maybe(t.sent_at),
            )
            for i, t in enumerate(self.given.tickets)
        ]


def _segment(given: situations.Segment, now: datetime) -> contract.Segment:
    departs_at = parse_when(given.departs_at, now)
    return contract.Segment(
        carrier=given.carrier,
        number=given.number,
        origin=given.origin,
        origin_name=given.origin_name or given.origin,
        destination=given.destination,
        destination_name=given.destination_name or given.destination,
        departs_at=departs_at,
        arrives_at=parse_when(given.arrives_at, now) if given.arrives_at else departs_at + TRIP,
        origin_zone=given.origin_zone,
    )


def _stay(given: situations.Stay | None, work: _Load, path: str) -> contract.Stay | None:
    if given is None:
        return None
    days = {name: parse_day(getattr(given, name), work.now) for name in ("check_in", "check_out")}
    if days["check_out"] <= days["check_in"]:
        work.wrong(f"{path}.check_out", "not after check_in")
    return contract.Stay(hotel=given.hotel, city=given.city, room=given.room, **days)


def _quotes(work: _Load, situation: Situation, raw: Any) -> None:
    for i, given in enumerate(situation.quotes):
        path = f"$.quotes[{i}]"
        record = None
        if given.booking is not None and not work.problems:
            row = work.session.get(BookingRow, given.booking)
            if row is None:
                work.wrong(f"{path}.booking", f"no booking {given.booking}")
                continue
            record = contract.BookingRecord.model_validate_json(row.document)
        elif given.booking is None and not given.segments and given.stay is None:
            work.wrong(path, "needs a booking, segments or a stay")
            continue
        named = given.model_dump(include={"booking", "segments", "stay"})
        name = given.id or "q_" + _derived(i, json.dumps(named, sort_keys=True))[:10]
        if not work.problems and work.is_new("quote", name, raw["quotes"][i]):
            _store_quote(work, given, path, name, record)


def _store_quote(
    work: _Load,
    given: situations.Quote,
    path: str,
    name: str,
    booking: contract.BookingRecord | None,
) -> None:
    segments = [_segment(s, work.now) for s in given.segments]
    stay = _stay(given.stay, work, f"{path}.stay")
    if booking is not None and not segments and stay is None:
        segments, stay = booking.segments, booking.stay
    quote = contract.Quote(
        id=name,
        price=given.price,
        available=given.available,
        valid_until=parse_when(given.valid_until, work.now),
        segments=segments,
        stay=stay,
    )
    code = booking.code if booking else None
    taken = work.session.get(QuoteRow, name)
    if taken is not None and taken.booking != code:
        work.wrong(f"{path}.id", f"{name} belongs to another booking or journey")
        return
    work.session.merge(
        QuoteRow(id=name, booking=code, journey=journey(quote), document=quote.model_dump_json())
    )
    work.session.flush()


def _faults(work: _Load, situation: Situation, raw: Any) -> None:
    for i, given in enumerate(situation.faults):
        for j, wanted in enumerate(given.operations):
            if wanted not in faults.OPERATIONS:
                known = ", ".join(sorted(faults.OPERATIONS))
                work.wrong(f"$.faults[{i}].operations[{j}]", f"no operation {wanted}; one of {known}")
        # Named by the whole file: another file may bring the same fault again later.
        name = _derived(i, json.dumps(raw, sort_keys=True))[:16]
        if not work.problems and work.is_new("fault", name, raw["faults"][i]):
            _store_fault(work, given)


def _store_fault(work: _Load, given: situations.Fault) -> None:
    operations = ",".join(given.operations)
    active = select(FaultRow).where(
        FaultRow.kind == given.kind,
        FaultRow.seconds == given.seconds,
        FaultRow.operations == operations,
    )
    if any(row.calls_left == given.calls for row in work.session.scalars(active)):
        return
    work.session.add(
        FaultRow(
            kind=given.kind,
            seconds=given.seconds,
            calls_left=given.calls,
            operations=operations,
        )
    )


def reset(company: Company) -> None:
    """Forget everything but the product's clock."""
    with company.db.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name != "state":
                session.execute(table.delete())
