"""Events of the company's system: verified, stored, and only then acknowledged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from bot.app.parts import Parts
from bot.backend.events import BackendEvent, accept_event
from bot.errors import EventRejected
from bot.store.clock import real_now
from bot.store.work import keep_event

_LARGEST = 64 * 1024


def events_router(parts: Parts) -> APIRouter:
    router = APIRouter(tags=["company's system"])
    token = parts.settings.secrets.backend_token

    @router.post("/backend/events", responses={401: {"description": "signature missing, wrong or too old"}})
    async def receive(
        request: Request, x_kawan_signature: Annotated[str | None, Header()] = None
    ) -> dict[str, bool]:
        """A repeated id is answered 200 and taken once. See docs/backend.md for the signature."""
        raw = await _body(request)
        try:
            event = _storable(accept_event(raw, x_kawan_signature, token, real_now()))
        except EventRejected as error:
            parts.metrics.events.labels("rejected").inc()
            status = 400 if str(error).startswith("malformed") else 401
            raise HTTPException(status, str(error)) from error
        new = await run_in_threadpool(_keep, parts, event)
        parts.metrics.events.labels("new" if new else "repeated").inc()
        return {"new": new}

    return router


def _storable(event: BackendEvent) -> BackendEvent:
    for name, longest in (("id", 120), ("type", 40), ("booking", 40)):
        if len(getattr(event, name)) > longest:
            raise EventRejected(f"malformed: {name} is longer than {longest} characters")
    if not event.id:
        raise EventRejected("malformed: id is empty")
    return event


async def _body(request: Request) -> bytes:
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _LARGEST:
            raise HTTPException(413, "an event has at most 64 KiB")
    return bytes(raw)


def _keep(parts: Parts, event: BackendEvent) -> bool:
    return parts.store.run(
        lambda session: keep_event(
            session,
            event_id=event.id,
            type=event.type,
            booking_code=event.booking or None,
            at=event.at,
            data=event.data,
            now=parts.clock.now(),
        )
    )
