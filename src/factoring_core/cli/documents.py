"""Loads, changes and imports as JSON documents: the shapes that scripts rely on."""

from collections.abc import Iterable, Mapping
from typing import Any

from factoring_core.cli.plain import moment, plain
from factoring_core.domain.vocabulary.load import Load, Opening
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.ports.storage import ImportRecord
from factoring_core.usecases.results import (
    ChangeResult,
    ImportResult,
    LoadChange,
    LoadDetail,
    LoadView,
    MovedMatch,
    PreflightResult,
    Refusal,
    SaleView,
    Transition,
)

Document = dict[str, Any]

_EVIDENCE_MONEY = frozenset({"amount", "invoice_amount"})
_OPENING_MONEY = ("purchased_amount", "advanced", "reserve_held", "fees", "paid")


def money(cents: int | None) -> str | None:
    """Write cents as a decimal text with two places; None stays None."""
    return None if cents is None else decimal_text(cents)


def amounts(values: Mapping[str, Any], only: frozenset[str] | None = None) -> Document:
    """Write a mapping whose whole numbers are cents; *only* names those that are, if not all."""
    found: Document = {}
    for name, value in values.items():
        is_cents = type(value) is int and (only is None or name in only)
        found[str(name)] = decimal_text(value) if is_cents else plain(value)
    return found


def change(one: LoadChange, *, number: bool = False) -> Document:
    """Write one load after a change."""
    document = {"load": one.load, "subsidiary": one.subsidiary, "status": one.status}
    return {**document, "invoice_number": one.invoice_number} if number else document


def refusal(one: Refusal) -> Document:
    """Write one refused load with its reasons."""
    reasons = [{"code": reason.code, "message": reason.message} for reason in one.reasons]
    return {"load": one.load, "subsidiary": one.subsidiary, "reasons": reasons}


def transition(one: Transition) -> Document:
    """Write one load's way from one status to another."""
    return {
        "load": one.load,
        "subsidiary": one.subsidiary,
        "from": one.from_status,
        "to": one.to_status,
        "events": list(one.events),
    }


def changes(result: ChangeResult, *, number: bool = False) -> Document:
    """Write what became of each load that was named."""
    return {
        "changed": [change(one, number=number) for one in result.changed],
        "unchanged": [change(one, number=number) for one in result.unchanged],
        "refused": [refusal(one) for one in result.refused],
    }


def preflight(result: PreflightResult) -> Document:
    """Write every failure of every load."""
    return {
        "eligible": [change(one) for one in result.eligible],
        "refused": [refusal(one) for one in result.refused],
        "warnings": [refusal(one) for one in result.warnings],
    }


def load_import(result: ImportResult) -> Document:
    """Write one import of loads, or its undoing."""
    return {
        "import_id": result.import_id,
        "outcome": result.outcome,
        "rows": result.rows,
        "created": [change(one) for one in result.created],
        "updated": [change(one) for one in result.updated],
        "unchanged": [change(one) for one in result.unchanged],
        "removed": [change(one) for one in result.removed],
        "transitions": [transition(one) for one in result.transitions],
        "moved_matches": [_moved(one) for one in result.moved_matches],
        "warnings": list(result.warnings),
    }


def _moved(one: MovedMatch) -> Document:
    return {"report": one.report, "row": one.row, "from_load": one.from_load, "to_load": one.to_load}


def imports(records: Iterable[ImportRecord]) -> Document:
    """Write the list of accepted imports."""
    return {
        "imports": [
            {
                "import_id": one.id,
                "file": one.file_name,
                "rows": one.rows,
                "created": len(one.created),
                "updated": len(one.updated),
                "subsidiaries": list(one.subsidiaries),
                "at": moment(one.at),
                "by": one.by,
                "undone_at": moment(one.undone_at),
                "undone_by": one.undone_by,
                "undo_reason": one.undo_reason,
            }
            for one in records
        ]
    }


def load_row(view: LoadView | LoadDetail) -> Document:
    """Write one load as lists show it."""
    load, standing = view.load, view.standing
    invoice = load.invoice
    return {
        "load": load.number,
        "subsidiary": load.subsidiary,
        "customer": load.customer,
        "status": standing.status.value,
        "route": standing.route.value,
        "disposition": plain(standing.disposition),
        "invoice_number": invoice.number if invoice else None,
        "amount": money(invoice.face if invoice else load.amount),
        "currency": invoice.currency if invoice else load.currency,
        "batch": standing.batch,
        "paid": money(standing.paid),
        "open": money(standing.open),
        "flags": sorted(standing.flags),
    }


def load_rows(views: Iterable[LoadView]) -> Document:
    """Write the list of loads."""
    return {"loads": [load_row(view) for view in views]}


def load_detail(detail: LoadDetail) -> Document:
    """Write everything about one load: what lists show, and its papers, sales and history."""
    from factoring_core.cli.report_documents import exception_row

    load = detail.load
    return {
        **load_row(detail),
        "invoice_date": moment(load.invoice.date) if load.invoice else None,
        "method": {"method": load.method.method.value, "rule": load.method.rule.value}
        if load.method
        else None,
        **_facts(load),
        "documents": [
            {"kind": one.kind.value, "name": one.name, "size": one.size, "sha256": one.sha256}
            for one in load.documents
        ],
        "sent_direct_on": moment(load.sent_direct_on),
        "direct_opening": opening(load.direct_opening),
        "import_id": load.import_id,
        "supplements": list(detail.supplements),
        "sales": [_sale(sale) for sale in detail.sales],
        "exceptions": [exception_row(view) for view in detail.exceptions],
        "history": [
            {
                "event": one.event,
                "from": one.from_status,
                "to": one.to_status,
                "cause": one.cause,
                "at": moment(one.at),
                "actor": one.actor,
            }
            for one in detail.history
        ],
    }


def _facts(load: Load) -> Document:
    names = ("po_number", "reference_number", "truck_number", "origin_city", "origin_state")
    more = ("destination_city", "destination_state", "delivered_on", "parent_load", "supersedes")
    return {name: plain(getattr(load, name)) for name in (*names, *more)}


def opening(one: Opening | None) -> Document | None:
    """Write what had happened before an import."""
    if one is None:
        return None
    return {
        "as_of": moment(one.as_of),
        "purchased": one.purchased,
        "purchased_on": moment(one.purchased_on),
        **{name: money(getattr(one, name)) for name in _OPENING_MONEY},
        "paid_on": moment(one.paid_on),
        "settled": one.settled,
    }


def _sale(sale: SaleView) -> Document:
    one = sale.assignment
    return {
        "assignment": one.id,
        "connection": one.connection,
        "batch": one.batch,
        "batch_number": one.batch_number,
        "schedule_number": one.schedule_number,
        "invoice_number": one.invoice_number,
        "invoice_date": moment(one.invoice_date),
        "face": money(one.face),
        "currency": one.currency,
        "debtor_number": one.debtor_number,
        "sealed_on": moment(one.sealed_on),
        "live": one.live,
        "opening": opening(one.opening),
        "position": amounts(sale.position),
        "evidence": [amounts(fact, _EVIDENCE_MONEY) for fact in sale.evidence],
    }
