"""The customer's answer to what was offered: a choice, a yes, a no, or an idea of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care import matters
from bot.care.diagnosis import diagnose
from bot.care.dialogue import MAX_ASKED, Awaiting, Kind, OpenOffer, named_offer, pick
from bot.care.messages import Option
from bot.care.remedies import REMEDIES
from bot.care.sop import bot_may, decide
from bot.casework import cases, intake, people
from bot.casework.deps import Deps
from bot.casework.execution import Outcome, execute_offer
from bot.casework.lookup import Lookup, complete
from bot.casework.presenting import as_list, buttons, present, show_offers
from bot.casework.reporting import report
from bot.casework.turns import TurnView
from bot.casework.work import Work, Writes, commit
from bot.errors import BackendUnavailable, NotFound
from bot.store.tables import Case, Customer, Offer
from bot.store.work import schedule

# Characters that would turn round the sentence in which a proposal is quoted.
_TURNS_TEXT = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class _Table:
    """The case in hand and what is on the table, as read before the commit."""

    case: Case | None
    offers: tuple[Offer, ...]
    chosen: Offer | None

    def open(self) -> list[OpenOffer]:
        return [OpenOffer(o.id, o.number, o.remedy) for o in self.offers]

    def offer(self, offer_id: str) -> Offer:
        return next(o for o in self.offers if o.id == offer_id)


def _table(deps: Deps, view: TurnView) -> _Table:
    """What a tapped button belongs to, else what was asked about last, else what was offered last."""
    with deps.store.reading() as session:
        case = _tapped_case(session, view) or (
            session.get(Case, view.awaiting.case) if view.awaiting.case else None
        )
        if case is None:
            case = session.scalars(
                select(Case)
                .join(Offer, Offer.case_id == Case.id)
                .where(Case.conversation_id == view.conversation_id, Offer.status.in_(("open", "chosen")))
                .order_by(Case.updated_at.desc())
            ).first()
        if case is None:
            return _Table(None, (), None)
        rows = session.scalars(select(Offer).where(Offer.case_id == case.id).order_by(Offer.number)).all()
        return _Table(
            case,
            tuple(o for o in rows if o.status == "open"),
            next((o for o in rows if o.status == "chosen"), None),
        )


def _tapped_case(session: Session, view: TurnView) -> Case | None:
    """The case of a tapped offer, if the offer was made in this conversation."""
    option = view.understanding.option or ""
    if not option.startswith("offer:"):
        return None
    offer = session.get(Offer, option.removeprefix("offer:"))
    case = session.get(Case, offer.case_id) if offer else None
    return case if case and case.conversation_id == view.conversation_id else None


def choose(deps: Deps, view: TurnView) -> Writes:
    """One of the alternatives, by button, number or words."""
    table = _table(deps, view)
    if table.case is not None and table.chosen is not None:
        return _carry_out(deps, view, table.case, table.chosen)
    understanding = view.understanding
    named = named_offer(table.open(), understanding.text)
    if understanding.intent == "affirm" and understanding.option is None and named is None:
        return _yes_without_question(deps, view)
    if understanding.values("booking_code"):
        return intake.take_facts(deps, view)
    numbers = [int(n) for n in understanding.values("option_ref")]
    picked = pick(table.open(), understanding.text, numbers, understanding.option)
    if table.case is not None and picked is not None:
        return _take(deps, view, table.case, table.offer(picked.id))
    if understanding.option is not None:
        return _option_gone(table)
    if matters.is_matter(understanding.intent) and understanding.intent != "ask_how_to_pay":
        return intake.take_up(deps, view)
    if table.case is None or not table.offers:
        return intake.unclear(deps, view)
    return _ask_which(table.case.id)


def names_one(deps: Deps, view: TurnView) -> bool:
    """Whether the words fit exactly one of the offers on the table, or one is being carried out already."""
    table = _table(deps, view)
    return table.chosen is not None or named_offer(table.open(), view.understanding.text) is not None


def _option_gone(table: _Table) -> Writes:
    def writes(work: Work) -> None:
        case = work.session.get(Case, table.case.id) if table.case else None
        offers = cases.open_offers(work, case) if case else []
        if case is None or not offers:
            work.say(("utter_option_gone_nothing", {}))
            return
        work.say(("utter_option_gone", {}), as_list(offers), case=case, options=buttons(work, offers))
        work.wait_for(Awaiting(Kind.CHOICE, case=case.id))

    return writes


def _ask_which(case_id: str) -> Writes:
    """Not plain which one is meant: shown again, and after that a person."""

    def writes(work: Work) -> None:
        case = work.session.get_one(Case, case_id)
        before = work.awaiting
        asked = before.asked if before.case == case_id else 0
        offers = cases.open_offers(work, case)
        if not offers or asked >= MAX_ASKED:
            people.hand_over(work, case, "choice_unclear")
            return
        show_offers(work, case, offers, "utter_which_option")
        work.wait_for(Awaiting(Kind.CHOICE, case=case.id, asked=asked + 1))

    return writes


def _take(deps: Deps, view: TurnView, case: Case, offer: Offer) -> Writes:
    """What was picked: to a person, to be confirmed, or carried out at once."""
    if offer.remedy == "ask_person" or offer.authority != "bot":
        return _ask_authority(case.id, offer.id)
    if REMEDIES[offer.remedy].final:
        return confirm_first(case.id, offer.id, f"utter_confirm_{offer.remedy}")
    return _carry_out(deps, view, case, offer)


def confirm_first(case_id: str, offer_id: str, response: str) -> Writes:
    def writes(work: Work) -> None:
        case, offer = work.session.get_one(Case, case_id), work.session.get_one(Offer, offer_id)
        # The buttons name what they confirm: one of an earlier question must not answer this one.
        options = [
            Option(work.text("utter_button_yes"), f"confirm:yes:{offer.id}"),
            Option(work.text("utter_button_no"), f"confirm:no:{offer.id}"),
        ]
        work.say((response, {**offer.terms, "label": offer.label}), case=case, options=options)
        work.wait_for(Awaiting(Kind.CONFIRMATION, case=case.id, offer=offer.id))

    return writes


def _ask_authority(case_id: str, offer_id: str) -> Writes:
    """Where the bot may not, it asks the one who may."""

    def writes(work: Work) -> None:
        case, offer = work.session.get_one(Case, case_id), work.session.get_one(Offer, offer_id)
        work.note(case, "said", "customer", f"Memilih: {offer.label}")
        if offer.remedy == "ask_person":
            offer.status, offer.answered_at = "done", work.now
            people.hand_over(work, case, "needs_person")
        else:
            label = work.text(f"utter_offer_{offer.remedy}", offer.terms)
            people.hand_over(work, case, "authority", "utter_ask_supervisor", {"label": label})
            case.status = "waiting_approval"

    return writes


def _carry_out(deps: Deps, view: TurnView, case: Case, offer: Offer) -> Writes:
    """Check that things still stand as they were offered, execute, and report."""
    if offer.status == "open":
        try:
            again = check_again(deps, case, offer)
        except BackendUnavailable:
            return keep_choice(case.id, offer.id)
        if again is not None:
            return again
        if not mark_chosen(deps, view.conversation_id, offer.id):
            return _option_gone(_table(deps, view))
    outcome = execute_offer(deps, offer.id, "bot")
    return report_writes(case.id, offer.id, outcome)


def report_writes(case_id: str, offer_id: str, outcome: Outcome) -> Writes:
    def writes(work: Work) -> None:
        report(work, work.session.get_one(Case, case_id), work.session.get_one(Offer, offer_id), outcome)

    return writes


def check_again(deps: Deps, case: Case, offer: Offer) -> Writes | None:
    """What to do instead of executing where the facts have changed; None where they stand as offered.

    Raises BackendUnavailable.
    """
    try:
        lookup = complete(deps, deps.backend.booking(case.booking_code or ""))
    except NotFound:
        return _changed(case.id, None)
    terms = _terms_today(deps, case, offer, lookup)
    if terms is None or _sums(terms) != _sums(offer.terms):
        return _changed(case.id, lookup)
    _renew_deadline(deps, offer, terms)
    return None


def _terms_today(deps: Deps, case: Case, offer: Offer, lookup: Lookup) -> dict[str, Any] | None:
    """The offer's terms as they would be now; None where the SOP does not allow it any more."""
    now = deps.clock.now()
    if lookup.booking is None:
        return None
    diagnosis = diagnose(case.matter, lookup.booking, lookup.quotes, now)
    if diagnosis.cause != case.cause:
        return None
    with deps.store.reading() as session:
        given = cases.given_this_month(session, case.customer_id, now, deps.files.company.zone)
    decision = decide(deps.files.sop, diagnosis, given)
    still = next((a for a in decision.alternatives if a.remedy == offer.remedy), None)
    if still is None or still.authority.value != offer.authority:
        return None
    return REMEDIES[offer.remedy].terms(lookup.booking, diagnosis.figures, now, still.deadline)


_SUMS = ("amount", "price", "quote_id", "parts", "payment_id", "refund_id", "accept", "issued")


def _sums(terms: dict[str, Any]) -> dict[str, Any]:
    """What may not differ between the offer and its execution; a later deadline may."""
    return {k: terms[k] for k in _SUMS if k in terms}


def _renew_deadline(deps: Deps, offer: Offer, terms: dict[str, Any]) -> None:
    if "until" not in terms:
        return

    def work(session: Any) -> None:
        row = session.get_one(Offer, offer.id, with_for_update=True)
        row.terms = {**row.terms, **{k: terms[k] for k in ("until", "hold") if k in terms}}

    deps.store.run(work)


def _changed(case_id: str, lookup: Lookup | None) -> Writes:
    def writes(work: Work) -> None:
        case = work.session.get_one(Case, case_id)
        if lookup is None or lookup.booking is None:
            people.hand_over(work, case, "booking_gone")
            return
        present(work, case, lookup.booking, lookup.quotes, [("utter_changed", {})])

    return writes


def keep_choice(case_id: str, offer_id: str) -> Writes:
    """The system is down: the choice is kept, and carried out when it is back."""

    def writes(work: Work) -> None:
        case, offer = work.session.get_one(Case, case_id), work.session.get_one(Offer, offer_id)
        work.note(case, "said", "customer", f"Memilih: {offer.label}")
        work.say(("utter_choice_kept", {}), case=case)
        case.status = "waiting_system"
        work.wait_for(Awaiting())
        schedule_resume(work, case, offer)

    return writes


def mark_chosen(deps: Deps, conversation_id: str, offer_id: str) -> bool:
    """From here on the offer is carried out, whatever is killed; no other of the case can be begun.

    False where it may not be begun any more: something else happened since it was looked at.
    """
    begun: list[bool] = []

    def writes(work: Work) -> None:
        offer = work.session.get_one(Offer, offer_id)
        case = work.session.get_one(Case, offer.case_id)
        other = cases.chosen_offer(work, case)
        begun[:] = [offer.status in ("open", "chosen") and (other is None or other.id == offer_id)]
        if not begun[0] or offer.status != "open":
            return
        if offer.cost and not _within_limits(work, case, offer):
            begun[:] = [False]
            return
        offer.status, offer.answered_at = "chosen", work.now
        work.note(case, "said", "customer", f"Memilih: {offer.label}")
        # Whoever is killed now, and however the turn ends: the job carries it to its end.
        schedule_resume(work, case, offer)

    commit(deps, conversation_id, f"choose:{offer_id}", writes)
    return begun[0]


def _within_limits(work: Work, case: Case, offer: Offer) -> bool:
    """What the check before could not exclude: the same customer given something elsewhere at this moment."""
    if case.customer_id is not None:
        work.session.get(Customer, case.customer_id, with_for_update=True, populate_existing=True)
    given = cases.given_this_month(work.session, case.customer_id, work.now, work.deps.files.company.zone)
    rule = next((r for r in work.deps.files.sop.rules if r.id == offer.rule), None)
    return rule is not None and bot_may(rule, offer.cost, given)


def schedule_resume(work: Work, case: Case, offer: Offer) -> None:
    schedule(
        work.session,
        key=f"resume:{offer.id}",
        kind="resume_offer",
        due_at=work.now + intake.RETRY_AFTER,
        conversation_id=work.conversation.id,
        case_id=case.id,
        data={"offer": offer.id},
    )


def confirm(deps: Deps, view: TurnView) -> Writes:
    """A yes or a no to what was asked to be confirmed."""
    awaiting, option = view.awaiting, view.understanding.option
    table = _table(deps, view)
    if option is not None and option not in (f"confirm:yes:{awaiting.offer}", f"confirm:no:{awaiting.offer}"):
        return choose(deps, view) if option.startswith("offer:") else _option_gone(table)
    if awaiting.kind is not Kind.CONFIRMATION or awaiting.offer is None:
        return _yes_without_question(deps, view)
    answer = option.split(":")[1] if option else view.understanding.intent
    yes = answer in ("yes", "affirm")
    no = answer in ("no", "deny", "reject_options", "stop_flow")
    if table.case is None:
        return intake.unclear(deps, view)
    if yes:
        offer = table.chosen or next((o for o in table.offers if o.id == awaiting.offer), None)
        return _carry_out(deps, view, table.case, offer) if offer else _option_gone(table)
    if no:
        return _back_to_choice(table.case.id)
    return choose(deps, view)


def _back_to_choice(case_id: str) -> Writes:
    def writes(work: Work) -> None:
        case = work.session.get_one(Case, case_id)
        offers = cases.open_offers(work, case)
        if offers:
            show_offers(work, case, offers, "utter_back_to_choice")
        else:
            work.say(("utter_option_gone_nothing", {}))
            work.wait_for(Awaiting())

    return writes


def _yes_without_question(deps: Deps, view: TurnView) -> Writes:
    """Yes to the only offer on the table, if that is what was asked last; else it acknowledges what was said."""
    table = _table(deps, view)
    if table.case is not None and table.chosen is not None:
        return _carry_out(deps, view, table.case, table.chosen)
    if table.case is not None and table.offers and view.awaiting.kind is Kind.CHOICE:
        if len(table.offers) == 1:
            return _take(deps, view, table.case, table.offers[0])
        return _ask_which(table.case.id)

    def writes(work: Work) -> None:
        work.say(("utter_anything_else", {}))

    return writes


def propose(deps: Deps, view: TurnView) -> Writes:
    """The customer's own idea: a remedy on the table if it is one, else taken down for whoever may decide."""
    if view.awaiting.kind is Kind.STORY and view.awaiting.reason == "unclear":
        return intake.unclear(deps, view)
    table = _table(deps, view)
    meant = named_offer(table.open(), view.understanding.text)
    if table.case is not None and meant is not None:
        offer = table.offer(meant.id)
        if offer.remedy != "ask_person" and offer.authority == "bot":
            response = (
                f"utter_confirm_{offer.remedy}" if REMEDIES[offer.remedy].final else "utter_confirm_proposal"
            )
            return confirm_first(table.case.id, offer.id, response)
    return lambda work: _take_down_proposal(work, view)


def _take_down_proposal(work: Work, view: TurnView) -> None:
    case = cases.current_case(work)
    if case is None or case.status not in cases.OPEN_STATES:
        case = cases.take_up_case(work, "complain_general", view.understanding, None)
    else:
        cases.add_words(work, case, view.understanding)
    proposal = " ".join(_TURNS_TEXT.sub("", view.understanding.text).split())[:300]
    case.proposal = proposal
    work.note(case, "said", "customer", f"Usul: {proposal}")
    people.hand_over(work, case, "proposal", "utter_proposal_taken", {"proposal": proposal})


def decline(deps: Deps, view: TurnView) -> Writes:
    """None of the offers suits: asked for an own idea, and after that a person."""
    if view.awaiting.kind is Kind.CONFIRMATION:
        return confirm(deps, view)
    table = _table(deps, view)

    def writes(work: Work) -> None:
        case = work.session.get(Case, table.case.id) if table.case and table.offers else None
        if case is None:
            work.say(("utter_all_said", {}))
            work.wait_for(Awaiting())
            return
        work.note(case, "said", "customer", f"Menolak pilihan: {view.understanding.text[:300]}")
        if work.conversation.known.get("declined") == case.id:
            people.hand_over(work, case, "declined_all")
            return
        work.conversation.known = {**work.conversation.known, "declined": case.id}
        work.say(("utter_declined", {}), case=case)
        work.wait_for(Awaiting(Kind.STORY, case=case.id, reason="idea"))

    return writes
