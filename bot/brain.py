"""Client of the Rasa server: what did the customer mean, and have the rule's action run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from bot.errors import BrainUnavailable


class Brain:
    """One Rasa server, or a balancer before several; safe to share between threads."""

    def __init__(self, url: str, token: str, *, timeout: float = 8.0, connections: int = 64) -> None:
        self._token = token
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            timeout=httpx.Timeout(timeout, connect=min(timeout, 2.0)),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            headers={"Authorization": f"Bearer {token}"},
            # The brain is on loopback or in our own network: no proxy of the machine's lies between.
            trust_env=False,
        )

    def converse(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Have a turn run. The answer is for logs: whether it did is read from the store."""
        body = {"sender": sender, "message": text, "metadata": dict(metadata)}
        answer = self._post("/webhooks/kawan/webhook", body)
        return answer if isinstance(answer, list) else []

    def parse(self, text: str, sent_at: datetime) -> dict[str, Any]:
        """Only understand, in Rasa's own form."""
        answer = self._post("/model/parse", {"text": text}, {"token": self._token})
        if not isinstance(answer, dict):
            raise BrainUnavailable("the brain's parse is not an object")
        return answer

    def ready(self) -> bool:
        """Whether a model is loaded."""
        try:
            answer = self._client.get("/status", params={"token": self._token}, timeout=2.0)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    def close(self) -> None:
        self._client.close()

    def _post(self, path: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None) -> Any:
        try:
            answer = self._client.post(path, json=body, params=params)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise BrainUnavailable(f"nobody listens: {error}", reached=False) from error
        except httpx.HTTPError as error:
            raise BrainUnavailable(f"{type(error).__name__}: {error}") from error
        if answer.status_code != 200:
            # The query holds the token: it stays out of messages and logs.
            raise BrainUnavailable(f"status {answer.status_code} from {path}")
        try:
            return answer.json()
        except ValueError as error:
            raise BrainUnavailable(f"no JSON from {path}") from error
