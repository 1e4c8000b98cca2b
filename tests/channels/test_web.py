from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import uvicorn
from fastapi import FastAPI

from bot.channels.files import MAX_BYTES, Files
from bot.channels.tokens import Tokens
from bot.channels.web import MAX_TEXT, WebLimits, web_router
from bot.conversation.access import WebAccess
from bot.store.clock import real_now
from bot.store.conversations import lock_conversation
from bot.store.engine import Store, open_store
from bot.store.outbox import claim_next, enqueue
from bot.store.tables import Identity
from tests.store.templates import sqlite_database

KEY = b"k" * 32
IDENTITY_KEY = b"i" * 32
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


class Clock:
    def now(self) -> Any:
        return real_now()

    def offset(self) -> Any:
        return real_now() - real_now()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(sqlite_database(tmp_path), b"secret")
    yield opened
    opened.close()


def serve(app: FastAPI) -> tuple[uvicorn.Server, threading.Thread, str]:
    config = uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    return server, thread, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


@pytest.fixture
def address(store: Store, tmp_path: Path) -> Iterator[str]:
    """The router over real HTTP: long polls and streams need a real server."""
    app = FastAPI()
    chat = WebAccess(store, Clock(), 0.0)
    files = Files(tmp_path / "files")
    limits = WebLimits(messages=(40, 1.0))
    app.include_router(web_router(chat, token_key=KEY, identity_key=IDENTITY_KEY, files=files, limits=limits))
    server, thread, url = serve(app)
    yield f"{url}/channels/web"
    server.should_exit = True
    thread.join()


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False, timeout=10) as client:
        yield client


def sign_in(client: httpx.Client, **body: Any) -> str:
    answer = client.post("/sessions", json=body)
    assert answer.status_code == 201
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return str(answer.json()["conversation"])


def identity(**claims: Any) -> str:
    return jwt.encode({"sub": "c1", "phone": "081234567890", "exp": time.time() + 60, **claims}, IDENTITY_KEY)


def bot_says(store: Store, conversation: str, text: str, **row: Any) -> None:
    now = real_now()
    store.run(lambda s: enqueue(s, key=text, conversation_id=conversation, text=text, now=now, **row))
    store.run(lambda s: claim_next(s, conversation, now=real_now(), stuck_before=now, product_now=real_now()))


def test_a_message_is_taken_once(client: httpx.Client) -> None:
    sign_in(client, name="Budi")
    assert client.post("/messages", json={"id": "1", "text": "halo"}).status_code == 202
    assert client.post("/messages", json={"id": "1", "text": "halo"}).status_code == 200
    state = client.get("/messages").json()
    assert [(m["seq"], m["from"], m["text"]) for m in state["messages"]] == [(1, "customer", "halo")]
    assert client.get("/messages", params={"after": 1}).json()["messages"] == []


def test_ids_are_the_clients_own(client: httpx.Client) -> None:
    for _ in range(2):
        sign_in(client)
        assert client.post("/messages", json={"id": "1", "text": "halo"}).status_code == 202


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "1", "text": ""}, 422),
        ({"id": "1", "text": " \n\0"}, 422),
        ({"id": "1"}, 422),
        ({"id": "1", "text": 5}, 422),
        ({"id": "1", "text": "a", "option": "b"}, 422),
        ({"id": "1", "option": "x" * 201}, 422),
        ({"id": "", "text": "a"}, 422),
        ({"id": "x" * 129, "text": "a"}, 422),
        ({"text": "a"}, 422),
        ([1], 422),
        ({"id": "1", "text": "a" * (MAX_TEXT + 1)}, 413),
        ({"id": "1", "text": "a" * MAX_TEXT}, 202),
        ({"id": "1", "text": "a" * 300_000}, 413),
        ({"id": "😀" * 128, "text": "\u202eمرحبا <b>' OR 1=1;--"}, 202),
    ],
)
def test_bad_messages_are_answered_politely(client: httpx.Client, body: Any, status: int) -> None:
    sign_in(client)
    answer = client.post("/messages", json=body)
    assert answer.status_code == status
    if status != 202:
        assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("raw", [b'{"id": "1", "text": "a\\ud800\\u0000b"}', b"{", b"\xff", b"[" * 100_000])
def test_odd_bytes_never_break_the_server(client: httpx.Client, raw: bytes) -> None:
    sign_in(client)
    answer = client.post("/messages", content=raw)
    assert answer.status_code in (202, 400)
    if answer.status_code == 202:
        assert client.get("/messages").json()["messages"][0]["text"] == "a\ufffd\ufffdb"


@pytest.mark.parametrize("token", ["y.y.y", "x", Tokens(b"other" * 8).session("c", signed=False)])
def test_only_our_tokens_open_a_conversation(client: httpx.Client, token: str) -> None:
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/messages").status_code == 401
    assert client.post("/messages", json={"id": "1", "text": "a"}).status_code == 401
    assert client.get("/stream").status_code == 401


def test_a_token_of_a_lost_conversation_or_a_file_opens_nothing(client: httpx.Client) -> None:
    conversation = sign_in(client)
    for token in (Tokens(KEY).session("gone", signed=False), Tokens(KEY).file(conversation, 1)):
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("/messages").status_code == 401


def test_a_signed_identity_is_proven_and_continues(client: httpx.Client, store: Store) -> None:
    first = sign_in(client, identity=identity(email="Budi@Example.com"))
    assert sign_in(client, identity=identity()) == first
    assert sign_in(client, identity=identity(sub="c2")) != first
    assert sign_in(client) != first
    with store.transaction() as session:
        kept = session.get_one(Identity, lock_conversation(session, first).identity_id)
    assert (kept.proven_phone, kept.proven_email, kept.proven_subject) == (
        "+6281234567890",
        "budi@example.com",
        "c1",
    )


@pytest.mark.parametrize(
    "token",
    [
        "x",
        identity(exp=1),
        identity(phone="abc"),
        identity(sub=""),
        jwt.encode({"sub": "c1"}, IDENTITY_KEY),
        jwt.encode({"sub": "c1", "exp": 9e9}, b"w" * 32),
        jwt.encode({"sub": "c1", "exp": 9e9}, "", algorithm="none"),
    ],
)
def test_a_bad_identity_is_never_taken_for_anonymous(client: httpx.Client, token: str) -> None:
    assert client.post("/sessions", json={"identity": token}).status_code == 401


def test_sign_ins_at_once_meet_in_one_conversation(address: str) -> None:
    found: list[str] = []

    def work() -> None:
        with httpx.Client(base_url=address, trust_env=False) as client:
            found.append(sign_in(client, identity=identity()))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_the_long_poll_returns_as_soon_as_there_is_something(client: httpx.Client, store: Store) -> None:
    conversation = sign_in(client)
    timer = threading.Timer(0.3, bot_says, (store, conversation, "halo juga"))
    timer.start()
    began = time.monotonic()
    state = client.get("/messages", params={"wait": 8}).json()
    assert 0.2 < time.monotonic() - began < 2
    assert [m["text"] for m in state["messages"]] == ["halo juga"]
    began = time.monotonic()
    assert client.get("/messages", params={"after": 1, "wait": 0.3}).json()["messages"] == []
    assert time.monotonic() - began < 2
    timer.join()


def test_the_stream_tells_messages_and_typing(client: httpx.Client, store: Store) -> None:
    conversation = sign_in(client)
    client.post("/messages", json={"id": "1", "text": "halo"})
    events: list[tuple[str, dict[str, Any]]] = []
    with client.stream("GET", "/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        id_ = ""
        for line in answer.iter_lines():
            if line.startswith("id:"):
                id_ = line[3:].strip()
            if line.startswith("data:"):
                events.append((id_, json.loads(line[5:])))
                if len(events) == 1:
                    bot_says(store, conversation, "hai", options=[{"label": "Ya", "value": "y"}])
                else:
                    break
    assert events[0][1]["typing"] is True
    assert events[1][0] == "2"
    assert events[1][1]["messages"][0]["options"] == [{"label": "Ya", "value": "y"}]
    client.post("/messages", json={"id": "2", "option": "y"})
    assert client.get("/messages", params={"after": 2}).json()["messages"][0]["text"] == "Ya"


def test_files_are_known_by_content(client: httpx.Client) -> None:
    sign_in(client)
    upload = {"file": ("../../bukti<script>.html", PNG, "text/html")}
    assert client.post("/files", data={"id": "1"}, files=upload).status_code == 202
    assert client.post("/files", data={"id": "1"}, files=upload).status_code == 200
    attachment = client.get("/messages").json()["messages"][0]["attachment"]
    assert attachment["mime"] == "image/png"
    assert attachment["name"] == "bukti_script.png"
    with httpx.Client(trust_env=False) as anybody:
        link = str(client.base_url).removesuffix("/channels/web/") + attachment["url"]
        shown = anybody.get(link)
        assert (shown.status_code, shown.content) == (200, PNG)
        assert shown.headers["content-type"] == "image/png"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert anybody.get(link.split("?")[0]).status_code == 401
        assert anybody.get(link + "x").status_code == 403
    assert client.get("/files/1").status_code == 200
    assert client.get("/files/2").status_code == 404
    assert client.get("/files/99999999999999999999").status_code == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"<html>", 415),
        (b"MZ" + b"\0" * 100, 415),
        (b"", 415),
        (b"%PDF-1.7 " + b"x" * MAX_BYTES, 413),
        (b"%PDF-1.7 " + b"x" * (MAX_BYTES + 100_000), 413),
        (b"%PDF-1.7 ok", 202),
    ],
)
def test_files_of_the_wrong_kind_are_refused(client: httpx.Client, content: bytes, status: int) -> None:
    sign_in(client)
    answer = client.post("/files", data={"id": "1"}, files={"file": ("a.pdf", content, "application/pdf")})
    assert answer.status_code == status


def test_typing_and_too_much(client: httpx.Client) -> None:
    sign_in(client)
    assert client.post("/typing").status_code == 204
    statuses = [client.post("/messages", json={"id": str(n), "text": "a"}).status_code for n in range(60)]
    assert statuses[0] == 202
    assert statuses[-1] == 429
