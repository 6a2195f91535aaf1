"""Credit checks: asked when an invoice is generated or a person wants to know, kept, and judged by age."""

import datetime as dt

import pytest
from attrs import evolve

from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.parties import Customer, Protocol
from factoring_core.errors import (
    AccessError,
    CredentialError,
    NotAvailableError,
    NotFoundError,
    StateError,
    UnreachableError,
)
from factoring_core.ports.factor_api import Debtor
from factoring_core.testing.simulated_api import SimulatedApi, SimulatedSystem
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from factoring_core.usecases.selling.check_credit import check_credit, check_credit_of_load, credit_history
from factoring_core.usecases.selling.invoices import generate_invoices
from factoring_core.usecases.selling.preflight import preflight
from usecases.desk import BLUE, READER, Desk, connection, manual

V = CreditVerdict


class Asked(SimulatedApi):
    """Notes whom it was asked about, and answers with the time and the limit it is given."""

    def __init__(self, desk_clock: "list[Desk]", limit: int | None = None) -> None:
        super().__init__(SimulatedSystem())
        self.desk, self.limit, self.debtors = desk_clock, limit, list[Debtor]()

    def check_credit(self, debtor: Debtor) -> CreditResult:
        self.debtors.append(debtor)
        verdict = self.system.credit
        return CreditResult(
            verdict=verdict, at=self.desk[0].clock.now(), source="simulated", limit=self.limit
        )


def credit_desk(limit: int | None = None) -> tuple[Desk, Asked]:
    otr = connection("east-otr", provider="otr", protocol=Protocol.API)
    held: list[Desk] = []
    api = Asked(held, limit)
    desk = Desk(otr, api=lambda _: api)
    held.append(desk)
    return desk, api


LANE = {"origin_city": "Austin", "origin_state": "TX", "destination_city": "Tulsa", "destination_state": "OK"}


def released(desk: Desk, number: str) -> None:
    """Keep a load that has no invoice yet."""
    given = {"subsidiary": "east", "customer": "blue", "amount": 1000_00, "documents": desk.papers(number)}
    desk.keep(Load(number=number, **given, **LANE))


def codes(desk: Desk, load: str = "L-1") -> set[str]:
    """Return what preflight says of one load's credit."""
    result = preflight(desk.ports, "east", [load])
    found = {reason.code for one in (*result.refused, *result.warnings) for reason in one.reasons}
    return {code for code in found if "credit" in code or code == "over_debtor_limit"}


def test_an_invoice_that_is_generated_is_checked_by_itself() -> None:
    desk, api = credit_desk()
    released(desk, "L-1")
    generate_invoices(desk.ports, ["L-1"])
    assert [one.mc_number for one in api.debtors] == ["998877"]
    assert codes(desk) == set()
    released(desk, "L-2")
    generate_invoices(desk.ports, ["L-2"])
    assert len(api.debtors) == 1  # the answer is fresh


def test_an_answer_grows_stale_and_is_asked_for_again() -> None:
    desk, api = credit_desk()
    released(desk, "L-1")
    generate_invoices(desk.ports, ["L-1"])
    desk.clock.set(desk.clock.now() + dt.timedelta(hours=24))
    assert codes(desk) == set()
    desk.clock.set(desk.clock.now() + dt.timedelta(seconds=1))
    assert codes(desk) == {"credit_stale"}
    released(desk, "L-2")
    generate_invoices(desk.ports, ["L-2"])
    assert len(api.debtors) == 2
    assert codes(desk) == set()


def test_a_decline_blocks() -> None:
    desk, api = credit_desk()
    api.system.credit = V.DECLINED
    released(desk, "L-1")
    generate_invoices(desk.ports, ["L-1"])
    (refusal,) = submit(desk.ports, "east").refused
    assert "credit_declined" in {reason.code for reason in refusal.reasons}


def test_credit_declined_after_the_sale_was_an_exception_that_nothing_raised() -> None:
    desk, api = credit_desk()
    desk.queued("L-1", **LANE)
    desk.queued("L-2", customer="red", **LANE)
    desk.configured(customers=(BLUE, Customer(id="red", name="Red", mc_number="1")))
    for customer in ("blue", "red"):
        check_credit(desk.ports, "east", customer)
    submit(desk.ports, "east", ["L-1"])
    desk.clock.set(desk.clock.now() + dt.timedelta(days=1))
    api.system.credit = V.DECLINED
    check_credit(desk.ports, "east", "red")  # nothing of theirs is sold
    assert exceptions(desk.ports) == ()
    check_credit(desk.ports, "east", "blue")
    (found,) = exceptions(desk.ports)
    assert (found.item.type, found.item.load, found.item.amount_at_risk) == (
        "credit_declined",
        "L-1",
        1000_00,
    )
    api.system.credit = V.APPROVED
    check_credit(desk.ports, "east", "blue")
    assert exceptions(desk.ports) == ()


def test_on_demand_by_customer_and_by_load_with_history() -> None:
    desk, api = credit_desk()
    desk.queued("L-1", **LANE)
    view = check_credit(desk.ports, "east", "blue")
    assert (view.verdict, view.connection, view.customer_name) == (
        "approved",
        "east-otr",
        "Blue Freight Brokers",
    )
    api.system.credit = V.UNKNOWN
    assert check_credit_of_load(desk.ports, "L-1").verdict == "unknown"
    assert [one.verdict for one in credit_history(desk.ports, "east", "blue")] == ["unknown", "approved"]
    assert codes(desk) == {"credit_unknown"}


def test_a_limit_counts_what_the_factor_carries_already() -> None:
    desk, _ = credit_desk(limit=1500_00)
    desk.queued("L-1", **LANE)
    desk.queued("L-2", **LANE)
    check_credit(desk.ports, "east", "blue")
    assert codes(desk, "L-2") == set()
    submit(desk.ports, "east", ["L-1"])
    assert desk.status("L-1") == "invoiced"
    assert codes(desk, "L-2") == {"over_debtor_limit"}


def test_who_does_not_answer_stops_no_invoice() -> None:
    desk, api = credit_desk()

    def broken(debtor: Debtor) -> CreditResult:
        raise UnreachableError("The line broke.")

    api.check_credit = broken  # type: ignore[method-assign]
    released(desk, "L-1")
    result = generate_invoices(desk.ports, ["L-1"])
    assert [one.status for one in result.changed] == ["queued"]
    assert codes(desk) == {"credit_unknown"}
    with pytest.raises(UnreachableError):
        check_credit(desk.ports, "east", "blue")
    assert credit_history(desk.ports, "east", "blue") == ()


def test_a_refused_credential_is_not_tried_again() -> None:
    desk, api = credit_desk()
    tries: list[Debtor] = []

    def refused(debtor: Debtor) -> CreditResult:
        tries.append(debtor)
        raise CredentialError("It does not let us in.", code="auth_rejected")

    api.check_credit = refused  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(CredentialError):
            check_credit(desk.ports, "east", "blue")
    assert len(tries) == 1


def test_who_cannot_be_asked() -> None:
    desk = Desk(manual())
    released(desk, "L-1")
    with pytest.raises(NotAvailableError):
        check_credit(desk.ports, "east", "blue")
    generate_invoices(desk.ports, ["L-1"])
    with pytest.raises(StateError):
        check_credit(desk.ports, "west", "blue")
    desk, _ = credit_desk()
    for ask in (check_credit, credit_history):
        with pytest.raises(NotFoundError):
            ask(desk.ports, "east", "nobody")
    with pytest.raises(AccessError):
        check_credit(desk.acting(READER), "east", "blue")


def test_a_customer_without_an_mc_number_is_asked_about_by_name() -> None:
    desk, api = credit_desk()
    desk.configured(customers=(evolve(BLUE, mc_number=None), Customer(id="red", name="Red")))
    check_credit(desk.ports, "east", "red")
    assert api.debtors == [Debtor(name="Red")]
