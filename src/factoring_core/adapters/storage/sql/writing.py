"""A statement that is run once for each of many records, in the words of every database."""

from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from attrs import frozen


class Sort(Enum):
    """What is done with the rows."""

    ADD = "add"
    PUT = "put"
    CHANGE = "change"


@frozen
class Writing:
    """A statement that is run once for each of many records.

    ``rows`` makes its parameters from a tenant and records: the values of ``columns``, in their
    order.  ``key`` are the columns that name a row, ``several`` whether all rows may be changed by
    one statement, because none of them can be in the way of another.
    """

    sort: Sort
    sql: str
    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    several: bool
    rows: Callable[[str, Iterable[Any]], list[Any]]
