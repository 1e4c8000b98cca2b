"""The command line, as users and scripts call it: what it prints, where, and its exit status."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from bot.backend.control import DemoControl
from bot.settings import Settings
from demo.server import running
from demo.settings import Settings as DemoSettings
from tests.app.conftest import ROOT, Kawan

FIRST_STORY = str(ROOT / "demo/situations/first-story.json")
CHANNEL = ("--channel", "web", "--id", "nobody")


@pytest.fixture
def upgraded(kawan: Kawan) -> Kawan:
    assert kawan("db", "upgrade").returncode == 0
    return kawan


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("serve",),
        ("chat",),
        ("train",),
        ("sop", "check"),
        ("sop", "explain"),
        ("backend", "load"),
        ("backend", "reset"),
        ("backend", "schema"),
        ("conversation", "list"),
        ("conversation", "show"),
        ("queue",),
        ("user", "add"),
        ("user", "list"),
        ("user", "disable"),
        ("db", "upgrade"),
        ("db", "check"),
        ("clock", "show"),
        ("clock", "advance"),
        ("identity",),
        ("bench",),
    ],
    ids=" ".join,
)
def test_every_command_explains_itself(kawan: Kawan, command: tuple[str, ...]) -> None:
    done = kawan(*command, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.lower().startswith("usage: kawan")


@pytest.mark.parametrize(
    ("command", "status", "says"),
    [
        (("nonsense",), 2, "No such command"),
        (("backend", "load", "/nowhere.json"), 2, "/nowhere.json: No such file"),
        (("clock", "advance", "soon"), 2, "'soon' is no duration"),
        (("sop", "explain"), 2, "give a case, or --cause"),
        (("sop", "explain", "--cause", "weather"), 2, "unknown cause 'weather'"),
        (("sop", "explain", "--cause", "underpaid", "--figure", "x=1"), 2, "names: difference"),
        (("sop", "check", "/nowhere"), 1, "/nowhere/rules"),
        (("db", "check"), 1, "run `kawan db upgrade`"),
        (("user", "list"), 1, "run `kawan db upgrade`"),
        (("chat",), 1, "start it with `make run`"),
    ],
)
def test_bad_input_is_told_in_one_line(
    kawan: Kawan, command: tuple[str, ...], status: int, says: str
) -> None:
    done = kawan(*command)
    assert done.returncode == status
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    if "Usage" not in done.stderr:
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [("serve",), ("user", "list"), ("queue",)])
def test_a_bad_setting_stops_every_command(kawan: Kawan, command: tuple[str, ...]) -> None:
    done = kawan(*command, KAWAN_PROT="1")
    assert done.returncode == 2
    assert done.stderr == "kawan: KAWAN_PROT is not a setting; did you mean KAWAN_PORT?\n"


def test_a_database_that_is_not_there(kawan: Kawan) -> None:
    done = kawan("queue", KAWAN_DATABASE_URL="postgresql+psycopg://kawan:geheim@127.0.0.1:1/none")
    assert done.returncode == 1
    assert done.stderr.startswith("kawan: database: ")
    assert len(done.stderr.splitlines()) == 1
    assert "geheim" not in done.stderr


def test_accounts_are_made_listed_and_disabled(upgraded: Kawan) -> None:
    made = json.loads(upgraded("user", "add", "rani", "--role", "agent", "--name", "Rani", "--json").stdout)
    assert len(made["password"]) >= 10
    assert upgraded("user", "add", "rani", "--role", "agent").returncode == 1
    assert upgraded("user", "add", "budi", "--role", "king").returncode == 1
    given = upgraded("user", "add", "budi", "--role", "admin", "--password-stdin", text="rahasia sekali\n")
    assert "rahasia" not in given.stdout
    assert upgraded("user", "disable", "rani").returncode == 0
    users = json.loads(upgraded("user", "list", "--json").stdout)
    assert [(u["login"], u["role"], u["disabled"]) for u in users] == [
        ("budi", "admin", False),
        ("rani", "agent", True),
    ]


def test_conversations_and_queue_are_printed_as_json(upgraded: Kawan) -> None:
    assert json.loads(upgraded("conversation", "list", "--json").stdout) == []
    assert json.loads(upgraded("queue", "--json").stdout) == []
    missing = upgraded("conversation", "show", *CHANNEL, "--json")
    assert (missing.returncode, missing.stdout) == (2, "")


def test_the_clock_moves_and_stays_moved(upgraded: Kawan) -> None:
    moved = json.loads(upgraded("clock", "advance", "1d12h", "--json").stdout)
    assert moved["offset_seconds"] == 36 * 3600
    assert json.loads(upgraded("clock", "show", "--json").stdout)["offset_seconds"] == 36 * 3600


def test_the_clock_of_a_real_company_is_not_moved(upgraded: Kawan) -> None:
    real = {"KAWAN_BACKEND_URL": "http://127.0.0.1:1", "KAWAN_BACKEND_TOKEN": "t"}
    done = upgraded("clock", "advance", "2d", **real)
    assert done.returncode == 2
    assert "demo company only" in done.stderr


def test_the_rules_are_checked_and_explained(kawan: Kawan, tmp_path: Path) -> None:
    assert json.loads(kawan("sop", "check", "--json").stdout)["ok"] is True
    explained = kawan(
        "sop", "explain", "--cause", "billed_above_shown", "--figure", "difference=3000", "--json"
    )
    decision = json.loads(explained.stdout)
    assert decision["figures"] == {"difference": 3000}
    assert {ruling["outcome"] for ruling in decision["trace"]} <= {
        "offered",
        "not applicable",
        "over limit",
        "nobody may",
    }
    assert decision["alternatives"]


@pytest.fixture
def demo(settings: Settings) -> Iterator[None]:
    """An empty demo company where the product expects it."""
    made = DemoSettings(
        database_url=settings.demo_database_url, token=settings.secrets.backend_token, fill=False
    )
    with running(made, settings.demo_port):
        yield


@pytest.mark.usefixtures("demo")
def test_a_situation_is_loaded_once(kawan: Kawan, tmp_path: Path) -> None:
    loaded = json.loads(kawan("backend", "load", FIRST_STORY, "--json").stdout)
    assert loaded["bookings"] == ["KLN643"]
    again = json.loads(kawan("backend", "load", FIRST_STORY, "--json").stdout)
    assert not again["set_up"]
    signed = json.loads(kawan("identity", "0812-0000-0101", "--json").stdout)
    assert signed["phone"] == "+6281200000101"
    key = (tmp_path / "var" / "web-identity.key").read_text().strip()
    claims = jwt.decode(signed["identity"], key, algorithms=["HS256"])
    assert (claims["sub"], claims["phone"]) == ("bima-prasetyo", "+6281200000101")
    assert kawan("identity", "0800").returncode == 2


@pytest.mark.usefixtures("demo")
def test_the_demo_companys_clock_follows(kawan: Kawan, settings: Settings) -> None:
    kawan("clock", "advance", "2d")
    control = DemoControl.at(settings.backend_url, settings.secrets.backend_token)
    assert control.clock()[1] == 2 * 24 * 3600
    control.close()


@pytest.mark.slow
def test_a_demo_company_that_does_not_run_is_started_for_the_command(program: Kawan) -> None:
    loaded = program("backend", "load", FIRST_STORY, "--json")
    assert json.loads(loaded.stdout)["bookings"] == ["KLN643"], loaded.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", ":1: not JSON"),
        ('{"customers": [\n{"name": }]}', ":2: not JSON"),
        ('{"bookings": [{"code": "X", "amont": 1}]}', "$.bookings[0].amont: "),
    ],
)
@pytest.mark.usefixtures("demo")
def test_a_broken_situation_names_its_place(kawan: Kawan, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)
    done = kawan("backend", "load", str(file))
    assert done.returncode == 2
    assert all(line.removeprefix("kawan: ").startswith(str(file)) for line in done.stderr.splitlines())
    assert says in done.stderr


def test_a_foreign_program_on_the_demos_port_is_told(kawan: Kawan, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["KAWAN_PORT"]) + 1000)):
        done = kawan("backend", "reset", "--json")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.brain
def test_parse_prints_one_object_per_line_and_passes_its_status_on(program: Kawan, tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "halo kak"}\n{"text": 5}\n')
    done = program("parse", "--jsonl", str(file))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "line 2" in done.stderr
    file.write_text('{"text": "--halo kak"}\n')
    if not list((ROOT / "models").glob("*.tar.gz")):
        pytest.skip("no model is trained yet; tests/e2e trains one")
    done = program("parse", "--jsonl", str(file))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["text"] == "--halo kak"
