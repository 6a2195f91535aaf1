"""Exceptions as a person works on them: how old, what to try, what is possible."""

import datetime as dt

from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.reconciling.resolutions import allowed
from factoring_core.usecases.books import subsidiary_of, visible_subsidiaries
from factoring_core.usecases.days import local_day
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ExceptionView


def exception_view(ports: Ports, record: ExceptionRecord) -> ExceptionView:
    """Show one exception as of the subsidiary's business date."""
    subsidiary = subsidiary_of(ports, record.subsidiary)
    now = local_day(ports.clock.now(), subsidiary)
    since: dt.date = record.item.since or local_day(record.opened_at, subsidiary)
    resolutions = tuple(one.value for one in allowed(record.item))
    return ExceptionView(
        item=record.item,
        open=record.open,
        age_days=max(0, (now - since).days),
        suggested=resolutions[0],
        resolutions=resolutions,
        resolution=record.resolution,
    )


def exceptions(
    ports: Ports, subsidiary: str | None = None, *, include_closed: bool = False
) -> tuple[ExceptionView, ...]:
    """List exceptions, wrong before waiting, the most money first.

    What only time raises is listed from the business date on that raises it.
    """
    found: list[ExceptionView] = []
    with ports.store.reading(ports.tenant) as tx:
        for one in visible_subsidiaries(ports, subsidiary):
            asked = {} if include_closed else {"open": True}
            today = local_day(ports.clock.now(), one)
            found += [
                exception_view(ports, record)
                for record in tx.find(ExceptionRecord, subsidiary=one.id, **asked)
                if record.item.raised_on(today)
            ]
    found.sort(
        key=lambda view: (
            not view.open,
            view.item.severity == "waiting",
            -view.item.amount_at_risk,
            view.item.id,
        )
    )
    return tuple(found)
