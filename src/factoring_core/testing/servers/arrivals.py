"""What the simulated servers share: who may log in, what they report, and where they break."""

from collections.abc import Callable
from pathlib import Path

from attrs import field, frozen


class BreakLineError(Exception):
    """Raised by a hook: the server breaks the connection at this point, without a word."""


@frozen(kw_only=True)
class Arrival:
    """A file that has appeared under a name: written and closed, or renamed."""

    name: str
    folder: Path
    user: str

    @property
    def path(self) -> Path:
        """Where the file is on this machine."""
        return self.folder / self.name


OnArrival = Callable[[Arrival], None]
"""Called on the server's thread, before the client hears that it is done; may take files away."""

Hook = Callable[[str, str], None]
"""Called with a verb and a file name; raises OSError to refuse, `BreakLineError` to break the line."""


@frozen(kw_only=True)
class Hooks:
    """Where a test watches or breaks a server.

    ``before``: with nothing done.  ``after``: with all done and not yet said.  Verbs:
    ``stat``, ``list``, ``open``, ``write``, ``sync``, ``close``, ``rename``, ``remove``; and ``log_in``,
    with the name of the user, which can be watched and broken before it is answered.
    """

    before: Hook = field(default=lambda verb, name: None)
    after: Hook = field(default=lambda verb, name: None)
    arrival: OnArrival = field(default=lambda arrival: None)
