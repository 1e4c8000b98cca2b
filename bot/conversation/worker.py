"""A thread that looks for work in the database and hands it to a few others."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bot.store.engine import Store

log = logging.getLogger(__name__)


class Worker:
    """Looks when woken by a signal, and every `poll` seconds since other processes give none."""

    def __init__(self, store: Store, name: str, topic: str, *, threads: int, poll: float) -> None:
        self._store = store
        self._name = name
        self._topic = topic
        self._threads = threads
        self._poll = poll
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._free = threading.Semaphore(threads)
        self._pool: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        self._stopping.clear()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        self._unsubscribe = self._store.signals.subscribe(self._topic, self._wake.set)
        self._thread = threading.Thread(target=self._run, name=f"{self._name}-dispatch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait for what is at work."""
        self._stopping.set()
        self._wake.set()
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._thread is not None:
            self._thread.join()
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def look(self) -> float | None:
        """Find work and `submit` it; seconds until the next look is worthwhile, if that is known."""
        raise NotImplementedError

    def take_slot(self) -> bool:
        """Reserve a thread; `submit` or `give_slot` must follow."""
        return self._free.acquire(blocking=False)

    def give_slot(self) -> None:
        self._free.release()
        self._wake.set()

    def submit(self, work: Callable[[], None]) -> None:
        """Run `work` in the reserved thread."""
        if self._pool is None:
            raise RuntimeError("the worker is not started")
        self._pool.submit(self._guarded, work)

    def pause(self, seconds: float) -> bool:
        """Wait, but not beyond `stop`; says whether to go on."""
        return not self._stopping.wait(seconds)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            # Leases bring the work back; a worker that died would not.
            log.exception("%s: work failed", self._name)
        finally:
            self.give_slot()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                wait = self.look()
            except Exception:
                # A locked or full database must not end the worker.
                log.exception("%s: looking for work failed", self._name)
                self._stopping.wait(1.0)
                continue
            self._wake.wait(self._poll if wait is None else max(0.0, min(wait, self._poll)))
