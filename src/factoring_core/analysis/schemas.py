"""The schemas of the twelve frames of a store, and of the frames of one reconciliation."""

from factoring_core.analysis.schema import (
    TableSchema,
    cents,
    count,
    day,
    flag,
    moment,
    rate,
    schema,
    text,
    word,
)
from factoring_core.domain.reconciling.buckets import Bucket
from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.findings import ExceptionSeverity, ExceptionType
from factoring_core.domain.reconciling.position import Ground
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.lifecycle import LoadStatus, Route
from factoring_core.domain.vocabulary.parties import InvoicingMethod, SettlementPolicy
from factoring_core.domain.vocabulary.profile import Disposition, EvidenceType, Measure, ReportKind

SUBSIDIARY = text("subsidiary", "the carrier that sells")
CONNECTION = text("connection", "its account with the factor")
FACTOR = text("factor", "the company that buys; the connection's id where the settings name none")
CURRENCY = text("currency", "ISO code")
ENDINGS = ("return_to_queue", "resell")
PROOFS = ("verified", "confirmed", "policy", "settled", "evidence", "report")

LOADS = schema(
    "loads",
    "One load with its invoice and where it stands.",
    "subsidiary load",
    SUBSIDIARY,
    text("load", "load number"),
    text("customer", "who owes the invoice, by id"),
    text("customer_name", "its name"),
    word("status", LoadStatus, "where it stands"),
    word("route", Route, "who collects it"),
    word("method", InvoicingMethod, "how it is invoiced", "not queued yet"),
    word("disposition", Disposition, "the factor's latest word", "the factor has said nothing"),
    text("invoice_number", "number issued", "no invoice yet"),
    day("invoice_date", "date issued", "no invoice yet"),
    cents("amount", "face of the invoice, else what is expected", "not known yet"),
    cents("paid", "net paid"),
    cents("open", "still owed by the customer"),
    CURRENCY,
    text("batch", "the batch of its present sale, by id", "not in a batch"),
    text("factor", "who bought or is offered it", "no present sale"),
    text("po_number", "the customer's order", "not given"),
    text("reference_number", "a further reference", "not given"),
    text("parent_load", "the load it supplements", "it supplements none"),
    text("supersedes", "the load or invoice it revises", "it revises none"),
    day("released_on", "delivered", "not given"),
    day("queued_on", "invoice date", "not queued"),
    day("invoiced_on", "with the factor, or sent to the customer", "not invoiced"),
    day("financed_on", "bought", "not financed, or at no known date"),
    day("completed_on", "debt done with", "not completed, or at no known date"),
    text("flags", "types of its open exceptions, separated by commas; empty for none"),
)

ASSIGNMENTS = schema(
    "assignments",
    "One invoice sold once, as it was when it was sold.",
    "assignment",
    text("assignment", "id of the sale"),
    SUBSIDIARY,
    CONNECTION,
    FACTOR,
    text("load", "load number"),
    text("batch", "batch id", "imported as already sold"),
    count("batch_number", "number of the batch", "imported as already sold"),
    text("schedule_number", "the factor's number of the batch", "not known"),
    text("invoice_number", "number on the invoice"),
    day("invoice_date", "date on the invoice"),
    cents("face", "full amount of the invoice"),
    CURRENCY,
    text("customer", "who owes it, by id"),
    text("customer_name", "its name"),
    text("debtor_number", "the factor's number of the customer", "not known"),
    day("sealed_on", "day of the sale"),
    word("settlement", SettlementPolicy, "when it counts as settled"),
    cents("tolerance", "what may stay open"),
    rate("advance_rate", "share paid at purchase by the terms", "the terms do not say"),
    rate("fee_rate", "share kept by the terms", "the terms do not say"),
    count("recourse_days", "days until recourse", "the terms do not say", "days"),
    flag("delivered", "whether the factor has it"),
    word("disposition", Disposition, "the factor's latest word on this sale", "the factor has said nothing"),
    flag("live", "whether it holds its load: not ended, and its batch not cancelled"),
    word("ending", ENDINGS, "how a person ended it", "not ended"),
    day("ended_on", "the day of that", "not ended"),
    text("end_reason", "why", "not ended"),
)

BATCHES = schema(
    "batches",
    "One batch of invoices.",
    "batch",
    text("batch", "batch id"),
    SUBSIDIARY,
    CONNECTION,
    FACTOR,
    text("provider", "how it travels"),
    count("number", "number within the connection"),
    text("schedule_number", "the factor's number", "not known"),
    word("state", BatchState, "where it stands; delivered where evidence names it"),
    day("sealed_on", "day it was sealed"),
    count("invoices", "how many it holds", unit="invoices"),
    cents("amount", "their faces together"),
    CURRENCY,
)

DELIVERIES = schema(
    "deliveries",
    "One batch that is known to have arrived.",
    "batch",
    text("batch", "batch id"),
    SUBSIDIARY,
    CONNECTION,
    word("proof", PROOFS, "how it is known"),
    moment("delivered_at", "when it was known; for a proof by report, when it was sealed"),
    day("delivered_on", "the business date of that"),
    text("by", "who or what said so"),
    text("reason", "why a person said so; empty otherwise"),
)

REPORTS = schema(
    "reports",
    "One accepted report, or one statement by a person; those undone are marked.",
    "report",
    text("report", "report id"),
    SUBSIDIARY,
    text("connection", "whose report it is", "a person's statement"),
    text("provider", "whose layout it has"),
    word("kind", ReportKind, "what it tells"),
    text("layout", "layout id"),
    flag("verified", "whether the layout was checked against a real file"),
    text("file_name", "as it was handed in"),
    count("rows", "data rows", unit="rows"),
    day("first_on", "earliest date on its rows", "no row has a date"),
    day("last_on", "latest date on its rows", "no row has a date"),
    day("applied_on", "day it was accepted"),
    text("applied_by", "by whom"),
    count("sequence", "order of acceptance"),
    flag("live", "whether it counts"),
    day("voided_on", "day it was undone", "it counts"),
    text("replaced_by", "the report that corrects it", "none does"),
)

ROWS = schema(
    "rows",
    "One data row of a live report of the factor, in exactly one bucket.",
    "report row",
    text("report", "report id"),
    count("row", "record number, the header being 1"),
    count("line", "line of the file as a spreadsheet shows it"),
    SUBSIDIARY,
    CONNECTION,
    word("bucket", Bucket, "where its money went"),
    text("invoice_key", "the invoice as the row names it; empty for money without one"),
    text("load", "the load it was matched to", "none was found"),
    text("assignment", "the sale it was matched to", "none was found"),
    count("tier", "how it was matched; 0 is a person's word", "not matched"),
    word("type", EvidenceType, "its first fact", "it states no fact"),
    day("on", "identity date of that fact", "blank, or no fact"),
    cents("invoice_amount", "as read", "blank, or no such column"),
    cents("purchased_amount", "as read", "blank, or no such column"),
    cents("advance_amount", "as read", "blank, or no such column"),
    cents("reserve_amount", "as read", "blank, or no such column"),
    cents("fee_amount", "as read", "blank, or no such column"),
    cents("payment_amount", "as read", "blank, or no such column"),
    cents("rebate_amount", "as read", "blank, or no such column"),
    more_cents=True,
)

EVIDENCE = schema(
    "evidence",
    "One fact of one row of a live report or statement.",
    "report row seq",
    text("report", "report id"),
    count("row", "record number, the header being 1"),
    count("seq", "place among the facts of the row"),
    SUBSIDIARY,
    text("connection", "whose evidence it is; `stated` for a person's"),
    word("type", EvidenceType, "what it states"),
    text("invoice_key", "the invoice as read; empty for money without one"),
    cents("amount", "as stated", "a disposition, or a bare list"),
    word("word", Disposition, "the disposition", "it is about money"),
    day("on", "identity date", "blank"),
    text("reference", "identity reference; empty if blank"),
    word("measure", Measure, "what the amount measures"),
    flag("posts", "whether its report kind posts this type; else it is compared"),
    count("counts", "how often this copy of the fact posts; 0 for a repeat", unit="times"),
    flag("questioned", "whether it is in question"),
    flag("account", "whether it belongs to the connection's account"),
    text("assignment", "the sale it was matched to", "none"),
    text("load", "the load it was matched to", "none"),
)

MATCHES = schema(
    "matches",
    "One row whose invoice was found.",
    "report row",
    text("report", "report id"),
    count("row", "record number, the header being 1"),
    count("line", "line of the file as a spreadsheet shows it"),
    SUBSIDIARY,
    CONNECTION,
    text("load", "load number"),
    text("assignment", "the sale"),
    text("invoice_number", "our number of the invoice"),
    count("tier", "1 to 3; 0 is a person's word"),
    text("fields", "the fields used, separated by commas"),
)

_EXCEPTION = (
    text("exception", "id"),
    word("type", ExceptionType, "what it is"),
    word("severity", ExceptionSeverity, "whether a person must act or may wait"),
    SUBSIDIARY,
    text("connection", "where it arose", "it concerns no connection"),
    text("subject", "what it is about"),
    text("load", "load number", "no load is known"),
    cents("amount_at_risk", "money in question"),
)

EXCEPTIONS = schema(
    "exceptions",
    "One open exception.",
    "exception",
    *_EXCEPTION,
    word("suggested", Resolution, "what to try first"),
    day("since", "earliest date of what supports it", "nothing that supports it has a date"),
    count("age_days", "days from then to the date of the frames", "no date", "days"),
    count("rows", "how many rows support it", unit="rows"),
    text("note", "more about it; may be empty"),
)

DECISIONS = schema(
    "decisions",
    "One decision of a person; those undone are marked.",
    "decision",
    text("decision", "id"),
    SUBSIDIARY,
    text("connection", "where it applies", "everywhere"),
    text("subject", "what it is about"),
    word("resolution", Resolution, "what was decided"),
    word("exception_type", ExceptionType, "what it resolved", "no exception was resolved"),
    text("exception", "the exception it resolved, by id", "none"),
    text("load", "load number", "it names none"),
    text("assignment", "the sale", "it names none"),
    cents("amount", "accepted, judged or chosen", "it needs none"),
    count("count", "how many count", "it needs none"),
    text("reason", "why"),
    text("actor", "by whom"),
    day("decided_on", "business date"),
    flag("live", "whether it has not been undone"),
    day("undone_on", "day it was undone", "it stands"),
)

POSITIONS = schema(
    "positions",
    "All money facts about one sale.",
    "assignment",
    text("assignment", "id of the sale"),
    SUBSIDIARY,
    CONNECTION,
    FACTOR,
    text("load", "load number"),
    text("customer", "who owes it, by id"),
    CURRENCY,
    cents("face", "full amount of the invoice"),
    cents("adjustments", "what the factor corrected"),
    flag("bought", "whether a purchase stands"),
    flag("implied", "whether a payment stands for the purchase"),
    cents("purchased", "amount bought; 0 where it is not stated"),
    day("purchased_on", "day of the latest purchase that stands", "not bought, or no date"),
    cents("advanced", "paid at purchase"),
    flag("advanced_known", "whether any report says what was advanced"),
    cents("reserve_held", "held back, less what was charged to it"),
    cents("fees", "kept by the factor"),
    cents("rebated", "reserve paid out"),
    cents("reserve", "reserve still held: held less rebated"),
    cents("paid", "payments of the debtor"),
    cents("net_paid", "payments less reversals"),
    cents("charged_back", "put back on the subsidiary, net"),
    flag("fully_charged_back", "whether the subsidiary owns it again"),
    cents("late_paid", "paid after the sale had ended; counts nowhere else"),
    cents("written_off", "shortage a person accepted"),
    cents("open", "face and adjustments, less net_paid and written_off"),
    cents("direct_open", "left to collect after a partial chargeback"),
    word("settled", Ground, "on what ground the debt is done with", "it is not"),
    day("last_paid_on", "day of the latest payment", "nothing paid, or no date"),
)

ACCOUNT = schema(
    "account",
    "Money without an invoice, added up.",
    "subsidiary connection type",
    SUBSIDIARY,
    CONNECTION,
    FACTOR,
    word("type", EvidenceType, "what it is"),
    cents("amount", "total"),
)

SCHEMAS: dict[str, TableSchema] = {
    one.name: one
    for one in (
        LOADS,
        ASSIGNMENTS,
        BATCHES,
        DELIVERIES,
        REPORTS,
        ROWS,
        EVIDENCE,
        MATCHES,
        EXCEPTIONS,
        DECISIONS,
        POSITIONS,
        ACCOUNT,
    )
}
"""The frames of a store, by name."""

ROW_EXCEPTIONS = schema(
    "exceptions",
    "One exception that a row of the report supports, once for each row.",
    "exception row",
    *_EXCEPTION,
    count("row", "record number, the header being 1", "the report lacks what it should list"),
    count("line", "line of the file", "the report lacks what it should list"),
    text("candidates", "invoices it might mean, each with why it was not taken; empty for none"),
)

CONSERVATION = schema(
    "conservation",
    "One money column of the report.",
    "column",
    text("column", "field of the layout"),
    cents("read", "sum of the column"),
    *(cents(one.value, f"of that, on rows in the bucket {one.value}") for one in Bucket),
)

WARNINGS = schema(
    "warnings",
    "One thing worth knowing that changed nothing.",
    "warning",
    text("warning", "code and sentence"),
)

RECONCILIATION: dict[str, TableSchema] = {
    "matches": MATCHES,
    "exceptions": ROW_EXCEPTIONS,
    "positions": POSITIONS,
    "rows": ROWS,
    "conservation": CONSERVATION,
    "warnings": WARNINGS,
}
"""The frames of one reconciliation, by name."""
