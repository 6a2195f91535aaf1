"""The demonstration itself: one autumn of three carriers, told through the public calls."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from attrs import define, field, frozen

from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.cli.demo_home import LOADS, fresh_folder, write_home
from factoring_core.cli.demo_inboxes import Inbox, files_in, open_inboxes
from factoring_core.cli.demo_progress import Stages
from factoring_core.cli.demo_story import Issued, first_payments, purchases, second_payments
from factoring_core.cli.files import write_file
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.vocabulary.money import Money
from factoring_core.errors import FileRefusedError
from factoring_core.testing.factor import ReportFile, TakenBatch, take_batch
from factoring_core.usecases.results import ReportResult
from factoring_core.wiring import Office, open_office

SUBSIDIARIES = ("north", "river", "summit")
FIRST_DAY = dt.date(2026, 10, 12)
LAST_DAY = dt.date(2026, 11, 16)
OPENINGS_AS_OF = dt.date(2026, 10, 1)


@frozen(kw_only=True)
class Act:
    """One thing that was done, when and for whom, and what came of it."""

    on: dt.date
    subsidiary: str
    did: str
    outcome: str


@frozen(kw_only=True)
class AppliedReport:
    """One report that was offered; ``result`` is None where it was refused, for *refused*."""

    issued: Issued
    result: ReportResult | None
    refused: str = ""


@define
class Demonstration:
    """One run: what was done so far, in order."""

    home: Path
    stages: Stages
    clock: FixedClock
    office: Office
    inboxes: Mapping[str, Inbox]
    acts: list[Act] = field(factory=list)
    reports: list[AppliedReport] = field(factory=list)

    def note(self, subsidiary: str, did: str, outcome: str) -> None:
        """Remember what was done today."""
        self.acts.append(Act(on=self.clock.now().date(), subsidiary=subsidiary, did=did, outcome=outcome))

    def until(self, day: dt.date) -> None:
        """Let time go by until the afternoon of a day."""
        self.clock.set(dt.datetime.combine(day, dt.time(20), dt.UTC))

    # The story

    def sell(self) -> dict[str, TakenBatch]:
        """Import the loads, and submit a batch to each factor; return what the factors took."""
        with self.stages.stage("Importing loads.csv"):
            content = (self.home / LOADS).read_bytes()
            imported = self.office.import_loads(content, name=LOADS, folder=self.home, as_of=OPENINGS_AS_OF)
        self.note("all", "import loads.csv", f"{imported.rows} loads, 3 of them sold before")
        self.office.generate_invoices(["N-2009"])
        self.office.send_direct(["N-2009"])
        self.note("north", "invoice a load directly", "N-2009 goes to the customer, not to the factor")
        return {name: self._submit(name) for name in SUBSIDIARIES}

    def _submit(self, subsidiary: str) -> TakenBatch:
        inbox = self.inboxes[subsidiary]
        with self.stages.stage(f"Binding and sending the batch of {subsidiary}") as progress:
            result = self.office.submit(subsidiary, progress=progress)
        if result.error is not None:
            raise result.error
        [batch] = result.batches
        name = f"{batch.connection}/{batch.number}"
        if inbox.files is None:
            folder = self.home / "handed over" / f"batch {batch.number} of {subsidiary}"
            self.office.batch_files(name, folder)
            [batch] = self.office.confirm(name).batches
            taken = take_batch(files_in(folder))
        else:
            taken = take_batch(inbox.files())
        left_out = f"; left out: {', '.join(one.load for one in result.refused)}" if result.refused else ""
        how = batch.delivery.evidence if batch.delivery is not None else "not delivered"
        outcome = f"batch {batch.number}: {len(batch.loads)} invoices, {Money(batch.amount)}, {how}{left_out}"
        self.note(subsidiary, f"submit {inbox.how}", outcome)
        return taken

    def reconcile(self, batches: Mapping[str, TakenBatch]) -> None:
        """Apply what the factors report, with the slips of real life."""
        self.until(dt.date(2026, 10, 14))
        self.apply(purchases(batches))
        self.until(dt.date(2026, 10, 31))
        october = first_payments(batches)
        self.apply(october)
        first = october[0]
        self.apply([Issued(subsidiary="north", file=first.file, shows="the very same file again")])
        self.apply([Issued(subsidiary="river", file=first.file, shows="a report of another carrier")])
        self.until(dt.date(2026, 11, 13))
        self.apply(second_payments(batches))

    def apply(self, issued: list[Issued]) -> None:
        """Apply reports one after the other; a refused one changes nothing and stops nothing."""
        for one in issued:
            self._keep(one.file)
            with self.stages.stage(f"Applying {one.file.name} for {one.subsidiary}") as progress:
                try:
                    result = self.office.apply_report(
                        one.file.content,
                        name=one.file.name,
                        subsidiary=one.subsidiary,
                        replaces=self._earlier(one.replaces),
                        progress=progress,
                    )
                except FileRefusedError as error:
                    self.reports.append(AppliedReport(issued=one, result=None, refused=error.message))
                    self.note(one.subsidiary, f"apply {one.file.name}", f"refused: {error.code}")
                    continue
            self.reports.append(AppliedReport(issued=one, result=result))
            moved = len(result.transitions)
            outcome = f"{result.outcome.value}: {result.rows.read} rows, {moved} loads moved"
            self.note(one.subsidiary, f"apply {one.file.name}", outcome)

    def _keep(self, file: ReportFile) -> None:
        write_file(self.home / "reports" / file.name, file.content)

    def _earlier(self, name: str | None) -> str | None:
        if name is None:
            return None
        found = [
            one.result for one in self.reports if one.issued.file.name == name and one.result is not None
        ]
        return found[-1].report_id

    def decide(self) -> None:
        """Do by hand what only a person can: accept a shortage, take note of direct payments."""
        self.until(LAST_DAY)
        office = self.office
        with self.stages.stage("Deciding what a person has to decide"):
            self._accept_shortage("river", "R-3007", "the customer deducts a lumper fee; agreed by phone")
            office.pay("R-3004", amount=2890_00, on=dt.date(2026, 11, 12), reference="20881")
            self.note("river", "note a direct payment", "R-3004, charged back, was paid by its customer")
            office.pay("N-2009", amount=1560_00, on=dt.date(2026, 10, 28), reference="00895")
            self.note("north", "note a direct payment", "N-2009, never sold, was paid by its customer")
            office.generate_invoices(["R-3009", "S-4009"])
            office.send_direct(["R-3009"])
            self.note("all", "generate invoices", "S-4009 is queued, R-3009 goes to its customer")

    def _accept_shortage(self, subsidiary: str, load: str, reason: str) -> None:
        [found] = [
            view
            for view in self.office.exceptions(subsidiary)
            if view.item.type is ExceptionType.SHORT_PAID and view.item.load == load
        ]
        self.office.resolve(found.item.id, "write_off", amount=found.item.amount_at_risk, reason=reason)
        self.note(subsidiary, "accept a short payment", f"{load}: {Money(found.item.amount_at_risk)}")


def open_demonstration_home(home: Path) -> Office:
    """Open what the demonstration left behind, on its last day."""
    instant = dt.datetime.combine(LAST_DAY, dt.time(20), dt.UTC)
    return open_office(home, clock=FixedClock(instant))


def demonstrate(home: Path, stages: Stages) -> Demonstration:
    """Run the whole of it in *home*; the office of the result is closed.

    Raises:
        UsageError: *home* holds something that no demonstration made.
    """
    fresh_folder(home)
    with open_inboxes(home) as inboxes:
        with stages.stage("Drawing the papers of the loads") as progress:
            write_home(home, {name: inbox.settings for name, inbox in inboxes.items()}, progress)
        clock = FixedClock(dt.datetime.combine(FIRST_DAY, dt.time(20), dt.UTC))
        with open_office(home, clock=clock) as office:
            run = Demonstration(home=home, stages=stages, clock=clock, office=office, inboxes=inboxes)
            run.reconcile(run.sell())
            run.decide()
    return run
