"""The desk's pages, the customer's chat and the API between them, in one small app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI

from bot.accounts import Accounts
from bot.casework.deps import Deps
from bot.channels.files import Files
from bot.conversation.outbox import OutboxWorker
from bot.desk.routes import desk_router
from bot.web.auth import Auth
from tests.web.serving import chat_app, make_pages, serving


@contextmanager
def desk_site(deps: Deps, accounts: Accounts, folder: Path) -> Iterator[str]:
    """Serves all of it, with the worker that sends."""
    app: FastAPI = chat_app(deps, folder)
    pages = make_pages(deps)
    auth = Auth(accounts, pages)
    auth.install(app)
    app.include_router(desk_router(deps, auth, pages, Files(folder).find))
    worker = OutboxWorker(deps.store, deps.clock, {})
    worker.start()
    try:
        with serving(app) as url:
            yield url
    finally:
        worker.stop()
