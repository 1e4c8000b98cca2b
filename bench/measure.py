"""Figures: percentiles of times, processes' memory and work, HTTP with as little cost of our own as can be."""

from __future__ import annotations

import http.client
import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil

KEYS = (
    "parse_ms_p50",
    "parse_ms_p95",
    "turn_ms_p50_c1",
    "turn_ms_p95_c1",
    "turns_per_s_c8",
    "turns_per_s_c32",
    "turn10_ms",
    "turn300_ms",
    "turn1000_ms",
    "ready_s",
    "brain_rss_mb",
    "app_rss_mb",
    "idle_cpu_percent",
    "train_s",
)
Figures = dict[str, float | None]


class BenchFailed(Exception):
    """Something to be measured did not work."""


class Http:
    """One kept connection of one thread's; the standard library's client costs a tenth of a comfortable one's."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON; waits where it is told to."""
        while True:
            content = None if body is None else json.dumps(body)
            self._connection.request(method, path, content, self._headers)
            answer = self._connection.getresponse()
            raw = answer.read()
            if answer.status == 429:
                time.sleep(float(answer.headers.get("Retry-After", "1")))
                continue
            if answer.status >= 400:
                raise BenchFailed(f"{method} {path}: {answer.status} {raw[:200]!r}")
            return json.loads(raw) if raw else None

    def close(self) -> None:
        self._connection.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def times(work: Callable[[int], object], count: int, warm: int = 10) -> list[float]:
    """Milliseconds of each call, after some that do not count."""
    for number in range(warm):
        work(number)
    taken = []
    for number in range(count):
        began = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def spread(name: str, taken: Sequence[float], suffix: str = "") -> Figures:
    return {
        f"{name}_p50{suffix}": statistics.median(taken),
        f"{name}_p95{suffix}": percentile(taken, 0.95),
    }


def per_second(customers: Sequence[Callable[[], object]], turns: int) -> float:
    """Turns per second with every customer writing as soon as answered."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(customers) + 1)

    def write(turn: Callable[[], object]) -> None:
        barrier.wait()
        try:
            for _ in range(turns):
                turn()
        except (BenchFailed, OSError, http.client.HTTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(turn,), daemon=True) for turn in customers]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    if failures:
        raise BenchFailed(f"under load: {failures[0]}") from failures[0]
    return len(customers) * turns / taken


def memory_mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1_000_000


def idle_percent(processes: Sequence[psutil.Process], seconds: float) -> float:
    """Of one core, over all processes together."""

    def spent() -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    before = spent()
    time.sleep(seconds)
    return 100 * (spent() - before) / seconds


def wait_until(done: Callable[[], bool], seconds: float, what: str) -> float:
    """Seconds it took."""
    began = time.perf_counter()
    while not done():
        if time.perf_counter() - began > seconds:
            raise BenchFailed(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.05)
    return time.perf_counter() - began
