"""Headers that every answer carries: what a page may load, who may frame it, how its content is read."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_POLICY = (
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
)


class SecurityHeaders:
    """ASGI middleware; what an endpoint set itself stays.

    Nobody may frame a page, but for those under the paths of `frames`: path -> CSP sources, such as
    `{"/chat": "https://www.example.co.id"}` for a widget on the company's own site.
    """

    def __init__(self, app: ASGIApp, frames: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._frames = dict(frames or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), path, secure=scope.get("scheme") == "https")
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, path: str, *, secure: bool) -> None:
        ancestors = self._frames.get(path, "'none'")
        headers.setdefault("Content-Security-Policy", "; ".join((*_POLICY, f"frame-ancestors {ancestors}")))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if ancestors == "'none'":
            headers.setdefault("X-Frame-Options", "DENY")
        if secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
