"""Column types: aware UTC times and text encrypted at rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UTCDateTime(TypeDecorator[datetime]):
    """Stores an aware time as UTC and gives it back aware; a naive one is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} may not be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EncryptedText(TypeDecorator[str]):
    """Text that only a holder of the product's secret key can read (account numbers)."""

    impl = Text
    cache_ok = True
    _fernet: Fernet | None = None

    @classmethod
    def use_key(cls, key: bytes) -> None:
        """Set the Fernet key (32 url-safe base64 bytes); `store.engine.open_store` calls this once."""
        cls._fernet = Fernet(key)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return self._cipher().encrypt(value.encode()).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return self._cipher().decrypt(value.encode()).decode()

    def _cipher(self) -> Fernet:
        if self._fernet is None:
            raise RuntimeError("EncryptedText is used before open_store set its key")
        return self._fernet
