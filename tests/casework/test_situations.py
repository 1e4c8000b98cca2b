"""The situations of the main job, each to its end on the real demo company."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.store.tables import Job
from tests.casework.world import Chat, World


def complain(world: World, number: int, intent: str, text: str = "tolong dong ini gimana") -> Chat:
    chat = world.chat(f"+62812000001{number:02d}")
    chat.says("take_up", text, intent, mood="annoyed")
    return chat


def acts(chat: Chat) -> list[str]:
    return [f"{r.step}:{r.status}" for r in chat.remedies()]


# situation, matter, cause, button, acts, booking afterwards, case afterwards
STORIES = [
    (
        2,
        "complain_payment_unconfirmed",
        "underpaid",
        "hapus selisih",
        ["waive", "accept", "issue", "send_ticket"],
        "issued",
        "resolved",
    ),
    (
        3,
        "complain_payment_mismatch",
        "overpaid",
        "kembalikan lebihnya",
        ["accept", "issue", "send_ticket", "refund"],
        "issued",
        "waiting_system",
    ),
    (
        4,
        "complain_payment_unconfirmed",
        "paid_unconfirmed",
        "terbitkan",
        ["accept", "issue", "send_ticket"],
        "issued",
        "resolved",
    ),
    (
        5,
        "complain_ticket_not_issued",
        "paid_not_issued",
        "terbitkan",
        ["issue", "send_ticket"],
        "issued",
        "resolved",
    ),
    (6, "complain_ticket_not_issued", "issued", "kirim ulang", ["send_ticket"], "issued", "resolved"),
    (
        7,
        "complain_booking_expired",
        "expired_unpaid",
        "harga lama",
        ["rebook", "request_payment"],
        "awaiting_payment",
        "waiting_system",
    ),
    (
        7,
        "complain_booking_expired",
        "expired_unpaid",
        "harga hari ini",
        ["rebook", "request_payment"],
        "awaiting_payment",
        "waiting_system",
    ),
    (
        8,
        "complain_booking_expired",
        "expired_after_payment",
        "hidupkan",
        ["rebook", "accept", "issue", "send_ticket"],
        "issued",
        "resolved",
    ),
    (10, "complain_double_charge", "charged_twice", "kembalikan", ["refund"], "issued", "waiting_system"),
    (11, "complain_refund_delay", "refund_overdue", "dahulukan", ["expedite"], "cancelled", "waiting_system"),
]


@pytest.mark.parametrize(("number", "matter", "cause", "button", "steps", "booking", "case"), STORIES)
def test_that_the_chosen_way_out_is_carried_out(
    world: World, number: int, matter: str, cause: str, button: str, steps: list[str], booking: str, case: str
) -> None:
    chat = complain(world, number, matter)
    assert chat.case().cause == cause
    chat.tap(button)
    assert acts(chat) == [f"{step}:done" for step in steps]
    code = chat.case().booking_code
    assert code is not None
    assert world.deps.backend.booking(code).status.value == booking
    assert chat.case().status == case
    assert [o.status for o in chat.offers()].count("done") == 1
    assert chat.outgoing()[-1].binding


@pytest.mark.parametrize("number", [1, 4, 5, 8, 9])
def test_that_a_full_refund_is_confirmed_first_and_made_once(world: World, number: int) -> None:
    chat = complain(world, number, "complain_payment_unconfirmed")
    chat.tap("refund penuh")
    assert acts(chat) == []
    assert chat.conversation().awaiting["kind"] == "confirmation"
    chat.tap("ya, lanjutkan")
    assert set(acts(chat)) == {"refund:done"}
    code = chat.case().booking_code
    assert code is not None
    booking = world.deps.backend.booking(code)
    assert booking.status.value == "cancelled"
    assert sum(r.amount for r in booking.refunds) == sum(p.amount for p in booking.payments)
    chat.tap("ya, lanjutkan")  # an old button
    assert len(world.deps.backend.booking(code).refunds) == len(booking.refunds)


def test_that_a_no_to_the_confirmation_changes_nothing(world: World) -> None:
    chat = complain(world, 4, "complain_payment_unconfirmed")
    chat.tap("refund penuh")
    chat.says("confirm", "eh jangan deh", "deny")
    assert acts(chat) == []
    assert chat.conversation().awaiting["kind"] == "choice"
    assert len(chat.offers("open")) == 2


def test_a_refund_within_its_promise_is_watched(world: World) -> None:
    chat = complain(world, 12, "complain_refund_delay")
    assert chat.case().cause == "refund_within_promise"
    assert chat.case().status == "waiting_system"
    assert "KLN12W" in chat.said()
    world.advance(timedelta(days=6))
    world.run_due_jobs()
    assert [h.reason for h in chat.handovers()] == ["refund_late"]


def test_a_paid_refund_is_told_and_ends_the_case(world: World) -> None:
    chat = complain(world, 12, "ask_refund_status")
    world.control.refund_paid(world.deps.backend.booking("KLN12W").refunds[-1].id)
    world.deliver_events("KLN12W")
    assert chat.outgoing()[-1].response == "utter_event_refund_paid"
    assert chat.case().status == "resolved"


def test_paying_the_difference_issues_the_ticket_by_itself(world: World) -> None:
    chat = complain(world, 1, "complain_payment_mismatch")
    chat.tap("bayar")
    request = world.deps.backend.booking("KLN643").payment_requests[-1]
    assert request.amount == 3000
    assert request.url in chat.said()
    world.control.payment_arrives("KLN643", 3000, method="qris")
    world.deliver_events("KLN643")
    assert world.deps.backend.booking("KLN643").status.value == "issued"
    assert chat.outgoing()[-1].text.count("/t/") == 1
    assert chat.case().status == "resolved"
    world.deliver_events("KLN643")
    assert [r.step for r in chat.remedies()].count("issue") == 1


def test_a_payment_link_that_lapses_leads_to_new_ways_out(world: World) -> None:
    chat = complain(world, 1, "complain_payment_mismatch")
    chat.tap("bayar")
    world.advance(timedelta(minutes=105))
    world.run_due_jobs()
    assert chat.outgoing()[-1].response == "utter_payment_deadline_near"
    world.advance(timedelta(minutes=30))
    world.control.lapse_hold("KLN643") if world.deps.backend.booking(
        "KLN643"
    ).status.value != "expired" else None
    world.run_due_jobs()
    assert chat.case().cause == "expired_after_payment"
    assert chat.offers("open")


def test_the_follow_up_comes_once_and_at_decent_hours(world: World) -> None:
    chat = complain(world, 5, "complain_ticket_not_issued")
    chat.tap("terbitkan")
    (job,) = world.rows(Job, kind="follow_up")
    zone = world.deps.files.company.zone
    assert 9 <= job.due_at.astimezone(zone).hour < 20
    world.advance(job.due_at - world.clock.now() + timedelta(minutes=1))
    before = len(chat.outgoing())
    world.run_due_jobs()
    world.run_due_jobs()
    assert [r.response for r in chat.outgoing()[before:]] == ["utter_follow_up_done"]


# -- verification


def test_that_nothing_is_said_before_the_person_is_known(world: World) -> None:
    chat = world.chat()
    chat.says(
        "take_up",
        "tiket KLN643 mana",
        "complain_ticket_not_issued",
        entities=[("booking_code", "KLN643", "KLN643")],
    )
    for secret in ("Bima", "643.305", "646.305", "Bandung", "Surabaya", "BCA"):
        assert secret not in chat.said()
    assert chat.conversation().awaiting["fact"] == "second_fact"


def test_that_the_sum_paid_opens_the_booking_and_the_sum_billed_does_not(world: World) -> None:
    chat = world.chat()
    chat.says(
        "take_up",
        "tiket KLN643 mana",
        "complain_ticket_not_issued",
        entities=[("booking_code", "KLN643", "KLN643")],
    )
    chat.says("take_facts", "646305", "inform", entities=[("amount", "646305", 646305)])
    assert "Bima" not in chat.said()
    chat.says("take_facts", "643305", "inform", entities=[("amount", "643305", 643305)])
    assert "Bima" in chat.said()


def test_that_facts_given_early_are_not_asked_again(world: World) -> None:
    chat = world.chat()
    chat.says(
        "take_up", "udah bayar 643.305", "complain_payment_mismatch", entities=[("amount", "643.305", 643305)]
    )
    chat.says("take_facts", "KLN643", "inform", entities=[("booking_code", "KLN643", "KLN643")])
    assert "Bima" in chat.said()


def test_that_a_stranger_with_a_proven_number_learns_nothing_of_anothers_booking(world: World) -> None:
    chat = world.chat("+6281200000102")
    chat.says(
        "take_up", "KLN643 gimana", "ask_booking_status", entities=[("booking_code", "KLN643", "KLN643")]
    )
    for secret in ("Bima", "643.305", "Bandung"):
        assert secret not in chat.said()


def test_that_guessing_is_locked_for_an_hour_also_for_other_identities(world: World) -> None:
    chat = world.chat()
    chat.says("take_up", "KLN643", "ask_booking_status", entities=[("booking_code", "KLN643", "KLN643")])
    for guess in range(640001, 640006):
        chat.says("take_facts", str(guess), "inform", entities=[("amount", str(guess), guess)])
    chat.says("take_facts", "643305", "inform", entities=[("amount", "643305", 643305)])
    assert "Bima" not in chat.said()
    other = world.chat()
    other.says(
        "take_up",
        "KLN643",
        "ask_booking_status",
        entities=[("booking_code", "KLN643", "KLN643"), ("amount", "643305", 643305)],
    )
    assert "Bima" not in other.said()
    owner = world.chat("+6281200000101")  # whose platform proves the number is not locked out
    owner.says("take_up", "KLN643", "ask_booking_status")
    assert "Bima" in owner.said()


def test_an_unknown_code_is_asked_again_and_then_a_person_is_called(world: World) -> None:
    chat = world.chat()
    chat.says(
        "take_up", "hangus", "complain_booking_expired", entities=[("booking_code", "XXX111", "XXX111")]
    )
    assert "XXX111" in chat.said()
    chat.says("take_facts", "XXX112", "inform", entities=[("booking_code", "XXX112", "XXX112")])
    chat.says("take_facts", "XXX113", "inform", entities=[("booking_code", "XXX113", "XXX113")])
    assert [h.reason for h in chat.handovers()] == ["not_identified"]
    texts = [r.text for r in chat.outgoing()]
    assert len(texts) == len(set(texts))


# -- the company's system in trouble


def test_that_an_outage_keeps_the_case_and_kawan_comes_back_by_itself(world: World) -> None:
    chat = world.chat("+6281200000105")
    world.control.add_fault("down")
    chat.says("take_up", "tiket mana", "complain_ticket_not_issued")
    assert chat.case().status == "waiting_system"
    world.advance(timedelta(minutes=3))
    world.run_due_jobs()
    world.control.clear_faults()
    world.advance(timedelta(minutes=10))
    world.run_due_jobs()
    assert chat.case().cause == "paid_not_issued"
    assert chat.offers("open")
    assert "sudah hidup lagi" in chat.said()


def test_that_a_long_outage_calls_a_person_as_well(world: World) -> None:
    chat = world.chat("+6281200000105")
    world.control.add_fault("down")
    chat.says("take_up", "tiket mana", "complain_ticket_not_issued")
    for _ in range(7):
        world.advance(timedelta(minutes=31))
        world.run_due_jobs()
    assert "system_down" in [h.reason for h in chat.handovers()]


def test_that_a_choice_made_during_an_outage_is_kept(world: World) -> None:
    chat = complain(world, 5, "complain_ticket_not_issued")
    world.control.add_fault("down")
    chat.tap("terbitkan")
    assert acts(chat) == []
    assert chat.case().status == "waiting_system"
    world.control.clear_faults()
    world.advance(timedelta(minutes=5))
    world.run_due_jobs()
    assert acts(chat) == ["issue:done", "send_ticket:done"]
    assert chat.case().status == "resolved"


@pytest.mark.slow
def test_that_an_act_whose_answer_got_lost_is_asked_for_and_not_done_twice(world: World) -> None:
    chat = complain(world, 1, "complain_payment_mismatch")
    world.control.add_fault("timeout_after_acting", seconds=6, calls=1)
    chat.tap("hapus selisih")
    assert acts(chat) == ["waive:done", "accept:done", "issue:done", "send_ticket:done"]
    booking = world.deps.backend.booking("KLN643")
    assert booking.waived == 3000
    assert len(booking.tickets) == 1


def test_that_an_unknown_outcome_is_settled_later(world: World) -> None:
    chat = complain(world, 5, "complain_ticket_not_issued")
    world.control.add_fault("timeout_after_acting", seconds=6, calls=1)
    world.control.add_fault("down", operations=["read_operation"])
    chat.tap("terbitkan")
    assert acts(chat) == ["issue:unknown"]
    assert "tidak mau menebak" in chat.outgoing()[-1].text or "menunggu kepastian" in chat.outgoing()[-1].text
    chat.tap("terbitkan")  # impatient: asked for, not done again
    world.control.clear_faults()
    world.advance(timedelta(minutes=5))
    world.run_due_jobs()
    assert acts(chat) == ["issue:done", "send_ticket:done"]
    assert chat.case().status == "resolved"


def test_that_facts_changed_since_the_offer_are_noticed(world: World) -> None:
    chat = complain(world, 1, "complain_payment_mismatch")
    world.control.lapse_hold("KLN643")
    chat.tap("hapus selisih")
    assert acts(chat) == []
    assert chat.case().cause == "expired_after_payment"
    assert chat.offers("open")


# -- people and other matters


def test_whatever_else_is_written_goes_to_a_person_in_the_customers_own_words(world: World) -> None:
    chat = world.chat()
    chat.says("take_up", "koper saya pecah rodanya di juanda", "complain_baggage", mood="angry")
    (handover,) = chat.handovers()
    assert "koper saya pecah" in handover.summary
    assert chat.case().words == "koper saya pecah rodanya di juanda"
    assert chat.case().status == "with_person"


def test_a_person_is_called_with_the_case(world: World) -> None:
    chat = complain(world, 1, "complain_payment_mismatch", "kok beda ya tagihannya")
    chat.says("hand_over", "mau ngomong sama orang aja", "request_human")
    (handover,) = chat.handovers()
    assert len(handover.summary.split()) <= 60
    for part in ("Bima Prasetyo", "KLN643", "Rp 3.000"):
        assert part in handover.summary
    chat.says("hand_over", "mana orangnya", "request_human")
    assert len(chat.handovers()) == 1


def test_that_not_understanding_is_said_once_and_then_taken_to_a_person(world: World) -> None:
    chat = world.chat()
    chat.says("take_up", "qwe rty", "nlu_fallback")
    assert chat.handovers() == []
    chat.says("take_up", "asd fgh", "nlu_fallback")
    assert [h.reason for h in chat.handovers()] == ["not_understood"]


def test_several_matters_are_all_named(world: World) -> None:
    chat = world.chat("+6281200000101")
    chat.says(
        "take_up",
        "beda tagihan, cs judes, ditelpon ga diangkat",
        "complain_payment_mismatch",
        further=["complain_staff_attitude", "complain_no_response"],
    )
    assert {c.matter for c in chat.cases()} == {
        "complain_payment_mismatch",
        "complain_staff_attitude",
        "complain_no_response",
    }
    assert "sikap petugas dan telepon atau chat yang tidak dijawab" in chat.said()


def test_an_own_idea_that_is_an_offer_is_confirmed_not_granted(world: World) -> None:
    chat = complain(world, 1, "complain_payment_mismatch")
    chat.says("propose", "gimana kalau saya bayar kurangnya aja?", "propose_alternative")
    assert acts(chat) == []
    chat.says("confirm", "iya", "affirm")
    assert "request_payment:done" in acts(chat)


def test_another_idea_is_taken_down_word_for_word(world: World) -> None:
    chat = complain(world, 1, "complain_payment_mismatch")
    chat.says("propose", "tukar ke penerbangan besok pagi boleh?", "propose_alternative")
    assert chat.case().proposal == "tukar ke penerbangan besok pagi boleh?"
    assert [h.reason for h in chat.handovers()] == ["proposal"]
    assert acts(chat) == []


def test_that_one_turn_tried_twice_is_answered_once(world: World) -> None:
    from bot.care.messages import Understanding

    chat = complain(world, 5, "complain_ticket_not_issued")
    option = next(o["value"] for r in chat.outgoing() for o in r.options if "Terbitkan" in o["label"])
    turn = chat.write("Terbitkan tiket", option=option, kind="option", payload={"value": option})
    understanding = Understanding("", "choose_option", 1.0, option=option)
    first = chat.act("choose", turn, understanding)
    count = len(chat.outgoing())
    assert chat.act("small_talk", turn, understanding) == first
    assert len(chat.outgoing()) == count
    assert [r.step for r in chat.remedies()] == ["issue", "send_ticket"]
