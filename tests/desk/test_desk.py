"""Taking over, answering, granting and giving back, with a real store and the real demo company."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from bot.care.facts import BookingStatus
from bot.casework import desk, desk_views
from bot.errors import AlreadyTaken, DeskError, NotAllowed, NotHolder, OfferGone
from bot.store.outbox import enqueue
from bot.store.tables import Audit, Case, Conversation, Handover, Job, Outgoing, Remedy
from tests.desk.conftest import Scene, Team

TAKEN = "Rani Kartika dari tim Kelana sekarang di sini"


def conversation(scene: Scene) -> Conversation:
    with scene.deps.store.reading() as session:
        return session.get_one(Conversation, scene.conversation)


def case(scene: Scene) -> Case:
    with scene.deps.store.reading() as session:
        return session.get_one(Case, scene.case)


def test_the_queue_says_who_waits_since_when_and_why(scene: Scene, team: Team) -> None:
    queue = desk_views.queue(scene.deps, team.rani.id)
    (entry,) = queue.waiting
    assert (entry.customer, entry.channel, entry.reason) == ("Bima Prasetyo", "web", "proposal")
    assert 0 < len(entry.summary.split()) <= 60
    assert "KLN643" in entry.summary
    assert entry.deadline is not None
    assert [c.booking_code for c in queue.cases] == ["KLN643"]
    desk.take_over(scene.deps, scene.conversation, team.rani)
    assert desk_views.queue(scene.deps, team.rani.id).mine
    (other,) = desk_views.queue(scene.deps, team.budi.id).others
    assert other.taken_by == "Rani Kartika"


def test_taking_over_silences_the_bot_and_tells_the_customer(scene: Scene, team: Team) -> None:
    with scene.deps.store.transaction() as session:
        enqueue(
            session,
            key="late",
            conversation_id=scene.conversation,
            text="dari bot, terlambat",
            now=scene.deps.clock.now(),
        )
    before = conversation(scene).epoch
    desk.take_over(scene.deps, scene.conversation, team.rani)
    desk.take_over(scene.deps, scene.conversation, team.rani)
    after = conversation(scene)
    assert (after.owner, after.epoch) == ("human", before + 1)
    texts = [m["text"] for m in scene.messages()]
    assert sum(TAKEN in text for text in texts) == 1
    assert "dari bot, terlambat" not in texts


def test_one_wins_and_the_others_learn_who(scene: Scene, team: Team) -> None:
    officers = [team.rani, team.budi, team.dewi, team.admin] * 2
    start = threading.Barrier(len(officers))
    results: list[str] = []

    def try_it(user: object) -> None:
        start.wait()
        try:
            desk.take_over(scene.deps, scene.conversation, user)  # type: ignore[arg-type]
            results.append(f"won {user.name}")  # type: ignore[attr-defined]
        except AlreadyTaken as error:
            results.append(f"lost to {error.by}")

    threads = [threading.Thread(target=try_it, args=(user,)) for user in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = {r.removeprefix("won ") for r in results if r.startswith("won")}
    assert len(winners) == 1
    assert {r for r in results if r.startswith("lost")} == {f"lost to {winners.pop()}"}
    assert sum("sekarang di sini" in m["text"] for m in scene.messages()) == 1


def test_a_person_may_step_in_uncalled(scene: Scene, team: Team) -> None:
    desk.take_over(scene.deps, scene.conversation, team.rani)
    desk.give_back(scene.deps, scene.conversation, team.rani, "back_to_bot", "")
    desk.take_over(scene.deps, scene.conversation, team.budi)
    with scene.deps.store.reading() as session:
        handover = desk.active_handover(session, scene.conversation)
    assert handover is not None
    assert (handover.reason, handover.taken_by) == ("proactive", team.budi.id)


def test_an_answer_goes_out_once_and_from_the_holder_alone(scene: Scene, team: Team) -> None:
    with pytest.raises(NotHolder):
        desk.reply(scene.deps, scene.conversation, team.rani, "Halo", "k1")
    desk.take_over(scene.deps, scene.conversation, team.rani)
    first = desk.reply(scene.deps, scene.conversation, team.rani, " Halo\x00 Pak ", "k1")
    assert desk.reply(scene.deps, scene.conversation, team.rani, "Halo lagi", "k1") == first
    said = [m for m in scene.messages() if m["from"] == "agent"]
    assert [(m["text"], m["name"]) for m in said] == [("Halo\ufffd Pak", "Rani Kartika")]
    with pytest.raises(NotHolder, match="Rani"):
        desk.reply(scene.deps, scene.conversation, team.budi, "Saya juga", "k2")
    with pytest.raises(NotHolder):
        desk.typing(scene.deps, scene.conversation, team.budi)
    for text in ("", "  ", "x" * 4001):
        with pytest.raises(DeskError):
            desk.reply(scene.deps, scene.conversation, team.rani, text, "k3")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("solved", "resolved"), ("refused", "closed"), ("promised", "with_person"), ("back_to_bot", "open")],
)
def test_giving_back_tells_what_was_agreed_and_settles_the_case(
    scene: Scene, team: Team, outcome: str, status: str
) -> None:
    desk.take_over(scene.deps, scene.conversation, team.rani)
    epoch = conversation(scene).epoch
    desk.give_back(scene.deps, scene.conversation, team.rani, outcome, "Tiket terbit besok pagi")
    after = conversation(scene)
    assert (after.owner, after.epoch, after.awaiting.get("kind")) == ("bot", epoch + 1, "nothing")
    assert case(scene).status == status
    last = scene.messages()[-1]
    assert last["from"] == "system"
    assert "Tiket terbit besok pagi." in last["text"]
    view = desk_views.conversation_view(scene.deps, scene.conversation, team.rani.id)
    assert view is not None
    assert [(p.by, p.handover.outcome) for p in view.earlier] == [("Rani Kartika", outcome)]
    with scene.deps.store.reading() as session:
        follow_ups = session.scalars(select(Job.kind).where(Job.kind == "follow_up")).all()
    assert bool(follow_ups) == (outcome == "solved")


def test_giving_back_needs_the_holder_an_outcome_and_words(scene: Scene, team: Team) -> None:
    desk.take_over(scene.deps, scene.conversation, team.rani)
    with pytest.raises(NotHolder):
        desk.give_back(scene.deps, scene.conversation, team.budi, "solved", "Beres")
    for outcome, agreed in (("", "Beres"), ("solved", " "), ("nonsense", "Beres")):
        with pytest.raises(DeskError):
            desk.give_back(scene.deps, scene.conversation, team.rani, outcome, agreed)


def test_a_granted_offer_is_carried_out_once_and_reported(scene: Scene, team: Team) -> None:
    offer = scene.offer("waive_and_issue")
    with pytest.raises(NotHolder):
        desk.grant(scene.deps, offer.id, team.rani)
    desk.take_over(scene.deps, scene.conversation, team.rani)
    assert desk.grant(scene.deps, offer.id, team.rani).status == "done"
    with pytest.raises(OfferGone):
        desk.grant(scene.deps, offer.id, team.rani)
    booking = scene.deps.backend.booking("KLN643")
    assert booking.status is BookingStatus.ISSUED
    assert booking.waived == 3000
    assert booking.tickets[0].number in scene.messages()[-1]["text"]
    with scene.deps.store.reading() as session:
        granted = {r.granted_by for r in session.scalars(select(Remedy))}
        acts = session.scalars(select(Audit.act).where(Audit.actor == "rani")).all()
    assert granted == {"Rani Kartika"}
    assert "granted" in acts
    assert scene.offer("waive_and_issue").status == "done"
    assert case(scene).status == "resolved"


def test_what_needs_a_supervisor_no_agent_grants(scene: Scene, team: Team) -> None:
    offer = scene.set_authority("waive_and_issue", "supervisor")
    desk.take_over(scene.deps, scene.conversation, team.rani)
    with pytest.raises(NotAllowed):
        desk.grant(scene.deps, offer, team.rani)
    assert scene.offer("waive_and_issue").status == "open"


def test_two_grants_at_once_act_once(scene: Scene, team: Team) -> None:
    offer = scene.offer("waive_and_issue").id
    desk.take_over(scene.deps, scene.conversation, team.rani)
    start, results = threading.Barrier(2), []

    def try_it() -> None:
        start.wait()
        try:
            results.append(desk.grant(scene.deps, offer, team.rani).status)
        except OfferGone:
            results.append("gone")

    threads = [threading.Thread(target=try_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "gone"]
    assert len(scene.deps.backend.booking("KLN643").tickets) == 1


def test_a_supervisor_approves_from_outside_and_the_call_is_answered(scene: Scene, team: Team) -> None:
    assert desk.grant(scene.deps, scene.offer("waive_and_issue").id, team.dewi).status == "done"
    assert desk_views.queue(scene.deps, team.rani.id).waiting == ()


def test_a_case_is_closed_beside_the_conversation(scene: Scene, team: Team) -> None:
    desk.close_case(scene.deps, scene.case, team.rani, "Sudah ditelepon")
    assert (case(scene).status, case(scene).outcome) == ("resolved", "Sudah ditelepon")
    with pytest.raises(DeskError):
        desk.close_case(scene.deps, scene.case, team.rani, "Lagi")


def test_every_act_changes_the_marks(scene: Scene, team: Team) -> None:
    def marks() -> tuple[str, str]:
        return desk_views.queue_mark(scene.deps), desk_views.conversation_mark(scene.deps, scene.conversation)

    before = marks()
    assert marks() == before
    for act in (
        lambda: desk.take_over(scene.deps, scene.conversation, team.rani),
        lambda: desk.reply(scene.deps, scene.conversation, team.rani, "Halo", "k"),
        lambda: scene.customer_says("halo juga", 2),
        lambda: desk.grant(scene.deps, scene.offer("waive_and_issue").id, team.rani),
        lambda: desk.give_back(scene.deps, scene.conversation, team.rani, "solved", "Beres"),
    ):
        act()
        after = marks()
        assert after[0] != before[0]
        assert after[1] != before[1]
        before = after


def test_what_stays_unsent_is_shown_with_its_reason(scene: Scene, team: Team) -> None:
    desk.take_over(scene.deps, scene.conversation, team.rani)
    sent = desk.reply(scene.deps, scene.conversation, team.rani, "Halo", "k")
    with scene.deps.store.transaction() as session:
        row = session.get_one(Outgoing, sent)
        row.status, row.error = "parked", "diblokir pelanggan"
    view = desk_views.conversation_view(scene.deps, scene.conversation, team.rani.id)
    assert view is not None
    assert "diblokir pelanggan" in [row.error for row in view.unsent]
    assert desk_views.conversation_view(scene.deps, "nothing", team.rani.id) is None


def test_the_handover_keeps_who_and_when(scene: Scene, team: Team) -> None:
    desk.take_over(scene.deps, scene.conversation, team.rani)
    desk.give_back(scene.deps, scene.conversation, team.rani, "solved", "Beres")
    with scene.deps.store.reading() as session:
        row = session.scalars(select(Handover)).one()
    assert (row.status, row.taken_by, row.agreed) == ("returned", team.rani.id, "Beres.")
    assert row.taken_at is not None
    assert row.returned_at is not None
