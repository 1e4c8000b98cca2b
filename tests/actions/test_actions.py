"""The actions on trackers as Rasa sends them; payloads/ was recorded from a served brain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from ruamel.yaml import YAML

from actions import actions, endpoint
from bot.care.messages import Understanding
from bot.casework import usecases
from bot.casework.deps import Deps
from bot.errors import TurnBusy
from bot.store.engine import Store, open_store
from bot.store.tables import Conversation, Identity, Incoming, Turn
from tests.store.templates import sqlite_database

PAYLOADS = Path(__file__).parent / "payloads"
DOMAIN = Path(__file__).parent.parent.parent / "domain.yml"
NOW = datetime(2026, 5, 1, 3, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return NOW

    def offset(self) -> timedelta:
        return timedelta()


@dataclass
class Called:
    name: str
    turn_id: str
    understanding: Understanding


class Casework:
    def __init__(self) -> None:
        self.calls: list[Called] = []
        self.replies: list[dict[str, Any]] = [
            {"text": "Siap, Kak.", "options": [{"label": "Ya", "value": "confirm:1"}]}
        ]
        self.error: Exception | None = None

    def use_case(self, name: str) -> Any:
        def called(deps: Deps, turn_id: str, understanding: Understanding) -> list[dict[str, Any]]:
            self.calls.append(Called(name, turn_id, understanding))
            if self.error is not None:
                raise self.error
            return self.replies

        return called


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(sqlite_database(tmp_path), b"secret")
    yield opened
    opened.close()


@pytest.fixture
def deps(store: Store) -> Deps:
    files = SimpleNamespace(company=SimpleNamespace(zone=ZoneInfo("Asia/Jakarta")))
    return Deps(store, FixedClock(), cast(Any, None), cast(Any, None), cast(Any, files))


@pytest.fixture
def casework(monkeypatch: pytest.MonkeyPatch) -> Casework:
    made = Casework()
    for action in actions.ACTIONS:
        if issubclass(action, actions.CaseworkAction):
            name = cast(str, action.does)
            assert hasattr(usecases, name)
            monkeypatch.setattr(usecases, name, made.use_case(name))
    return made


def payload(name: str) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads((PAYLOADS / f"{name}.json").read_text("utf-8")))


class Server:
    def __init__(self, deps: Deps, token: str | None = None, client: str = "127.0.0.1") -> None:
        app = FastAPI()
        app.include_router(endpoint.router(deps, token))
        transport = httpx.ASGITransport(app, client=(client, 5))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://kawan")

    async def post(self, body: Any, **more: Any) -> httpx.Response:
        return await self.client.post("/internal/actions", json=body, **more)


def test_every_action_of_the_domain_is_served(deps: Deps) -> None:
    listed = YAML(typ="safe").load(DOMAIN.read_text("utf-8"))["actions"]
    assert sorted(endpoint.executor(deps).actions) == sorted(listed)


async def test_an_action_is_one_use_case(deps: Deps, casework: Casework) -> None:
    answer = await Server(deps).post(payload("take_up"))
    assert answer.status_code == 200
    body = answer.json()
    assert body["events"] == []
    (response,) = body["responses"]
    assert response["text"] == "Siap, Kak."
    assert response["buttons"] == [{"title": "Ya", "payload": "confirm:1"}]
    (called,) = casework.calls
    assert (called.name, called.turn_id) == ("take_up", "t1")
    sent = payload("take_up")["tracker"]["latest_message"]
    heard = called.understanding
    assert heard.text == sent["text"]
    assert heard.intent == sent["intent"]["name"]
    assert heard.further == tuple(f["intent"] for f in sent["further"])
    assert (heard.mood, heard.urgency, heard.register, heard.finished) == tuple(
        sent["signals"][name] for name in ("mood", "urgency", "register", "finished")
    )
    assert heard.values("amount") == [643000]
    assert heard.option is None


async def test_a_tapped_option_says_nothing(deps: Deps, casework: Casework) -> None:
    await Server(deps).post(payload("tapped"))
    (called,) = casework.calls
    assert called.name == "choose"
    assert called.understanding.intent == "choose_option"
    assert called.understanding.option == "offer:1"
    assert called.understanding.text == ""


async def test_a_fallback_stays_one(deps: Deps, casework: Casework) -> None:
    body = payload("take_up")
    body["tracker"]["latest_message"]["intent"] = {"name": "nlu_fallback", "confidence": 0.3}
    await Server(deps).post(body)
    assert casework.calls[0].understanding.intent == "nlu_fallback"


async def test_dates_count_from_when_it_was_sent(deps: Deps, casework: Casework) -> None:
    body = payload("take_up")
    latest = body["tracker"]["latest_message"]
    latest["text"], latest["entities"] = "besok", [{"entity": "date", "start": 0, "end": 5, "value": "besok"}]
    for sent_at, day in (
        ("2026-01-30T20:00:00+00:00", "2026-02-01"),
        (None, "2026-05-02"),
        ("x", "2026-05-02"),
    ):
        latest["metadata"]["sent_at"] = sent_at
        await Server(deps).post(body)
        assert casework.calls[-1].understanding.values("date") == [day]


def a_turn(deps: Deps, awaiting: dict[str, Any]) -> None:
    with deps.store.transaction() as session:
        session.add(Identity(id="i", channel="web", external_id="u", created_at=NOW, proven_codes=[]))
        session.flush()
        session.add(
            Conversation(
                id="c1", channel="web", external_id="c1", identity_id="i", awaiting=awaiting, known={}, wordings={},
                register="formal", created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        session.add(Turn(id="t1", conversation_id="c1", epoch=0, text="x", sent_at=NOW, created_at=NOW))


async def test_the_turn_begins_with_both_slots(deps: Deps) -> None:
    a_turn(deps, {"kind": "choice"})
    answer = await Server(deps).post(payload("begin"))
    assert answer.status_code == 200
    assert [(e["event"], e["name"], e["value"]) for e in answer.json()["events"]] == [
        ("slot", "awaiting", "choice"),
        ("slot", "register", "formal"),
    ]
    with deps.store.reading() as session:
        assert session.get_one(Turn, "t1").slots == {"awaiting": "choice", "register": "formal"}


async def test_rasa_shell_gets_a_turn_of_its_own(deps: Deps, casework: Casework) -> None:
    server = Server(deps)
    begin = payload("begin")
    for part in (begin["tracker"]["latest_message"], begin["tracker"]["events"][1]):
        part["metadata"] = {}
    begin["tracker"]["events"][1]["input_channel"] = "cmdline"
    begin["sender_id"] = begin["tracker"]["sender_id"] = "me"
    act = {**begin, "next_action": "action_small_talk"}
    assert (await server.post(begin)).json()["events"][0]["value"] == "nothing"
    assert (await server.post(act)).status_code == 200
    with deps.store.reading() as session:
        (turn,) = session.query(Turn).all()
        (incoming,) = session.query(Incoming).all()
        conversation = session.get_one(Conversation, turn.conversation_id)
    assert casework.calls[0].turn_id == turn.id == incoming.turn_id
    assert turn.slots == {"awaiting": "nothing", "register": "casual"}
    assert (conversation.channel, conversation.external_id, conversation.due_at) == ("shell", "me", None)


async def test_the_apps_own_message_needs_its_turn(deps: Deps, casework: Casework) -> None:
    body = payload("take_up")
    del body["tracker"]["latest_message"]["metadata"]["turn"]
    assert (await Server(deps).post(body)).status_code == 500
    assert not casework.calls


async def test_failures_speak_rasas_protocol(deps: Deps, casework: Casework) -> None:
    server = Server(deps)
    assert (await server.post({**payload("take_up"), "next_action": "action_none"})).status_code == 404
    casework.error = TurnBusy("turn t1 was not begun")
    answer = await server.post(payload("take_up"))
    assert (answer.status_code, answer.json()["error"]) == (500, "turn t1 was not begun")
    casework.error = ValueError("643.305 of Budi")
    answer = await server.post(payload("take_up"))
    assert (answer.status_code, answer.json()) == (
        500,
        {"error": "ValueError", "action_name": "action_take_up"},
    )


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b"{}", b'{"next_action": "action_stop"}', b"\xff", b" " * 2_000_001]
)
async def test_what_is_no_call_is_refused(deps: Deps, body: bytes) -> None:
    answer = await Server(deps).client.post("/internal/actions", content=body)
    assert answer.status_code == 400


async def test_only_the_token_or_this_machine(deps: Deps, casework: Casework) -> None:
    body = payload("take_up")
    assert (await Server(deps, None, "10.0.0.5").post(body)).status_code == 401
    assert (await Server(deps, None, "::1").post(body)).status_code == 200
    guarded = Server(deps, "kunci")
    assert (await guarded.post(body)).status_code == 401
    assert (await guarded.post(body, headers={"Authorization": "Bearer salah"})).status_code == 401
    assert (await guarded.post(body, headers={"Authorization": "Bearer kunci"})).status_code == 200
    assert (await guarded.post(body, params={"token": "kunci"})).status_code == 200
    assert len(casework.calls) == 3


def test_alone_they_build_what_they_need_once(monkeypatch: pytest.MonkeyPatch, deps: Deps) -> None:
    made: list[Deps] = []

    def build() -> Deps:
        made.append(replace(deps))
        return made[-1]

    monkeypatch.setattr(actions, "_deps", None)
    monkeypatch.setattr(
        actions.importlib, "import_module", lambda _: SimpleNamespace(deps_from_environment=build)
    )
    assert actions.TakeUp().deps is actions.Stop().deps is made[0]
    assert len(made) == 1
