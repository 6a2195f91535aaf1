"""Offering batches to a factor's system: never an invoice twice, and none invoiced without it."""

import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from attrs import evolve

from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.selling.lease import LEASE_MS
from factoring_core.domain.selling.offering import Memory
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import (
    DeliveryInDoubtError,
    NotAvailableError,
    RefusedLoadsError,
    RemoteRefusedError,
    StateError,
    StoreCorruptError,
    UnreachableError,
)
from factoring_core.ports.factor_api import Declined, FactorApi
from factoring_core.ports.storage import OfferedInvoice
from factoring_core.testing.simulated_api import ApiFault, KilledError, SimulatedApi, SimulatedSystem
from factoring_core.usecases.delivering.batch_acts import settle, show_batch
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.holding import Hold
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import SubmitResult
from usecases.desk import Desk, connection

F = ApiFault
NOT_APPROVED = Declined(code="credit_declined", message="The customer is not approved.")


def api_desk(system: SimulatedSystem, loads: int = 2) -> Desk:
    """Return a desk with queued loads, whose one connection is a factor's system."""
    otr = connection("east-otr", provider="otr", protocol=Protocol.API)
    desk = Desk(otr, api=lambda _: SimulatedApi(system))
    for at in range(1, loads + 1):
        desk.queued(
            f"L-{at}",
            po_number=f"PO-{at}",
            origin_city="Austin",
            origin_state="TX",
            destination_city="Tulsa",
            destination_state="OK",
        )
    return desk


def failing(*at: int, fault: ApiFault) -> Callable[[str, int], ApiFault | None]:
    return lambda question, before: fault if before in at else None


def statuses(desk: Desk) -> list[str]:
    return [desk.status("L-1"), desk.status("L-2")]


def test_every_invoice_is_taken_once_with_its_packet() -> None:
    system = SimulatedSystem(schedule="S-9")
    desk = api_desk(system)
    result = submit(desk.ports, "east")
    (batch,) = result.batches
    assert (batch.state, result.error, result.refused) == (BatchState.DELIVERED, None, ())
    assert batch.delivery is not None
    assert batch.delivery.evidence == "accepted"
    assert system.created == {"INV-L-1": 1, "INV-L-2": 1}
    assert sorted(system.papers.values()) == [["INV-L-1.pdf"], ["INV-L-2.pdf"]]
    assert statuses(desk) == ["invoiced", "invoiced"]
    offered = system.held["1"]
    assert (offered.cells["FromCity"], offered.cells["ClientDOT"]) == ("Austin", "7654321")
    assert len(offered.reference) == 36


def test_what_the_factor_declines_goes_back_to_the_queue_with_its_reason() -> None:
    system = SimulatedSystem(declines={"INV-L-2": NOT_APPROVED})
    desk = api_desk(system)
    result = submit(desk.ports, "east")
    (refusal,) = result.refused
    assert (refusal.load, refusal.reasons[0].code) == ("L-2", "credit_declined")
    assert result.error is None
    assert statuses(desk) == ["invoiced", "queued"]
    # The totals add up: what was sealed is what was taken and what was declined.
    (batch,) = result.batches
    assert set(batch.loads) == {"L-1", "L-2"}

    system.declines.clear()
    again = submit(desk.ports, "east")
    assert [one.loads for one in again.batches] == [("L-2",)]
    assert statuses(desk) == ["invoiced", "invoiced"]


def test_a_batch_of_which_nothing_was_taken_is_refused() -> None:
    system = SimulatedSystem(declines={"INV-L-1": NOT_APPROVED, "INV-L-2": NOT_APPROVED})
    desk = api_desk(system)
    result = submit(desk.ports, "east")
    assert isinstance(result.error, RefusedLoadsError)
    assert statuses(desk) == ["queued", "queued"]


SYSTEMS = {
    "remembers": lambda: SimulatedSystem(memory=Memory.FOREVER, looks=False),
    "remembers and can be asked": lambda: SimulatedSystem(memory=Memory.FOREVER, looks=True),
    "can be asked": lambda: SimulatedSystem(memory=Memory.NONE, looks=True),
    "forgets": lambda: SimulatedSystem(memory=Memory.NONE, looks=False),
}
WORST = 10
"""More questions than a batch of two invoices takes."""


def carry_on(desk: Desk, act: Callable[[Ports], SubmitResult]) -> SubmitResult | None:
    """Let a worker act, who may be killed; the next one knows that it is gone, and time passes."""
    try:
        return act(desk.ports)
    except KilledError:
        desk.killed()
        desk.timer.sleep(LEASE_MS / 1000 + 1000)
        return None


def settle_down(desk: Desk) -> None:
    carry_on(desk, lambda ports: submit(ports, "east"))
    for _ in range(6):
        carry_on(desk, resume)


def assert_exactly_once(desk: Desk, system: SimulatedSystem) -> None:
    """Assert the laws: nothing twice, nothing invoiced without it, nothing left to do but doubt."""
    assert all(count == 1 for count in system.created.values())
    (batch,) = [show_batch(desk.ports, "1")]
    if batch.state is BatchState.IN_DOUBT:
        assert system.memory is Memory.NONE
        assert not system.looks
        assert statuses(desk) == ["queued", "queued"]
        return
    assert batch.state is BatchState.DELIVERED
    assert set(system.created) == {"INV-L-1", "INV-L-2"}
    assert statuses(desk) == ["invoiced", "invoiced"]
    assert len(system.papers) == 2


@pytest.mark.parametrize("fault", list(ApiFault))
@pytest.mark.parametrize("kind", SYSTEMS)
def test_o37_any_fault_at_any_question(kind: str, fault: ApiFault) -> None:
    for at in range(WORST):
        system = SYSTEMS[kind]()
        system.plan = failing(at, fault=fault)
        desk = api_desk(system)
        settle_down(desk)
        assert_exactly_once(desk, system)


@pytest.mark.parametrize(
    "kind",
    [
        "remembers",
        "can be asked",
        pytest.param("remembers and can be asked", marks=pytest.mark.slow),
        pytest.param("forgets", marks=pytest.mark.slow),
    ],
)
def test_o37_any_two_faults(kind: str) -> None:
    for (first, one), (second, other) in itertools.combinations(
        itertools.product(range(4), (F.LOST_REPLY, F.LOST_REQUEST, F.KILLED_AFTER, F.KILLED_BEFORE)), 2
    ):
        if first == second:
            continue
        system = SYSTEMS[kind]()
        plan = {first: one, second: other}
        system.plan = lambda question, before, plan=plan: plan.get(before)  # type: ignore[misc]
        desk = api_desk(system)
        settle_down(desk)
        assert_exactly_once(desk, system)


def test_o38_a_part_is_accepted_whatever_breaks() -> None:
    for at, fault in itertools.product(range(WORST), ApiFault):
        system = SimulatedSystem(declines={"INV-L-1": NOT_APPROVED}, plan=failing(at, fault=fault))
        desk = api_desk(system)
        settle_down(desk)
        assert statuses(desk) == ["queued", "invoiced"], (at, fault)
        assert system.created == {"INV-L-2": 1}


def test_a_system_that_forgets_and_cannot_be_asked_leaves_a_doubt() -> None:
    system = SimulatedSystem(memory=Memory.NONE, plan=failing(0, fault=F.LOST_REPLY))
    desk = api_desk(system)
    result = submit(desk.ports, "east")
    assert isinstance(result.error, DeliveryInDoubtError)
    assert result.error.where["loads"] == ["L-1"]
    assert result.batches[0].state is BatchState.IN_DOUBT
    # The other invoice was offered all the same.
    assert system.created == {"INV-L-1": 1, "INV-L-2": 1}

    with pytest.raises(StateError, match="L-2"):
        settle(desk.ports, "1", delivered=False, reason="asked the factor")
    settled = settle(desk.ports, "1", delivered=True, reason="asked the factor")
    assert settled.batches[0].state is BatchState.DELIVERED
    assert statuses(desk) == ["invoiced", "invoiced"]


def test_settling_a_doubt_sends_what_was_declined_back_to_the_queue() -> None:
    system = SimulatedSystem(
        memory=Memory.NONE,
        declines={"INV-L-2": NOT_APPROVED},
        plan=failing(0, fault=F.LOST_REPLY),
    )
    desk = api_desk(system)
    submit(desk.ports, "east")
    settle(desk.ports, "1", delivered=True, reason="asked the factor")
    assert statuses(desk) == ["invoiced", "queued"]


def test_a_doubt_settled_as_not_delivered_is_offered_anew() -> None:
    system = SimulatedSystem(
        memory=Memory.NONE, plan=lambda question, before: F.LOST_REQUEST if question == "offer" else None
    )
    desk = api_desk(system)
    assert isinstance(submit(desk.ports, "east").error, DeliveryInDoubtError)
    settle(desk.ports, "1", delivered=False, reason="asked the factor")
    with desk.store.reading("acme") as tx:
        assert not tx.find(OfferedInvoice)
    system.plan = failing(fault=F.BUSY)
    resume(desk.ports)
    assert statuses(desk) == ["invoiced", "invoiced"]
    assert system.created == {"INV-L-1": 1, "INV-L-2": 1}


def test_what_was_never_offered_cannot_be_settled_as_delivered() -> None:
    system = SimulatedSystem(plan=failing(0, fault=F.UNREACHABLE))
    desk = api_desk(system)
    assert isinstance(submit(desk.ports, "east").error, UnreachableError)
    with pytest.raises(StateError, match="not been offered"):
        settle(desk.ports, "1", delivered=True, reason="they said so")


def test_come_back_later_leaves_the_rest_for_resume() -> None:
    system = SimulatedSystem(plan=failing(2, fault=F.BUSY))
    desk = api_desk(system)
    result = submit(desk.ports, "east")
    assert isinstance(result.error, RemoteRefusedError)
    assert result.error.exit_status == 4
    assert result.batches[0].state is BatchState.SENDING
    assert statuses(desk) == ["queued", "queued"]
    resume(desk.ports)
    assert statuses(desk) == ["invoiced", "invoiced"]


def test_a_sleeper_that_asked_keeps_others_from_a_system_that_forgets() -> None:
    system = SimulatedSystem(memory=Memory.NONE, looks=True, plan=failing(0, fault=F.KILLED_BEFORE))
    desk = api_desk(system)
    with pytest.raises(KilledError):
        submit(desk.ports, "east")
    desk.killed()
    waiting = resume(desk.ports)
    # What the first worker asked may still arrive: nothing is offered before that is over.
    assert system.created == {}
    assert waiting.batches[0].state is BatchState.SENDING
    desk.timer.sleep(LEASE_MS / 1000 + 1000)
    resume(desk.ports)
    assert system.created == {"INV-L-1": 1, "INV-L-2": 1}


def test_an_answer_that_never_comes_is_left_for_later() -> None:
    system = SimulatedSystem(plan=lambda question, before: F.LOST_REQUEST if question == "offer" else None)
    desk = api_desk(system)
    result = submit(desk.ports, "east")
    assert isinstance(result.error, UnreachableError)
    assert result.batches[0].state is BatchState.SENDING


def test_a_factor_whose_way_of_speaking_is_not_public_is_refused_before_anything_is_sealed() -> None:
    apex = connection("east-apex", provider="apex", protocol=Protocol.API)
    desk = Desk(apex)
    desk.queued("L-1")
    with pytest.raises(NotAvailableError):
        submit(desk.ports, "east")
    assert desk.status("L-1") == "queued"


def test_a_packet_that_is_refused_for_good_keeps_nothing_from_being_sold() -> None:
    """A regression: the batch was tried again for ever, and its loads never left the queue."""
    system = SimulatedSystem(refuses_papers=True)
    desk = api_desk(system)
    result = submit(desk.ports, "east")
    assert result.error is None
    assert statuses(desk) == ["invoiced", "invoiced"]
    assert {one.load: one.reasons[0].code for one in result.warnings} == {
        "L-1": "too_large",
        "L-2": "too_large",
    }
    assert system.created == {"INV-L-1": 1, "INV-L-2": 1}


def test_another_invoice_of_the_number_is_no_acceptance() -> None:
    """A regression: whatever the factor held under the number counted as this invoice."""
    system = SimulatedSystem()
    submit(api_desk(system).ports, "east")
    other = SimulatedSystem(held=system.held)
    other.held["1"] = evolve(other.held["1"], cells={**other.held["1"].cells, "InvoiceAmount": "900.00"})
    desk = api_desk(other)
    (refusal,) = submit(desk.ports, "east").refused
    assert (refusal.load, refusal.reasons[0].code) == ("L-1", "duplicate")
    assert "900.00" in refusal.reasons[0].message
    assert statuses(desk) == ["queued", "invoiced"]


def test_what_it_holds_under_the_number_and_says_nothing_of_is_adopted() -> None:
    system = SimulatedSystem()
    submit(api_desk(system).ports, "east")
    del system.held["2"].cells["InvoiceAmount"]  # type: ignore[attr-defined]
    desk = api_desk(SimulatedSystem(held=system.held))
    submit(desk.ports, "east")
    assert statuses(desk) == ["invoiced", "invoiced"]


def test_a_system_that_asks_for_time_is_left_alone_that_long() -> None:
    """A regression: `resume` asked again at once, whatever Retry-After had said."""
    system = SimulatedSystem(plan=failing(0, fault=F.BUSY), retry_after=600)
    desk = api_desk(system)
    result = submit(desk.ports, "east")
    assert isinstance(result.error, RemoteRefusedError)
    (batch,) = result.batches
    assert batch.not_before == desk.clock.now() + dt.timedelta(minutes=10)
    waiting = resume(desk.ports)
    assert (waiting.error, len(system.asked)) == (None, 1)
    desk.clock.advance(dt.timedelta(minutes=10))
    resume(desk.ports)
    assert statuses(desk) == ["invoiced", "invoiced"]


def test_a_clock_that_was_set_back_makes_no_hour_a_year() -> None:
    system = SimulatedSystem(plan=failing(0, fault=F.BUSY), retry_after=600)
    desk = api_desk(system)
    submit(desk.ports, "east")
    desk.clock.advance(-dt.timedelta(days=300))
    resume(desk.ports)
    assert statuses(desk) == ["invoiced", "invoiced"]


def test_what_was_declined_is_told_by_resume_too() -> None:
    """A regression: only `submit` told it."""
    system = SimulatedSystem(declines={"INV-L-2": NOT_APPROVED}, plan=failing(0, fault=F.UNREACHABLE))
    desk = api_desk(system)
    submit(desk.ports, "east")
    assert [one.load for one in resume(desk.ports).refused] == ["L-2"]


def test_progress_is_told() -> None:
    desk = api_desk(SimulatedSystem())
    told: list[tuple[str, int, int]] = []
    submit(evolve(desk.ports, progress=lambda *what: told.append(what)), "east")
    assert ("offering", 2, 2) in told


def test_an_attempt_notices_that_a_person_has_settled_its_batch() -> None:
    def plan(question: str, before: int) -> ApiFault | None:
        if question == "attach":
            settle(desk.ports, "1", delivered=True, reason="the factor says so")
        return None

    system = SimulatedSystem(plan=plan)
    desk = api_desk(system, loads=1)
    result = submit(desk.ports, "east")
    (batch,) = result.batches
    assert (batch.state, result.error) == (BatchState.DELIVERED, None)
    assert batch.delivery is not None
    assert batch.delivery.evidence == "settled"


def test_what_took_too_long_to_write_down_is_not_asked_before_it_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = iter([False])
    monkeypatch.setattr(Hold, "may_publish", lambda self: next(slow, True))
    system = SimulatedSystem(looks=True)
    desk = api_desk(system, loads=1)
    submit(desk.ports, "east")
    assert system.asked == ["find", "offer", "attach"]
    assert desk.status("L-1") == "invoiced"


def test_a_sealed_list_without_one_of_its_invoices_is_damage() -> None:
    class Damaged(MemoryBlobs):
        def get(self, sha256: str) -> bytes:
            content = desk.blobs.get(sha256)
            return content.partition(b"\r\n")[0] + b"\r\n" if content.startswith(b"InvoiceNo,") else content

    desk = api_desk(SimulatedSystem(), loads=1)
    sealed = submit(evolve(desk.ports, joined=True), "east")
    assert sealed.batches[0].state is BatchState.SEALED
    with pytest.raises(StoreCorruptError, match="INV-L-1"):
        resume(evolve(desk.ports, blobs=Damaged()))


def opening(desk: Desk, act: Callable[[int], None]) -> list[int]:
    """Have something happen whenever the way into the factor's system is opened; count the times."""
    times: list[int] = []
    way = desk.ports.api

    def opened(one: Connection) -> FactorApi:
        times.append(len(times) + 1)
        act(times[-1])
        return way(one)

    desk.ports = evolve(desk.ports, api=opened)
    return times


def test_a_batch_that_was_never_offered_is_cancelled_and_one_that_was_is_not() -> None:
    desk = api_desk(SimulatedSystem())

    def down(time: int) -> None:
        if time == 3:  # once before sealing, once before the lease, and then to be spoken to
            raise UnreachableError("The factor's system cannot be reached.")

    opening(desk, down)
    assert submit(desk.ports, "east").batches[0].state is BatchState.SEALED
    assert cancel(desk.ports, "1", reason="too slow").batches[0].state is BatchState.CANCELLED

    desk.ports = evolve(
        desk.ports, api=lambda _: SimulatedApi(SimulatedSystem(plan=failing(0, fault=F.BUSY)))
    )
    assert submit(desk.ports, "east").batches[0].state is BatchState.SENDING
    with pytest.raises(StateError, match="may have left"):
        cancel(desk.ports, "2", reason="too slow")


def test_a_batch_that_changed_at_the_last_moment_is_left_for_the_next_attempt() -> None:
    system = SimulatedSystem()
    desk = api_desk(system)

    def touch(time: int) -> None:
        if time == 3:
            (batch,) = desk.batches()
            with desk.store.transaction("acme") as tx:
                tx.put(evolve(batch, schedule_number="S-1"))

    opening(desk, touch)
    assert submit(desk.ports, "east").batches[0].state is BatchState.SEALED
    assert system.asked == []
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
