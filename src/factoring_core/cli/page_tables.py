"""The tables of the page: amounts to the right, a dash where there is nothing."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from factoring_core.cli.page_facts import ConnectionFacts, PageFacts
from factoring_core.cli.pieces import visible
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.usecases.results import LoadDetail

if TYPE_CHECKING:
    import pandas as pd

MINUS, NOTHING = "\u2212", "\u2013"
"""A sign as wide as a digit, and a dash where there is nothing."""


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


def moves_table(facts: PageFacts) -> str:
    """Show every way that loads took."""
    return _table(
        ["From", "To", "Times", "Amount"],
        [
            [_left(one.source.value), _left(one.target.value), _right(one.count), _cents(one.amount)]
            for one in facts.flows
        ],
    )


def statuses_table(facts: PageFacts) -> str:
    """Show what stands at each status, by subsidiary."""

    def row(name: str, subsidiary: str | None) -> list[Cell]:
        return [_left(name), *(_loads(*facts.at(status, subsidiary)) for status in LoadStatus)]

    rows = [row(one.name or one.id, one.id) for one in facts.subsidiaries]
    headers = ["Subsidiary", *(status.value.capitalize() for status in LoadStatus)]
    return _table(headers, rows, row("All", None) if len(rows) > 1 else ())


def _loads(count: int, cents: int) -> Cell:
    if not count:
        return NOTHING, "r"
    return f'{amount(cents)}<br><span class="soft">{count} {"load" if count == 1 else "loads"}</span>', "r"


BOUGHT = {
    "Bought": "bought",
    "Advance": "advance",
    "Reserve": "reserve",
    "Fee": "fee",
    "Bought for less": "less",
    "Reserve released": "released",
}
SOLD = {
    "Sold": "sold",
    "Paid": "paid",
    "Written off": "written_off",
    "Charged back": "charged_back",
    "Not bought": "not_bought",
    "Open": "open",
    "Paid too much": "over",
}


def bridges_table(facts: PageFacts, columns: Mapping[str, str]) -> str:
    """Show parts of the bridges (`BOUGHT` or `SOLD`), by connection."""
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


def exceptions_table(facts: PageFacts) -> str:
    """Show what a person has to look at."""
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


def debtors_table(ageing: "pd.DataFrame") -> str:
    """Show `measures.ageing` in figures."""
    names = list(ageing.columns[1:])
    rows = [[_left(one[0]), *map(_cents, one[1:])] for one in ageing.itertuples(index=False)]
    total = [_left("All"), *(_cents(int(ageing[name].sum())) for name in names)]
    headers = ["Customer", *(name.capitalize() for name in names)]
    return _table(headers, rows, total, empty="Nobody owes anything.")


def history_table(detail: LoadDetail) -> str:
    """Show every step of one load."""
    return _table(
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


def evidence_table(detail: LoadDetail) -> str:
    """Show every fact that the reports state of one load."""
    return _table(
        ["Evidence", "Dated", "Reference", "Amount"],
        [
            [
                _tight(str(fact["type"]).replace("_", " ") + (f": {fact['word']}" if fact["word"] else "")),
                _tight(fact["on"].isoformat() if fact["on"] else ""),
                _left(fact["reference"]),
                (amount(fact["amount"]), "r") if fact["amount"] is not None else _right(""),
            ]
            for sale in detail.sales
            for fact in sale.evidence
        ],
        empty="No report has named it.",
    )
