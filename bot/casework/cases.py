"""Opening cases, finding the one a turn continues, and what is known of a customer's limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import matters
from bot.care.dialogue import Awaiting
from bot.care.matters import Family
from bot.care.messages import Understanding
from bot.casework.work import Work
from bot.store.tables import Case, Offer, new_id

OPEN_STATES = ("open", "waiting_customer", "waiting_approval", "waiting_system", "with_person")
_MOOD_BONUS = {"angry": 5, "annoyed": 2, "desperate": 10}
_URGENCY_BONUS = {"departs_today": 30, "stranded": 60}


def open_cases(work: Work) -> list[Case]:
    """The conversation's open cases, the most pressing first."""
    rows = work.session.scalars(
        select(Case)
        .where(Case.conversation_id == work.conversation.id, Case.status.in_(OPEN_STATES))
        .order_by(Case.priority.desc(), Case.created_at.desc())
    )
    return list(rows)


def current_case(work: Work) -> Case | None:
    """The case in hand: the one last asked about, else the latest that was touched."""
    awaited = work.awaiting.case
    if awaited is not None:
        return work.session.get(Case, awaited)
    return work.session.scalars(
        select(Case)
        .where(Case.conversation_id == work.conversation.id)
        .order_by(Case.updated_at.desc())
        .limit(1)
    ).first()


def take_up_case(work: Work, matter: str, understanding: Understanding, booking_code: str | None) -> Case:
    """The open case of the same matter, with the new words added, or a new one."""
    case = _same_matter(work, matter, booking_code)
    if case is None:
        case = Case(
            id=new_id(),
            conversation_id=work.conversation.id,
            customer_id=work.identity.customer_id,
            matter=matter,
            status="open",
            priority=0,
            words="",
            mood=[],
            created_at=work.now,
            updated_at=work.now,
        )
        work.session.add(case)
        work.session.flush()
    add_words(work, case, understanding)
    case.priority = max(case.priority, _priority(matter, understanding))
    case.customer_id = work.identity.customer_id or case.customer_id
    if booking_code is not None:
        case.booking_code = booking_code
    return case


def _same_matter(work: Work, matter: str, booking_code: str | None) -> Case | None:
    """Customers change the label as they go on; within a family and a booking it stays one case."""
    for case in open_cases(work):
        if booking_code and case.booking_code and case.booking_code != booking_code:
            continue
        same_family = matters.family(case.matter) is matters.family(matter) is not Family.OTHER
        if case.matter == matter or (same_family and matter not in matters.RIDERS):
            return case
    return None


def add_words(work: Work, case: Case, understanding: Understanding) -> None:
    """Keep what the customer wrote, and the mood it was written in."""
    text = understanding.text.strip()
    if text and text not in case.words:
        case.words = f"{case.words}\n{text}".strip()[-8000:]
        work.note(case, "said", "customer", text[:2000])
    if not case.mood or case.mood[-1]["mood"] != understanding.mood:
        case.mood = [*case.mood, {"at": work.now.isoformat(), "mood": understanding.mood}]
    case.updated_at = work.now


def _priority(matter: str, understanding: Understanding) -> int:
    bonus = _MOOD_BONUS.get(understanding.mood, 0) + _URGENCY_BONUS.get(understanding.urgency, 0)
    threat = 15 if "threaten_escalation" in (understanding.intent, *understanding.further) else 0
    return matters.priority(matter) + bonus + threat


def matters_of(understanding: Understanding) -> tuple[str, ...]:
    """The matters of a message, the most pressing first."""
    return matters.pressing_first((understanding.intent, *understanding.further))


def open_offers(work: Work, case: Case) -> list[Offer]:
    return list(
        work.session.scalars(
            select(Offer).where(Offer.case_id == case.id, Offer.status == "open").order_by(Offer.number)
        )
    )


def chosen_offer(work: Work, case: Case) -> Offer | None:
    """An offer whose execution has begun and not ended."""
    return work.session.scalar(select(Offer).where(Offer.case_id == case.id, Offer.status == "chosen"))


def last_done(work: Work, case: Case) -> Offer | None:
    """The offer that was carried out last: what the case now waits for is this one's end."""
    return work.session.scalars(
        select(Offer)
        .where(Offer.case_id == case.id, Offer.status == "done", Offer.remedy != "ask_person")
        .order_by(Offer.answered_at.desc())
        .limit(1)
    ).first()


def supersede_offers(work: Work, case: Case) -> None:
    for offer in open_offers(work, case):
        offer.status, offer.answered_at = "superseded", work.now


def given_this_month(session: Session, customer_id: str | None, now: datetime, zone: ZoneInfo) -> int:
    """Rupiah the bot has given away to this customer in the current month of the company's zone."""
    if customer_id is None:
        return 0
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    total = session.scalar(
        select(func.coalesce(func.sum(Offer.cost), 0))
        .join(Case, Case.id == Offer.case_id)
        .where(
            Case.customer_id == customer_id,
            Offer.authority == "bot",
            # A failed offer may have given something away before its later act was refused.
            Offer.status.in_(("chosen", "done", "failed")),
            Offer.answered_at >= month,
        )
    )
    return int(total or 0)


def close(work: Work, case: Case, status: str, outcome: str) -> None:
    """`resolved` when it is done, `closed` when the customer dropped it. Nothing is asked about it any more."""
    supersede_offers(work, case)
    if work.awaiting.case == case.id:
        work.wait_for(Awaiting())
    case.status, case.outcome = status, outcome
    case.closed_at = case.updated_at = work.now


def words_of(cases: Sequence[Case]) -> str:
    """Matters in words, joined: 'bagasi dan sikap petugas'."""
    names = list(dict.fromkeys(matters.name(c.matter) for c in cases))
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " dan " + names[-1] if names else ""
