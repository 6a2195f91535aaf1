"""A buy-out: what the new factor takes over, what the old one still owes, and who has whose money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.world import World
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.errors import AccessError, FileRefusedError, NotFoundError, StateError, UsageError
from factoring_core.usecases.books import plan_change, read_book
from factoring_core.usecases.configure import activate, deactivate
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.results import BuyOutResult
from factoring_core.usecases.selling.buy_out import buy_out, undo_buy_out
from factoring_core.usecases.selling.direct import pay
from factoring_core.usecases.selling.take_back import resell
from factoring_core.usecases.selling.undo_import import imports, undo_import
from faults_inbound.breaking import BreakingStore, KilledError
from usecases.bringing import bring, csv, everything, exception, payment, raised, report, row, seen
from usecases.desk import Desk, connection

OLD, NEW = "east-winfactor", "east-rts"
THE_DAY = "03/04/2026"


def switching(*numbers: str, **more: str) -> Desk:
    """Return a desk whose loads the old factor has bought, and which sells to the new one now."""
    new = connection(NEW, provider="rts", active=False)
    desk = Desk(connection(), new)
    bring(desk.ports, *(row(number, "financed", **more) for number in numbers or ("L-1", "L-2")))
    deactivate(desk.ports, OLD, reason="switching")
    activate(desk.ports, NEW)
    return desk


def line(number: str = "INV-L-1", **more: str) -> Mapping[str, Any]:
    return {"Invoice Number": number, "Buyout Date": THE_DAY, **more}


def bought_out(desk: Desk, *lines: Mapping[str, Any], **more: Any) -> BuyOutResult:
    given: dict[str, Any] = {"name": "buyout.csv", "old": OLD, "new": NEW, **more}
    return buy_out(desk.ports, csv(*(lines or (line(),))), **given)


def paid_to(desk: Desk, who: str, *rows: Mapping[str, Any]) -> Any:
    return report(desk.ports, *rows, connection=who)


def world(desk: Desk) -> World:
    with desk.store.reading("acme") as tx:
        return plan_change(tx, desk.ports, read_book(tx, desk.ports, "east")).world


def sold_through(desk: Desk) -> dict[str, str]:
    """Return the connection of each load's live sale."""
    return {sale.load: sale.connection for sale in desk.sales() if sale.live}


def test_an_open_invoice_moves_once_and_stays_financed() -> None:
    desk = switching()
    result = bought_out(desk)
    assert (result.outcome, [one.load for one in result.moved], result.open) == ("applied", ["L-1"], 1000_00)
    assert sold_through(desk) == {"L-1": NEW, "L-2": OLD}
    assert (desk.status("L-1"), result.transitions, raised(desk)) == ("financed", (), [])
    assert "connections.buy_out" in desk.audited()


def test_the_same_file_again_moves_nothing() -> None:
    desk = switching()
    bought_out(desk)
    before = (*seen(desk), desk.audited(), desk.sales())
    again = bought_out(desk)
    assert (again.outcome, again.moved, [one.load for one in again.unchanged]) == (
        "already_applied",
        (),
        ["L-1"],
    )
    assert (*seen(desk), desk.audited(), desk.sales()) == before
    # A longer file moves only what is new in it.
    longer = bought_out(desk, line(), line("INV-L-2"))
    assert [one.load for one in longer.moved] == ["L-2"]


def test_a_preview_moves_nothing() -> None:
    desk = switching()
    before = desk.sales()
    preview = bought_out(desk, dry_run=True)
    assert (preview.outcome, preview.buy_out, len(preview.moved)) == ("preview", None, 1)
    assert desk.sales() == before


def test_what_the_new_factor_says_of_it_is_the_opening_there() -> None:
    desk = switching()
    bought_out(
        desk, line(**{"Buyout Amount": "900.00", "Reserve": "70.00", "Fee": "30.00", "Schedule": "S-4"})
    )
    fold = world(desk).loads["L-1"].sale
    assert fold is not None
    position = fold.position
    assert (position.advanced, position.reserve_held, position.fees) == (900_00, 70_00, 30_00)
    assert (fold.sale.schedule_number, fold.sale.sealed_on) == ("S-4", dt.date(2026, 3, 4))


def test_the_customer_pays_the_new_factor() -> None:
    desk = switching()
    bought_out(desk)
    result = paid_to(desk, NEW, payment())
    assert result.rows.matched == 1
    assert (desk.status("L-1"), raised(desk)) == ("completed", [])


def test_what_was_paid_to_the_old_one_before_counts_whenever_it_is_heard_of() -> None:
    desk = switching()
    bought_out(desk)
    paid_to(desk, NEW, payment(amount="600.00"))
    assert raised(desk) == ["short_paid"]
    paid_to(desk, OLD, payment(amount="400.00", **{"Payment Date": "03/03/2026", "Check Number": "C0"}))
    assert (desk.status("L-1"), raised(desk)) == ("completed", [])


def test_what_the_old_factor_receives_afterwards_it_owes_to_the_new_one() -> None:
    desk = switching()
    bought_out(desk)
    paid_to(desk, OLD, payment())
    view = exception(desk, "misdirected_payment")
    assert (view.item.owed_by, view.item.owed_to, view.item.amount_at_risk) == (OLD, NEW, 1000_00)
    assert view.item.note == f"{OLD} received it and owes it to {NEW}"
    assert desk.status("L-1") == "financed"
    # The new factor gets it from the old one: now the debt is done with.
    paid_to(desk, NEW, payment(**{"Payment Date": "03/20/2026", "Check Number": "W9"}))
    assert desk.status("L-1") == "completed"


def test_what_bounces_at_the_old_factor_it_does_not_owe() -> None:
    desk = switching()
    bought_out(desk)
    paid_to(desk, OLD, payment())
    paid_to(
        desk, OLD, payment(amount="1000.00", **{"Type": "payment reversal", "Payment Date": "03/12/2026"})
    )
    assert raised(desk) == []


def test_a_payment_of_no_day_at_the_old_factor_has_to_be_looked_at() -> None:
    desk = switching()
    bought_out(desk)
    paid_to(desk, OLD, payment(**{"Payment Date": "03/04/2026"}))
    assert raised(desk) == []
    assert desk.status("L-1") == "completed"


def test_what_the_new_factor_receives_for_what_was_left_behind_it_owes_to_the_old_one() -> None:
    desk = switching()
    # Before there was any buy-out, the row may as well be in the wrong report.
    paid_to(desk, NEW, payment("INV-L-2", "250.00"))
    assert raised(desk) == ["other_provider"]
    bought_out(desk)
    view = exception(desk, "misdirected_payment")
    assert (view.item.owed_by, view.item.owed_to, view.item.amount_at_risk) == (NEW, OLD, 250_00)
    assert (view.item.load, desk.status("L-2")) == ("L-2", "financed")


def test_what_the_new_factor_receives_is_told_the_same_way_when_it_comes_last() -> None:
    desk = switching()
    bought_out(desk)
    result = paid_to(desk, NEW, payment("INV-L-2", "250.00"))
    assert [one.item.type.value for one in result.exceptions] == ["misdirected_payment"]
    assert result.rows.exceptions == 1


def test_a_purchase_of_what_was_left_behind_is_still_the_other_providers() -> None:
    desk = switching()
    bought_out(desk)
    desk.bought("INV-L-2,1000.00")
    report(
        desk.ports,
        {"Invoice Number": "INV-L-2", "Purchase Date": "03/08/2026", "Invoice Amount": "1000.00"},
        connection=NEW,
        kind="purchase",
    )
    assert "other_provider" in raised(desk)


def test_what_the_carrier_receives_it_owes_to_its_factor() -> None:
    desk = switching()
    desk.clock.advance(dt.timedelta(days=8))
    refused = pay(desk.ports, "L-1", amount=1000_00, on=dt.date(2026, 3, 9), reference="77")
    assert refused.refused[0].reasons[0].code == "method_not_direct"
    pay(desk.ports, "L-1", amount=1000_00, on=dt.date(2026, 3, 9), reference="77", misdirected=True)
    view = exception(desk, "misdirected_payment")
    assert (view.item.owed_by, view.item.owed_to, view.item.amount_at_risk) == ("east", OLD, 1000_00)
    assert desk.status("L-1") == "financed"
    assert "assign" not in view.resolutions
    bought_out(desk)
    assert exception(desk, "misdirected_payment").item.owed_to == NEW


def test_only_what_a_factor_owns_can_be_misdirected() -> None:
    desk = switching()
    desk.queued("L-9")
    desk.clock.advance(dt.timedelta(days=8))
    result = pay(desk.ports, "L-9", amount=1, on=dt.date(2026, 3, 9), reference="1", misdirected=True)
    assert result.refused[0].reasons[0].code == "not_a_factors"


def test_reserve_that_the_old_factor_keeps_after_it_was_paid_off_is_overdue() -> None:
    desk = switching("L-1", reserve_held="70.00")
    bought_out(desk)
    assert [item.type.value for item in world(desk).raised_on(dt.date(2026, 4, 2))] == []
    (item,) = world(desk).raised_on(dt.date(2026, 4, 4))
    assert (item.type.value, item.amount_at_risk, item.connection) == ("reserve_overdue", 70_00, OLD)


def test_a_chargeback_of_the_old_factor_after_it_was_paid_off_is_seen() -> None:
    desk = switching()
    bought_out(desk)
    paid_to(desk, OLD, payment(amount="300.00", Type="chargeback"))
    assert exception(desk, "charged_back").item.connection == OLD
    assert (desk.status("L-1"), sold_through(desk)["L-1"]) == ("financed", NEW)


def test_a_chargeback_of_the_new_factor_gives_it_back_to_be_sold_again() -> None:
    desk = switching()
    bought_out(desk)
    paid_to(desk, NEW, payment(Type="chargeback"))
    assert desk.status("L-1") == "invoiced"
    resell(desk.ports, ["L-1"], reason="the customer is found")
    assert desk.status("L-1") == "queued"
    with pytest.raises(StateError, match="L-1"):
        undo_buy_out(desk.ports, bought_out_id(desk), reason="too late")


def bought_out_id(desk: Desk) -> str:
    from factoring_core.ports.storage import BuyOut

    with desk.store.reading("acme") as tx:
        (found,) = tx.find(BuyOut)
    return found.id


def test_the_order_of_file_and_reports_makes_no_difference() -> None:
    acts = [
        lambda desk: bought_out(desk),
        lambda desk: paid_to(desk, OLD, payment(amount="400.00", **{"Payment Date": "03/03/2026"})),
        lambda desk: paid_to(desk, OLD, payment(amount="50.00", **{"Payment Date": "03/07/2026"})),
        lambda desk: paid_to(desk, NEW, payment("INV-L-2", "10.00", **{"Payment Date": "03/08/2026"})),
    ]
    worlds = []
    for order in permutations(acts):
        desk = switching()
        for act in order:
            act(desk)  # type: ignore[no-untyped-call]
        loads, exceptions = seen(desk)
        told = {(item.type, item.subject, item.amount_at_risk, item.owed_by) for item in exceptions.values()}
        worlds.append((loads, told))
    assert all(one == worlds[0] for one in worlds)
    assert {kind.value for kind, *_ in worlds[0][1]} == {"misdirected_payment", "short_paid"}


def test_undoing_it_gives_the_books_in_which_it_never_was() -> None:
    desk = switching()
    paid_to(desk, NEW, payment("INV-L-2", "250.00"))
    before = (*seen(desk), desk.sales())
    id_ = bought_out(desk).buy_out
    assert id_ is not None
    assert undo_buy_out(desk.ports, id_, reason="it fell through").outcome == "undone"
    assert (*seen(desk), desk.sales()) == before
    assert undo_buy_out(desk.ports, id_, reason="again").outcome == "already_undone"
    assert bought_out(desk).outcome == "applied"


def test_reports_of_either_factor_can_be_undone_around_it() -> None:
    desk = switching()
    bought_out(desk)
    before = seen(desk)
    ids = [paid_to(desk, OLD, payment()).report_id, paid_to(desk, NEW, payment(amount="900.00")).report_id]
    for id_ in ids:
        undo_report(desk.ports, id_, reason="wrong")
    assert seen(desk) == before


def test_a_kill_anywhere_moves_all_or_nothing() -> None:
    desk = switching()
    at = 0
    while True:
        at += 1
        before = everything(desk)
        ports = evolve(desk.ports, store=BreakingStore(desk.store, at))
        try:
            buy_out(ports, csv(line(), line("INV-L-2")), name="b.csv", old=OLD, new=NEW)
        except KilledError:
            assert everything(desk) == before
            continue
        break
    assert at > 10
    assert sold_through(desk) == {"L-1": NEW, "L-2": NEW}


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ([line("INV-X")], ["unknown_invoice"]),
        ([line(), line()], ["twice"]),
        ([line("INV-L-3")], ["not_bought"]),
        ([line("INV-L-4")], ["not_open"]),
        ([line("INV-L-5")], ["other_provider"]),
        ([line(**{"Buyout Date": "01/01/2020"})], ["too_early"]),
        ([line("INV-X"), line(), line("INV-L-4")], ["unknown_invoice", "not_open"]),
    ],
)
def test_a_line_that_moves_nothing_refuses_the_file(lines: list[Any], codes: list[str]) -> None:
    desk = switching()
    bring(
        desk.ports,
        row("L-3", "invoiced"),
        row("L-4", "completed"),
        row("L-5", "financed", connection=NEW),
        name="more.csv",
    )
    before = desk.sales()
    with pytest.raises(FileRefusedError) as caught:
        bought_out(desk, *lines)
    assert [fault.code for fault in caught.value.faults] == codes
    assert desk.sales() == before


def test_two_invoices_that_one_number_could_mean_are_not_chosen_from() -> None:
    desk = switching("L-1", "L-2")
    bring(
        desk.ports,
        row("L-8", "financed", invoice_number="inv 77"),
        row("L-9", "financed", invoice_number="INV-77"),
        name="m.csv",
    )
    with pytest.raises(FileRefusedError) as caught:
        bought_out(desk, line("inv/77"))
    assert [fault.code for fault in caught.value.faults] == ["ambiguous"]
    assert bought_out(desk, line("INV-77")).moved[0].load == "L-9"


def test_a_file_without_its_columns_is_refused() -> None:
    with pytest.raises(FileRefusedError) as caught:
        bought_out(switching(), {"Invoice Number": "INV-L-1", "Sum": "1.00"})
    assert caught.value.code == "unknown_layout"


def test_the_two_are_different_connections_of_one_subsidiary() -> None:
    desk = Desk(connection(), connection("west-rts", provider="rts", subsidiary="west"))
    for old, new in ((OLD, "west-rts"), (OLD, OLD)):
        with pytest.raises(UsageError):
            buy_out(desk.ports, csv(line()), name="b.csv", old=old, new=new)
    with pytest.raises(NotFoundError):
        buy_out(desk.ports, csv(line()), name="b.csv", old=OLD, new="nowhere")


def test_who_may_not_reverse_may_not_move() -> None:
    desk = switching()
    id_ = bought_out(desk).buy_out
    assert id_ is not None
    clerk = desk.acting(Actor(name="bill", billing=True))
    with pytest.raises(AccessError):
        buy_out(clerk, csv(line("INV-L-2")), name="b.csv", old=OLD, new=NEW)
    with pytest.raises(AccessError):
        undo_buy_out(clerk, id_, reason="no")
    with pytest.raises(UsageError):
        undo_buy_out(desk.ports, id_, reason=" ")
    with pytest.raises(NotFoundError):
        undo_buy_out(desk.ports, "buy-none", reason="no")


def test_an_import_that_a_buy_out_stands_on_cannot_be_undone() -> None:
    desk = switching()
    bought_out(desk)
    with pytest.raises(StateError, match="L-1"):
        undo_import(desk.ports, imports(desk.ports)[0].id, reason="wrong file")


def test_undoing_a_buy_out_without_an_id_was_a_type_error() -> None:
    """One that moved nothing has no id, and there is nothing to undo."""
    desk = switching()
    preview = bought_out(desk, dry_run=True)
    with pytest.raises(NotFoundError):
        undo_buy_out(desk.ports, preview.buy_out, reason="called off")
