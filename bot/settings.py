"""Every setting of the product, from the environment and `.env`; nothing else reads either.

A bad value is refused with a line that names the variable, what it holds and what to do. Secrets are never shown.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import BadSettings

ROOT = Path(__file__).resolve().parent.parent
# Read by others: the tests, and the brain, which `kawan serve` tells where the app is.
_NOT_OURS = frozenset({"KAWAN_TEST_REQUIRE", "KAWAN_ACTIONS_URL"})
_MADE = "python3 -c 'import secrets; print(secrets.token_hex(32))'"
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9])?")


def _address(value: str) -> str:
    parts = urlsplit(value)
    try:
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or re.search(r"\s", value):
        raise ValueError("give an address such as http://127.0.0.1:9000")
    return value.rstrip("/")


def _host(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not _HOST.fullmatch(value):
            raise ValueError(
                "give an IP address or a host name, without http:// and without a port"
            ) from None
    return value


def _database(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if scheme == "sqlite" and separator:
        path = rest.partition("?")[0]
        if path in ("", "/") or not path.startswith("/") or path == "/:memory:":
            raise ValueError("an SQLite database needs a file: sqlite:///var/kawan.db")
        return value if path.startswith("//") else f"sqlite:///{ROOT / rest.lstrip('/')}"
    if scheme == "postgresql+psycopg" and separator and rest:
        return value
    if scheme in ("postgres", "postgresql"):
        raise ValueError("begin it with postgresql+psycopg://")
    raise ValueError("give sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")


def _moment(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("give a time with its offset, such as 2026-11-22T10:00:00+07:00")
    return value


def _iso(value: object) -> object:
    # Else a bare number would be taken for seconds since 1970.
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("give a time such as 2026-11-22T10:00:00+07:00") from None
    return value


def _folder(value: Path) -> Path:
    return ROOT / value.expanduser()


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 16:
        raise ValueError(f"give at least 16 characters; a good one: {_MADE}")
    return value


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError("give visible ASCII characters, without spaces")
    return value


Address = Annotated[str, AfterValidator(_address)]
Folder = Annotated[Path, AfterValidator(_folder)]
Key = Annotated[SecretStr, AfterValidator(_long_enough)]
Token = Annotated[SecretStr, AfterValidator(_token)]
Port = Annotated[int, Field(ge=1, le=65535)]
Moment = Annotated[datetime, BeforeValidator(_iso), AfterValidator(_moment)]


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is made once and kept in `var/` where the environment does not set it."""

    secret_key: bytes
    web_identity_key: bytes | None  # None: no signed identity is taken
    backend_token: str
    rasa_token: str


class Settings(BaseSettings):
    """Use `load`, which turns mistakes into one readable error."""

    model_config = SettingsConfigDict(
        case_sensitive=True, extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    host: Annotated[str, AfterValidator(_host)] = Field("127.0.0.1", validation_alias="KAWAN_HOST")
    port: Port = Field(8000, validation_alias="KAWAN_PORT")
    own_demo_port: Port | None = Field(None, validation_alias="KAWAN_DEMO_PORT")
    own_brain_port: Port | None = Field(None, validation_alias="KAWAN_BRAIN_PORT")
    var_dir: Folder = Field(ROOT / "var", validation_alias="KAWAN_VAR_DIR")
    company_dir: Folder = Field(ROOT / "company", validation_alias="KAWAN_COMPANY_DIR")
    # Serve this model rather than the one of the present data, which is trained where it is missing.
    model: Folder | None = Field(None, validation_alias="KAWAN_MODEL")
    own_database_url: Annotated[str, AfterValidator(_database)] | None = Field(
        None, validation_alias="KAWAN_DATABASE_URL"
    )
    own_backend_url: Address | None = Field(None, validation_alias="KAWAN_BACKEND_URL")
    own_backend_token: Token | None = Field(None, validation_alias="KAWAN_BACKEND_TOKEN")
    own_rasa_url: Address | None = Field(None, validation_alias="KAWAN_RASA_URL")
    own_rasa_token: Token | None = Field(None, validation_alias="KAWAN_RASA_TOKEN")
    own_secret_key: Key | None = Field(None, validation_alias="KAWAN_SECRET_KEY")
    own_web_identity_key: Key | None = Field(None, validation_alias="KAWAN_WEB_IDENTITY_KEY")
    quiet_seconds: float = Field(
        2.5, ge=0, le=60, allow_inf_nan=False, validation_alias="KAWAN_QUIET_SECONDS"
    )
    now: Moment | None = Field(None, validation_alias="KAWAN_NOW")
    telegram_token: Token | None = Field(None, validation_alias="TELEGRAM_BOT_TOKEN")
    telegram_base_url: Address = Field(
        "https://api.telegram.org/bot", validation_alias="TELEGRAM_API_BASE_URL"
    )
    telegram_webhook_url: Address | None = Field(None, validation_alias="TELEGRAM_WEBHOOK_URL")
    telegram_webhook_secret: Token | None = Field(None, validation_alias="TELEGRAM_WEBHOOK_SECRET")
    whatsapp_access_token: Token | None = Field(None, validation_alias="WHATSAPP_ACCESS_TOKEN")
    whatsapp_phone_number_id: str | None = Field(None, validation_alias="WHATSAPP_PHONE_NUMBER_ID")
    whatsapp_app_secret: Token | None = Field(None, validation_alias="WHATSAPP_APP_SECRET")
    whatsapp_verify_token: Token | None = Field(None, validation_alias="WHATSAPP_VERIFY_TOKEN")
    whatsapp_base_url: Address = Field(
        "https://graph.facebook.com/v23.0", validation_alias="WHATSAPP_API_BASE_URL"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [*self._together(), *self._later()]
        if not self.company_dir.is_dir():
            problems.append(f"KAWAN_COMPANY_DIR is {str(self.company_dir)!r}, where there is no folder")
        if self.model is not None and not self.model.is_file():
            problems.append(f"KAWAN_MODEL is {str(self.model)!r}, where there is no file")
        if len({self.port, self.demo_port, self.brain_port}) < 3:
            ports = f"{self.port}, {self.demo_port} and {self.brain_port}"
            problems.append(f"KAWAN_PORT, KAWAN_DEMO_PORT and KAWAN_BRAIN_PORT are {ports}: give three ports")
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _together(self) -> list[str]:
        problems = []
        if self.now is not None and not self.backend_is_demo:
            problems.append(
                "KAWAN_NOW moves the clock of the demo company only: unset it, or unset KAWAN_BACKEND_URL"
            )
        for url, token in (("backend", "KAWAN_BACKEND"), ("rasa", "KAWAN_RASA")):
            if getattr(self, f"own_{url}_url") and getattr(self, f"own_{url}_token") is None:
                problems.append(f"{token}_TOKEN is not set, but {token}_URL is: set the token it demands")
        names = ("access_token", "phone_number_id", "app_secret", "verify_token")
        missing = [f"WHATSAPP_{n.upper()}" for n in names if getattr(self, f"whatsapp_{n}") is None]
        if 0 < len(missing) < len(names):
            problems.append(f"WhatsApp needs all four of its settings; not set: {', '.join(missing)}")
        return problems

    def _later(self) -> list[str]:
        """What the contract names and this release cannot do: said at once, rather than ignored."""
        problems = []
        if self.telegram_webhook_url or self.telegram_webhook_secret:
            problems.append(
                "TELEGRAM_WEBHOOK_URL and TELEGRAM_WEBHOOK_SECRET: this release polls Telegram; unset them"
            )
        if self.whatsapp_access_token is not None and self.whatsapp_phone_number_id is not None:
            problems.append(
                "WHATSAPP_ACCESS_TOKEN: this release has no WhatsApp yet; unset the four settings"
            )
        return problems

    # -- what follows from them

    @property
    def backend_is_demo(self) -> bool:
        return self.own_backend_url is None

    @property
    def brain_is_ours(self) -> bool:
        return self.own_rasa_url is None

    @property
    def demo_port(self) -> int:
        return self.own_demo_port or _beside(self.port, 1000)

    @property
    def brain_port(self) -> int:
        return self.own_brain_port or _beside(self.port, 2000)

    @property
    def backend_url(self) -> str:
        return self.own_backend_url or self._here(self.demo_port)

    @property
    def rasa_url(self) -> str:
        return self.own_rasa_url or f"http://127.0.0.1:{self.brain_port}"

    @property
    def app_url(self) -> str:
        return self._here(self.port)

    def _here(self, port: int) -> str:
        """Where this machine reaches what listens on KAWAN_HOST."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def database_url(self) -> str:
        return self.own_database_url or f"sqlite:///{self.var_dir / 'kawan.db'}"

    @property
    def demo_database_url(self) -> str:
        return f"sqlite:///{self.var_dir / 'demo.db'}"

    @property
    def files_dir(self) -> Path:
        return self.var_dir / "files"

    @property
    def log_dir(self) -> Path:
        return self.var_dir / "log"

    @property
    def accounts_file(self) -> Path:
        return self.var_dir / "demo-accounts.txt"

    @property
    def domain_file(self) -> Path:
        return ROOT / "domain.yml"

    @property
    def telegram_file_url(self) -> str:
        """The same host, under `/file/bot`, as python-telegram-bot's `base_file_url`."""
        parts = urlsplit(self.telegram_base_url)
        prefix = parts.path.removesuffix("/bot")
        return f"{parts.scheme}://{parts.netloc}{prefix}/file/bot"

    @cached_property
    def secrets(self) -> Secrets:
        """From the environment, else from `var/`, else made and kept there."""
        identity: bytes | None = None
        if self.own_web_identity_key is not None:
            identity = self.own_web_identity_key.get_secret_value().encode()
        elif self.backend_is_demo:
            identity = self._kept("web-identity.key", None).encode()
        return Secrets(
            secret_key=self._kept("secret.key", self.own_secret_key).encode(),
            web_identity_key=identity,
            backend_token=self._kept("demo-token", self.own_backend_token),
            rasa_token=self._kept("rasa-token", self.own_rasa_token),
        )

    def _kept(self, name: str, given: SecretStr | None) -> str:
        if given is not None:
            return given.get_secret_value()
        file = self.var_dir / name
        try:
            return _read_or_make(file)
        except OSError as error:
            raise BadSettings(
                f"{file}: {error.strerror or error}; KAWAN_VAR_DIR has to be a folder that can be written"
            ) from error

    def environment(self) -> dict[str, str]:
        """For child processes: the whole environment, with what `.env` adds."""
        return {**_from_file(ROOT / ".env"), **os.environ}


def load(env_file: Path | None = ROOT / ".env") -> Settings:
    """The settings, or `BadSettings`."""
    given = {**_from_file(env_file), **{name: value for name, value in os.environ.items() if value}}
    unknown = [_unknown(name) for name in sorted(given) if name.startswith("KAWAN_") and name not in KNOWN]
    if unknown:
        raise BadSettings("\n".join(unknown))
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        raise BadSettings("\n".join(_problem(item, given) for item in error.errors())) from error


def _from_file(file: Path | None) -> dict[str, str]:
    try:
        found = dotenv_values(file) if file is not None and file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file} cannot be read: {error}") from error
    return {name: value for name, value in found.items() if value}


def _beside(port: int, distance: int) -> int:
    return port + distance if port + distance <= 65535 else port - distance


def _read_or_make(file: Path) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        # Written beside and linked: who reads at the same time sees the whole of it or makes no second one.
        draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as writing:
            writing.write(secrets.token_hex(32) + "\n")
            writing.flush()
            os.fsync(writing.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    kept = file.read_text("ascii", "replace").strip()
    if len(kept) < 16:
        raise BadSettings(f"{file} is damaged: restore it, or remove it to have a new one made")
    return kept


KNOWN = frozenset(str(field.validation_alias) for field in Settings.model_fields.values()) | _NOT_OURS
_HINTS = {
    **dict.fromkeys(
        ("KAWAN_PORT", "KAWAN_DEMO_PORT", "KAWAN_BRAIN_PORT"), "give a whole number from 1 to 65535"
    ),
    "KAWAN_QUIET_SECONDS": "give a number of seconds from 0 to 60",
}
_SECRET = frozenset(
    str(field.validation_alias)
    for field in Settings.model_fields.values()
    if "SecretStr" in str(field.annotation)
)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, KNOWN - _NOT_OURS, 1, 0.6)
    hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists them"
    return f"{name} is not a setting; {hint}"


def _problem(item: Any, given: dict[str, str]) -> str:
    """One line for one of pydantic's errors."""
    message = str(item["msg"]).removeprefix("Value error, ")
    name = str(item["loc"][0]) if item["loc"] else ""
    if not name:
        return message
    return f"{name} is {_shown(name, given.get(name, ''))}: {_HINTS.get(name, message)}"


def _shown(name: str, value: str) -> str:
    if name in _SECRET:
        return f"{len(value)} characters (not shown)"
    return repr(re.sub(r"(://[^:/@\s]*):[^@\s]*@", r"\1:***@", value)[:200])
