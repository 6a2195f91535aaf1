"""Charts as SVG texts: drawn by altair, rendered here without a browser or a network.

Colours are names of the page's own CSS variables, so that one drawing serves light and dark.
"""

import re
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from attrs import frozen

from factoring_core.cli.page_facts import BUCKETS, Bridge, Debtor
from factoring_core.errors import MissingExtraError

_NAMESPACE = re.compile(r' xmlns(?::\w+)?="[^"]*"')
_SIZE = re.compile(r'(<svg[^>]*?) width="(\d+)" height="(\d+)"')
_FONT = "sans-serif"


@frozen
class Bar:
    """One bar of a waterfall; *whole* bars stand on the ground, the others hang from the last.  Cents."""

    label: str
    amount: int
    colour: str
    whole: bool = False


def funding(bridge: Bridge) -> str:
    """Draw what became of the invoices that were bought, on the day they were."""
    bars = [
        Bar("Bought", bridge.bought, "total", whole=True),
        Bar("Advance", bridge.advance, "good"),
        Bar("Reserve", bridge.reserve, "held"),
        Bar("Fee", bridge.fee, "cost"),
    ]
    if bridge.less:
        bars.append(Bar("Bought|for less", bridge.less, "bad"))
    return _waterfall(bars, "Bought invoices: advance, reserve and fee")


def collection(bridge: Bridge) -> str:
    """Draw what became of everything that was sold, until today."""
    return _waterfall(
        [
            Bar("Sold", bridge.sold + bridge.adjusted, "total", whole=True),
            Bar("Paid", bridge.paid, "good"),
            Bar("Written|off", bridge.written_off, "cost"),
            Bar("Charged|back", bridge.charged_back, "bad"),
            Bar("Not|bought", bridge.not_bought, "held"),
            Bar("Open", bridge.open, "open", whole=True),
        ],
        "Sold invoices: paid, written off, charged back, not bought, open",
    )


def _waterfall(bars: Sequence[Bar], title: str) -> str:
    alt = _altair()
    values, level = [], 0
    for at, bar in enumerate(bars):
        top = bar.amount if bar.whole else level
        bottom = 0 if bar.whole else level - bar.amount
        level = top if bar.whole else bottom
        values.append(
            {
                "label": bar.label,
                "top": top / 100,
                "bottom": bottom / 100,
                "level": level / 100,
                "next": bars[at + 1].label if at + 1 < len(bars) else bar.label,
                "text": f"{bar.amount / 100:,.0f}",
                "colour": f"var(--{bar.colour})",
            }
        )
    labels = [bar.label for bar in bars]
    axis = alt.Axis(
        labelExpr="split(datum.label, '|')",
        labelAngle=0,
        labelAlign="center",
        labelPadding=8,
        title=None,
        ticks=False,
        domain=False,
    )
    x = alt.X("label:N", sort=labels, axis=axis, scale=alt.Scale(paddingInner=0.28, paddingOuter=0.1))
    y = alt.Y("top:Q", axis=alt.Axis(format="~s", title=None, tickCount=5, domain=False, ticks=False))
    base = alt.Chart(alt.Data(values=values))
    chart = alt.layer(
        base.mark_rule(strokeDash=[2, 3], stroke="var(--faint)").encode(
            x=x, x2="next:N", y=alt.Y("level:Q", title=None)
        ),
        base.mark_bar(cornerRadius=2).encode(
            x=x, y=y, y2="bottom:Q", color=alt.Color("colour:N", scale=None)
        ),
        base.mark_text(dy=-8, fontSize=12, fontWeight=600, color="var(--ink)").encode(
            x=x, y="top:Q", text="text:N"
        ),
    ).properties(width=max(300, 78 * len(bars)), height=250)
    return _svg(chart, title)


def ageing(debtors: Sequence[Debtor]) -> str:
    """Draw what each debtor owes, in shades by age."""
    alt = _altair()
    shades = [f"var(--age{at})" for at in range(len(BUCKETS))]
    values = [
        {"debtor": one.name, "bucket": bucket, "order": at, "amount": amount / 100}
        for one in debtors
        for at, (bucket, amount) in enumerate(zip(BUCKETS, one.open, strict=True))
        if amount
    ]
    totals = [
        {"debtor": one.name, "total": one.total / 100, "text": f"{one.total / 100:,.0f}"} for one in debtors
    ]
    names = [one.name for one in debtors]
    y_axis = alt.Axis(title=None, ticks=False, domain=False, labelLimit=240, labelPadding=8, minExtent=190)
    x_axis = alt.Axis(title=None, format="~s", tickCount=6, domain=False, ticks=False)
    legend = alt.Legend(title=None, orient="top", symbolType="square", direction="horizontal")
    bars = (
        alt.Chart(alt.Data(values=values))
        .mark_bar(height=18, stroke="var(--paper)", strokeWidth=1)
        .encode(
            x=alt.X("amount:Q", stack="zero", axis=x_axis),
            y=alt.Y("debtor:N", sort=names, axis=y_axis),
            color=alt.Color(
                "bucket:N",
                sort=list(BUCKETS),
                scale=alt.Scale(domain=list(BUCKETS), range=shades),
                legend=legend,
            ),
            order=alt.Order("order:Q"),
        )
    )
    sums = (
        alt.Chart(alt.Data(values=totals))
        .mark_text(align="left", dx=6, fontSize=12, fontWeight=600, color="var(--ink)")
        .encode(x="total:Q", y=alt.Y("debtor:N", sort=names), text="text:N")
    )
    chart = alt.layer(bars, sums).properties(width=700, height=32 * max(1, len(debtors)))
    return _svg(chart, "What each debtor owes, by age")


def _svg(chart: Any, title: str) -> str:
    """Render *chart* as an SVG that takes the width it is given and says what it shows."""
    import vl_convert

    chart = chart.configure(
        background="transparent",
        font=_FONT,
        view={"stroke": None},
        axis={
            "labelColor": "var(--soft)",
            "labelFontSize": 12,
            "gridColor": "var(--line)",
            "labelFont": _FONT,
        },
        legend={"columnPadding": 22, "labelColor": "var(--ink)", "labelFontSize": 12, "labelFont": _FONT},
    )
    text: str = vl_convert.vegalite_to_svg(chart.to_dict())
    text = _NAMESPACE.sub("", text)
    label = title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return _SIZE.sub(rf'\1 role="img" aria-label="{label}" style="max-width:\2px"', text, count=1)


def _altair() -> Any:
    """Bring in altair at its first use.

    Raises:
        MissingExtraError: it, or the package that renders its charts, is not installed.
    """
    found = []
    for package in ("altair", "vl_convert"):
        try:
            found.append(import_module(package))
        except ModuleNotFoundError as missing:
            if missing.name != package:
                raise
            raise MissingExtraError(
                package.replace("vl_convert", "vl-convert-python"), "notebook"
            ) from missing
    return found[0]
