"""What the machine asks of a host: its own doors, in plain values; and those of an `Office`, ready made."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from attrs import frozen

from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.wiring.office import Office

SUBSIDIARY = "east"


@frozen
class HostLoad:
    """How the host shows one load: its status in the five words, and net paid and open in cents."""

    status: str
    paid: int
    open: int


@frozen
class Applied:
    """What the host says of a report that it took.

    ``rows``: how many it read.  ``placed``: how many of them it can account for, over all buckets.
    """

    report_id: str
    rows: int
    placed: int


@frozen
class HostEvent:
    """One thing that the host tells others of: its own ``id``, and where a load stands since."""

    id: str
    load: str
    status: str


DOORS = frozenset({"events", "questions", "undo_last_import"})
"""What a host may leave out, and says so: see `FactoringMachine.doors`."""


class Host(Protocol):
    """A host's integration, as its users meet it.  Amounts are in cents.

    Any method may raise a `FactoringError`; the machine takes one only where it caused the
    trouble itself.  What is not the host's trouble (a `BaseException` that ends the process)
    must pass through.
    """

    def import_loads(self, content: bytes, *, name: str, folder: Path) -> None:
        """Take a file of released loads; the documents it names are in *folder*."""

    def generate_invoices(self, loads: Sequence[str]) -> None:
        """Give loads their invoices."""

    def submit(self) -> None:
        """Sell everything that can be sold; raises where something did not leave."""

    def resume(self) -> None:
        """Finish what an earlier process left open; raises where it could not."""

    def apply_report(self, content: bytes, *, name: str, kind: str, connection: str) -> Applied:
        """Apply a report."""

    def undo_report(self, report_id: str) -> None:
        """Make a report count no longer."""

    def return_load(self, load: str) -> None:
        """Take a denied load back to the queue."""

    def resell(self, load: str) -> None:
        """Take a fully charged-back load back to the queue, to be sold again."""

    def pay(self, load: str, *, amount: int, on: dt.date, reference: str) -> None:
        """State that a customer paid the carrier itself."""

    def accept_shortage(self, load: str) -> bool:
        """Write off what is short of a load; False where nothing is said to be short."""

    def switch(self, old: str, new: str) -> None:
        """Let one connection drain and sell through the other from now on."""

    def loads(self) -> Mapping[str, HostLoad]:
        """Show every load."""

    def audit_holds(self) -> bool:
        """Say whether the audit trail is whole."""

    def events(self) -> Sequence[HostEvent]:
        """Optional: tell of every step of a load so far, in one order."""

    def questions(self) -> Collection[tuple[str, str]]:
        """Optional: name what is open for a person to decide, as the type of exception and the load."""

    def undo_last_import(self) -> None:
        """Optional: take the last file of loads back, whose loads are still as it brought them."""

    def close(self) -> None:
        """End; what was committed stays."""


class OfficeHost:
    """The doors of an `Office`; a host with more between them and its users wraps or extends this.

    Args:
        opened: Opens the office anew over what is stored.  Called again after every crash.
    """

    def __init__(self, opened: Callable[[], Office]) -> None:
        self.office = opened()

    def import_loads(self, content: bytes, *, name: str, folder: Path) -> None:
        """Import a file."""
        self.office.import_loads(content, name=name, folder=folder)

    def generate_invoices(self, loads: Sequence[str]) -> None:
        """Give loads their invoices."""
        self.office.generate_invoices(loads)

    def submit(self) -> None:
        """Submit; a failure that the office reports beside its result is raised."""
        result = self.office.submit(SUBSIDIARY)
        if result.error is not None:
            raise result.error

    def resume(self) -> None:
        """Resume; as above."""
        result = self.office.resume()
        if result.error is not None:
            raise result.error

    def apply_report(self, content: bytes, *, name: str, kind: str, connection: str) -> Applied:
        """Apply a report."""
        result = self.office.apply_report(
            content, name=name, subsidiary=SUBSIDIARY, kind=kind, connection=connection
        )
        rows = result.rows
        placed = rows.matched + rows.already_known + rows.non_factored + rows.exceptions + rows.information
        assert result.report_id is not None, "an applied report has an id"
        return Applied(report_id=result.report_id, rows=rows.read, placed=placed)

    def undo_report(self, report_id: str) -> None:
        """Undo a report."""
        self.office.undo_report(report_id, reason="issued by mistake")

    def return_load(self, load: str) -> None:
        """Return a load."""
        self.office.return_loads([load], reason="denied")

    def resell(self, load: str) -> None:
        """Resell a load."""
        self.office.resell([load], reason="the customer has promised to pay")

    def pay(self, load: str, *, amount: int, on: dt.date, reference: str) -> None:
        """State a payment."""
        self.office.pay(load, amount=amount, on=on, reference=reference)

    def accept_shortage(self, load: str) -> bool:
        """Decide the open `short_paid` of a load, if there is one."""
        for view in self.office.exceptions(SUBSIDIARY):
            if view.item.type is ExceptionType.SHORT_PAID and view.item.load == load:
                self.office.resolve(view.item.id, "write_off", reason="agreed by telephone")
                return True
        return False

    def switch(self, old: str, new: str) -> None:
        """Deactivate one connection, activate the other."""
        self.office.deactivate(old, reason="the factor is changed")
        self.office.activate(new)

    def loads(self) -> Mapping[str, HostLoad]:
        """List the loads."""
        return {
            view.load.number: HostLoad(view.standing.status.value, view.standing.paid, view.standing.open)
            for view in self.office.loads()
        }

    def audit_holds(self) -> bool:
        """Walk the audit chain."""
        return self.office.audit().intact

    def events(self) -> Sequence[HostEvent]:
        """Read all events, page by page."""
        found: list[HostEvent] = []
        position = ""
        while page := self.office.events(position):
            position = page[-1].position
            found += [HostEvent(one.id, one.subject, one.data["to"]) for one in page if "to" in one.data]
        return found

    def questions(self) -> Collection[tuple[str, str]]:
        """List the open exceptions."""
        return {(view.item.type.value, view.item.load or "") for view in self.office.exceptions(SUBSIDIARY)}

    def undo_last_import(self) -> None:
        """Undo the import that was made last."""
        last = [one for one in self.office.imports() if one.undone_at is None][-1]
        self.office.undo_import(last.id, reason="the wrong file")

    def close(self) -> None:
        """Close the office."""
        self.office.close()
