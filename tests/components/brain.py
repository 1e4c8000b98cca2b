"""A brain served for tests, and an action server that notes what it is asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "rahasia"
SIGNALS = {"mood": "angry", "urgency": "stranded", "register": "formal", "finished": False}
CONFIG = """\
recipe: default.v1
assistant_id: kawan
language: id
pipeline:
- name: tests.components.told.Told
policies:
- name: RulePolicy
  enable_fallback_prediction: false
"""
EXAMPLES = """\
version: "3.1"
nlu:
- intent: greet
  examples:
  - text: |
      halo
    metadata:
      register: casual
"""


class ActionServer:
    """Answers begin_turn with the state that the message's metadata name, and utters the action's name."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.answer: Callable[[dict[str, Any]], tuple[int, Any]] = self.plainly
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.calls.append(payload)
                server.headers = dict(self.headers)
                status, body = server.answer(payload)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/internal/actions"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def plainly(self, payload: dict[str, Any]) -> tuple[int, Any]:
        if payload["next_action"] == "action_validate_slot_mappings":
            awaiting = payload["tracker"]["latest_message"]["metadata"].get("awaiting", "nothing")
            slots = {"awaiting": awaiting, "register": "formal"}
            return 200, {
                "events": [{"event": "slot", "name": k, "value": v} for k, v in slots.items()],
                "responses": [],
            }
        return 200, {
            "events": [],
            "responses": [{"text": payload["next_action"], "buttons": [], "custom": {}}],
        }

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


class Served:
    def __init__(self, url: str, process: subprocess.Popen[str], actions: ActionServer) -> None:
        self.url, self.process, self.actions = url, process, actions

    def post(self, path: str, body: Any, token: str | None = TOKEN) -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, {"Content-Type": "application/json"})
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith(("{", "[")) else text

    def say(self, text: Any, sender: str = "c1", **metadata: Any) -> tuple[int, Any]:
        body = {"sender": sender, "message": text, "metadata": {"turn": "t1", **metadata}}
        return self.post("/webhooks/kawan/webhook", body)

    def acts(self, text: str, **metadata: Any) -> str:
        status, answer = self.say(text, **metadata)
        assert status == 200, answer
        return answer[0]["text"]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false", **more}


def project(folder: Path) -> Path:
    """The Rasa project as it is, but for a component that understands what it is told."""
    (folder / "data").mkdir(parents=True)
    (folder / "requirements").mkdir()
    shutil.copytree(ROOT / "data" / "rules", folder / "data" / "rules")
    shutil.copy(ROOT / "domain.yml", folder)
    shutil.copy(ROOT / "requirements" / "brain.txt", folder / "requirements")
    (folder / "components").mkdir()
    (folder / "config.yml").write_text(CONFIG)
    (folder / "data" / "nlu.yml").write_text(EXAMPLES)
    return folder


def run_train(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "components.train", "--root", str(root), *arguments]
    return subprocess.run(
        command, check=False, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=240
    )


@contextmanager
def serving(model: Path) -> Iterator[Served]:
    actions = ActionServer()
    process = subprocess.Popen(
        [sys.executable, "-m", "components.serve", "--model", str(model), "--port", "0"],
        cwd=ROOT,
        env=environment(KAWAN_RASA_TOKEN=TOKEN, KAWAN_ACTIONS_URL=actions.url),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Served(_ready(process), process, actions)
    finally:
        process.terminate()
        process.wait(20)
        actions.close()


def _ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    until = time.monotonic() + 120
    for line in process.stdout:
        if found := re.search(r"ready on (\S+)", line):
            return found[1]
        assert time.monotonic() < until
    raise AssertionError(f"the brain ended with {process.wait()}")
