"""What the customer most wants dealt with, what else, and how sure we are of each.

Linear classifiers over the blocks of `features`; the numbers live in plain arrays, so that reading a message needs
numpy alone. Confidence is calibrated on messages that each fold's classifier had not seen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from components import further
from components.archive import Pieces, as_json, packed
from components.features import Reading, Vectoriser

ARRAYS: Final = "intents.npz"
NAMES: Final = "intents.json"
OUT_OF_SCOPE: Final = "out_of_scope"
# never a further matter: they carry no matter of their own
LONE: Final = frozenset(
    {OUT_OF_SCOPE, "greet", "goodbye", "affirm", "deny", "inform", "choose_option", "bot_challenge"}
)
FOLDS: Final = 4
# of the further intents that the threshold lets through; what is missed costs less than what is made up
PRECISION: Final = 0.65


@dataclass(frozen=True)
class Guess:
    """Labels with their probabilities, likeliest first, and the further matters."""

    ranking: tuple[tuple[str, float], ...]
    further: tuple[tuple[str, float], ...]

    @property
    def intent(self) -> str:
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        return self.ranking[0][1]


@dataclass(frozen=True)
class Readings:
    """A message as a whole, clause by clause, and by pairs of neighbouring clauses; no parts where they would be
    the whole."""

    whole: Reading
    clauses: tuple[Reading, ...] = ()
    pairs: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Example:
    """A training message."""

    readings: Readings
    intent: str
    further: tuple[str, ...]


def softmax(scores: Any, temperature: float) -> Any:
    scaled = scores / temperature
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return scaled / scaled.sum(axis=-1, keepdims=True)


class IntentModel:
    def __init__(
        self, labels: Sequence[str], vectoriser: Vectoriser, weights: Any, bias: Any, temperature: float,
        further_weights: Any, further_threshold: float, priors: Any,
    ) -> None:  # fmt: skip
        self.labels = tuple(labels)
        self.vectoriser = vectoriser
        self.weights = weights
        self.bias = bias
        self.temperature = temperature
        self.further_weights = further_weights
        self.further_threshold = further_threshold
        self.priors = priors
        self._lone = np.array([label in LONE for label in self.labels])

    def probabilities(self, readings: Sequence[Reading]) -> Any:
        """One row per reading. Sparse rows against dense weights: no threads of a linear algebra library."""
        return softmax(self.vectoriser.matrix(readings) @ self.weights + self.bias, self.temperature)

    def guess(self, readings: Readings) -> Guess:
        clauses = len(readings.clauses)
        chances = self.probabilities([readings.whole, *readings.clauses, *readings.pairs])
        whole, parts, pairs = chances[0], chances[1 : 1 + clauses], chances[1 + clauses :]
        pairs = pairs if len(pairs) else chances[:1]
        order = np.argsort(-whole, kind="stable")
        ranking = tuple((self.labels[at], float(whole[at])) for at in order)
        return Guess(ranking, self.further(readings, whole, parts, pairs, int(order[0])))

    def further(
        self, readings: Readings, whole: Any, clauses: Any, pairs: Any, primary: int
    ) -> tuple[tuple[str, float], ...]:
        if not len(clauses) or self.labels[primary] == OUT_OF_SCOPE:
            return ()
        cues = further.cues_in(readings.whole, self.labels)
        words = len(readings.whole.words)
        rows = further.evidence(whole, clauses, pairs, cues, self.priors, words, primary)
        chances = further.chances(rows, self.further_weights)
        found = [
            (self.labels[at], float(chances[at]))
            for at in np.argsort(-chances, kind="stable")
            if chances[at] >= self.further_threshold and at != primary and not self._lone[at]
        ]
        return tuple(found[:3])

    def files(self) -> dict[str, bytes]:
        names = {
            "labels": list(self.labels),
            "features": self.vectoriser.names,
            "temperature": self.temperature,
            "further_threshold": self.further_threshold,
        }
        arrays = packed(
            weights=self.weights.astype(np.float16),
            bias=self.bias.astype(np.float32),
            idf=self.vectoriser.idf.astype(np.float32),
            further=self.further_weights.astype(np.float64),
            priors=self.priors.astype(np.float64),
        )
        return {ARRAYS: arrays, NAMES: as_json(names)}

    @classmethod
    def load(cls, pieces: Pieces) -> IntentModel:
        names, arrays = pieces.json(NAMES), pieces.arrays(ARRAYS)
        return cls(
            names["labels"],
            Vectoriser(names["features"], arrays["idf"]),
            arrays["weights"].astype(np.float32),
            arrays["bias"],
            float(names["temperature"]),
            arrays["further"],
            float(names["further_threshold"]),
            arrays["priors"],
        )


def _classifier() -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(C=0.3, tol=1e-2, random_state=0)


def _solved(readings: Sequence[Reading], gold: Any, labels: int) -> tuple[Vectoriser, Any, Any]:
    """A vocabulary, weights and bias with a column for every label, also where there are two or one is missing."""
    vectoriser = Vectoriser.fit(readings)
    classifier = _classifier().fit(vectoriser.matrix(readings), gold)
    slopes, offsets = classifier.coef_, classifier.intercept_
    if len(classifier.classes_) == 2:
        slopes, offsets = np.concatenate([-slopes, slopes]), np.concatenate([-offsets, offsets])
    weights = np.zeros((len(vectoriser.names), labels), dtype=np.float32)
    bias = np.full(labels, -2.0, dtype=np.float32)
    weights[:, classifier.classes_] = slopes.T
    bias[classifier.classes_] = offsets
    return vectoriser, weights, bias


def fit_temperature(scores: Any, gold: Any) -> float:
    """The temperature under which unseen labels are likeliest."""
    rows = np.arange(len(gold))
    grid = np.exp(np.linspace(math.log(0.03), math.log(3.0), 80))
    losses = [-np.log(softmax(scores, t)[rows, gold] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(losses))])


def folds_of(gold: Sequence[int], folds: int, seed: int = 0) -> list[tuple[Any, Any]]:
    from sklearn.model_selection import StratifiedKFold

    folds = min(folds, max(Counter(gold).values()))
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(np.zeros(len(gold)), gold))


@dataclass(frozen=True)
class Unseen:
    """What classifiers that had not seen a message say about it: the whole, its clauses, its pairs of clauses."""

    labels: tuple[str, ...]
    gold: Any
    scores: Any
    parts: tuple[tuple[Any, Any], ...]


def unseen(
    examples: Sequence[Example], folds: int = FOLDS, met_as: Sequence[Example] | None = None
) -> Unseen:
    """Each fold learns from `examples`; a held-out message may be read differently, as it will be when met."""
    met = examples if met_as is None else met_as
    labels = tuple(sorted({example.intent for example in examples}))
    index = {label: at for at, label in enumerate(labels)}
    gold = np.array([index[example.intent] for example in examples])
    wholes = [example.readings.whole for example in examples]
    scores = np.zeros((len(examples), len(labels)))
    nothing = np.zeros((0, len(labels)))
    parts: list[tuple[Any, Any]] = [(nothing, nothing)] * len(examples)

    def judge(known: Any, held: Any) -> None:
        vectoriser, weights, bias = _solved([wholes[at] for at in known], gold[known], len(labels))
        scores[held] = vectoriser.matrix([met[at].readings.whole for at in held]) @ weights + bias
        several = [at for at in held if met[at].readings.clauses]
        pieces = [piece for at in several for piece in (*met[at].readings.clauses, *met[at].readings.pairs)]
        if not pieces:
            return
        flat = vectoriser.matrix(pieces) @ weights + bias
        start = 0
        for at in several:
            middle = start + len(met[at].readings.clauses)
            end = middle + len(met[at].readings.pairs)
            parts[at] = (flat[start:middle], flat[middle:end] if end > middle else scores[at : at + 1])
            start = end

    # the solver works outside the interpreter's lock
    with ThreadPoolExecutor(max_workers=2) as pool:
        for done in [pool.submit(judge, known, held) for known, held in folds_of(gold.tolist(), folds)]:
            done.result()
    return Unseen(labels, gold, scores, tuple(parts))


def priors_of(examples: Sequence[Example], labels: Sequence[str]) -> Any:
    """How readily each label rides along with others."""
    counts = Counter(label for example in examples for label in example.further)
    return np.array([math.log(counts[label] + 0.5) for label in labels])


def further_rows(examples: Sequence[Example], seen: Unseen, temperature: float) -> tuple[Any, Any, Any, Any]:
    """Evidence, truth, message and label of every candidate for a further matter."""
    allowed = [at for at, label in enumerate(seen.labels) if label not in LONE]
    priors = priors_of(examples, seen.labels)
    rows, truth, messages, candidates = [], [], [], []
    for at, example in enumerate(examples):
        clauses, pairs = seen.parts[at]
        if not len(clauses):
            continue
        whole = softmax(seen.scores[at], temperature)
        primary = int(whole.argmax())
        found = further.evidence(
            whole,
            softmax(clauses, temperature),
            softmax(pairs, temperature),
            further.cues_in(example.readings.whole, seen.labels),
            priors,
            len(example.readings.whole.words),
            primary,
        )
        keep = [label for label in allowed if label != primary]
        rows.append(found[keep])
        truth += [seen.labels[label] in example.further for label in keep]
        messages += [at] * len(keep)
        candidates += keep
    if not rows:  # no message of several clauses: nothing to learn from
        return np.zeros((0, further.COLUMNS)), np.zeros(0, bool), np.zeros(0, int), np.zeros(0, int)
    return np.concatenate(rows), np.array(truth), np.array(messages), np.array(candidates)


def train(examples: Sequence[Example]) -> IntentModel:
    seen = unseen(examples)
    temperature = fit_temperature(seen.scores, seen.gold)
    rows, truth, messages, _ = further_rows(examples, seen, temperature)
    further_weights, threshold = further.fit(rows, truth, messages, PRECISION)
    wholes = [example.readings.whole for example in examples]
    vectoriser, weights, bias = _solved(wholes, seen.gold, len(seen.labels))
    return IntentModel(
        seen.labels,
        vectoriser,
        weights,
        bias,
        temperature,
        further_weights,
        threshold,
        priors_of(examples, seen.labels),
    )
