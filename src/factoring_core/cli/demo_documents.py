"""The demonstration as one JSON document, and as the tables that a person reads."""

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from factoring_core.cli.demo_run import Act, AppliedReport, Demonstration
from factoring_core.cli.documents import amounts, money
from factoring_core.cli.page_facts import PARTS, Bridge, PageFacts
from factoring_core.cli.pieces import Line, Piece
from factoring_core.cli.views import table
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.money import cents_of, decimal_text

Document = dict[str, Any]

_BUCKETS = ("read", "matched", "already_known", "non_factored", "exceptions")


def demonstration(run: Demonstration, facts: PageFacts, page: Path | None, left_out: str) -> Document:
    """Write what was done and what came of it.  ``page_left_out``: why there is no page."""
    return {
        "home": str(run.home),
        "page": str(page) if page is not None else None,
        "page_left_out": left_out or None,
        "today": facts.today.isoformat(),
        "acts": [_act(one) for one in run.acts],
        "reports": [_report(one) for one in run.reports],
        "statuses": list(_statuses(facts)),
        "money": [
            {"connection": one.id, "subsidiary": one.subsidiary, **_bridge(one.bridge)}
            for one in facts.connections
        ],
        "exceptions": [
            {
                "id": view.item.id,
                "type": view.item.type.value,
                "severity": view.item.severity.value,
                "subsidiary": view.item.subsidiary,
                "load": view.item.load,
                "amount_at_risk": money(view.item.amount_at_risk),
                "suggested": view.suggested,
            }
            for view in facts.exceptions
        ],
    }


def _act(one: Act) -> Document:
    return {"on": one.on.isoformat(), "subsidiary": one.subsidiary, "did": one.did, "outcome": one.outcome}


def _report(one: AppliedReport) -> Document:
    rows = {name: getattr(one.result.rows, name) if one.result is not None else 0 for name in _BUCKETS}
    return {
        "file": one.issued.file.name,
        "subsidiary": one.issued.subsidiary,
        "outcome": one.result.outcome.value if one.result is not None else "refused",
        "refused": one.refused or None,
        "shows": one.issued.shows,
        "rows": rows,
    }


def _statuses(facts: PageFacts) -> Iterable[Document]:
    for one in facts.subsidiaries:
        for status in LoadStatus:
            count, cents = facts.at(status, one.id)
            yield {"subsidiary": one.id, "status": status.value, "count": count, "amount": money(cents)}


def _bridge(bridge: Bridge) -> Document:
    return amounts({name: getattr(bridge, name) for name in PARTS})


def view(document: Document) -> list[Piece]:
    """Show what was done, then the books: reports, statuses, money, exceptions, and what to type next."""
    connections = [one["connection"] for one in document["money"]]
    statuses = " ".join(one.value for one in LoadStatus)
    buckets = "read matched already_known=known non_factored exceptions"
    pieces = [
        table(document["acts"], "on subsidiary did outcome", title="What was done"),
        table(
            [{**one, **one["rows"], "for": one["subsidiary"]} for one in document["reports"]],
            f"for file outcome {buckets} shows=in_it",
            right=" ".join(_BUCKETS),
            title="Reports, and where their rows went",
        ),
        table(
            _by_subsidiary(document), f"subsidiary what= {statuses}", right=statuses, title="Loads by status"
        ),
        table(
            _by_part(document),
            ["what=", *connections, "all"],
            right=" ".join([*connections, "all"]),
            title="Money",
        ),
        table(
            document["exceptions"],
            "severity type subsidiary load amount_at_risk=at_risk suggested=try_first id",
            right="amount_at_risk",
            title="Exceptions",
        ),
    ]
    return [*(piece for one in pieces for piece in (one, Line(""))), *_next(document)]


def _by_subsidiary(document: Document) -> list[Document]:
    rows: dict[tuple[str, str], Document] = {}
    for cell in document["statuses"]:
        for what, shown in (("count", "loads"), ("amount", "amount")):
            name = cell["subsidiary"]
            row = rows.setdefault(
                (name, what), {"subsidiary": name if what == "count" else "", "what": shown}
            )
            row[cell["status"]] = cell[what]
    return list(rows.values())


def _by_part(document: Document) -> list[Document]:
    rows = []
    for part in PARTS:
        sums = {one["connection"]: one[part] for one in document["money"]}
        total = decimal_text(sum(cents_of(one) for one in sums.values()))
        rows.append({"what": _PARTS.get(part, part.replace("_", " ")), **sums, "all": total})
    return rows


def _next(document: Document) -> list[Piece]:
    home = shlex.quote(document["home"])
    page = (
        Line(f"The page: {document['page']}", "bold")
        if document["page"]
        else Line(f"No page: {document['page_left_out']}", "yellow")
    )
    return [
        page,
        Line("Look around in what was made:", "bold"),
        *(Line(f"  factoring --home {home} {command}") for command in _LOOKS),
        Line("Then with your own data:", "bold"),
        *(Line(f"  factoring {command}") for command in _OWN),
    ]


_PARTS = {"less": "bought for less", "released": "reserve released", "over": "paid too much"}
_LOOKS = ("loads list", "loads show N-2005", "exceptions list", "status")
_OWN = (
    "init                                  # then describe your company in factoring-home/factoring.toml",
    "loads import LOADS.csv",
    "preflight --subsidiary S",
    "submit --subsidiary S",
    "report apply REPORT.csv --subsidiary S",
)
