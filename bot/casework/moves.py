"""Moves of the dialogue that bring no new facts: questions about the matter in hand, corrections, courtesy."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import select

from bot.care.dialogue import Awaiting, Fact, Kind
from bot.casework import cases, intake, people
from bot.casework.deps import Deps
from bot.casework.lookup import look_up, remember, wanted
from bot.casework.presenting import as_list, buttons
from bot.casework.turns import TurnView
from bot.casework.work import Part, Work, Writes
from bot.store.tables import Case, Handover, Offer

_REFUND = re.compile(r"\b(refund\w*|refun\w*|(uang|dana|duit)\w* (balik|kembali)|pengembalian)\b")


def answer(deps: Deps, view: TurnView) -> Writes:
    """Why, how long, how to pay: answered from the case in hand, or looked up like a matter."""
    intent = view.understanding.intent
    with deps.store.reading() as session:
        case = session.get(Case, view.awaiting.case) if view.awaiting.case else None
        if case is None:
            case = session.scalars(
                select(Case)
                .where(Case.conversation_id == view.conversation_id)
                .order_by(Case.updated_at.desc())
            ).first()
    if case is None or case.cause is None:
        return intake.take_up(deps, view) if intent == "ask_how_to_pay" else _without_case(deps, view)
    if intent == "ask_how_to_pay":
        return _how_to_pay(deps, view, case)
    return _why(case.id) if intent == "ask_why" else _how_long(case.id)


def _without_case(deps: Deps, view: TurnView) -> Writes:
    """A question before anything is in hand is about the booking, or the refund: looked up like a status."""
    with deps.store.reading() as session:
        called = session.scalar(
            select(Handover.id).where(
                Handover.conversation_id == view.conversation_id, Handover.status.in_(("waiting", "taken"))
            )
        )
    if called is not None:
        return _again
    words = view.understanding.text.casefold()
    matter = "ask_refund_status" if _REFUND.search(words) else "ask_booking_status"
    asked = replace(view.understanding, intent=matter)
    return intake.take_up(deps, replace(view, understanding=asked))


def _again(work: Work) -> None:
    people.hand_over(work, cases.current_case(work), "asked")


def _why(case_id: str) -> Writes:
    def writes(work: Work) -> None:
        case = work.session.get_one(Case, case_id)
        reason = work.deps.files.sop.explanations.get(case.cause or "")
        if reason is None:
            people.hand_over(work, case, "asked_why")
            return
        work.say(("utter_why", {"reason": reason}), case=case)
        resume(work)

    return writes


def _how_long(case_id: str) -> Writes:
    def writes(work: Work) -> None:
        case = work.session.get_one(Case, case_id)
        if people.waiting_handover(work) is not None:
            people.hand_over(work, case, "asked")
        elif case.deadline_at is not None and case.deadline_at > work.now:
            work.say(("utter_wait_until", {"until": case.deadline_at}), case=case)
        elif cases.open_offers(work, case):
            work.say(("utter_wait_choice", {}), case=case)
        else:
            people.hand_over(work, case, "asked_how_long")

    return writes


def _how_to_pay(deps: Deps, view: TurnView, case: Case) -> Writes:
    with deps.store.reading() as session:
        done = session.scalars(
            select(Offer)
            .where(Offer.case_id == case.id, Offer.status == "done")
            .order_by(Offer.answered_at.desc())
        ).first()
    if done is None or not done.terms.get("pay_url"):
        return intake.take_up(deps, view)
    terms = done.terms

    def writes(work: Work) -> None:
        work.say(("utter_pay_here", terms), case=work.session.get_one(Case, case.id))

    return writes


def correct(deps: Deps, view: TurnView) -> Writes:
    """Kawan misunderstood: with the right value it goes on, without one it asks; twice means a person."""
    if view.understanding.values("booking_code", "amount", "email", "time"):
        return intake.take_facts(deps, view)
    if cases.matters_of(view.understanding):
        return intake.take_up(deps, view)

    def writes(work: Work) -> None:
        if work.awaiting.kind is Kind.STORY:
            intake.taken_down(work, view)
            return
        case = cases.current_case(work)
        work.conversation.known = {k: v for k, v in work.conversation.known.items() if k != "code"}
        work.say(("utter_correct", {}), case=case)
        work.wait_for(Awaiting(Kind.STORY, case=case.id if case else None, reason="unclear"))

    return writes


def stop(deps: Deps, view: TurnView) -> Writes:
    """Never mind: nothing more is done, nothing already done is undone."""

    def writes(work: Work) -> None:
        case = cases.current_case(work)
        work.wait_for(Awaiting())
        if case is None or case.status not in cases.OPEN_STATES:
            work.say(("utter_all_said", {}))
        elif cases.chosen_offer(work, case) is not None:
            work.say(("utter_in_progress", {}), case=case)
        elif people.waiting_handover(work) is not None:
            # A call that was not meant is cheaper than one that was lost.
            cases.add_words(work, case, view.understanding)
            work.say(("utter_stopped_with_person", {}), case=case)
        elif cases.last_done(work, case) is not None:
            work.say(("utter_stopped_after_act", {}), case=case)
        else:
            # A choice kept for when the company's system is back is dropped with the rest.
            cases.close(work, case, "closed", "Dihentikan pelanggan")
            work.say(("utter_stopped", {}), case=case)

    return writes


def hand_over(deps: Deps, view: TurnView) -> Writes:
    """The customer wants a person: called at once, with whatever matter came along."""
    named = cases.matters_of(view.understanding)
    main = next((m for m in named if m != "request_human"), None)
    want = wanted(view, main or "ask_booking_status", deps.files.company.zone)
    known = want.code or view.identity.proven_phone or view.identity.proven_subject
    lookup = look_up(deps, view.identity, want) if main and known else None

    def writes(work: Work) -> None:
        if lookup is not None:
            remember(work, want, lookup)
        case = cases.current_case(work)
        if main is not None:
            code = lookup.booking.code if lookup and lookup.booking else None
            case = cases.take_up_case(work, main, view.understanding, code)
        elif case is not None and case.status in cases.OPEN_STATES:
            cases.add_words(work, case, view.understanding)
        else:
            case = cases.take_up_case(
                work, "request_human", view.understanding, case.booking_code if case else None
            )
        people.hand_over(work, case, "asked")

    return writes


_SAID = {
    "greet": "utter_greet",
    "goodbye": "utter_goodbye",
    "thank": "utter_thank",
    "praise": "utter_praise",
    "bot_challenge": "utter_bot",
    "out_of_scope": "utter_out_of_scope",
}
_ENDS = frozenset({"goodbye", "thank", "praise"})


def small_talk(deps: Deps, view: TurnView) -> Writes:
    """Courtesy, anger without content, threats, things that are none of ours; then back to what is open."""
    intent = view.understanding.intent
    if intent in ("express_anger", "threaten_escalation"):
        return _heat(view)

    def writes(work: Work) -> None:
        said: Part = (_SAID.get(intent, "utter_out_of_scope"), {})
        if people.waiting_handover(work) is not None and intent not in _ENDS:
            people.hand_over(work, None, "asked", opening=[said] if intent == "bot_challenge" else [])
            return
        work.say(said)
        if intent not in _ENDS:
            resume(work)

    return writes


def _heat(view: TurnView) -> Writes:
    threat = view.understanding.intent == "threaten_escalation"

    def writes(work: Work) -> None:
        case = cases.current_case(work)
        known = case is not None and case.status in cases.OPEN_STATES
        if case is not None and known:
            cases.add_words(work, case, view.understanding)
            case.priority += 15 if threat else 2
        if threat and not known:
            case = cases.take_up_case(work, "complain_general", view.understanding, None)
            people.hand_over(work, case, "threat", opening=[("utter_threat", {})])
        elif threat:
            work.say(("utter_threat", {}), case=case)
            resume(work)
        elif known:
            work.say(("utter_anger_known", {}), case=case)
            resume(work)
        else:
            work.say(("utter_anger", {}))

    return writes


def resume(work: Work) -> None:
    """Put what is still open before the customer again, after something came in between."""
    awaiting = work.awaiting
    case = work.session.get(Case, awaiting.case) if awaiting.case else None
    if case is None:
        return
    if awaiting.kind in (Kind.CHOICE, Kind.CONFIRMATION):
        offers = cases.open_offers(work, case)
        if offers:
            work.say(("utter_resume", {}), as_list(offers), case=case, options=buttons(work, offers))
            work.wait_for(Awaiting(Kind.CHOICE, case=case.id))
    elif awaiting.kind is Kind.FACT and awaiting.fact is Fact.BOOKING_CODE:
        work.say(("utter_resume", {}), ("utter_ask_booking_code", {}), case=case)
    elif awaiting.kind is Kind.FACT and awaiting.fact is Fact.SECOND_FACT:
        work.say(("utter_resume", {}), ("utter_ask_second_fact", {}), case=case)
