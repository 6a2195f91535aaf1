"""From a data frame to the CSV a person would have downloaded: exact texts, nothing rounded.

A frame goes the road of a file, so that both are read by the same strict code.  pandas needs no
other package; every other engine comes in through narwhals.
"""

import csv
import datetime as dt
import io
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.errors import Fault, FileRefusedError, MissingExtraError, UsageError

_EXACT = 2**53
_CENT = Decimal("0.01")


def columns_of(frame: Any) -> list[tuple[str, list[Any]]]:
    """Return the columns of any frame in order, as Python values; a name may stand twice.

    Raises:
        UsageError: it is no data frame.
        MissingExtraError: it is not of pandas, and narwhals is not installed.
    """
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(frame, pandas.DataFrame):
        return [
            (str(name), frame.iloc[:, place].astype(object).tolist())
            for place, name in enumerate(frame.columns)
        ]
    try:
        import narwhals as nw
    except ImportError as error:
        raise MissingExtraError("narwhals", "frames") from error
    try:
        known = nw.from_native(frame)
    except TypeError as error:
        what = type(frame).__name__
        raise UsageError(f"A data frame or a path is expected, not {what}.") from error
    table = known.collect() if isinstance(known, nw.LazyFrame) else known
    return [(name, table[name].to_list()) for name in table.columns]


def csv_of(columns: Sequence[tuple[str, Sequence[Any]]], *, name: str) -> bytes:
    """Write columns as UTF-8 CSV: one header line, then a record for each row.

    Args:
        columns: Names and values, as `columns_of` returns them.
        name: What the frame is called in messages.

    Raises:
        FileRefusedError: cells whose exact text cannot be known, all at once.
    """
    faults: list[Fault] = []
    texts = []
    for heading, values in columns:
        cells = []
        for row, value in enumerate(values, start=2):
            try:
                cells.append(cell_text(value))
            except ValueError as error:
                cells.append("")
                faults.append(
                    Fault(code="inexact_cell", message=str(error), file=name, row=row, column=heading)
                )
        texts.append(cells)
    if faults:
        message = f"{len(faults)} cell(s) of {name} have no exact text."
        raise FileRefusedError(message, faults=faults, where={"file": name})
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([heading for heading, _ in columns])
    writer.writerows(zip(*texts, strict=True))
    return out.getvalue().encode()


def is_missing(value: Any) -> bool:
    """Say whether a cell holds nothing, in whichever way its engine says so."""
    # pandas' NA refuses to be compared, so it is known by its name.
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return True
    return isinstance(value, float | Decimal) and value != value


def cell_text(value: Any) -> str:
    """Return the one text a cell stands for; a missing value is an empty cell.

    A binary fraction is taken for money only if it is the one nearest to whole cents.

    Raises:
        ValueError: the text would be a guess.
    """
    if is_missing(value):
        return ""
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case Decimal():
            return _decimal(value)
        case dt.datetime():
            whole = value.time() == dt.time(0) and value.tzinfo is None
            return value.date().isoformat() if whole else value.isoformat()
        case dt.date():
            return value.isoformat()
        case float():
            return _fraction(value)
        case _ if type(value).__module__ == "numpy":
            return cell_text(value.item())
        case _:
            raise ValueError(f"a value of type {type(value).__name__} has no text here")


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("it is not a finite number")
    return format(value, "f")


def _fraction(value: float) -> str:
    if abs(value) > _EXACT:
        raise ValueError("the number is too long for a binary fraction; digits are lost")
    if value.is_integer():
        return str(int(value))
    exact = Decimal(repr(value))
    cents = exact.quantize(_CENT)
    if float(cents) != value:
        raise ValueError("the number is not in whole cents")
    return decimal_text(int(cents.scaleb(2)))
