"""Reports are applied, repeated, corrected and undone; exceptions are resolved by persons."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from contract.home import Home, depot, folder, subsidiary
from reports.report_files import xlsx_bytes

CENTS = ("matched", "already_known", "non_factored", "exceptions", "information")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", subsidiary(), subsidiary("west"), depot(), depot("west"))


def pay(number: str, amount: str, check: str, **more: str) -> dict[str, str]:
    row = {"Invoice Number": number, "Payment Date": "2026-11-10", "Payment Amount": amount}
    return row | {"Check Number": check} | more


def winfactor(tmp_path: Path) -> Home:
    """East has sold L-1001 to L-1004 to WinFactor, which has bought them; L-5001 is direct."""
    (tmp_path / "in").mkdir()
    home = Home(
        tmp_path / "h", subsidiary(), subsidiary("west"), folder("winfactor", tmp_path / "in"), depot("west")
    )
    amounts = {"L-1001": "1850.00", "L-1002": "2000.00", "L-1003": "900.00", "L-1004": "300.00"}
    home.bring(
        *({"load_number": load, "amount": amount} for load, amount in amounts.items()),
        {"load_number": "L-5001", "amount": "150.00", "customer": "direct"},
    )
    home("submit", "--subsidiary", "east")
    bought = "\n".join(f"INV-{load[2:]},11/05/2026,{amount},00123" for load, amount in amounts.items())
    file = home.file("detail.csv", f"Acme\nInvoice #,Purchase Date,Invoice Amount,Schedule #\n{bought}\n")
    home("report", "apply", file, "--subsidiary", "east")
    return home


def test_the_example_of_the_contract(tmp_path: Path) -> None:
    home = winfactor(tmp_path)
    head = "Invoice #,Payment Date,Payment Amount,Check #,Debtor\n"
    known = "INV-1004,11/10/2026,300.00,771,Blue Freight Brokers\n"
    assert (
        home("report", "apply", home.file("p0.csv", head + known), "--subsidiary", "east")["layout"]
        == "winfactor/payment_report/v1"
    )
    file = home.file(
        "ReceiptHistoryDetail.csv",
        "Receipt History Detail\n" + head
        + 'INV-1001,11/10/2026,"1,850.00",772,Blue Freight Brokers\n'
        + 'INV-1002,11/10/2026,"$1,950.00",773,Blue Freight Brokers\n'
        + "INV-1003,11/10/2026,500.00,774,Blue Freight Brokers\n"
        + known
        + "\n"
        + "INV-5001,11/11/2026,150.00,775,Pays Us Itself\n"
        + "INV-9999,11/11/2026,60.00,776,Nobody\n"
        + "INV-1003,11/12/2026,400.00,777,Blue Freight Brokers\n"
        + 'Total,,"5,210.00",,\n',
    )  # fmt: skip
    apply = ("report", "apply", file, "--subsidiary", "east")
    preview = home(*apply, "--dry-run").document
    before = home.loads()
    answer = home(*apply).document
    assert answer == preview | {"outcome": "applied"}
    assert {
        "provider": "winfactor", "kind": "payment", "layout": "winfactor/payment_report/v1",
        "verified": False, "subsidiary": "east", "connection": "east-winfactor",
        "rows": {"read": 7, "matched": 4, "already_known": 1, "non_factored": 1, "exceptions": 1,
                 "information": 0},
        "conservation": {"payment_amount": {
            "read": "5210.00", "matched": "4700.00", "already_known": "300.00", "non_factored": "150.00",
            "exceptions": "60.00", "information": "0.00"}},
    }.items() <= answer.items()  # fmt: skip
    assert {one["load"]: one["events"] for one in answer["transitions"]} == {
        "L-1001": ["complete"], "L-1003": ["complete"]
    }  # fmt: skip
    assert [(one["row"], one["line"], one["load"]) for one in answer["matches"]] == [
        (2, 3, "L-1001"), (3, 4, "L-1002"), (4, 5, "L-1003"), (5, 6, "L-1004"), (9, 10, "L-1003"),
    ]  # fmt: skip
    assert {
        (one["type"], one["row"], one["amount_at_risk"], one["severity"]) for one in answer["exceptions"]
    } == {
        ("short_paid", 3, "50.00", "wrong"),
        ("non_factored", 7, "150.00", "waiting"),
        ("unknown_invoice", 8, "60.00", "wrong"),
    }
    again = home(*apply).document
    assert (again["outcome"], again["report_id"], again["transitions"], again["rows"]) == (
        "already_applied", answer["report_id"], [], answer["rows"]
    )  # fmt: skip
    assert home(*apply, "--dry-run")["outcome"] == "already_applied"
    undo = ("report", "undo", answer["report_id"], "--reason", "wrong file")
    assert home(*undo)["outcome"] == "undone"
    assert home.loads() == before
    assert home(*undo)["outcome"] == "already_undone"
    assert home(*apply)["outcome"] == "applied"


def test_the_checks_of_apply(tmp_path: Path) -> None:
    home = winfactor(tmp_path)
    file = home.file("p.csv", "Invoice #,Payment Date,Payment Amount\nINV-1001,11/10/2026,5.00\n")
    apply = ("report", "apply", file, "--subsidiary", "east", "--dry-run")
    for right in (("--kind", "payment"), ("--provider", "winfactor"), ("--connection", "east-winfactor"),
                  ("--batch", "east-winfactor/1")):  # fmt: skip
        home(*apply, *right)
    assert home(*apply, "--kind", "purchase", status=3).code == "wrong_kind"
    assert home(*apply, "--provider", "rts", status=3).code == "wrong_provider"
    for name in ("--provider", "--connection", "--batch"):
        assert home(*apply, name, "nope", status=2).code == "not_found"


def test_the_hand_story_of_a_manual_factor(home: Home) -> None:
    home.sold("1", "2", "3", "4", "5", "6")
    home.sold("W", subsidiary="west")
    missing = home.bought("INV-1", "INV-2", "INV-3", "INV-4", "INV-5")
    assert {(one["type"], one["load"]) for one in missing["exceptions"]} == {("missing_from_report", "6")}
    rows = [
        pay("INV-1", "1000.00", "1"),
        pay("INV-2", "950.00", "2", Type="PAYMENT"),
        pay("INV-3", "1000.00", "3"),
        pay("INV-4", "300.00", "4", Type="chargeback"),
        pay("INV-5", "1000.00", "5", Type="Chargeback"),
        pay("INV-6", "1000.00", "6"),
        pay("NOPE", "10.00", "7"),
    ]
    other = pay("INV-W", "1000.00", "8", **{"Invoice Amount": "1000.00"})
    assert home.report("w.csv", [*rows, other], status=3).faults[0]["code"] == "wrong_subsidiary"
    first = home.report("p.csv", rows)
    assert home.standing() | {"W": "invoiced"} == {
        "1": "completed", "2": "financed", "3": "completed", "4": "financed", "5": "invoiced",
        "6": "invoiced", "W": "invoiced",
    }  # fmt: skip
    assert home.loads()["5"]["route"] == "direct"
    bounced = home.report("b.csv", [pay("INV-3", "-1000.00", "3")])
    assert bounced["transitions"][0]["events"] == ["reopen"]
    assert home("loads", "resell", "5", "--reason", "again")["changed"][0]["status"] == "queued"
    assert home("loads", "resell", "5", "--reason", "again")["unchanged"]
    home("loads", "resell", "1", "--reason", "again", status=1)
    home("submit", "--subsidiary", "east", "5")
    home("batches", "confirm", "east-depot/2")
    short = home.exception("short_paid")["id"]
    home("exceptions", "resolve", short, "write_off", "--amount", "20.00", "--reason", "x", status=1)
    home("exceptions", "resolve", short, "treat_as_full", "--reason", "x", status=1)
    made = home("exceptions", "resolve", short, "write_off", "--reason", "agreed")
    assert home.standing()["2"] == "completed"
    again = home("exceptions", "resolve", short, "write_off", "--reason", "agreed")
    assert again["outcome"] == "already_resolved"
    home("decisions", "undo", made["decision"]["id"], "--reason", "no")
    assert home.standing()["2"] == "financed"
    right = home.report("c.csv", [pay("INV-2", "1000.00", "2")], "--replaces", first["report_id"])
    assert right["replaces"] == first["report_id"]
    assert home.standing()["2"] == "completed"
    assert home.standing()["1"] == "financed"
    home("report", "undo", first["report_id"], "--reason", "x")
    assert home("audit", "verify")["intact"] is True


def test_a_partial_chargeback_treated_as_full_goes_the_direct_route(home: Home) -> None:
    home.sold("1")
    home.bought("INV-1")
    home.report("p.csv", [pay("INV-1", "300.00", "1", Type="chargeback")])
    assert home.standing() == {"1": "financed"}
    home("exceptions", "resolve", home.exception("charged_back")["id"], "treat_as_full", "--reason", "x")
    assert home.standing() == {"1": "invoiced"}
    more = home.report("q.csv", [pay("INV-1", "50.00", "2", Type="chargeback")])
    assert home.standing() == {"1": "financed"}
    assert home.exception("charged_back")["amount_at_risk"] == "350.00"
    home("report", "undo", more["report_id"], "--reason", "x")
    home("loads", "pay", "1", "--amount", "1000.00", "--on", "2026-11-20", "--reference", "A")
    assert home.standing() == {"1": "completed"}


def test_an_unknown_number_is_assigned_once_and_in_other_words_refused(home: Home) -> None:
    home.sold("1", "2")
    home.bought("INV-1", "INV-2")
    home.report("p.csv", [pay("TYPO", "1000.00", "1")])
    id_ = home.exception("unknown_invoice")["id"]
    resolve = ("exceptions", "resolve", id_, "assign", "--reason", "x")
    home(*resolve, status=2)
    home(*resolve, "--load", "nope", status=2)
    home(*resolve, "--load", "1")
    assert home.standing()["1"] == "completed"
    assert home(*resolve, "--load", "1")["outcome"] == "already_resolved"
    home(*resolve, "--load", "2", status=1)
    closed = [one for one in home.exceptions("--all") if one["id"] == id_]
    assert closed[0]["open"] is False


def test_equal_rows_count_once_until_a_person_counts_them(home: Home) -> None:
    home.sold("1")
    home.bought("INV-1")
    answer = home.report("p.csv", [pay("INV-1", "500.00", "1")] * 2)
    assert (answer["rows"]["matched"], answer["rows"]["exceptions"]) == (1, 1)
    assert [one["row"] for one in answer["exceptions"] if one["type"] == "duplicate_row"] == [2, 3]
    id_ = home.exception("duplicate_row")["id"]
    home("exceptions", "resolve", id_, "count_each", "--reason", "two cheques")
    assert home.standing() == {"1": "completed"}
    home("exceptions", "resolve", id_, "count_each", "--count", "3", "--reason", "three", status=1)


def test_a_choice_among_amounts_lapses_when_the_amounts_change(home: Home) -> None:
    home.sold("1")
    home.bought("INV-1")
    home.report("a.csv", [pay("INV-1", "400.00", "9")])
    home.report("b.csv", [pay("INV-1", "500.00", "9")])
    assert home.loads()["1"]["paid"] == "400.00"
    resolve = ("exceptions", "resolve", home.exception("conflicting_rows")["id"], "use_row", "--reason", "x")
    home(*resolve, status=2)
    home(*resolve, "--amount", "450.00", status=2)
    home(*resolve, "--amount", "500.00")
    assert home.loads()["1"]["paid"] == "500.00"
    home.report("c.csv", [pay("INV-1", "600.00", "9")])
    assert home.loads()["1"]["paid"] == "400.00"
    assert home.exception("conflicting_rows")["open"] is True


@pytest.mark.parametrize("resolution", ["wait", "ignore"])
def test_an_exception_that_rests_settles_nothing_and_wakes_with_new_evidence(
    home: Home, resolution: str
) -> None:
    home.sold("1")
    home.bought("INV-1")
    home.paid(("INV-1", "900.00"))
    id_ = home.exception("short_paid")["id"]
    home("exceptions", "resolve", id_, resolution, "--reason", "x")
    assert home.standing() == {"1": "financed"}
    rested = [(one["severity"], one["open"]) for one in home.exceptions()]
    assert rested == ([("waiting", True)] if resolution == "wait" else [])
    home.paid(("INV-1", "50.00"), check="C-2")
    again = home.exception("short_paid")
    assert (again["severity"], again["amount_at_risk"]) == ("wrong", "50.00")


def test_a_shortage_written_off_returns_when_it_grows(home: Home) -> None:
    home.sold("1")
    home.bought("INV-1")
    home.paid(("INV-1", "900.00"))
    home("exceptions", "resolve", home.exception("short_paid")["id"], "write_off", "--reason", "x")
    assert home.standing() == {"1": "completed"}
    reversal = home.report("r.csv", [pay("INV-1", "-100.00", "C-9")])
    assert home.standing() == {"1": "financed"}
    assert home.exception("short_paid")["amount_at_risk"] == "200.00"
    home("report", "undo", reversal["report_id"], "--reason", "x")
    assert home.standing() == {"1": "completed"}


def test_several_files_are_each_tried_in_order(home: Home) -> None:
    home.sold("1", "2")
    good = home.table("good.csv", [pay("INV-1", "1000.00", "1")])
    bad = home.table("bad.csv", [pay("INV-1", "1.005", "1"), pay("INV-2", "x", "1", Type="gift")])
    last = home.table("last.csv", [pay("INV-2", "1000.00", "2")])
    answer = home("report", "apply", good, bad, last, "--subsidiary", "east", status=3)
    assert [one["outcome"] for one in answer["reports"]] == ["applied", "refused", "applied"]
    assert [(one["file"], one["row"], one["column"]) for one in answer.faults] == [
        ("bad.csv", 2, "Payment Amount"), ("bad.csv", 3, "Payment Amount"), ("bad.csv", 3, "Type"),
    ]  # fmt: skip
    home("report", "apply", good, str(home.path / "none.csv"), "--subsidiary", "east", status=2)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice Number,Payment Date,Payment Amount\n1,45000,5.00\n",
        "Invoice Number,Payment Date,Payment Amount\n1,11/11/2026,(5.00)\n",
        "Invoice Number,Payment Date,Payment Amount\n1,11/11/2026,5.001\n",
        "Invoice Number,Payment Date,Payment Amount\n1,11/11/2026,٥\n",
        "Invoice Number,Payment Date,Payment Amount\n1,31/12/2026,5.00\n",
        "Invoice Number,Payment Date,Payment Amount\n1,11/11/2026,\n",
        "Invoice Number,Payment Date,Payment Amount\n1.2E+11,11/11/2026,########\n",
        "Invoice Number,Payment Date,Payment Amount\n1,11/11/2026\n",
        "Invoice Number,Payment Date,Payment Amount,Closed\n1,11/11/2026,5.00,maybe\n",
        "Invoice Number,Payment Date,Payment Amount,Payment Amount\n1,11/11/2026,5.00,5.00\n",
        "Invoice Number,Payment Date\n1,11/11/2026\n",
        "%PDF-1.4",
        "",
    ],
)
def test_what_cannot_be_read_refuses_the_whole_file(home: Home, text: str) -> None:
    home.sold("1")
    answer = home("report", "apply", home.file("x.csv", text), "--subsidiary", "east", status=3)
    assert answer.faults
    assert home("report", "list")["reports"] == []


def test_an_empty_period_is_applied_and_an_empty_batch_report_refused(home: Home) -> None:
    for kind, status in (("payment", 0), ("purchase", 3)):
        file = str(home.path / f"{kind}.csv")
        home("report", "template", "capital_depot", kind, "--to", file)
        answer = home("report", "apply", file, "--subsidiary", "east", status=status)
        if not status:
            assert answer["warnings"][0].startswith("empty_period")


def test_a_complete_list_refuses_what_leaves_an_invoice_out(tmp_path: Path) -> None:
    home = Home(tmp_path, subsidiary(), depot(more='batch_report = "complete"'))
    home.sold("1", "2")
    row = {"Purchase Date": "2026-11-05", "Invoice Amount": "1000.00"}
    home.report("p.csv", [{"Invoice Number": "INV-1", **row}], status=3)
    home.report("p.csv", [{"Invoice Number": f"INV-{one}", **row} for one in (1, 2)])
    assert home.standing() == {"1": "financed", "2": "financed"}


def test_a_workbook_of_rts_says_held_and_denied(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    home = Home(tmp_path / "h", subsidiary(), folder("rts", tmp_path / "in"))
    home.sold("1", "2", "3")
    head: list[Any] = ["Invoice #", "Purchase Date", "Invoice Amount", "Status", "Debtor"]
    words = {"1": "Processed", "2": "Held", "3": "Denied"}
    rows = [[f"INV-{one}", dt.date(2026, 11, 5), 1000.0, word, "Blue"] for one, word in words.items()]
    content = xlsx_bytes([["Purchase History Report"], head, *rows, ["Total", None, 3000.0]])
    answer = home("report", "apply", home.file("rts.xlsx", content), "--subsidiary", "east")
    assert answer["control_totals"] == [
        {"column": "invoice_amount", "stated": "3000.00", "summed": "3000.00"}
    ]
    first = answer["matches"][0]
    assert (first["row"], first["line"], first["load"], first["tier"]) == (2, 3, "1", 1)
    assert {one["load"]: one["disposition"] for one in home.loads().values()} == {
        "1": "purchased", "2": "held", "3": "denied"
    }  # fmt: skip
    assert home("loads", "return", "3", "--reason", "denied")["changed"][0]["status"] == "queued"
    assert home("loads", "return", "3", "--reason", "denied")["unchanged"]
    home("loads", "return", "1", "--reason", "denied", status=1)


def test_every_column_of_money_adds_up_over_the_buckets(home: Home) -> None:
    home.sold("1", "2")
    rows = [pay("INV-1", "10.00", "1"), pay("INV-2", "-3.00", "2"), pay("X", "0.01", "3")]
    for sums in home.report("p.csv", rows)["conservation"].values():
        assert round(sum(float(sums[one]) for one in CENTS), 2) == float(sums["read"])


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_exceptions_go_out_to_a_spreadsheet_and_come_back_decided(home: Home, ending: str) -> None:
    home.sold("1", "2", "3")
    home.bought("INV-1", "INV-2", "INV-3")
    home.paid(("INV-1", "990.00"), ("INV-2", "980.00"), ("INV-3", "970.00"))
    out = home.path / f"work.{ending}"
    assert home("exceptions", "export", str(out))["written"] is True
    assert home("exceptions", "export", str(out))["written"] is False

    def decide(line: dict[str, str]) -> dict[str, str]:
        wanted = {"1": ("write_off", "agreed"), "2": ("assign", "no"), "3": ("wait", "asked")}
        decision, reason = wanted[line["Load"]]
        return line | {"Decision": decision, "Reason": reason}

    back = home.table("back.csv", [decide(line) for line in home.worklist(out)])
    answer = home("exceptions", "import", back)
    assert sorted((one["load"], one["resolution"]) for one in answer["changed"]) == [
        ("1", "write_off"),
        ("3", "wait"),
    ]
    assert [(one["resolution"], one["reasons"][0]["code"]) for one in answer["refused"]] == [
        ("assign", "state")
    ]
    assert [one["load"] for one in answer["transitions"]] == ["1"]
    again = home("exceptions", "import", back)
    assert (again["changed"], len(again["unchanged"])) == ([], 2)
    home.paid(("INV-2", "10.00"), ("INV-3", "10.00"), check="C-2")
    stale = home.table("stale.csv", [decide(line) for line in home.worklist(out) if line["Load"] == "3"])
    refused = home("exceptions", "import", stale, status=1)
    assert refused["refused"][0]["reasons"][0]["code"] == "stale"
    home("exceptions", "export", str(out), status=2)
    home("exceptions", "import", home.file("no.csv", "a,b\r\n1,2\r\n"), status=3)
