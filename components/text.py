"""A message as typed, made safe without moving a character, and cut into words and clauses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from components.bahasa.normal import normal_form

# A turn may join several bubbles; beyond this nobody writes by hand, and nothing more is learnt from it.
LONGEST: Final = 4000

# invisible inside words: zero-width marks, direction marks, soft hyphen, variation selectors
INVISIBLE: Final = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# every one of them becomes one blank, so that offsets stay
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_STRETCH = re.compile(r"(\D)\1{2,}")
_WORD = re.compile(
    rf"https?://[^\s]{{1,200}}"
    rf"|[\w.+-]{{1,64}}@[\w-]{{1,64}}(?:\.[\w-]{{1,24}}){{1,4}}"
    rf"|\d{{1,20}}(?:[.,:/]\d{{1,12}}){{0,6}}(?:[²]|[A-Za-z]{{1,40}}\d{{0,20}})?"
    rf"|[\w{INVISIBLE}]{{1,60}}(?:[-'’][\w]{{1,60}}){{0,3}}[²\"]?(?!\w)"
    rf"|[\w{INVISIBLE}]{{1,60}}"
    rf"|[^\w\s]"
)
_CLAUSE = re.compile(
    r"[.!?;\n]+(?=\s|$)|\n+|,(?=\s)"
    r"|\s(?=(?:tapi|tp|tpi|trus|terus|trs|lalu|dan|udah gitu|sekalian|sama|cuma|padahal|pdhl|eh|mana|btw|oh iya|but|and)\s)",
    re.IGNORECASE,
)


def safe(text: str) -> str:
    """The same length, without control characters and lone surrogates."""
    return _UNSAFE.sub(" ", text)


def visible(word: str) -> str:
    return _INVISIBLE.sub("", word)


@lru_cache(maxsize=50_000)
def plain(word: str) -> str:
    """A word in small letters, without stretching and invisible marks; never empty."""
    return _STRETCH.sub(r"\1", visible(word).lower()) or word


@lru_cache(maxsize=50_000)
def normal(word: str) -> str:
    """The standard form of a word as typed; never empty."""
    form = plain(word)
    return (normal_form(form) if form.strip() else "") or form


def words(text: str) -> list[tuple[str, int]]:
    """Words, numbers, addresses and single marks, each with its offset."""
    return [(match.group(), match.start()) for match in _WORD.finditer(text)]


def clauses(text: str) -> list[tuple[int, int]]:
    """Stretches of text that may each raise a matter of their own."""
    spans, start = [], 0
    for match in _CLAUSE.finditer(text):
        if match.end() > start and text[start : match.start()].strip():
            spans.append((start, match.start()))
            start = match.end()
    if text[start:].strip():
        spans.append((start, len(text)))
    return spans
