"""Alive, ready, measured: for platforms that run containers, and for `kawan serve`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.app.parts import Parts
from bot.errors import BackendMisused, KawanError


def health_router(parts: Parts) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", responses={503: {"description": "not ready"}})
    def readyz() -> JSONResponse:
        """Ready to answer customers. The company's system may be down: Kawan then says so, and is ready still."""
        checks = check_all(parts)
        needed = all(check["ok"] for name, check in checks.items() if name != "backend")
        every = all(check["ok"] for check in checks.values())
        status = "ready" if every else "degraded" if needed else "not ready"
        return JSONResponse({"status": status, "checks": checks}, 200 if needed else 503)

    @router.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(parts.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def check_all(parts: Parts) -> dict[str, dict[str, Any]]:
    """What each part says of itself; asked at the same time, since each may be slow to say that it is down."""
    asked: dict[str, Callable[[], str | None]] = {
        "database": lambda: _database(parts),
        "brain": lambda: None if parts.brain.ready() else "no answer, or no model is loaded",
        "backend": lambda: backend_problem(parts),
        "workers": lambda: _workers(parts),
    }
    with ThreadPoolExecutor(len(asked)) as pool:
        problems = {name: pool.submit(check) for name, check in asked.items()}
        return {name: _told(found.result()) for name, found in problems.items()}


def _told(problem: str | None) -> dict[str, Any]:
    return {"ok": True} if problem is None else {"ok": False, "detail": problem}


def _database(parts: Parts) -> str | None:
    try:
        with parts.store.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        # Its message may hold the address and a password.
        return type(error).__name__
    return None


def backend_problem(parts: Parts) -> str | None:
    """An answer of any kind shows that it is there; a wrong token shows that it cannot be used."""
    try:
        parts.backend.operation("kawan-readyz")
    except BackendMisused:
        return "it refuses our token: see KAWAN_BACKEND_TOKEN"
    except KawanError:
        return "no answer"
    return None


def _workers(parts: Parts) -> str | None:
    dead = [name for name, worker in parts.workers.items() if not worker.alive()]
    return f"not running: {', '.join(dead)}" if dead else None
