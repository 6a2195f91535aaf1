"""Money: whole cents, one currency at a time, one rounding rule."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import pytest

from factoring_core.domain.vocabulary.money import MAX_CENTS, Money, cents_of, decimal_text, is_currency
from factoring_core.errors import AmountError


@pytest.mark.parametrize("cents", [True, 1.0, Decimal(1), "1", None])
def test_only_an_int_is_an_amount(cents: Any) -> None:
    with pytest.raises(AmountError):
        Money(cents)
    with pytest.raises(AmountError):
        decimal_text(cents)


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", "US$", "ＵＳＤ", "", None, 840])
def test_a_currency_is_three_capital_letters(currency: Any) -> None:
    with pytest.raises(AmountError):
        Money(1, currency)


@pytest.mark.parametrize("currency", ["JPY", "KWD", "CLF"])
def test_a_currency_that_does_not_count_in_hundredths_is_refused(currency: str) -> None:
    assert not is_currency(currency)
    with pytest.raises(AmountError):
        Money(1, currency)


def test_amounts_of_one_currency_add_and_subtract() -> None:
    assert Money(1250) == Money(1000) + Money(250)
    assert Money(-750) == Money(250) - Money(1000)
    assert Money(750) == abs(-Money(750))
    assert Money(300) == Money(100) * 3


def test_amounts_of_two_currencies_neither_combine_nor_compare() -> None:
    dollars, pesos = Money(100), Money(100, "MXN")
    acts: list[Callable[[], object]] = [
        lambda: dollars + pesos,
        lambda: dollars - pesos,
        lambda: dollars < pesos,
        lambda: dollars <= pesos,
        lambda: dollars > pesos,
        lambda: dollars >= pesos,
    ]
    for act in acts:
        with pytest.raises(AmountError, match="nothing is converted"):
            act()


def test_amounts_of_two_currencies_are_simply_unequal() -> None:
    assert Money(100) != Money(100, "MXN")
    assert 2 == len({Money(100), Money(100, "MXN"), Money(100)})


@pytest.mark.parametrize("other", [1, True, 1.0, Decimal(1), None])
def test_a_plain_number_is_never_taken_for_an_amount(other: Any) -> None:
    acts: list[Callable[[], object]] = [
        lambda: Money(1) + other,
        lambda: Money(1) - other,
        lambda: Money(1) < other,
    ]
    for act in acts:
        with pytest.raises(AmountError):
            act()
    assert Money(1) != other


@pytest.mark.parametrize("count", [True, 1.5, Decimal("0.5"), Money(2)])
def test_money_is_multiplied_by_counts_only(count: Any) -> None:
    with pytest.raises(AmountError):
        Money(1) * count


def test_amounts_of_one_currency_have_an_order() -> None:
    assert [Money(-5), Money(0), Money(7)] == sorted([Money(7), Money(-5), Money(0)])
    assert Money(1) <= Money(1) >= Money(1)
    assert Money(2) > Money(1)


def test_nothing_is_false_and_a_cent_of_debt_is_not() -> None:
    assert not Money.zero()
    assert Money(-1)


@pytest.mark.parametrize(
    ("cents", "text"),
    [(123450, "1,234.50 USD"), (-5, "-0.05 USD"), (0, "0.00 USD"), (-123456789, "-1,234,567.89 USD")],
)
def test_an_amount_reads_with_commas_and_its_currency(cents: int, text: str) -> None:
    assert text == str(Money(cents))


@pytest.mark.parametrize(
    ("cents", "rate", "expected"),
    [
        (100, "0.005", 1),
        (100, "0.0049", 0),
        (-100, "0.005", -1),
        (12345, "0.97", 11975),
        (12345, "0.035", 432),
        (100, "-0.015", -2),
        (10**15 + 1, "1", 10**15 + 1),
        (7, "0", 0),
    ],
)
def test_a_share_rounds_half_a_cent_away_from_zero(cents: int, rate: str, expected: int) -> None:
    assert Money(expected) == Money(cents).share(Decimal(rate))


def test_a_share_does_not_depend_on_the_decimal_context() -> None:
    with localcontext() as context:
        context.prec = 2
        assert Money(11975309) == Money(12345679).share(Decimal("0.97"))


@pytest.mark.parametrize("rate", [0.5, 1, "half", Decimal("NaN"), Decimal("Infinity"), Decimal("1E+999999")])
def test_a_rate_is_a_finite_decimal_of_a_sensible_size(rate: Any) -> None:
    with pytest.raises(AmountError):
        Money(100).share(rate)


def test_a_rate_of_too_many_digits_is_refused() -> None:
    with pytest.raises(AmountError):
        Money(100).share(Decimal("0." + "1" * 31))


@pytest.mark.parametrize(
    ("cents", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (101, [1, 2], [34, 67]),
        (5, [0, 1], [0, 5]),
        (0, [3, 4], [0, 0]),
        (1, [1, 1], [1, 0]),
        (101, [2, 1], [67, 34]),
        (101, [1, 4, 2], [14, 58, 29]),
    ],
)
def test_a_split_gives_spare_cents_to_the_largest_remainders_and_the_earlier_part(
    cents: int, weights: list[int], parts: list[int]
) -> None:
    assert tuple(map(Money, parts)) == Money(cents).split(weights)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [0.5, 0.5], [True]])
def test_a_split_needs_whole_weights_of_which_one_counts(weights: Any) -> None:
    with pytest.raises(AmountError):
        Money(100).split(weights)


@pytest.mark.parametrize(("cents", "text"), [(-1205, "-12.05"), (5, "0.05"), (0, "0.00"), (100, "1.00")])
def test_the_plain_spelling_has_two_places_and_no_commas(cents: int, text: str) -> None:
    assert text == decimal_text(cents)


@pytest.mark.parametrize(
    ("text", "cents"),
    [("12", 1200), ("12.5", 1250), ("-12.50", -1250), ("-0.00", 0), ("1000000000", MAX_CENTS), ("007", 700)],
)
def test_a_plain_decimal_is_read_into_cents(text: str, cents: int) -> None:
    assert cents == cents_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1\n",
        "+1",
        "--1",
        "1.",
        ".5",
        "1.005",
        "1,000",
        "$1",
        "1e3",
        "1_000",
        "NaN",
        "１２",
        "٣",
        "1000000000.01",
        "-1000000000.01",
        "9" * 10000,
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        cents_of(text)


def test_money_pickles() -> None:
    assert Money(5, "CAD") == pickle.loads(pickle.dumps(Money(5, "CAD")))


def test_an_amount_is_neither_more_nor_less_than_itself() -> None:
    one, more = Money(1_00), Money(1_01)
    assert (one < more, one <= more, one > more, one >= more) == (True, True, False, False)
    assert (one < one, one <= one, one > one, one >= one) == (False, True, False, True)


def test_a_rate_may_have_as_many_places_as_are_named_and_no_more() -> None:
    for rate in (Decimal("1E-30"), Decimal("1E+30"), Decimal("1." + "0" * 29)):
        assert Money(0).share(rate) == Money(0)
    for rate in (Decimal("1E-31"), Decimal("1E+31"), Decimal("1." + "0" * 30)):
        with pytest.raises(AmountError, match="at most 30 places"):
            Money(0).share(rate)


def test_what_is_reckoned_from_an_amount_is_of_its_currency() -> None:
    five, three = Money(5_00, "MXN"), Money(3_00, "MXN")
    assert five + three == Money(8_00, "MXN")
    assert five - three == Money(2_00, "MXN")
    assert three - five == -Money(2_00, "MXN") == Money(-2_00, "MXN")
    assert five * 3 == Money(15_00, "MXN")
    assert -five == Money(-5_00, "MXN")
    assert abs(-five) == abs(five) == five
    assert Money.zero("MXN") == Money(0, "MXN")
    assert Money.zero() == Money(0, "USD")
    assert five.share(Decimal("0.5")) == Money(2_50, "MXN")
    assert five.split([1, 1]) == (Money(2_50, "MXN"), Money(2_50, "MXN"))


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: decimal_text(True), "An amount is a whole number of cents, not bool."),
        (lambda: cents_of("1,0"), "An amount is a plain decimal with at most two places, such as 1234.50."),
        (lambda: cents_of("1000000000.01"), "An amount is at most 1000000000.00."),
        (lambda: Money(1, "usd"), "A currency is three capital letters and counts in cents, such as USD."),
        (lambda: Money(1) < 2, "int is not an amount; say Money."),
        (lambda: Money(1) + Money(1, "MXN"), "USD and MXN do not combine; nothing is converted."),
        (lambda: Money(1) * 0.5, "Money is multiplied by a whole number; for a rate use share."),
        (lambda: Money(1).share(Decimal("NaN")), "A rate is a finite Decimal."),
        (lambda: Money(1).share(Decimal("1E-31")), "A rate has at most 30 places."),
        (lambda: Money(1).split([]), "Weights are whole numbers, none negative and not all zero."),
    ],
)
def test_a_refusal_says_in_a_sentence_what_an_amount_is(act: Callable[[], object], sentence: str) -> None:
    with pytest.raises(AmountError) as caught:
        act()
    assert sentence == caught.value.message
