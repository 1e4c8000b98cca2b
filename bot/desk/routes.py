"""Pages and acts of the desk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from sqlalchemy.exc import NoResultFound
from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.accounts import SignedIn
from bot.casework import desk, desk_views
from bot.casework.deps import Deps
from bot.desk import words
from bot.errors import BackendError, DeskError, NotAllowed, NotFound, NotHolder
from bot.store.clock import real_now
from bot.store.conversations import attachment
from bot.store.signals import visible
from bot.web import format
from bot.web.auth import Auth
from bot.web.pages import Pages

_LOOK_EVERY = 0.8
_CHECK_SESSION_EVERY = 30
_ROLES = ("agent", "supervisor", "admin")
FindFile = Callable[[str], Path | None]


def desk_router(deps: Deps, auth: Auth, pages: Pages, find_file: FindFile | None = None) -> APIRouter:
    """`/desk`. `find_file` gives the place of a customer's file (`bot.channels.files.Files.find`)."""
    pages.also(Path(__file__).parent / "templates")
    shown = _Desk(deps, pages)
    router = APIRouter(prefix="/desk", include_in_schema=False)
    agents, watching = auth.allow(*_ROLES), auth.allow(*_ROLES, stream=True)

    @router.get("")
    def start(me: SignedIn = Depends(agents)) -> HTMLResponse:
        return shown.page(me, None)

    @router.get("/c/{conversation}")
    def conversation_page(conversation: str, me: SignedIn = Depends(agents)) -> HTMLResponse:
        return shown.page(me, conversation)

    @router.get("/state")
    def state(conversation: str | None = None, me: SignedIn = Depends(agents)) -> JSONResponse:
        return JSONResponse(shown.parts(me, conversation), headers={"Cache-Control": "no-store"})

    @router.get("/c/{conversation}/booking/{code}")
    def booking(conversation: str, code: str, _: SignedIn = Depends(agents)) -> HTMLResponse:
        return shown.booking(code)

    @router.get("/c/{conversation}/files/{seq}")
    def file(conversation: str, seq: int, _: SignedIn = Depends(agents)) -> Response:
        with deps.store.reading() as session:
            kept = attachment(session, conversation, seq)
        path = find_file(str(kept["path"])) if find_file and kept and kept.get("path") else None
        if kept is None or path is None:
            return pages.notice(404, "Berkas tidak ada", "Berkas ini tidak ditemukan.", "/desk")
        return FileResponse(
            path,
            media_type=str(kept["mime"]),
            filename=str(kept["name"]),
            content_disposition_type="inline",
            headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
        )

    @router.get("/stream")
    async def stream(conversation: str | None = None, me: SignedIn = Depends(watching)) -> Response:
        return EventSourceResponse(_changes(deps, auth, me, conversation), ping=15)

    _add_acts(router, deps, agents)
    return router


def _add_acts(router: APIRouter, deps: Deps, agents: Any) -> None:
    @router.post("/c/{conversation}/take")
    def take(conversation: str, me: SignedIn = Depends(agents)) -> Response:
        return _done(lambda: desk.take_over(deps, conversation, me.account))

    @router.post("/c/{conversation}/reply")
    def reply(
        conversation: str,
        text: Annotated[str, Form(max_length=20_000)] = "",
        key: Annotated[str, Form(max_length=60)] = "",
        me: SignedIn = Depends(agents),
    ) -> Response:
        return _done(lambda: desk.reply(deps, conversation, me.account, text, key))

    @router.post("/c/{conversation}/typing")
    def typing(conversation: str, me: SignedIn = Depends(agents)) -> Response:
        return _done(lambda: desk.typing(deps, conversation, me.account))

    @router.post("/c/{conversation}/give-back")
    def give_back(
        conversation: str,
        outcome: Annotated[str, Form(max_length=20)] = "",
        agreed: Annotated[str, Form(max_length=4000)] = "",
        me: SignedIn = Depends(agents),
    ) -> Response:
        return _done(lambda: desk.give_back(deps, conversation, me.account, outcome, agreed))

    @router.post("/offers/{offer}/grant")
    def grant(offer: str, me: SignedIn = Depends(agents)) -> Response:
        outcome: list[Any] = []
        answer = _done(lambda: outcome.append(desk.grant(deps, offer, me.account)))
        if not outcome or outcome[0].status == "done":
            return answer
        if outcome[0].status == "refused":
            return JSONResponse({"detail": f"Sistem pemesanan menolak: {outcome[0].problem}"}, 409)
        return JSONResponse(
            {"note": "Hasilnya belum pasti. Kawan memeriksanya lagi dan mengabari pelanggan."}
        )

    @router.post("/cases/{case}/close")
    def close(
        case: str,
        outcome: Annotated[str, Form(max_length=4000)] = "",
        me: SignedIn = Depends(agents),
    ) -> Response:
        return _done(lambda: desk.close_case(deps, case, me.account, outcome))


def _done(act: Callable[[], object]) -> Response:
    try:
        act()
    except (NotAllowed, NotHolder) as error:
        return JSONResponse({"detail": str(error)}, 403)
    except DeskError as error:
        return JSONResponse({"detail": str(error)}, 409)
    except NoResultFound:
        return JSONResponse({"detail": "Tidak ditemukan."}, 404)
    return JSONResponse({})


class _Desk:
    def __init__(self, deps: Deps, pages: Pages) -> None:
        self._deps = deps
        self._pages = pages
        self._words = words.everything()

    def page(self, me: SignedIn, conversation: str | None) -> HTMLResponse:
        parts = self.parts(me, conversation)
        if conversation is not None and "transcript" not in parts:
            return self._pages.notice(404, "Tidak ada", "Percakapan ini tidak ditemukan.", "/desk")
        return self._pages.page(
            "desk/desk.html", me=me, part="desk", open=conversation, parts=parts, outcomes=words.OUTCOMES
        )

    def parts(self, me: SignedIn, conversation: str | None) -> dict[str, Any]:
        """The pieces of the page that change by themselves: HTML by name, and marks of what they show."""
        queue = desk_views.queue(self._deps, me.account.id)
        now = self._pages.now().isoformat()
        parts: dict[str, Any] = {"now": now, "waiting": len(queue.waiting)}
        parts["queue"] = self._html("desk/queue.html", queue=queue, open=conversation)
        if conversation is None:
            parts["cases"] = self._html("desk/cases.html", queue=queue)
            return parts
        view = desk_views.conversation_view(self._deps, conversation, me.account.id)
        if view is None:
            return parts
        parts["mode"] = "mine" if view.mine else view.conversation.owner
        for name in ("head", "transcript", "side"):
            parts[name] = self._html(
                f"desk/{name}.html",
                view=view,
                me=me,
                facts=lambda figures: words.facts(figures, self._moment),
                may_grant=desk.may_grant,
                at=datetime.fromisoformat,
            )
        return parts

    def booking(self, code: str) -> HTMLResponse:
        """As the company's system knows it right now."""
        try:
            found = self._deps.backend.booking(code)
        except NotFound:
            return HTMLResponse(
                self._html("desk/booking.html", booking=None, problem="Booking tidak ditemukan.")
            )
        except BackendError:
            problem = "Sistem pemesanan sedang tidak bisa dihubungi."
            return HTMLResponse(self._html("desk/booking.html", booking=None, problem=problem))
        return HTMLResponse(self._html("desk/booking.html", booking=found, problem=""))

    def _html(self, template: str, **values: Any) -> str:
        return self._pages.render(template, **self._words, **values)

    def _moment(self, at: datetime) -> str:
        return format.moment(at, self._pages.brand().zone, self._pages.now())


async def _changes(
    deps: Deps, auth: Auth, me: SignedIn, conversation: str | None
) -> AsyncIterator[ServerSentEvent]:
    """A word at each change of what the page shows; the page then fetches it."""

    def marks() -> str:
        shown = desk_views.queue_mark(deps)
        return shown + "|" + desk_views.conversation_mark(deps, conversation) if conversation else shown

    changed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(changed.set)

    end = deps.store.signals.subscribe(visible(conversation or ""), wake)
    checked = real_now()
    seen = ""
    try:
        while True:
            if (real_now() - checked).total_seconds() > _CHECK_SESSION_EVERY:
                checked = real_now()
                if not await run_in_threadpool(auth.still_there, me):
                    yield ServerSentEvent("{}", event="ended")
                    return
            mark = await run_in_threadpool(marks)
            if mark != seen:
                seen = mark
                yield ServerSentEvent(json.dumps({"mark": mark}), event="changed")
            try:
                async with asyncio.timeout(_LOOK_EVERY):
                    await changed.wait()
            except TimeoutError:
                pass
            changed.clear()
    finally:
        end()
