"""Every table, written out: one for each kind of record, and one for counters.

The tenant comes first in every key and index.  Amounts are whole cents in 64 bits.  Dates and
moments are ISO texts, which sort as they should and come back exactly as they went in, offset
included; so are values inside values, as JSON.  Texts sort by code point on every database.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from factoring_core.adapters.storage.asking import kind_of
from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.selling.lease import Lease
from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent
from factoring_core.domain.vocabulary.host_events import OutboxEntry, Subscription
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.ports.storage import (
    BuyOut,
    ConnectionState,
    CreditCheck,
    ImportRecord,
    KnownCredential,
    LookedAt,
    OfferedInvoice,
    Operation,
    SettingsRecord,
    StagedFile,
)

PREFIX = "factoring_"
"""Begins the name of every table, so that they can live beside a host's own."""

METADATA = MetaData(naming_convention={"pk": "pk_%(table_name)s"})

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
FLAG = Boolean(create_constraint=False).with_variant(Integer(), "sqlite")
# Strict: a column refuses a value of another type, so no fraction can get among the cents.
OPTIONS: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def text(*names: str, null: bool = False) -> list[Column[Any]]:
    """Columns of text: words, names, dates, moments, values of enumerations, JSON."""
    return [Column(name, TEXT, nullable=null) for name in names]


def number(*names: str, null: bool = False) -> list[Column[Any]]:
    """Columns of whole numbers: cents, counts, places in an order."""
    return [Column(name, NUMBER, nullable=null) for name in names]


def flag(*names: str, null: bool = False) -> list[Column[Any]]:
    """Columns of yes or no."""
    return [Column(name, FLAG, nullable=null) for name in names]


def table(record: type[Any], *columns: list[Column[Any]]) -> Table:
    """Make the table of one kind, with the key, unique sets and indexes its kind names."""
    kind = kind_of(record)
    own = [column for group in columns for column in group]
    made = Table(
        PREFIX + kind.name,
        METADATA,
        *text("tenant"),
        *own,
        PrimaryKeyConstraint("tenant", *kind.key),
        **OPTIONS,
    )
    covered = [kind.key]
    for fields, condition in kind.unique:
        where = None if condition is None else made.c[condition]
        name = f"uq_{made.name}_{'_'.join(fields)}" + (f"_{condition}" if condition else "")
        # The migration says the same of PostgreSQL; to name that here would load its dialect and all
        # its drivers into every program that keeps its store in a file.
        only: dict[str, Any] = {} if where is None else {"sqlite_where": where}
        Index(name, made.c.tenant, *(made.c[field] for field in fields), unique=True, **only)
        covered += [] if condition else [fields]
    for fields in sorted(kind.indexes, key=len, reverse=True):
        if not any(longer[: len(fields)] == fields for longer in covered):
            name = f"ix_{made.name}_{'_'.join(fields)}"
            Index(name, made.c.tenant, *(made.c[field] for field in fields))
            covered.append(fields)
    return made


TABLES: dict[type[Any], Table] = {
    Load: table(
        Load,
        text("subsidiary", "number", "customer"),
        number("amount", null=True),
        text("currency"),
        text("planned_invoice_number", "planned_invoice_date", "po_number", "reference_number", null=True),
        text("invoicing_method", "delivered_on", "truck_number", "origin_city", "origin_state", null=True),
        text("destination_city", "destination_state", "parent_load", "supersedes", null=True),
        text("documents"),
        text("invoice", "method", "sent_direct_on", "direct_opening", "import_id", null=True),
    ),
    Standing: table(
        Standing,
        text("subsidiary", "load", "status", "route"),
        text("disposition", "batch", null=True),
        number("paid", "open"),
        text("flags"),
    ),
    Customer: table(
        Customer,
        text("id", "name"),
        text("mc_number", "invoicing_method", null=True),
        text("debtor_numbers"),
    ),
    Batch: table(
        Batch,
        text("id"),
        number("number"),
        text("connection", "subsidiary", "provider"),
        number("profile_version"),
        text("state", "sealed_at", "sealed_on", "loads"),
        number("amount"),
        text("currency", "files", "content_root"),
        text("not_before", null=True),
        flag("taken_out", "attempted", "ever_left"),
        text("delivery", "published_at", "schedule_number", "account", null=True),
    ),
    Assignment: table(
        Assignment,
        text("id", "subsidiary", "connection", "load"),
        text("batch", null=True),
        number("batch_number", null=True),
        text("invoice_number", "canonical_number", "invoice_date"),
        number("face"),
        text("currency", "customer", "customer_name"),
        text("customer_mc_number", "debtor_number", "po_number", "reference_number", null=True),
        text("schedule_number", null=True),
        text("sealed_on", "frozen"),
        text("opening", "import_id", "takes_over", null=True),
        flag("live"),
    ),
    Report: table(
        Report,
        text("id", "digest", "raw_sha256", "file_name", "subsidiary"),
        text("connection", null=True),
        text("provider", "kind", "layout"),
        flag("verified", "repeats_legal", "complete_list"),
        text("batch", null=True),
        number("rows", "sequence"),
        text("applied_at", "applied_by"),
        text("result_sha256", "voided_at", "voided_by", "void_reason", "replaced_by", null=True),
    ),
    Evidence: table(
        Evidence,
        text("report"),
        number("row", "seq", "line"),
        text("type", "invoice_key"),
        number("amount", null=True),
        text("word"),
        text("on", null=True),
        text("reference", "reference_key", "measure"),
        flag("posts", "primary", "account"),
        # The attributes, one column each.
        number("invoice_amount", null=True),
        text("load_number", "po_number", "customer", "debtor_number", "mc_number"),
        text("schedule_number", "batch_number", "currency"),
        flag("closed", null=True),
    ),
    Decision: table(
        Decision,
        text("id", "subsidiary"),
        text("connection", null=True),
        text("subject", "resolution"),
        text("exception_type", "exception_id", null=True),
        text("judged"),
        text("load", "assignment", null=True),
        number("amount", "count", null=True),
        text("reason", "actor", "at"),
        number("sequence"),
        text("undone_at", "undone_by", "undo_reason", null=True),
    ),
    ExceptionRecord: table(
        ExceptionRecord,
        text("item", "id", "subsidiary", "type"),
        text("load", null=True),
        flag("open"),
        text("opened_at"),
        text("closed_at", "resolution", null=True),
    ),
    LoadEvent: table(
        LoadEvent,
        number("sequence"),
        text("subsidiary", "load", "event", "from_status", "to_status", "cause", "at", "actor"),
    ),
    AuditEntry: table(
        AuditEntry,
        number("sequence"),
        text("at", "actor", "action", "subject"),
        text("subsidiary", null=True),
        text("detail", "previous", "hash"),
    ),
    OutboxEntry: table(
        OutboxEntry,
        number("sequence", "after"),
        text("type", "subsidiary", "subject", "at", "data"),
    ),
    Subscription: table(Subscription, text("name", "position", "at")),
    ImportRecord: table(
        ImportRecord,
        text("id", "digest", "raw_sha256", "file_name"),
        number("rows"),
        text("created", "updated", "before", "customers", "customers_before", "subsidiaries"),
        number("sequence"),
        text("at", "by"),
        text("undone_at", "undone_by", "undo_reason", null=True),
    ),
    ConnectionState: table(
        ConnectionState,
        text("connection", "subsidiary"),
        flag("active"),
        text("reason"),
        text("changed_at", "changed_by", null=True),
    ),
    SettingsRecord: table(SettingsRecord, text("section", "name", "content", "at", "by")),
    StagedFile: table(
        StagedFile,
        text("batch", "name", "state", "temp_name"),
        number("epoch", "size"),
        text("sha256", "earlier", "proof"),
    ),
    Lease: table(
        Lease,
        text("batch"),
        number("epoch"),
        text("owner", "worker", "scale"),
        number("until", "quiet"),
    ),
    OfferedInvoice: table(
        OfferedInvoice,
        text("batch", "load", "invoice_number", "reference", "state", "external_id"),
        text("schedule_number", null=True),
        text("code", "message"),
        text("first_asked_at", null=True),
        text("said"),
    ),
    BuyOut: table(
        BuyOut,
        text("id", "raw_sha256", "file_name", "subsidiary", "from_connection", "to_connection", "sales"),
        number("sequence"),
        text("at", "by"),
        text("undone_at", "undone_by", "undo_reason", null=True),
    ),
    LookedAt: table(LookedAt, text("connection", "name", "sha256", "scale"), number("first_ms")),
    CreditCheck: table(
        CreditCheck,
        text("connection", "customer"),
        number("sequence"),
        text("subsidiary", "verdict", "source"),
        number("limit", null=True),
        text("at", "by"),
    ),
    KnownCredential: table(
        KnownCredential,
        text("connection"),
        number("version"),
        text("salt", "mark", "since"),
        text("refused_at", null=True),
    ),
    Operation: table(
        Operation,
        text("id", "act", "asked", "batches"),
        text("answer", null=True),
        text("at", "by"),
    ),
}
"""Where the records of each class are kept."""

COUNTERS = Table(
    PREFIX + "counters",
    METADATA,
    *text("tenant", "name"),
    *number("value"),
    PrimaryKeyConstraint("tenant", "name"),
    **OPTIONS,
)

TURNS = Table(
    PREFIX + "turns",
    METADATA,
    *text("tenant"),
    *number("taken"),
    PrimaryKeyConstraint("tenant"),
    **OPTIONS,
)
"""One row for each tenant, changed by whoever writes for it (PostgreSQL; SQLite locks the file)."""

COMMITS = Table(
    PREFIX + "commits",
    METADATA,
    *text("tenant", "id"),
    *number("at"),
    PrimaryKeyConstraint("tenant", "id"),
    **OPTIONS,
)
"""Ids of recent transactions, to tell whether one whose answer was lost was committed (PostgreSQL).

``at`` is in seconds since 1970 by the clock of the database.
"""
