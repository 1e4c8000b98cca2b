"""Dates as Indonesians write them, reckoned from the moment and zone of the message."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from .numbers import words_to_int

WIB: Final = timezone(timedelta(hours=7))

MONTHS: Final[dict[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january januri jnuari",
            "februari feb pebruari februry february febuari peb febr",
            "maret mar mrt march mret",
            "april apr apri aprl",
            "mei may meii me1",
            "juni jun june jni",
            "juli jul july jly",
            "agustus agu agt ags agst aug august agus agustos agustuss",
            "september sep sept septmber septemer",
            "oktober okt oct october oktobr",
            "november nov nop nopember novembr",
            "desember des dec december dsmbr desembr",
        ),
        1,
    )
    for name in names.split()
}
WEEKDAYS: Final[dict[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "senin snin senen sen monday mon senén snn",
            "selasa salasa slasa sls tuesday tue seloso",
            "rabu rebo rbu rebu1 wednesday wed rebu2",
            "kamis kemis kms thursday thu thurs kemes",
            "jumat jum'at jum’at jmt jumaah jemuah friday fri jum,at jumaat jumat",
            "sabtu sbtu saptu saturday sat setu sbt sabtu",
            "minggu ahad mggu mingu sunday sun minggon akad",
        )
    )
    for name in names.split()
}
OFFSETS: Final[dict[str, int]] = {
    name: days
    for days, names in (
        (0, "hari ini|hr ini|hri ini|hari ni|today|dinten ieu|dina iki|dino iki|poe ieu|tadi|td|tdi|barusan|barusn|"
            "tadi pagi|tadi siang|tadi sore|tadi subuh|nanti|ntr|ntar|nanti malam|ntar malem|nanti sore|nanti siang|"
            "malam ini|siang ini|sore ini|pagi ini|malem ini|tonight|saiki|skrg|sekarang|hariini|ari ini|hr ni|"
            "hari ne|harini"),
        (1, "besok|bsk|bsok|besuk|bsuk|esok|tomorrow|tmrw|isukan|sesuk|isuk|suk|bezok|besoknya|beso|mengko isuk|"
            "enjing|besokk|esuk|sisuk|baisuk"),
        (2, "lusa|besok lusa|lusanya|pageto|emben|suk emben|day after tomorrow|bsk lusa|lus|besoknya lagi"),
        (3, "tulat"),
        (-1, "kemarin|kemaren|kmrn|kmren|kmrin|kmaren|kmarin|kemarn|kemren|kemrin|wingi|kamari|yesterday|kamaren|"
             "kemarinnya|kemaren2|kemarin2|kapungkur|semalam|semalem|smlm|tadi malam|td malam|tadi malem|kemari|"
             "smalem|mau bengi|patang|kemarin malam|kemaren malem|last night"),
        (-2, "kemarin lusa|kemaren lusa|lusa kemarin|kemarin dulu|kemaren dulu|wingi uni|wingenane|mangkukna|"
             "selumbari|kmrn lusa|kmrn dulu|lusa kemaren|kemarin nya lagi|2 hari kemarin|day before yesterday"),
    )
    for name in names.split("|")
}  # fmt: skip
_NEXT: Final = frozenset(
    [
        "depan",
        "dpn",
        "dpan",
        "mendatang",
        "besok",
        "bsk",
        "next",
        "datang",
        "ngarep",
        "hareup",
        "besuk",
        "muka",
        "yad",
        "payun",
        "nanti",
        "ntar",
        "akan",
    ]
)
_LAST: Final = frozenset(
    [
        "lalu",
        "llu",
        "kemarin",
        "kemaren",
        "kmrn",
        "kmren",
        "last",
        "wingi",
        "kamari",
        "kmarin",
        "lewat",
        "kmrin",
        "kapungkur",
        "kmaren",
        "td",
        "tadi",
        "past",
    ]
)
_THIS: Final = frozenset(["ini", "this", "iki", "ieu", "sekarang", "nih"])
_HEAD: Final = frozenset(
    [
        "tgl",
        "tanggal",
        "tnggal",
        "tggl",
        "hari",
        "hr",
        "pada",
        "pd",
        "di",
        "untuk",
        "utk",
        "buat",
        "on",
        "the",
        "of",
        "ke",
        "dari",
        "dr",
        "sejak",
        "per",
        "sampai",
        "sampe",
        "tangal",
        "tgl2",
        "dina",
    ]
)
_TAIL: Final = frozenset(
    [
        "pagi",
        "siang",
        "sore",
        "malam",
        "malem",
        "subuh",
        "petang",
        "dini",
        "yg",
        "yang",
        "nya",
        "y",
        "pg",
        "a",
        "d",
        "ya",
        "kemarin2",
        "th",
        "nd",
        "rd",
        "st",
        "tahun",
        "thn",
    ]
)
_PAST_CUES: Final = re.compile(
    r"\b(?:udah|udh|sudah|sdh|dah|uda|sejak|dari|dr|td|tadi|kemarin|kemaren|kmrn|since|paid|bayar|dibayar|"
    r"tf|transfer|diajukan|ajuin|ngajuin|lapor|janji\w*|katanya|beli|pesan|pesen|booking|belum|blm|dibatalkan|"
    r"refund|hilang|ilang|chat|kirim|telat|delay|terbit|debet|kepotong|tagihan|was|waktu|pas|dijawab|dibalas|dibales|baru)\b"
)
_FUTURE_CUES: Final = re.compile(
    r"\b(?:berangkat\w*|mau|mo|pindah\w*|ganti|diganti|jadi|besok|nanti|ntar|akan|bakal|reschedule\w*|resched\w*|check|checkout|checkin|"
    r"checkin|cekin|terbang|keberangkatan|acara|nikah\w*|wisuda|ujian|flight|pulang|depan|will|to|ke|jadwal\w*|"
    r"undur|mundur\w*|majuin|paling|lambat|batas|deadline|tempo|gajian|sampai|sampe|expired|promo|bisa|pesawat|kereta|buat|untuk|utk|kanggo|sebelum|sblm|before|until)\b"
)
_RIGHT_LAST = re.compile(r" ?(?:yang |yg )?(?:lalu|llu|kemarin|kemaren|kmrn|kmren|wingi)\b")
_RIGHT_NEXT = re.compile(r" ?(?:yang |yg )?(?:depan|dpn|besok|mendatang|akan datang|nanti|ntar)\b")
_SHARED_MONTH = re.compile(
    r" ?(?:-|–|->|sampai|sampe|ampe|s/d|sd|hingga|ke|atau|dan|to|jadi|jd|menjadi|,|&)(?: tgl| tanggal| dengan)? ?"
    r"(?:3[01]|[12]\d|0?[1-9]) ?(?P<month>[a-z]{3,9})\b"
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})\s?([-/.])\s?(\d{1,2})(?:\s?[-/.]\s?(\d{4}|\d{2}))?")
_WORD = re.compile(r"\d{1,4}|[^\W\d_]+(?:['’][^\W\d_]+)?")


def zone_of(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except Exception:  # noqa: BLE001  unknown or malformed names raise half a dozen kinds; WIB is the company's
        return WIB


def local(sent_at: datetime, zone: str) -> datetime:
    """The moment on the company's clock; a naive one already is."""
    where = zone_of(zone)
    return sent_at.replace(tzinfo=where) if sent_at.tzinfo is None else sent_at.astimezone(where)


def around(text: str, context: str, at: int | None = None) -> tuple[str, str]:
    """What stands before and after a span in its message, in small letters; both empty where it is not found.

    Without its offset the first place counts where the text stands as whole words.
    """
    low = context.lower()
    if len(low) != len(context):
        low, at = context.lower(), None
    if at is None or low[at : at + len(text)] != text.lower():
        found = re.search(rf"(?<!\w){re.escape(text.lower())}(?!\w)", low)
        if found is None:
            return "", ""
        at = found.start()
    return low[max(0, at - 40) : at], low[at + len(text) : at + len(text) + 40]


def direction(before: str, after: str) -> int:
    """-1 where the nearest cue beside the span speaks of the past, 1 of the future, 0 where nothing tells.

    Cues up to 40 characters before the span and 25 after it count; of two, the one nearer to it. "Yang lalu" and
    "depan" right after the span settle it.
    """
    if _RIGHT_LAST.match(after):
        return -1
    if _RIGHT_NEXT.match(after):
        return 1
    best, found = 1000, 0
    for sign, cues in ((-1, _PAST_CUES), (1, _FUTURE_CUES)):
        for match in cues.finditer(before):
            if len(before) - match.end() < best:
                best, found = len(before) - match.end(), sign
        for match in cues.finditer(after[:25]):
            if match.start() + 8 < best:  # what follows says less
                best, found = match.start() + 8, sign
    return found


def parse_date(
    text: str, sent_at: datetime, zone: str = "Asia/Jakarta", context: str = "", at: int | None = None
) -> date | None:
    """The day meant, or None where the words name none ("minggu lalu" is a week, not a day).

    Day before month. A day or a day and month without more, and a weekday alone, may lie on either side: the
    nearest cue in the context decides ("sejak", "udah", "bayar": past; "berangkat", "pindah ke", "jatuh tempo":
    future; today counts as both). Without a cue a date is the nearest one and a weekday the coming one.
    A day before "sampai 7 Desember" shares that
    month. "Senin depan" is the next Monday after today, "rabu lalu" and "rabu kemarin" the last before today, "jumat
    ini" this week's.
    """
    try:
        return _parse(text, local(sent_at, zone).date(), *around(text, context, at))
    except (ValueError, OverflowError):
        return None


def _parse(text: str, today: date, before: str, after: str) -> date | None:
    sign = direction(before, after)
    shared = _SHARED_MONTH.match(after)
    month_beside = MONTHS.get(shared["month"], 0) if shared else 0
    text = " ".join(text.lower().replace("²", "2").split())[:60].strip(" .,!?;:()")
    if text in OFFSETS:
        return today + timedelta(OFFSETS[text])
    iso = _ISO.fullmatch(text)
    if iso:
        return date(int(iso[1]), int(iso[2]), int(iso[3]))
    for head in ("tanggal", "tgl", "tgl.", "hari"):
        text = text.removeprefix(head + " ")
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        day, month = int(numeric[1]), int(numeric[3])
        if numeric[4]:
            return date(_year(numeric[4]), month, day)
        return _near_month(day, month, today, sign)
    if text in OFFSETS:
        return today + timedelta(OFFSETS[text])
    words: list[str] = _WORD.findall(text)
    away = _days_away(words)
    if away is not None:
        return today + timedelta(away)
    while words and words[0] in _HEAD:
        words = words[1:]
    weekday = next((word for word in words if word in WEEKDAYS), None)
    if weekday and (beside := _RIGHT_LAST.match(after) or _RIGHT_NEXT.match(after)):
        words = [*words, "lalu" if beside.re is _RIGHT_LAST else "depan"]
    if weekday and not any(word in MONTHS or word.isdigit() for word in words):
        return _weekday(words, weekday, today, sign)
    words = [word for word in words if word not in WEEKDAYS or word in MONTHS]
    while words and words[-1] in _TAIL:
        words = words[:-1]
    for length in range(len(words), 0, -1):  # besok pagi, kemarin sore
        days = OFFSETS.get(" ".join(words[:length]))
        if days is not None:
            return today + timedelta(days) if all(word in _TAIL for word in words[length:]) else None
    return _written(words, today, sign, month_beside)


def _written(words: list[str], today: date, sign: int, month_beside: int) -> date | None:
    """5, 5 mei, 5 mei 2026, june 14, lima mei, 9 haribulan 8"""
    words = [
        word
        for word in words
        if word not in ("bulan", "bln", "haribulan", "tahun", "thn", "of", "th", "st", "nd", "rd", "the")
    ]
    month = next((MONTHS[word] for word in words if word in MONTHS), None)
    if month is None:
        if len(words) == 2 and all(word.isdigit() and len(word) < 3 for word in words):
            return _near_month(int(words[0]), int(words[1]), today, sign)
        day = words_to_int(words) if words else None
        if day is not None and month_beside:
            return _near_month(day, month_beside, today, sign)
        return None if day is None else _near_day(day, today, sign)
    where = next(index for index, word in enumerate(words) if word in MONTHS)
    before, after = words[:where], words[where + 1 :]
    if before:
        day = words_to_int(before)
        year = after[0] if after else ""
    else:  # June 14, 2026
        day = int(after[0]) if after and after[0].isdigit() and len(after[0]) < 3 else None
        year = after[1] if len(after) > 1 else ""
    if day is None or not 1 <= day <= 31:
        return None
    if year.isdigit() and len(year) in (2, 4):
        return date(_year(year), month, day)
    if "depan" in after:
        return _near_month(day, month, today, 1)
    return _near_month(day, month, today, sign)


def _days_away(words: list[str]) -> int | None:
    """5 hari lagi, dua minggu lagi, 3 hari yang lalu"""
    signs = {"lagi": 1, "lg": 1, "kedepan": 1, "lalu": -1, "llu": -1, "ago": -1}
    if len(words) < 3 or words[-1] not in signs:
        return None
    body = [word for word in words[:-1] if word not in ("yang", "yg", "y")]
    unit = {
        "hari": 1,
        "hr": 1,
        "days": 1,
        "day": 1,
        "minggu": 7,
        "mgg": 7,
        "weeks": 7,
        "week": 7,
        "pekan": 7,
    }.get(body[-1])
    count = words_to_int(body[:-1])
    return None if unit is None or count is None or count > 3660 else signs[words[-1]] * unit * count


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return 2000 + year if year <= 40 else 1900 + year


def _weekday(words: list[str], name: str, today: date, sign: int) -> date | None:
    if name in ("minggu", "mggu", "mingu") and words[0] != name:
        return None
    if name == "minggu" and len(words) > 1 and words[1] in _NEXT | _LAST | _THIS:
        return None  # minggu depan is a week, as annotators read it
    if name == "rebu" or len(words) > 5:
        return None
    ahead = (WEEKDAYS[name] - today.weekday()) % 7
    rest = set(words) - {name}
    week = bool(rest & {"minggu", "pekan", "week", "mgg"})
    if rest & _LAST:
        monday = today - timedelta(today.weekday() + 7)
        return monday + timedelta(WEEKDAYS[name]) if week else today - timedelta((-ahead) % 7 or 7)
    if rest & _NEXT:
        monday = today + timedelta(7 - today.weekday())
        return monday + timedelta(WEEKDAYS[name]) if week else today + timedelta(ahead or 7)
    if rest & _THIS:
        return today + timedelta(WEEKDAYS[name] - today.weekday())
    if sign < 0:
        return today - timedelta((-ahead) % 7)
    return today + timedelta(ahead)


def _choose(candidates: list[date], today: date, sign: int) -> date | None:
    if sign < 0:
        candidates = [day for day in candidates if day <= today] or candidates
    elif sign > 0:
        candidates = [day for day in candidates if day >= today] or candidates
    return min(candidates, key=lambda day: (abs((day - today).days), day), default=None)


def _near_day(day: int, today: date, sign: int) -> date | None:
    if not 1 <= day <= 31:
        return None
    candidates = []
    for step in (-2, -1, 0, 1, 2):
        year, month = divmod(today.year * 12 + today.month - 1 + step, 12)
        if _exists(year, month + 1, day):
            candidates.append(date(year, month + 1, day))
    return _choose(candidates, today, sign)


def _near_month(day: int, month: int, today: date, sign: int) -> date | None:
    """A wrong cue must not move a date by most of a year: far away the nearest one is taken."""
    candidates = [
        date(year, month, day) for year in range(today.year - 4, today.year + 5) if _exists(year, month, day)
    ]
    chosen = _choose(candidates, today, sign)
    if chosen is not None and not -210 <= (chosen - today).days <= 330:
        return _choose(candidates, today, 0)
    return chosen


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
