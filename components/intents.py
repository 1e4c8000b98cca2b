"""What the customer most wants dealt with, what else, and how sure we are of each.

Linear classifiers over the blocks of `features`; the numbers live in plain arrays, so that reading a message needs
numpy alone. Confidence is calibrated on messages that each fold's classifier had not seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from components.archive import Pieces, as_json, packed
from components.features import Reading, Vectoriser, counted

ARRAYS: Final = "intents.npz"
NAMES: Final = "intents.json"
OUT_OF_SCOPE: Final = "out_of_scope"
# never a further matter: they carry no matter of their own
LONE: Final = frozenset(
    {OUT_OF_SCOPE, "greet", "goodbye", "affirm", "deny", "inform", "choose_option", "bot_challenge"}
)
FOLDS: Final = 5


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
class Example:
    """A training message: as a whole, and clause by clause."""

    whole: Reading
    clauses: tuple[Reading, ...]
    intent: str
    further: tuple[str, ...]


def softmax(scores: Any, temperature: float) -> Any:
    scaled = scores / temperature
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return scaled / scaled.sum(axis=-1, keepdims=True)


def further_evidence(whole: Any, clauses: Any, primary: int) -> Any:
    """One row per label: what speaks for it as a further matter."""
    labels = whole.shape[0]
    best = clauses.max(axis=0) if len(clauses) > 1 else np.zeros(labels)
    order = np.argsort(-whole)
    rank = np.empty(labels)
    rank[order] = np.arange(labels)
    floor = 1e-4
    return np.stack(
        [
            np.log(whole + floor),
            np.log(best + floor),
            np.full(labels, math.log(whole[primary] + floor)),
            1.0 / (1.0 + rank),
            np.full(labels, math.log(len(clauses) + 1)),
            best * (clauses.argmax(axis=1)[:, None] == np.arange(labels)).any(axis=0)
            if len(clauses) > 1
            else best,
        ],
        axis=1,
    )


class IntentModel:
    def __init__(
        self, labels: Sequence[str], vectoriser: Vectoriser, weights: Any, bias: Any, temperature: float,
        further_weights: Any, further_threshold: float,
    ) -> None:  # fmt: skip
        self.labels = tuple(labels)
        self.vectoriser = vectoriser
        self.weights = weights
        self.bias = bias
        self.temperature = temperature
        self.further_weights = further_weights
        self.further_threshold = further_threshold
        self._lone = np.array([label in LONE for label in self.labels])

    def scores(self, reading: Reading) -> Any:
        columns, values = self.vectoriser.row(counted(reading))
        if not columns:
            return self.bias
        return np.asarray(values, dtype=np.float32) @ self.weights[columns] + self.bias

    def probabilities(self, reading: Reading) -> Any:
        return softmax(self.scores(reading), self.temperature)

    def guess(self, whole: Reading, clauses: Sequence[Reading]) -> Guess:
        probabilities = self.probabilities(whole)
        order = np.argsort(-probabilities, kind="stable")
        ranking = tuple((self.labels[at], float(probabilities[at])) for at in order)
        return Guess(ranking, self.further(probabilities, clauses, int(order[0])))

    def further(self, whole: Any, clauses: Sequence[Reading], primary: int) -> tuple[tuple[str, float], ...]:
        if len(clauses) < 2 or self.labels[primary] == OUT_OF_SCOPE:
            return ()
        parts = np.stack([self.probabilities(clause) for clause in clauses])
        chances = further_chances(further_evidence(whole, parts, primary), self.further_weights)
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
        )


def further_chances(evidence: Any, weights: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-(evidence @ weights[:-1] + weights[-1])))


def _classifier() -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(C=0.3, random_state=0)


def fit_temperature(scores: Any, gold: Any) -> float:
    """The temperature under which unseen labels are likeliest."""
    rows = np.arange(len(gold))
    grid = np.exp(np.linspace(math.log(0.03), math.log(3.0), 80))
    losses = [-np.log(softmax(scores, t)[rows, gold] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(losses))])


def folds_of(gold: Sequence[int], folds: int, seed: int = 0) -> list[tuple[Any, Any]]:
    from sklearn.model_selection import StratifiedKFold

    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(np.zeros(len(gold)), gold))


@dataclass(frozen=True)
class Unseen:
    """What classifiers that had not seen a message say about it: whole and by clause."""

    labels: tuple[str, ...]
    gold: Any
    scores: Any
    clause_scores: tuple[Any, ...]


def unseen(examples: Sequence[Example], folds: int = FOLDS) -> Unseen:
    labels = tuple(sorted({example.intent for example in examples}))
    index = {label: at for at, label in enumerate(labels)}
    gold = np.array([index[example.intent] for example in examples])
    counts = [counted(example.whole) for example in examples]
    clause_counts = [[counted(clause) for clause in example.clauses] for example in examples]
    scores = np.zeros((len(examples), len(labels)))
    clause_scores: list[Any] = [np.zeros((0, len(labels)))] * len(examples)
    for known, held in folds_of(gold.tolist(), folds):
        vectoriser = Vectoriser.fit([counts[at] for at in known])
        classifier = _classifier().fit(vectoriser.matrix([counts[at] for at in known]), gold[known])
        scores[held] = classifier.decision_function(vectoriser.matrix([counts[at] for at in held]))
        several = [at for at in held if len(clause_counts[at]) > 1]
        if several:
            flat = classifier.decision_function(
                vectoriser.matrix([c for at in several for c in clause_counts[at]])
            )
            start = 0
            for at in several:
                size = len(clause_counts[at])
                clause_scores[at] = flat[start : start + size]
                start += size
    return Unseen(labels, gold, scores, tuple(clause_scores))


def fit_further(examples: Sequence[Example], seen: Unseen, temperature: float) -> tuple[Any, float]:
    """Weights over the evidence for a further matter, and the threshold that holds precision above the goal."""
    from sklearn.linear_model import LogisticRegression

    index = {label: at for at, label in enumerate(seen.labels)}
    allowed = np.array([label not in LONE for label in seen.labels])
    rows, truth = [], []
    for at, example in enumerate(examples):
        if len(example.clauses) < 2:
            continue
        whole = softmax(seen.scores[at], temperature)
        primary = int(whole.argmax())
        evidence = further_evidence(whole, softmax(seen.clause_scores[at], temperature), primary)
        wanted = {index[label] for label in example.further if label in index}
        for label in np.flatnonzero(allowed):
            if label != primary:
                rows.append(evidence[label])
                truth.append(label in wanted)
    answers = np.array(truth)
    if not answers.any():
        return np.append(np.zeros(rows[0].shape if rows else 6), -20.0), 0.5
    matrix = np.array(rows)
    fitted = LogisticRegression(C=1.0, max_iter=500).fit(matrix, answers)
    weights = np.append(fitted.coef_[0], fitted.intercept_[0])
    return weights, pick_threshold(further_chances(matrix, weights), answers)


def pick_threshold(chances: Any, truth: Any, precision: float = 0.82) -> float:
    """The lowest threshold from which the goal's precision holds, so that recall is as high as may be."""
    order = np.argsort(-chances)
    hits = np.cumsum(truth[order])
    shares = hits / np.arange(1, len(order) + 1)
    good = np.flatnonzero((shares >= precision) & (np.arange(len(order)) >= 5))
    return float(max(0.2, chances[order[good[-1]]])) if len(good) else 0.5


def train(examples: Sequence[Example]) -> IntentModel:
    seen = unseen(examples)
    temperature = fit_temperature(seen.scores, seen.gold)
    further_weights, threshold = fit_further(examples, seen, temperature)
    counts = [counted(example.whole) for example in examples]
    vectoriser = Vectoriser.fit(counts)
    classifier = _classifier().fit(vectoriser.matrix(counts), seen.gold)
    weights = np.ascontiguousarray(classifier.coef_.T.astype(np.float32))
    return IntentModel(
        seen.labels,
        vectoriser,
        weights,
        classifier.intercept_.astype(np.float32),
        temperature,
        further_weights,
        threshold,
    )
