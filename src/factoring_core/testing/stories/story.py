"""One story: acts of an office in a row, each with what it answers and all that it changes."""

import datetime as dt
import difflib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from attrs import evolve

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.errors import FactoringError, StoreBusyError
from factoring_core.testing.simulated_api import KilledError
from factoring_core.testing.stories.files import Row, csv
from factoring_core.testing.stories.looking import Look, details, look, records
from factoring_core.testing.stories.place import Place
from factoring_core.testing.stories.telling import Names, told
from factoring_core.testing.stories.trouble import Events
from factoring_core.wiring.acts import TALKING, WHOLE
from factoring_core.wiring.office import Office

RECORD = "FACTORING_STORIES"
"""The environment variable that, set to ``record``, writes the stories down instead of comparing."""
SHOWN = 60
"""Lines of a difference that are shown."""
HEARD = ("submit", "resume", "apply_report", "fetch_reports")
"""Acts that tell of their progress."""
VIEWED = frozenset({"loads", "standings", "load_events", "audit", "outbox", "assignments", "leases"})
"""Kinds of records that views show, but for leases, whose times follow from the sizes of packets."""
ONCE = frozenset((*WHOLE, *TALKING))
LEFT = {**dict.fromkeys(TALKING, ("leases", "staged_files")), "relay": ("subscriptions",)}
"""By act: the kinds of records that one which is refused in the middle of its talk may leave changed."""
E = TypeVar("E", bound=FactoringError)


class Story:
    """Has an office act, and writes down what comes of it.

    After each act everything the office shows is looked at: what changed is written down, events
    and the audit trail must only have grown, and the chain must be whole.  A refusal may change nothing.
    Every second act is done under an operation id and called again, which must answer the same and do
    nothing more.

    Args:
        place: Where it is set.
        opened: Opens the office over what it has stored.
        kept: The file with the story as it was told before.
    """

    def __init__(self, place: Place, opened: Callable[[Place], Office], kept: Path) -> None:
        self.place = place
        self._opened, self._kept = opened, kept
        self._text: list[str] = []
        self._names = Names()
        self._acts = 0
        self._arrived = 0
        self._met = False
        self.office = place.settled(opened(place))
        self._seen: Look = look(self.office)
        self._details: dict[str, Look] = {}
        self._records = records(self.office)

    def do(self, act: str, *given: Any, by: Actor | None = None, **named: Any) -> Any:
        """Do an act and return its answer; a refusal is one too, and may change nothing."""
        office = self._begun(act, given, named, by)
        self._acts, self._met = self._acts + 1, False
        under = f"act-{self._acts:05}" if self._acts % 2 == 0 and act in ONCE else None
        try:
            answer = self._once(office, under, act, given, named)
        except StoreBusyError as error:
            self._write("! ", told(error))
            self._changes()
            return error
        except FactoringError as error:
            self._write("! ", told(error))
            if self._met:
                self._changes()  # what others did
            else:
                if act in TALKING:
                    self._arrivals()
                self._unchanged(act, but=LEFT.get(act, ()))
            return error
        except (KilledError, KeyboardInterrupt) as end:
            self._write("! ", [type(end).__name__])
            self._opens()
            self._changes()
            return end
        self._write("= ", told(answer))
        self._changes()
        return answer

    def meanwhile(self, where: str, verb: str, act: str, *given: Any, at: int = 1, **named: Any) -> None:
        """Have another program do an act just before the *at*-th call of a verb; see `_events`."""

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
        """Return what happens at a connection's folder, or, of ``progress``, when the office tells of it."""
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

    def _once(self, office: Office, under: str | None, act: str, given: Any, named: Any) -> Any:
        if act in HEARD:
            named = {**named, "progress": self.place.progress}
        if under is None or named.get("dry_run"):
            return getattr(office, act)(*given, **named)
        answer = getattr(office.operation(under), act)(*given, **named)
        error = getattr(answer, "error", None)
        if error is None or not error.retryable:
            again = getattr(office.operation(under), act)(*given, **named)
            assert told(again) == told(answer), f"{act} called again under its id answers otherwise"
        return answer

    def refused(self, kind: type[E], act: str, *given: Any, by: Actor | None = None, **named: Any) -> E:
        """Try an act that must be refused with an error of this kind, and return the error."""
        error = self.do(act, *given, by=by, **named)
        assert isinstance(error, kind), f"{act} was not refused as it should be: {error}"
        return error

    def see(self, view: str, *given: Any, by: Actor | None = None, **named: Any) -> Any:
        """Look at something, which changes nothing, and return it."""
        answer = getattr(self._begun(view, given, named, by), view)(*given, **named)
        if isinstance(answer, bytes) and not answer.startswith(b"%PDF"):
            self._write("= ", answer.decode("utf-8", "replace").splitlines())
        else:
            self._write("= ", told(answer))
        self._unchanged(view)
        return answer

    def imports(self, *rows: Row, **more: Any) -> Any:
        """Import rows of loads with their papers."""
        return self.do("import_loads", csv(*rows), name="loads.csv", folder=self.place.papers, **more)

    def applies(self, *rows: Row, **more: Any) -> Any:
        """Apply rows as one report of east."""
        given: dict[str, Any] = {"name": "report.csv", "subsidiary": "east", **more}
        return self.do("apply_report", csv(*rows), **given)

    def note(self, what: str, value: Any) -> None:
        """Write down something that is not an answer: what was heard, or lies somewhere."""
        self._text += ["", f"… {what}"]
        self._write("= ", told(value))

    def waits(self, **time: int) -> None:
        """Let time pass, in the words of `datetime.timedelta`, and see what it alone changes."""
        self._text += ["", f"… {time}"]
        self.place.clock.advance(dt.timedelta(**time))
        self._changes()

    def exceptions(self, kind: str, load: str | None = None) -> list[str]:
        """Return the ids of the open exceptions of a type."""
        return [
            one.item.id
            for one in self.office.exceptions()
            if one.item.type.value == kind and load in (None, one.item.load)
        ]

    def exception(self, kind: str, load: str | None = None) -> str:
        """Return the id of the one open exception of a type."""
        found = self.exceptions(kind, load)
        assert len(found) == 1, f"there are {len(found)} open exceptions {kind}"
        return found[0]

    def reopens(self) -> None:
        """Close the office and open it again: all is as it was."""
        self._opens()
        self._unchanged("opening the office again")

    def _opens(self) -> None:
        self.office.close()
        self.office = self.place.settled(self._opened(self.place))

    def ends(self) -> None:
        """Compare the story with how it was told before, or write it down."""
        self._text += ["", "> all loads"]
        for name in [one.partition(" ")[2] for one in self._seen if one.startswith("load ")]:
            self._differences(self._details.get(name, {}), details(self.office, name))
        for report in self.office.reports():
            self.see("report", report.id)
        text = self._names.settled("\n".join([*self._text, ""]))
        if os.environ.get(RECORD) == "record":
            self._kept.parent.mkdir(exist_ok=True)
            self._kept.write_text(text, encoding="utf-8", newline="\n")
        before = self._kept.read_text(encoding="utf-8")
        if text != before:
            lines = difflib.unified_diff(
                before.splitlines(), text.splitlines(), "as told", "now", lineterm=""
            )
            raise AssertionError("\n".join(["The office tells another story:", *list(lines)[:SHOWN]]))

    def _begun(self, act: str, given: Any, named: Any, by: Actor | None) -> Office:
        who = f"{by.name}: " if by is not None else ""
        self._text += ["", f"> {who}{self._called(act, given, named)}"]
        return self.office if by is None else self.office.acting_for(by)

    def _called(self, act: str, given: Any, named: Any) -> str:
        shown = [told(one)[0] for one in given]
        shown += [f"{name}={told(one)[0]}" for name, one in named.items() if not isinstance(one, Path)]
        return f"{act}({', '.join(shown)})"

    def _write(self, mark: str, lines: list[str]) -> None:
        self._text += [f"{mark if not at else ' ' * len(mark)}{line}" for at, line in enumerate(lines)]

    def _changes(self) -> None:
        """Write down what arrived at factors, and everything that an office shows otherwise than before."""
        self._arrivals()
        before, self._seen = self._seen, look(self.office)
        self._records = records(self.office)
        self._differences(before, self._seen)
        for name in self._moved(before):
            old, self._details[name] = self._details.get(name, {}), details(self.office, name)
            self._differences(old, self._details[name])
        assert self.office.audit().intact, "the audit trail is broken"

    def _arrivals(self) -> None:
        for connection, name, content in self.place.arrived[self._arrived :]:
            self._text.append(f"→ {connection} {name}")
            if name.endswith(".csv"):
                self._write("    ", content.decode("utf-8", "replace").splitlines())
        self._arrived = len(self.place.arrived)

    def _moved(self, before: Look) -> list[str]:
        """Name the loads that are shown otherwise than before."""
        names = [name.partition(" ")[2] for name in self._seen if name.startswith("load ")]
        return [
            name
            for name in names
            if any(before.get(f"{one} {name}") != self._seen[f"{one} {name}"] for one in ("load", "standing"))
        ]

    def _differences(self, before: Look, after: Look) -> None:
        for name in [*after, *(one for one in before if one not in after)]:
            old, new = before.get(name), after.get(name)
            if old == new:
                continue
            assert old is None or not name.startswith(("event", "audit")), f"{name} was changed"
            self._text.append(f"{'+' if old is None else '-' if new is None else '~'} {name}")
            if old is None:
                self._write("    ", told(new))
            elif new is not None:
                gone, come = told(old), told(new)
                self._text += [f"  - {line.strip()}" for line in gone if line not in come]
                self._text += [f"  + {line.strip()}" for line in come if line not in gone]

    def _unchanged(self, what: str, *, but: Sequence[str] = ()) -> None:
        before, self._records = self._records, records(self.office)
        changed = sorted(name for name in before if before[name] != self._records[name] and name not in but)
        assert not changed, f"{what} changed {', '.join(changed)}"
        assert len(self.place.arrived) == self._arrived, f"{what} sent something"
