"""An office that answers what it was told to, and remembers what it was asked."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from click.testing import CliRunner

from factoring_core.adapters.reports.inspection import Inspection, LayoutView
from factoring_core.cli.app import factoring
from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.findings import (
    Candidate,
    ExceptionItem,
    ExceptionSeverity,
    ExceptionType,
)
from factoring_core.domain.reconciling.reports import Report, ReportOutcome
from factoring_core.domain.selling.batch import (
    Assignment,
    Batch,
    BatchState,
    Delivery,
    FileRole,
    SealedFile,
)
from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import (
    Document,
    DocumentKind,
    Invoice,
    Load,
    MethodRule,
    Opening,
    ResolvedMethod,
    Standing,
)
from factoring_core.domain.vocabulary.parties import Connection, InvoicingMethod, Notice, Settings
from factoring_core.domain.vocabulary.profile import ProviderProfile, ReportKind
from factoring_core.ports.storage import ImportRecord
from factoring_core.usecases.recover import Recovery
from factoring_core.usecases.results import (
    AuditView,
    BuyOutResult,
    ChangeResult,
    CheckFinding,
    ConnectionView,
    CreditView,
    ExceptionView,
    FetchedFile,
    FetchResult,
    ImportResult,
    LoadChange,
    LoadDetail,
    LoadView,
    MovedMatch,
    PreflightResult,
    Reason,
    Refusal,
    ReportResult,
    ReportView,
    ResolveResult,
    RowCounts,
    RowException,
    RowMatch,
    SaidView,
    SaleView,
    StatusCount,
    StatusView,
    SubmitResult,
    SyncResult,
    Transition,
    Worked,
    WorkRefusal,
    WorkResult,
)

WORKED = Worked(
    row=2,
    line=2,
    exception="exc-1",
    subsidiary="east",
    load="L-1001",
    resolution="write_off",
    decision="dec-000001",
)
DAY = dt.date(2026, 3, 2)
NOW = dt.datetime(2026, 3, 2, 15, 4, 5, tzinfo=dt.UTC)
SHA = "ab" * 32


@frozen
class Answer:
    """What one run of the command line left behind."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found

    @property
    def error(self) -> dict[str, Any]:
        """The error in the document."""
        found: dict[str, Any] = self.document["error"]
        return found


class FakeOffice:
    """Answers each method with the value of that name, or raises it; notes every call."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.opened_with: dict[str, Any] = {}
        self.closed = False
        self.settings = Settings(connections=(CONNECTION.connection,))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._answers:
            raise AttributeError(name)

        def method(*args: Any, **kwargs: Any) -> Any:
            self.calls.append((name, args, kwargs))
            answer = self._answers[name]
            if isinstance(answer, list):
                answer = answer.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        return method

    def open(self, home: Path, **given: Any) -> FakeOffice:
        self.opened_with = {"home": home, **given}
        return self

    def close(self) -> None:
        self.closed = True


def run(*arguments: str, office: FakeOffice | None = None, env: Mapping[str, str] | None = None) -> Answer:
    """Run the command line over *office*."""
    found = CliRunner().invoke(
        factoring, list(arguments), obj=(office or FakeOffice()).open, env=env or {}, catch_exceptions=False
    )
    return Answer(found.exit_code, found.stdout, found.stderr)


CHANGE = LoadChange(load="L-1001", subsidiary="east", status="queued", invoice_number="INV-1001")
REFUSAL = Refusal(
    load="L-1002", subsidiary="east", reasons=(Reason(code="missing_pod", message="There is no POD."),)
)
TRANSITION = Transition(
    load="L-1001", subsidiary="east", from_status="financed", to_status="completed", events=("complete",)
)
BATCH = Batch(
    id="bat-1",
    number=7,
    connection="east-depot",
    subsidiary="east",
    provider="capital_depot",
    profile_version=1,
    state=BatchState.SEALED,
    sealed_at=NOW,
    sealed_on=DAY,
    loads=("L-1001", "L-1002"),
    amount=427550,
    currency="USD",
    files=(
        SealedFile(
            name="INV-1001.pdf",
            role=FileRole.PACKET,
            size=1234,
            sha256=SHA,
            load="L-1001",
            pages=4,
            notes=("pod.pdf: a script was left out.",),
        ),
        SealedFile(name="loads.csv", role=FileRole.MANIFEST, size=99, sha256=SHA),
    ),
)
DELIVERY = Delivery(evidence="confirmed", at=NOW, by="dana")
IN_DOUBT_STATE = BatchState.IN_DOUBT
LOAD = Load(
    subsidiary="east",
    number="L-1001",
    customer="blue",
    amount=100000,
    po_number="PO 1",
    documents=(Document(kind=DocumentKind.POD, sha256=SHA, name="pod.pdf", size=99),),
    invoice=Invoice(number="INV-1001", date=DAY, face=150000),
    method=ResolvedMethod(method=InvoicingMethod.FACTORING, rule=MethodRule.SUBSIDIARY_DEFAULT),
    direct_opening=Opening(as_of=DAY, paid=5),
)
STANDING = Standing(
    subsidiary="east",
    load="L-1001",
    status=LoadStatus.FINANCED,
    batch="bat-1",
    paid=-5,
    open=150005,
    flags=("short_paid", "held"),
)
ITEM = ExceptionItem(
    id="exc-1",
    type=ExceptionType.SHORT_PAID,
    severity=ExceptionSeverity.WRONG,
    subsidiary="east",
    connection="east-winfactor",
    subject="asg-1",
    load="L-1002",
    amount_at_risk=5000,
    rows=(("rep-1", 3),),
)
UNKNOWN = ExceptionItem(
    id="exc-2",
    type=ExceptionType.UNKNOWN_INVOICE,
    severity=ExceptionSeverity.WRONG,
    subsidiary="east",
    connection="east-winfactor",
    subject="INV-9",
    load=None,
    amount_at_risk=6000,
    candidates=(Candidate(load="L-9", invoice_number="INV-90", reason="another amount"),),
)
EXCEPTION = ExceptionView(
    item=ITEM, open=True, age_days=12, suggested="write_off", resolutions=("write_off", "wait")
)
REPORT_RESULT = ReportResult(
    report_id="rep-1",
    outcome=ReportOutcome.APPLIED,
    file="payments.csv",
    subsidiary="east",
    connection="east-winfactor",
    provider="winfactor",
    kind="payment",
    layout="winfactor/payment_report/v1",
    rows=RowCounts(read=7, matched=4, already_known=1, non_factored=1, exceptions=1),
    transitions=(TRANSITION,),
    matches=(
        RowMatch(row=2, line=2, load="L-1001", invoice_number="INV-1001", tier=1, fields=("invoice_number",)),
    ),
    exceptions=(RowException(item=ITEM, row=3, line=3), RowException(item=UNKNOWN, row=7, line=7)),
    conservation={
        "payment_amount": {
            "read": 521000,
            "matched": 470000,
            "already_known": 30000,
            "non_factored": 15000,
            "exceptions": 6000,
            "information": 0,
        }
    },
    control_totals=({"column": "payment_amount", "stated": 521000, "summed": 521000},),
)
REPORT = Report(
    id="rep-1",
    digest="d",
    raw_sha256=SHA,
    file_name="payments.csv",
    subsidiary="east",
    connection="east-winfactor",
    provider="winfactor",
    kind=ReportKind.PAYMENT,
    layout="winfactor/payment_report/v1",
    verified=False,
    repeats_legal=False,
    complete_list=False,
    batch=None,
    rows=7,
    sequence=1,
    applied_at=NOW,
    applied_by="dana",
)
DECISION = Decision(
    id="dec-1",
    subsidiary="east",
    connection=None,
    subject="asg-1",
    resolution=Resolution.WRITE_OFF,
    amount=5000,
    at=NOW,
    sequence=1,
    reason="small",
    actor="dana",
)
SALE = SaleView(
    assignment=Assignment(
        id="asg-1",
        subsidiary="east",
        connection="east-depot",
        load="L-1001",
        batch="bat-1",
        batch_number=7,
        invoice_number="INV-1001",
        canonical_number="1001",
        invoice_date=DAY,
        face=150000,
        currency="USD",
        customer="blue",
        customer_name="Blue",
        customer_mc_number=None,
        debtor_number=None,
        po_number=None,
        reference_number=None,
        schedule_number=None,
        sealed_on=DAY,
    ),
    position={"face": 150000, "open": 150005, "purchased": True, "purchased_on": DAY},
    evidence=({"type": "payment", "amount": -5, "row": 4, "on": DAY},),
)
DETAIL = LoadDetail(
    load=LOAD,
    standing=STANDING,
    history=(
        LoadEvent(
            sequence=1,
            subsidiary="east",
            load="L-1001",
            event="submit",
            from_status="queued",
            to_status="invoiced",
            cause="batch bat-1",
            at=NOW,
            actor="dana",
        ),
    ),
    sales=(SALE,),
    exceptions=(EXCEPTION,),
)
CREDIT = CreditView(
    customer="blue",
    customer_name="Blue Freight Brokers",
    subsidiary="east",
    connection="east-otr",
    verdict="approved",
    at=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
    source="otr",
    limit=5000_00,
    stale=False,
)
CONNECTION = ConnectionView(
    connection=Connection(
        id="east-depot",
        subsidiary="east",
        provider="capital_depot",
        credential="env:DEPOT",
        notices=(Notice(from_on=DAY, text="Pay the factor"),),
    ),
    active=True,
    draining=False,
)
BOUGHT_OUT = BuyOutResult(
    buy_out="buy-1",
    outcome="applied",
    subsidiary="east",
    from_connection="east-depot",
    to_connection="east-rts",
    moved=(evolve(CHANGE, invoice_number="INV-1"),),
    open=1500_00,
)
STATUS = StatusView(
    counts=(StatusCount(status="queued", count=2, amount=300, paid=0, open=300),),
    exceptions={"short_paid": 1},
    amount_at_risk=5000,
    in_doubt=("bat-2",),
    waiting_batches=("bat-3",),
    reserve_outstanding=100,
    account={"east-depot": {"fee": -25}},
    oldest_queued=("east", "L-1001", 3),
)
IMPORT = ImportResult(
    import_id="imp-1",
    rows=3,
    created=(CHANGE,),
    transitions=(TRANSITION,),
    moved_matches=(MovedMatch(subsidiary="east", report="rep-1", row=4, from_load=None, to_load="L-1001"),),
    warnings=("A column was not used.",),
)
IMPORT_RECORD = ImportRecord(
    id="imp-1",
    digest="d",
    raw_sha256=SHA,
    file_name="loads.csv",
    rows=3,
    created=("L-1001",),
    updated=(),
    subsidiaries=("east",),
    sequence=1,
    at=NOW,
    by="dana",
    before=(),
)
AUDIT_ENTRY = AuditEntry(
    sequence=1, at=NOW, actor="dana", action="import", subject="imp-1", subsidiary="east"
)
PROVIDER = ProviderProfile(id="capital_depot", name="Capital Depot", mode="manual")


INSPECTION = Inspection(
    file="strange.xls",
    file_type="xls",
    sheets=("Sheet1",),
    header=("Rechnung", "Check #"),
    layouts=(
        LayoutView(
            layout="winfactor/payment_report/v1",
            provider="winfactor",
            kind="payment",
            verified=False,
            fits=False,
            mapped={"check_number": "Check #"},
            missing=("invoice_number",),
            doubled=("payment_date",),
            unmatched=("Rechnung",),
        ),
    ),
    unmatched=("Rechnung",),
    draft="a = 1\nb = 2\n",
    draft_file="layouts/winfactor/payment_report.v2.toml",
)


def everything() -> FakeOffice:
    """Return an office with an answer to every question."""
    changes = ChangeResult(changed=(CHANGE,), refused=(REFUSAL,))
    submission = SubmitResult(
        batches=(BATCH,),
        refused=(REFUSAL,),
        warnings=(REFUSAL,),
        lease_until={"bat-1": NOW},
        written=("a.pdf",),
    )
    resolved = ResolveResult(decision=DECISION, exception=EXCEPTION, transitions=(TRANSITION,))
    return FakeOffice(
        import_loads=IMPORT,
        imports=(IMPORT_RECORD,),
        undo_import=IMPORT,
        loads=(LoadView(load=LOAD, standing=STANDING),),
        load=DETAIL,
        generate_invoices=changes,
        void=changes,
        send_direct=changes,
        pay=changes,
        return_loads=changes,
        resell=changes,
        preflight=PreflightResult(eligible=(CHANGE,), refused=(REFUSAL,), warnings=(REFUSAL,)),
        submit=submission,
        resume=submission,
        batches=(BATCH,),
        batch=BATCH,
        batch_files=submission,
        confirm=submission,
        cancel=submission,
        settle=submission,
        apply_report=REPORT_RESULT,
        fetch_reports=FetchResult(
            connection="east-otr",
            subsidiary="east",
            files=(
                FetchedFile(name="a.csv", report=REPORT_RESULT, archived_as="a.csv.rep-1.applied"),
                FetchedFile(name="b.csv", report=REPORT_RESULT, stays="it cannot be renamed there"),
            ),
            waiting=(Reason(code="not_settled", message="c.csv is taken later."),),
            ignored=("readme.pdf",),
        ),
        sync=SyncResult(
            connection="east-otr",
            subsidiary="east",
            asked=2,
            said=(
                SaidView(
                    load="L-1001",
                    subsidiary="east",
                    invoice_number="INV-1",
                    external_id="77",
                    said="3",
                    word="Approved",
                    disposition="purchased",
                    changed_on=DAY,
                    schedule_number=None,
                    new=True,
                ),
            ),
            silent=("L-1002",),
            report=REPORT_RESULT,
        ),
        reports=(REPORT,),
        report=ReportView(report=REPORT, result=REPORT_RESULT),
        undo_report=REPORT_RESULT,
        check_credit=CREDIT,
        check_credit_of_load=CREDIT,
        template=b"Invoice Number\r\n",
        inspect=INSPECTION,
        exceptions=(EXCEPTION,),
        resolve=resolved,
        export_exceptions=b"Exception,Seen\r\n",
        import_decisions=WorkResult(
            rows=3,
            changed=(WORKED,),
            unchanged=(evolve(WORKED, row=3, line=3),),
            refused=(
                WorkRefusal(
                    row=4,
                    line=4,
                    exception="exc-2",
                    resolution="write_off",
                    reasons=(Reason(code="stale", message="It has changed."),),
                ),
            ),
        ),
        decisions=(DECISION,),
        undo_decision=resolved,
        connections=(CONNECTION,),
        activate=CONNECTION,
        deactivate=CONNECTION,
        buy_out=BOUGHT_OUT,
        undo_buy_out=evolve(BOUGHT_OUT, outcome="undone"),
        packet=b"%PDF-1.7",
        status=STATUS,
        audit=AuditView(entries=1, head="f" * 64, intact=True),
        recover=Recovery(suspect=("east-rts/7",), skipped=3),
        audit_entries=(AUDIT_ENTRY,),
        providers=(PROVIDER,),
        provider_warnings=("provider_not_loaded: lonestar: it is broken",),
        provider=PROVIDER,
        check=(CheckFinding(connection="east-depot", level="ok", code="ready", message="All well."),),
    )
