"""From the company's JSON to frozen facts: the only place that builds them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError


class BadAnswer(ValueError):
    """What the company's system said is not what the contract promises."""


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def parse[T](kind: type[T], raw: bytes) -> T:
    """Strict about types and time zones; unknown fields are left alone, so that contracts may grow."""
    try:
        value = _adapter(cast("Any", kind)).validate_json(raw, strict=True)
        return cast("T", _in_utc(value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise BadAnswer(f"{path}: {first['msg']}") from error


def _in_utc(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise BadAnswer("a time came without its offset")
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(_in_utc(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, (type, Enum)):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **{name: _in_utc(v) for name, v in fields.items()})
    return value
