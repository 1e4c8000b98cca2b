"""Random interleavings of customers, turns, agents and sends, with crashes at every commit point."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from bot.conversation.inbox import receive
from bot.store.clock import real_now
from bot.store.conversations import lock_conversation, open_turn, transcript
from bot.store.engine import Store, open_store
from bot.store.outbox import Sending, claim_next, record_repeat, record_retry, record_sent
from bot.store.tables import Incoming, Outgoing, Turn
from bot.store.turns import Claim, claim_due, release, take_turn
from tests.conversation.helpers import FakeCasework, RealClock, message
from tests.store.templates import sqlite_database

# Everything here happens at a moment of the machine's own, so that leases end when it says so.
LEASE = timedelta(seconds=10)


class Machine(RuleBasedStateMachine):
    """One conversation; a crash forgets what a worker held in memory, never what it committed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store: Store = open_store(sqlite_database(self.folder), b"secret")
        self.casework = FakeCasework(self.store)
        self.now = real_now()
        self.number = 0
        self.conversation = ""
        self.claim: Claim | None = None
        self.turn: str | None = None
        self.sending: Sending | None = None
        self.platform: list[str] = []  # keys, as they arrived

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def stuck_before(self) -> object:
        return self.now - LEASE

    # -- the customer

    @rule(repeat=st.booleans(), option=st.booleans())
    def customer_writes(self, repeat: bool, option: bool) -> None:
        self.number += 0 if repeat and self.number else 1
        text = str(self.number)
        kind = "option" if option else "text"
        sent = message(text, id=text, kind=kind, **({"value": text} if option else {}))
        self.conversation = receive(self.store, RealClock(), sent, 0).conversation_id
        self.now = max(self.now, real_now())

    # -- the turn worker

    @precondition(lambda self: self.claim is None)
    @rule()
    def worker_claims(self) -> None:
        self.claim = self.store.run(lambda s: claim_due(s, now=self.now, lease=LEASE))

    @precondition(lambda self: self.claim is not None)
    @rule()
    def worker_takes(self) -> None:
        claim = self.claim
        assert claim is not None
        turn = self.store.run(lambda s: take_turn(s, claim, product_now=self.now))
        self.turn = turn.id if turn is not None else None
        if turn is None:
            self.store.run(lambda s: release(s, claim))
            self.claim = None

    @precondition(lambda self: self.turn is not None)
    @rule(binding=st.booleans(), twice=st.booleans())
    def action_commits(self, binding: bool, twice: bool) -> None:
        self.casework.binding = binding
        assert self.turn is not None
        for _ in range(1 + twice):
            self.casework.commit(self.turn)

    @precondition(lambda self: self.claim is not None)
    @rule()
    def worker_releases(self) -> None:
        claim = self.claim
        assert claim is not None
        self.store.run(lambda s: release(s, claim))
        self.claim = self.turn = None

    @rule()
    def worker_is_killed(self) -> None:
        self.claim = self.turn = None
        self.now += 2 * LEASE

    # -- agents

    @precondition(lambda self: bool(self.conversation))
    @rule()
    def ownership_changes(self) -> None:
        with self.store.transaction() as session:
            row = lock_conversation(session, self.conversation)
            row.owner = "human" if row.owner == "bot" else "bot"
            row.epoch += 1

    # -- the outbox

    @precondition(lambda self: self.conversation and self.sending is None)
    @rule()
    def outbox_claims(self) -> None:
        now, stuck = max(self.now, real_now()), self.now - LEASE
        self.sending = self.store.run(
            lambda s: claim_next(s, self.conversation, now=now, stuck_before=stuck, product_now=now)
        )
        if self.sending is not None:
            with self.store.reading() as session:
                row = session.get_one(Outgoing, self.sending.id)
                owner = lock_conversation(session, self.conversation)
                # At the moment it begins to leave, the bot may say it.
                allowed = row.binding or (owner.owner == "bot" and owner.epoch == row.epoch)
                assert allowed or self.sending.unknown

    @precondition(lambda self: self.sending is not None)
    @rule(
        outcome=st.sampled_from(["sent", "busy", "cut before", "cut after", "killed before", "killed after"])
    )
    def outbox_sends(self, outcome: str) -> None:
        sending, self.sending = self.sending, None
        assert sending is not None
        if sending.unknown:
            self.store.run(lambda s: record_repeat(s, sending))
        if outcome in ("sent", "cut after", "killed after"):
            self.platform.append(sending.message.key)
        if outcome == "sent":
            self.store.run(lambda s: record_sent(s, sending, "p", product_now=self.now))
        elif outcome.startswith("killed"):
            self.now += 2 * LEASE
        else:
            unknown = outcome.startswith("cut")
            self.store.run(
                lambda s: record_retry(s, sending, due_at=self.now, error=outcome, unknown=unknown)
            )

    # -- what always holds

    @invariant()
    def nothing_is_lost_doubled_or_out_of_order(self) -> None:
        if not self.conversation:
            return
        with self.store.reading() as session:
            rows = list(session.scalars(select(Outgoing).order_by(Outgoing.position)))
            sent = [row for row in rows if row.status == "sent"]
            assert [row.seq for row in sent] == sorted(row.seq or 0 for row in sent)
            for row in rows:
                count = self.platform.count(row.key)
                if row.status == "sent":
                    assert count >= 1
                if count > 1:
                    assert row.repeated
                if row.status == "withdrawn":
                    assert count == 0
            first_arrivals = list(dict.fromkeys(self.platform))
            order = [row.key for row in rows if row.key in first_arrivals]
            assert first_arrivals == order
            seqs = [m["seq"] for m in transcript(session, self.conversation)]
            assert seqs == list(range(1, len(seqs) + 1))
            received = list(session.scalars(select(Incoming).order_by(Incoming.seq)))
            assert [row.platform_id for row in received] == [str(n + 1) for n in range(self.number)]
            open_turns = [
                t for t in session.scalars(select(Turn)) if not t.committed_at and not t.withdrawn_at
            ]
            assert len(open_turns) <= 1
            for turn in session.scalars(select(Turn)):
                texts = [row.text for row in received if row.turn_id == turn.id]
                assert texts == ([] if turn.withdrawn_at else turn.text.split("\n"))
            # Whatever waits is due, so that a worker will find it.
            kept = lock_conversation(session, self.conversation)
            if open_turn(session, kept.id) is not None or any(r.turn_id is None for r in received):
                assert kept.due_at is not None


Machine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestConversationPath = Machine.TestCase
