"""The machine itself: what can happen to a host, in any order, and what must hold after each step."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from factoring_core.testing.machine.collecting import Collecting
from factoring_core.testing.machine.deciding import Deciding
from factoring_core.testing.machine.laws import Laws
from factoring_core.testing.machine.selling import FACES, Selling

FAR = (
    *("released", "queued", "sold", "bought", "reported"),
    *("short", "accepted", "denied", "returned", "charged", "resold", "direct"),
)


class FactoringMachine(Selling, Collecting, Deciding, Laws):
    """Drives a host through everything a month can bring; subclass it, and say how the host is opened.

    The test is ``YourMachine.TestCase``.  Hypothesis shrinks a failure and prints the calls that
    repeat it, which run as they stand wherever the subclass is named.

    A method that fails with an `AssertionError` breaks one of the five laws, which the message names:
    L1 nothing lost, L2 nothing sent twice, L3 no silent success, L4 no silent damage, L5 no leak; or a
    law of reports (`again`, `order`, `undo`): the world follows from which reports count, and from
    nothing else.
    """

    @initialize(faces=st.lists(st.sampled_from(FACES), min_size=1, max_size=3), far=st.sampled_from(FAR))
    def begin(self, faces: list[int], far: str) -> None:
        """Begin somewhere in the middle of things, so that short runs go deep."""
        denied = far in ("denied", "returned")
        self.import_loads(faces)
        self.laws_hold()
        if far != "released":
            self.generate_invoices()
        if far not in ("released", "queued"):
            self.submit()
        if far not in ("released", "queued", "sold"):
            self.buy(0, 1 if denied else 0)
        if far not in ("released", "queued", "sold", "bought"):
            self.report(0, True, 0, len(faces))
        if far in ("short", "accepted") and faces[0] > 1_00:
            self.collect(0, "part", 1)
        if far in ("charged", "resold", "direct"):
            self.collect(0, "chargeback", 1)
        if far == "accepted" and faces[0] > 1_00:
            self.accept_shortage(0)
        if far == "returned":
            self.return_to_queue(0)
        if far == "resold":
            self.resell(0)
        if far == "direct":
            self.pay_direct(0)
