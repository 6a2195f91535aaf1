"""What the frames hold: for each its key, and for each column its type, its unit and what missing means."""

from enum import Enum
from typing import Any

from attrs import frozen


class Sort(Enum):
    """What a column holds; `dtype` is the same with and without pyarrow."""

    TEXT = "text"
    WORD = "word"
    """A word of a closed list; the categories are the whole list, in its own order."""
    DAY = "day"
    """A date: midnight, without a time zone."""
    MOMENT = "moment"
    CENTS = "cents"
    """Money in whole cents; ``Series.money.decimal`` gives it as `Decimal`."""
    COUNT = "count"
    FLAG = "flag"
    RATE = "rate"
    """An exact `Decimal`, or None."""

    @property
    def dtype(self) -> str:
        """The name of the pandas dtype."""
        return DTYPES[self]


DTYPES = {
    Sort.TEXT: "str",
    Sort.WORD: "category",
    Sort.DAY: "datetime64[s]",
    Sort.MOMENT: "datetime64[us, UTC]",
    Sort.CENTS: "Int64",
    Sort.COUNT: "Int64",
    Sort.FLAG: "boolean",
    Sort.RATE: "object",
}

UNITS = {Sort.CENTS: "cents", Sort.DAY: "date", Sort.MOMENT: "moment, UTC", Sort.RATE: "share of 1"}


@frozen
class Column:
    """One column.  ``missing``: what a missing value means; empty where none is ever missing."""

    name: str
    sort: Sort
    means: str
    missing: str = ""
    words: tuple[str, ...] = ()
    unit: str = ""


@frozen(kw_only=True)
class TableSchema:
    """One frame: what a row is, what identifies it, and its columns in order.

    ``more_cents``: further columns of cents may stand after these, named by a report layout.
    """

    name: str
    row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    more_cents: bool = False

    def column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((one for one in self.columns if one.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(one.name for one in self.columns)


def text(name: str, means: str, missing: str = "") -> Column:
    """Describe a column of text."""
    return Column(name, Sort.TEXT, means, missing)


def word(name: str, words: type[Enum] | tuple[str, ...], means: str, missing: str = "") -> Column:
    """Describe a column of words of a closed list."""
    listed = words if isinstance(words, tuple) else tuple(str(one.value) for one in words)
    return Column(name, Sort.WORD, means, missing, listed)


def day(name: str, means: str, missing: str = "") -> Column:
    """Describe a column of dates."""
    return Column(name, Sort.DAY, means, missing)


def moment(name: str, means: str, missing: str = "") -> Column:
    """Describe a column of moments."""
    return Column(name, Sort.MOMENT, means, missing)


def cents(name: str, means: str, missing: str = "") -> Column:
    """Describe a column of money."""
    return Column(name, Sort.CENTS, means, missing)


def count(name: str, means: str, missing: str = "", unit: str = "") -> Column:
    """Describe a column of whole numbers."""
    return Column(name, Sort.COUNT, means, missing, unit=unit)


def flag(name: str, means: str, missing: str = "") -> Column:
    """Describe a column of yes and no."""
    return Column(name, Sort.FLAG, means, missing)


def rate(name: str, means: str, missing: str = "") -> Column:
    """Describe a column of exact shares."""
    return Column(name, Sort.RATE, means, missing)


def schema(name: str, row: str, key: str, *columns: Column, **more: Any) -> TableSchema:
    """Describe a frame; *key* names its columns, separated by spaces."""
    return TableSchema(name=name, row=row, key=tuple(key.split()), columns=columns, **more)


def markdown(*schemas: TableSchema) -> str:
    """Write schemas down as the reference page shows them."""
    parts = []
    for one in schemas:
        lines = [f"## {one.name}", "", f"{one.row} Key: {', '.join(f'`{name}`' for name in one.key)}.", ""]
        lines += ["| Column | dtype | Unit | Means | Missing |", "| --- | --- | --- | --- | --- |"]
        for column in one.columns:
            words = f" One of {', '.join(f'`{word}`' for word in column.words)}." if column.words else ""
            unit = column.unit or UNITS.get(column.sort, "")
            missing = column.missing or "never"
            cells = (f"`{column.name}`", f"`{column.sort.dtype}`", unit, f"{column.means}{words}", missing)
            lines.append(f"| {' | '.join(cells)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
