"""The frozen evaluation set: well formed, and never seen in training, exactly or nearly."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"\[([^\[\]]+)\]\(\w+\)")
# Shorter ones ("makasih kak") are said by everybody.
LONG_ENOUGH = 5


@pytest.fixture(scope="module")
def frozen() -> list[dict[str, Any]]:
    lines = (ROOT / "tests/nlu/frozen.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def trained() -> list[str]:
    texts = []
    for file in sorted((ROOT / "data/nlu").glob("*.yml")):
        for block in YAML(typ="safe").load(file.read_text(encoding="utf-8"))["nlu"]:
            texts += [MARK.sub(r"\1", example["text"]) for example in block["examples"]]
    return texts


def words(text: str) -> tuple[str, ...]:
    """What is left when case, digits, stretched letters and signs are levelled."""
    level = re.sub(r"(.)\1{2,}", r"\1", re.sub(r"\d+", "0", text.lower()))
    return tuple(re.findall(r"\w+", level))


def test_its_size_and_form(frozen: list[dict[str, Any]]) -> None:
    domain = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    labels = {next(iter(i)) if isinstance(i, dict) else i for i in domain["intents"]}
    entities = {next(iter(e)) if isinstance(e, dict) else e for e in domain["entities"]}
    assert len(frozen) >= 1500
    assert {row["intent"] for row in frozen} == labels
    for row in frozen:
        assert datetime.fromisoformat(row["sent_at"]).tzinfo is not None
        assert {*row["also_ok"], *row["further"]} <= labels
        for entity in row["entities"]:
            assert entity["entity"] in entities
            span = row["text"][entity["start"] : entity["end"]]
            assert span
            assert span == span.strip()


def test_that_training_saw_none_of_it(frozen: list[dict[str, Any]], trained: list[str]) -> None:
    seen = {words(text) for text in trained}
    known = [
        row["text"] for row in frozen if len(words(row["text"])) >= LONG_ENOUGH and words(row["text"]) in seen
    ]
    assert known == []


def test_that_training_saw_nothing_nearly_the_same(frozen: list[dict[str, Any]], trained: list[str]) -> None:
    """No long message shares more than four fifths of its words with one of training."""
    by_word: dict[str, set[int]] = {}
    bags = [frozenset(words(text)) for text in trained]
    for number, bag in enumerate(bags):
        for word in bag:
            by_word.setdefault(word, set()).add(number)
    close = []
    for row in frozen:
        bag = frozenset(words(row["text"]))
        if len(bag) < LONG_ENOUGH:
            continue
        rare = sorted(bag, key=lambda word: len(by_word.get(word, ())))[: max(1, len(bag) // 3)]
        candidates = set().union(*(by_word.get(word, set()) for word in rare))
        close += [row["text"] for n in candidates if len(bag & bags[n]) / len(bag | bags[n]) > 0.8]
    assert close == []
