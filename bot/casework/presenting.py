"""Diagnose a booking for a case, and put to the customer what was found and what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.care import matters
from bot.care.diagnosis import Diagnosis, Side, diagnose
from bot.care.dialogue import Awaiting, Kind
from bot.care.facts import Booking, BookingKind, Quote
from bot.care.messages import Option
from bot.care.remedies import REMEDIES
from bot.care.sop import Alternative, Authority, Decision, decide
from bot.casework import cases, history, people
from bot.casework.work import Part, Work
from bot.store.tables import Case, Offer, new_id
from bot.store.work import schedule
from bot.voice import day_and_month

# How long after a promised date Kawan looks whether it was kept.
_GRACE = timedelta(hours=3)
_LEAST_TIME = timedelta(minutes=10)


def present(
    work: Work,
    case: Case,
    booking: Booking,
    quotes: tuple[Quote, ...] | None,
    opening: Sequence[Part] = (),
    closing: Sequence[Part] = (),
) -> None:
    """Say what was verified and offer the ways out; nothing new is offered while one is being carried out."""
    if cases.chosen_offer(work, case) is not None:
        work.say(("utter_in_progress", {}), case=case)
        return
    diagnosis = diagnose(case.matter, booking, quotes, work.now)
    if case.status == "waiting_approval" and diagnosis.cause == case.cause:
        # New offers would take away the one that somebody is deciding on.
        people.hand_over(work, case, "authority", opening=opening)
        case.status = "waiting_approval"
        return
    given = cases.given_this_month(
        work.session, work.identity.customer_id, work.now, work.deps.files.company.zone
    )
    decision = decide(work.deps.files.sop, diagnosis, given)
    apologise = _record(work, case, booking, diagnosis, decision)
    if case.matter == "request_refund" and diagnosis.cause == "issued":
        # Giving an issued ticket back is a person's to decide; to send it again would be no answer.
        values = {"matter": matters.name(case.matter)}
        people.hand_over(work, case, "needs_person", "utter_taken_to_person", values, [*opening, *closing])
        return
    values = {**figures_for_text(diagnosis.figures), **booking_values(work, booking)}
    findings: list[Part] = [*opening, (_response(diagnosis), values)]
    if apologise:
        findings += _apology(diagnosis)
    work.say(*findings, *closing, case=case)
    offers = make_offers(work, case, booking, diagnosis, decision)
    if offers:
        show_offers(work, case, offers)
    elif decision.alternatives:
        people.hand_over(work, case, "needs_person")  # too late for every way out
    else:
        _wait_without_offer(work, case, diagnosis)


def _record(work: Work, case: Case, booking: Booking, diagnosis: Diagnosis, decision: Decision) -> bool:
    """Keep the findings with the case; says whether an apology is due that was not made yet."""
    history.record(work, case, booking)
    # A case may be older than the proof of who is writing; limits follow the person.
    case.customer_id = work.identity.customer_id or case.customer_id
    apologised = bool((case.diagnosis or {}).get("apologised"))
    due = diagnosis.side is Side.COMPANY and not apologised
    case.booking_code, case.cause = booking.code, diagnosis.cause
    case.diagnosis = {
        "cause": diagnosis.cause,
        "side": diagnosis.side.value,
        "figures": plain(diagnosis.figures),
        "checks": [asdict(c) for c in diagnosis.checks],
        "unchecked": list(diagnosis.unchecked),
        "apologised": apologised or due,
    }
    case.decision = {
        "sop_version": decision.sop_version,
        "alternatives": [a.remedy for a in decision.alternatives],
        "trace": [asdict(r) for r in decision.trace],
    }
    case.sop_version = decision.sop_version
    case.updated_at = work.now
    side = {"company": "pihak kami", "customer": "pelanggan", "bank": "bank", "nobody": "belum pasti"}
    work.note(
        case,
        "checked",
        "bot",
        f"Sebab: {diagnosis.cause} (sisi: {side[diagnosis.side.value]})",
        data={"checks": [asdict(c) for c in diagnosis.checks]},
    )
    return due


def _response(diagnosis: Diagnosis) -> str:
    unsent = diagnosis.cause == "issued" and not diagnosis.figures.get("sent_to")
    return "utter_cause_issued_unsent" if unsent else f"utter_cause_{diagnosis.cause}"


def _apology(diagnosis: Diagnosis) -> list[Part]:
    """One sentence; what the customer tried in vain is part of it, not a second apology."""
    contacts = int(diagnosis.figures.get("unanswered_contacts") or 0)
    if contacts:
        return [("utter_sorry_unanswered", {"contacts": contacts})]
    return [("utter_sorry", {})]


def booking_values(work: Work, booking: Booking) -> dict[str, Any]:
    return {"code": booking.code, "journey": journey(work, booking), **kind_words(booking)}


def journey(work: Work, booking: Booking) -> str:
    """'Bandung–Surabaya, 24 November', or the hotel and the night."""
    if booking.segments:
        first, last = booking.segments[0], booking.segments[-1]
        day = first.departs_at.astimezone(work.deps.files.company.zone).date()
        return f"{first.origin_name}–{last.destination_name}, {day_and_month(day)}"
    if booking.stay:
        return f"{booking.stay.hotel} {booking.stay.city}, {day_and_month(booking.stay.check_in)}"
    return "tanpa rincian perjalanan"


def figures_for_text(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures as the texts use them: a bank's name comes with the space that sets it off; empty means unknown."""
    bank = figures.get("paid_bank") or ""
    known = {name: value for name, value in figures.items() if value not in (None, "")}
    if "refund_id" in figures:
        known.setdefault("destination", "rekening asal")
    return {**known, "paid_bank": f" {bank}" if bank else ""}


def plain(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures or facts as JSON keeps them: times as ISO text."""
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in figures.items()}


def make_offers(
    work: Work, case: Case, booking: Booking, diagnosis: Diagnosis, decision: Decision
) -> list[Offer]:
    """Write down the alternatives with their exact terms; what was on the table before is not any more."""
    cases.supersede_offers(work, case)
    offers: list[Offer] = []
    for alternative in decision.alternatives:
        terms = REMEDIES[alternative.remedy].terms(booking, diagnosis.figures, work.now, alternative.deadline)
        if _too_late(terms, work.now):
            continue
        number = len(offers) + 1
        reason = _inside_sentence(alternative.reason).rstrip(".")
        terms = {**terms, "reason": reason, "code": booking.code, **kind_words(booking)}
        offer = Offer(
            id=new_id(),
            case_id=case.id,
            number=number,
            remedy=alternative.remedy,
            terms=terms,
            authority=alternative.authority.value,
            rule=alternative.rule,
            sop_version=decision.sop_version,
            label=_label(work, alternative, terms),
            cost=alternative.cost,
            status="open",
            created_at=work.now,
        )
        work.session.add(offer)
        work.note(case, "offered", "bot", f"{number}. {offer.label}", data={"rule": alternative.rule})
        offers.append(offer)
    work.session.flush()
    return offers


def _too_late(terms: Mapping[str, Any], now: datetime) -> bool:
    """So near the departure that nobody could keep the deadline."""
    return "until" in terms and datetime.fromisoformat(terms["until"]) < now + _LEAST_TIME


def kind_words(booking: Booking) -> dict[str, str]:
    """What is kept free and what is issued: a seat and a ticket, or a room and a voucher."""
    hotel = booking.kind is BookingKind.HOTEL
    words = {"kursi": "kamar" if hotel else "kursi", "tiket": "voucher" if hotel else "tiket"}
    return words | {name.capitalize(): word.capitalize() for name, word in words.items()}


def _label(work: Work, alternative: Alternative, terms: Mapping[str, Any]) -> str:
    label = work.text(f"utter_offer_{alternative.remedy}", terms)
    if alternative.authority is Authority.SUPERVISOR and alternative.remedy != "ask_person":
        return work.text("utter_offer_by_supervisor", {"label": label})
    return label


def show_offers(work: Work, case: Case, offers: Sequence[Offer], response: str | None = None) -> None:
    """The offers on the table as a numbered list with buttons."""
    if len(offers) == 1 and response is None:
        work.say(
            ("utter_one_offer", {"list": _inside_sentence(offers[0].label)}),
            case=case,
            options=buttons(work, offers),
        )
    else:
        values = {"list": as_list(offers), "matter": matters.name(case.matter)}
        work.say((response or "utter_offers", values), case=case, options=buttons(work, offers))
    case.status = "waiting_customer"
    work.wait_for(Awaiting(Kind.CHOICE, case=case.id))


def as_list(offers: Sequence[Offer]) -> str:
    return "\n".join(f"{offer.number}. {offer.label}" for offer in offers)


def _inside_sentence(label: str) -> str:
    """A label within a sentence starts small, unless its first word is a name."""
    if not label[1:2].islower() or label.startswith(("Rp", "Kak", "Bapak", "Ibu")):
        return label
    return label[0].lower() + label[1:]


def buttons(work: Work, offers: Sequence[Offer]) -> list[Option]:
    return [
        Option(work.text(f"utter_button_{offer.remedy}", offer.terms), f"offer:{offer.id}")
        for offer in offers
    ]


def _wait_without_offer(work: Work, case: Case, diagnosis: Diagnosis) -> None:
    """Nothing to choose: what was promised runs its course, and Kawan looks whether it is kept."""
    work.wait_for(Awaiting())
    promised = diagnosis.figures.get("promised_by")
    if isinstance(promised, datetime) and promised > work.now:
        case.status, case.deadline_at = "waiting_system", promised
        schedule(
            work.session,
            key=f"refund-check:{case.id}:{promised.isoformat()}",
            kind="refund_check",
            due_at=promised + _GRACE,
            conversation_id=work.conversation.id,
            case_id=case.id,
            data={"refund_id": diagnosis.figures.get("refund_id")},
        )
        return
    cases.close(work, case, "resolved", f"Dijawab: {matters.name(case.matter)}")
