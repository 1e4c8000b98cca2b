"""Pieces that the rules' expressions are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable

from . import numbers
from .dates import MONTHS, WEEKDAYS
from .times import PARTS, UNITS


def any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


_SMALL_NUMBERS = sorted(
    numbers.NUMBER_WORDS - set(numbers.SCALES) - set(numbers.ONE_SCALES)
    - {"one", "ten", "an", "site", "due", "dau", "pat",  "atu", "asa", "kosong", "tuju", "esa", "sak", "sitok"}
)  # fmt: skip
N = rf"(?:{any_of(_SMALL_NUMBERS)})"
NUMBER = rf"{N}(?:[ -]{{1,2}}{N}){{0,8}}"
SCALE = rf"(?:{any_of(set(numbers.SCALES) - {'ceng', 'rib', 'jut'})})"
UNIT = rf"(?:{any_of(set(UNITS) - {'m', 'h', 'bl', 'mg', 'mt', 'ari', 'min', 'sec', 'poe harian', 'hr1', 'jm', 'mins'} | {'poe', 'jm'})})"
MONTH = rf"(?:{any_of(MONTHS)})"
WEEKDAY = rf"(?:{any_of(set(WEEKDAYS) - {'sen', 'sun', 'sat', 'mon', 'wed', 'tue', 'fri', 'sls', 'sing', 'setu', 'thu', 'rebu', 'mgg', 'minggon', 'akad', 'snn', 'kemes', 'rebu1', 'rebu2'})})"
YESTERDAY = r"(?:kemarin|kemaren|kmrn|kmren|kmrin|kmaren|kmarin|kemarn|kamari|wingi|yesterday)"
PART = rf"(?:{any_of(set(PARTS) - {'pg', 'isuk', 'esuk', 'am', 'pm', 'sing', 'awan', 'noon', 'afternoon', 'morning', 'night', 'fajar', 'enjing', 'subuh'})}|subuh|dini hari)"
HALF = r"(?:setengah|stengah|stgh|setgh|setengh|satengah)"
B = r"(?<![\w.,:/-])"  # nothing of a longer number or word before
E = r"(?![\w])"
