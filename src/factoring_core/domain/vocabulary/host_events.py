"""What a host is told: events with stable ids, in one order for a whole tenant.

Steps of loads are told from their history.  What else a host should hear of is written into an
outbox, in the transaction of what it tells of; each entry remembers how far the history had come,
which puts both into one order.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from factoring_core.domain.vocabulary.events import LoadEvent

_BY_ACT = {
    "deliver_batch": "batch_delivered",
    "confirm_batch": "batch_delivered",
    "settle_delivered_batch": "batch_delivered",
    "doubt_batch": "batch_in_doubt",
    "settle_not_delivered": "batch_not_delivered",
    "cancel_batch": "batch_cancelled",
    "report.apply": "report_applied",
    "report.undo": "report_undone",
}
_BY_STEP = {"charge_back": "load_charged_back", "reinstate": "load_reinstated"}


@frozen(kw_only=True)
class OutboxEntry:
    """Something a host should hear of that is no step of a load.

    ``after``: how many steps of loads there were before it.
    """

    sequence: int
    after: int
    type: str
    subsidiary: str
    subject: str
    at: dt.datetime
    data: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Subscription:
    """How far somebody has been told; ``position`` as in `HostEvent`."""

    name: str
    position: str
    at: dt.datetime


@frozen(kw_only=True)
class HostEvent:
    """One event as a host gets it.

    ``id`` is the same whenever the event is told again.  ``position``: hand it back to be told
    what came after.  ``subject``: the load, batch, report or exception it is about.
    """

    id: str
    position: str
    type: str
    subsidiary: str
    subject: str
    at: dt.datetime
    data: Mapping[str, Any]


def type_of_act(action: str, detail: Mapping[str, Any]) -> str | None:
    """Return what a host hears of an act in the audit trail; None for nothing."""
    if action == "seal_batch" and detail.get("state") == "delivered":
        return "batch_delivered"
    return _BY_ACT.get(action)


def type_of_step(step: LoadEvent) -> str:
    """Return what a host hears of a step of a load: ``load_`` and where it stands now."""
    return _BY_STEP.get(step.event, f"load_{step.to_status}")


def merged(
    steps: Sequence[LoadEvent], entries: Sequence[OutboxEntry], *, told: tuple[int, int]
) -> Iterator[HostEvent]:
    """Put steps and entries into their one order; *told*: how many of both came before them."""
    step_count, entry_count = told
    waiting = list(reversed(entries))
    for step in steps:
        while waiting and waiting[-1].after < step.sequence:
            entry_count += 1
            yield _of_entry(waiting.pop(), (step_count, entry_count))
        step_count += 1
        yield _of_step(step, (step_count, entry_count))
    while waiting:
        entry_count += 1
        yield _of_entry(waiting.pop(), (step_count, entry_count))


def _of_step(step: LoadEvent, told: tuple[int, int]) -> HostEvent:
    return HostEvent(
        id=f"step-{step.sequence}",
        position=position_text(told),
        type=type_of_step(step),
        subsidiary=step.subsidiary,
        subject=step.load,
        at=step.at,
        data={
            "event": step.event,
            "from": step.from_status,
            "to": step.to_status,
            "cause": step.cause,
            "actor": step.actor,
        },
    )


def _of_entry(entry: OutboxEntry, told: tuple[int, int]) -> HostEvent:
    return HostEvent(
        id=f"note-{entry.sequence}",
        position=position_text(told),
        type=entry.type,
        subsidiary=entry.subsidiary,
        subject=entry.subject,
        at=entry.at,
        data=entry.data,
    )


def position_text(told: tuple[int, int]) -> str:
    """Write how many steps and how many entries have been told."""
    return f"{told[0]}.{told[1]}"


def position_of(text: str) -> tuple[int, int]:
    """Read a position; an empty one is the beginning.

    Raises:
        ValueError: it is none.
    """
    if not text:
        return 0, 0
    steps, dot, entries = text.partition(".")
    if not (dot and steps.isascii() and steps.isdigit() and entries.isascii() and entries.isdigit()):
        raise ValueError("not a position")
    return int(steps), int(entries)
