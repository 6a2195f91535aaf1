"""An unknown report is explained, drafted, reviewed and applied, and a template is filled: no code."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest

from contract.home import Home, depot, folder, subsidiary
from factoring_core.adapters.reports.reader import TableReportReader
from reports.report_files import xlsx_bytes

STRANGE = (
    "Auszug November\n"
    "Rechnung;Kunde;Bank Day;Betrag;Check #;Transaction Type\n"
    "INV-1;Blue;2026-11-10;$1,000.00;C7;payment\n"
    "INV-2;Blue;2026-11-10;1000.00;C7;wire in\n"
    "Total;;;2000.00;;\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """East has sold L-1 and L-2 to WinFactor, which has bought them."""
    (tmp_path / "in").mkdir()
    home = Home(tmp_path / "home", subsidiary(), folder("winfactor", tmp_path / "in"))
    home.sold("L-1", "L-2")
    home.bought("INV-1", "INV-2")
    return home


def apply(home: Home, file: str, status: int = 0) -> dict[str, object]:
    return home("report", "apply", file, "--subsidiary", "east", status=status).document


def test_an_unknown_report_is_drafted_reviewed_and_applied(home: Home) -> None:
    file = home.file("strange.csv", STRANGE)
    assert "unknown_layout" == home("report", "apply", file, "--subsidiary", "east", status=3).code

    found = home("inspect", file, "--provider", "winfactor").document
    layout = home.path / found["draft_file"]
    home("inspect", file, "--provider", "winfactor", "--draft", str(layout))
    assert found["draft"] == layout.read_text(encoding="utf-8")
    assert ["Rechnung", "Kunde", "Bank Day", "Betrag"] == found["unmatched"]

    # As it was drafted it refuses the word that nobody has explained; a person does.
    refusal = home("report", "apply", file, "--subsidiary", "east", status=3)
    assert [("not_in_list", 3)] == [(fault["code"], fault["row"]) for fault in refusal.faults]
    reviewed = layout.read_text(encoding="utf-8").replace('["", "payment"]', '["", "payment", "wire in"]')
    layout.write_text(reviewed, encoding="utf-8")

    result = apply(home, file)

    assert ("winfactor/payment_report/v2", False) == (result["layout"], result["verified"])
    assert {"L-1": "completed", "L-2": "completed"} == home.standing()
    assert ["resaved: its columns are separated by semicolons"] == result["warnings"]
    assert ["winfactor/payment_report/v2"] == home("inspect", file, "--provider", "winfactor")["best"]


def test_a_drafted_workbook_is_read_by_its_draft(home: Home) -> None:
    day = dt.date(2026, 11, 10)
    rows = [["Rechnung", "Bank Day", "Betrag"], ["INV-1", day, 999.5], ["INV-2", day, 1000.0]]
    file = home.file("strange.xlsx", xlsx_bytes(rows))
    layout = home.path / home("inspect", file, "--provider", "winfactor")["draft_file"]
    home("inspect", file, "--provider", "winfactor", "--draft", str(layout))

    result = apply(home, file)

    assert "winfactor/payment_report/v2" == result["layout"]
    assert {"L-1": "financed", "L-2": "completed"} == home.standing()


def test_a_file_that_fits_needs_no_draft(home: Home) -> None:
    file = home.file("p.csv", "Inv #,Receipt Date,Amount Applied\nINV-1,11/10/2026,1000.00\n")

    found = home("inspect", file).document

    assert (None, None) == (found["draft"], found["draft_file"])
    assert "winfactor/payment_report/v1" in found["best"]
    refusal = home("inspect", file, "--draft", str(home.path / "x.toml"), status=1)
    assert "state" == refusal.code
    assert not (home.path / "x.toml").exists()


def test_a_newer_version_of_a_layout_counts_over_the_older(home: Home) -> None:
    from importlib import resources

    shipped = resources.files("factoring_core.providers").joinpath("winfactor/payment_report.v1.toml")
    text = shipped.read_text(encoding="utf-8")
    text = text.replace("payment_report/v1", "payment_report/v2").replace("version = 1", "version = 2")
    own = home.path / "layouts" / "winfactor"
    own.mkdir(parents=True)
    (own / "payment_report.v2.toml").write_text(text, encoding="utf-8")
    file = home.file("p.csv", "Inv #,Receipt Date,Amount Applied\nINV-1,11/10/2026,1000.00\n")

    assert "winfactor/payment_report/v2" == apply(home, file)["layout"]


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("winfactor/payment_report.v2.toml", "id = 7", "payment_report.v2.toml"),
        ("winfactor/notes.toml", "", "notes.toml"),
        ("nobody/payment_report.v1.toml", "", "no provider nobody"),
        ("winfactor/profile.toml", "", "already"),
    ],
)
def test_a_layout_folder_that_makes_no_sense_is_named(home: Home, path: str, text: str, said: str) -> None:
    file = home.path / "layouts" / path
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")

    answer = home("loads", "list", status=2)

    assert "configuration" == answer.code
    assert said in answer["error"]["message"]


def test_a_provider_of_ones_own_needs_no_code(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", subsidiary(), depot())
    own = home.path / "layouts" / "small_factor"
    own.mkdir(parents=True)
    (own / "profile.toml").write_text(
        'id = "small_factor"\nname = "Small"\nmode = "manual"\n', encoding="utf-8"
    )
    file = home.file("s.csv", "Rechnung,Bank Day,Betrag\nINV-1,2026-11-10,1000.00\n")
    home.configure(subsidiary(), depot().replace("capital_depot", "small_factor"))
    draft = home("inspect", file, "--provider", "small_factor")["draft"]
    (own / "payment_report.v1.toml").write_text(draft, encoding="utf-8")
    home.bring(
        {"load_number": "L-1", "status": "financed", "connection": "east-depot", "as_of": "2026-11-02"}
    )

    assert "small_factor/payment_report/v1" == apply(home, file)["layout"]
    assert {"L-1": "completed"} == home.standing()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["purchase", "payment"])
def test_a_template_is_filled_and_applied(home: Home, kind: str, ending: str) -> None:
    empty = home.path / f"empty.{ending}"
    home("report", "template", "winfactor", kind, "--to", str(empty))
    header = list(TableReportReader().open(empty.read_bytes(), name="empty").header)
    filled = {"Invoice Number": "INV-1", "Payment Date": dt.date(2026, 11, 10), "Payment Amount": 1000.0,
              "Purchase Date": dt.date(2026, 11, 5), "Invoice Amount": 1000.0, "Check Number": "C1",
              "Schedule Number": "S1", "Type": kind}  # fmt: skip
    row = [filled.get(heading) for heading in header]
    if ending == "xlsx":
        content = xlsx_bytes([header, row])
    else:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([header, ["" if cell is None else str(cell) for cell in row]])
        content = text.getvalue().encode()

    result = apply(home, home.file(f"filled.{ending}", content))

    assert f"template/{kind}/v1" == result["layout"]


@pytest.mark.parametrize("kind", ["purchase", "payment"])
def test_a_template_workbook_checks_what_is_typed_and_says_what_belongs_there(home: Home, kind: str) -> None:
    path = home.path / "t.xlsx"
    home("report", "template", "winfactor", kind, "--to", str(path))
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        notes = archive.read("xl/comments1.xml").decode()

    header = TableReportReader().open(path.read_bytes(), name="t").header
    assert {"date", "decimal", "list"} <= {
        part.split('"')[1] for part in sheet.split("<dataValidation ")[1:] if part.startswith('type="')
    }
    assert len(header) == notes.count("<comment ")
    assert "Required. A date" in notes
    assert f"{kind} reversal" in sheet


def test_of_columns_without_headings_no_layout_is_drafted(home: Home) -> None:
    file = home.file("p.csv", ",\n,0\n")

    assert home("inspect", file).document["draft"] is None
    refusal = home("inspect", file, "--draft", str(home.path / "x.toml"), status=3)
    assert "there is nothing to draft a layout from" in refusal["error"]["message"]
    assert not (home.path / "x.toml").exists()
