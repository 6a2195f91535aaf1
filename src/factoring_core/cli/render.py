"""What a person reads: tables with rules and colour on a terminal, plain columns elsewhere."""

import sys
from collections.abc import Iterable
from typing import IO, Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from factoring_core.cli.pieces import Line, Piece, Table, visible

SHOWN_FAULTS = 20


def print_pieces(pieces: Iterable[Piece], stream: IO[str] | None = None) -> None:
    """Print *pieces* one below the other, to stdout unless told otherwise."""
    out = sys.stdout if stream is None else stream
    _never_fail_on_letters(out)
    console = Console(file=out, highlight=False, soft_wrap=True)
    for piece in pieces:
        if isinstance(piece, Line):
            console.print(Text(visible(piece.text), style=piece.style))
        elif not piece.rows:
            console.print(Text(visible(piece.empty), style="dim"))
        elif console.is_terminal:
            Console(file=out, highlight=False).print(_ruled(piece))
        else:
            # As the console would write it; it takes a hundred times as long for each line.
            out.writelines(f"{text}\n" for text in _columns(piece))


def print_error(error: dict[str, Any]) -> None:
    """Print an error document to stderr: what happened, what to do, and the first faults."""
    pieces: list[Piece] = [Line(f"Error: {error['message']}", "bold red"), Line(error["remedy"])]
    faults = error["faults"]
    for fault in faults[:SHOWN_FAULTS]:
        place = ", ".join(
            f"{name} {fault[name]}" if name != "file" else str(fault[name])
            for name in ("file", "sheet", "row", "line", "column")
            if fault[name] is not None
        )
        excerpt = f" «{fault['excerpt']}»" if fault["excerpt"] else ""
        pieces.append(Line(f"  {place}: {fault['message']}{excerpt} [{fault['code']}]"))
    total = error.get("fault_count", len(faults))
    if total > SHOWN_FAULTS:
        pieces.append(Line(f"  … and {total - SHOWN_FAULTS} more; --json lists them."))
    print_pieces(pieces, sys.stderr)


def _ruled(table: Table) -> RichTable:
    ruled = RichTable(
        title=visible(table.title) or None, title_justify="left", box=box.SIMPLE_HEAD, header_style="bold"
    )
    for name in table.columns:
        ruled.add_column(Text(name), justify="right" if name in table.right else "left", overflow="fold")
    for row in table.rows:
        ruled.add_row(*(Text(visible(value)) for value in row))
    return ruled


def _columns(table: Table) -> Iterable[str]:
    """Align *table* with spaces, never cut and never wrapped: for files and pipes."""
    rows = [[str(name) for name in table.columns], *([visible(value) for value in row] for row in table.rows)]
    widths = [max(cell_len(row[at]) for row in rows) for at in range(len(table.columns))]
    if table.title:
        yield visible(table.title)
    for row in rows:
        cells = []
        for name, text, width in zip(table.columns, row, widths, strict=True):
            gap = " " * (width - cell_len(text))
            cells.append(gap + text if name in table.right else text + gap)
        yield "  ".join(cells).rstrip()


def _never_fail_on_letters(stream: Any) -> None:
    """Let an output that cannot show a letter show another one instead of failing."""
    if hasattr(stream, "reconfigure") and (stream.encoding or "").lower().replace("-", "") != "utf8":
        stream.reconfigure(errors="replace")
