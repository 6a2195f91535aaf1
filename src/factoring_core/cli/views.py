"""What a person reads about loads, changes and batches, made from the documents that scripts read."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from factoring_core.cli.pieces import Line, Piece, Table, visible

Document = dict[str, Any]

LONG = 1_000
"""So many lines of a table are read by a person; a script reads them all."""


def table(
    rows: Iterable[Document],
    columns: str | list[str],
    *,
    right: str = "",
    title: str = "",
    empty: str = "None.",
) -> Table:
    """Make a table of the keys named in *columns*; ``key=header`` gives a header of its own."""
    names: list[str] = columns.split() if isinstance(columns, str) else columns
    parts = [name.partition("=") for name in names]
    pairs = [(key, (header or key).replace("_", " ")) for key, _, header in parts]
    return Table(
        [header for _, header in pairs],
        [[row.get(key) for key, _ in pairs] for row in rows],
        title,
        frozenset(header for key, header in pairs if key in right.split()),
        empty,
    )


def long_table(rows: Sequence[Document], columns: str, **how: str) -> list[Piece]:
    """Make a table of the first rows, of which there may be very many, and say how many follow."""
    if not rows:
        return []
    shown: list[Piece] = [table(rows[:LONG], columns, **how)]
    left = len(rows) - LONG
    return [*shown, Line(f"… and {left:,} more; --json lists them all.")] if left > 0 else shown


def facts(document: Document, skip: Iterable[str] = ()) -> list[Piece]:
    """List the plain values of a document, one a line."""
    left_out = frozenset(skip)
    names = [
        name
        for name, value in document.items()
        if name not in left_out and not isinstance(value, list | dict)
    ]
    width = max((len(name) for name in names), default=0)
    shown = ((name, visible(document[name]) or "-") for name in names)
    return [Line(f"{name.replace('_', ' '):<{width}}  {value}") for name, value in shown]


def _reasons(rows: Iterable[Document], title: str) -> list[Piece]:
    """List refused loads or warnings, one reason a line."""
    lines = [
        {"load": row["load"], "reason": reason["code"], "message": reason["message"]}
        for row in rows
        for reason in row["reasons"]
    ]
    return [table(lines, "load reason message", title=title)] if lines else []


def warnings(document: Document) -> list[Piece]:
    """List the warnings of a result."""
    return [Line(f"Warning: {text}", "yellow") for text in document["warnings"]]


def transitions(document: Document) -> list[Piece]:
    """List the loads that moved."""
    return long_table(document["transitions"], "load from to events", title="Loads that moved")


def changes(document: Document) -> list[Piece]:
    """Show what became of each load that was named."""
    columns = "load subsidiary status"
    pieces: list[Piece] = []
    for name, title in (("changed", "Changed"), ("unchanged", "As they were")):
        rows = document[name]
        if rows:
            more = " invoice_number=invoice" if "invoice_number" in rows[0] else ""
            pieces.append(table(rows, columns + more, title=title))
    pieces += _reasons(document["refused"], "Refused")
    return pieces or [Line("Nothing to do.")]


def preflight(document: Document) -> list[Piece]:
    """Show which loads are eligible, and why the others are not."""
    pieces: list[Piece] = [
        table(document["eligible"], "load status", title="Eligible", empty="No load is eligible.")
    ]
    return [*pieces, *_reasons(document["refused"], "Refused"), *_reasons(document["warnings"], "Warnings")]


def load_import(document: Document) -> list[Piece]:
    """Show what an import made, changed and moved."""
    counts = ", ".join(
        f"{len(document[name])} {name}"
        for name in ("created", "updated", "unchanged", "removed")
        if document[name]
    )
    pieces: list[Piece] = [
        Line(
            f"Import {document['import_id']} {document['outcome']}: "
            f"{document['rows']} rows; {counts or 'no loads'}."
        )
    ]
    if document["moved_matches"]:
        pieces.append(
            table(document["moved_matches"], "report row from_load to_load", title="Matches that moved")
        )
    return [*pieces, *transitions(document), *warnings(document)]


def imports(document: Document) -> list[Piece]:
    """Show the accepted imports."""
    columns = "import_id=import file rows created updated at by undone_at=undone"
    return [
        table(document["imports"], columns, right="rows created updated", empty="Nothing was imported yet.")
    ]


def load_rows(document: Document) -> list[Piece]:
    """Show loads and where they stand."""
    columns = "load subsidiary customer status route invoice_number=invoice amount paid open batch flags"
    return [table(document["loads"], columns, right="amount paid open", empty="No loads.")]


def load_detail(document: Document) -> list[Piece]:
    """Show everything about one load."""
    pieces = facts(document)
    pieces.append(table(document["documents"], "kind name size", right="size", title="Documents"))
    for sale in document["sales"]:
        where = f"{sale['connection']}/{sale['batch_number']}" if sale["batch"] else sale["connection"]
        rows = [{"fact": name.replace("_", " "), "value": value} for name, value in sale["position"].items()]
        state = "" if sale["live"] else " (ended)"
        pieces.append(table(rows, "fact value", right="value", title=f"Sold through {where}{state}"))
        if sale["evidence"]:
            names = " ".join(name for name in sale["evidence"][0])
            pieces.append(table(sale["evidence"], names, right="amount", title="Evidence"))
    if document["exceptions"]:
        columns = "id type severity amount_at_risk=at_risk suggested resolution"
        pieces.append(table(document["exceptions"], columns, right="amount_at_risk", title="Exceptions"))
    pieces.append(table(document["history"], "at event from to cause actor", title="History"))
    return pieces


def _batch_row(one: Document) -> Document:
    evidence = one["evidence"]["kind"] if one["evidence"] else None
    return {
        **one,
        "count": len(one["loads"]),
        "how": evidence,
        "wait": one.get("lease_until") or one["not_before"],
    }


def batches(document: Document) -> list[Piece]:
    """Show batches, one a line."""
    columns = "batch_number=number connection provider state count=loads amount how=evidence wait=waits_until"
    columns += " batch_id=id"
    rows = [_batch_row(one) for one in document["batches"]]
    return [table(rows, columns, right="batch_number count amount", empty="No batch.")]


def submission(document: Document, by_hand: Collection[str] = ()) -> list[Piece]:
    """Show the batches that were touched, what is next where a person works *by_hand*, what was left out."""
    waiting = [one for one in document["batches"] if _waits(one, by_hand)]
    return [
        *batches(document),
        *(Line(f"Next: `factoring batches files {_name(one)} --to DIR`.") for one in waiting),
        *_reasons(document["refused"], "Left out"),
        *_reasons(document["warnings"], "Warnings"),
    ]


def _waits(one: Document, by_hand: Collection[str]) -> bool:
    """Say whether a batch waits for a person to hand it over."""
    return one["state"] == "sealed" and one["connection"] in by_hand


def _name(one: Document) -> str:
    return f"{one['connection']}/{one['batch_number']}"


def one_batch(document: Document, by_hand: Collection[str] = ()) -> list[Piece]:
    """Show a batch with its loads and files, and what its packets hold otherwise than their papers did."""
    pieces = submission(document, by_hand)
    for one in document["batches"]:
        pieces.append(Line(f"Loads: {', '.join(one['loads'])}"))
        columns = "name load pages size=bytes sha256"
        pieces.append(table(one["files"], columns, right="pages size", title="Files"))
        pieces += [Line(f"{file['name']}: {note}") for file in one["files"] for note in file["notes"]]
    return pieces


def batch_files(document: Document, by_hand: Collection[str] = ()) -> list[Piece]:
    """Show which files were written where."""
    pieces: list[Piece] = [
        Line(f"{len(document['written'])} files in {document['folder']}:"),
        *map(Line, document["written"]),
    ]
    if _waits(document, by_hand):
        pieces.append(Line(f"When the factor has them: `factoring batches confirm {_name(document)}`."))
    return pieces
