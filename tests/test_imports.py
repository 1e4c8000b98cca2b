"""Which part may import which, and what no source may contain: docs/architecture.md's rules, held."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("bot", "actions", "components", "demo")

# part -> the other parts of ours that it may import; a part may always import itself
CORE = {"bot.care", "bot.errors"}
STORED = CORE | {"bot.store", "bot.backend"}
USING = STORED | {"bot.casework"}
PAGES = USING | {"bot.web", "bot.accounts"}
ALLOWED: dict[str, set[str]] = {
    "bot": set(),
    "bot.care": set(),
    "bot.errors": set(),
    "bot.settings": {"bot.errors"},
    "bot.store": CORE,
    "bot.backend": CORE,
    "bot.voice": CORE,
    "bot.sop": CORE,
    "bot.brain": CORE,
    "bot.channels": CORE,
    "bot.accounts": STORED,
    "bot.web": CORE | {"bot.accounts"},
    "bot.casework": STORED | {"bot.voice", "bot.sop", "components.bahasa"},
    "bot.conversation": USING,
    "bot.desk": PAGES,
    "bot.studio": PAGES,
    "bot.ops": PAGES,
    "actions": USING,
    "components": {"components.bahasa"},
    "components.bahasa": set(),
    # a program of its own, reached over HTTP alone
    "demo": set(),
}
BUILDERS = {"bot.app", "bot.cli"}
# besides itself only the standard library
PURE = {"bot.care", "components.bahasa"}

MONEY = re.compile(
    r"(^|_)(amount|price|prices|fare|fee|sum|due|paid|billed|shown|refund|rupiah|idr|total|balance)($|_)"
)
NO_MONEY = re.compile(r"_(at|on|seconds|ms|share|ratio|percent|factor|count)$")
NAIVE = {"utcnow", "utcfromtimestamp", "today"}


def part_of(module: str) -> str:
    """bot.care.facts -> bot.care; components.bahasa.slang -> components.bahasa; demo.web -> demo"""
    names = module.split(".")
    if names[0] == "bot" or names[:2] == ["components", "bahasa"]:
        return ".".join(names[:2])
    return names[0]


def module_of(path: str) -> tuple[str, str]:
    """The module's dotted name and its package's."""
    names = path.removesuffix(".py").split("/")
    if names[-1] == "__init__":
        return ".".join(names[:-1]), ".".join(names[:-1])
    return ".".join(names), ".".join(names[:-1])


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                names = package.split(".")
                names = names[: len(names) - node.level + 1]
                base = ".".join([*names, base] if base else names)
            if base in ("bot", "components"):
                for alias in node.names:
                    yield node.lineno, f"{base}.{alias.name}"
            else:
                yield node.lineno, base


def import_violations(path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    module, package = module_of(path)
    part = part_of(module)
    if part not in BUILDERS and part not in ALLOWED:
        yield 1, f"{part} is a new part: say in ALLOWED what it may import"
        return
    for line, imported in imports(tree, package):
        target = part_of(imported)
        if imported.split(".")[0] not in FOLDERS:
            if part in PURE and imported.split(".")[0] not in sys.stdlib_module_names:
                yield line, f"{part} imports {imported}; it may import the standard library and itself"
            continue
        if target == part:
            continue
        if target in BUILDERS and part != "bot.cli":
            yield line, f"{part} imports {target}, which nobody imports"
        elif target == "bot.settings" and part not in BUILDERS:
            yield line, f"{part} imports {target}; only app and cli may"
        elif part not in BUILDERS and target not in ALLOWED[part]:
            may = ", ".join(sorted(ALLOWED[part])) or "none of ours but itself"
            yield line, f"{part} imports {target}; it may import {may}"
        elif part in BUILDERS and target == "demo":
            yield line, f"{part} imports demo, which is a program of its own"


def name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return ""


def content_violations(path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    module, _ = module_of(path)
    part = part_of(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            function, owner = node.func.attr, name_of(node.func.value)
            if owner in ("datetime", "date") and (
                function in NAIVE
                or (function == "now" and not node.args and not node.keywords)
                or (function == "fromtimestamp" and len(node.args) + len(node.keywords) < 2)
            ):
                yield node.lineno, f"{owner}.{function}() is naive; times are aware and in UTC"
        if isinstance(node, ast.Call) and part == "bot.store" and name_of(node.func) in ("Float", "REAL"):
            yield node.lineno, "a column of floats; money is an integer of rupiah"
        names: list[tuple[str, ast.expr | None]] = []
        if isinstance(node, ast.AnnAssign):
            names.append((name_of(node.target), node.annotation))
        elif isinstance(node, ast.arg):
            names.append((node.arg, node.annotation))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.append((node.name, node.returns))
        for name, annotation in names:
            if annotation is not None and is_money(name) and re.search(r"\bfloat\b", ast.unparse(annotation)):
                yield node.lineno, f"{name} is a float; money is an integer of rupiah"  # type: ignore[attr-defined]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and is_money(name_of(node.left)):
            yield node.lineno, f"{name_of(node.left)} / ...; money is divided with // and a stated rounding"
        if (
            part.startswith("bot")
            and part != "bot.settings"
            and isinstance(node, ast.Attribute)
            and node.attr in ("environ", "getenv")
            and name_of(node.value) == "os"
            and part not in BUILDERS
        ):
            yield node.lineno, "the environment is read by settings alone"


def is_money(name: str) -> bool:
    return MONEY.search(name) is not None and NO_MONEY.search(name) is None


def violations(path: str, source: str) -> list[str]:
    tree = ast.parse(source, path)
    found = [*import_violations(path, tree), *content_violations(path, tree)]
    return [f"{path}:{line}: {rule}" for line, rule in sorted(found)]


def test_sources_keep_the_rules() -> None:
    found = []
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in file.parts:
                found += violations(file.relative_to(ROOT).as_posix(), file.read_text("utf-8"))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bot/care/a.py", "import sqlalchemy"),
        ("bot/care/a.py", "from bot.errors import KawanError"),
        ("bot/care/a.py", "from ..store import tables"),
        ("bot/care/a.py", "def f():\n    from bot import store"),
        ("components/bahasa/a.py", "import regex"),
        ("components/nlu.py", "from bot.care import facts"),
        ("bot/store/a.py", "from bot.casework import turns"),
        ("bot/store/a.py", "import bot.backend"),
        ("bot/backend/a.py", "from bot import store"),
        ("bot/casework/a.py", "from bot.conversation import inbox"),
        ("bot/channels/a.py", "from bot.store import tables"),
        ("bot/brain.py", "from bot.conversation import turns"),
        ("bot/conversation/a.py", "from bot.channels import telegram"),
        ("bot/conversation/a.py", "import bot.settings"),
        ("bot/desk/a.py", "from bot.app import build"),
        ("bot/app.py", "from bot import cli"),
        ("bot/app.py", "import demo.web"),
        ("bot/novelty.py", ""),
        ("actions/a.py", "from bot.channels import web"),
        ("demo/a.py", "from bot.care import facts"),
        ("bot/care/a.py", "price: float"),
        ("bot/care/a.py", "def f(amount_due: float | None): ..."),
        ("bot/care/a.py", "def total() -> float: ..."),
        ("bot/casework/a.py", "half = booking.fare / 2"),
        ("bot/store/a.py", "column = Column(Float())"),
        ("bot/care/a.py", "from datetime import datetime\nx = datetime.now()"),
        ("bot/care/a.py", "import datetime\nx = datetime.datetime.utcnow()"),
        ("bot/care/a.py", "from datetime import date\nx = date.today()"),
        ("bot/care/a.py", "from datetime import datetime\nx = datetime.fromtimestamp(1)"),
        ("bot/casework/a.py", "import os\nx = os.environ['A']"),
    ],
)
def test_each_rule_can_fail(path: str, source: str) -> None:
    last = source.count("\n") + 1
    assert [found.split(": ")[0] for found in violations(path, source)] == [f"{path}:{last}"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bot/care/a.py", "import dataclasses\nfrom bot.care.facts import Booking\nfrom . import rules"),
        (
            "bot/casework/a.py",
            "from components.bahasa import sums\nfrom bot import voice, sop, store, errors",
        ),
        ("bot/app.py", "from bot import settings, channels, brain, desk"),
        ("bot/cli.py", "from bot.app import build"),
        ("actions/a.py", "import rasa_sdk\nfrom bot.casework import turns"),
        ("components/nlu.py", "import rasa\nfrom components.bahasa import slang"),
        ("bot/care/a.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)\nconfidence: float"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert violations(path, source) == []


# Written in parts, so that this file passes its own test.
HOSTS = re.compile(r"pypi" r"\.org|python" r"hosted\.org|registry\." r"npmjs\.org|npm" r"mirror\.com")
MACHINE = re.compile(r"(?<![\w.~})*-])/(?:root|work|home/\w+|Users/\w+|opt/pypi)/")


def text_violations(path: str, text: str) -> list[str]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if HOSTS.search(line):
            found.append(
                f"{path}:{number}: names a package registry; addresses come from the machine's settings"
            )
        if MACHINE.search(line):
            found.append(f"{path}:{number}: holds a path of one machine")
        if path.endswith("package-lock.json") and '"resolved"' in line:
            found.append(f"{path}:{number}: the lock file names an address")
        if re.match(r"requirements/.*\.(in|txt)$", path) and re.search(r"://|^\s*-(?!-hash|c )", line):
            found.append(f"{path}:{number}: requirement files hold names, versions and hashes only")
    return found


def test_tracked_files_name_no_registry_and_no_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], check=False, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        file = ROOT / name
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            if b"\0" not in content:
                found += text_violations(name, content.decode("utf-8", "replace"))
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "pip install --index-url https://pypi" + ".org/simple"),
        ("Makefile", "x := /" + "root/.pyenv/bin"),
        ("web/package-lock.json", '"resolved"' + ': "a"'),
        ("requirements/app.txt", "--index" + "-url http:" + "//a"),
        ("requirements/app.txt", "--find" + "-links a"),
    ],
)
def test_each_text_rule_can_fail(path: str, text: str) -> None:
    assert text_violations(path, text)
