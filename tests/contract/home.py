"""A home on the disk and the command line over it: what a script has, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from factoring_core.cli.app import factoring

DEPOT = """
[[connections]]
id = "{s}-depot"
subsidiary = "{s}"
provider = "capital_depot"
protocol = "manual"
client_number = "CD-{s}"
{more}
[[connections.notices]]
from = 2020-01-01
text = "Pay to the order of Example Capital"
"""
FOLDER = """
[[connections]]
id = "{s}-{p}"
subsidiary = "{s}"
provider = "{p}"
protocol = "folder"
folder = "{folder}"
client_number = "A-17"
{more}
[[connections.notices]]
from = 2020-01-01
text = "Pay to the order of Example Capital"
"""
SUBSIDIARY = """
[[subsidiaries]]
id = "{s}"
name = "Acme {s} LLC"
mc_number = "123456"
dot_number = "7654321"
invoice_prefixes = ["INV"]
{more}
"""
CUSTOMERS = """
[[customers]]
id = "blue"
name = "Blue Freight Brokers"
mc_number = "998877"
debtor_numbers = { rts = "D-77", capital_depot = "D-77" }

[[customers]]
id = "harlan"
name = "Harlan & Sons Logistics"
mc_number = "774512"
debtor_numbers = { rts = "D-88" }

[[customers]]
id = "direct"
name = "Pays Us Itself"
invoicing_method = "direct"
"""


def subsidiary(name: str = "east", more: str = "") -> str:
    """Return the settings of one subsidiary."""
    return SUBSIDIARY.format(s=name, more=more)


def depot(name: str = "east", more: str = "") -> str:
    """Return the settings of a manual connection."""
    return DEPOT.format(s=name, more=more)


def folder(provider: str, inbox: Path, name: str = "east", more: str = "") -> str:
    """Return the settings of a connection whose inbox is a folder."""
    return FOLDER.format(s=name, p=provider, folder=inbox, more=more)


def a_pdf(words: str = "paper") -> bytes:
    """Return a small and proper PDF of one page; other words are other bytes."""
    import pikepdf

    made = pikepdf.new()
    made.add_blank_page()
    made.docinfo["/Title"] = words
    out = io.BytesIO()
    made.save(out, deterministic_id=True)
    return out.getvalue()


@frozen
class Answer:
    """What one command line answered."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the one document on stdout."""
        found = json.loads(self.stdout)
        assert isinstance(found, dict)
        return found

    def __getitem__(self, name: str) -> Any:
        return self.document[name]

    @property
    def code(self) -> str:
        """Return the code of the error."""
        return str(self.document["error"]["code"])

    @property
    def faults(self) -> list[dict[str, Any]]:
        """Return the faults of the error."""
        found = self.document["error"]["faults"]
        assert isinstance(found, list)
        return found


class Home:
    """A home and what is typed there; every command answers with JSON.

    Args:
        path: The folder, made when it is absent.
        settings: What stands in ``factoring.toml``.
    """

    def __init__(self, path: Path, *settings: str) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.configure(*settings)
        for name in ("i.pdf", "p.pdf", "r.pdf"):
            (path / name).write_bytes(a_pdf(name))

    def configure(self, *settings: str) -> None:
        """Write ``factoring.toml``."""
        (self.path / "factoring.toml").write_text("".join((*settings, CUSTOMERS)), encoding="utf-8")

    def run(self, *line: str, before: tuple[str, ...] = (), env: Mapping[str, str] | None = None) -> Answer:
        """Type one command line, whatever comes of it."""
        arguments = ["--home", str(self.path), "--json", *before, *line]
        found = CliRunner().invoke(factoring, arguments, env=env, catch_exceptions=False)
        answer = Answer(found.exit_code, found.stdout, found.stderr)
        assert "Traceback" not in answer.stderr
        assert isinstance(answer.document, dict)
        return answer

    def __call__(self, *line: str, status: int = 0, before: tuple[str, ...] = ()) -> Answer:
        """Type one command line that ends with *status*."""
        answer = self.run(*line, before=before)
        assert answer.status == status, f"{line}: {answer.status}\n{answer.stdout}\n{answer.stderr}"
        return answer

    def file(self, name: str, content: str | bytes) -> str:
        """Write a file of the person's and return its path."""
        path = self.path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return str(path)

    def table(self, name: str, rows: Iterable[Mapping[str, object]]) -> str:
        """Write a CSV of *rows*, each with the columns that it names."""
        found = list(rows)
        columns = list(dict.fromkeys(key for row in found for key in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(found)
        return self.file(name, text.getvalue())

    def bring(self, *rows: Mapping[str, object], name: str = "loads.csv", status: int = 0) -> Answer:
        """Import loads with papers; what a row does not say is ordinary."""
        return self("loads", "import", self.table(name, [a_load(**row) for row in rows]), status=status)

    def loads(self) -> dict[str, dict[str, Any]]:
        """Return every load of the list by its number."""
        return {one["load"]: one for one in self("loads", "list")["loads"]}

    def standing(self) -> dict[str, str]:
        """Return the status of every load."""
        return {name: one["status"] for name, one in self.loads().items()}

    def sold(self, *numbers: str, subsidiary: str = "east", amount: str = "1000.00") -> str:
        """Bring loads, submit them, confirm if it is by hand; return the batch's id."""
        self.bring(*({"load_number": one, "subsidiary": subsidiary, "amount": amount} for one in numbers))
        batch = self("submit", "--subsidiary", subsidiary, *numbers)["batches"][0]
        if batch["state"] == "sealed":
            self("batches", "confirm", batch["batch_id"])
        return str(batch["batch_id"])

    def report(
        self, name: str, rows: Iterable[Mapping[str, object]], *options: str, status: int = 0, s: str = "east"
    ) -> Answer:
        """Write a report and apply it."""
        return self("report", "apply", self.table(name, rows), "--subsidiary", s, *options, status=status)

    def bought(self, *numbers: str, amount: str = "1000.00", on: str = "2026-11-05", **more: str) -> Answer:
        """Apply a purchase report in the template's columns."""
        rows = [
            {"Invoice Number": one, "Purchase Date": on, "Invoice Amount": amount, **more} for one in numbers
        ]
        return self.report("bought.csv", rows, "--kind", "purchase")

    def paid(
        self,
        *rows: tuple[str, str],
        on: str = "2026-11-10",
        check: str = "C-1",
        options: tuple[str, ...] = (),
    ) -> Answer:
        """Apply a payment report in the template's columns."""
        lines = [
            {
                "Invoice Number": number,
                "Payment Date": on,
                "Payment Amount": amount,
                "Check Number": check,
            }
            for number, amount in rows
        ]
        return self.report("paid.csv", lines, "--kind", "payment", *options)

    def exceptions(self, *options: str) -> list[dict[str, Any]]:
        """Return the list of exceptions."""
        found = self("exceptions", "list", *options)["exceptions"]
        assert isinstance(found, list)
        return found

    def worklist(self, path: Path) -> list[dict[str, str]]:
        """Return the lines of an exported worklist as a person sees them."""
        if path.suffix == ".csv":
            return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        header, *lines = sheet.to_python()
        return [dict(zip(map(str, header), map(str, cells), strict=True)) for cells in lines]

    def exception(self, type_: str) -> dict[str, Any]:
        """Return the only open exception of a type."""
        (found,) = [one for one in self.exceptions() if one["type"] == type_]
        return found


def a_load(**given: object) -> dict[str, object]:
    """Return a row of a loads file: queued, with its papers."""
    number = given["load_number"]
    row: dict[str, object] = {
        "load_number": number,
        "subsidiary": "east",
        "customer": "blue",
        "status": "queued",
        "invoice_number": f"INV-{str(number).removeprefix('L-')}",
        "invoice_date": "2026-11-01",
        "amount": "1000.00",
        "invoice_file": "i.pdf",
        "pod_file": "p.pdf",
        "rate_confirmation_file": "r.pdf",
    }
    return row | given
