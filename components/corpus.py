"""The training messages of data/nlu and the frozen evaluation set, read without Rasa; and what is wrong with them."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]

MARK: Final = re.compile(r"\[([^\]]+?)\]\(([^:)]+?)\)")
INFORMAL: Final = frozenset({"casual", "regional", "mixed"})
REGISTERS: Final = INFORMAL | {"formal", "neutral"}
# words in a message: a label should have some of each
LENGTHS: Final = ((1, 2), (3, 8), (9, 25), (26, 60))


@dataclass(frozen=True)
class Labelled:
    text: str
    intent: str
    further: tuple[str, ...] = ()
    spans: tuple[tuple[str, int, int], ...] = ()
    register: str = ""
    also_ok: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    sent_at: str = ""


def unmarked(marked: str) -> tuple[str, tuple[tuple[str, int, int], ...]]:
    """The text without its marks, and what they marked."""
    text, spans, at = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[at : match.start()]
        spans.append((match[2], len(text), len(text) + len(match[1])))
        text += match[1]
        at = match.end()
    return text + marked[at:], tuple(spans)


def training(folder: Path) -> list[Labelled]:
    found: list[Labelled] = []
    for path in sorted(folder.glob("*.yml")):
        content = yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        for block in content.get("nlu") or ():
            if "intent" not in block:
                continue
            for example in block["examples"]:
                text, spans = unmarked(example["text"].strip("\n\r "))
                notes = example.get("metadata") or {}
                found.append(
                    Labelled(
                        text,
                        block["intent"],
                        tuple(notes.get("further") or ()),
                        spans,
                        notes.get("register", ""),
                    )
                )
    return found


def frozen(path: Path) -> list[Labelled]:
    found: list[Labelled] = []
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            record = json.loads(line)
            entities = record.get("entities") or []
            found.append(
                Labelled(
                    record["text"],
                    record["intent"],
                    tuple(record.get("further") or ()),
                    tuple((e["entity"], e["start"], e["end"]) for e in entities),
                    record.get("register", ""),
                    tuple(record.get("also_ok") or ()),
                    tuple(e.get("value") for e in entities),
                    record.get("sent_at", ""),
                )
            )
    return found


def masked(message: Labelled) -> tuple[str, ...]:
    """Words with values replaced by their kind and digits by 0: what stays the same in a filled-in template."""
    text, at = "", 0
    for entity, start, end in sorted(message.spans, key=lambda span: span[1]):
        text += message.text[at:start] + f" {entity} "
        at = end
    text = (text + message.text[at:]).lower()
    text = re.sub(r"(.)\1{2,}", r"\1", re.sub(r"\d+", "0", text))
    return tuple(re.findall(r"\w+", text)) or (text.strip(),)


def _near(keys: Sequence[tuple[str, ...]]) -> set[int]:
    """Messages that repeat an earlier one of their label, or nearly (three quarters of the words shared)."""
    again: set[int] = set()
    first: dict[tuple[str, ...], int] = {}
    sets = [frozenset(key) for key in keys]
    by_word: dict[str, list[int]] = defaultdict(list)
    for at, key in enumerate(keys):
        if key in first:
            again.add(at)
            continue
        first[key] = at
        if len(key) >= 4:
            shared = Counter(other for word in sets[at] for other in by_word[word])
            if any(n / (len(sets[at]) + len(sets[o]) - n) > 0.75 for o, n in shared.items()):
                again.add(at)
            for word in sets[at]:
                by_word[word].append(at)
    return again


def check(messages: Sequence[Labelled]) -> tuple[dict[str, Any], list[str]]:
    """Figures on the training data, and what is wrong with it."""
    faults: list[str] = []
    by_label: dict[str, list[Labelled]] = defaultdict(list)
    for message in messages:
        by_label[message.intent].append(message)
    doubles = 0
    for label, own in sorted(by_label.items()):
        keys = [masked(message) for message in own]
        doubles += len(_near(keys))
        runs: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for at, key in enumerate(keys):
            for start in range(len(key) - 4):
                runs[key[start : start + 5]].add(at)
        limit = max(2.0, len(own) / 100)
        for run, places in sorted(runs.items()):
            if len(places) > limit:
                faults.append(f"{label}: {' '.join(run)!r} is in {len(places)} messages")
        if len(own) < 80:
            faults.append(f"{label}: {len(own)} messages, fewer than 80")
    informal = sum(message.register in INFORMAL for message in messages) / max(1, len(messages))
    share = doubles / max(1, len(messages))
    if share > 0.02:
        faults.append(f"{share:.1%} near-duplicates, more than 2 %")
    if informal < 0.6:
        faults.append(f"{informal:.1%} informal, less than 60 %")
    lengths = {f"{low}-{high}": _count(messages, low, high) for low, high in (*LENGTHS, (61, 1000))}
    faults += [f"no message of {name} words" for name, count in lengths.items() if not count]
    registers = Counter(message.register for message in messages)
    faults += [f"no message in register {name}" for name in sorted(REGISTERS) if not registers[name]]
    figures = {
        "messages": len(messages),
        "labels": len(by_label),
        "near_duplicates": round(share, 4),
        "informal": round(informal, 4),
        "with_further": sum(bool(message.further) for message in messages),
        "lengths": lengths,
        "registers": dict(registers),
        "per_label": {label: len(own) for label, own in sorted(by_label.items())},
    }
    return figures, faults


def _count(messages: Iterable[Labelled], low: int, high: int) -> int:
    return sum(low <= len(message.text.split()) <= high for message in messages)


def leaks(messages: Sequence[Labelled], held: Sequence[Labelled]) -> list[str]:
    """Evaluation messages that training has seen, exactly or nearly."""
    keys = [masked(message) for message in messages]
    known = set(keys)
    by_word: dict[str, list[int]] = defaultdict(list)
    sets = [frozenset(key) for key in keys]
    for at, words in enumerate(sets):
        for word in words:
            by_word[word].append(at)
    found: list[str] = []
    for message in held:
        key = masked(message)
        words = frozenset(key)
        if key in known:
            if len(key) >= 3:
                found.append(message.text)
        elif len(key) >= 4:
            shared = Counter(at for word in words for at in by_word[word])
            if any(n / (len(words) + len(sets[at]) - n) > 0.75 for at, n in shared.items()):
                found.append(message.text)
    return found
