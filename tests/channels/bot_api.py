"""A Bot API server that speaks the real protocol over HTTP, and can be told to fail.

Faults are functions `(method, data) -> Fault | None`, asked before each request is answered.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

TOKEN = "123:abc"


@dataclass
class Fault:
    status: int | None = None  # answer this instead
    description: str = "fault"
    retry_after: int | None = None
    acts: bool = False  # the request takes effect all the same
    cut: bool = False  # close the connection without an answer
    delay: float = 0.0


@dataclass
class BotApi:
    updates: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fault: Callable[[str, dict[str, Any]], Fault | None] = lambda method, data: None
    offset: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._number = 0
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                api.answer(self)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # -- what a customer does

    def _next(self) -> int:
        self._number += 1
        return self._number

    def customer(self, chat: int = 7, **content: Any) -> dict[str, Any]:
        """A private message; returns the update."""
        number = self._next()
        person = {"id": chat, "is_bot": False, "first_name": "Budi", "last_name": "Santoso"}
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Budi"},
            "from": person,
            **content,
        }
        return self.deliver({"update_id": 1000 + number, "message": message})

    def tap(self, data: str, buttons: list[list[dict[str, str]]], chat: int = 7) -> None:
        number = self._next()
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Budi"},
            "text": "?",
            "reply_markup": {"inline_keyboard": buttons},
        }
        person = {"id": chat, "is_bot": False, "first_name": "Budi"}
        query = {"id": f"q{number}", "from": person, "message": message, "chat_instance": "1", "data": data}
        self.deliver({"update_id": 1000 + number, "callback_query": query})

    def deliver(self, update: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.updates.append(update)
            self._lock.notify_all()
        return update

    def texts(self, chat: int = 7) -> list[str]:
        with self._lock:
            return [m["text"] for m in self.sent if int(m["chat_id"]) == chat]

    # -- the protocol

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        data = read_form(handler)
        _, _, path = handler.path.partition("/bot")
        token, _, method = path.partition("/")
        with self._lock:
            self.calls.append((method, data))
        fault = self.fault(method, data) or Fault()
        if fault.delay:
            time.sleep(fault.delay)
        if token != TOKEN:
            fault = Fault(401, "Unauthorized")
        result = None
        if fault.acts or (fault.status is None and not fault.cut):
            result = self._act(method, data)
        if fault.cut:
            handler.close_connection = True
            handler.connection.close()
            return
        if fault.status is None:
            body: dict[str, Any] = {"ok": True, "result": result}
        else:
            body = {"ok": False, "error_code": fault.status, "description": fault.description}
            if fault.retry_after is not None:
                body["parameters"] = {"retry_after": fault.retry_after}
        reply(handler, fault.status or 200, body)

    def _act(self, method: str, data: dict[str, Any]) -> Any:
        if method == "getUpdates":
            return self._get_updates(int(data.get("offset", 0)), float(data.get("timeout", 0)))
        if method in ("sendMessage", "sendDocument"):
            with self._lock:
                self.sent.append({"method": method, "text": data.get("caption", ""), **data})
                number = self._next() + 10_000
            chat = {"id": int(data["chat_id"]), "type": "private"}
            return {"message_id": number, "date": int(time.time()), "chat": chat}
        return True

    def _get_updates(self, offset: int, timeout: float) -> list[dict[str, Any]]:
        deadline = time.monotonic() + min(timeout, 0.5)
        with self._lock:
            if offset:
                self.offset = offset
                self.updates = [u for u in self.updates if u["update_id"] >= offset]
            while not self.updates and (left := deadline - time.monotonic()) > 0:
                self._lock.wait(left)
            return list(self.updates)


def read_form(handler: BaseHTTPRequestHandler) -> dict[str, Any]:
    body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
    type_ = handler.headers.get("content-type", "")
    if not type_.startswith("multipart/"):
        return {key: values[0] for key, values in parse_qs(body.decode()).items()}
    form = message_from_bytes(b"content-type: " + type_.encode() + b"\r\n\r\n" + body)
    found: dict[str, Any] = {}
    for part in form.get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        content = part.get_payload(decode=True)  # type: ignore[union-attr]
        file = part.get_filename()  # type: ignore[union-attr]
        found[str(name)] = (file, content) if file else content.decode()  # type: ignore[union-attr]
    return found


def reply(handler: BaseHTTPRequestHandler, status: int, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    try:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
    except OSError:
        handler.close_connection = True
