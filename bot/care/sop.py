"""The SOP as values, and the decision it leads to: which remedies, on whose authority, explained rule by rule.

`bot.sop` reads `company/rules/*.yml` into these values; nothing here knows of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from bot.care.diagnosis import Diagnosis
from bot.care.remedies import REMEDIES


class Authority(StrEnum):
    BOT = "bot"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Condition:
    """A bound on one figure of the diagnosis. All given bounds must hold; a missing figure never fits."""

    figure: str
    at_most: int | None = None
    at_least: int | None = None
    equals: str | int | bool | None = None

    def holds(self, figures: Mapping[str, Any]) -> bool:
        value = figures.get(self.figure)
        if value is None:
            return False
        if self.equals is not None and value != self.equals:
            return False
        if self.at_most is not None and value > self.at_most:
            return False
        return self.at_least is None or value >= self.at_least


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may grant a remedy, up to which cost in rupiah to the company (None: whatever it costs)."""

    who: Authority
    up_to: int | None = None
    per_customer_month: int | None = None
    limit: str | None = None  # "safety" | "operation" | "law": bends for nobody


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    cause: str
    remedy: str
    grants: tuple[Grant, ...]
    reason: str  # told to the customer or shown at the desk, Indonesian
    when: tuple[Condition, ...] = ()
    deadline: timedelta | None = None  # how long the customer, or we, have


@dataclass(frozen=True, slots=True)
class Sop:
    version: str
    rules: tuple[Rule, ...]
    explanations: Mapping[str, str] = field(default_factory=dict)  # cause -> reason of the policy

    def for_cause(self, cause: str) -> tuple[Rule, ...]:
        return tuple(r for r in self.rules if r.cause == cause)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One remedy the SOP allows for this diagnosis."""

    remedy: str
    rule: str
    authority: Authority
    cost: int
    reason: str
    deadline: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What became of one rule, for `kawan sop explain` and the desk."""

    rule: str
    outcome: str  # "offered" | "not applicable" | "over limit" | "nobody may"
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    cause: str
    sop_version: str
    alternatives: tuple[Alternative, ...]
    trace: tuple[Ruling, ...]


def decide(sop: Sop, diagnosis: Diagnosis, granted_this_month: int) -> Decision:
    """Apply every rule of the cause, in the order of the SOP.

    `granted_this_month`: rupiah the bot has given away to this customer in the current month.
    """
    alternatives: list[Alternative] = []
    trace: list[Ruling] = []
    for rule in sop.for_cause(diagnosis.cause):
        ruling, alternative = _apply(rule, diagnosis.figures, granted_this_month)
        trace.append(ruling)
        if alternative is not None and alternative.remedy not in {a.remedy for a in alternatives}:
            alternatives.append(alternative)
    return Decision(diagnosis.cause, sop.version, tuple(alternatives), tuple(trace))


def _apply(rule: Rule, figures: Mapping[str, Any], granted: int) -> tuple[Ruling, Alternative | None]:
    unmet = [c for c in rule.when if not c.holds(figures)]
    if unmet:
        why = "; ".join(f"{c.figure} = {figures.get(c.figure)!r}" for c in unmet)
        return Ruling(rule.id, "not applicable", why), None
    cost = REMEDIES[rule.remedy].cost(figures)
    grant = _first_grant(rule.grants, cost, granted)
    if grant is None:
        return Ruling(rule.id, "over limit", f"biaya {cost} di atas semua batas"), None
    if grant.who is Authority.NOBODY:
        return Ruling(rule.id, "nobody may", grant.limit or ""), None
    why = f"{grant.who.value}, biaya {cost}"
    return (
        Ruling(rule.id, "offered", why),
        Alternative(rule.remedy, rule.id, grant.who, cost, rule.reason, rule.deadline),
    )


def bot_may(rule: Rule, cost: int, granted: int) -> bool:
    """Whether the bot may give this much by the rule, to a customer who was given `granted` this month."""
    grant = _first_grant(rule.grants, cost, granted)
    return grant is not None and grant.who is Authority.BOT


def _first_grant(grants: tuple[Grant, ...], cost: int, granted: int) -> Grant | None:
    """The lowest authority whose limits hold; grants stand in rising order."""
    for grant in grants:
        if grant.up_to is not None and cost > grant.up_to:
            continue
        if grant.per_customer_month is not None and cost > 0 and granted + cost > grant.per_customer_month:
            continue
        return grant
    return None
