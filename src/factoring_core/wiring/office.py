"""The office: everything a host or the command line can do, one method an act."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attrs import evolve

from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.host_events import HostEvent
from factoring_core.domain.vocabulary.parties import Connection, InvoicingMethod, Settings
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import NotFoundError
from factoring_core.ports.secrets import SecretSource
from factoring_core.ports.storage import ImportRecord, Store
from factoring_core.usecases import audit_trail as _trail
from factoring_core.usecases import configure as _configure
from factoring_core.usecases import host_events as _host
from factoring_core.usecases import recover as _recover
from factoring_core.usecases import views as _views
from factoring_core.usecases.books import subsidiary_of
from factoring_core.usecases.days import local_day
from factoring_core.usecases.delivering import batch_acts as _batches
from factoring_core.usecases.delivering import cancel_batch as _cancel
from factoring_core.usecases.delivering import resume as _resume
from factoring_core.usecases.delivering import submit as _submit
from factoring_core.usecases.ports import Ports, Progress, no_progress
from factoring_core.usecases.reconciling import apply_report as _apply
from factoring_core.usecases.reconciling import fetch_reports as _fetch
from factoring_core.usecases.reconciling import resolve_exception as _resolve
from factoring_core.usecases.reconciling import sync_statuses as _sync
from factoring_core.usecases.reconciling import undo_report as _undo_report
from factoring_core.usecases.reconciling import view_exceptions as _exceptions
from factoring_core.usecases.reconciling import worklist as _worklist
from factoring_core.usecases.recover import Recovery
from factoring_core.usecases.results import (
    AuditView,
    BuyOutResult,
    ChangeResult,
    CheckFinding,
    ConnectionView,
    CreditView,
    ExceptionView,
    FetchResult,
    ImportResult,
    LoadDetail,
    LoadView,
    PreflightResult,
    ReportResult,
    ReportView,
    ResolveResult,
    StatusView,
    SubmitResult,
    SyncResult,
    WorkResult,
)
from factoring_core.usecases.selling import buy_out as _buy_out
from factoring_core.usecases.selling import check_credit as _credit
from factoring_core.usecases.selling import direct as _direct
from factoring_core.usecases.selling import import_loads as _import
from factoring_core.usecases.selling import invoices as _invoices
from factoring_core.usecases.selling import preflight as _preflight
from factoring_core.usecases.selling import take_back as _take_back
from factoring_core.usecases.selling import undo_import as _undo_import
from factoring_core.wiring.again import repeated
from factoring_core.wiring.once import checked_id, once
from factoring_core.wiring.rest import collector_at_rest
from factoring_core.wiring.watching import watched


@watched
@repeated
@once
class Office:
    """One tenant's back office, on behalf of one actor.

    A context manager; closing it lets go of the store and of remote servers.  Amounts are
    integer cents.  Every method raises `AccessError` where the actor may not, and `NotFoundError` or
    `AmbiguousNameError` where a name fits nothing or several things.
    """

    def __init__(self, ports: Ports, *, secrets: SecretSource) -> None:
        self._ports = ports
        self._secrets = secrets
        self._operation: str | None = None
        self._whole: Office | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store, and of the servers that were talked to."""
        try:
            for part in (self._ports.folder, self._ports.api, self._ports.report_folder, self._ports.worker):
                leave = getattr(part, "close", None)
                if leave is not None:
                    leave()
        finally:
            self._ports.store.close()

    @property
    def settings(self) -> Settings:
        """The settings in force: the file's, with those made since laid over them."""
        return self._ports.settings

    @property
    def actor(self) -> Actor:
        """On whose behalf the office acts."""
        return self._ports.actor

    @property
    def ports(self) -> Ports:
        """What the office works with, for readers of whole books such as the frames."""
        return self._ports

    @property
    def operation_id(self) -> str | None:
        """Under which id the next act is called, if it has one."""
        return self._operation

    def working_with(self, ports: Ports, *, operation: str | None = None) -> "Office":
        """Return the same office with other ports; closing either closes both where they share a store."""
        made = Office(ports, secrets=self._secrets)
        made._operation = operation
        return made

    def operation(self, id_: str) -> "Office":
        """Return the same office for one act under an id of the caller's, which is then done once.

        The same act with the same arguments on behalf of the same actor, called again under the same
        id, returns what it returned, and does nothing; so a call whose answer was lost is simply
        made again.  The answer is kept in the transaction of the act.  An act that talks to a
        factor (`submit`, `resume`, `cancel`, `fetch_reports`, `sync`, credit checks) keeps it when it
        ends, and called again before that goes on with what it has begun; an answer whose
        ``error`` may be tried again is not kept.  What was refused by an exception changed nothing and
        may be called again.  Looking takes no id.

        Args:
            id_: 8 to 128 letters, digits and any of ``. _ : -``; a UUID made for this call.

        Raises:
            UsageError: it is no such id.
            OperationConflictError: (from the act) the id was another call.
        """
        made = self.working_with(self._ports, operation=checked_id(id_))
        made._whole = self
        return made

    def acting_for(self, actor: Actor) -> "Office":
        """Return the same office on behalf of somebody else; closing either closes both."""
        return self.working_with(evolve(self._ports, actor=actor), operation=self._operation)

    def joining(self, store: Store) -> "Office":
        """Return the same office inside a transaction of the host's, which *store* is part of.

        What is done through it stands when the host commits, and never was when the host rolls
        back.  Nothing is sent meanwhile: submitted batches stay sealed, and `resume` of an office
        outside of the transaction delivers them afterwards.  It is not closed.

        Args:
            store: `SqlStore.joined` of the host's connection, or a host's own such store.
        """
        ports = evolve(self._ports, store=store, joined=True)
        return self.working_with(ports, operation=self._operation)

    def today(self, subsidiary: str) -> dt.date:
        """Return the business date of a subsidiary."""
        return local_day(self._ports.clock.now(), subsidiary_of(self._ports, subsidiary))

    def _telling(self, progress: Progress | None) -> Ports:
        return evolve(self._ports, progress=progress or no_progress)

    # Loads

    def import_loads(
        self, content: bytes, *, name: str, folder: str | Path | None = None, as_of: dt.date | None = None
    ) -> ImportResult:
        """Import a loads file; *folder* is where the documents it names are.  See `import_loads`."""
        from factoring_core.wiring.opening import read_document

        ports = self._ports
        if folder is not None:
            root = Path(folder)
            ports = evolve(ports, documents=lambda path: read_document(root, path))
        with collector_at_rest():
            return _import.import_loads(ports, content, name=name, as_of=as_of)

    def imports(self) -> tuple[ImportRecord, ...]:
        """List imports of loads."""
        return _undo_import.imports(self._ports)

    def undo_import(self, import_id: str, *, reason: str) -> ImportResult:
        """Undo one import as one."""
        return _undo_import.undo_import(self._ports, import_id, reason=reason)

    def loads(
        self,
        *,
        status: str | None = None,
        subsidiary: str | None = None,
        customer: str | None = None,
        route: str | None = None,
    ) -> tuple[LoadView, ...]:
        """List loads beside their standing."""
        return _views.loads(self._ports, status=status, subsidiary=subsidiary, customer=customer, route=route)

    def load(self, name: str) -> LoadDetail:
        """Show everything about one load."""
        return _views.load(self._ports, name)

    def generate_invoices(
        self,
        names: Sequence[str],
        *,
        number: str | None = None,
        date: dt.date | None = None,
        amount: int | None = None,
    ) -> ChangeResult:
        """Give loads their invoices: released → queued."""
        return _invoices.generate_invoices(self._ports, names, number=number, date=date, amount=amount)

    def void(self, names: Sequence[str], *, reason: str) -> ChangeResult:
        """Take queued loads back to released."""
        return _invoices.void(self._ports, names, reason=reason)

    def send_direct(self, names: Sequence[str]) -> ChangeResult:
        """Note that direct invoices were sent to their customers."""
        return _direct.send_direct(self._ports, names)

    def pay(
        self, name: str, *, amount: int, on: dt.date, reference: str, misdirected: bool = False
    ) -> ChangeResult:
        """State a payment that a customer made to the subsidiary itself; *misdirected*: as of `pay`."""
        return _direct.pay(
            self._ports, name, amount=amount, on=on, reference=reference, misdirected=misdirected
        )

    def return_loads(self, names: Sequence[str], *, reason: str) -> ChangeResult:
        """Take invoiced loads back to the queue."""
        return _take_back.return_loads(self._ports, names, reason=reason)

    def resell(self, names: Sequence[str], *, reason: str) -> ChangeResult:
        """Take charged-back loads back to the queue, to be sold again."""
        return _take_back.resell(self._ports, names, reason=reason)

    # Batches

    def preflight(self, subsidiary: str, names: Sequence[str] = ()) -> PreflightResult:
        """Say everything that is wrong with loads before they are submitted; changes nothing."""
        return _preflight.preflight(self._ports, subsidiary, names)

    def submit(
        self,
        subsidiary: str,
        names: Sequence[str] = (),
        *,
        all_or_nothing: bool = False,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> SubmitResult:
        """Seal eligible loads into batches and deliver them."""
        return _submit.submit(
            self._telling(progress), subsidiary, names, all_or_nothing=all_or_nothing, dry_run=dry_run
        )

    def resume(self, *, progress: Progress | None = None) -> SubmitResult:
        """Finish or settle every submission that was left open."""
        return _resume.resume(self._telling(progress))

    def batches(self, subsidiary: str | None = None) -> tuple[Batch, ...]:
        """List batches."""
        return _batches.list_batches(self._ports, subsidiary)

    def batch(self, name: str) -> Batch:
        """Show one batch, by id, CONNECTION/NUMBER or number."""
        return _batches.show_batch(self._ports, name)

    def batch_files(self, name: str, folder: str | Path) -> SubmitResult:
        """Write the sealed files of a batch into a folder; the same again writes the same bytes."""
        from factoring_core.wiring.opening import write_files

        batch, files = _batches.batch_files(self._ports, name)
        write_files(Path(folder), files)
        return SubmitResult(batches=(batch,), written=tuple(file for file, _ in files))

    def confirm(self, name: str) -> SubmitResult:
        """Confirm that a person has handed a manual batch to the factor."""
        return _batches.confirm(self._ports, name)

    def cancel(self, name: str, *, reason: str) -> SubmitResult:
        """Cancel a batch that has provably not left."""
        return _cancel.cancel(self._ports, name, reason=reason)

    def settle(self, name: str, *, delivered: bool, reason: str, second: Actor | None = None) -> SubmitResult:
        """Clear a doubt: state that a batch was or was not delivered.  See `settle`."""
        return _batches.settle(self._ports, name, delivered=delivered, reason=reason, second=second)

    # Credit

    def check_credit(self, customer: str, *, subsidiary: str) -> CreditView:
        """Ask the subsidiary's factor about a customer's credit now."""
        return _credit.check_credit(self._ports, subsidiary, customer)

    def check_credit_of_load(self, load: str) -> CreditView:
        """Ask about the credit of a load's customer now."""
        return _credit.check_credit_of_load(self._ports, load)

    def credit_history(self, customer: str, *, subsidiary: str) -> tuple[CreditView, ...]:
        """Return all that was answered about a customer's credit, the newest first."""
        return _credit.credit_history(self._ports, subsidiary, customer)

    # Reports

    def apply_report(
        self,
        content: bytes,
        *,
        name: str,
        subsidiary: str,
        kind: str | None = None,
        provider: str | None = None,
        connection: str | None = None,
        batch: str | None = None,
        dry_run: bool = False,
        replaces: str | None = None,
        progress: Progress | None = None,
    ) -> ReportResult:
        """Apply one report file, whole or not at all."""
        with collector_at_rest():
            return _apply.apply_report(
                self._telling(progress),
                content,
                name=name,
                subsidiary=subsidiary,
                kind=kind,
                provider=provider,
                connection=connection,
                batch=batch,
                dry_run=dry_run,
                replaces=replaces,
            )

    def fetch_reports(self, connection: str, *, progress: Progress | None = None) -> FetchResult:
        """Apply the reports that lie ready in a connection's folder; see `fetch_reports`."""
        with collector_at_rest():
            return _fetch.fetch_reports(self._telling(progress), connection)

    def sync(self, connection: str) -> SyncResult:
        """Ask a factor's system what became of the invoices it holds; see `sync_statuses`."""
        return _sync.sync_statuses(self._ports, connection)

    def reports(self, subsidiary: str | None = None) -> tuple[Report, ...]:
        """List reports."""
        return _views.reports(self._ports, subsidiary)

    def report(self, report_id: str) -> ReportView:
        """Show one report and the result it had."""
        return _views.report(self._ports, report_id)

    def undo_report(self, report_id: str, *, reason: str) -> ReportResult:
        """Make a report count no longer."""
        with collector_at_rest():
            return _undo_report.undo_report(self._ports, report_id, reason=reason)

    def template(self, provider: str, kind: str, *, ending: str) -> bytes:
        """Return the template to fill, as CSV or XLSX by *ending*."""
        from factoring_core.wiring.tools import template

        return template(self._ports, provider, kind, ending=ending)

    def inspect(self, content: bytes, *, name: str, provider: str | None = None) -> Any:
        """Explain how layouts fit a file, and draft one for an unknown report."""
        from factoring_core.wiring.tools import inspect

        return inspect(self._ports, content, name=name, provider=provider)

    # Exceptions and decisions

    def exceptions(
        self, subsidiary: str | None = None, *, include_closed: bool = False
    ) -> tuple[ExceptionView, ...]:
        """List exceptions, wrong before waiting, the most money first."""
        return _exceptions.exceptions(self._ports, subsidiary, include_closed=include_closed)

    def resolve(
        self,
        exception_id: str,
        resolution: str,
        *,
        load: str | None = None,
        batch: str | None = None,
        amount: int | None = None,
        count: int | None = None,
        reason: str,
    ) -> ResolveResult:
        """Decide about one open exception."""
        return _resolve.resolve(
            self._ports,
            exception_id,
            resolution,
            load=load,
            batch=batch,
            amount=amount,
            count=count,
            reason=reason,
        )

    def export_exceptions(self, subsidiary: str | None = None, *, ending: str) -> bytes:
        """Return the open exceptions as a worklist, as CSV or XLSX by *ending*."""
        from factoring_core.adapters.reports.worklist import write_worklist

        return write_worklist(_worklist.worklist(self._ports, subsidiary), ending)

    def import_decisions(self, content: bytes, *, name: str) -> WorkResult:
        """Decide every line of a worklist that a person has filled; see `apply_worklist`.

        Raises:
            FileRefusedError: it is no worklist, or a cell cannot be read.
        """
        from factoring_core.adapters.reports.worklist import read_worklist

        return _worklist.apply_worklist(self._ports, read_worklist(content, name=name))

    def decisions(self, subsidiary: str | None = None) -> tuple[Decision, ...]:
        """List decisions, undone ones too."""
        return _resolve.decisions(self._ports, subsidiary)

    def undo_decision(self, decision_id: str, *, reason: str) -> ResolveResult:
        """Take a decision back."""
        return _resolve.undo_decision(self._ports, decision_id, reason=reason)

    # Settings

    def connections(self, subsidiary: str | None = None) -> tuple[ConnectionView, ...]:
        """List connections with their present state."""
        return _views.connections(self._ports, subsidiary)

    def activate(self, connection: str) -> ConnectionView:
        """Let new batches go through a connection."""
        _configure.activate(self._ports, connection)
        return self._connection(connection)

    def deactivate(self, connection: str, *, reason: str) -> ConnectionView:
        """Let a connection drain."""
        _configure.deactivate(self._ports, connection, reason=reason)
        return self._connection(connection)

    def _connection(self, name: str) -> ConnectionView:
        return next(view for view in self.connections() if view.connection.id == name)

    def buy_out(
        self, content: bytes, *, name: str, old: str, new: str, dry_run: bool = False
    ) -> BuyOutResult:
        """Move the open invoices that a file lists from one factor to another; see `buy_out`."""
        return _buy_out.buy_out(self._ports, content, name=name, old=old, new=new, dry_run=dry_run)

    def undo_buy_out(self, buy_out: str | None, *, reason: str) -> BuyOutResult:
        """Take a buy-out back as one."""
        return _buy_out.undo_buy_out(self._ports, buy_out, reason=reason)

    def put_connection(self, connection: Connection) -> None:
        """Add a connection or change its settings; needs a configuring role."""
        self.adopt(_configure.put_connection(self._ports, connection))

    def set_notice(self, connection: str, *, from_on: dt.date, text: str) -> None:
        """Set the Notice of Assignment in force from a day on; needs a configuring role."""
        self.adopt(_configure.set_notice(self._ports, connection, from_on=from_on, text=text))

    def set_credential(self, connection: str, *, reference: str) -> None:
        """Say where the secret of a connection is kept; needs a configuring role."""
        self.adopt(_configure.set_credential(self._ports, connection, reference=reference))

    def set_method(
        self, method: InvoicingMethod, *, subsidiary: str | None = None, customer: str | None = None
    ) -> None:
        """Set how loads are invoiced from now on; needs a configuring role."""
        self.adopt(_configure.set_method(self._ports, method, subsidiary=subsidiary, customer=customer))

    def adopt(self, settings: Settings) -> None:
        """Go on with other settings, and so does the office that this one is an operation of."""
        self._ports = evolve(self._ports, settings=settings)
        if self._whole is not None:
            self._whole.adopt(settings)

    # Looking around

    def packet(self, load: str) -> bytes:
        """Preview the packet of one load, as it would be sealed now."""
        from factoring_core.usecases.selling.preview_packet import preview_packet

        return preview_packet(self._ports, load)

    def status(self, subsidiary: str | None = None) -> StatusView:
        """Show the books at a glance."""
        return _views.status(self._ports, subsidiary)

    def events(self, after: str = "", *, limit: int = 500) -> tuple[HostEvent, ...]:
        """Return what happened after a position, in order.  See `events`."""
        return _host.events(self._ports, after, limit=limit)

    def relay(self, name: str, tell: Callable[[HostEvent], None], *, after: str | None = None) -> int:
        """Tell a subscriber everything it has not been told yet, at least once.  See `relay`."""
        return _host.relay(self._ports, name, tell, after=after)

    def audit(self, *, kept: str | None = None) -> AuditView:
        """Walk the audit chain and say whether it is whole.

        *kept*: the ``mark`` of an earlier look, kept elsewhere, which shows a chain that was cut off
        or put back to an older state.
        """
        return _trail.verify_audit(self._ports, kept)

    def recover(self, kept: str, *, reason: str) -> Recovery:
        """Go on after an older backup of the store was put back.  See `recover`."""
        return _recover.recover(self._ports, kept, reason=reason)

    def audit_entries(self) -> Iterator[AuditEntry]:
        """Go through the audit trail, oldest first, one entry at a time."""
        return _trail.audit_entries(self._ports)

    def providers(self) -> tuple[ProviderProfile, ...]:
        """List every provider profile there is."""
        return tuple(self._ports.profiles[id_] for id_ in sorted(self._ports.profiles))

    def provider_warnings(self) -> tuple[str, ...]:
        """Say which providers of other packages could not be loaded, and why."""
        from factoring_core.providers.load import load_warnings

        return load_warnings()

    def provider(self, id_: str) -> ProviderProfile:
        """Show one provider profile."""
        if id_ not in self._ports.profiles:
            raise NotFoundError(f"There is no provider {id_}.", where={"provider": id_})
        return self._ports.profiles[id_]

    def check(self, connection: str | None = None) -> tuple[CheckFinding, ...]:
        """Test the configuration and every connection; sends nothing."""
        from factoring_core.wiring.tools import check

        return check(self._ports, self._secrets, connection)
