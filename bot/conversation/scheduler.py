"""What happens at a time, and what the company's system reports: claimed by lease, tried until done."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot.conversation.ports import Casework
from bot.conversation.worker import Worker
from bot.store.clock import Clock, real_now
from bot.store.engine import Store
from bot.store.signals import JOBS
from bot.store.tables import BackendEvent, Job
from bot.store.work import claim_event, claim_job, finish_event, finish_job, put_off

log = logging.getLogger(__name__)

_LONGEST_BACKOFF = 600.0


class JobWorker(Worker):
    """Runs due jobs and unhandled events; any number of processes may have one."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        casework: Casework,
        *,
        threads: int = 2,
        lease_seconds: float = 120.0,
        poll: float = 1.0,
        first_retry: float = 2.0,
    ) -> None:
        """`lease_seconds` must exceed the longest a job can take; the work itself is idempotent."""
        super().__init__(store, "jobs", JOBS, threads=threads, poll=poll)
        self._clock = clock
        self._casework = casework
        self._lease = timedelta(seconds=lease_seconds)
        self._first_retry = first_retry

    def look(self) -> float | None:
        # Events first: a payment that arrived may make a reminder needless.
        while not self._stopping.is_set() and self.take_slot():
            try:
                claimed = self._store.run(self._claim)
                if claimed is None:
                    self._free.release()
                    return None
            except BaseException:
                self._free.release()
                raise
            self.submit(partial(self._work, claimed))
        return None

    def _claim(self, session: Session) -> Job | BackendEvent | None:
        now = real_now()
        event = claim_event(session, now=now, lease=self._lease)
        if event is not None:
            return event
        return claim_job(session, product_now=self._clock.now(), now=now, lease=self._lease)

    def _work(self, claimed: Job | BackendEvent) -> None:
        try:
            if isinstance(claimed, Job):
                self._casework.run_job(claimed.id)
            else:
                self._casework.handle_event(claimed.id)
        except Exception as error:
            log.exception("%s %s failed", type(claimed).__name__, claimed.id)
            wait = min(_LONGEST_BACKOFF, self._first_retry * 2 ** min(claimed.attempts - 1, 12))
            until = real_now() + timedelta(seconds=wait)
            reason = f"{type(error).__name__}: {error}"
            self._store.run(lambda session: put_off(session, claimed, until=until, error=reason))
            return
        self._store.run(partial(self._finish, claimed=claimed))

    def _finish(self, session: Session, claimed: Job | BackendEvent) -> None:
        if isinstance(claimed, Job):
            finish_job(session, claimed, product_now=self._clock.now())
        else:
            finish_event(session, claimed, product_now=self._clock.now())
