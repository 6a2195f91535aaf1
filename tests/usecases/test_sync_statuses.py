"""Asking a factor's system what became of invoices: the answer is evidence like any report's."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import AccessError, NotAvailableError, NotFoundError, UnreachableError
from factoring_core.testing.simulated_api import ApiFault, SimulatedApi, SimulatedSystem
from factoring_core.testing.simulated_api import KilledError as ApiKilledError
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.sync_statuses import sync_statuses
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.selling.take_back import return_loads
from faults_inbound.breaking import BreakingStore, KilledError
from usecases.bringing import everything, seen
from usecases.desk import READER, Desk, connection
from usecases.test_offer_invoices import api_desk, statuses

THIRD = dt.date(2026, 3, 3)
FIFTH = dt.date(2026, 3, 5)


def told(**says: tuple[str, dt.date | None]) -> tuple[Desk, SimulatedSystem]:
    """Return a desk whose two invoices were taken, and the system with its words for them."""
    system = SimulatedSystem()
    desk = api_desk(system)
    submit(desk.ports, "east")
    system.says = {f"INV-L-{name[1:]}": said for name, said in says.items()}
    return desk, system


def test_only_the_code_for_a_purchase_finances() -> None:
    desk, _system = told(n1=("3", THIRD), n2=("2", THIRD))
    result = sync_statuses(desk.ports, "east-otr")
    assert statuses(desk) == ["financed", "invoiced"]
    assert [(one.word, one.disposition, one.new) for one in result.said] == [
        ("Approved", "purchased", True),
        ("Advance Issued", None, True),
    ]
    assert result.report is not None
    assert result.report.layout == "otr/statuses/v1"
    assert (result.report.rows.matched, result.report.rows.information) == (1, 1)


@pytest.mark.parametrize("code", ["1", "2", "4", "5", "6", "7", "8", "9", "99", "Paid", "Something New", ""])
def test_no_other_word_finances(code: str) -> None:
    desk, _ = told(n1=(code, THIRD))
    sync_statuses(desk.ports, "east-otr")
    assert statuses(desk)[0] == "invoiced"


def test_a_word_nobody_knows_is_shown_as_it_came() -> None:
    desk, _ = told(n1=("Under The Moon", THIRD))
    first = sync_statuses(desk.ports, "east-otr")
    assert (first.said[0].said, first.said[0].word, first.said[0].disposition) == (
        "Under The Moon",
        None,
        None,
    )
    assert first.report is not None
    assert any("under the moon" in warning for warning in first.report.warnings)
    assert sync_statuses(desk.ports, "east-otr").report is None


def test_the_same_answer_again_changes_nothing() -> None:
    desk, _ = told(n1=("3", THIRD), n2=("8", THIRD))
    sync_statuses(desk.ports, "east-otr")
    before = (*seen(desk), desk.audited())
    again = sync_statuses(desk.ports, "east-otr")
    assert (*seen(desk), desk.audited()) == before
    assert again.report is None
    assert [one.new for one in again.said] == [False, False]


def test_the_answer_is_kept_with_its_bytes_and_can_be_undone() -> None:
    desk, _ = told(n1=("3", THIRD), n2=("4", THIRD))
    before = seen(desk)
    result = sync_statuses(desk.ports, "east-otr")
    assert result.report is not None
    assert result.report.report_id is not None
    with desk.store.reading("acme") as tx:
        (report,) = tx.find(Report, id=result.report.report_id)
    kept = json.loads(desk.blobs.get(report.raw_sha256))
    assert [(one["invoice_number"], one["status"], one["changed_on"]) for one in kept] == [
        ("INV-L-1", "3", "2026-03-03"),
        ("INV-L-2", "4", "2026-03-03"),
    ]
    undo_report(desk.ports, result.report.report_id, reason="asked the wrong factor")
    assert seen(desk) == before
    # What still is so is evidence again when it is asked for again.
    sync_statuses(desk.ports, "east-otr")
    assert statuses(desk) == ["financed", "invoiced"]


def test_only_what_is_new_makes_rows() -> None:
    desk, system = told(n1=("1", THIRD), n2=("1", THIRD))
    sync_statuses(desk.ports, "east-otr")
    system.says["INV-L-2"] = ("3", FIFTH)
    second = sync_statuses(desk.ports, "east-otr")
    assert second.report is not None
    assert (second.report.rows.read, second.report.rows.matched) == (1, 1)
    assert statuses(desk) == ["invoiced", "financed"]


def test_a_modification_without_another_word_is_no_second_purchase() -> None:
    desk, system = told(n1=("3", THIRD))
    sync_statuses(desk.ports, "east-otr")
    system.says["INV-L-1"] = ("3", FIFTH)
    assert sync_statuses(desk.ports, "east-otr").report is None
    with desk.store.reading("acme") as tx:
        bought = [one for one in tx.find(Evidence) if one.type == "purchase"]
    assert [one.on for one in bought] == [THIRD]


def test_a_word_without_a_day_is_of_the_day_it_was_heard() -> None:
    desk, _ = told(n1=("3", None))
    sync_statuses(desk.ports, "east-otr")
    with desk.store.reading("acme") as tx:
        assert {one.on for one in tx.find(Evidence)} == {dt.date(2026, 3, 2)}


def test_a_purchase_report_beside_it_counts_once() -> None:
    desk, _ = told(n1=("3", THIRD))
    sync_statuses(desk.ports, "east-otr")
    result = desk.bought("INV-L-1,1000.00")
    assert statuses(desk)[0] == "financed"
    assert [one.item.type.value for one in result.exceptions] == []


def test_a_schedule_number_that_is_born_later_names_the_sale() -> None:
    desk, system = told()
    system.schedules = {"INV-L-1": "S-77"}
    result = sync_statuses(desk.ports, "east-otr")
    assert {one.load: one.schedule_number for one in desk.sales()} == {"L-1": "S-77", "L-2": None}
    assert result.said[0].schedule_number == "S-77"
    assert "note_schedules" in desk.audited()
    before = desk.audited()
    sync_statuses(desk.ports, "east-otr")
    assert desk.audited() == before


def test_what_is_completed_or_taken_back_is_not_asked_about() -> None:
    desk, system = told(n1=("8", THIRD))
    sync_statuses(desk.ports, "east-otr")
    return_loads(desk.ports, ["L-1"], reason="held")
    system.asked.clear()
    result = sync_statuses(desk.ports, "east-otr")
    assert (result.asked, [one.load for one in result.said]) == (1, ["L-2"])


def test_a_hold_of_an_earlier_sale_is_no_hold_of_the_next() -> None:
    desk, system = told(n1=("8", THIRD))
    sync_statuses(desk.ports, "east-otr")
    return_loads(desk.ports, ["L-1"], reason="held")
    submit(desk.ports, "east", ["L-1"])
    sync_statuses(desk.ports, "east-otr")
    with desk.store.reading("acme") as tx:
        assert len([one for one in tx.find(Evidence) if one.word == "held"]) == 1
    system.says["INV-L-1"] = ("8", FIFTH)
    assert sync_statuses(desk.ports, "east-otr").report is not None
    assert statuses(desk)[0] == "invoiced"


def test_nothing_open_asks_nobody() -> None:
    system = SimulatedSystem()
    desk = api_desk(system)
    assert sync_statuses(desk.ports, "east-otr").asked == 0
    assert system.asked == []


def test_loads_of_which_nothing_is_said_are_named() -> None:
    desk, system = told(n1=("3", THIRD))
    del system.held["2"]
    result = sync_statuses(desk.ports, "east-otr")
    assert result.silent == ("L-2",)


def test_no_answer_changes_nothing() -> None:
    desk, system = told(n1=("3", THIRD))
    before = everything(desk)
    system.plan = lambda question, _: ApiFault.UNREACHABLE if question == "statuses" else None
    with pytest.raises(UnreachableError):
        sync_statuses(desk.ports, "east-otr")
    assert everything(desk) == before


def test_an_unfinished_batch_that_the_system_knows_is_shown_as_delivered() -> None:
    system = SimulatedSystem(plan=lambda _, before: ApiFault.KILLED_BEFORE if before == 2 else None)
    desk = api_desk(system)
    with pytest.raises(ApiKilledError):
        submit(desk.ports, "east")
    system.plan = lambda *_: None
    system.says = {"INV-L-1": ("3", THIRD)}
    sync_statuses(desk.killed(), "east-otr")
    assert desk.status("L-1") == "financed"


def test_a_kill_anywhere_leaves_all_or_nothing() -> None:
    desk, _ = told(n1=("3", THIRD), n2=("8", THIRD))
    at = 0
    while True:
        at += 1
        ports = evolve(desk.ports, store=BreakingStore(desk.store, at))
        before = everything(desk)
        try:
            sync_statuses(ports, "east-otr")
        except KilledError:
            assert everything(desk) == before
            continue
        break
    assert at > 10
    assert statuses(desk) == ["financed", "invoiced"]


def test_a_connection_without_a_system_says_so() -> None:
    with pytest.raises(NotAvailableError) as caught:
        sync_statuses(Desk(connection()).ports, "east-winfactor")
    assert "report fetch" in caught.value.remedy


def test_a_connection_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        sync_statuses(Desk().ports, "nowhere")


def test_a_reader_may_not_ask() -> None:
    desk = Desk(connection("east-otr", provider="otr", protocol=Protocol.API))
    with pytest.raises(AccessError):
        sync_statuses(desk.acting(READER), "east-otr")


def test_two_that_ask_at_once_take_it_in_once() -> None:
    """The second takes in what it heard before the first one had written it."""
    desk, system = told(n1=("3", THIRD))

    class Slow(SimulatedApi):
        def statuses(self, external_ids):  # type: ignore[no-untyped-def]
            heard = super().statuses(external_ids)
            if not meanwhile:
                meanwhile.append(sync_statuses(desk.ports, "east-otr"))
            return heard

    meanwhile: list[object] = []
    result = sync_statuses(evolve(desk.ports, api=lambda _: Slow(system)), "east-otr")
    assert result.report is None
    assert len(meanwhile) == 1


def test_a_word_that_came_and_went_and_came_again_in_a_day_is_known() -> None:
    """Without days of its own, the first such answer and the last are the same report."""
    desk, system = told(n1=("1", None), n2=("1", None))
    outcomes = []
    for code in ("1", "8", "1", "8"):
        system.says["INV-L-1"] = (code, None)
        report = sync_statuses(desk.ports, "east-otr").report
        assert report is not None
        outcomes.append(report.outcome.value)
    assert outcomes == ["applied", "applied", "applied", "already_applied"]
    assert desk.status("L-1") == "invoiced"
