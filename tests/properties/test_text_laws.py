"""Laws of money and of the texts in files."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.domain.vocabulary.canonical import (
    canonical_number,
    canonical_reference,
    normal_mc,
    normal_name,
)
from factoring_core.domain.vocabulary.money import MAX_CENTS, Money, cents_of, decimal_text
from factoring_core.domain.vocabulary.readers import (
    CellFault,
    read_amount,
    read_currency,
    read_date,
    read_invoice_number,
    read_text,
    read_yes_no,
)

CENTS = st.integers(-MAX_CENTS, MAX_CENTS)
DATES = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
# Half of the texts are made of what amounts, dates and numbers are made of, so that they come close.
TEXTS = st.text() | st.text("0123456789.,-+$()/#E \xa0\t'INVAaprÃ©")
CODES = {
    "required",
    "bad_amount",
    "bad_date",
    "ambiguous_date",
    "bad_invoice_number",
    "bad_currency",
    "not_in_list",
    "too_long",
    "control_character",
    "encoding_damage",
    "resave_damage",
}


@given(CENTS)
def test_an_amount_survives_its_plain_spelling(cents: int) -> None:
    assert cents == cents_of(decimal_text(cents)) == read_amount(decimal_text(cents))


@given(CENTS)
def test_an_amount_survives_the_spelling_of_a_spreadsheet(cents: int) -> None:
    sign, units = "-" if cents < 0 else "", f"{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    assert (
        cents == read_amount(f"{sign}${units}") == read_amount(f"${sign}{units}") == read_amount(sign + units)
    )
    assert -abs(cents) == read_amount(f"(${units})", parentheses=True)


@given(TEXTS)
def test_an_amount_that_is_read_is_the_one_that_is_written(text: str) -> None:
    """Nothing but sign, commas and dollar lies between the text and an exact decimal."""
    with contextlib.suppress(CellFault):
        cents = read_amount(text)
        assert Decimal(cents) == Decimal(text.strip(" ").replace("$", "").replace(",", "")) * 100


@given(st.integers(), st.lists(st.integers(0, 10**9), min_size=1).filter(any))
def test_parts_of_a_split_sum_to_the_whole_and_lie_within_a_cent_of_their_share(
    cents: int, weights: list[int]
) -> None:
    parts = Money(cents).split(weights)
    total = sum(weights)
    assert cents == sum(part.cents for part in parts)
    assert all(
        abs(part.cents * total - cents * weight) < total for part, weight in zip(parts, weights, strict=True)
    )


@given(st.integers(-(10**12), 10**12), st.decimals(-2, 2, places=6))
def test_a_share_is_the_decimal_rounded_half_up(cents: int, rate: Decimal) -> None:
    assert int((cents * rate).quantize(Decimal(1), ROUND_HALF_UP)) == Money(cents).share(rate).cents


@given(DATES)
def test_a_date_survives_each_of_its_spellings(date: dt.date) -> None:
    american, european = f"{date.month}/{date.day}/{date.year}", f"{date:%d/%m/%Y}"
    assert date == read_date(date.isoformat()) == read_date(american) == read_date(f"{date:%m/%d/%Y}")
    assert date == read_date(european, order="dmy")


@pytest.mark.parametrize(
    "read",
    [read_amount, read_date, read_invoice_number, read_text, read_yes_no, read_currency],
)
@given(text=TEXTS)
def test_a_reader_reads_or_faults_and_does_nothing_else(read: Callable[[str], Any], text: str) -> None:
    try:
        value, code = read(text), None
    except CellFault as fault:
        value, code = "", fault.code
    if code is None:
        assert not isinstance(value, str) or value == read(value)
    else:
        assert code in CODES


@given(TEXTS, st.booleans(), st.booleans(), st.booleans(), st.sampled_from(["mdy", "dmy", "unknown"]))
def test_options_of_a_layout_never_make_a_reader_fail_otherwise(
    text: str, parentheses: bool, dollar: bool, grouping: bool, order: str
) -> None:
    with contextlib.suppress(CellFault):
        read_amount(text, parentheses=parentheses, dollar=dollar, grouping=grouping)
    with contextlib.suppress(CellFault):
        read_date(text, order=order)


@given(TEXTS, st.lists(TEXTS, max_size=3).map(tuple))
def test_the_canonical_number_of_a_canonical_number_is_itself(text: str, prefixes: tuple[str, ...]) -> None:
    number = canonical_number(text, prefixes)
    assert number == canonical_number(number, prefixes)


@given(TEXTS, st.lists(TEXTS, max_size=3).map(tuple))
def test_a_number_with_a_letter_or_digit_never_becomes_empty(text: str, prefixes: tuple[str, ...]) -> None:
    assert not any(letter.isalnum() for letter in text) or canonical_number(text, prefixes)


@given(st.integers(0), st.integers(0, 5), st.sampled_from(["INV", "INV-", "#", ""]))
def test_zeros_a_prefix_and_a_decimal_tail_do_not_make_another_number(
    number: int, zeros: int, prefix: str
) -> None:
    assert str(number) == canonical_number(f"{prefix}{'0' * zeros}{number}.0", ("inv",))


@pytest.mark.parametrize("normal", [canonical_reference, normal_name, normal_mc])
@given(text=TEXTS)
def test_normal_forms_are_their_own_normal_form(normal: Callable[[str], str], text: str) -> None:
    assert normal(text) == normal(normal(text))
