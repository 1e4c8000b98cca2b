"""The customer's answer to what was offered: a choice, a yes, a no, or an idea of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.care import matters
from bot.care.diagnosis import diagnose
from bot.care.dialogue import MAX_ASKED, Awaiting, Kind, OpenOffer, named_offer, pick
from bot.care.messages import Option
from bot.care.remedies import REMEDIES
from bot.care.sop import decide
from bot.casework import cases, intake, people
from bot.casework.deps import Deps
from bot.casework.execution import Outcome, execute_offer
from bot.casework.lookup import Lookup, complete
from bot.casework.presenting import as_list, buttons, present, show_offers
from bot.casework.reporting import report
from bot.casework.turns import TurnView
from bot.casework.work import Work, Writes, commit
from bot.errors import BackendUnavailable, NotFound
from bot.store.tables import Case, Offer
from bot.store.work import schedule


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
    with deps.store.reading() as session:
        case = session.get(Case, view.awaiting.case) if view.awaiting.case else None
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


def choose(deps: Deps, view: TurnView) -> Writes:
    """One of the alternatives, by button, number or words."""
    table = _table(deps, view)
    if table.case is not None and table.chosen is not None:
        return _carry_out(deps, view, table.case, table.chosen)
    understanding = view.understanding
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
    return _ask_which


def names_one(deps: Deps, view: TurnView) -> bool:
    """Whether the words fit exactly one of the offers on the table."""
    return named_offer(_table(deps, view).open(), view.understanding.text) is not None


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


def _ask_which(work: Work) -> None:
    """Not plain which one is meant: shown again, and after that a person."""
    case = cases.current_case(work)
    if case is None:
        return
    before = work.awaiting
    if before.asked >= MAX_ASKED:
        people.hand_over(work, case, "choice_unclear")
        return
    show_offers(work, case, cases.open_offers(work, case), "utter_which_option")
    work.wait_for(Awaiting(Kind.CHOICE, case=case.id, asked=before.asked + 1))


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
        options = [
            Option(work.text("utter_button_yes"), "confirm:yes"),
            Option(work.text("utter_button_no"), "confirm:no"),
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
        mark_chosen(deps, view.conversation_id, offer.id)
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
        schedule(
            work.session,
            key=f"resume:{offer.id}",
            kind="resume_offer",
            due_at=work.now + intake.RETRY_AFTER,
            conversation_id=work.conversation.id,
            case_id=case.id,
            data={"offer": offer.id},
        )

    return writes


def mark_chosen(deps: Deps, conversation_id: str, offer_id: str) -> None:
    """From here on the offer is carried out, whatever is killed; no other of the case can be begun."""

    def writes(work: Work) -> None:
        offer = work.session.get_one(Offer, offer_id)
        if offer.status != "open":
            return
        case = work.session.get_one(Case, offer.case_id)
        offer.status, offer.answered_at = "chosen", work.now
        work.note(case, "said", "customer", f"Memilih: {offer.label}")

    commit(deps, conversation_id, f"choose:{offer_id}", writes)


def confirm(deps: Deps, view: TurnView) -> Writes:
    """A yes or a no to what was asked to be confirmed."""
    awaiting = view.awaiting
    if awaiting.kind is not Kind.CONFIRMATION or awaiting.offer is None:
        return _yes_without_question(deps, view)
    yes = view.understanding.option == "confirm:yes" or view.understanding.intent == "affirm"
    no = view.understanding.option == "confirm:no" or view.understanding.intent in (
        "deny",
        "reject_options",
        "stop_flow",
    )
    table = _table(deps, view)
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
        show_offers(work, case, cases.open_offers(work, case), "utter_back_to_choice")

    return writes


def _yes_without_question(deps: Deps, view: TurnView) -> Writes:
    table = _table(deps, view)
    if table.case is not None and (table.chosen is not None or len(table.offers) == 1):
        offer = table.chosen or table.offers[0]
        return (
            _carry_out(deps, view, table.case, offer)
            if table.chosen
            else _take(deps, view, table.case, offer)
        )
    if table.offers:
        return _ask_which

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
    proposal = " ".join(view.understanding.text.split())[:300]
    case.proposal = proposal
    work.note(case, "said", "customer", f"Usul: {proposal}")
    people.hand_over(work, case, "proposal", "utter_proposal_taken", {"proposal": proposal})


def decline(deps: Deps, view: TurnView) -> Writes:
    """None of the offers suits: asked for an own idea, and after that a person."""
    if view.awaiting.kind is Kind.CONFIRMATION:
        return confirm(deps, view)
    table = _table(deps, view)

    def writes(work: Work) -> None:
        case = cases.current_case(work)
        if case is None or not table.offers:
            work.say(("utter_anything_else", {}))
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
