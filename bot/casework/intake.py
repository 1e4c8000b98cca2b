"""Taking up what a customer writes: find the booking, check the person, diagnose, offer, or call a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from bot.care import matters
from bot.care.dialogue import MAX_ASKED, Awaiting, Fact, Kind
from bot.care.matters import Family
from bot.care.messages import Option
from bot.casework import cases, people
from bot.casework.deps import Deps
from bot.casework.lookup import Found, Lookup, Wanted, look_up, remember, wanted
from bot.casework.presenting import journey, present
from bot.casework.turns import TurnView
from bot.casework.work import Part, Work, Writes
from bot.store.tables import Case
from bot.store.work import schedule

# Matters that Kawan works on itself, and so needs the booking for.
_OWN_FAMILIES = frozenset({Family.PAYMENT, Family.REFUND})
_OWN_MATTERS = frozenset({"request_refund"})
RETRY_AFTER = timedelta(minutes=2)
_HEARD = {
    "calm": "utter_hear_calm",
    "annoyed": "utter_hear_upset",
    "angry": "utter_hear_upset",
    "desperate": "utter_hear_desperate",
}
# Where the findings follow at once, or a person takes over, Kawan promises no checking.
_FELT = {"annoyed": "utter_feel_upset", "angry": "utter_feel_upset", "desperate": "utter_feel_desperate"}


def works_on(matter: str) -> bool:
    return matters.family(matter) in _OWN_FAMILIES or matter in _OWN_MATTERS


def take_up(deps: Deps, view: TurnView) -> Writes:
    """A complaint, a request or a question about one's own booking."""
    named = cases.matters_of(view.understanding)
    if not named:
        return unclear(deps, view)
    main, *along = named
    want = wanted(view, main, deps.files.company.zone)
    lookup = _context(deps, view, want, main)

    def writes(work: Work) -> None:
        remember(work, want, lookup)
        case = cases.take_up_case(work, main, view.understanding, _code(lookup))
        riders = [
            cases.take_up_case(work, matter, view.understanding, _code(lookup))
            for matter in along
            if not _same_family(main, matter)
        ]
        others = [r for r in riders if r.id != case.id]
        keep_files(work, view, case)
        opening = _opening(work, view, case, found=lookup.ready)
        noted = people.note_riders(work, others)
        proceed(work, case, lookup, opening, [noted] if noted else [])

    return writes


def _context(deps: Deps, view: TurnView, want: Wanted, matter: str) -> Lookup:
    """For a person's matter the booking is context: taken along where it is known, never asked for."""
    if works_on(matter) or want.code or view.identity.proven_phone or view.identity.proven_subject:
        return look_up(deps, view.identity, want)
    return Lookup(Found.NEED_CODE)


def _code(lookup: Lookup) -> str | None:
    return lookup.booking.code if lookup.booking else None


def _same_family(one: str, other: str) -> bool:
    return matters.family(one) is matters.family(other) is not Family.OTHER and other not in matters.RIDERS


def _opening(work: Work, view: TurnView, case: Case, *, found: bool) -> list[Part]:
    """Words for what the customer goes through, once per case and again only when the mood turns."""
    moods = [m["mood"] for m in case.mood]
    mood = view.understanding.mood
    if len(moods) > 1 and moods[-1] == moods[-2]:
        return []
    if case.diagnosis is not None and mood == "calm":
        return []
    if view.awaiting.case == case.id and len(moods) == 1:
        return []
    heard = _HEARD if works_on(case.matter) and not found else _FELT
    return [(heard[mood], {"matter": matters.name(case.matter)})] if mood in heard else []


def take_facts(deps: Deps, view: TurnView) -> Writes:
    """Data the customer gives: a code, a sum, a mail, a contact card, a choice of booking."""
    in_hand = _case_in_hand(deps, view)
    if in_hand is None:
        return _facts_without_matter(deps, view)
    matter, case_id = in_hand.matter, in_hand.id
    want = wanted(view, matter, deps.files.company.zone, in_hand.booking_code)
    lookup = look_up(deps, view.identity, want) if works_on(matter) else Lookup(Found.NEED_CODE)

    def writes(work: Work) -> None:
        remember(work, want, lookup)
        case = work.session.get_one(Case, case_id)
        if _about_another_booking(work, case, lookup):
            case = cases.take_up_case(work, matter, view.understanding, _code(lookup))
        else:
            cases.add_words(work, case, view.understanding)
        keep_files(work, view, case)
        proceed(work, case, lookup)

    return writes


def _case_in_hand(deps: Deps, view: TurnView) -> Case | None:
    with deps.store.reading() as session:
        case = session.get(Case, view.awaiting.case) if view.awaiting.case else None
        return (
            case
            or session.scalars(
                select(Case)
                .where(Case.conversation_id == view.conversation_id, Case.status.in_(cases.OPEN_STATES))
                .order_by(Case.updated_at.desc())
                .limit(1)
            ).first()
        )


def _about_another_booking(work: Work, case: Case, lookup: Lookup) -> bool:
    """A code may correct the case's booking, but not take a case away from what was done for the first one."""
    code = _code(lookup)
    if code is None or case.booking_code in (None, code):
        return False
    return case.status in ("waiting_approval", "with_person") or cases.last_done(work, case) is not None


def _facts_without_matter(deps: Deps, view: TurnView) -> Writes:
    """A code out of the blue: show how the booking stands."""
    if view.understanding.values("booking_code"):
        want = wanted(view, "ask_booking_status", deps.files.company.zone)
        lookup = look_up(deps, view.identity, want)

        def writes(work: Work) -> None:
            remember(work, want, lookup)
            case = cases.take_up_case(work, "ask_booking_status", view.understanding, _code(lookup))
            keep_files(work, view, case)
            proceed(work, case, lookup)

        return writes
    return unclear(deps, view)


def proceed(
    work: Work, case: Case, lookup: Lookup, opening: Sequence[Part] = (), closing: Sequence[Part] = ()
) -> None:
    """Go on with a case from what the look-up found; `closing` comes after the findings."""
    if lookup.booking is not None and works_on(case.matter):
        present(work, case, lookup.booking, lookup.quotes, opening, closing)
        return
    opening = [*opening, *closing]
    if not works_on(case.matter):
        _to_person(work, case, opening)
        return
    match lookup.found:
        case Found.SYSTEM_DOWN:
            system_down(work, case, opening)
        case Found.NEED_CODE:
            ask_code(work, case, opening)
        case Found.NONE_OF_PERSON:
            _ask(work, case, Fact.BOOKING_CODE, opening, ("utter_no_booking_of_person", {}))
        case Found.CODE_UNKNOWN:
            _ask(
                work, case, Fact.BOOKING_CODE, opening, ("utter_code_not_found", {"code": shown(lookup.code)})
            )
        case Found.NEED_SECOND_FACT:
            _ask(work, case, Fact.SECOND_FACT, opening, ("utter_ask_second_fact", {}))
        case Found.FACT_WRONG:
            _ask(
                work,
                case,
                Fact.SECOND_FACT,
                opening,
                ("utter_second_fact_wrong", {"code": shown(lookup.code)}),
            )
        case Found.LOCKED:
            work.say(*opening, ("utter_locked", {"until": lookup.until}), case=case)
            work.wait_for(Awaiting(Kind.FACT, case=case.id, fact=Fact.SECOND_FACT))
        case Found.SEVERAL:
            options = [
                Option(
                    work.text("utter_booking_button", {"code": b.code, "journey": journey(work, b)}),
                    f"booking:{b.code}",
                )
                for b in lookup.several
            ]
            _ask(work, case, Fact.WHICH_BOOKING, opening, ("utter_which_booking", {}), options=options)


def shown(code: str | None) -> str:
    """A code as the customer typed it, cut to a length that cannot be abused."""
    return (code or "")[:20]


def ask_code(work: Work, case: Case, opening: Sequence[Part]) -> None:
    if work.conversation.channel == "telegram" and work.identity.proven_phone is None:
        _ask(
            work,
            case,
            Fact.BOOKING_CODE,
            opening,
            ("utter_ask_booking_code_or_contact", {}),
            ask_contact=True,
        )
    else:
        _ask(work, case, Fact.BOOKING_CODE, opening, ("utter_ask_booking_code", {}))


def _ask(
    work: Work,
    case: Case,
    fact: Fact,
    opening: Sequence[Part],
    question: Part,
    *,
    ask_contact: bool = False,
    options: Sequence[Option] = (),
) -> None:
    """Ask for one fact; who cannot give it after being asked twice gets a person."""
    before = work.awaiting
    asked = before.asked if before.fact is fact and before.case == case.id else 0
    if asked >= MAX_ASKED:
        people.hand_over(work, case, "not_identified", opening=opening)
        return
    work.say(*opening, question, case=case, ask_contact=ask_contact, options=options)
    if cases.last_done(work, case) is None:  # else it still waits for what was begun
        case.status = "waiting_customer"
    work.wait_for(Awaiting(Kind.FACT, case=case.id, fact=fact, asked=asked + 1))


def system_down(work: Work, case: Case, opening: Sequence[Part] = ()) -> None:
    """Say so, keep the case, and come back by itself."""
    work.say(*opening, ("utter_system_down", {}), case=case)
    case.status = "waiting_system"
    work.wait_for(Awaiting())
    schedule(
        work.session,
        key=f"retry:{case.id}:{work.prefix}",
        kind="retry_case",
        due_at=work.now + RETRY_AFTER,
        conversation_id=work.conversation.id,
        case_id=case.id,
        data={"tries": 1},
    )


def _to_person(work: Work, case: Case, opening: Sequence[Part]) -> None:
    """A matter for people: the case in the customer's own words, put on the desk with its context."""
    people.hand_over(
        work,
        case,
        "needs_person",
        "utter_taken_to_person",
        {"matter": matters.name(case.matter)},
        opening=opening,
    )


def unclear(deps: Deps, view: TurnView) -> Writes:
    """Not understood: asked once in other words, and the second time taken down and given to a person."""

    def writes(work: Work) -> None:
        if work.awaiting.kind is Kind.STORY:
            taken_down(work, view)
        else:
            ask_story(work, view)

    return writes


def ask_story(work: Work, view: TurnView) -> None:
    work.say(("utter_ask_story" if view.understanding.text.strip() else "utter_empty", {}))
    work.wait_for(Awaiting(Kind.STORY, reason="unclear"))


def taken_down(work: Work, view: TurnView) -> None:
    """A case in the customer's own words, for a person."""
    case = cases.current_case(work)
    if case is None or case.status not in cases.OPEN_STATES:
        case = cases.take_up_case(work, "complain_general", view.understanding, None)
    else:
        cases.add_words(work, case, view.understanding)
    keep_files(work, view, case)
    people.hand_over(work, case, "not_understood", "utter_taken_to_person", {"matter": "cerita ini"})


def keep_files(work: Work, view: TurnView, case: Case) -> int:
    """Attach the turn's files to the case; returns how many."""
    files = [m for m in view.incoming if m.kind == "file"]
    for message in files:
        work.note(
            case,
            "note",
            "customer",
            f"Mengirim berkas {message.payload.get('name', '')}".strip(),
            data={"incoming": message.id, **{k: message.payload.get(k) for k in ("path", "mime", "size")}},
        )
    return len(files)


def receive_files(deps: Deps, view: TurnView) -> Writes:
    """Pictures or documents without words: kept with the case, and shown to a person."""

    def writes(work: Work) -> None:
        case = cases.current_case(work)
        if case is None or case.status not in cases.OPEN_STATES:
            case = cases.take_up_case(work, "give_payment_proof", view.understanding, None)
        keep_files(work, view, case)
        work.say(("utter_file_received", {}), case=case)
        if work.awaiting.kind is Kind.NOTHING and case.status in ("open", "waiting_customer"):
            if case.booking_code is None:
                ask_code(work, case, ())
            else:
                people.hand_over(work, case, "file")

    return writes
