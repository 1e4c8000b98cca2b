from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.brain import Brain
from bot.errors import BrainUnavailable
from bot.store.clock import real_now


class Rasa:
    """Answers as told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any], str | None]] = []
        self.status, self.content, self.delay = 200, b"[]", 0.0
        rasa = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer({})

            def do_POST(self) -> None:
                self.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

            def answer(self, body: dict[str, Any]) -> None:
                rasa.seen.append((self.path, body, self.headers.get("authorization")))
                time.sleep(rasa.delay)
                self.send_response(rasa.status)
                self.end_headers()
                with suppress(OSError):  # the client gave up
                    self.wfile.write(rasa.content)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def rasa() -> Iterator[Rasa]:
    rasa = Rasa()
    rasa.thread.start()
    yield rasa
    rasa.server.shutdown()
    rasa.thread.join()
    rasa.server.server_close()


@pytest.fixture
def brain(rasa: Rasa) -> Iterator[Brain]:
    brain = Brain(f"{rasa.url}/", "secret", timeout=0.5)
    yield brain
    brain.close()


def test_a_turn_is_asked_for(rasa: Rasa, brain: Brain) -> None:
    rasa.content = b'[{"text": "hai"}]'
    assert brain.converse("c1", "halo", {"turn": "t1"}) == [{"text": "hai"}]
    assert rasa.seen == [
        (
            "/webhooks/kawan/webhook",
            {"sender": "c1", "message": "halo", "metadata": {"turn": "t1"}},
            "Bearer secret",
        )
    ]


def test_parsing_alone(rasa: Rasa, brain: Brain) -> None:
    rasa.content = b'{"intent": {"name": "greet"}}'
    assert brain.parse("halo", real_now())["intent"]["name"] == "greet"
    assert rasa.seen[0][:2] == ("/model/parse?token=secret", {"text": "halo"})
    assert brain.ready()


@pytest.mark.parametrize(("status", "content"), [(500, b"[]"), (401, b"[]"), (200, b"<html>")])
def test_a_bad_answer_is_no_answer(rasa: Rasa, brain: Brain, status: int, content: bytes) -> None:
    rasa.status, rasa.content = status, content
    with pytest.raises(BrainUnavailable) as caught:
        brain.converse("c1", "halo", {})
    assert caught.value.reached
    assert "secret" not in str(caught.value)


def test_silence_ends(rasa: Rasa, brain: Brain) -> None:
    rasa.delay = 1.0
    with pytest.raises(BrainUnavailable) as caught:
        brain.converse("c1", "halo", {})
    assert caught.value.reached


def test_nobody_listens() -> None:
    brain = Brain("http://127.0.0.1:9", "secret")
    with pytest.raises(BrainUnavailable) as caught:
        brain.parse("halo", real_now())
    assert not caught.value.reached
    assert not brain.ready()
    brain.close()
