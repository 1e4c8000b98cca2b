"""Turns that come at the wrong moment: old buttons, second thoughts, impatience, other bookings."""

from __future__ import annotations

from datetime import timedelta

from bot.casework.cases import given_this_month
from bot.store.tables import Job
from tests.casework.world import Chat, World

BIMA = "+6281200000101"


def complain(world: World, phone: str = BIMA, intent: str = "complain_payment_mismatch") -> Chat:
    chat = world.chat(phone)
    chat.says("take_up", "tolong dong ini gimana", intent, mood="annoyed")
    return chat


def option(chat: Chat, value: str) -> list[str]:
    return chat.says("choose", "", "choose_option", option=value, kind="option")


def buttons(chat: Chat, part: str) -> list[str]:
    return [o["value"] for row in chat.outgoing() for o in row.options if part in o["value"]]


def test_that_an_old_yes_does_not_answer_another_question(world: World) -> None:
    chat = complain(world)
    chat.tap("refund penuh")
    (old_yes,) = buttons(chat, "confirm:yes")
    chat.tap("jangan dulu")
    chat.says("propose", "gimana kalau saya bayar kurangnya aja?", "propose_alternative")
    option(chat, old_yes)
    assert chat.remedies() == []


def test_yes_to_the_only_offer_carries_it_out(world: World) -> None:
    chat = complain(world, "+6281200000106", "complain_ticket_not_issued")
    assert [o.remedy for o in chat.offers("open")] == ["resend_ticket"]
    chat.says("choose", "iya", "affirm")
    assert [r.step for r in chat.remedies()] == ["send_ticket"]


def test_that_okay_to_something_else_carries_out_nothing(world: World) -> None:
    chat = complain(world, "+6281200000110", "complain_double_charge")
    assert len(chat.offers("open")) == 1
    chat.says("hand_over", "mau petugas", "request_human")
    chat.says("confirm", "oke", "affirm")
    assert chat.remedies() == []


def test_a_button_of_another_open_case_is_taken(world: World) -> None:
    chat = complain(world)
    (offer,) = [o for o in chat.offers("open") if o.remedy == "waive_and_issue"]
    chat.says("take_up", "refund saya yang dulu mana", "complain_refund_delay")
    assert chat.conversation().awaiting["case"] != offer.case_id
    option(chat, f"offer:{offer.id}")
    assert world.deps.backend.booking("KLN643").status.value == "issued"


def test_that_the_offers_of_a_stranger_cannot_be_tapped(world: World) -> None:
    (offer, *_) = complain(world).offers("open")
    stranger = world.chat()
    assert option(stranger, f"offer:{offer.id}")
    assert stranger.conversation().awaiting == {}
    assert world.deps.backend.booking("KLN643").waived == 0


def test_that_never_mind_also_drops_a_choice_kept_during_an_outage(world: World) -> None:
    chat = complain(world)
    world.control.add_fault("down")
    chat.tap("hapus selisih")
    chat.says("stop", "gak jadi deh", "stop_flow")
    world.control.clear_faults()
    world.advance(timedelta(minutes=5))
    world.run_due_jobs()
    assert chat.remedies() == []
    assert chat.case().status == "closed"


def test_that_impatience_does_not_take_back_what_a_supervisor_decides_on(world: World) -> None:
    chat = complain(world)
    with world.deps.store.transaction() as session:
        (offer,) = [o for o in chat.offers("open") if o.remedy == "waive_and_issue"]
        session.merge(offer).authority = "supervisor"
    option(chat, f"offer:{offer.id}")
    assert chat.case().status == "waiting_approval"
    chat.says("take_up", "gimana nih belum terbit", "complain_ticket_not_issued")
    assert chat.case().status == "waiting_approval"
    assert [o.id for o in chat.offers("open") if o.remedy == "waive_and_issue"] == [offer.id]


def test_that_limits_of_a_month_hold_for_a_case_older_than_the_proof(world: World) -> None:
    chat = world.chat()
    chat.says("take_up", "beda tagihan", "complain_payment_mismatch")
    for text, entity, value in (("KLN643", "booking_code", "KLN643"), ("643305", "amount", 643305)):
        chat.says("take_facts", text, "inform", entities=[(entity, text, value)])
    chat.tap("hapus selisih")
    customer = chat.case().customer_id
    with world.deps.store.reading() as session:
        assert given_this_month(session, customer, world.clock.now(), world.deps.files.company.zone) == 3000


def test_that_a_code_given_later_takes_no_case_away_from_its_payment(world: World) -> None:
    chat = complain(world)
    chat.tap("bayar")
    chat.says("take_facts", "KLN12W", "inform", entities=[("booking_code", "KLN12W", "KLN12W")])
    world.control.payment_arrives("KLN643", 3000, method="qris")
    world.deliver_events("KLN643")
    assert world.deps.backend.booking("KLN643").status.value == "issued"


def test_that_a_payment_finds_the_case_that_waits_for_it(world: World) -> None:
    chat = complain(world)
    chat.tap("bayar")
    chat.says("hand_over", "koper hilang, mau petugas", "request_human", further=["complain_baggage"])
    world.control.payment_arrives("KLN643", 3000, method="qris")
    world.deliver_events("KLN643")
    assert world.deps.backend.booking("KLN643").status.value == "issued"


def test_that_an_older_link_s_end_says_nothing_while_a_newer_one_runs(world: World) -> None:
    chat = complain(world)
    chat.tap("bayar")
    world.advance(timedelta(minutes=60))
    chat.says("take_up", "masih bingung tagihannya", "complain_payment_mismatch")
    chat.tap("bayar")
    world.advance(timedelta(minutes=62))
    world.run_due_jobs()
    assert "utter_payment_lapsed" not in [r.response for r in chat.outgoing()]
    assert chat.case().status == "waiting_system"


def test_that_a_refund_ends_the_other_case_of_its_booking(world: World) -> None:
    chat = complain(world)
    words = "kalau begini terus lebih baik uang saya semuanya dikembalikan lewat refund"
    chat.says("take_up", words, "request_refund")
    assert len(chat.cases()) == 2
    chat.tap("refund penuh")
    chat.tap("ya, lanjutkan")
    assert sorted(c.status for c in chat.cases()) == ["resolved", "waiting_system"]
    assert chat.outgoing()[-1].response == "utter_done_refund_full"


def test_that_the_owner_who_names_the_code_is_not_locked_out_by_a_stranger(world: World) -> None:
    stranger = world.chat()
    code = [("booking_code", "KLN643", "KLN643")]
    stranger.says("take_up", "KLN643", "ask_booking_status", entities=code)
    for guess in range(640001, 640006):
        stranger.says("take_facts", str(guess), "inform", entities=[("amount", str(guess), guess)])
    owner = world.chat(BIMA)
    owner.says("take_up", "KLN643", "ask_booking_status", entities=code)
    assert "Bima" in owner.said()


def test_that_chatting_on_is_no_wrong_answer(world: World) -> None:
    chat = world.chat()
    entities = [("booking_code", "KLN643", "KLN643"), ("amount", "646305", 646305)]
    chat.says("take_up", "KLN643 nagih 646305", "complain_payment_mismatch", entities=entities)
    for text in ("hmm", "bentar", "saya cari dulu"):
        chat.says("take_facts", text, "nlu_fallback")
    assert "utter_second_fact_wrong" not in [r.response for r in chat.outgoing()]
    assert "utter_locked" not in [r.response for r in chat.outgoing()]


def test_that_a_promise_to_answer_is_never_one_for_the_past(world: World) -> None:
    chat = complain(world)
    chat.says("hand_over", "mau petugas", "request_human")
    world.advance(timedelta(minutes=40))
    world.run_due_jobs()
    chat.says("hand_over", "mana petugasnya", "request_human")
    (handover,) = chat.handovers()
    assert handover.deadline_at is not None
    assert handover.deadline_at > world.clock.now()
    assert [j for j in world.rows(Job, kind="handover_late") if j.status == "waiting"]


def test_a_refund_of_an_issued_ticket_goes_to_a_person(world: World) -> None:
    chat = complain(world, "+6281200000106", "request_refund")
    assert [h.reason for h in chat.handovers()] == ["needs_person"]
    assert chat.offers() == []


def test_that_asking_again_does_not_break_the_promise_to_issue_once_it_is_paid(world: World) -> None:
    chat = complain(world)
    chat.tap("bayar")
    chat.says("take_up", "masih bingung tagihannya", "complain_payment_mismatch")
    world.control.payment_arrives("KLN643", 3000, method="qris")
    world.deliver_events("KLN643")
    assert world.deps.backend.booking("KLN643").status.value == "issued"
    assert chat.case().status == "resolved"
