"""The action server inside the app: what rasa-sdk serves alone, behind a token or on loopback."""

from __future__ import annotations

import hmac
import ipaddress
import json
import logging
import zlib
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import (
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)

from actions.actions import ACTIONS
from bot.casework.deps import Deps
from bot.errors import TurnBusy

logger = logging.getLogger(__name__)

# A tracker of one turn; a customer's longest message takes a tenth of it.
LARGEST = 2_000_000


def executor(deps: Deps) -> ActionExecutor:
    made = ActionExecutor()
    for action in ACTIONS:
        made.register_action(action(deps))
    return made


def router(deps: Deps, token: str | None) -> APIRouter:
    """`POST /internal/actions`. With a token it is demanded of everybody; without one only this machine may call."""
    actions = executor(deps)
    routes = APIRouter(include_in_schema=False)

    @routes.post("/internal/actions")
    async def run(request: Request) -> JSONResponse:
        if not admits(request, token):
            return JSONResponse({"error": "wrong token"}, 401)
        payload = await read(request)
        if payload is None:
            return JSONResponse({"error": "no action call"}, 400)
        # Rasa leaves the domain out (enable_selective_domain), and rasa-sdk would ask for it.
        payload.setdefault("domain", {})
        return await answer(actions, payload)

    return routes


async def answer(actions: ActionExecutor, payload: dict[str, Any]) -> JSONResponse:
    """Rasa's protocol: 400 an action refuses, 404 there is none, 449 the domain is missing, 500 it failed."""
    try:
        result = await actions.run(payload)
    except ActionExecutionRejection as error:
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 400)
    except ActionNotFoundException as error:
        logger.error("%s", error.message)
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 404)
    except ActionMissingDomainException as error:
        return JSONResponse({"error": error.message, "action_name": error.action_name}, 449)
    except TurnBusy as error:
        logger.info("%s: %s", payload.get("next_action"), error)
        return JSONResponse({"error": str(error), "action_name": payload.get("next_action")}, 500)
    except Exception as error:
        # Customers' words stay out of the log, and the answer says no more than what kind of failure it was.
        logger.exception("%s failed", payload.get("next_action"))
        return JSONResponse({"error": type(error).__name__, "action_name": payload.get("next_action")}, 500)
    return JSONResponse(result.model_dump() if result else None)


async def read(request: Request) -> dict[str, Any] | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    try:
        if request.headers.get("content-encoding") == "deflate":
            body = zlib.decompressobj().decompress(body, LARGEST)
        payload = json.loads(body)
    except (ValueError, zlib.error):
        return None
    fitting = isinstance(payload, dict) and isinstance(payload.get("tracker"), dict)
    return payload if fitting and payload.get("next_action") else None


def admits(request: Request, token: str | None) -> bool:
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        given = given or request.query_params.get("token", "")
        return hmac.compare_digest(given.encode(), token.encode())
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
