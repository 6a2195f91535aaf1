"""Finding out what a report is, whose it is, and refusing it by name where it is something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.errors import AmbiguousNameError, FileRefusedError, NotFoundError, UsageError
from factoring_core.providers.load import load_profile
from factoring_core.usecases.delivering.batch_acts import confirm
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.apply_report import apply_report
from usecases.bringing import LENIENT, bring, csv, payment, purchase, report, row
from usecases.desk import WEST, Desk, connection, manual

# Headings that only one provider's layout knows.
WINFACTOR = {"Inv #": "INV-L-1", "Receipt Date": "03/10/2026", "Amount Applied": "1000.00"}
DEPOT = {"active": False, "client_number": None}


def factor(desk: Desk, *rows: Mapping[str, Any], **more: Any) -> Any:
    return apply_report(desk.ports, csv(*rows), **{"name": "r.csv", "subsidiary": "east", **more})


def refused(desk: Desk, *rows: Mapping[str, Any], **more: Any) -> FileRefusedError:
    with pytest.raises(FileRefusedError) as error:
        factor(desk, *rows, **more)
    assert error.value.faults
    return error.value


def test_a_providers_layout_is_found_by_its_headings() -> None:
    desk = Desk()
    bring(desk.ports, row())
    result = factor(desk, WINFACTOR)
    assert (result.layout, result.provider, result.kind, result.verified) == (
        "winfactor/payment_report/v1",
        "winfactor",
        "payment",
        False,
    )


def test_a_template_serves_every_provider_and_names_the_connections() -> None:
    desk = Desk()
    bring(desk.ports, row())
    result = report(desk.ports, payment(), kind="payment", provider="winfactor", connection="east-winfactor")
    assert (result.layout, result.provider, result.connection) == (
        "template/payment/v1",
        "winfactor",
        "east-winfactor",
    )


def test_words_that_mean_nothing_are_wrong_usage() -> None:
    for kind in ("statement", "x"):
        with pytest.raises(UsageError):
            report(Desk().ports, payment(), kind=kind)
    with pytest.raises(NotFoundError):
        report(Desk().ports, payment(), provider="x")


def test_another_kind_than_the_one_asked_for_is_named() -> None:
    error = refused(Desk(), payment(), kind="purchase")
    assert (error.code, error.faults[0].code) == ("wrong_kind", "wrong_kind")
    assert "payment" in str(error)


def test_of_several_layouts_that_fit_the_one_named_changed_from_run_to_run() -> None:
    """It was the first of a set of texts, which Python shuffles; all are named now, in order."""
    desk = Desk(connection(), connection("east-rts", provider="rts", active=False))
    error = refused(desk, {**payment(), "Rebate": "1.00"}, kind="purchase")
    assert "(rts/payment_report/v1, winfactor/payment_report/v1)" in str(error)


def test_another_providers_report_is_named() -> None:
    desk = Desk(manual())
    error = refused(desk, WINFACTOR)
    assert error.code == "wrong_provider"
    assert "winfactor" in str(error)
    both = Desk(connection(), manual(**DEPOT))
    assert refused(both, WINFACTOR, provider="capital_depot").code == "wrong_provider"
    assert refused(both, WINFACTOR, connection="east-depot").code == "wrong_provider"


def test_a_provider_that_nothing_is_sold_through_refuses_the_file() -> None:
    assert refused(Desk(), payment(), provider="rts").code == "wrong_provider"


def test_checks_that_exclude_each_other_are_wrong_usage() -> None:
    with pytest.raises(UsageError):
        report(Desk().ports, payment(), connection="east-winfactor", provider="rts")
    with pytest.raises(UsageError):
        report(Desk(manual(subsidiary="west")).ports, payment())
    with pytest.raises(NotFoundError):
        report(Desk(connection(), manual("w", subsidiary="west")).ports, payment(), connection="w")


def test_a_header_nobody_knows_is_explained_by_what_comes_nearest() -> None:
    error = refused(Desk(), {"Invoice Number": "1", "Sum": "2"})
    assert error.code == "unknown_layout"
    assert len(error.faults) > 1
    assert all("has no column" in fault.message for fault in error.faults[1:])
    assert refused(Desk(), {"x": "1", "y": "2"}).code == "unknown_layout"


def test_a_column_that_stands_there_twice_is_named() -> None:
    doubled = {**payment(), "Invoice": "INV-L-1"}
    error = refused(Desk(manual()), doubled)
    assert any("more than one column" in fault.message for fault in error.faults)


def test_layouts_that_fit_equally_are_refused_and_all_named() -> None:
    twin = evolve(load_profile("winfactor"), id="twin")
    layouts = [evolve(one, id=one.id.replace("winfactor", "twin"), provider="twin") for one in twin.layouts]
    desk = Desk(
        connection(),
        connection("east-twin", provider="twin", active=False),
        profiles=[evolve(twin, layouts=tuple(layouts))],
    )
    error = refused(desk, WINFACTOR)
    assert error.code == "ambiguous_layout"
    assert "twin/payment_report/v1, winfactor/payment_report/v1" in str(error)


def test_the_template_with_its_own_headings_counts_over_a_layout_that_fits_as_well() -> None:
    desk = Desk()
    bring(desk.ports, row())
    assert report(desk.ports, payment()).layout == "template/payment/v1"


def test_a_factors_own_layout_counts_over_the_template_under_headings_of_its_own() -> None:
    desk = Desk()
    bring(desk.ports, row())
    found = {"Invoice": "INV-L-1", "Payment Date": "03/10/2026", "Payment Amount": "1000.00"}
    assert factor(desk, found).layout == "winfactor/payment_report/v1"


# Which connection


def two(**first: Any) -> Desk:
    """East sells through two Capital Depot accounts, one of which drains."""
    return Desk(
        manual("east-one", client_number=None, **first),
        manual("east-two", **DEPOT),
        subsidiaries=(LENIENT, WEST),
    )


def test_two_connections_that_a_report_could_belong_to_are_both_named() -> None:
    error = refused(two(), payment())
    assert error.code == "ambiguous_connection"
    assert "east-one, east-two" in str(error)


def test_the_connection_is_found_by_the_rows_whose_invoices_it_sold() -> None:
    desk = two()
    bring(desk.ports, row(connection="east-two"))
    assert report(desk.ports, payment()).connection == "east-two"


def test_the_connection_is_found_by_its_schedule_number() -> None:
    desk = two()
    bring(desk.ports, row(connection="east-two", schedule_number="077"), row("L-2", connection="east-one"))
    rows = [purchase("INV-9", **{"Schedule Number": "77"}), purchase("INV-L-2", **{"Schedule Number": "77"})]
    assert report(desk.ports, *rows).connection == "east-two"


def test_the_connection_is_found_by_its_client_number() -> None:
    desk = Desk(connection(), connection("east-other", active=False, client_number="B-2"))
    bring(desk.ports, row())
    assert factor(desk, {**WINFACTOR, "Client Number": "b-2"}).connection == "east-other"


def test_the_batch_that_is_named_decides_the_connection() -> None:
    desk = two()
    bring(desk.ports, row(status="queued"))
    (batch,) = submit(desk.ports, "east").batches
    confirm(desk.ports, batch.id)
    assert report(desk.ports, payment(), batch="east-one/1").connection == "east-one"
    with pytest.raises(UsageError):
        report(desk.ports, payment(), batch="1", connection="east-two")
    with pytest.raises(NotFoundError):
        report(desk.ports, payment(), batch="9")


def test_a_bare_batch_number_of_two_connections_is_ambiguous() -> None:
    desk = Desk(
        manual(), manual("west-depot", subsidiary="west"), subsidiaries=(LENIENT, evolve(LENIENT, id="west"))
    )
    bring(desk.ports, row(status="queued"), row("L-2", "queued", subsidiary="west"))
    submit(desk.ports, "east")
    submit(desk.ports, "west")
    with pytest.raises(AmbiguousNameError):
        report(desk.ports, payment(), batch="1")


def test_a_connection_taken_out_of_the_settings_still_takes_its_reports() -> None:
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    bring(desk.ports, row(status="queued"))
    (batch,) = submit(desk.ports, "east").batches
    confirm(desk.ports, batch.id)
    desk.configured(connections=())
    assert report(desk.ports, purchase()).connection == "east-depot"
    assert desk.status("L-1") == "financed"


# Whose report


def with_west(**west: Any) -> Desk:
    return Desk(connection(**west), connection("west-winfactor", subsidiary="west", client_number="W-1"))


def test_another_clients_number_refuses_each_such_row() -> None:
    error = refused(
        with_west(),
        {**WINFACTOR, "Client Number": "W-1"},
        {**WINFACTOR, "Client Number": ""},
        {**WINFACTOR, "Client Number": "a-17"},
    )
    assert (error.code, [fault.row for fault in error.faults]) == ("wrong_subsidiary", [2])
    assert "they are of west" in str(error)


def test_another_subsidiarys_number_is_known_also_where_our_own_is_not() -> None:
    desk = with_west(client_number=None)
    error = refused(desk, {**WINFACTOR, "Client Number": "W-1"})
    assert error.code == "wrong_subsidiary"
    assert factor(desk, {**WINFACTOR, "Client Number": "Q-9"}).connection == "east-winfactor"


def test_the_other_subsidiary_is_not_named_to_who_may_not_see_it() -> None:
    desk = with_west()
    only_east = Actor(name="eve", billing=True, subsidiaries=frozenset({"east"}))
    with pytest.raises(FileRefusedError) as error:
        report(desk.acting(only_east), {**WINFACTOR, "Client Number": "W-1"})
    assert "west" not in str(error.value) + repr(error.value.faults) + repr(error.value.where)


def invoices_of_west(desk: Desk) -> None:
    bring(
        desk.ports,
        row("W-1", subsidiary="west", connection="west-winfactor", customer="green", customer_name="Green"),
        row("W-2", "queued", subsidiary="west"),
    )


@pytest.mark.parametrize(
    "said",
    [
        {"Invoice Amount": "1000.00"},
        {"Payment Amount": "1000.00"},
        {"Customer": "GREEN Inc."},
    ],
)
def test_rows_that_match_nothing_here_and_a_sold_invoice_there_refuse_the_file(said: dict[str, str]) -> None:
    desk = with_west()
    invoices_of_west(desk)
    error = refused(desk, payment("INV-W-1", **{"Payment Amount": "7.00", **said}))
    assert (error.code, error.faults[0].excerpt) == ("wrong_subsidiary", "INV-W-1")
    assert "but of west" in str(error)


def test_a_debtor_or_mc_number_that_agrees_tells_the_other_subsidiary_too() -> None:
    desk = with_west()
    with_numbers = evolve(desk.ports.settings.customers[0], debtor_numbers={"winfactor": "D-7"})
    desk.configured(customers=(with_numbers,))
    bring(desk.ports, row("W-1", subsidiary="west", connection="west-winfactor"))
    strange = {"Inv #": "INV-W-1", "Receipt Date": "03/10/2026", "Amount Applied": "7.00"}
    assert refused(desk, {**strange, "Debtor #": "d-7"}).code == "wrong_subsidiary"
    assert refused(desk, {**strange, "MC #": "MC 998877"}).code == "wrong_subsidiary"
    assert factor(desk, {**strange, "Debtor #": "d-8"}).rows.exceptions == 1


def test_a_number_alone_does_not_make_it_another_subsidiarys() -> None:
    desk = with_west()
    invoices_of_west(desk)
    result = report(desk.ports, payment("INV-W-1", "7.00"), payment("INV-W-2"), payment("INV-9"))
    assert result.rows.exceptions == 3


def test_what_the_other_subsidiary_has_cancelled_is_not_factored_there() -> None:
    desk = Desk(
        connection(),
        manual("west-depot", subsidiary="west"),
        subsidiaries=(LENIENT, evolve(LENIENT, id="west")),
    )
    bring(desk.ports, row("W-1", "queued", subsidiary="west"))
    (batch,) = submit(desk.ports, "west").batches
    assert refused(desk, payment("INV-W-1")).code == "wrong_subsidiary"
    cancel(desk.ports, batch.id, reason="wrong")
    assert report(desk.ports, payment("INV-W-1")).rows.exceptions == 1
