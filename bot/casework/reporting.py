"""Telling the customer what became of a remedy, and arranging what follows by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from bot.care.dialogue import Awaiting
from bot.care.remedies import REMEDIES
from bot.casework import cases, people
from bot.casework.execution import Outcome
from bot.casework.intake import RETRY_AFTER
from bot.casework.presenting import plain, show_offers
from bot.casework.times import decent_time_until
from bot.casework.work import Work
from bot.store.tables import Case, Job, Offer
from bot.store.work import schedule

_REMIND_BEFORE = timedelta(minutes=20)
_AFTER_PROMISE = timedelta(hours=3)
_FOLLOW_UP_AFTER = timedelta(days=1)


def report(work: Work, case: Case, offer: Offer, outcome: Outcome) -> None:
    """Say what is so, no more: done with its facts, refused, or not certain yet. Always goes out."""
    if offer.status in ("done", "failed"):
        return
    match outcome.status:
        case "done":
            _done(work, case, offer, outcome)
        case "refused":
            _refused(work, case, offer, outcome)
        case _:
            _uncertain(work, case, offer)


def _done(work: Work, case: Case, offer: Offer, outcome: Outcome) -> None:
    offer.status, offer.answered_at = "done", offer.answered_at or work.now
    cases.supersede_offers(work, case)
    # What the acts brought about stands above what was planned (the paying account, the ticket's address).
    values = _as_told(offer, outcome)
    work.say((f"utter_done_{offer.remedy}", values), case=case, binding=True)
    work.note(case, "done", "bot", f"Dijalankan: {offer.label}", data=plain(outcome.facts))
    work.audit("bot", "remedy", f"case {case.id}", {"offer": offer.id, "remedy": offer.remedy})
    offer.terms = {**offer.terms, **plain(outcome.facts)}
    work.wait_for(Awaiting())
    case.updated_at = work.now
    _settle_others(work, case, offer)
    if REMEDIES[offer.remedy].ends_case:
        end_well(work, case, offer.label)
    else:
        case.status = "waiting_system"
        _watch(work, case, offer)
    _next_matter(work, case)


def _as_told(offer: Offer, outcome: Outcome) -> dict[str, Any]:
    """A refund comes under the name of its last part; the sum told is that of all parts."""
    return {**offer.terms, **{k: v for k, v in outcome.facts.items() if v is not None}}


def _settle_others(work: Work, done: Case, offer: Offer) -> None:
    """What was put on the table for the same booking before this was done does not hold any more."""
    ended = offer.remedy == "refund_full"
    for case in cases.open_cases(work):
        same = case.id != done.id and case.booking_code == done.booking_code is not None
        waits = case.status in ("open", "waiting_customer") or (ended and case.status == "waiting_system")
        if same and waits and cases.chosen_offer(work, case) is None:
            cases.close(work, case, "resolved", f"Ikut selesai: {offer.label}")
    work.session.execute(
        update(Job)
        .where(Job.case_id == done.id, Job.kind == "retry_case", Job.status == "waiting")
        .values(status="done", done_at=work.now)
    )


def _next_matter(work: Work, done: Case) -> None:
    """Another matter whose offers are still unanswered is taken up again; none is forgotten."""
    for case in cases.open_cases(work):
        offers = cases.open_offers(work, case)
        if case.id != done.id and case.status == "waiting_customer" and offers:
            show_offers(work, case, offers, "utter_next_matter")
            return


def end_well(work: Work, case: Case, outcome: str) -> None:
    """The case is resolved; a day later Kawan asks once whether all is well."""
    cases.close(work, case, "resolved", outcome)
    customer = work.customer
    if customer is not None and customer.left_alone:
        return
    due = decent_time_until(work.now + _FOLLOW_UP_AFTER, work.deps.files.company)
    _schedule(work, case, "follow_up", due, key=f"follow-up:{case.id}")


def _refused(work: Work, case: Case, offer: Offer, outcome: Outcome) -> None:
    offer.status = "failed"
    work.note(case, "note", "bot", f"Sistem menolak: {outcome.problem}")
    work.say(("utter_act_refused", {}), case=case, binding=True)
    people.hand_over(work, case, "act_refused")


def _uncertain(work: Work, case: Case, offer: Offer) -> None:
    work.say(("utter_in_progress", {}), case=case, binding=True)
    case.status = "waiting_system"
    work.wait_for(Awaiting())
    _schedule(
        work, case, "resume_offer", work.now + RETRY_AFTER, key=f"resume:{offer.id}", data={"offer": offer.id}
    )


def _watch(work: Work, case: Case, offer: Offer) -> None:
    """Deadlines that the report has just named are kept by jobs."""
    terms = offer.terms
    until = datetime.fromisoformat(terms["until"]) if terms.get("until") else None
    if offer.remedy == "hold_and_wait" and until:
        case.deadline_at = until
        _schedule(
            work,
            case,
            "hold_over",
            until - _REMIND_BEFORE,
            key=f"hold-over:{offer.id}",
            data={"offer": offer.id},
        )
    elif terms.get("pay_url") and until:
        case.deadline_at = until
        if until - work.now > 2 * _REMIND_BEFORE:
            _schedule(
                work,
                case,
                "payment_near",
                until - _REMIND_BEFORE,
                key=f"near:{offer.id}",
                data={"offer": offer.id},
            )
        _schedule(
            work,
            case,
            "payment_lapsed",
            until + timedelta(minutes=1),
            key=f"lapsed:{offer.id}",
            data={"offer": offer.id},
        )
    elif promised := _promised(terms):
        case.deadline_at = promised
        due = promised if offer.remedy == "expedite_refund" else promised + _AFTER_PROMISE
        _schedule(
            work,
            case,
            "refund_check",
            due,
            key=f"refund-check:{offer.id}",
            data={"refund_id": terms.get("refund_id")},
        )


def _promised(terms: dict[str, Any]) -> datetime | None:
    text = terms.get("until") if "until" in terms else terms.get("promised_by")
    return datetime.fromisoformat(text) if text else None


def _schedule(
    work: Work, case: Case, kind: str, due_at: datetime, *, key: str, data: dict[str, Any] | None = None
) -> None:
    schedule(
        work.session,
        key=key,
        kind=kind,
        due_at=due_at,
        conversation_id=work.conversation.id,
        case_id=case.id,
        data=data or {},
    )
