"""Numbers and sums of money as Indonesians write them: digits, words, slang, and all three at once."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

DIGITS: Final[dict[str, int]] = {
    word: value
    for value, words in enumerate(
        (
            "nol kosong zero enol nul",
            "satu se esa atu situ one siji setunggal hiji ciek asa sitok sak sa setong esak",
            "dua duwa due duo two loro rong kalih dau",
            "tiga tige tigo three telu telung tilu tallu telo",
            "empat empet ampat ampek four papat patang opat appa pat mpat ampatt",
            "lima limo five lime limang gangsal",
            "enam anam nam six enem nem genep anem ennang",
            "tujuh tujoh tujuah seven pitu pitung pito tuju",
            "delapan lapan dlapan lapam eight wolu wolung dalapan",
            "sembilan smbilan sambilan nine songo sangang salapan sembila semilan",
        )
    )
    for word in words.split()
}
# words that stand for ten and more
FIXED: Final[dict[str, int]] = {
    "sepuluh": 10, "sapuluh": 10, "sapuluah": 10, "spuluh": 10, "ten": 10, "sepuloh": 10, "sedoso": 10,
    "sebelas": 11, "sabelas": 11, "sewelas": 11, "eleven": 11, "rolas": 12, "twelve": 12,
    "selikur": 21, "selawe": 25, "seket": 50, "sewidak": 60, "twenty": 20, "thirty": 30, "fifty": 50,
    "fifteen": 15, "skawan": 4, "sekawan": 4,
}  # fmt: skip
HUNDREDS: Final[dict[str, int]] = {
    "seratus": 100, "saratus": 100, "saratuih": 100, "satus": 100, "sratus": 100, "setatus": 100,
    "serratus": 100, "setaus": 100,
}  # fmt: skip
SCALES: Final[dict[str, int]] = {
    **dict.fromkeys(
        ("ribu", "rb", "rbu", "rebu", "ewu", "ribuan", "rban", "rebuan", "k", "ribuu", "rbuan", "rib", "rbn",
         "thousand", "ebu", "rubu", "riibu", "ribi", "ceng"), 1_000),
    **dict.fromkeys(
        ("juta", "jt", "jeti", "jutaan", "jtan", "jota", "juto", "yuto", "jutak", "jta", "jut", "juta2", "jti",
         "million", "jutaa", "jta2", "mio", "jtaan"), 1_000_000),
    **dict.fromkeys(("miliar", "milyar", "milliar", "miliaran", "milyard", "billion"), 1_000_000_000),
}  # fmt: skip
ONE_SCALES: Final[dict[str, int]] = {
    "seribu": 1_000, "sribu": 1_000, "serebu": 1_000, "sarebu": 1_000, "sewu": 1_000, "saribu": 1_000,
    "sejuta": 1_000_000, "sajuta": 1_000_000, "sjuta": 1_000_000, "sejutaan": 1_000_000, "sayuta": 1_000_000,
    "sejeti": 1_000_000, "seyuto": 1_000_000, "sakyuto": 1_000_000, "semiliar": 1_000_000_000,
    "semilyar": 1_000_000_000, "seribuan": 1_000,
}  # fmt: skip
# Market slang. Without a scale of its own a travel price means thousands: gocap is 50.000, not 50.
SLANG: Final[dict[str, int]] = {
    "gocap": 50, "gocapan": 50, "gopek": 500, "cepek": 100, "cepe": 100, "nopek": 200, "gope": 500,
    "sapek": 300, "pekgo": 150, "cepekgo": 150, "pego": 150, "jigo": 25, "nogo": 25,
}  # fmt: skip
SLANG_FULL: Final[dict[str, int]] = {
    "ceban": 10_000, "cebanan": 10_000, "noban": 20_000, "goban": 50_000, "jigoban": 25_000,
    "seceng": 1_000, "ceceng": 1_000, "noceng": 2_000, "goceng": 5_000, "goceban": 50_000, "cetiau": 1_000_000,
    "cetiao": 1_000_000, "notiau": 2_000_000, "gotiau": 5_000_000, "gotiao": 5_000_000, "gocapceng": 50_000,
}  # fmt: skip
_TENS: Final = frozenset(["puluh", "puluhan", "pulu", "puloh", "puluah"])
_TEENS: Final = frozenset(["belas", "welas", "blas", "bles", "baleh"])
_HUNDREDS: Final = frozenset(["ratus", "ratusan", "ratuih", "atus", "rtus", "rts", "hundred", "ratuss"])
_HALF: Final = frozenset(
    ["setengah", "stengah", "stgh", "setgh", "setengh", "setenga", "satengah", "separo", "separuh"]
)
_CURRENCY: Final = frozenset(
    ["rp", "idr", "rupiah", "rupiahan", "perak", "perakan", "rupiyah", "rupiah2", "rph"]
)

NUMBER_WORDS: Final = frozenset(
    {*DIGITS, *FIXED, *HUNDREDS, *SCALES, *ONE_SCALES, *_TENS, *_TEENS, *_HUNDREDS} - {"k", "sa", "se"}
)
LARGEST: Final = 10**12
_TOKEN = re.compile(r"\d[\d.,]{0,24}|[^\W\d_]{1,24}")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3}){1,4}")
_CENTS = re.compile(
    r"(\d{1,3}(?:\.\d{3}){1,4}),\d{1,2}|(\d{1,3}(?:,\d{3}){1,4})\.\d{1,2}|(\d{1,3}(?:\.\d{3}){1,4})\.\d{2}"
)
_UNIT_WORDS = re.compile(r"rupiah|perak|\brp\b|idr|kode unik|digit", re.IGNORECASE)


_LACKING = r"\b(?:kurang|krg|lebih|selisih|beda|kelebihan|kekurangan|sisa)"
_THOUSANDS = re.compile(r"\d ?(?:rb|ribu|k|jt|juta)\b|\b(?:ribu|juta|sejuta)\b")


def words_to_int(words: list[str]) -> int | None:
    """Plain Indonesian number words below a million million: enam ratus dua belas; None for anything else."""
    total = group = unit = 0
    seen = False
    for word in words:
        word = word.lower()
        if word in DIGITS:
            if unit:
                return None
            unit = DIGITS[word]
        elif word.isascii() and word.isdigit() and len(word) < 13:
            if unit:
                return None
            unit = int(word)
        elif word in FIXED:
            group += FIXED[word]
        elif word in HUNDREDS:
            group += 100
        elif word in _TENS:
            group, unit = group + (unit or 1) * 10, 0
        elif word in _TEENS:
            group, unit = group + unit + 10, 0
        elif word in _HUNDREDS:
            group, unit = group + (unit or 1) * 100, 0
        elif word in ONE_SCALES:
            total += ONE_SCALES[word]
        elif word in SCALES:
            total, group, unit = total + (group + unit or 1) * SCALES[word], 0, 0
        else:
            return None
        seen = True
    value = total + group + unit
    return value if seen and value < LARGEST else None


def int_to_words(value: int) -> str:
    """643305 -> enam ratus empat puluh tiga ribu tiga ratus lima"""
    if value < 0:
        return "minus " + int_to_words(-value)
    names = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]
    if value < 10:
        return names[value]
    if value in (10, 11):
        return "sepuluh" if value == 10 else "sebelas"
    if value < 20:
        return names[value - 10] + " belas"
    for size, name in ((10**9, "miliar"), (10**6, "juta"), (1000, "ribu"), (100, "ratus"), (10, "puluh")):
        if value >= size:
            count, rest = divmod(value, size)
            head = "se" + name if count == 1 and size in (100, 1000) else f"{int_to_words(count)} {name}"
            return f"{head} {int_to_words(rest)}" if rest else head
    raise AssertionError


def written_number(text: str) -> Fraction | None:
    """Digits with Indonesian or English marks, before a scale: 1,2 -> 6/5, 1.250.000 -> 1250000."""
    text = text.strip(".,")
    if text.isascii() and text.isdigit():
        return Fraction(int(text)) if len(text) < 16 else None
    cents = _CENTS.fullmatch(text)
    if cents:
        text = next(group for group in cents.groups() if group)
    if _GROUPED.fullmatch(text):
        return Fraction(int(re.sub(r"[.,]", "", text)))
    part = re.fullmatch(r"(\d{1,9})[.,](\d{1,3})", text)
    if part:
        return Fraction(int(part[1])) + Fraction(int(part[2]), 10 ** len(part[2]))
    return None


def _scaled(number: Fraction, written: str, scale: int) -> Fraction:
    if scale >= 1_000_000 and number >= 1000:
        point = re.fullmatch(r"(\d{1,3})[.,](\d{3})", written.strip(".,"))
        if point:  # 1.250 jt is 1,25 million
            return Fraction(int(point[1] + point[2]), 1000) * scale
        return number  # 1.250.000 jt: written out already
    if scale == 1000 and number >= 10_000 and _GROUPED.fullmatch(written.strip(".,")):
        return number  # 643.305 rb: written out already
    return number * scale


def parse_amount(text: str, context: str = "") -> int | None:
    """The sum in whole rupiah, or None where the text says none.

    A bare number below 1,000 is a sum only with Rp, rupiah or perak, or where the context speaks of rupiah or
    the unique code. "2 juta 350" and "sejuta dua ratus" leave the thousands out, as spoken prices do; a
    single digit after the scale is its tenth ("1jt2" is 1,200,000). Parts of a rupiah are dropped.
    """
    text = re.sub(r"(\d)[ \u00a0](?=\d{3}(?!\d))", r"\1.", text.lower().replace("o,-", "0,-"))
    text = re.sub(r"(?<=\d)\s{0,2}[.,]\s{0,2}(?:[-–=]{1,2}|(?=\s|$))", " ", text)
    tokens: list[str] = _TOKEN.findall(text)[:24]
    currency = any(token in _CURRENCY for token in tokens)
    tokens = [token for token in tokens if token not in _CURRENCY]
    if not tokens or len(re.sub(r"\D", "", text)) > 13:
        return None
    value = _sum(tokens)
    if value is None or value < 0 or value >= LARGEST:
        return None
    scaled = currency or any(token in SCALES or token in ONE_SCALES for token in tokens)
    if value >= 1000 or scaled:
        return int(value)
    if tokens[-1] in _HUNDREDS or tokens[-1] in HUNDREDS:  # "kurang rong atus": spoken thousands
        return int(value * 1000) if context else None
    return int(value) if tokens[0][0].isdigit() and _says_rupiah(tokens[0], context) else None


def _says_rupiah(number: str, context: str) -> bool:
    """Whether the context makes a bare number below 1,000 a sum: it names rupiah or the unique code, or calls the
    number a difference while no sum in thousands is near."""
    context = context.lower()
    if _UNIT_WORDS.search(context):
        return True
    lacking = re.search(rf"{_LACKING} (?:\w+ )?{re.escape(number)}(?!\d)", context)
    return lacking is not None and _THOUSANDS.search(context) is None


def _sum(tokens: list[str]) -> Fraction | None:
    total = Fraction(0)
    scale = LARGEST  # the last scale said; the next must be smaller
    index = 0
    while index < len(tokens):
        start = index
        group: list[str] = []
        number: Fraction | None = None
        written = ""
        half = False
        while index < len(tokens):
            token = tokens[index]
            if token in SCALES and (group or number is not None or half):
                break
            if token in ONE_SCALES or token in SLANG_FULL or (token in SCALES and not group):
                break
            if token in SLANG and not group and number is None:
                number = Fraction(SLANG[token])
                if index + 1 >= len(tokens) or tokens[index + 1] not in SCALES:
                    number *= 1000
            elif token in _HALF:
                half = True
            elif token[0].isdigit() and number is None and not group:
                number, written = written_number(token), token
                if number is None:
                    return None
            elif token[0].isdigit() and group == [] and number is not None:
                return None
            elif token in NUMBER_WORDS or token in DIGITS:
                group.append(token)
            elif token in ("koma", "point") and group and index + 1 < len(tokens):
                tail = words_to_int([tokens[index + 1]])
                head = words_to_int(group)
                if tail is None or head is None or tail > 9:
                    return None
                number, group, index = head + Fraction(tail, 10), [], index + 1
            elif token in ("an", "lebih", "kurang", "sekitar", "dan", "n", "setelah"):
                pass
            else:
                return None
            index += 1
        if number is not None and group:  # 6 ratus
            if number.denominator != 1:
                return None
            worded = words_to_int([str(number), *group])
            number, group = (None if worded is None else Fraction(worded)), []
            if number is None:
                return None
        if group:
            worded = words_to_int(group)
            if worded is None:
                return None
            number = Fraction(worded)
        token = tokens[index] if index < len(tokens) else ""
        if token in SLANG_FULL or token in ONE_SCALES:
            if number is not None:
                return None
            new = ONE_SCALES.get(token) or SLANG_FULL[token]
            total, scale, index = total + new, new, index + 1
            if half:
                return None
            continue
        if token in SCALES:
            new = SCALES[token]
            if new >= scale:
                return None
            if half:  # satu setengah juta, setengah juta
                number = (number or 0) + Fraction(1, 2)
            if number is None:
                return None if total == 0 and start == 0 else total
            part = _scaled(number, written, new) if written else number * new
            total, scale, index = total + part, new, index + 1
            continue
        if half and number is None and scale < LARGEST:  # sejuta setengah
            total += Fraction(scale, 2)
        elif number is not None and half:
            return None
        elif number is not None:
            total += _rest(number, written, scale)
        elif not half and start == index:
            return None
    return total if total or any(token[0] == "0" or token in ("nol", "zero") for token in tokens) else None


def _rest(number: Fraction, written: str, scale: int) -> Fraction:
    """What follows the last scale: 2 juta 350, 1jt2, 643 ribu 305."""
    if scale == 1_000_000 and number < 1000:
        return number * (100_000 if number < 10 and written else 1000)
    if written and scale == LARGEST and number.denominator != 1:
        return Fraction(-LARGEST)  # 1,2 without a scale says nothing
    return number
