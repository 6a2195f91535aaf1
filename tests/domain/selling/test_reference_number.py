"""A reference number that the factor gives for the debtor, and a load may override."""

import datetime as dt

import pytest

from factoring_core.domain.selling.eligibility import Candidate, Reason, preflight
from factoring_core.domain.selling.manifest import PLAIN, faults_of, manifest_line, reference_number, render
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Invoice, Load
from factoring_core.domain.vocabulary.parties import Connection, Customer, Severity, Subsidiary
from factoring_core.domain.vocabulary.profile import ManifestColumn, ManifestLayout, ProviderProfile

OF_THE_DEBTOR = ManifestLayout(
    id="p/manifest/v1", columns=(ManifestColumn(header="REFNO", source="reference_or_debtor_number"),)
)
EAST = Subsidiary(id="east", name="East")
CONNECTION = Connection(id="c", subsidiary="east", provider="p")
NUMBERED = Customer(id="blue", name="Blue", debtor_numbers={"p": "D-1"})
UNNUMBERED = Customer(id="blue", name="Blue")


def load(reference: str | None) -> Load:
    return Load(
        subsidiary="east",
        number="L-1",
        customer="blue",
        reference_number=reference,
        invoice=Invoice(number="INV-1", date=dt.date(2026, 3, 1), face=5),
    )


@pytest.mark.parametrize(
    ("layout", "own", "customer", "expected"),
    [
        (OF_THE_DEBTOR, None, NUMBERED, "D-1"),
        (OF_THE_DEBTOR, "R-9", NUMBERED, "R-9"),
        (OF_THE_DEBTOR, "R-9", UNNUMBERED, "R-9"),
        (OF_THE_DEBTOR, None, UNNUMBERED, None),
        (OF_THE_DEBTOR, None, None, None),
        (PLAIN, None, NUMBERED, None),
        (PLAIN, "R-9", NUMBERED, "R-9"),
    ],
)
def test_the_debtors_number_stands_in_only_where_the_list_says_so(
    layout: ManifestLayout, own: str | None, customer: Customer | None, expected: str | None
) -> None:
    assert reference_number(load(own), customer, CONNECTION, layout) == expected

    profile = ProviderProfile(
        id="p",
        name="P",
        mode="manual",
        manifest=layout,
        preflight={"missing_reference_number": Severity.BLOCK},
    )
    found = preflight(
        Candidate(
            load=load(own),
            subsidiary=EAST,
            customer=customer,
            status=LoadStatus.QUEUED,
            now=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
            connection=CONNECTION,
            profile=profile,
            notice="Pay the factor.",
        )
    )
    assert (Reason.MISSING_REFERENCE_NUMBER in [one.reason for one in found]) is (expected is None)


@pytest.mark.parametrize(("own", "cell"), [(None, "D-1"), ("R-9", "R-9")])
def test_the_list_holds_what_preflight_looked_at(own: str | None, cell: str) -> None:
    line = manifest_line(load(own), NUMBERED, CONNECTION, EAST)
    assert line is not None
    assert render(OF_THE_DEBTOR, [line]) == f"REFNO\r\n{cell}\r\n".encode()


def test_a_missing_one_is_a_reason_of_its_own_and_no_blank_cell() -> None:
    line = manifest_line(load(None), UNNUMBERED, CONNECTION, EAST)
    assert line is not None
    assert faults_of(OF_THE_DEBTOR, line) == ()
