"""What a bad input must come to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

Build = Callable[[], bytes]


@frozen(kw_only=True)
class Refused:
    """The file is refused and nothing has changed.

    ``codes``: of all faults.  ``row``, ``line``: of the first fault, where it has a place.
    ``says``: words of the message or of a fault.
    """

    codes: frozenset[str]
    row: int | None = None
    line: int | None = None
    says: str = ""


@frozen(kw_only=True)
class Same:
    """The file is accepted as the very report that *as_* is, and ``warns`` of what was seen."""

    as_: Build
    warns: str = ""


@frozen(kw_only=True)
class Applied:
    """The file is applied; these exceptions are raised, each once for each of its rows.

    ``rows``: the row buckets that hold something.
    """

    exceptions: tuple[str, ...] = ()
    rows: dict[str, int] = field(factory=dict)
    warns: str = ""


@frozen(kw_only=True)
class Entry:
    """One input.

    ``given`` are further arguments of `apply_report`, ``layout`` changes of WinFactor's layouts.
    """

    build: Build
    expect: Refused | Same | Applied
    given: dict[str, Any] = field(factory=dict)
    layout: dict[str, Any] = field(factory=dict)


def refused(*codes: str, **more: Any) -> Refused:
    """Expect a refusal with exactly these codes."""
    return Refused(codes=frozenset(codes), **more)
