"""A real server in a thread, and a small app of the pages over a real store, until tests can have the whole one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy.orm import Session

from bot.casework.deps import Deps
from bot.channels.files import Files
from bot.channels.web import web_router
from bot.conversation.access import WebAccess
from bot.sop import CompanyFiles
from bot.store.clock import ProductClock, real_now
from bot.store.engine import Store
from bot.store.outbox import claim_next, enqueue
from bot.voice import Voice
from bot.web.pages import Pages, mount_static
from bot.web.routes import DemoPerson, chat_router, start_router
from bot.web.security import SecurityHeaders

ROOT = Path(__file__).resolve().parents[2]
TOKEN_KEY = b"t" * 32
IDENTITY_KEY = b"i" * 32
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the test server did not start")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def make_deps(store: Store, backend: Any = None) -> Deps:
    files = CompanyFiles(ROOT / "company")
    company = files.company
    return Deps(
        store=store,
        clock=ProductClock(store),
        backend=backend,
        voice=Voice(ROOT / "domain.yml", company.brand, company.bot_name, company.zone),
        files=files,
    )


def make_pages(deps: Deps) -> Pages:
    return Pages(lambda: deps.files.company, deps.clock.now)


def chat_app(deps: Deps, folder: Path, people: list[DemoPerson] | None = None) -> FastAPI:
    """The chat page with the web chat API, as in the product; nobody answers."""
    app = FastAPI(openapi_url=None)
    pages = make_pages(deps)
    app.include_router(start_router(pages))
    app.include_router(chat_router(pages, demo_people=None if people is None else lambda: people))
    access = WebAccess(deps.store, deps.clock, 2.5)
    app.include_router(
        web_router(access, token_key=TOKEN_KEY, identity_key=IDENTITY_KEY, files=Files(folder))
    )
    mount_static(app)
    app.add_middleware(SecurityHeaders)
    return app


def say(deps: Deps, conversation: str, text: str, **more: Any) -> None:
    """A message to the customer, visible at once as on the web."""

    def work(session: Session) -> None:
        now = deps.clock.now()
        enqueue(
            session,
            key=f"test:{conversation}:{time.monotonic_ns()}",
            conversation_id=conversation,
            text=text,
            now=now,
            **more,
        )
        claim_next(session, conversation, now=real_now(), stuck_before=LONG_AGO, product_now=deps.clock.now())

    deps.store.run(work)
