"""Every error that reaches an outsider is rendered here: JSON for programs, a short page for people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

import fastapi
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.pages import Pages

log = logging.getLogger(__name__)

_FILES = "/channels/web/files"
LARGEST_BODY = 2 * 1024 * 1024
LARGEST_UPLOAD = 9 * 1024 * 1024
_PROGRAMS = ("/channels/", "/internal/", "/backend/", "/api/", "/healthz", "/readyz", "/metrics")

_TEXTS = {
    403: ("Tidak boleh", "Halaman ini bukan untuk akun Anda."),
    404: ("Tidak ditemukan", "Halaman ini tidak ada, atau sudah pindah."),
    405: ("Tidak bisa", "Halaman ini tidak bisa dibuka dengan cara itu."),
    413: ("Terlalu besar", "Kiriman itu terlalu besar."),
    500: ("Ada yang salah di sisi kami", "Sudah kami catat. Coba lagi sebentar ya."),
}


type Failed = Callable[[Request, Exception], Response]


def handle_errors(app: FastAPI, pages: Pages) -> Failed:
    """Renders what endpoints refuse; returns what renders the rest, for `Guard`."""

    def answer(request: Request, status: int, detail: object, headers: dict[str, str] | None) -> Response:
        if _is_for_people(request):
            title, text = _TEXTS.get(status, ("Tidak bisa", ""))
            page = pages.notice(status, title, text or str(detail))
            page.headers.update(headers or {})
            return page
        return JSONResponse({"detail": detail}, status, headers)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: Exception) -> Response:
        known = cast(HTTPException, error)
        return answer(request, known.status_code, known.detail, dict(known.headers or {}))

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: Exception) -> Response:
        # Where and what, without what was sent: that may be anything.
        found = cast(RequestValidationError, error).errors()
        problems = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found]
        return answer(request, 422, "; ".join(problems), None)

    def failed(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return answer(request, 500, "Internal error. It has been logged.", None)

    return failed


def _is_for_people(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    return "text/html" in accepts and not request.url.path.startswith(_PROGRAMS)


class _TooLarge(fastapi.HTTPException):
    """Known to FastAPI, which takes any other failure to read a body for a malformed one."""

    def __init__(self) -> None:
        super().__init__(413, "too large")


class Guard:
    """ASGI middleware: no body larger than its path may have, and no failure shown to an outsider."""

    def __init__(self, app: ASGIApp, failed: Failed) -> None:
        self._app = app
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = LARGEST_UPLOAD if str(scope["path"]).startswith(_FILES) else LARGEST_BODY
        began = False
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _TooLarge
            return message

        async def noting(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            if not _stated(scope) <= most:
                raise _TooLarge
            await self._app(scope, limited, noting)
        except Exception as error:
            if began:
                raise  # too late for an answer: the server cuts the connection
            if isinstance(error, _TooLarge):
                answer: Response = JSONResponse({"detail": "too large"}, 413)
            else:
                answer = self._failed(Request(scope), error)
            await answer(scope, receive, send)


def _stated(scope: Scope) -> float:
    """The stated length; without end where it is no number."""
    stated = dict(scope["headers"]).get(b"content-length", b"0")
    return int(stated[:20]) if stated.isdigit() else float("inf")
