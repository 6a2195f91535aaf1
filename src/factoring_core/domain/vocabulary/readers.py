"""Strict readers of the texts in files: a value, or a fault that says why not.

A cell is understood completely or refused; nothing is guessed, rounded or repaired here.
Every reader trims outer ASCII spaces, and nothing else, and raises `CellFault` for whatever it
does not take, whatever the text.  The rules are those of the data contract for texts in CSV.
"""

import datetime as dt
import re
import unicodedata
from functools import lru_cache
from typing import Final, NoReturn

from factoring_core.domain.vocabulary.money import MAX_CENTS, is_currency


class CellFault(Exception):  # noqa: N818 - a fault of a cell, never an error that callers see
    """One text that cannot be read as what its column holds.

    Never leaves the library: the caller adds file, row and column and turns it into a fault of
    the file.  ``code`` is one of ``required, bad_amount, bad_date, ambiguous_date,
    bad_invoice_number, bad_currency, not_in_list, too_long, control_character,
    encoding_damage, resave_damage``.  ``message`` never repeats the text.
    """

    __slots__ = ("code", "message")

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


MAX_AMOUNT_TEXT: Final = 32
MAX_DATE_TEXT: Final = 32
MAX_INVOICE_NUMBER: Final = 64
MAX_TEXT: Final = 200

_EARLIEST_YEAR: Final = 1900
_LATEST_YEAR: Final = 2199

# What a spreadsheet shows instead of a value: a column too narrow, or a formula that failed.
_HASHES: Final = re.compile(r"#+").fullmatch
_FAILED: Final = "BLOCKED! BUSY! CALC! CONNECT! DIV/0! FIELD! GETTING_DATA N/A NAME? NULL! NUM! REF! SPILL!"
_ERROR_VALUES: Final = frozenset(f"#{word}" for word in f"{_FAILED} UNKNOWN! VALUE!".split())
# A long number as a spreadsheet shows it: 1.23457E+11.  A negative exponent counts only with
# decimals, because 1E-05 is a number somebody may have given and is itself shown as 1.00E-05.
_SCIENTIFIC: Final = re.compile(r"-?[0-9](?:(?:\.[0-9]+)?E\+|\.[0-9]+E-)[0-9]{2,3}").fullmatch

_AMOUNT: Final = re.compile(
    r"(-)?(\$)?(-)?(?:([1-9][0-9]{0,2}(?:,[0-9]{3})+)|([0-9]+))(?:\.([0-9]{1,2}))?"
).fullmatch

_ISO_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})").fullmatch
_SLASH_DATE: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})").fullmatch
_SERIAL: Final = re.compile(r"[0-9]{5}(?:\.[0-9]+)?").fullmatch

# How a spreadsheet shows a number that it took for a date: 3-Apr, 3-Apr-26, Apr-03.  Only in
# title case, as spreadsheets write it; APR-1001 is an honest number.
_MONTH: Final = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY: Final = "(?:0?[1-9]|[12][0-9]|3[01])"
_SHEET_DATE: Final = re.compile(
    rf"{_DAY}-{_MONTH}(?:-(?:[0-9]{{2}}|[0-9]{{4}}))?|{_MONTH}-[0-9]{{2}}"
    rf"|(?:0?[1-9]|1[0-2])/{_DAY}/[0-9]{{4}}"
).fullmatch
PLAIN_NUMBER: Final = "[A-Za-z0-9]{1,32}(?:-[0-9]{3,31})?"
"""Most invoice numbers: nothing that a spreadsheet writes looks so, and they are read as they stand."""
PLAIN_AMOUNT: Final = "[0-9]{1,9}[.][0-9]{2}"
"""Most amounts: without the point they are the cents."""

_PLAIN_NUMBER: Final = re.compile(PLAIN_NUMBER).fullmatch
_ASCII_NUMBER: Final = re.compile(r"[A-Za-z0-9][ -~]*").fullmatch

_ASCII_TEXT: Final = re.compile(r"[ -~]*").fullmatch
# Besides control characters (category Cc): what turns the direction of writing around, so that
# a text looks like another one.
_TURNS_WRITING: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# The first letters of UTF-8 pairs and triples that were read as Windows-1252, as far as they
# occur in names here (é, ñ, ’, –, ®).  Not every lead byte: NESTLÉ® would pass for damage.
_MOJIBAKE_LEAD: Final = re.compile("[ÂÃâïð]").search

_YES: Final = frozenset(["yes", "y", "true"])
_NO: Final = frozenset(["no", "n", "false"])


def _refuse_sheet_damage(text: str) -> None:
    """Raise ``resave_damage`` for what only a spreadsheet writes in place of a value."""
    if _HASHES(text) or text.upper() in _ERROR_VALUES:
        raise CellFault("resave_damage", "A spreadsheet replaced the value; export the file again.")
    if _SCIENTIFIC(text):
        raise CellFault("resave_damage", "A spreadsheet shortened a long number; its digits are lost.")


def read_amount(text: str, *, parentheses: bool = False, dollar: bool = True, grouping: bool = True) -> int:
    """Read an amount into cents.

    An optional minus, an optional ``$`` (before or after it), digits with correctly placed commas
    or none, at most two decimals; ``(12.00)`` is negative where *parentheses* allows it.  At most
    10^9 units either way.  Never rounds; ``-0.00`` is 0.
    """
    # Nearly every cell is a PLAIN_AMOUNT; this road is the general one, cut short.
    if text[-3:-2] == ".":
        digits = text.replace(".", "", 1)
        if digits.isdigit() and digits.isascii() and 2 < len(digits) < 12:
            return int(digits)
    text = text.strip(" ")
    if len(text) > MAX_AMOUNT_TEXT:
        raise CellFault("too_long", f"An amount has at most {MAX_AMOUNT_TEXT} characters.")
    if not text:
        raise CellFault("required", "An amount is missing.")
    bracketed = parentheses and text[0] == "(" and text[-1] == ")"
    found = _AMOUNT(text[1:-1] if bracketed else text)
    if found is None:
        _refuse_amount(text)
    minus, sign, late_minus, grouped, units, places = found.groups()
    if (minus and late_minus) or (late_minus and not sign) or (bracketed and (minus or late_minus)):
        raise CellFault("bad_amount", "The amount has more than one sign.")
    if (sign and not dollar) or (grouped and not grouping):
        _refuse_amount(text)
    cents = int(units or grouped.replace(",", "")) * 100 + int((places or "").ljust(2, "0"))
    if cents > MAX_CENTS:
        raise CellFault("bad_amount", "An amount is at most 1000000000.00.")
    return -cents if minus or late_minus or bracketed else cents


def _refuse_amount(text: str) -> NoReturn:
    _refuse_sheet_damage(text)
    raise CellFault("bad_amount", "This is not an amount such as 1234.50, -5.00 or $1,234.50.")


@lru_cache(maxsize=8192)
def read_date(text: str, *, order: str = "mdy") -> dt.date:
    """Read a date: ``MM/DD/YYYY`` (zeros optional) or ISO ``YYYY-MM-DD``, and nothing else.

    *order* is ``mdy`` or ``dmy``; with any other value the layout does not fix the order, and a
    date with slashes is read only if the calendar leaves one reading (``ambiguous_date``
    otherwise).  A bare serial number is damage that a spreadsheet did, not a date.
    """
    text = text.strip(" ")
    if not text:
        raise CellFault("required", "A date is missing.")
    if found := _ISO_DATE(text):
        year, month, day = found.groups()
        return _dates(year, (month, day))[0]
    if found := _SLASH_DATE(text):
        first, second, year = found.groups()
        readings = {"mdy": [(first, second)], "dmy": [(second, first)]}.get(
            order, [(first, second), (second, first)]
        )
        dates = _dates(year, *readings)
        if dates[0] != dates[-1]:
            raise CellFault("ambiguous_date", "Month and day cannot be told apart; the layout must say.")
        return dates[0]
    if len(text) <= MAX_DATE_TEXT:
        _refuse_sheet_damage(text)
        if _SERIAL(text):
            raise CellFault("resave_damage", "This is a spreadsheet's serial number, not a date.")
    raise CellFault("bad_date", "This is not a date such as 01/31/2026 or 2026-01-31.")


def _dates(year: str, *readings: tuple[str, str]) -> list[dt.date]:
    """Return the dates that the calendar has among *readings* (month, day); never an empty list."""
    dates = []
    if _EARLIEST_YEAR <= int(year) <= _LATEST_YEAR:
        for month, day in readings:
            try:
                dates.append(dt.date(int(year), int(month), int(day)))
            except ValueError:
                continue
    if not dates:
        raise CellFault("bad_date", "The calendar has no such date, or it lies centuries away.")
    return dates


def read_invoice_number(text: str) -> str:
    """Read an invoice number as it stands, in NFC and without outer spaces.

    Refused: what a spreadsheet made of a number (``3-Apr``, ``1.23457E+11``, ``########``), a
    leading ``= @ + -``, more than 64 characters, and every character that cannot be seen or told
    from a space.  Look-alike letters pass: such a number is simply another one.
    """
    if _PLAIN_NUMBER(text):
        return text
    if len(text) > MAX_TEXT:
        raise CellFault("too_long", f"An invoice number has at most {MAX_INVOICE_NUMBER} characters.")
    text = unicodedata.normalize("NFC", text).strip(" ")
    if not text:
        raise CellFault("required", "An invoice number is missing.")
    if len(text) > MAX_INVOICE_NUMBER:
        raise CellFault("too_long", f"An invoice number has at most {MAX_INVOICE_NUMBER} characters.")
    if text[0] in "=@+-":
        raise CellFault("bad_invoice_number", "An invoice number does not begin with = @ + or -.")
    _refuse_sheet_damage(text)
    if _SHEET_DATE(text):
        raise CellFault("resave_damage", "A spreadsheet turned the invoice number into a date.")
    if _ASCII_NUMBER(text):
        return text
    _refuse_encoding_damage(text)
    for letter in text:
        # C…: controls, formats, surrogates, unassigned; Z…: every space and separator.
        if letter != " " and unicodedata.category(letter)[0] in "CZ":
            raise CellFault("bad_invoice_number", f"It holds the invisible character U+{ord(letter):04X}.")
    if not any(letter.isalnum() for letter in text):
        raise CellFault("bad_invoice_number", "An invoice number has at least one letter or digit.")
    return text


def read_text(text: str, *, max_length: int = MAX_TEXT) -> str:
    """Read a free text: NFC, without outer spaces; blank is ``""``.

    Refused: control characters (tab and line ends included) and those that turn the direction of
    writing, texts damaged by a wrong encoding, and more than *max_length* characters.
    """
    if _ASCII_TEXT(text):
        text = text.strip(" ")
    else:
        # Normalising changes lengths by a small factor at most; a huge text is not worth it.
        if len(text) > 4 * max_length + MAX_TEXT:
            raise CellFault("too_long", f"A text here has at most {max_length} characters.")
        text = unicodedata.normalize("NFC", text).strip(" ")
        for letter in text:
            if unicodedata.category(letter) == "Cc" or letter in _TURNS_WRITING:
                raise CellFault("control_character", f"It holds the control character U+{ord(letter):04X}.")
        _refuse_encoding_damage(text)
    if len(text) > max_length:
        raise CellFault("too_long", f"A text here has at most {max_length} characters.")
    return text


def _refuse_encoding_damage(text: str) -> None:
    """Refuse what a wrong decoding leaves: U+FFFD, halves of pairs, and UTF-8 read as Windows-1252."""
    if any(letter == "\ufffd" or "\ud800" <= letter <= "\udfff" for letter in text):
        raise CellFault("encoding_damage", "Some characters were lost when the file was decoded.")
    if _MOJIBAKE_LEAD(text):
        try:
            text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            return
        raise CellFault("resave_damage", "The text was saved in one encoding and opened in another.")


def read_yes_no(text: str) -> bool | None:
    """Read yes, no, y, n, true or false in any case; None for blank."""
    word = text.strip(" ")
    if not word:
        return None
    # The longest word is five letters; lowering a whole document is not needed to know.
    folded = word[:6].lower()
    if folded in _YES:
        return True
    if folded in _NO:
        return False
    raise CellFault("not_in_list", "This is neither yes nor no.")


def read_currency(text: str) -> str:
    """Read a currency code such as ``USD``, in any case; only currencies that count in cents."""
    code = text.strip(" ")
    if not code:
        raise CellFault("required", "A currency is missing.")
    if not (code.isascii() and is_currency(code[:4].upper())):
        raise CellFault("bad_currency", "This is not the code of a currency that counts in cents.")
    return code.upper()
