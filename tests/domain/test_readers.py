"""What a cell may say, trap by trap: understood completely, or refused with the reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from factoring_core.domain.vocabulary.readers import (
    CellFault,
    read_amount,
    read_currency,
    read_date,
    read_invoice_number,
    read_text,
    read_yes_no,
)


def code_of(read: Callable[..., Any], text: str, **options: Any) -> str:
    with pytest.raises(CellFault) as caught:
        read(text, **options)
    assert str(caught.value) == caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1234.50", 123450),
        ("0.00", 0),
        ("999999999.99", 99999999999),
        ("1000000000.00", 100000000000),
        ("-1000000000", -100000000000),
        ("12", 1200),
        ("12.5", 1250),
        ("-5.00", -500),
        ("$5", 500),
        ("-$5.00", -500),
        ("$-5.00", -500),
        ("$1,234.50", 123450),
        ("1,234,567.89", 123456789),
        ("1,234", 123400),
        ("0012.00", 1200),
        (" 12.00 ", 1200),
    ],
)
def test_the_agreed_spellings_of_an_amount_are_read_to_the_cent(text: str, cents: int) -> None:
    assert cents == read_amount(text)


def test_minus_zero_is_zero() -> None:
    assert "0" == str(read_amount("-0.00"))
    assert 0 == read_amount("(0.00)", parentheses=True)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "1e400",
        "1E+3",
        "1_000",
        "٣",
        "１２.００",
        "²3.00",
        "12.3４",
        "--5",
        "5-",
        "+5",
        "+-5",
        "-$-5",
        "--$5",
        "- 5",
        "-",
        "$",
        "",
        " ",
        ".",
        ".50",
        "12.",
        "1.2.50",
        "USD 5",
        "5 USD",
        "€5",
        "$$5",
        "$ 5",
        "5$",
        "N/A",
        "n/a",
        "abc",
        "0x10",
        "1/2",
        "1,23,456.00",
        "12,34",
        "1234,567.00",
        "1,,234",
        ",123",
        "1,234,",
        "0,123.00",
        "1.234,50",
        "10.005",
        "1,234.505",
        "12.00\n",
        "12.00\t",
        "\xa012.00",
        "12.00\x00",
        "\u200b5",
        "−5",
    ],
)
def test_everything_else_is_no_amount(text: str) -> None:
    assert code_of(read_amount, text) in {"bad_amount", "required"}


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_amount_says_that_it_is_missing(text: str) -> None:
    assert "required" == code_of(read_amount, text)


@pytest.mark.parametrize(
    "text",
    [
        "####",
        "########",
        "#",
        "#REF!",
        "#N/A",
        "#n/a",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "1.2E+11",
        "-1.2E+11",
        "1E+11",
    ],
)
def test_what_a_spreadsheet_shows_instead_of_an_amount_is_damage(text: str) -> None:
    assert "resave_damage" == code_of(read_amount, text)


@pytest.mark.parametrize("text", ["1000000000.01", "-1000000000.01", "12345678901.00", "9,999,999,999"])
def test_more_than_a_billion_is_refused(text: str) -> None:
    assert "bad_amount" == code_of(read_amount, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("9" * 10_000, id="ten thousand digits"),
        pytest.param("9" * 10_000 + ".00", id="and two decimals"),
        "0" * 33,
        pytest.param("#" * 1_000, id="a thousand hashes"),
    ],
)
def test_a_very_long_number_is_refused_without_converting_it(text: str) -> None:
    assert "too_long" == code_of(read_amount, text)


@pytest.mark.parametrize(("text", "cents"), [("(123.45)", -12345), ("($1,123.45)", -112345), ("5.00", 500)])
def test_parentheses_are_negative_where_the_layout_says_so(text: str, cents: int) -> None:
    assert cents == read_amount(text, parentheses=True)


@pytest.mark.parametrize("text", ["(123.45)", "($5)"])
def test_parentheses_are_refused_elsewhere(text: str) -> None:
    assert "bad_amount" == code_of(read_amount, text)


@pytest.mark.parametrize("text", ["(-5.00)", "(5.00", "5.00)", "()", "(", "-(5.00)", "(($5))", "($-5)"])
def test_parentheses_go_once_around_an_unsigned_amount(text: str) -> None:
    assert "bad_amount" == code_of(read_amount, text, parentheses=True)


def test_dollar_signs_and_commas_are_refused_where_the_layout_has_none() -> None:
    assert "bad_amount" == code_of(read_amount, "$5.00", dollar=False)
    assert "bad_amount" == code_of(read_amount, "1,234.00", grouping=False)
    assert 123400 == read_amount("1234.00", dollar=False, grouping=False)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("01/31/2026", dt.date(2026, 1, 31)),
        ("1/5/2026", dt.date(2026, 1, 5)),
        ("2026-01-31", dt.date(2026, 1, 31)),
        (" 02/29/2028 ", dt.date(2028, 2, 29)),
    ],
)
def test_american_and_iso_dates_are_read(text: str, date: dt.date) -> None:
    assert date == read_date(text)


def test_the_layout_may_put_the_day_first() -> None:
    assert dt.date(2026, 3, 2) == read_date("02/03/2026", order="dmy")
    assert "bad_date" == code_of(read_date, "01/31/2026", order="dmy")


def test_a_date_is_ambiguous_where_no_order_is_fixed_and_both_readings_exist() -> None:
    assert "ambiguous_date" == code_of(read_date, "02/03/2026", order="unknown")
    assert dt.date(2026, 1, 31) == read_date("31/01/2026", order="unknown")
    assert dt.date(2026, 1, 31) == read_date("01/31/2026", order="unknown")
    assert dt.date(2026, 5, 5) == read_date("05/05/2026", order="unknown")
    assert dt.date(2026, 3, 2) == read_date("2026-03-02", order="unknown")


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "0000-00-00",
        "31/31/2026",
        "13/01/2026",
        "2/30/2026",
        "1/0/2026",
        "0001-01-01",
        "9999-12-31",
        "01/31/26",
        "1/1/226",
        "26-01-31",
        "20260102",
        "2026-W01-1",
        "2026-1-2",
        "2026/01/02",
        "01-31-2026",
        "01/31/2026 00:00:00",
        "2026-01-31T00:00:00",
        "2026-01-31Z",
        "Jan 31, 2026",
        "3-Apr-26",
        "01/31/2026\n",
        "٠١/٣١/٢٠٢٦",
        "\xa001/31/2026",
        "+1/31/2026",
        "001/31/2026",
        "today",
        "1",
        "460",
        "1" * 10000,
    ],
)
def test_everything_else_is_no_date(text: str) -> None:
    assert "bad_date" == code_of(read_date, text)


@pytest.mark.parametrize("text", ["46000", "46000.5", "########", "#REF!", "4.6E+04"])
def test_a_serial_number_is_damage_and_not_a_date(text: str) -> None:
    assert "resave_damage" == code_of(read_date, text)


def test_an_empty_date_says_that_it_is_missing() -> None:
    assert "required" == code_of(read_date, "  ")


@pytest.mark.parametrize(
    "text",
    [
        "INV-1001",
        "L1001.1",
        "10/22-A",
        "APR-1001",
        "Apr-1001",
        "APR-01",
        "3-APR",
        "1001.0",
        "000123",
        "#1001",
        "(12)",
        "INV 1001",
        "É-1001",
        "INV-1001А",
        "1E05",
        "12E+34",
        "1E-05",
        "2026-01-12",
        "13/13/2026",
        "A" * 64,
    ],
)
def test_an_honest_invoice_number_passes_unchanged(text: str) -> None:
    assert text == read_invoice_number(text)


def test_outer_spaces_of_an_invoice_number_go_and_letters_are_composed() -> None:
    assert "INV-1" == read_invoice_number("  INV-1 ")
    assert "\u00c9-1" == read_invoice_number("E\u0301-1")


@pytest.mark.parametrize(
    "text",
    [
        "3-Apr",
        "03-Apr",
        "Apr-03",
        "31-Dec",
        "3-Apr-26",
        "03-Apr-26",
        "3-Apr-2026",
        "10/22/2026",
        "1/2/2026",
        "1.23457E+11",
        "1E+11",
        "-1.2E+05",
        "1.00E-05",
        "####",
        "########",
        "#",
        "#REF!",
        "#N/A",
        "#name?",
    ],
)
def test_what_a_spreadsheet_makes_of_an_invoice_number_is_damage(text: str) -> None:
    expected = "bad_invoice_number" if text.startswith("-") else "resave_damage"
    assert expected == code_of(read_invoice_number, text)


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "+1",
        "-1",
        " =1",
        "---",
        "\tINV-1",
        "\rINV-1",
        "INV\n1",
        "INV-1\t",
        "INV\x00",
        "INV\x7f",
        "INV\x85",
        "INV\xa01",
        "\xa0INV-1",
        "INV-1\xa0",
        "INV\u200b1",
        "\u202eINV",
        "INV\u2066",
        "INV\ufeff",
        "INV\u3000",
        "INV\xad1",
        "INV\u2028",
        "INV\ue000",
        "INV\U000e0041",
        "/",
        ". .",
        "?",
        "«»",
    ],
)
def test_formulas_and_invisible_characters_make_no_invoice_number(text: str) -> None:
    assert "bad_invoice_number" == code_of(read_invoice_number, text)


def test_an_invoice_number_has_at_most_64_characters() -> None:
    assert "too_long" == code_of(read_invoice_number, "A" * 65)
    assert "too_long" == code_of(read_invoice_number, "9" * 10_000)


def test_an_invoice_number_is_never_empty() -> None:
    assert "required" == code_of(read_invoice_number, " ")


@pytest.mark.parametrize("text", ["INV\ufffd1", "INV\ud800"])
def test_lost_characters_in_an_invoice_number_are_named_as_such(text: str) -> None:
    assert "encoding_damage" == code_of(read_invoice_number, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("   ", ""),
        (" Acme Freight, LLC ", "Acme Freight, LLC"),
        ("Cafe\u0301", "Caf\u00e9"),
        (" Café ", "Café"),
        ("a\xa0b", "a\xa0b"),
        pytest.param("x" * 200, "x" * 200, id="longest"),
    ],
)
def test_a_text_is_composed_and_loses_outer_spaces(text: str, value: str) -> None:
    assert value == read_text(text)


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\tb", "a\nb", "\ta", "a\r", "a\x7f", "a\x85b", "a\u202eb", "a\u2067b"]
)
def test_control_characters_in_a_text_are_refused(text: str) -> None:
    assert "control_character" == code_of(read_text, text)


@pytest.mark.parametrize("text", ["Caf\N{REPLACEMENT CHARACTER}", "Caf" + chr(0xDCE9)])
def test_lost_characters_in_a_text_are_refused(text: str) -> None:
    assert "encoding_damage" == code_of(read_text, text)


@pytest.mark.parametrize("text", ["Café", "Peña", "Smith’s – Söhne", "ACME®", "NESTLÉ®"])
def test_utf_8_read_as_windows_1252_is_damage(text: str) -> None:
    assert "resave_damage" == code_of(read_text, text.encode().decode("cp1252"))


@pytest.mark.parametrize(
    "text", ["Café", "NESTLÉ®", "SÃO PAULO", "CHÂTEAU", "Ünal & Søn", "Ярослав", "Â", "“Ã” “â”"]
)
def test_honest_accents_are_not_taken_for_damage(text: str) -> None:
    assert text == read_text(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 201, id="plain"),
        pytest.param("é" * 201, id="accented"),
        pytest.param("x" * 100_000, id="huge"),
        pytest.param("é" * 100_000, id="huge and accented"),
    ],
)
def test_a_text_has_at_most_200_characters_by_default(text: str) -> None:
    assert "too_long" == code_of(read_text, text)


def test_a_column_may_set_its_own_length() -> None:
    assert "too_long" == code_of(read_text, "abcd", max_length=3)
    assert "abcd" == read_text("abcd", max_length=4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("  ", None),
        ("Yes", True),
        (" y ", True),
        ("TRUE", True),
        ("no", False),
        ("N", False),
        ("False", False),
    ],
)
def test_yes_and_no_are_read_in_any_case(text: str, value: bool | None) -> None:
    assert value is read_yes_no(text)


@pytest.mark.parametrize(
    "text",
    ["1", "0", "maybe", "yess", "truenot", "ja", pytest.param("x" * 10_000, id="ten thousand letters")],
)
def test_anything_but_yes_or_no_is_not_in_the_list(text: str) -> None:
    assert "not_in_list" == code_of(read_yes_no, text)


@pytest.mark.parametrize("text", ["USD", "usd", " Usd "])
def test_a_currency_is_read_in_any_case(text: str) -> None:
    assert "USD" == read_currency(text)


@pytest.mark.parametrize("text", ["US$", "$", "US", "USDX", "JPY", "uſd", "ﬀa"])
def test_a_currency_is_a_known_kind_of_code(text: str) -> None:
    assert "bad_currency" == code_of(read_currency, text)


def test_an_empty_currency_says_that_it_is_missing() -> None:
    assert "required" == code_of(read_currency, "")


@pytest.mark.parametrize(
    "read", [read_amount, read_date, read_invoice_number, read_text, read_yes_no, read_currency]
)
def test_a_fault_does_not_repeat_the_text(read: Callable[[str], Any]) -> None:
    with pytest.raises(CellFault) as caught:
        read("\tPRIVATE")
    assert "PRIVATE" not in str(caught.value)


def test_a_fault_carries_nothing_but_code_and_message() -> None:
    fault = CellFault("bad_amount", "No.")
    assert ("bad_amount", "No.") == fault.args
    assert ("code", "message") == CellFault.__slots__


def test_dates_reach_from_1900_to_2199() -> None:
    for year, known in ((1899, False), (1900, True), (2199, True), (2200, False)):
        text = f"{year}-01-31"
        if known:
            assert read_date(text) == dt.date(year, 1, 31)
        else:
            assert "bad_date" == code_of(read_date, text)


SPREADSHEET = "A spreadsheet replaced the value; export the file again."
SHORTENED = "A spreadsheet shortened a long number; its digits are lost."
NO_AMOUNT = "This is not an amount such as 1234.50, -5.00 or $1,234.50."
NO_DATE = "This is not a date such as 01/31/2026 or 2026-01-31."
NO_SUCH_DATE = "The calendar has no such date, or it lies centuries away."
LONG_NUMBER = "An invoice number has at most 64 characters."
REENCODED = "The text was saved in one encoding and opened in another."
LOST = "Some characters were lost when the file was decoded."


@pytest.mark.parametrize(
    ("read", "text", "code", "sentence"),
    [
        (read_amount, "####", "resave_damage", SPREADSHEET),
        (read_amount, "1.2E+11", "resave_damage", SHORTENED),
        (read_amount, "0" * 33, "too_long", "An amount has at most 32 characters."),
        (read_amount, " ", "required", "An amount is missing."),
        (read_amount, "-$-5", "bad_amount", "The amount has more than one sign."),
        (read_amount, "five", "bad_amount", NO_AMOUNT),
        (read_amount, "1000000000.01", "bad_amount", "An amount is at most 1000000000.00."),
        (read_date, " ", "required", "A date is missing."),
        (read_date, "31/31/2026", "bad_date", NO_SUCH_DATE),
        (read_date, "2026-02-30", "bad_date", NO_SUCH_DATE),
        (read_date, "46000", "resave_damage", "This is a spreadsheet's serial number, not a date."),
        (read_date, "#REF!", "resave_damage", SPREADSHEET),
        (read_date, "today", "bad_date", NO_DATE),
        (read_invoice_number, "9" * 65, "too_long", LONG_NUMBER),
        (read_invoice_number, "9" * 201, "too_long", LONG_NUMBER),
        (read_invoice_number, " ", "required", "An invoice number is missing."),
        (
            read_invoice_number,
            "=1",
            "bad_invoice_number",
            "An invoice number does not begin with = @ + or -.",
        ),
        (
            read_invoice_number,
            "3-Apr",
            "resave_damage",
            "A spreadsheet turned the invoice number into a date.",
        ),
        (read_invoice_number, "1\x00", "bad_invoice_number", "It holds the invisible character U+0000."),
        (read_invoice_number, "1\u200b", "bad_invoice_number", "It holds the invisible character U+200B."),
        (
            read_invoice_number,
            "«»",
            "bad_invoice_number",
            "An invoice number has at least one letter or digit.",
        ),
        (read_invoice_number, "INV\ufffd", "encoding_damage", LOST),
        (read_text, "x" * 201, "too_long", "A text here has at most 200 characters."),
        (read_text, "é" * 201, "too_long", "A text here has at most 200 characters."),
        (read_text, "é" * 9_000, "too_long", "A text here has at most 200 characters."),
        (read_text, "a\tb", "control_character", "It holds the control character U+0009."),
        (read_text, "CafÃ©", "resave_damage", REENCODED),
        (read_text, "\ufffd", "encoding_damage", LOST),
        (read_yes_no, "maybe", "not_in_list", "This is neither yes nor no."),
        (read_currency, " ", "required", "A currency is missing."),
        (read_currency, "JPY", "bad_currency", "This is not the code of a currency that counts in cents."),
    ],
)
def test_a_fault_says_in_a_sentence_what_a_person_can_do_about_the_cell(
    read: Callable[[str], Any], text: str, code: str, sentence: str
) -> None:
    with pytest.raises(CellFault) as caught:
        read(text)
    assert (code, sentence) == (caught.value.code, caught.value.message)


def test_a_date_of_which_the_layout_does_not_say_the_order_is_refused_in_a_sentence() -> None:
    with pytest.raises(CellFault) as caught:
        read_date("02/03/2026", order="unknown")
    assert "Month and day cannot be told apart; the layout must say." == caught.value.message


@pytest.mark.parametrize(("length", "fits"), [(5, True), (6, False)])
def test_a_text_is_measured_as_it_is_read(length: int, fits: bool) -> None:
    """Composed, and without the spaces around it."""
    for text in ("  " + "x" * length + "  ", "  " + "e\u0301" * length + "  "):
        if fits:
            assert length == len(read_text(text, max_length=5))
        else:
            assert "too_long" == code_of(read_text, text, max_length=5)


@pytest.mark.parametrize(("signs", "fits"), [(64, True), (65, False)])
def test_an_invoice_number_is_measured_as_it_is_read(signs: int, fits: bool) -> None:
    for text in ("  " + "9" * signs + "  ", "  " + "E\u0301" * signs + "  "):
        if fits:
            assert signs == len(read_invoice_number(text))
        else:
            assert "too_long" == code_of(read_invoice_number, text)


@pytest.mark.parametrize(
    ("text", "cents"),
    [("0.01", 1), ("9.99", 9_99), ("123456789.01", 12345678901), ("0123456789.01", 12345678901)],
)
def test_amounts_on_the_short_road_and_just_off_it_are_read_alike(text: str, cents: int) -> None:
    assert cents == read_amount(text)
    assert -cents == read_amount(f"-{text}")


def test_nothing_but_spaces_goes_from_the_ends_of_a_text() -> None:
    assert "bad_amount" == code_of(read_amount, "X5.00")
    assert "bad_amount" == code_of(read_amount, "5.00X")
    assert "bad_date" == code_of(read_date, "X01/31/2026")
    assert "X 1001 X" == read_invoice_number(" X 1001 X ")
    assert "Xé X" == read_text(" Xé X ")
    assert "X X" == read_text(" X X ")
    assert "É 1001" == read_invoice_number(" É 1001 ")
    assert "not_in_list" == code_of(read_yes_no, "Xyes")
    assert "bad_currency" == code_of(read_currency, "XUSD")
    for blank in "\t\n\xa0":
        assert "not_in_list" == code_of(read_yes_no, f"{blank}yes")
        assert "bad_currency" == code_of(read_currency, f"{blank}USD")


def test_what_is_not_composed_yet_may_be_longer_than_what_is_read() -> None:
    assert "é" * 200 == read_text("e\u0301" * 200)
    assert "é" == read_text("é".rjust(1_000))


@pytest.mark.parametrize("half", [0xD800, 0xDBFF, 0xDC00, 0xDFFF])
def test_halves_of_characters_are_lost_ones(half: int) -> None:
    assert "encoding_damage" == code_of(read_text, f"a{chr(half)}")
    assert "encoding_damage" == code_of(read_invoice_number, f"1{chr(half)}")


def test_an_amount_may_take_32_signs() -> None:
    assert 1_00 == read_amount("1.00".rjust(32, "0"))
    assert "too_long" == code_of(read_amount, "1.00".rjust(33, "0"))
