"""What an annotated stretch of text means: one normalised value for every entity of the annotation guide."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import product
from typing import Final

from .dates import parse_date
from .gazetteer import lookup
from .numbers import DIGITS, parse_amount, words_to_int
from .times import parse_duration, parse_time

ENTITIES: Final = (
    "booking_code", "amount", "bank", "account_number", "payment_method", "person_name", "phone", "email", "place",
    "carrier", "flight_number", "date", "time", "duration", "option_ref",
)  # fmt: skip
LONGEST: Final = 200  # characters of a span; no entity is longer
MIXED_UP: Final = {
    "O": "0",
    "0": "O",
    "I": "1",
    "1": "I",
    "L": "1",
    "S": "5",
    "5": "S",
    "B": "8",
    "8": "B",
    "Z": "2",
    "2": "Z",
}
_SMALL: Final = frozenset(["bin", "binti", "van", "der", "den", "von", "de", "la", "al"])
_CODE_HEAD = re.compile(
    r"^(?:(?:kode|kd|code|no|nomor|nmr|booking|bookingan|pesanan|pemesanan|order|id|pnr|itinerary|rsv)\b[\s.:#]{0,3}){1,4}",
    re.IGNORECASE,
)


def normalise_value(
    entity: str,
    text: str,
    sent_at: datetime,
    zone: str = "Asia/Jakarta",
    context: str = "",
    at: int | None = None,
) -> str | int | None:
    """The value that actions use, or None where the text holds none. Never raises.

    `context` is the message that the span stands in and `at` the span's offset there: dates, hours and bare
    numbers may depend on what stands beside them.
    """
    text = " ".join(text[:LONGEST].split())
    if not text:
        return None
    if entity == "amount":
        return parse_amount(text, context)
    if entity == "date":
        day = parse_date(text, sent_at, zone, context, at)
        return None if day is None else day.isoformat()
    if entity == "time":
        return parse_time(text, sent_at, zone, context, at)
    if entity == "duration":
        return parse_duration(text)
    if entity == "option_ref":
        return option_index(text, context)
    if entity == "place":
        return place(text)
    if entity == "bank":
        return bank(text)
    simple = _SIMPLE.get(entity)
    return simple(text) if simple else None


def booking_code(text: str) -> str | None:
    """Upper case, without separators and head words."""
    code = re.sub(r"[^A-Z0-9]", "", _CODE_HEAD.sub("", text.strip()).upper())
    return code if 4 <= len(code) <= 24 else None


def code_candidates(text: str) -> list[str]:
    """Codes that may have been meant, the typed one first, then with ever more look-alikes exchanged."""
    code = booking_code(text)
    if code is None:
        return []
    places = [index for index, mark in enumerate(code) if mark in MIXED_UP][:6]
    found = []
    for flips in product((False, True), repeat=len(places)):
        marks = list(code)
        for index, flip in zip(places, flips, strict=True):
            if flip:
                marks[index] = MIXED_UP[marks[index]]
        found.append((sum(flips), "".join(marks)))
    return [mark for _, mark in sorted(found, key=lambda pair: pair[0])]


def _dictated(text: str) -> str:
    """nol delapan satu dua -> 0812; digits stay"""
    if not re.search(r"[a-z]{3}", text.lower()):
        return text
    words = re.findall(r"[^\W\d_]+|[\d+]+", text.lower())
    digits = [str(DIGITS[word]) if word in DIGITS else word for word in words]
    return "".join(part for part in digits if part[0].isdigit() or part[0] == "+")


def phone(text: str) -> str | None:
    """E.164. Numbers without a country code are Indonesian, with or without their leading zero."""
    text = _dictated(text)
    plus = "+" in text
    digits = re.sub(r"\D", "", text.replace("(0)", ""))
    if digits.startswith("00"):
        plus, digits = True, digits[2:]
    if plus and not digits.startswith("62"):
        return "+" + digits if 8 <= len(digits) <= 15 and digits[0] != "0" else None
    if plus or (digits.startswith("62") and len(digits) > 9):
        digits = digits[2:]
    elif not digits.startswith(("0", "8")):
        return None
    digits = digits.removeprefix("0")
    if digits.startswith("8"):  # mobile: 8xx and six to nine more
        return "+62" + digits if 9 <= len(digits) <= 12 and digits[1] != "0" else None
    return "+62" + digits if 8 <= len(digits) <= 11 and digits[:1] in tuple("234579") else None


def account_number(text: str) -> str | None:
    text = _dictated(text)
    digits = re.sub(r"\D", "", re.sub(r"(?<=\d)[Oo]|[Oo](?=\d)", "0", text))
    return digits if 5 <= len(digits) <= 20 else None


def email(text: str) -> str | None:
    address = re.sub(r"\s*(?:\(at\)|\[at\])\s*", "@", text.lower()).strip(" .,;:<>()'\"")
    address = address.removeprefix("mailto:").replace(" ", "")
    return (
        address if re.fullmatch(r"[^\s@]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}", address) else None
    )


def person_name(text: str) -> str | None:
    """Title case where the customer typed all small or all capitals; mixed spelling is kept."""
    words = []
    for index, word in enumerate(text.strip(' .,;:!?"()').split(" ")):
        low = word.lower()
        if word not in (low, word.upper()):
            words.append(word)
        elif index and low in _SMALL:
            words.append(low)
        else:
            words.append("-".join(part[:1].upper() + part[1:].lower() for part in word.split("-")))
    name = " ".join(words)
    return name if any(mark.isalpha() for mark in name) else None


def titled(text: str) -> str:
    return " ".join(
        word if word not in (word.lower(), word.upper()) else word.capitalize() for word in text.split()
    )


def place(text: str) -> str | None:
    found = lookup("place", text)
    if found:
        return found
    text = text.strip(' .,;:!?"()')
    if re.fullmatch(r"[A-Z]{3}", text):
        return text
    if re.fullmatch(r"[b-df-hj-np-tv-z]{2,4}", text):  # jcc
        return text.upper()
    return titled(text) if any(mark.isalpha() for mark in text) else None


def bank(text: str) -> str | None:
    found = lookup("bank", text)
    if found:
        return found
    name = re.sub(r"^(?:bank|rekening|rek)\s+", "", text.strip(' .,;:!?"()'), flags=re.IGNORECASE)
    if not any(mark.isalpha() for mark in name):
        return None
    return name.upper() if len(name) <= 4 else titled(name)


def carrier(text: str) -> str | None:
    found = lookup("carrier", text)
    return found or (titled(text) if any(mark.isalpha() for mark in text) else None)


def payment_method(text: str) -> str | None:
    return lookup("payment_method", text)


def flight_number(text: str) -> str | None:
    match = re.search(r"(?<![A-Za-z0-9])([A-Za-z]{2}|[A-Za-z]\d|\d[A-Za-z])[\s.-]{0,3}(\d{1,4})(?!\d)", text)
    return f"{match[1].upper()}-{match[2]}" if match else None


_ORDINALS: Final[dict[str, int]] = {
    word: index
    for index, words in enumerate(
        (
            "pertama kapertama kahiji kapisan first 1st atas partamo pertamax petama prtama pertma kesatu",
            "kedua kadua second 2nd kaduo keduax kapindho kaping2",
            "ketiga katilu third 3rd katigo katelu",
            "keempat kaopat fourth 4th ke4",
            "kelima kalima fifth 5th",
            "keenam sixth 6th",
        ),
        1,
    )
    for word in words.split()
}
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_OPTION_HEAD: Final = frozenset(
    [
        "opsi",
        "pilihan",
        "no",
        "nomor",
        "nmr",
        "nomer",
        "yang",
        "yg",
        "ke",
        "option",
        "alternatif",
        "angka",
        "solusi",
        "cara",
        "nomr",
        "pilih",
        "huruf",
        "paling",
        "tawaran",
        "sing",
        "nu",
    ]
)


def option_index(text: str, context: str = "") -> int | None:
    """1-based; "yang terakhir" is known only where the context says of how many."""
    keycap = re.match(r"\s*(\d)\ufe0f?\u20e3", text)
    if keycap:
        return int(keycap[1]) or None
    circled = ord(text.strip()[:1] or " ") - 0x2460
    if 0 <= circled < 20:
        return circled + 1
    words = list(re.findall(r"\d{1,2}|[^\W\d_]+|\d{1,2}(?:st|nd|rd|th)", text.lower()))
    words = [
        word
        for word in words
        if word not in _OPTION_HEAD and word not in ("st", "nd", "rd", "th", "aja", "saja", "deh")
    ]
    if not words:
        return None
    word = words[0]
    if word in _ORDINALS:
        return _ORDINALS[word]
    if word in ("terakhir", "akhir", "bawah", "last", "bontot"):
        count = re.search(r"\b(?:dari|ada)\s+(\w+)\s+(?:opsi|pilihan)", context.lower())
        return words_to_int([count[1]]) if count else None
    if word in _ROMAN and len(words) == 1 and (word != "i" or text.strip() == "I"):
        return _ROMAN[word]
    if len(word) == 1 and "a" <= word <= "j":
        return ord(word) - ord("a") + 1
    number = words_to_int(words[:2]) or words_to_int(words[:1])
    return number if number and number <= 20 else None


_SIMPLE: Final = {
    "booking_code": booking_code,
    "account_number": account_number,
    "payment_method": payment_method,
    "person_name": person_name,
    "phone": phone,
    "email": email,
    "carrier": carrier,
    "flight_number": flight_number,
}
