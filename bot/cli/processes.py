"""Child processes that never outlive us, and what starts them again when they die."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
_LARGEST_LOG = 5_000_000
# A process that lived this long is taken for sound: its next death is its first.
_SOUND_AFTER = 60.0
_LONGEST_WAIT = 30.0


def die_with(parent: int) -> Callable[[], None]:
    """To run in a child before it becomes its program: the kernel kills it when `parent` is gone, however it went."""

    def prepare() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # it was gone before we asked

    return prepare


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    cwd: Path,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """A child in a process group of its own: Ctrl-C reaches us alone, and we stop it in order."""
    return subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        process_group=0,
        # Called from the main thread alone, which the kernel takes for the parent; it calls prctl and no more.
        preexec_fn=die_with(os.getpid()),  # noqa: PLW1509
    )


def kill_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            process.send_signal(number)


def tail(file: Path, lines: int = 12) -> list[str]:
    """The last lines of a log, since its latest start."""
    try:
        text = file.read_bytes()[-20_000:].decode("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition("----- start ")[2].splitlines()[1:][-lines:]


class Signals:
    """Ctrl-C and SIGTERM ask to stop, a child's death wakes us; waiting ends at once for any of them."""

    def __init__(self) -> None:
        self.stops = 0
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)

    def __enter__(self) -> Signals:
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._before = {
            number: signal.signal(number, handler)
            for number, handler in (
                (signal.SIGINT, self._stop),
                (signal.SIGTERM, self._stop),
                (signal.SIGHUP, self._stop),
                (signal.SIGCHLD, self._noted),
            )
        }
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._reading)
        os.close(self._writing)

    def wait(self, seconds: float, *files: IO[bytes]) -> list[IO[bytes]]:
        """Until a signal comes, one of `files` can be read, or the time is over."""
        ready, _, _ = select.select([self._reading, *(f.fileno() for f in files)], [], [], max(0.0, seconds))
        if self._reading in ready:
            with suppress(BlockingIOError):
                os.read(self._reading, 4096)
        return [file for file in files if file.fileno() in ready]

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stops += 1

    def _noted(self, _number: int, _frame: FrameType | None) -> None:
        """The wakeup descriptor has told already."""


@dataclass
class Child:
    """One of the product's processes: how it is started, and how one sees that it works."""

    name: str
    command: list[str]
    env: Mapping[str, str]
    log: Path
    cwd: Path
    ready: Callable[[float], bool]  # asked with a time limit in seconds
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    is_ready: bool = field(default=False, init=False)
    started: float = field(default=0.0, init=False)
    deaths: int = field(default=0, init=False)
    start_at: float = field(default=0.0, init=False)
    asked: int = field(default=0, init=False)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            log.write(f"----- start {time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode())
            log.flush()
            self.process = spawn(
                self.command, env=self.env, stdout=log, stderr=log, cwd=self.cwd, pass_fds=self.pass_fds
            )
        self.started, self.is_ready, self.asked = time.monotonic(), False, 0

    def dead(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask(self) -> bool:
        """Whether it has become ready; the longer it takes, the more patiently it is asked."""
        self.asked += 1
        self.is_ready = self.is_ready or self.ready(min(3.0, 0.3 + 0.1 * self.asked))
        return self.is_ready

    def end(self) -> str:
        code = self.process.returncode if self.process is not None else None
        if code is not None and code < 0:
            return f"killed by signal {-code}"
        return f"ended with status {code}"

    def put_off(self) -> float:
        """It died: seconds until it is started again, longer each time it dies young."""
        self.deaths = 1 if time.monotonic() - self.started > _SOUND_AFTER else self.deaths + 1
        wait = min(_LONGEST_WAIT, 0.5 * 2 ** (self.deaths - 1)) if self.deaths > 1 else 0.0
        self.start_at = time.monotonic() + wait
        self.process = None
        self.is_ready = False
        return wait


class StartFailed(Exception):
    """A child did not come up; holds the lines to show."""


class Supervisor:
    """Starts children, waits for them, starts again what dies, and stops them."""

    def __init__(self, signals: Signals, say: Callable[[str, str], None]) -> None:
        self.children: list[Child] = []
        self._signals = signals
        self._say = say

    def add(self, child: Child) -> None:
        child.start()
        self.children.append(child)

    def await_ready(self, patience: float) -> bool:
        """Until each is ready; False when asked to stop meanwhile. One that dies now is a `StartFailed`."""
        began = time.monotonic()
        while not self._signals.stops:
            for child in self.children:
                if child.dead():
                    raise StartFailed(self._trouble(child, f"{child.name} {child.end()}"))
                if not child.is_ready and child.ask():
                    self._say(child.name, f"ready after {time.monotonic() - child.started:.1f} s")
            missing = [child for child in self.children if not child.is_ready]
            if not missing:
                return True
            if time.monotonic() - began > patience:
                slow = missing[0]
                raise StartFailed(self._trouble(slow, f"{slow.name} is not ready after {patience:.0f} s"))
            self._signals.wait(0.15)
        return False

    def watch(self) -> None:
        """Start again what dies, until asked to stop."""
        while not self._signals.stops:
            waits = [5.0]
            for child in self.children:
                if child.dead():
                    how = child.end()
                    wait = child.put_off()
                    self._say(child.name, f"{how}; starting it again" + (f" in {wait:.0f} s" if wait else ""))
                if child.process is None:
                    left = child.start_at - time.monotonic()
                    if left <= 0:
                        child.start()
                    waits.append(max(0.25, left))
                elif not child.is_ready:
                    if child.ask():
                        self._say(child.name, "ready again")
                    else:
                        waits.append(0.25)
            self._signals.wait(min(waits))

    def stop(self, order: Sequence[Sequence[str]], grace: float) -> None:
        """Ask them to stop, group after group, and kill what does not; a second Ctrl-C kills at once."""
        asked = self._signals.stops
        for names in order:
            going = [c.process for c in self.children if c.name in names and c.process is not None]
            for process in going:
                kill_group(process, signal.SIGTERM)
            self._await(going, time.monotonic() + grace, asked)
        self._await([c.process for c in self.children if c.process is not None], 0.0, asked)

    def _await(self, processes: Iterable[subprocess.Popen[bytes]], until: float, asked: int) -> None:
        left = list(processes)
        while left := [process for process in left if process.poll() is None]:
            if time.monotonic() > until or self._signals.stops > asked:
                for process in left:
                    kill_group(process, signal.SIGKILL)
                    process.wait()
                return
            self._signals.wait(0.2)

    def _trouble(self, child: Child, what: str) -> str:
        shown = [f"    {line}" for line in tail(child.log)]
        return "\n".join([f"{what}; the end of {child.log}:", *shown])


def say(name: str, text: str) -> None:
    """A plain line of progress."""
    sys.stdout.write(f"[{name}] {text}\n")
    sys.stdout.flush()
