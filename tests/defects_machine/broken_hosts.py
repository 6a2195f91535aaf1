"""Hosts with one planted defect each, around an office that has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from attrs import evolve

from factoring_core.errors import FactoringError, TransportError
from factoring_core.testing.machine import Applied, HostEvent, HostLoad, OfficeHost, Site
from factoring_core.testing.simulated_api import KilledError


class Broken(OfficeHost):
    """A host that keeps notes of its own, in *notes*, across its processes; of each tenant apart."""

    apart: ClassVar[bool] = True

    def __init__(self, opened: Callable[[], Any], notes: dict[str, Any], site: Site) -> None:
        super().__init__(opened)
        self.notes = notes.setdefault(site.tenant if self.apart else "all", {})
        self.site = site


class LosesALoad(Broken):
    """Takes the last line of a file for a total."""

    def import_loads(self, content: bytes, *, name: str, folder: Path) -> None:
        lines = content.split(b"\r\n")
        super().import_loads(
            b"\r\n".join([*lines[:-2], b""]) if len(lines) > 3 else content, name=name, folder=folder
        )


class RoundsCents(Broken):
    """Shows whole dollars."""

    def loads(self) -> Mapping[str, HostLoad]:
        return {
            number: HostLoad(one.status, round(one.paid, -2), round(one.open, -2))
            for number, one in super().loads().items()
        }


class ReportsSuccessOnFailure(Broken):
    """Marks loads as invoiced when it begins to send them."""

    def submit(self) -> None:
        self.notes.setdefault("sent", set()).update(
            number for number, one in super().loads().items() if one.status == "queued"
        )
        super().submit()

    def loads(self) -> Mapping[str, HostLoad]:
        sent = self.notes.get("sent", set())
        return {
            number: HostLoad("invoiced", one.paid, one.open)
            if one.status == "queued" and number in sent
            else one
            for number, one in super().loads().items()
        }


class SwallowsAFailure(Broken):
    """Takes every answer of a server for a yes."""

    def submit(self) -> None:
        with suppress(FactoringError):
            super().submit()
        self.notes["quiet"] = True

    def resume(self) -> None:
        """Nothing can be open."""


class SurvivesItsOwnEnd(Broken):
    """Begins again under another name after a crash, with a store of its own: a retry without memory."""

    def submit(self) -> None:
        try:
            super().submit()
        except (KilledError, FactoringError):
            self._send_again()
            raise

    def _send_again(self) -> None:
        connection = next(view.connection for view in self.office.connections() if view.active)
        folder = self.site.folder(connection)
        for batch in self.office.batches():
            for file in batch.files:
                content = self.office.ports.blobs.get(file.sha256)
                with suppress(FactoringError):  # as when it is there
                    folder.write_new(f"again-{file.name}" if file.load is None else file.name, content)


class KeepsAnUndoneReport(Broken):
    """Hides a report from its list and calls it undone."""

    def undo_report(self, report_id: str) -> None:
        self.notes["hidden"] = report_id


class UndoesTooMuch(Broken):
    """Rolls back to before the report: every later one goes with it."""

    def undo_report(self, report_id: str) -> None:
        live = [one for one in self.office.reports() if one.live]
        first = next(one.sequence for one in live if one.id == report_id)
        for one in live:
            if one.sequence >= first:
                super().undo_report(one.id)


class AppliesHalfAReport(Broken):
    """Reads no further than the second row, and says that it read all."""

    def apply_report(self, content: bytes, *, name: str, kind: str, connection: str) -> Applied:
        lines = content.split(b"\r\n")
        head = 4 if kind == "purchase" else 3
        rows = len(lines) - head - (2 if kind == "purchase" else 1)
        if rows < 2:
            return super().apply_report(content, name=name, kind=kind, connection=connection)
        kept = [*lines[: head + 1], b""]
        done = super().apply_report(b"\r\n".join(kept), name=name, kind=kind, connection=connection)
        return evolve(done, rows=rows, placed=rows)


class SkipsARepeatedName(Broken):
    """Believes that a file of a known name is a known file."""

    def apply_report(self, content: bytes, *, name: str, kind: str, connection: str) -> Applied:
        known = self.notes.setdefault("names", {})
        if name not in known:
            known[name] = super().apply_report(content, name=name, kind=kind, connection=connection)
        return known[name]  # type: ignore[no-any-return]


class AddsUpOverlaps(Broken):
    """Adds what each report pays to a sum of its own."""

    def apply_report(self, content: bytes, *, name: str, kind: str, connection: str) -> Applied:
        before = {number: one.paid for number, one in super().loads().items()}
        done = super().apply_report(content, name=name, kind=kind, connection=connection)
        self.notes["applied"] = [*self.notes.get("applied", []), done.report_id]
        if self.notes["applied"].count(done.report_id) > 1:
            for number, one in super().loads().items():
                if one.paid and one.paid == before[number]:
                    self.notes.setdefault("more", {})[number] = one.paid
        return done

    def loads(self) -> Mapping[str, HostLoad]:
        more = self.notes.get("more", {})
        return {
            number: HostLoad(one.status, one.paid + more.get(number, 0), one.open)
            for number, one in super().loads().items()
        }


class NeverWalksBack(Broken):
    """Lets a status only rise, as if money never bounced."""

    def loads(self) -> Mapping[str, HostLoad]:
        order = ("released", "queued", "invoiced", "financed", "completed")
        best = self.notes.setdefault("best", {})
        for number, one in super().loads().items():
            best[number] = max(best.get(number, 0), order.index(one.status))
        return {
            number: HostLoad(order[best[number]], one.paid, one.open)
            for number, one in super().loads().items()
        }


class ForgetsTheSwitch(Broken):
    """Goes on with the factor it was started with."""

    def switch(self, old: str, new: str) -> None:
        self.notes["switched"] = new


class LeaksAPassword(Broken):
    """Says everything it knows when a server is not there."""

    def submit(self) -> None:
        try:
            super().submit()
        except FactoringError as error:
            raise TransportError(f"carrier:{self.site.password}@factor: {error}") from error


class AcceptsNothing(Broken):
    """Closes the exception on its screen, and tells nobody."""

    def accept_shortage(self, load: str) -> bool:
        return True


class ReturnsOnScreenOnly(Broken):
    """Shows a returned load as queued while its sale goes on."""

    def return_load(self, load: str) -> None:
        self.notes.setdefault("back", set()).add(load)

    def loads(self) -> Mapping[str, HostLoad]:
        back = self.notes.get("back", set())
        return {
            number: HostLoad("queued", 0, one.open) if number in back else one
            for number, one in super().loads().items()
        }


class LosesADirectPayment(Broken):
    """Takes note of the customer's cheque on another load."""

    def pay(self, load: str, *, amount: int, on: dt.date, reference: str) -> None:
        """Kept in a drawer."""


class CompletesWhatIsPaid(Broken):
    """Calls everything completed on which something was paid."""

    def loads(self) -> Mapping[str, HostLoad]:
        return {
            number: HostLoad("completed", one.paid, one.open)
            if one.status == "financed" and one.paid
            else one
            for number, one in super().loads().items()
        }


class InvoicesOnlyTheFirst(Broken):
    """Stops after the first load of a list."""

    def generate_invoices(self, loads: Sequence[str]) -> None:
        super().generate_invoices(loads[:1])


class StartsAnew(Broken):
    """Begins each process with yesterday's copy: what was decided since its last start is gone."""

    def __init__(self, opened: Callable[[], Any], notes: dict[str, Any], site: Site) -> None:
        super().__init__(opened, notes, site)
        for report_id in self.notes.pop("since", []):
            with suppress(FactoringError):
                super().undo_report(report_id)

    def apply_report(self, content: bytes, *, name: str, kind: str, connection: str) -> Applied:
        done = super().apply_report(content, name=name, kind=kind, connection=connection)
        self.notes.setdefault("since", []).append(done.report_id)
        return done


class SellsAgainOnScreenOnly(Broken):
    """Shows a charged-back load as queued again, and never ends its first sale."""

    def resell(self, load: str) -> None:
        self.notes.setdefault("resold", set()).add(load)

    def loads(self) -> Mapping[str, HostLoad]:
        resold = self.notes.get("resold", set())
        return {
            number: HostLoad("queued", 0, one.open) if number in resold else one
            for number, one in super().loads().items()
        }


class RemembersByNumberAlone(Broken):
    """Keeps what it last read of a load by the load's number, whoever's load that is."""

    apart = False

    def loads(self) -> Mapping[str, HostLoad]:
        read = self.notes.setdefault("read", {})
        found = super().loads()
        for number, one in found.items():
            if one.status in ("invoiced", "financed"):
                read.setdefault((number, one.status), one)
        return {number: read.get((number, one.status), one) for number, one in found.items()}


class TakesSilenceForANo(Broken):
    """Adds what a report pays once more where its first try had no answer."""

    def apply_report(self, content: bytes, *, name: str, kind: str, connection: str) -> Applied:
        again = self.notes.get("unanswered") == content
        self.notes["unanswered"] = content
        done = super().apply_report(content, name=name, kind=kind, connection=connection)
        del self.notes["unanswered"]
        if again and kind == "payment":
            for number, one in super().loads().items():
                self.notes.setdefault("more", {})[number] = one.paid
        return done

    def loads(self) -> Mapping[str, HostLoad]:
        more = self.notes.get("more", {})
        return {
            number: HostLoad(one.status, one.paid + more.get(number, 0), one.open)
            for number, one in super().loads().items()
        }


class LosesAnEvent(Broken):
    """Drops what a subscriber was too slow to take."""

    def events(self) -> Sequence[HostEvent]:
        return [one for at, one in enumerate(super().events()) if at % 5 != 3]


class TellsAgain(Broken):
    """Tells the last event once more after each start, as a new one."""

    def __init__(self, opened: Callable[[], Any], notes: dict[str, Any], site: Site) -> None:
        super().__init__(opened, notes, site)
        self.more = [*self.notes.get("last", [])]

    def events(self) -> Sequence[HostEvent]:
        found = super().events()
        self.notes["last"] = found[-1:]
        return [*found, *self.more]


class AsksNobody(Broken):
    """Takes a denial for an answer, and puts it on nobody's list."""

    def questions(self) -> Collection[tuple[str, str]]:
        return {one for one in super().questions() if one[0] != "denied"}


class KeepsAnUndoneImport(Broken):
    """Marks an import as undone and leaves its loads where they are."""

    def undo_last_import(self) -> None:
        """Marked elsewhere."""


DEFECTS: dict[type[Broken], str] = {
    LosesALoad: "L1",
    InvoicesOnlyTheFirst: "L3",
    RoundsCents: "L1",
    ReportsSuccessOnFailure: "L3",
    SwallowsAFailure: "L1|L3",
    SurvivesItsOwnEnd: "L2",
    KeepsAnUndoneReport: "order, again or undo|L1",
    UndoesTooMuch: "order, again or undo|L1",
    AppliesHalfAReport: "order, again or undo|L1|L5",
    SkipsARepeatedName: "order, again or undo|L1|L4",
    AddsUpOverlaps: "L1",
    NeverWalksBack: "order, again or undo|L3",
    ForgetsTheSwitch: "L2",
    LeaksAPassword: "L5",
    AcceptsNothing: "order, again or undo",
    ReturnsOnScreenOnly: "L1|L3",
    LosesADirectPayment: "order, again or undo",
    CompletesWhatIsPaid: "order, again or undo",
    StartsAnew: "order, again or undo|L1",
    SellsAgainOnScreenOnly: "L1|L3",
    RemembersByNumberAlone: "L5",
    TakesSilenceForANo: "L1",
    LosesAnEvent: "L1|L4",
    TellsAgain: "order, again or undo|L1|L4",
    AsksNobody: "L1",
    KeepsAnUndoneImport: "L1",
}
"""What the machine says of each."""
