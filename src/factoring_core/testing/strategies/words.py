"""Names, numbers, days and amounts as they are seen in the trade."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

NAMES = (
    "Acme Foods, Inc.",
    "C&H Freight Brokers, LLC",
    "Péter és Társa Kft.",
    'The "Best" Logistics Co.',
    "O'Neill & Søn Transport",
    "Total Quality Hauling",
    "Łódź Spedycja Sp. z o.o.",
    "BOLT LOGISTICS LLC DBA Bolt",
    "1st Choice Trucking",
)
CITIES = (("Laredo", "TX"), ("Atlanta", "GA"), ("St. Louis", "MO"), ("Coeur d'Alene", "ID"), ("Québec", "QC"))
FIRST_DAY, LAST_DAY = dt.date(2024, 1, 1), dt.date(2027, 12, 31)


def fixed(value: Any) -> st.SearchStrategy[Any]:
    """Return *value* if it is a strategy, else the strategy of nothing but it."""
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


def built(
    value: type[Any], changes: dict[str, Any], /, **usual: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """Return values of one class: fields as *usual*, or as *changes* say, by a value or a strategy."""
    return st.builds(value, **{**usual, **{name: fixed(one) for name, one in changes.items()}})


def maybe(found: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return None or what is found; None first, so that examples shrink to it."""
    return st.none() | found


def names() -> st.SearchStrategy[str]:
    """Return names of companies, with ampersands, commas, quotes and accents."""
    return st.sampled_from(NAMES)


def ids(prefix: str) -> st.SearchStrategy[str]:
    """Return short ids of one kind of thing."""
    return st.integers(1, 99).map(lambda number: f"{prefix}{number}")


def invoice_numbers() -> st.SearchStrategy[str]:
    """Return invoice numbers as factors see them: with prefixes, leading zeros, dashes and suffixes."""
    digits = st.integers(1, 99_999)
    forms = ("{}", "INV-{}", "INV{}", "{:07}", "{}-A", "A/{}", "{}R1", "2026-{:05}")
    return st.builds(lambda form, number: form.format(number), st.sampled_from(forms), digits)


def references() -> st.SearchStrategy[str]:
    """Return numbers of cheques and transfers; blank as often as in reports."""
    return st.sampled_from(["", "CHK-1", "000CHK-1", "ACH 20260305", "77", "WIRE#9"])


def mc_numbers() -> st.SearchStrategy[str]:
    """Return MC numbers, plain or with their letters."""
    number = st.integers(100_000, 999_999)
    return st.builds(lambda form, one: form.format(one), st.sampled_from(["{}", "MC {}", "MC-{}"]), number)


def amounts(min_value: int = 1, max_value: int = 15_000_00) -> st.SearchStrategy[int]:
    """Return amounts in cents: mostly round ones, and every cent between."""
    every = st.integers(min_value, max_value)
    round_ones = [one for one in (100_00, 1_250_00, 1_250_10, 3_999_99) if min_value <= one <= max_value]
    return st.sampled_from(round_ones) | every if round_ones else every


def days(min_value: dt.date = FIRST_DAY, max_value: dt.date = LAST_DAY) -> st.SearchStrategy[dt.date]:
    """Return business days of a few years."""
    return st.dates(min_value, max_value)


def moments() -> st.SearchStrategy[dt.datetime]:
    """Return moments in UTC."""
    start, end = (dt.datetime.combine(one, dt.time()) for one in (FIRST_DAY, LAST_DAY))
    return st.datetimes(start, end, timezones=st.just(dt.UTC))


def rates(*texts: str) -> st.SearchStrategy[Decimal]:
    """Return rates of a contract."""
    return st.sampled_from([Decimal(text) for text in texts])


def hashes() -> st.SearchStrategy[str]:
    """Return SHA-256 hashes in hex."""
    return st.binary(min_size=32, max_size=32).map(bytes.hex)
