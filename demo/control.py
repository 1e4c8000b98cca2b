"""The demo company's control interface: an operator's hand on the world. No real company has it."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from sqlalchemy import ColumnElement, func, or_, select

from demo import contract, faults, happenings, loader, rules, seed, situations
from demo.company import Work
from demo.contract import Instant, PositiveRupiah
from demo.tables import BookingRow, CustomerRow, EventRow, FaultRow, OperationRow, QuoteRow
from demo.times import normal_code, normal_phone
from demo.v1 import Wired, authorized

router = APIRouter(prefix="/control", tags=["control"], dependencies=[Depends(authorized)])


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BookingLine(BaseModel):
    """A booking in a list."""

    code: str
    kind: contract.BookingKind
    status: contract.BookingStatus
    situation: str | None
    customer: str
    phone: str | None
    amount_due: int
    starts_at: datetime
    hold_until: datetime | None


class ClockChange(Input):
    """One of the two: an offset from real time, or the time that it should be now."""

    offset_seconds: StrictInt | None = None
    now: Instant | None = None


class Arrival(Input):
    amount: PositiveRupiah
    method: contract.PaymentMethod = contract.PaymentMethod.VIRTUAL_ACCOUNT
    bank: str | None = None
    status: Literal["received", "accepted", "pending"] = "received"
    paid_at: Instant | None = None
    payer_name: str | None = None
    account_tail: str | None = Field(default=None, pattern=r"^\d{4}$")


class Change(Input):
    kind: Literal["delay", "reschedule", "cancellation", "overbooked"]
    note: str = ""
    new_departs_at: Instant | None = None


class QuoteChange(Input):
    """Which quotes (all given must match), and what becomes of them."""

    quote_id: str | None = None
    booking: str | None = None
    origin: str | None = None
    destination: str | None = None
    hotel: str | None = None
    price: PositiveRupiah | None = None
    available: Annotated[StrictInt, Field(ge=0)] | None = None


class Failure(Input):
    note: str = "rekening tujuan menolak"


# Situations, clock, faults


@router.post("/situations")
def load_situation(company: Wired, situation: Annotated[Any, Body()], again: bool = False) -> loader.Loaded:
    """Set up all of it or nothing; identical objects stay as they are unless `again`."""
    return loader.load(company, situation, again=again)


@router.get("/situations")
def list_showcases() -> dict[str, Any]:
    """The named situations that come with the demo, each with the customer whose story it is."""
    return {
        "situations": [
            {
                "name": name,
                "description": story.get("description", ""),
                "customer": next((c["id"] for c in story.get("customers", ())), None),
            }
            for name, story in seed.showcases().items()
        ]
    }


@router.post("/situations/{name}")
def load_showcase(name: str, company: Wired) -> loader.Loaded:
    """Set a named situation up anew, dated from now."""
    found = seed.showcases().get(name)
    if found is None:
        raise happenings.Unknown(f"no situation {name}")
    return loader.load(company, found, again=True)


@router.get("/schema")
def schema() -> dict[str, Any]:
    return situations.json_schema()


@router.post("/reset")
def reset(company: Wired, fill: bool = True) -> dict[str, int]:
    """Back to the seed, dated from the product's clock as it stands; or empty."""
    loader.reset(company)
    return {"bookings": seed.fill(company) if fill else 0}


@router.get("/clock")
def clock(company: Wired) -> dict[str, Any]:
    return {"now": company.now(), "offset_seconds": int(company.offset().total_seconds())}


@router.put("/clock")
def set_clock(change: ClockChange, company: Wired) -> dict[str, Any]:
    if (change.offset_seconds is None) == (change.now is None):
        raise happenings.Impossible("give offset_seconds or now")
    if change.now is not None:
        company.set_offset(math.ceil((change.now - datetime.now(UTC)).total_seconds()))
    else:
        company.set_offset(change.offset_seconds or 0)
    return clock(company)


@router.get("/faults")
def list_faults(company: Wired) -> dict[str, Any]:
    with company.db.read() as session:
        rows = session.scalars(select(FaultRow).order_by(FaultRow.id)).all()
    return {
        "faults": [
            {
                "id": r.id,
                "kind": r.kind,
                "seconds": r.seconds,
                "calls": r.calls_left,
                "operations": [o for o in r.operations.split(",") if o],
            }
            for r in rows
        ]
    }


@router.post("/faults", status_code=201)
def add_fault(fault: situations.Fault, company: Wired) -> dict[str, Any]:
    unknown = set(fault.operations) - faults.OPERATIONS
    if unknown:
        raise happenings.Impossible(f"no operations {', '.join(sorted(unknown))}")
    with company.db.write() as session:
        session.add(
            FaultRow(
                kind=fault.kind,
                seconds=fault.seconds,
                calls_left=fault.calls,
                operations=",".join(fault.operations),
            )
        )
    return list_faults(company)


@router.delete("/faults")
def clear_faults(company: Wired) -> dict[str, Any]:
    faults.clear(company.db)
    return list_faults(company)


# Looking things up


@router.get("/bookings")
def list_bookings(
    company: Wired,
    q: Annotated[str | None, Query(description="Code, name, phone or mail, in part")] = None,
    status: contract.BookingStatus | None = None,
    kind: contract.BookingKind | None = None,
    situation: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:
    query = select(BookingRow, CustomerRow).join(CustomerRow, CustomerRow.id == BookingRow.customer_id)
    if q:
        query = query.where(_contains(q))
    for column, value in (
        (BookingRow.status, status),
        (BookingRow.kind, kind),
        (BookingRow.situation, situation),
    ):
        if value is not None:
            query = query.where(column == str(value))
    with company.db.read() as session:
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        page = session.execute(query.order_by(BookingRow.code).limit(limit).offset(offset)).all()
    return {"total": total, "bookings": [_line(b, c) for b, c in page]}


@router.get("/summary")
def summary(company: Wired) -> dict[str, Any]:
    """How many bookings there are by kind, status and situation; what awaits delivery."""
    with company.db.read() as session:
        counts = {
            column.key: {str(k): n for k, n in session.execute(select(column, func.count()).group_by(column))}
            for column in (BookingRow.kind, BookingRow.status, BookingRow.situation)
        }
        waiting = session.scalar(select(func.count()).where(~EventRow.delivered)) or 0
    return {**counts, "events_waiting": waiting}


@router.get("/customers")
def list_customers(
    company: Wired, q: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> contract.Customers:
    query = select(CustomerRow).order_by(CustomerRow.name).limit(limit)
    if q:
        query = query.where(_contains(q))
    with company.db.read() as session:
        found = [contract.Customer.model_validate_json(r.document) for r in session.scalars(query)]
    return contract.Customers(customers=found)


@router.get("/events")
def list_events(
    company: Wired, booking: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> dict[str, Any]:
    query = select(EventRow).order_by(EventRow.seq.desc()).limit(limit)
    if booking:
        query = query.where(EventRow.booking == normal_code(booking))
    with company.db.read() as session:
        rows = session.scalars(query).all()
    extra = ("delivered", "attempts", "last_error")
    return {"events": [{**json.loads(r.body), **{k: getattr(r, k) for k in extra}} for r in rows]}


@router.get("/operations")
def list_operations(
    company: Wired, booking: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> dict[str, Any]:
    query = select(OperationRow).order_by(OperationRow.at.desc()).limit(limit)
    if booking:
        query = query.where(OperationRow.booking == normal_code(booking))
    with company.db.read() as session:
        rows = session.scalars(query).all()
    shown = ("key", "operation", "booking", "status", "at")
    return {"operations": [{k: getattr(r, k) for k in shown} for r in rows]}


# Making things happen


@router.post("/bookings/{code}/payments")
def payment_arrives(code: str, arrival: Arrival, company: Wired) -> contract.Booking:
    def act(work: Work) -> None:
        values = arrival.model_dump(exclude={"paid_at"})
        happenings.payment_arrives(work, paid_at=arrival.paid_at or work.now, **values)

    return company.change(code, act)


@router.post("/bookings/{code}/payments/{payment_id}/accept")
def payment_accepted(code: str, payment_id: str, company: Wired) -> contract.Booking:
    return company.change(code, lambda work: happenings.accept(work, payment_id))


@router.post("/bookings/{code}/ticket")
def ticket_issued(code: str, company: Wired) -> contract.Booking:
    return company.change(code, happenings.issue)


@router.post("/bookings/{code}/schedule")
def schedule_changes(code: str, change: Change, company: Wired) -> contract.Booking:
    def act(work: Work) -> None:
        happenings.reschedule(work, change.kind, change.note, change.new_departs_at)

    return company.change(code, act)


@router.post("/bookings/{code}/lapse")
def hold_lapses(code: str, company: Wired) -> contract.Booking:
    return company.change(code, happenings.lapse_now)


@router.post("/refunds/{refund_id}/paid")
def refund_paid(refund_id: str, company: Wired) -> contract.Booking:
    code = company.booking_code_of("refund", refund_id)
    return company.change(code, lambda work: happenings.refund_paid(work, refund_id))


@router.post("/refunds/{refund_id}/failed")
def refund_failed(refund_id: str, company: Wired, failure: Failure | None = None) -> contract.Booking:
    code = company.booking_code_of("refund", refund_id)
    note = (failure or Failure()).note
    return company.change(code, lambda work: happenings.refund_failed(work, refund_id, note))


@router.patch("/quotes")
def change_quotes(change: QuoteChange, company: Wired) -> contract.Quotes:
    """Prices and free seats of a route, a hotel, a booking's journey, or one quote."""
    if not (change.quote_id or change.booking or change.origin or change.hotel):
        raise happenings.Impossible("give quote_id, booking, origin or hotel")
    changed = []
    with company.db.write() as session:
        for row in session.scalars(select(QuoteRow).order_by(QuoteRow.id)):
            quote = contract.Quote.model_validate_json(row.document)
            if not _chosen(row, quote, change):
                continue
            quote.price = change.price or quote.price
            if change.available is not None:
                quote.available = change.available
            row.document = quote.model_dump_json()
            changed.append(quote)
    return contract.Quotes(quotes=changed)


def _chosen(row: QuoteRow, quote: contract.Quote, change: QuoteChange) -> bool:
    first, last = (quote.segments[0], quote.segments[-1]) if quote.segments else (None, None)
    wanted = {
        change.quote_id: row.id,
        change.booking and normal_code(change.booking): row.booking,
        change.origin: first and first.origin,
        change.destination: last and last.destination,
        change.hotel: quote.stay and quote.stay.hotel,
    }
    return all(value == found for value, found in wanted.items() if value)


def _contains(text: str) -> Any:
    pattern = f"%{text.strip()}%"
    columns: list[ColumnElement[bool]] = [CustomerRow.name.ilike(pattern), CustomerRow.email.ilike(pattern)]
    if normal_code(text):
        columns.append(
            CustomerRow.id.in_(
                select(BookingRow.customer_id).where(BookingRow.code.contains(normal_code(text)))
            )
        )
    if sum(c.isdigit() for c in text) >= 4:
        columns.append(CustomerRow.phone.contains(normal_phone(text).removeprefix("+62")))
    return or_(*columns)


def _line(row: BookingRow, customer: CustomerRow) -> BookingLine:
    booking = contract.BookingRecord.model_validate_json(row.document)
    return BookingLine(
        code=row.code,
        kind=booking.kind,
        status=booking.status,
        situation=row.situation,
        customer=customer.name,
        phone=customer.phone,
        amount_due=booking.amount_due,
        starts_at=rules.starts_at(booking),
        hold_until=booking.hold_until,
    )
