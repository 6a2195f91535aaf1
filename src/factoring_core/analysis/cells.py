"""The cells of a frame before it is one: a list of plain values for each column."""

from collections.abc import Iterable, Sequence
from typing import Any

from factoring_core.analysis.reading import Snapshot
from factoring_core.analysis.schema import TableSchema

Cells = dict[str, list[Any]]
Snapshots = Sequence[Snapshot]


def columns(schema: TableSchema, rows: Iterable[tuple[Any, ...]]) -> Cells:
    """Turn rows into the columns of *schema*; of no rows, into empty ones."""
    turned = list(zip(*rows, strict=True))
    if not turned:
        return {name: [] for name in schema.names}
    return {name: list(cells) for name, cells in zip(schema.names, turned, strict=True)}


def gathered(schema: TableSchema, parts: Iterable[Cells]) -> Cells:
    """Put the columns of several subsidiaries behind each other."""
    found: Cells = {}
    for part in parts:
        for name in schema.names:
            # Most books are of one subsidiary, whose lists can be taken as they are.
            found[name] = found[name] + part[name] if name in found else part[name]
    return found or {name: [] for name in schema.names}
