"""What Kawan says and records outside a turn: honest lines while the brain is slow, what people hear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.care.messages import Understanding
from bot.casework import cases, followup, people
from bot.casework.deps import Deps
from bot.casework.understanding import from_parse
from bot.casework.work import Work, commit
from bot.store.tables import Turn


class Background:
    """The casework that the conversation path calls (`bot.conversation.ports.Casework`)."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    def say(
        self, conversation_id: str, response: str, key: str, values: Mapping[str, Any] | None = None
    ) -> None:
        """One line by the system, once per key."""
        commit(
            self._deps, conversation_id, key, lambda work: work.say((response, values or {}), author="system")
        )

    def record_for_human(self, turn_id: str, parse: Mapping[str, Any] | None) -> None:
        """A person holds the conversation: the turn is kept with its case, and nothing is said."""
        deps = self._deps
        with deps.store.reading() as session:
            turn = session.get_one(Turn, turn_id)
        zone = deps.files.company.zone.key
        understanding = (
            from_parse(dict(parse), turn.sent_at, zone) if parse else Understanding(turn.text, "", 0.0)
        )

        def writes(work: Work) -> None:
            if work.turn is None or work.turn.committed_at is not None:
                return
            case = cases.current_case(work)
            if case is not None:
                cases.add_words(work, case, understanding)
            work.turn.parse = dict(parse) if parse else None
            work.turn.action, work.turn.result, work.turn.committed_at = "human", [], work.now

        commit(deps, turn.conversation_id, turn_id, writes, turn_id=turn_id)

    def brain_down(self, conversation_id: str, turn_id: str) -> None:
        """The brain stays silent: the words are kept and a person is called."""

        def writes(work: Work) -> None:
            turn = work.turn
            if turn is None or turn.committed_at is not None:
                return
            understanding = Understanding(turn.text, "nlu_fallback", 0.0)
            case = cases.current_case(work)
            if case is None or case.status not in cases.OPEN_STATES:
                case = cases.take_up_case(work, "complain_general", understanding, None)
            else:
                cases.add_words(work, case, understanding)
            people.hand_over(work, case, "brain_down")
            turn.action, turn.result, turn.committed_at = "brain_down", list(work.replies), work.now

        commit(self._deps, conversation_id, turn_id, writes, turn_id=turn_id)

    def run_job(self, job_id: str) -> None:
        followup.run_job(self._deps, job_id)

    def handle_event(self, event_id: str) -> None:
        followup.handle_event(self._deps, event_id)
