from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.brain import Served, project, run_train, serving


@pytest.fixture(scope="session")
def told_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the real rules that understands what it is told."""
    trained = run_train(project(tmp_path_factory.mktemp("rasa") / "project"))
    assert trained.returncode == 0, trained.stderr
    return Path(trained.stdout.strip())


@pytest.fixture(scope="session")
def brain(told_model: Path) -> Iterator[Served]:
    with serving(told_model) as served:
        yield served


@pytest.fixture(autouse=True)
def _plain_answers(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "brain" in request.fixturenames:
        served = request.getfixturevalue("brain")
        served.actions.answer = served.actions.plainly
        served.actions.calls.clear()
