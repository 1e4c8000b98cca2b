"""The trained pieces on a handful of messages: what they keep, give, and refuse."""

from __future__ import annotations

import io
import json
import tarfile
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from components import archive, intents, parsing, spans
from components.language import read
from components.signals import signals_of
from components.text import clauses, safe, words
from components.understanding import INTENTS, SPANS, Understanding, example_of

TOLD = {
    "complain_payment_unconfirmed": [
        "udah bayar statusnya masih nunggu pembayaran", "sudah transfer kok belum terkonfirmasi",
        "tf dari pagi status blm berubah", "bayar pake bca belum kedetek juga", "sdh lunas msh pending aja",
        "min udah bayar 643.305 kok masih menunggu",
    ],
    "complain_no_response": [
        "chat ga dibales dari kemarin", "telpon gak diangkat angkat", "email saya tidak dijawab", "cs diem aja",
        "udah 3 hari nanya ga ada yg bales", "dicuekin mulu sama admin",
    ],
    "request_refund": [
        "mau refund tiket saya", "tolong uang saya dikembalikan ya", "ajukan refund dong kak", "bisa minta refund ga",
        "saya mau balikin tiket minta uang kembali", "refund aja min",
    ],
    "greet": ["halo kak", "pagi min", "assalamualaikum", "hai", "permisi", "selamat siang"],
    "out_of_scope": ["resep rendang dong", "siapa presiden pertama", "pacarku marah", "harga emas hari ini", "lirik lagu", "menang bola"],
}  # fmt: skip
FAR = "udah bayar statusnya masih nunggu, terus chat ga dibales dari kemarin"
AWKWARD = [
    "", " ", "\n\n", "\x00\x01\x02", "\u200b\u200d\ufeff", "\ud800", "a\udc00b 643rb", "😭😭😭", "12345", "be\u200blum tf",
    "مرحبا كيف الحال", "你好", "x" * 10_000, "a b " * 2_500, "9" * 10_000, "." * 10_000, "!?" * 5_000,
    "tgl 5/5 " * 1_250, "\u0301" * 3_000, "@" * 10_000, "kak " + "o" * 5_000 + " tolong", "1.000." * 1_600,
]  # fmt: skip


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    told = [example_of(text, (), intent, ()) for intent, texts in TOLD.items() for text in texts]
    field = spans.train(
        ["bayar 643.305 lewat bca", "nama saya Sri Wahyuni", "halo"],
        [(("amount", 6, 13), ("bank", 20, 23)), (("person_name", 10, 21),), ()],
    )
    return Understanding(intents.train(told), spans.SpanFinder(field))


def test_that_words_and_the_document_keep_every_character() -> None:
    for text in ["min,sy udah tf  Rp643.305\nlewat BCA!!", " a\u200bb  ", 'cepet2 bener" a@b.co.id']:
        assert all(text[start : start + len(word)] == word for word, start in words(text))
        doc = read(text)
        assert doc.text == safe(text)
        assert all(doc.text[token.idx : token.idx + len(token.text)] == token.text for token in doc)


def test_that_norms_are_set_and_the_original_is_kept() -> None:
    doc = read("udh gk bisaaaa")
    assert [token.norm_ for token in doc] == ["sudah", "tidak", "bisa"]
    assert [token.text for token in doc] == ["udh", "gk", "bisaaaa"]


def test_that_clauses_cover_what_is_said_in_order() -> None:
    text = "tiket belum terbit, terus cs ga bales. mau refund"
    cut = [text[start:end].strip() for start, end in clauses(text)]
    assert cut[0] == "tiket belum terbit"
    assert cut[-1] == "mau refund"


def test_that_it_understands_what_it_was_told(understanding: Understanding) -> None:
    for intent, texts in TOLD.items():
        meaning = understanding(texts[0])
        assert meaning.guess.intent == intent
        assert abs(sum(chance for _, chance in meaning.guess.ranking) - 1) < 1e-4


def test_that_entities_are_found_where_they_stand(understanding: Understanding) -> None:
    text = "tadi bayar 643.305 lewat bca"
    found = {(span.entity, text[span.start : span.end]) for span in understanding(text).entities}
    assert {("amount", "643.305"), ("bank", "bca")} <= found


@pytest.mark.parametrize("text", AWKWARD, ids=range(len(AWKWARD)))
def test_that_no_text_is_too_awkward(understanding: Understanding, text: str) -> None:
    started = time.perf_counter()
    record = parsing.parsed(understanding, text, datetime(2026, 5, 4, 9, tzinfo=timezone.utc))
    assert record["text"] == text
    assert 0 <= record["confidence"] <= 1
    assert all(0 <= e["start"] < e["end"] <= len(text) for e in record["entities"])
    assert time.perf_counter() - started < 10


def test_that_cost_grows_with_length_and_no_faster(understanding: Understanding) -> None:
    def cost(text: str) -> float:
        return min(_timed(understanding, text) for _ in range(3))

    short = "min sy udah tf 643.305 lewat bca kok blm berubah, cs jg ga bales. "
    understanding(short)
    assert cost(short * 60) < 60 * cost(short * 6)


def _timed(understanding: Understanding, text: str) -> float:
    started = time.perf_counter()
    understanding(text)
    return time.perf_counter() - started


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kapan refund saya cair ya kak?", {"mood": "calm", "urgency": "normal", "register": "casual", "finished": True}),
        ("BALIKIN UANG GUE BANGSAT PENIPU", {"mood": "angry"}),
        ("tolong banget min saya nangis ini", {"mood": "desperate"}),
        ("saya udah di bandara tapi ga bisa boarding", {"urgency": "stranded"}),
        ("berangkat nanti malam jam 7", {"urgency": "departs_today"}),
        ("Dengan hormat, saya mohon penjelasan atas pesanan tersebut.", {"register": "formal"}),
        ("saya mau refund karena", {"finished": False}),
        ("halo kak", {"finished": False}),
        ("mau tanya dong", {"finished": False}),
        ("", {"finished": True, "mood": "calm"}),
    ],
)  # fmt: skip
def test_that_signals_follow_plain_rules(text: str, expected: dict[str, object]) -> None:
    found = dict(signals_of(read(text)))
    assert expected.items() <= found.items()


def _packed(understanding: Understanding, path: Path) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for kind, files in ((INTENTS, understanding.intents.files()), (SPANS, understanding.spans.files())):
            folder = path.parent / kind
            archive.write(folder, files)
            for file in folder.iterdir():
                content = file.read_bytes()
                info = tarfile.TarInfo(f"components/train_components.nlu.{kind}1/{file.name}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def test_that_an_archive_gives_back_the_same_meaning(understanding: Understanding, tmp_path: Path) -> None:
    again = Understanding.load(_packed(understanding, tmp_path / "model.tar.gz"))
    for text in (FAR, "halo kak", "refund 643rb dong"):
        one, two = understanding(text), again(text)
        assert one.guess.intent == two.guess.intent
        assert abs(one.guess.confidence - two.guess.confidence) < 0.02
        assert one.entities == two.entities


def test_that_training_twice_gives_the_same_bytes() -> None:
    told = [example_of(text, (), intent, ()) for intent, texts in TOLD.items() for text in texts]
    assert intents.train(told).files() == intents.train(told).files()


def test_that_a_changed_or_missing_piece_is_refused(tmp_path: Path) -> None:
    archive.write(tmp_path, {"a.bin": b"one", "b.bin": b"two"})
    assert archive.read(tmp_path)["a.bin"] == b"one"
    (tmp_path / "stray.bin").write_bytes(b"not listed")
    assert "stray.bin" not in archive.read(tmp_path)
    (tmp_path / "a.bin").write_bytes(b"two")
    with pytest.raises(archive.DamagedModel, match=r"a\.bin does not match"):
        archive.read(tmp_path)
    (tmp_path / "a.bin").unlink()
    with pytest.raises(archive.DamagedModel, match=r"a\.bin is missing"):
        archive.read(tmp_path)


def test_that_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(b"no archive")
    with pytest.raises(archive.DamagedModel):
        Understanding.load(tmp_path / "x.tar.gz")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"text": "halo"}\nnot json\n', "line 2 is not JSON"),
        ('{"text": 5}\n', "line 1: text is not a string"),
        ("[]\n", "line 1 is not a JSON object"),
        ('{"text": "a", "sent_at": "kemarin"}\n', "sent_at is not an ISO 8601 time"),
    ],
)
def test_that_bad_input_is_one_clear_line(
    content: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(content)
    assert parsing.main(["--jsonl", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert complaint in said.err
    assert said.err.count("\n") == 1


def test_that_a_missing_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert parsing.main(["--jsonl", str(tmp_path / "none.jsonl")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_that_the_command_prints_one_line_each_in_order(
    understanding: Understanding, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    model = _packed(understanding, tmp_path / "model.tar.gz")
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "bayar 643rb", "sent_at": "2026-05-04T09:00:00+07:00"}\n{"text": "a\\ud800"}\n')
    assert parsing.main(["--model", str(model), "--jsonl", str(path), "halo kak"]) == 0
    lines = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [line["text"] for line in lines] == ["halo kak", "bayar 643rb", "a\ud800"]
    assert lines[1]["entities"][0]["value"] == 643_000
    assert set(lines[0]) == {"text", "intent", "confidence", "further", "entities"}
