"""The lifecycle: one table, the same as the machine, and a way for every change of facts."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator

import attrs
import pytest
from statemachine.exceptions import TransitionNotAllowed

from factoring_core.domain.vocabulary.lifecycle import (
    Ending,
    Facts,
    LoadStatus,
    Route,
    Transition,
    explain,
    machine,
    markdown_table,
    mermaid,
    next_status,
    status_of,
    steps,
    table,
)
from factoring_core.errors import TransitionError

R, Q, I, F, C = LoadStatus  # noqa: E741 - the five of them, as the trade writes them on a napkin

FLAGS = [field.name for field in attrs.fields(Facts) if field.type is bool]

QUEUED = Facts(has_invoice=True)
SOLD = attrs.evolve(QUEUED, sold=True)
BOUGHT = attrs.evolve(SOLD, purchased=True)
PAID = attrs.evolve(BOUGHT, settled=True)
CHARGED_BACK = attrs.evolve(BOUGHT, fully_charged_back=True, route=Route.DIRECT)
SENT = attrs.evolve(QUEUED, route=Route.DIRECT, direct_sent=True)


def all_facts() -> Iterator[Facts]:
    for route, ended_by, values in itertools.product(
        Route, [None, *Ending], itertools.product([False, True], repeat=len(FLAGS))
    ):
        yield Facts(route=route, ended_by=ended_by, **dict(zip(FLAGS, values, strict=True)))


def lines() -> list[Transition]:
    return [line for some in table().values() for line in some]


def events() -> list[str]:
    return sorted({event for _, event in table()})


def facts_by_guards() -> list[Facts]:
    """One of the facts for every assignment that the guards can have."""
    names = sorted({guard.removeprefix("not ") for line in lines() for guard in line.guards})
    found = {tuple(getattr(facts, name) for name in names): facts for facts in all_facts()}
    return list(found.values())


def test_the_table_has_these_lines_and_no_others() -> None:
    expected = {
        (R, "generate_invoice", Q),
        (Q, "submit", I),
        (I, "unsubmit", Q),
        (I, "finance", F),
        (F, "complete", C),
        (I, "complete", C),
        (Q, "void_invoice", R),
        (I, "return_to_queue", Q),
        (F, "unfinance", I),
        (C, "reopen", F),
        (C, "reopen", I),
        (F, "charge_back", I),
        (C, "charge_back", I),
        (I, "reinstate", F),
        (I, "resell", Q),
    }
    assert expected == {(line.source, line.event, line.target) for line in lines()}
    assert len(expected) == len(lines())


def test_the_machine_is_strict_whatever_upstream_defaults_become() -> None:
    own = vars(machine())
    assert False is own["allow_event_without_transition"]
    assert False is own["catch_errors_as_events"]
    assert True is own["atomic_configuration_update"]
    assert False is own["enable_self_transition_entries"]


def test_the_machine_is_built_once() -> None:
    assert machine() is machine()


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        table()[(R, "submit")] = ()  # type: ignore[index]


def test_table_and_machine_agree_on_every_status_event_and_guard_assignment() -> None:
    """Real events are sent to real instances; the table says the same of each.

    Building an instance takes most of the time, so one that refuses an event is asked the next one,
    and has to stand where it stood.
    """
    for facts in facts_by_guards():
        for status in LoadStatus:
            instance = None
            for event in events():
                if instance is None:
                    instance = machine()(start_value=status, listeners=[facts])
                try:
                    instance.send(event)
                    by_machine = instance.current_state_value
                except TransitionNotAllowed:
                    by_machine = None
                try:
                    by_table = next_status(status, event, facts)
                except TransitionError:
                    by_table = None
                assert by_machine is by_table, (status, event, facts)
                if by_machine is None:
                    assert status is instance.current_state_value
                else:
                    instance = None


def test_at_most_one_event_is_open_from_a_status() -> None:
    for facts in all_facts():
        for status in LoadStatus:
            assert len([line for line in lines() if line.source is status and line.open_under(facts)]) <= 1


def test_no_event_is_open_where_the_facts_say_a_load_stands() -> None:
    for facts in all_facts():
        standing = status_of(facts)
        assert not [line for line in lines() if line.source is standing and line.open_under(facts)], facts


def test_there_is_a_way_from_every_status_to_where_the_facts_say() -> None:
    """The events that are named, taken one by one, really lead there."""
    for facts in all_facts():
        for old in LoadStatus:
            at = old
            for event in explain(old, status_of(facts), facts):
                at = next_status(at, event, facts)
            assert status_of(facts) is at


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (Facts(), R),
        (QUEUED, Q),
        (SOLD, I),
        (BOUGHT, F),
        (PAID, C),
        (CHARGED_BACK, I),
        (attrs.evolve(CHARGED_BACK, settled=True), C),
        (SENT, I),
        (attrs.evolve(SENT, settled=True), C),
        (attrs.evolve(SOLD, settled=True), I),
        (attrs.evolve(QUEUED, ended_by=Ending.RETURN), Q),
        (attrs.evolve(PAID, sold=False, ended_by=Ending.RESELL), Q),
    ],
)
def test_the_facts_alone_say_where_a_load_stands(facts: Facts, status: LoadStatus) -> None:
    assert status is status_of(facts)


@pytest.mark.parametrize(
    ("old", "new", "facts", "way"),
    [
        (R, Q, QUEUED, "generate_invoice"),
        (Q, Q, QUEUED, ""),
        (Q, R, Facts(), "void_invoice"),
        (Q, I, SOLD, "submit"),
        (Q, I, SENT, "submit"),
        (Q, C, PAID, "submit finance complete"),
        (R, C, PAID, "generate_invoice submit finance complete"),
        (I, F, BOUGHT, "finance"),
        (I, C, attrs.evolve(SENT, settled=True), "complete"),
        (F, C, PAID, "complete"),
        (C, F, BOUGHT, "reopen"),
        (C, I, SENT, "reopen"),
        (C, I, SOLD, "reopen unfinance"),
        (C, I, CHARGED_BACK, "charge_back"),
        (F, I, CHARGED_BACK, "charge_back"),
        (F, C, attrs.evolve(CHARGED_BACK, settled=True), "charge_back complete"),
        (F, I, SOLD, "unfinance"),
        (I, C, attrs.evolve(PAID, was_charged_back_direct=True), "reinstate complete"),
        (I, F, attrs.evolve(BOUGHT, was_charged_back_direct=True), "reinstate"),
        (C, I, attrs.evolve(CHARGED_BACK, was_charged_back_direct=True), "reopen"),
        (I, Q, attrs.evolve(QUEUED, ended_by=Ending.RETURN), "return_to_queue"),
        (I, Q, attrs.evolve(QUEUED, ended_by=Ending.RESELL), "resell"),
        (I, Q, attrs.evolve(QUEUED, ended_by=Ending.WITHDRAWN), "unsubmit"),
        (I, Q, QUEUED, "unsubmit"),
        (F, Q, attrs.evolve(QUEUED, ended_by=Ending.WITHDRAWN), "unfinance unsubmit"),
        (F, Q, attrs.evolve(QUEUED, ended_by=Ending.RETURN), "unfinance return_to_queue"),
        (C, R, Facts(), "reopen unfinance unsubmit void_invoice"),
    ],
)
def test_a_jump_is_explained_by_its_steps(old: LoadStatus, new: LoadStatus, facts: Facts, way: str) -> None:
    assert tuple(way.split()) == explain(old, new, facts)


def test_what_the_facts_do_not_lead_to_is_refused_by_name() -> None:
    with pytest.raises(TransitionError, match="L-1 is queued") as caught:
        explain(Q, C, SOLD, subject="L-1")
    assert {"load": "L-1", "status": "queued", "event": "becoming completed"} == caught.value.where


def test_a_financed_load_cannot_be_returned_directly() -> None:
    with pytest.raises(TransitionError, match="return_to_queue") as caught:
        next_status(F, "return_to_queue", attrs.evolve(QUEUED, ended_by=Ending.RETURN), subject="L-2")
    assert {"load": "L-2", "status": "financed", "event": "return_to_queue"} == caught.value.where


def test_a_load_that_is_not_named_is_the_load() -> None:
    for refused in (
        lambda: next_status(Q, "submit", QUEUED),
        lambda: steps(Q, C, SOLD),
        lambda: explain(Q, C, SOLD),
    ):
        with pytest.raises(TransitionError, match=r"^The load is queued; ") as caught:
            refused()
        assert "The load" == caught.value.where["load"]


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(TransitionError):
        next_status(Q, "nonsense", QUEUED)


def test_an_event_whose_guard_does_not_hold_is_refused() -> None:
    with pytest.raises(TransitionError):
        next_status(Q, "submit", QUEUED)


def test_the_documents_show_every_line_of_the_table() -> None:
    drawing, written = mermaid(), markdown_table()
    for line in lines():
        assert f"    {line.source.value} --> {line.target.value} : {line.event}\n" in drawing
        assert f"| `{line.event}` | {line.source.value} → {line.target.value} | " in written
    assert "| `finance` | invoiced → financed | `funded`, not `was_charged_back_direct` |\n" in written
    assert drawing.startswith("stateDiagram-v2\n    direction LR\n    [*] --> released\n    ")
    assert written.startswith("| Event | From → to | Guards |\n| --- | --- | --- |\n| `")
    assert drawing.endswith(f" : {lines()[-1].event}\n")
    assert len(lines()) + 2 == len(written.splitlines())


def test_importing_the_lifecycle_does_not_load_the_engine() -> None:
    check = "import sys, factoring_core.domain.vocabulary.lifecycle; sys.exit('statemachine' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], check=True)
