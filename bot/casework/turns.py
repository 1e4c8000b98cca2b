"""A turn is recorded once and committed once, whatever is killed when and however often it is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.care.dialogue import Awaiting
from bot.care.messages import Understanding
from bot.casework.deps import Deps
from bot.casework.work import Work, Writes, commit
from bot.errors import TurnBusy
from bot.store.clock import real_now
from bot.store.conversations import incoming_of_turn, lock_conversation
from bot.store.tables import Conversation, Identity, Incoming, Turn

# Only spares double work: the commit and the keys of remedies are what makes a second attempt harmless. Short,
# because after a kill -9 the customer waits for it to run out.
_EXECUTION_LEASE = timedelta(seconds=25)


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn as a use case reads it before its commit."""

    id: str
    conversation_id: str
    channel: str
    identity: Identity
    awaiting: Awaiting
    known: dict[str, Any]
    incoming: tuple[Incoming, ...]
    understanding: Understanding


# Reads (the company's system too), and returns what to write.
Handler = Callable[[Deps, TurnView], Writes]


def begin_turn(deps: Deps, conversation_id: str, turn_id: str) -> dict[str, Any]:
    """Record the slots a turn starts from, and repeat them if it is tried again."""

    def work(session: Session) -> dict[str, Any]:
        conversation = lock_conversation(session, conversation_id)
        turn = session.get_one(Turn, turn_id)
        if turn.conversation_id != conversation_id:
            raise TurnBusy(f"turn {turn_id} belongs to another conversation")
        if turn.slots is None:
            awaiting = Awaiting.from_json(conversation.awaiting)
            turn.slots = {"awaiting": awaiting.kind.value, "register": conversation.register}
        return dict(turn.slots)

    return deps.store.run(work)


def run_turn(
    deps: Deps, turn_id: str, action: str, understanding: Understanding, handler: Handler
) -> list[dict[str, Any]]:
    """Do the turn, or repeat what was committed for it, under whatever action's name.

    Raises TurnBusy when `begin_turn` has not recorded the turn or another action is at work on it.
    """
    committed = _begin_execution(deps, turn_id)
    if committed is not None:
        return committed
    try:
        view = _view(deps, turn_id, understanding)
        writes = handler(deps, view)
        return _commit_turn(deps, view, action, writes)
    finally:
        deps.store.run(lambda session: _end_execution(session, turn_id))


def _begin_execution(deps: Deps, turn_id: str) -> list[dict[str, Any]] | None:
    def work(session: Session) -> list[dict[str, Any]] | None:
        turn = session.get_one(Turn, turn_id, with_for_update=True)
        if turn.committed_at is not None:
            return list(turn.result or [])
        if turn.slots is None:
            raise TurnBusy(f"turn {turn_id} was not begun")
        if turn.exec_until is not None and turn.exec_until > real_now():
            raise TurnBusy(f"turn {turn_id} is being worked on")
        turn.exec_until = real_now() + _EXECUTION_LEASE
        return None

    return deps.store.run(work)


def _end_execution(session: Session, turn_id: str) -> None:
    session.get_one(Turn, turn_id, with_for_update=True).exec_until = None


def _view(deps: Deps, turn_id: str, understanding: Understanding) -> TurnView:
    with deps.store.reading() as session:
        turn = session.get_one(Turn, turn_id)
        conversation = session.get_one(Conversation, turn.conversation_id)
        return TurnView(
            id=turn.id,
            conversation_id=conversation.id,
            channel=conversation.channel,
            identity=session.get_one(Identity, conversation.identity_id),
            awaiting=Awaiting.from_json(conversation.awaiting),
            known=dict(conversation.known),
            incoming=tuple(incoming_of_turn(session, turn.id, conversation.id)),
            understanding=understanding,
        )


def _commit_turn(deps: Deps, view: TurnView, action: str, writes: Writes) -> list[dict[str, Any]]:
    def everything(work: Work) -> None:
        turn = work.turn
        if turn is None or turn.committed_at is not None:
            raise TurnBusy(f"turn {view.id} was committed meanwhile")
        _remember(work, view.understanding)
        writes(work)
        turn.action = action
        turn.parse = describe(view.understanding)
        turn.result = list(work.replies)
        turn.committed_at = work.now

    return commit(deps, view.conversation_id, view.id, everything, turn_id=view.id).replies


def _remember(work: Work, understanding: Understanding) -> None:
    """How the customer writes, kept stable: one formal word does not change the tone, two in a row do."""
    seen = work.conversation.known.get("register_seen")
    if understanding.register == seen and understanding.register != work.conversation.register:
        work.conversation.register = understanding.register
    work.conversation.known = {**work.conversation.known, "register_seen": understanding.register}


def describe(understanding: Understanding) -> dict[str, Any]:
    """An understanding as kept with the turn, for desk and trainers."""
    return {
        "text": understanding.text,
        "intent": understanding.intent,
        "confidence": understanding.confidence,
        "further": list(understanding.further),
        "entities": [
            {
                "entity": e.entity,
                "start": e.start,
                "end": e.end,
                "text": e.text,
                "value": e.value,
                "confidence": e.confidence,
            }
            for e in understanding.entities
        ],
        "signals": {
            "mood": understanding.mood,
            "urgency": understanding.urgency,
            "register": understanding.register,
            "finished": understanding.finished,
        },
    }
