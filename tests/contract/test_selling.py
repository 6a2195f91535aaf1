"""Batches: what is sealed, taken out, confirmed, settled, interrupted; nothing is sent twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contract.home import Home, depot, folder, subsidiary


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", subsidiary(), subsidiary("west"), depot(), depot("west"))


def codes(answer: dict[str, object]) -> list[str]:
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    return [one["code"] for one in reasons]


def test_preflight_tells_every_failure_and_changes_nothing(home: Home) -> None:
    home.bring(
        {"load_number": "1"},
        {"load_number": "2", "pod_file": "", "invoice_file": ""},
        {"load_number": "3", "status": "released"},
    )
    answer = home("preflight", "--subsidiary", "east", "1", "2", "3")
    assert [one["load"] for one in answer["eligible"]] == ["1"]
    assert {one["load"]: codes(one) for one in answer["refused"]} == {
        "2": ["missing_invoice_document", "missing_pod"],
        "3": ["not_queued"],
    }
    assert home("batches", "list")["batches"] == []
    home("preflight", "--subsidiary", "east", "nope", status=2)


def test_submit_with_nothing_eligible_is_done_and_with_all_refused_is_not(home: Home) -> None:
    answer = home("submit", "--subsidiary", "east")
    assert (answer["batches"], answer["refused"]) == ([], [])
    home.bring({"load_number": "1", "pod_file": ""})
    home("submit", "--subsidiary", "east", "1", status=1)
    home("submit", "--subsidiary", "east", "1", "--dry-run", status=1)


def test_a_refused_load_is_left_out_unless_all_or_nothing_is_asked(home: Home) -> None:
    home.bring({"load_number": "1"}, {"load_number": "2", "pod_file": ""})
    for more in ((), ("--dry-run",)):
        home("submit", "--subsidiary", "east", "--all-or-nothing", *more, status=1)
    assert home("batches", "list")["batches"] == []
    dry = home("submit", "--subsidiary", "east", "--dry-run")
    assert (home("batches", "list")["batches"], dry["batches"][0]["loads"]) == ([], ["1"])
    answer = home("submit", "--subsidiary", "east")
    assert (answer["batches"][0]["state"], answer["batches"][0]["loads"]) == ("sealed", ["1"])
    assert [one["load"] for one in answer["refused"]] == ["2"]


def test_a_named_load_of_a_live_batch_is_listed_and_not_refused(home: Home) -> None:
    home.bring({"load_number": "1"})
    first = home("submit", "--subsidiary", "east", "1")["batches"][0]
    for _ in range(2):
        assert home("submit", "--subsidiary", "east", "1")["batches"][0]["batch_id"] == first["batch_id"]
        [refused] = home("preflight", "--subsidiary", "east", "1")["refused"]
        assert "in_live_batch" in codes(refused)
        home("batches", "confirm", "1")


def test_files_are_one_packet_a_load_and_the_manifest_and_always_the_same_bytes(
    home: Home, tmp_path: Path
) -> None:
    home.bring({"load_number": "1"}, {"load_number": "2", "invoice_number": 'Ä/2, "&'})
    home("submit", "--subsidiary", "east")
    seen = []
    for number, act in enumerate((None, "confirm", "not-delivered")):
        if act == "confirm":
            home("batches", "confirm", "1")
        elif act is not None:
            home("batches", "settle", "1", act, "--reason", "x")
        place = tmp_path / "new" / str(number)
        home("batches", "files", "1", "--to", str(place))
        home("batches", "files", "1", "--to", str(place))
        seen.append({one.name: one.read_bytes() for one in place.iterdir()})
    assert seen[0] == seen[1] == seen[2]
    assert sorted(Path(name).suffix for name in seen[0]) == [".csv", ".pdf", ".pdf"]
    home("batches", "cancel", "1", "--reason", "x", status=1)


def test_files_go_into_a_folder_and_not_over_a_file(home: Home) -> None:
    home.bring({"load_number": "1"})
    home("submit", "--subsidiary", "east")
    assert home("batches", "files", "1", "--to", str(home.path / "loads.csv"), status=2).code == "usage"


def test_confirm_needs_no_files_first_and_twice_changes_nothing(home: Home) -> None:
    home.bring({"load_number": "1"})
    home("submit", "--subsidiary", "east")
    assert home.standing() == {"1": "queued"}
    first = home("batches", "confirm", "east-depot/1").document
    assert home.standing() == {"1": "invoiced"}
    assert home("batches", "confirm", first["batch_id"]).document == first


def test_invoiced_on_submit_records_the_delivery_by_policy(tmp_path: Path) -> None:
    home = Home(tmp_path, subsidiary(), depot(more='invoiced_on = "submit"'))
    home.bring({"load_number": "1"})
    [batch] = home("submit", "--subsidiary", "east")["batches"]
    assert (batch["state"], batch["evidence"]["kind"]) == ("delivered", "policy")
    assert home.standing() == {"1": "invoiced"}


def test_what_was_taken_out_is_settled_before_it_is_cancelled(home: Home, tmp_path: Path) -> None:
    home.bring({"load_number": "1"})
    home("submit", "--subsidiary", "east")
    home("batches", "files", "1", "--to", str(tmp_path / "out"))
    home("batches", "cancel", "1", "--reason", "x", status=1)
    home("batches", "settle", "1", "not-delivered", "--reason", "still here")
    assert home("batches", "cancel", "1", "--reason", "x")["state"] == "cancelled"
    assert home("batches", "cancel", "1", "--reason", "x")["state"] == "cancelled"
    home("batches", "files", "1", "--to", str(tmp_path / "out"), status=1)
    assert home("submit", "--subsidiary", "east")["batches"][0]["batch_number"] == 2


def test_a_report_is_evidence_of_delivery_as_long_as_it_stands(home: Home, tmp_path: Path) -> None:
    home.bring({"load_number": "1"})
    home("submit", "--subsidiary", "east")
    home("batches", "files", "1", "--to", str(tmp_path / "out"))
    report = home.bought("INV-1")
    assert report["transitions"][0]["events"] == ["submit", "finance"]
    assert home("batches", "show", "1")["state"] == "delivered"
    home("batches", "settle", "1", "not-delivered", "--reason", "x", status=1)
    home("batches", "cancel", "1", "--reason", "x", status=1)
    undone = home("report", "undo", report["report_id"], "--reason", "x")
    assert undone["transitions"][0]["events"] == ["unfinance", "unsubmit"]
    assert home("batches", "show", "1")["state"] == "sealed"


def test_a_report_of_a_batch_settled_as_not_delivered_raises_the_doubt_of_its_rows(home: Home) -> None:
    home.sold("1")
    home("batches", "settle", "1", "not-delivered", "--reason", "x")
    assert home.standing() == {"1": "queued"}
    answer = home.bought("INV-1")
    assert home.standing() == {"1": "financed"}
    assert home.exception("delivery_in_doubt")["resolutions"] == ["wait"]
    assert answer["rows"]["matched"] == 1


def test_a_connection_that_drains_takes_no_new_batch_and_still_its_reports(home: Home) -> None:
    home.sold("1")
    home("connections", "deactivate", "east-depot", "--reason", "switching")
    home.bring({"load_number": "2"})
    [refused] = home("submit", "--subsidiary", "east", "2", status=1)["refused"]
    assert "connection_draining" in codes(refused)
    home.bought("INV-1")
    assert home.standing()["1"] == "financed"
    home("check")
    home("connections", "activate", "east-depot")
    home("submit", "--subsidiary", "east", "2")


def test_rts_waits_for_its_gap_and_no_command_sleeps_for_it(tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    home = Home(tmp_path / "h", subsidiary(), folder("rts", inbox))
    home.bring({"load_number": "1"}, {"load_number": "2"})
    assert home("submit", "--subsidiary", "east", "1")["batches"][0]["state"] == "delivered"
    before = set(os.listdir(inbox))
    for line in (("submit", "--subsidiary", "east", "2"), ("resume",)):
        begun = time.monotonic()
        [batch] = home(*line)["batches"]
        assert (batch["state"], batch["batch_number"]) == ("sealed", 2)
        assert batch["not_before"] > batch["sealed_on"]
        assert time.monotonic() - begun < 10
    assert set(os.listdir(inbox)) == before


@pytest.mark.parametrize("provider", ["winfactor", "rts"])
def test_a_folder_gets_one_pdf_an_invoice_and_one_manifest(tmp_path: Path, provider: str) -> None:
    inbox = tmp_path / "in"
    home = Home(tmp_path / "h", subsidiary(), folder(provider, inbox))
    home.bring({"load_number": "1"}, {"load_number": "2"})
    answer = home("submit", "--subsidiary", "east", status=4)
    assert (answer["batches"][0]["state"], answer["error"]["retryable"]) == ("sealed", True)
    inbox.mkdir()
    [batch] = home("resume")["batches"]
    assert batch["state"] == "delivered"
    names = sorted(os.listdir(inbox))
    assert [name for name in names if name.endswith(".pdf")] == ["INV-1.pdf", "INV-2.pdf"]
    assert len([name for name in names if name.endswith(".csv")]) == 1
    assert len(names) == 3
    assert home("resume")["batches"] == []


@pytest.mark.parametrize("seen", [1, 5, 9])
def test_a_submission_killed_in_the_middle_is_finished_by_resume(tmp_path: Path, seen: int) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    home = Home(tmp_path / "h", subsidiary(), folder("winfactor", inbox))
    home.bring(*({"load_number": str(one)} for one in range(8)))
    line = [sys.executable, "-m", "factoring_core.cli", "--home", str(home.path), "--json",
            "submit", "--subsidiary", "east"]  # fmt: skip
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 30
        while process.poll() is None and len(os.listdir(inbox)) < seen and time.monotonic() < until:
            pass
        process.kill()
    home("resume")
    [batch] = home("submit", "--subsidiary", "east", *map(str, range(8)))["batches"]
    assert batch["state"] == "delivered"
    names = os.listdir(inbox)
    assert len([name for name in names if name.endswith(".csv")]) == 1
    assert len([name for name in names if name.endswith(".pdf")]) == len(names) - 1 == 8
    assert set(home.standing().values()) == {"invoiced"}
