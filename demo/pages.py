"""Pages for Kelana's customers: paying a request, and the e-ticket or voucher."""

from __future__ import annotations

import hmac
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader

from demo import happenings
from demo.company import NotFound, Work
from demo.contract import Booking, PaymentMethod, PaymentRequest, RequestStatus
from demo.v1 import Wired

ZONES = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
# What the page offers: value of the button, name on it, method, bank
WAYS = (
    ("va-bca", "BCA Virtual Account", PaymentMethod.VIRTUAL_ACCOUNT, "BCA"),
    ("va-mandiri", "Mandiri Virtual Account", PaymentMethod.VIRTUAL_ACCOUNT, "Mandiri"),
    ("va-bri", "BRI Virtual Account", PaymentMethod.VIRTUAL_ACCOUNT, "BRI"),
    ("va-bni", "BNI Virtual Account", PaymentMethod.VIRTUAL_ACCOUNT, "BNI"),
    ("qris", "QRIS", PaymentMethod.QRIS, None),
    ("gopay", "GoPay", PaymentMethod.GOPAY, None),
    ("ovo", "OVO", PaymentMethod.OVO, None),
    ("dana", "DANA", PaymentMethod.DANA, None),
)

router = APIRouter(include_in_schema=False)
templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)


def rupiah(amount: int) -> str:
    return "Rp " + f"{amount:,}".replace(",", ".")


def day(at: date) -> str:
    return f"{DAYS[at.weekday()]}, {at.day} {MONTHS[at.month - 1]} {at.year}"


def moment(at: datetime, zone: str = "Asia/Jakarta") -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{day(local)}, pukul {local:%H.%M} {ZONES.get(zone, zone)}"


def local_day(at: datetime, zone: str = "Asia/Jakarta") -> str:
    return day(at.astimezone(ZoneInfo(zone)))


def clock_time(at: datetime, zone: str = "Asia/Jakarta") -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%H.%M} {ZONES.get(zone, zone)}"


templates.filters.update(rupiah=rupiah, day=day, moment=moment, local_day=local_day, clock_time=clock_time)


def _page(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(templates.get_template(name).render(**values), status, headers)


def _not_found() -> HTMLResponse:
    return _page("not_found.html", 404)


@router.get("/pay/{request_id}")
def payment_page(request_id: str, company: Wired) -> Response:
    company.lapse_due()
    try:
        booking = company.booking(company.booking_code_of("request", request_id))
    except NotFound:
        return _not_found()
    request = next(r for r in booking.payment_requests if r.id == request_id)
    return _page("pay.html", booking=booking, request=request, ways=WAYS, **_paid(booking, request))


def _paid(booking: Booking, request: PaymentRequest) -> dict[str, Any]:
    payment = next((p for p in booking.payments if p.request_id == request.id), None)
    # A request that another one replaced leads there.
    newer = next((r for r in booking.payment_requests if r.status is RequestStatus.OPEN), None)
    return {"payment": payment, "newer": newer}


@router.post("/pay/{request_id}")
def pay(request_id: str, way: Annotated[str, Form()], company: Wired) -> Response:
    chosen = next((w for w in WAYS if w[0] == way), None)
    try:
        code = company.booking_code_of("request", request_id)
    except NotFound:
        return _not_found()
    if chosen is not None:
        _, _, method, bank = chosen

        def act(work: Work) -> None:
            happenings.pay_request(work, request_id, method, bank)

        company.change(code, act)
    # Whatever came of it, the page tells; reloading it pays nothing again.
    return RedirectResponse(f"/pay/{request_id}", 303)


@router.get("/t/{number}")
def ticket_page(number: str, company: Wired, k: str = "") -> Response:
    if not hmac.compare_digest(k.encode(), company.seal("ticket", number).encode()):
        return _not_found()
    try:
        booking = company.booking(company.booking_code_of("ticket", number))
    except NotFound:
        return _not_found()
    numbers = [t.number for t in booking.tickets]
    if number not in numbers:
        return _not_found()
    index = numbers.index(number)
    named = len(numbers) == len(booking.passengers)
    names = [booking.passengers[index]] if named else booking.passengers
    return _page("ticket.html", booking=booking, ticket=booking.tickets[index], names=names)
