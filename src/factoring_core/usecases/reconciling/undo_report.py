"""Undoing a report: the world in which it never came, with its history kept."""

from attrs import evolve

from factoring_core.domain.reconciling.reports import Report, ReportOutcome
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.errors import NotFoundError, UsageError
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import audit, settle_books
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.apply_report import void
from factoring_core.usecases.reconciling.report_record import read_record
from factoring_core.usecases.results import ReportResult


def find_report(tx: Reading, ports: Ports, id_: str) -> Report:
    """Return a report the actor may see.

    Raises:
        NotFoundError: there is none of that id within the actor's scope.
    """
    report = tx.get(Report, id_)
    if report is None or not ports.actor.sees(report.subsidiary):
        raise NotFoundError(f"There is no report {id_}.", where={"report": id_})
    return report


def undo_report(ports: Ports, id_: str, *, reason: str) -> ReportResult:
    """Make a report count no longer; doing it again changes nothing.

    A report that it had replaced counts again.

    Raises:
        AccessError: needs billing and a configuring role.
        NotFoundError, UsageError: no such report; no reason.
    """
    if not reason.strip():
        raise UsageError("Undoing a report needs a reason.")
    with ports.store.transaction(ports.tenant) as tx:
        report = find_report(tx, ports, id_)
        require(ports.actor, Right.REVERSE, report.subsidiary)
        first = read_record(ports.blobs, report)
        if not report.live:
            return evolve(first, outcome=ReportOutcome.ALREADY_UNDONE, transitions=())
        tx.put(void(ports, report, reason))
        # What it replaced counts again: this is the world in which it never came.
        again = [
            one
            for one in tx.find(Report, subsidiary=report.subsidiary)
            if one.replaced_by == report.id and not one.live
        ]
        tx.put_all(
            evolve(one, voided_at=None, voided_by=None, void_reason=None, replaced_by=None) for one in again
        )
        change = settle_books(tx, ports, report.subsidiary, cause=f"undo:{report.id}")
        audit(
            tx,
            ports,
            "report.undo",
            report.id,
            subsidiary=report.subsidiary,
            reason=reason,
            counts_again=[one.id for one in again],
            transitions=len(change.transitions),
        )
        warnings = tuple(f"counts_again: {one.id}, which it had replaced" for one in again)
        return evolve(first, outcome=ReportOutcome.UNDONE, transitions=change.transitions, warnings=warnings)
