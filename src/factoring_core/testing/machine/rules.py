"""The machine itself: what can happen to a host, in any order, and what must hold after each step."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from factoring_core.testing.machine.collecting import Collecting
from factoring_core.testing.machine.deciding import Deciding
from factoring_core.testing.machine.laws import Laws
from factoring_core.testing.machine.selling import FACES, MOST, Selling
from factoring_core.testing.machine.site import CONNECTIONS

FAR = (
    *("released", "queued", "sold", "bought", "reported"),
    *("short", "accepted", "denied", "returned", "again", "charged", "resold", "anew", "direct"),
)
"""How far loads have come.  ``again``: returned and sold again; ``anew``: resold and sold again."""
UNSOLD = ("released", "queued")
DENIED = ("denied", "returned", "again")
CHARGED_BACK = ("charged", "resold", "anew", "direct")
NEW = st.lists(st.sampled_from(FACES), min_size=1, max_size=3)


class FactoringMachine(Selling, Collecting, Deciding, Laws):
    """Drives a host through everything a month can bring; subclass it, and say how the host is opened.

    The test is ``YourMachine.TestCase``.  Hypothesis shrinks a failure and prints the calls that
    repeat it, which run as they stand wherever the subclass is named.

    A method that fails with an `AssertionError` breaks one of the five laws, which the message names:
    L1 nothing lost, L2 nothing sent twice, L3 no silent success, L4 no silent damage, L5 no leak; or a
    law of reports (`again`, `order`, `undo`): the world follows from which reports count, and from
    nothing else.
    """

    @initialize(faces=NEW, far=st.sampled_from(FAR))
    def begin(self, faces: list[int], far: str) -> None:
        """Begin somewhere in the middle of things, so that short runs go deep."""
        self._bring(faces, far)

    @precondition(lambda self: len(self.model.loads) < MOST)
    @rule(faces=NEW, far=st.sampled_from(FAR))
    def bring(self, faces: list[int], far: str) -> None:
        """Bring other loads as far at once: single steps would seldom lead there."""
        self._bring(faces, far)

    def _bring(self, faces: list[int], far: str) -> None:
        if far in ("short", "accepted"):
            faces = [max(faces[0], FACES[1]), *faces[1:]]  # a dollar is not paid in parts
        first = f"L-{101 + len(self.model.loads)}"
        self.import_loads(faces)
        self.laws_hold()
        if far != "released":
            self.generate_invoices()
        if far not in UNSOLD:
            self.submit()
        if far in (*UNSOLD, "sold"):
            return
        self.buy(len(self.model.batches) - 1, 1 if far in DENIED else 0)
        if far == "bought":
            return
        sale = self.model.batches[-1]
        self.report(CONNECTIONS.index(sale.connection), True, len(self.model.ledger), len(sale.loads))
        if far in ("short", "accepted"):
            self.collect(self._movable().index(first), "part", 1)
        if far in CHARGED_BACK:
            self.collect(self._movable().index(first), "chargeback", 1)
        self._decide(first, far)

    def _decide(self, first: str, far: str) -> None:
        if far == "accepted":
            self.accept_shortage(self._short().index(first))
        if far in ("returned", "again"):
            self.return_to_queue(self._denied().index(first))
        if far in ("resold", "anew"):
            self.resell(self._charged_back().index(first))
        if far == "direct":
            self.pay_direct(self._charged_back().index(first))
        if far in ("again", "anew"):
            self.submit()
