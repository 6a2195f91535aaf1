"""What the use cases answer: plain values, in the words of the command line's documents."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.reports import Report, ReportOutcome
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.vocabulary.events import LoadEvent
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.errors import FactoringError


@frozen(kw_only=True)
class Reason:
    """Why something was refused or warned about: a stable word and a sentence."""

    code: str
    message: str


@frozen(kw_only=True)
class Refusal:
    """One load that was refused, with every reason."""

    load: str
    subsidiary: str
    reasons: tuple[Reason, ...]


@frozen(kw_only=True)
class LoadChange:
    """One load after a change (or without one)."""

    load: str
    subsidiary: str
    status: str
    invoice_number: str | None = None


@frozen(kw_only=True)
class ChangeResult:
    """What became of each load that was named."""

    changed: tuple[LoadChange, ...] = ()
    unchanged: tuple[LoadChange, ...] = ()
    refused: tuple[Refusal, ...] = ()


@frozen(kw_only=True)
class CreditView:
    """What a factor said about a customer's credit.

    ``verdict``: approved, declined, unknown.  ``limit`` in cents.  ``stale``: too old to count.
    """

    customer: str
    customer_name: str
    subsidiary: str
    connection: str
    verdict: str
    at: dt.datetime
    source: str
    limit: int | None
    stale: bool


@frozen(kw_only=True)
class Transition:
    """One load's way from one status to another.

    ``events``: the lifecycle events between; ``through``: the status after each of them.
    """

    load: str
    subsidiary: str
    from_status: str
    to_status: str
    events: tuple[str, ...]
    through: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        load: str,
        subsidiary: str,
        from_status: str,
        to_status: str,
        events: tuple[str, ...],
        through: tuple[str, ...],
    ) -> "Transition":
        """Make one of its cells in order, as columns of very many give them."""
        return cls(
            load=load,
            subsidiary=subsidiary,
            from_status=from_status,
            to_status=to_status,
            events=events,
            through=through,
        )


@frozen(kw_only=True)
class MovedMatch:
    """A report row whose match moved because loads came or went."""

    subsidiary: str
    report: str
    row: int
    from_load: str | None
    to_load: str | None


@frozen(kw_only=True)
class ImportResult:
    """One import of loads (or its undoing): what it made and moved."""

    import_id: str
    rows: int
    created: tuple[LoadChange, ...] = ()
    updated: tuple[LoadChange, ...] = ()
    unchanged: tuple[LoadChange, ...] = ()
    removed: tuple[LoadChange, ...] = ()
    transitions: Sequence[Transition] = ()
    moved_matches: tuple[MovedMatch, ...] = ()
    warnings: tuple[str, ...] = ()
    outcome: str = "imported"


@frozen(kw_only=True)
class PreflightResult:
    """Every failure of every load; ``warnings`` do not block."""

    eligible: tuple[LoadChange, ...] = ()
    refused: tuple[Refusal, ...] = ()
    warnings: tuple[Refusal, ...] = ()


@frozen(kw_only=True)
class SubmitResult:
    """Batches touched by a submission, a resumption or a batch command.

    ``error``: what failed although work was done.  ``lease_until`` by batch id.
    """

    batches: tuple[Batch, ...] = ()
    refused: tuple[Refusal, ...] = ()
    warnings: tuple[Refusal, ...] = ()
    error: FactoringError | None = None
    lease_until: Mapping[str, dt.datetime] = field(factory=dict)
    written: tuple[str, ...] = ()
    """Names of files written by ``batches files``."""


@frozen(kw_only=True)
class RowCounts:
    """How many rows of a report went where; every row is in exactly one bucket."""

    read: int = 0
    matched: int = 0
    already_known: int = 0
    non_factored: int = 0
    exceptions: int = 0
    information: int = 0


@frozen(kw_only=True)
class RowMatch:
    """A row whose invoice was found, by which tier, and by which fields."""

    row: int
    line: int
    load: str
    invoice_number: str
    tier: int
    fields: tuple[str, ...]

    @classmethod
    def of(
        cls, row: int, line: int, load: str, invoice_number: str, tier: int, fields: tuple[str, ...]
    ) -> "RowMatch":
        """Make one of its cells in order, as columns of very many give them."""
        return cls(row=row, line=line, load=load, invoice_number=invoice_number, tier=tier, fields=fields)


@frozen(kw_only=True)
class RowException:
    """One row that supports an exception; no row where the report lacks what it should list."""

    item: ExceptionItem
    row: int | None
    line: int | None


@frozen(kw_only=True)
class ReportResult:
    """What applying, previewing or undoing one report did, and why.

    ``conservation``: for each money column, cents by bucket: read, matched, already_known,
    non_factored, exceptions, information.
    """

    report_id: str | None
    outcome: ReportOutcome
    file: str
    subsidiary: str
    connection: str | None = None
    provider: str | None = None
    kind: str | None = None
    layout: str | None = None
    verified: bool = False
    rows: RowCounts = RowCounts()
    transitions: Sequence[Transition] = ()
    matches: Sequence[RowMatch] = ()
    exceptions: Sequence[RowException] = ()
    conservation: Mapping[str, Mapping[str, int]] = field(factory=dict)
    control_totals: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    replaces: str | None = None
    error: FactoringError | None = None


@frozen(kw_only=True)
class SaidView:
    """What a factor's system says of one invoice.

    ``said``: its word or code, as it came; ``word``: what the profile calls it, None for one that
    nobody knows.  ``disposition``: what it means here; None where it moves nothing.  ``new``: it
    was not known.
    """

    load: str
    subsidiary: str
    invoice_number: str
    external_id: str
    said: str
    word: str | None
    disposition: str | None
    changed_on: dt.date | None
    schedule_number: str | None
    new: bool


@frozen(kw_only=True)
class SyncResult:
    """What a factor's system answered about the invoices it holds.

    ``silent``: loads of which it said nothing.  ``report``: what the new of it did; None where
    nothing was new.
    """

    connection: str
    subsidiary: str
    asked: int
    said: tuple[SaidView, ...] = ()
    silent: tuple[str, ...] = ()
    report: ReportResult | None = None


@frozen(kw_only=True)
class FetchedFile:
    """One file that was taken from the folder of reports.

    ``report``: what it did; None where it was refused, for ``error``.  ``archived_as``: its name
    there now; None where it stays as it was, for ``stays``.
    """

    name: str
    report: ReportResult | None = None
    archived_as: str | None = None
    stays: str = ""
    error: FactoringError | None = None


@frozen(kw_only=True)
class FetchResult:
    """What was found in the folder of reports of a connection.

    ``waiting``: names that are not settled yet, each with the reason.  ``ignored``: names that are
    no reports.
    """

    connection: str
    subsidiary: str
    files: tuple[FetchedFile, ...] = ()
    waiting: tuple[Reason, ...] = ()
    ignored: tuple[str, ...] = ()


@frozen(kw_only=True)
class BuyOutResult:
    """What a buy-out (or its undoing) moved from one factor to another.

    ``outcome``: applied, already_applied, preview, undone, already_undone.  ``open``: what the
    customers still owe on what moved, in cents.
    """

    buy_out: str | None
    outcome: str
    subsidiary: str
    from_connection: str
    to_connection: str
    moved: tuple[LoadChange, ...] = ()
    unchanged: tuple[LoadChange, ...] = ()
    open: int = 0
    transitions: Sequence[Transition] = ()


@frozen(kw_only=True)
class LoadView:
    """A load beside its standing."""

    load: Load
    standing: Standing


@frozen(kw_only=True)
class LoadDetail:
    """Everything about one load: history, sales, positions, evidence, exceptions, relatives."""

    load: Load
    standing: Standing
    history: tuple[LoadEvent, ...] = ()
    sales: tuple["SaleView", ...] = ()
    exceptions: tuple["ExceptionView", ...] = ()
    supplements: tuple[str, ...] = ()


@frozen(kw_only=True)
class SaleView:
    """One sale of an invoice with its folded position (cents by name) and its evidence."""

    assignment: Assignment
    position: Mapping[str, Any]
    evidence: tuple[Mapping[str, Any], ...] = ()


@frozen(kw_only=True)
class ExceptionView:
    """An exception as a person works on it.  ``age_days`` counts from its earliest fact."""

    item: ExceptionItem
    open: bool
    age_days: int
    suggested: str
    resolutions: tuple[str, ...]
    resolution: str | None = None


@frozen(kw_only=True)
class ResolveResult:
    """A decision, what it moved, and whether its exception is closed now."""

    decision: Decision
    exception: ExceptionView | None
    transitions: Sequence[Transition] = ()
    outcome: str = "resolved"


@frozen(kw_only=True)
class Worked:
    """A line of a worklist that was decided, or says what was decided before."""

    row: int
    line: int
    exception: str
    subsidiary: str
    load: str | None
    resolution: str
    decision: str


@frozen(kw_only=True)
class WorkRefusal:
    """A line of a worklist that cannot be decided so, with the reason."""

    row: int
    line: int
    exception: str
    resolution: str
    reasons: tuple[Reason, ...]


@frozen(kw_only=True)
class WorkResult:
    """What became of each line of a worklist; those without a decision are only counted in ``rows``."""

    rows: int
    changed: tuple[Worked, ...] = ()
    unchanged: tuple[Worked, ...] = ()
    refused: tuple[WorkRefusal, ...] = ()
    transitions: Sequence[Transition] = ()


@frozen(kw_only=True)
class ConnectionView:
    """A connection with the state that commands gave it."""

    connection: Connection
    active: bool
    draining: bool
    open_batches: int = 0
    reason: str = ""


@frozen(kw_only=True)
class StatusCount:
    """How many loads stand at one status, and what they are worth.  Cents."""

    status: str
    count: int
    amount: int
    paid: int
    open: int


@frozen(kw_only=True)
class StatusView:
    """The books of one subsidiary, or of all, at a glance.  Cents.

    ``stuck``: batches that somebody began to send and nobody is sending now; `resume` goes on.
    """

    counts: tuple[StatusCount, ...]
    exceptions: Mapping[str, int]
    amount_at_risk: int
    in_doubt: tuple[str, ...]
    waiting_batches: tuple[str, ...]
    reserve_outstanding: int
    account: Mapping[str, Mapping[str, int]]
    oldest_queued: tuple[str, str, int] | None
    """Subsidiary and number of the load that has been queued longest, and for how many days."""
    stuck: tuple[str, ...] = ()


@frozen(kw_only=True)
class ReportView:
    """A stored report with the result it had when it was accepted."""

    report: Report
    result: ReportResult


@frozen(kw_only=True)
class CheckFinding:
    """One thing that checking the configuration and the connections found.

    ``level``: ok, warning or error.  ``remote``: the other side refused or failed.
    ``retryable``: time alone may mend it.  ``remedy``: what to do otherwise.
    """

    connection: str | None
    level: str
    code: str
    message: str
    remote: bool = False
    retryable: bool = False
    remedy: str | None = None


@frozen(kw_only=True)
class AuditView:
    """The outcome of walking the audit chain.

    ``head``: the hash of the last entry.  ``broken_at``: the first entry that fails.
    ``rolled_back``: entries are gone, or are others, that stood there when a head was written down.
    """

    entries: int
    head: str
    intact: bool
    broken_at: int | None = None
    rolled_back: bool = False

    @property
    def mark(self) -> str:
        """The head as it is kept outside: ``NUMBER:HASH``."""
        return f"{self.entries}:{self.head}"
