"""The page: everything an office's books say at a glance, in one file that loads nothing."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from string import Template
from typing import Any

from factoring_core.cli.page_charts import ageing, collection, funding
from factoring_core.cli.page_facts import BUCKETS, ConnectionFacts, PageFacts, face
from factoring_core.cli.page_flow import flow_svg, moves
from factoring_core.cli.pieces import visible
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.usecases.results import LoadDetail

MINUS, NOTHING = "\u2212", "\u2013"
"""A sign as wide as a digit, and a dash where there is nothing."""


def write_page(facts: PageFacts, *, title: str, lead: str, foot: str) -> str:
    """Return the page as HTML.

    Raises:
        MissingExtraError: the packages that draw the charts are not installed.
    """
    text = resources.files("factoring_core.cli").joinpath("page.html").read_text(encoding="utf-8")
    return Template(text).substitute(
        title=escape(title),
        lead=escape(lead),
        foot=escape(foot),
        cards=_cards(facts),
        flow=flow_svg(facts),
        moves=_moves(facts),
        statuses=_statuses(facts),
        funding=funding(facts.bridge),
        collection=collection(facts.bridge),
        bought=_bridges(facts, _BOUGHT),
        sold=_bridges(facts, _SOLD),
        exceptions=_exceptions(facts),
        ageing=ageing(facts.debtors) if facts.debtors else "",
        debtors=_debtors(facts),
        example=_example(facts.example, facts) if facts.example is not None else "",
    )


def amount(cents: int) -> str:
    """Spell an amount for a column of them: ``1,205.00``, below nothing with a minus sign."""
    sign = MINUS if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"


Cell = tuple[str, str]
"""Escaped HTML, and the class of the cell."""


def _left(value: Any) -> Cell:
    return escape(visible(value)), ""


def _tight(value: Any) -> Cell:
    return escape(visible(value)), "n"


def _right(value: Any) -> Cell:
    return escape(visible(value)), "r"


def _cents(cents: int) -> Cell:
    return amount(cents) if cents else NOTHING, "r"


def _table(
    headers: Sequence[str], rows: Iterable[Sequence[Cell]], total: Sequence[Cell] = (), empty: str = "None."
) -> str:
    """Write a table; a header is aligned as the cells of the first row are."""
    found = list(rows)
    if not found:
        return f"<p>{escape(empty)}</p>"
    head = "".join(
        f'<th scope="col" class="{kind}">{escape(name)}</th>'
        for name, (_, kind) in zip(headers, found[0], strict=True)
    )
    body = "".join(f"<tr>{_cells(row)}</tr>\n" for row in found)
    foot = f"<tfoot><tr>{_cells(total)}</tr></tfoot>" if total else ""
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>{foot}</table>"


def _cells(row: Sequence[Cell]) -> str:
    return "".join(f'<td class="{kind}">{text}</td>' if kind else f"<td>{text}</td>" for text, kind in row)


def _cards(facts: PageFacts) -> str:
    bridge = facts.bridge
    wrong = [view for view in facts.exceptions if view.item.severity == "wrong"]
    loads = sum(cell.count for cell in facts.statuses)
    done, _ = facts.at(LoadStatus.COMPLETED)
    owed = sum(one.total for one in facts.debtors)
    at_risk = sum(view.item.amount_at_risk for view in wrong)
    cards = [
        (f"{done} of {loads}", "loads completed"),
        (f"${amount(bridge.advance)}", "advanced by the factors"),
        (f"${amount(bridge.reserve - bridge.released)}", "still held in reserve"),
        (f"${amount(bridge.fee)}", "paid in fees"),
        (f"${amount(owed)}", "owed by customers"),
        (f"${amount(at_risk)}", f"at risk in {len(wrong)} exceptions"),
    ]
    return "\n".join(
        f'<div class="card"><b>{escape(value)}</b><span>{escape(what)}</span></div>' for value, what in cards
    )


def _moves(facts: PageFacts) -> str:
    return _table(
        ["From", "To", "Times", "Amount"],
        [
            [_left(one.source.value), _left(one.target.value), _right(one.count), _cents(one.amount)]
            for one in moves(facts)
        ],
    )


def _statuses(facts: PageFacts) -> str:
    def row(name: str, subsidiary: str | None) -> list[Cell]:
        return [_left(name), *(_loads(*facts.at(status, subsidiary)) for status in LoadStatus)]

    rows = [row(one.name or one.id, one.id) for one in facts.subsidiaries]
    headers = ["Subsidiary", *(status.value.capitalize() for status in LoadStatus)]
    return _table(headers, rows, row("All", None) if len(rows) > 1 else ())


def _loads(count: int, cents: int) -> Cell:
    if not count:
        return NOTHING, "r"
    return f'{amount(cents)}<br><span class="soft">{count} {"load" if count == 1 else "loads"}</span>', "r"


_BOUGHT = {
    "Bought": "bought",
    "Advance": "advance",
    "Reserve": "reserve",
    "Fee": "fee",
    "Bought for less": "less",
    "Reserve released": "released",
}
_SOLD = {
    "Sold": "sold",
    "Paid": "paid",
    "Written off": "written_off",
    "Charged back": "charged_back",
    "Not bought": "not_bought",
    "Open": "open",
    "Paid too much": "over",
}


def _bridges(facts: PageFacts, columns: Mapping[str, str]) -> str:
    rows = [
        [_connection(one, facts.names), *(_cents(getattr(one.bridge, name)) for name in columns.values())]
        for one in facts.connections
    ]
    total = [_left("All"), *(_cents(getattr(facts.bridge, name)) for name in columns.values())]
    return _table(["Connection", *columns], rows, total if len(rows) > 1 else ())


def _connection(one: ConnectionFacts, names: Mapping[str, str]) -> Cell:
    batches = f"{one.batches} {'batch' if one.batches == 1 else 'batches'}"
    reports = f"{one.reports} {'report' if one.reports == 1 else 'reports'}"
    details = f"{one.factor or one.id}, {one.provider} over {one.protocol}; {batches}, {reports}"
    name = escape(names.get(one.subsidiary, one.subsidiary))
    return f'{name}<br><span class="soft">{escape(details)}</span>', ""


def _exceptions(facts: PageFacts) -> str:
    rows = [
        [
            (f'<span class="tag {escape(view.item.severity)}">{escape(view.item.severity)}</span>', ""),
            _tight(view.item.type.replace("_", " ")),
            _tight(view.item.load or view.item.subject.partition(":")[2]),
            _left(facts.names.get(view.item.subsidiary, view.item.subsidiary)),
            _cents(view.item.amount_at_risk),
            _right(view.age_days),
            _tight(view.suggested.replace("_", " ")),
        ]
        for view in facts.exceptions
    ]
    headers = ["Severity", "Exception", "Load or number", "Subsidiary", "At risk", "Days", "Try first"]
    return _table(headers, rows, empty="Nothing: every row of every report found its place.")


def _debtors(facts: PageFacts) -> str:
    rows = [[_left(one.name), *map(_cents, one.open), _cents(one.total)] for one in facts.debtors]
    sums = [sum(one.open[at] for one in facts.debtors) for at in range(len(BUCKETS))]
    total = [_left("All"), *map(_cents, sums), _cents(sum(sums))]
    return _table(["Customer", *BUCKETS, "All"], rows, total if rows else (), empty="Nobody owes anything.")


def _example(detail: LoadDetail, facts: PageFacts) -> str:
    """Tell the life of one load: what happened, and on what evidence."""
    load, standing = detail.load, detail.standing
    customer = facts.names.get(load.customer, load.customer)
    heading = f"The life of one load: {load.number}"
    lead = (
        f"{customer}, ${amount(face(detail))}; {standing.status.value} today, "
        f"${amount(standing.paid)} paid, ${amount(standing.open)} open."
    )
    history = _table(
        ["Day", "Event", "From", "To", "Because of"],
        [
            [
                _tight(one.at.date().isoformat()),
                _tight(one.event.replace("_", " ")),
                _left(one.from_status),
                _left(one.to_status),
                _tight(one.cause),
            ]
            for one in detail.history
        ],
    )
    evidence = _table(
        ["Evidence", "Dated", "Reference", "Amount"],
        [
            [
                _tight(str(fact["type"]).replace("_", " ") + (f": {fact['word']}" if fact["word"] else "")),
                _tight(fact["on"].isoformat() if fact["on"] else ""),
                _left(fact["reference"]),
                (decimal_text(fact["amount"]) and amount(fact["amount"]), "r")
                if fact["amount"] is not None
                else _right(""),
            ]
            for sale in detail.sales
            for fact in sale.evidence
        ],
        empty="No report has named it.",
    )
    return (
        f"<h2>{escape(heading)}</h2><p>{escape(lead)}</p>"
        f'<h3>History</h3><div class="wide">{history}</div>'
        f'<h3>Evidence from the reports</h3><div class="wide">{evidence}</div>'
        f"{_packet(facts.packet)}"
    )


def _packet(picture: bytes | None) -> str:
    """Show the first page of what the factor receives, inside the page itself."""
    if picture is None:
        return ""
    source = f"data:image/png;base64,{b64encode(picture).decode('ascii')}"
    text = "The invoice with the Notice of Assignment on it, as the factor receives it"
    return f'<figure class="packet"><figcaption>{text}</figcaption><img src="{source}" alt="{text}"></figure>'
