"""What goes on around the office of a story: other programs, sleep, ends, and what lies where."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from factoring_core.errors import FactoringError
from factoring_core.testing.simulated_api import KilledError
from factoring_core.testing.stories.looking import records
from factoring_core.testing.stories.place import Place
from factoring_core.testing.stories.telling import Names, told
from factoring_core.testing.stories.trouble import Events
from factoring_core.wiring.office import Office

VIEWED = frozenset({"loads", "standings", "load_events", "audit", "outbox", "assignments", "leases"})
"""Kinds of records that views show, but for leases, whose times follow from the sizes of packets."""


class Surroundings:
    """Has things happen around an office, and writes them down.

    *where* something is called is a connection, at whose folder a verb is called, or ``progress``: the
    office then tells of it.

    Args:
        place: Where the story is set.
        opened: Opens the office over what it has stored.
    """

    def __init__(self, place: Place, opened: Callable[[Place], Office]) -> None:
        self.place = place
        self._opened = opened
        self._text: list[str] = []
        self._names = Names()
        self._arrived = 0
        self._met = False
        self.office = place.settled(opened(place))
        self._records = records(self.office)

    def meanwhile(self, where: str, verb: str, act: str, *given: Any, at: int = 1, **named: Any) -> None:
        """Have another program do an act just before the *at*-th call of a verb."""

        def happens() -> None:
            self._met = True
            other = self.place.settled(self._opened(self.place))
            self._text += [f"| before {verb}: {self._called(act, given, named)}"]
            try:
                self._write("| = ", told(getattr(other, act)(*given, **named)))
            except FactoringError as error:
                self._write("| ! ", told(error))
            other.close()

        self._events(where).meanwhile(verb, happens, at=at)

    def sleeps(self, where: str, verb: str, seconds: float, *, at: int = 1) -> None:
        """Let time pass just before the *at*-th call of a verb."""
        self._events(where).meanwhile(verb, lambda: self.place.timer.sleep(seconds), at=at)

    def ends_at(self, where: str, verb: str, end: type[BaseException] = KilledError, *, at: int = 1) -> None:
        """Let the program end just before the *at*-th call of a verb."""

        def happens() -> None:
            raise end

        self._events(where).meanwhile(verb, happens, at=at)

    def _events(self, where: str) -> Events:
        return self.place.events if where == "progress" else self.place.factor(where).events

    def tells(self) -> None:
        """Write down all that the office tells of its progress from now on."""

        def tell(what: str, done: int, total: int) -> None:
            # How many bytes a packet has is the adapter's affair.
            parts = ("all" if done == total else "some") if what == "bytes" and done else f"{done}/{total}"
            self._text.append(f". {what} {'none' if what == 'bytes' and not done else parts}")

        self.place.tell = tell

    def writes(self, *kept: Any) -> None:
        """Put records into the store past the office, as only somebody else would."""
        ports = self.office.ports
        with ports.store.transaction(ports.tenant) as tx:
            for one in kept:
                tx.put(one)
        self._text += ["", f"> written past the office: {', '.join(type(one).__name__ for one in kept)}"]
        self._records = records(self.office)

    def kept(self) -> None:
        """Tell what the store keeps of which no view shows the whole."""
        names = Names()
        names.settled("\n".join(self._text))
        self._text += ["", "> what is kept"]
        for kind, found in records(self.office).items():
            if kind not in VIEWED:
                # By what is known of them: their keys may be hashes of what an adapter made.
                for lines in sorted(map(told, found), key=lambda one: names.settled("\n".join(one))):
                    self._text += [f"{kind}:", *(f"    {line}" for line in lines)]

    def left(self, connection: str) -> None:
        """Tell what lies in a factor's folder."""
        names = [one.name for one in self.place.factor(connection).list()]
        self._text += ["", f"> what lies at {connection}"]
        self._write("= ", told(names))

    def is_gone(self) -> None:
        """Let all programs before this one be seen to have ended."""
        self.place.gone |= {f"program {one}" for one in range(1, self.place.programs)}

    def sets(self, connection: str, **changes: Any) -> None:
        """Change a connection in the settings of the host, which opens its office again."""
        settings = self.place.settings
        shown = ", ".join(f"{name}={told(one)[0]}" for name, one in changes.items())
        self._text += ["", f"> settings of {connection}: {shown}"]
        self.place.settings = evolve(
            settings,
            connections=tuple(
                evolve(one, **changes) if one.id == connection else one for one in settings.connections
            ),
        )
        self.reopens()

    def reopens(self) -> None:
        """Close the office and open it again: all is as it was."""
        self._opens()
        self._unchanged("opening the office again")

    def _opens(self) -> None:
        self.office.close()
        self.office = self.place.settled(self._opened(self.place))

    def _called(self, act: str, given: Any, named: Any) -> str:
        shown = [told(one)[0] for one in given]
        shown += [f"{name}={told(one)[0]}" for name, one in named.items() if not isinstance(one, Path)]
        return f"{act}({', '.join(shown)})"

    def _write(self, mark: str, lines: list[str]) -> None:
        self._text += [f"{mark if not at else ' ' * len(mark)}{line}" for at, line in enumerate(lines)]

    def _unchanged(self, what: str, *, but: Sequence[str] = ()) -> None:
        before, self._records = self._records, records(self.office)
        changed = sorted(name for name in before if before[name] != self._records[name] and name not in but)
        assert not changed, f"{what} changed {', '.join(changed)}"
        assert len(self.place.arrived) == self._arrived, f"{what} sent something"
