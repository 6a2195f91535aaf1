"""Single values as the texts that columns hold, there and back, strictly.

Anything that would not come back the same is refused on its way in (`TypeError`, a mistake of the
caller) and on its way out (`ValueError`, damage).
"""

import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, get_origin

from cattrs.preconf.json import JsonConverter, make_converter

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
_MEMORY = 100_000
_whole_value = json.JSONDecoder().raw_decode


class _Memo(dict[Any, Any]):
    """What has been worked out already; forgets everything when it grows large."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        super().__init__({None: None})
        self._work = work

    def __missing__(self, given: Any) -> Any:
        if len(self) >= _MEMORY:
            self.clear()
        made = self[given] = None if given is None else self._work(given)
        return made


def _day_text(day: Any) -> str:
    # A moment is a date to isinstance; it would lose its time without a word.
    if type(day) is not dt.date:
        raise TypeError(f"a date is expected, not {day!r}")
    return day.isoformat()


def _day(text: str) -> dt.date:
    if not _DATE(text):
        raise ValueError(f"not a date: {text!r}")
    return dt.date.fromisoformat(text)


def moment_text(moment: Any) -> str | None:
    """Write a moment with its offset; one without an offset is refused."""
    if moment is None:
        return None
    if not isinstance(moment, dt.datetime) or moment.utcoffset() is None:
        raise TypeError(f"a moment with an offset from UTC is expected, not {moment!r}")
    return moment.isoformat()


def moment_writer() -> Callable[[Any], str | None]:
    """Return a function that writes moments and remembers the very one it wrote last."""
    last: Any = None
    written: str | None = None

    def write(moment: Any) -> str | None:
        nonlocal last, written
        if moment is not last:
            last, written = moment, moment_text(moment)
        return written

    return write


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    # What would be written otherwise was not written by us.
    if moment.tzinfo is None or moment.isoformat() != text:
        raise ValueError(f"not a moment as it was written: {text!r}")
    return moment


DAY_TEXTS, DAYS, MOMENTS = _Memo(_day_text), _Memo(_day), _Memo(_moment)
"""Dates as texts, and texts as dates and as moments.  (Equal moments can differ in their offset,
so they are written one by one.)"""


def _rate_text(rate: Decimal) -> str:
    if not rate.is_finite():
        raise TypeError(f"a rate is a number, not {rate}")
    return format(rate, "f")


def _rate(value: Any, _: Any) -> Decimal:
    if not isinstance(value, str) or not _DECIMAL(value):
        raise ValueError("not a plain decimal")
    return Decimal(value)


def _exactly(kind: type[Any]) -> Callable[[Any, Any], Any]:
    def check(value: Any, wanted: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"expected {kind.__name__}, got {type(value).__name__}")
        # An enumeration of texts is asked for here as well.
        return value if wanted is kind else wanted(value)

    return check


@cache
def converter() -> JsonConverter:
    """Return what turns nested values into plain JSON ones and back: amounts stay whole numbers."""
    # One error is enough to refuse a value; gathering them all takes half the time of reading.
    made = make_converter(forbid_extra_keys=True, detailed_validation=False)
    for kind in (int, str, bool):
        made.register_structure_hook(kind, _exactly(kind))
    made.register_structure_hook(Decimal, _rate)
    made.register_unstructure_hook(Decimal, _rate_text)
    made.register_structure_hook(dt.date, lambda value, _: DAYS[value] if value else _day(value))
    made.register_unstructure_hook(dt.date, _day_text)
    made.register_structure_hook(dt.datetime, lambda value, _: _moment(value))
    made.register_unstructure_hook(dt.datetime, moment_text)
    return made


def json_text(value: Any) -> str:
    """Write a plain value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_object(text: str) -> Any:
    """Read back what `json_text` wrote, and nothing else."""
    value = json.loads(text)
    if not isinstance(value, dict) or json_text(value) != text:
        raise ValueError("not an object as it was written")
    return value


def json_writer(hint: Any) -> Callable[[], Callable[[Any], str | None]]:
    """Return a maker of functions that write values of this type as JSON.

    Each function remembers the very objects it wrote (not equal ones, which may be spelled
    differently), so it is made anew for each call that writes.
    """
    unstructure = converter().get_unstructure_hook(hint)

    def make() -> Callable[[Any], str | None]:
        done: dict[int, tuple[Any, str]] = {}

        def write(value: Any) -> str | None:
            if value is None:
                return None
            held = done.get(id(value))
            if held is None:
                held = done[id(value)] = (value, json_text(unstructure(value)))
            return held[1]

        return write

    return make


def json_reader(hint: Any) -> Callable[[str | None], Any]:
    """Return a function that reads values of this type, which are frozen and so can be shared."""
    structure = converter().get_structure_hook(hint)
    outside = list if get_origin(hint) is tuple else dict

    @lru_cache(maxsize=8192)
    def read(text: str | None) -> Any:
        if text is None:
            return None
        value, end = _whole_value(text)
        if end != len(text):
            raise ValueError("more than one value")
        # The keys of an object would pass for a list of texts.
        if not isinstance(value, outside):
            raise ValueError(f"expected {outside.__name__}, got {type(value).__name__}")
        return structure(value, hint)

    return read
