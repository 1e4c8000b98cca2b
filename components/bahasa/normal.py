"""The written form of a spoken word: slang, clippings, stretched and doubled words, digits for letters.

For features and matching, not for reading aloud: an ambiguous clipping gets its commonest meaning.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).parent / "data" / "slang.txt"
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_STRETCH = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"([^\W\d_]{2,24})(?:[2²\"”]|-([^\W\d_]{2,24}))([^\W\d_]{0,4})")
_LEET: Final = str.maketrans("0134578@", "oieastba")
_LEET_WORD = re.compile(r"(?=.{2,16}$)[a-z]+[0134578@][a-z@0134578]*|[134578@0][a-z]{2,}[a-z0134578@]*")
_UNITS = re.compile(r"\d+[a-z]+")
_WORD = re.compile(r"\w[\w'’²@-]{0,60}[\w²\"]?|\w")
_ENDINGS: Final = ("nya", "kah", "lah", "ku", "mu", "in", "an", "tah", "pun")
LONGEST: Final = 40  # letters; beyond this it is no word


@lru_cache(maxsize=1)
def lexicon() -> dict[str, str]:
    """typed form -> standard form; a form ending in "_" in the file is a sense that its word rarely has"""
    forms: dict[str, str] = {}
    for line in _FILE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            standard, _, typed = line.partition(": ")
            for form in typed.split():
                if not form.endswith("_"):
                    forms.setdefault(form.replace("_", ""), standard)
    return forms


@lru_cache(maxsize=1)
def standard_words() -> frozenset[str]:
    return frozenset(word for standard in lexicon().values() for word in standard.split())


@lru_cache(maxsize=20_000)
def normal_form(token: str) -> str:
    """One typed word in its standard form, in small letters; what is unknown stays as it is.

    lamaaaa -> lama, cepet2 -> cepat-cepat, g4k -> tidak, refundnya -> pengembalian dana, 643rb -> 643rb.
    """
    word = _INVISIBLE.sub("", token[: LONGEST * 2]).lower().replace("’", "'")
    if not word or len(word) > LONGEST or not any(mark.isalpha() for mark in word):
        return word
    forms = lexicon()
    if word in forms:
        return forms[word]
    known = standard_words()
    if word in known:
        return word
    squeezed = _squeeze(word, forms, known)
    if squeezed is not None:
        return squeezed
    word = _STRETCH.sub(r"\1", word)
    doubled = _DOUBLED.fullmatch(word)
    if doubled and (doubled[2] is None or doubled[2] == doubled[1]):
        base = normal_form(doubled[1])
        return f"{base}-{base}" + doubled[3] if " " not in base else base
    if _LEET_WORD.fullmatch(word) and not _UNITS.fullmatch(word):
        plain = word.translate(_LEET)
        if plain in forms or plain in known:
            return forms.get(plain, plain)
    return _without_ending(word, forms)


def _squeeze(word: str, forms: dict[str, str], known: frozenset[str]) -> str | None:
    """Letters stretched for emphasis, cut to two and then to one: maaaf -> maaf, lamaaa -> lama."""
    if not _STRETCH.search(word) and not re.search(r"([a-z])\1", word):
        return None
    for short in (_STRETCH.sub(r"\1\1", word), _STRETCH.sub(r"\1", word), re.sub(r"(.)\1+", r"\1", word)):
        if short in known:
            return short
        if short in forms:
            return forms[short]
    return None


def _without_ending(word: str, forms: dict[str, str]) -> str:
    for ending in _ENDINGS:
        stem = word[: -len(ending)]
        if (
            word.endswith(ending)
            and len(stem) >= 3
            and stem in forms
            and ending in ("nya", "kah", "lah", "ku", "mu")
        ):
            standard = forms[stem]
            return standard if " " in standard else standard + ending
    return word


def normalise_text(text: str) -> str:
    """Every word of a text in its standard form; marks, blanks and numbers between words stay."""
    return _WORD.sub(lambda match: normal_form(match.group()), text)
