"""Importing the host's loads: all of the file or nothing, and the same file again changes nothing."""

import datetime as dt
import hashlib
from collections.abc import Iterable

from attrs import evolve

from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.ports.storage import ImportRecord, Reading, Transaction
from factoring_core.usecases.acts import standing_of
from factoring_core.usecases.books import audit, read_book, settle_books
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ImportResult, LoadChange, MovedMatch
from factoring_core.usecases.selling.import_papers import take_in_papers
from factoring_core.usecases.selling.moved_matches import moved_matches
from factoring_core.usecases.selling.plan_import import ImportPlan, plan_import


def import_loads(ports: Ports, content: bytes, *, name: str, as_of: dt.date | None = None) -> ImportResult:
    """Import a loads file by (subsidiary, load number).

    Args:
        content: The file.
        name: What it is called.
        as_of: The day on which loads already in flight stood as the file says; rows may carry
            their own.

    Raises:
        FileRefusedError: every fault of the file; nothing was changed.
        AccessError: needs billing for every subsidiary the file names.
    """
    require(ports.actor, Right.BILLING)
    read = ports.loads.read(content, name=name)
    rows = read.rows
    for subsidiary in sorted({row.subsidiary for row in rows}):
        # A name outside the actor's scope is refused whether or not there is such a subsidiary.
        require(ports.actor, Right.BILLING, subsidiary)
    papers = take_in_papers(ports, rows)
    with ports.store.transaction(ports.tenant) as tx:
        plan = plan_import(tx, ports, read, as_of, papers, name=name)
        warnings = (*read.warnings, *plan.warnings)
        if not plan.created and not plan.updated:
            return _nothing_new(tx, plan, content, len(rows), warnings)
        sequence = tx.next_number("imports")
        digest = hashlib.sha256(content).hexdigest()
        id_ = f"imp-{digest[:12]}-{sequence}"
        touched = sorted({load.subsidiary for load in (*plan.created, *(new for _, new in plan.updated))})
        before = {one: read_book(tx, ports, one) for one in touched}
        known = {one.id: one for one in tx.find(Customer)}
        _write(tx, plan, id_)
        changes = {one: settle_books(tx, ports, one, cause=f"import:{id_}") for one in touched}
        record = ImportRecord(
            id=id_,
            digest=digest,
            raw_sha256=ports.blobs.put(content),
            file_name=name,
            rows=len(rows),
            created=tuple(full_name(load) for load in plan.created),
            updated=tuple(full_name(new) for _, new in plan.updated),
            before=tuple(old for old, _ in plan.updated),
            customers=plan.customers,
            customers_before=tuple(known[one.id] for one in plan.customers if one.id in known),
            subsidiaries=tuple(touched),
            sequence=sequence,
            at=ports.clock.now(),
            by=ports.actor.name,
        )
        tx.put(record)
        audit(
            tx,
            ports,
            "loads.import",
            id_,
            subsidiary=touched[0] if len(touched) == 1 else None,
            subsidiaries=touched,
            file=name,
            raw=record.raw_sha256,
            created=len(record.created),
            updated=len(record.updated),
        )
        moved: tuple[MovedMatch, ...] = ()
        for one in touched:
            moved += moved_matches(before[one], changes[one].world)
        created = _changes(tx, plan.created)
        updated = _changes(tx, (new for _, new in plan.updated))
        unchanged = _changes(tx, plan.unchanged)
    return ImportResult(
        import_id=id_,
        rows=len(rows),
        created=created,
        updated=updated,
        unchanged=unchanged,
        transitions=tuple(one for change in changes.values() for one in change.transitions),
        moved_matches=moved,
        warnings=warnings,
    )


def full_name(load: Load) -> str:
    """Name a load among all subsidiaries."""
    return f"{load.subsidiary}/{load.number}"


def _changes(tx: Reading, loads: Iterable[Load]) -> tuple[LoadChange, ...]:
    """Say where each load stands now."""
    return tuple(
        LoadChange(
            load=load.number,
            subsidiary=load.subsidiary,
            status=standing_of(tx, load).status.value,
            invoice_number=load.invoice.number if load.invoice else None,
        )
        for load in loads
    )


def _nothing_new(
    tx: Reading, plan: ImportPlan, content: bytes, rows: int, warnings: tuple[str, ...]
) -> ImportResult:
    """Answer an import that changes nothing with the import that said it first, if there was one."""
    digest = hashlib.sha256(content).hexdigest()
    earlier = [one for one in tx.find(ImportRecord) if one.digest == digest and one.undone_at is None]
    return ImportResult(
        import_id=earlier[-1].id if earlier else f"imp-{digest[:12]}",
        rows=rows,
        unchanged=_changes(tx, plan.unchanged),
        warnings=warnings,
        outcome="unchanged",
    )


def _write(tx: Transaction, plan: ImportPlan, id_: str) -> None:
    tx.put_all(plan.customers)
    tx.add_all([evolve(load, import_id=id_) for load in plan.created])
    tx.put_all([evolve(new, import_id=id_) for _, new in plan.updated])
    tx.add_all([evolve(sale, import_id=id_) for sale in plan.sales])
