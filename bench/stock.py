"""The same figures for stock Rasa: the project of `rasa init`, over its REST channel."""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

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
from bench.ours import BRAIN_PYTHON
from bot.cli.processes import spawn

SAYINGS = ("hello", "I am great", "are you a bot?", "I am sad", "yes", "goodbye")
_QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUTF8": "1"}
_RASA = str(BRAIN_PYTHON.with_name("rasa"))


def measure(cache: Path, *, say: Callable[[str], None]) -> Figures:
    figures: Figures = {"train_s": _trained(cache, say), "app_rss_mb": None}
    say("stock Rasa: start")
    with _serving(cache) as (process, port, ready):
        figures["ready_s"] = ready
        time.sleep(2)
        figures["idle_cpu_percent"] = idle_percent([process], 10)
        say("stock Rasa: parsing, turns")
        with closing(Http(port)) as http:
            texts = cycle(SAYINGS)
            taken = timed(lambda _: http.call("POST", "/model/parse", {"text": next(texts)}), 200)
            figures |= spread("parse_ms", taken)
        figures |= _turns(port)
        figures |= _long(port)
        figures["brain_rss_mb"] = memory_mb(process)
    return figures


def _trained(project: Path, say: Callable[[str], None]) -> float:
    """Seconds its training took; done once and kept."""
    noted = project / "train_seconds.json"
    if noted.exists():
        return float(json.loads(noted.read_text()))
    say("stock Rasa: training, once")
    shutil.rmtree(project, ignore_errors=True)
    site = subprocess.run(
        [str(BRAIN_PYTHON), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    # What `rasa init --no-prompt` copies before it trains.
    shutil.copytree(Path(site) / "rasa" / "cli" / "initial_project", project)
    began = time.perf_counter()
    done = subprocess.run(
        [_RASA, "train", "--quiet"],
        cwd=project,
        env=os.environ | _QUIET,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchFailed(f"rasa train: {done.stderr.strip()[-500:]}")
    taken = time.perf_counter() - began
    noted.write_text(json.dumps(taken))
    return taken


@contextmanager
def _serving(project: Path) -> Iterator[tuple[psutil.Process, int, float]]:
    port = free_port()
    command = [_RASA, "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port), "--quiet"]
    with (project / "run.log").open("wb") as log:
        process = spawn(command, env=os.environ | _QUIET, stdout=log, stderr=log, cwd=project)
    try:

        def ready() -> bool:
            if process.poll() is not None:
                raise BenchFailed(f"rasa run ended: {(project / 'run.log').read_text()[-500:]}")
            try:
                with closing(Http(port)) as http:
                    http.call("GET", "/status")
            except (OSError, BenchFailed):
                return False
            return True

        yield psutil.Process(process.pid), port, wait_until(ready, 240, "stock Rasa")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Customer:
    def __init__(self, port: int, name: str) -> None:
        self._http = Http(port)
        self.name = name
        self._sayings = cycle(SAYINGS)

    def turn(self) -> None:
        body = {"sender": self.name, "message": next(self._sayings)}
        self._http.call("POST", "/webhooks/rest/webhook", body)

    def close(self) -> None:
        self._http.close()


def _turns(port: int) -> Figures:
    alone: list[float] = []
    for number in range(8):
        with closing(Customer(port, f"alone{number}")) as customer:
            alone += timed(lambda _, one=customer: one.turn(), 10, warm=0)  # type: ignore[misc]
    figures = spread("turn_ms", alone[10:], "_c1")
    for crowd, turns in ((8, 20), (32, 10)):
        customers = [Customer(port, f"c{crowd}-{number}") for number in range(crowd)]
        figures[f"turns_per_s_c{crowd}"] = per_second([customer.turn for customer in customers], turns)
        for customer in customers:
            customer.close()
    return figures


def _long(port: int) -> Figures:
    """The tenth turn as it comes; the later ones after a history of copies of the first ten, which takes minutes
    less than to talk that long."""
    figures: Figures = {}
    with closing(Customer(port, "long")) as customer, closing(Http(port)) as http:
        taken = timed(lambda _: customer.turn(), 15, warm=0)
        figures["turn10_ms"] = statistics.median(taken[5:15])
        events = http.call("GET", "/conversations/long/tracker?include_events=ALL")["events"]
        turns = _after_start(events)
        for number, repetitions in ((300, 5), (1000, 3)):
            name = f"long{number}"
            http.call("PUT", f"/conversations/{name}/tracker/events", _history(turns, number))
            with closing(Customer(port, name)) as later:
                figures[f"turn{number}_ms"] = statistics.median(
                    timed(lambda _: later.turn(), repetitions, warm=1)
                )
    return figures


def _after_start(events: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The events of each turn, which end with listening."""
    turns: list[list[dict[str, Any]]] = [[]]
    for event in events:
        turns[-1].append(event)
        if event["event"] == "action" and event["name"] == "action_listen":
            turns.append([])
    return turns[:-1]


def _history(turns: list[list[dict[str, Any]]], count: int) -> list[dict[str, Any]]:
    """A conversation of so many turns, just now."""
    start, said = turns[0], turns[1:]
    chosen = [*start, *(event for number in range(count - 1) for event in said[number % len(said)])]
    now = time.time()
    return [{**event, "timestamp": now - 60 + 59 * n / len(chosen)} for n, event in enumerate(chosen)]
