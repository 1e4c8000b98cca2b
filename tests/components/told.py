"""A component that understands what it is told: `intent words…`. For tests of all that is not understanding."""

from __future__ import annotations

from typing import Any, Dict, List  # noqa: UP035 - Rasa resolves the annotations at run time

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from tests.components.brain import SIGNALS


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Told(GraphComponent):
    @classmethod
    def create(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Told:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:  # noqa: UP006
        for message in messages:
            words = (message.get("text") or "").split()
            intent = {"name": words[0] if words else "nlu_fallback", "confidence": 0.9}
            message.set("intent", intent, add_to_output=True)
            message.set("intent_ranking", [intent], add_to_output=True)
            message.set("entities", _sums(message.get("text") or ""), add_to_output=True)
            message.set("further", [{"intent": "request_human", "confidence": 0.4}], add_to_output=True)
            message.set("signals", SIGNALS, add_to_output=True)
        return messages


def _sums(text: str) -> list[dict[str, Any]]:
    at = text.find("643rb")
    if at < 0:
        return []
    return [{"entity": "amount", "start": at, "end": at + 5, "value": "643rb", "confidence": 0.8}]
