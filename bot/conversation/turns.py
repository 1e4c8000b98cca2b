"""Turns: all unanswered bubbles of a conversation go to the brain together, one turn at a time.

A turn is done when casework has committed it, and only the store says so: neither the brain's answer
nor its absence does. An open turn is a row, so whoever is killed, the next worker goes on with it; that
an action never runs twice is begin_turn's and the commit's business, under the turn's id.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from bot.conversation.ports import Brain, Casework
from bot.conversation.worker import Worker
from bot.errors import BrainUnavailable
from bot.store.clock import Clock, real_now
from bot.store.conversations import incoming_of_turn
from bot.store.engine import Store
from bot.store.signals import TURNS
from bot.store.tables import Conversation, Incoming, Turn
from bot.store.turns import Claim, claim_due, next_due, release, renew, take_turn

log = logging.getLogger(__name__)

SLOW_RESPONSE = "utter_brain_slow"
# Longer texts cost the brain time and mean nothing more; the person at the desk reads everything.
_BRAIN_CHARS = 12_000
_STAND_INS = {"contact": "ini kontak saya", "file": "ini filenya", "other": "…"}
_INVISIBLE = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0x00AD, 0xFEFF])


@dataclass(frozen=True, slots=True)
class Patience:
    """When to try again, when to say so, when to give up; seconds."""

    slow_after: float = 8.0  # silence of the brain that the customer is told of
    give_up_after: float = 120.0
    attempts: int = 6  # that reached the brain
    first_retry: float = 0.5
    unreached_retry: float = 2.0  # nobody listens: it is being restarted
    longest_retry: float = 30.0

    def retry(self, attempts: int, *, reached: bool, first: bool) -> float:
        if first:
            return self.first_retry
        if not reached:
            return self.unreached_retry
        return min(self.longest_retry, 2.0 ** max(1, attempts))


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker has to do for the conversation it holds."""

    claim: Claim
    turn: Turn
    human: bool
    bubbles: list[Incoming]


class TurnWorker(Worker):
    """Claims conversations that are due and runs their turns; any number of processes may have one."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        brain: Brain,
        casework: Casework,
        *,
        typing: Callable[[str, str], None] | None = None,
        threads: int = 8,
        lease_seconds: float = 10.0,
        poll: float = 0.3,
        patience: Patience | None = None,
    ) -> None:
        """`typing(channel, chat_id)` shows the customer that the bot is at it; it may fail."""
        super().__init__(store, "turns", TURNS, threads=threads, poll=poll)
        self._clock = clock
        self._brain = brain
        self._casework = casework
        self._typing = typing
        self._lease = timedelta(seconds=lease_seconds)
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._held: dict[str, Claim] = {}
        self._helpers: list[threading.Thread] = []

    def start(self) -> None:
        super().start()
        helpers = [self._renew_leases] + ([self._show_typing] if self._typing is not None else [])
        self._helpers = [threading.Thread(target=helper, daemon=True) for helper in helpers]
        for thread in self._helpers:
            thread.start()

    def stop(self) -> None:
        super().stop()
        for thread in self._helpers:
            thread.join()

    def look(self) -> float | None:
        while not self._stopping.is_set():
            # Read first: an idle product takes no write locks.
            with self._store.reading() as session:
                due = next_due(session, now := real_now())
            if due is None or due > now:
                return None if due is None else (due - now).total_seconds()
            if not self.take_slot():
                return None
            try:
                claim = self._store.run(partial(claim_due, now=real_now(), lease=self._lease))
            except BaseException:
                self._free.release()
                raise
            if claim is None:
                self._free.release()
                return None
            self.submit(partial(self._serve, claim))
        return None

    # -- one conversation

    def _serve(self, claim: Claim) -> None:
        with self._lock:
            self._held[claim.conversation_id] = claim
        try:
            retry_at = self._advance(claim)
        except Exception:
            log.exception("conversation %s: turn failed", claim.conversation_id)
            retry_at = real_now() + timedelta(seconds=2)
        finally:
            with self._lock:
                self._held.pop(claim.conversation_id, None)
        self._store.run(partial(release, claim=claim, due_at=retry_at))

    def _advance(self, claim: Claim) -> datetime | None:
        """Work on the conversation's turn; when to look at it again, None when it is done."""
        work = self._store.run(partial(self._take, claim=claim))
        if work is None:
            return None
        now = real_now()
        if work.turn.retry_at is not None and work.turn.retry_at > now:
            return work.turn.retry_at
        if work.turn.exec_until is not None and work.turn.exec_until > now:
            # An action is at work; it may end any moment before its time is up.
            return min(work.turn.exec_until, now + timedelta(seconds=1))
        began = time.monotonic()
        error = self._for_human(work) if work.human else self._for_bot(work)
        if self._committed(work.turn.id):
            return None
        silence = time.monotonic() - began
        return self._failed(work, error or BrainUnavailable("no action committed the turn"), silence)

    def _take(self, session: Session, claim: Claim) -> Work | None:
        turn = take_turn(session, claim, product_now=self._clock.now())
        if turn is None:
            return None
        conversation = session.get_one(Conversation, claim.conversation_id)
        bubbles = incoming_of_turn(session, turn.id, claim.conversation_id)
        return Work(claim, turn, conversation.owner != "bot", bubbles)

    def _for_bot(self, work: Work) -> BrainUnavailable | None:
        text, metadata = brain_request(work.turn, work.bubbles)
        try:
            self._brain.converse(work.claim.conversation_id, text, metadata)
        except BrainUnavailable as error:
            return error
        return None

    def _for_human(self, work: Work) -> BrainUnavailable | None:
        text, metadata = brain_request(work.turn, work.bubbles)
        parse = None
        if work.turn.option is None and "stand_in" not in metadata:
            try:
                parse = self._brain.parse(text, work.turn.sent_at)
            except BrainUnavailable as error:
                # The person reads the words themselves; what the brain makes of them can be missing.
                log.warning("turn %s is recorded without a parse: %s", work.turn.id, error)
        self._casework.record_for_human(work.turn.id, parse)
        return None

    def _committed(self, turn_id: str) -> bool:
        with self._store.reading() as session:
            return session.get_one(Turn, turn_id).committed_at is not None

    # -- failure

    def _failed(self, work: Work, error: BrainUnavailable, silence: float) -> datetime | None:
        turn_id, conversation_id = work.turn.id, work.claim.conversation_id
        log.warning("turn %s of %s failed: %s", turn_id, conversation_id, error)
        turn = self._store.run(partial(self._note_failure, turn_id=turn_id, error=error))
        now = real_now()
        if work.human:
            return turn.retry_at
        failing = (now - (turn.failing_since or now)).total_seconds()
        first = work.turn.failing_since is None
        # One quick failure may be over in half a second; a second one, or silence, is told.
        if not first or silence >= self._patience.slow_after * 0.95:
            self._casework.say(conversation_id, SLOW_RESPONSE, f"{turn_id}:slow")
        if turn.attempts >= self._patience.attempts or failing >= self._patience.give_up_after:
            self._casework.brain_down(conversation_id, turn_id)
            if self._committed(turn_id):
                return None
        return turn.retry_at

    def _note_failure(self, session: Session, turn_id: str, error: BrainUnavailable) -> Turn:
        turn = session.get_one(Turn, turn_id, with_for_update=True, populate_existing=True)
        first = turn.failing_since is None
        if error.reached:
            turn.attempts += 1
        wait = self._patience.retry(turn.attempts, reached=error.reached, first=first)
        now = real_now()
        turn.failing_since = turn.failing_since or now
        turn.retry_at = now + timedelta(seconds=wait)
        turn.error = str(error)[:2000]
        return turn

    # -- while turns are at work

    def _claims(self) -> list[Claim]:
        with self._lock:
            return list(self._held.values())

    def _renew_leases(self) -> None:
        while self.pause(self._lease.total_seconds() / 4) or self._claims():
            for claim in self._claims():
                try:
                    self._store.run(partial(renew, claim=claim, until=real_now() + self._lease))
                except Exception:
                    log.exception("lease of %s not renewed", claim.conversation_id)
            if self._stopping.is_set():
                time.sleep(0.5)

    def _show_typing(self) -> None:
        marked: dict[str, float] = {}
        while self.pause(0.2):
            now = time.monotonic()
            claims = self._claims()
            # Platforms end the sign by themselves after five seconds.
            marked = {c.token: marked[c.token] for c in claims if c.token in marked}
            for claim in claims:
                if now - marked.get(claim.token, float("-inf")) < 4.0 or self._typing is None:
                    continue
                marked[claim.token] = now
                try:
                    self._typing(claim.channel, claim.chat_id)
                except Exception as error:  # noqa: BLE001 - a courtesy, whatever hinders it
                    log.debug("typing not shown: %s", error)


def brain_request(turn: Turn, bubbles: list[Incoming]) -> tuple[str, Mapping[str, Any]]:
    """Message and metadata for the brain. Offsets in the message are those in `turn.text`.

    Where the customer sent no words (a contact card, a file), a phrase stands in, and `stand_in` says so.
    """
    metadata: dict[str, Any] = {"turn": turn.id, "sent_at": turn.sent_at.isoformat()}
    kinds = sorted({row.kind for row in bubbles} - {"text", "option"})
    if kinds:
        metadata["kinds"] = kinds
    if turn.option is not None:
        metadata["option"] = turn.option
        return "/choose_option", metadata
    if not turn.text.translate(_INVISIBLE).strip():
        metadata["stand_in"] = True
        kind = next((k for k in ("contact", "file") if k in kinds), "other")
        return _STAND_INS[kind], metadata
    parts = [_greeting(row) if row.payload.get("command") == "start" else row.text for row in bubbles]
    return no_command("\n".join(parts))[:_BRAIN_CHARS], metadata


def no_command(text: str) -> str:
    """The text with a leading "/", which Rasa would obey, replaced by a look-alike of the same length."""
    start = len(text) - len(text.lstrip())
    return f"{text[:start]}∕{text[start + 1 :]}" if text[start : start + 1] == "/" else text


def _greeting(row: Incoming) -> str:
    # "/start CODE" opens a chat on Telegram: a greeting of the same length, so that offsets hold.
    return "halo  " + row.text[6:] if row.text.startswith("/start") else row.text
