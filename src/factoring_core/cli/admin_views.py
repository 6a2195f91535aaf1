"""What a person reads about the home, connections, providers, checks and the audit trail."""

from typing import Any

from factoring_core.cli.pieces import Line, Piece
from factoring_core.cli.views import facts, table, transitions, warnings

Document = dict[str, Any]

STYLES = {"ok": "green", "warning": "yellow", "error": "red"}


def made_home(document: Document) -> list[Piece]:
    """Show what was made, and what to type next."""
    home = document["home"]
    files = [name for name in document["created"] if "/" not in name]
    papers = len(document["created"]) - len(files)
    pieces: list[Piece] = [Line(f"Made {home}/{name}") for name in files]
    if papers:
        pieces.append(Line(f"Made {papers} documents in {home}/documents"))
    if not pieces:
        return [Line(f"{home} is there already; nothing was changed.")]
    if document["example"]:
        pieces.append(Line("Next:", "bold"))
        for command in (
            f"loads import {home}/loads.csv",
            "preflight --subsidiary east",
            "submit --subsidiary east",
        ):
            pieces.append(Line(f"  factoring --home {home} {command}"))
    else:
        pieces.append(
            Line(f"Next: describe your company in {home}/factoring.toml, then run `factoring check`.")
        )
    return pieces


def written(document: Document) -> list[Piece]:
    """Show which file was written."""
    how = "Wrote" if document["written"] else "Already there, unchanged:"
    return [Line(f"{how} {document['file']} ({document['size']} bytes).")]


def status(document: Document) -> list[Piece]:
    """Show the books at a glance."""
    pieces: list[Piece] = [
        table(document["counts"], "status count=loads amount paid open", right="count amount paid open")
    ]
    if document["exceptions"]:
        rows = [{"type": name, "count": count} for name, count in document["exceptions"].items()]
        pieces.append(table(rows, "type count", right="count", title="Open exceptions"))
    pieces.append(Line(f"Amount at risk: {document['amount_at_risk']}"))
    pieces.append(Line(f"Reserve outstanding: {document['reserve_outstanding']}"))
    if document["in_doubt"]:
        pieces.append(Line(f"In doubt, do not resend: {', '.join(document['in_doubt'])}", "bold red"))
    if document["waiting_batches"]:
        pieces.append(Line(f"Waiting: {', '.join(document['waiting_batches'])}"))
    if document["stuck_batches"]:
        stuck = ", ".join(document["stuck_batches"])
        pieces.append(Line(f"Begun, and nobody goes on: {stuck}. `factoring resume` does.", "yellow"))
    rows = [{"connection": name, **sums} for name, sums in document["account"].items()]
    if rows:
        names = " ".join(dict.fromkeys(name for row in rows for name in row))
        pieces.append(table(rows, names, right=names, title="Money without an invoice"))
    if document["oldest_queued"]:
        oldest = document["oldest_queued"]
        pieces.append(Line(f"Queued longest: {oldest['load']}, for {oldest['days']} days."))
    return pieces


def findings(document: Document) -> list[Piece]:
    """Show what `check` found, one line each."""
    pieces: list[Piece] = [
        Line(
            f"{one['level']:<8}{one['connection'] or 'configuration'}: {one['message']}",
            STYLES.get(one["level"], ""),
        )
        for one in document["findings"]
    ]
    return pieces or [Line("Nothing to check.")]


def connections(document: Document) -> list[Piece]:
    """Show connections, one a line."""
    columns = "id subsidiary provider factor protocol active draining open_batches"
    return [table(document["connections"], columns, right="open_batches", empty="No connections.")]


def connection(document: Document) -> list[Piece]:
    """Show one connection."""
    return facts(document)


BUY_OUTS = {
    "applied": "was applied",
    "already_applied": "is applied already; nothing moved",
    "preview": "would be applied; nothing moved",
    "undone": "was undone",
    "already_undone": "is undone already; nothing moved",
}


def buy_out(document: Document) -> list[Piece]:
    """Show what a buy-out moved."""
    name = document["buy_out"] or "The buy-out"
    count, open_ = len(document["moved"]), document["open"]
    return [
        Line(f"{name} {BUY_OUTS[document['outcome']]}.", "bold"),
        Line(f"{count} invoice(s) from {document['from']} to {document['to']}, of which {open_} is open."),
        table(document["moved"], "load invoice_number=invoice status", empty="No invoice moved."),
        *transitions(document),
    ]


def credit(document: Document) -> list[Piece]:
    """Show what a factor said of a customer."""
    style = {"approved": "green", "declined": "red"}.get(document["verdict"], "yellow")
    who = document["customer_name"] or document["customer"]
    limit = f", up to {document['limit']}" if document["limit"] else ""
    return [
        Line(f"{who}: {document['verdict']}{limit}", style),
        Line(f"Asked through {document['connection']} at {document['at']}."),
    ]


def audit(document: Document) -> list[Piece]:
    """Show whether the audit trail is intact."""
    if document["broken_at"] is not None:
        whole = f"{document['entries']} entries before it are whole."
        return [Line(f"Broken at entry {document['broken_at']}; {whole}", "bold red")]
    if document["rolled_back"]:
        return [Line(f"Whole, but not what it was: it ends with {document['kept']}.", "bold red")]
    return [Line(f"Intact: {document['entries']} entries. Keep elsewhere: {document['kept']}", "green")]


def recovery(document: Document) -> list[Piece]:
    """Show what has to be asked of the factors."""
    again = " (that was done before)" if document["outcome"] == "already_recovered" else ""
    skipped = f"{document['skipped']} numbers are skipped for each connection"
    if not document["in_doubt"]:
        return [Line(f"No batch may have left since; {skipped}{again}.")]
    return [
        Line(f"{len(document['in_doubt'])} batches may have left since; {skipped}{again}."),
        *(Line(f"  {name}") for name in document["in_doubt"]),
        Line("Ask their factors what arrived, and settle each with `batches settle`.", "bold"),
    ]


def providers(document: Document) -> list[Piece]:
    """Show providers, one a line."""
    rows = table(document["providers"], "id name mode packaging verified layouts")
    return [rows, *warnings({"warnings": document.get("warnings", [])})]


def anything(document: Document) -> list[Piece]:
    """Show a document whatever its shape: values, then each list as a table."""
    pieces = facts({name: value for name, value in document.items() if not _is_long(value)})
    for name, value in document.items():
        if _is_long(value):
            pieces += [Line(f"{name.replace('_', ' ')}:", "bold"), *map(Line, str(value).splitlines())]
        elif isinstance(value, dict):
            pieces += [Line(f"{name.replace('_', ' ')}:", "bold"), *anything(value)]
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            keys = dict.fromkeys(
                key for one in value for key, inner in one.items() if not isinstance(inner, dict)
            )
            rows = [{key: _short(inner) for key, inner in one.items()} for one in value]
            pieces.append(table(rows, list(keys), title=name.replace("_", " ")))
        elif isinstance(value, list):
            pieces.append(Line(f"{name.replace('_', ' ')}: {', '.join(map(str, value)) or '-'}"))
    return pieces


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.strip()


def _short(value: Any) -> Any:
    """Count what a cell has no room for."""
    if isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        return len(value)
    return value
