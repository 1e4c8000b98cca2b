"""The pieces as Rasa components. They add to a message: `doc`, `entities`, `intent`, `intent_ranking`, `further` and
`signals`; the last two travel in `/model/parse` and in the tracker's `latest_message`.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import (
    ENTITIES,
    INTENT,
    INTENT_RANKING_KEY,
    METADATA,
    METADATA_EXAMPLE,
    TEXT,
    TEXT_TOKENS,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components import archive, intents, spans
from components.language import read
from components.signals import CALM, signals_of
from components.understanding import Marked, example_of, guess

DOC = "doc"
FURTHER = "further"
SIGNALS = "signals"
RANKED = 10


def _text(message: Message) -> str:
    text = message.get(TEXT)
    return text if isinstance(text, str) else ""


def _is_command(message: Message) -> bool:
    """`/choose_option` and its like are the app's words, not the customer's; Rasa itself reads them."""
    return _text(message).startswith("/")


def _doc(message: Message) -> Any:
    doc = message.get(DOC)
    if doc is None:
        doc = read(_text(message))
        message.set(DOC, doc)
    return doc


def _marked(message: Message) -> Marked:
    return [(entity["entity"], entity["start"], entity["end"]) for entity in message.get(ENTITIES) or []]


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER], is_trainable=False)
class KawanLanguage(GraphComponent):
    """Reads a message into the one spaCy document that all others share."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KawanLanguage:
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        # the trained components read the texts themselves, once
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            doc = _doc(message)
            message.set(
                TEXT_TOKENS,
                [Token(token.text, token.idx, lemma=token.norm_) for token in doc if not token.is_space],
            )
        return messages


class _Trained(GraphComponent):
    """What is saved and loaded with checksums."""

    def __init__(self, model_storage: ModelStorage, resource: Resource, model: Any = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Any:
        return cls(model_storage, resource)

    def _save(self, files: dict[str, bytes]) -> Resource:
        with self._model_storage.write_to(self._resource) as folder:
            archive.write(folder, files)
        return self._resource

    @classmethod
    def _pieces(cls, model_storage: ModelStorage, resource: Resource) -> archive.Pieces:
        with model_storage.read_from(resource) as folder:
            return archive.read(folder)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class KawanSpans(_Trained):
    """Entities; `value` is the span as typed, the app normalises it."""

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KawanSpans:  # fmt: skip
        return cls(model_storage, resource, spans.SpanFinder.load(cls._pieces(model_storage, resource)))

    def train(self, training_data: TrainingData) -> Resource:
        examples = [message for message in training_data.training_examples if message.get(INTENT)]
        field = spans.train(
            [_text(message) for message in examples], [_marked(message) for message in examples]
        )
        return self._save({spans.FIELD: field})

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if _is_command(message):
                continue
            text = _text(message)
            found = [
                {
                    "entity": span.entity,
                    "start": span.start,
                    "end": span.end,
                    "value": text[span.start : span.end],
                    "confidence_entity": span.confidence,
                    "extractor": type(self).__name__,
                }
                for span in self._model.find(text)
            ]
            message.set(ENTITIES, (message.get(ENTITIES) or []) + found, add_to_output=True)
        return messages


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class KawanIntents(_Trained, IntentClassifier):
    """The primary intent with its ranking, and the further intents."""

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> KawanIntents:  # fmt: skip
        return cls(model_storage, resource, intents.IntentModel.load(cls._pieces(model_storage, resource)))

    def train(self, training_data: TrainingData) -> Resource:
        examples = []
        for message in training_data.intent_examples:
            notes = (message.get(METADATA) or {}).get(METADATA_EXAMPLE) or {}
            examples.append(
                example_of(_text(message), _marked(message), message.get(INTENT), notes.get(FURTHER) or ())
            )
        return self._save(intents.train(examples).files())

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if _is_command(message):
                message.set(FURTHER, [], add_to_output=True)
                continue
            guessed = guess(self._model, _doc(message), _marked(message))
            ranking = [{"name": label, "confidence": chance} for label, chance in guessed.ranking[:RANKED]]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            further = [{"intent": label, "confidence": chance} for label, chance in guessed.further]
            message.set(FURTHER, further, add_to_output=True)
        return messages


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class KawanSignals(GraphComponent, IntentClassifier):
    """Mood, urgency, register, and whether the message is finished."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KawanSignals:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            signals = dict(CALM) if _is_command(message) else dict(signals_of(_doc(message)))
            message.set(SIGNALS, signals, add_to_output=True)
        return messages
