"""How often one caller may knock; held in memory, per process."""

from __future__ import annotations

import threading
import time


class RateLimit:
    """A bucket per key: `burst` at once, refilled by `per_second`."""

    def __init__(self, burst: int, per_second: float, *, most_keys: int = 50_000) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._most_keys = most_keys
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, key: str) -> float:
        """Count one knock; 0 if it is allowed, else seconds until one is."""
        now = time.monotonic()
        with self._lock:
            left, at = self._buckets.get(key, (self._burst, now))
            left = min(self._burst, left + (now - at) * self._per_second)
            if left < 1.0:
                self._buckets[key] = (left, now)
                return (1.0 - left) / self._per_second
            if len(self._buckets) >= self._most_keys:
                self._drop_full(now)
            self._buckets[key] = (left - 1.0, now)
            return 0.0

    def _drop_full(self, now: float) -> None:
        full_after = self._burst / self._per_second
        self._buckets = {k: (n, at) for k, (n, at) in self._buckets.items() if now - at < full_after}
        if len(self._buckets) >= self._most_keys:
            self._buckets.clear()
