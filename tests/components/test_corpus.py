"""The training data as it is read and checked."""

from __future__ import annotations

import math
from pathlib import Path

from components import corpus, evaluate
from components.concepts import concepts_of, ideas_of
from components.corpus import Labelled

NLU = Path(__file__).resolve().parents[2] / "data" / "nlu"


def test_that_our_reader_sees_what_rasa_sees() -> None:
    from rasa.shared.nlu.training_data.loading import load_data

    theirs = {
        (
            m.get("text"),
            m.get("intent"),
            tuple((e["entity"], e["start"], e["end"]) for e in m.get("entities") or ()),
        )
        for m in load_data(str(NLU / "refund.yml")).training_examples
    }
    ours = {
        (m.text, m.intent, m.spans) for m in corpus.training(NLU) if m.intent.startswith("complain_refund_")
    }
    assert theirs == ours


def test_that_spans_stand_where_the_mark_was() -> None:
    text, spans = corpus.unmarked("tf [643rb](amount) lewat [bca](bank)\nblm masuk")
    assert text == "tf 643rb lewat bca\nblm masuk"
    assert [(kind, text[start:end]) for kind, start, end in spans] == [("amount", "643rb"), ("bank", "bca")]


def test_that_filled_in_templates_are_caught() -> None:
    texts = [f"saya sudah bayar {sum_} tapi belum masuk juga" for sum_ in ("10rb", "20rb", "30rb", "45rb")]
    figures, faults = corpus.check([Labelled(text, "x", register="casual") for text in texts])
    assert figures["near_duplicates"] == 0.75
    assert any("near-duplicates" in fault for fault in faults)


def test_that_a_leak_into_evaluation_is_found() -> None:
    known = [Labelled("refund saya kok belum masuk juga ya min", "x")]
    assert corpus.leaks(known, [Labelled("Refund saya kok belum masuk juga ya, min!", "x")])
    assert not corpus.leaks(known, [Labelled("koper saya pecah di bandara tadi pagi", "x")])


def test_that_ideas_survive_endings_spelling_and_phrases() -> None:
    assert "REFUND" in ideas_of("refundnya")
    assert ideas_of("blmmm") == ideas_of("blm")
    words = ["ga", "ada", "kabar"]
    assert "IGNORED" in concepts_of(words, words)[0]


def test_that_figures_count_what_is_also_right() -> None:
    messages = [
        Labelled("a", "x", ("z",), (("amount", 0, 1),), also_ok=("y",), values=(5,)),
        Labelled("b", "y"),
        Labelled("c", "out_of_scope"),
    ]
    judged: list[evaluate.Judged] = [
        ("y", 0.9, ("z",), (("amount", 0, 1),), 0.1),
        ("y", 0.8, (), (), 0.0),
        ("x", 0.7, ("z",), (), 0.6),
    ]
    found = evaluate.figures(messages, judged)
    assert math.isclose(found["accuracy"], 0.6667)
    assert found["further"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "gold": 1}
    assert found["out_of_scope_auroc"] == 1.0
    assert found["spans"]["f1"] == 1.0
    assert "accuracy" in evaluate.table(found)
