"""The trained pieces put together: text in, meaning out. Neither Rasa nor TensorFlow is needed for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from spacy.tokens import Doc

from components import archive
from components.features import Reading
from components.intents import OUT_OF_SCOPE, Example, Guess, IntentModel, Readings
from components.language import read
from components.signals import Signals, signals_of
from components.spans import Found, SpanFinder
from components.text import LONGEST, clauses, plain

SPANS: Final = "KawanSpans"
INTENTS: Final = "KawanIntents"
MOST_CLAUSES: Final = 24

Marked = Sequence[tuple[str, int, int]]


@dataclass(frozen=True)
class Meaning:
    guess: Guess
    entities: tuple[Found, ...]
    signals: Signals


def reading_of(doc: Doc, spans: Marked, start: int = 0, end: int = LONGEST) -> Reading:
    """What the classifiers see of a stretch of the message: normal forms, with values replaced by their kind."""
    words: list[str] = []
    norms: list[str] = []
    inside = ""
    at = 0
    ordered = sorted(spans, key=lambda span: span[1])
    for token in doc:
        if token.idx >= end:
            break
        if token.idx < start:
            continue
        stop = token.idx + len(token.text)
        while at < len(ordered) and ordered[at][2] <= token.idx:
            at += 1
            inside = ""
        if at < len(ordered) and ordered[at][1] < stop:
            if inside != ordered[at][0]:
                words.append(f"<{ordered[at][0]}>")
                norms.append(words[-1])
            inside = ordered[at][0]
            continue
        inside = ""
        word = plain(token.text)
        if not word.isspace():
            words.append(word)
            norms.append(token.norm_)
    return Reading(tuple(words), tuple(norms), doc.text[start:end])


def readings_of(doc: Doc, spans: Marked) -> Readings:
    whole = reading_of(doc, spans)
    parts = [
        (piece, start, end)
        for start, end in clauses(doc.text[:LONGEST])[:MOST_CLAUSES]
        if (piece := reading_of(doc, spans, start, end)).words
    ]
    if len(parts) < 2:
        return Readings(whole)
    # two clauses make one pair, which is the whole
    pairs = (
        [reading_of(doc, spans, left[1], right[2]) for left, right in pairwise(parts)]
        if len(parts) > 2
        else []
    )
    return Readings(whole, tuple(piece for piece, _, _ in parts), tuple(pairs))


def example_of(text: str, spans: Marked, intent: str, further: Sequence[str]) -> Example:
    return Example(readings_of(read(text), spans), intent, tuple(further))


def guess(model: IntentModel, doc: Doc, spans: Marked) -> Guess:
    if not doc.text.strip():
        return Guess(((OUT_OF_SCOPE, 0.0),), ())
    return model.guess(readings_of(doc, spans))


class Understanding:
    def __init__(self, intents: IntentModel, spans: SpanFinder) -> None:
        self.intents = intents
        self.spans = spans

    @classmethod
    def load(cls, model: Path) -> Understanding:
        pieces = archive.resources(model, (INTENTS, SPANS))
        return cls(IntentModel.load(pieces[INTENTS]), SpanFinder.load(pieces[SPANS]))

    def __call__(self, text: str) -> Meaning:
        doc = read(text)
        found = self.spans.find(text)
        marked = [(span.entity, span.start, span.end) for span in found]
        return Meaning(guess(self.intents, doc, marked), tuple(found), signals_of(doc))
