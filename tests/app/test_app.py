"""The application as one piece: health, events, limits, errors, headers."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from sqlalchemy import select

from bot.store.tables import BackendEvent
from tests.app.conftest import Served
from tests.e2e.product import until

EVENT = {
    "id": "evt_1",
    "type": "payment.accepted",
    "at": "2026-11-22T10:00:00+00:00",
    "booking": "KLN643",
    "data": {"amount": 3000},
}


def signed(served: Served, body: Any, *, at: float | None = None, token: str | None = None) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    moment = str(int(time.time() if at is None else at))
    key = (token or served.settings.secrets.backend_token).encode()
    mark = hmac.new(key, moment.encode() + b"." + raw, hashlib.sha256).hexdigest()
    return {"content": raw, "headers": {"X-Kawan-Signature": f"t={moment},v1={mark}"}}


def kept(served: Served) -> list[str]:
    with served.app.state.parts.store.reading() as session:
        return list(session.scalars(select(BackendEvent.id)))


def test_an_event_is_stored_before_it_is_acknowledged_and_taken_once(served: Served) -> None:
    before = kept(served)
    first = served.http.post("/backend/events", **signed(served, EVENT))
    assert (first.status_code, first.json()) == (200, {"new": True})
    assert kept(served) == [*before, "evt_1"]
    again = served.http.post("/backend/events", **signed(served, EVENT))
    assert (again.status_code, again.json()) == (200, {"new": False})
    assert kept(served) == [*before, "evt_1"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"token": "another"}, 401),
        ({"at": 1_000_000_000}, 401),
        ({"body": b"not json"}, 400),
        ({"body": {"id": "x"}}, 400),
        ({"body": {**EVENT, "id": ""}}, 400),
        ({"body": {**EVENT, "id": "x" * 121}}, 400),
        ({"body": {**EVENT, "at": "2026-11-22T10:00:00"}}, 400),
        ({"body": b"x" * 70_000}, 413),
    ],
)
def test_what_is_no_event_of_the_companys_is_refused(
    served: Served, change: dict[str, Any], status: int
) -> None:
    before = kept(served)
    body = change.get("body", EVENT)
    how = {name: value for name, value in change.items() if name != "body"}
    answer = served.http.post("/backend/events", **signed(served, body, **how))
    assert answer.status_code == status
    assert kept(served) == before


def test_an_unsigned_event_is_refused(served: Served) -> None:
    assert served.http.post("/backend/events", json=EVENT).status_code == 401


def test_ready_needs_database_and_brain(served: Served) -> None:
    answer = served.http.get("/readyz")
    assert answer.status_code == 200
    assert (
        answer.json()["status"] == "degraded"
    )  # there is no demo company; customers are answered all the same
    assert answer.json()["checks"]["backend"] == {"ok": False, "detail": "no answer"}
    served.brain.is_ready = False
    answer = served.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["brain"]["ok"] is False
    assert served.http.get("/healthz").json() == {"status": "ok"}


def test_a_dead_worker_is_told(served: Served) -> None:
    served.app.state.parts.workers["jobs"].stop()
    answer = served.http.get("/readyz")
    assert answer.status_code == 503
    assert "jobs" in answer.json()["checks"]["workers"]["detail"]
    served.app.state.parts.workers["jobs"].start()


def test_a_message_reaches_the_brain_and_is_counted(served: Served) -> None:
    token = served.http.post("/channels/web/sessions", json={}).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    served.http.post("/channels/web/messages", json={"id": "1", "text": "halo"}, headers=headers)
    until(lambda: served.brain.heard, 15, "the message")
    assert served.brain.heard[0] == "halo"
    until(lambda: 'kawan_turns_total{outcome="answered"} 0.0' not in served.http.get("/metrics").text)


def test_actions_are_for_the_brain_alone(served: Served) -> None:
    call = {"next_action": "action_none", "tracker": {"sender_id": "x"}}
    assert served.http.post("/internal/actions", json=call).status_code == 401
    headers = {"Authorization": f"Bearer {served.settings.secrets.rasa_token}"}
    assert served.http.post("/internal/actions", json=call, headers=headers).status_code == 404


@pytest.mark.parametrize("path", ["/", "/chat", "/api/docs", "/login"])
def test_pages_may_load_nothing_from_elsewhere(served: Served, path: str) -> None:
    answer = served.http.get(path)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "://" not in answer.text.replace("http://www.w3.org/", "")


def test_the_api_is_described_without_pages_and_internals(served: Served) -> None:
    paths = served.http.get("/api/openapi.json").json()["paths"]
    assert {"/channels/web/messages", "/backend/events", "/readyz"} <= set(paths)
    assert not [path for path in paths if path.startswith(("/internal", "/desk", "/login", "/api"))]


def test_failures_show_no_trace(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> str:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(served.app.state.parts.web, "open", fail)
    answer = served.http.post("/channels/web/sessions", json={})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accept", "kind"), [("text/html", "text/html"), ("application/json", "application/json")]
)
def test_an_unknown_address(served: Served, accept: str, kind: str) -> None:
    answer = served.http.get("/nowhere", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(kind)


def test_bodies_have_a_limit_stated_or_not(served: Served) -> None:
    big = b"x" * 2_500_000

    def pieces() -> Any:
        for start in range(0, len(big), 100_000):
            yield big[start : start + 100_000]

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for content in (big, pieces()):
        assert served.http.post("/login", content=content, headers=form).status_code in (400, 413)


def test_without_the_demo_nobody_may_choose_who_to_be(served: Served) -> None:
    # The demo company does not run here: the page works, and offers nobody.
    assert served.http.get("/chat/demo-identities").json() == {"people": []}
