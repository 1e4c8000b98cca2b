"""Names of banks, ways to pay, carriers and places, as customers write them, from the tables in data/."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "data"
TABLES: Final = {
    "bank": "banks.txt",
    "payment_method": "methods.txt",
    "carrier": "carriers.txt",
    "place": "places.txt",
}
LONGEST: Final = 5  # words of the longest name
_PART = re.compile(r"\w+")


def parts(text: str) -> tuple[str, ...]:
    """The words of a name, whatever stands between them: m-banking and m banking are one."""
    return tuple(_PART.findall(text.lower()))


@cache
def table(entity: str) -> dict[tuple[str, ...], tuple[str, str]]:
    """words -> (value, "?" where the words mostly mean something else, "!" where rules leave them alone)"""
    names: dict[tuple[str, ...], tuple[str, str]] = {}
    for line in (FOLDER / TABLES[entity]).read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        value, _, aliases = line.partition(": ")
        for alias in aliases.split(","):
            mark = alias.rstrip()[-1:]
            names.setdefault(parts(alias), (value, mark if mark in "?!" else ""))
        if entity != "payment_method":
            names.setdefault(parts(value), (value, "!"))
    names.pop((), None)
    return names


@cache
def starts() -> dict[str, tuple[tuple[str, tuple[str, ...], str, bool], ...]]:
    """first word -> every (entity, words, value, doubtful) that begins with it, longest first"""
    found: dict[str, list[tuple[str, tuple[str, ...], str, bool]]] = {}
    for entity in TABLES:
        for words, (value, mark) in table(entity).items():
            if mark == "!":
                continue
            found.setdefault(words[0], []).append((entity, words, value, mark == "?"))
    return {word: tuple(sorted(names, key=lambda name: -len(name[1]))) for word, names in found.items()}


def lookup(entity: str, text: str) -> str | None:
    """The value of a name; head words before it and joined or split spelling do not matter."""
    names = table(entity)
    words = parts(text)[:12]
    while words:
        found = names.get(words) or names.get(("".join(words),))
        if found:
            return found[0]
        if words[0] not in HEADS[entity]:
            break
        words = words[1:]
    return None


HEADS: Final[dict[str, frozenset[str]]] = {
    "bank": frozenset(["bank", "rekening", "rek", "norek", "pt"]),
    "payment_method": frozenset(["pakai", "pake", "via", "lewat", "app", "aplikasi", "mesin", "gerai", "di"]),
    "carrier": frozenset(["maskapai", "pt", "po", "kapal", "bus", "bis", "kereta", "pesawat", "ka"]),
    "place": frozenset(
        [
            "bandara",
            "bandar",
            "udara",
            "stasiun",
            "st",
            "sta",
            "kota",
            "kab",
            "kabupaten",
            "pulau",
            "pelabuhan",
            "terminal",
            "airport",
            "di",
            "ke",
        ]
    ),
}
