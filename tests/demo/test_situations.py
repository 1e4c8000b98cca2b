"""The load format: all or nothing, nothing twice, times relative to the product's clock."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, text

from demo import rules, seed
from demo.seed_bookings import make_bookings
from demo.settings import Settings
from demo.situations import SituationError, json_schema, parse_situation
from demo.times import normal_phone, parse_day, parse_when

NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # 23.30 WIB


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("-35m", "2026-11-22T15:55:00+00:00"),
        ("+25m", "2026-11-22T16:55:00+00:00"),
        ("-2d", "2026-11-20T16:30:00+00:00"),
        ("+1d 14:00", "2026-11-23T07:00:00+00:00"),
        ("-1d 09:15", "2026-11-21T02:15:00+00:00"),
        ("+0d 00:05", "2026-11-21T17:05:00+00:00"),
        ("-3h", "2026-11-22T13:30:00+00:00"),
        ("+1d2h", "2026-11-23T18:30:00+00:00"),
        ("now", "2026-11-22T16:30:00+00:00"),
        ("2026-05-05T10:00:00+07:00", "2026-05-05T03:00:00+00:00"),
        ("2026-05-05T03:00:00Z", "2026-05-05T03:00:00+00:00"),
    ],
)
def test_times(written: str, meant: str) -> None:
    assert parse_when(written, NOW).isoformat() == meant


@pytest.mark.parametrize(
    "written",
    ["35m", "-35", "besok", "2026-05-05T10:00:00", "-3h 14:00", "+1d 25:00", "+1d 9", "", "+999999w"],
)
def test_bad_times(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_when(written, NOW)


def test_days_are_the_companys() -> None:
    late = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # already the 23rd in Jakarta
    assert parse_day("+1d", late).isoformat() == "2026-11-24"
    assert parse_day("2026-12-01", late).isoformat() == "2026-12-01"


def test_phones() -> None:
    for written in ("0812-0000-0101", "+62 812 0000 0101", "6281200000101", "81200000101"):
        assert normal_phone(written) == "+6281200000101"


def story(code: str, phone: str) -> dict[str, Any]:
    raw = copy.deepcopy(seed.showcases()["first-story"])
    raw["customers"][0] |= {"id": f"own-{code}", "phone": phone, "email": f"{code}@contoh.id"}
    raw["bookings"][0] |= {"code": code, "customer": phone}
    raw["bookings"][0]["payments"][0]["id"] = f"pay_{code}"
    raw["bookings"][0]["quotes"][0]["id"] = f"q_{code}"
    for contact in raw["customers"][0]["contacts"]:
        contact["booking"] = code
    return raw


def test_twice_changes_nothing(http: httpx.Client) -> None:
    raw = story("TWICE1", "0812 5550 0001")
    first = http.post("/control/situations", json=raw).json()
    assert first == {"set_up": 2, "unchanged": 0, "bookings": ["TWICE1"]}
    booking = http.get("/v1/bookings/TWICE1").json()
    try:
        http.put("/control/clock", json={"offset_seconds": 600})
        assert http.post("/control/situations", json=raw).json()["unchanged"] == 2
        assert http.get("/v1/bookings/TWICE1").json() == booking
        raw["bookings"][0]["waived"] = 500
        assert http.post("/control/situations", json=raw).json()["set_up"] == 1
        assert http.get("/v1/bookings/TWICE1").json()["waived"] == 500
        raw["bookings"][0]["waived"] = 0
        again = http.post("/control/situations", json=raw, params={"again": "true"}).json()
        assert again["set_up"] == 2
    finally:
        http.put("/control/clock", json={"offset_seconds": 0})
    assert http.get("/control/events", params={"booking": "TWICE1"}).json()["events"] == []


def spoil(path: str, value: Any) -> dict[str, Any]:
    raw = story("BROKEN", "0812 5550 0002")
    *parents, last = path.split(".")
    at: Any = raw
    for name in parents:
        at = at[int(name)] if name.isdigit() else at[name]
    if last.isdigit():
        at[int(last)] = value
    else:
        at[last] = value
    return raw


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("bookings.0.payments.0.amont", 1, "$.bookings[0].payments[0].amont: unknown field"),
        ("customer", {}, "$.customer: unknown field"),
        ("bookings.0.customer", "0899", "$.bookings[0].customer: no customer 0899"),
        ("bookings.0.payments.0.request_id", "x", "$.bookings[0].payments[0].request_id: no payment request x"),
        ("bookings.0.refunds", [{"amount": 1, "status": "paid", "requested_at": "-1d", "payment_id": "y"}], "$.bookings[0].refunds[0].payment_id: no payment y"),
        ("bookings.0.hold_until", "soon", "$.bookings[0].hold_until: expected ISO 8601"),
        ("bookings.0.hold_until", None, "$.bookings[0].hold_until: missing"),
        ("bookings.0.amount_due", 1.5, "$.bookings[0].amount_due:"),
        ("bookings.0.amount_due", -1, "$.bookings[0].amount_due:"),
        ("bookings.0.kind", "ship", "$.bookings[0].kind:"),
        ("bookings.0.kind", "hotel", "$.bookings[0].stay: missing"),
        ("bookings.0.segments", [], "$.bookings[0].segments: missing"),
        ("customers.0.contacts.0.booking", "NOPE99", "$.customers[0].contacts[0].booking: no booking NOPE99"),
        ("customers.0.phone", "abc", "$.customers[0].phone: expected a phone number"),
        ("quotes", [{"price": 1, "available": 1}], "$.quotes[0]: needs a booking, segments or a stay"),
        ("faults", [{"kind": "down", "operations": ["dance"]}], "$.faults[0].operations[0]: no operation dance"),
        ("bookings.0.payment_requests", [{"id": "pr_taken", "amount": 1, "expires_at": "+1h"}], "$.bookings[0].payment_requests[0].id: pr_taken belongs to booking"),
    ],
)  # fmt: skip
def test_refused_as_a_whole(http: httpx.Client, booked: Any, path: str, value: Any, said: str) -> None:
    if "pr_taken" in said:
        booked(payment_requests=[{"id": "pr_taken", "amount": 1, "expires_at": "+1h"}])
    answer = http.post("/control/situations", json=spoil(path, value))
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert http.get("/v1/bookings/BROKEN").status_code == 404
    assert http.get("/v1/customers", params={"phone": "081255500002"}).json() == {"customers": []}
    assert http.get("/control/faults").json() == {"faults": []}
    http.delete("/control/faults")


def test_natural_variants() -> None:
    situation = parse_situation(
        {
            "customers": [{"name": "Sri", "mail": "Sri@contoh.id", "phone": "0812-0000-9999"}],
            "bookings": [
                {
                    "code": "abc-123",
                    "customer": "0812 0000 9999",
                    "kind": "hotel",
                    "status": "paid",
                    "created_at": "-1d",
                    "amount_due": "Rp 643.305,-",
                    "guests": ["Sri"],
                    "stay": {"hotel": "H", "city": "B", "room": "R", "check_in": "+3d", "check_out": "+4d"},
                    "payments": [{"amount": "643.305", "method": "atm", "status": "accepted", "at": "-1d"}],
                }
            ],
        }
    )
    booking = situation.bookings[0]
    assert (booking.code, booking.amount_due, booking.passengers) == ("ABC123", 643305, ["Sri"])
    assert booking.payments[0].amount == 643305
    with pytest.raises(SituationError) as refused:
        parse_situation(["not", "an", "object"])
    assert refused.value.problems[0][0] == "$"


def test_derived_ids_stay_the_same(http: httpx.Client) -> None:
    raw = story("DERIVE", "0812 5550 0003")
    for name in ("code",):
        del raw["bookings"][0][name]
    del raw["customers"][0]["id"], raw["customers"][0]["contacts"]
    first = http.post("/control/situations", json=raw).json()
    again = http.post("/control/situations", json=raw).json()
    assert first["bookings"] == again["bookings"]
    assert (first["set_up"], again["set_up"]) == (2, 0)


def test_schema_describes_the_showcases() -> None:
    schema = json_schema()
    fields = schema["$defs"]["Booking"]["properties"]
    for raw in seed.showcases().values():
        assert set(raw["bookings"][0]) <= set(fields)
    assert schema["additionalProperties"] is False


def test_seed_is_deterministic() -> None:
    assert json.dumps(make_bookings(7)) == json.dumps(make_bookings(7))
    assert make_bookings(7) != make_bookings(8)


def test_seed_has_every_situation(http: httpx.Client, settings: Settings) -> None:
    summary = http.get("/control/summary").json()
    assert sum(summary["kind"].values()) >= 300
    assert min(summary["kind"].values()) >= 50
    assert set(seed.showcases()) <= set(summary["situation"])
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        rows = connection.execute(text("select name from customers")).all()
    engine.dispose()
    assert len(rows) > 250


def test_first_story_is_exactly_the_story() -> None:
    raw = seed.showcases()["first-story"]
    booking = parse_situation(raw).bookings[0]
    assert [(p.amount, p.kind, p.where) for p in booking.prices] == [
        (643305, "shown", "website"),
        (646305, "billed", "mail"),
    ]
    assert [(p.amount, p.method, p.bank, p.status) for p in booking.payments] == [
        (643305, "atm", "BCA", "received")
    ]
    assert (booking.segments[0].origin, booking.segments[0].destination) == ("BDO", "SUB")
    assert booking.amount_due == 646305
    assert booking.status_note == "menunggu pembayaran diterima"
    assert [c["outcome"] for c in raw["customers"][0]["contacts"]] == ["unanswered", "unanswered"]


def test_named_situations_are_set_up_anew(http: httpx.Client) -> None:
    assert len(http.get("/control/situations").json()["situations"]) >= 12
    http.post("/control/bookings/KLN643/lapse")
    assert http.get("/v1/bookings/KLN643").json()["status"] == "expired"
    assert http.post("/control/situations/first-story").json()["set_up"] == 2
    assert http.get("/v1/bookings/KLN643").json()["status"] == "awaiting_payment"
    assert http.post("/control/situations/none").status_code == 404


def test_generated_times_make_sense(http: httpx.Client) -> None:
    now = http.get("/control/clock").json()["now"]
    for line in http.get("/control/bookings", params={"limit": 1000}).json()["bookings"]:
        if line["situation"] is None:
            continue
        booking = http.get(f"/v1/bookings/{line['code']}").json()
        created = booking["created_at"]
        times = [p["paid_at"] for p in booking["payments"]] + [p["at"] for p in booking["prices"]]
        times += [t["issued_at"] for t in booking["tickets"]]
        assert created <= min(times, default=created) <= max(times, default=created) <= now, line
        if line["situation"] in ("expired-unpaid", "expired-after-payment", "paid-after-expiry"):
            assert booking["hold_until"] <= now, line
        if booking["segments"]:
            assert created < booking["segments"][0]["departs_at"] < booking["segments"][0]["arrives_at"]
        if line["situation"] == "expired-after-payment":
            assert booking["payments"][0]["paid_at"] < booking["hold_until"], line
        if line["situation"] == "paid-after-expiry":
            assert booking["payments"][0]["paid_at"] > booking["hold_until"], line


def test_the_documented_example_loads(http: httpx.Client) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "situations.md").read_text(encoding="utf-8")
    example = guide.split("## Example")[1].split("## Fields")[0]
    answer = http.post("/control/situations", json=json.loads(example))
    assert answer.json() == {"set_up": 3, "unchanged": 0, "bookings": ["ABX7Q2"]}
    http.delete("/control/faults")


def test_every_refusal_is_documented() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "backend.md").read_text(encoding="utf-8")
    assert [code for code in rules.TITLES if f"`{code}`" not in guide] == []
