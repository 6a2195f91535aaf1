"""Any value as JSON can hold it, for the parts of documents that other modules define."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any

import attrs


def plain(value: Any) -> Any:
    """Turn *value* into texts, numbers, lists and objects; dates become ISO 8601."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dt.datetime | dt.date):
        return moment(value)
    if isinstance(value, Decimal | PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(one) for one in value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if attrs.has(type(value)):
        names = [field.name for field in attrs.fields(type(value))]
        return {name: plain(getattr(value, name)) for name in names if not name.startswith("_")}
    return str(value)


def moment(value: dt.date | None) -> str | None:
    """Write a date, or an instant in UTC with a Z, in ISO 8601."""
    if isinstance(value, dt.datetime):
        text = value.astimezone(dt.UTC).isoformat()
        return text.removesuffix("+00:00") + "Z"
    return None if value is None else value.isoformat()
