"""Putting a conversation to people, with everything they need to go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.care import matters
from bot.care.diagnosis import CAUSES
from bot.care.dialogue import Awaiting
from bot.care.summary import SummaryParts, summarise
from bot.casework import cases
from bot.casework.work import Part, Work
from bot.store.tables import Case, Handover, Offer, new_id
from bot.store.work import schedule
from bot.voice import rupiah

# Said when a person is called; to a second call the answer is that they are on their way.
_CALLS = frozenset({"utter_handover", "utter_taken_to_person"})


def waiting_handover(work: Work) -> Handover | None:
    return work.session.scalar(
        select(Handover).where(
            Handover.conversation_id == work.conversation.id, Handover.status.in_(("waiting", "taken"))
        )
    )


def hand_over(
    work: Work,
    case: Case | None,
    reason: str,
    response: str = "utter_handover",
    values: dict[str, Any] | None = None,
    opening: Sequence[Part] = (),
) -> Handover:
    """Call a person into the chat and tell the customer by when; a second call adds to the first.

    `response` gets `until` beside `values`. The bot goes on answering until somebody takes over.
    """
    handover = waiting_handover(work)
    if handover is not None:
        again = response in _CALLS and (case is None or handover.case_id == case.id)
        said = "utter_handover_waiting" if again else response
        until = _promised(work, handover, case)
        work.say(*opening, (said, {**(values or {}), "until": until}), case=case, binding=True)
    else:
        until = work.now + work.deps.files.company.person_answers_within
        handover = _new_handover(work, case, reason, until)
        work.say(*opening, (response, {**(values or {}), "until": until}), case=case, binding=True)
    if case is not None:
        case.status, case.deadline_at, case.updated_at = "with_person", until, work.now
        case.closed_at = None
        work.note(case, "handover", "bot", f"Diteruskan ke petugas: {reason}")
        handover.priority = max(handover.priority, case.priority)
        handover.summary = summary_of(work, case)
    work.wait_for(Awaiting())
    return handover


def _new_handover(work: Work, case: Case | None, reason: str, until: datetime) -> Handover:
    handover = Handover(
        id=new_id(),
        conversation_id=work.conversation.id,
        case_id=case.id if case else None,
        reason=reason,
        summary=summary_of(work, case),
        priority=case.priority if case else 0,
        status="waiting",
        created_at=work.now,
        deadline_at=until,
    )
    work.session.add(handover)
    work.session.flush()
    _watch(work, handover, case, until)
    return handover


def _watch(work: Work, handover: Handover, case: Case | None, until: datetime) -> None:
    schedule(
        work.session,
        key=f"handover-late:{handover.id}:{until.isoformat()}",
        kind="handover_late",
        due_at=until,
        conversation_id=work.conversation.id,
        case_id=case.id if case else None,
        data={"handover": handover.id},
    )


def _promised(work: Work, handover: Handover, case: Case | None) -> datetime:
    """By when somebody answers; a time that has passed is no promise, so there is a new one."""
    until = handover.deadline_at
    if until is None or until <= work.now:
        until = work.now + work.deps.files.company.person_answers_within
        handover.deadline_at = until
        if handover.status == "waiting":
            _watch(work, handover, case, until)
    return until


def summary_of(work: Work, case: Case | None) -> str:
    """At most 60 words: wish, cause, sum, promise, deadline."""
    customer = work.customer
    name = customer.name if customer and customer.name else work.identity.display_name or "Pelanggan"
    if case is None:
        return summarise(SummaryParts(who=name, wish="ingin bicara dengan petugas"))
    figures = (case.diagnosis or {}).get("figures", {})
    return summarise(
        SummaryParts(
            who=f"{name}, booking {case.booking_code}" if case.booking_code else name,
            wish=_wish(work, case),
            cause=CAUSES.get(case.cause or "", ""),
            amount=_amount(figures),
            promise=_promise(work, case),
            deadline=_local(work, figures.get("hold_until")),
        )
    )


def _wish(work: Work, case: Case) -> str:
    """The own idea where there is one, else how the customer began to tell it."""
    if case.proposal:
        return case.proposal
    began = " ".join(case.words.splitlines()[:3])
    return f'{matters.name(case.matter)}: "{began}"' if began else matters.name(case.matter)


def _amount(figures: dict[str, Any]) -> str:
    for name in ("difference", "excess", "refund", "paid", "due"):
        if figures.get(name):
            return rupiah(int(figures[name]))
    return ""


def _promise(work: Work, case: Case) -> str:
    done = work.session.scalars(
        select(Offer).where(Offer.case_id == case.id, Offer.status.in_(("chosen", "done")))
    ).first()
    return done.label if done else ""


def _local(work: Work, moment: str | None) -> str:
    if not moment:
        return ""
    zone = work.deps.files.company.zone
    return f"{datetime.fromisoformat(moment).astimezone(zone):%d/%m %H.%M}"


def note_riders(work: Work, riders: Sequence[Case]) -> Part | None:
    """Matters that came along are put on the desk at once; the part that says so."""
    if not riders:
        return None
    for case in riders:
        case.status = "with_person"
        work.note(case, "note", "bot", "Dicatat untuk ditindaklanjuti tim")
    return ("utter_also_noted", {"matters": cases.words_of(riders)})
