"""Loads come, get their invoices, and are sold; things break on the way."""

from collections.abc import Callable, Mapping

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from factoring_core.domain.vocabulary.money import Money, decimal_text
from factoring_core.errors import FactoringError
from factoring_core.testing.machine.breaking import LostCommit
from factoring_core.testing.machine.host import SUBSIDIARY
from factoring_core.testing.machine.model import ModelLoad
from factoring_core.testing.machine.site import ADVANCE, CONNECTIONS, Fault
from factoring_core.testing.machine.state import MachineState
from factoring_core.testing.simulated_api import KilledError
from factoring_core.testing.simulated_server import Fate

FACES = (1_00, 100_00, 1850_50, 2400_01)
TROUBLE = (None, Fate.BROKEN, Fate.UNANSWERED, Fate.REFUSED, Fate.SILENT)
"""What a request can meet in the middle of a submission; None is the end of the host's process."""
MOST = 7
"""Loads; more show nothing new."""


class Selling(MachineState):
    """What the carrier does with its loads."""

    @precondition(lambda self: len(self.model.loads) < MOST)
    @rule(faces=st.lists(st.sampled_from(FACES), min_size=1, max_size=3))
    def import_loads(self, faces: list[int]) -> None:
        """Import a file of released loads."""
        new = {f"L-{101 + len(self.model.loads) + at}": face for at, face in enumerate(faces)}
        self.host.import_loads(loads_file(new), name="loads.csv", folder=self.site.papers)
        self._brought = list(new)
        for number, face in new.items():
            self.model.loads[number] = ModelLoad(face=face, advance=Money(face).share(ADVANCE).cents)

    @precondition(lambda self: any(not one.invoiced for one in self.model.loads.values()))
    @rule()
    def generate_invoices(self) -> None:
        """Invoice every released load."""
        released = [number for number, one in self.model.loads.items() if not one.invoiced]
        self.host.generate_invoices(released)
        for number in released:
            self.model.loads[number].invoiced = True

    @precondition(lambda self: self._unsold())
    @rule()
    def submit(self) -> None:
        """Sell what is queued, with nothing in the way: all of it arrives."""
        self.site.fault = None
        self.host.resume()
        self.host.submit()
        self._arrivals()
        lost = sorted(number for number in self._unsold())
        assert not lost, f"L3 no silent success: submit returned, and {lost} are not at the factor"
        self._all_known("submit")

    @precondition(lambda self: self._sellable())
    @rule(at=st.integers(0, 24), trouble=st.sampled_from(TROUBLE))
    def submit_and_fail(self, at: int, trouble: Fate | None) -> None:
        """Sell what is queued while a request of the host meets trouble, or its process ends."""
        self._bring_one()
        self.site.fault = Fault(at=at, fate=trouble)
        self._troubled(self.host.submit)

    @precondition(lambda self: self._sellable())
    @rule(looks=st.integers(0, 12))
    def submit_and_crash(self, looks: int) -> None:
        """Sell what is queued; the process ends where it asks for the time."""
        self._bring_one()
        self.site.clock.until_killed = looks
        self._troubled(self.host.submit)

    @precondition(lambda self: self._sellable())
    @rule(at=st.integers(0, 6), kept=st.booleans())
    def submit_and_lose_a_commit(self, at: int, kept: bool) -> None:
        """Sell what is queued; the process ends at a commit, before its answer."""
        self._bring_one()
        self.site.commits.lost = LostCommit(at=at, kept=kept)
        self._troubled(self.host.submit)

    @precondition(lambda self: self._open())
    @rule()
    def resume(self) -> None:
        """Finish what was left open."""
        self.host.resume()
        self._arrivals()
        self._all_known("resume")

    @precondition(lambda self: self.model.batches)
    @rule()
    def restart(self) -> None:
        """End the host's process between two acts, and start another."""
        self._reopen()

    @precondition(lambda self: self.model.batches and not self._open())
    @rule()
    def switch_factor(self) -> None:
        """Sell to the other factor from now on."""
        other = next(name for name in CONNECTIONS if name != self.active)
        self.host.switch(self.active, other)
        self.active = other

    def _sellable(self) -> bool:
        return bool(self._unsold()) or len(self.model.loads) < MOST

    def _bring_one(self) -> None:
        """See that there is something to sell, so that trouble is met often."""
        if not self._unsold():
            self.import_loads([FACES[1]])
            self.generate_invoices()

    def _all_known(self, act: str) -> None:
        shown = self.host.loads()
        for batch in self.model.batches:
            for number in batch.loads:
                if self.model.loads[number].sale == batch.at:
                    assert shown[number].status not in ("released", "queued"), (
                        f"L1 nothing lost: {act} returned, and the host does not know that {number} arrived"
                    )
            batch.known = True
        self._interrupted = False

    def _troubled(self, act: Callable[[], None]) -> None:
        """Do something that may fail, and go on as a host does after a failure or a crash."""
        self._interrupted = True
        try:
            act()
        except KilledError:
            self._reopen()
        except FactoringError as error:
            self._keeps_secrets(str(error), "an error")
        self.site.fault = None
        self.site.clock.until_killed = self.site.commits.lost = None
        self._arrivals()

    def _arrivals(self) -> None:
        """Take note of the lists that came, as a factor does."""
        new, self._read = self.site.arrivals[self._read :], len(self.site.arrivals)
        for one in new:
            numbers = [invoice.load or invoice.number for invoice in one.invoices]
            twice = [number for number in numbers if self.model.loads[number].sale is not None]
            assert not twice, f"L2 nothing sent twice: {one.name} brings {twice} to a factor once more"
            assert one.connection == self.active, (
                f"L2 nothing sent twice: {one.name} went to {one.connection}; {self.active} is the factor now"
            )
            faces = {invoice.load or invoice.number: invoice.face for invoice in one.invoices}
            wrong = [number for number in numbers if faces[number] != self.model.loads[number].face]
            assert not wrong, f"L4 no silent damage: the list has other amounts for {wrong}"
            packets = self.site.packets_at(one.connection)
            bare = [number for number in numbers if f"{number}.pdf" not in packets]
            assert not bare, f"L3 no silent success: the list came, and the packets of {bare} did not"
            self.model.arrived(one.connection, numbers)


def loads_file(faces: Mapping[str, int]) -> bytes:
    """Write a file of released loads, by number and face amount in cents."""
    lines = ["load_number,subsidiary,customer,amount,status,invoice_file,pod_file,rate_confirmation_file"]
    lines += [
        f"{number},{SUBSIDIARY},blue,{decimal_text(face)},released,invoice.pdf,pod.pdf,rate.pdf"
        for number, face in faces.items()
    ]
    return "\r\n".join([*lines, ""]).encode()
