"""How values look in a notebook's cell: reconciliations, positions, the story of a load, previews."""

from functools import cache
from typing import Any

from factoring_core.analysis.html import Marked, Money, bar, card, table
from factoring_core.analysis.reconciliation import Reconciliation
from factoring_core.domain.reconciling.buckets import Bucket
from factoring_core.domain.reconciling.position import Position
from factoring_core.usecases.results import LoadDetail, ReportResult, StatusView

LIMIT = 50
"""So many rows of a list are shown; the rest is counted."""

_BUCKETS = tuple(one.value for one in Bucket)


def report_html(result: ReportResult, *, title: str | None = None) -> str:
    """Show what applying or previewing a report did: rows, cents, exceptions, moves."""
    counts = result.rows
    verified = "" if result.verified else "; this layout is not verified against a real file"
    title = title or f"{result.file}: {result.outcome.value}"
    parts = [bar([(name, getattr(counts, name)) for name in _BUCKETS])]
    parts.append(
        table(
            ["column", "read", *(name.replace("_", " ") for name in _BUCKETS)],
            [
                [column, Money(sums["read"]), *(Money(sums[name]) for name in _BUCKETS)]
                for column, sums in result.conservation.items()
            ],
        )
    )
    if result.exceptions:
        parts.append(_exceptions(result))
    if result.transitions:
        rows = [[one.load, one.from_status, one.to_status] for one in result.transitions[:LIMIT]]
        parts.append(table(["load", "from", "to"], rows) + _more(len(result.transitions)))
    parts += [f"<p>⚠ {_text(one)}</p>" for one in result.warnings]
    note = f"{counts.read} rows by {result.layout}{verified}"
    return card(title, *parts, note=note)


def _exceptions(result: ReportResult) -> str:
    rows = [
        [
            one.row,
            Marked(one.item.type.value, one.item.severity.value),
            one.item.load,
            Money(one.item.amount_at_risk),
            "; ".join(f"{each.invoice_number}: {each.reason}" for each in one.item.candidates)
            or one.item.note,
        ]
        for one in result.exceptions[:LIMIT]
    ]
    return table(["row", "exception", "load", "at risk", "about"], rows) + _more(len(result.exceptions))


def reconciliation_html(found: Reconciliation) -> str:
    """Show a reconciliation as a report is shown."""
    return report_html(found.result, title=f"Reconciliation of {found.result.file}")


def position_html(position: Position) -> str:
    """Show a position as the sum it is."""
    rows: list[list[Any]] = [["face", Money(position.face)]]
    amounts = (
        ("adjustments", position.adjustments),
        ("less net paid", -position.net_paid),
        ("less written off", -position.written_off),
    )
    rows += [[name, Money(amount)] for name, amount in amounts if amount]
    rows.append(["open", Money(position.open)])
    factor = (
        ("advanced", position.advanced),
        ("reserve held", position.reserve_held),
        ("fees", position.fees),
        ("rebated", position.rebated),
        ("charged back", position.charged_back),
        ("paid after it ended", position.late_paid),
    )
    state = "settled" if position.settled is not None else "bought" if position.bought else "not bought"
    why = f": {position.settled.value.replace('_', ' ')}" if position.settled is not None else ""
    parts = [table(["debtor", "amount"], rows)]
    if any(amount for _, amount in factor):
        parts.append(table(["factor", "amount"], [[name, Money(amount)] for name, amount in factor]))
    return card(f"Position, {state}{why}", *parts)


def load_html(detail: LoadDetail) -> str:
    """Show the story of a load: where it stands, every step, every fact with its row."""
    load, standing = detail.load, detail.standing
    parts = []
    if detail.history:
        rows = [
            [one.at.date().isoformat(), one.event, one.from_status, one.to_status, one.cause, one.actor]
            for one in detail.history
        ]
        parts.append(table(["on", "event", "from", "to", "because of", "by"], rows))
    for sale in detail.sales:
        facts = [
            [
                one["on"].isoformat() if one["on"] else "",
                one["word"] or one["type"],
                Money(one["amount"]),
                one["reference"],
                ", ".join(f"{where['report']} row {where['row']}" for where in one["rows"]),
                "" if one["posted"] or one["word"] else "not counted",
            ]
            for one in sorted(sale.evidence, key=lambda one: str(one["on"] or ""))
        ]
        parts.append(table(["on", "fact", "amount", "reference", "stated in", ""], facts))
    if detail.exceptions:
        listed = [
            [
                Marked(one.item.type.value, one.item.severity.value),
                Money(one.item.amount_at_risk),
                one.suggested,
            ]
            for one in detail.exceptions
            if one.open
        ]
        parts.append(table(["exception", "at risk", "suggested"], listed))
    invoice = load.invoice.number if load.invoice is not None else "no invoice"
    note = f"{standing.status.value}, {standing.route.value}; invoice {invoice}; open {Money(standing.open)}"
    return card(f"Load {load.number}", *parts, note=note)


def status_html(view: StatusView) -> str:
    """Show the books at a glance."""
    rows = [
        [one.status, one.count, Money(one.amount), Money(one.paid), Money(one.open)] for one in view.counts
    ]
    parts = [table(["status", "loads", "amount", "paid", "open"], rows)]
    if view.exceptions:
        parts.append(
            table(["exception", "open"], [[kind, number] for kind, number in view.exceptions.items()])
        )
    if view.in_doubt:
        parts.append(f"<p>⚠ In doubt, do not resend: {_text(', '.join(view.in_doubt))}</p>")
    note = f"at risk {Money(view.amount_at_risk)}; reserve outstanding {Money(view.reserve_outstanding)}"
    return card("Status", *parts, note=note)


def _more(total: int) -> str:
    return f'<p class="note">and {total - LIMIT} more</p>' if total > LIMIT else ""


def _text(text: str) -> str:
    from html import escape

    return escape(text)


@cache
def rich() -> None:
    """Give values of the domain and of the results an HTML view; in a terminal they stay text."""
    views: dict[type[Any], Any] = {
        Reconciliation: reconciliation_html,
        Position: position_html,
        LoadDetail: load_html,
        ReportResult: report_html,
        StatusView: status_html,
    }
    for kind, view in views.items():
        # The domain knows nothing of HTML; notebooks look for this name on the class.
        setattr(kind, "_repr_html_", _method(view))  # noqa: B010


def _method(view: Any) -> Any:
    return lambda value: view(value)
