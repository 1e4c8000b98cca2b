"""Training happens when its input changed, and leaves whole models only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from components import light
from components.train import fingerprint, newest_model, trained_model
from tests.components.brain import ROOT, environment, project, run_train


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path / "project")


def test_what_changes_the_model_changes_its_name(root: Path) -> None:
    known = {fingerprint(root)}
    for file, text in (
        ("config.yml", "\n# more\n"),
        ("data/nlu.yml", "\n# more\n"),
        ("data/rules/more.yml", 'version: "3.1"\n'),
        ("components/new.py", "x = 1\n"),
        ("requirements/brain.txt", "\n# more\n"),
        ("domain.yml", "\ne2e_actions: []\n"),
    ):
        with (root / file).open("a") as target:
            target.write(text)
        known.add(fingerprint(root))
    assert len(known) == 7


def test_texts_and_the_server_change_no_model(root: Path) -> None:
    before = fingerprint(root)
    domain = root / "domain.yml"
    head, _ = domain.read_text("utf-8").split("\nresponses:", 1)
    domain.write_text(head + "\nresponses:\n  utter_x:\n  - text: hai\n", "utf-8")
    (root / "components" / "server").mkdir()
    (root / "components" / "server" / "a.py").write_text("x = 1\n")
    (root / "components" / "__pycache__").mkdir()
    (root / "components" / "__pycache__" / "a.pyc").write_text("x")
    assert fingerprint(root) == before


def test_intents_after_the_responses_count(root: Path) -> None:
    domain = root / "domain.yml"
    domain.write_text(
        'version: "3.1"\nresponses:\n  utter_x:\n  - text: hai\n# a note\nintents:\n- greet\n', "utf-8"
    )
    before = fingerprint(root)
    domain.write_text(domain.read_text("utf-8").replace("greet", "thank"), "utf-8")
    assert fingerprint(root) != before


def test_a_trained_model_is_not_trained_again(told_model: Path) -> None:
    root = told_model.parent.parent
    assert trained_model(root) == newest_model(root) == told_model
    assert [path.name for path in told_model.parent.iterdir()] == [told_model.name]
    made = told_model.stat().st_mtime_ns
    again = run_train(root)
    assert (again.returncode, again.stdout.strip()) == (0, str(told_model))
    assert again.stderr == ""
    assert told_model.stat().st_mtime_ns == made


def test_the_newest_model_is_the_one_trained_last(root: Path) -> None:
    assert newest_model(root) is None
    assert trained_model(root) is None
    (root / "models").mkdir()
    for age, name in enumerate(("kawan-b.tar.gz", "kawan-a.tar.gz", "other.tar.gz")):
        path = root / "models" / name
        path.write_text("x")
        os.utime(path, (1000 + age, 1000 + age))
    assert newest_model(root) == root / "models" / "kawan-a.tar.gz"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("data/rules/always.yml", "rules:\n- rule: x\n  steps:\n  - intent: greet\n  - action: action_stop\n", "ontradict"),
        ("data/nlu.yml", "version: '3.1'\nnlu:\n- intent: greet\n  examples: 5\n", "nlu.yml"),
        ("config.yml", "recipe: default.v1\npipeline:\n- name: components.none.Such\n", "components.none"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_and_leaves_nothing(root: Path, file: str, text: str, said: str) -> None:
    if file.startswith("data/rules"):
        (root / "data" / "rules" / "more.yml").write_text(text)
    else:
        (root / file).write_text(text)
    ended = run_train(root)
    assert ended.returncode == 1
    assert "training failed" in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list((root / "models").iterdir())


def test_the_app_may_ask_without_rasa() -> None:
    code = "import sys; from components.train import fingerprint; fingerprint(); print('rasa' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "False"


def test_another_rasa_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(light, "version", lambda _: "3.6.22")
    before = set(sys.modules)
    assert light.lighten() is False
    assert set(sys.modules) == before


def test_what_needs_tensorflow_gets_it() -> None:
    assert light.suits(["components.nlu.KawanIntents", "FallbackClassifier", "RulePolicy"])
    assert not light.suits(["DIETClassifier", "RulePolicy"])
