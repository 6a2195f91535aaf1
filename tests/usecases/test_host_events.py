"""A host hears of everything, in order, at least once, under ids that stay the same."""

from __future__ import annotations

from typing import Any

import pytest

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.host_events import HostEvent
from factoring_core.domain.vocabulary.parties import InvoicedOn
from factoring_core.errors import UsageError
from factoring_core.usecases import host_events
from factoring_core.usecases.delivering.batch_acts import confirm, settle
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.host_events import events, relay
from factoring_core.usecases.reconciling.undo_report import undo_report
from usecases.bringing import bring, payment, purchase, report, row
from usecases.desk import Desk, manual

WES = Actor(name="wes", billing=True, subsidiaries=frozenset({"west"}))


def sold(*numbers: str) -> Desk:
    desk = Desk(manual("east-winfactor", provider="winfactor"))
    for number in numbers or ("L-1",):
        desk.queued(number)
    result = submit(desk.ports, "east")
    confirm(desk.ports, result.batches[0].id)
    return desk


def types(found: Any) -> list[tuple[str, str]]:
    return [(one.type, one.subject) for one in found]


def test_a_batch_and_its_loads_are_told_of_in_order() -> None:
    desk = sold("L-1", "L-2")
    found = events(desk.ports)

    batch = next(one for one in found if one.type == "batch_delivered")
    assert ("load_invoiced", "L-1") in types(found)
    assert len({one.id for one in found}) == len(found)
    assert batch.subsidiary == "east"
    assert found == events(desk.ports), "asked again, it is the same"


def test_a_report_and_what_it_moved_and_raised_and_its_undoing() -> None:
    desk = sold("L-1")
    seen = events(desk.ports)[-1].position
    applied = report(desk.ports, purchase())
    news = types(events(desk.ports, seen))

    assert ("load_financed", "L-1") in news
    assert ("report_applied", applied.report_id) in news

    seen = events(desk.ports)[-1].position
    undo_report(desk.ports, applied.report_id, reason="wrong file")
    news = types(events(desk.ports, seen))
    assert ("report_undone", applied.report_id) in news
    assert ("load_invoiced", "L-1") in news


def test_an_exception_is_told_of_when_it_is_raised_and_not_again_while_it_is_open() -> None:
    desk = sold("L-1")
    report(desk.ports, payment(**{"Invoice Number": "NOBODY"}))
    raised = [one for one in events(desk.ports) if one.type == "exception_raised"]
    unknown = [one for one in raised if one.data["type"] == "unknown_invoice"]
    assert [one.data["amount_at_risk"] for one in unknown] == ["1000.00"]

    desk.queued("L-9")
    assert raised == [one for one in events(desk.ports) if one.type == "exception_raised"]


def test_pages_of_any_size_say_the_same() -> None:
    desk = sold("L-1", "L-2", "L-3")
    report(desk.ports, payment(**{"Invoice Number": "NOBODY"}))
    whole = events(desk.ports)
    assert len(whole) > 8

    for limit in (1, 2, 3, 5):
        found: list[HostEvent] = []
        while page := events(desk.ports, found[-1].position if found else "", limit=limit):
            assert len(page) <= limit
            found += page
        assert tuple(found) == whole


@pytest.mark.parametrize("position", ["x", "1", "1.", ".1", "1.-1", "1.2.3", "²." + "1"])
def test_what_is_no_position_is_wrong_usage(position: str) -> None:
    with pytest.raises(UsageError):
        events(Desk().ports, position)


def test_everybody_hears_of_what_is_theirs() -> None:
    desk = sold("L-1")
    bring(desk.ports, row("L-7", "queued", subsidiary="west"))

    assert {one.subsidiary for one in events(desk.acting(WES))} <= {"west"}
    heard: list[HostEvent] = []
    relay(desk.acting(WES), "wes", heard.append)
    assert {one.subsidiary for one in heard} <= {"west"}
    assert relay(desk.acting(WES), "wes", heard.append) == 0


def test_a_subscriber_is_told_once_if_all_goes_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_events, "AT_ONCE", 3)
    desk = sold("L-1", "L-2")
    heard: list[HostEvent] = []

    assert relay(desk.ports, "tms", heard.append) == len(events(desk.ports))
    assert tuple(heard) == events(desk.ports)
    assert relay(desk.ports, "tms", heard.append) == 0
    report(desk.ports, purchase())
    assert relay(desk.ports, "tms", heard.append) > 0
    assert tuple(heard) == events(desk.ports)
    assert relay(desk.ports, "another", lambda one: None) == len(heard)


def test_a_subscriber_that_fails_is_told_the_same_again() -> None:
    desk = sold("L-1", "L-2")
    whole = events(desk.ports)
    heard: list[str] = []

    def tell(one: HostEvent) -> None:
        if len(heard) in (0, 4) and one.id not in failed:
            failed.add(one.id)
            raise ConnectionError(one.id)
        heard.append(one.id)

    failed: set[str] = set()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            relay(desk.ports, "tms", tell)
    relay(desk.ports, "tms", tell)

    assert heard == [one.id for one in whole]


def test_a_subscriber_can_begin_where_it_wants() -> None:
    desk = sold("L-1")
    whole = events(desk.ports)
    relay(desk.ports, "tms", lambda one: None)
    heard: list[HostEvent] = []

    relay(desk.ports, "tms", heard.append, after=whole[2].position)

    assert tuple(heard) == whole[3:]


def test_a_batch_that_counts_as_delivered_when_it_is_submitted_is_told_of() -> None:
    desk = Desk(manual("east-depot", invoiced_on=InvoicedOn.SUBMIT))
    desk.queued("L-1")
    batch = submit(desk.ports, "east").batches[0]

    assert ("batch_delivered", batch.id) in types(events(desk.ports))


def test_who_may_see_nothing_of_it_is_told_nothing_and_comes_to_the_end() -> None:
    desk = sold("L-1")
    heard: list[HostEvent] = []

    assert relay(desk.acting(WES), "wes", heard.append) == 0
    assert heard == []
    assert relay(desk.ports, "wes", heard.append) == 0, "the place is the subscriber's, not the actor's"


def test_what_came_to_nothing_is_not_told() -> None:
    desk = sold("L-1")
    before = events(desk.ports)
    batch = next(one for one in before if one.type == "batch_delivered")
    settle(desk.ports, batch.subject, delivered=True, reason="it is there")

    assert events(desk.ports) == before
