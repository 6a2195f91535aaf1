"""Importing the host's loads: all of the file or nothing, and the same file again changes nothing."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping

from attrs import evolve

from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.ports.loads_reader import LoadRow
from factoring_core.ports.storage import ImportRecord, Reading, Transaction
from factoring_core.usecases.books import Change, audit, read_book, settle_books
from factoring_core.usecases.moved_matches import moved_matches
from factoring_core.usecases.plan_import import DocumentIntake, ImportPlan, plan_import
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ImportResult, LoadChange, MovedMatch


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
    read = ports.loads.read(content, name=name)
    rows = read.rows
    for subsidiary in sorted({row.subsidiary for row in rows}):
        if any(one.id == subsidiary for one in ports.settings.subsidiaries):
            require(ports.actor, Right.BILLING, subsidiary)
    require(ports.actor, Right.BILLING)
    documents = DocumentIntake(ports)
    with ports.store.transaction(ports.tenant) as tx:
        plan = plan_import(tx, ports, rows, as_of, documents, name=name)
        if not plan.created and not plan.updated:
            return _nothing_new(tx, ports, plan, content, rows, read.warnings)
        sequence = tx.next_number("imports")
        digest = hashlib.sha256(content).hexdigest()
        id_ = f"imp-{digest[:12]}-{sequence}"
        touched = sorted({load.subsidiary for load in (*plan.created, *(new for _, new in plan.updated))})
        before = {one: read_book(tx, ports, one) for one in touched}
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
            file=name,
            raw=record.raw_sha256,
            created=len(record.created),
            updated=len(record.updated),
        )
        moved: tuple[MovedMatch, ...] = ()
        for one in touched:
            moved += moved_matches(before[one], changes[one].world)
    return ImportResult(
        import_id=id_,
        rows=len(rows),
        created=_changes(plan.created, changes),
        updated=_changes((new for _, new in plan.updated), changes),
        unchanged=_changes(plan.unchanged, changes),
        transitions=tuple(one for change in changes.values() for one in change.transitions),
        moved_matches=moved,
        warnings=read.warnings,
    )


def full_name(load: Load) -> str:
    """Name a load among all subsidiaries."""
    return f"{load.subsidiary}/{load.number}"


def _changes(loads: Iterable[Load], changes: Mapping[str, Change]) -> tuple[LoadChange, ...]:
    answer = []
    for load in loads:
        change = changes.get(load.subsidiary)
        status = change.world.standings[load.number].status.value if change is not None else None
        answer.append(
            LoadChange(
                load=load.number,
                subsidiary=load.subsidiary,
                status=status or (LoadStatus.QUEUED if load.invoice else LoadStatus.RELEASED).value,
                invoice_number=load.invoice.number if load.invoice else None,
            )
        )
    return tuple(answer)


def _nothing_new(
    tx: Reading,
    ports: Ports,
    plan: ImportPlan,
    content: bytes,
    rows: Iterable[LoadRow],
    warnings: tuple[str, ...],
) -> ImportResult:
    """Answer an import that changes nothing with the import that said it first, if there was one."""
    digest = hashlib.sha256(content).hexdigest()
    earlier = [one for one in tx.find(ImportRecord) if one.digest == digest and one.undone_at is None]
    unchanged = []
    for load in plan.unchanged:
        standing = tx.get(Standing, load.subsidiary, load.number)
        unchanged.append(
            LoadChange(
                load=load.number,
                subsidiary=load.subsidiary,
                status=(standing.status if standing is not None else LoadStatus.RELEASED).value,
                invoice_number=load.invoice.number if load.invoice else None,
            )
        )
    return ImportResult(
        import_id=earlier[-1].id if earlier else f"imp-{digest[:12]}",
        rows=len(list(rows)),
        unchanged=tuple(unchanged),
        warnings=warnings,
        outcome="unchanged",
    )


def _write(tx: Transaction, plan: ImportPlan, id_: str) -> None:
    tx.put_all(plan.customers)
    tx.add_all([evolve(load, import_id=id_) for load in plan.created])
    tx.put_all([evolve(new, import_id=id_) for _, new in plan.updated])
    tx.add_all([evolve(sale, import_id=id_) for sale in plan.sales])
