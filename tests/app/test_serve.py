"""`kawan serve`: refuses what cannot work before anything is started; starts, watches and stops the rest."""

from __future__ import annotations

import http.server
import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.app.conftest import ROOT, Kawan
from tests.e2e.product import Product, until

DOMAIN = ROOT / "domain.yml"


@pytest.mark.parametrize(
    ("distance", "setting"), [(0, "KAWAN_PORT"), (1000, "KAWAN_DEMO_PORT"), (2000, "KAWAN_BRAIN_PORT")]
)
def test_a_taken_port_is_refused_before_anything_starts(
    kawan: Kawan, environment: dict[str, str], tmp_path: Path, distance: int, setting: str
) -> None:
    port = int(environment["KAWAN_PORT"]) + distance
    with socket.create_server(("127.0.0.1", port)):
        done = kawan("serve")
    assert done.returncode == 1
    assert done.stderr == (
        f"kawan: port {port} on 127.0.0.1 is taken: stop what uses it, or set {setting} to another\n"
    )
    assert not (tmp_path / "var" / "kawan.db").exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"KAWAN_HOST": "203.0.113.9"}, "KAWAN_HOST is '203.0.113.9', which is no address of this machine"),
        ({"KAWAN_HOST": "no-such-host.invalid"}, "which this machine cannot resolve"),
        ({"KAWAN_VAR_DIR": "/proc/nowhere"}, "KAWAN_VAR_DIR is /proc/nowhere"),
    ],
)
def test_a_place_that_cannot_be_used_is_named(kawan: Kawan, given: dict[str, str], says: str) -> None:
    done = kawan("serve", **given)
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_broken_sop_is_named_with_its_line(kawan: Kawan, tmp_path: Path) -> None:
    company = tmp_path / "company"
    shutil.copytree(ROOT / "company", company)
    rules = company / "rules" / "payment.yml"
    rules.write_text(rules.read_text().replace("remedy: waive", "remedy: wave", 1))
    line = next(n for n, text in enumerate(rules.read_text().splitlines(), 1) if "remedy: wave" in text)
    done = kawan("serve", KAWAN_COMPANY_DIR=str(company))
    assert done.returncode == 1
    assert done.stderr.startswith(f"kawan: {rules}:{line}: ")
    assert "unknown remedy 'wave" in done.stderr


def test_a_broken_domain_is_named_with_its_line(
    kawan: Kawan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "domain.yml"
    broken.write_text("version: '3.1'\nresponses:\n  utter_x: [\n")
    monkeypatch.setattr("bot.settings.Settings.domain_file", broken)
    done = kawan("serve")
    assert done.returncode == 1
    assert done.stderr.startswith(f"kawan: {broken}:")
    assert not done.stdout


def test_a_missing_model_is_named(kawan: Kawan) -> None:
    done = kawan("serve", KAWAN_MODEL="models/none.tar.gz")
    assert done.returncode == 2
    assert "KAWAN_MODEL is" in done.stderr


def test_a_database_of_a_newer_release_is_left_alone(kawan: Kawan, tmp_path: Path) -> None:
    assert kawan("db", "upgrade").returncode == 0
    with sqlite3.connect(tmp_path / "var" / "kawan.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with stub_brain() as (url, token):
        done = kawan("serve", KAWAN_RASA_URL=url, KAWAN_RASA_TOKEN=token)
    assert done.returncode == 1
    assert "newer than this release" in done.stderr


class _Stub(http.server.BaseHTTPRequestHandler):
    """Says that it is ready, and understands nothing."""

    def do_GET(self) -> None:
        self._answer(b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(b"[]")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def stub_brain() -> Iterator[tuple[str, str]]:
    """(address, token) of a brain that is not ours to start."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", "stub-token"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_real_app_and_demo_with_a_brain_from_elsewhere(tmp_path: Path) -> None:
    with stub_brain() as (url, token):
        settings = {
            "KAWAN_RASA_URL": url,
            "KAWAN_RASA_TOKEN": token,
            "KAWAN_NOW": "2027-03-01T08:00:00+07:00",
        }
        with Product(tmp_path / "var", **settings) as product:
            # one clock for all
            assert product.pid("brain") is None
            now, offset = product.control.clock()
            assert now.isoformat().startswith("2027-03-01T01:0")
            shown = product.kawan("clock", "show", "--json").stdout
            assert f'"offset_seconds": {offset}.0' in shown
            # what dies comes back
            for name in ("app", "demo"):
                product.wait_restarted(name, product.kill(name))
            assert "[app] killed by signal 9; starting it again" in product.output()
            # logins are shown once
            assert "[login] admin" in product.output()
            assert product.stop() == 0
            product.start()
            assert product.output().count("[login] admin") == 1
            # nothing outlives a killed parent
            assert product.process is not None
            children = psutil.Process(product.process.pid).children(recursive=True)
            assert len(children) == 2
            product.process.kill()
            product.process.wait()
            product.process = None
            until(lambda: not any(child.is_running() for child in children), 10, "the end of the children")
