"""What people decide, and what time brings."""

import datetime as dt

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from factoring_core.testing.machine.state import PICK, MachineState


class Deciding(MachineState):
    """What the carrier's people do about what the factor said."""

    @precondition(lambda self: self._denied())
    @rule(which=PICK)
    def return_to_queue(self, which: int) -> None:
        """Take a denied load back, to be sold again on a later day."""
        denied = self._denied()
        number = denied[which % len(denied)]
        self.host.return_load(number)
        self._ended(number)

    @precondition(lambda self: self._short())
    @rule(which=PICK)
    def accept_shortage(self, which: int) -> None:
        """Write off what is short of a load."""
        short = self._short()
        number = short[which % len(short)]
        expected = self.model.expected(number)
        found = self.host.accept_shortage(number)
        assert found, f"L1 nothing lost: {number} is short of {expected.open} and nobody is asked about it"
        assert expected.open is not None
        self.model.loads[number].accepted.append(expected.open)

    @precondition(lambda self: self._charged_back())
    @rule(which=PICK)
    def resell(self, which: int) -> None:
        """Take a charged-back load back, to be sold again on a later day."""
        charged = self._charged_back()
        number = charged[which % len(charged)]
        self.host.resell(number)
        self._ended(number)

    @precondition(lambda self: self._charged_back())
    @rule(which=PICK)
    def pay_direct(self, which: int) -> None:
        """The customer of a charged-back load pays the carrier."""
        charged = self._charged_back()
        number = charged[which % len(charged)]
        face = self.model.loads[number].face
        today = self.site.clock.now().date()
        self.host.pay(number, amount=face, on=today, reference=f"D-{number}")
        self.model.loads[number].stated += face

    @precondition(lambda self: self.model.ledger)
    @rule(days=st.integers(1, 9))
    def let_time_pass(self, days: int) -> None:
        """Nothing happens for some days."""
        self.site.clock.advance(dt.timedelta(days=days))

    def _ended(self, number: str) -> None:
        """Note that a sale has ended; the next one is of a later day, by which rows tell them apart."""
        self.model.loads[number].sale = None
        self.model.loads[number].accepted.clear()
        self.site.clock.advance(dt.timedelta(days=1))
