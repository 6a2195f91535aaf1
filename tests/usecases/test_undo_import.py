"""Undoing one import of loads as one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.errors import AccessError, NotFoundError, StateError, UsageError
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.resolve_exception import resolve
from factoring_core.usecases.selling.direct import pay, send_direct
from factoring_core.usecases.selling.invoices import generate_invoices, void
from factoring_core.usecases.selling.take_back import return_loads
from factoring_core.usecases.selling.undo_import import imports, undo_import
from factoring_core.usecases.views import loads
from usecases.bringing import LENIENT, bring, exception, payment, purchase, raised, report, row, seen
from usecases.desk import BILLING, Desk, connection, manual


def refused(desk: Desk, import_id: str) -> Any:
    """Return where an undo is refused, and see that nothing changed."""
    before = seen(desk)
    with pytest.raises(StateError) as error:
        undo_import(desk.ports, import_id, reason="wrong file")
    assert seen(desk) == before
    return error.value.where["loads"]


def test_undoing_takes_away_what_was_made_and_gives_back_what_was_changed() -> None:
    desk = Desk()
    bring(desk.ports, row("L-0", "released"))
    before = seen(desk)
    second = bring(desk.ports, row("L-0", "released", po_number="P"), row(), row("L-2", "queued"))
    result = undo_import(desk.ports, second.import_id, reason="wrong file")
    assert [(one.load, one.status) for one in result.removed] == [("L-1", "financed"), ("L-2", "queued")]
    assert result.outcome == "undone"
    assert seen(desk) == before
    assert desk.audited()[-1] == "loads.undo_import"


def test_undoing_again_changes_nothing() -> None:
    desk = Desk()
    made = bring(desk.ports, row())
    undo_import(desk.ports, made.import_id, reason="wrong file")
    trail = desk.audited()
    assert undo_import(desk.ports, made.import_id, reason="wrong file").outcome == "already_undone"
    assert desk.audited() == trail


def test_the_file_can_be_imported_again_and_undone_again() -> None:
    desk = Desk()
    first = bring(desk.ports, row())
    undo_import(desk.ports, first.import_id, reason="wrong file")
    second = bring(desk.ports, row())
    assert second.import_id != first.import_id
    assert desk.status("L-1") == "financed"
    undo_import(desk.ports, second.import_id, reason="wrong file")
    assert loads(desk.ports) == ()


def test_reports_may_have_named_the_loads_and_look_for_them_again() -> None:
    desk = Desk()
    bring(desk.ports, row("L-9"))
    made = bring(desk.ports, row())
    report(desk.ports, payment())
    result = undo_import(desk.ports, made.import_id, reason="wrong file")
    assert raised(desk) == ["unknown_invoice"]
    assert [(one.from_load, one.to_load) for one in result.moved_matches] == [("L-1", None)]


def test_a_voided_invoice_comes_back_with_the_undo_of_the_import_that_revised_it() -> None:
    desk = Desk()
    bring(desk.ports, row(status="queued"))
    before = seen(desk)
    made = bring(desk.ports, row("L-2", "queued", supersedes="L-1"))
    undone = undo_import(desk.ports, made.import_id, reason="wrong file")
    assert [one.events for one in undone.transitions] == [("generate_invoice",)]
    standing, items = seen(desk)
    assert (standing[0].standing, items) == (before[0][0].standing, before[1])


def test_an_invoice_generated_since_stands_on_the_import() -> None:
    desk = Desk()
    made = bring(desk.ports, row(status="released"))
    again = bring(desk.ports, row(status="released", po_number="P"))
    generate_invoices(desk.ports, ["L-1"])
    assert refused(desk, again.import_id) == ["east/L-1"]
    void(desk.ports, ["L-1"], reason="too early")
    undo_import(desk.ports, again.import_id, reason="wrong file")
    assert undo_import(desk.ports, made.import_id, reason="wrong file").outcome == "undone"


def test_a_created_loads_generated_invoice_stands_on_the_import_until_it_is_voided() -> None:
    desk = Desk()
    made = bring(desk.ports, row(status="released"))
    generate_invoices(desk.ports, ["L-1"])
    assert refused(desk, made.import_id) == ["east/L-1"]
    void(desk.ports, ["L-1"], reason="too early")
    assert undo_import(desk.ports, made.import_id, reason="wrong file").outcome == "undone"


def test_an_invoice_voided_since_stands_on_an_import_that_changed_its_load() -> None:
    desk = Desk()
    bring(desk.ports, row(status="queued"))
    made = bring(desk.ports, row(status="queued", po_number="P"))
    void(desk.ports, ["L-1"], reason="wrong")
    assert refused(desk, made.import_id) == ["east/L-1"]


def test_a_later_import_of_the_load_stands_on_the_earlier() -> None:
    desk = Desk()
    made = bring(desk.ports, row(status="released"))
    bring(desk.ports, row(status="released", po_number="P"))
    assert refused(desk, made.import_id) == ["east/L-1"]


def test_a_batch_stands_on_the_import_even_when_it_was_cancelled() -> None:
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    made = bring(desk.ports, row(status="queued"))
    (batch,) = submit(desk.ports, "east").batches
    assert refused(desk, made.import_id) == ["east/L-1"]
    cancel(desk.ports, batch.id, reason="wrong")
    assert refused(desk, made.import_id) == ["east/L-1"]


def test_a_live_batch_stands_on_an_import_that_changed_its_load() -> None:
    desk = Desk(connection())
    load = desk.queued("L-1", invoice="INV-L-1")
    changed = bring(desk.ports, row(status="queued", invoice_date="", truck_number="T"))
    assert [one.load for one in changed.updated] == [load.number]
    submit(desk.ports, "east")
    assert refused(desk, changed.import_id) == ["east/L-1"]


def test_a_direct_invoice_sent_since_stands_on_the_import() -> None:
    desk = Desk()
    made = bring(desk.ports, row(status="queued", invoicing_method="direct"))
    send_direct(desk.ports, ["L-1"])
    assert refused(desk, made.import_id) == ["east/L-1"]
    later = bring(desk.ports, row(status="queued", invoicing_method="direct", truck_number="T"))
    assert undo_import(desk.ports, later.import_id, reason="wrong file").outcome == "undone"


def test_a_stated_payment_a_decision_and_a_relative_stand_on_the_import() -> None:
    desk = Desk()
    direct = row("L-1", "invoiced", invoicing_method="direct")
    made = bring(desk.ports, direct, row("L-2", "invoiced"), row("L-3"), row("L-4"), row("L-5"))
    report(desk.ports, purchase("INV-L-2", Type="denied"))
    return_loads(desk.ports, ["L-2"], reason="denied")
    report(desk.ports, payment("INV-L-3", "900.00"))
    resolve(desk.ports, exception(desk, "short_paid").item.id, "write_off", reason="small")
    pay(desk.ports, "L-1", amount=1_00, on=dt.date(2026, 3, 1), reference="C")
    bring(desk.ports, row("L-6", "released", parent_load="L-4"))
    assert refused(desk, made.import_id) == ["east/L-1", "east/L-2", "east/L-3", "east/L-4"]


def test_undoing_an_import_of_several_subsidiaries_is_one_act() -> None:
    desk = Desk(connection(), manual("west-depot", subsidiary="west"))
    made = bring(desk.ports, row(), row("W-1", subsidiary="west", connection="west-depot"))
    undo_import(desk.ports, made.import_id, reason="wrong file")
    assert loads(desk.ports) == ()


def test_imports_are_listed_within_the_actors_scope_oldest_first() -> None:
    desk = Desk(connection(), manual("west-depot", subsidiary="west"))
    first = bring(desk.ports, row())
    second = bring(desk.ports, row("W-1", subsidiary="west", connection="west-depot"))
    assert [one.id for one in imports(desk.ports)] == [first.import_id, second.import_id]
    wes = Actor(name="wes", billing=True, roles=frozenset({Role.ADMIN}), subsidiaries=frozenset({"west"}))
    assert [one.id for one in imports(desk.acting(wes))] == [second.import_id]
    with pytest.raises(NotFoundError):
        undo_import(desk.acting(wes), first.import_id, reason="wrong file")


def test_undoing_needs_a_reason_a_known_import_and_both_rights() -> None:
    desk = Desk()
    made = bring(desk.ports, row())
    with pytest.raises(UsageError, match="reason"):
        undo_import(desk.ports, made.import_id, reason=" ")
    with pytest.raises(NotFoundError):
        undo_import(desk.ports, "imp-none", reason="wrong file")
    for actor in (BILLING, Actor(name="ada", roles=frozenset({Role.ADMIN}))):
        with pytest.raises(AccessError):
            undo_import(desk.acting(actor), made.import_id, reason="wrong file")


def customers(desk: Desk) -> dict[str, str]:
    with desk.store.reading("acme") as tx:
        return {one.id: one.name for one in tx.find(Customer)}


def released(number: str, **more: Any) -> dict[str, Any]:
    return row(number, "released", customer="green", **more)


def test_a_customers_name_that_an_import_changed_is_given_back() -> None:
    """Defect: the loads were as before, and their customer kept the name of the undone file."""
    desk = Desk()
    bring(desk.ports, released("L-0", customer_name="Green"))
    before = customers(desk)
    second = bring(desk.ports, released("L-1", customer_name="Grey Haul"))
    assert customers(desk) == {**before, "green": "Grey Haul"}
    undo_import(desk.ports, second.import_id, reason="wrong file")
    assert customers(desk) == before


def test_a_customer_that_only_the_import_knew_goes_with_it() -> None:
    desk = Desk()
    first = bring(desk.ports, released("L-0", customer_name="Green"))
    second = bring(desk.ports, released("L-1"))
    undo_import(desk.ports, first.import_id, reason="wrong file")
    assert customers(desk) == {"green": "Green"}
    bring(desk.ports, released("L-0", customer_name="Green"))
    undo_import(desk.ports, second.import_id, reason="wrong file")
    assert customers(desk) == {"green": "Green"}
    alone = Desk()
    made = bring(alone.ports, released("L-0", customer_name="Green"))
    undo_import(alone.ports, made.import_id, reason="wrong file")
    assert customers(alone) == {}


def test_what_a_later_import_says_of_a_customer_stays() -> None:
    desk = Desk()
    bring(desk.ports, released("L-0", customer_name="Green"))
    second = bring(desk.ports, released("L-1", customer_name="Grey"))
    bring(desk.ports, released("L-2", customer_name="Gold"))
    undo_import(desk.ports, second.import_id, reason="wrong file")
    assert customers(desk) == {"green": "Gold"}
