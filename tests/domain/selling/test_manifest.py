"""The list that goes with a batch."""

import csv
import datetime as dt
import io

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.domain.selling.manifest import (
    PLAIN,
    SOURCES,
    ManifestLine,
    cells_of,
    debtor_number,
    faults_of,
    manifest_line,
    render,
)
from factoring_core.domain.selling.reasons import Reason
from factoring_core.domain.vocabulary.load import Invoice, Load
from factoring_core.domain.vocabulary.parties import Connection, Customer, Subsidiary
from factoring_core.domain.vocabulary.profile import ManifestColumn, ManifestLayout

LINE = ManifestLine(
    invoice_number="INV-1",
    invoice_date=dt.date(2026, 3, 1),
    amount=123450,
    currency="USD",
    load_number="L-1",
    customer_name='Smith & Söhne, "East"',
)
EVERYTHING = ManifestLayout(
    id="x",
    columns=tuple(
        ManifestColumn(header=source, source=source, required=False)
        for source in (
            "client_number",
            "invoice_number",
            "debtor_number",
            "customer_name",
            "load_number",
            "po_or_load",
            "po_number",
            "reference_number",
            "invoice_date",
            "amount",
            "currency",
            "customer_mc_number",
        )
    ),
)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)


def test_a_list_is_written_as_its_layout_says() -> None:
    layout = ManifestLayout(
        id="x",
        columns=(
            ManifestColumn(header="Invoice#", source="invoice_number"),
            ManifestColumn(header="Debtor Name", source="customer_name"),
            ManifestColumn(header="Load #", source="po_or_load"),
            ManifestColumn(header="InvDate", source="invoice_date"),
            ManifestColumn(header="InvAmt", source="amount"),
        ),
    )
    written = render(layout, [LINE, evolve(LINE, po_number="PO-9", customer_name=" x")]).decode()
    assert written == (
        "Invoice#,Debtor Name,Load #,InvDate,InvAmt\r\n"
        'INV-1,"Smith & Söhne, ""East""",L-1,03/01/2026,1234.50\r\n'
        'INV-1," x",PO-9,03/01/2026,1234.50\r\n'
    )


@given(
    st.lists(
        st.builds(
            ManifestLine,
            invoice_number=TEXTS,
            invoice_date=st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
            amount=st.integers(0, 10**11),
            currency=TEXTS,
            load_number=TEXTS,
            customer_name=TEXTS,
            client_number=TEXTS,
            debtor_number=TEXTS,
            po_number=TEXTS,
            reference_number=TEXTS,
            customer_mc_number=TEXTS,
        ),
        max_size=4,
    )
)
def test_a_list_reads_back_to_the_same_values(lines: list[ManifestLine]) -> None:
    rows = list(csv.reader(io.StringIO(render(EVERYTHING, lines).decode(), newline=""), strict=True))
    assert rows[0] == [column.header for column in EVERYTHING.columns]
    read = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    for row, line in zip(read, lines, strict=True):
        assert dt.datetime.strptime(row.pop("invoice_date"), "%m/%d/%Y").date() == line.invoice_date  # noqa: DTZ007
        assert int(row.pop("amount").replace(".", "")) == line.amount
        assert row.pop("po_or_load") == (line.po_number or line.load_number)
        assert row == {name: getattr(line, name) for name in row}


@pytest.mark.parametrize(
    "name", ["Smith & Söhne", 'The "East", Inc.', "株式会社", "O'Neil", "-", "A=B", "a - b", "12"]
)
def test_what_companies_are_called_can_be_written(name: str) -> None:
    assert faults_of(PLAIN, evolve(LINE, customer_name=name)) == ()


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+Plus", "-Minus", "@at", " =x", "a\nb", "a\x00b", "a\tb", "\ud800", "a\u2028b", "a\u2029b"],
)
def test_what_a_spreadsheet_runs_or_a_line_cannot_hold_is_refused(name: str) -> None:
    (fault,) = faults_of(PLAIN, evolve(LINE, customer_name=name))
    assert (fault.reason, fault.detail, fault.mild) == (Reason.ILLEGAL_CHARACTERS, "Customer", False)


def test_an_amount_may_begin_with_a_minus() -> None:
    assert faults_of(PLAIN, evolve(LINE, amount=-1)) == ()


def test_a_text_longer_than_its_column_is_refused() -> None:
    layout = evolve(PLAIN, columns=(ManifestColumn(header="Inv", source="invoice_number", max_length=5),))
    assert faults_of(layout, LINE) == ()
    (fault,) = faults_of(layout, evolve(LINE, invoice_number="INV-12"))
    assert (fault.reason, fault.detail) == (Reason.TOO_LONG, "Inv takes 5 characters")


def test_a_blank_cell_that_the_list_asks_for_is_a_mild_fault_unless_a_rule_of_its_own_covers_it() -> None:
    layout = evolve(
        PLAIN,
        columns=tuple(
            ManifestColumn(header=source, source=source)
            for source in ("client_number", "debtor_number", "reference_number", "customer_mc_number")
        ),
    )
    (fault,) = faults_of(layout, LINE)
    assert (fault.reason, fault.detail, fault.mild) == (
        Reason.PROVIDER_LIMIT,
        "client_number is blank",
        True,
    )


def test_a_line_says_what_load_customer_and_connection_say() -> None:
    load = Load(
        subsidiary="east",
        number="L-1",
        customer="blue",
        po_number="PO",
        reference_number="R",
        truck_number="T-4",
        origin_city="Austin",
        origin_state="TX",
        destination_city="Tulsa",
        destination_state="OK",
        invoice=Invoice(number="INV-1", date=dt.date(2026, 3, 1), face=5),
    )
    east = Subsidiary(id="east", name="East", dot_number="7654321")
    customer = Customer(id="blue", name="Blue", mc_number="9", debtor_numbers={"rts": "D"})
    connection = Connection(id="c", subsidiary="east", provider="rts", client_number="A-17")
    assert manifest_line(load, customer, connection, east) == ManifestLine(
        invoice_number="INV-1",
        invoice_date=dt.date(2026, 3, 1),
        amount=5,
        currency="USD",
        load_number="L-1",
        customer_name="Blue",
        client_number="A-17",
        debtor_number="D",
        po_number="PO",
        reference_number="R",
        customer_mc_number="9",
        dot_number="7654321",
        truck_number="T-4",
        origin_city="Austin",
        origin_state="TX",
        destination_city="Tulsa",
        destination_state="OK",
    )
    unknown = manifest_line(load, None, Connection(id="c", subsidiary="east", provider="rts"), east)
    assert unknown is not None
    assert (unknown.customer_name, unknown.client_number, unknown.debtor_number) == ("blue", "", "")
    assert manifest_line(evolve(load, invoice=None), customer, connection, east) is None
    assert debtor_number(None, connection) is None


def test_what_nobody_has_said_is_blank() -> None:
    bare = Load(
        subsidiary="east",
        number="L-1",
        customer="blue",
        invoice=Invoice(number="INV-1", date=dt.date(2026, 3, 1), face=5, currency="CAD"),
    )
    line = manifest_line(
        bare,
        Customer(id="blue", name=""),
        Connection(id="c", subsidiary="east", provider="rts"),
        Subsidiary(id="east", name="East"),
    )
    assert line == ManifestLine(
        invoice_number="INV-1",
        invoice_date=dt.date(2026, 3, 1),
        amount=5,
        currency="CAD",
        load_number="L-1",
        customer_name="blue",
    )
    for source in SOURCES - {"invoice_number", "invoice_date", "amount", "currency", "customer_name"}:
        blank = line.text(source, date_format="%Y")
        assert blank == ("L-1" if source in ("load_number", "po_or_load") else "")


@pytest.mark.parametrize("refuses", [True, False])
def test_a_blank_that_the_factor_refuses_keeps_the_invoice_back(refuses: bool) -> None:
    column = ManifestColumn(header="FromCity", source="origin_city", refuses_blank=refuses)
    line = ManifestLine(
        invoice_number="INV-1",
        invoice_date=dt.date(2026, 3, 1),
        amount=5,
        currency="USD",
        load_number="L-1",
        customer_name="Blue",
    )
    (fault,) = faults_of(ManifestLayout(id="x/manifest/v1", columns=(column,)), line)
    assert (fault.reason, fault.detail, fault.mild) == (
        Reason.PROVIDER_LIMIT,
        "FromCity is blank",
        not refuses,
    )


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2), max_size=4))
def test_a_list_that_was_written_is_read_back_cell_by_cell(rows: list[list[str]]) -> None:
    layout = ManifestLayout(
        id="x/manifest/v1",
        columns=(
            ManifestColumn(header="A, b", source="load_number"),
            ManifestColumn(header="C", source="customer_name"),
        ),
    )
    lines = [
        ManifestLine(
            invoice_number="",
            invoice_date=dt.date(2026, 3, 1),
            amount=5,
            currency="USD",
            load_number=load,
            customer_name=customer,
        )
        for load, customer in rows
    ]
    found = cells_of(layout, render(layout, lines))
    assert [[cells["A, b"], cells["C"]] for cells in found] == rows


@pytest.mark.parametrize(
    ("cell", "written"),
    [("FEDEX X", "FEDEX X"), ("a,b", '"a,b"'), ('a"b', '"a""b"'), ("a ", '"a "'), ("a\rb", '"a\rb"')],
)
def test_a_cell_is_quoted_only_where_it_must_be(cell: str, written: str) -> None:
    layout = ManifestLayout(id="x", columns=(ManifestColumn(header="X", source="customer_name"),))
    assert render(layout, [evolve(LINE, customer_name=cell)]) == f"X\r\n{written}\r\n".encode()


@pytest.mark.parametrize("line", ["1", "1,2,3"])
def test_a_list_with_a_torn_line_is_not_read(line: str) -> None:
    with pytest.raises(ValueError, match="argument"):
        cells_of(PLAIN, f"A,B\r\n{line}\r\n".encode())
