"""The web application: every address of the product, its errors, and the workers behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from actions import endpoint
from bot.accounts import Accounts
from bot.app.docs import docs_router
from bot.app.errors import Guard, handle_errors
from bot.app.events import events_router
from bot.app.health import backend_problem, health_router
from bot.app.identities import demo_people
from bot.app.parts import Parts, TheBrain, make_parts
from bot.channels.files import MAX_BYTES, Files
from bot.channels.web import web_router
from bot.desk.routes import desk_router
from bot.errors import BackendError
from bot.ops.routes import ops_router
from bot.settings import Settings
from bot.store.engine import derive_key
from bot.web import routes
from bot.web.auth import Auth
from bot.web.pages import Pages, mount_static
from bot.web.security import SecurityHeaders


def build(settings: Settings, *, brain: TheBrain | None = None) -> FastAPI:
    """The application, with `state.parts`; its lifespan starts and stops the workers."""
    parts = make_parts(settings, brain=brain)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(parts.start)
        try:
            yield
        finally:
            await run_in_threadpool(parts.stop)

    app = FastAPI(
        title="Kawan",
        version="1",
        description="Customer care in Indonesian. See docs/ for the contracts.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.parts = parts
    pages = Pages(lambda: parts.deps.files.company, parts.clock.now)
    # The last one added is the outermost.
    app.add_middleware(Guard, failed=handle_errors(app, pages))
    app.add_middleware(SecurityHeaders)
    files = Files(settings.files_dir)
    _machines(app, parts, files)
    _people(app, parts, pages, files)
    return app


def _machines(app: FastAPI, parts: Parts, files: Files) -> None:
    secrets = parts.settings.secrets
    app.include_router(health_router(parts))
    app.include_router(events_router(parts))
    app.include_router(endpoint.router(parts.deps, secrets.rasa_token))
    app.include_router(
        web_router(
            parts.web,
            token_key=derive_key(secrets.secret_key, "web-tokens/v1"),
            identity_key=secrets.web_identity_key,
            files=files,
        )
    )
    app.include_router(docs_router(app))


def _people(app: FastAPI, parts: Parts, pages: Pages, files: Files) -> None:
    mount_static(app)
    auth = Auth(Accounts(parts.store, parts.clock), pages)
    auth.install(app)
    app.include_router(desk_router(parts.deps, auth, pages, files.find))
    app.include_router(
        ops_router(
            parts.deps,
            auth,
            pages,
            checks={
                "Otak (Rasa)": parts.brain.ready,
                "Sistem perusahaan": lambda: backend_problem(parts) is None,
            },
            control=parts.control,
            advance=None if parts.control is None else lambda by: _advance(parts, by),
        )
    )
    app.include_router(routes.start_router(pages))
    people = (lambda: _who_to_be(parts)) if parts.settings.backend_is_demo else None
    app.include_router(routes.chat_router(pages, max_file_bytes=MAX_BYTES, demo_people=people))


def _advance(parts: Parts, by: timedelta) -> datetime:
    """The product's clock, and the demo company's with it."""
    now = parts.clock.advance(by)
    if parts.control is not None:
        parts.control.set_clock(offset_seconds=round(parts.clock.offset().total_seconds()))
    return now


def _who_to_be(parts: Parts) -> list[routes.DemoPerson]:
    key, control = parts.settings.secrets.web_identity_key, parts.control
    if key is None or control is None:
        return []
    try:
        return demo_people(control, key)
    except BackendError:
        return []  # the demo is down: the chat works without choosing who to be
