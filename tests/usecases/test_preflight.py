"""Preflight over the store: what the books add to the rules."""

import datetime as dt

import pytest
from attrs import evolve

from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.load import DocumentKind, Load, Opening
from factoring_core.domain.vocabulary.parties import InvoicingMethod, Severity
from factoring_core.errors import AccessError, AmbiguousNameError, ConfigurationError, NotFoundError
from factoring_core.ports.storage import ConnectionState
from factoring_core.usecases.accounts import account_of
from factoring_core.usecases.days import local_day
from factoring_core.usecases.delivering.batch_acts import confirm
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.naming import find_batch, find_load, find_loads
from factoring_core.usecases.selling.invoices import void
from factoring_core.usecases.selling.preflight import preflight
from factoring_core.usecases.selling.take_back import return_loads
from usecases.bringing import everything
from usecases.desk import BILLING, BLUE, DAMAGED, EAST, NOTICE, READER, Desk, connection, manual


def codes(desk: Desk, *names: str, subsidiary: str = "east") -> dict[str, list[str]]:
    """Return the reasons for each refused load."""
    result = preflight(desk.ports, subsidiary, names)
    return {one.load: [reason.code for reason in one.reasons] for one in result.refused}


def activate(desk: Desk, *states: tuple[str, bool]) -> None:
    with desk.store.transaction("acme") as tx:
        for id_, active in states:
            tx.put(ConnectionState(connection=id_, subsidiary="east", active=active))


def test_an_eligible_load_is_listed_with_its_invoice() -> None:
    desk = Desk()
    desk.queued("L-1")
    (one,) = preflight(desk.ports, "east").eligible
    assert (one.load, one.status, one.invoice_number) == ("L-1", "queued", "INV-L-1")


def test_without_names_only_queued_loads_for_the_factor_are_candidates() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.keep(
        Load(subsidiary="east", number="R", customer="blue"),
        evolve(desk.queued("D"), method=None, invoicing_method=InvoicingMethod.DIRECT),
    )
    result = preflight(desk.ports, "east")
    assert [one.load for one in result.eligible] == ["L-1"]
    assert result.refused == ()


def test_a_named_load_that_is_no_candidate_gets_its_reasons() -> None:
    desk = Desk()
    desk.keep(Load(subsidiary="east", number="R", customer="blue", amount=5))
    found = codes(desk, "R")["R"]
    assert found == [
        "not_queued",
        "missing_invoice_document",
        "missing_pod",
        "missing_rate_confirmation",
    ]


def test_preflight_changes_nothing() -> None:
    desk = Desk()
    desk.queued("L-1", documents=())
    before = everything(desk)
    preflight(desk.ports, "east")
    assert everything(desk) == before


def test_a_warning_does_not_refuse() -> None:
    desk = Desk(subsidiaries=[evolve(EAST, preflight={"missing_pod": Severity.WARN})])
    load = desk.queued("L-1")
    desk.keep(
        evolve(load, documents=tuple(one for one in load.documents if one.kind is not DocumentKind.POD))
    )
    result = preflight(desk.ports, "east")
    assert [one.load for one in result.eligible] == ["L-1"]
    assert [reason.code for reason in result.warnings[0].reasons] == ["missing_pod"]


def test_every_damaged_paper_is_named() -> None:
    desk = Desk()
    papers = tuple(desk.paper(kind, DAMAGED) for kind in (DocumentKind.POD, DocumentKind.RATE_CONFIRMATION))
    desk.queued("L-1", documents=(desk.paper(DocumentKind.INVOICE, b"x"), *papers))
    (refused,) = preflight(desk.ports, "east").refused
    assert [reason.message for reason in refused.reasons] == [
        "A document cannot be sent as it is: pod.pdf is damaged.",
        "A document cannot be sent as it is: rate_confirmation.pdf is damaged.",
    ]


def test_an_invoice_that_cannot_be_drawn_is_a_damaged_document() -> None:
    desk = Desk(subsidiaries=[evolve(EAST, generate_invoices=True)], customers=[evolve(BLUE, name="Blue 株")])
    load = desk.queued("L-1")
    desk.keep(evolve(load, documents=load.documents[1:]))
    assert codes(desk) == {"L-1": ["damaged_document"]}


def test_a_load_in_a_live_batch_is_named_with_it() -> None:
    desk = Desk()
    desk.queued("L-1")
    submit(desk.ports, "east")
    assert codes(desk, "L-1") == {"L-1": ["not_queued", "in_live_batch"]}
    (refused,) = preflight(desk.ports, "east", ["L-1"]).refused
    assert refused.reasons[1].message.endswith("east-winfactor/1.")


def test_a_load_sold_before_it_came_here_is_already_sold() -> None:
    desk = Desk()
    load = desk.queued("L-1")
    opening(desk, load)
    assert "already_sold" in codes(desk, "L-1")["L-1"]


def opening(desk: Desk, load: Load) -> None:
    assert load.invoice is not None
    with desk.store.transaction("acme") as tx:
        tx.put(
            Assignment(
                id=f"open-{load.number}",
                subsidiary="east",
                connection="east-winfactor",
                load=load.number,
                batch=None,
                batch_number=None,
                invoice_number=load.invoice.number,
                canonical_number=load.invoice.number.lower(),
                invoice_date=load.invoice.date,
                face=load.invoice.face,
                currency="USD",
                customer="blue",
                customer_name="Blue",
                customer_mc_number=None,
                debtor_number=None,
                po_number=None,
                reference_number=None,
                schedule_number=None,
                sealed_on=dt.date(2026, 2, 1),
                opening=Opening(as_of=dt.date(2026, 2, 1)),
            )
        )
    desk.keep(load)


def returned(desk: Desk, number: str = "L-1", reason: str = "not_received") -> None:
    desk.queued(number)
    (batch,) = submit(desk.ports, "east", [number]).batches
    confirm(desk.ports, batch.id)
    assert return_loads(desk.ports, [number], reason=reason).changed


def test_a_returned_load_may_be_sold_again() -> None:
    desk = Desk()
    returned(desk)
    assert codes(desk, "L-1") == {}


def test_a_returned_load_that_was_bought_after_all_is_already_sold() -> None:
    desk = Desk()
    returned(desk)
    desk.bought("INV-L-1,1000.00")
    assert codes(desk, "L-1") == {"L-1": ["already_sold"]}


@pytest.mark.parametrize("reason", ["held", "denied"])
def test_a_held_return_goes_back_to_the_same_connection_only(reason: str) -> None:
    desk = Desk(connection(), connection("east-other", active=False))
    returned(desk, reason=reason)
    assert codes(desk, "L-1") == {}
    activate(desk, ("east-winfactor", False), ("east-other", True))
    assert codes(desk, "L-1") == ({"L-1": ["held_elsewhere"]} if reason == "held" else {})


def test_a_held_row_holds_until_a_denial_is_recorded() -> None:
    desk = Desk(manual(), connection("east-other", active=False))
    returned(desk)
    report(desk, "held", "03/05/2026")
    activate(desk, ("east-depot", False), ("east-other", True))
    assert codes(desk, "L-1") == {"L-1": ["held_elsewhere"]}
    report(desk, "denied", "03/06/2026")
    assert codes(desk, "L-1") == {}


def report(desk: Desk, word: str, on: str) -> None:
    from factoring_core.usecases.reconciling.apply_report import apply_report

    header = "Invoice Number,Purchase Date,Invoice Amount,Type"
    content = f"{header}\r\nINV-L-1,{on},1000.00,{word}\r\n".encode()
    apply_report(
        desk.ports, content, name="r.csv", subsidiary="east", kind="purchase", connection="east-depot"
    )


def test_a_load_on_which_somebody_has_paid_is_already_paid() -> None:
    desk = Desk()
    load = desk.queued("L-1")
    desk.keep(evolve(load, direct_opening=Opening(as_of=dt.date(2026, 1, 1), paid=5)))
    assert codes(desk) == {"L-1": ["already_paid"]}
    desk.keep(evolve(load, direct_opening=Opening(as_of=dt.date(2026, 1, 1), settled=True)))
    assert codes(desk) == {"L-1": ["already_paid"]}
    desk.keep(evolve(load, direct_opening=Opening(as_of=dt.date(2026, 1, 1))))
    assert codes(desk) == {}


def test_two_loads_with_one_invoice_number_refuse_each_other() -> None:
    desk = Desk()
    desk.queued("L-1", invoice="1")
    desk.queued("L-2", invoice=" 1")
    assert codes(desk) == {"L-1": ["duplicate_invoice_number"], "L-2": ["duplicate_invoice_number"]}


def test_a_number_under_which_another_load_was_sold_is_a_duplicate() -> None:
    desk = Desk()
    returned(desk)
    assert void(desk.ports, ["L-1"], reason="wrong").changed
    desk.queued("L-2", invoice="INV-L-1")
    assert codes(desk) == {"L-2": ["duplicate_invoice_number"]}


def test_a_number_of_a_cancelled_batch_only_is_free() -> None:
    from factoring_core.usecases.delivering.cancel_batch import cancel

    desk = Desk(manual())
    desk.queued("L-1", invoice="1")
    submit(desk.ports, "east")
    cancel(desk.ports, "1", reason="wrong")
    void(desk.ports, ["L-1"], reason="wrong")
    desk.queued("L-2", invoice="1")
    assert codes(desk) == {}


@pytest.mark.parametrize("named", ["L-1", "INV-L-1"])
def test_a_revised_invoice_waits_until_the_old_one_is_back(named: str) -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.queued("L-2", supersedes=named)
    assert codes(desk, "L-2") == {}
    submit(desk.ports, "east", ["L-1"])
    assert codes(desk, "L-2") == {"L-2": ["already_sold"]}
    return_loads(desk.ports, ["L-1"], reason="denied")
    assert codes(desk, "L-2") == {}


def test_a_revised_invoice_may_follow_a_denial() -> None:
    desk = Desk(manual())
    desk.queued("L-1")
    desk.queued("L-2", supersedes="L-1")
    submit(desk.ports, "east", ["L-1"])
    confirm(desk.ports, "1")
    report(desk, "denied", "03/05/2026")
    assert codes(desk, "L-2") == {}


def test_another_subsidiarys_load_is_refused_and_told_nothing_more_about() -> None:
    desk = Desk(connection(), connection("west-c", subsidiary="west"))
    desk.queued("W-1", subsidiary="west", documents=())
    assert codes(desk, "west/W-1") == {"W-1": ["other_subsidiary"]}
    with desk.store.transaction("acme") as tx:
        from factoring_core.domain.vocabulary.load import Standing

        tx.remove(Standing, "west", "W-1")
    assert codes(desk, "W-1") == {"W-1": ["other_subsidiary"]}


def test_without_connections_nothing_is_active() -> None:
    desk = Desk(connection("west-c", subsidiary="west"))
    desk.queued("L-1")
    assert codes(desk) == {"L-1": ["no_active_connection"]}


def test_a_deactivated_connection_with_batches_is_draining() -> None:
    desk = Desk()
    desk.queued("L-1")
    activate(desk, ("east-winfactor", False))
    assert codes(desk) == {"L-1": ["no_active_connection"]}
    activate(desk, ("east-winfactor", True))
    submit(desk.ports, "east")
    activate(desk, ("east-winfactor", False))
    desk.queued("L-2")
    assert codes(desk) == {"L-2": ["no_active_connection", "connection_draining"]}


def test_two_active_connections_are_a_mistake_of_the_set_up() -> None:
    desk = Desk(connection(), connection("east-other"))
    with pytest.raises(ConfigurationError, match="two active connections"):
        preflight(desk.ports, "east")


def test_a_provider_nobody_knows_is_a_mistake_of_the_set_up() -> None:
    desk = Desk(connection(provider="nobody"))
    with pytest.raises(ConfigurationError, match="no provider nobody"), desk.store.reading("acme") as tx:
        account_of(tx, desk.ports, "east")


def test_the_notice_in_force_is_the_one_of_the_subsidiarys_day() -> None:
    desk = Desk(
        connection(notices=(evolve(NOTICE, from_on=dt.date(2026, 3, 3)),)),
        subsidiaries=[evolve(EAST, time_zone="America/Chicago")],
    )
    desk.queued("L-1")
    desk.clock.set(dt.datetime(2026, 3, 3, 5, 59, tzinfo=dt.UTC))
    assert codes(desk) == {"L-1": ["missing_noa"]}
    desk.clock.set(dt.datetime(2026, 3, 3, 6, 0, tzinfo=dt.UTC))
    assert codes(desk) == {}
    assert local_day(desk.clock.now(), EAST) == dt.date(2026, 3, 3)


def test_progress_is_told() -> None:
    desk = Desk()
    desk.queued("L-1")
    preflight(desk.ports, "east")
    assert desk.progress == [("documents", 0, 1), ("documents", 1, 1)]


def test_one_may_look_without_billing_but_not_beyond_ones_subsidiaries() -> None:
    desk = Desk(actor=evolve(READER, subsidiaries=frozenset({"east"})))
    assert preflight(desk.ports, "east").refused == ()
    with pytest.raises(AccessError):
        preflight(desk.ports, "west")
    with pytest.raises(NotFoundError):
        preflight(evolve(desk.ports, actor=READER), "north")


# Names


def two_alike(actor: Actor = BILLING) -> Desk:
    desk = Desk(connection(), connection("west-c", subsidiary="west"), actor=actor)
    desk.queued("L-1")
    desk.queued("L-1", subsidiary="west")
    return desk


def test_a_bare_number_that_two_subsidiaries_have_is_ambiguous() -> None:
    desk = two_alike()
    with desk.store.reading("acme") as tx:
        with pytest.raises(AmbiguousNameError) as caught:
            find_load(tx, desk.ports, "L-1")
        assert caught.value.where["candidates"] == ["east/L-1", "west/L-1"]
        assert find_load(tx, desk.ports, "west/L-1").subsidiary == "west"
        assert find_load(tx, desk.ports, "L-1", "west").subsidiary == "west"
        assert len(find_loads(tx, desk.ports, ["east/L-1", "west/L-1", "east/L-1"])) == 2


def test_what_the_actor_may_not_see_is_not_there() -> None:
    desk = two_alike(evolve(BILLING, subsidiaries=frozenset({"east"})))
    with desk.store.reading("acme") as tx:
        assert find_load(tx, desk.ports, "L-1").subsidiary == "east"
        for name in ("west/L-1", "L-9"):
            with pytest.raises(NotFoundError):
                find_load(tx, desk.ports, name)
        with pytest.raises(NotFoundError):
            find_load(tx, desk.ports, "L-9", "west")


def test_a_number_may_hold_a_slash() -> None:
    desk = Desk()
    desk.queued("east/7")
    with desk.store.reading("acme") as tx:
        assert find_load(tx, desk.ports, "east/7").number == "east/7"
        assert find_load(tx, desk.ports, "east/east/7").number == "east/7"


def test_a_batch_goes_by_id_by_full_name_and_by_bare_number() -> None:
    desk = Desk(connection(), connection("west-c", subsidiary="west"))
    desk.queued("L-1")
    desk.queued("W-1", subsidiary="west")
    (east,) = submit(desk.ports, "east").batches
    desk.folder.take("INV-W-1.pdf")
    (west,) = submit(desk.ports, "west").batches
    with desk.store.reading("acme") as tx:
        assert find_batch(tx, desk.ports, east.id).id == east.id
        assert find_batch(tx, desk.ports, "west-c/1").id == west.id
        with pytest.raises(AmbiguousNameError) as caught:
            find_batch(tx, desk.ports, "1")
        assert caught.value.where["candidates"] == ["east-winfactor/1", "west-c/1"]
        with pytest.raises(NotFoundError):
            find_batch(tx, desk.ports, "2")
        narrow = desk.acting(evolve(BILLING, subsidiaries=frozenset({"west"})))
        assert find_batch(tx, narrow, "1").id == west.id
