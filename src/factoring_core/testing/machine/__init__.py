"""A stateful test of a host's whole integration: its own doors, a naive model, the laws after each step."""

from factoring_core.testing.machine.host import Applied, Host, HostLoad, OfficeHost
from factoring_core.testing.machine.rules import FactoringMachine
from factoring_core.testing.machine.site import Site

__all__ = ["Applied", "FactoringMachine", "Host", "HostLoad", "OfficeHost", "Site"]
