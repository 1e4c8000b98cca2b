"""What the contract's acts do, refuse, and do once only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from demo import rules

PAYMENT = {
    "id": "p1",
    "amount": 643305,
    "method": "atm",
    "bank": "BCA",
    "account_tail": "1234",
    "status": "received",
    "paid_at": "-35m",
}
ACCEPTED = {**PAYMENT, "amount": 646305, "status": "accepted"}
WHY = {"reason": "selisih di pihak kami"}


def later(http: httpx.Client, **distance: float) -> str:
    now = datetime.fromisoformat(http.get("/control/clock").json()["now"])
    return (now + timedelta(**distance)).isoformat()


def test_first_story_waived_issued_sent(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked(payments=[PAYMENT])
    waived = act(f"bookings/{code}/waivers", {"amount": 3000, **WHY}).json()["booking"]
    assert (waived["waived"], waived["status"]) == (3000, "awaiting_payment")
    accepted = act(f"bookings/{code}/payments/p1/accept", WHY).json()["booking"]
    assert accepted["status"] == "paid"
    issued = act(f"bookings/{code}/issue").json()["booking"]
    assert issued["status"] == "issued"
    sent = act(f"bookings/{code}/tickets/send", {"to": "sri@contoh.id"}).json()["booking"]
    assert sent["tickets"][0]["sent_to"] == "sri@contoh.id"
    page = httpx.get(sent["tickets"][0]["url"])
    assert page.status_code == 200
    assert "Sri Wahyuni" in page.text
    types = [e["type"] for e in http.get("/control/events", params={"booking": code}).json()["events"]]
    assert types == ["ticket.issued", "payment.accepted"]


def test_pay_the_difference_on_the_page(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked(payments=[PAYMENT])
    act(f"bookings/{code}/payments/p1/accept", WHY)
    assert act(f"bookings/{code}/hold", {"until": later(http, hours=6), **WHY}).status_code == 200
    wish = {"amount": 3000, "expires_at": later(http, hours=5), **WHY}
    request = act(f"bookings/{code}/payment-requests", wish).json()["payment_request"]
    assert "Rp 3.000" in httpx.get(request["url"]).text
    for _ in range(2):  # a second tap pays nothing again
        page = httpx.post(request["url"], data={"way": "va-bca"}, follow_redirects=True)
        assert "sudah kami terima" in page.text
    booking = http.get(f"/v1/bookings/{code}").json()
    assert booking["status"] == "paid"
    assert [p["amount"] for p in booking["payments"]] == [643305, 3000]
    assert booking["payment_requests"][0]["status"] == "paid"


def test_a_new_request_replaces_the_open_one(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked()
    wish = {"amount": 3000, "expires_at": later(http, hours=1), **WHY}
    first = act(f"bookings/{code}/payment-requests", wish).json()["payment_request"]
    act(f"bookings/{code}/payment-requests", wish)
    statuses = [r["status"] for r in http.get(f"/v1/bookings/{code}").json()["payment_requests"]]
    assert statuses == ["cancelled", "open"]
    page = httpx.post(first["url"], data={"way": "qris"}, follow_redirects=True)
    assert "sudah diganti" in page.text
    assert http.get(f"/v1/bookings/{code}").json()["payments"] == []


def test_rebook_at_the_old_price_takes_seats(http: httpx.Client, act: Any, booked: Any) -> None:
    quote = {"id": "q-rebook", "price": 795000, "available": 1}
    code = booked(
        status="expired", hold_until="-1h", payments=[{**PAYMENT, "amount": 646305}], quotes=[quote]
    )
    wish = {"quote_id": "q-rebook", "price": 646305, "hold_until": later(http, hours=2), **WHY}
    booking = act(f"bookings/{code}/rebook", wish).json()["booking"]
    assert (booking["status"], booking["amount_due"]) == ("awaiting_payment", 646305)
    assert http.get(f"/v1/bookings/{code}/quotes").json() == {"quotes": []}
    assert act(f"bookings/{code}/payments/p1/accept", WHY).json()["booking"]["status"] == "paid"


def test_refund_goes_back_to_the_paying_account(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked(payments=[PAYMENT])
    wish = {"payment_id": None, "amount": 643305, "cancel_booking": True, **WHY}
    done = act(f"bookings/{code}/refunds", wish).json()
    assert done["booking"]["status"] == "cancelled"
    assert done["refund"]["destination"] == "BCA ****1234"
    assert done["refund"]["promised_by"] > done["refund"]["requested_at"]
    hastened = act(f"refunds/{done['refund']['id']}/expedite", WHY).json()["refund"]
    assert hastened["status"] == "processing"
    assert hastened["promised_by"] < done["refund"]["promised_by"]
    booking = http.post(f"/control/refunds/{done['refund']['id']}/paid").json()
    assert booking["payments"][0]["status"] == "refunded"
    again = act(f"bookings/{code}/refunds", {**wish, "amount": 1})
    assert again.json()["code"] == "amount_exceeds_payment"


def test_working_days_skip_the_weekend() -> None:
    friday = datetime.fromisoformat("2026-11-20T10:00:00+07:00")
    assert rules.add_working_days(friday, 3).isoformat() == "2026-11-25T03:00:00+00:00"


WAITING: dict[str, Any] = {}
EXPIRED = {"status": "expired", "hold_until": "-1h"}
ISSUED = {"status": "issued", "payments": [ACCEPTED], "tickets": [{"issued_at": "-1h"}]}
PAID = {"status": "paid", "payments": [ACCEPTED]}
CANCELLED = {"status": "cancelled"}
QUOTES = {"quotes": [{"id": "Q", "price": 700000, "available": 1}]}

REFUSALS = [
    ("waive beyond due", WAITING, "waivers", {"amount": 646306}, "amount_exceeds_due"),
    ("waive expired", EXPIRED, "waivers", {"amount": 1}, "booking_expired"),
    ("waive cancelled", CANCELLED, "waivers", {"amount": 1}, "booking_cancelled"),
    ("waive paid", PAID, "waivers", {"amount": 1}, "already_paid"),
    ("waive issued", ISSUED, "waivers", {"amount": 1}, "already_issued"),
    ("hold in the past", WAITING, "hold", {"until": -1}, "time_passed"),
    ("hold shorter", WAITING, "hold", {"until": 1}, "hold_not_longer"),
    ("hold too long", WAITING, "hold", {"until": 49}, "hold_too_long"),
    ("request beyond due", WAITING, "payment-requests", {"amount": 646306, "expires_at": 1}, "amount_exceeds_due"),
    ("request beyond hold", WAITING, "payment-requests", {"amount": 1, "expires_at": 3}, "hold_too_short"),
    ("request in the past", WAITING, "payment-requests", {"amount": 1, "expires_at": -1}, "time_passed"),
    ("accept unknown", WAITING, "payments/nope/accept", {}, "payment_unknown"),
    ("accept twice", {"payments": [{**ACCEPTED, "amount": 5}]}, "payments/p1/accept", {}, "payment_not_received"),
    ("accept pending", {"payments": [{**PAYMENT, "status": "pending"}]}, "payments/p1/accept", {}, "payment_not_received"),
    ("accept when expired", {**EXPIRED, "payments": [PAYMENT]}, "payments/p1/accept", {}, "booking_expired"),
    ("accept when issued", {**ISSUED, "payments": [PAYMENT]}, "payments/p1/accept", {}, "already_issued"),
    ("issue unpaid", {"payments": [PAYMENT]}, "issue", {}, "not_paid_enough"),
    ("issue twice", ISSUED, "issue", {}, "already_issued"),
    ("issue expired", EXPIRED, "issue", {}, "booking_expired"),
    ("issue after departure", {**PAID, "segments": [{"carrier": "A", "number": "A-1", "origin": "BDO", "destination": "SUB", "departs_at": "-1h"}]}, "issue", {}, "departed"),
    ("send unissued", PAID, "tickets/send", {"to": "a@b.id"}, "not_issued"),
    ("rebook living", QUOTES, "rebook", {"quote_id": "Q", "price": 1, "hold_until": 1}, "not_expired"),
    ("rebook without quote", EXPIRED, "rebook", {"quote_id": "nope", "price": 1, "hold_until": 1}, "quote_unknown"),
    ("rebook full", {**EXPIRED, "quotes": [{"price": 700000, "available": 0}]}, "rebook", {"quote_id": "q", "price": 1, "hold_until": 1}, "no_seat"),
    ("rebook stale", {**EXPIRED, "quotes": [{"price": 700000, "available": 3, "valid_until": "-1m"}]}, "rebook", {"quote_id": "q", "price": 1, "hold_until": 1}, "quote_expired"),
    ("rebook dearer", {**EXPIRED, "quotes": [{"price": 700000, "available": 3}]}, "rebook", {"quote_id": "q", "price": 700001, "hold_until": 1}, "price_above_quote"),
    ("refund too much", {"payments": [PAYMENT]}, "refunds", {"amount": 643306}, "amount_exceeds_payment"),
    ("refund of nothing", WAITING, "refunds", {"amount": 1}, "amount_exceeds_payment"),
    ("refund pending", {"payments": [{**PAYMENT, "status": "pending"}]}, "refunds", {"amount": 1}, "amount_exceeds_payment"),
    ("refund unknown payment", WAITING, "refunds", {"payment_id": "x", "amount": 1}, "payment_unknown"),
    ("refund what is needed", PAID, "refunds", {"amount": 1}, "booking_would_be_unpaid"),
    ("cancel twice", CANCELLED, "cancel", {}, "already_cancelled"),
    ("cancel expired", EXPIRED, "cancel", {}, "booking_expired"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "what", "body", "code"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_refused(
    http: httpx.Client, act: Any, booked: Any, state: Any, what: str, body: Any, code: str
) -> None:
    booking = booked(
        **{**state, **({"quotes": [{"price": 700000, "available": 1}]} if state is QUOTES else {})}
    )
    before = http.get(f"/v1/bookings/{booking}").json()
    body = dict(body)
    for name in ("until", "expires_at", "hold_until"):
        if name in body:
            body[name] = later(http, hours=body[name])
    if body.get("quote_id") in ("q", "Q"):
        body["quote_id"] = f"q_{booking}_1"
    if what not in ("issue", "tickets/send"):
        body |= WHY
    answer = act(f"bookings/{booking}/{what}", body)
    assert answer.status_code == 409, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert code in rules.TITLES
    assert http.get(f"/v1/bookings/{booking}").json() == before


def test_every_refusal_code_is_tried() -> None:
    tried = {r[4] for r in REFUSALS} | {"refund_closed"}
    assert tried == set(rules.TITLES)


def test_a_paid_refund_is_closed(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked(
        status="cancelled",
        payments=[PAYMENT],
        refunds=[
            {"id": "closed-1", "amount": 1, "status": "paid", "requested_at": "-2d", "payment_id": "p1"}
        ],
    )
    assert code
    assert act("refunds/closed-1/expedite", WHY).json()["code"] == "refund_closed"
    assert act("refunds/unknown/expedite", WHY).status_code == 404


def test_same_key_same_answer_other_body_422(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked(payments=[{**PAYMENT, "id": "p1"}, {**PAYMENT, "id": "p2"}])
    first = act(f"bookings/{code}/waivers", {"amount": 1000, **WHY}, key=f"{code}-w")
    again = act(f"bookings/{code}/waivers", {"amount": 1000, **WHY}, key=f"{code}-w")
    assert first.content == again.content
    assert http.get(f"/v1/bookings/{code}").json()["waived"] == 1000
    for path, body in (
        (f"bookings/{code}/waivers", {"amount": 1001, **WHY}),
        (f"bookings/{code}/cancel", WHY),
    ):
        other = act(path, body, key=f"{code}-w")
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    act(f"bookings/{code}/payments/p1/accept", WHY, key=f"{code}-a")
    other = act(f"bookings/{code}/payments/p2/accept", WHY, key=f"{code}-a")
    assert other.status_code == 422


def test_a_refusal_is_stored_too(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked()
    first = act(f"bookings/{code}/issue", key=f"{code}/issue:1")
    http.post(f"/control/bookings/{code}/payments", json={"amount": 646305, "status": "accepted"})
    assert act(f"bookings/{code}/issue", key=f"{code}/issue:1").content == first.content
    operation = http.get(f"/v1/operations/{code}/issue:1").json()
    assert (operation["status"], operation["operation"]) == ("refused", "issue")
    assert operation["result"]["code"] == "not_paid_enough"
    assert http.get("/v1/operations/never").status_code == 404


def test_once_under_concurrency(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked(status="paid", payments=[{**PAYMENT, "amount": 2_000_000, "status": "accepted"}])
    wish = {"payment_id": "p1", "amount": 1000, "cancel_booking": False, **WHY}
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: act(f"bookings/{code}/refunds", wish, key=f"{code}-c"), range(24)))
    assert {a.status_code for a in answers} == {200}
    assert len({a.content for a in answers}) == 1
    assert len(http.get(f"/v1/bookings/{code}").json()["refunds"]) == 1


def test_last_seat_goes_to_one(http: httpx.Client, act: Any, booked: Any) -> None:
    segment = {
        "carrier": "Z",
        "number": "Z-1",
        "origin": "ZZA",
        "destination": "ZZB",
        "departs_at": "+3d 09:20",
    }
    codes = [booked(status="expired", hold_until="-1h", segments=[segment]) for _ in range(4)]
    http.post(
        "/control/situations",
        json={"quotes": [{"id": "last-seat", "price": 700000, "available": 1, "segments": [segment]}]},
    )
    wish = {"quote_id": "last-seat", "price": 1, "hold_until": later(http, hours=1), **WHY}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda c: act(f"bookings/{c}/rebook", wish), codes))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]


def test_malformed_and_unauthorised(http: httpx.Client, booked: Any, address: str) -> None:
    code = booked()
    path = f"/v1/bookings/{code}/waivers"
    key = {"Idempotency-Key": "malformed"}
    for body in (
        {"amount": 1.5, **WHY},
        {"amount": "1", **WHY},
        {"amount": 0, **WHY},
        {"amount": 1},
        {"amount": 1, **WHY, "x": 1},
    ):
        answer = http.post(path, json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert http.post(path, json={"amount": 1, **WHY}).status_code == 422
    assert http.post("/v1/bookings/NOPE/waivers", json={"amount": 1, **WHY}, headers=key).status_code == 404
    assert http.get("/v1/bookings").status_code == 422
    for path in ("/v1/bookings/X", "/control/clock"):
        assert httpx.get(address + path).status_code == 401
        assert httpx.get(address + path, headers={"Authorization": "Bearer x"}).status_code == 401
    assert httpx.get(address + "/healthz").status_code == 200


def test_holds_lapse_by_the_products_clock(http: httpx.Client, act: Any, booked: Any) -> None:
    code = booked()
    wish = {"amount": 3000, "expires_at": later(http, hours=1), **WHY}
    request = act(f"bookings/{code}/payment-requests", wish).json()["payment_request"]
    try:
        http.put("/control/clock", json={"offset_seconds": 3 * 3600})
        booking = http.get(f"/v1/bookings/{code}").json()
        assert booking["status"] == "expired"
        assert booking["payment_requests"][0]["status"] == "expired"
        assert "sudah lewat" in httpx.post(request["url"], data={"way": "qris"}, follow_redirects=True).text
    finally:
        http.put("/control/clock", json={"offset_seconds": 0})
    types = [e["type"] for e in http.get("/control/events", params={"booking": code}).json()["events"]]
    assert types == ["booking.expired"]


def test_pages_leak_nothing(address: str, http: httpx.Client, booked: Any) -> None:
    code = booked(status="issued", tickets=[{"number": "990-leak", "issued_at": "-1h"}])
    assert code
    for path in ("/t/990-leak", "/t/990-leak?k=wrong", "/pay/unknown", "/t/none?k=%C3%A9"):
        page = httpx.get(address + path)
        assert page.status_code == 404
        assert "Sri" not in page.text
