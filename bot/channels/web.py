"""The web chat API, as the contract has it: sessions, messages, files, long poll and event stream."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from bot.care.messages import IncomingMessage, Sender
from bot.channels.files import MAX_BYTES, Files, sniff
from bot.channels.limits import RateLimit
from bot.channels.tokens import Tokens, verify_identity
from bot.errors import BadToken

MAX_TEXT = 10_000
MAX_ID = 128
MAX_OPTION = 200
MAX_WAIT = 30.0
_MAX_BODY = 256 * 1024
_MAX_SEQ = 2**31 - 1
After = Annotated[int, Query(ge=0, le=_MAX_SEQ)]
# Other processes' commits give no signal here: look by ourselves this often.
_LOOK_EVERY = 1.0
_PREFIX = "/channels/web"

EMPTY = "Pesannya masih kosong. Tulis dulu ya, baru dikirim."
TOO_LONG = f"Pesannya kepanjangan. Maksimal {MAX_TEXT:,} huruf sekali kirim, boleh dibagi jadi beberapa pesan.".replace(
    ",", "."
)
TOO_LARGE = "Ukuran berkasnya terlalu besar. Maksimal 8 MB ya."
WRONG_KIND = "Berkas itu belum bisa kami terima. Kirim foto (JPG, PNG, WEBP, HEIC) atau PDF ya."
TOO_MANY = "Terlalu banyak sekaligus. Coba lagi sebentar ya."
NO_SESSION = "Sesi chat ini sudah berakhir. Muat ulang halamannya ya."
BAD_REQUEST = "Permintaannya tidak bisa dibaca."


class WebChat(Protocol):
    """What the router needs of the conversation path."""

    def open(self, sender: Sender) -> str: ...

    def exists(self, conversation_id: str) -> bool: ...

    def receive(self, message: IncomingMessage) -> bool: ...

    def customer_types(self, conversation_id: str) -> None: ...

    def messages(self, conversation_id: str, after: int) -> list[dict[str, Any]]: ...

    def is_typing(self, conversation_id: str) -> bool: ...

    def attachment(self, conversation_id: str, seq: int) -> dict[str, Any] | None: ...

    def subscribe(self, conversation_id: str, listener: Callable[[], None]) -> Callable[[], None]: ...


@dataclass(frozen=True, slots=True)
class WebLimits:
    """Generous for people, tight for loops: (burst, per second)."""

    sessions: tuple[int, float] = (300, 10.0)  # per address; a whole office may share one
    messages: tuple[int, float] = (300, 20.0)  # per conversation
    files: tuple[int, float] = (20, 0.5)


def web_router(
    chat: WebChat,
    *,
    token_key: bytes,
    identity_key: bytes | None,
    files: Files,
    limits: WebLimits | None = None,
) -> APIRouter:
    """`token_key` signs our sessions; `identity_key` verifies the company's own (None: none is taken)."""
    limits = limits or WebLimits()
    api = _Web(chat, Tokens(token_key), identity_key, files)
    sessions, messages, uploads = (
        RateLimit(*limit) for limit in (limits.sessions, limits.messages, limits.files)
    )
    router = APIRouter(prefix=_PREFIX, tags=["web chat"])
    # A default, not Annotated: FastAPI cannot resolve the name of a local in a postponed annotation.
    opened = Depends(api.conversation)

    @router.post("/sessions", status_code=201, openapi_extra=_body(name="string", identity="string"))
    async def open_session(request: Request) -> dict[str, str]:
        _knock(sessions, request.client.host if request.client else "")
        return await run_in_threadpool(api.open_session, await _json(request))

    @router.post(
        "/messages", status_code=202, openapi_extra=_body(id="string", text="string", option="string")
    )
    async def post_message(request: Request, conversation: str = opened) -> Response:
        _knock(messages, conversation)
        new = await run_in_threadpool(api.post_message, conversation, await _json(request))
        return JSONResponse({"new": new}, status_code=202 if new else 200)

    @router.post("/typing", status_code=204)
    def post_typing(conversation: str = opened) -> None:
        if messages.wait(conversation) == 0.0:
            chat.customer_types(conversation)

    @router.post("/files", status_code=202, description=f"Images and PDF, at most {MAX_BYTES} bytes.")
    async def post_file(request: Request, conversation: str = opened) -> Response:
        _knock(uploads, conversation)
        client_id, name, caption, content = await _upload(request)
        new = await run_in_threadpool(api.post_file, conversation, client_id, name, caption, content)
        return JSONResponse({"new": new}, status_code=202 if new else 200)

    @router.get("/messages")
    async def get_messages(after: After = 0, wait: float = 0.0, conversation: str = opened) -> dict[str, Any]:
        return await api.poll(conversation, after, min(max(0.0, wait), MAX_WAIT))

    @router.get("/stream")
    async def get_stream(request: Request, after: After = 0, conversation: str = opened) -> Response:
        seen = request.headers.get("last-event-id", "")
        if seen.isascii() and seen.isdigit():
            after = max(after, min(int(seen[:10]), _MAX_SEQ))
        return EventSourceResponse(api.stream(conversation, after), ping=15)

    @router.get("/files/{seq}")
    def get_file(request: Request, seq: int, sig: str | None = None) -> Response:
        return api.file(request, seq, sig)

    return router


class _Web:
    def __init__(self, chat: WebChat, tokens: Tokens, identity_key: bytes | None, files: Files) -> None:
        self._chat = chat
        self._tokens = tokens
        self._identity_key = identity_key
        self._files = files

    def conversation(self, request: Request) -> str:
        """The conversation that the bearer's token opens."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            conversation = self._tokens.conversation(token.strip() if scheme.lower() == "bearer" else "")
        except BadToken as error:
            raise HTTPException(401, NO_SESSION, {"WWW-Authenticate": "Bearer"}) from error
        if not self._chat.exists(conversation):
            raise HTTPException(401, NO_SESSION, {"WWW-Authenticate": "Bearer"})
        return conversation

    def open_session(self, body: dict[str, Any]) -> dict[str, str]:
        name, identity = body.get("name"), body.get("identity")
        if not isinstance(name, str | None) or not isinstance(identity, str | None):
            raise HTTPException(422, "name dan identity harus berupa teks.")
        name = (name or "").strip()[:200] or None
        if identity is None:
            sender = Sender(f"anon:{secrets.token_hex(16)}", name)
        else:
            sender = self._signed_in(identity, name)
        conversation = self._chat.open(sender)
        token = self._tokens.session(conversation, signed=identity is not None)
        return {"token": token, "conversation": conversation}

    def _signed_in(self, identity: str, name: str | None) -> Sender:
        if self._identity_key is None:
            raise HTTPException(401, "Masuk lewat akun belum tersedia di sini.")
        try:
            sender = verify_identity(identity, self._identity_key)
        except BadToken as error:
            # Never quietly anonymous: the page has to know that nobody is signed in.
            raise HTTPException(401, "Bukti masuk akunnya tidak berlaku. Coba masuk lagi ya.") from error
        return Sender(
            sender.user_id,
            sender.name or name,
            sender.proven_phone,
            sender.proven_email,
            sender.proven_subject,
        )

    def post_message(self, conversation: str, body: dict[str, Any]) -> bool:
        client_id = _client_id(body.get("id"))
        text, option = body.get("text"), body.get("option")
        if option is not None:
            if text is not None or not isinstance(option, str) or not 0 < len(option) <= MAX_OPTION:
                raise HTTPException(422, "option harus berupa teks, tanpa text.")
            return self._receive(conversation, client_id, "option", "", {"value": option})
        if not isinstance(text, str):
            raise HTTPException(422, "Isi text atau option.")
        if len(text) > MAX_TEXT:
            raise HTTPException(413, TOO_LONG)
        if not text.replace("\0", "").strip():
            raise HTTPException(422, EMPTY)
        return self._receive(conversation, client_id, "text", text, {})

    def post_file(self, conversation: str, client_id: str, name: str, caption: str, content: bytes) -> bool:
        mime = sniff(content)
        if mime is None:
            raise HTTPException(415, WRONG_KIND)
        kept = self._files.keep(content, name, mime)
        payload = {"path": kept.path, "name": kept.name, "mime": kept.mime, "size": kept.size}
        # If this fails the file stays: the message may be committed all the same.
        new = self._receive(conversation, client_id, "file", caption, payload)
        if not new:
            self._files.discard(kept)
        return new

    def _receive(
        self, conversation: str, client_id: str, kind: str, text: str, payload: dict[str, Any]
    ) -> bool:
        return self._chat.receive(
            IncomingMessage(
                channel="web",
                # Ids are the client's own: unique within its conversation only.
                platform_id=f"{conversation}:{client_id}",
                chat_id=conversation,
                sender=Sender(f"session:{conversation}"),
                kind=kind,
                text=text,
                sent_at=datetime.now(UTC),
                payload=payload,
            )
        )

    # -- reading

    def _state(self, conversation: str, after: int) -> dict[str, Any]:
        messages = self._chat.messages(conversation, after)
        for message in messages:
            attachment = message.get("attachment")
            if attachment and str(attachment.get("url", "")).startswith(f"{_PREFIX}/files/"):
                link = self._tokens.file(conversation, message["seq"])
                message["attachment"] = {**attachment, "url": f"{attachment['url']}?sig={link}"}
        return {"messages": messages, "typing": self._chat.is_typing(conversation)}

    async def poll(self, conversation: str, after: int, wait: float) -> dict[str, Any]:
        """What is new after a place; waits for it at most so long."""
        deadline = time.monotonic() + wait
        with _Changes(self._chat, conversation) as changes:
            while True:
                state = await run_in_threadpool(self._state, conversation, after)
                left = deadline - time.monotonic()
                if state["messages"] or left <= 0:
                    return state
                await changes.wait(min(left, _LOOK_EVERY))

    async def stream(self, conversation: str, after: int) -> AsyncIterator[ServerSentEvent]:
        """The state at first, and then at each change."""
        typing: bool | None = None
        with _Changes(self._chat, conversation) as changes:
            while True:
                state = await run_in_threadpool(self._state, conversation, after)
                if state["messages"] or state["typing"] != typing:
                    typing = state["typing"]
                    after = max([after, *(message["seq"] for message in state["messages"])])
                    yield ServerSentEvent(json.dumps(state, ensure_ascii=False), id=str(after))
                await changes.wait(_LOOK_EVERY)

    def file(self, request: Request, seq: int, link: str | None) -> Response:
        if link is None:
            place = (self.conversation(request), seq)
        else:
            try:
                place = self._tokens.file_place(link)
            except BadToken as error:
                raise HTTPException(403, "Tautan berkas ini sudah tidak berlaku.") from error
        kept = self._chat.attachment(*place) if place[1] == seq and 0 <= seq <= _MAX_SEQ else None
        path = self._files.find(str(kept["path"])) if kept and kept.get("path") else None
        if kept is None or path is None:
            raise HTTPException(404, "Berkasnya tidak ditemukan.")
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "Cache-Control": "private, max-age=3600",
        }
        return FileResponse(
            path,
            media_type=str(kept["mime"]),
            filename=str(kept["name"]),
            content_disposition_type="inline",
            headers=headers,
        )


class _Changes:
    """Waits for the conversation to change, told from any thread."""

    def __init__(self, chat: WebChat, conversation: str) -> None:
        self._chat = chat
        self._conversation = conversation
        self._event = asyncio.Event()

    def __enter__(self) -> _Changes:
        loop = asyncio.get_running_loop()

        def changed() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._event.set)

        self._end = self._chat.subscribe(self._conversation, changed)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        self._event.clear()


# -- requests


def _knock(limit: RateLimit, key: str) -> None:
    if wait := limit.wait(key):
        raise HTTPException(429, TOO_MANY, {"Retry-After": str(int(wait) + 1)})


def _client_id(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID:
        raise HTTPException(422, f"id harus berupa teks, 1 sampai {MAX_ID} huruf.")
    return value


async def _json(request: Request) -> dict[str, Any]:
    """The body as an object. Read here, since a lone surrogate in it would break a validator's own answer."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MAX_BODY:
            raise HTTPException(413, TOO_LONG)
    if not content:
        return {}
    try:
        body = json.loads(bytes(content))
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, BAD_REQUEST) from error
    if not isinstance(body, dict):
        raise HTTPException(422, BAD_REQUEST)
    return body


async def _upload(request: Request) -> tuple[str, str, str, bytes]:
    """(id, name, caption, content) of a multipart upload, refused before it is read where it is too large."""
    stated = request.headers.get("content-length", "")
    if not (stated.isascii() and stated.isdigit()):
        raise HTTPException(411, BAD_REQUEST)
    if int(stated[:20]) > MAX_BYTES + 64 * 1024:
        raise HTTPException(413, TOO_LARGE)
    try:
        async with request.form(max_files=1, max_fields=8) as form:
            client_id = _client_id(form.get("id"))
            caption = form.get("text") or ""
            files = [value for value in form.values() if isinstance(value, UploadFile)]
            if not files or not isinstance(caption, str) or len(caption) > MAX_TEXT:
                raise HTTPException(422, "Sertakan satu berkas.")
            content = await files[0].read()
            name = files[0].filename or ""
    except (MultiPartException, KeyError, ValueError) as error:
        raise HTTPException(400, BAD_REQUEST) from error
    if len(content) > MAX_BYTES:
        raise HTTPException(413, TOO_LARGE)
    return client_id, name, caption, content


def _body(**fields: str) -> dict[str, Any]:
    """OpenAPI of a JSON body that is read by hand."""
    properties = {name: {"type": kind} for name, kind in fields.items()}
    schema = {"type": "object", "properties": properties}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}
