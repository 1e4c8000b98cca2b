"""The load format: situations as people write them down, for tests, demos and training.

Times stay text until they are loaded, since they may be relative to the product's clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
)

from demo.contract import (
    BookingKind,
    BookingStatus,
    PaymentMethod,
    PaymentStatus,
    RefundStatus,
    RequestStatus,
)
from demo.times import normal_code, normal_phone, parse_day, parse_when

_PROBE = datetime(2026, 1, 1, tzinfo=UTC)


def _when(text: str) -> str:
    parse_when(text, _PROBE)
    return text


def _day(text: str) -> str:
    parse_day(text, _PROBE)
    return text


def _rupiah(value: Any) -> Any:
    """Rp 643.305 is as clear as 643305."""
    if isinstance(value, str) and re.fullmatch(r"(Rp\.? ?)?\d{1,3}(\.\d{3})*(,-|,00)?", value):
        return int(re.sub(r"\D", "", value.removesuffix(",00")))
    return value


def _phone(text: str) -> str:
    phone = normal_phone(text)
    if not re.fullmatch(r"\+\d{8,15}", phone):
        raise ValueError("expected a phone number, such as 0812-0000-0101 or +6281200000101")
    return phone


def _code(text: str) -> str:
    code = normal_code(text)
    if not 4 <= len(code) <= 20:
        raise ValueError("expected a booking code of 4 to 20 letters and digits")
    return code


When = Annotated[
    str,
    AfterValidator(_when),
    Field(
        description="ISO 8601 with offset, or relative to the product's clock: -35m, +25m, -2d, "
        "+1d 14:00 (that day at that hour in Asia/Jakarta), now"
    ),
]
Day = Annotated[str, AfterValidator(_day), Field(description="2026-05-31, or relative such as +3d")]
Money = Annotated[
    StrictInt,
    BeforeValidator(_rupiah),
    Field(ge=0, le=10**12, description='Rupiah; "Rp 643.305" is understood too'),
]
Phone = Annotated[str, AfterValidator(_phone)]
Code = Annotated[str, AfterValidator(_code)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Contact(Model):
    """An earlier call, mail or chat of the customer, and what came of it."""

    channel: Literal["phone", "mail", "chat", "counter"]
    at: When
    outcome: Literal["unanswered", "answered", "promised", "refused"]
    note: str = ""
    booking: Code | None = Field(default=None, description="Which booking it was about, if only one")


class Identity(Model):
    channel: Literal["telegram", "whatsapp", "web"]
    id: str = Field(min_length=1, description="The platform's user id")


class Customer(Model):
    id: Id | None = Field(default=None, description="Derived from phone, mail or name if left out")
    name: Text
    form_of_address: str | None = Field(default=None, description="Bapak, Ibu, Kak: if it is known")
    phone: Phone | None = None
    email: str | None = Field(default=None, validation_alias=AliasChoices("email", "mail"))
    identities: list[Identity] = []
    contacts: list[Contact] = []


class Segment(Model):
    carrier: Text
    number: Text
    origin: Text = Field(description="IATA or station code")
    origin_name: str | None = Field(default=None, description="The code if left out")
    destination: Text
    destination_name: str | None = None
    departs_at: When
    arrives_at: When | None = Field(default=None, description="90 minutes after departure if left out")
    origin_zone: Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"] = "Asia/Jakarta"


class Stay(Model):
    hotel: Text
    city: Text
    room: Text
    check_in: Day
    check_out: Day


class Price(Model):
    amount: Money
    kind: Literal["shown", "billed"]
    where: Text = Field(description="website, app, mail, invoice, sms")
    at: When


class Payment(Model):
    id: Id | None = None
    amount: Money
    method: PaymentMethod
    bank: str | None = None
    status: PaymentStatus
    paid_at: When = Field(validation_alias=AliasChoices("paid_at", "at"))
    payer_name: str | None = None
    account_tail: str | None = Field(default=None, pattern=r"^\d{4}$")
    reference: str | None = None
    request_id: Id | None = Field(default=None, description="A payment request of this booking")


class PaymentRequest(Model):
    id: Id | None = None
    amount: Money
    expires_at: When
    status: RequestStatus = RequestStatus.OPEN


class Refund(Model):
    id: Id | None = None
    amount: Money
    status: RefundStatus
    requested_at: When
    promised_by: When | None = None
    paid_at: When | None = None
    payment_id: Id | None = Field(default=None, description="A payment of this booking")
    destination: str | None = Field(default=None, description="Masked; the paying account if left out")
    reason: str | None = None
    expedited_at: When | None = None


class Ticket(Model):
    number: Id | None = None
    issued_at: When
    sent_to: str | None = None
    sent_at: When | None = None


class Notification(Model):
    channel: Literal["mail", "sms", "whatsapp", "push"]
    at: When
    subject: Text
    status: Literal["sent", "failed"] = "sent"
    amount: Money | None = None


class ScheduleChange(Model):
    kind: Literal["delay", "reschedule", "cancellation", "overbooked"]
    at: When
    note: str = ""
    new_departs_at: When | None = None


class BaggageReport(Model):
    id: Id | None = None
    kind: Literal["lost", "damaged", "delayed"]
    at: When
    status: Text = "open"
    note: str = ""


class Quote(Model):
    """Free seats or rooms; journey or stay are the booking's own if left out."""

    id: Id | None = None
    booking: Code | None = Field(default=None, description="For which booking; not inside a booking")
    price: Money = Field(description="Today's price for the whole party")
    available: Annotated[StrictInt, Field(ge=0)]
    valid_until: When = "+365d"
    segments: list[Segment] = []
    stay: Stay | None = None


class Booking(Model):
    code: Code | None = Field(default=None, description="Derived from customer and position if left out")
    customer: str = Field(min_length=1, description="The customer's id, phone or mail")
    kind: BookingKind
    status: BookingStatus
    situation: str | None = Field(default=None, description="A label for lists; customers never see it")
    created_at: When
    amount_due: Money = Field(description="Demanded in all, unique code included")
    unique_code: Money = 0
    waived: Money = 0
    hold_until: When | None = None
    status_note: str | None = Field(default=None, description="The site's wording; usual one if left out")
    passengers: list[Text] = Field(default=[], validation_alias=AliasChoices("passengers", "guests"))
    segments: list[Segment] = []
    stay: Stay | None = None
    prices: list[Price] = []
    payments: list[Payment] = []
    payment_requests: list[PaymentRequest] = []
    refunds: list[Refund] = []
    tickets: list[Ticket] = []
    notifications: list[Notification] = []
    schedule_changes: list[ScheduleChange] = []
    baggage: list[BaggageReport] = []
    quotes: list[Quote] = []


class Fault(Model):
    """How the company's system misbehaves from now on."""

    kind: Literal["down", "slow", "timeout_after_acting"]
    seconds: Annotated[StrictInt, Field(ge=0, le=600)] = Field(
        default=10, description="slow: delay of the answer; timeout_after_acting: silence before the end"
    )
    calls: Annotated[StrictInt, Field(ge=1)] | None = Field(
        None, description="For the next calls only; until cleared if left out"
    )
    operations: list[str] = Field(default=[], description="operation_ids of the contract; empty: all")


class Situation(Model):
    name: str | None = None
    description: str | None = None
    customers: list[Customer] = []
    bookings: list[Booking] = []
    quotes: list[Quote] = []
    faults: list[Fault] = []


class SituationError(Exception):
    """The file is refused as a whole: pairs of JSON path and what is wrong there."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{path}: {message}" for path, message in problems))
        self.problems = problems


def parse_situation(raw: Any) -> Situation:
    try:
        return Situation.model_validate(raw)
    except ValidationError as error:
        problems = [(_path(e["loc"]), _message(e)) for e in error.errors(include_url=False)]
        raise SituationError(problems) from error


def json_schema() -> dict[str, Any]:
    schema = Situation.model_json_schema(by_alias=False)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _path(location: tuple[int | str, ...]) -> str:
    return "$" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location)


def _message(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown field"
    if error["type"] == "missing":
        return "missing"
    return str(error["msg"]).removeprefix("Value error, ")
