"""The whole product as users start it, on ports and in a folder of its own; and a customer on its web chat."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from bot.backend.client import Backend
from bot.backend.control import DemoControl

ROOT = Path(__file__).resolve().parent.parent.parent
_MODULES = {"app": "bot.app", "brain": "components.serve", "demo": "demo"}
# KAWAN_MODEL stays, so that whoever changes data may test on an earlier model.
_SETTINGS = ("KAWAN_", "TELEGRAM_", "WHATSAPP_")
# A first start may have to train the model.
START_SECONDS = 420.0


def free_port() -> int:
    """One whose neighbours 1000 and 2000 above, for demo and brain, are free as well."""
    while True:
        port = random.randrange(20_000, 30_000)
        try:
            for number in (port, port + 1000, port + 2000):
                socket.create_server(("127.0.0.1", number)).close()
        except OSError:
            continue
        return port


def until[T](found: Callable[[], T | None], seconds: float = 30.0, what: str = "it") -> T:
    """What `found` gives at last; fails if it gives nothing in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(0.05)


class Product:
    """`kawan serve` with its children. A context manager: everything is gone at its end."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.demo_url = f"http://127.0.0.1:{self.port + 1000}"
        ours = {n: v for n, v in os.environ.items() if not n.startswith(_SETTINGS) or n == "KAWAN_MODEL"}
        self.env = ours | {
            "KAWAN_VAR_DIR": str(folder),
            "KAWAN_PORT": str(self.port),
            "KAWAN_QUIET_SECONDS": "0.3",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._clients: list[Any] = []

    # -- life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            client.close()
        self.stop()

    def start(self) -> None:
        """Returns when customers can be answered."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from bot.cli import main; raise SystemExit(main())", "serve"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(self._up, START_SECONDS, "the product")

    def stop(self) -> int:
        """As Ctrl-C does; the exit status."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(signal.SIGINT)
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def output(self) -> str:
        """What `kawan serve` printed."""
        return (self.folder / "serve.log").read_text()

    def log(self, name: str) -> str:
        return (self.folder / "log" / f"{name}.log").read_text()

    def _up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"kawan serve ended:\n{self.output()}"
        return "[ready]" in self.output() and self.ready()

    def ready(self) -> bool:
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False)
            return bool(answer.json()["status"] == "ready")
        except (httpx.HTTPError, ValueError):
            return False

    def pid(self, name: str) -> int | None:
        """The process of `app`, `brain` or `demo`; None while there is none."""
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            try:
                if _MODULES[name] in child.cmdline():
                    return int(child.pid)
            except psutil.Error:
                continue
        return None

    def kill(self, name: str) -> int:
        """kill -9; the pid that it had."""
        pid = until(lambda: self.pid(name), what=name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_restarted(self, name: str, old: int, seconds: float = 90.0) -> int:
        """Until another process of that name runs and the product is ready again."""

        def another() -> int | None:
            pid = self.pid(name)
            return pid if pid not in (None, old) and self.ready() else None

        return until(another, seconds, f"another {name}")

    # -- the hands that tests need

    @property
    def control(self) -> DemoControl:
        """The operator's hand on the demo company."""
        return self._kept(DemoControl.at(self.demo_url, self._secret("demo-token")))

    @property
    def backend(self) -> Backend:
        """The company's system, as Kawan itself sees it."""
        token = self._secret("demo-token")
        headers = {"Authorization": f"Bearer {token}"}
        http = httpx.Client(base_url=self.demo_url, headers=headers, timeout=10, trust_env=False)
        return self._kept(Backend(self.demo_url, token, http=http))

    def load(self, situation: str | dict[str, Any]) -> dict[str, Any]:
        """Set up a named situation anew, dated from now, or one given as JSON."""
        if isinstance(situation, str):
            return self.control.load_named(situation)
        return self.control.load(situation)

    def kawan(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """The command line, with this product's settings."""
        return subprocess.run(
            [sys.executable, "-c", "from bot.cli import main; raise SystemExit(main())", *arguments],
            cwd=ROOT,
            env=self.env,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    def identity(self, phone: str) -> str:
        """A signed identity of the demo customer with this phone."""
        done = self.kawan("identity", phone)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def accounts(self) -> dict[str, str]:
        """Passwords by login."""
        lines = (self.folder / "demo-accounts.txt").read_text().splitlines()
        return {line.split()[0]: line.split()[1] for line in lines if line.strip()}

    def web_client(self, identity: str | None = None, *, name: str | None = None) -> WebClient:
        return self._kept(WebClient(self.url, identity, name))

    def _secret(self, name: str) -> str:
        return (self.folder / name).read_text().strip()

    def _kept[T](self, client: T) -> T:
        self._clients.append(client)
        return client


class WebClient:
    """A customer on the web chat. `seen` is everything said so far, in order."""

    def __init__(self, url: str, identity: str | None = None, name: str | None = None) -> None:
        self._http = httpx.Client(base_url=url, timeout=40, trust_env=False)
        body = {key: value for key, value in (("identity", identity), ("name", name)) if value}
        answer = self._http.post("/channels/web/sessions", json=body)
        assert answer.status_code == 201, answer.text
        self.token: str = answer.json()["token"]
        self.conversation: str = answer.json()["conversation"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"
        self.seen: list[dict[str, Any]] = []
        self._read = 0
        self.look()
        self._read = len(self.seen)

    def close(self) -> None:
        self._http.close()

    def send(self, text: str, id: str | None = None) -> httpx.Response:
        return self._post({"id": id or secrets.token_hex(8), "text": text})

    def choose(self, label: str, id: str | None = None) -> httpx.Response:
        """Tap the latest option whose label contains these words."""
        for option in reversed(self.options()):
            if label.lower() in option["label"].lower():
                return self._post({"id": id or secrets.token_hex(8), "option": option["value"]})
        raise AssertionError(f"no option {label!r} among {[o['label'] for o in self.options()]}")

    def post_raw(self, body: bytes | dict[str, Any]) -> httpx.Response:
        """Once, whatever it is."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._http.post("/channels/web/messages", content=content)

    def post_file(self, name: str, content: bytes) -> httpx.Response:
        data, files = {"id": secrets.token_hex(8)}, {"file": (name, content)}
        return self._http.post("/channels/web/files", data=data, files=files)

    def _post(self, body: dict[str, str], patience: float = 60.0) -> httpx.Response:
        """As a page does: the same message again until it is taken, whatever is being started anew."""
        deadline = time.monotonic() + patience
        while True:
            try:
                answer = self._http.post("/channels/web/messages", json=body)
                if answer.status_code < 500:
                    return answer
            except httpx.HTTPError:
                pass
            assert time.monotonic() < deadline, "the message was not taken"
            time.sleep(0.2)

    def options(self) -> list[dict[str, str]]:
        return [option for message in self.seen for option in message.get("options", ())]

    def look(self, wait: float = 0) -> bool:
        """Read what is new; whether somebody is typing."""
        after = self.seen[-1]["seq"] if self.seen else 0
        answer = self._http.get("/channels/web/messages", params={"after": after, "wait": wait})
        answer.raise_for_status()
        state = answer.json()
        self.seen += state["messages"]
        return bool(state["typing"])

    def wait_for_reply(self, seconds: float = 45.0, *, holding: str = "") -> str:
        """All that was answered since the last call, once nobody types any more and it holds these words."""
        deadline = time.monotonic() + seconds
        while True:
            typing = self._look_patiently()
            said = [m["text"] for m in self.seen[self._read :] if m["from"] != "customer"]
            text = "\n".join(said)
            if said and not typing and holding.lower() in text.lower():
                self._read = len(self.seen)
                return text
            assert time.monotonic() < deadline, (
                f"no reply with {holding!r} in {seconds:.0f} s; so far: {text!r}"
            )
            time.sleep(0.05)

    def _look_patiently(self) -> bool:
        try:
            return self.look(wait=1)
        except httpx.HTTPError:
            time.sleep(0.3)
            return True

    def transcript(self) -> list[tuple[str, str]]:
        """(from, text) of everything, as stored now."""
        self.look()
        return [(message["from"], message["text"]) for message in self.seen]
