"""The corpus with known truth, matched by this project and by other means; prints a table for the docs.

Run in an environment with what is to be measured; what is not installed is left out::

    PYTHONPATH=tests:src python tests/benchmarks/truth_beside_others.py 20
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus_truth.corpus import Row, Truth, make


@dataclass
class Line:
    """What one way to match made of the rows."""

    name: str
    rows: int = 0
    recoverable: int = 0
    recovered: int = 0
    wrong: int = 0
    again: int = 0

    def __str__(self) -> str:
        share = 100 * self.recovered / self.recoverable
        return f"| {self.name} | {share:.2f} % | {self.wrong:,} | {self.again / 100:,.2f} |"


Way = Callable[[Truth], Iterator[tuple[Row, str | None, bool]]]
"""Yields every row with the load it was posted on, and whether its money counted before."""


def measure(name: str, way: Way, worlds: int) -> Line:
    """Match every world one way."""
    line = Line(name)
    for seed in range(worlds):
        for row, load, again in way(make(seed)):
            true = (row.sale or "").partition("#")[0] or None
            line.rows += 1
            line.recoverable += row.recoverable and true is not None
            line.recovered += row.recoverable and true is not None and load == true
            line.wrong += load is not None and load != true
            line.again += abs(row.cents) if again and load is not None else 0
    return line


def _invoices(truth: Truth) -> dict[str, list[str]]:
    sold = [one for one in truth.sold if one.how in ("factored", "twice")]
    return {
        "Invoice Number": [one.number for one in sold],
        "Invoice Amount": [f"{one.face // 100}.{one.face % 100:02d}" for one in sold],
        "load": [one.load for one in sold],
    }


def _rows(truth: Truth) -> list[Row]:
    return [row for file in truth.files for row in file.rows]


def by_merge(truth: Truth) -> Iterator[tuple[Row, str | None, bool]]:
    """An exact-key merge of each row with the invoices."""
    import pandas as pd

    rows = _rows(truth)
    table = pd.DataFrame([{**row.cells, "place": place} for place, row in enumerate(rows)])
    joined = table.merge(
        pd.DataFrame(_invoices(truth))[["Invoice Number", "load"]], on="Invoice Number", how="inner"
    )
    loads = dict(zip(joined["place"], joined["load"], strict=True))
    yield from _counted(rows, loads)


def by_datacompy(*keys: str) -> Way:
    """datacompy on the given key columns: what it calls rows in common."""

    def way(truth: Truth) -> Iterator[tuple[Row, str | None, bool]]:
        import datacompy
        import pandas as pd

        rows = _rows(truth)
        table = pd.DataFrame([{**row.cells, "place": str(place)} for place, row in enumerate(rows)])
        table = table[["Invoice Number", "Invoice Amount", "place"]]
        compare = datacompy.PandasCompare(table, pd.DataFrame(_invoices(truth)), join_columns=list(keys))
        common = compare.intersect_rows
        loads = {int(place): load for place, load in zip(common["place"], common["load"], strict=True)}
        yield from _counted(rows, loads)

    return way


def _counted(rows: list[Row], loads: dict[int, str]) -> Iterator[tuple[Row, str | None, bool]]:
    seen: set[tuple[str, ...]] = set()
    for place, row in enumerate(rows):
        cells = tuple(row.cells.values())
        yield row, loads.get(place), cells in seen and place in loads
        seen.add(cells)


def by_project(truth: Truth) -> Iterator[tuple[Row, str | None, bool]]:
    """The whole road of `report apply`."""
    from corpus_truth.road import CONNECTION, drive, world_of

    desk, results = drive(truth)
    world = world_of(desk)
    facts = world.facts[CONNECTION]
    placed: dict[tuple[str, int], tuple[str, bool]] = {}
    for key, place in world.placements[CONNECTION].items():
        if place.sale is None:
            continue
        fact = facts[key]
        for number, copy in enumerate(fact.copies):
            again = placed.get((copy.report, copy.row), ("", False))[1]
            counted = fact.first.primary and fact.posted > 1 and number > 0
            placed[(copy.report, copy.row)] = (place.sale.partition("#")[0], again or counted)
    for file, result in zip(truth.files, results, strict=True):
        for number, row in enumerate(file.rows, start=2):
            load, again = placed.get((result.report_id or "", number), (None, False))
            yield row, load, again


def main() -> None:
    """Print the table."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    ways: list[tuple[str, Way]] = [
        ("`report apply`", by_project),
        ("pandas, merge on the invoice number", by_merge),
        ("datacompy, joined on the invoice number", by_datacompy("Invoice Number")),
        ("datacompy, on number and amount", by_datacompy("Invoice Number", "Invoice Amount")),
    ]
    print("| Way | Recoverable rows found | Rows posted wrongly | Counted twice, USD |")
    print("| --- | --- | --- | --- |")
    rows = 0
    for name, way in ways:
        try:
            line = measure(name, way, worlds)
        except ImportError as missing:
            print(f"not measured here: {name} ({missing.name})", file=sys.stderr)
            continue
        rows = line.rows
        print(line)
    print(f"{worlds} worlds, {rows:,} rows", file=sys.stderr)


if __name__ == "__main__":
    main()
