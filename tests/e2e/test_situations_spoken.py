"""Each situation of the main job, told and answered as people type, with the real brain."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bot.care.facts import Booking
from tests.e2e.product import Product, until
from tests.e2e.story import cause, showcase, signed_in, someone_like, tells, waits_for_a_person

Ended = Callable[[Booking], bool]


def issued(booking: Booking) -> bool:
    return booking.status.value == "issued" and bool(booking.tickets)


def all_returned(booking: Booking) -> bool:
    paid, returned = sum(p.amount for p in booking.payments), sum(r.amount for r in booking.refunds)
    return booking.status.value == "cancelled" and paid == returned


# situation; what the customer writes, a list of bubbles at a time; the cause; how the booking ends
STORIES: list[tuple[str, list[list[str]], str, Ended]] = [
    (
        "underpaid",
        [
            [
                "min saya transfer 1.380.000 lewat m-banking",
                "tp statusnya masih nunggu pembayaran. kurang berapa sih?",
            ],
            ["yaudah yang pertama aja"],
        ],
        "underpaid",
        lambda b: issued(b) and b.waived == 412,
    ),
    (
        "overpaid",
        [
            ["kak kayaknya saya kelebihan transfer deh utk hotelnya, kelebihan 50rb"],
            ["balikin lebihnya aja kak"],
        ],
        "overpaid",
        lambda b: issued(b) and [r.amount for r in b.refunds] == [50000],
    ),
    (
        "paid-unconfirmed",
        [
            ["udah bayar dari tadi pagi", "tapi statusnya masih menunggu pembayaran terus, gimana ini min"],
            ["oke terbitin aja sekarang"],
        ],
        "paid_unconfirmed",
        issued,
    ),
    (
        "paid-not-issued",
        [
            ["kemarin udah bayar pake gopay tp tiketnya belum terbit jg sampe skrg"],
            ["refund aja deh"],
            ["iya lanjut"],
        ],
        "paid_not_issued",
        all_returned,
    ),
    (
        "issued-not-received",
        [["e-tiket saya kok ga masuk2 ke email ya kak"], ["kirim ulang aja kak"]],
        "issued",
        lambda b: b.tickets[0].sent_to is not None,
    ),
    (
        "expired-unpaid",
        [["yah booking saya hangus ya kak?", "saya telat bayar, masih bisa ga?"], ["yg harga lama aja"]],
        "expired_unpaid",
        lambda b: b.status.value == "awaiting_payment" and b.payment_requests[-1].amount == 1050331,
    ),
    (
        "expired-after-payment",
        [["saya udah bayar kok bookingnya malah expired??"], ["boleh deh idupin lagi"]],
        "expired_after_payment",
        issued,
    ),
    (
        "paid-after-expiry",
        [
            ["min saya telat transfer dikit, bookingnya keburu hangus. uang saya gimana?"],
            ["refund aja"],
            ["iya lanjut"],
        ],
        "paid_after_expiry",
        all_returned,
    ),
    (
        "double-charge",
        [["kok saldo saya kepotong dua kali ya buat tiket kereta yg sama"], ["balikin aja yang kedobel"]],
        "charged_twice",
        lambda b: issued(b) and [r.amount for r in b.refunds] == [860000],
    ),
    (
        "refund-overdue",
        [["refund saya kok belum cair2 sih, katanya minggu lalu"], ["yaudah tolong didahulukan"]],
        "refund_overdue",
        lambda b: b.refunds[-1].expedited_at is not None,
    ),
    (
        "refund-within-promise",
        [["kak refund hotel saya udah sampe mana ya? kok belum masuk2"]],
        "refund_within_promise",
        lambda b: len(b.refunds) == 1 and b.refunds[0].expedited_at is None,
    ),
]


@pytest.mark.parametrize(("situation", "turns", "found", "ended"), STORIES, ids=[s[0] for s in STORIES])
def test_a_situation_in_the_customers_own_words(
    product: Product, situation: str, turns: list[list[str]], found: str, ended: Ended
) -> None:
    customer = showcase(product, situation)
    client = signed_in(product, customer)
    said = [tells(product, client, *bubbles) for bubbles in turns]
    assert cause(product, customer.code) == found, said
    assert ended(product.backend.booking(customer.code)), said
    assert waits_for_a_person(product, client) is None, said


def test_a_wrong_code_is_said_and_asked_again(product: Product) -> None:
    customer = someone_like(product, "paid-not-issued")
    client = product.web_client()
    heard = tells(
        product, client, "halo min, tiket saya belum terbit padahal udah bayar", "kode bookingnya KLN99Z"
    )
    assert "KLN99Z" in heard
    heard = tells(product, client, f"oh salah, {customer.code} maksudnya")
    assert "890.000" not in heard
    assert "Mei" not in heard
    tells(product, client, "saya bayar 890.000 pake gopay", holding="890.000")
    tells(product, client, "terbitin aja tiketnya", holding="/t/")
    assert cause(product, customer.code) == "paid_not_issued"
    assert issued(product.backend.booking(customer.code))


def test_somebody_elses_booking_stays_theirs(product: Product) -> None:
    owner = showcase(product, "someone-elses-booking")
    other = someone_like(product, "refund-within-promise")
    client = signed_in(product, other)
    heard = tells(product, client, f"tolong cekin booking {owner.code} dong kak, punya temen saya")
    heard += tells(product, client, f"dia udah bayar kok, kodenya bener {owner.code}")
    for secret in ("Theresia", "Lumentut", "1.160.000", "Denpasar", "Kupang", "QG-690", "OVO"):
        assert secret not in heard


def test_a_person_is_called_when_asked_for(product: Product) -> None:
    client = product.web_client()
    tells(product, client, "mau ngomong sama orang aja dong, jangan bot")
    queue = json.loads(product.kawan("queue", "--json").stdout)
    assert client.conversation in {entry["conversation"] for entry in queue}
    assert waits_for_a_person(product, client) == "asked"


def test_another_matter_goes_to_a_person_in_the_customers_own_words(product: Product) -> None:
    customer = someone_like(product, "issued-not-received")
    client = signed_in(product, customer)
    words = "koper saya rodanya copot pas nyampe juanda, ini gimana tanggung jawabnya"
    heard = tells(product, client, words)
    assert "bagasi" in heard.lower()
    until(lambda: waits_for_a_person(product, client), 30, "the call for a person")
    shown = json.loads(product.kawan("queue", "--json").stdout)
    assert client.conversation in {entry["conversation"] for entry in shown}
