"""Tenants never meet, and subsidiaries of one tenant meet nowhere but in its trail.

Two tenants with two subsidiaries each have loads, invoices, connections, batches and reports of the
same names.  What each sees is what it would see if there were nobody else.
"""

from __future__ import annotations

from typing import Any

import attrs
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from factoring_core.adapters.storage import MemoryStore
from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.errors import FactoringError
from factoring_core.ports.storage import KINDS, Store
from factoring_core.usecases import views
from factoring_core.usecases.audit_trail import audit_entries, verify_audit
from factoring_core.usecases.delivering.batch_acts import confirm, list_batches
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.host_events import events
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from factoring_core.usecases.selling.invoices import void
from factoring_core.usecases.selling.preflight import preflight
from factoring_core.usecases.selling.take_back import return_loads
from usecases.bringing import bring, csv, payment, purchase, row
from usecases.desk import EAST, WEST, Desk, manual

TENANTS = ("acme", "bolt")
SUBSIDIARIES = ("east", "west")
NUMBERS = ("L-1", "L-2")
FACES = {"east": "1000.00", "west": "2000.00"}
"""A report whose invoices are another subsidiary's, amounts included, is refused as the wrong one."""


def everything_for(store: Store, tenant: str) -> Ports:
    """Return the ports of one tenant; the bytes of its files are its own."""
    desk = Desk(
        manual("east-depot", subsidiary="east"),
        manual("west-depot", subsidiary="west"),
        subsidiaries=(EAST, evolve(WEST, mc_number="1", invoice_prefixes=("INV",))),
        store=store,
    )
    return evolve(desk.ports, tenant=tenant, settings=evolve(desk.ports.settings, tenant=tenant))


def act(ports: Ports, subsidiary: str, what: str, number: str, amount: int) -> None:
    """Do one thing; what the trade refuses, it refuses."""
    from factoring_core.usecases.reconciling.apply_report import apply_report

    invoice = f"INV-{number}"
    try:
        if what == "bring":
            ports = evolve(ports, documents=lambda path: f"%PDF-1.7 {path}".encode())
            files = {
                f"{kind}_file": f"{number}-{kind}.pdf" for kind in ("invoice", "pod", "rate_confirmation")
            }
            bring(ports, row(number, "queued", subsidiary=subsidiary, amount=FACES[subsidiary], **files))
        elif what == "submit":
            submit(ports, subsidiary, [number])
        elif what == "confirm":
            confirm(ports, f"{subsidiary}-depot/{amount}")
        elif what == "return":
            return_loads(ports, [f"{subsidiary}/{number}"], reason="denied")
        elif what == "void":
            void(ports, [f"{subsidiary}/{number}"], reason="wrong")
        else:
            line = (
                purchase(invoice, FACES[subsidiary])
                if what == "purchase"
                else payment(invoice, f"{amount}00.00")
            )
            apply_report(ports, csv(line), name="report.csv", subsidiary=subsidiary)
    except FactoringError:
        pass


ACTS = st.tuples(
    st.sampled_from(TENANTS),
    st.sampled_from(SUBSIDIARIES),
    st.sampled_from(
        ["bring", "bring", "submit", "submit", "confirm", "return", "void", "purchase", "payment"]
    ),
    st.sampled_from(NUMBERS),
    st.integers(1, 3),
)


def kept(store: Store, tenant: str) -> dict[str, Any]:
    with store.reading(tenant) as look:
        return {kind.name: list(look.find(kind.record)) for kind in KINDS}


def seen(ports: Ports) -> list[Any]:
    """What every public question answers."""
    return [
        views.loads(ports),
        views.status(ports),
        views.reports(ports),
        views.connections(ports),
        exceptions(ports, include_closed=True),
        list_batches(ports),
        [preflight(ports, subsidiary) for subsidiary in SUBSIDIARIES if ports.actor.sees(subsidiary)],
        list(audit_entries(ports)),
        events(ports),
        verify_audit(ports),
    ]


@settings(max_examples=max(10, settings().max_examples // 2))
@given(st.lists(ACTS, min_size=4, max_size=14))
def test_each_tenant_sees_what_it_would_see_alone(story: list[Any]) -> None:
    together = MemoryStore()
    everybody = {tenant: everything_for(together, tenant) for tenant in TENANTS}
    for tenant, *what in story:
        act(everybody[tenant], *what)

    for tenant in TENANTS:
        alone = everything_for(MemoryStore(), tenant)
        for who, *what in story:
            if who == tenant:
                act(alone, *what)
        assert kept(together, tenant) == kept(alone.store, tenant)
        assert seen(everybody[tenant]) == seen(alone)


ABOUT = (Load, Standing, Batch, Assignment, Decision)


def part(ports: Ports, subsidiary: str) -> list[Any]:
    """What belongs to one subsidiary, without the places it has in the tenant's own order."""
    with ports.store.reading(ports.tenant) as look:
        own: list[Any] = [[one for one in look.find(kind) if one.subsidiary == subsidiary] for kind in ABOUT]
        reports = look.find(Report, subsidiary=subsidiary)
        own.append(look.find(Evidence, report=tuple(one.id for one in reports)))
        own.append([evolve(one, sequence=0) for one in reports])
    own[0] = [evolve(one, import_id=None) for one in own[0]]
    own.append([attrs.asdict(one) for one in exceptions(ports) if one.item.subsidiary == subsidiary])
    return own


@settings(max_examples=max(10, settings().max_examples // 2))
@given(st.lists(ACTS, min_size=4, max_size=14))
def test_each_subsidiary_is_what_it_would_be_alone(story: list[Any]) -> None:
    """An actor of one subsidiary sees nothing of the other either."""
    together = everything_for(MemoryStore(), "acme")
    for _, *what in story:
        act(together, *what)

    for subsidiary in SUBSIDIARIES:
        alone = everything_for(MemoryStore(), "acme")
        for _, whose, *what in story:
            if whose == subsidiary:
                act(alone, whose, *what)
        assert part(together, subsidiary) == part(alone, subsidiary)
        only = evolve(together, actor=Actor(name="x", billing=True, subsidiaries=frozenset({subsidiary})))
        other = next(each for each in SUBSIDIARIES if each != subsidiary)
        found = seen(only)
        assert f"'{other}'" not in repr(found[:-1]), found
        assert f"{other}-depot" not in repr(found[:-1])


def test_the_acts_of_these_stories_come_to_something() -> None:
    """Else the laws above would hold of nothing."""
    store = MemoryStore()
    for tenant in TENANTS:
        ports = everything_for(store, tenant)
        for subsidiary in SUBSIDIARIES:
            for what in ("bring", "submit", "confirm", "purchase", "payment"):
                act(ports, subsidiary, what, "L-1", 1)
        assert [one.standing.status.value for one in views.loads(ports)] == ["financed", "financed"]
        assert [one.standing.paid for one in views.loads(ports)] == [100_00, 100_00]
