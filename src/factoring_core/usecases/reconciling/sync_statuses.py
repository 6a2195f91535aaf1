"""Asking a factor's system what became of the invoices it holds, and taking the answer in as evidence.

The answer goes the way of every report: stored with its bytes, read into facts, folded, undoable.
What the system says again and again is one fact; only what it says anew makes a report.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence

import attrs
from attrs import evolve, frozen

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.status_feed import SaidOf, feed_id, status_columns
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.selling.offering import THERE
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.domain.vocabulary.profile import EvidenceType, ProviderProfile
from factoring_core.errors import NotAvailableError
from factoring_core.ports.factor_api import StatusSeen
from factoring_core.ports.storage import OfferedInvoice, Reading, Transaction
from factoring_core.usecases.accounts import connection_named, profile_of
from factoring_core.usecases.books import audit, settle_books, subsidiary_of
from factoring_core.usecases.days import local_day
from factoring_core.usecases.logins import one_try
from factoring_core.usecases.passing import may_pass
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.apply_report import apply_read
from factoring_core.usecases.results import ReportResult, SaidView, SyncResult

_PATIENCE = 60.0


@frozen(kw_only=True)
class _Asked:
    """One invoice that is asked about: where it stands in our journal, and its sale."""

    offer: OfferedInvoice
    sale: Assignment


def sync_statuses(ports: Ports, connection: str) -> SyncResult:
    """Ask the system of one connection for every invoice that is not done with.

    Safe at any time and from several machines: what was taken in already changes nothing.

    Args:
        ports: Everything outside.
        connection: The id of a connection, active or draining.

    Raises:
        AccessError: needs billing for the subsidiary.
        NotFoundError: there is no such connection.
        NotAvailableError: it has no system to ask, or nobody here knows how.
        UnreachableError, RemoteRefusedError, CredentialError: there is no answer; nothing changed.
    """
    one = connection_named(ports, connection)
    require(ports.actor, Right.BILLING, one.subsidiary)
    if one.protocol is not Protocol.API:
        raise NotAvailableError(
            f"Connection {one.id} has no system that could be asked; its reports come as files.",
            remedy="Apply them with `report apply`, or fetch them with `report fetch`.",
            where={"connection": one.id, "part": "asking for statuses"},
        )
    profile = profile_of(ports, one.provider)
    with ports.store.reading(ports.tenant) as tx:
        asked = _open_offers(tx, one)
    if not asked:
        return SyncResult(connection=one.id, subsidiary=one.subsidiary, asked=0)
    api = ports.api(one)
    with one_try(ports, one, api):
        said = ports.retry(lambda: api.statuses(sorted(asked)), again=may_pass, seconds=_PATIENCE)
    with ports.store.transaction(ports.tenant) as tx:
        return _take_in(tx, ports, one, profile, {id_.external_id: id_ for id_ in said})


def _open_offers(tx: Reading, connection: Connection) -> dict[str, _Asked]:
    """Return what the system holds and is not done with, by its own id."""
    batches = tuple(one.id for one in tx.find(Batch, subsidiary=connection.subsidiary))
    rows = {
        (row.batch, row.load): row
        for row in tx.find(OfferedInvoice, batch=batches)
        if row.external_id and row.state in {state.value for state in THERE}
    }
    done = {
        one.load for one in tx.find(Standing, subsidiary=connection.subsidiary, status=LoadStatus.COMPLETED)
    }
    return {
        row.external_id: _Asked(offer=row, sale=sale)
        for sale in tx.find(Assignment, connection=connection.id)
        if sale.live and sale.load not in done and (row := rows.get((sale.batch or "", sale.load)))
    }


def _take_in(
    tx: Transaction,
    ports: Ports,
    connection: Connection,
    profile: ProviderProfile,
    said: Mapping[str, StatusSeen],
) -> SyncResult:
    """Take in what is new; whoever else asked meanwhile has changed what that is."""
    asked = _open_offers(tx, connection)
    today = local_day(ports.clock.now(), subsidiary_of(ports, connection.subsidiary))
    known = _known(tx, connection)
    views: list[SaidView] = []
    fresh: list[tuple[SaidOf, StatusSeen]] = []
    scheduled = False
    for id_, one in sorted(asked.items(), key=lambda item: item[1].sale.invoice_number):
        seen = said.get(id_)
        if seen is None:
            continue
        word = profile.status(seen.status)
        disposition = None if word is None else word.disposition
        number = one.sale.invoice_number
        if disposition is None:
            new = one.offer.said != seen.status
        else:
            new = known.says_anew(number, one.sale.batch_number, disposition.value, seen.changed_on)
        if new:
            row = SaidOf(
                invoice_number=number,
                batch_number=one.sale.batch_number or 0,
                status=seen.status,
                on=seen.changed_on or today,
                schedule_number=seen.schedule_number,
            )
            fresh.append((row, seen))
        views.append(
            SaidView(
                load=one.sale.load,
                subsidiary=one.sale.subsidiary,
                invoice_number=number,
                external_id=id_,
                said=seen.status,
                word=None if word is None else word.word,
                disposition=None if disposition is None else disposition.value,
                changed_on=seen.changed_on,
                schedule_number=seen.schedule_number or one.sale.schedule_number,
                new=new,
            )
        )
        scheduled |= _note(tx, one, seen)
    report = _applied(tx, ports, connection, profile, fresh) if fresh else None
    if scheduled:
        audit(tx, ports, "note_schedules", connection.id, subsidiary=connection.subsidiary)
        settle_books(tx, ports, connection.subsidiary, cause=f"sync:{connection.id}")
    return SyncResult(
        connection=connection.id,
        subsidiary=connection.subsidiary,
        asked=len(asked),
        said=tuple(views),
        silent=tuple(sorted(one.sale.load for id_, one in asked.items() if id_ not in said)),
        report=report,
    )


@frozen(kw_only=True)
class _Known:
    """What the system said before, as far as it meant anything and still counts.

    ``last``: the last word for each sale, by invoice and batch number.  ``said``: all of it.
    """

    last: Mapping[tuple[str, str], str]
    said: frozenset[tuple[str, str, dt.date | None]]

    def says_anew(self, number: str, batch: int | None, word: str, on: dt.date | None) -> bool:
        """Say whether a word is news; one of the same day may be of an earlier sale of the invoice."""
        return self.last.get((number, str(batch or 0))) != word and (number, word, on) not in self.said


def _known(tx: Reading, connection: Connection) -> _Known:
    feed = feed_id(connection.provider)
    reports = {
        one.id: one.sequence
        for one in tx.find(Report, connection=connection.id)
        if one.live and one.layout == feed
    }
    facts = tx.find(Evidence, report=tuple(reports))
    words = [one for one in facts if one.type is EvidenceType.DISPOSITION]
    words.sort(key=lambda one: reports[one.report])
    return _Known(
        last={(one.invoice_key, one.attributes.batch_number): one.word for one in words},
        said=frozenset((one.invoice_key, one.word, one.on) for one in words),
    )


def _note(tx: Transaction, one: _Asked, seen: StatusSeen) -> bool:
    """Keep the word as it came, and a schedule number that was born since; say if there was one."""
    if one.offer.said != seen.status:
        tx.put(evolve(one.offer, said=seen.status))
    if seen.schedule_number in (None, one.sale.schedule_number):
        return False
    tx.put(evolve(one.sale, schedule_number=seen.schedule_number))
    return True


def _applied(
    tx: Transaction,
    ports: Ports,
    connection: Connection,
    profile: ProviderProfile,
    fresh: Sequence[tuple[SaidOf, StatusSeen]],
) -> ReportResult:
    body = [
        {**attrs.asdict(seen), "changed_on": None if seen.changed_on is None else seen.changed_on.isoformat()}
        for _, seen in fresh
    ]
    return apply_read(
        tx,
        ports,
        status_columns(profile, [row for row, _ in fresh]),
        connection=connection,
        name=f"statuses of {connection.id}",
        content=json.dumps(body, sort_keys=True, ensure_ascii=False, indent=1).encode(),
    )
