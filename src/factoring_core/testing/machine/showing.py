"""What a host shows besides its loads, where it has doors for it: events and open questions."""

from hypothesis.stateful import precondition, rule

from factoring_core.testing.machine.host import DOORS, HostEvent
from factoring_core.testing.machine.state import MachineState


class Showing(MachineState):
    """Compares events and questions with the model, and takes imports back.

    ``doors``: those of `DOORS` that the host has; a subclass names fewer where it has fewer.
    """

    doors = DOORS

    def __init__(self) -> None:
        super().__init__()
        self._told: list[HostEvent] = []

    @precondition(lambda self: "undo_last_import" in self.doors and self._just_brought())
    @rule()
    def undo_import(self) -> None:
        """Take the last file of loads back, while its loads are as it brought them."""
        brought = self._just_brought()
        self.host.undo_last_import()
        for number in brought:
            del self.model.loads[number]
        self._brought.clear()

    def _just_brought(self) -> list[str]:
        fresh = all(not self.model.loads[one].invoiced for one in self._brought)
        return self._brought[:] if fresh else []

    def _shows_what_happened(self) -> None:
        if "events" in self.doors:
            self._events_hold()
        if "questions" in self.doors:
            self._questions_hold()

    def _events_hold(self) -> None:
        """What was told stays as it was told, once, and its last word is where each load stands."""
        before, self._told = self._told, list(self.host.events())
        assert self._told[: len(before)] == before, (
            "L4 no silent damage: events that were told are gone, or others"
        )
        ids = [one.id for one in self._told]
        assert len(ids) == len(set(ids)), "order, again or undo: an event is told twice"
        last = {one.load: one.status for one in self._told}
        for number, shown in self.host.loads().items():
            assert last.get(number, "released") == shown.status, (
                f"L1 nothing lost: {number} is {shown.status}, and the last event says"
                f" {last.get(number, 'nothing')}"
            )

    def _questions_hold(self) -> None:
        """Whoever has to decide something is asked about it."""
        asked = self.host.questions()
        for kind, loads in (
            ("denied", self._denied()),
            ("short_paid", self._short()),
            ("charged_back", self._charged_back()),
        ):
            missing = [one for one in loads if (kind, one) not in asked]
            assert not missing, f"L1 nothing lost: {missing} are {kind}, and nobody is asked about it"
