"""Entity spans: a conditional random field over small pieces of text that also sees what the rules found.

Who wins where both speak is stated in `RULES_WIN`, kind by kind, as measured by cross-validation.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.archive import Pieces
from components.bahasa.patterns import find_entities
from components.concepts import ideas_of
from components.text import LONGEST, normal, safe, visible

KINDS: Final = (
    "booking_code", "amount", "bank", "account_number", "payment_method", "person_name", "phone", "email", "place",
    "carrier", "flight_number", "date", "time", "duration", "option_ref",
)  # fmt: skip
# a rule's span displaces the field's here; elsewhere the field decides
RULES_WIN: Final = frozenset({"duration", "email", "option_ref", "phone", "time"})
FIELD: Final = "spans.crfsuite"
_PIECE = re.compile(r"[^\W\d_]+|\d+|\S")


@dataclass(frozen=True)
class Found:
    entity: str
    start: int
    end: int
    confidence: float


def cut(text: str) -> list[tuple[str, int]]:
    """Letters, digits and marks apart, so that every span the guide asks for has its borders."""
    return [(match.group(), match.start()) for match in _PIECE.finditer(text)]


def _shape(piece: str) -> str:
    if piece.isdigit():
        return f"d{min(len(piece), 9)}"
    if piece.isalpha():
        if piece.isupper():
            return f"X{min(len(piece), 4)}"
        return "Xx" if piece[0].isupper() else "x"
    return piece


def features(text: str, pieces: Sequence[tuple[str, int]], rules: Sequence[Any]) -> list[list[str]]:
    """For each piece: itself, its neighbours, the rules' opinion, and the ideas around it."""
    size = len(pieces)
    mark = ["-"] * len(text)
    first = set()
    for rule in rules:
        for at in range(rule.start, min(rule.end, len(text))):
            mark[at] = rule.entity
        first.add(rule.start)
    lower = [visible(piece.lower()) or piece for piece, _ in pieces]
    norms = [normal(piece) for piece, _ in pieces]
    shapes = [_shape(piece) for piece, _ in pieces]
    ideas = [ideas_of(word) for word in lower]
    glued = [start > 0 and not text[start - 1].isspace() for _, start in pieces]
    rule = [
        ("B-" if start in first else "I-") + mark[start] if mark[start] != "-" else "O" for _, start in pieces
    ]
    rows: list[list[str]] = []
    for at in range(size):
        word = lower[at]
        row = [
            "b", f"w={word}", f"n={norms[at]}", f"s={shapes[at]}", f"p={word[:3]}", f"e={word[-3:]}", f"e2={word[-2:]}",
            f"r={rule[at]}", f"g={glued[at]}", f"r,s={rule[at]},{shapes[at]}",
        ]  # fmt: skip
        row.extend(f"k={idea}" for idea in ideas[at])
        for step in (-3, -2, -1, 1, 2, 3):
            other = at + step
            if 0 <= other < size:
                row.append(f"{step}w={norms[other]}")
                if abs(step) < 3:
                    row.append(f"{step}s={shapes[other]}")
                    row.append(f"{step}r={rule[other]}")
                    row.extend(f"{step}k={idea}" for idea in ideas[other])
                    if abs(step) == 1:
                        row.append(f"{step}ws={norms[other]},{shapes[at]}")
                        row.append(f"{step}ww={norms[other]},{word}")
            else:
                row.append(f"{step}=edge")
        if size <= 4:
            row.append(f"short={size}")
        rows.append(row)
    return rows


def tags(pieces: Sequence[tuple[str, int]], spans: Sequence[tuple[str, int, int]]) -> list[str]:
    out = ["O"] * len(pieces)
    for entity, start, end in spans:
        begun = False
        for at, (piece, piece_start) in enumerate(pieces):
            if piece_start < end and piece_start + len(piece) > start:
                out[at] = ("I-" if begun else "B-") + entity
                begun = True
    return out


def train(texts: Sequence[str], spans: Sequence[Sequence[tuple[str, int, int]]], rounds: int = 38) -> bytes:
    """The field's bytes. Deterministic: one thread, no sampling."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(
        {"c1": 0.1, "c2": 0.02, "max_iterations": rounds, "feature.possible_transitions": False}
    )
    for text, marked in zip(texts, spans, strict=True):
        text = safe(text)
        pieces = cut(text)
        if pieces:
            trainer.append(features(text, pieces, find_entities(text)), tags(pieces, marked))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FIELD
        trainer.train(str(path))
        return path.read_bytes()


class SpanFinder:
    def __init__(self, field: bytes) -> None:
        import pycrfsuite

        self._field = field
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(field)

    @classmethod
    def load(cls, pieces: Pieces) -> SpanFinder:
        return cls(pieces[FIELD])

    def files(self) -> dict[str, bytes]:
        return {FIELD: self._field}

    def field_spans(self, text: str, rules: Sequence[Any]) -> list[Found]:
        pieces = cut(text)
        if not pieces:
            return []
        tagger = self._tagger
        labels = tagger.tag(features(text, pieces, rules))
        found: list[Found] = []
        at = 0
        while at < len(labels):
            if labels[at] == "O":
                at += 1
                continue
            entity = labels[at][2:]
            last = at
            while last + 1 < len(labels) and labels[last + 1] == f"I-{entity}":
                last += 1
            sure = min(tagger.marginal(labels[step], step) for step in range(at, last + 1))
            piece, start = pieces[last]
            found.append(Found(entity, pieces[at][1], start + len(piece), float(sure)))
            at = last + 1
        return found

    def find(self, text: str) -> list[Found]:
        """Spans in order, none overlapping another."""
        head = safe(text[:LONGEST])
        rules = find_entities(head)
        field = self.field_spans(head, rules)
        winners = [
            Found(r.entity, r.start, r.end, float(r.confidence)) for r in rules if r.entity in RULES_WIN
        ]
        return merge(winners, field)


def merge(winners: Sequence[Found], others: Sequence[Found]) -> list[Found]:
    kept = list(winners)
    kept += [o for o in others if all(o.end <= w.start or o.start >= w.end for w in winners)]
    return sorted(kept, key=lambda span: span.start)
