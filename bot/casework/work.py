"""One commit of casework: what changed, what is said and what is awaited go in together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.care.dialogue import Awaiting
from bot.care.messages import Option
from bot.casework.deps import Deps
from bot.store import outbox
from bot.store.conversations import lock_conversation
from bot.store.tables import Audit, Case, Conversation, Customer, Identity, TimelineEntry, Turn
from bot.voice import Tone

# One sentence or paragraph of a bubble: a response name with its values, or a finished text.
Part = tuple[str, Mapping[str, Any]] | str
# Decides and writes, inside the transaction. May run again from the start if the database asks for it.
Writes = Callable[["Work"], None]

_KEPT_WORDINGS = 6


@dataclass(slots=True)
class Work:
    """An open commit on one conversation, whose row it holds.

    `prefix` makes the keys of what is said: the same work done again says nothing twice.
    """

    deps: Deps
    session: Session
    conversation: Conversation
    identity: Identity
    now: datetime
    prefix: str
    turn: Turn | None = None
    replies: list[dict[str, Any]] = field(default_factory=list)

    @property
    def awaiting(self) -> Awaiting:
        return Awaiting.from_json(self.conversation.awaiting)

    @property
    def customer(self) -> Customer | None:
        if self.identity.customer_id is None:
            return None
        return self.session.get(Customer, self.identity.customer_id)

    @property
    def tone(self) -> Tone:
        customer = self.customer
        return Tone(
            register=self.conversation.register,
            address=customer.form_of_address if customer else None,
            name=customer.name if customer else None,
            now=self.now,
        )

    def text(self, response: str, values: Mapping[str, Any] | None = None) -> str:
        """Render a response in the wording that was used longest ago in this conversation."""
        used = list(self.conversation.wordings.get(response, []))
        rendered = self.deps.voice.render(response, values or {}, self.tone, used)
        used = [*[w for w in used if w != rendered.wording], rendered.wording][-_KEPT_WORDINGS:]
        self.conversation.wordings = {**self.conversation.wordings, response: used}
        return rendered.text

    def say(
        self,
        *parts: Part,
        options: Sequence[Option] = (),
        case: Case | None = None,
        ask_contact: bool = False,
        binding: bool = False,
        attachment: dict[str, Any] | None = None,
        author: str = "bot",
    ) -> None:
        """One bubble of the given parts, to be sent after the commit."""
        texts = [part if isinstance(part, str) else self.text(*part) for part in parts]
        text = "\n\n".join(t for t in texts if t)
        outbox.enqueue(
            self.session,
            key=f"{self.prefix}:{len(self.replies)}",
            conversation_id=self.conversation.id,
            text=text,
            now=self.now,
            turn_id=self.turn.id if self.turn else None,
            case_id=case.id if case else None,
            author=author,
            response=next((part[0] for part in parts if not isinstance(part, str)), None),
            options=options,
            attachment=attachment,
            ask_contact=ask_contact,
            binding=binding,
        )
        self.replies.append(
            {"text": text, "options": [{"label": o.label, "value": o.value} for o in options]}
        )

    def wait_for(self, awaiting: Awaiting) -> None:
        self.conversation.awaiting = awaiting.to_json()

    def note(
        self,
        case: Case,
        kind: str,
        source: str,
        text: str,
        *,
        at: datetime | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        """A line of the case's timeline, for the people at the desk."""
        self.session.add(
            TimelineEntry(
                case_id=case.id, at=at or self.now, kind=kind, source=source, text=text, data=data or {}
            )
        )

    def audit(self, actor: str, act: str, what: str, detail: dict[str, Any] | None = None) -> None:
        self.session.add(Audit(at=self.now, actor=actor, act=act, object=what, detail=detail or {}))


def commit(deps: Deps, conversation_id: str, prefix: str, writes: Writes, turn_id: str | None = None) -> Work:
    """Run `writes` in one transaction that holds the conversation's row."""

    def attempt(session: Session) -> Work:
        conversation = lock_conversation(session, conversation_id)
        work = Work(
            deps=deps,
            session=session,
            conversation=conversation,
            identity=session.get_one(Identity, conversation.identity_id),
            now=deps.clock.now(),
            prefix=prefix,
            turn=session.get_one(Turn, turn_id) if turn_id else None,
        )
        writes(work)
        return work

    return deps.store.run(attempt)
