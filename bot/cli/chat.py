"""A customer in the terminal: the web chat's own interface, spoken by hand."""

from __future__ import annotations

import re
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from bot.backend.control import ControlRefused
from bot.cli.common import BadInput, Failed, running_demo, show
from bot.cli.company import read_situation, refusal
from bot.cli.people import identity_of
from bot.settings import Settings

_NAMES = {"bot": "Kawan", "agent": "Petugas", "system": "Sistem"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# A script's next line waits for the answer to its last one, at most so long.
_PATIENCE = 60.0


def chat(settings: Settings, situation: Path | None, phone: str | None) -> None:
    with httpx.Client(base_url=settings.app_url, timeout=40.0, trust_env=False) as http:
        try:
            http.get("/healthz", timeout=3.0).raise_for_status()
        except httpx.HTTPError as error:
            raise Failed(f"Kawan does not answer at {settings.app_url}: start it with `make run`") from error
        if situation is not None:
            _set_up(settings, situation)
        body = {"identity": identity_of(settings, phone)["identity"]} if phone is not None else {}
        answer = http.post("/channels/web/sessions", json=body)
        if answer.status_code != 201:
            raise Failed(f"no session: {answer.json().get('detail', answer.status_code)}")
        session = answer.json()
        http.headers["Authorization"] = f"Bearer {session['token']}"
        show(f"conversation {session['conversation']}; a number takes an option, Ctrl-D ends")
        _Talk(http).run(interactive=sys.stdin.isatty())


def _set_up(settings: Settings, file: Path) -> None:
    situation = read_situation(file)
    control = running_demo(settings)
    if control is None:
        raise Failed("the demo company does not run: start it with `make run`")
    try:
        loaded = control.load(situation)
    except ControlRefused as error:
        raise BadInput(refusal(file, error)) from error
    finally:
        control.close()
    show(f"situation set up; bookings: {', '.join(loaded['bookings']) or 'none'}")


class _Talk:
    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._after = 0
        self._options: list[dict[str, str]] = []
        self._over = threading.Event()
        self._changed = threading.Condition()
        self._answered = 0  # messages that are not the customer's own
        self._typing = False

    def run(self, *, interactive: bool) -> None:
        self._look(0)
        listening = threading.Thread(target=self._listen, daemon=True)
        listening.start()
        try:
            for line in sys.stdin:
                text = line.strip()
                if not text:
                    continue
                if not interactive:
                    show(f"> {text}")
                before = self._answered
                self._send(text)
                if not interactive:
                    self._await_answer(before)
        except KeyboardInterrupt:
            show()
        finally:
            self._over.set()

    def _send(self, text: str) -> None:
        body: dict[str, Any] = {"id": secrets.token_hex(12)}
        number = int(text) if re.fullmatch(r"\d{1,2}", text) else 0
        if 0 < number <= len(self._options):
            body["option"] = self._options[number - 1]["value"]
        else:
            body["text"] = text
        for _ in range(20):
            try:
                answer = self._http.post("/channels/web/messages", json=body)
            except httpx.HTTPError:
                time.sleep(0.5)  # the app is being started again; the same id is taken once
                continue
            if not answer.is_success:
                show(f"! {answer.json().get('detail', answer.status_code)}")
            return
        raise Failed("the message could not be sent: Kawan does not answer")

    def _listen(self) -> None:
        while not self._over.is_set():
            try:
                self._look(20)
            except (httpx.HTTPError, ValueError, KeyError):
                self._over.wait(0.5)

    def _look(self, wait: int) -> None:
        # While it types we look often, so as to see when it has ended.
        wait = 1 if self._typing else wait
        answer = self._http.get("/channels/web/messages", params={"after": self._after, "wait": wait})
        answer.raise_for_status()
        state = answer.json()
        for message in state["messages"]:
            self._after = max(self._after, message["seq"])
            self._print(message)
        with self._changed:
            self._answered += sum(message["from"] != "customer" for message in state["messages"])
            self._typing = bool(state["typing"])
            self._changed.notify_all()

    def _print(self, message: dict[str, Any]) -> None:
        if message["from"] == "customer":
            return
        self._options = message.get("options") or self._options
        name = message.get("name") or _NAMES.get(message["from"], message["from"])
        show(f"{name}: {_CONTROLS.sub('', message['text'])}")
        for number, option in enumerate(message.get("options") or (), 1):
            show(f"  {number}. {_CONTROLS.sub('', option['label'])}")
        sys.stdout.flush()

    def _await_answer(self, before: int) -> None:
        deadline = time.monotonic() + _PATIENCE
        with self._changed:
            while self._answered <= before or self._typing:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise Failed(f"no answer within {_PATIENCE:.0f} s")
