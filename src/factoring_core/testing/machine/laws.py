"""What must hold after every step."""

from hypothesis.stateful import invariant

from factoring_core.testing.machine.neighbours import Neighbours
from factoring_core.testing.machine.showing import Showing


class Laws(Neighbours, Showing):
    """Compares all that the host shows with the model."""

    @invariant()
    def laws_hold(self) -> None:
        """Compare everything the host shows with the model."""
        seen = self.host.loads()
        gone, more = sorted(self.model.loads.keys() - seen), sorted(seen.keys() - self.model.loads)
        assert not gone, f"L1 nothing lost: the host no longer shows {gone}"
        assert not more, f"L1 nothing lost: the host shows {more}, which never came"
        for number, shown in seen.items():
            self._note_what_the_host_knows(number, shown.status)
            expected = self.model.expected(number)
            assert shown.status in expected.statuses, (
                f"{self._law(number)}: {number} is {shown.status}; from the reports that count and the"
                f" batches that arrived it is {' or '.join(sorted(expected.statuses))}"
            )
            if expected.paid is not None and shown.status not in ("released", "queued"):
                assert shown.paid == expected.paid, (
                    f"L1 nothing lost: {number} shows {shown.paid} cents paid; the reports that count say"
                    f" {expected.paid}"
                )
                assert expected.open is None or shown.open == expected.open, (
                    f"L1 nothing lost: {number} shows {shown.open} cents open instead of {expected.open}"
                )
        self._keeps_secrets(repr(seen), "a load")
        self._shows_what_happened()
        self._neighbours_notice_nothing()
        assert self.host.audit_holds(), "L4 no silent damage: the audit trail is broken"

    def _law(self, number: str) -> str:
        return "L3 no silent success" if self.model.loads[number].sale is None else "order, again or undo"

    def _note_what_the_host_knows(self, number: str, status: str) -> None:
        """A host that shows a load as sold with no report to say so has recorded the delivery."""
        sale = self.model.loads[number].sale
        if sale is not None and status == "invoiced" and not self.model.spoken_of(sale):
            self.model.batches[sale].known = True
