"""The backend contract: what any company's booking system offers to Kawan."""

from __future__ import annotations

import hmac
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from demo import contract, rules
from demo.company import Act, Company, Work, register


class Unauthorized(Exception):
    pass


class Unprocessable(Exception):
    pass


bearer = HTTPBearer(auto_error=False, description="The token agreed between both systems")


def company_of(request: Request) -> Company:
    company: Company = request.app.state.company
    return company


Wired = Annotated[Company, Depends(company_of)]


def authorized(
    company: Wired, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> None:
    token = given.credentials.encode() if given else b""
    if not hmac.compare_digest(token, company.settings.token.encode()):
        raise Unauthorized


def up_to_date(company: Wired) -> None:
    """Nobody may see a hold that the clock has passed, however late the ticker is."""
    company.lapse_due()


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    texts = {
        401: "Token missing or wrong",
        404: "Not found",
        409: "Refused by a business rule; `code` says which. Stored under the key like a success",
        422: "Malformed request, or the key was used for another act",
    }
    media = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {s: {"description": texts[s], "content": media} for s in statuses}


READ: dict[str, Any] = {"responses": _problems(401, 404, 422)}
ACT: dict[str, Any] = {
    "responses": {
        200: {"model": contract.ActResult, "description": "Done, now or before under this key"},
        **_problems(401, 404, 409, 422),
    },
    "response_class": JSONResponse,
}

Code = Annotated[str, Path(description="Booking code", max_length=40)]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key and body give the stored answer again; the act happens once",
    ),
]

router = APIRouter(prefix="/v1", tags=["backend"], dependencies=[Depends(authorized), Depends(up_to_date)])


@router.get("/bookings/{code}", operation_id="read_booking", **READ)
def read_booking(code: Code, company: Wired) -> contract.Booking:
    return company.booking(code)


@router.get("/bookings", operation_id="find_bookings", **READ)
def find_bookings(
    company: Wired,
    phone: Annotated[str | None, Query(max_length=40)] = None,
    email: Annotated[str | None, Query(max_length=254)] = None,
    customer_id: Annotated[str | None, Query(max_length=64)] = None,
) -> contract.Bookings:
    """All that are given must match; newest first."""
    if not (phone or email or customer_id):
        raise Unprocessable("give phone, email or customer_id")
    return contract.Bookings(bookings=company.bookings_of(phone, email, customer_id))


@router.get("/customers", operation_id="find_customers", **READ)
def find_customers(
    company: Wired,
    phone: Annotated[str | None, Query(max_length=40)] = None,
    email: Annotated[str | None, Query(max_length=254)] = None,
    channel: Annotated[str | None, Query(description="With identity")] = None,
    identity: Annotated[str | None, Query(description="The platform's user id")] = None,
) -> contract.Customers:
    if bool(channel) != bool(identity) or not (phone or email or channel):
        raise Unprocessable("give phone, email, or channel with identity")
    return contract.Customers(customers=company.customers(phone, email, channel, identity))


@router.get("/bookings/{code}/quotes", operation_id="read_quotes", **READ)
def read_quotes(code: Code, company: Wired) -> contract.Quotes:
    """Free seats or rooms for the same journey or stay, cheapest first."""
    return contract.Quotes(quotes=company.quotes(code))


@router.get(
    "/operations/{key:path}", operation_id="read_operation", response_model=contract.Operation, **READ
)
def read_operation(key: str, company: Wired) -> Response:
    """What became of an act; 404 means that it never happened."""
    row = company.operation(key)
    result = json.loads(row.answer)
    body = {"key": row.key, "operation": row.operation, "status": row.status, "at": row.at}
    return JSONResponse({**body, "result": result})


def _act(
    company: Company, key: str, name: str, code: str, body: BaseModel, act: Act, part: str = ""
) -> Response:
    row = company.act(key, name, code, body, act, part)
    if row.status == "refused":
        return Response(row.answer, 409, media_type="application/problem+json")
    return Response(row.answer, media_type="application/json")


@router.post("/bookings/{code}/waivers", operation_id="waive", **ACT)
def waive(code: Code, body: contract.Waiver, key: Key, company: Wired) -> Response:
    """Give up a part of what is due."""
    return _act(company, key, "waive", code, body, lambda w: rules.waive(w.booking, body.amount))


@router.post("/bookings/{code}/hold", operation_id="hold", **ACT)
def hold(code: Code, body: contract.Hold, key: Key, company: Wired) -> Response:
    """Hold seats or room longer; at most 48 hours from now."""

    def act(work: Work) -> None:
        rules.hold(work.booking, body.until, work.now)

    return _act(company, key, "hold", code, body, act)


@router.post("/bookings/{code}/payment-requests", operation_id="request_payment", **ACT)
def request_payment(code: Code, body: contract.NewPaymentRequest, key: Key, company: Wired) -> Response:
    """Ask for an exact sum on a payment page; replaces an open request."""

    def act(work: Work) -> None:
        new_id = "pr_" + company.seal("request", key)
        work.request = rules.request_payment(work.booking, new_id, body.amount, body.expires_at, work.now)
        register(work.session, "request", new_id, work.booking.code)

    return _act(company, key, "request_payment", code, body, act)


@router.post("/bookings/{code}/payments/{payment_id}/accept", operation_id="accept_payment", **ACT)
def accept_payment(
    code: Code, payment_id: str, body: contract.Acceptance, key: Key, company: Wired
) -> Response:
    """Let a payment that has arrived count for the booking, whatever its sum."""

    def act(work: Work) -> None:
        payment = rules.accept(work.booking, payment_id)
        work.tell("payment.accepted", payment_id=payment.id, amount=payment.amount)

    return _act(company, key, "accept_payment", code, body, act, payment_id)


@router.post("/bookings/{code}/issue", operation_id="issue", **ACT)
def issue(code: Code, body: contract.Issue, key: Key, company: Wired) -> Response:
    """Issue the tickets or the voucher of a booking that is paid."""

    def act(work: Work) -> None:
        tickets = rules.issue(work.booking, work.now)
        for ticket in tickets:
            register(work.session, "ticket", ticket.number, work.booking.code)
        work.tell("ticket.issued", tickets=[t.number for t in tickets])

    return _act(company, key, "issue", code, body, act)


@router.post("/bookings/{code}/tickets/send", operation_id="send_ticket", **ACT)
def send_ticket(code: Code, body: contract.Sending, key: Key, company: Wired) -> Response:
    """Send the tickets (again) by mail or WhatsApp."""

    def act(work: Work) -> None:
        rules.send_ticket(work.booking, body.to, work.now)

    return _act(company, key, "send_ticket", code, body, act)


@router.post("/bookings/{code}/rebook", operation_id="rebook", **ACT)
def rebook(code: Code, body: contract.Rebooking, key: Key, company: Wired) -> Response:
    """Revive an expired booking under its code at a price, taking seats or room of a quote."""

    def act(work: Work) -> None:
        row, quote = work.quote(body.quote_id) or (None, None)
        rules.rebook(work.booking, quote, body, work.now)
        if row is not None and quote is not None:
            quote.available -= rules.party(work.booking)
            row.document = quote.model_dump_json()

    return _act(company, key, "rebook", code, body, act)


@router.post("/bookings/{code}/refunds", operation_id="refund", **ACT)
def refund(code: Code, body: contract.NewRefund, key: Key, company: Wired) -> Response:
    """Send money back to the paying account, within 3 working days."""

    def act(work: Work) -> None:
        new_id = "rf_" + company.seal("refund", key)
        work.refund = rules.refund(work.booking, new_id, body, work.now)
        register(work.session, "refund", new_id, work.booking.code)

    return _act(company, key, "refund", code, body, act)


@router.post("/refunds/{refund_id}/expedite", operation_id="expedite_refund", **ACT)
def expedite_refund(refund_id: str, body: contract.Expedition, key: Key, company: Wired) -> Response:
    """Put a refund first in line: paid within 1 working day."""
    code = company.booking_code_of("refund", refund_id)

    def act(work: Work) -> None:
        work.refund = next(r for r in work.booking.refunds if r.id == refund_id)
        rules.expedite(work.refund, work.now)

    return _act(company, key, "expedite_refund", code, body, act, refund_id)


@router.post("/bookings/{code}/cancel", operation_id="cancel", **ACT)
def cancel(code: Code, body: contract.Cancellation, key: Key, company: Wired) -> Response:
    """Cancel a booking; money goes back by a refund of its own."""
    return _act(company, key, "cancel", code, body, lambda w: rules.cancel(w.booking))
