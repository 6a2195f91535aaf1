"""Looking at the books: lists, one load, status, connections, and the audit trail."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load
from factoring_core.errors import AmbiguousNameError, NotFoundError
from factoring_core.usecases.configure import deactivate
from factoring_core.usecases.delivering.batch_acts import confirm
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from factoring_core.usecases.views import (
    connections,
    load,
    loads,
    reports,
    status,
)
from usecases.bringing import LENIENT, bring, payment, purchase, raised, report, row
from usecases.desk import Desk, connection, manual

WES = Actor(name="wes", subsidiaries=frozenset({"west"}))


def both() -> Desk:
    """East has a load in flight, a released and a queued one; west one in flight."""
    desk = Desk(connection(), manual("west-depot", subsidiary="west"))
    bring(desk.ports, row(), row("L-2", "released", customer="green"), row("L-3", "queued"))
    bring(desk.ports, row("L-1", subsidiary="west", connection="west-depot"))
    return desk


def test_loads_are_listed_by_subsidiary_and_number_and_can_be_narrowed() -> None:
    desk = both()
    names = [f"{one.load.subsidiary}/{one.load.number}" for one in loads(desk.ports)]
    assert names == ["east/L-1", "east/L-2", "east/L-3", "west/L-1"]
    assert [one.load.number for one in loads(desk.ports, status="queued")] == ["L-3"]
    assert [one.load.subsidiary for one in loads(desk.ports, subsidiary="west")] == ["west"]
    assert [one.load.number for one in loads(desk.ports, customer="green")] == ["L-2"]
    assert loads(desk.ports, route="direct") == ()


def test_a_load_that_nothing_was_recorded_of_is_released() -> None:
    desk = Desk()
    with desk.store.transaction("acme") as tx:
        tx.put(Load(subsidiary="east", number="L", customer="blue"))
    assert loads(desk.ports)[0].standing.status is LoadStatus.RELEASED


def test_nobody_sees_another_subsidiary() -> None:
    desk = both()
    ports = desk.acting(WES)
    report(desk.ports, payment(amount="1.00"))
    assert {one.load.subsidiary for one in loads(ports)} == {"west"}
    assert load(ports, "L-1").load.subsidiary == "west"
    assert (reports(ports), exceptions(ports)) == ((), ())
    assert [one.connection.id for one in connections(ports)] == ["west-depot"]
    assert sum(one.count for one in status(ports).counts) == 1
    for look in (loads, status, connections, reports, exceptions):
        with pytest.raises(NotFoundError):
            look(ports, subsidiary="east")  # type: ignore[operator]


def test_a_bare_number_of_two_subsidiaries_is_ambiguous() -> None:
    with pytest.raises(AmbiguousNameError):
        load(both().ports, "L-1")


def test_one_load_shows_history_sales_evidence_exceptions_and_relatives() -> None:
    desk = both()
    bring(desk.ports, row("L-9", "released", parent_load="L-1"))
    applied = report(desk.ports, payment(amount="900.00"))
    detail = load(desk.ports, "east/L-1")
    assert [event.event for event in detail.history] == ["generate_invoice", "submit", "finance"]
    (sale,) = detail.sales
    assert (sale.position["net_paid"], sale.position["open"], sale.position["settled"]) == (
        900_00,
        100_00,
        None,
    )
    assert sale.evidence[0]["rows"] == [{"report": applied.report_id, "row": 2}]
    assert [view.item.type.value for view in detail.exceptions] == ["short_paid"]
    assert detail.supplements == ("L-9",)
    report(desk.ports, payment(amount="100.00", **{"Check Number": "C2"}))
    assert load(desk.ports, "east/L-1").sales[0].position["settled"] == "paid"


def test_status_counts_everything_once() -> None:
    desk = both()
    report(desk.ports, payment(amount="900.00"))
    view = status(desk.ports)
    counted = {one.status: (one.count, one.amount, one.paid) for one in view.counts}
    assert counted == {
        "released": (1, 1000_00, 0),
        "queued": (1, 1000_00, 0),
        "invoiced": (0, 0, 0),
        "financed": (2, 2000_00, 900_00),
        "completed": (0, 0, 0),
    }
    assert (view.exceptions, view.amount_at_risk) == ({"short_paid": 1}, 100_00)
    assert view.oldest_queued == ("east", "L-3", 29)


def test_status_shows_the_oldest_of_several_queued_loads() -> None:
    desk = Desk()
    young = row("L-1", "queued", invoice_date="2026-02-20")
    bring(desk.ports, young, row("L-2", "queued", invoice_date="2026-01-01"), row("L-3", "queued"))
    assert status(desk.ports).oldest_queued == ("east", "L-2", 60)


def test_status_shows_batches_that_wait_or_are_in_doubt_and_money_of_the_account() -> None:
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    bring(
        desk.ports,
        row(status="queued"),
        row("L-2", "queued"),
        row("L-3", "financed", connection="east-depot", reserve_held="70.00"),
    )
    (first,) = submit(desk.ports, "east", ["L-1"]).batches
    (second,) = submit(desk.ports, "east", ["L-2"]).batches
    with desk.store.transaction("acme") as tx:
        tx.put(evolve(first, state=BatchState.IN_DOUBT))
    view = status(desk.ports)
    assert (view.in_doubt, view.waiting_batches) == (("east-depot/1",), ("east-depot/2",))
    confirm(desk.ports, second.id)
    assert status(desk.ports).waiting_batches == ()
    assert status(desk.ports).reserve_outstanding == 70_00


def test_money_without_an_invoice_stands_with_its_connection() -> None:
    desk = Desk()
    wire = {"Inv #": "", "Receipt Date": "03/10/2026", "Amount Applied": "15.00", "Trans Type": "wire fee"}
    report(desk.ports, wire)
    assert status(desk.ports).account == {"east-winfactor": {"fee": 15_00}}


def test_connections_show_the_state_that_commands_gave_them() -> None:
    desk = Desk(manual(), connection(active=False), subsidiaries=(LENIENT,))
    bring(desk.ports, row(status="queued"))
    submit(desk.ports, "east")
    deactivate(desk.ports, "east-depot", reason="new factor")
    told = {
        one.connection.id: (one.active, one.draining, one.open_batches, one.reason)
        for one in connections(desk.ports)
    }
    assert told == {
        "east-depot": (False, True, 1, "new factor"),
        "east-winfactor": (False, True, 0, ""),
    }


def test_a_connection_with_batches_that_is_taken_out_drains() -> None:
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    bring(desk.ports, row(status="queued"))
    submit(desk.ports, "east")
    desk.configured(connections=(connection(),))
    assert [(one.connection.id, one.draining) for one in connections(desk.ports)] == [
        ("east-winfactor", False),
        ("east-depot", True),
    ]


def test_exceptions_come_wrong_before_waiting_and_the_most_money_first() -> None:
    desk = Desk()
    bring(desk.ports, row(), row("L-2"), row("L-3", "invoiced"))
    report(desk.ports, payment(amount="900.00"), payment("INV-L-2", "500.00"), payment("INV-L-3", "999.00"))
    told = [(view.item.type.value, view.item.amount_at_risk) for view in exceptions(desk.ports)]
    assert told == [
        ("short_paid", 500_00),
        ("short_paid", 100_00),
        ("payment_before_purchase", 999_00),
    ]
    report(desk.ports, purchase("INV-L-3"))
    assert len(exceptions(desk.ports, include_closed=True)) == len(raised(desk)) + 1
    assert exceptions(desk.ports, include_closed=True)[-1].open is False


def test_an_exceptions_age_counts_from_the_business_date_and_never_below_zero() -> None:
    desk = Desk()
    report(desk.ports, payment(**{"Payment Date": "03/10/2026"}))
    assert exceptions(desk.ports)[0].age_days == 0
    desk.clock.advance(dt.timedelta(days=18))
    assert exceptions(desk.ports)[0].age_days == 10


def test_a_batch_that_nobody_goes_on_with_is_stuck_until_somebody_does() -> None:
    desk = Desk(on_arrival=lambda name, content: (_ for _ in ()).throw(KeyboardInterrupt))
    desk.queued("L-1")
    with pytest.raises(KeyboardInterrupt):
        submit(desk.ports, "east", ["L-1"])

    view = status(desk.ports)
    assert view.stuck == view.waiting_batches == ("east-winfactor/1",)
