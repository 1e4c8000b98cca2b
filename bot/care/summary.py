"""The summary a person reads on taking over: wish, cause, sum, promise, deadline, in at most 60 words."""

from __future__ import annotations

from dataclasses import dataclass

MAX_WORDS = 60


@dataclass(frozen=True, slots=True)
class SummaryParts:
    """Indonesian phrases, most important first; empty ones are left out."""

    who: str = ""
    wish: str = ""
    cause: str = ""
    amount: str = ""
    promise: str = ""
    deadline: str = ""


def summarise(parts: SummaryParts) -> str:
    """Join the parts; the customer's wish is what gets shortened if it grows too long."""
    fixed = [
        f"{label}: {value}." if label else f"{value}."
        for label, value in (
            ("", parts.who),
            ("Sebab", parts.cause),
            ("Nilai", parts.amount),
            ("Janji", parts.promise),
            ("Tenggat", parts.deadline),
        )
        if value
    ]
    room = MAX_WORDS - sum(len(p.split()) for p in fixed) - 2  # the heading, and the ellipsis
    wish = _shorten(parts.wish, max(room, 5))
    if not wish:
        return " ".join(fixed)
    position = 1 if parts.who else 0
    return " ".join([*fixed[:position], f"Keinginan: {wish}.", *fixed[position:]])


def _shorten(text: str, words: int) -> str:
    parts = text.split()
    return " ".join(parts) if len(parts) <= words else " ".join(parts[:words]) + " …"
