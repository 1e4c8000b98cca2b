"""Reads and validates `company/`: the brand and the SOP. A mistake names file, line and remedy for it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from bot.care.diagnosis import CAUSES
from bot.care.remedies import REMEDIES
from bot.care.sop import Authority, Condition, Grant, Rule, Sop
from bot.errors import CompanyFileError

# Figures a condition may test: those that diagnosis can put into words for a manager.
FIGURES: dict[str, str] = {
    "difference": "kekurangan terhadap tagihan, rupiah",
    "excess": "kelebihan bayar, rupiah",
    "paid": "uang yang sudah masuk, rupiah",
    "due": "tagihan, rupiah",
    "available": "kursi atau kamar yang masih ada",
    "price_now": "harga hari ini, rupiah",
    "price_rise": "harga hari ini di atas tagihan, rupiah",
    "shortfall": "harga hari ini di atas uang yang sudah masuk, rupiah",
    "issued": "tiket sudah terbit (true/false)",
    "status": "status booking (awaiting_payment, paid, issued, expired, cancelled)",
    "expedited": "refund sudah pernah dipercepat (true/false)",
    "days_late": "hari refund melewati janji",
}
_VERSION_LENGTH = 40
_LIMITS = frozenset({"safety", "operation", "law"})
_DURATION = re.compile(r"(\d+)\s*(minute|hour|day)s?")


@dataclass(frozen=True, slots=True)
class EmergencyLine:
    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Company:
    brand: str
    bot_name: str
    zone: ZoneInfo
    zone_label: str
    person_answers_within: timedelta
    follow_up_from: time
    follow_up_to: time
    emergency_lines: tuple[EmergencyLine, ...]


class CompanyFiles:
    """The folder `company/`, read again whenever a file in it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: tuple[tuple[str, int], ...] | None = None
        self._sop, self._company = self._read()

    @property
    def sop(self) -> Sop:
        self._refresh()
        return self._sop

    @property
    def company(self) -> Company:
        self._refresh()
        return self._company

    def _refresh(self) -> None:
        """A broken edit leaves the last good state in force; `kawan sop check` tells what is wrong."""
        if self._stamp == self._current_stamp():
            return
        try:
            self._sop, self._company = self._read()
        except CompanyFileError:
            self._stamp = self._current_stamp()

    def _read(self) -> tuple[Sop, Company]:
        stamp = self._current_stamp()
        read = read_sop(self._folder / "rules"), read_company(self._folder / "company.yml")
        self._stamp = stamp
        return read

    def _current_stamp(self) -> tuple[tuple[str, int], ...]:
        files = [self._folder / "company.yml", *sorted((self._folder / "rules").glob("*.yml"))]
        return tuple((f.name, f.stat().st_mtime_ns if f.exists() else 0) for f in files)


class _Node:
    """A YAML mapping that remembers its file, for errors that name the line."""

    def __init__(self, file: Path, data: Any, where: str, line: int = 1) -> None:
        if not isinstance(data, CommentedMap):
            raise CompanyFileError(file, line, f"{where} must be a mapping of names to values")
        self.file, self.data, self.where = file, data, where

    def line(self, key: str | None = None) -> int:
        try:
            return int(self.data.lc.key(key)[0]) + 1 if key else int(self.data.lc.line) + 1
        except (KeyError, TypeError, AttributeError):
            return 1

    def fail(self, key: str | None, problem: str) -> CompanyFileError:
        return CompanyFileError(self.file, self.line(key), f"{self.where}: {problem}")

    def only(self, *allowed: str) -> None:
        for key in self.data:
            if key not in allowed:
                raise self.fail(str(key), f"unknown entry {key!r}; allowed: {', '.join(allowed)}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self.data.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.fail(key if key in self.data else None, f"{key!r} must be a text")
        return value.strip()

    def whole(self, key: str) -> int | None:
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.fail(key, f"{key!r} must be a whole number, not {value!r}")
        return value

    def child(self, key: str) -> _Node:
        return _Node(self.file, self.data.get(key), f"{self.where}.{key}", self.line(key))

    def children(self, key: str) -> list[_Node]:
        value = self.data.get(key)
        if not isinstance(value, CommentedSeq):
            raise self.fail(key if key in self.data else None, f"{key!r} must be a list")
        return [
            _Node(self.file, item, f"{self.where}.{key}[{number}]", self.line(key))
            for number, item in enumerate(value)
        ]


def _load(file: Path) -> _Node:
    try:
        data = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CompanyFileError(file, 1, "the file is missing") from error
    except UnicodeDecodeError as error:
        raise CompanyFileError(file, 1, "the file is not UTF-8 text") from error
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CompanyFileError(file, line, f"not valid YAML: {error.problem}") from error
    return _Node(file, data, file.name)


def read_company(file: Path) -> Company:
    """Read `company.yml`. Raises CompanyFileError."""
    node = _load(file)
    node.only(
        "brand",
        "bot_name",
        "zone",
        "zone_label",
        "person_answers_within_minutes",
        "follow_up_hours",
        "emergency_lines",
    )
    hours = node.child("follow_up_hours")
    return Company(
        brand=node.text("brand"),
        bot_name=node.text("bot_name", "Kawan"),
        zone=_zone(node),
        zone_label=node.text("zone_label"),
        person_answers_within=timedelta(minutes=node.whole("person_answers_within_minutes") or 15),
        follow_up_from=_clock(hours, "from"),
        follow_up_to=_clock(hours, "to"),
        emergency_lines=tuple(
            EmergencyLine(line.text("name"), line.text("number")) for line in node.children("emergency_lines")
        ),
    )


def _zone(node: _Node) -> ZoneInfo:
    try:
        return ZoneInfo(node.text("zone"))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise node.fail("zone", f"unknown time zone; Jakarta is Asia/Jakarta: {error}") from error


def _clock(node: _Node, key: str) -> time:
    try:
        return time.fromisoformat(node.text(key))
    except ValueError as error:
        raise node.fail(key, f'{key!r} must be an hour like "09:00"') from error


def read_sop(folder: Path) -> Sop:
    """Read every `*.yml` of the rules folder into one SOP. Raises CompanyFileError."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise CompanyFileError(folder, 1, "there is no rules file; restore company/rules/*.yml")
    rules: list[Rule] = []
    explanations: dict[str, str] = {}
    versions: list[str] = []
    for file in files:
        node = _load(file)
        node.only("title", "version", "causes")
        versions.append(f"{file.stem}:{node.text('version')}")
        causes = node.child("causes")
        for cause in causes.data:
            if cause in explanations:
                raise causes.fail(cause, f"cause {cause!r} stands twice")
            explanations[cause], found = _read_cause(causes, cause)
            rules += found
    _refuse_repeats(folder, rules)
    return Sop(_version(versions), tuple(rules), explanations)


def _version(versions: list[str]) -> str:
    """All files' versions, in the room that the store has for it."""
    joined = " ".join(versions)
    if len(joined) <= _VERSION_LENGTH:
        return joined
    digest = hashlib.sha256(joined.encode()).hexdigest()[:10]
    return f"{joined[: _VERSION_LENGTH - 11]}#{digest}"


def _refuse_repeats(folder: Path, rules: list[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise CompanyFileError(folder, 1, f"rule id {rule.id!r} stands twice; each needs its own")
        seen.add(rule.id)


def _read_cause(causes: _Node, cause: str) -> tuple[str, list[Rule]]:
    if cause not in CAUSES:
        raise causes.fail(cause, f"unknown cause {cause!r}; known: {', '.join(CAUSES)}")
    node = causes.child(cause)
    node.only("explain", "offers")
    return node.text("explain"), [_read_rule(offer, cause) for offer in node.children("offers")]


def _read_rule(node: _Node, cause: str) -> Rule:
    node.only("id", "remedy", "when", "deadline", "granted_by", "reason")
    remedy = node.text("remedy")
    if remedy not in REMEDIES:
        raise node.fail("remedy", f"unknown remedy {remedy!r}; known: {', '.join(REMEDIES)}")
    return Rule(
        id=node.text("id"),
        cause=cause,
        remedy=remedy,
        grants=_read_grants(node),
        reason=node.text("reason"),
        when=_read_conditions(node.child("when")) if "when" in node.data else (),
        deadline=_read_duration(node) if "deadline" in node.data else None,
    )


def _read_grants(node: _Node) -> tuple[Grant, ...]:
    if isinstance(node.data.get("granted_by"), str):
        return (Grant(_authority(node, "granted_by")),)
    grants = []
    for item in node.children("granted_by"):
        item.only("who", "up_to", "per_customer_month", "limit")
        limit = item.text("limit") if "limit" in item.data else None
        if limit is not None and limit not in _LIMITS:
            raise item.fail("limit", f"limit must be one of {', '.join(sorted(_LIMITS))}")
        grants.append(
            Grant(_authority(item, "who"), item.whole("up_to"), item.whole("per_customer_month"), limit)
        )
    return tuple(grants)


def _authority(node: _Node, key: str) -> Authority:
    value = node.text(key)
    try:
        return Authority(value)
    except ValueError as error:
        known = ", ".join(a.value for a in Authority)
        raise node.fail(key, f"{value!r} may grant nothing; use one of {known}") from error


def _read_conditions(node: _Node) -> tuple[Condition, ...]:
    conditions = []
    for figure in node.data:
        if figure not in FIGURES:
            raise node.fail(figure, f"unknown figure {figure!r}; known: {', '.join(FIGURES)}")
        bounds = node.child(figure)
        bounds.only("at_most", "at_least", "equals")
        if not bounds.data:
            raise node.fail(figure, "give at_most, at_least or equals")
        equals = bounds.data.get("equals")
        conditions.append(Condition(figure, bounds.whole("at_most"), bounds.whole("at_least"), equals))
    return tuple(conditions)


def _read_duration(node: _Node) -> timedelta:
    match = _DURATION.fullmatch(node.text("deadline"))
    if match is None:
        raise node.fail("deadline", "write it like '2 hours', '30 minutes' or '1 day'")
    return timedelta(**{f"{match[2]}s": int(match[1])})
