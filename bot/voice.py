"""Customer texts: a response name and values, rendered from `domain.yml`.

A text may hold `{name}` or `{name:spec}`. Specs: `rp` rupiah, `jam` hour with zone, `tgl` date,
`waktu` day and hour seen from now, `cara` payment method, `tempat` where a price was seen.
Always there: `{kak}` (Kak, Pak, Bu), `{kakak}` (Kakak, Bapak, Ibu), `{sapa}` (with the name),
`{brand}`, `{bot}`.

A wording that names a value which is not known is passed over. `metadata: {without: name}` keeps a
wording for exactly that: it is used only while the value is not known.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from bot.care.names import METHODS
from bot.errors import CompanyFileError, KawanError

_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
_ZONE_LABELS = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}
PLACES = {
    "website": "situs kami",
    "app": "aplikasi kami",
    "mail": "email tagihan",
    "invoice": "tagihan",
    "sms": "SMS tagihan",
    "whatsapp": "pesan WhatsApp kami",
    "push": "notifikasi aplikasi",
}


class TextMissing(KawanError):
    """A response, or a value it needs, is not there; a test keeps this from reaching customers."""


@dataclass(frozen=True, slots=True)
class Tone:
    """How one customer is spoken to at this moment."""

    register: str = "casual"  # casual | formal
    address: str | None = None  # "Bapak" | "Ibu" | "Kak" where known
    name: str | None = None
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Text:
    """`wording` is the number of the variation used, to be avoided next time."""

    text: str
    wording: int


@dataclass(frozen=True, slots=True)
class _Variation:
    text: str
    register: str | None
    without: str | None = None

    def sayable(self, known: Set[str]) -> bool:
        needed = {field for _, field, _, _ in string.Formatter().parse(self.text) if field is not None}
        return needed <= known and self.without not in known


def rupiah(amount: int) -> str:
    """Indonesian form of a sum: 643305 -> 'Rp 643.305'."""
    return "Rp " + f"{amount:,}".replace(",", ".")


def day_and_month(day: date) -> str:
    """Short form of a date within the year: '24 November'."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


class Voice:
    """Renders responses. Raises CompanyFileError where `domain.yml` cannot be read."""

    def __init__(self, domain_file: Path, brand: str, bot_name: str, zone: ZoneInfo) -> None:
        self._file = domain_file
        self._fixed = {"brand": brand, "bot": bot_name}
        self._zone = zone
        self._stamp = 0
        self._responses: dict[str, tuple[_Variation, ...]] = {}
        self._refresh()

    def names(self) -> frozenset[str]:
        self._refresh()
        return frozenset(self._responses)

    def render(self, name: str, values: Mapping[str, Any], tone: Tone, used: Sequence[int] = ()) -> Text:
        """One wording of a response; `used` lists the wordings sent lately, latest last."""
        self._refresh()
        variations = self._responses.get(name)
        if not variations:
            raise TextMissing(f"{self._file.name} has no response {name!r}")
        everything = {**self._fixed, **_forms_of_address(tone), **values}
        known = {key for key, value in everything.items() if value is not None}
        fitting = _fitting(variations, tone.register, known)
        if not fitting:
            raise TextMissing(f"response {name!r} in {self._file.name} has no wording for {sorted(known)}")
        wording = _least_used(fitting, used)
        try:
            text = _Formatter(self._zone, tone.now).vformat(variations[wording].text, (), everything)
        except (KeyError, ValueError, TypeError) as error:
            raise TextMissing(f"response {name!r} in {self._file.name}: {error!r}") from error
        return Text(text.strip(), wording)

    def _refresh(self) -> None:
        """Trainers change texts while Kawan runs; a broken edit leaves the last good texts in force."""
        stamp = self._file.stat().st_mtime_ns if self._file.exists() else 0
        if stamp == self._stamp and self._responses:
            return
        try:
            self._responses = read_responses(self._file)
        except CompanyFileError:
            if not self._responses:
                raise
        self._stamp = stamp


def read_responses(file: Path) -> dict[str, tuple[_Variation, ...]]:
    """The `responses` of a Rasa domain file. Raises CompanyFileError."""
    try:
        data = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CompanyFileError(file, 1, "the file is missing") from error
    except (MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise CompanyFileError(file, mark.line + 1 if mark else 1, f"not valid YAML: {error}") from error
    responses = data.get("responses") if isinstance(data, dict) else None
    if not isinstance(responses, dict):
        raise CompanyFileError(file, 1, "there is no 'responses' section")
    return {name: tuple(_variation(file, name, v) for v in vs) for name, vs in responses.items()}


def _variation(file: Path, name: str, data: Any) -> _Variation:
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        raise CompanyFileError(file, 1, f"response {name!r}: every wording needs a 'text'")
    metadata = data.get("metadata") or {}
    variation = _Variation(data["text"], metadata.get("register"), metadata.get("without"))
    try:
        variation.sayable(frozenset())
    except ValueError as error:
        raise CompanyFileError(file, 1, f"response {name!r}: {error} in {data['text']!r}") from error
    return variation


def _fitting(variations: tuple[_Variation, ...], register: str, known: Set[str]) -> dict[int, _Variation]:
    """Those whose values are known, of the register; those of no register fit all; any, rather than none."""
    numbered = {n: v for n, v in enumerate(variations) if v.sayable(known)}
    fitting = {n: v for n, v in numbered.items() if v.register in (None, register)}
    return fitting or numbered


def _least_used(variations: Mapping[int, _Variation], used: Sequence[int]) -> int:
    last = {wording: position for position, wording in enumerate(used)}
    return min(variations, key=lambda n: (last.get(n, -1), n))


def _forms_of_address(tone: Tone) -> dict[str, str]:
    short = {"Bapak": "Pak", "Ibu": "Bu"}.get(tone.address or "", "Kak")
    long = tone.address if tone.address in ("Bapak", "Ibu") else "Kakak"
    first = _first_name(tone.name or "")
    return {"kak": short, "kakak": long or "Kakak", "sapa": f"{short} {first}".strip()}


def _first_name(name: str) -> str:
    """The name a person is called by: Balinese and other particles ("I Wayan", "Ni Luh") are passed over."""
    parts = name.split()
    return next((p for p in parts if len(p.strip(".")) > 2), parts[0] if parts else "")


class _Formatter(string.Formatter):
    """`{name:spec}` with our specs, and nothing else: no attributes, no indexes, no conversions."""

    def __init__(self, zone: ZoneInfo, now: datetime) -> None:
        self._zone, self._now = zone, now

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        if not field_name.isidentifier():
            raise ValueError(f"{field_name!r} is no plain name")
        return self.get_value(field_name, args, kwargs), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "rp":
                return rupiah(int(value))
            case "jam":
                return self._hour(_time(value))
            case "tgl":
                return _day_name(_day(value, self._zone))
            case "waktu":
                return self._moment(_time(value))
            case "cara":
                # "gopay ****4471" is a method with the end of its account.
                method, mark, tail = str(value).partition(" ****")
                return METHODS.get(method, method) + mark + tail
            case "tempat":
                return PLACES.get(str(value), str(value))
            case "":
                return str(value)
        raise ValueError(f"unknown format {format_spec!r}")

    def _hour(self, value: datetime) -> str:
        return f"{value.astimezone(self._zone):%H.%M} {_ZONE_LABELS.get(self._zone.key, '')}".strip()

    def _moment(self, value: datetime) -> str:
        day, today = value.astimezone(self._zone).date(), self._now.astimezone(self._zone).date()
        near = {today: "hari ini", today + timedelta(days=1): "besok", today - timedelta(days=1): "kemarin"}
        return f"{near.get(day) or _day_name(day)} pukul {self._hour(value)}"


def _time(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _day(value: Any, zone: ZoneInfo) -> date:
    if isinstance(value, datetime):
        return value.astimezone(zone).date()
    if isinstance(value, date):
        return value
    moment = datetime.fromisoformat(str(value))
    return moment.astimezone(zone).date() if moment.tzinfo else moment.date()


def _day_name(day: date) -> str:
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"
