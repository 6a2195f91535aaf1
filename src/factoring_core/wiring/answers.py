"""The answers of acts as bytes and back, and what an act was asked as one digest."""

import datetime as dt
import hashlib
import json
import zlib
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import PurePath
from typing import Any

import attrs
from cattrs.preconf.json import JsonConverter

from factoring_core import errors
from factoring_core.adapters.storage.sql.texts import converter, json_text
from factoring_core.errors import FactoringError, Fault, FileRefusedError


def written(answer: Any) -> bytes:
    """Write what an act returned; equal answers have equal bytes."""
    return zlib.compress(json_text({"answer": _converter().unstructure(answer)}).encode(), 1)


def read_again(content: bytes, hint: Any) -> Any:
    """Return the answer that `written` wrote, of the type that the act declares."""
    body = json.loads(zlib.decompress(content))["answer"]
    return None if body is None else _converter().structure(body, hint)


def digest(act: str, actor: str, arguments: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what was asked by whom; the same question has the same, however it is put."""
    text = json.dumps([act, actor, arguments], default=_plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return {"sha256": hashlib.sha256(value).hexdigest()}
    if isinstance(value, dt.date | Decimal | PurePath):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    if isinstance(value, Mapping):
        return dict(value)
    return {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}


@cache
def _converter() -> JsonConverter:
    made = converter().copy()
    made.register_unstructure_hook_func(_is_error, _error_facts)
    made.register_structure_hook_func(_is_error, lambda facts, _: _error(facts))
    return made


def _is_error(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, FactoringError)


_FACTS = ("remedy", "code", "stage", "retryable")


def _error_facts(error: FactoringError) -> dict[str, Any]:
    return {
        # One of our own that is not public is told as the public one that it is.
        "kind": next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in errors.__all__),
        "message": error.message,
        "where": json.loads(json.dumps(error.where, default=str)),
        "faults": [attrs.asdict(fault) for fault in error.faults],
        "total": getattr(error, "total", None),
        **{name: getattr(error, name) for name in _FACTS},
    }


def _error(facts: Mapping[str, Any]) -> FactoringError:
    kind = getattr(errors, facts["kind"])
    error: FactoringError = kind.__new__(kind)
    given = {name: facts[name] for name in (*_FACTS, "where")}
    faults = [Fault(**fault) for fault in facts["faults"]]
    FactoringError.__init__(error, facts["message"], faults=faults, **given)
    if isinstance(error, FileRefusedError):
        error.total = facts.get("total") or len(faults)
    return error
