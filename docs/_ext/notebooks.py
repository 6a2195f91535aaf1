"""Run marimo notebooks and put their executed cells into the docs, as plain HTML.

marimo's own export loads scripts from the network; here a cell is its code and what it showed:
text, tables, pictures as inline SVG.  A control is named, because it only works in marimo.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from typing import Any

from attrs import frozen
from docutils import nodes
from docutils.parsers.rst import Directive

FOLDER = Path(__file__).parents[1] / "notebooks"
LABEL = re.compile(r"data-label='(?P<json>[^']*)'")


@frozen
class Cell:
    """One executed cell: its code, empty where the notebook hides it, and what it showed as HTML."""

    code: str
    html: str


def notebook_names() -> list[str]:
    """Return the names of the notebooks there are."""
    return sorted(one.stem for one in FOLDER.glob("*.py") if one.stem != "sample_books")


def executed(name: str) -> list[Cell]:
    """Run a notebook from its first cell to its last, and return what every cell showed."""
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    app = importlib.import_module(name).app
    outputs, _ = app.run()
    cells = app._cell_manager.cell_data()
    return [
        Cell("" if cell.config.hide_code else cell.code, shown(output))
        for cell, output in zip(cells, outputs, strict=True)
    ]


def shown(value: Any) -> str:
    """Return what a cell shows, as HTML that needs no script."""
    import pandas as pd

    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "".join(shown(one) for one in value)
    if isinstance(value, pd.DataFrame):
        return frame(value)
    text = getattr(value, "text", None)
    if isinstance(text, str) and type(value).__module__.startswith("marimo."):
        return control(text) if text.startswith("<marimo-") else prose(text)
    draw = getattr(value, "_repr_html_", None)
    return draw() if draw is not None else f'<pre style="white-space:pre-wrap">{escape(repr(value))}</pre>'


def prose(text: str) -> str:
    """Return marimo's prose without its classes, which mean other things here, and without its title."""
    plain = re.sub(r'<span class="[^"]*">', "<span>", text)
    return re.sub(r"<h1.*?</h1>", "", plain, count=1, flags=re.DOTALL)


def control(text: str) -> str:
    """Name a control that needs marimo to work."""
    found = LABEL.search(text)
    label = re.sub(r"<[^>]*>", "", json.loads(unescape(found["json"]))) if found else "a control"
    return f'<p class="fc note">▸ In marimo, a control stands here: {escape(label)}.</p>'


def frame(table: Any) -> str:
    """Return a frame as a table; amounts and numbers stand to the right."""
    import pandas as pd

    from factoring_core.analysis import html

    def value(cell: Any) -> Any:
        if cell is None or cell is pd.NaT or cell is pd.NA or cell != cell:
            return None
        if isinstance(cell, pd.Timestamp):
            return f"{cell:%Y-%m-%d}"
        return html.Number(cell) if type(cell).__name__ in ("Decimal", "int", "float") else cell

    rows = [[value(cell) for cell in row] for row in table.astype(object).itertuples(index=False)]
    body = html.table([str(name) for name in table.columns], rows) if rows else "<p>No rows.</p>"
    return f'<div class="fc"><style>{html.STYLE}</style>{body}</div>'


class Notebook(Directive):
    """``{notebook} name``: the executed cells of docs/notebooks/name.py."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the cells as nodes."""
        name = self.arguments[0]
        environment = self.state.document.settings.env
        for file in (FOLDER / f"{name}.py", FOLDER / "sample_books.py"):
            environment.note_dependency(str(file))
        return list(self._nodes(executed(name)))

    def _nodes(self, cells: list[Cell]) -> Iterator[nodes.Node]:
        for cell in cells:
            if cell.code:
                code = nodes.literal_block(cell.code, cell.code)
                code["language"] = "python"
                yield code
            if cell.html:
                yield nodes.raw("", cell.html, format="html")


def setup(app: Any) -> dict[str, bool]:
    """Let Sphinx know the directive."""
    app.add_directive("notebook", Notebook)
    return {"parallel_read_safe": True}
