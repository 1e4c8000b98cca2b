"""Stands for Rasa's `default_recipe_validator` in processes without TensorFlow, see `light`.

Rasa's own imports DIET and TED to see whether they are used wrongly; `rasa data validate` and `rasa train` have it.
"""
# Rasa resolves the annotations at run time, so they stay objects here.

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.importers.importer import TrainingDataImporter


class DefaultV1RecipeValidator(GraphComponent):
    """Passes on what it is given."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "DefaultV1RecipeValidator":
        return cls()

    def validate(self, importer: TrainingDataImporter) -> TrainingDataImporter:
        return importer


# Models name the class by where it stands; plain Rasa finds its own there.
DefaultV1RecipeValidator.__module__ = "rasa.graph_components.validators.default_recipe_validator"
