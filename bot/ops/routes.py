"""Pages of operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from bot.accounts import SignedIn
from bot.backend.control import DemoControl
from bot.casework.deps import Deps
from bot.errors import BackendError, BackendUnavailable, NotFound
from bot.ops import acts, health, words
from bot.store.tables import Audit
from bot.web.auth import Auth
from bot.web.pages import Pages

_PAGE = 25
_SAID = "kawan_said"
_ADVANCES = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
    "2d": timedelta(days=2),
    "7d": timedelta(days=7),
    "15m": timedelta(minutes=15),
}


def ops_router(
    deps: Deps,
    auth: Auth,
    pages: Pages,
    *,
    checks: Mapping[str, Callable[[], bool]],
    control: DemoControl | None = None,
    advance: Callable[[timedelta], datetime] | None = None,
) -> APIRouter:
    """`/ops`. `checks`: another system's name -> whether it answers.

    `control` and `advance` (moves the clock of product and demo company alike) exist with the demo alone.
    """
    pages.also(Path(__file__).parent / "templates")
    shown = _Ops(deps, pages, checks, control, advance)
    router = APIRouter(prefix="/ops", include_in_schema=False)
    operators = auth.allow("supervisor", "admin")

    @router.get("")
    def start(request: Request, me: SignedIn = Depends(operators)) -> Response:
        return shown.start(me, *_said(request))

    @router.get("/bookings")
    def bookings(
        me: SignedIn = Depends(operators), q: str = "", status: str = "", situation: str = "", page: int = 1
    ) -> Response:
        return shown.bookings(me, q, status, situation, max(1, min(page, 1000)))

    @router.get("/bookings/{code}")
    def booking(request: Request, code: str, me: SignedIn = Depends(operators)) -> Response:
        return shown.booking(me, code, *_said(request))

    @router.post("/bookings/{code}/{act}")
    async def act(code: str, act: str, request: Request, me: SignedIn = Depends(operators)) -> Response:
        form = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        return await run_in_threadpool(shown.act, me, code, act, form)

    @router.post("/world/{act}")
    async def world(act: str, request: Request, me: SignedIn = Depends(operators)) -> Response:
        form = {k: v for k, v in (await request.form()).items() if isinstance(v, str)}
        return await run_in_threadpool(shown.world, me, act, form)

    return router


class _Ops:
    def __init__(
        self,
        deps: Deps,
        pages: Pages,
        checks: Mapping[str, Callable[[], bool]],
        control: DemoControl | None,
        advance: Callable[[timedelta], datetime] | None,
    ) -> None:
        self._deps, self._pages, self._checks = deps, pages, checks
        self._control, self._advance = control, advance

    def start(self, me: SignedIn, said: str, bad: str) -> Response:
        demo: dict[str, Any] = {}
        if self._control is not None:
            try:
                demo = {
                    "faults": self._control.faults(),
                    "summary": self._control.summary(),
                    "situations": self._control.situations(),
                }
            except BackendError:
                bad = bad or "Perusahaan contoh tidak bisa dihubungi."
        found = health.look(self._deps.store, self._checks)
        return self._page("start", me, said, bad, health=found, demo=demo, advances=self._advance is not None)

    def bookings(self, me: SignedIn, q: str, status: str, situation: str, page: int) -> Response:
        if self._control is None:
            return self._no_demo()
        bad = ""
        found: dict[str, Any] = {"total": 0, "bookings": []}
        situations: list[dict[str, Any]] = []
        try:
            situations = self._control.situations()
            filters = {"q": q.strip() or None, "status": status or None, "situation": situation or None}
            found = self._control.bookings(limit=_PAGE, offset=(page - 1) * _PAGE, **filters)
        except BackendError as error:
            bad = _why(error)
        asked = {"q": q, "status": status, "situation": situation}
        more = page * _PAGE < found["total"]
        links = {
            "before": f"?{urlencode({**asked, 'page': page - 1})}" if page > 1 else "",
            "after": f"?{urlencode({**asked, 'page': page + 1})}" if more else "",
        }
        return self._page(
            "bookings", me, "", bad, found=found, asked=asked, links=links, situations=situations, time=_time
        )

    def booking(self, me: SignedIn, code: str, said: str, bad: str) -> Response:
        if self._control is None:
            return self._no_demo()
        events: list[Any] = []
        operations: list[Any] = []
        try:
            events, operations = self._control.events(code), self._control.operations(code)
            # Through the contract, as Kawan reads it; faults that were set hold here, too.
            found = self._deps.backend.booking(code)
        except NotFound:
            return self._pages.notice(404, "Tidak ada", f"Booking {code} tidak ditemukan.", "/ops/bookings")
        except BackendError as error:
            return self._page("booking", me, said, bad or _why(error), booking=None, code=code)
        return self._page(
            "booking",
            me,
            said,
            bad,
            booking=found,
            code=code,
            events=events,
            operations=operations,
            time=_time,
        )

    def act(self, me: SignedIn, code: str, act: str, form: dict[str, str]) -> Response:
        if self._control is None:
            return self._no_demo()
        control, zone = self._control, self._deps.files.company.zone
        back = f"/ops/bookings/{quote(code, safe='')}"
        return self._do(
            me, f"booking {code}", act, back, lambda: acts.booking_act(control, code, act, form, zone)
        )

    def world(self, me: SignedIn, act: str, form: dict[str, str]) -> Response:
        if self._control is None:
            return self._no_demo()
        return self._do(me, "demo", act, "/ops", lambda: self._world(act, form))

    def _world(self, act: str, form: dict[str, str]) -> str:
        control = self._control
        if control is None:
            raise acts.BadForm("Tidak ada perusahaan contoh.")
        match act:
            case "fault":
                kind = form.get("kind", "")
                if kind not in words.FAULTS:
                    raise acts.BadForm("Pilih gangguannya.")
                calls = form.get("calls", "")
                count = int(calls) if calls.isascii() and calls.isdigit() and 0 < int(calls) < 1000 else None
                control.add_fault(kind, calls=count)
                return f"Gangguan dipasang: {words.FAULTS[kind]}."
            case "clear":
                control.clear_faults()
                return "Semua gangguan dicabut."
            case "advance":
                by = _ADVANCES.get(form.get("by", ""))
                if by is None or self._advance is None:
                    raise acts.BadForm("Jam produk tidak bisa dimajukan di sini.")
                now = self._advance(by)
                return f"Jam dimajukan; sekarang {now.astimezone(self._deps.files.company.zone):%d/%m %H.%M}."
            case "situation":
                control.load_named(form.get("name", ""))
                return f"Cerita {form.get('name')} disiapkan dari awal."
        raise acts.BadForm("Tindakan ini tidak dikenal.")

    def _do(self, me: SignedIn, thing: str, act: str, back: str, do: Callable[[], str]) -> Response:
        answer = RedirectResponse(back, 303)
        try:
            said = ("+", do())
        except (BackendError, acts.BadForm) as error:
            said = ("-", _why(error))
        else:
            self._deps.store.run(lambda session: self._note(session, me, act, thing))
        # In a cookie, so that no link can make the page say things.
        answer.set_cookie(
            _SAID, quote("".join(said)[:600]), max_age=20, path="/ops", httponly=True, samesite="strict"
        )
        return answer

    def _note(self, session: Session, me: SignedIn, act: str, thing: str) -> None:
        session.add(
            Audit(
                at=self._deps.clock.now(),
                actor=me.account.login,
                act=f"ops_{act}"[:40],
                object=thing[:120],
                detail={},
            )
        )

    def _no_demo(self) -> Response:
        return self._pages.notice(
            404, "Tidak ada di sini", "Ini hanya ada bersama perusahaan contoh.", "/ops"
        )

    def _page(self, name: str, me: SignedIn, said: str, bad: str, **values: Any) -> Response:
        page = self._pages.page(
            f"ops/{name}.html",
            me=me,
            part="ops",
            said=said[:300],
            bad=bad[:300],
            has_demo=self._control is not None,
            words=words,
            **values,
        )
        page.delete_cookie(_SAID, path="/ops")
        return page


def _said(request: Request) -> tuple[str, str]:
    """What the last act led to: (good news, bad news)."""
    kept = unquote(request.cookies.get(_SAID, ""))
    return (kept[1:], "") if kept.startswith("+") else ("", kept[1:])


def _why(error: Exception) -> str:
    if isinstance(error, BackendUnavailable):
        return "Sistem pemesanan tidak bisa dihubungi (mungkin karena gangguan yang dipasang)."
    if isinstance(error, NotFound):
        return f"Tidak ditemukan: {error}"
    return str(error) if isinstance(error, acts.BadForm) else f"Ditolak: {error}"


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
