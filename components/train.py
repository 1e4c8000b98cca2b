"""Trains the model that the present data, configuration and code make, unless it is there.

`.venv-brain/bin/python -m components.train` prints what it does on standard error and the model's path on standard
output. The name of an archive carries the fingerprint of all that went into it. Imports the standard library alone
until it trains, so that the app may ask for models as well.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import logging
import os
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Files of ours that serve or train and change no model.
_NO_INPUT = (
    "components/server/",
    "components/serve.py",
    "components/train.py",
    "components/light.py",
    "components/passing_validator.py",
)
_RESPONSES = re.compile(r"^responses:.*?(?=^[^\s#]|\Z)", re.MULTILINE | re.DOTALL)


class TrainingFailed(Exception):
    """With what is wrong, in a line or two."""


def fingerprint(root: Path = ROOT) -> str:
    """What stands for all that a model is made of. The texts Kawan says are no part of it."""
    digest = hashlib.sha256()
    for path in inputs(root):
        content = path.read_bytes()
        if path.name == "domain.yml":
            content = _RESPONSES.sub("", content.decode()).encode()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def inputs(root: Path) -> Iterator[Path]:
    """Every file that a model depends on, in a fixed order."""
    files = [root / "config.yml", root / "domain.yml", root / "requirements" / "brain.txt"]
    files += sorted((root / "data").rglob("*.yml"))
    files += sorted((root / "components").rglob("*"))
    for path in files:
        name = path.relative_to(root).as_posix()
        if path.is_file() and "__pycache__" not in name and not name.startswith(_NO_INPUT):
            yield path


def trained_model(root: Path = ROOT) -> Path | None:
    """The model of the present data and configuration, if it was trained."""
    path = root / "models" / f"kawan-{fingerprint(root)}.tar.gz"
    return path if path.is_file() else None


def newest_model(root: Path = ROOT) -> Path | None:
    """The model trained last, whatever from."""
    models = [path for path in (root / "models").glob("kawan-*.tar.gz") if path.is_file()]
    return max(models, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)


def train(root: Path = ROOT, *, force: bool = False) -> Path:
    """Train if need be, and give the model's path. Nothing half made is ever left under its name."""
    model = root / "models" / f"kawan-{fingerprint(root)}.tar.gz"
    if model.is_file() and not force:
        return model
    for needed in ("config.yml", "domain.yml", "data"):
        if not (root / needed).exists():
            raise TrainingFailed(f"{root / needed} is missing")
    model.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=model.parent) as folder:
        made = _train(root, Path(folder))
        made.replace(model)
    return model


def _train(root: Path, folder: Path) -> Path:
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ["LOG_LEVEL"] = "ERROR"  # Rasa's progress bars
    # Rasa's cache of half results costs more than it saves here: what changed is trained, all else takes no time.
    os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    warnings.showwarning = _drop  # packages reset the filters when imported
    started = time.monotonic()
    _say("training: loading Rasa")
    from components.light import lighten, suits

    if suits(_components(root)):
        lighten()
    from rasa.model_training import train as rasa_train
    from rasa.shared.exceptions import RasaException
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    _hasten()
    progress = _Progress(started)
    hooks = logging.getLogger("rasa.engine.training.hooks")
    hooks.setLevel(logging.INFO)
    hooks.addHandler(progress)
    hooks.propagate = False
    _say(f"training: reading data ({time.monotonic() - started:.1f} s so far)")
    domain = folder / "domain.yml"
    domain.write_text(_RESPONSES.sub("", (root / "domain.yml").read_text("utf-8")), "utf-8")
    said = io.StringIO()  # Rasa's colourful lines; of interest where it fails
    try:
        with contextlib.redirect_stdout(said):
            result = rasa_train(
                domain=str(domain),
                config=str(root / "config.yml"),
                training_files=str(root / "data"),
                output=str(folder),
                fixed_model_name="model",
                force_training=True,
            )
    except (RasaException, ImportError) as error:
        raise TrainingFailed(f"{type(error).__name__}: {error}") from error
    except SystemExit as error:  # Rasa's way to say that rules set unknown slots
        raise TrainingFailed(said.getvalue().strip()) from error
    finally:
        hooks.removeHandler(progress)
    if result.code or not result.model:
        raise TrainingFailed(f"Rasa trained no model: {said.getvalue().strip()}")
    _say(f"training: done in {time.monotonic() - started:.1f} s")
    return Path(result.model)


def _components(root: Path) -> list[str]:
    """Names of the configured components and policies."""
    return re.findall(r"^\s*- *name: *[\"']?([\w.]+)", (root / "config.yml").read_text("utf-8"), re.MULTILINE)


def _hasten() -> None:
    """Have Rasa read the data once instead of three times, and spare what only its cache needs.

    Its schema check parses each file in pure Python, at 5 s for our data; it is left for files that look wrong.
    """
    from rasa.engine.training import graph_trainer, hooks
    from rasa.shared.importers.rasa import RasaFileImporter
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
    from rasa.shared.utils.common import cached_method
    from rasa.shared.utils.io import read_yaml

    class NoCache(hooks.TrainingHook):
        def on_before_node(self, *_: Any, **__: Any) -> dict[str, Any]:
            return {}

        def on_after_node(self, *_: Any, **__: Any) -> None:
            return None

    checked = RasaYAMLReader.validate

    def validate(self: Any, string: str) -> None:
        if not _looks_right(read_yaml(string)):
            checked(self, string)

    graph_trainer.TrainingHook = NoCache
    RasaYAMLReader.validate = validate
    RasaFileImporter.get_nlu_data = cached_method(RasaFileImporter.get_nlu_data)


def _looks_right(content: Any) -> bool:
    """A file of intents with examples, and nothing else."""
    if (
        not isinstance(content, dict)
        or set(content) - {"version", "nlu"}
        or not isinstance(content.get("nlu"), list)
    ):
        return False
    return all(
        isinstance(item, dict)
        and set(item) <= {"intent", "examples", "metadata"}
        and isinstance(item.get("intent"), str)
        and _are_examples(item.get("examples"))
        for item in content["nlu"]
    )


def _are_examples(examples: Any) -> bool:
    if isinstance(examples, str):
        return True
    return isinstance(examples, list) and all(
        isinstance(example, dict)
        and set(example) <= {"text", "metadata"}
        and isinstance(example.get("text"), str)
        for example in examples
    )


class _Progress(logging.Handler):
    """One line for each component, with the time it took."""

    def __init__(self, started: float) -> None:
        super().__init__(logging.INFO)
        self._since = started

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        name = said.split("'")[1].rpartition(".")[2] if said.count("'") > 1 else said
        if said.startswith("Starting"):
            self._since = time.monotonic()
        elif said.startswith("Finished"):
            _say(f"training: {name} {time.monotonic() - self._since:.1f} s")


def _drop(*_: Any, **__: Any) -> None:
    pass


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="components.train", description="Train the model if it is not there."
    )
    parser.add_argument("--force", action="store_true", help="train although the model is there")
    parser.add_argument("--root", type=Path, default=ROOT, help="the Rasa project; default: this one")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT))
    try:
        path = train(options.root, force=options.force)
    except TrainingFailed as error:
        _say(f"training failed: {error}")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
