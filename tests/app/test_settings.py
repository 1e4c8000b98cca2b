"""Each bad value is refused in one line that names the variable, what it holds and what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import settings as module
from bot.errors import BadSettings
from bot.settings import ROOT, Settings


def load(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> Settings:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return module.load(None)


def refused(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> str:
    with pytest.raises(BadSettings) as caught:
        load(monkeypatch, given)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("KAWAN_PORT", "abc", "'abc': give a whole number from 1 to 65535"),
        ("KAWAN_PORT", "70000", "'70000'"),
        ("KAWAN_PORT", "0", "'0'"),
        ("KAWAN_BRAIN_PORT", "-1", "'-1'"),
        ("KAWAN_HOST", "http://0.0.0.0", "without http://"),
        ("KAWAN_HOST", "a b", "IP address or a host name"),
        ("KAWAN_DATABASE_URL", "mysql://u@h/d", "sqlite:///FILE or postgresql+psycopg://"),
        ("KAWAN_DATABASE_URL", "postgres://u@h/d", "begin it with postgresql+psycopg://"),
        ("KAWAN_DATABASE_URL", "sqlite://", "needs a file"),
        ("KAWAN_DATABASE_URL", "sqlite:///:memory:", "needs a file"),
        ("KAWAN_COMPANY_DIR", "/nowhere", "there is no folder"),
        ("KAWAN_MODEL", "/nowhere.tar.gz", "there is no file"),
        ("KAWAN_BACKEND_URL", "booking.example", "http://127.0.0.1:9000"),
        ("KAWAN_BACKEND_URL", "ftp://h", "http://127.0.0.1:9000"),
        ("KAWAN_RASA_URL", "http://h:99999", "http://127.0.0.1:9000"),
        ("KAWAN_QUIET_SECONDS", "-1", "from 0 to 60"),
        ("KAWAN_QUIET_SECONDS", "nan", "from 0 to 60"),
        ("KAWAN_QUIET_SECONDS", "soon", "from 0 to 60"),
        ("KAWAN_NOW", "tomorrow", "2026-11-22T10:00:00+07:00"),
        ("KAWAN_NOW", "1763800000", "2026-11-22T10:00:00+07:00"),
        ("KAWAN_NOW", "2026-11-22T10:00:00", "with its offset"),
        ("TELEGRAM_API_BASE_URL", "127.0.0.1:8081", "http://"),
        ("TELEGRAM_BOT_TOKEN", "1 2", "without spaces"),
        ("TELEGRAM_WEBHOOK_URL", "https://h/x", "polls Telegram"),
    ],
)
def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    message = refused(monkeypatch, {name: value})
    assert message.startswith(name)
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("KAWAN_PROT", "did you mean KAWAN_PORT?"),
        ("KAWAN_DATABASE", "did you mean KAWAN_DATABASE_URL?"),
        ("KAWAN_XYZZY_QWERTY", "docs/settings.md"),
    ],
)
def test_an_unknown_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, hint: str) -> None:
    assert refused(monkeypatch, {name: "1"}) == f"{name} is not a setting; " + (
        hint if hint.startswith("did") else "docs/settings.md lists them"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAWAN_SECRET_KEY", "geheim"),
        ("KAWAN_WEB_IDENTITY_KEY", "geheim"),
        ("KAWAN_BACKEND_TOKEN", "geheim geheim"),
        ("KAWAN_DATABASE_URL", "mysql://kawan:geheim@h/d"),
        ("KAWAN_BACKEND_URL", "ftp://kawan:geheim@h"),
    ],
)
def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    message = refused(monkeypatch, {name: value})
    assert name in message
    assert "geheim" not in message


def test_several_mistakes_are_all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refused(monkeypatch, {"KAWAN_PORT": "x", "KAWAN_QUIET_SECONDS": "y"}).splitlines()
    assert [line.split()[0] for line in lines] == ["KAWAN_PORT", "KAWAN_QUIET_SECONDS"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {
                "KAWAN_NOW": "2026-01-01T00:00:00+07:00",
                "KAWAN_BACKEND_URL": "http://h",
                "KAWAN_BACKEND_TOKEN": "t",
            },
            "KAWAN_NOW moves the clock of the demo company only",
        ),
        ({"KAWAN_BACKEND_URL": "http://h"}, "KAWAN_BACKEND_TOKEN is not set"),
        ({"KAWAN_RASA_URL": "http://h"}, "KAWAN_RASA_TOKEN is not set"),
        (
            {"WHATSAPP_ACCESS_TOKEN": "t", "WHATSAPP_VERIFY_TOKEN": "v"},
            "WHATSAPP_PHONE_NUMBER_ID, WHATSAPP_APP_SECRET",
        ),
        ({"KAWAN_DEMO_PORT": "8000"}, "give three ports"),
    ],
)
def test_settings_that_do_not_fit_together(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], says: str
) -> None:
    assert says in refused(monkeypatch, given)


def test_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, {"KAWAN_PORT": ""})
    assert (found.host, found.port, found.demo_port, found.brain_port) == ("127.0.0.1", 8000, 9000, 10000)
    assert found.database_url == f"sqlite:///{ROOT}/var/kawan.db"
    assert found.backend_url == "http://127.0.0.1:9000"
    assert found.rasa_url == "http://127.0.0.1:10000"
    assert found.backend_is_demo
    assert found.brain_is_ours
    assert found.quiet_seconds == 2.5


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("0.0.0.0", "http://127.0.0.1"),
        ("127.0.0.2", "http://127.0.0.2"),
        ("::", "http://[::1]"),
        ("localhost", "http://localhost"),
    ],
)
def test_app_and_demo_are_reached_where_they_listen(
    monkeypatch: pytest.MonkeyPatch, host: str, here: str
) -> None:
    found = load(monkeypatch, {"KAWAN_HOST": host})
    assert (found.app_url, found.backend_url) == (f"{here}:8000", f"{here}:9000")


def test_ports_stay_within_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, {"KAWAN_PORT": "65000"})
    assert (found.demo_port, found.brain_port) == (64000, 63000)


def test_a_relative_database_lies_in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, {"KAWAN_DATABASE_URL": "sqlite:///var/other.db"})
    assert found.database_url == f"sqlite:///{ROOT}/var/other.db"
    found = load(monkeypatch, {"KAWAN_DATABASE_URL": "sqlite:////srv/k.db"})
    assert found.database_url == "sqlite:////srv/k.db"


def test_telegrams_files_come_from_the_same_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, {}).telegram_file_url == "https://api.telegram.org/file/bot"
    found = load(monkeypatch, {"TELEGRAM_API_BASE_URL": "http://127.0.0.1:8081/bot"})
    assert found.telegram_file_url == "http://127.0.0.1:8081/file/bot"


def test_the_clock_starts_at_an_aware_time(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(monkeypatch, {"KAWAN_NOW": "2026-11-22T10:00:00+07:00"})
    assert found.now is not None
    assert found.now.astimezone(UTC) == datetime(2026, 11, 22, 3, tzinfo=UTC)


def test_the_file_gives_way_to_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("KAWAN_PORT=8100\nKAWAN_HOST=0.0.0.0\n")
    monkeypatch.setenv("KAWAN_PORT", "8200")
    found = module.load(file)
    assert (found.port, found.host, found.app_url) == (8200, "0.0.0.0", "http://127.0.0.1:8200")
    file.write_text("KAWAN_PROT=8100\n")
    with pytest.raises(BadSettings, match="KAWAN_PROT is not a setting; did you mean KAWAN_PORT"):
        module.load(file)


def test_secrets_are_made_once_and_kept_private(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {"KAWAN_VAR_DIR": str(tmp_path / "var")}
    first = load(monkeypatch, given).secrets
    assert load(monkeypatch, given).secrets == first
    kept = sorted((tmp_path / "var").iterdir())
    assert [file.name for file in kept] == ["demo-token", "rasa-token", "secret.key", "web-identity.key"]
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}
    assert len({first.secret_key, first.web_identity_key}) == 2


def test_given_secrets_win_and_leave_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {
        "KAWAN_VAR_DIR": str(tmp_path),
        "KAWAN_SECRET_KEY": "s" * 32,
        "KAWAN_WEB_IDENTITY_KEY": "w" * 32,
        "KAWAN_BACKEND_TOKEN": "b",
        "KAWAN_RASA_TOKEN": "r",
    }
    found = load(monkeypatch, given).secrets
    assert found == module.Secrets(b"s" * 32, b"w" * 32, "b", "r")
    assert list(tmp_path.iterdir()) == []


def test_without_the_demo_no_identity_key_is_made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {
        "KAWAN_VAR_DIR": str(tmp_path),
        "KAWAN_BACKEND_URL": "https://h",
        "KAWAN_BACKEND_TOKEN": "t",
    }
    assert load(monkeypatch, given).secrets.web_identity_key is None


def test_a_damaged_secret_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("")
    found = load(monkeypatch, {"KAWAN_VAR_DIR": str(tmp_path)})
    with pytest.raises(BadSettings, match=r"secret\.key is damaged"):
        _ = found.secrets


def test_every_setting_is_described() -> None:
    described = (ROOT / "docs/settings.md").read_text("utf-8")
    missing = [name for name in module.KNOWN if f"`{name}`" not in described and name != "KAWAN_TEST_REQUIRE"]
    assert not missing
