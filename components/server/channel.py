"""The app's door to the brain: one message in, the replies of its turn out.

A customer's text is text, whatever it looks like; a tapped option is `/choose_option` with its value in the metadata.
Where a turn fails the answer says so: Rasa's REST channel answers 200 and an empty list.
"""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from components.server.turn import CustomerMessage, TurnAgent

logger = logging.getLogger(__name__)

TAPPED = "/choose_option"


def tapped() -> dict[str, Any]:
    """What a tapped option means; it needs no understanding."""
    certain = {"name": TAPPED[1:], "confidence": 1.0}
    return {"text": TAPPED, "intent": certain, "intent_ranking": [certain], "entities": []}


class KawanInput(InputChannel):
    """`POST /webhooks/kawan/webhook` with `{sender, message, metadata}`, for the app alone."""

    def __init__(self, token: str | None = None) -> None:
        self._token = token

    @classmethod
    def name(cls) -> str:
        return "kawan"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> KawanInput:
        return cls((credentials or {}).get("token") or os.environ.get("KAWAN_RASA_TOKEN") or None)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        door = Blueprint("kawan", "components.server.channel")

        @door.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @door.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            if not self._admits(request):
                return response.json({"error": "wrong token"}, status=401)
            try:
                message = read(request.json)
            except (ValueError, TypeError) as error:
                return response.json({"error": str(error)}, status=400)
            agent: Agent | None = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                return response.json({"error": "no model is loaded"}, status=503)
            try:
                await on_new_message(message)
            except Exception as error:  # noqa: BLE001 - the app must hear of any failure
                logger.error("turn failed: %s: %s", type(error).__name__, error)
                return response.json({"error": f"{type(error).__name__}: {error}"}, status=500)
            return response.json(message.output_channel.messages)

        @door.listener("after_server_stop")
        async def close(app: Any, _: Any) -> None:
            agent = getattr(app.ctx, "agent", None)
            if isinstance(agent, TurnAgent):
                await agent.close()

        return door

    def _admits(self, request: Request) -> bool:
        if self._token is None:
            return True
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode())


def read(body: Any) -> UserMessage:
    """The message in a request's body. Raises ValueError where it is not one."""
    if not isinstance(body, dict):
        raise ValueError("the body is no JSON object")
    sender, text, metadata = body.get("sender"), body.get("message"), body.get("metadata")
    metadata = {} if metadata is None else metadata
    if not isinstance(sender, str) or not sender:
        raise ValueError("sender: a non-empty text is needed")
    if not isinstance(text, str):
        raise ValueError("message: a text is needed")
    if not isinstance(metadata, dict):
        raise ValueError("metadata: an object is needed")
    parsed = tapped() if text == TAPPED and metadata.get("option") else None
    return CustomerMessage(
        text,
        CollectingOutputChannel(),
        sender,
        parse_data=parsed,
        input_channel=KawanInput.name(),
        metadata=metadata,
    )
