"""The audit trail: going through it, and telling whether it is what was written."""

import re
from collections.abc import Iterator

from factoring_core.domain.vocabulary.events import AuditEntry, chain
from factoring_core.errors import StoreCorruptError, UsageError
from factoring_core.ports.storage import Reading
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import AuditView

_MARK = re.compile(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})?", re.ASCII).fullmatch


def audit_entries(ports: Ports) -> Iterator[AuditEntry]:
    """Go through the audit trail of what the actor may see, oldest first, one entry at a time."""
    with ports.store.reading(ports.tenant) as tx:
        for entry in tx.walk(AuditEntry):
            if _may_see(ports, entry):
                yield entry


def _may_see(ports: Ports, entry: AuditEntry) -> bool:
    named = entry.detail.get("subsidiaries", ()) if entry.subsidiary is None else (entry.subsidiary,)
    return all(map(ports.actor.sees, named))


def verify_audit(ports: Ports, kept: str | None = None) -> AuditView:
    """Walk the chain, an entry at a time, and name the first that fails, if one does.

    A chain whose end was cut off, or that was put back to an older state, is whole in itself:
    only a head that was written down elsewhere shows it.

    Args:
        ports: Everything outside.
        kept: Such a head, ``NUMBER:HASH``, from an earlier `AuditView.mark`.

    Raises:
        UsageError: *kept* is no head.
    """
    number, hash_ = _head(kept)
    with ports.store.reading(ports.tenant) as tx:
        return _walked(tx, number, hash_)


def _head(kept: str | None) -> tuple[int, str]:
    if kept is None:
        return 0, ""
    found = _MARK(kept)
    if found is None:
        raise UsageError("A head of the audit trail is a number, a colon and a hash of 64 characters.")
    return int(found[1]), found[2] or ""


def _walked(tx: Reading, kept: int, kept_hash: str) -> AuditView:
    previous, seen = "", 0
    rolled_back = False
    entries = tx.walk(AuditEntry)
    while True:
        try:
            entry = next(entries, None)
        except StoreCorruptError:
            return _unreadable(tx, seen, previous)
        if entry is None:
            gone = rolled_back or seen < kept
            return AuditView(entries=seen, head=previous, intact=not gone, rolled_back=gone)
        if not _follows(entry, seen, previous):
            return AuditView(entries=seen, head=previous, intact=False, broken_at=entry.sequence)
        previous, seen = entry.hash, seen + 1
        rolled_back = rolled_back or (seen == kept and entry.hash != kept_hash)


def _follows(entry: AuditEntry, seen: int, previous: str) -> bool:
    return entry.sequence == seen + 1 and entry.previous == previous and entry.hash == chain(entry, previous)


def _unreadable(tx: Reading, seen: int, previous: str) -> AuditView:
    """Find the entry that cannot be read: some before it came in the same block and were not walked."""
    while True:
        try:
            entry = tx.get(AuditEntry, seen + 1)
        except StoreCorruptError:
            entry = None
        if entry is None or not _follows(entry, seen, previous):
            return AuditView(entries=seen, head=previous, intact=False, broken_at=seen + 1)
        previous, seen = entry.hash, seen + 1
