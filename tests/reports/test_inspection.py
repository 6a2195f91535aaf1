"""An unknown report explained: what fits, what does not, and a layout to start from."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from factoring_core.adapters.reports.inspection import Inspection, inspect
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.vocabulary.profile import Known, ReportKind
from factoring_core.errors import FileRefusedError
from factoring_core.providers.consistency import check_layout
from factoring_core.providers.structure import layout_from
from reports.report_files import PAYMENT_HEADER, PAYMENTS, csv_bytes, layout_of

LAYOUTS = [layout_of(name) for name in ("winfactor/payment", "winfactor/purchase", "template/payment")]
STRANGE = ["Rechnung", "Invoice #", "Amount Applied", 'Odd "\\ one', "Bank Day", "Check #"]


def inspected(header: list[str]) -> Inspection:
    opened = TableReportReader().open(csv_bytes([header, ["x"] * len(header)]), name="r.csv")
    return inspect(opened, LAYOUTS)


def test_a_layout_that_fits_comes_first_and_needs_no_draft() -> None:
    found = inspect(TableReportReader().open(csv_bytes([PAYMENT_HEADER, *PAYMENTS]), name="r.csv"), LAYOUTS)

    assert found.layouts[0].fits
    assert "Payment Date" == found.layouts[0].mapped["payment_date"]
    assert (None, "csv", tuple(PAYMENT_HEADER)) == (found.draft, found.file_type, found.header)


def test_what_is_missing_doubled_or_unknown_is_named() -> None:
    found = inspected([*STRANGE, "Invoice No."])
    view = next(one for one in found.layouts if one.layout == "winfactor/payment_report/v1")

    assert (("payment_date",), ("invoice_number",)) == (view.missing, view.doubled)
    assert ("Rechnung", 'Odd "\\ one', "Bank Day") == found.unmatched


def test_a_draft_is_a_layout_that_loads_and_claims_nothing(tmp_path: Path) -> None:
    draft = inspected(STRANGE).draft
    assert draft is not None
    (tmp_path / "payment_report.v1.toml").write_text(draft, encoding="utf-8")

    layout = layout_from(tmp_path, "payment_report.v1.toml", provider="my_provider")

    check_layout(layout)
    assert (ReportKind.PAYMENT, False) == (layout.kind, layout.verified)
    assert {Known.INFERRED} == {one.known for one in layout.fields}
    assert {"invoice_number", "payment_amount", "check_number"} <= {one.name for one in layout.fields}
    assert STRANGE == [one.aliases[0] for one in layout.fields]


def test_of_columns_without_headings_no_layout_is_drafted() -> None:
    found = inspect(TableReportReader().open(csv_bytes([["", ""], ["", "0"]]), name="r.csv"), LAYOUTS)
    assert found.header == ()
    assert found.draft is None
    assert found.draft_file is None


cells = st.text(max_size=8) | st.sampled_from(
    ["Type", "Status", "Invoice #", "Total", "100.00", "01/05/2026", "("]
)


@given(st.lists(st.lists(cells, min_size=2, max_size=6), min_size=1, max_size=4))
def test_a_draft_is_toml_whatever_stands_in_the_file(rows: list[list[str]]) -> None:
    try:
        found = inspect(TableReportReader().open(csv_bytes(rows), name="r.csv"), LAYOUTS)
    except FileRefusedError:
        return
    if found.draft is not None:
        draft = tomllib.loads(found.draft)
        names = [one["name"] for one in draft["fields"]]
        assert not draft["verified"]
        assert all(names)
        assert len(set(names)) == len(names)


def test_a_draft_says_what_the_words_of_the_file_are_not_known_to_mean() -> None:
    header = ["Rechnung", "Receipt Date", "Betrag", "Transaction Type", "Status"]
    rows = [["A-1", "01/05/2026", "(5.00)", "nsf", "Held"], ["A-2", "01/06/2026", "7.00", "gift", "lost"]]
    opened = TableReportReader().open(csv_bytes([["Title"], header, *rows, ["Totals", "", "2.00"]]), name="r")

    draft = inspect(opened, [layout_of("rts/purchase"), *LAYOUTS], provider="winfactor").draft

    assert draft is not None
    found = tomllib.loads(draft)
    fields = {one["name"]: one for one in found["fields"]}
    assert {"invoice_number", "payment_date", "payment_amount"} == {
        name for name, one in fields.items() if one.get("required")
    }
    assert fields["payment_amount"]["parentheses"]
    assert [[""], ["nsf"]] == [one["words"] for one in found["entries"]]
    assert 'whose type is "gift"?' in draft
    assert (1, ["totals"], 2) == (found["title_lines"], found["total_words"], found["version"])
