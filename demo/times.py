"""The product's clock, and the relative times of situation files."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Jakarta")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
RELATIVE = re.compile(r"(?P<sign>[+-])(?P<steps>(?:\d{1,6}[smhdw])+)(?: (?P<hour>\d{1,2}:\d{2}))?")
EXPECTED = (
    "expected ISO 8601 with offset, or relative to the product's clock: -35m, +25m, -2d, +1d 14:00, now"
)


def parse_when(text: str, now: datetime) -> datetime:
    """A time of a situation file, in UTC; ValueError says what was expected."""
    text = text.strip()
    if text == "now":
        return now.astimezone(UTC)
    match = RELATIVE.fullmatch(text)
    if match is None:
        return _absolute(text)
    moved = now.astimezone(ZONE) + _distance(match)
    if match["hour"] is None:
        return moved.astimezone(UTC)
    if re.search(r"[smh]", match["steps"]):
        raise ValueError("an hour of the day goes with days or weeks alone, such as +1d 14:00")
    at = datetime.combine(moved.date(), _hour(match["hour"]), tzinfo=ZONE)
    return at.astimezone(UTC)


def parse_day(text: str, now: datetime) -> date:
    """A calendar day in the company's zone: 2026-05-31, or +3d."""
    text = text.strip()
    match = RELATIVE.fullmatch(text)
    try:
        if text == "now":
            return now.astimezone(ZONE).date()
        if match and not match["hour"] and not re.search(r"[smh]", match["steps"]):
            return (now.astimezone(ZONE) + _distance(match)).date()
        return date.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ValueError("expected a day: 2026-05-31, or relative such as +3d") from error


def _absolute(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(EXPECTED) from error
    if at.tzinfo is None:
        raise ValueError(f"a time needs its offset, such as +07:00; {EXPECTED}")
    return at.astimezone(UTC)


def _distance(match: re.Match[str]) -> timedelta:
    distance = timedelta()
    for number, unit in re.findall(r"(\d+)([smhdw])", match["steps"]):
        distance += timedelta(**{UNITS[unit]: int(number)})
    if distance > timedelta(days=36500):
        raise ValueError("too far away")
    return distance if match["sign"] == "+" else -distance


def _hour(text: str) -> time:
    hour, minute = text.split(":")
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        raise ValueError(f"{text} is no time of day") from error


def normal_phone(text: str) -> str:
    """E.164 for Indonesian numbers as people write them; others keep their digits."""
    digits = re.sub(r"\D", "", text)
    if text.strip().startswith("+") or digits.startswith("62"):
        return "+" + digits
    return "+62" + digits.removeprefix("0") if digits else ""


def normal_code(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
