"""The start page and the customer's chat page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, JSONResponse

from bot.web.format import size
from bot.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Link:
    """A card of the start page."""

    href: str
    title: str
    text: str


CHAT = Link("/chat", "Chat pelanggan", "Halaman chat seperti yang dilihat pelanggan.")
DESK = Link("/desk", "Meja petugas", "Percakapan yang menunggu orang, lengkap dengan fakta kasusnya.")
OPS = Link("/ops", "Operasi", "Cari booking, jalankan kejadian, lihat kesehatan sistem.")
API_DOCS = Link("/api/docs", "Dokumentasi API", "Kontrak OpenAPI untuk pengembang.")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A customer of the demo company whom a visitor may play; `identity` is a signed web identity."""

    id: str
    name: str
    story: str
    identity: str


def start_router(pages: Pages, links: Sequence[Link] = (CHAT, DESK, OPS, API_DOCS)) -> APIRouter:
    """`/`: links what works, and nothing else."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def start() -> HTMLResponse:
        return pages.page("start.html", links=links)

    return router


def chat_router(
    pages: Pages,
    *,
    max_file_bytes: int = 8 * 1024 * 1024,
    demo_people: Callable[[], Sequence[DemoPerson]] | None = None,
) -> APIRouter:
    """`/chat`; with `demo_people` (the demo company alone) a visitor may choose who to be."""
    router = APIRouter(include_in_schema=False)

    @router.get("/chat")
    def chat() -> HTMLResponse:
        return pages.page(
            "chat.html",
            max_bytes=max_file_bytes,
            max_size=size(max_file_bytes),
            demo=demo_people is not None,
        )

    @router.get("/chat/demo-identities")
    def identities() -> JSONResponse:
        if demo_people is None:
            raise HTTPException(404)
        people = [asdict(person) for person in demo_people()]
        return JSONResponse({"people": people}, headers={"Cache-Control": "no-store"})

    return router
