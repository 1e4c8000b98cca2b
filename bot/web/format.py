"""How pages write money and time: Indonesian, in the company's zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")


def rupiah(amount: int | None) -> str:
    """643305 -> 'Rp 643.305' with a space that does not break."""
    return "–" if amount is None else "Rp\u00a0" + f"{amount:,}".replace(",", ".")


def hour(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H.%M}"


def day(at: date, today: date | None = None) -> str:
    """'hari ini', 'kemarin', 'besok', else 'Sen 24 Nov', with the year where it is another one."""
    near = {0: "hari ini", 1: "besok", -1: "kemarin"}
    if today is not None and (at - today).days in near:
        return near[(at - today).days]
    year = "" if today is not None and at.year == today.year else f" {at.year}"
    return f"{_DAYS[at.weekday()][:3]} {at.day} {_MONTHS[at.month - 1]}{year}"


def moment(at: datetime | None, zone: ZoneInfo, now: datetime | None = None) -> str:
    """Day and hour as seen from `now`: 'hari ini 14.05'."""
    if at is None:
        return "–"
    local = at.astimezone(zone)
    today = now.astimezone(zone).date() if now is not None else None
    return f"{day(local.date(), today)} {local:%H.%M}"


def size(count: int) -> str:
    """Bytes for people: '1,4 MB', '8 MB'."""
    if count < 1024 * 1024:
        return f"{max(1, round(count / 1024))} KB"
    return f"{count / (1024 * 1024):.1f} MB".replace(".0 MB", " MB").replace(".", ",")
