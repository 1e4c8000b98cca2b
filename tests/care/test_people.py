"""Verification, picking an offer, and the summary for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.care.dialogue import Awaiting, Fact, Kind, OpenOffer, named_remedies, pick, sounds_like_choice
from bot.care.summary import MAX_WORDS, SummaryParts, summarise
from bot.care.verification import Proof, SecondFact, locked_until, may_see, second_fact_fits
from tests.care.build import NOW, booking, payment

BOOKING = booking(payments=(payment(643305),))


@pytest.mark.parametrize(
    ("proof", "seen"),
    [
        (Proof(phone="+6281200000101"), True),
        (Proof(email="bima@contoh.id"), True),
        (Proof(subject="c1"), True),
        (Proof(codes=("KLN643",)), True),
        (Proof(phone="+6281200000102"), False),
        (Proof(email="orang@contoh.id", codes=("KLN644",)), False),
        (Proof(), False),
    ],
)
def test_who_may_see_a_booking(proof: Proof, seen: bool) -> None:
    assert may_see(proof, BOOKING) is seen


@pytest.mark.parametrize(
    ("fact", "fits"),
    [
        (SecondFact(amounts=(643305,)), True),
        (SecondFact(amounts=(646305,)), False),  # billed, never paid: it stands in the mail
        (SecondFact(amounts=(1, 2, 643305)), True),
        (SecondFact(amounts=(1, 2, 3, 643305)), False),  # guessing
        (SecondFact(times=(NOW - timedelta(minutes=39),)), True),
        (SecondFact(times=(NOW - timedelta(minutes=41),)), False),
        (SecondFact(emails=("BIMA@contoh.id",)), True),
        (SecondFact(emails=("bima@contoh.id", "x@contoh.id")), False),
        (SecondFact(), False),
    ],
)
def test_second_fact(fact: SecondFact, fits: bool) -> None:
    assert second_fact_fits(fact, BOOKING) is fits


def test_that_five_failures_lock_for_an_hour() -> None:
    failures = [NOW - timedelta(minutes=m) for m in (50, 40, 30, 20, 10)]
    assert locked_until(failures, NOW) == NOW + timedelta(minutes=50)
    assert locked_until(failures[:4], NOW) is None
    assert locked_until(failures, NOW + timedelta(minutes=51)) is None
    assert locked_until([NOW - timedelta(minutes=m) for m in (90, 80, 70, 60, 10)], NOW) is None


OFFERS = [
    OpenOffer("a", 1, "waive_and_issue"),
    OpenOffer("b", 2, "pay_difference"),
    OpenOffer("c", 3, "refund_full"),
]


@pytest.mark.parametrize(
    ("text", "numbers", "picked"),
    [
        ("2", [2], "b"),
        ("yang kedua aja", [2], "b"),
        ("refund aja deh", [], "c"),
        ("terbitin aja tiketnya", [], "a"),
        ("terbit aja", [], "a"),
        ("ya udah hapus aja selisihnya trus terbitin", [], "a"),
        ("saya bayar kurangnya", [], "b"),
        ("gak mau refund, bayar aja", [], "b"),
        ("7", [7], None),
        ("1 atau 2", [1, 2], None),
        ("bayar atau refund ya", [], None),
        ("terserah", [], None),
    ],
)
def test_picking_an_offer(text: str, numbers: list[int], picked: str | None) -> None:
    found = pick(OFFERS, text, numbers, None)
    assert (found.id if found else None) == picked


def test_that_a_tapped_option_names_the_offer_itself() -> None:
    found = pick(OFFERS, "apa saja", [], "offer:c")
    assert found is not None
    assert found.id == "c"
    assert pick(OFFERS, "refund", [3], "offer:gone") is None


def test_that_what_is_negated_is_not_meant() -> None:
    assert named_remedies("jangan refund") == ()


EXPIRED = [
    OpenOffer("a", 1, "rebook_old_price_and_pay"),
    OpenOffer("b", 2, "rebook_and_pay"),
    OpenOffer("c", 3, "ask_person"),
]
OVERPAID = [OpenOffer("a", 1, "issue_and_refund_excess"), OpenOffer("b", 2, "refund_full")]


@pytest.mark.parametrize(
    ("offers", "text", "picked"),
    [
        (EXPIRED, "yg harga lama aja", "a"),
        (EXPIRED, "bayar harga hari ini aja", "b"),
        (EXPIRED, "boleh deh idupin lagi", "a"),
        (OVERPAID, "balikin lebihnya aja kak", "a"),
        (OVERPAID, "refund semua aja", "b"),
        (OVERPAID, "gausah refund", None),
        (OFFERS, "gak mau bayar lagi, kan salah kalian. hapusin aja", "a"),
        (
            [OpenOffer("a", 1, "expedite_refund"), OpenOffer("b", 2, "ask_person")],
            "yaudah tolong didahulukan",
            "a",
        ),
    ],
)
def test_that_the_particular_word_decides(offers: list[OpenOffer], text: str, picked: str | None) -> None:
    found = pick(offers, text, [], None)
    assert (found.id if found else None) == picked
    if picked:
        assert sounds_like_choice(text)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("terbitkan aja tiketnya", True),
        ("yang refund", True),
        ("tiket saya belum terbit", False),
        ("ya udah cepet terbitin", True),
        ("saya sudah bayar dari kemarin tapi tiketnya sampai sekarang belum terbit aja heran", False),
    ],
)
def test_what_sounds_like_a_choice(text: str, choice: bool) -> None:
    assert sounds_like_choice(text) is choice


def test_awaiting_survives_the_store() -> None:
    awaiting = Awaiting(Kind.FACT, case="c", fact=Fact.SECOND_FACT, asked=1)
    assert Awaiting.from_json(awaiting.to_json()) == awaiting
    assert Awaiting.from_json({}) == Awaiting()


def test_that_a_summary_stays_within_sixty_words() -> None:
    parts = SummaryParts(
        who="Bima Prasetyo, booking KLN643",
        wish="kata " * 200,
        cause="tagihan lebih tinggi",
        amount="Rp 3.000",
        promise="selisih dihapuskan",
        deadline="22/11 14.25",
    )
    summary = summarise(parts)
    assert len(summary.split()) <= MAX_WORDS
    for part in ("Bima Prasetyo", "Rp 3.000", "22/11 14.25", "Keinginan"):
        assert part in summary
