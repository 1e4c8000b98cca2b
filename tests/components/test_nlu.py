"""The components inside Rasa: trained into its storage, loaded from it, and what they put on a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.archive import DamagedModel
from components.nlu import KawanIntents, KawanLanguage, KawanSignals, KawanSpans

TOLD = {
    "complain_no_response": ["chat ga dibales", "telpon gak diangkat", "email tidak dijawab", "cs diem aja", "dicuekin"],
    "request_refund": ["mau refund tiket", "uang saya kembalikan", "ajukan refund dong", "minta refund 643rb", "refund aja"],
}  # fmt: skip


def _arguments(storage: LocalModelStorage, name: str) -> dict[str, Any]:
    context = ExecutionContext(GraphSchema({}))
    return {"config": {}, "model_storage": storage, "resource": Resource(name), "execution_context": context}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    storage = LocalModelStorage(tmp_path_factory.mktemp("storage"))
    messages = [Message.build(text, intent) for intent, texts in TOLD.items() for text in texts]
    messages[-2].set("entities", [{"entity": "amount", "start": 13, "end": 18, "value": "643rb"}])
    data = TrainingData(messages)
    for kind in (KawanSpans, KawanIntents):
        kind.create(**_arguments(storage, kind.__name__)).train(data)
    return storage


def _parsed(storage: LocalModelStorage, text: str) -> dict[str, Any]:
    message = Message({"text": text})
    for part in (
        KawanLanguage.create(**_arguments(storage, "language")),
        KawanSpans.load(**_arguments(storage, "KawanSpans")),
        KawanIntents.load(**_arguments(storage, "KawanIntents")),
        KawanSignals.create(**_arguments(storage, "signals")),
    ):
        part.process([message])
    return message.as_dict(only_output_properties=True)


def test_that_a_parsed_message_carries_all_that_actions_read(storage: LocalModelStorage) -> None:
    found = _parsed(storage, "minta refund 643rb dong")
    assert found["intent"]["name"] == "request_refund"
    assert found["intent_ranking"][0] == found["intent"]
    assert isinstance(found["further"], list)
    assert set(found["signals"]) == {"mood", "urgency", "register", "finished"}
    (amount,) = found["entities"]
    assert (amount["entity"], amount["start"], amount["end"], amount["value"]) == ("amount", 13, 18, "643rb")
    assert "doc" not in found


def test_that_the_apps_own_commands_are_left_alone(storage: LocalModelStorage) -> None:
    found = _parsed(storage, "/choose_option")
    assert "intent" not in found
    assert found["further"] == []
    assert found["signals"]["mood"] == "calm"


def test_that_damaged_pieces_do_not_load(storage: LocalModelStorage) -> None:
    with storage.write_to(Resource("damaged")) as folder:
        (Path(folder) / "intents.npz").write_bytes(b"")
    with pytest.raises(DamagedModel):
        KawanIntents.load(**_arguments(storage, "damaged"))
