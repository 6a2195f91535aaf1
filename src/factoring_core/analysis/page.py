"""One self-contained page: a report's outcome, or the books, with their pictures; no script, no network."""

import re
from html import escape

from factoring_core.analysis import measures, pictures
from factoring_core.analysis.frames import frames
from factoring_core.analysis.html import STYLE
from factoring_core.analysis.showing import load_html, report_html, status_html
from factoring_core.domain.reconciling.buckets import Bucket
from factoring_core.usecases.results import ReportResult, ReportView
from factoring_core.wiring import Office

_PAGE = """:root{color-scheme:light dark}
body{margin:2rem auto;max-width:72rem;padding:0 1rem;background:Canvas;color:CanvasText;
font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
@media print{body{margin:0}}
"""
_NAMESPACE = re.compile(r' xmlns(?::\w+)?="[^"]*"')
_MAIN = ("payment_amount", "purchased_amount", "invoice_amount")


def page(title: str, *parts: str) -> str:
    """Return a whole page of *parts*, which are HTML; a browser asks nothing of the network for it."""
    body = "\n".join(parts)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_PAGE}{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def picture(one: pictures.Picture) -> str:
    """Return a picture as a part of a page, where an SVG needs no names of its own."""
    return f'<div class="fc">{_NAMESPACE.sub("", one.svg)}</div>'


def report_page(view: ReportView) -> str:
    """Return the page of one stored report: its buckets, its cents, its exceptions."""
    report, result = view.report, view.result
    parts = [report_html(result, title="What became of its rows")]
    column = main_column(result)
    if column is not None:
        sums = result.conservation[column]
        others = [one.value for one in Bucket if one is not Bucket.MATCHED]
        steps = measures.steps(
            ("read", sums["read"]),
            *((name.replace("_", " "), -sums[name]) for name in others),
            ("matched", None),
        )
        title = f"Where every cent of {column} went"
        parts.insert(0, picture(pictures.waterfall(steps, title=title)))
    voided = "" if report.live else " (undone)"
    return page(f"{report.file_name}, {report.kind.value} report of {report.connection}{voided}", *parts)


def main_column(result: ReportResult) -> str | None:
    """Return the money column that a report is about, or None where it has none."""
    found = [name for name in _MAIN if name in result.conservation]
    return found[0] if found else next(iter(result.conservation), None)


def status_page(office: Office, subsidiary: str | None = None) -> str:
    """Return the page of the books: the status, and what lies behind it in pictures."""
    found = frames(office, subsidiary=subsidiary)
    parts = [status_html(office.status(subsidiary))]
    if len(found.loads):
        parts.append(picture(pictures.flow(found)))
    if len(found.positions):
        parts.append(picture(pictures.waterfall(measures.waterfall(found))))
    if (found.loads["open"] > 0).any():
        parts.append(picture(pictures.ageing(found)))
        parts.append(picture(pictures.concentration(found)))
    named = found.exceptions.sort_values("amount_at_risk", ascending=False)["load"].dropna()
    if len(named):
        own = found.loads[found.loads["load"] == named.iloc[0]].iloc[0]
        parts.append("<h2>The load with most at risk</h2>")
        parts.append(picture(pictures.life(found, own["load"], subsidiary=own["subsidiary"])))
        parts.append(load_html(office.load(f"{own['subsidiary']}/{own['load']}")))
    of = f" of {subsidiary}" if subsidiary else ""
    return page(f"The books{of} on {found.as_of:%d %B %Y}", *parts)
