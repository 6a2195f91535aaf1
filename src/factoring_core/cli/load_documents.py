"""Loads as JSON documents: where each stands, and everything about one."""

from collections.abc import Iterable
from typing import Any

from factoring_core.cli.documents import amounts, money
from factoring_core.cli.plain import moment, plain
from factoring_core.cli.report_documents import exception_row
from factoring_core.domain.vocabulary.load import Load, Opening
from factoring_core.usecases.results import LoadDetail, LoadView, SaleView

Document = dict[str, Any]

_EVIDENCE_MONEY = frozenset({"amount", "invoice_amount"})
_OPENING_MONEY = ("purchased_amount", "advanced", "reserve_held", "fees", "paid")


def load_row(view: LoadView | LoadDetail) -> Document:
    """Write one load as lists show it."""
    load, standing = view.load, view.standing
    invoice = load.invoice
    return {
        "load": load.number,
        "subsidiary": load.subsidiary,
        "customer": load.customer,
        "status": standing.status.value,
        "route": standing.route.value,
        "disposition": plain(standing.disposition),
        "invoice_number": invoice.number if invoice else None,
        "amount": money(invoice.face if invoice else load.amount),
        "currency": invoice.currency if invoice else load.currency,
        "batch": standing.batch,
        "paid": money(standing.paid),
        "open": money(standing.open),
        "flags": sorted(standing.flags),
    }


def load_rows(views: Iterable[LoadView]) -> Document:
    """Write the list of loads."""
    return {"loads": [load_row(view) for view in views]}


def load_detail(detail: LoadDetail) -> Document:
    """Write everything about one load: what lists show, and its papers, sales and history."""
    load = detail.load
    return {
        **load_row(detail),
        "invoice_date": moment(load.invoice.date) if load.invoice else None,
        "method": {"method": load.method.method.value, "rule": load.method.rule.value}
        if load.method
        else None,
        **_facts(load),
        "documents": [
            {"kind": one.kind.value, "name": one.name, "size": one.size, "sha256": one.sha256}
            for one in load.documents
        ],
        "sent_direct_on": moment(load.sent_direct_on),
        "direct_opening": opening(load.direct_opening),
        "import_id": load.import_id,
        "supplements": list(detail.supplements),
        "sales": [_sale(sale) for sale in detail.sales],
        "exceptions": [exception_row(view) for view in detail.exceptions],
        "history": [
            {
                "event": one.event,
                "from": one.from_status,
                "to": one.to_status,
                "cause": one.cause,
                "at": moment(one.at),
                "actor": one.actor,
            }
            for one in detail.history
        ],
    }


def _facts(load: Load) -> Document:
    names = ("po_number", "reference_number", "truck_number", "origin_city", "origin_state")
    more = ("destination_city", "destination_state", "delivered_on", "parent_load", "supersedes")
    return {name: plain(getattr(load, name)) for name in (*names, *more)}


def opening(one: Opening | None) -> Document | None:
    """Write what had happened before an import."""
    if one is None:
        return None
    return {
        "as_of": moment(one.as_of),
        "purchased": one.purchased,
        "purchased_on": moment(one.purchased_on),
        **{name: money(getattr(one, name)) for name in _OPENING_MONEY},
        "paid_on": moment(one.paid_on),
        "settled": one.settled,
    }


def _sale(sale: SaleView) -> Document:
    one = sale.assignment
    return {
        "assignment": one.id,
        "connection": one.connection,
        "batch": one.batch,
        "batch_number": one.batch_number,
        "schedule_number": one.schedule_number,
        "invoice_number": one.invoice_number,
        "invoice_date": moment(one.invoice_date),
        "face": money(one.face),
        "currency": one.currency,
        "debtor_number": one.debtor_number,
        "sealed_on": moment(one.sealed_on),
        "live": one.live,
        "opening": opening(one.opening),
        "position": amounts(sale.position),
        "evidence": [amounts(fact, _EVIDENCE_MONEY) for fact in sale.evidence],
    }
