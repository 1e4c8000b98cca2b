"""Trained pieces on disk: a folder of arrays and JSON with a manifest of checksums, checked before any use."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

MANIFEST: Final = "manifest.json"


class DamagedModel(Exception):
    """A trained piece is missing or is not what was saved."""


class Pieces(Mapping[str, bytes]):
    """Files by name. Only names that the manifest holds exist, and only with the bytes it vouches for."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        if MANIFEST not in files:
            raise DamagedModel(f"{MANIFEST} is missing")
        try:
            sums = json.loads(files[MANIFEST])
        except ValueError as error:
            raise DamagedModel(f"{MANIFEST} is not JSON") from error
        if not isinstance(sums, dict):
            raise DamagedModel(f"{MANIFEST} holds no checksums")
        self._files: dict[str, bytes] = {}
        for name, expected in sums.items():
            if name not in files:
                raise DamagedModel(f"{name} is missing")
            if hashlib.sha256(files[name]).hexdigest() != expected:
                raise DamagedModel(f"{name} does not match its checksum")
            self._files[name] = files[name]

    def __getitem__(self, name: str) -> bytes:
        return self._files[name]

    def __iter__(self) -> Any:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def json(self, name: str) -> Any:
        return json.loads(self[name])

    def arrays(self, name: str) -> dict[str, Any]:
        with np.load(io.BytesIO(self[name]), allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}


def packed(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    (folder / MANIFEST).write_bytes(as_json(sums))


def read(folder: Path) -> Pieces:
    if not folder.is_dir():
        raise DamagedModel(f"{folder} is missing")
    return Pieces({path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()})


def newest(models: Path) -> Path | None:
    """The archive that `rasa run` would take."""
    archives = [path for path in models.glob("*.tar.gz") if path.is_file()]
    return max(archives, key=lambda path: (path.stat().st_mtime, path.name), default=None)


def resources(archive: Path, kinds: tuple[str, ...]) -> dict[str, Pieces]:
    """The pieces of the named components in a Rasa model archive, without unpacking it to disk."""
    found: dict[str, dict[str, bytes]] = {}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                parts = member.name.split("/")
                kind = next(
                    (k for k in kinds if len(parts) > 1 and parts[-2].rpartition(".")[2].startswith(k)), None
                )
                if kind is None or not member.isfile():
                    continue
                handle = tar.extractfile(member)
                if handle is not None:
                    found.setdefault(kind, {})[parts[-1]] = handle.read()
    except (OSError, tarfile.TarError, EOFError) as error:
        raise DamagedModel(f"{archive.name} cannot be read: {error}") from error
    missing = [kind for kind in kinds if kind not in found]
    if missing:
        raise DamagedModel(f"{archive.name} holds no {', '.join(missing)}; train again")
    return {kind: Pieces(files) for kind, files in found.items()}
