"""Finding the columns of a layout by their headers, never by their position."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from attrs import field, frozen

from factoring_core.adapters.reports.table import Record, is_blank, shown
from factoring_core.domain.vocabulary.profile import ReportLayout

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
_NUMBER_WORDS = frozenset({"no", "num", "nbr", "nr", "number"})


@lru_cache(maxsize=16384)
def normalised(heading: str) -> str:
    """Bring a heading to the form in which headings are compared.

    Case, spaces and punctuation do not count; ``#``, ``No.``, ``Num`` and ``Number`` are one:
    ``INV_DATE`` is ``Inv Date``, and ``Invoice#`` is ``InvoiceNo``.
    """
    text = _CAMEL.sub(" ", unicodedata.normalize("NFKC", heading).replace("#", " number "))
    words: list[str] = []
    for word in _WORD.findall(text.casefold()):
        plain = "number" if word in _NUMBER_WORDS else word
        if not (plain == "number" and words[-1:] == ["number"]):
            words.append(plain)
    return "".join(words)


@frozen(kw_only=True)
class HeaderMatch:
    """How one record fits a layout as its header.

    ``columns`` maps a field to the index of its only column; ``unmapped`` are headings that no
    field claims.  ``index`` is the record's position in the file.
    """

    index: int
    columns: dict[str, int] = field(factory=dict)
    missing: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every required field has exactly one column, and no field has two."""
        return not self.missing and not self.doubled


def aliases_of(layout: ReportLayout) -> dict[str, str]:
    """Return the field that each normalised heading stands for."""
    return {normalised(alias): one.name for one in layout.fields for alias in one.aliases}


def match(layout: ReportLayout, record: Record, index: int) -> HeaderMatch:
    """Say how *record* fits *layout* as its header."""
    known = aliases_of(layout)
    found: dict[str, list[int]] = {}
    unmapped = []
    for position, cell in enumerate(record):
        if is_blank(cell):
            continue
        name = known.get(normalised(shown(cell)))
        if name is None:
            unmapped.append(shown(cell))
        else:
            found.setdefault(name, []).append(position)
    return HeaderMatch(
        index=index,
        columns={name: at[0] for name, at in found.items() if len(at) == 1},
        missing=tuple(one.name for one in layout.fields if one.required and one.name not in found),
        doubled=tuple(name for name, at in found.items() if len(at) > 1),
        unmapped=tuple(unmapped),
    )


def find_header(layout: ReportLayout, head: Sequence[Record]) -> HeaderMatch:
    """Return the first record that fits *layout*, or the one that comes closest.

    Looked for among the first ``title_lines`` + 1 records that are not blank.
    """
    filled = [index for index, record in enumerate(head) if not all(map(is_blank, record))]
    matches = [match(layout, head[index], index) for index in filled[: layout.title_lines + 1]]
    fitting = next((one for one in matches if one.fits), None)
    if fitting is not None or not matches:
        return fitting or HeaderMatch(
            index=0, missing=tuple(one.name for one in layout.fields if one.required)
        )
    return max(matches, key=lambda one: (len(one.columns) + len(one.doubled), -len(one.missing)))


def likely_header(head: Sequence[Record]) -> int:
    """Return the position of the record that looks most like a header: most words, fewest figures."""

    def words(record: Record) -> int:
        return sum(
            isinstance(cell, str) and any(map(str.isalpha, cell)) and not any(map(str.isdigit, cell))
            for cell in record
        )

    return max(range(len(head)), key=lambda index: (words(head[index]), -index), default=0)
