"""The demonstration ends well, says the same every time, and leaves a page that loads nothing."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cli.office_fake import run
from cli.test_documents import check
from factoring_core.cli.demo_documents import view
from factoring_core.cli.demo_home import MARK
from factoring_core.cli.page_facts import PARTS
from factoring_core.cli.render import print_pieces
from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.errors import UsageError
from factoring_core.testing.factor import take_batch

EXPECTED = {
    "north": {"released": 0, "queued": 1, "invoiced": 1, "financed": 4, "completed": 5},
    "river": {"released": 1, "queued": 0, "invoiced": 3, "financed": 2, "completed": 5},
    "summit": {"released": 1, "queued": 1, "invoiced": 2, "financed": 2, "completed": 5},
}
EXCEPTIONS = {
    "amount_differs",
    "charged_back",
    "denied",
    "held",
    "missing_from_report",
    "non_factored",
    "over_paid",
    "payment_before_purchase",
    "reserve_overdue",
    "short_paid",
    "unknown_invoice",
}

LEFT_OUT = 'This needs the package altair, which is not installed. pip install "factoring-core[notebook]"'


class References(HTMLParser):
    """Gathers everything a page could load or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [
            f"{name}={value}"
            for name, value in attrs
            if name in ("src", "href", "xlink:href", "data", "action")
        ]


def test_the_demonstration_runs_says_the_same_again_and_does_without_charts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "a demo"
    first = run("--json", "demo", "--to", str(home))
    assert first.status == 0
    check("demo", first.document)
    check_books(first.document)
    check_page((home / "demo.html").read_text(encoding="utf-8"))

    monkeypatch.setitem(sys.modules, "altair", None)
    second = run("demo", "--to", str(home))
    assert second.status == 0
    assert not (home / "demo.html").exists()
    print_pieces(view({**first.document, "page": None, "page_left_out": LEFT_OUT}))
    assert second.stdout == capsys.readouterr().out
    assert "factoring --home" in second.stdout
    assert "factoring loads import" in second.stdout
    assert "Traceback" not in second.stderr


def check_books(document: dict[str, Any]) -> None:
    counts: dict[str, dict[str, int]] = {}
    for cell in document["statuses"]:
        counts.setdefault(cell["subsidiary"], {})[cell["status"]] = cell["count"]
    assert counts == EXPECTED
    assert {one["type"] for one in document["exceptions"]} == EXCEPTIONS
    outcomes = [one["outcome"] for one in document["reports"]]
    assert sorted(set(outcomes)) == ["already_applied", "applied", "refused"]
    overlapping = next(one for one in document["reports"] if one["rows"]["already_known"])
    assert overlapping["rows"] == {
        "read": 8,
        "matched": 3,
        "already_known": 5,
        "non_factored": 0,
        "exceptions": 0,
    }
    for one in document["money"]:
        cents = {part: cents_of(one[part]) for part in PARTS}
        parts = [cents[name] for name in ("paid", "written_off", "charged_back", "not_bought", "open")]
        assert cents["sold"] + cents["adjusted"] == sum(parts)
        assert cents["bought"] == sum(cents[name] for name in ("advance", "reserve", "fee", "less"))


def check_page(page: str) -> None:
    references = References()
    references.feed(page)
    inside = ("=#", "=data:image/png;base64,")
    assert [] == [one for one in references.found if not any(part in one for part in inside)]
    assert not references.tags & {"script", "link", "iframe", "object", "embed"}
    assert not re.search(r"https?:|url\((?!#)|@import", page)
    assert page.count("<svg") == 5
    assert "Peña Hermanos Transporte" in page
    assert "O&#x27;Brien, Walsh &amp; Co." in page
    assert "$title" not in page


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path)
    for folder in (tmp_path, tmp_path / "mine.txt", tmp_path / "link"):
        refused = run("--json", "demo", "--to", str(folder))
        assert refused.status == 2
        assert refused.error["code"] in ("home_exists", "usage")

    (tmp_path / MARK).write_text("something else", encoding="utf-8")
    assert run("--json", "demo", "--to", str(tmp_path)).error["code"] == "home_exists"
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_factor_takes_only_what_list_and_packets_agree_on() -> None:
    heading = b"Client,Invoice#,DebtorNo,Debtor Name,Load #,InvDate,InvAmt\r\n"
    rows = heading + b'7,A-1,D-1,"Walsh, Co.",PO 9,10/01/2026,1234.50\r\n'

    batch = take_batch({"list.csv": rows, "A-1.pdf": b"%PDF-1.7"})
    assert (batch.invoice("A-1").face, batch.invoice("A-1").customer) == (123450, "Walsh, Co.")
    for files in ({}, {"list.csv": rows}, {"list.csv": rows, "A-1.pdf": b"%PDF-", "B.pdf": b"%PDF-"}):
        with pytest.raises(UsageError):
            take_batch(files)
