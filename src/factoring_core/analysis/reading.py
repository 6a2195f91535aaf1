"""Reading the books of a store for the frames: one consistent look, folded once per subsidiary."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from attrs import evolve, frozen

from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.analysis.as_of import business_days, report_days, trimmed
from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import Book, World, connection_of, fold
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.parties import Connection, Settings, Subsidiary
from factoring_core.errors import UsageError
from factoring_core.ports.blobs import BlobStore
from factoring_core.ports.storage import Reading, Store
from factoring_core.usecases.books import connections_of, read_book, visible_subsidiaries
from factoring_core.usecases.days import local_day
from factoring_core.usecases.ports import Ports
from factoring_core.wiring import Office, open_office

Source = Office | Store | str | Path
"""An office, a store, or the path of a home."""


@frozen(kw_only=True)
class Snapshot:
    """One subsidiary on one day: what went into the fold and what came out.

    ``reports`` and ``decisions`` include those that no longer count; ``applied`` says of each
    report on which days it speaks, ``opened`` since when an exception is known.
    """

    subsidiary: Subsidiary
    on: dt.date
    book: Book
    world: World
    reports: Sequence[Report]
    decisions: Sequence[Decision]
    connections: Mapping[str, Connection]
    opened: Mapping[str, dt.date]

    @cached_property
    def pools(self) -> Sequence[str]:
        """The pool of evidence that each fact of the book belongs to."""
        pools = {id_: connection_of(report) for id_, report in self.book.reports.items()}
        return [pools[one.report] for one in self.book.evidence]

    @cached_property
    def placed(self) -> Sequence[tuple[Fact, Placement | None]]:
        """Each fact of the book as it was joined, and where the fold put it; a person's, nowhere."""
        facts, placements = self.world.facts, self.world.placements
        return [
            (facts[pool][key], placements[pool][key] if pool in placements else None)
            for pool, one in zip(self.pools, self.book.evidence, strict=True)
            for key in (one.key,)
        ]

    def factor(self, connection: str) -> str:
        """Name the company behind a connection."""
        known = self.connections.get(connection)
        return known.factor or connection if known is not None else connection


def ports_of(
    source: Source, *, tenant: str | None, settings: Settings | None, blobs: BlobStore | None
) -> tuple[Ports, Office | None]:
    """Return the ports behind *source*, and the office to close where it was opened here.

    Raises:
        UsageError: a bare store without settings, or another tenant than asked for.
    """
    if isinstance(source, Office):
        ports = source.ports
        if tenant not in (None, ports.tenant):
            raise UsageError(f"The office is of tenant {ports.tenant}, not {tenant}.")
        return ports, None
    if isinstance(source, str | Path):
        office = open_office(source, tenant=tenant)
        return office.ports, office
    if settings is None:
        raise UsageError(
            "A bare store does not say what a subsidiary tolerates or how it numbers its invoices.",
            remedy="Hand over an office, the path of a home, or the settings beside the store.",
        )
    office = open_office(
        settings=evolve(settings, actors=None), store=source, blobs=blobs or MemoryBlobs(), tenant=tenant
    )
    return office.ports, None


def snapshots(ports: Ports, subsidiary: str | None, as_of: dt.date | None) -> tuple[Snapshot, ...]:
    """Read and fold every subsidiary that is asked for, in one look at the store."""
    with ports.store.reading(ports.tenant) as tx:
        wanted = visible_subsidiaries(ports, subsidiary)
        return tuple(_snapshot(tx, ports, one, as_of) for one in wanted)


def _snapshot(tx: Reading, ports: Ports, subsidiary: Subsidiary, as_of: dt.date | None) -> Snapshot:
    book = read_book(tx, ports, subsidiary.id)
    reports = tx.find(Report, subsidiary=subsidiary.id)
    decisions = tx.find(Decision, subsidiary=subsidiary.id)
    if as_of is not None:
        days = report_days(book)
        book = trimmed(book, decisions, on=as_of, cancelled=_cancelled(tx, subsidiary))
        applied = business_days(reports, days, subsidiary)
        reports = [
            one for one in reports if one.id in book.reports or (not one.live and applied[one.id] <= as_of)
        ]
        decisions = [one for one in decisions if local_day(one.at, subsidiary) <= as_of]
    records = tx.find(ExceptionRecord, subsidiary=subsidiary.id)
    return Snapshot(
        subsidiary=subsidiary,
        on=as_of or local_day(ports.clock.now(), subsidiary),
        book=book,
        world=fold(book),
        reports=reports,
        decisions=decisions,
        connections={one.id: one for one in connections_of(tx, ports, subsidiary.id)},
        opened={one.id: local_day(one.opened_at, subsidiary) for one in records if one.open},
    )


def _cancelled(tx: Reading, subsidiary: Subsidiary) -> Mapping[str, dt.date]:
    """Return the day on which each cancelled batch was cancelled; the audit trail knows it."""
    entries: Iterable[AuditEntry] = tx.find(AuditEntry)
    return {one.subject: local_day(one.at, subsidiary) for one in entries if one.action == "cancel_batch"}
