"""How things look: reprs, pictures, and the pages that two commands write."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from analysis.kept import office_of
from factoring_core import Office, Position, open_office
from factoring_core.analysis import Frames, frames, measures, pictures
from factoring_core.analysis.page import report_page, status_page
from factoring_core.cli.app import factoring
from factoring_core.errors import MissingExtraError, NotFoundError
from worlds import a_book, day, one_sale, row

FILE = b"Invoice Number,Payment Date,Payment Amount\r\n1001,03/09/2025,60.00\r\n77,03/09/2025,5.00\r\n"


@pytest.fixture
def office() -> Iterator[Office]:
    with office_of(one_sale([row("purchase", 100_00, 3), row("fee", 3_00, 3)])) as opened:
        opened.apply_report(FILE, name="march <b>.csv", subsidiary="S", connection="C1")
        yield opened


def self_contained(page: str) -> None:
    """Refuse anything that a browser would run or fetch."""
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "@import" not in page
    assert "url(http" not in page


def test_the_page_of_a_report_shows_its_buckets_and_escapes_its_name(office: Office) -> None:
    report = next(one for one in office.reports() if one.file_name.startswith("march"))
    page = report_page(office.report(report.id))

    self_contained(page)
    assert "march &lt;b&gt;.csv" in page
    assert "<b>" not in page
    assert "unknown_invoice" in page
    assert "<svg" in page


def test_the_page_of_the_books_shows_the_status(office: Office) -> None:
    page = status_page(office)

    self_contained(page)
    assert page.count("<svg") >= 4
    assert "40.00" in page


def test_an_office_without_anything_has_a_page_too() -> None:
    with office_of(a_book()) as empty:
        page = status_page(empty)

    self_contained(page)
    assert "<h3>Status</h3>" in page
    assert "reserve outstanding 0.00" in page
    assert "<svg" not in page


def test_every_picture_is_svg_whose_texts_take_the_colour_around_them(office: Office) -> None:
    found = frames(office)
    earlier = frames(office, as_of=day(5))
    drawn = [
        pictures.waterfall(measures.waterfall(found)),
        pictures.flow(found),
        pictures.ageing(found),
        pictures.concentration(found),
        pictures.life(found, "L-1"),
        pictures.reserve(measures.reserve_roll_forward(earlier, found)),
    ]
    for one in drawn:
        tree = ElementTree.fromstring(one.svg)
        assert tree.get("aria-label") == one.title
        inks = {text.get("fill") for text in tree.iter("{http://www.w3.org/2000/svg}text")}
        assert inks == {"currentColor"}
        assert "<svg" in one._repr_html_()
        assert one.title in repr(one)


def test_the_flow_shows_what_stands_at_each_status_and_what_went_each_step() -> None:
    with office_of(one_sale([row("purchase", 100_00, 3)])) as sold:
        svg = pictures.flow(frames(sold)).svg
    texts = [text.text for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("100.00") == 1  # at financed
    assert texts.count("0.00") == 4
    assert texts.count("1") == 1 + 3  # the box, and the three steps to it
    assert [one for one in texts if one in ("released", "financed", "completed")] == [
        "released",
        "financed",
        "completed",
    ]


def test_pictures_of_nothing_are_pictures(office: Office) -> None:
    nothing = Frames.of(as_of=day(1))
    for one in (pictures.flow(nothing), pictures.ageing(nothing), pictures.concentration(nothing)):
        assert "<svg" in one.svg


def test_a_life_is_of_one_load(office: Office) -> None:
    with pytest.raises(NotFoundError):
        pictures.life(frames(office), "L-404")


def test_values_show_themselves_in_a_notebook_and_stay_text_in_a_terminal(office: Office) -> None:
    detail = office.load("L-1")
    preview = office.apply_report(
        FILE + b"1001,03/10/2025,40.00\r\n", name="x", subsidiary="S", connection="C1", dry_run=True
    )
    for value in (Position(face=100_00, net_paid=40_00, settled=None), detail, preview, office.status()):
        html = value._repr_html_()  # type: ignore[attr-defined]
        self_contained(html)
        assert 'class="n"' in html
        assert "<" not in repr(value)[:1]
    assert "60.00" in Position(face=100_00, net_paid=40_00)._repr_html_()  # type: ignore[attr-defined]


HOME = """
[[subsidiaries]]
id = "east"
name = "Acme East LLC"

[[connections]]
id = "east-depot"
subsidiary = "east"
provider = "capital_depot"
protocol = "manual"
"""


def test_two_commands_write_their_page(tmp_path: Path) -> None:
    (tmp_path / "factoring.toml").write_text(HOME)
    loads = "load_number,subsidiary,customer,status,connection,as_of,invoice_number,invoice_date,amount\n"
    (tmp_path / "loads.csv").write_text(
        f"{loads}L-1,east,blue,financed,east-depot,{dt.date(2025, 3, 2)},1001,2025-03-01,100.00\n"
    )
    with open_office(tmp_path) as office:
        office.import_loads((tmp_path / "loads.csv").read_bytes(), name="loads.csv")
        report = office.apply_report(FILE, name="march.csv", subsidiary="east").report_id
    assert report is not None
    report_file, status_file = tmp_path / "report.html", tmp_path / "status.html"
    for words in (
        ["report", "show", report, "--html", str(report_file)],
        ["status", "--html", str(status_file)],
    ):
        done = CliRunner().invoke(factoring, ["--home", str(tmp_path), *words], catch_exceptions=False)
        assert done.exit_code == 0
    for file in (report_file, status_file):
        self_contained(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("package", "extra"), [("pandas", "pandas"), ("altair", "notebook")])
def test_what_is_not_installed_is_named(
    office: Office, monkeypatch: pytest.MonkeyPatch, package: str, extra: str
) -> None:
    report = office.report(next(one.id for one in office.reports() if one.file_name.startswith("march")))
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=package) as missing:
        report_page(report)
    assert f"[{extra}]" in str(missing.value.remedy)
