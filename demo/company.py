"""The company at work: bookings looked up and changed in transactions, acts done once."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from demo import rules
from demo.contract import (
    ActResult,
    Booking,
    BookingRecord,
    Customer,
    EarlierContact,
    PaymentRequest,
    Quote,
    Refund,
    RequestStatus,
)
from demo.events import emit
from demo.settings import Settings
from demo.tables import (
    BookingRow,
    CustomerRow,
    Database,
    IdentityRow,
    OperationRow,
    PartRow,
    QuoteRow,
    StateRow,
)
from demo.times import ZONE, normal_code, normal_phone


class NotFound(Exception):
    pass


class KeyReused(Exception):
    """The same idempotency key came with another act."""


@dataclass
class Work:
    """One booking within a transaction, and what happened to it."""

    session: Session
    row: BookingRow
    booking: BookingRecord
    now: datetime
    key: str | None = None
    request: PaymentRequest | None = None
    refund: Refund | None = None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def tell(self, type_: str, **data: Any) -> None:
        if self.key:
            data["operation_key"] = self.key
        self.events.append((type_, data))

    def quote(self, quote_id: str) -> tuple[QuoteRow, Quote] | None:
        row = self.session.get(QuoteRow, quote_id, with_for_update=True)
        if row is None or not quote_fits(row, self.booking):
            return None
        return row, Quote.model_validate_json(row.document)


Act = Callable[[Work], None]


class Company:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.db = Database(settings.database_url)
        self.on_event: Callable[[], None] = lambda: None

    # The product's clock

    def offset(self) -> timedelta:
        with self.db.read() as session:
            row = session.get(StateRow, "clock_offset")
            return timedelta(seconds=int(row.value)) if row else timedelta()

    def set_offset(self, seconds: int) -> None:
        with self.db.write() as session:
            session.merge(StateRow(key="clock_offset", value=str(seconds)))
        self.lapse_due()

    def now(self) -> datetime:
        return (datetime.now(UTC) + self.offset()).replace(microsecond=0)

    def lapse_due(self) -> int:
        """Let all holds and payment requests lapse whose time has come."""
        now = self.now()
        due = select(BookingRow.code).where(BookingRow.due_at <= now.timestamp())
        with self.db.read() as session:
            codes = session.scalars(due).all()
        for code in codes:
            self.change(code, lambda work: None)
        return len(codes)

    # Lookups

    def booking(self, code: str) -> Booking:
        with self.db.read() as session:
            row = session.get(BookingRow, normal_code(code))
            if row is None:
                raise NotFound(f"no booking {code}")
            return self.present(session, row)

    def bookings_of(self, phone: str | None, email: str | None, customer_id: str | None) -> list[Booking]:
        with self.db.read() as session:
            owners = select(CustomerRow.id)
            if phone:
                owners = owners.where(CustomerRow.phone == normal_phone(phone))
            if email:
                owners = owners.where(CustomerRow.email == email.strip().lower())
            if customer_id:
                owners = owners.where(CustomerRow.id == customer_id)
            rows = session.scalars(select(BookingRow).where(BookingRow.customer_id.in_(owners)))
            found = [self.present(session, row) for row in rows]
        return sorted(found, key=lambda b: (b.created_at, b.code), reverse=True)

    def customers(
        self, phone: str | None, email: str | None, channel: str | None, identity: str | None
    ) -> list[Customer]:
        query = select(CustomerRow).order_by(CustomerRow.id)
        if phone:
            query = query.where(CustomerRow.phone == normal_phone(phone))
        if email:
            query = query.where(CustomerRow.email == email.strip().lower())
        if channel and identity:
            query = query.join(IdentityRow, IdentityRow.customer_id == CustomerRow.id).where(
                IdentityRow.channel == channel, IdentityRow.identity == identity
            )
        with self.db.read() as session:
            return [Customer.model_validate_json(r.document) for r in session.scalars(query)]

    def quotes(self, code: str) -> list[Quote]:
        now = self.now()
        with self.db.read() as session:
            row = session.get(BookingRow, normal_code(code))
            if row is None:
                raise NotFound(f"no booking {code}")
            booking = BookingRecord.model_validate_json(row.document)
            matching = or_(
                QuoteRow.booking == booking.code,
                QuoteRow.booking.is_(None) & (QuoteRow.journey == journey(booking)),
            )
            rows = session.scalars(select(QuoteRow).where(matching).order_by(QuoteRow.id))
            quotes = [Quote.model_validate_json(r.document) for r in rows]
        usable = (q for q in quotes if q.available > 0 and q.valid_until > now)
        return sorted(usable, key=lambda q: (q.price, q.id))

    def operation(self, key: str) -> OperationRow:
        with self.db.read() as session:
            row = session.get(OperationRow, key)
            if row is None:
                raise NotFound("no operation with this key")
            return row

    def booking_code_of(self, kind: str, part_id: str) -> str:
        with self.db.read() as session:
            row = session.get(PartRow, (kind, part_id))
            if row is None:
                raise NotFound(f"no such {kind}")
            return row.booking

    # Changes

    def act(
        self, key: str, operation: str, code: str, body: BaseModel, act: Act, part: str = ""
    ) -> OperationRow:
        """Do an act once, or give the stored answer of the first time.

        `part` names what else the address held, so that the key cannot stand for another one.
        """
        code = normal_code(code)
        text = f"{operation}|{code}|{part}|{body.model_dump_json()}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        with self.db.write() as session:
            work = self._take(session, code, key)
            seen = session.get(OperationRow, key)
            if seen is not None:
                if seen.digest != digest:
                    raise KeyReused
                return seen
            row = OperationRow(
                key=key,
                operation=operation,
                booking=code,
                digest=digest,
                at=work.now.isoformat(),
                status="done",
            )
            try:
                act(work)
                self._put(work)
                row.answer = self._result(work)
            except rules.Refusal as refusal:
                row.status, row.answer = "refused", json.dumps(problem_of(refusal))
            session.add(row)
        self.on_event()
        return row

    def change(self, code: str, act: Act) -> Booking:
        """Change a booking outside the contract: the world, the operator, the passing of time."""
        with self.db.write() as session:
            work = self._take(session, normal_code(code), None)
            act(work)
            self._put(work)
            booking = self.present(session, work.row)
        self.on_event()
        return booking

    def _take(self, session: Session, code: str, key: str | None) -> Work:
        row = session.get(BookingRow, code, with_for_update=True)
        if row is None:
            raise NotFound(f"no booking {code}")
        work = Work(session, row, BookingRecord.model_validate_json(row.document), self.now(), key)
        if row.due_at is not None and row.due_at <= work.now.timestamp():
            expired = rules.lapse(work.booking, work.now)
            store(row, work.booking)
            if expired:  # nobody's act caused it, so it carries no key
                emit(session, "booking.expired", code, {}, work.now)
        return work

    def _put(self, work: Work) -> None:
        store(work.row, work.booking)
        for type_, data in work.events:
            emit(work.session, type_, work.booking.code, data, work.now)

    def _result(self, work: Work) -> str:
        booking = self.present(work.session, work.row)
        wanted = work.request.id if work.request is not None else None
        request = next((r for r in booking.payment_requests if r.id == wanted), None)
        result = ActResult(booking=booking, payment_request=request, refund=work.refund)
        return result.model_dump_json()

    # How it is shown

    def present(self, session: Session, row: BookingRow) -> Booking:
        """The booking with its customer, contacts and the addresses of its pages."""
        record = BookingRecord.model_validate_json(row.document)
        customer = session.get(CustomerRow, row.customer_id)
        if customer is None:
            raise LookupError(f"booking {row.code} has no customer")
        contacts = [
            EarlierContact.model_validate(entry["contact"])
            for entry in json.loads(customer.contacts)
            if entry["booking"] in (None, row.code)
        ]
        for request in record.payment_requests:
            request.url = f"{self.settings.public_url}/pay/{request.id}"
        for ticket in record.tickets:
            seal = self.seal("ticket", ticket.number)
            ticket.url = f"{self.settings.public_url}/t/{ticket.number}?k={seal}"
        return Booking(
            **dict(record),
            customer=Customer.model_validate_json(customer.document),
            contacts=contacts,
        )

    def seal(self, kind: str, name: str) -> str:
        """What makes an address unguessable."""
        message = f"{kind}/{name}".encode()
        return hmac.new(self.settings.token.encode(), message, hashlib.sha256).hexdigest()[:16]


def store(row: BookingRow, booking: BookingRecord) -> None:
    due = rules.due_at(booking)
    row.status, row.kind = booking.status.value, booking.kind.value
    row.due_at = due.timestamp() if due else None
    row.document = booking.model_dump_json()


def register(session: Session, kind: str, part_id: str, code: str) -> None:
    session.merge(PartRow(kind=kind, id=part_id, booking=code))


def journey(of: BookingRecord | Quote) -> str:
    """What makes two seats or rooms interchangeable: route and day, or hotel and nights."""
    if of.stay:
        stay = of.stay
        return f"{stay.hotel}|{stay.city}|{stay.check_in}|{stay.check_out}".lower()
    first, last = of.segments[0], of.segments[-1]
    return f"{first.origin}|{last.destination}|{first.departs_at.astimezone(ZONE).date()}".lower()


def quote_fits(row: QuoteRow, booking: BookingRecord) -> bool:
    if row.booking is not None:
        return row.booking == booking.code
    return row.journey == journey(booking)


def problem_of(refusal: rules.Refusal) -> dict[str, Any]:
    return problem(409, refusal.code, rules.TITLES[refusal.code], refusal.detail)


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    kind = f"urn:kelana:problem:{code}"
    return {"type": kind, "title": title, "status": status, "code": code, "detail": detail, **more}


def open_request(booking: BookingRecord, request_id: str) -> PaymentRequest | None:
    for request in booking.payment_requests:
        if request.id == request_id and request.status is RequestStatus.OPEN:
            return request
    return None
