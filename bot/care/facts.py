"""What the company's system says: frozen values that diagnosis and the SOP read.

Money is integer rupiah, every time is aware UTC. The names mirror the backend contract
(`docs/backend-openapi.json`); `bot.backend` is the only place that builds them from JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class BookingKind(StrEnum):
    FLIGHT = "flight"
    TRAIN = "train"
    HOTEL = "hotel"


class BookingStatus(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"  # the site says "menunggu pembayaran diterima"
    PAID = "paid"  # payment accepted, ticket or voucher not issued yet
    ISSUED = "issued"
    EXPIRED = "expired"  # the hold lapsed
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    PENDING = "pending"  # announced by bank or gateway, money not arrived
    RECEIVED = "received"  # money arrived, not accepted for the booking
    ACCEPTED = "accepted"  # accepted for the booking
    FAILED = "failed"
    REFUNDED = "refunded"


class RefundStatus(StrEnum):
    REQUESTED = "requested"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"  # the bank sent it back
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Customer:
    id: str
    name: str
    phone: str | None  # E.164
    email: str | None
    form_of_address: str | None = None  # "Bapak", "Ibu", "Kak" where the company knows it
    identities: tuple[tuple[str, str], ...] = ()  # (channel, platform user id)


@dataclass(frozen=True, slots=True)
class Segment:
    carrier: str
    number: str
    origin: str  # IATA or station code
    origin_name: str
    destination: str
    destination_name: str
    departs_at: datetime
    arrives_at: datetime
    origin_zone: str = "Asia/Jakarta"


@dataclass(frozen=True, slots=True)
class Stay:
    hotel: str
    city: str
    room: str
    check_in: date
    check_out: date


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """A price the customer was shown or billed, with where and when."""

    amount: int
    kind: str  # "shown" | "billed"
    where: str  # "website" | "app" | "mail" | "invoice" | "sms"
    at: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    id: str
    amount: int
    method: str  # payment_method value of annotation.md
    bank: str | None
    status: PaymentStatus
    paid_at: datetime
    payer_name: str | None = None
    account_tail: str | None = None  # last four digits only
    reference: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    id: str
    amount: int
    expires_at: datetime
    url: str
    status: str  # "open" | "paid" | "expired" | "cancelled"


@dataclass(frozen=True, slots=True)
class Refund:
    id: str
    amount: int
    status: RefundStatus
    requested_at: datetime
    promised_by: datetime | None
    paid_at: datetime | None = None
    payment_id: str | None = None
    destination: str | None = None  # masked, e.g. "BCA ****1234"
    reason: str | None = None
    expedited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    number: str
    issued_at: datetime
    url: str
    sent_to: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    channel: str  # "mail" | "sms" | "whatsapp" | "push"
    at: datetime
    subject: str
    status: str  # "sent" | "failed"
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    kind: str  # "delay" | "reschedule" | "cancellation" | "overbooked"
    at: datetime
    note: str
    new_departs_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BaggageReport:
    id: str
    kind: str  # "lost" | "damaged" | "delayed"
    at: datetime
    status: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class EarlierContact:
    """What the customer already tried: a call, mail or chat, and what came of it."""

    channel: str  # "phone" | "mail" | "chat" | "counter"
    at: datetime
    outcome: str  # "unanswered" | "answered" | "promised" | "refused"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Free seats or a room for the same journey or stay, at today's price."""

    id: str
    price: int
    available: int
    valid_until: datetime
    segments: tuple[Segment, ...] = ()
    stay: Stay | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    code: str
    kind: BookingKind
    status: BookingStatus
    customer: Customer
    created_at: datetime
    amount_due: int  # what the company's system demands in all, before waivers
    unique_code: int = 0  # rupiah added to tell transfers apart; contained in amount_due
    waived: int = 0  # rupiah of amount_due that the company gave up
    hold_until: datetime | None = None
    status_note: str | None = None  # the wording the customer sees on the site
    passengers: tuple[str, ...] = ()
    segments: tuple[Segment, ...] = ()
    stay: Stay | None = None
    prices: tuple[PriceSeen, ...] = ()
    payments: tuple[Payment, ...] = ()
    payment_requests: tuple[PaymentRequest, ...] = ()
    refunds: tuple[Refund, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    notifications: tuple[Notification, ...] = ()
    schedule_changes: tuple[ScheduleChange, ...] = ()
    baggage: tuple[BaggageReport, ...] = ()
    contacts: tuple[EarlierContact, ...] = field(default=())

    @property
    def starts_at(self) -> datetime | date | None:
        """Departure of the first segment, or the check-in date."""
        if self.segments:
            return self.segments[0].departs_at
        return self.stay.check_in if self.stay else None
