"""What is written down of what happened: the chain of the audit trail, and what a host is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent, chain
from factoring_core.domain.vocabulary.host_events import (
    HostEvent,
    OutboxEntry,
    merged,
    position_of,
    position_text,
    type_of_act,
    type_of_step,
)

AT = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
ENTRY = AuditEntry(
    sequence=1,
    at=AT,
    actor="ann",
    action="seal_batch",
    subject="batch-é",
    subsidiary="east",
    detail={"b": 1, "a": ["x"]},
)
STEP = LoadEvent(
    sequence=1,
    subsidiary="east",
    load="L-1",
    event="submit",
    from_status="queued",
    to_status="invoiced",
    cause="batch-1",
    at=AT,
    actor="ann",
)
NOTE = OutboxEntry(
    sequence=1, after=0, type="batch_delivered", subsidiary="east", subject="batch-1", at=AT, data={"n": 1}
)


def test_the_chain_is_the_same_in_every_version() -> None:
    """Trails that were written before are checked with it."""
    assert chain(ENTRY, "") == "c1b456c79aacd1a9ad24657525a951c314e26893e20489b6a0b1161b1913c83a"
    assert chain(ENTRY, "ab") == "fb1157601c483a8f6593b9e04a5af0bd5ad145c9b62cf41722fb1266b34950a5"


@pytest.mark.parametrize(
    "changed",
    [
        {"sequence": 2},
        {"at": AT + dt.timedelta(seconds=1)},
        {"actor": "bob"},
        {"action": "cancel_batch"},
        {"subject": "batch-e"},
        {"subsidiary": None},
        {"detail": {"b": 1, "a": ["y"]}},
    ],
)
def test_whatever_is_changed_in_an_entry_breaks_the_chain(changed: dict[str, Any]) -> None:
    assert chain(evolve(ENTRY, **changed), "") != chain(ENTRY, "")


def test_a_step_is_told_as_it_stands_in_the_history() -> None:
    (told,) = merged([evolve(STEP, sequence=7)], [], told=(3, 2))
    data = {"event": "submit", "from": "queued", "to": "invoiced", "cause": "batch-1", "actor": "ann"}
    assert told == HostEvent(
        id="step-7",
        position="4.2",
        type="load_invoiced",
        subsidiary="east",
        subject="L-1",
        at=AT,
        data=data,
    )


def test_a_note_is_told_as_it_was_left() -> None:
    (told,) = merged([], [evolve(NOTE, sequence=5)], told=(3, 2))
    assert told == HostEvent(
        id="note-5",
        position="3.3",
        type="batch_delivered",
        subsidiary="east",
        subject="batch-1",
        at=AT,
        data={"n": 1},
    )


def test_notes_are_told_after_the_steps_that_came_before_them_and_can_be_taken_up_anywhere() -> None:
    steps = [evolve(STEP, sequence=n) for n in (1, 2, 3)]
    notes = [evolve(NOTE, sequence=n, after=after) for n, after in ((1, 0), (2, 0), (3, 2), (4, 3), (5, 3))]
    told = list(merged(steps, notes, told=(0, 0)))
    order = ["note-1", "note-2", "step-1", "step-2", "note-3", "step-3", "note-4", "note-5"]
    assert [one.id for one in told] == order
    for number, one in enumerate(told):
        past = position_of(one.position)
        rest = merged(steps[past[0] :], notes[past[1] :], told=past)
        assert list(rest) == told[number + 1 :]


def test_a_position_is_read_as_it_was_written() -> None:
    assert position_of(position_text((12, 3))) == (12, 3)
    assert position_of("") == (0, 0)
    for text in ("1", "1.", ".1", "a.1", "1.b", "-1.2", "\u0661.2", "1.\u0662", "1,2"):
        with pytest.raises(ValueError, match="not a position"):
            position_of(text)


@pytest.mark.parametrize(
    ("action", "detail", "told"),
    [
        ("seal_batch", {"state": "delivered"}, "batch_delivered"),
        ("seal_batch", {"state": "sealed"}, None),
        ("seal_batch", {}, None),
        ("deliver_batch", {}, "batch_delivered"),
        ("cancel_batch", {"state": "delivered"}, "batch_cancelled"),
        ("report.apply", {}, "report_applied"),
        ("configure", {}, None),
    ],
)
def test_a_host_is_told_of_some_acts_only(action: str, detail: dict[str, Any], told: str | None) -> None:
    assert type_of_act(action, detail) == told


def test_two_steps_have_names_of_their_own() -> None:
    assert type_of_step(evolve(STEP, event="charge_back")) == "load_charged_back"
    assert type_of_step(evolve(STEP, event="reinstate")) == "load_reinstated"
    assert type_of_step(STEP) == "load_invoiced"
