"""Faults, events, happenings, lists, and the published description."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import faults, openapi
from demo.app import contract_app
from demo.server import running
from demo.settings import Settings, events_address

TOKEN = "token-of-the-tests"


class Receiver:
    """Stands for the app: refuses the first deliveries, then takes them."""

    def __init__(self, refuse: int) -> None:
        self.refuse, self.seen, self.taken = refuse, 0, []  # type: ignore[var-annotated]
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.seen += 1
                refused = receiver.seen <= receiver.refuse
                if not refused:
                    receiver.taken.append((self.path, self.headers["X-Kawan-Signature"], body))
                self.send_response(503 if refused else 204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def wait(self, count: int) -> list[Any]:
        deadline = time.monotonic() + 10
        while len(self.taken) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.taken


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver(refuse=2)
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


def test_events_are_signed_retried_and_in_order(receiver: Receiver, tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/demo.db",
        token=TOKEN,
        events_url=events_address(receiver.url),
        fill=False,
    )
    with (
        running(settings) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}) as http,
    ):
        http.post("/control/situations/first-story").raise_for_status()
        assert http.get("/control/summary").json()["events_waiting"] == 0
        http.post(
            "/control/bookings/KLN643/payments", json={"amount": 3000, "status": "accepted"}
        ).raise_for_status()
        act = {"json": {"reason": "x"}, "headers": {"Idempotency-Key": "mine"}}
        http.post("/v1/bookings/KLN643/payments/pay_KLN643_1/accept", **act).raise_for_status()  # type: ignore[arg-type]
        http.post("/control/bookings/KLN643/ticket").raise_for_status()
        taken = receiver.wait(4)
    bodies = [json.loads(body) for _, _, body in taken]
    assert [b["type"] for b in bodies] == [
        "payment.received",
        "payment.accepted",
        "payment.accepted",
        "ticket.issued",
    ]
    assert [b["data"].get("operation_key") for b in bodies] == [None, None, "mine", None]
    assert len({b["id"] for b in bodies}) == 4
    for path, signature, body in taken:
        assert path == "/backend/events"
        unix, mac = signature.removeprefix("t=").split(",v1=")
        assert abs(time.time() - int(unix)) < 60
        assert mac == hmac.new(TOKEN.encode(), f"{unix}.".encode() + body, hashlib.sha256).hexdigest()


def test_down_for_some_calls_and_operations(http: httpx.Client, booked: Any) -> None:
    code = booked()
    http.post("/control/faults", json={"kind": "down", "calls": 2, "operations": ["read_booking"]})
    assert http.get(f"/v1/bookings/{code}/quotes").status_code == 200
    statuses = [http.get(f"/v1/bookings/{code}").status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    assert http.get("/control/faults").json() == {"faults": []}


def test_slow(http: httpx.Client, booked: Any) -> None:
    code = booked()
    http.post("/control/faults", json={"kind": "slow", "seconds": 1, "calls": 1})
    before = time.monotonic()
    assert http.get(f"/v1/bookings/{code}").status_code == 200
    assert time.monotonic() - before >= 1


def test_silent_after_acting(http: httpx.Client, booked: Any) -> None:
    code = booked()
    http.post("/control/faults", json={"kind": "timeout_after_acting", "seconds": 0, "calls": 1})
    assert http.get(f"/v1/bookings/{code}").json()["waived"] == 0
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(
            f"/v1/bookings/{code}/waivers",
            json={"amount": 7, "reason": "x"},
            headers={"Idempotency-Key": f"{code}-silent"},
        )
    assert http.get(f"/v1/operations/{code}-silent").json()["status"] == "done"
    assert http.get(f"/v1/bookings/{code}").json()["waived"] == 7


def test_faults_of_a_file_come_once(http: httpx.Client) -> None:
    raw = {"faults": [{"kind": "down", "operations": ["refund"]}]}
    assert http.post("/control/situations", json=raw).json()["set_up"] == 1
    assert http.post("/control/situations", json=raw).json()["unchanged"] == 1
    http.delete("/control/faults")
    assert http.post("/control/situations", json=raw).json()["set_up"] == 1
    assert http.post("/control/faults", json={"kind": "down", "operations": ["x"]}).status_code == 409


def test_operations_of_faults_are_the_contracts() -> None:
    paths = openapi_paths()
    described = {o["operationId"] for methods in paths.values() for o in methods.values()}
    assert described == faults.OPERATIONS
    for path, methods in paths.items():
        for method, operation in methods.items():
            filled = path.replace("{", "").replace("}", "")
            assert faults.operation_of(method.upper(), filled) == operation["operationId"]


def openapi_paths() -> dict[str, Any]:
    paths: dict[str, Any] = contract_app().openapi()["paths"]
    return paths


def test_published_description_is_current() -> None:
    assert openapi.TARGET.read_text(encoding="utf-8") == openapi.render(), "run python -m demo.openapi"


def test_the_world_moves(http: httpx.Client, booked: Any) -> None:
    code = booked()
    http.post(f"/control/bookings/{code}/payments", json={"amount": 646305, "bank": "BRI"}).raise_for_status()
    payment = http.get(f"/v1/bookings/{code}").json()["payments"][0]
    assert (payment["status"], payment["bank"]) == ("received", "BRI")
    http.post(f"/control/bookings/{code}/payments/{payment['id']}/accept").raise_for_status()
    assert http.post(f"/control/bookings/{code}/ticket").json()["status"] == "issued"
    assert http.post(f"/control/bookings/{code}/ticket").json()["code"] == "already_issued"
    change = {"kind": "delay", "note": "cuaca", "new_departs_at": "2030-01-01T10:00:00+07:00"}
    changed = http.post(f"/control/bookings/{code}/schedule", json=change).json()
    assert changed["schedule_changes"][0]["new_departs_at"] == "2030-01-01T03:00:00Z"
    assert "Jadwal berubah" in httpx.get(changed["tickets"][0]["url"]).text
    assert http.post(f"/control/bookings/{code}/schedule", json={"kind": "delay"}).status_code == 409
    assert http.post(f"/control/bookings/{code}/lapse").status_code == 409
    wish = {"amount": 646305, "reason": "x", "cancel_booking": True}
    refund = http.post(
        f"/v1/bookings/{code}/refunds", json=wish, headers={"Idempotency-Key": f"{code}-r"}
    ).json()["refund"]
    failed = http.post(f"/control/refunds/{refund['id']}/failed").json()
    assert failed["refunds"][0]["status"] == "failed"
    assert http.post(f"/control/refunds/{refund['id']}/paid").json()["refunds"][0]["status"] == "paid"
    assert http.post(f"/control/refunds/{refund['id']}/failed").status_code == 409
    events = [e["type"] for e in http.get("/control/events", params={"booking": code}).json()["events"]]
    assert events == [
        "refund.paid",
        "refund.failed",
        "schedule.changed",
        "ticket.issued",
        "payment.accepted",
        "payment.received",
    ]


def test_prices_and_seats_change(http: httpx.Client, booked: Any) -> None:
    code = booked(quotes=[{"price": 700000, "available": 3}])
    changed = http.patch("/control/quotes", json={"booking": code, "price": 750000, "available": 2}).json()
    assert [(q["price"], q["available"]) for q in changed["quotes"]] == [(750000, 2)]
    assert http.get(f"/v1/bookings/{code}/quotes").json()["quotes"][0]["price"] == 750000
    assert http.patch("/control/quotes", json={"price": 1}).status_code == 409
    assert http.patch("/control/quotes", json={"origin": "NOPE", "price": 1}).json() == {"quotes": []}


def test_lists_and_lookups(http: httpx.Client) -> None:
    page = http.get("/control/bookings", params={"situation": "underpaid", "limit": 5}).json()
    assert page["total"] >= 19
    assert len(page["bookings"]) == 5
    assert (
        http.get("/control/bookings", params={"q": "0812-0000-0101"}).json()["bookings"][0]["code"]
        == "KLN643"
    )
    assert http.get("/control/bookings", params={"q": "kln643"}).json()["total"] == 1
    assert (
        http.get("/control/customers", params={"q": "Bima Pras"}).json()["customers"][0]["phone"]
        == "+6281200000101"
    )
    for params in (
        {"phone": "081200000101"},
        {"email": "Bima.Prasetyo@contoh.id"},
        {"customer_id": "bima-prasetyo"},
    ):
        found = http.get("/v1/bookings", params=params).json()["bookings"]
        assert [b["code"] for b in found] == ["KLN643"]
    assert http.get("/v1/bookings", params={"phone": "081200000101", "email": "x@y.id"}).json() == {
        "bookings": []
    }


def test_clock_starts_where_told_and_reset_keeps_it(tmp_path: Path) -> None:
    start = datetime(2030, 5, 1, 3, 0, tzinfo=UTC)
    settings = Settings(database_url=f"sqlite:///{tmp_path}/demo.db", token=TOKEN, now=start, fill=False)
    with (
        running(settings) as url,
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20) as http,
    ):
        now = http.get("/control/clock").json()["now"]
        assert now.startswith("2030-05-01T03:0")
        http.put("/control/clock", json={"now": "2031-01-01T00:00:00Z"})
        assert http.post("/control/reset").json()["bookings"] >= 300
        assert http.get("/v1/bookings/KLN643").json()["created_at"].startswith("2030-12-31T22:4")
        assert http.put("/control/clock", json={}).status_code == 409
