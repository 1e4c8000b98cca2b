"""Kawan's figures: the whole product as `kawan serve` starts it, on SQLite, without the quiet period."""

from __future__ import annotations

import os
import secrets
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import cycle
from pathlib import Path

import psutil

from bench.measure import (
    BenchFailed,
    Figures,
    Http,
    free_port,
    idle_percent,
    memory_mb,
    per_second,
    spread,
    wait_until,
)
from bench.measure import times as timed
from bot.cli.processes import spawn

ROOT = Path(__file__).resolve().parent.parent
BRAIN_PYTHON = ROOT / ".venv-brain" / "bin" / "python"
# What people write while nothing of theirs is looked up: greetings, thanks, a question, a complaint without a code.
SAYINGS = (
    "halo kak",
    "makasih banyak ya kak",
    "min, tiket saya kok belum terbit padahal udah bayar",
    "selamat siang",
    "terima kasih infonya",
    "ini udah dari kemarin loh, belum ada kabar juga",
)
CHAT = ("halo kak", "makasih banyak ya kak", "selamat siang", "terima kasih infonya")


def measure(folder: Path, *, quick: bool, say: Callable[[str], None]) -> Figures:
    figures: Figures = {}
    ports = {"KAWAN_PORT": free_port(), "KAWAN_DEMO_PORT": free_port(), "KAWAN_BRAIN_PORT": free_port()}
    settings = {name: str(port) for name, port in ports.items()}
    settings |= {"KAWAN_VAR_DIR": str(folder), "KAWAN_QUIET_SECONDS": "0"}
    if not quick:
        say("training")
        began = time.perf_counter()
        model = _run([str(BRAIN_PYTHON), "-m", "components.train", "--force"])
        figures["train_s"] = time.perf_counter() - began
        settings["KAWAN_MODEL"] = model
    say("first start: fills the demo company")
    with _serving(settings):
        pass
    say("second start")
    with _serving(settings) as (process, ready):
        figures["ready_s"] = ready
        parts = _parts(process)
        time.sleep(2)
        figures["idle_cpu_percent"] = idle_percent([process, *parts.values()], 3 if quick else 15)
        say("parsing")
        figures |= _parsing(ports["KAWAN_BRAIN_PORT"], folder, 20 if quick else 300)
        say("one customer, eight, thirty-two")
        figures |= _turns(ports["KAWAN_PORT"], folder, quick=quick)
        say("one long conversation")
        figures |= _long(ports["KAWAN_PORT"], folder, 15 if quick else 1000)
        figures["brain_rss_mb"] = memory_mb(parts["brain"])
        figures["app_rss_mb"] = memory_mb(parts["app"])
    return figures


def _run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchFailed(f"{' '.join(command[1:])}: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


@contextmanager
def _serving(settings: dict[str, str]) -> Iterator[tuple[psutil.Process, float]]:
    """`kawan serve`, and the seconds until it was ready."""
    plain = {
        name: value for name, value in os.environ.items() if not name.startswith(("KAWAN_", "TELEGRAM_"))
    }
    command = [sys.executable, "-c", "from bot.cli import main; raise SystemExit(main())", "serve"]
    log = Path(settings["KAWAN_VAR_DIR"]) / "serve.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = spawn(command, env=plain | settings, stdout=output, stderr=output, cwd=ROOT)
    try:

        def ready() -> bool:
            if process.poll() is not None:
                raise BenchFailed(f"kawan serve ended: {log.read_text()[-1000:]}")
            return "[ready]" in log.read_text()

        yield psutil.Process(process.pid), wait_until(ready, 420, "Kawan")
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _parts(process: psutil.Process) -> dict[str, psutil.Process]:
    names = {"bot.app": "app", "components.serve": "brain", "demo": "demo"}
    found = {}
    for child in process.children():
        for module, name in names.items():
            if module in child.cmdline():
                found[name] = child
    return found


def _parsing(port: int, folder: Path, count: int) -> Figures:
    token = (folder / "rasa-token").read_text().strip()
    with closing(Http(port)) as http:
        texts = cycle(SAYINGS)
        path = f"/model/parse?token={token}"
        return spread("parse_ms", timed(lambda _: http.call("POST", path, {"text": next(texts)}), count))


class Customer:
    """Writes, and waits until the answer is there."""

    def __init__(self, port: int, sayings: tuple[str, ...] = SAYINGS) -> None:
        with closing(Http(port)) as http:
            session = http.call("POST", "/channels/web/sessions", {})
        self.conversation: str = session["conversation"]
        self._http = Http(port, session["token"])
        self._sayings = cycle(sayings)
        self._seen = 0

    def turn(self) -> None:
        body = {"id": secrets.token_hex(8), "text": next(self._sayings)}
        self._http.call("POST", "/channels/web/messages", body)
        deadline = time.monotonic() + 60
        while True:
            state = self._http.call("GET", f"/channels/web/messages?after={self._seen}&wait=10")
            self._seen = max([self._seen, *(message["seq"] for message in state["messages"])])
            if any(message["from"] != "customer" for message in state["messages"]):
                return
            if time.monotonic() > deadline:
                raise BenchFailed(f"no answer to {body['text']!r}")

    def close(self) -> None:
        self._http.close()


def _turns(port: int, folder: Path, *, quick: bool) -> Figures:
    with closing(Customer(port)) as warm:
        for _ in range(6):
            warm.turn()
    alone = []
    for _ in range(2 if quick else 12):
        with closing(Customer(port)) as customer:
            for _ in range(10):
                customer.turn()
        alone += stored_turns(folder, customer.conversation)
    figures = spread("turn_ms", alone, "_c1")
    for crowd, turns in ((8, 20), (32, 10)):
        customers = [Customer(port) for _ in range(crowd)]
        speed = per_second([customer.turn for customer in customers], 2 if quick else turns)
        figures[f"turns_per_s_c{crowd}"] = speed
        for customer in customers:
            customer.close()
    return figures


def _long(port: int, folder: Path, turns: int) -> Figures:
    with closing(Customer(port, CHAT)) as customer:
        for _ in range(turns):
            customer.turn()
    taken = stored_turns(folder, customer.conversation)
    figures: Figures = {}
    for number, first, last in ((10, 5, 15), (300, 290, 310), (1000, 980, 1000)):
        figures[f"turn{number}_ms"] = statistics.median(taken[first:last]) if len(taken) >= last else None
    return figures


def stored_turns(folder: Path, conversation: str) -> list[float]:
    """Milliseconds from each stored message to its stored reply, by the rows themselves."""
    query = """
        SELECT min(i.received_at), min(o.sent_at) FROM turns t
        JOIN incoming i ON i.turn_id = t.id JOIN outgoing o ON o.turn_id = t.id
        WHERE t.conversation_id = ? AND o.sent_at IS NOT NULL GROUP BY t.id ORDER BY min(i.seq)
    """
    with closing(sqlite3.connect(folder / "kawan.db")) as database:
        rows = database.execute(query, (conversation,)).fetchall()
    return [
        (datetime.fromisoformat(sent) - datetime.fromisoformat(received)).total_seconds() * 1000
        for received, sent in rows
    ]
