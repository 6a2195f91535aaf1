"""Loads come in, are invoiced, and go the direct route."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract.home import Home, a_load, depot, subsidiary


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path, subsidiary(), depot())


def faults(home: Home, *rows: dict[str, Any], options: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    file = home.table("faulty.csv", rows)
    answer = home("loads", "import", file, *options, status=3)
    assert all(one["file"] == "faulty.csv" and one["line"] == one["row"] for one in answer.faults)
    return [(one["row"], one["column"], one["code"]) for one in answer.faults]


def test_the_same_file_again_changes_nothing(home: Home) -> None:
    first = home.bring({"load_number": "1"})
    again = home.bring({"load_number": "1"})
    assert [one["load"] for one in first["created"]] == ["1"]
    assert (again["created"], again["updated"]) == ([], [])
    assert [one["load"] for one in again["unchanged"]] == ["1"]
    assert again["import_id"] == first["import_id"]


def test_all_faults_of_a_file_come_at_once(home: Home) -> None:
    home.bring({"load_number": "0"})
    assert faults(
        home,
        a_load(load_number="1", amount="1,00.00"),
        a_load(load_number="2", subsidiary="nope"),
        a_load(load_number="3", pod_file="none.pdf"),
        a_load(load_number="4", invoice_date="45000"),
        a_load(load_number="5", amount="-5.00"),
        a_load(load_number="6", invoice_number="INV-0"),
        a_load(load_number="7", status="sold"),
        a_load(load_number=""),
        a_load(load_number="9", customer=""),
        a_load(load_number="0", amount="7.00"),
        a_load(load_number="0"),
        a_load(load_number="10", status="financed"),
    ) == [
        (2, "amount", "bad_amount"),
        (3, "subsidiary", "unknown_subsidiary"),
        (4, "pod_file", "missing_file"),
        (5, "invoice_date", "resave_damage"),
        (6, "amount", "bad_amount"),
        (7, "invoice_number", "duplicate_invoice_number"),
        (8, "status", "not_in_list"),
        (9, "load_number", "required"),
        (10, "customer", "required"),
        (11, "amount", "frozen_field"),
        (12, "load_number", "duplicate_load"),
        (13, "as_of", "required"),
        (13, "connection", "required"),
    ]
    assert set(home.standing()) == {"0"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_headers_have_aliases_and_files_a_known_encoding(home: Home, encoding: str) -> None:
    text = 'Load ID,Subsidiary ID,Broker,Broker Name,Invoice Amount\n1,east,pena,Peña,"$1,200.00"\n'
    home("loads", "import", home.file("l.csv", text.encode(encoding)))
    assert home.loads()["1"]["amount"] == "1200.00"


@pytest.mark.parametrize(
    "content",
    [
        "Load,Subsidiary,Customer,Customer Name\n1,east,pena,Peña\n".encode("latin-1"),
        "Load,Subsidiary,Customer\n1,east,blue\n".encode("utf-16-le"),
        b"Load,Subsidiary,Customer\n1\x00,east,blue\n",
        b"Load,Subsidiary,Customer\n1,east\n2,east,blue,more\n",
        b'Load,Subsidiary,Customer\n1,east,"blue\n',
        b"Load,Customer\n1,blue\n",
        b"Load,Load Number,Subsidiary,Customer\n1,1,east,blue\n",
        b"",
    ],
)
def test_a_damaged_file_is_refused_with_at_least_one_fault(home: Home, content: bytes) -> None:
    assert home("loads", "import", home.file("l.csv", content), status=3).faults
    assert home.loads() == {}


def test_a_blank_erases_nothing_and_a_status_never_moves_by_import(home: Home) -> None:
    home.bring({"load_number": "1", "po_number": "P-1"})
    home("loads", "import", home.table("l.csv", [{"load_number": "1", "subsidiary": "east",
         "customer": "blue", "amount": "", "po_number": "", "status": "released"}]))  # fmt: skip
    shown = home("loads", "show", "1")
    assert (shown["status"], shown["amount"], shown["po_number"]) == ("queued", "1000.00", "P-1")


def test_references_change_until_sealing_and_frozen_fields_are_each_named(home: Home) -> None:
    home.bring({"load_number": "1"})
    home.bring({"load_number": "1", "po_number": "P-2"})
    changed = a_load(load_number="1", amount="9.00", customer="harlan", invoice_number="X")
    assert {(column, code) for _, column, code in faults(home, changed)} == {
        ("amount", "frozen_field"),
        ("customer", "frozen_field"),
        ("invoice_number", "frozen_field"),
    }
    home("submit", "--subsidiary", "east")
    assert faults(home, a_load(load_number="1", po_number="P-3")) == [(2, "po_number", "frozen_field")]


def test_a_load_in_flight_begins_where_it_stands(home: Home) -> None:
    opening = {"connection": "east-depot", "as_of": "2026-11-10"}
    home.bring(
        {"load_number": "1", "status": "invoiced", **opening},
        {"load_number": "2", "status": "financed", "paid_amount": "200.00", **opening},
        {"load_number": "3", "status": "completed", **opening},
        {"load_number": "4", "status": "invoiced", "customer": "direct", "as_of": "2026-11-10"},
    )
    assert home.standing() == {"1": "invoiced", "2": "financed", "3": "completed", "4": "invoiced"}
    assert home.loads()["2"]["open"] == "800.00"
    home.bought("INV-1")
    home.paid(("INV-1", "1000.00"), ("INV-2", "800.00"), on="2026-11-12")
    assert home.standing() == {"1": "completed", "2": "completed", "3": "completed", "4": "invoiced"}


def test_an_import_is_undone_as_one_and_undoing_again_is_done_already(home: Home) -> None:
    id_ = home.bring({"load_number": "1"}, {"load_number": "2"})["import_id"]
    assert home("loads", "undo-import", id_, "--reason", "wrong file")["outcome"] == "undone"
    assert home.loads() == {}
    assert home("loads", "undo-import", id_, "--reason", "again")["outcome"] == "already_undone"
    home.bring({"load_number": "1"}, {"load_number": "2"})
    assert set(home.standing().values()) == {"queued"}


def test_a_revised_invoice_voids_the_queued_one_and_is_refused_beside_a_sold_one(home: Home) -> None:
    home.bring({"load_number": "1"}, {"load_number": "2"})
    home("submit", "--subsidiary", "east", "2")
    home.bring({"load_number": "1R", "supersedes": "1", "parent_load": "1"})
    assert home.standing() == {"1": "released", "2": "queued", "1R": "queued"}
    row = a_load(load_number="2R", supersedes="2")
    assert faults(home, row) == [(2, "supersedes", "already_sold")]


def test_invoicing_takes_what_is_given_else_the_load_else_the_format(tmp_path: Path) -> None:
    home = Home(tmp_path, subsidiary(more='invoice_number_format = "{subsidiary}-{year}-{seq}"'), depot())
    bare = {"status": "released", "invoice_number": "", "invoice_date": ""}
    home.bring(
        {"load_number": "1", **bare},
        {"load_number": "2", **bare, "amount": ""},
        {"load_number": "3", "status": "released"},
    )
    answer = home("invoice", "1", "2", "3")
    numbers = {one["load"]: one["invoice_number"] for one in answer["changed"]}
    assert (set(numbers), numbers["3"]) == ({"1", "3"}, "INV-3")
    assert numbers["1"].startswith("east-20")
    [refused] = answer["refused"]
    assert (refused["load"], refused["reasons"][0]["code"]) == ("2", "amount_not_positive")
    given = ("--number", "X-1", "--date", "2026-11-01", "--amount", "55.00")
    assert home("invoice", "2", *given)["changed"][0]["invoice_number"] == "X-1"
    assert home("invoice", "2")["unchanged"][0]["invoice_number"] == "X-1"
    home("invoice", "2", "--number", "Y", status=1)
    home("invoice", "1", "2", "--amount", "1.00", status=2)
    assert home("void", "2", "--reason", "x")["changed"][0]["status"] == "released"
    assert home("void", "2", "--reason", "x")["unchanged"]


def test_the_direct_route_ends_with_what_is_paid(home: Home) -> None:
    home.bring({"load_number": "1", "customer": "direct"}, {"load_number": "2"})
    refused = home("submit", "--subsidiary", "east", "1", status=1)["refused"]
    assert [one["code"] for one in refused[0]["reasons"]] == ["method_not_factoring"]
    home("loads", "send-direct", "2", status=1)
    assert home("loads", "send-direct", "1")["changed"][0]["status"] == "invoiced"
    pay = ("loads", "pay", "1", "--on", "2026-11-20")
    assert home(*pay, "--amount", "400.00", "--reference", "A")["changed"][0]["status"] == "invoiced"
    assert home(*pay, "--amount", "400.00", "--reference", "A")["unchanged"]
    assert home(*pay, "--amount", "600.00", "--reference", "B")["changed"][0]["status"] == "completed"
    home(*pay, "--amount", "-1.00", "--reference", "C", status=2)
