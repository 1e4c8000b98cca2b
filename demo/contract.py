"""What a company's booking system says and is asked: the models of the published contract.

The demo company stores the same documents that it answers with, so that there is one
description of a booking. Money is integer rupiah; times are aware and kept in UTC.
"""

from __future__ import annotations

from datetime import UTC, date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictInt

Instant = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
Rupiah = Annotated[StrictInt, Field(ge=0, le=10**12)]
PositiveRupiah = Annotated[StrictInt, Field(gt=0, le=10**12)]
Reason = Annotated[str, Field(min_length=1, max_length=500, description="Why, for the books")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BookingKind(StrEnum):
    FLIGHT = "flight"
    TRAIN = "train"
    HOTEL = "hotel"


class BookingStatus(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    ISSUED = "issued"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    PENDING = "pending"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    FAILED = "failed"
    REFUNDED = "refunded"


class RequestStatus(StrEnum):
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    REQUESTED = "requested"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    REFUSED = "refused"


class PaymentMethod(StrEnum):
    ATM = "atm"
    MOBILE_BANKING = "mobile_banking"
    INTERNET_BANKING = "internet_banking"
    VIRTUAL_ACCOUNT = "virtual_account"
    QRIS = "qris"
    GOPAY = "gopay"
    OVO = "ovo"
    DANA = "dana"
    SHOPEEPAY = "shopeepay"
    LINKAJA = "linkaja"
    CREDIT_CARD = "credit_card"
    DEBIT_CARD = "debit_card"
    PAYLATER = "paylater"
    CONVENIENCE_STORE = "convenience_store"
    TELLER = "teller"
    BI_FAST = "bi_fast"
    CASH = "cash"


class Customer(Model):
    id: str
    name: str
    phone: str | None = Field(default=None, description="E.164")
    email: str | None = Field(default=None, description="Lower case")
    form_of_address: str | None = Field(default=None, description="Bapak, Ibu, Kak: where it is known")
    identities: list[tuple[str, str]] = Field(default=[], description="Pairs: channel, platform's user id")


class Segment(Model):
    carrier: str
    number: str = Field(description="Flight or train number")
    origin: str = Field(description="IATA or station code")
    origin_name: str
    destination: str
    destination_name: str
    departs_at: Instant
    arrives_at: Instant
    origin_zone: str = Field(default="Asia/Jakarta", description="IANA zone of the place of departure")


class Stay(Model):
    hotel: str
    city: str
    room: str
    check_in: date
    check_out: date


class PriceSeen(Model):
    """A price that the customer was shown or billed, with where and when."""

    amount: Rupiah
    kind: Literal["shown", "billed"]
    where: str = Field(description="website, app, mail, invoice, sms")
    at: Instant


class Payment(Model):
    id: str
    amount: Rupiah
    method: PaymentMethod
    bank: str | None = None
    status: PaymentStatus = Field(
        description="pending: announced, no money yet; received: money arrived, not accepted "
        "for the booking; accepted: counts for the booking"
    )
    paid_at: Instant
    payer_name: str | None = None
    account_tail: str | None = Field(default=None, description="Last four digits, never more")
    reference: str | None = None
    request_id: str | None = Field(default=None, description="The payment request that it answers")


class PaymentRequest(Model):
    id: str
    amount: Rupiah
    expires_at: Instant
    url: str = Field(default="", description="Page on which the customer pays")
    status: RequestStatus


class Refund(Model):
    id: str
    amount: Rupiah
    status: RefundStatus
    requested_at: Instant
    promised_by: Instant | None
    paid_at: Instant | None = None
    payment_id: str | None = None
    destination: str | None = Field(default=None, description="Masked, such as BCA ****1234")
    reason: str | None = None
    expedited_at: Instant | None = None


class Ticket(Model):
    number: str
    issued_at: Instant
    url: str = Field(default="", description="The e-ticket or voucher")
    sent_to: str | None = None
    sent_at: Instant | None = None


class Notification(Model):
    channel: Literal["mail", "sms", "whatsapp", "push"]
    at: Instant
    subject: str
    status: Literal["sent", "failed"]
    amount: Rupiah | None = Field(default=None, description="The sum it names, if any")


class ScheduleChange(Model):
    kind: Literal["delay", "reschedule", "cancellation", "overbooked"]
    at: Instant
    note: str
    new_departs_at: Instant | None = None


class BaggageReport(Model):
    id: str
    kind: Literal["lost", "damaged", "delayed"]
    at: Instant
    status: str
    note: str = ""


class EarlierContact(Model):
    """What the customer already tried: a call, mail or chat, and what came of it."""

    channel: Literal["phone", "mail", "chat", "counter"]
    at: Instant
    outcome: Literal["unanswered", "answered", "promised", "refused"]
    note: str = ""


class Quote(Model):
    """Free seats or a room for the same journey or stay, at today's price for the whole party."""

    id: str
    price: Rupiah
    available: Annotated[StrictInt, Field(ge=0, description="Free seats, or rooms for a hotel")]
    valid_until: Instant
    segments: list[Segment] = []
    stay: Stay | None = None


class BookingRecord(Model):
    """A booking as it is stored: without its customer, who is kept once for all bookings."""

    code: str
    kind: BookingKind
    status: BookingStatus
    created_at: Instant
    amount_due: Rupiah = Field(description="Demanded in all, before waivers")
    unique_code: Rupiah = Field(default=0, description="Tells transfers apart; contained in amount_due")
    waived: Rupiah = Field(default=0, description="Part of amount_due that the company gave up")
    hold_until: Instant | None = Field(default=None, description="Until when seats or room are held")
    status_note: str | None = Field(default=None, description="The wording the customer sees on the site")
    passengers: list[str] = []
    segments: list[Segment] = []
    stay: Stay | None = None
    prices: list[PriceSeen] = []
    payments: list[Payment] = []
    payment_requests: list[PaymentRequest] = []
    refunds: list[Refund] = []
    tickets: list[Ticket] = []
    notifications: list[Notification] = []
    schedule_changes: list[ScheduleChange] = []
    baggage: list[BaggageReport] = []


class Booking(BookingRecord):
    customer: Customer
    contacts: list[EarlierContact] = []


class Bookings(Model):
    bookings: list[Booking]


class Customers(Model):
    customers: list[Customer]


class Quotes(Model):
    quotes: list[Quote]


class Waiver(Model):
    amount: PositiveRupiah
    reason: Reason


class Hold(Model):
    until: Instant
    reason: Reason


class NewPaymentRequest(Model):
    amount: PositiveRupiah
    expires_at: Instant = Field(description="Not after the booking's hold_until")
    reason: Reason


class Acceptance(Model):
    reason: Reason


class Issue(Model):
    pass


class Sending(Model):
    to: str = Field(min_length=3, max_length=254, description="E-mail address, or E.164 phone")


class Rebooking(Model):
    quote_id: str
    price: PositiveRupiah = Field(description="The booking's new amount_due; at most the quote's")
    hold_until: Instant
    reason: Reason


class NewRefund(Model):
    payment_id: str | None = Field(default=None, description="null: whatever was paid, newest first")
    amount: PositiveRupiah
    reason: Reason
    cancel_booking: bool = False


class Expedition(Model):
    reason: Reason


class Cancellation(Model):
    reason: Reason


class ActResult(Model):
    """The booking after the act, and what the act created or changed."""

    booking: Booking
    payment_request: PaymentRequest | None = None
    refund: Refund | None = None


class Problem(Model):
    """RFC 9457 problem details; `code` is for programs, `detail` for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class Operation(Model):
    key: str
    operation: str
    status: Literal["done", "refused"]
    result: ActResult | Problem = Field(description="ActResult if done, Problem if refused")
    at: Instant


class Event(Model):
    """What is POSTed to the app, signed; see docs/backend.md."""

    id: str
    type: Literal[
        "payment.received",
        "payment.accepted",
        "ticket.issued",
        "refund.paid",
        "refund.failed",
        "schedule.changed",
        "booking.expired",
    ]
    at: Instant
    booking: str
    data: dict[str, Any]
