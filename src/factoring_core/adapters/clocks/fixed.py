"""A clock that stands still until it is moved: for tests, demonstrations and replays."""

import datetime as dt

from factoring_core.errors import UsageError


class FixedClock:
    """Tells the instant it was set to; it never moves by itself."""

    def __init__(self, instant: dt.datetime) -> None:
        self._instant = _in_utc(instant)

    def now(self) -> dt.datetime:
        """Return the instant this clock stands at, aware, in UTC."""
        return self._instant

    def set(self, instant: dt.datetime) -> None:
        """Move to *instant*, which must be aware; moving back is allowed, as real clocks do it."""
        self._instant = _in_utc(instant)

    def advance(self, by: dt.timedelta) -> dt.datetime:
        """Move on by *by* and return the new instant."""
        self._instant += by
        return self._instant


def _in_utc(instant: dt.datetime) -> dt.datetime:
    if instant.tzinfo is None:
        raise UsageError("A clock cannot be set to a moment without a time zone.")
    return instant.astimezone(dt.UTC)
