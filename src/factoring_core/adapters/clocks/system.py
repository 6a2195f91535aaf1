"""The machine's own clock."""

import datetime as dt


class SystemClock:
    """Tells the time of this machine."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC)
