"""Reports, exceptions and decisions as JSON documents."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from factoring_core.cli.documents import amounts, money, transition
from factoring_core.cli.listed import Listed
from factoring_core.cli.plain import moment
from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.reports import Report, ReportOutcome
from factoring_core.errors import FactoringError
from factoring_core.usecases.results import (
    ExceptionView,
    FetchResult,
    ReportResult,
    ReportView,
    ResolveResult,
    RowException,
    RowMatch,
    SyncResult,
    WorkResult,
)

Document = dict[str, Any]


def report(result: ReportResult) -> Document:
    """Write what applying, previewing or undoing one report did."""

    def match(one: RowMatch) -> Document:
        return {
            "row": one.row,
            "line": one.line,
            "load": one.load,
            "subsidiary": result.subsidiary,
            "invoice_number": one.invoice_number,
            "tier": one.tier,
            "fields": list(one.fields),
        }

    document: Document = {
        "report_id": result.report_id,
        "outcome": result.outcome.value,
        "provider": result.provider,
        "kind": result.kind,
        "layout": result.layout,
        "verified": result.verified,
        "subsidiary": result.subsidiary,
        "connection": result.connection,
        "rows": attrs.asdict(result.rows),
        "transitions": Listed(result.transitions, transition),
        "matches": Listed(result.matches, match),
        "exceptions": Listed(result.exceptions, _supported),
        "conservation": {column: amounts(sums) for column, sums in result.conservation.items()},
        "control_totals": [_control_total(one) for one in result.control_totals],
        "warnings": list(result.warnings),
    }
    return document if result.replaces is None else {**document, "replaces": result.replaces}


def _supported(one: RowException) -> Document:
    item = one.item
    return {
        "id": item.id,
        "type": item.type.value,
        "severity": item.severity.value,
        "load": item.load,
        "subsidiary": item.subsidiary,
        "row": one.row,
        "line": one.line,
        "amount_at_risk": money(item.amount_at_risk),
        "candidates": _candidates(item),
    }


def _control_total(one: Mapping[str, Any]) -> Document:
    return amounts(one, frozenset({"stated", "summed"}))


def refused_report(file: str, subsidiary: str, error: FactoringError) -> Document:
    """Write the place of a refused file among several; its faults stand under ``error``."""
    document = report(
        ReportResult(report_id=None, outcome=ReportOutcome.REFUSED, file=file, subsidiary=subsidiary)
    )
    return {"file": file, **document, "reason": {"code": error.code, "message": error.message}}


def fetched(result: FetchResult) -> Document:
    """Write what was found in a folder of reports, and what became of each file."""
    return {
        "connection": result.connection,
        "files": [
            {
                "file": one.name,
                "archived_as": one.archived_as,
                "stays": one.stays or None,
                "report": None if one.report is None else report(one.report),
                "reason": None
                if one.error is None
                else {"code": one.error.code, "message": one.error.message},
            }
            for one in result.files
        ],
        "waiting": [{"code": one.code, "message": one.message} for one in result.waiting],
        "ignored": list(result.ignored),
    }


def synced(result: SyncResult) -> Document:
    """Write what a factor's system said of each invoice, and what the new of it did."""
    return {
        "connection": result.connection,
        "asked": result.asked,
        "statuses": [
            {
                "load": one.load,
                "subsidiary": one.subsidiary,
                "invoice_number": one.invoice_number,
                "external_id": one.external_id,
                "said": one.said,
                "word": one.word,
                "disposition": one.disposition,
                "changed_on": moment(one.changed_on),
                "schedule_number": one.schedule_number,
                "new": one.new,
            }
            for one in result.said
        ],
        "silent": list(result.silent),
        "report": None if result.report is None else report(result.report),
    }


def report_row(one: Report) -> Document:
    """Write one accepted report as lists show it."""
    return {
        "report_id": one.id,
        "file": one.file_name,
        "subsidiary": one.subsidiary,
        "connection": one.connection,
        "provider": one.provider,
        "kind": one.kind.value,
        "layout": one.layout,
        "verified": one.verified,
        "batch": one.batch,
        "rows": one.rows,
        "live": one.live,
        "applied_at": moment(one.applied_at),
        "applied_by": one.applied_by,
        "undone_at": moment(one.voided_at),
        "undone_by": one.voided_by,
        "undo_reason": one.void_reason,
        "replaced_by": one.replaced_by,
    }


def report_rows(found: Iterable[Report]) -> Document:
    """Write the list of reports."""
    return {"reports": [report_row(one) for one in found]}


def report_view(view: ReportView) -> Document:
    """Write one accepted report with the result it had when it was accepted."""
    return {**report_row(view.report), "result": report(view.result)}


def _candidates(item: ExceptionItem) -> list[Document]:
    return [
        {
            "load": one.load,
            "subsidiary": item.subsidiary,
            "invoice_number": one.invoice_number,
            "reason": one.reason,
        }
        for one in item.candidates
    ]


def exception_row(view: ExceptionView) -> Document:
    """Write one exception as a person works on it."""
    item = view.item
    document: Document = {
        "id": item.id,
        "type": item.type.value,
        "severity": item.severity.value,
        "load": item.load,
        "subsidiary": item.subsidiary,
        "connection": item.connection,
        "amount_at_risk": money(item.amount_at_risk),
        "age_days": view.age_days,
        "suggested": view.suggested,
        "resolutions": list(view.resolutions),
        "rows": [{"report": name, "row": row} for name, row in item.rows],
        "candidates": _candidates(item),
        "amounts": [money(one) for one in item.amounts],
        "note": item.note,
        "open": view.open,
        "resolution": view.resolution,
    }
    owes = {"by": item.owed_by, "to": item.owed_to}
    return {**document, "owes": owes} if item.owed_by is not None else document


def exception_rows(found: Iterable[ExceptionView]) -> Document:
    """Write the list of exceptions."""
    return {"exceptions": [exception_row(one) for one in found]}


def worklist(result: WorkResult) -> Document:
    """Write what became of each line of a worklist."""
    return {
        "rows": result.rows,
        "changed": [attrs.asdict(one) for one in result.changed],
        "unchanged": [attrs.asdict(one) for one in result.unchanged],
        "refused": [attrs.asdict(one) for one in result.refused],
        "transitions": [transition(one) for one in result.transitions],
    }


def decision(one: Decision) -> Document:
    """Write one decision."""
    return {
        "id": one.id,
        "resolution": one.resolution.value,
        "subsidiary": one.subsidiary,
        "connection": one.connection,
        "exception_id": one.exception_id,
        "exception_type": one.exception_type,
        "load": one.load,
        "amount": money(one.amount),
        "count": one.count,
        "reason": one.reason,
        "actor": one.actor,
        "at": moment(one.at),
        "live": one.live,
        "undone_at": moment(one.undone_at),
        "undone_by": one.undone_by,
        "undo_reason": one.undo_reason,
    }


def decisions(found: Iterable[Decision]) -> Document:
    """Write the list of decisions."""
    return {"decisions": [decision(one) for one in found]}


def resolution(result: ResolveResult) -> Document:
    """Write a decision that was made or undone, and what it moved."""
    return {
        "outcome": result.outcome,
        "decision": decision(result.decision),
        "exception": None if result.exception is None else exception_row(result.exception),
        "transitions": [transition(one) for one in result.transitions],
    }
