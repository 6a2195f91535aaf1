"""What happens at the factor: it decides, and money moves."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from factoring_core.testing.machine.model import Movement
from factoring_core.testing.machine.reporting import Reporting
from factoring_core.testing.machine.site import CONNECTIONS
from factoring_core.testing.machine.state import PICK


class Collecting(Reporting):
    """What stands in the factor's ledger, told at once or later."""

    @precondition(lambda self: self._undecided())
    @rule(batch=PICK, denied=st.integers(0, 3))
    def buy(self, batch: int, denied: int) -> None:
        """Let the factor decide about a batch: it buys all, or denies one in so many."""
        chosen = self.model.batches[batch % len(self.model.batches)]
        undecided = self._undecided()
        for at, number in enumerate(chosen.loads):
            if number in undecided and self.model.loads[number].sale == chosen.at:
                kind = "denied" if denied and at % denied == denied - 1 else "purchase"
                self._move(number, kind, self.model.loads[number].face if kind == "purchase" else 0)

    @precondition(lambda self: self._movable())
    @rule(
        load=PICK,
        kind=st.sampled_from(["full", "part", "rest", "bounce", "chargeback", "part_back"]),
        told=st.integers(0, 3),
    )
    def collect(self, load: int, kind: str, told: int) -> None:
        """Let money move at the factor, and issue a report of the last few movements, or none."""
        there = self._movable()
        number = there[load % len(there)]
        face = self.model.loads[number].face
        moves = self.model.moves(number)
        kinds = Counter(one.kind for one in moves)
        paid = sum(one.amount for one in moves if one.kind == "payment")
        paid -= sum(one.amount for one in moves if one.kind == "bounce")
        if kind == "full" or (kind == "rest" and face - paid > 0):
            self._move(number, "payment", face if kind == "full" else face - paid)
        elif kind == "part" and face > 1_00:
            self._move(number, "payment", face // 3)
        elif kind == "bounce" and paid > 0:
            last = [one for one in moves if one.kind == "payment"][-1]
            if not kinds["bounce"]:
                self._move(number, "bounce", last.amount)
        elif kind in ("chargeback", "part_back") and kinds["purchase"] and not kinds["bounce"]:
            self._move(number, "chargeback", face if kind == "chargeback" else face // 4)
        sale = self.model.loads[number].sale
        if told and sale is not None:
            at = CONNECTIONS.index(self.model.batches[sale].connection)
            self.report(at, False, len(self.model.ledger), told)

    def _move(self, number: str, kind: str, amount: int) -> None:
        self._cheques += 1
        sale = self.model.loads[number].sale
        assert sale is not None
        today = self.site.clock.now().date()
        cheque = f"CHK{4000 + self._cheques}"
        self.model.ledger.append(
            Movement(load=number, batch=sale, kind=kind, amount=amount, on=today, cheque=cheque)
        )
