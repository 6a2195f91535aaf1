"""File names and paths: what comes from outside as a name never becomes a path, a command or a trap."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract.home import Home, depot, subsidiary
from corpus.world import GOOD, books
from factoring_core.domain.reconciling.reports import ReportOutcome
from factoring_core.domain.selling.identity import manifest_file_name, packet_file_names
from factoring_core.domain.vocabulary.readers import CellFault, read_invoice_number
from factoring_core.errors import ConfigurationError
from factoring_core.usecases.reconciling.apply_report import apply_report

UNSAFE = {
    "F01": "../x",
    "F01-backslash": "..\\x",
    "F01-inside": "a/../../x",
    "F02": "/x",
    "F02-drive": "C:\\x",
    "F02-share": "\\\\host\\share\\x",
    "F03": "x\r\nDELE y",
    "F04-cr": "x\ry",
    "F04-lf": "x\ny",
    "F04-nul": "x\0y",
    "F04-esc": "x\x1b[2J",
    "F04-del": "x\x7fy",
    "F04-c1": "x\x9by",
    "F05": "x\xffy",
    "F06": "",
    "F06-dot": ".",
    "F06-dots": "..",
    "F06-spaces": "   ",
    "F07": "CON",
    "F07-case": "nul",
    "F07-chain": "nul.tar.gz",
    "F07-number": "COM1",
    "F07-zero": "LPT0",
    "F07-raised": "COM¹",
    "F08": "x.",
    "F08-space": "x ",
    **{f"F09-{ord(one):02x}": f"x{one}y" for one in '<>:"/\\|?*'},
    "F10": "x.csv:evil",
    "F10-data": "x.csv::$DATA",
    "F11": "-x",
    "F12": ".x",
    **{f"F13-{ord(one):02x}": f"{one}HOME" for one in "~$%`;&|"},
    "F14": "x[1]*?",
    "F15": "x" * 256,
    "F15-long": "x" * 60,
    "F17": "x\u202efdp.exe",
    "F17-zero-width": "x\u200by",
    "F19": "x.part",
    "F19-temp": ".x.pdf.0000000a.abcdef.part",
}
PLAIN = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def number_of(text: str) -> str | None:
    """Return the invoice number that *text* is, or None where it is refused as one."""
    try:
        return read_invoice_number(text)
    except CellFault:
        return None


@pytest.mark.parametrize("id_", UNSAFE)
def test_an_invoice_number_is_refused_or_becomes_a_plain_file_name(id_: str) -> None:
    number = number_of(UNSAFE[id_])
    if number is None:
        return
    [name] = packet_file_names([number]).values()

    assert set(name) <= PLAIN
    assert name.endswith(".pdf")
    assert name[0] not in ".-"
    assert len(name) <= 100
    assert name.split(".")[0].lower() not in DEVICES


@pytest.mark.parametrize("id_", UNSAFE)
def test_what_a_report_is_called_never_matters(id_: str) -> None:
    desk = books()
    first = apply_report(desk.ports, GOOD.encode(), name="report.csv", subsidiary="east")

    again = apply_report(desk.ports, GOOD.encode(), name=UNSAFE[id_], subsidiary="east")

    assert (ReportOutcome.ALREADY_APPLIED, first.report_id) == (again.outcome, again.report_id)


def test_f16_two_spellings_of_one_number_are_one_and_two_cases_get_two_names() -> None:
    assert read_invoice_number("Ren\u00e9-1") == read_invoice_number("Rene\u0301-1")
    names = packet_file_names(["inv-1", "INV-1"])
    assert 2 == len({name.casefold() for name in names.values()})


def test_f18_two_invoices_whose_plain_names_would_be_one_get_two() -> None:
    names = packet_file_names(["A/1", "A_1", "A:1"])
    assert 3 == len({name.casefold() for name in names.values()})


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("x.csv", id="F24-no-number"),
        pytest.param("{invoice_no}.csv", id="F24-unknown"),
        pytest.param("{batch_number.__class__}.csv", id="F25-attribute"),
        pytest.param("{batch_number:>99999999}.csv", id="F25-width"),
        pytest.param("../{batch_number}.csv", id="F01-template"),
        pytest.param("-{batch_number}.csv", id="F11-template"),
    ],
)
def test_a_template_that_gives_no_safe_name_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError):
        manifest_file_name(template, number=1, id_="0" * 32, date="20260102", time="030405")


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_f20_what_is_no_plain_file_is_no_document(kind: str, tmp_path: Path) -> None:
    import os

    home = Home(tmp_path / "home", subsidiary(), depot())
    odd = home.path / "odd.pdf"
    if kind == "folder":
        odd.mkdir()
    else:
        os.mkfifo(odd)
    answer = home.run("loads", "import", home.table("loads.csv", [
        {"load_number": "L-1", "subsidiary": "east", "customer": "blue", "invoice_file": "odd.pdf"}
    ]))  # fmt: skip

    assert answer.status == 3
    assert not home.loads()


def test_a_name_with_terminal_commands_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", subsidiary(), depot())
    path = home.file("r\x1b[2J\r.csv", b"nothing")

    answer = home.run("report", "apply", path, "--subsidiary", "east")

    assert answer.status == 3
    assert "\x1b[2J" not in answer.stdout
    assert "\x1b[2J" in json.dumps(answer.document, ensure_ascii=False).replace("\\u001b", "\x1b")
