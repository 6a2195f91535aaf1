"""Reading one cell by what its column holds, whether it came as text or typed from a workbook."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from factoring_core.adapters.reports.table import Cell, OddCell, PaddedNumber, shown
from factoring_core.domain.vocabulary.profile import CellKind, LayoutField, ReportLayout
from factoring_core.domain.vocabulary.readers import (
    CellFault,
    read_amount,
    read_currency,
    read_date,
    read_invoice_number,
    read_text,
    read_yes_no,
)

CellReader: TypeAlias = Callable[[Any], Any]
Words: TypeAlias = Mapping[str, frozenset[str]]

BLANK: Final[dict[CellKind, Any]] = {CellKind.AMOUNT: None, CellKind.DATE: None, CellKind.YES_NO: None}
"""What an empty cell becomes; ``""`` for the kinds that are not here."""

_TEXTS: Final = (CellKind.NUMBER, CellKind.TEXT, CellKind.WORD)
_EXACT: Final = 2**53
# Serial 60 is a day that never was, so those up to it mean one day here and another there.
_FIRST_SURE_DAY: Final = dt.date(1900, 3, 1)
_CENT: Final = Decimal("0.01")
_NEARLY: Final = Decimal("1e-9")
_UNITS: Final = 1_000_000_000


def text_reader(field: LayoutField, layout: ReportLayout, words: Words) -> CellReader:
    """Return the reader of one column of texts; *words* are the closed lists by field."""
    match field.kind:
        case CellKind.AMOUNT:
            brackets = field.parentheses
            return lambda text: read_amount(text, parentheses=brackets)
        case CellKind.DATE:
            order = layout.date_order
            return lambda text: read_date(text, order=order)
        case CellKind.NUMBER:
            return read_invoice_number
        case CellKind.YES_NO:
            return read_yes_no
        case CellKind.CURRENCY:
            return read_currency
        case CellKind.WORD:
            return _word_reader(words.get(field.name))
        case CellKind.TEXT:
            return read_text


def typed_reader(field: LayoutField, layout: ReportLayout, words: Words) -> CellReader:
    """Return the reader of one workbook column, whose cells are texts, numbers and dates.

    A date must be typed as one, an amount must be whole cents, and a number that stands for a
    text must have lost nothing that can be seen.
    """
    of_text = text_reader(field, layout, words)

    def read(cell: Cell) -> Any:
        match cell:
            case OddCell():
                raise CellFault(cell.code, cell.message)
            case str():
                if field.kind is CellKind.DATE:
                    raise CellFault("bad_date", "In a workbook a date is a cell of type date, not a text.")
                return of_text(cell)
            case PaddedNumber() if field.kind in _TEXTS:
                return of_text(cell.text)
            case PaddedNumber():
                return _number(cell.number, field.kind, of_text)
            case float():
                return _number(cell, field.kind, of_text)
            case dt.date():
                return _date(cell, field.kind)
            case _:
                raise CellFault("required", "The cell is empty.")

    return read


def _number(value: float, kind: CellKind, of_text: CellReader) -> Any:
    match kind:
        case CellKind.AMOUNT:
            return cents_of(value)
        case CellKind.DATE:
            raise CellFault("bad_date", "This is a number, not a cell of type date.")
        case CellKind.YES_NO | CellKind.CURRENCY:
            raise CellFault("not_in_list" if kind is CellKind.YES_NO else "bad_currency", "This is a number.")
        case CellKind.NUMBER if not value.is_integer() or value < 0:
            raise CellFault("resave_damage", "A spreadsheet holds this number with a fraction or a sign.")
        case _:
            if abs(value) > _EXACT:
                raise CellFault("resave_damage", "The number is too long for a spreadsheet; digits are lost.")
            return of_text(shown(value))


def _date(value: dt.date, kind: CellKind) -> dt.date:
    match kind:
        case CellKind.DATE:
            day = value.date() if isinstance(value, dt.datetime) else value
            if day < _FIRST_SURE_DAY:
                raise CellFault("bad_date", "Spreadsheets disagree on days before March 1900.")
            return read_date(day.isoformat())
        case CellKind.AMOUNT:
            raise CellFault("bad_amount", "This is a date, not an amount.")
        case _:
            raise CellFault("resave_damage", "A spreadsheet turned the text into a date.")


def cents_of(value: float) -> int:
    """Return the cents that a workbook's binary number stands for; refuse all but whole cents."""
    if abs(value) <= _UNITS:
        cents = round(value * 100)
        if cents / 100 == value:
            return cents
        exact = Decimal(repr(value))
        rounded = exact.quantize(_CENT)
        if abs(exact - rounded) <= _NEARLY:
            return int(rounded.scaleb(2))
    raise CellFault("bad_amount", "This number is not an amount in whole cents.")


def word_of(text: str) -> str:
    """Return a word as lists hold it: lower case, single spaces."""
    return " ".join(read_text(text).lower().split())


def type_words(layout: ReportLayout) -> Words:
    """Return the closed list of the type column; of other words an unknown one is only reported."""
    return {"type": frozenset(word for entry in layout.entries for word in entry.words)}


def _word_reader(allowed: frozenset[str] | None) -> CellReader:
    def read(text: str) -> str:
        word = word_of(text)
        if allowed is not None and word not in allowed:
            raise CellFault("not_in_list", "This word is not in the list that the layout gives.")
        return word

    return read
