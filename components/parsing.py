"""`python -m components.parsing [--jsonl FILE] [TEXT...]`: what the newest model makes of texts, one JSON a line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from components.archive import DamagedModel, newest
from components.bahasa.values import normalise_value
from components.understanding import Understanding

MODELS: Final = Path(__file__).resolve().parent.parent / "models"


class BadInput(Exception):
    """What was given to parse is not what the contract says."""


def moment(value: object, where: str) -> datetime:
    if not isinstance(value, str):
        raise BadInput(f"{where}: sent_at is not a string")
    try:
        sent_at = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise BadInput(f"{where}: sent_at is not an ISO 8601 time") from None
    if sent_at.tzinfo is None:
        raise BadInput(f"{where}: sent_at has no offset")
    return sent_at


def lines_of(path: str) -> Iterator[tuple[str, datetime | None]]:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        where = f"{path}: line {number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise BadInput(f"{where} is not JSON") from None
        if not isinstance(record, dict):
            raise BadInput(f"{where} is not a JSON object")
        if not isinstance(record.get("text"), str):
            raise BadInput(f"{where}: text is not a string")
        sent_at = record.get("sent_at")
        yield record["text"], None if sent_at is None else moment(sent_at, where)


def parsed(understanding: Understanding, text: str, sent_at: datetime) -> dict[str, Any]:
    meaning = understanding(text)
    return {
        "text": text,
        "intent": meaning.guess.intent,
        "confidence": round(meaning.guess.confidence, 4),
        "further": [
            {"intent": name, "confidence": round(chance, 4)} for name, chance in meaning.guess.further
        ],
        "entities": [
            {
                "entity": span.entity,
                "start": span.start,
                "end": span.end,
                "text": text[span.start : span.end],
                "value": normalise_value(span.entity, text[span.start : span.end], sent_at, context=text),
                "confidence": round(span.confidence, 4),
            }
            for span in meaning.entities
        ],
    }


def _printable(record: dict[str, Any]) -> bytes:
    try:
        return json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # lone surrogates have no UTF-8 form
        return json.dumps(record).encode()


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="kawan parse", description="What the newest model makes of texts.")
    parser.add_argument("texts", nargs="*", metavar="TEXT")
    parser.add_argument("--jsonl", metavar="FILE", help='one {"text": ..., "sent_at"?: ...} per line')
    parser.add_argument(
        "--model", metavar="FILE", type=Path, help="an archive; default: the newest in models/"
    )
    given = parser.parse_args(None if arguments is None else list(arguments))
    out = sys.stdout.buffer
    try:
        if given.jsonl is None and not given.texts:
            raise BadInput("give texts or --jsonl FILE")
        # everything is checked before anything is printed
        todo: list[tuple[str, datetime | None]] = [(text, None) for text in given.texts]
        if given.jsonl is not None:
            todo += lines_of(given.jsonl)
        model = given.model or newest(MODELS)
        if model is None:
            raise BadInput("no model in models/; run `kawan train`")
        understanding = Understanding.load(model)
        now = datetime.now(timezone.utc)
        for text, sent_at in todo:
            out.write(_printable(parsed(understanding, text, sent_at or now)) + b"\n")
        out.flush()
    except (BadInput, DamagedModel) as error:
        sys.stderr.write(f"kawan parse: {error}\n")
        return 2
    except BrokenPipeError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
