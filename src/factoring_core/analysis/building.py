"""Building a pandas frame from plain columns by its schema: the same dtypes whatever is installed."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from factoring_core.analysis.schema import Column, Sort, TableSchema
from factoring_core.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    import pandas as pd

Cells = Mapping[str, Sequence[Any]]


def need_pandas() -> None:
    """Go on only where pandas is installed.

    Raises:
        MissingExtraError: it is not.
    """
    try:
        import pandas  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("pandas", "pandas") from error


def build(schema: TableSchema, cells: Cells) -> "pd.DataFrame":
    """Return the frame of *schema*; *cells* has every column of it, as plain Python values.

    Columns beyond the schema are money, where it allows for them.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    need_pandas()
    import pandas as pd

    extra = sorted(cells.keys() - set(schema.names)) if schema.more_cents else []
    columns = [*schema.columns, *(Column(name, Sort.CENTS, "") for name in extra)]
    return pd.DataFrame({one.name: array_of(one, cells[one.name]) for one in columns}, copy=False)


def from_records(schema: TableSchema, records: Iterable[Mapping[str, Any]]) -> "pd.DataFrame":
    """Return the frame of *schema* for a few rows written by hand; what is left out is missing.

    Raises:
        UsageError: a row names a column that the schema does not have.
    """
    rows = list(records)
    strange = sorted({name for row in rows for name in row} - set(schema.names))
    if strange and not schema.more_cents:
        raise UsageError(f"The frame {schema.name} has no column {', '.join(strange)}.")
    return build(schema, {name: [row.get(name) for row in rows] for name in (*schema.names, *strange)})


def array_of(column: Column, values: Sequence[Any]) -> Any:
    """Return one column as the array that pandas keeps."""
    import pandas as pd

    match column.sort:
        case Sort.CENTS | Sort.COUNT:
            return _whole(values)
        case Sort.TEXT:
            return _texts(values)
        case Sort.WORD:
            codes = {word: place for place, word in enumerate(column.words)}
            codes[None] = -1  # type: ignore[index]
            return pd.Categorical.from_codes(
                [codes[one] for one in values], categories=pd.Index(column.words)
            )
        case Sort.DAY:
            return _days(values)
        case Sort.MOMENT:
            made = pd.to_datetime(pd.Series(values, dtype=object), utc=True)
            return made.astype("datetime64[us, UTC]").array
        case Sort.FLAG:
            return _flags(values)
        case Sort.RATE:
            return pd.Series(values, dtype=object).array


def _arrow() -> Any:
    """Return pyarrow where it is installed: it takes plain values in without a look at each by pandas."""
    try:
        import pyarrow
    except ImportError:
        return None
    return pyarrow


def _texts(values: Sequence[Any]) -> Any:
    import pandas as pd

    arrow = _arrow()
    if arrow is None:
        return pd.array(values, dtype="str")
    kind = arrow.large_string()
    if _all_the_same(values):
        # Of a subsidiary, a currency, or what nobody fills in, there is one for all rows.
        return pd.array(arrow.repeat(arrow.scalar(values[0], type=kind), len(values)), dtype="str")
    return pd.array(arrow.array(values, type=kind), dtype="str")


def _all_the_same(values: Sequence[Any]) -> bool:
    if not values or values[0] != values[-1]:
        return False
    return values.count(values[0]) == len(values)


def _whole(values: Sequence[Any]) -> Any:
    """Return whole numbers; straight into the two arrays that hold them, which is fastest."""
    import numpy as np
    import pandas as pd

    if None not in values:
        numbers = np.array(values, dtype=np.int64)
        return pd.arrays.IntegerArray(numbers, np.zeros(len(numbers), dtype=bool))
    cells = np.array(values, dtype=object)
    missing = cells == None  # noqa: E711 - a comparison of every cell
    cells[missing] = 0
    return pd.arrays.IntegerArray(cells.astype(np.int64), missing)


def _flags(values: Sequence[Any]) -> Any:
    """Return flags, in the same way."""
    import numpy as np
    import pandas as pd

    if None in values:
        return pd.array(values, dtype="boolean")
    flags = np.array(values, dtype=bool)
    return pd.arrays.BooleanArray(flags, np.zeros(len(flags), dtype=bool))


def _days(values: Sequence[dt.date | None]) -> Any:
    """Return dates, at midnight of no time zone."""
    import numpy as np
    import pandas as pd

    arrow = _arrow()
    if arrow is None:
        days = np.array(values, dtype="datetime64[D]").astype("datetime64[s]")
    else:
        moments = arrow.array(values, type=arrow.date32()).cast(arrow.timestamp("s"))
        days = moments.to_numpy(zero_copy_only=False)
    return pd.array(days, dtype="datetime64[s]")
