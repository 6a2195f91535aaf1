"""What every failure promises: its type and code, a sentence, where it was, and no secret."""

from __future__ import annotations

import pickle
import re
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pytest

from factoring_core.errors import FactoringError

E = TypeVar("E", bound=FactoringError)

HIDDEN = "hunter2-Zürich-geheim"
"""A password that nothing may show."""


def refused(
    kind: type[E],
    call: Callable[[], object],
    *,
    code: str | None = None,
    retryable: bool | None = None,
    where: Mapping[str, Any] | None = None,
    secret: str | None = HIDDEN,
) -> E:
    """Return the error with which a call fails, after looking at all that an error promises.

    *secret* is looked for in all that a log or a debugger could show, with the locals of every frame.
    """
    error = _raised(kind, call)
    assert code in (None, error.code)
    assert retryable in (None, error.retryable)
    assert {name: error.where.get(name) for name in where or {}} == dict(where or {})
    assert sentence_faults(error.message, error.where) == []
    assert sentence_faults(error.remedy, error.where) == []
    assert secret is None or secret not in everything_about(error)
    return error


def _raised(kind: type[E], call: Callable[[], object]) -> E:
    # On its own: what `refused` holds would be found in the trace of the error.
    with pytest.raises(kind) as caught:
        call()
    return caught.value


def sentence_faults(text: Any, where: Mapping[str, Any]) -> list[str]:
    """Say what keeps a message or remedy from being one sentence that a person can read."""
    if not isinstance(text, str):
        return [f"it is no text but {text!r}"]
    named = any(str(name) and text.startswith(str(name).partition(":")[0]) for name in where.values())
    faults = {
        f"it has no full stop at its end: {text!r}": not text.endswith((".", ")")),
        f"it begins in the middle: {text!r}": not named and not text[:1].isupper() and " " in text[:20],
        f"it has a gap: {text!r}": " )" in text,
        f"it shouts: {text!r}": text.isupper(),
        f"it is more than one line: {text!r}": not text.isprintable(),
        f"it holds what is meant for a program: {text!r}": re.search(r"\bNone\b|\bobject at 0x", text),
    }
    return [fault for fault, found in faults.items() if found]


def everything_about(error: BaseException) -> str:
    """Put together all that a log, a debugger or a pickle could show of *error* and its causes."""
    parts = [repr(pickle.dumps(error))]
    seen: BaseException | None = error
    while seen is not None:
        shown = traceback.TracebackException.from_exception(seen, capture_locals=True)
        parts += [str(seen), repr(seen), repr(seen.args), repr(vars(seen)), *shown.format()]
        seen = seen.__cause__ or seen.__context__
    return "".join(parts)
