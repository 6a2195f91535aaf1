"""Several spellings, one canonical form."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from factoring_core.domain.vocabulary.canonical import (
    canonical_number,
    canonical_reference,
    normal_mc,
    normal_name,
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("INV-1001", "inv1001"),
        ("inv 1001", "inv1001"),
        ("#INV/1001", "inv1001"),
        ("001001", "1001"),
        ("1001.0", "1001"),
        ("1001.00", "1001"),
        ("L1001.1", "l1001.1"),
        ("100.10", "100.10"),
        ("000", "0"),
        ("00-00.0", "0"),
        ("", ""),
        ("---", ""),
        ("0A", "a"),
        ("É-1", "é1"),
    ],
)
def test_spellings_of_a_number_fall_together(text: str, canonical: str) -> None:
    assert canonical == canonical_number(text)


@pytest.mark.parametrize(
    ("text", "prefixes", "canonical"),
    [
        ("INV-001001", ("INV-",), "1001"),
        ("inv1001.0", ("INV",), "1001"),
        ("INVOICE7", ("INV", "INVOICE"), "7"),
        ("INVOICE7", ("INVOICE", "INV"), "7"),
        ("001001", ("INV",), "1001"),
        ("INV", ("INV",), "inv"),
        ("INV-000", ("INV",), "0"),
        ("INV-.", ("INV",), "inv."),
        ("E-7", ("-", "", "E"), "7"),
    ],
)
def test_a_prefix_goes_where_something_remains(text: str, prefixes: tuple[str, ...], canonical: str) -> None:
    assert canonical == canonical_number(text, prefixes)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [(" 000123 ", "123"), ("CHK-001", "chk-001"), ("000", "0"), ("", ""), ("0 5", "5"), ("1.0", "1.0")],
)
def test_references_compare_without_leading_zeros_and_case(text: str, canonical: str) -> None:
    assert canonical == canonical_reference(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Acme Freight, L.L.C.", "acme freight"),
        ("ACME FREIGHT LLC", "acme freight"),
        ("Smith & Söhne Co., Inc.", "smith and sohne"),
        ("Smith and Sohne", "smith and sohne"),
        ("J.B. Hunt", "jb hunt"),
        ("Land O'Lakes", "land olakes"),
        ("Land O’Lakes", "land olakes"),
        ("Coca-Cola", "coca cola"),
        ("Inc.", "inc"),
        ("Ltd Co", "ltd"),
        ("Company of Friends", "company of friends"),
        ("Straße", "strasse"),
        ("  ", ""),
    ],
)
def test_a_company_name_is_its_words(text: str, normal: str) -> None:
    assert normal == normal_name(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("MC-0123456", "123456"),
        ("MC# 123456", "123456"),
        ("mc123456", "123456"),
        ("00123456", "123456"),
        ("１２３", "123"),
        ("MX-123456", "mx123456"),
        ("MC", ""),
        ("N/A", ""),
        ("000", ""),
        ("", ""),
    ],
)
def test_a_motor_carrier_number_is_its_digits(text: str, normal: str) -> None:
    assert normal == normal_mc(text)


def test_every_letter_of_unicode_has_one_canonical_form() -> None:
    """Folding and composing settle for every assigned character, also after a digit or an accent."""
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        if unicodedata.category(letter) in {"Cn", "Co", "Cs", "Lo"}:
            continue
        number = canonical_number(f"1{letter}\u0301")
        assert number == canonical_number(number)
