"""What happened: entries of the history of a load and of the audit trail, append-only."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


@frozen(kw_only=True)
class LoadEvent:
    """One step of a load through its lifecycle, and what caused it."""

    sequence: int
    subsidiary: str
    load: str
    event: str
    from_status: str
    to_status: str
    cause: str
    at: dt.datetime
    actor: str


@frozen(kw_only=True)
class AuditEntry:
    """One change, by whom and to what; each entry's hash covers the one before it."""

    sequence: int
    at: dt.datetime
    actor: str
    action: str
    subject: str
    subsidiary: str | None
    detail: Mapping[str, Any] = field(factory=dict)
    previous: str = ""
    hash: str = ""


def chain(entry: AuditEntry, previous: str) -> str:
    """Return the hash of *entry* when *previous* is the hash of the entry before it."""
    body = {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "subsidiary": entry.subsidiary,
        "detail": entry.detail,
        "previous": previous,
    }
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"factoring_core/audit/1\n{text}".encode()).hexdigest()
