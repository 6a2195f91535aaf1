"""How a load is invoiced and what its invoice is called."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.domain.selling.invoicing import (
    format_invoice_number,
    numbers_in_sequence,
    resolve_method,
)
from factoring_core.domain.selling.templates import fields_of, fill
from factoring_core.domain.vocabulary.load import Load, MethodRule
from factoring_core.domain.vocabulary.parties import Customer, InvoicingMethod, Subsidiary
from factoring_core.errors import ConfigurationError

DIRECT, FACTORING = InvoicingMethod.DIRECT, InvoicingMethod.FACTORING
LOAD = Load(subsidiary="east", number="L-1", customer="blue")
EAST = Subsidiary(id="east", name="East")
BLUE = Customer(id="blue")


def test_the_load_says_first_how_it_is_invoiced_then_the_customer_then_the_subsidiary() -> None:
    direct_load = evolve(LOAD, invoicing_method=DIRECT)
    direct_customer = evolve(BLUE, invoicing_method=DIRECT)
    asked = [
        resolve_method(direct_load, evolve(BLUE, invoicing_method=FACTORING), EAST),
        resolve_method(LOAD, direct_customer, EAST),
        resolve_method(LOAD, BLUE, evolve(EAST, invoicing_method=DIRECT)),
        resolve_method(LOAD, None, EAST),
    ]
    assert [(one.method, one.rule) for one in asked] == [
        (DIRECT, MethodRule.LOAD_OVERRIDE),
        (DIRECT, MethodRule.CUSTOMER_OVERRIDE),
        (DIRECT, MethodRule.SUBSIDIARY_DEFAULT),
        (FACTORING, MethodRule.SUBSIDIARY_DEFAULT),
    ]


def number(template: str, seq: int | None = 7) -> str:
    return format_invoice_number(template, load_number="L-1", subsidiary="east", year=2026, seq=seq)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{load_number}", "L-1"),
        ("INV-{load_number}", "INV-L-1"),
        ("{subsidiary}-{year}-{seq:04}", "east-2026-0007"),
        ("{seq:04d}", "0007"),
        ("{year}{seq}", "20267"),
        ("{{{seq}}}", "{7}"),
        ("{{}}{seq}", "{}7"),
    ],
)
def test_a_format_is_filled(template: str, expected: str) -> None:
    assert number(template) == expected


@pytest.mark.parametrize(
    "template",
    ["{load}", "{seq", "seq}", "{}", "{load_number:04}", "{seq!r}", "{seq.real}", "{seq[0]}", "{seq:4}"],
)
def test_a_format_that_asks_for_anything_else_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        number(template)
    assert "invoice_number_format" in caught.value.message
    assert caught.value.where == {"setting": "invoice_number_format", "template": template}
    assert "{year}, {seq}" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{seq", "invoice_number_format has a brace that belongs to nothing: '{seq'."),
        ("seq}", "invoice_number_format has a brace that belongs to nothing: 'seq}'."),
        ("{load}", "invoice_number_format has no field {load} to fill: '{load}'."),
        (
            "{load_number:04}",
            "invoice_number_format asks for zeros before {load_number}, which is a text: '{load_number:04}'.",
        ),
    ],
)
def test_a_format_that_is_refused_is_told_what_is_wrong(template: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        number(template)
    assert caught.value.message == message
    assert caught.value.remedy == "Use the fields {load_number}, {subsidiary}, {year}, {seq}."


@pytest.mark.parametrize(
    ("template", "fields"),
    [("{a}{b:02}", {"a", "b"}), ("{{a}}", set()), ("{{{a}}}", {"a"}), ("a", set()), ("{seq_2}", {"seq_2"})],
)
def test_the_fields_of_a_template_are_those_it_asks_for(template: str, fields: set[str]) -> None:
    assert fields_of(template) == fields


@pytest.mark.parametrize(
    ("template", "filled"),
    [("{n:02}", "07"), ("{n:010d}", "0000000007"), ("{n:00}", "7"), ("{n:099}", "7".zfill(99)), ("{n}", "7")],
)
def test_zeros_stand_before_a_number_up_to_the_width_asked_for(template: str, filled: str) -> None:
    assert fill(template, {"n": 7}, setting="x") == filled


def test_a_sequence_is_needed_only_where_the_format_counts() -> None:
    assert numbers_in_sequence("{year}-{seq:03}")
    assert not numbers_in_sequence("{load_number}")
    assert number("{load_number}", seq=None) == "L-1"
    with pytest.raises(ConfigurationError):
        number("{seq}", seq=None)


@given(st.text())
def test_values_are_put_in_as_they_are_and_never_read_as_templates(value: str) -> None:
    assert fill("<{a}>", {"a": value}, setting="x") == f"<{value}>"


@given(st.text(alphabet="{}ab:04! "))
def test_any_text_is_filled_or_refused(template: str) -> None:
    try:
        filled = fill(template, {"a": 1, "b": "x"}, setting="x")
    except ConfigurationError:
        return
    assert fields_of(template) <= {"a", "b"}
    assert isinstance(filled, str)
