"""How well the model understands: `python -m components.evaluate [--data] [--frozen FILE] [--folds N] [--out FILE]`.

Without --frozen every training message is judged by a model that has not seen it (cross-validation, spans included);
with it, the newest archive judges the frozen set. --data checks the training data and fails on faults.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import numpy as np

from components import corpus, further, intents, spans
from components.archive import DamagedModel, newest
from components.bahasa.values import normalise_value
from components.corpus import Labelled
from components.intents import OUT_OF_SCOPE
from components.parsing import MODELS
from components.understanding import Understanding, example_of

ROOT: Final = MODELS.parent
BINS: Final = 10

Judged = tuple[
    str, float, tuple[str, ...], tuple[tuple[str, int, int], ...], float
]  # ..., chance of out of scope


def cross_validated(messages: Sequence[Labelled], folds: int) -> list[Judged]:
    """What models that had not seen a message make of it; the temperature alone is fitted on all."""
    labels = sorted({message.intent for message in messages})
    gold = [labels.index(message.intent) for message in messages]
    predicted: list[tuple[tuple[str, int, int], ...]] = [()] * len(messages)
    for known, held in intents.folds_of(gold, folds):
        field = spans.train([messages[at].text for at in known], [messages[at].spans for at in known])
        finder = spans.SpanFinder(field)
        for at in held:
            predicted[at] = tuple((s.entity, s.start, s.end) for s in finder.find(messages[at].text))
    known_as = [example_of(m.text, m.spans, m.intent, m.further) for m in messages]
    met_as = [
        example_of(m.text, found, m.intent, m.further) for m, found in zip(messages, predicted, strict=True)
    ]
    seen = intents.unseen(known_as, folds, met_as)
    temperature = intents.fit_temperature(seen.scores, seen.gold)
    chances = intents.softmax(seen.scores, temperature)
    rows, truth, owners, candidates = intents.further_rows(met_as, seen, temperature)
    others: list[list[str]] = [[] for _ in messages]
    for train_on, judge in _grouped(owners):
        weights, threshold = further.fit(rows[train_on], truth[train_on], owners[train_on], intents.PRECISION)
        given = further.chances(rows[judge], weights)
        for at in np.flatnonzero(given >= threshold):
            others[int(owners[judge][at])].append(seen.labels[candidates[judge][at]])
    scope = seen.labels.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in seen.labels else None
    return [
        (
            seen.labels[int(row.argmax())],
            float(row.max()),
            tuple(others[at][:3]),
            predicted[at],
            float(row[scope]) if scope is not None else 0.0,
        )
        for at, row in enumerate(chances)
    ]


def _grouped(owners: Any) -> Iterable[tuple[Any, Any]]:
    from sklearn.model_selection import GroupKFold

    return list(GroupKFold(4).split(owners, owners, owners))


def judged_by(understanding: Understanding, messages: Sequence[Labelled]) -> list[Judged]:
    found: list[Judged] = []
    for message in messages:
        meaning = understanding(message.text)
        found.append(
            (
                meaning.guess.intent,
                meaning.guess.confidence,
                tuple(label for label, _ in meaning.guess.further),
                tuple((span.entity, span.start, span.end) for span in meaning.entities),
                dict(meaning.guess.ranking).get(OUT_OF_SCOPE, 0.0),
            )
        )
    return found


def figures(messages: Sequence[Labelled], judged: Sequence[Judged]) -> dict[str, Any]:
    right = np.array(
        [guess[0] == m.intent or guess[0] in m.also_ok for m, guess in zip(messages, judged, strict=True)]
    )
    counted_as = [g[0] if ok else m.intent for m, g, ok in zip(messages, judged, right, strict=True)]
    guesses = [guess[0] for guess in judged]
    per_label = {label: _f1(counted_as, guesses, label) for label in sorted(set(counted_as))}
    sure = np.array([guess[1] for guess in judged])
    foreign = np.array([m.intent == OUT_OF_SCOPE for m in messages])
    wrong = Counter((m.intent, g[0]) for m, g, ok in zip(messages, judged, right, strict=True) if not ok)
    return {
        "messages": len(messages),
        "accuracy": round(float(right.mean()), 4),
        "accuracy_interval": _interval(right),
        "macro_f1": round(float(np.mean([f1 for *_, f1 in per_label.values()])), 4),
        "calibration_error": round(_calibration(sure, right)[0], 4),
        "calibration_curve": _calibration(sure, right)[1],
        "out_of_scope_auroc": _auroc(np.array([guess[4] for guess in judged]), foreign),
        "further": _overlap([(set(m.further), set(g[2])) for m, g in zip(messages, judged, strict=True)]),
        "spans": _overlap([(set(m.spans), set(g[3])) for m, g in zip(messages, judged, strict=True)]),
        "spans_by_entity": {
            kind: _overlap(
                [
                    ({s for s in m.spans if s[0] == kind}, {s for s in g[3] if s[0] == kind})
                    for m, g in zip(messages, judged, strict=True)
                ]
            )
            for kind in spans.KINDS
        },
        "values_right": _values(messages, judged),
        "by_register": _sliced(right, [m.register or "?" for m in messages]),
        "by_length": _sliced(right, [_length(m.text) for m in messages]),
        "per_label": {
            label: {"precision": round(p, 3), "recall": round(r, 3), "f1": round(f, 3)}
            for label, (p, r, f) in per_label.items()
        },
        "worst_confusions": [[gold, guess, count] for (gold, guess), count in wrong.most_common(25)],
    }


def _length(text: str) -> str:
    count = len(text.split())
    return next((f"{low}-{high}" for low, high in corpus.LENGTHS if count <= high), "61+")


def _f1(gold: Sequence[str], guesses: Sequence[str], label: str) -> tuple[float, float, float]:
    hits = sum(g == label == p for g, p in zip(gold, guesses, strict=True))
    precision, recall = hits / max(1, guesses.count(label)), hits / max(1, gold.count(label))
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0


def _interval(right: Any) -> list[float]:
    """95 % by bootstrap."""
    random = np.random.default_rng(0)
    means = [right[random.integers(0, len(right), len(right))].mean() for _ in range(500)]
    return [round(float(np.quantile(means, q)), 4) for q in (0.025, 0.975)]


def _calibration(sure: Any, right: Any) -> tuple[float, list[list[float]]]:
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    error, curve = 0.0, []
    for place in range(BINS):
        inside = places == place
        if inside.any():
            error += abs(sure[inside].mean() - right[inside].mean()) * inside.mean()
            curve.append(
                [
                    round(float(sure[inside].mean()), 3),
                    round(float(right[inside].mean()), 3),
                    int(inside.sum()),
                ]
            )
    return float(error), curve


def _auroc(scores: Any, positive: Any) -> float | None:
    if not positive.any() or positive.all():
        return None
    order = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    ones = int(positive.sum())
    return round(float((order[positive].sum() - ones * (ones - 1) / 2) / (ones * (len(scores) - ones))), 4)


def _overlap(pairs: Sequence[tuple[set[Any], set[Any]]]) -> dict[str, float]:
    hits = sum(len(gold & found) for gold, found in pairs)
    extra = sum(len(found - gold) for gold, found in pairs)
    missed = sum(len(gold - found) for gold, found in pairs)
    return {
        "precision": round(hits / max(1, hits + extra), 4),
        "recall": round(hits / max(1, hits + missed), 4),
        "f1": round(2 * hits / max(1, 2 * hits + extra + missed), 4),
        "gold": hits + missed,
    }


def _values(messages: Sequence[Labelled], judged: Sequence[Judged]) -> dict[str, Any] | None:
    """Of the spans that are right: how many values are."""
    good: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for message, guess in zip(messages, judged, strict=True):
        for span, expected in zip(message.spans, message.values, strict=False):
            if span in guess[3] and expected is not None:
                entity, start, end = span
                sent_at = (
                    datetime.fromisoformat(message.sent_at) if message.sent_at else datetime.now(timezone.utc)
                )
                value = normalise_value(entity, message.text[start:end], sent_at, context=message.text)
                total[entity] += 1
                good[entity] += value == expected
    if not total:
        return None
    share = {entity: round(good[entity] / total[entity], 4) for entity in sorted(total)}
    return {"all": round(sum(good.values()) / sum(total.values()), 4), **share}


def _sliced(right: Any, names: Sequence[str]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for name in sorted(set(names)):
        inside = np.array([other == name for other in names])
        found[name] = [round(float(right[inside].mean()), 4), int(inside.sum())]
    return found


def table(results: dict[str, Any]) -> str:
    rows = [
        ("accuracy", f"{results['accuracy']:.1%}", "93 %"),
        ("macro-F1", f"{results['macro_f1']:.3f}", "0.92"),
        ("further precision", f"{results['further']['precision']:.1%}", "80 %"),
        ("further recall", f"{results['further']['recall']:.1%}", "70 %"),
        ("exact-span F1", f"{results['spans']['f1']:.3f}", "0.90"),
        ("values right", f"{results['values_right']['all']:.1%}" if results["values_right"] else "-", "97 %"),
        ("calibration error", f"{results['calibration_error']:.3f}", "0.04"),
        ("out-of-scope AUROC", str(results["out_of_scope_auroc"]), "0.97"),
    ]
    lines = [f"{results['messages']} messages", f"{'':22}{'measured':>10}{'goal':>8}"]
    lines += [f"{name:22}{measured:>10}{goal:>8}" for name, measured, goal in rows]
    lines += ["", "spans"]
    for entity, found in results["spans_by_entity"].items():
        lines.append(f"  {entity:20}{found['f1']:>10.3f}{found['gold']:>8}")
    lines += ["", "worst confusions"]
    lines += [f"  {count:3} {gold} -> {guess}" for gold, guess, count in results["worst_confusions"][:10]]
    return "\n".join(lines)


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="kawan evaluate", description="How well the model understands.")
    parser.add_argument("--data", action="store_true", help="check the training data instead; faults fail")
    parser.add_argument("--frozen", type=Path, metavar="FILE", help="judge this set with the newest model")
    parser.add_argument(
        "--model", type=Path, metavar="FILE", help="an archive; default: the newest in models/"
    )
    parser.add_argument("--folds", type=int, default=5, help="of the cross-validation (default: 5)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args(None if arguments is None else list(arguments))
    started = time.monotonic()
    faults: list[str] = []
    try:
        messages = corpus.training(ROOT / "data" / "nlu")
        if given.data:
            results, faults = corpus.check(messages)
            if given.frozen is not None:
                faults += [
                    f"in training and in evaluation: {text!r}" for text in leaks_of(messages, given.frozen)
                ]
            results["faults"] = faults
            text = "\n".join(
                [*(f"{key}: {value}" for key, value in results.items() if key != "faults"), *faults]
            )
        else:
            if given.frozen is not None:
                model = given.model or newest(MODELS)
                if model is None:
                    raise DamagedModel("no model in models/; run `kawan train`")
                held = corpus.frozen(given.frozen)
                results = figures(held, judged_by(Understanding.load(model), held))
            else:
                results = figures(messages, cross_validated(messages, given.folds))
            results["seconds"] = round(time.monotonic() - started, 1)
            text = table(results)
    except (DamagedModel, OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"kawan evaluate: {error}\n")
        return 2
    if given.out is not None:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.stdout.write((json.dumps(results, ensure_ascii=False) if given.json else text) + "\n")
    return 1 if faults else 0


def leaks_of(messages: Sequence[Labelled], path: Path) -> list[str]:
    return corpus.leaks(messages, corpus.frozen(path))


if __name__ == "__main__":
    sys.exit(main())
