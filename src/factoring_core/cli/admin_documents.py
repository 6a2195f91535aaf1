"""Connections, the books at a glance, checks, providers and the audit trail as JSON documents."""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from factoring_core.cli.documents import amounts, change, money, transition
from factoring_core.cli.plain import moment, plain
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.usecases.recover import Recovery
from factoring_core.usecases.results import (
    AuditView,
    BuyOutResult,
    CheckFinding,
    ConnectionView,
    CreditView,
    StatusView,
)

Document = dict[str, Any]


def connection(view: ConnectionView) -> Document:
    """Write one connection: who and where, never how it logs in."""
    one = view.connection
    return {
        "id": one.id,
        "subsidiary": one.subsidiary,
        "provider": one.provider,
        "factor": one.factor,
        "protocol": one.protocol.value,
        "host": one.host,
        "port": one.port,
        "folder": one.folder,
        "currency": one.currency,
        "client_number": one.client_number,
        "active": view.active,
        "draining": view.draining,
        "open_batches": view.open_batches,
        "reason": view.reason or None,
        "notices": [{"from": moment(notice.from_on)} for notice in one.notices],
    }


def connections(found: Iterable[ConnectionView]) -> Document:
    """Write the list of connections."""
    return {"connections": [connection(one) for one in found]}


def buy_out(result: BuyOutResult) -> Document:
    """Write what a buy-out moved, or what its undoing moved back."""
    return {
        "buy_out": result.buy_out,
        "outcome": result.outcome,
        "subsidiary": result.subsidiary,
        "from": result.from_connection,
        "to": result.to_connection,
        "moved": [change(one, number=True) for one in result.moved],
        "unchanged": [change(one, number=True) for one in result.unchanged],
        "open": money(result.open),
        "transitions": [transition(one) for one in result.transitions],
    }


def credit(view: CreditView) -> Document:
    """Write what a factor said of a customer."""
    return {
        "customer": view.customer,
        "customer_name": view.customer_name or None,
        "subsidiary": view.subsidiary,
        "connection": view.connection,
        "verdict": view.verdict,
        "limit": None if view.limit is None else money(view.limit),
        "at": moment(view.at),
        "source": view.source,
        "stale": view.stale,
    }


def status(view: StatusView) -> Document:
    """Write the books at a glance."""
    return {
        "counts": [
            {
                "status": one.status,
                "count": one.count,
                "amount": money(one.amount),
                "paid": money(one.paid),
                "open": money(one.open),
            }
            for one in view.counts
        ],
        "exceptions": {str(name): count for name, count in view.exceptions.items()},
        "amount_at_risk": money(view.amount_at_risk),
        "in_doubt": list(view.in_doubt),
        "waiting_batches": list(view.waiting_batches),
        "stuck_batches": list(view.stuck),
        "reserve_outstanding": money(view.reserve_outstanding),
        "account": {name: amounts(sums) for name, sums in view.account.items()},
        "oldest_queued": _oldest(view),
    }


def audit(view: AuditView) -> Document:
    """Write the outcome of walking the audit chain."""
    return {
        "entries": view.entries,
        "head": view.head,
        "intact": view.intact,
        "broken_at": view.broken_at,
        "rolled_back": view.rolled_back,
        "kept": view.mark,
    }


def recovery(done: Recovery) -> Document:
    """Write what was put in doubt after a backup was put back."""
    return {"outcome": done.outcome, "in_doubt": list(done.suspect), "skipped": done.skipped}


def audit_entry(one: AuditEntry) -> Document:
    """Write one entry so that its hash can be computed again from what stands there."""
    return {
        "sequence": one.sequence,
        "at": one.at.isoformat(),
        "actor": one.actor,
        "action": one.action,
        "subject": one.subject,
        "subsidiary": one.subsidiary,
        "detail": plain(one.detail),
        "previous": one.previous,
        "hash": one.hash,
    }


def findings(found: Iterable[CheckFinding]) -> Document:
    """Write what `check` found."""
    return {"findings": [attrs.asdict(one) for one in found]}


def provider_row(one: ProviderProfile) -> Document:
    """Write one provider as lists show it."""
    return {
        "id": one.id,
        "name": one.name,
        "mode": one.mode,
        "version": one.version,
        "verified": one.verified,
        "packaging": one.packaging.value,
        "layouts": [layout.id for layout in one.layouts],
        "credit_check": one.credit_check,
        "max_rows": one.max_rows,
        "min_gap_minutes": one.min_gap_minutes,
    }


def providers(found: Iterable[ProviderProfile], warnings: Sequence[str] = ()) -> Document:
    """Write the list of providers, and which of other packages are broken, if any."""
    document: Document = {"providers": [provider_row(one) for one in found]}
    return {**document, "warnings": list(warnings)} if warnings else document


def provider(one: ProviderProfile) -> Document:
    """Write one provider whole: its profile, and its layouts with the ground of every field."""
    document: Document = plain(one)
    return document


def _oldest(view: StatusView) -> Document | None:
    if view.oldest_queued is None:
        return None
    subsidiary, load, days = view.oldest_queued
    return {"load": load, "subsidiary": subsidiary, "days": days}
