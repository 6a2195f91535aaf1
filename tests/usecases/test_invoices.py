"""Generating invoices and voiding them: where each part comes from, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.parties import Customer, InvoicingMethod
from factoring_core.errors import AccessError, AmbiguousNameError, NotFoundError, UsageError
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.results import ChangeResult
from factoring_core.usecases.selling.invoices import generate_invoices, void
from factoring_core.usecases.selling.take_back import return_loads
from factoring_core.usecases.views import load as show
from usecases.bringing import LENIENT, bring, payment, purchase, report, row
from usecases.desk import BLUE, EAST, READER, WEST, Desk, manual

DAY = dt.date(2026, 2, 3)


def released(desk: Desk, number: str = "L-1", **more: object) -> None:
    given = {"subsidiary": "east", "customer": "blue", "amount": 500_00, **more}
    desk.keep(Load(number=number, **given))  # type: ignore[arg-type]


def why(result: ChangeResult) -> list[tuple[str, str]]:
    return [(one.load, reason.code) for one in result.refused for reason in one.reasons]


def test_what_is_given_counts_over_what_the_load_says() -> None:
    desk = Desk()
    released(desk, planned_invoice_number="P", planned_invoice_date=dt.date(2026, 1, 1))
    result = generate_invoices(desk.ports, ["L-1"], number="N", date=DAY, amount=700_00)
    assert [(one.load, one.status, one.invoice_number) for one in result.changed] == [("L-1", "queued", "N")]
    invoice = show(desk.ports, "L-1").load.invoice
    assert invoice is not None
    assert (invoice.number, invoice.date, invoice.face) == ("N", DAY, 700_00)


def test_what_the_load_says_counts_over_format_and_clock() -> None:
    desk = Desk()
    released(desk, planned_invoice_number="P", planned_invoice_date=DAY)
    generate_invoices(desk.ports, ["L-1"])
    invoice = show(desk.ports, "L-1").load.invoice
    assert invoice is not None
    assert (invoice.number, invoice.date, invoice.face) == ("P", DAY, 500_00)


def test_the_rest_comes_from_the_format_and_the_clock_of_the_subsidiary() -> None:
    east = evolve(EAST, invoice_number_format="{year}-{seq:04}", time_zone="Pacific/Kiritimati")
    desk = Desk(subsidiaries=(east,))
    released(desk)
    released(desk, "L-2")
    generate_invoices(desk.ports, ["L-1", "L-2"])
    first, second = (show(desk.ports, number).load.invoice for number in ("L-1", "L-2"))
    assert first is not None
    assert second is not None
    # It is the next day there already.
    assert (first.number, first.date, second.number) == ("2026-0001", dt.date(2026, 3, 3), "2026-0002")


def test_a_number_in_sequence_that_is_taken_is_passed_over() -> None:
    desk = Desk(subsidiaries=(evolve(EAST, invoice_number_format="{seq}"),))
    released(desk)
    released(desk, "L-2")
    generate_invoices(desk.ports, ["L-1"], number="1")
    assert generate_invoices(desk.ports, ["L-2"]).changed[0].invoice_number == "2"


def test_without_a_format_of_its_own_the_load_number_is_the_invoice_number() -> None:
    desk = Desk()
    released(desk)
    assert generate_invoices(desk.ports, ["L-1"]).changed[0].invoice_number == "L-1"


@pytest.mark.parametrize(
    ("load", "customer", "rule"),
    [
        (InvoicingMethod.DIRECT, None, "load_override"),
        (None, InvoicingMethod.DIRECT, "customer_override"),
        (None, None, "subsidiary_default"),
    ],
)
def test_the_method_is_frozen_with_the_rule_that_decided(
    load: InvoicingMethod | None, customer: InvoicingMethod | None, rule: str
) -> None:
    desk = Desk(customers=(evolve(BLUE, invoicing_method=customer),))
    released(desk, invoicing_method=load)
    generate_invoices(desk.ports, ["L-1"])
    desk.configured(subsidiaries=(evolve(EAST, invoicing_method=InvoicingMethod.DIRECT), WEST))
    method = show(desk.ports, "L-1").load.method
    assert method is not None
    expected = InvoicingMethod.FACTORING if rule == "subsidiary_default" else InvoicingMethod.DIRECT
    assert (method.rule.value, method.method) == (rule, expected)


def test_a_customer_nobody_knows_has_no_override() -> None:
    desk = Desk()
    released(desk, customer="ghost")
    assert generate_invoices(desk.ports, ["L-1"]).changed != ()


def test_an_amount_must_be_more_than_zero() -> None:
    desk = Desk()
    released(desk, amount=None)
    released(desk, "L-2")
    assert why(generate_invoices(desk.ports, ["L-1"])) == [("L-1", "amount_not_positive")]
    assert why(generate_invoices(desk.ports, ["L-2"], amount=0)) == [("L-2", "amount_not_positive")]


def test_a_number_that_no_invoice_can_have_is_refused() -> None:
    desk = Desk()
    released(desk)
    for number in ("=1+1", ""):
        assert why(generate_invoices(desk.ports, ["L-1"], number=number)) == [("L-1", "illegal_characters")]


def test_a_number_belongs_to_one_load_even_within_one_command() -> None:
    desk = Desk()
    released(desk, planned_invoice_number="N")
    released(desk, "L-2", planned_invoice_number="N")
    result = generate_invoices(desk.ports, ["L-1", "L-2"])
    assert why(result) == [("L-2", "duplicate_invoice_number")]
    assert [one.load for one in result.changed] == ["L-1"]


def test_the_number_of_a_sale_that_ended_stays_with_its_load() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    return_loads(desk.ports, ["L-1"], reason="not_received")
    void(desk.ports, ["L-1"], reason="wrong")
    released(desk, "L-2")
    result = generate_invoices(desk.ports, ["L-2"], number="INV-L-1")
    assert why(result) == [("L-2", "duplicate_invoice_number")]
    assert generate_invoices(desk.ports, ["L-1"], number="INV-L-1").changed != ()


def test_generating_again_changes_nothing_unless_something_else_is_asked_for() -> None:
    desk = Desk()
    released(desk)
    generate_invoices(desk.ports, ["L-1"])
    trail = desk.audited()
    assert [one.load for one in generate_invoices(desk.ports, ["L-1"], number="L-1").unchanged] == ["L-1"]
    assert why(generate_invoices(desk.ports, ["L-1"], amount=1)) == [("L-1", "already_invoiced")]
    assert desk.audited() == trail


def test_number_date_and_amount_are_for_one_load() -> None:
    desk = Desk()
    for given in ({"number": "N"}, {"date": DAY}, {"amount": 1}):
        with pytest.raises(UsageError):
            generate_invoices(desk.ports, ["L-1", "L-2"], **given)  # type: ignore[arg-type]


def test_names_must_fit_one_load_each_or_nothing_is_done() -> None:
    desk = Desk()
    released(desk)
    released(desk, "W", subsidiary="west")
    released(desk, "W")
    with pytest.raises(NotFoundError):
        generate_invoices(desk.ports, ["L-1", "none"])
    with pytest.raises(AmbiguousNameError, match="east/W or west/W"):
        generate_invoices(desk.ports, ["L-1", "W"])
    assert desk.status("L-1") == "released"
    result = generate_invoices(desk.ports, ["L-1", "west/W"])
    assert [one.subsidiary for one in result.changed] == ["east", "west"]
    assert desk.audited() == ["invoice.generate", "invoice.generate"]


def test_generating_needs_billing() -> None:
    desk = Desk()
    released(desk)
    with pytest.raises(AccessError):
        generate_invoices(desk.acting(READER), ["L-1"])


# Revised invoices


def revised(desk: Desk, *, number: str = "R", supersedes: str = "L-1") -> ChangeResult:
    released(desk, "R-1", supersedes=supersedes)
    return generate_invoices(desk.ports, ["R-1"], number=number)


def test_a_revised_invoice_voids_the_queued_one() -> None:
    desk = Desk()
    bring(desk.ports, row(status="queued"))
    assert revised(desk).changed != ()
    assert (desk.status("L-1"), desk.status("R-1")) == ("released", "queued")


def test_a_revised_invoice_may_take_over_the_number_of_one_that_never_left() -> None:
    desk = Desk()
    bring(desk.ports, row(status="queued"))
    assert revised(desk, number="INV-L-1").changed[0].invoice_number == "INV-L-1"


def test_a_revised_invoice_needs_a_number_of_its_own_once_the_old_one_was_sold() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    return_loads(desk.ports, ["L-1"], reason="denied")
    assert why(revised(desk, number="INV-L-1")) == [("R-1", "duplicate_invoice_number")]
    assert generate_invoices(desk.ports, ["R-1"], number="R").changed != ()
    assert desk.status("L-1") == "released"


def test_both_can_be_invoiced_by_one_command() -> None:
    desk = Desk()
    released(desk)
    released(desk, "R-1", supersedes="L-1")
    generate_invoices(desk.ports, ["L-1", "R-1"])
    assert (desk.status("L-1"), desk.status("R-1")) == ("released", "queued")


def test_a_revised_invoice_leaves_alone_what_nobody_owns() -> None:
    desk = Desk()
    bring(desk.ports, row("L-1", "invoiced"), row("L-2"), row("L-3"), row("L-4", "released"))
    report(desk.ports, purchase("INV-L-1", Type="denied"), purchase("INV-L-2", Type="purchase reversal"))
    report(desk.ports, payment("INV-L-3", Type="chargeback"))
    for number in ("L-1", "L-2", "L-3", "L-4", "L-404"):
        released(desk, f"R-{number}", supersedes=number)
    names = [f"R-{number}" for number in ("L-1", "L-2", "L-3", "L-4", "L-404")]
    assert [one.load for one in generate_invoices(desk.ports, names).changed] == names
    assert [desk.status(number) for number in ("L-1", "L-2", "L-3")] == ["invoiced"] * 3


def test_a_revised_invoice_is_refused_while_the_old_one_is_sold() -> None:
    desk = Desk()
    direct = row("L-4", "invoiced", invoicing_method="direct")
    bring(desk.ports, row("L-1", "invoiced"), row("L-2"), row("L-3", "completed"), direct)
    for number in ("L-1", "INV-L-2", "L-3", "L-4"):
        released(desk, f"R-{number}", supersedes=number)
        assert why(generate_invoices(desk.ports, [f"R-{number}"])) == [(f"R-{number}", "already_sold")]


def test_a_batch_that_is_only_sealed_holds_the_invoice_it_is_to_replace() -> None:
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    bring(desk.ports, row(status="queued"))
    submit(desk.ports, "east")
    assert why(revised(desk)) == [("R-1", "already_sold")]


# Voiding


def test_voiding_takes_a_queued_load_back_and_its_number_can_be_used_again() -> None:
    desk = Desk()
    bring(desk.ports, row(status="queued"))
    result = void(desk.ports, ["L-1"], reason="wrong amount")
    assert [(one.load, one.status) for one in result.changed] == [("L-1", "released")]
    assert show(desk.ports, "L-1").load.method is None
    assert [event.event for event in show(desk.ports, "L-1").history] == ["generate_invoice", "void_invoice"]
    assert [one.load for one in void(desk.ports, ["L-1"], reason="again").unchanged] == ["L-1"]


def test_only_a_queued_load_outside_every_batch_can_be_voided() -> None:
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    bring(desk.ports, row(status="queued"), row("L-2", "invoiced", connection="east-depot"))
    submit(desk.ports, "east", ["L-1"])
    result = void(desk.ports, ["L-1", "L-2"], reason="wrong")
    assert why(result) == [("L-1", "in_live_batch"), ("L-2", "not_queued")]
    assert "east-depot/1" in result.refused[0].reasons[0].message


def test_voiding_needs_a_reason() -> None:
    with pytest.raises(UsageError):
        void(Desk().ports, ["L-1"], reason="  ")


def test_a_customer_that_an_import_made_decides_too() -> None:
    desk = Desk()
    with desk.store.transaction("acme") as tx:
        tx.put(Customer(id="green", invoicing_method=InvoicingMethod.DIRECT))
    released(desk, customer="green")
    generate_invoices(desk.ports, ["L-1"])
    method = show(desk.ports, "L-1").load.method
    assert method is not None
    assert method.rule.value == "customer_override"
