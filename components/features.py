"""What the classifiers see of a message: words, pieces of words, ideas and shape, each block weighed apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np

from components.concepts import concepts_of

# share of each block in a message's vector
WEIGHTS: Final[dict[str, float]] = {"w": 1.0, "c": 1.0, "k": 1.0, "f": 1.0, "s": 0.3}
BLOCKS: Final = "wckfs"
# a feature of fewer messages is left out
LEAST: Final[dict[str, int]] = {"w": 1, "c": 2, "k": 2, "f": 2, "s": 2}


@dataclass(frozen=True)
class Reading:
    """A message as the classifiers read it: words as typed and in standard form, values replaced by `<kind>`."""

    words: tuple[str, ...]
    norms: tuple[str, ...]
    text: str


def pieces(word: str, least: int = 2, most: int = 5) -> Iterator[str]:
    """Character n-grams of a word, as scikit-learn's char_wb makes them; a value counts as one piece."""
    if word[0] == "<":
        yield word
        return
    padded = f" {word[:40]} "
    size = len(padded)
    for n in range(least, most + 1):
        if size <= n:
            yield padded
            break
        for at in range(size - n + 1):
            yield padded[at : at + n]


def word_runs(words: Sequence[str]) -> Iterable[str]:
    yield from words
    yield from (f"{a} {b}" for a, b in pairwise(words))


_BREAKS: Final = frozenset(".,;!?")
_ASKING: Final = frozenset({"WHY", "HOW", "WHEN", "WHERE", "HOWLONG", "HOWMUCH", "WHAT", "WHO", "QUES"})
_DENYING: Final[dict[str, str]] = {"NEG": "~", "CANNOT": "~", "NOTYET": "-"}
# words that only carry a sentence along
_THIN: Final = frozenset({"SAYA", "YOU", "JUST", "STILL", "AGAIN", "BUT", "DATEWORD", "WHAT", "ALREADY"})


def bound(words: Sequence[str], ideas: Sequence[tuple[str, ...]]) -> list[list[list[str]]]:
    """Clause by clause, the ideas at each telling word, marked where a denial just before (or after) governs them."""
    clauses: list[list[list[str]]] = [[]]
    denial, reach = "", 0
    for word, group in zip(words, ideas, strict=True):
        if word in _BREAKS:
            if clauses[-1]:
                clauses.append([])
            denial = ""
            continue
        mark = next((_DENYING[idea] for idea in group if idea in _DENYING), "")
        if mark:
            denial, reach = mark, 3
            rest = [idea for idea in group if idea not in _DENYING]
            if rest:
                clauses[-1].append([mark + idea for idea in rest])
            continue
        reach -= 1
        if reach < 0:
            denial = ""
        telling = [idea for idea in group if idea not in _THIN]
        if telling:
            clauses[-1].append([denial + idea for idea in telling] if denial else telling)
            denial = "" if denial and not any(idea in {"CAN", "WANT"} for idea in telling) else denial
    return clauses


def act_of(words: Sequence[str], ideas: Sequence[tuple[str, ...]]) -> str:
    """Question, request, or neither, by the outward signs alone."""
    flat = {idea for group in ideas for idea in group}
    last = next((word for word in reversed(words) if word not in _BREAKS), "")
    tail = ideas[len(words) - 1 - list(reversed(words)).index(last)] if last else ()
    if "?" in words or flat & _ASKING:
        return "why" if "WHY" in flat else "ask"
    if "NOTYET" in tail or last in {"ya", "kah", "ga", "gak", "kan", "nggak", "tidak"}:
        return "ask"
    if "WANT" in flat:
        return "want"
    return "say"


def idea_runs(words: Sequence[str], ideas: Sequence[tuple[str, ...]]) -> Iterable[str]:
    """Ideas, neighbouring ideas, and ideas that meet within a few words; who denies what; what is asked for."""
    flat: list[tuple[int, str]] = [(at, idea) for at, group in enumerate(ideas) for idea in group]
    for _, idea in flat:
        yield idea
    for left in range(len(flat)):
        at, idea = flat[left]
        near = 0
        for right in range(left + 1, min(left + 9, len(flat))):
            at2, idea2 = flat[right]
            if at2 == at:
                continue
            near += 1
            if near == 1 or at2 - at == 1:
                yield f"{idea}>{idea2}"
            yield f"{idea}&{idea2}" if idea < idea2 else f"{idea2}&{idea}"
    if flat:
        yield f"^{flat[0][1]}"
        yield f"{flat[-1][1]}$"


def frames(words: Sequence[str], ideas: Sequence[tuple[str, ...]]) -> Iterable[str]:
    act = act_of(words, ideas)
    yield act
    for clause in bound(words, ideas):
        for at, group in enumerate(clause):
            for idea in group:
                yield idea
                yield f"{act}:{idea}"
                for other in clause[at + 1 : at + 4]:
                    for idea2 in other:
                        if idea2 != idea:
                            yield f"{idea}|{idea2}" if idea < idea2 else f"{idea2}|{idea}"
        short = [group[0] for group in clause]
        for a, b, c in zip(short, short[1:], short[2:], strict=False):
            yield f"{a}/{b}/{c}"


def shape(reading: Reading) -> Iterable[str]:
    count = len(reading.words)
    for limit in (1, 2, 3, 5, 8, 12, 20, 40):
        if count <= limit:
            yield f"upto{limit}"
            break
    else:
        yield "letter"
    if count:
        yield f"^{reading.words[0]}"
        yield f"{reading.words[-1]}$"
    if "?" in reading.text:
        yield "?"
    if reading.text.rstrip().endswith("?"):
        yield "?$"
    if "!" in reading.text:
        yield "!"
    letters = [letter for letter in reading.text if letter.isalpha()]
    if len(letters) > 6 and sum(letter.isupper() for letter in letters) > len(letters) * 0.7:
        yield "CAPS"
    if count and all(word[0] == "<" or not word.isalpha() for word in reading.words):
        yield "values-only"


def told(reading: Reading) -> dict[str, Iterable[str]]:
    """The features of each block but the pieces of words."""
    words = reading.words
    ideas = concepts_of(words, reading.norms)
    standard = [part for norm in reading.norms for part in norm.split()]
    return {
        "w": word_runs(standard),
        "k": idea_runs(words, ideas),
        "f": frames(words, ideas),
        "s": shape(reading),
    }


class Vectoriser:
    """TF-IDF over all blocks in one vocabulary; a sparse row is (columns, values)."""

    def __init__(self, names: Sequence[str], idf: Any) -> None:
        self.names = list(names)
        self.idf = idf
        self._column: dict[str, dict[str, int]] = {block: {} for block in BLOCKS}
        for column, name in enumerate(self.names):
            self._column[name[0]][name[1:]] = column
        self._idf: list[float] = [float(value) for value in idf]
        self._pieces = lru_cache(maxsize=20_000)(self._piece_columns)

    @classmethod
    def fit(cls, readings: Sequence[Reading]) -> Vectoriser:
        seen: dict[str, Counter[str]] = {block: Counter() for block in BLOCKS}
        for reading in readings:
            for block, features in told(reading).items():
                seen[block].update(set(features))
            seen["c"].update({piece for word in set(reading.words) for piece in pieces(word)})
        names, idf = [], []
        for block in BLOCKS:
            for name in sorted(seen[block]):
                count = seen[block][name]
                if count >= LEAST[block]:
                    names.append(block + name)
                    idf.append(math.log((1 + len(readings)) / (1 + count)) + 1)
        return cls(names, np.array(idf, dtype=np.float32))

    def _piece_columns(self, word: str) -> tuple[int, ...]:
        known = self._column["c"]
        return tuple(known[piece] for piece in pieces(word) if piece in known)

    def row(self, reading: Reading) -> tuple[list[int], list[float]]:
        columns: list[int] = []
        values: list[float] = []
        counts: dict[str, Counter[int]] = {}
        for block, features in told(reading).items():
            known = self._column[block]
            counts[block] = Counter([known[name] for name in features if name in known])
        counts["c"] = Counter()
        for word in reading.words:
            counts["c"].update(self._pieces(word))
        for block in BLOCKS:
            self._weigh(counts[block], WEIGHTS[block], columns, values)
        return columns, values

    def _weigh(self, counts: Counter[int], weight: float, columns: list[int], values: list[float]) -> None:
        idf, log = self._idf, math.log
        found = [idf[at] if n == 1 else (1 + log(n)) * idf[at] for at, n in counts.items()]
        square = sum([value * value for value in found])
        if square:
            scale = weight / math.sqrt(square)
            columns += counts
            values += [value * scale for value in found]

    def matrix(self, readings: Sequence[Reading]) -> Any:
        from scipy.sparse import csr_matrix

        indptr, columns, values = [0], [], []
        for reading in readings:
            row_columns, row_values = self.row(reading)
            columns.extend(row_columns)
            values.extend(row_values)
            indptr.append(len(columns))
        where = np.array(columns, dtype=np.int32)
        table = (np.array(values, dtype=np.float32), where, np.array(indptr, dtype=np.int32))
        return csr_matrix(table, shape=(len(readings), len(self.names)))
