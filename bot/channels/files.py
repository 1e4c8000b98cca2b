"""Files that customers send: known by content, kept under random names, never run or shown as HTML."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import filetype  # type: ignore[import-untyped]

MAX_BYTES = 8 * 1024 * 1024
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
}
_NAME = re.compile(r"[^\w .()-]+")


@dataclass(frozen=True, slots=True)
class KeptFile:
    path: str  # relative to the folder
    name: str
    mime: str
    size: int


def sniff(content: bytes) -> str | None:
    """The accepted type the content really has; names and stated types are not believed."""
    kind = filetype.guess(content)
    return kind.mime if kind is not None and kind.mime in SUFFIXES else None


class Files:
    """The folder that holds them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: bytes, name: str, mime: str) -> KeptFile:
        """Write a file so that it is whole and on disk before its message is stored."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = f"{secrets.token_hex(16)}{SUFFIXES[mime]}"
        with (self.folder / path).open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return KeptFile(path, shown_name(name, mime), mime, len(content))

    def discard(self, kept: KeptFile) -> None:
        (self.folder / kept.path).unlink(missing_ok=True)

    def find(self, path: str) -> Path | None:
        """The file of that name, and nothing outside the folder."""
        folder = self.folder.resolve()
        found = (folder / path).resolve()
        return found if found.is_relative_to(folder) and found.is_file() else None


def shown_name(name: str, mime: str) -> str:
    """A harmless name to show, with the suffix of what the file is."""
    stem = _NAME.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).rsplit(".", 1)[0].strip(" ._")
    return (stem[:80] or "berkas") + SUFFIXES[mime]
