"""All that an office shows, in small pieces, to see what an act changed."""

from collections.abc import Mapping
from typing import Any

from factoring_core.ports.storage import KINDS
from factoring_core.usecases.results import LoadView
from factoring_core.wiring.office import Office

Look = Mapping[str, Any]


def look(office: Office) -> Look:
    """Return everything there is to see, but for the details of loads, by a short name for each piece."""
    found: dict[str, Any] = {}
    for view in office.loads():
        name = f"{view.load.subsidiary}/{view.load.number}"
        found[f"load {name}"] = view.load
        found[f"standing {name}"] = view.standing
    found |= {f"batch {one.connection}/{one.number}": one for one in office.batches()}
    found |= {f"report {one.sequence}": one for one in office.reports()}
    for exception in office.exceptions(include_closed=True):
        found[f"exception {exception.item.id}"] = exception
    found |= {f"decision {at + 1}": one for at, one in enumerate(office.decisions())}
    found |= {f"connection {one.connection.id}": one for one in office.connections()}
    found |= {f"import {one.id}": one for one in office.imports()}
    found["status"] = office.status()
    found |= {f"event {event.position}": event for event in office.events()}
    found |= {f"audit {entry.sequence}": entry for entry in office.audit_entries()}
    return found


def details(office: Office, name: str) -> Look:
    """Return what only the view of one load shows: its sales and its relatives."""
    detail = office.load(name)
    shown = next(one for one in office.loads() if f"{one.load.subsidiary}/{one.load.number}" == name)
    assert shown == LoadView(load=detail.load, standing=detail.standing), f"two views of {name} differ"
    found: dict[str, Any] = {f"sale {name} {one.assignment.id}": one for one in detail.sales}
    steps = [one for one in office.events() if one.id.startswith("step-")]
    heard = [one.data["event"] for one in steps if f"{one.subsidiary}/{one.subject}" == name]
    assert [one.event for one in detail.history] == heard, (
        f"the history of {name} is not what the events tell"
    )
    if detail.supplements:
        found[f"supplements {name}"] = detail.supplements
    return found


def records(office: Office) -> Mapping[str, Any]:
    """Return every record of the store, by its kind."""
    with office.ports.store.reading(office.ports.tenant) as look_:
        return {kind.name: list(look_.find(kind.record)) for kind in KINDS}
