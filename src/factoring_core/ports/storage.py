"""Where records are kept: a small set of record kinds, and transactions over them.

A store keeps typed records under a tenant.  A transaction is bound to one tenant, so no
method can reach another's rows.  Either everything a transaction did becomes durable
together, or nothing does.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from attrs import field, frozen

from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.selling.lease import Lease, StoreTime
from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent
from factoring_core.domain.vocabulary.host_events import OutboxEntry, Subscription
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import Customer


@frozen(kw_only=True)
class ImportRecord:
    """One accepted import of loads; undone as one.

    ``created`` and ``updated`` hold ``SUBSIDIARY/NUMBER``; ``before`` the loads as they were
    before they were updated.  ``customers`` are those that it made or changed, as it left them,
    ``customers_before`` the changed ones as they were.
    """

    id: str
    digest: str
    raw_sha256: str
    file_name: str
    rows: int
    created: tuple[str, ...]
    updated: tuple[str, ...]
    before: tuple[Load, ...]
    customers: tuple[Customer, ...] = ()
    customers_before: tuple[Customer, ...] = ()
    subsidiaries: tuple[str, ...]
    sequence: int
    at: dt.datetime
    by: str
    undone_at: dt.datetime | None = None
    undone_by: str | None = None
    undo_reason: str | None = None


@frozen(kw_only=True)
class ConnectionState:
    """What commands changed about a connection; settings seed it and no longer rule it."""

    connection: str
    subsidiary: str
    active: bool
    reason: str = ""
    changed_at: dt.datetime | None = None
    changed_by: str | None = None


@frozen(kw_only=True)
class SettingsRecord:
    """One setting made from Python, as a part of `factoring.toml` written as JSON text."""

    section: str
    name: str
    content: str
    at: dt.datetime
    by: str


@frozen(kw_only=True)
class StagedFile:
    """The delivery journal: where one file of one batch stands on its way out.

    ``state``: planned, staged, publishing, published; or of a temp that is to be removed
    (``name`` is then its own first name): abandoned, revoked; or lying, of a packet under its own
    name that is to be removed.  ``earlier``: names, oldest
    first, under which former attempts may still hold the temp.  ``proof``: by what it is
    known that the file arrived.
    """

    batch: str
    name: str
    state: str
    temp_name: str
    epoch: int
    size: int
    sha256: str
    earlier: tuple[str, ...] = ()
    proof: str = ""


@frozen(kw_only=True)
class OfferedInvoice:
    """The delivery journal of a factor's system: where one invoice of one batch stands.

    ``state``: planned, asked, taken, filed, bare, declined.  ``reference``: ours.  ``external_id``: the
    system's, once it has taken the invoice.  ``code`` and ``message``: why it declined, or would not
    take the packet.  ``said``: the system's own word or code for it, as it came last.
    """

    batch: str
    load: str
    invoice_number: str
    reference: str
    state: str
    external_id: str = ""
    schedule_number: str | None = None
    code: str = ""
    message: str = ""
    first_asked_at: dt.datetime | None = None
    said: str = ""


@frozen(kw_only=True)
class BuyOut:
    """One accepted buy-out; undone as one.  ``sales``: those that it began."""

    id: str
    raw_sha256: str
    file_name: str
    subsidiary: str
    from_connection: str
    to_connection: str
    sales: tuple[str, ...]
    sequence: int
    at: dt.datetime
    by: str
    undone_at: dt.datetime | None = None
    undone_by: str | None = None
    undo_reason: str | None = None


@frozen(kw_only=True)
class LookedAt:
    """When a file in a factor's folder of reports was first seen with the bytes it had last.

    ``first_ms`` on ``scale``, the store's own clock.
    """

    connection: str
    name: str
    sha256: str
    scale: str
    first_ms: int


@frozen(kw_only=True)
class CreditCheck:
    """One answer of a factor about a customer's credit; all are kept.

    ``verdict``: approved, declined, unknown.  ``limit`` in cents.
    """

    connection: str
    customer: str
    sequence: int
    subsidiary: str
    verdict: str
    source: str
    limit: int | None = None
    at: dt.datetime
    by: str


@frozen(kw_only=True)
class KnownCredential:
    """The credential that a connection logs in with; what it is, is not kept here.

    ``version``: 1 for the first, and one more whenever another is used.  ``mark``: by which it is
    recognised together with ``salt``.  ``refused_at``: when the server turned it down; it is not
    tried again.
    """

    connection: str
    version: int
    salt: str
    mark: str
    since: dt.datetime
    refused_at: dt.datetime | None = None


@frozen(kw_only=True)
class Operation:
    """One call of an act under an id of the caller's, and its answer: the same call again does nothing.

    ``act`` and ``asked``: what was called, and the SHA-256 of who called it with what.  ``batches``:
    those that it sealed.  ``answer``: the SHA-256 of the kept result; None while it has not ended.
    """

    id: str
    act: str
    asked: str
    batches: tuple[str, ...] = ()
    answer: str | None = None
    at: dt.datetime
    by: str


@frozen(kw_only=True)
class Kind:
    """How records of one class are kept.

    ``key`` identifies a record; ``unique`` names further unique sets, each with an optional
    boolean field that must be true for the rule to hold; ``indexes`` are the fields that
    ``find`` may filter on (besides the key's).
    """

    record: type[Any]
    name: str
    key: tuple[str, ...]
    unique: tuple[tuple[tuple[str, ...], str | None], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = field(default=())


KINDS: tuple[Kind, ...] = (
    Kind(record=Load, name="loads", key=("subsidiary", "number")),
    Kind(record=Standing, name="standings", key=("subsidiary", "load"), indexes=(("subsidiary", "status"),)),
    Kind(record=Customer, name="customers", key=("id",)),
    Kind(
        record=Batch,
        name="batches",
        key=("id",),
        unique=((("connection", "number"), None),),
        indexes=(("subsidiary",), ("state",)),
    ),
    Kind(
        record=Assignment,
        name="assignments",
        key=("id",),
        unique=((("subsidiary", "load"), "live"),),
        indexes=(("connection",), ("batch",), ("subsidiary", "load"), ("subsidiary", "invoice_number")),
    ),
    Kind(record=Report, name="reports", key=("id",), indexes=(("subsidiary",), ("connection",))),
    Kind(record=Evidence, name="evidence", key=("report", "row", "seq"), indexes=(("report",),)),
    Kind(record=Decision, name="decisions", key=("id",), indexes=(("subsidiary",),)),
    Kind(
        record=ExceptionRecord,
        name="exceptions",
        key=("id",),
        indexes=(("subsidiary",), ("subsidiary", "open")),
    ),
    Kind(record=LoadEvent, name="load_events", key=("sequence",), indexes=(("subsidiary", "load"),)),
    Kind(record=AuditEntry, name="audit", key=("sequence",)),
    Kind(record=OutboxEntry, name="outbox", key=("sequence",)),
    Kind(record=Subscription, name="subscriptions", key=("name",)),
    Kind(record=ImportRecord, name="imports", key=("id",)),
    Kind(record=ConnectionState, name="connection_states", key=("connection",)),
    Kind(record=SettingsRecord, name="settings", key=("section", "name")),
    Kind(record=StagedFile, name="staged_files", key=("batch", "name")),
    Kind(record=Lease, name="leases", key=("batch",)),
    Kind(record=OfferedInvoice, name="offered_invoices", key=("batch", "load")),
    Kind(record=BuyOut, name="buy_outs", key=("id",)),
    Kind(record=LookedAt, name="looks", key=("connection", "name")),
    Kind(
        record=CreditCheck,
        name="credit_checks",
        key=("connection", "customer", "sequence"),
        indexes=(("subsidiary",),),
    ),
    Kind(record=KnownCredential, name="credentials", key=("connection",)),
    Kind(record=Operation, name="operations", key=("id",)),
)
"""Every kind of record there is."""

KIND_OF: Mapping[type[Any], Kind] = {kind.record: kind for kind in KINDS}

R = TypeVar("R")


class Reading(Protocol):
    """A consistent look at one tenant's records."""

    def get(self, kind: type[R], *key: Any) -> R | None:
        """Return the record with this key, or None."""
        ...

    def find(self, kind: type[R], **equals: Any) -> Sequence[R]:
        """Return the records whose fields equal what is asked, in key order.

        A tuple, list or set asks for any of its members (an empty one finds nothing).
        Only fields of the key and of the indexes may be asked for.
        """
        ...

    def values(self, kind: type[Any], fields: Sequence[str], **equals: Any) -> Sequence[tuple[Any, ...]]:
        """Return only these *fields* of the records that `find` would return, in any order.

        For going through very many records of which little is wanted.
        """
        ...

    def walk(self, kind: type[R]) -> Iterator[R]:
        """Go through every record in key order, without holding them all at once."""
        ...

    def last(self, kind: type[R]) -> R | None:
        """Return the record with the highest key, or None."""
        ...

    def time(self) -> StoreTime:
        """Return the present instant by the store's own clock, by which leases end."""
        ...


class Transaction(Reading, Protocol):
    """Changes to one tenant's records that become durable together or not at all."""

    def put(self, record: Any) -> None:
        """Keep *record*, in place of the one with its key if there is one.

        Raises:
            KeyTakenError: another record has one of its unique sets.
        """
        ...

    def put_all(self, records: Iterable[Any], *, fields: Sequence[str] | None = None) -> None:
        """Keep many records of one class; with *fields*, write only those of records that exist.

        Raises:
            KeyTakenError: as `put`.
        """
        ...

    def add_all(self, records: Iterable[Any]) -> None:
        """Add many new records of one class, fast.

        Raises:
            KeyTakenError: a key or unique set is taken.
        """
        ...

    def remove(self, kind: type[Any], *key: Any) -> None:
        """Remove a record; one that is not there is already removed."""
        ...

    def next_number(self, counter: str) -> int:
        """Return the next number of a gap-free counter, beginning with 1."""
        ...


class Store(Protocol):
    """Keeps records; every look and every change is within one tenant.

    Writing transactions of one tenant do not overlap.  One that is left by an exception
    leaves no trace.
    """

    def reading(self, tenant: str) -> AbstractContextManager[Reading]:
        """Open a consistent look."""
        ...

    def transaction(self, tenant: str) -> AbstractContextManager[Transaction]:
        """Open a writing transaction, durable when the block ends without an exception.

        Raises:
            StoreBusyError: others kept the store for longer than its patience.
            StorageError: it could not be made durable.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
