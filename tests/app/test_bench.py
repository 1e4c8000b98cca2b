"""What `kawan bench` writes: exactly the contract's keys."""

from __future__ import annotations

import threading

import pytest

from bench.measure import BenchFailed, per_second, percentile
from bench.run import flat, table
from bench.stock import _history
from tests.app.conftest import ROOT

CONTRACT = [
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
]


def test_the_keys_are_the_contracts() -> None:
    written = flat({"parse_ms_p50": 1.2345}, {"train_s": 60.0})
    assert list(written) == [*CONTRACT, *(f"stock_{key}" for key in CONTRACT)]
    assert written["parse_ms_p50"] == 1.23
    assert written["stock_train_s"] == 60.0
    assert written["stock_app_rss_mb"] is None
    assert len(table(written, {}).splitlines()) == len(CONTRACT) + 1


def test_percentiles() -> None:
    assert percentile(range(1, 101), 0.95) == 96
    assert percentile([5.0], 0.95) == 5.0


def test_turns_of_all_customers_are_counted_and_a_failure_is_told() -> None:
    counted = []
    lock = threading.Lock()

    def turn() -> None:
        with lock:
            counted.append(1)

    assert per_second([turn] * 4, 5) > 0
    assert len(counted) == 20

    def fail() -> None:
        raise BenchFailed("no answer")

    with pytest.raises(BenchFailed, match="under load: no answer"):
        per_second([turn, fail], 2)


def test_a_long_history_repeats_the_turns_of_a_short_one() -> None:
    def event(kind: str, name: str = "") -> dict[str, object]:
        return {"event": kind, "name": name, "timestamp": 0}

    listen = event("action", "action_listen")
    turns = [[event("session"), listen], [event("user"), listen], [event("user"), event("bot"), listen]]
    made = _history(turns, 10)
    assert sum(one["event"] == "user" for one in made) == 9
    stamps = [one["timestamp"] for one in made]
    assert stamps == sorted(stamps)


def test_no_result_is_committed() -> None:
    assert "/bench/results.json" in (ROOT / ".gitignore").read_text().splitlines()
