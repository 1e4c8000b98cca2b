"""The eleven use cases of a turn, as the actions call them.

Each takes the turn's id and what the brain understood, and returns the replies of the commit:
[{"text", "options": [{"label", "value"}]}]. A repeat of the turn returns the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.care.dialogue import Kind, sounds_like_choice
from bot.care.messages import Understanding
from bot.casework import choosing, intake, moves
from bot.casework.deps import Deps
from bot.casework.turns import Handler, TurnView, run_turn
from bot.casework.work import Work, Writes

Replies = list[dict[str, Any]]


def take_up(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "take_up", understanding, intake.take_up)


def take_facts(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "take_facts", understanding, intake.take_facts)


def choose(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "choose", understanding, choosing.choose)


def confirm(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "confirm", understanding, choosing.confirm)


def propose(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "propose", understanding, choosing.propose)


def decline(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "decline", understanding, choosing.decline)


def answer(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "answer", understanding, moves.answer)


def correct(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "correct", understanding, moves.correct)


def stop(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "stop", understanding, moves.stop)


def hand_over(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "hand_over", understanding, moves.hand_over)


def small_talk(deps: Deps, turn_id: str, understanding: Understanding) -> Replies:
    return _run(deps, turn_id, "small_talk", understanding, moves.small_talk)


def _run(deps: Deps, turn_id: str, name: str, understanding: Understanding, handler: Handler) -> Replies:
    return run_turn(deps, turn_id, name, understanding, _by_content(handler))


def _by_content(handler: Handler) -> Handler:
    """What was tapped or sent without words decides for itself, whatever the brain made of it."""

    def handle(deps: Deps, view: TurnView) -> Writes:
        option = view.understanding.option or ""
        if option.startswith("offer:"):
            return choosing.choose(deps, view)
        if option.startswith("confirm:"):
            return choosing.confirm(deps, view)
        if option.startswith("booking:"):
            return intake.take_facts(deps, view)
        kinds = {m.kind for m in view.incoming}
        if not any(m.text.strip() for m in view.incoming if m.kind != "contact"):
            # What the brain was given in place of words is nothing the customer said.
            view = replace(view, understanding=replace(view.understanding, text="", entities=(), further=()))
            if "contact" in kinds:
                return _contact(deps, view)
            return intake.receive_files(deps, view) if "file" in kinds else _empty
        return choosing.choose(deps, view) if _picks(deps, view, handler) else handler(deps, view)

    return handle


def _picks(deps: Deps, view: TurnView, handler: Handler) -> bool:
    """Whether a short text picks an offer on the table ("ya udah hapus aja selisihnya"), whatever its label.

    A wish for a person and an idea of the customer's own have their own ways of being heard.
    """
    return (
        view.awaiting.kind is Kind.CHOICE
        and handler not in (moves.hand_over, choosing.propose)
        and sounds_like_choice(view.understanding.text)
        and choosing.names_one(deps, view)
    )


def _contact(deps: Deps, view: TurnView) -> Writes:
    if any(m.kind == "contact" and m.payload.get("own") for m in view.incoming):
        return intake.take_facts(deps, view)

    def writes(work: Work) -> None:
        work.say(("utter_contact_not_own", {}))

    return writes


def _empty(work: Work) -> None:
    work.say(("utter_empty", {}))
