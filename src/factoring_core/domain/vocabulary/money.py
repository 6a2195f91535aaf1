"""Money as whole cents: exact sums, one rounding rule, one spelling.

An amount is an ``int`` of minor units wherever there are many of them (columns, positions,
stores); `Money` joins it with its currency where two amounts could be mixed up.  Binary
fractions appear nowhere, and `decimal.Decimal` only as a rate.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Self

from attrs import frozen

from factoring_core.errors import AmountError

MAX_CENTS: Final = 10**11
"""The largest amount read from a text: 10^9 units.  Sums may be larger."""

DEFAULT_CURRENCY: Final = "USD"

# ISO 4217 codes whose minor unit is not a hundredth: reading their texts as cents would be wrong.
_NO_PLACES: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_MORE_PLACES: Final = "BHD CLF IQD JOD KWD LYD OMR TND UYW"
_NOT_IN_CENTS: Final = frozenset(f"{_NO_PLACES} {_MORE_PLACES}".split())
_CODE: Final = re.compile(r"[A-Z]{3}").fullmatch
_DECIMAL: Final = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,2}))?").fullmatch

# A rate is a share, not a quantity: this many places either way is generous, and keeps the
# exact integer arithmetic below from being fed a number with a million digits.
_RATE_PLACES: Final = 30


def is_currency(code: str) -> bool:
    """Say whether *code* is three capital letters, and no currency known to count otherwise than in cents."""
    return _CODE(code) is not None and code not in _NOT_IN_CENTS


def checked_cents(cents: object) -> int:
    """Return *cents* unchanged if it is an ``int``; `AmountError` for anything else, booleans included."""
    # An exact type test: True is an int to isinstance, and no subclass of int is an amount.
    if type(cents) is not int:
        raise AmountError(f"An amount is a whole number of cents, not {type(cents).__name__}.")
    return cents


def decimal_text(cents: int) -> str:
    """Spell an amount as a plain decimal with two places: ``-1205`` becomes ``"-12.05"``."""
    units, rest = divmod(abs(checked_cents(cents)), 100)
    return f"{'-' if cents < 0 else ''}{units}.{rest:02d}"


def cents_of(text: str) -> int:
    """Read a plain decimal (``"12"``, ``"12.5"``, ``"-12.50"``) into cents.

    For our own documents, settings and options.  ASCII digits only, no spaces, no signs but a
    leading minus, no more than two places, at most 10^9 units either way; everything else is an
    `AmountError`.  Texts from other people's files go through `readers.read_amount`.
    """
    found = _DECIMAL(text)
    if found is None:
        raise AmountError("An amount is a plain decimal with at most two places, such as 1234.50.")
    sign, units, places = found.groups(default="")
    cents = int(units) * 100 + int(places.ljust(2, "0"))
    if cents > MAX_CENTS:
        raise AmountError("An amount is at most 1000000000.00.")
    return -cents if sign else cents


@frozen
class Money:
    """An exact amount in one currency.

    ``cents`` are hundredths.  Two amounts combine and compare only within one currency
    (`AmountError` otherwise); they are merely unequal across currencies, so that they can be
    keys.  A plain number is never taken for an amount.
    """

    cents: int
    currency: str = DEFAULT_CURRENCY

    def __attrs_post_init__(self) -> None:
        checked_cents(self.cents)
        if type(self.currency) is not str or not is_currency(self.currency):
            raise AmountError("A currency is three capital letters and counts in cents, such as USD.")

    def _same(self, other: "Money") -> int:
        if not isinstance(other, Money):
            raise AmountError(f"{type(other).__name__} is not an amount; say Money.")
        if other.currency != self.currency:
            raise AmountError(f"{self.currency} and {other.currency} do not combine; nothing is converted.")
        return other.cents

    def __add__(self, other: "Money") -> "Money":
        return Money(self.cents + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.cents - self._same(other), self.currency)

    def __mul__(self, count: int) -> "Money":
        # Only a count: a rate must say how it rounds, which is `share`.
        if type(count) is not int:
            raise AmountError("Money is multiplied by a whole number; for a rate use share.")
        return Money(self.cents * count, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.cents, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.cents), self.currency)

    def __bool__(self) -> bool:
        return self.cents != 0

    def __lt__(self, other: "Money") -> bool:
        return self.cents < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.cents <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.cents > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.cents >= self._same(other)

    def __str__(self) -> str:
        units, rest = divmod(abs(self.cents), 100)
        return f"{'-' if self.cents < 0 else ''}{units:,}.{rest:02d} {self.currency}"

    @classmethod
    def zero(cls, currency: str = DEFAULT_CURRENCY) -> Self:
        """Return nothing, in one currency: the start of a sum."""
        return cls(0, currency)

    def share(self, rate: Decimal) -> "Money":
        """Return this amount times *rate*, rounded once, half a cent away from zero.

        Exact before the rounding, whatever the decimal context says.  `AmountError` for a rate
        that is not a finite `Decimal` of a sensible size.
        """
        if type(rate) is not Decimal or not rate.is_finite():
            raise AmountError("A rate is a finite Decimal.")
        _, digits, exponent = rate.as_tuple()
        if len(digits) > _RATE_PLACES or abs(int(exponent)) > _RATE_PLACES:
            raise AmountError(f"A rate has at most {_RATE_PLACES} places.")
        top, bottom = rate.as_integer_ratio()
        product = self.cents * top
        rounded = (2 * abs(product) + bottom) // (2 * bottom)
        return Money(-rounded if product < 0 else rounded, self.currency)

    def split(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Divide this amount in proportion to *weights*; the parts sum to the whole.

        Each part is its exact share cut to the cent; the cents left over go one each to the
        largest remainders, the earlier part first where two are equal.  Weights are whole
        numbers, none negative and not all zero, else `AmountError`.
        """
        if any(type(weight) is not int or weight < 0 for weight in weights) or not any(weights):
            raise AmountError("Weights are whole numbers, none negative and not all zero.")
        total = sum(weights)
        whole = abs(self.cents)
        parts = [whole * weight // total for weight in weights]
        by_remainder = sorted(range(len(parts)), key=lambda at: -(whole * weights[at] % total))
        for index in by_remainder[: whole - sum(parts)]:
            parts[index] += 1
        sign = -1 if self.cents < 0 else 1
        return tuple(Money(sign * part, self.currency) for part in parts)
