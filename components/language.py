"""One spaCy document per message: exact offsets, the original kept, normal forms in `norm_`, patterns for the rest."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from components.text import normal, safe, words


class Cutter:
    """spaCy's tokenizer for Indonesian as typed; its stock one knows 16,000 exceptions and takes 2 s to build."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        forms: list[str] = []
        spaces: list[bool] = []
        at = 0
        for word, start in words(text):
            gap = text[at:start]
            if gap:
                if forms and gap[0] == " ":
                    spaces[-1] = True
                    gap = gap[1:]
                if gap:
                    forms.append(gap)
                    spaces.append(False)
            forms.append(word)
            spaces.append(False)
            at = start + len(word)
        rest = text[at:]
        if rest and forms and rest[0] == " ":
            spaces[-1] = True
            rest = rest[1:]
        if rest:
            forms.append(rest)
            spaces.append(False)
        return Doc(self.vocab, words=forms, spaces=spaces)

    def to_bytes(self, **_: Any) -> bytes:
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> Cutter:
        return self

    def to_disk(self, _path: Any, **_: Any) -> None:
        """Nothing is learnt, so there is nothing to keep."""

    def from_disk(self, _path: Any, **_: Any) -> Cutter:
        return self


@spacy.registry.tokenizers("kawan.cutter.v1")
def make_cutter() -> Any:
    return lambda nlp: Cutter(nlp.vocab)


@Language.component("kawan_normal")
def normalise(doc: Doc) -> Doc:
    for token in doc:
        token.norm_ = normal(token.text)
    return doc


@lru_cache(maxsize=1)
def pipeline() -> Language:
    """The pipeline, built once a process."""
    nlp = spacy.blank("id", config={"nlp": {"tokenizer": {"@tokenizers": "kawan.cutter.v1"}}})
    nlp.max_length = 10_000_000
    nlp.add_pipe("kawan_normal")
    return nlp


def read(text: str) -> Doc:
    return pipeline()(safe(text))
