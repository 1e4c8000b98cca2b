"""What Kawan does by itself: when the company's system reports something, and when a time has come.

Every function may be called again after a crash; what it says goes out once. While a person holds the
conversation nothing is said: it is noted with the case, where that person sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.care import matters
from bot.care.diagnosis import diagnose
from bot.care.facts import Booking, RefundStatus
from bot.care.remedies import Step
from bot.casework import cases, choosing, intake, people, presenting
from bot.casework.deps import Deps
from bot.casework.execution import execute_offer, execute_steps, ticket_facts
from bot.casework.lookup import Found, complete, look_up, remember, wanted_again
from bot.casework.presenting import booking_values, present
from bot.casework.reporting import end_well
from bot.casework.times import decent_time
from bot.casework.work import Part, Work, commit
from bot.errors import BackendUnavailable
from bot.store.tables import BackendEvent, Case, Conversation, Handover, Identity, Job, Offer, Remedy

_FIRST_RETRIES = 5
_LONGEST_RETRY = timedelta(minutes=30)
_GIVE_UP_AFTER = 40  # tries, about sixteen hours
_RECENT = timedelta(days=14)


# -- jobs


def run_job(deps: Deps, job_id: str) -> None:
    with deps.store.reading() as session:
        job = session.get_one(Job, job_id)
        case = session.get(Case, job.case_id) if job.case_id else None
    if case is None or job.status != "waiting":
        return
    _JOBS[job.kind](deps, job, case)


def _retry_case(deps: Deps, job: Job, case: Case) -> None:
    """The company's system was down: look again, and go on with the case where it stood."""
    if case.status != "waiting_system":
        return
    with deps.store.reading() as session:
        conversation = session.get_one(Conversation, case.conversation_id)
        identity = session.get_one(Identity, conversation.identity_id)
    want = wanted_again(case, dict(conversation.known))
    lookup = look_up(deps, identity, want)
    if lookup.found is Found.SYSTEM_DOWN:
        _try_later(deps, job, case)
        return

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if mine.status != "waiting_system" or _held(work, mine, "Sistem perusahaan sudah hidup lagi"):
            return
        remember(work, want, lookup)
        intake.proceed(work, mine, lookup, [("utter_system_back", {})])

    commit(deps, case.conversation_id, f"job:{job.id}", writes)


def _try_later(deps: Deps, job: Job, case: Case) -> None:
    """Again after a growing while; past all patience, or once it takes long, a person is told as well."""
    tries = int(job.data.get("tries", 1))

    def writes(work: Work) -> None:
        row = work.session.get_one(Job, job.id)
        mine = work.session.get_one(Case, case.id)
        wait = min(timedelta(minutes=2) * 2 ** min(tries, _FIRST_RETRIES), _LONGEST_RETRY)
        if tries < _GIVE_UP_AFTER:
            row.due_at, row.data = work.now + wait, {**row.data, "tries": tries + 1}
        if tries == _FIRST_RETRIES and work.conversation.owner == "bot":
            status = mine.status
            people.hand_over(work, mine, "system_down")
            mine.status = status

    commit(deps, case.conversation_id, f"job:{job.id}:{tries}", writes)


def _resume_offer(deps: Deps, job: Job, case: Case) -> None:
    """A choice that could not be carried out, or whose outcome was unknown: settled now."""
    with deps.store.reading() as session:
        offer = session.get_one(Offer, str(job.data["offer"]))
    if offer.status not in ("open", "chosen"):
        return
    if offer.status == "open":
        if _left_to_person(deps, job, case):
            return
        try:
            again = choosing.check_again(deps, case, offer)
        except BackendUnavailable:
            _try_later(deps, job, case)
            return
        if again is not None:
            commit(deps, case.conversation_id, f"job:{job.id}", again)
            return
        if not choosing.mark_chosen(deps, case.conversation_id, offer.id):
            return
    outcome = execute_offer(deps, offer.id, "bot")
    if outcome.status == "unknown":
        _try_later(deps, job, case)
        return
    commit(deps, case.conversation_id, f"job:{job.id}", choosing.report_writes(case.id, offer.id, outcome))


def _left_to_person(deps: Deps, job: Job, case: Case) -> bool:
    """Nothing is begun behind the back of a person who holds the conversation, nor after the customer's no."""
    left: list[bool] = []

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        left[:] = [mine.status != "waiting_system" or _held(work, mine, "Pilihan pelanggan belum dijalankan")]

    commit(deps, case.conversation_id, f"job:{job.id}:held", writes)
    return left[0]


def _payment_near(deps: Deps, job: Job, case: Case) -> None:
    """Shortly before a payment link ends, once, and only if nothing has been paid."""

    def writes(work: Work) -> None:
        mine, offer = work.session.get_one(Case, case.id), _offer(work, job)
        if mine.status == "waiting_system" and _is_last(work, mine, offer):
            _tell(work, mine, ("utter_payment_deadline_near", offer.terms))

    commit(deps, case.conversation_id, f"job:{job.id}", writes)


def _payment_lapsed(deps: Deps, job: Job, case: Case) -> None:
    """A payment link has ended: what has not been paid by now will not be."""
    booking = deps.backend.booking(case.booking_code or "")
    with deps.store.reading() as session:
        offer = session.get_one(Offer, str(job.data["offer"]))
    request = next((r for r in booking.payment_requests if r.id == offer.terms.get("request_id")), None)
    if request is not None and request.status == "paid":
        _payment_accepted(deps, case, booking, f"job:{job.id}", None)
        return

    lookup = complete(deps, booking)

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if mine.status != "waiting_system" or not _is_last(work, mine, _offer(work, job)):
            return
        if _held(work, mine, "Tautan bayar sudah berakhir"):
            return
        present(work, mine, booking, lookup.quotes, [("utter_payment_lapsed", {"code": booking.code})])

    commit(deps, case.conversation_id, f"job:{job.id}", writes)


def _hold_over(deps: Deps, job: Job, case: Case) -> None:
    """The hold ends soon and the money has not come: a person looks for it with the bank."""
    booking = deps.backend.booking(case.booking_code or "")

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if mine.status != "waiting_system" or not _is_last(work, mine, _offer(work, job)):
            return
        if _held(work, mine, "Batas tahan booking hampir habis"):
            return
        people.hand_over(work, mine, "money_missing", "utter_hold_over", booking_values(work, booking))

    commit(deps, case.conversation_id, f"job:{job.id}", writes)


def _refund_check(deps: Deps, job: Job, case: Case) -> None:
    """Was the refund paid as promised? If so the customer hears it, if not a person does as well."""
    booking = deps.backend.booking(case.booking_code or "")
    refund = next((r for r in booking.refunds if r.id == job.data.get("refund_id")), None)
    if refund is None:
        return

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if mine.status not in ("waiting_system", "waiting_customer"):
            return
        values = {
            **booking_values(work, booking),
            "amount": refund.amount,
            "destination": refund.destination or "rekening asal",
        }
        if refund.status is RefundStatus.PAID:
            _refund_told(work, mine, values)
        elif not _held(work, mine, "Refund belum dibayar sampai batas janji"):
            people.hand_over(work, mine, "refund_late", "utter_refund_still_open", values)

    commit(deps, case.conversation_id, f"job:{job.id}", writes)


def _follow_up(deps: Deps, job: Job, case: Case) -> None:
    """A day after the end: is all well? At decent hours, once, not to who wants to be left alone."""

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        customer = work.customer
        if mine.status != "resolved" or (customer is not None and customer.left_alone):
            return
        if any(c.booking_code == mine.booking_code for c in cases.open_cases(work)):
            return  # it is being talked about
        decent = decent_time(work.now, work.deps.files.company)
        if decent > work.now:
            work.session.get_one(Job, job.id).due_at = decent
            return
        _tell(
            work,
            mine,
            ("utter_follow_up_done", {"matter": matters.name(mine.matter), "code": mine.booking_code or "-"}),
        )

    commit(deps, case.conversation_id, f"job:{job.id}:follow-up", writes)


def _handover_late(deps: Deps, job: Job, case: Case) -> None:
    """The promised time has passed and nobody has come: said, and the case rises."""

    def writes(work: Work) -> None:
        handover = work.session.get(Handover, str(job.data["handover"]))
        if handover is None or handover.status != "waiting":
            return
        handover.priority += 50
        mine = work.session.get_one(Case, case.id)
        work.note(mine, "note", "system", "Janji waktu jawaban petugas terlewat")
        _tell(work, mine, ("utter_handover_late", {}))

    commit(deps, case.conversation_id, f"job:{job.id}", writes)


_JOBS: dict[str, Callable[[Deps, Job, Case], None]] = {
    "retry_case": _retry_case,
    "resume_offer": _resume_offer,
    "payment_near": _payment_near,
    "payment_lapsed": _payment_lapsed,
    "hold_over": _hold_over,
    "refund_check": _refund_check,
    "follow_up": _follow_up,
    "handover_late": _handover_late,
}


def _is_last(work: Work, case: Case, offer: Offer) -> bool:
    """Whether the case still waits for this offer's end, not for that of a later one."""
    last = cases.last_done(work, case)
    return last is not None and last.id == offer.id


def _offer(work: Work, job: Job) -> Offer:
    return work.session.get_one(Offer, str(job.data["offer"]))


def _held(work: Work, case: Case, note: str) -> bool:
    """While a person holds the conversation they are told instead of the customer."""
    if work.conversation.owner == "bot":
        return False
    work.note(case, "note", "system", note)
    return True


def _tell(work: Work, case: Case, *parts: Part) -> None:
    if not _held(work, case, work.text(*parts[0]) if not isinstance(parts[0], str) else parts[0]):
        work.say(*parts, case=case, binding=True)


# -- the company's events


def handle_event(deps: Deps, event_id: str) -> None:
    """Tell the customers whose open or recent cases an event concerns."""
    with deps.store.reading() as session:
        event = session.get_one(BackendEvent, event_id)
        own = session.scalar(
            select(Remedy.id).where(Remedy.key == str(event.data.get("operation_key") or ""))
        )
        found = session.scalars(
            select(Case).where(Case.booking_code == event.booking_code).order_by(Case.created_at.desc())
        ).all()
    # Told once in each conversation, under the case that waits for it rather than one that was only asked about.
    found = sorted(found, key=lambda c: (c.status != "waiting_system", c.status not in cases.OPEN_STATES))
    handler = _EVENTS.get(event.type)
    # What Kawan did itself it has reported already.
    if handler is None or own is not None or event.booking_code is None:
        return
    told: set[str] = set()
    for case in found:
        recent = deps.clock.now() - case.updated_at < _RECENT
        if case.conversation_id in told or not (case.status in cases.OPEN_STATES or recent):
            continue
        told.add(case.conversation_id)
        booking = deps.backend.booking(event.booking_code)
        handler(deps, case, booking, f"event:{event.id}", event)


def _payment_received(
    deps: Deps, case: Case, booking: Booking, prefix: str, event: BackendEvent | None
) -> None:
    """Money came in. Where it settles the bill the ticket is issued, as was promised; else it is shown."""
    if _payment_accepted(deps, case, booking, prefix, event) or case.status not in cases.OPEN_STATES:
        return
    lookup = complete(deps, booking)

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if _held(work, mine, "Pembayaran masuk") or mine.status == "with_person":
            return
        if not intake.works_on(mine.matter):
            return
        opening = [("utter_event_payment_received", {**_arrival(booking), "code": booking.code})]
        present(work, mine, booking, lookup.quotes, opening)

    commit(deps, case.conversation_id, prefix, writes)


def _payment_accepted(
    deps: Deps, case: Case, booking: Booking, prefix: str, event: BackendEvent | None
) -> bool:
    """Issue at once where Kawan waits for the money and it covers the bill; says whether it did."""
    if not _waits_for_money(deps, case):
        return False
    cause = diagnose("complain_payment_unconfirmed", booking, None, deps.clock.now()).cause
    if cause not in ("paid_not_issued", "paid_unconfirmed") and not _begun(
        deps, _settling_key(case, booking)
    ):
        return False
    _issue_as_promised(deps, case, booking, prefix, _arrival(booking))
    return True


def _waits_for_money(deps: Deps, case: Case) -> bool:
    """Whether the ticket was promised as soon as the money comes, whatever was asked about since."""
    if case.status == "waiting_system":
        return True
    with deps.store.reading() as session:
        offers = session.scalars(select(Offer).where(Offer.case_id == case.id)).all()
    linked = any(o.status == "done" and o.terms.get("pay_url") for o in offers)
    return case.status == "waiting_customer" and linked and all(o.status != "chosen" for o in offers)


def _settling_key(case: Case, booking: Booking) -> str:
    """One for each payment that settles a case, so that an event and the deadline's check issue once between them."""
    last = max(booking.payments, key=lambda p: p.paid_at)
    return f"settle-{case.id}-{last.id}"


def _begun(deps: Deps, key: str) -> bool:
    """Killed between issuing and telling: the booking looks settled then, and the rest is still to be done."""
    with deps.store.reading() as session:
        return session.scalar(select(Remedy.id).where(Remedy.key == f"{key}-0-issue")) is not None


def _arrival(booking: Booking) -> dict[str, Any]:
    last = max(booking.payments, key=lambda p: p.paid_at)
    return {"amount": last.amount, "paid_at": last.paid_at}


def _issue_as_promised(
    deps: Deps, case: Case, booking: Booking, prefix: str, arrival: dict[str, Any]
) -> None:
    received = [p.id for p in booking.payments if p.status.value == "received"]
    to = booking.customer.email or booking.customer.phone or ""
    key = _settling_key(case, booking)
    # What is still to be accepted differs between attempts, so each act's key must not depend on it.
    acts: list[tuple[str, tuple[Step, ...]]] = [
        (f"{key}-{p}", (Step("accept", {"payment_id": p}),)) for p in received
    ]
    acts.append((key, (Step("issue"), Step("send_ticket", {"to": to}))))
    for act_key, steps in acts:
        outcome = execute_steps(
            deps,
            key=act_key,
            case_id=case.id,
            code=booking.code,
            steps=steps,
            granted_by="bot",
            reason="Kawan: tagihan lunas",
        )
        if outcome.status != "done":
            break
    if outcome.status == "unknown":
        raise BackendUnavailable(outcome.problem)  # the event is handled again later

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if mine.status not in cases.OPEN_STATES:
            return
        opening: Part = ("utter_event_payment_received", {**arrival, "code": booking.code})
        words = presenting.kind_words(booking)
        if outcome.status == "refused":
            work.say(opening, ("utter_act_refused", {}), case=mine, binding=True)
            people.hand_over(work, mine, "act_refused")
            return
        work.say(
            opening,
            ("utter_event_ticket_issued", {**words, **outcome.facts, "code": booking.code}),
            case=mine,
            binding=True,
        )
        work.note(mine, "done", "bot", "Tiket terbit setelah pembayaran masuk")
        if mine.status != "with_person":
            end_well(work, mine, "Tiket terbit")

    commit(deps, case.conversation_id, prefix, writes)


def _ticket_issued(deps: Deps, case: Case, booking: Booking, prefix: str, event: BackendEvent | None) -> None:
    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if mine.status not in cases.OPEN_STATES or _held(work, mine, "Tiket terbit"):
            return
        facts = {**presenting.kind_words(booking), **ticket_facts(booking)}
        work.say(("utter_event_ticket_issued", {**facts, "code": booking.code}), case=mine, binding=True)
        if mine.status != "with_person":
            end_well(work, mine, "Tiket terbit")

    commit(deps, case.conversation_id, prefix, writes)


def _refund_paid(deps: Deps, case: Case, booking: Booking, prefix: str, event: BackendEvent | None) -> None:
    refund = _paid_refund(booking, event)

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        values = {"code": booking.code, "amount": refund[0], "destination": refund[1]}
        if not _held(work, mine, "Refund dibayarkan"):
            _refund_told(work, mine, values)

    commit(deps, case.conversation_id, prefix, writes)


def _paid_refund(booking: Booking, event: BackendEvent | None) -> tuple[int, str]:
    wanted = str((event.data if event else {}).get("refund_id") or "")
    paid = [r for r in booking.refunds if r.id == wanted] or [
        r for r in booking.refunds if r.status is RefundStatus.PAID
    ]
    last = paid[-1]
    return last.amount, last.destination or "rekening asal"


def _refund_told(work: Work, case: Case, values: dict[str, Any]) -> None:
    work.say(("utter_event_refund_paid", values), case=case, binding=True)
    work.note(case, "done", "backend", "Refund dibayarkan")
    if case.status != "with_person":
        end_well(work, case, "Refund dibayarkan")


def _refund_failed(deps: Deps, case: Case, booking: Booking, prefix: str, event: BackendEvent | None) -> None:
    failed = [r for r in booking.refunds if r.status is RefundStatus.FAILED]

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if not failed or _held(work, mine, "Refund ditolak bank penerima"):
            return
        values = {"code": booking.code, "amount": failed[-1].amount}
        work.say(("utter_event_refund_failed", values), case=mine, binding=True)
        people.hand_over(work, mine, "refund_failed")

    commit(deps, case.conversation_id, prefix, writes)


def _schedule_changed(
    deps: Deps, case: Case, booking: Booking, prefix: str, event: BackendEvent | None
) -> None:
    note = booking.schedule_changes[-1].note if booking.schedule_changes else ""

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        _tell(work, mine, ("utter_event_schedule_changed", {"code": booking.code, "note": note}))

    commit(deps, case.conversation_id, prefix, writes)


def _booking_expired(
    deps: Deps, case: Case, booking: Booking, prefix: str, event: BackendEvent | None
) -> None:
    """The hold lapsed while the customer was choosing: the ways out are others now."""
    lookup = complete(deps, booking)

    def writes(work: Work) -> None:
        mine = work.session.get_one(Case, case.id)
        if mine.status != "waiting_customer" or not cases.open_offers(work, mine):
            return
        if not _held(work, mine, "Booking hangus") and lookup.booking is not None:
            present(work, mine, lookup.booking, lookup.quotes, [("utter_changed", {})])

    commit(deps, case.conversation_id, prefix, writes)


_EVENTS: dict[str, Callable[[Deps, Case, Booking, str, BackendEvent | None], object]] = {
    "payment.received": _payment_received,
    "payment.accepted": _payment_accepted,
    "ticket.issued": _ticket_issued,
    "refund.paid": _refund_paid,
    "refund.failed": _refund_failed,
    "schedule.changed": _schedule_changed,
    "booking.expired": _booking_expired,
}
