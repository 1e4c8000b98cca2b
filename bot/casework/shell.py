"""Turns for `rasa shell` and other clients of Rasa that know nothing of turns."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.messages import IncomingMessage, Sender
from bot.casework.deps import Deps
from bot.store.clock import real_now
from bot.store.conversations import ensure_conversation, lock_conversation, store_incoming
from bot.store.tables import Incoming, Turn, new_id

CHANNEL = "shell"


def turn_for(deps: Deps, sender_id: str, text: str, message_id: str) -> tuple[str, str]:
    """(conversation, turn) of a message typed into Rasa itself; the same for the same message.

    The transcript has it like any other. No worker takes it up: it is never due.
    """

    def work(session: Session) -> tuple[str, str]:
        now = deps.clock.now()
        person = Sender(sender_id[:128] or CHANNEL, "Rasa shell")
        found = ensure_conversation(session, CHANNEL, person.user_id, person, now)
        conversation = lock_conversation(session, found.id)
        platform_id = message_id[:200] or new_id()
        known = session.scalar(
            select(Incoming.turn_id).where(Incoming.channel == CHANNEL, Incoming.platform_id == platform_id)
        )
        if known is not None:
            return conversation.id, known
        message = IncomingMessage(CHANNEL, platform_id, person.user_id, person, "text", text, real_now())
        incoming = store_incoming(session, conversation, message, sent_at=now, now=now)
        if incoming is None:
            raise RuntimeError(f"message {platform_id} is stored without a turn")
        turn = Turn(
            id=new_id(),
            conversation_id=conversation.id,
            epoch=conversation.epoch,
            text=text,
            sent_at=now,
            created_at=now,
            awaiting_before=dict(conversation.awaiting),
            attempts=0,
        )
        session.add(turn)
        session.flush()
        incoming.turn_id = turn.id
        return conversation.id, turn.id

    return deps.store.run(work)
