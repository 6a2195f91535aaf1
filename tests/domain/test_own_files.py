"""The layout of a file of ours says of each column what it is, and claims to be known."""

from __future__ import annotations

from factoring_core.domain.vocabulary.own_files import own_layout
from factoring_core.domain.vocabulary.profile import CellKind, Known, LayoutField, ReportKind, ReportLayout


def test_a_layout_of_ours_has_the_columns_that_are_named() -> None:
    columns = {
        "invoice_number": (CellKind.NUMBER, ("Invoice Number", "Invoice")),
        "advance": (CellKind.AMOUNT, ("Advance",)),
    }
    made = own_layout("host/some/v1", columns, required=("invoice_number",), source="Ours.")

    def column(name: str, *aliases: str, kind: CellKind, required: bool) -> LayoutField:
        return LayoutField(
            name=name, aliases=aliases, kind=kind, required=required, known=Known.OWN, source="Ours."
        )

    assert made == ReportLayout(
        id="host/some/v1",
        provider="host",
        kind=ReportKind.STATEMENT,
        version=1,
        verified=True,
        entries=(),
        fields=(
            column("invoice_number", "Invoice Number", "Invoice", kind=CellKind.NUMBER, required=True),
            column("advance", "Advance", kind=CellKind.AMOUNT, required=False),
        ),
    )
