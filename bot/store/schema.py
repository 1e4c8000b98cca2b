"""Brings a database's schema up to date, and refuses one that this release does not know."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, text

from bot.errors import SchemaOutdated, SchemaTooNew
from bot.store.engine import create_database_engine
from bot.store.types import EncryptedText, UTCDateTime

_FOLDER = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x6B6177616E  # "kawan"


def upgrade(url: str) -> None:
    """Create or upgrade the schema. Safe to call from several processes at once."""
    engine = create_database_engine(url)
    try:
        with engine.execution_options(kawan_write=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            _refuse_unknown(connection)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def check(url: str) -> None:
    """Raise `SchemaOutdated` or `SchemaTooNew` unless the schema is exactly this release's."""
    engine = create_database_engine(url)
    try:
        with engine.connect() as connection:
            if _refuse_unknown(connection) != head():
                raise SchemaOutdated("the database's schema is out of date: run `kawan db upgrade`")
    finally:
        engine.dispose()


def head() -> str:
    """The newest revision this release knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("no migrations are installed")
    return revision


def _config() -> Config:
    config = Config()
    # Alembic reads "%" as interpolation.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _refuse_unknown(connection: Connection) -> str | None:
    """The schema's revision; `SchemaTooNew` when this release does not know it."""
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        # A database of somebody else's, or one made without migrations: never guess what is in it.
        if inspect(connection).has_table("conversations"):
            raise SchemaTooNew(
                "the database has tables but no schema version: it was not made by `kawan db upgrade`"
            )
        return None
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError as error:
        raise SchemaTooNew(
            f"the database's schema ({revision}) is newer than this release ({head()}): install the newer release"
        ) from error
    return revision


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types into migrations as what they are in the database."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.Text()"
    return False


def write_revision(message: str, folder: Path, revision: str) -> None:
    """For developers: compare an upgraded empty database with the tables and write what is missing."""
    engine = create_database_engine(f"sqlite:///{folder}/revision.db")
    try:
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            if ScriptDirectory.from_config(config).get_heads():
                command.upgrade(config, "head")
            command.revision(config, message, autogenerate=True, rev_id=revision)
    finally:
        engine.dispose()
