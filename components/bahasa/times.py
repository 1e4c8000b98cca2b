"""Times of day and lengths of time as Indonesians write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from .dates import around, direction, local
from .numbers import words_to_int, written_number

ZONES: Final = {"wib": "+07:00", "wita": "+08:00", "wit": "+09:00"}
# part of the day -> (first, last) hour that it covers
PARTS: Final[dict[str, str]] = {
    name: part
    for part, names in {
        "pagi": "pagi pg pagii pgi am isuk esuk enjing subuh sbh shubuh fajar morning janari dinihari pagi2 injing",
        "siang": "siang siank sing awan beurang siang2 noon",
        "sore": "sore sorean petang maghrib magrib afternoon pm ashar sonten soree",
        "malam": "malam malem mlm mlem mlam bengi peuting malming night malam2 dalu",
    }.items()
    for name in names.split()
}
_HALF: Final = frozenset(
    ["setengah", "stengah", "stgh", "setgh", "setengh", "stngh", "1/2", "half", "satengah"]
)
_CLOCK = re.compile(r"(\d{1,2})[.:,;](\d{2})(?![.,:]?\d)")
_MILITARY = re.compile(r"([01]\d|2[0-3])([0-5]\d)")
_TOKEN = re.compile(r"\d{1,2}[.:,;]\d{2}|\d{1,4}|[^\W\d_]+")
_PART_NAMES = "|".join(sorted(PARTS, key=len, reverse=True))
_PART_BEFORE = re.compile(
    rf"\b(?P<part>{_PART_NAMES})(?: (?:ini|tadi|td|nanti|ntar|kemarin|kmrn|besok|jam|jm|pukul|pkl|pk|sekitar|di|yang|yg|dari|dr)\b){{0,4}}[ .]{{1,2}}$"
)
_PART_AFTER = re.compile(
    rf" ?(?:an )?(?:(?:tadi|td|nanti|ntar|besok|kemarin|kmrn|hari|di) )?(?P<part>{_PART_NAMES})\b"
)
_HEAD: Final = frozenset(
    ["jam", "jm", "pukul", "pkl", "pk", "sekitar", "skitar", "kira", "kira2", "at", "jam2"]
)
_SKIP: Final = frozenset(
    ["jam", "pukul", "waktu", "hari", "dini", "tadi", "td", "an", "nan", "teng", "pas", "in", "the", "lebih"]
)


def parse_time(
    text: str, sent_at: datetime, zone: str = "Asia/Jakarta", context: str = "", at: int | None = None
) -> str | None:
    """HH:MM, with an offset only where WIB, WITA or WIT is written; None where no time of day is told.

    "Setengah tiga" is half an hour before three. Where an hour from 1 to 12 says neither pagi nor malam: a part
    of the day right beside it decides (besok pagi jam 7, jam 8 tadi malam); else, near a cue for past or future (see dates.direction),
    the reading nearest to the message's own time on that side; else the one by day, 06:00 to 17:59. Jam 12 alone is noon. Hours written
    with minutes in digits (7.30) are read as on a 24-hour clock unless a part of the day is said.
    """
    words: list[str] = _TOKEN.findall(" ".join(text.lower().split())[:80])
    offset = ""
    for word in words:
        offset = ZONES.get(word, offset)
    part = _part(words)
    pm = "pm" in words
    words = [word for word in words if word not in ZONES and word not in PARTS and word not in _HEAD]
    words = [word for word in words if word not in _SKIP]
    if not words:
        return "12:00" + offset if text.lower().strip() in ("noon", "tengah hari") else None
    moment = _clock(words)
    if moment is None:
        return None
    hour, minute, exact = moment
    if part:
        hour = _in_part(hour, minute, "malam" if pm and hour > 5 else part, pm)
    elif (not exact and 1 <= hour <= 12) or (hour == 0 and minute == 30 and words[0] in _HALF):
        hour = _likely(hour, minute, local(sent_at, zone), *around(text, context, at))
    return f"{hour % 24:02d}:{minute:02d}{offset}"


def _part(words: list[str]) -> str | None:
    for word in words:
        if word in PARTS and not (word == "pm" or word == "am"):
            return PARTS[word]
    for word in words:
        if word in PARTS:
            return PARTS[word]
    return "pagi" if "dini" in words else None


def _clock(words: list[str]) -> tuple[int, int, bool] | None:
    """hour, minute, and whether it is written as on a 24-hour clock"""
    clock = _CLOCK.fullmatch(words[0])
    if clock:
        hour, minute = int(clock[1]), int(clock[2])
        return (hour % 24, minute, True) if hour <= 24 and minute < 60 and (hour < 24 or not minute) else None
    military = _MILITARY.fullmatch(words[0])
    if military and len(words) == 1:
        return int(military[1]), int(military[2]), True
    half = words[0] in _HALF
    if half:
        words = words[1:]
    minus = next((index for index, word in enumerate(words) if word in ("kurang", "krg", "kirang")), None)
    plus = next(
        (
            index
            for index, word in enumerate(words)
            if word in ("lewat", "lebih", "lwt", "liwat", "langkung", "past")
        ),
        None,
    )
    split = minus if minus is not None else plus
    minute_words = [
        word for word in (words[split + 1 :] if split is not None else []) if word not in ("menit", "mnt")
    ]
    hour_words = words[:split] if split is not None else words
    extra: int | None = 0  # minutes past or before
    if not minute_words and split is None and hour_words[-1:] == ["seperempat"]:
        hour_words, extra = hour_words[:-1], 15
    elif (
        not minute_words
        and split is None
        and len(hour_words) == 2
        and all(word.isdigit() for word in hour_words)
    ):
        extra, hour_words = int(hour_words[1]), hour_words[:1]  # 7 30
    elif not minute_words and split is None and hour_words[-1:] and hour_words[-1] in _HALF:
        hour_words, extra = hour_words[:-1], 30
    elif minute_words:
        quarter = minute_words[0] in ("seperempat", "seprapat", "quarter", "prapat")
        extra = 15 if quarter else 30 if minute_words[0] in _HALF else words_to_int(minute_words)
    told = words_to_int(hour_words) if hour_words else None
    if told is None or extra is None or not 0 <= told <= 24 or not 0 <= extra < 60:
        return None
    minutes = told * 60 + (-extra if minus is not None else extra) - (30 if half else 0)
    wide = (
        told > 12
        or told == 0
        or (len(hour_words) == 1 and len(hour_words[0]) == 2 and hour_words[0][0] == "0")
    )
    minutes %= 24 * 60
    return minutes // 60, minutes % 60, wide


def _in_part(hour: int, minute: int, part: str, pm: bool) -> int:
    if hour > 12:
        return hour
    base = hour % 12
    if part == "pagi":
        return base
    if part == "siang":
        return base if base in (8, 9, 10, 11) else base + 12
    if part == "sore" or pm:
        return base + 12
    # malam: from five in the afternoon on; 1 malam and setengah 1 malam lie after midnight
    return base + 12 if base >= 5 else base


def _likely(hour: int, minute: int, now: datetime, before: str, after: str) -> int:
    found = _PART_BEFORE.search(before) or _PART_AFTER.match(after)
    if found:
        return _in_part(hour, minute, PARTS[found["part"]], found["part"] == "pm") % 24
    if hour == 12:
        return 12
    early, late = hour % 12, hour % 12 + 12
    sign = direction(before, after)
    if sign:
        sent = now.hour * 60 + now.minute
        gaps = {choice: (sign * (choice * 60 + minute - sent)) % 1440 for choice in (early, late)}
        return min(gaps, key=lambda choice: gaps[choice])
    return early if early >= 6 else late


UNITS: Final[dict[str, str]] = {
    name: unit
    for unit, names in {
        "s": "detik dtk second seconds sec secs detikan",
        "m": "menit mnt mnit minute minutes min mins menitan menet mt mnt2",
        "h": "jam jm hour hours hr1 jaman hours hrs jam2an",
        "D": "hari hr hri day days dino dinten poe harian dina ari",
        "W": "minggu mgg mggu week weeks pekan mingguan mingg minngu mg",
        "M": "bulan bln month months wulan buleun bulanan sasih buln bulann bl",
        "Y": "tahun thn th taun year years yrs tahunan taon",
    }.items()
    for name in names.split()
}
_ONE = re.compile(
    r"(?:se|sa|s|sak)(detik|menit|mnt|jam|hari|minggu|pekan|bulan|bln|wulan|tahun|taun|thn|dino|dinten|jaman|harian|mingguan|bulanan|tahunan|poe|mggu|dina)(?:an)?"
)
_SINCE = re.compile(r"(?:dari|dr|sejak|sjk|ti|ket|since|drpd|mulai|awit|kawit|kit)\s+(\w+)")
_YESTERDAY: Final = frozenset(
    [
        "kemarin",
        "kemaren",
        "kmrn",
        "kmren",
        "kmrin",
        "kmaren",
        "kmarin",
        "kamari",
        "wingi",
        "yesterday",
        "kemarin2",
        "kemaren2",
        "kamaren",
        "kemarn",
        "kemren",
    ]
)
_PIECE = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?|[^\W\d_]+")


def parse_duration(text: str) -> str | None:
    """ISO 8601, in the unit that was written: 3 jam PT3H, seminggu P1W, 14 hari kerja P14D.

    3x24 jam is PT72H. Of a range the longer end counts (7-14 hari: P14D). "Dari kemarin" is P1D. Parts of a unit
    go into the next smaller one: 1,5 jam PT1H30M, setengah hari PT12H, setengah bulan P15D, 1,5 tahun P18M.
    """
    text = " ".join(text.lower().replace("½", "setengah ").split())[:80]
    since = _SINCE.match(text)
    if since:
        return "P1D" if since[1] in _YESTERDAY else parse_duration(text[since.start(1) :])
    days = re.search(r"(\d{1,3}|[a-z]{2,9})\s?[x×*]\s?24", text)
    if days:
        count = words_to_int([days[1]])
        return f"PT{count * 24}H" if count else None
    text = re.sub(r"\d{1,3}\s?(?:-|–|sd|s/d|sampai|sampe|ampe|to|hingga)\s?(?=\d)", "", text)
    total: dict[str, Fraction] = {}
    number: Fraction | None = None
    words: list[str] = []
    last = ""
    for piece in _PIECE.findall(text):
        if piece[0].isdigit():
            number = written_number(piece)
        elif piece in UNITS:
            unit = UNITS[piece]
            if words:
                worded = words_to_int(words)
                if worded is None:
                    return None
                number = (number or 0) + Fraction(worded)
            if number is None or unit in total:
                return None
            total[unit], number, words, last = number, None, [], unit
        elif (one := _ONE.fullmatch(piece)) is not None:
            last = UNITS[one[1]]
            total[last] = Fraction(1)
        elif piece in _HALF or piece in ("separo", "separuh"):
            if words:
                worded = words_to_int(words)
                number, words = (Fraction(worded) if worded is not None else None), []
            if total and number is None:  # satu jam setengah
                total[last] += Fraction(1, 2)
            else:
                number = (number or 0) + Fraction(1, 2)
        elif piece in ("seperempat", "seprapat"):
            if total:
                total[last] += Fraction(1, 4)
            else:
                number = Fraction(1, 4)
        elif piece in _SKIPPED:
            continue
        else:
            words.append(piece)
    if not total or words:
        return None
    return _iso(total)


_SKIPPED: Final = frozenset(
    [
        "kerja",
        "lebih",
        "lagi",
        "lg",
        "lalu",
        "yang",
        "yg",
        "lamanya",
        "selama",
        "sekitar",
        "kurang",
        "dan",
        "an",
        "kalender",
        "working",
        "business",
        "full",
        "penuh",
        "nan",
        "hampir",
        "ampir",
        "hours2",
        "ini",
        "dalam",
        "berturut",
        "turut",
        "x",
    ]
)


def _iso(total: dict[str, Fraction]) -> str | None:
    smaller = {"Y": ("M", 12), "M": ("D", 30), "W": ("D", 7), "D": ("h", 24), "h": ("m", 60), "m": ("s", 60)}
    for unit in "YMWDhm":
        count = total.get(unit, Fraction(0))
        rest = count - count // 1
        if rest:
            below, size = smaller[unit]
            total[unit] = Fraction(count // 1)
            total[below] = total.get(below, Fraction(0)) + rest * size
            if below == "D" and unit != "W":
                total["D"] = Fraction(round(total["D"]))
    if total.get("W") and len([unit for unit in total if total[unit]]) > 1:  # ISO weeks stand alone
        total["D"] = total.get("D", Fraction(0)) + total.pop("W") * 7
    counts = {unit: int(count) for unit, count in total.items() if int(count)}
    if not counts:
        return None
    days = "".join(f"{counts[unit]}{unit}" for unit in "YMWD" if unit in counts)
    clock = "".join(f"{counts[unit]}{unit.upper()}" for unit in "hms" if unit in counts)
    return f"P{days}{'T' if clock else ''}{clock}"


def seconds(iso: str) -> int | None:
    """The length of an ISO duration, months counted as 30 days and years as 365."""
    match = re.fullmatch(
        r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", iso
    )
    if match is None:
        return None
    years, months, weeks, days, hours, minutes, rest = (int(group or 0) for group in match.groups())
    whole = timedelta(
        days=years * 365 + months * 30 + weeks * 7 + days, hours=hours, minutes=minutes, seconds=rest
    )
    return int(whole.total_seconds())
