"""What a person reads about reports, exceptions and decisions."""

from typing import Any

from factoring_core.cli.pieces import Line, Piece
from factoring_core.cli.views import facts, long_table, table, transitions, warnings

Document = dict[str, Any]

BUCKETS = ("matched", "already_known", "non_factored", "exceptions", "information")
OUTCOMES = {
    "applied": "was applied",
    "already_applied": "is applied already; nothing changed",
    "preview": "would be applied; nothing changed",
    "undone": "was undone",
    "already_undone": "is undone already; nothing changed",
    "refused": "was refused; nothing changed",
}


def report(document: Document) -> list[Piece]:
    """Show what one report did: where its rows and its money went."""
    name = document["report_id"] or document.get("file", "The report")
    heading = f"{name} {OUTCOMES.get(document['outcome'], document['outcome'])}."
    pieces: list[Piece] = [Line(heading, "bold")]
    if document["layout"]:
        doubt = "" if document["verified"] else ", a layout not yet verified against a real file"
        pieces.append(
            Line(
                f"{document['kind']} report of {document['connection']}, read as {document['layout']}{doubt}."
            )
        )
    rows = [{"what": "rows", **document["rows"]}]
    rows += [{"what": column.replace("_", " "), **sums} for column, sums in document["conservation"].items()]
    columns = "what= read " + " ".join(BUCKETS)
    if document["rows"]["read"]:
        pieces.append(table(rows, columns, right="read " + " ".join(BUCKETS)))
    columns = "row type severity load amount_at_risk=at_risk id"
    pieces += long_table(document["exceptions"], columns, right="row amount_at_risk", title="Exceptions")
    return [*pieces, *transitions(document), *warnings(document)]


def reports(document: Document) -> list[Piece]:
    """Show what each of several files did."""
    pieces: list[Piece] = []
    for one in document["reports"]:
        pieces += [Line(f"{one['file']}:"), *report(one)]
    return pieces


def fetched(document: Document) -> list[Piece]:
    """Show what became of each file of a folder, and what is not taken yet."""
    pieces: list[Piece] = []
    for one in document["files"]:
        pieces.append(Line(f"{one['file']}:"))
        pieces += report(one["report"]) if one["report"] else [Line(f"Refused: {one['reason']['message']}")]
        if one["archived_as"] is None:
            pieces.append(Line(f"It stays where it is: {one['stays']}."))
    pieces += [Line(one["message"]) for one in document["waiting"]]
    if document["ignored"]:
        pieces.append(Line(f"No reports: {', '.join(document['ignored'])}."))
    return pieces or [Line("Nothing lies ready.")]


def synced(document: Document) -> list[Piece]:
    """Show what a factor's system said, in its own words, and what that did."""
    if not document["asked"]:
        return [Line("The factor's system holds nothing that is still open.")]
    columns = (
        "load invoice_number=invoice said word disposition changed_on=since schedule_number=schedule new"
    )
    pieces: list[Piece] = [table(document["statuses"], columns, empty="It said nothing of any invoice.")]
    if document["silent"]:
        pieces.append(Line(f"It said nothing of {', '.join(document['silent'])}."))
    return [*pieces, *(report(document["report"]) if document["report"] else [Line("Nothing is new.")])]


def report_rows(document: Document) -> list[Piece]:
    """Show accepted reports, one a line."""
    columns = "report_id=report file connection kind layout rows applied_at applied_by live"
    return [table(document["reports"], columns, right="rows", empty="No reports.")]


def report_view(document: Document) -> list[Piece]:
    """Show one accepted report."""
    return [*facts(document), *report(document["result"])]


def inspection(document: Document) -> list[Piece]:
    """Explain how a file was understood: what fits, or what comes nearest and a draft to review."""
    sheets = f", sheets {', '.join(document['sheets'])}" if document["sheets"] else ""
    pieces: list[Piece] = [Line(f"{document['file']} is a file of type {document['file_type']}{sheets}.")]
    if document["best"]:
        kinds = "It fits" if len(document["best"]) == 1 else "It fits equally well"
        pieces.append(Line(f"{kinds} {', '.join(document['best'])}.", "bold"))
        if len(document["best"]) > 1:
            pieces.append(
                Line("Which of them counts, the connections of the subsidiary decide, or --provider.")
            )
        shown = next(one for one in document["layouts"] if one["layout"] == document["best"][0])
        pieces.append(_claimed(shown))
    else:
        pieces.append(Line("No known layout has this header.", "bold"))
        pieces.append(table([_lacking(one) for one in document["layouts"][:3]], "layout found lacks doubled"))
    if document["unmatched"]:
        pieces.append(Line(f"Nothing known is called so: {', '.join(document['unmatched'])}."))
    if document["draft"]:
        where = f"A draft; review it, and keep it in the home as {document['draft_file']}:"
        pieces += [Line(where, "bold"), *map(Line, document["draft"].splitlines())]
    return pieces


def _claimed(layout: Document) -> Piece:
    rows = [{"field": name, "heading": heading} for name, heading in layout["mapped"].items()]
    rows += [{"field": "-", "heading": heading} for heading in layout["unmatched"]]
    return table(rows, "heading field", title=layout["layout"])


def _lacking(layout: Document) -> Document:
    return {
        "layout": layout["layout"],
        "found": len(layout["mapped"]),
        "lacks": ", ".join(layout["missing"]) or "-",
        "doubled": ", ".join(layout["doubled"]) or "-",
    }


def exception_rows(document: Document) -> list[Piece]:
    """Show exceptions and what can be done about each."""
    columns = "id type severity load amount_at_risk=at_risk age_days=days suggested resolutions"
    rows = document["exceptions"]
    if any(not row["open"] for row in rows):
        columns += " open"
    return [table(rows, columns, right="amount_at_risk age_days", empty="No exceptions.")]


def worklist(document: Document) -> list[Piece]:
    """Show what became of each line of a worklist."""
    done, before, refused = (document[name] for name in ("changed", "unchanged", "refused"))
    counts = f"{document['rows']} line(s): {len(done)} decided, {len(before)} decided before"
    pieces: list[Piece] = [Line(f"{counts}, {len(refused)} refused.", "bold")]
    if done or before:
        pieces.append(table([*done, *before], "line exception resolution load decision", right="line"))
    if refused:
        rows = [{**one, "why": one["reasons"][0]["message"]} for one in refused]
        columns = "line exception resolution why"
        pieces.append(table(rows, columns, right="line", title="Refused"))
    return [*pieces, *transitions(document)]


def decisions(document: Document) -> list[Piece]:
    """Show decisions, one a line."""
    columns = "id resolution exception_type load amount count reason actor at live"
    return [table(document["decisions"], columns, right="amount count", empty="No decisions.")]


def resolution(document: Document) -> list[Piece]:
    """Show what a decision did."""
    one = document["decision"]
    pieces: list[Piece] = [
        Line(f"Decision {one['id']} ({one['resolution']}): {document['outcome']}.", "bold")
    ]
    item = document["exception"]
    if item is not None:
        state = "open" if item["open"] else "closed"
        pieces.append(Line(f"Exception {item['id']} ({item['type']}) is {state}."))
    return [*pieces, *transitions(document)]
