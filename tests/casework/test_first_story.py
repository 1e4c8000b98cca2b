"""The first story: shown 643.305, paid 643.305, billed 646.305, and nobody answers."""

from __future__ import annotations

from tests.casework.world import World

BIMA = "+6281200000101"
ANGRY = "udah bayar 643.305 di atm\nkok email nagih 646.305\nditelpon 2x ga diangkat!!"


def complain(world: World, phone: str | None = BIMA):  # type: ignore[no-untyped-def]
    chat = world.chat(phone)
    chat.says(
        "take_up",
        ANGRY,
        "complain_payment_mismatch",
        further=["complain_no_response"],
        mood="angry",
        entities=[
            ("amount", "643.305", 643305),
            ("amount", "646.305", 646305),
            ("payment_method", "atm", "atm"),
        ],
    )
    return chat


def test_that_the_findings_are_told_with_the_ways_out(world: World) -> None:
    chat = complain(world)
    print(chat.said())
    said = chat.said()
    for part in ("Bima", "Rp 643.305", "Rp 646.305", "Rp 3.000", "Bandung", "Surabaya"):
        assert part in said
    assert [o.remedy for o in chat.offers("open")] == ["waive_and_issue", "pay_difference", "refund_full"]


def test_that_waiving_issues_and_sends_the_ticket(world: World) -> None:
    chat = complain(world)
    chat.tap("hapus selisih")
    print(chat.said())
    booking = world.deps.backend.booking("KLN643")
    assert booking.status.value == "issued"
    assert booking.waived == 3000
    assert booking.tickets[-1].sent_to
