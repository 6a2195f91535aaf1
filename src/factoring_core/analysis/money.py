"""Cents as `Decimal`: the ``money`` accessor of pandas' series and frames."""

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from factoring_core.analysis.building import need_pandas
from factoring_core.analysis.schema import Sort

if TYPE_CHECKING:
    import pandas as pd

_CENT = Decimal("0.01")


class MoneySeries:
    """``series.money``: a column of whole cents, seen as money."""

    def __init__(self, series: "pd.Series[Any]") -> None:
        if series.dtype.kind not in "iu":
            raise AttributeError("only a column of whole cents is money")
        self._series = series

    @property
    def decimal(self) -> "pd.Series[Any]":
        """The amounts as exact decimals with two places; None where one is missing."""
        import pandas as pd

        found = [None if one is pd.NA else Decimal(one) * _CENT for one in self._series.astype(object)]
        return pd.Series(found, self._series.index, dtype=object, name=self._series.name)

    @property
    def text(self) -> "pd.Series[Any]":
        """The amounts as people read them: ``1,234.50``; empty where one is missing."""
        import pandas as pd

        found = ["" if one is None else f"{one:,.2f}" for one in self.decimal]
        return pd.Series(found, self._series.index, dtype="str", name=self._series.name)

    def total(self) -> Decimal:
        """Return the sum as an exact decimal; of nothing it is zero."""
        return Decimal(int(self._series.sum())) * _CENT


class MoneyFrame:
    """``frame.money``: every column of money at once."""

    def __init__(self, frame: "pd.DataFrame") -> None:
        self._frame = frame

    def decimals(self, *columns: str) -> "pd.DataFrame":
        """Return the frame with *columns* as decimals; all that the schemas call money if none is named."""
        wanted = columns or tuple(name for name in self._frame.columns if name in cents_names())
        return self._frame.assign(**{name: self._frame[name].money.decimal for name in wanted})


@cache
def cents_names() -> frozenset[str]:
    """Return the names of every column of money in any schema."""
    from factoring_core.analysis.schemas import RECONCILIATION, SCHEMAS

    every = (*SCHEMAS.values(), *RECONCILIATION.values())
    return frozenset(column.name for one in every for column in one.columns if column.sort is Sort.CENTS)


@cache
def register() -> None:
    """Let pandas know the accessor; once is enough."""
    need_pandas()
    from pandas.api.extensions import register_dataframe_accessor, register_series_accessor

    register_series_accessor("money")(MoneySeries)
    register_dataframe_accessor("money")(MoneyFrame)
