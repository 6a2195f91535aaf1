"""Telling the host what happened: it may ask, or be called."""

from collections.abc import Callable, Iterable, Sequence

from factoring_core.domain.vocabulary.events import LoadEvent
from factoring_core.domain.vocabulary.host_events import (
    HostEvent,
    OutboxEntry,
    Subscription,
    merged,
    position_of,
)
from factoring_core.errors import UsageError
from factoring_core.ports.storage import Reading
from factoring_core.usecases.ports import Ports

AT_ONCE = 500
"""So many events are read at a time, and as many are told before the place is written down."""


def events(ports: Ports, after: str = "", *, limit: int = AT_ONCE) -> tuple[HostEvent, ...]:
    """Return the events that came after a position, in order, of what the actor may see.

    Args:
        ports: Everything outside.
        after: The ``position`` of the last event that was seen; empty for the beginning.
        limit: How many events are looked at, at most; those of others are among them.

    Raises:
        UsageError: *after* is no position.
    """
    with ports.store.reading(ports.tenant) as tx:
        return tuple(one for one in _read(tx, after, limit) if ports.actor.sees(one.subsidiary))


def relay(ports: Ports, name: str, tell: Callable[[HostEvent], None], *, after: str | None = None) -> int:
    """Tell a subscriber everything it has not been told yet, in order; return how many events.

    At least once: an event is told again if *tell* raised, or if this program ended before the
    place was written down.  What *tell* raises is passed on; the next call begins with that event.

    Args:
        ports: Everything outside.
        name: The subscriber; its place is kept under this name.
        tell: Called outside of any transaction.
        after: Begin after this position, whatever was told before.

    Raises:
        UsageError: *after* is no position.
    """
    told = 0
    while True:
        with ports.store.reading(ports.tenant) as tx:
            place = tx.get(Subscription, name)
            begin = after if after is not None else place.position if place is not None else ""
            found = tuple(_read(tx, begin, AT_ONCE))
        if not found:
            return told
        told += _tell(ports, name, tell, found)
        after = None


def _tell(ports: Ports, name: str, tell: Callable[[HostEvent], None], found: Sequence[HostEvent]) -> int:
    told = 0
    for number, one in enumerate(found):
        if ports.actor.sees(one.subsidiary):
            try:
                tell(one)
            except BaseException:
                if number:
                    _write_down(ports, name, found[number - 1])
                raise
            told += 1
    _write_down(ports, name, found[-1])
    return told


def _write_down(ports: Ports, name: str, last: HostEvent) -> None:
    """Keep how far a subscriber has been told."""
    with ports.store.transaction(ports.tenant) as tx:
        tx.put(Subscription(name=name, position=last.position, at=ports.clock.now()))


def _read(tx: Reading, after: str, limit: int) -> Iterable[HostEvent]:
    """Read what comes next; sequences have no gaps, so that a range of them names it."""
    try:
        steps, entries = told = position_of(after)
    except ValueError:
        raise UsageError(f"{after!r} is no position of an event.", where={"position": after}) from None
    found = merged(
        tx.find(LoadEvent, sequence=tuple(range(steps + 1, steps + limit + 1))),
        tx.find(OutboxEntry, sequence=tuple(range(entries + 1, entries + limit + 1))),
        told=told,
    )
    return list(found)[:limit]
