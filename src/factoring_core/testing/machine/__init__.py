"""A stateful test of a host's whole integration: its own doors, a naive model, the laws after each step."""

from factoring_core.testing.machine.host import DOORS, Applied, Host, HostEvent, HostLoad, OfficeHost
from factoring_core.testing.machine.rules import FactoringMachine
from factoring_core.testing.machine.site import Site

__all__ = ["DOORS", "Applied", "FactoringMachine", "Host", "HostEvent", "HostLoad", "OfficeHost", "Site"]
