"""What a profile and a connection answer: the newest layout, a status word, the notice in force."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

from factoring_core.domain.vocabulary.parties import Connection, Customer, Notice
from factoring_core.domain.vocabulary.profile import (
    CellKind,
    Disposition,
    LayoutField,
    ProviderProfile,
    ReportKind,
    ReportLayout,
    StatusWord,
)

LAYOUT = ReportLayout(
    id="x/payment/v1",
    provider="x",
    kind=ReportKind.PAYMENT,
    version=1,
    fields=(
        LayoutField(name="number", aliases=("No",), kind=CellKind.NUMBER),
        LayoutField(name="paid", aliases=("Paid",), kind=CellKind.AMOUNT),
    ),
    entries=(),
)
HELD = StatusWord(word="On Hold", code="H", also=("Holding",), disposition=Disposition.HELD)
PROFILE = ProviderProfile(
    id="x",
    name="X",
    mode="sftp",
    layouts=(evolve(LAYOUT, version=2), evolve(LAYOUT, version=3), LAYOUT),
    statuses=(StatusWord(word="New"), HELD),
)


def test_of_several_layouts_of_a_kind_the_newest_is_used() -> None:
    assert PROFILE.layout(ReportKind.PAYMENT) == evolve(LAYOUT, version=3)
    assert PROFILE.layout(ReportKind.PURCHASE) is None


def test_a_layout_is_asked_for_a_field_by_name() -> None:
    assert LAYOUT.field("paid") is LAYOUT.fields[1]
    assert LAYOUT.field("fee") is None
    assert LAYOUT.amount_fields == ("paid",)


@pytest.mark.parametrize("text", ["On Hold", "on  hold", " H ", "h", "HOLDING"])
def test_a_status_is_known_by_word_code_and_spelling(text: str) -> None:
    assert PROFILE.status(text) is HELD


def test_a_status_nobody_knows_is_none_and_a_blank_code_is_no_word() -> None:
    assert PROFILE.status("onhold") is None
    assert PROFILE.status("") is None


def test_of_the_notices_that_have_begun_the_latest_is_in_force() -> None:
    days = [dt.date(2026, 3, day) for day in (1, 10, 20)]
    first, second, third = (Notice(text=str(day), from_on=day) for day in days)
    connection = Connection(id="p", subsidiary="e", provider="x", notices=(third, first, second))
    assert connection.notice_on(dt.date(2026, 2, 28)) is None
    for day, notice in ((1, first), (9, first), (10, second), (19, second), (31, third)):
        assert connection.notice_on(dt.date(2026, 3, day)) is notice


def test_a_debtor_number_is_the_connections_before_it_is_the_providers() -> None:
    customer = Customer(id="blue", debtor_numbers={"p": "D-1", "x": "D-2"})
    assert customer.debtor_number("p", "x") == "D-1"
    assert customer.debtor_number("q", "x") == "D-2"
    assert customer.debtor_number("q", "y") is None
