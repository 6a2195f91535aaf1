"""One story: acts of an office in a row, each with what it answers and all that it changes."""

import datetime as dt
import difflib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.errors import FactoringError, StoreBusyError
from factoring_core.testing.simulated_api import KilledError
from factoring_core.testing.stories.around import Surroundings
from factoring_core.testing.stories.files import Row, csv
from factoring_core.testing.stories.looking import Look, details, look, records
from factoring_core.testing.stories.place import Place
from factoring_core.testing.stories.telling import told
from factoring_core.wiring.acts import TALKING, WHOLE
from factoring_core.wiring.office import Office

RECORD = "FACTORING_STORIES"
"""The environment variable that, set to ``record``, writes the stories down instead of comparing."""
SHOWN = 60
"""Lines of a difference that are shown."""
HEARD = ("submit", "resume", "apply_report", "fetch_reports")
"""Acts that tell of their progress."""
ONCE = frozenset((*WHOLE, *TALKING))
LEFT = {**dict.fromkeys(TALKING, ("leases", "staged_files")), "relay": ("subscriptions",)}
"""By act: the kinds of records that one which is refused in the middle of its talk may leave changed."""
E = TypeVar("E", bound=FactoringError)


class Story(Surroundings):
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
        super().__init__(place, opened)
        self._kept = kept
        self._acts = 0
        self._seen: Look = look(self.office)
        self._details: dict[str, Look] = {}

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
