"""The only place where a remedy is executed: each act written down with its key, then called, then recorded.

An act whose outcome is unknown is asked for by its key, never guessed. Every function here may be called
again after a crash: it goes on where the last attempt stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.backend.client import Done, Operation
from bot.care.facts import Booking, BookingStatus, PaymentStatus
from bot.care.remedies import Step, steps_of
from bot.casework.deps import Deps
from bot.errors import BackendMisused, BackendRefused, BackendUnavailable, NotFound, OutcomeUnknown
from bot.store.tables import Case, Offer, Remedy, new_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a remedy: `done`, `refused` (by the company's system) or `unknown` (not settled yet).

    `facts` are what the customer is told: ticket, ticket_url, pay_url, promised_by, refund_to.
    """

    status: str
    facts: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def execute_offer(deps: Deps, offer_id: str, granted_by: str) -> Outcome:
    """Carry out an offer on the terms it was made on, exactly once."""
    with deps.store.reading() as session:
        offer = session.get_one(Offer, offer_id)
        case = session.get_one(Case, offer.case_id)
    # The booking of the offer: the case may have come to mean another one since.
    code = offer.terms.get("code") or case.booking_code
    if code is None:
        return Outcome("refused", problem="kasus ini belum punya kode booking")
    return execute_steps(
        deps,
        key=f"offer-{offer.id}",
        case_id=case.id,
        code=code,
        steps=steps_of(offer.remedy, offer.terms),
        granted_by=granted_by,
        offer_id=offer.id,
        reason=f"Kawan: {offer.rule}",
    )


def execute_steps(
    deps: Deps,
    *,
    key: str,
    case_id: str,
    code: str,
    steps: tuple[Step, ...],
    granted_by: str,
    reason: str,
    offer_id: str | None = None,
) -> Outcome:
    """Act after act, in order. Stops at the first that is refused or whose outcome stays unknown."""
    facts: dict[str, Any] = {}
    for number, step in enumerate(steps):
        remedy = _write_down(deps, f"{key}-{number}-{step.name}", case_id, offer_id, step, granted_by)
        outcome = _settled(remedy) or _carry_out(deps, remedy, code, step, reason)
        if outcome.status != "done":
            return outcome
        facts |= outcome.facts
    return Outcome("done", facts)


def _write_down(
    deps: Deps, key: str, case_id: str, offer_id: str | None, step: Step, granted_by: str
) -> Remedy:
    """Plan an act, or find it planned: the plan is committed before anything is called."""

    def work(session: Session) -> Remedy:
        known = session.scalar(select(Remedy).where(Remedy.key == key))
        if known is not None:
            return known
        remedy = Remedy(
            id=new_id(),
            key=key,
            case_id=case_id,
            offer_id=offer_id,
            step=step.name,
            arguments=step.arguments,
            granted_by=granted_by,
            status="planned",
            planned_at=deps.clock.now(),
        )
        session.add(remedy)
        return remedy

    return deps.store.run(work)


def _settled(remedy: Remedy) -> Outcome | None:
    result = remedy.result or {}
    if remedy.status == "done":
        return Outcome("done", result)
    if remedy.status == "refused":
        return Outcome("refused", problem=str(result.get("problem", "")))
    return None


def _carry_out(deps: Deps, remedy: Remedy, code: str, step: Step, reason: str) -> Outcome:
    """Call the act. One that may have been called before is asked for first."""
    try:
        before = deps.backend.operation(remedy.key) if _called_before(deps, remedy) else None
        outcome = (
            _of_operation(before) if before else Outcome("done", _call(deps, remedy.key, code, step, reason))
        )
    except BackendRefused as error:
        outcome = _refused(deps, code, step, error)
    except (NotFound, BackendMisused) as error:
        # Certainly not done, and the same call would fail again: a person is told, not the turn repeated.
        outcome = Outcome("refused", problem=str(error))
    except (OutcomeUnknown, BackendUnavailable) as error:
        outcome = _ask(deps, remedy.key, str(error))
    _record(deps, remedy, outcome)
    return outcome


def _called_before(deps: Deps, remedy: Remedy) -> bool:
    """Marks the act as being called, durably, and says whether it was marked already."""

    def work(session: Session) -> bool:
        row = session.get_one(Remedy, remedy.id, with_for_update=True)
        before, row.status = row.status, "unknown"
        return before == "unknown"

    return deps.store.run(work)


def _ask(deps: Deps, key: str, problem: str) -> Outcome:
    """The answer never came: does the company's system know the key?"""
    try:
        operation = deps.backend.operation(key)
    except (BackendUnavailable, BackendMisused):
        return Outcome("unknown", problem=problem)
    return _of_operation(operation) if operation else Outcome("unknown", problem=problem)


def _of_operation(operation: Operation) -> Outcome:
    if operation.done is not None:
        return Outcome("done", _facts(operation.done))
    return Outcome("refused", problem=str(operation.refused or ""))


def _refused(deps: Deps, code: str, step: Step, error: BackendRefused) -> Outcome:
    """A refusal because somebody else did it meanwhile is no failure: what was wanted is the case."""
    refused = Outcome("refused", problem=f"{error.code}: {error.detail}")
    if step.name not in ("accept", "issue"):
        return refused
    try:
        booking = deps.backend.booking(code)
    except (BackendUnavailable, NotFound):
        return refused
    if step.name == "issue":
        achieved = booking.status is BookingStatus.ISSUED
    else:
        wanted = step.arguments["payment_id"]
        achieved = any(p.id == wanted and p.status is PaymentStatus.ACCEPTED for p in booking.payments)
    return Outcome("done", ticket_facts(booking)) if achieved else refused


def _record(deps: Deps, remedy: Remedy, outcome: Outcome) -> None:
    def work(session: Session) -> None:
        row = session.get_one(Remedy, remedy.id, with_for_update=True)
        if row.status in ("done", "refused"):
            return
        row.status = outcome.status
        if outcome.status == "done":
            row.result, row.done_at = outcome.facts, deps.clock.now()
        elif outcome.status == "refused":
            row.result = {"problem": outcome.problem}

    deps.store.run(work)


def _call(deps: Deps, key: str, code: str, step: Step, reason: str) -> dict[str, Any]:
    backend, a = deps.backend, step.arguments
    match step.name:
        case "waive":
            done = backend.waive(code, a["amount"], reason, key=key)
        case "hold":
            done = backend.hold(code, _time(a["until"]), reason, key=key)
        case "request_payment":
            done = backend.request_payment(code, a["amount"], _time(a["until"]), reason, key=key)
        case "accept":
            done = backend.accept_payment(code, a["payment_id"], reason, key=key)
        case "issue":
            done = backend.issue(code, key=key)
        case "send_ticket":
            done = backend.send_ticket(code, a["to"], key=key)
        case "rebook":
            done = backend.rebook(code, a["quote_id"], a["price"], _time(a["until"]), reason, key=key)
        case "refund":
            done = backend.refund(
                code, a["amount"], reason, key=key, payment_id=a["payment_id"], cancel_booking=a["cancel"]
            )
        case "expedite":
            done = backend.expedite_refund(a["refund_id"], reason, key=key)
        case _:
            raise ValueError(f"no act called {step.name!r}")
    return _facts(done)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _facts(done: Done) -> dict[str, Any]:
    """What an act brought about, as far as it concerns the customer."""
    facts = ticket_facts(done.booking)
    if done.payment_request is not None:
        facts |= {"pay_url": done.payment_request.url, "request_id": done.payment_request.id}
    if done.refund is not None:
        facts |= {
            "refund_id": done.refund.id,
            "refund_to": done.refund.destination or "rekening asal",
            "promised_by": done.refund.promised_by.isoformat() if done.refund.promised_by else None,
        }
    return facts


def ticket_facts(booking: Booking) -> dict[str, Any]:
    if not booking.tickets:
        return {}
    ticket = booking.tickets[-1]
    numbers = ", ".join(t.number for t in booking.tickets)
    return {
        "ticket": numbers,
        "ticket_url": " dan ".join(t.url for t in booking.tickets),
        "to": ticket.sent_to or booking.customer.email or booking.customer.phone or "",
    }
