"""The one place that puts adapters behind ports, for the command line and for hosts."""

from factoring_core.wiring.office import Office
from factoring_core.wiring.opening import open_office

__all__ = ["Office", "open_office"]
