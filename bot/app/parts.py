"""Every part of the product, made once per process and started together."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.app.metrics import MeasuredBrain, Metrics
from bot.backend.client import TIMEOUT, Backend
from bot.backend.control import DemoControl
from bot.brain import Brain
from bot.care.messages import Channel
from bot.casework.background import Background
from bot.casework.deps import Deps
from bot.conversation.access import TelegramAccess, WebAccess
from bot.conversation.outbox import OutboxWorker
from bot.conversation.scheduler import JobWorker
from bot.conversation.turns import TurnWorker
from bot.settings import Settings
from bot.sop import CompanyFiles
from bot.store import schema
from bot.store.clock import ProductClock
from bot.store.engine import Store, open_store
from bot.voice import Voice

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel

log = logging.getLogger(__name__)


class Worker(Protocol):
    """What is started with the app and stopped with it."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def alive(self) -> bool: ...


class TheBrain(Protocol):
    """`bot.brain.Brain`, or a stand-in of the tests."""

    def converse(self, sender: str, text: str, metadata: Mapping[str, Any]) -> Any: ...

    def parse(self, text: str, sent_at: Any) -> dict[str, Any]: ...

    def ready(self) -> bool: ...

    def close(self) -> None: ...


@dataclass
class Parts:
    settings: Settings
    store: Store
    clock: ProductClock
    backend: Backend
    brain: TheBrain
    deps: Deps
    casework: Background
    web: WebAccess
    metrics: Metrics
    workers: dict[str, Worker]
    control: DemoControl | None = None  # the demo company's alone
    closed: bool = field(default=False, init=False)

    def start(self) -> None:
        for worker in self.workers.values():
            worker.start()

    def stop(self) -> None:
        # The first to stop is what takes new work in, the last what sends replies.
        for name, worker in reversed(self.workers.items()):
            try:
                worker.stop()
            except (SQLAlchemyError, RuntimeError):
                log.exception("%s did not stop cleanly", name)
        self.close()

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.brain.close()
        self.backend.close()
        if self.control is not None:
            self.control.close()
        self.store.close()


def make_deps(settings: Settings) -> Deps:
    """What use cases work with. Raises `CompanyFileError` and `StoreError`."""
    return _make_deps(settings)[0]


def _make_deps(settings: Settings) -> tuple[Deps, ProductClock]:
    files = CompanyFiles(settings.company_dir)
    company = files.company
    voice = Voice(settings.domain_file, company.brand, company.bot_name, company.zone)
    schema.check(settings.database_url)
    store = open_store(settings.database_url, settings.secrets.secret_key)
    clock = ProductClock(store)
    return Deps(store, clock, _backend(settings), voice, files), clock


def make_parts(settings: Settings, *, brain: TheBrain | None = None) -> Parts:
    """All parts, not started. `brain` stands in for the real one in tests."""
    deps, clock = _make_deps(settings)
    store = deps.store
    metrics = Metrics(store)
    brain = brain or Brain(settings.rasa_url, settings.secrets.rasa_token)
    casework = Background(deps)
    telegram = _telegram(settings, store, clock)
    channels: dict[str, Channel] = {} if telegram is None else {telegram.name: telegram}

    def typing(channel: str, chat_id: str) -> None:
        if channel in channels:
            channels[channel].typing(chat_id)

    workers: dict[str, Worker] = {
        "outbox": OutboxWorker(store, clock, channels),
        "jobs": JobWorker(store, clock, casework),
        "turns": TurnWorker(store, clock, MeasuredBrain(brain, metrics), casework, typing=typing),
    }
    if telegram is not None:
        workers["telegram"] = telegram
    return Parts(
        settings=settings,
        store=store,
        clock=clock,
        backend=deps.backend,
        brain=brain,
        deps=deps,
        casework=casework,
        web=WebAccess(store, clock, settings.quiet_seconds),
        metrics=metrics,
        workers=workers,
        control=demo_control(settings) if settings.backend_is_demo else None,
    )


def demo_control(settings: Settings) -> DemoControl:
    return DemoControl.at(settings.backend_url, settings.secrets.backend_token)


def _backend(settings: Settings) -> Backend:
    url, token = settings.backend_url, settings.secrets.backend_token
    if not settings.backend_is_demo:
        return Backend(url, token)
    # On loopback, where no proxy of the machine's may come between.
    headers = {"Authorization": f"Bearer {token}"}
    return Backend(
        url, token, http=httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT, trust_env=False)
    )


def _telegram(settings: Settings, store: Store, clock: ProductClock) -> TelegramChannel | None:
    if settings.telegram_token is None:
        return None
    from bot.channels.telegram import TelegramChannel  # its library is a tenth of a start

    return TelegramChannel(
        settings.telegram_token.get_secret_value(),
        TelegramAccess(store, clock, settings.quiet_seconds),
        base_url=settings.telegram_base_url,
        base_file_url=settings.telegram_file_url,
        files_folder=settings.files_dir,
    )
