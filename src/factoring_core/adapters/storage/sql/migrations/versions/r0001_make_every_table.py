"""Make every table."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Written out, and not taken from the tables of today: a step does the same for ever.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean(create_constraint=False).with_variant(sa.Integer(), "sqlite")

TABLES: dict[str, tuple[str, str]] = {
    # table: key, columns (? may be blank; # number, ! yes or no, else text)
    "factoring_loads": (
        "tenant subsidiary number",
        "tenant subsidiary number customer #amount? currency planned_invoice_number? "
        "planned_invoice_date? po_number? reference_number? invoicing_method? delivered_on? "
        "truck_number? origin_city? origin_state? destination_city? destination_state? parent_load? "
        "supersedes? documents invoice? method? sent_direct_on? direct_opening? import_id?",
    ),
    "factoring_standings": (
        "tenant subsidiary load",
        "tenant subsidiary load status route disposition? batch? #paid #open flags",
    ),
    "factoring_customers": (
        "tenant id",
        "tenant id name mc_number? invoicing_method? debtor_numbers",
    ),
    "factoring_batches": (
        "tenant id",
        "tenant id #number connection subsidiary provider #profile_version state sealed_at sealed_on "
        "loads #amount currency files content_root not_before? !taken_out !attempted !ever_left "
        "delivery? published_at? schedule_number? account?",
    ),
    "factoring_assignments": (
        "tenant id",
        "tenant id subsidiary connection load batch? #batch_number? invoice_number canonical_number "
        "invoice_date #face currency customer customer_name customer_mc_number? debtor_number? "
        "po_number? reference_number? schedule_number? sealed_on frozen opening? import_id? takes_over? "
        "!live",
    ),
    "factoring_reports": (
        "tenant id",
        "tenant id digest raw_sha256 file_name subsidiary connection? provider kind layout !verified "
        "!repeats_legal !complete_list batch? #rows #sequence applied_at applied_by result_sha256? "
        "voided_at? voided_by? void_reason? replaced_by?",
    ),
    "factoring_evidence": (
        "tenant report row seq",
        "tenant report #row #seq #line type invoice_key #amount? word on? reference reference_key "
        "measure !posts !primary !account #invoice_amount? load_number po_number customer "
        "debtor_number mc_number schedule_number batch_number currency !closed?",
    ),
    "factoring_decisions": (
        "tenant id",
        "tenant id subsidiary connection? subject resolution exception_type? exception_id? judged "
        "load? assignment? #amount? #count? reason actor at #sequence undone_at? undone_by? "
        "undo_reason?",
    ),
    "factoring_exceptions": (
        "tenant id",
        "tenant item id subsidiary type load? !open opened_at closed_at? resolution?",
    ),
    "factoring_load_events": (
        "tenant sequence",
        "tenant #sequence subsidiary load event from_status to_status cause at actor",
    ),
    "factoring_audit": (
        "tenant sequence",
        "tenant #sequence at actor action subject subsidiary? detail previous hash",
    ),
    "factoring_outbox": (
        "tenant sequence",
        "tenant #sequence #after type subsidiary subject at data",
    ),
    "factoring_subscriptions": (
        "tenant name",
        "tenant name position at",
    ),
    "factoring_imports": (
        "tenant id",
        "tenant id digest raw_sha256 file_name #rows created updated before customers customers_before "
        "subsidiaries #sequence at by undone_at? undone_by? undo_reason?",
    ),
    "factoring_connection_states": (
        "tenant connection",
        "tenant connection subsidiary !active reason changed_at? changed_by?",
    ),
    "factoring_settings": (
        "tenant section name",
        "tenant section name content at by",
    ),
    "factoring_staged_files": (
        "tenant batch name",
        "tenant batch name state temp_name #epoch #size sha256 earlier proof",
    ),
    "factoring_leases": (
        "tenant batch",
        "tenant batch #epoch owner worker scale #until #quiet",
    ),
    "factoring_offered_invoices": (
        "tenant batch load",
        "tenant batch load invoice_number reference state external_id schedule_number? code message "
        "first_asked_at? said",
    ),
    "factoring_buy_outs": (
        "tenant id",
        "tenant id raw_sha256 file_name subsidiary from_connection to_connection sales #sequence at by "
        "undone_at? undone_by? undo_reason?",
    ),
    "factoring_looks": (
        "tenant connection name",
        "tenant connection name sha256 scale #first_ms",
    ),
    "factoring_credit_checks": (
        "tenant connection customer sequence",
        "tenant connection customer #sequence subsidiary verdict source #limit? at by",
    ),
    "factoring_credentials": (
        "tenant connection",
        "tenant connection #version salt mark since refused_at?",
    ),
    "factoring_operations": (
        "tenant id",
        "tenant id act asked batches answer? at by",
    ),
    "factoring_counters": (
        "tenant name",
        "tenant name #value",
    ),
    "factoring_turns": (
        "tenant",
        "tenant #taken",
    ),
    "factoring_commits": (
        "tenant id",
        "tenant id #at",
    ),
}

INDEXES: tuple[tuple[str, str], ...] = (
    # table, columns
    ("factoring_standings", "tenant subsidiary status"),
    ("factoring_batches", "tenant state"),
    ("factoring_batches", "tenant subsidiary"),
    ("factoring_assignments", "tenant batch"),
    ("factoring_assignments", "tenant connection"),
    ("factoring_assignments", "tenant subsidiary invoice_number"),
    ("factoring_assignments", "tenant subsidiary load"),
    ("factoring_reports", "tenant connection"),
    ("factoring_reports", "tenant subsidiary"),
    ("factoring_credit_checks", "tenant subsidiary"),
    ("factoring_decisions", "tenant subsidiary"),
    ("factoring_exceptions", "tenant subsidiary open"),
    ("factoring_load_events", "tenant subsidiary load"),
)

UNIQUE: tuple[tuple[str, str, str | None], ...] = (
    # table, columns, the flag that must be set for it to hold
    ("factoring_batches", "tenant connection number", None),
    ("factoring_assignments", "tenant subsidiary load", "live"),
)


def upgrade() -> None:
    """Take the step."""
    for name, (key, columns) in TABLES.items():
        op.create_table(
            name,
            *(column(word) for word in columns.split()),
            sa.PrimaryKeyConstraint(*key.split(), name=f"pk_{name}"),
            sqlite_strict=True,
            sqlite_with_rowid=False,
        )
    for table, columns in INDEXES:
        op.create_index(index_name("ix", table, columns), table, columns.split())
    for table, columns, condition in UNIQUE:
        only: dict[str, Any] = {}
        if condition is not None:
            flag: sa.ColumnElement[Any] = sa.column(condition, FLAG)
            only = {"sqlite_where": flag, "postgresql_where": flag}
        name = index_name("uq", table, columns) + (f"_{condition}" if condition else "")
        op.create_index(name, table, columns.split(), unique=True, **only)


def downgrade() -> None:
    """Take it back."""
    for name in TABLES:
        op.drop_table(name)


def column(word: str) -> sa.Column[Any]:
    """Make the column that a word of the list above stands for."""
    kind: Any = {"#": NUMBER, "!": FLAG}.get(word[0], TEXT)
    return sa.Column(word.strip("#!?"), kind, nullable=word.endswith("?"))


def index_name(sort: str, table: str, columns: str) -> str:
    """Name an index by what it covers besides the tenant."""
    return "_".join([sort, table, *columns.split()[1:]])
