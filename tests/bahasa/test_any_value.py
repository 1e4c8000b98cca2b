"""Whatever a span holds and whenever it was sent: a value or none, never an exception, in bounded time."""

from __future__ import annotations

import re
import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.bahasa.times import seconds
from components.bahasa.values import ENTITIES, normalise_value

SENT = datetime(2026, 5, 13, 3, 0, tzinfo=UTC)
WORDS = st.sampled_from(
    [
        "satu",
        "dua",
        "setengah",
        "sejuta",
        "ribu",
        "rb",
        "jt",
        "ratus",
        "puluh",
        "belas",
        "1",
        "2",
        "30",
        "643",
        "1.250.000",
        "1,2",
        "rp",
        ",-",
        "jam",
        "kurang",
        "lewat",
        "malam",
        "wita",
        "12.30",
        "hari",
        "lagi",
        "lalu",
        "besok",
        "senin",
        "depan",
        "minggu",
        "mei",
        "31",
        "2026",
        "02",
        "/",
        "-",
        "3x24",
        "dari",
        "kemarin",
        "opsi",
        "kedua",
        "+62",
        "0812",
        "ke-",
        "9999999999",
        "koma",
        "gocap",
        "perak",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=80), st.lists(WORDS, max_size=8).map(" ".join), st.lists(WORDS, max_size=8).map("".join)
)
MOMENTS = st.one_of(st.datetimes(), st.datetimes(timezones=st.timezones()))


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(ENTITIES),
    TEXTS,
    MOMENTS,
    st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "", "../x"]),
    st.text(max_size=40),
)
def test_value_of_anything(entity: str, text: str, sent_at: datetime, zone: str, context: str) -> None:
    found = normalise_value(entity, text, sent_at, zone, context + text)
    if found is None:
        return
    if entity in ("amount", "option_ref"):
        assert isinstance(found, int)
        assert found >= 0
        return
    assert isinstance(found, str)
    if entity == "date":
        date.fromisoformat(found)
    elif entity == "time":
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d(\+0[789]:00)?", found)
    elif entity == "duration":
        assert seconds(found)
    elif entity == "phone":
        assert re.fullmatch(r"\+[1-9]\d{7,14}", found)
    elif entity == "booking_code":
        assert re.fullmatch(r"[A-Z0-9]+", found)


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("piece", ["1", "1.", "dua ", "setengah ", "a", "a@", " ", "rp", "-", "kode "])
def test_a_long_span_costs_little(entity: str, piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    began = time.process_time()
    normalise_value(entity, text, SENT, "Asia/Jakarta", text)
    assert time.process_time() - began < 1
