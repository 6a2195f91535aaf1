"""Changes, refusals and imports as JSON documents, and what all documents share."""

from collections.abc import Iterable, Mapping
from typing import Any

from factoring_core.cli.plain import moment, plain
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.ports.storage import ImportRecord
from factoring_core.usecases.results import (
    ChangeResult,
    ImportResult,
    LoadChange,
    MovedMatch,
    PreflightResult,
    Refusal,
    Transition,
)

Document = dict[str, Any]


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
    return {
        "subsidiary": one.subsidiary,
        "report": one.report,
        "row": one.row,
        "from_load": one.from_load,
        "to_load": one.to_load,
    }


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
