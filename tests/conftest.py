"""Real servers and browsers for tests. What KAWAN_TEST_REQUIRE names fails where it is missing."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

REQUIRED = {name.strip() for name in os.environ.get("KAWAN_TEST_REQUIRE", "").split(",") if name.strip()}
unknown = REQUIRED - {"postgres", "chromium"}
if unknown:
    raise pytest.UsageError(
        f"KAWAN_TEST_REQUIRE: unknown {', '.join(sorted(unknown))}; known: postgres, chromium"
    )

# These run under the brain's Python, started by scripts/test.
collect_ignore = ["components"]

PR_SET_PDEATHSIG = 1


def unavailable(name: str, reason: str) -> NoReturn:
    """Skip, or fail where KAWAN_TEST_REQUIRE demands `name`."""
    if name in REQUIRED:
        pytest.fail(f"{name} is required by KAWAN_TEST_REQUIRE: {reason}", pytrace=False)
    pytest.skip(f"{name}: {reason}")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    unavailable("chromium", "no chromium on PATH")


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A real browser. For one module: while its driver runs, this thread can run no async tests."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium_path, args=arguments)
        yield opened
        opened.close()


def postgres_programs() -> Path | None:
    """The newest folder that holds both initdb and postgres."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: float(folder.parent.name) if folder.parent.name.isdigit() else 0.0,
        reverse=True,
    )
    on_path = [Path(found).parent for found in (shutil.which("initdb"),) if found]
    for folder in [*installed, *on_path]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def die_with_parent() -> None:
    # SIGINT is PostgreSQL's fast shutdown: an aborted test run leaves no server behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test run's own; the URL names its maintenance database."""
    programs = postgres_programs()
    if programs is None:
        unavailable("postgres", "initdb and postgres are not installed")
    # initdb refuses root, and user postgres could not enter a folder of root's under pytest's own.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="kawan-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    if user:
        shutil.chown(folder, user)
    environment = {"PATH": f"{programs}:{os.environ.get('PATH', '')}", "LC_ALL": "C", "HOME": str(folder)}

    def start(*command: str) -> subprocess.Popen[bytes]:
        with (folder / "log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads yet, and it calls prctl alone
            )

    data = folder / "data"
    initdb = start(
        str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync"
    )
    if initdb.wait(60) != 0:
        pytest.fail(f"initdb failed:\n{(folder / 'log').read_text()}", pytrace=False)
    # A Unix socket in a folder of our own needs no free port and is reachable from nowhere else.
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
        "shared_buffers": "32MB",
    }
    server = start(
        str(programs / "postgres"),
        "-D",
        str(data),
        *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
                break
            except psycopg.OperationalError:
                if server.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}", pytrace=False)
                time.sleep(0.05)
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


numbers = count(1)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Makes a fresh, empty database at each call and returns its URL; dropped after the test."""
    plain = postgres_url.replace("+psycopg", "")
    made: list[str] = []

    def make() -> str:
        name = f"kawan_test_{next(numbers)}"
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        made.append(name)
        return postgres_url.replace("/postgres?", f"/{name}?")

    yield make
    with psycopg.connect(plain, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def pytest_report_header() -> str:
    return f"kawan: Python {sys.version.split()[0]}, required: {', '.join(sorted(REQUIRED)) or 'nothing'}"
