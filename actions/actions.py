"""The actions of domain.yml. They return no events: the next `begin_turn` sets the slots."""

from __future__ import annotations

import importlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import anyio
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.care.messages import Understanding
from bot.casework import usecases
from bot.casework.deps import Deps
from bot.casework.shell import turn_for
from bot.casework.turns import begin_turn
from bot.casework.understanding import from_parse
from bot.errors import TurnBusy

# What the channel sends for a tapped option; its value is in the metadata.
TAPPED = "/choose_option"

_building = threading.Lock()
_deps: Deps | None = None


def register(deps: Deps) -> None:
    """Give the actions what they work with. Without it they build it from the environment when first called."""
    global _deps  # noqa: PLW0603 - rasa-sdk makes actions without arguments
    _deps = deps


def the_deps() -> Deps:
    with _building:
        if _deps is None:
            # `python -m rasa_sdk --actions actions`; imported here, as the app imports this package.
            register(importlib.import_module("bot.app").deps_from_environment())
        assert _deps is not None  # noqa: S101
        return _deps


class CaseworkAction(Action, ABC):
    """An action that is one use case."""

    def __init__(self, deps: Deps | None = None) -> None:
        self._deps = deps

    @property
    def deps(self) -> Deps:
        return self._deps or the_deps()

    @property
    @abstractmethod
    def does(self) -> str:
        """The function of `bot.casework.usecases`."""

    def name(self) -> str:
        return f"action_{self.does}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        # Casework waits for the database and for the company's system: on a thread of its own.
        for reply in await anyio.to_thread.run_sync(self._work, tracker):
            dispatcher.utter_message(
                text=reply["text"],
                buttons=[{"title": o["label"], "payload": o["value"]} for o in reply.get("options") or ()],
            )
        return []

    def _work(self, tracker: Tracker) -> list[dict[str, Any]]:
        deps = self.deps
        _, turn_id = turn_of(deps, tracker)
        use_case = getattr(usecases, self.does)
        replies: list[dict[str, Any]] = use_case(deps, turn_id, understanding_of(deps, tracker))
        return replies


class TakeUp(CaseworkAction):
    does = "take_up"


class TakeFacts(CaseworkAction):
    does = "take_facts"


class Choose(CaseworkAction):
    does = "choose"


class Confirm(CaseworkAction):
    does = "confirm"


class Propose(CaseworkAction):
    does = "propose"


class Decline(CaseworkAction):
    does = "decline"


class Answer(CaseworkAction):
    does = "answer"


class Correct(CaseworkAction):
    does = "correct"


class Stop(CaseworkAction):
    does = "stop"


class HandOver(CaseworkAction):
    does = "hand_over"


class SmallTalk(CaseworkAction):
    does = "small_talk"


class ValidateSlotMappings(Action):
    """Begins the turn: runs before any rule, and sets both slots from the store."""

    def __init__(self, deps: Deps | None = None) -> None:
        self._deps = deps

    def name(self) -> str:
        return "action_validate_slot_mappings"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        slots = await anyio.to_thread.run_sync(self._begin, tracker)
        return [{"event": "slot", "name": name, "value": slots[name]} for name in ("awaiting", "register")]

    def _begin(self, tracker: Tracker) -> dict[str, Any]:
        deps = self._deps or the_deps()
        conversation_id, turn_id = turn_of(deps, tracker)
        return begin_turn(deps, conversation_id, turn_id)


ACTIONS: tuple[type[Action], ...] = (
    TakeUp,
    TakeFacts,
    Choose,
    Confirm,
    Propose,
    Decline,
    Answer,
    Correct,
    Stop,
    HandOver,
    SmallTalk,
    ValidateSlotMappings,
)


def turn_of(deps: Deps, tracker: Tracker) -> tuple[str, str]:
    """(conversation, turn). A message without a turn comes from `rasa shell`, and is given one there."""
    turn_id = _metadata(tracker).get("turn")
    if isinstance(turn_id, str) and turn_id:
        return tracker.sender_id, turn_id
    if tracker.get_latest_input_channel() == "kawan":
        raise TurnBusy("the app's message names no turn")
    message = tracker.latest_message
    return turn_for(
        deps, tracker.sender_id, str(message.get("text") or ""), str(message.get("message_id") or "")
    )


def understanding_of(deps: Deps, tracker: Tracker) -> Understanding:
    """What the brain made of the message; values are reckoned from when the customer sent it."""
    metadata = _metadata(tracker)
    option = metadata.get("option") or None
    parse = dict(tracker.latest_message)
    if option and parse.get("text") == TAPPED:
        parse["text"] = ""  # nobody said that
    sent_at = _moment(metadata.get("sent_at")) or deps.clock.now()
    return from_parse(parse, sent_at, str(deps.files.company.zone), option)


def _metadata(tracker: Tracker) -> Mapping[str, Any]:
    return tracker.latest_message.get("metadata") or {}


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
