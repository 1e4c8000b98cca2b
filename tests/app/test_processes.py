"""Children are started again when they die, stopped in order, and never outlive us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bot.cli.processes import Child, Signals, StartFailed, Supervisor
from tests.app.conftest import ROOT
from tests.e2e.product import until

SLEEPS = "import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {SLEEPS}"
Make = Callable[..., Child]


@pytest.fixture
def said() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def signals() -> Iterator[Signals]:
    with Signals() as watching:
        yield watching


@pytest.fixture
def supervisor(signals: Signals, said: list[tuple[str, str]]) -> Iterator[Supervisor]:
    made = Supervisor(signals, lambda name, text: said.append((name, text)))
    yield made
    made.stop(([child.name for child in made.children],), 0.0)


@pytest.fixture
def child(tmp_path: Path) -> Make:
    def make(
        name: str = "part", program: str = SLEEPS, ready: Callable[[float], bool] | None = None
    ) -> Child:
        command = [sys.executable, "-c", program]
        return Child(
            name, command, dict(os.environ), tmp_path / f"{name}.log", ROOT, ready or (lambda _: True)
        )

    return make


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_the_dead_are_started_again_at_once_and_then_with_growing_pauses(
    supervisor: Supervisor, signals: Signals, said: list[tuple[str, str]], child: Make
) -> None:
    part = child()
    supervisor.add(part)
    assert supervisor.await_ready(10)
    pids = [pid_of(part)]

    def kill_twice_then_stop(_: float) -> bool:
        """Asked for readiness after each start: kills what was started, and in the end asks us to stop."""
        if pid_of(part) not in pids:
            pids.append(pid_of(part))
            if len(pids) > 3:
                os.kill(os.getpid(), signal.SIGTERM)
                return True
            os.kill(pid_of(part), signal.SIGKILL)
        return True

    part.ready = kill_twice_then_stop
    began = time.monotonic()
    os.kill(pids[0], signal.SIGKILL)
    supervisor.watch()
    assert len(set(pids)) == 4
    told = [text for _, text in said if "signal 9" in text]
    assert told[0] == "killed by signal 9; starting it again"
    assert told[1:] == [
        "killed by signal 9; starting it again in 1 s",
        "killed by signal 9; starting it again in 2 s",
    ]
    assert 3.0 <= time.monotonic() - began < 30


def test_one_that_dies_while_starting_shows_the_end_of_its_log(supervisor: Supervisor, child: Make) -> None:
    supervisor.add(child("brain", "print('no such model'); raise SystemExit(3)", lambda _: False))
    with pytest.raises(StartFailed, match=r"(?s)brain ended with status 3.*no such model"):
        supervisor.await_ready(20)


def test_one_that_never_becomes_ready_is_told(supervisor: Supervisor, child: Make) -> None:
    supervisor.add(child("app", SLEEPS, lambda _: False))
    with pytest.raises(StartFailed, match="app is not ready after 1 s"):
        supervisor.await_ready(1)


def test_stopping_goes_in_order_and_kills_what_does_not_listen(
    supervisor: Supervisor, child: Make, tmp_path: Path
) -> None:
    calm, stubborn = child("calm"), child("stubborn", STUBBORN)
    for one in (calm, stubborn):
        supervisor.add(one)
    until(lambda: "up" in (tmp_path / "stubborn.log").read_text(), 20)
    began = time.monotonic()
    supervisor.stop((("calm",), ("stubborn",)), 0.5)
    assert time.monotonic() - began < 10
    assert calm.process is not None
    assert stubborn.process is not None
    assert calm.process.returncode == -signal.SIGTERM
    assert stubborn.process.returncode == -signal.SIGKILL


def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import os, subprocess, sys, time
        from pathlib import Path
        from bot.cli.processes import spawn
        child = spawn([sys.executable, "-c", {SLEEPS!r}], env=dict(os.environ), stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL, cwd=Path("/"))
        print(child.pid, flush=True)
        time.sleep(60)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    number = int(parent.stdout.readline())
    assert psutil.pid_exists(number)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not psutil.pid_exists(number) or psutil.Process(number).status() == "zombie", 10)


def test_a_large_log_begins_anew(child: Make, tmp_path: Path) -> None:
    (tmp_path / "part.log").write_bytes(b"x" * 6_000_000)
    part = child("part", "pass")
    part.start()
    assert part.process is not None
    part.process.wait(20)
    assert (tmp_path / "part.log").stat().st_size < 1000
    assert (tmp_path / "part.log.1").stat().st_size == 6_000_000
