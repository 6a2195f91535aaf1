"""The cells of the frames about batches, what is decided and open, and money without an invoice."""

from factoring_core.analysis.cells import Cells, Snapshots, columns
from factoring_core.analysis.schemas import ACCOUNT, BATCHES, DECISIONS, DELIVERIES, EXCEPTIONS
from factoring_core.domain.reconciling.resolutions import allowed
from factoring_core.usecases.days import local_day


def batches(snapshots: Snapshots) -> Cells:
    """Return the cells of `batches`."""
    rows = (
        (
            batch.id,
            batch.subsidiary,
            batch.connection,
            one.factor(batch.connection),
            batch.provider,
            batch.number,
            batch.schedule_number,
            batch.state.value,
            batch.sealed_on,
            len(batch.loads),
            batch.amount,
            batch.currency,
        )
        for one in snapshots
        for batch in one.world.batches.values()
    )
    return columns(BATCHES, rows)


def deliveries(snapshots: Snapshots) -> Cells:
    """Return the cells of `deliveries`."""
    rows = (
        (
            batch.id,
            batch.subsidiary,
            batch.connection,
            batch.delivery.evidence,
            batch.delivery.at,
            local_day(batch.delivery.at, one.subsidiary),
            batch.delivery.by,
            batch.delivery.reason,
        )
        for one in snapshots
        for batch in one.world.batches.values()
        if batch.delivery is not None
    )
    return columns(DELIVERIES, rows)


def exceptions(snapshots: Snapshots) -> Cells:
    """Return the cells of `exceptions`: those open; their amounts add up to those of the status."""
    rows = (
        (
            item.id,
            item.type.value,
            item.severity.value,
            item.subsidiary,
            item.connection,
            item.subject,
            item.load,
            item.amount_at_risk,
            allowed(item)[0].value,
            since,
            max(0, (one.on - since).days) if since is not None else None,
            len(item.rows),
            item.note,
        )
        for one in snapshots
        for item in one.world.raised_on(one.on)
        for since in (item.since or one.opened.get(item.id),)
    )
    return columns(EXCEPTIONS, rows)


def decisions(snapshots: Snapshots) -> Cells:
    """Return the cells of `decisions`, those undone as well."""
    rows = (
        (
            made.id,
            made.subsidiary,
            made.connection,
            made.subject,
            made.resolution.value,
            made.exception_type,
            made.exception_id,
            made.load,
            made.assignment,
            made.amount,
            made.count,
            made.reason,
            made.actor,
            local_day(made.at, one.subsidiary),
            made.id in live,
            local_day(made.undone_at, one.subsidiary)
            if made.undone_at is not None and made.id not in live
            else None,
        )
        for one in snapshots
        for live in ({decision.id for decision in one.book.decisions},)
        for made in one.decisions
    )
    return columns(DECISIONS, rows)


def account(snapshots: Snapshots) -> Cells:
    """Return the cells of `account`: what the status shows, a line for each type."""
    rows = (
        (one.subsidiary.id, connection, one.factor(connection), kind, amount)
        for one in snapshots
        for connection, totals in one.world.accounts.items()
        for kind, amount in totals.items()
    )
    return columns(ACCOUNT, rows)
