"""Who is at the page: log-in, sessions, roles, and the token that every change has to carry."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse, Response

from bot.accounts import Accounts, SignedIn
from bot.errors import BadLogin, Forbidden, LoginNeeded, TooManyAttempts
from bot.web.pages import Pages

COOKIE = "kawan_session"
_LOGIN_COOKIE = "kawan_login"
CSRF_HEADER = "x-csrf-token"
# Sent by our own scripts: they want a status, not a page.
FETCH_HEADER = "x-kawan"

WRONG = "Nama pengguna atau kata sandi tidak cocok."
STALE = "Halaman ini sudah terlalu lama terbuka. Silakan coba sekali lagi."
_HOMES = {"agent": "/desk", "supervisor": "/desk", "admin": "/desk"}

Guard = Callable[[Request], Awaitable[SignedIn]]


class Auth:
    """`install` it in the app once; routers ask `allow` for their guards."""

    def __init__(self, accounts: Accounts, pages: Pages) -> None:
        self.accounts = accounts
        self._pages = pages

    def install(self, app: FastAPI) -> None:
        app.include_router(self._router())
        app.add_exception_handler(LoginNeeded, self._to_login)
        app.add_exception_handler(Forbidden, self._refuse)

    def allow(self, *roles: str, stream: bool = False) -> Guard:
        """A dependency: the signed-in user of one of these roles. Requests that change something need the token.

        `stream`: the request goes on by itself and is no sign that somebody is there.
        """

        async def guard(request: Request) -> SignedIn:
            token = request.cookies.get(COOKIE)
            signed_in = await run_in_threadpool(self.accounts.session, token, touch=not stream)
            if signed_in is None:
                raise LoginNeeded
            if signed_in.account.role not in roles:
                raise Forbidden("Peran Anda tidak mencakup halaman ini.")
            if request.method not in ("GET", "HEAD", "OPTIONS"):
                await _check_csrf(request, signed_in)
            return signed_in

        return guard

    def still_there(self, signed_in: SignedIn) -> bool:
        """For streams: whether the session that began it is still good."""
        return self.accounts.session(signed_in.token, touch=False) is not None

    def _router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        anyone = self.allow("agent", "supervisor", "trainer", "admin")

        @router.get("/login")
        async def show(request: Request, to: str = "") -> Response:
            token = request.cookies.get(COOKIE)
            signed_in = await run_in_threadpool(self.accounts.session, token)
            if signed_in is not None:
                return RedirectResponse(_home(signed_in, to), 303)
            return self._form(request, to=to)

        @router.post("/login")
        def sign_in(
            request: Request,
            login: Annotated[str, Form(max_length=200)] = "",
            password: Annotated[str, Form(max_length=1000)] = "",
            csrf: Annotated[str, Form(max_length=200)] = "",
            to: Annotated[str, Form(max_length=500)] = "",
        ) -> Response:
            if not _same(csrf, request.cookies.get(_LOGIN_COOKIE, "")):
                return self._form(request, 403, STALE, login, to)
            address = request.client.host if request.client else ""
            try:
                signed_in = self.accounts.sign_in(login, password, address)
            except BadLogin:
                return self._form(request, 401, WRONG, login, to)
            except TooManyAttempts as error:
                minutes = -(-error.wait // 60)
                words = f"Terlalu banyak percobaan. Coba lagi dalam {minutes} menit."
                return self._form(request, 429, words, login, to, {"Retry-After": str(error.wait)})
            answer = RedirectResponse(_home(signed_in, to), 303)
            _set_cookie(request, answer, COOKIE, signed_in.token, "lax")
            answer.delete_cookie(_LOGIN_COOKIE, path="/login")
            return answer

        @router.post("/logout")
        def sign_out(signed_in: SignedIn = Depends(anyone)) -> Response:
            self.accounts.sign_out(signed_in)
            answer = RedirectResponse("/login", 303)
            answer.delete_cookie(COOKIE, path="/")
            return answer

        return router

    def _form(
        self,
        request: Request,
        status: int = 200,
        problem: str = "",
        login: str = "",
        to: str = "",
        headers: dict[str, str] | None = None,
    ) -> Response:
        token = request.cookies.get(_LOGIN_COOKIE) or secrets.token_urlsafe(24)
        page = self._pages.page("login.html", status, problem=problem, login=login, to=_local(to), csrf=token)
        page.headers.update(headers or {})
        _set_cookie(request, page, _LOGIN_COOKIE, token, "strict", path="/login")
        return page

    async def _to_login(self, request: Request, _: Exception) -> Response:
        if FETCH_HEADER in request.headers:
            return JSONResponse({"detail": "Sesi berakhir. Silakan masuk lagi."}, 401)
        # After a POST there is nothing to come back to.
        path = request.url.path if request.method == "GET" else ""
        return RedirectResponse(f"/login?to={quote(path)}" if path else "/login", 303)

    async def _refuse(self, request: Request, error: Exception) -> Response:
        reason = str(error)
        if FETCH_HEADER in request.headers:
            return JSONResponse({"detail": reason}, 403)
        return self._pages.notice(403, "Tidak diizinkan", reason)


async def _check_csrf(request: Request, signed_in: SignedIn) -> None:
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        field = (await request.form()).get("csrf")
        given = field if isinstance(field, str) else ""
    if not _same(given, signed_in.csrf):
        raise Forbidden(STALE)


def _same(given: str, expected: str) -> bool:
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def _home(signed_in: SignedIn, to: str) -> str:
    return _local(to) or _HOMES.get(signed_in.account.role, "/")


def _local(path: str) -> str:
    """A path of this site, or nothing: nobody is sent elsewhere after the log-in."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if plain and path.isprintable() and not path.startswith(("/login", "/logout")) else ""


def _set_cookie(
    request: Request, answer: Response, name: str, value: str, same_site: str, path: str = "/"
) -> None:
    answer.set_cookie(
        name,
        value,
        path=path,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict" if same_site == "strict" else "lax",
    )
