"""What people at the desk do: take a conversation over, answer in it, grant an offer, give it back."""

from __future__ import annotations

import re
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.dialogue import Awaiting
from bot.casework import cases, choosing
from bot.casework.deps import Deps
from bot.casework.execution import Outcome, execute_offer
from bot.casework.people import summary_of
from bot.casework.reporting import end_well, report
from bot.casework.work import Work, commit
from bot.errors import AlreadyTaken, BackendUnavailable, DeskError, NotAllowed, NotHolder, OfferGone
from bot.store import outbox
from bot.store.clock import real_now
from bot.store.conversations import mark_agent_typing
from bot.store.signals import announce, visible
from bot.store.tables import Case, Conversation, Handover, Offer, User, new_id

OUTCOMES = ("solved", "back_to_bot", "promised", "refused")
MAX_REPLY = 4000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Which roles may grant what the SOP leaves to an authority.
_MAY_GRANT = {
    "bot": ("agent", "supervisor", "admin"),
    "agent": ("agent", "supervisor", "admin"),
    "supervisor": ("supervisor", "admin"),
}


class Officer(Protocol):
    """Who acts; `bot.accounts.Account` is one."""

    @property
    def id(self) -> str: ...

    @property
    def login(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def role(self) -> str: ...


def active_handover(session: Session, conversation_id: str) -> Handover | None:
    """The handover that waits or is taken; there is at most one."""
    return session.scalar(
        select(Handover)
        .where(Handover.conversation_id == conversation_id, Handover.status.in_(("waiting", "taken")))
        .order_by(Handover.created_at.desc())
        .limit(1)
    )


def may_grant(role: str, authority: str) -> bool:
    return role in _MAY_GRANT.get(authority, ())


def take_over(deps: Deps, conversation_id: str, user: Officer) -> None:
    """From here on the bot is silent. One wins; raises AlreadyTaken for whoever comes second."""

    def writes(work: Work) -> None:
        handover = active_handover(work.session, conversation_id)
        if work.conversation.owner == "human":
            if handover is not None and handover.taken_by == user.id:
                return
            raise AlreadyTaken(_holder(work.session, handover))
        if handover is None:
            handover = _proactive(work)
        handover.status, handover.taken_by, handover.taken_at = "taken", user.id, work.now
        _change_owner(work, "human")
        case = work.session.get(Case, handover.case_id) if handover.case_id else None
        if case is not None and case.status in cases.OPEN_STATES:
            case.status, case.updated_at = "with_person", work.now
            work.note(case, "handover", "agent", f"Diambil alih oleh {user.name}")
        work.prefix = f"joined:{handover.id}"
        work.say(("utter_person_joined", {"agent": user.name}), case=case, author="system")
        work.audit(user.login, "taken_over", f"conversation {conversation_id}", {"handover": handover.id})

    commit(deps, conversation_id, f"take:{conversation_id}", writes)


def _proactive(work: Work) -> Handover:
    """Nobody called: a person steps in by themselves."""
    case = cases.current_case(work)
    handover = Handover(
        id=new_id(),
        conversation_id=work.conversation.id,
        case_id=case.id if case else None,
        reason="proactive",
        summary=summary_of(work, case),
        priority=case.priority if case else 0,
        created_at=work.now,
    )
    work.session.add(handover)
    work.session.flush()
    return handover


def _holder(session: Session, handover: Handover | None) -> str:
    user = session.get(User, handover.taken_by) if handover and handover.taken_by else None
    return user.name if user else "petugas lain"


def _change_owner(work: Work, owner: str) -> None:
    work.conversation.owner = owner
    work.conversation.epoch += 1
    work.conversation.agent_typing_at = None
    announce(work.session, visible(work.conversation.id))


def _held_by(session: Session, conversation_id: str, user: Officer) -> Handover:
    """The handover under which this user holds the conversation. Raises NotHolder."""
    conversation = session.get_one(Conversation, conversation_id)
    handover = active_handover(session, conversation_id)
    if conversation.owner == "human" and handover is not None and handover.taken_by == user.id:
        return handover
    if conversation.owner == "human":
        raise NotHolder(f"Percakapan ini sedang dipegang {_holder(session, handover)}.")
    raise NotHolder("Ambil alih dulu percakapannya.")


def reply(deps: Deps, conversation_id: str, user: Officer, text: str, key: str) -> str:
    """An answer in the customer's chat; the same key says it once. Returns the message's id."""
    text = _UNSTORABLE.sub("\ufffd", text).strip()
    if not text:
        raise DeskError("Pesannya masih kosong.")
    if len(text) > MAX_REPLY:
        raise DeskError("Pesannya terlalu panjang; paling banyak 4.000 huruf. Bagi jadi beberapa pesan.")
    if not 1 <= len(key) <= 60:
        raise DeskError("Kunci pesan tidak berlaku; muat ulang halaman.")

    sent: list[str] = []

    def writes(work: Work) -> None:
        handover = _held_by(work.session, conversation_id, user)
        row = outbox.enqueue(
            work.session,
            key=f"agent:{conversation_id}:{key}",
            conversation_id=conversation_id,
            text=text,
            now=work.now,
            case_id=handover.case_id,
            author="agent",
            author_name=user.name,
        )
        work.conversation.agent_typing_at = None
        work.conversation.updated_at = work.now
        sent[:] = [row.id]
        work.audit(user.login, "replied", f"conversation {conversation_id}", {"message": row.id})

    commit(deps, conversation_id, f"reply:{key}", writes)
    return sent[0]


def typing(deps: Deps, conversation_id: str, user: Officer) -> None:
    """The customer sees that somebody is writing."""

    def work(session: Session) -> None:
        _held_by(session, conversation_id, user)
        mark_agent_typing(session, conversation_id, real_now())

    deps.store.run(work)


def give_back(deps: Deps, conversation_id: str, user: Officer, outcome: str, agreed: str) -> None:
    """The bot goes on, knowing what was agreed."""
    agreed = _UNSTORABLE.sub("\ufffd", agreed).strip()[:1000]
    if outcome not in OUTCOMES:
        raise DeskError("Pilih dulu hasilnya.")
    if not agreed and outcome != "back_to_bot":
        raise DeskError("Tulis dulu apa yang disepakati dengan pelanggan.")
    if agreed and agreed[-1] not in ".!?":
        agreed += "."

    def writes(work: Work) -> None:
        handover = _held_by(work.session, conversation_id, user)
        handover.status, handover.returned_at = "returned", work.now
        handover.outcome, handover.agreed = outcome, agreed or None
        _change_owner(work, "bot")
        work.wait_for(Awaiting())
        case = work.session.get(Case, handover.case_id) if handover.case_id else None
        if case is not None:
            work.note(
                case, "handover", "agent", f"Dikembalikan oleh {user.name}: {agreed or 'tanpa catatan'}"
            )
            _settle(work, case, outcome, agreed)
        work.prefix = f"left:{handover.id}"
        work.say(("utter_person_left", {"agent": user.name, "agreed": agreed}), case=case, author="system")
        detail = {"handover": handover.id, "outcome": outcome, "agreed": agreed}
        work.audit(user.login, "given_back", f"conversation {conversation_id}", detail)

    commit(deps, conversation_id, f"give-back:{conversation_id}", writes)


def _settle(work: Work, case: Case, outcome: str, agreed: str) -> None:
    """What the outcome means for the case; one that ended meanwhile stays ended."""
    if case.status not in cases.OPEN_STATES:
        return
    case.updated_at = work.now
    match outcome:
        case "solved":
            end_well(work, case, agreed)
        case "refused":
            cases.close(work, case, "closed", agreed)
        case "promised":
            # A promise is the company's: it stays on the desk until somebody has kept it.
            case.status, case.outcome = "with_person", agreed
            work.note(case, "promised", "agent", agreed)
        case _:
            case.status = "open"


def close_case(deps: Deps, case_id: str, user: Officer, outcome: str) -> None:
    """A matter that was settled beside the conversation, such as one the bot had only noted."""
    outcome = _UNSTORABLE.sub("\ufffd", outcome).strip()[:1000]
    if not outcome:
        raise DeskError("Tulis dulu hasilnya.")
    with deps.store.reading() as session:
        conversation_id = session.get_one(Case, case_id).conversation_id

    def writes(work: Work) -> None:
        case = work.session.get_one(Case, case_id)
        if case.status not in cases.OPEN_STATES:
            raise DeskError("Kasus ini sudah ditutup.")
        cases.close(work, case, "resolved", outcome)
        work.note(case, "done", "agent", f"Ditutup oleh {user.name}: {outcome}")
        work.audit(user.login, "case_closed", f"case {case_id}", {"outcome": outcome})

    commit(deps, conversation_id, f"close:{case_id}", writes)


def grant(deps: Deps, offer_id: str, user: Officer) -> Outcome:
    """Carry out an open offer on a person's authority, and tell the customer what became of it."""
    with deps.store.reading() as session:
        offer = session.get_one(Offer, offer_id)
        case = session.get_one(Case, offer.case_id)
        _check_grant(session, case, offer, user)
    try:
        changed = choosing.check_again(deps, case, offer)
    except BackendUnavailable as error:
        raise DeskError("Sistem pemesanan tidak bisa dihubungi. Belum ada yang dijalankan.") from error
    if changed is not None:
        raise OfferGone("Fakta booking atau SOP sudah berubah sejak ditawarkan. Belum ada yang dijalankan.")

    def reserve(work: Work) -> None:
        row = work.session.get_one(Offer, offer_id)
        mine = work.session.get_one(Case, case.id)
        _check_grant(work.session, mine, row, user)
        if cases.chosen_offer(work, mine) is not None:
            raise OfferGone("Tawaran lain untuk kasus ini sedang dijalankan.")
        # Whoever is killed now: the job carries the grant to its end.
        choosing.schedule_resume(work, mine, row)
        row.status, row.answered_at = "chosen", work.now
        work.note(mine, "note", "agent", f"Disetujui {user.name}: {row.label}")
        work.audit(user.login, "granted", f"offer {offer_id}", {"remedy": row.remedy, "cost": row.cost})

    commit(deps, case.conversation_id, f"grant:{offer_id}", reserve)
    outcome = execute_offer(deps, offer_id, user.name)
    commit(
        deps,
        case.conversation_id,
        f"granted:{offer_id}",
        lambda work: _report_grant(work, case.id, offer_id, outcome),
    )
    return outcome


def _check_grant(session: Session, case: Case, offer: Offer, user: Officer) -> None:
    if not may_grant(user.role, offer.authority):
        raise NotAllowed("Tawaran ini memerlukan persetujuan supervisor.")
    # A supervisor may approve from outside, also while an agent leads the conversation.
    if user.role == "agent":
        _held_by(session, case.conversation_id, user)
    if offer.status != "open":
        raise OfferGone("Tawaran ini sudah tidak terbuka.")
    if offer.remedy == "ask_person":
        raise OfferGone("Tawaran ini tidak menjalankan apa-apa di sistem.")


def _report_grant(work: Work, case_id: str, offer_id: str, outcome: Outcome) -> None:
    case, offer = work.session.get_one(Case, case_id), work.session.get_one(Offer, offer_id)
    held = work.conversation.owner == "human"
    if outcome.status == "refused" and held:
        # The person who asked for it sees the refusal and tells the customer in their own words.
        if offer.status == "chosen":
            offer.status = "failed"
            work.note(case, "note", "system", f"Sistem menolak: {outcome.problem}")
        return
    report(work, case, offer, outcome)
    handover = active_handover(work.session, case.conversation_id)
    if outcome.status == "done" and handover and handover.status == "waiting" and handover.case_id == case_id:
        handover.status, handover.returned_at = "returned", work.now
        handover.outcome, handover.agreed = "solved", offer.label
