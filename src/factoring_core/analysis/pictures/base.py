"""A picture: an altair chart that shows itself as an SVG, without any script."""

import re
from typing import TYPE_CHECKING, Any

from factoring_core.errors import MissingExtraError

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

BLUE, ORANGE, GREEN, RED, SKY, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#8A8A8A"
"""Okabe and Ito's palette: colour-blind people can tell them apart, on white and on black."""

PALETTE = (BLUE, ORANGE, GREEN, RED, SKY, "#CC79A7", "#F0E442", GREY)
WIDTH = 620
INK = "#808080"
_FONT = "system-ui, sans-serif"


def altair() -> Any:
    """Return altair.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import altair
    except ImportError as error:
        raise MissingExtraError("altair", "notebook") from error
    return altair


class Picture:
    """A chart with a title; a notebook shows it as SVG, a terminal as one line.

    ``chart`` is the altair chart, to be changed or combined at will.
    """

    def __init__(self, chart: "alt.TopLevelMixin", *, title: str, rows: int) -> None:
        self.chart = chart
        self.title = title
        self._rows = rows

    @property
    def svg(self) -> str:
        """The picture as SVG text, to be put into any page; its texts take the page's colour."""
        try:
            import vl_convert
        except ImportError as error:
            raise MissingExtraError("vl-convert-python", "notebook") from error
        made: str = vl_convert.vegalite_to_svg(self.chart.to_dict(), vl_version="6.1")
        return labelled(made, self.title)

    def _repr_html_(self) -> str:
        from factoring_core.analysis.html import STYLE

        return f'<div class="fc"><style>{STYLE}</style>{self.svg}</div>'

    def __repr__(self) -> str:
        return f"<picture: {self.title}, {self._rows} rows>"


def labelled(svg: str, title: str) -> str:
    """Give an SVG a name that is read aloud, and let its texts take the colour around them."""
    from html import escape

    named = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(title, quote=True)}" ', 1)
    return re.sub(r'(<text[^>]*?) fill="[^"]*"', r'\1 fill="currentColor"', named)


def dressed(
    chart: Any, *, title: str, data: "pd.DataFrame", height: int, width: int = WIDTH, room: int = 130
) -> Picture:
    """Give a chart its title, size and quiet axes, and make it a picture.

    ``room``: pixels to its right, for labels at the ends of bars.
    """
    # A browser's letters may be wider than those the layout was measured with.
    sized = chart.properties(
        width=width,
        height=height,
        title=title,
        padding={"left": 36, "right": room, "top": 5, "bottom": 5},
    )
    quiet = (
        sized.configure(background="transparent", font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=INK,
            titleColor=INK,
            gridColor=INK,
            gridOpacity=0.25,
            domainColor=INK,
            tickColor=INK,
            labelFontSize=12,
            titleFontSize=12,
            labelLimit=260,
        )
        .configure_legend(labelColor=INK, titleColor=INK, labelFontSize=12, orient="bottom")
        .configure_title(color=INK, anchor="start", fontSize=14)
    )
    return Picture(quiet, title=title, rows=len(data))


def units(cents: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return cents as units for an axis: a picture is looked at, not added up."""
    return cents.astype("float64") / 100


def money(amount: int) -> str:
    """Spell an amount for a label."""
    from factoring_core.analysis.html import Money

    return str(Money(int(amount)))
