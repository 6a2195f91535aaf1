"""One spelling for numbers and names that people and systems spell in several ways.

Canonical forms only propose a match; amounts, debtors and uniqueness decide it.  Every function
here is idempotent, keeps letters it does not know, and raises nothing.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s\-/#]+")
# What a spreadsheet appends to a number: 1001.0, or 1001.00 with its usual two places.
_DECIMAL_TAIL: Final = re.compile(r"(?<=\w)\.0+$")
_LEADING_ZEROS: Final = re.compile(r"^0+(?=\w)")

_LETTER_OR_DIGIT: Final = re.compile(r"[^\W_]").search

_ZEROS_AND_SPACES: Final = re.compile(r"^[0\s]+(?=\S)")

_DROPPED: Final = re.compile("[.'`\u2019]")
_LEGAL_FORMS: Final = frozenset(
    ["co", "company", "corp", "corporation", "inc", "incorporated", "limited", "llc", "llp", "lp", "ltd"]
)
_MC_PREFIX: Final = re.compile(r"^(?:mc)+(?=[0-9])")


def _settled(step: Callable[[str], str], text: str) -> str:
    """Apply *step* until it changes nothing.

    One round may uncover what another should remove: a prefix behind zeros, zeros behind a
    prefix.  Steps only ever shorten, apart from the folding of letters, which settles at once.
    """
    while (after := step(text)) != text:
        text = after
    return text


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


@lru_cache(maxsize=256)
def _folded_prefixes(prefixes: tuple[str, ...]) -> tuple[str, ...]:
    folded = {_settled(lambda text: _SEPARATORS.sub("", _folded(text)), prefix) for prefix in prefixes}
    # The longest first, so that neither INV nor INVOICE depends on the order in the settings.
    return tuple(sorted(folded - {""}, key=lambda prefix: (-len(prefix), prefix)))


def canonical_number(text: str, prefixes: tuple[str, ...] = ()) -> str:
    """Return an invoice number without case, separators, ``.0`` tail, prefixes and leading zeros.

    Separators are spaces, ``-``, ``/`` and ``#``.  *prefixes* are the subsidiary's; one is removed
    only where a letter or digit remains, as are zeros, so that no number becomes empty: ``INV``
    stays ``inv`` and ``000`` becomes ``0``.
    """
    if not prefixes and text.isdigit() and text.isascii():
        return text.lstrip("0") or "0"
    known = _folded_prefixes(tuple(prefixes))

    def step(number: str) -> str:
        number = _DECIMAL_TAIL.sub("", _SEPARATORS.sub("", _folded(number)))
        for prefix in known:
            if number.startswith(prefix) and _LETTER_OR_DIGIT(number, len(prefix)):
                number = number[len(prefix) :]
                break
        return _LEADING_ZEROS.sub("", number)

    return _settled(step, text)


def canonical_reference(text: str) -> str:
    """Return a cheque, schedule or other reference trimmed, case-folded and without leading zeros.

    References are identifiers of the factor's: what stands inside them stays.  All zeros is ``0``.
    """
    return _settled(lambda reference: _ZEROS_AND_SPACES.sub("", _folded(reference).strip()), text)


@lru_cache(maxsize=4096)
def normal_name(text: str) -> str:
    """Return a company's name as words: no case, accents, punctuation or legal form at the end.

    ``&`` is ``and``; ``Smith & Söhne, Inc.`` is ``smith and sohne``.  A name that is nothing but a
    legal form keeps its first word.
    """

    def step(name: str) -> str:
        letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
        spelled = _DROPPED.sub("", bare).replace("&", " and ")
        words = "".join(letter if letter.isalnum() else " " for letter in spelled).split()
        while len(words) > 1 and words[-1] in _LEGAL_FORMS:
            words.pop()
        return " ".join(words)

    return _settled(step, text)


def normal_mc(text: str) -> str:
    """Return a motor carrier number as digits, without ``MC`` and leading zeros.

    ``""`` where there is no number (blank, ``N/A``, all zeros), so that nothing is compared.
    Other letters stay: ``MX-123456`` is another docket than ``MC-123456``.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(letter for letter in folded if letter.isascii() and letter.isalnum())
    number = _MC_PREFIX.sub("", bare).lstrip("0")
    return number if any(letter.isdigit() for letter in number) else ""
