"""One turn through Rasa: parse, begin the turn in the app, apply one rule, run one action.

Rasa's own processor does the same in more steps: it predicts again after the action, looks through slot mappings,
opens a connection for each action, checks the answers' schema anew each time, and goes on quietly where an action
failed. Here a failure is raised, since the app must know that no reply was made.
"""

from __future__ import annotations

import os
import re
from typing import Any

import aiohttp
import rasa.core.agent
from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from rasa.core.actions.action import Action, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_VALIDATE_SLOT_MAPPINGS
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import TEXT_TOKENS
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

# The app gives a turn 8 s and tries again; an action that is still at work then refuses the second call.
ACTION_SECONDS = 30.0
_COMMAND = re.compile(r"^[\s/]+")


class TurnFailed(RasaException):
    """No action was run to its end: the app has to try again, or somebody else."""


class CustomerMessage(UserMessage):
    """A customer's words, unstripped, so that offsets refer to what they sent."""

    def __init__(self, text: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(text, *args, **kwargs)
        self.text = text


def as_words(text: str) -> str:
    """The same text, as long as before, that Rasa does not take for a command (`/intent`)."""
    return _COMMAND.sub(lambda found: found[0].replace("/", " "), text)


class KeptEndpoint(EndpointConfig):
    """An action server whose connections are kept open."""

    def __init__(self, stock: EndpointConfig, url: str | None, token: str | None) -> None:
        super().__init__(
            url or stock.url,
            stock.params,
            dict(stock.headers),
            stock.basic_auth,
            stock.token,
            stock.token_name,
            stock.cafile,
            **stock.kwargs,
        )
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = None,
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        if self.cafile or self.basic_auth or subpath:
            return await super().request(method, subpath, content_type, compress, **kwargs)
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=self.headers, timeout=aiohttp.ClientTimeout(total=ACTION_SECONDS)
            )
        call = self._session.request(method, self.url, params=self.combine_parameters(), json=kwargs["json"])
        async with call as answer:
            if answer.status >= 400:
                raise ClientResponseError(answer.status, answer.reason or "", await answer.text())
            return await answer.json()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class CheckedAction(RemoteAction):
    """A custom action whose answers are checked by a validator that is built once."""

    _validator: Any = None

    def _validate_action_result(self, result: Any) -> bool:
        if CheckedAction._validator is None:
            schema = self.action_response_format_spec()
            CheckedAction._validator = validator_for(schema)(schema)
        error = best_match(CheckedAction._validator.iter_errors(result))
        if error is not None:
            raise error
        return True


class TurnProcessor(MessageProcessor):
    """Handles a message as one turn."""

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        tracker = await self.get_tracker(message.sender_id)
        await self._handle_message_with_tracker(message, tracker)
        if ACTION_VALIDATE_SLOT_MAPPINGS in self.domain.user_actions:
            await self._run(
                CheckedAction(ACTION_VALIDATE_SLOT_MAPPINGS, self.action_endpoint), tracker, message
            )
        prediction = self._predict_next_with_tracker(tracker)
        name = self.domain.action_names_or_texts[prediction.max_confidence_index]
        if name == ACTION_LISTEN_NAME:
            raise TurnFailed(f"no rule for {tracker.latest_message and tracker.latest_message.intent_name}")
        await self._run(self._action(name), tracker, message)
        await self.save_tracker(tracker)
        channel = message.output_channel
        return channel.messages if isinstance(channel, CollectingOutputChannel) else None

    def _action(self, name: str) -> Action:
        action = self._get_action(name)
        if action is None:
            raise TurnFailed(f"no action {name}")
        return CheckedAction(name, self.action_endpoint) if type(action) is RemoteAction else action

    async def _run(self, action: Action, tracker: DialogueStateTracker, message: UserMessage) -> None:
        events = await action.run(message.output_channel, self.nlg, tracker, self.domain)
        tracker.update_with_events(events, self.domain)
        for event in events:
            if isinstance(event, BotUttered):
                await message.output_channel.send_response(tracker.sender_id, event.message())

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        if not isinstance(message, CustomerMessage):
            return await super().parse_message(message, tracker, only_output_properties)
        text, message.text = message.text, as_words(message.text)
        try:
            parsed = await super().parse_message(message, tracker, only_output_properties)
        finally:
            message.text = text
        return {**parsed, "text": text}

    async def _handle_message_with_tracker(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        parsed = dict(message.parse_data or await self.parse_message(message, tracker))
        parsed.pop(TEXT_TOKENS, None)  # half of what actions would be sent, twice
        # What components add (`further`, `signals`) reaches actions in the event's parse_data.
        tracker.update(
            UserUttered(
                message.text,
                parsed["intent"],
                parsed["entities"],
                parsed,
                input_channel=message.input_channel,
                message_id=message.message_id,
                metadata=message.metadata,
            ),
            self.domain,
        )


class TurnAgent(Agent):
    """Rasa's agent with the turn's processor, and the action server where the environment says it is."""

    action_endpoint: Any

    def load_model(self, model_path: Any, fingerprint: str | None = None) -> None:
        if self.action_endpoint is not None and not isinstance(self.action_endpoint, KeptEndpoint):
            self.action_endpoint = KeptEndpoint(
                self.action_endpoint, os.environ.get("KAWAN_ACTIONS_URL"), os.environ.get("KAWAN_RASA_TOKEN")
            )
        super().load_model(model_path, fingerprint)

    async def parse_message(self, message_data: str) -> dict[str, Any]:
        """Only understand; what looks like a command is the customer's text as well."""
        if self.processor is None:
            raise TurnFailed("no model is loaded")
        return await self.processor.parse_message(CustomerMessage(message_data))

    async def close(self) -> None:
        if isinstance(self.action_endpoint, KeptEndpoint):
            await self.action_endpoint.close()


def install() -> None:
    """Have Rasa make this agent and this processor. Both are looked up in `rasa.core.agent` when one is loaded."""
    rasa.core.agent.Agent = TurnAgent
    rasa.core.agent.MessageProcessor = TurnProcessor
