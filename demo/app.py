"""Builds the demo company's web application."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from demo import contract, control, pages, seed, v1
from demo.company import Company, KeyReused, NotFound, problem, problem_of
from demo.events import Deliverer, Ticker
from demo.faults import Misbehaviour
from demo.happenings import Impossible, Unknown
from demo.rules import Refusal
from demo.settings import Settings
from demo.situations import SituationError
from demo.tables import StateRow

DESCRIPTION = (
    "What a company's booking system offers to Kawan. Money is integer rupiah; times are "
    "ISO 8601 with offset. See docs/backend.md for authorisation, idempotency, errors and events."
)


def create_app(settings: Settings) -> FastAPI:
    """The whole demo company; fills an empty database."""
    company = Company(settings)
    _prepare(company)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        ticker = Ticker(company.lapse_due)
        ticker.start()
        deliverer = None
        if settings.events_url:
            deliverer = Deliverer(company.db, settings.events_url, settings.token)
            company.on_event = deliverer.wake
            deliverer.start()
        try:
            yield
        finally:
            ticker.stop()
            if deliverer:
                deliverer.stop()
            company.db.close()

    app = FastAPI(title="Kelana, demo company", version="1", lifespan=lifespan)
    app.state.company = company
    app.add_middleware(Misbehaviour, db=company.db)
    for router in (v1.router, control.router, pages.router):
        app.include_router(router)
    _handle_errors(app)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok", "company": "Kelana"}

    return app


def contract_app() -> FastAPI:
    """The contract alone, for its OpenAPI description."""
    app = FastAPI(title="Kawan backend contract", version="1", description=DESCRIPTION)
    app.include_router(v1.router)

    @app.webhooks.post("backend/events", operation_id="event")
    def event(body: contract.Event) -> None:
        """Sent by the company's system to the app's /backend/events, signed."""

    describe = app.openapi

    def openapi() -> dict[str, Any]:
        schema = describe()
        models = schema["components"]["schemas"]
        for model in (contract.Problem, contract.Operation):
            own = model.model_json_schema(ref_template="#/components/schemas/{model}")
            own.pop("$defs", None)
            models.setdefault(model.__name__, own)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _prepare(company: Company) -> None:
    settings = company.settings
    with company.db.read() as session:
        filled = session.get(StateRow, "filled") is not None
    if filled:
        return
    if settings.now is not None:
        company.set_offset(math.ceil((settings.now - datetime.now(UTC)).total_seconds()))
    if settings.fill:
        seed.fill(company)
    with company.db.write() as session:
        session.merge(StateRow(key="filled", value="yes"))


def _handle_errors(app: FastAPI) -> None:
    def answer(status: int, code: str, title: str, detail: str, **more: Any) -> JSONResponse:
        body = problem(status, code, title, detail, **more)
        return JSONResponse(body, status, media_type="application/problem+json")

    @app.exception_handler(NotFound)
    @app.exception_handler(Unknown)
    def not_found(_: Request, error: Exception) -> JSONResponse:
        return answer(404, "not_found", "Not found", str(error))

    @app.exception_handler(v1.Unauthorized)
    def unauthorized(_: Request, error: Exception) -> JSONResponse:
        return answer(401, "unauthorized", "Unauthorized", "token missing or wrong")

    @app.exception_handler(KeyReused)
    def key_reused(_: Request, error: Exception) -> JSONResponse:
        return answer(422, "key_reused", "Key used for another act", "take a new key")

    @app.exception_handler(v1.Unprocessable)
    def unprocessable(_: Request, error: Exception) -> JSONResponse:
        return answer(422, "invalid_request", "Invalid request", str(error))

    @app.exception_handler(Refusal)
    def refused(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse(problem_of(cast(Refusal, error)), 409, media_type="application/problem+json")

    @app.exception_handler(Impossible)
    def impossible(_: Request, error: Exception) -> JSONResponse:
        return answer(409, "impossible", "Cannot happen", str(error))

    @app.exception_handler(SituationError)
    def bad_situation(_: Request, error: Exception) -> JSONResponse:
        problems = cast(SituationError, error).problems
        errors = [{"path": path, "message": message} for path, message in problems]
        return answer(422, "bad_situation", "Situation refused", str(error), errors=errors)

    @app.exception_handler(RequestValidationError)
    def malformed(_: Request, error: Exception) -> JSONResponse:
        invalid = cast(RequestValidationError, error).errors()
        errors = [{"path": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in invalid]
        detail = "; ".join(f"{e['path']}: {e['message']}" for e in errors)
        return answer(422, "invalid_request", "Invalid request", detail, errors=jsonable_encoder(errors))
