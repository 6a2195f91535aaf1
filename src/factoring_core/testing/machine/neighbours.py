"""Another tenant of the same store, with loads of the same numbers and other amounts."""

from attrs import evolve
from hypothesis.stateful import precondition, rule

from factoring_core.testing.factor import TakenInvoice
from factoring_core.testing.factor.reports import Bought, SimulatedFactor
from factoring_core.testing.machine.host import Host, HostLoad
from factoring_core.testing.machine.selling import loads_file
from factoring_core.testing.machine.site import ADVANCE, CONNECTIONS
from factoring_core.testing.machine.state import MachineState


class Neighbours(MachineState):
    """Lets a neighbour do a little, and sees that neither notices the other.

    ``neighbours``: set it to False where a host keeps one tenant only.
    """

    neighbours = True

    def __init__(self) -> None:
        super().__init__()
        self._neighbour: Host | None = None
        self._next_door: dict[str, HostLoad] = {}

    def teardown(self) -> None:
        """Close both hosts."""
        try:
            if self._neighbour is not None:
                self._neighbour.close()
        finally:
            super().teardown()

    @precondition(lambda self: self.neighbours and self.model.batches and self._neighbour is None)
    @rule()
    def neighbour_sells(self) -> None:
        """Another tenant sells loads of the same numbers."""
        site = self.site.neighbour()
        self._neighbour = self.open_host(site)
        faces = {number: one.face + 7_00 for number, one in self.model.loads.items()}
        self._neighbour.import_loads(loads_file(faces), name="loads.csv", folder=site.papers)
        self._neighbour.generate_invoices(list(faces))
        self._neighbour.submit()
        self._next_door = {number: HostLoad("invoiced", 0, face) for number, face in faces.items()}

    @precondition(lambda self: any(one.status == "invoiced" for one in self._next_door.values()))
    @rule()
    def neighbour_is_financed(self) -> None:
        """The neighbour's factor buys all that it was sold."""
        assert self._neighbour is not None
        today = self.site.clock.now().date()
        bought = [
            Bought(
                invoice=TakenInvoice(
                    number=number, date=today, face=one.open, customer="Blue Freight, Inc.", load=number
                )
            )
            for number, one in self._next_door.items()
        ]
        factor = SimulatedFactor(
            provider="winfactor", client_number=f"C-{CONNECTIONS[0]}", advance_rate=ADVANCE
        )
        file = factor.purchase_report(bought, on=today, schedule="", name="Purchases")
        self._neighbour.apply_report(file.content, name=file.name, kind="purchase", connection=CONNECTIONS[0])
        self._next_door = {number: evolve(one, status="financed") for number, one in self._next_door.items()}

    def _neighbours_notice_nothing(self) -> None:
        """The neighbour's loads are as its own acts left them."""
        if self._neighbour is None:
            return
        seen = dict(self._neighbour.loads())
        wrong = sorted(
            number
            for number in seen.keys() | self._next_door.keys()
            if seen.get(number) != self._next_door.get(number)
        )
        assert not wrong, (
            f"L5 no leak: another tenant's {wrong[0]} shows {seen.get(wrong[0])}; by its own acts it is"
            f" {self._next_door.get(wrong[0])}"
        )
