"""The documents are those of the contract, to the key; every one of them has its schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from attrs import evolve
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from cli.office_fake import (
    BATCH,
    CONNECTION,
    DELIVERY,
    NOW,
    REFUSAL,
    REPORT_RESULT,
    FakeOffice,
    everything,
    run,
)
from factoring_core.cli import schemas
from factoring_core.cli.app import COMMANDS, factoring
from factoring_core.domain.vocabulary.parties import Protocol, Settings
from factoring_core.errors import Fault, FileRefusedError, NotFoundError
from factoring_core.usecases.results import SubmitResult

REGISTRY: Registry[Any] = Registry().with_resource(
    "common.json", Resource.from_contents(schemas.schema("common"))
)
ELSEWHERE = {"init", "demo"}
"""Commands whose document has a test of its own."""

LINES = {
    "check": "check",
    "loads-import": "loads import {file}",
    "loads-imports": "loads imports",
    "loads-undo-import": "loads undo-import imp-1 --reason wrong",
    "loads-list": "loads list --status queued",
    "loads-show": "loads show L-1001",
    "loads-send-direct": "loads send-direct L-1001",
    "loads-pay": "loads pay L-1001 --amount 12.50 --on 03/02/2026 --reference 77",
    "loads-return": "loads return L-1001 --reason held",
    "loads-resell": "loads resell L-1001 --reason again",
    "invoice": "invoice L-1001 --number INV-1 --date 2026-03-02 --amount 1500",
    "void": "void L-1001 --reason typo",
    "preflight": "preflight --subsidiary east L-1001",
    "submit": "submit --subsidiary east",
    "resume": "resume",
    "batches-list": "batches list",
    "batches-show": "batches show 7",
    "batches-files": "batches files 7 --to {folder}",
    "batches-confirm": "batches confirm 7",
    "batches-cancel": "batches cancel 7 --reason no",
    "batches-settle": "batches settle 7 not-delivered --reason asked",
    "report-apply": "report apply {file} --subsidiary east",
    "report-fetch": "report fetch --connection east-otr",
    "sync": "sync --connection east-otr",
    "report-list": "report list",
    "report-show": "report show rep-1",
    "report-undo": "report undo rep-1 --reason wrong",
    "report-template": "report template rts payment --to {folder}/t.csv",
    "inspect": "inspect {file}",
    "exceptions-list": "exceptions list --all",
    "exceptions-resolve": "exceptions resolve exc-1 write_off --amount 50.00 --reason small",
    "exceptions-export": "exceptions export {folder}/e.csv",
    "exceptions-import": "exceptions import {file}",
    "decisions-list": "decisions list",
    "decisions-undo": "decisions undo dec-1 --reason wrong",
    "connections-list": "connections list",
    "connections-activate": "connections activate east-depot",
    "connections-deactivate": "connections deactivate east-depot --reason leaving",
    "connections-buy-out": "connections buy-out {file} --from east-depot --to east-rts",
    "connections-undo-buy-out": "connections undo-buy-out buy-1 --reason wrong",
    "credit-check": "credit check blue --subsidiary east",
    "packet": "packet L-1001 --to {folder}/p.pdf",
    "status": "status",
    "audit-verify": "audit verify",
    "audit-recover": "audit recover 9:ab --reason broken",
    "audit-export": "audit export {folder}/a.jsonl",
    "providers-list": "providers list",
    "providers-show": "providers show capital_depot",
}


def typed(line: str, folder: Path) -> list[str]:
    (folder / "file.csv").write_text("x", encoding="utf-8")
    return [part.format(file=folder / "file.csv", folder=folder) for part in line.split()]


def check(name: str, document: dict[str, Any]) -> None:
    errors = Draft202012Validator(schemas.schema(name), registry=REGISTRY).iter_errors(document)
    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("name", sorted(LINES))
def test_every_command_answers_a_document_of_its_schema(name: str, tmp_path: Path) -> None:
    office = everything()
    answer = run("--json", *typed(LINES[name], tmp_path), office=office)

    assert answer.status == 0
    assert answer.stderr == ""
    assert "error" not in answer.document
    check(name, answer.document)
    assert office.closed


@pytest.mark.parametrize("name", sorted(LINES))
def test_every_command_answers_a_person_on_stdout(name: str, tmp_path: Path) -> None:
    answer = run(*typed(LINES[name], tmp_path), office=everything())

    assert answer.status == 0
    assert answer.stdout.strip()
    assert answer.stderr == ""


def test_every_command_there_is_has_a_schema_and_a_test() -> None:
    context = click.Context(factoring)
    found = set()
    for name in COMMANDS:
        command = factoring.get_command(context, name)
        if isinstance(command, click.Group):
            found |= {f"{name}-{inner}" for inner in command.list_commands(context)}
        else:
            found.add(name)

    assert found == {*LINES, *ELSEWHERE}
    assert {*schemas.names()} == {*LINES, *ELSEWHERE, "common"}


@pytest.mark.parametrize("name", schemas.names())
def test_every_schema_is_a_schema_and_takes_a_failure(name: str) -> None:
    Draft202012Validator.check_schema(schemas.schema(name))
    if name != "common":
        failing = FakeOffice(loads=NotFoundError("There is no load L-1."))
        check(name, run("--json", "loads", "list", office=failing).document)


def test_report_apply_answers_the_object_of_the_contract(tmp_path: Path) -> None:
    office = FakeOffice(apply_report=REPORT_RESULT)
    document = run(
        "--json", *typed("report apply {file} --subsidiary east", tmp_path), office=office
    ).document

    assert document == {
        "report_id": "rep-1",
        "outcome": "applied",
        "provider": "winfactor",
        "kind": "payment",
        "layout": "winfactor/payment_report/v1",
        "verified": False,
        "subsidiary": "east",
        "connection": "east-winfactor",
        "rows": {
            "read": 7,
            "matched": 4,
            "already_known": 1,
            "non_factored": 1,
            "exceptions": 1,
            "information": 0,
        },
        "transitions": [
            {
                "load": "L-1001",
                "subsidiary": "east",
                "from": "financed",
                "to": "completed",
                "events": ["complete"],
            }
        ],
        "matches": [
            {
                "row": 2,
                "line": 2,
                "load": "L-1001",
                "subsidiary": "east",
                "invoice_number": "INV-1001",
                "tier": 1,
                "fields": ["invoice_number"],
            }
        ],
        "exceptions": [
            {
                "id": "exc-1",
                "type": "short_paid",
                "severity": "wrong",
                "load": "L-1002",
                "subsidiary": "east",
                "row": 3,
                "line": 3,
                "amount_at_risk": "50.00",
                "candidates": [],
            },
            {
                "id": "exc-2",
                "type": "unknown_invoice",
                "severity": "wrong",
                "load": None,
                "subsidiary": "east",
                "row": 7,
                "line": 7,
                "amount_at_risk": "60.00",
                "candidates": [
                    {
                        "load": "L-9",
                        "subsidiary": "east",
                        "invoice_number": "INV-90",
                        "reason": "another amount",
                    }
                ],
            },
        ],
        "conservation": {
            "payment_amount": {
                "read": "5210.00",
                "matched": "4700.00",
                "already_known": "300.00",
                "non_factored": "150.00",
                "exceptions": "60.00",
                "information": "0.00",
            }
        },
        "control_totals": [{"column": "payment_amount", "stated": "5210.00", "summed": "5210.00"}],
        "warnings": [],
    }


def test_submit_answers_the_batch_objects_of_the_contract() -> None:
    delivered = evolve(BATCH, delivery=DELIVERY, not_before=NOW)
    office = FakeOffice(submit=SubmitResult(batches=(delivered,), refused=(REFUSAL,)))
    document = run("--json", "submit", "--subsidiary", "east", office=office).document

    assert document["refused"] == [
        {
            "load": "L-1002",
            "subsidiary": "east",
            "reasons": [{"code": "missing_pod", "message": "There is no POD."}],
        }
    ]
    [batch] = document["batches"]
    assert batch == batch | {
        "batch_id": "bat-1",
        "batch_number": 7,
        "connection": "east-depot",
        "provider": "capital_depot",
        "state": "sealed",
        "loads": ["L-1001", "L-1002"],
        "amount": "4275.50",
        "files": [
            {
                "name": "INV-1001.pdf",
                "size": 1234,
                "sha256": "ab" * 32,
                "load": "L-1001",
                "pages": 4,
                "notes": ["pod.pdf: a script was left out."],
            },
            {
                "name": "loads.csv",
                "size": 99,
                "sha256": "ab" * 32,
                "load": None,
                "pages": None,
                "notes": [],
            },
        ],
        "evidence": {
            "kind": "confirmed",
            "at": "2026-03-02T15:04:05Z",
            "by": "dana",
            "reason": None,
            "proof": None,
        },
        "not_before": "2026-03-02T15:04:05Z",
    }
    assert "lease_until" not in batch


def test_a_batch_is_shown_with_the_pages_bytes_and_notes_of_its_packets() -> None:
    shown = run("batches", "show", "7", office=everything()).stdout

    [headers] = [line.split() for line in shown.splitlines() if "sha256" in line]
    [packet] = [line.split() for line in shown.splitlines() if line.startswith("INV-1001.pdf ")]
    assert ["name", "load", "pages", "bytes", "sha256"] == headers
    assert ["INV-1001.pdf", "L-1001", "4", "1234"] == packet[:4]
    assert "INV-1001.pdf: pod.pdf: a script was left out." in shown.splitlines()


def test_a_command_about_one_batch_answers_it_and_lists_it() -> None:
    document = run("--json", "batches", "show", "7", office=everything()).document

    assert document["state"] == "sealed"
    assert document["batches"][0]["batch_id"] == document["batch_id"] == "bat-1"


def test_loads_list_has_exactly_the_keys_of_the_contract() -> None:
    [load] = run("--json", "loads", "list", office=everything()).document["loads"]

    assert load == {
        "load": "L-1001",
        "subsidiary": "east",
        "customer": "blue",
        "status": "financed",
        "route": "factoring",
        "disposition": None,
        "invoice_number": "INV-1001",
        "amount": "1500.00",
        "currency": "USD",
        "batch": "bat-1",
        "paid": "-0.05",
        "open": "1500.05",
        "flags": ["held", "short_paid"],
    }


def test_exceptions_list_has_the_keys_of_the_contract() -> None:
    [item] = run("--json", "exceptions", "list", office=everything()).document["exceptions"]

    assert item == item | {
        "id": "exc-1",
        "type": "short_paid",
        "severity": "wrong",
        "load": "L-1002",
        "amount_at_risk": "50.00",
        "age_days": 12,
        "suggested": "write_off",
        "resolutions": ["write_off", "wait"],
        "rows": [{"report": "rep-1", "row": 3}],
    }


def test_changes_name_the_invoice_only_where_one_is_generated() -> None:
    queued = run("--json", "invoice", "L-1001", office=everything()).document["changed"]
    voided = run("--json", "void", "L-1001", "--reason", "typo", office=everything()).document["changed"]

    assert queued == [
        {"load": "L-1001", "subsidiary": "east", "status": "queued", "invoice_number": "INV-1001"}
    ]
    assert voided == [{"load": "L-1001", "subsidiary": "east", "status": "queued"}]


def test_no_document_tells_how_a_connection_logs_in() -> None:
    for line in ("connections list", "connections activate east-depot"):
        assert "env:" not in run("--json", *line.split(), office=everything()).stdout


def test_a_position_writes_cents_as_decimals_and_leaves_other_values_alone() -> None:
    [sale] = run("--json", "loads", "show", "L-1001", office=everything()).document["sales"]

    assert sale["position"] == {
        "face": "1500.00",
        "open": "1500.05",
        "purchased": True,
        "purchased_on": "2026-03-02",
    }
    assert sale["evidence"] == [{"type": "payment", "amount": "-0.05", "row": 4, "on": "2026-03-02"}]


def test_several_reports_stand_in_order_and_the_refused_ones_among_them(tmp_path: Path) -> None:
    faults = [Fault(code="bad_amount", message="No amount.", file="b.csv", row=2, excerpt="x")]
    refused = FileRefusedError("b.csv was refused.", faults=faults)
    other = FileRefusedError("c.csv was refused.", faults=faults * 2)
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for path in paths:
        path.write_text("x", encoding="utf-8")
    line = ["report", "apply", *map(str, paths), "--subsidiary", "east"]

    for asked in (["--json", *line], line):
        office = FakeOffice(apply_report=[REPORT_RESULT, refused, other])
        answer = run(*asked, office=office)
        assert answer.status == 3
        assert [name for name, _, _ in office.calls] == ["apply_report"] * 3
        if asked is not line:
            document = answer.document
            check("report-apply", document)
            assert [one["outcome"] for one in document["reports"]] == ["applied", "refused", "refused"]
            assert [one["file"] for one in document["reports"]] == ["a.csv", "b.csv", "c.csv"]
            assert len(document["error"]["faults"]) == 3
            assert answer.stderr == ""
        else:
            assert "2 of 3 files were refused" in answer.stderr


def test_one_refused_report_answers_nothing_but_the_error(tmp_path: Path) -> None:
    refused = FileRefusedError(
        "It was refused.",
        faults=[Fault(code="bad_amount", message="No amount.", file="b.csv", line=4)] * 3,
        total=2000,
    )
    answer = run(
        "--json",
        *typed("report apply {file} --subsidiary east", tmp_path),
        office=FakeOffice(apply_report=refused),
    )

    assert answer.status == 3
    assert list(answer.document) == ["error"]
    assert answer.error["fault_count"] == 2000
    assert answer.error["faults"][0] == {
        "file": "b.csv",
        "sheet": None,
        "row": None,
        "line": 4,
        "column": None,
        "code": "bad_amount",
        "excerpt": None,
        "message": "No amount.",
    }
    check("report-apply", answer.document)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("submit", "--subsidiary", "east"), "Next: `factoring batches files east-depot/7 --to DIR`."),
        (("resume",), "Next: `factoring batches files east-depot/7 --to DIR`."),
        (("batches", "files", "7", "--to", "out"), "`factoring batches confirm east-depot/7`."),
    ],
)
def test_who_hands_over_by_hand_is_told_how(command: tuple[str, ...], said: str) -> None:
    """A batch of a connection that delivers by itself, and one that arrived, have nothing that is next."""
    office = everything()
    assert said in run(*command, office=office).stdout

    office.settings = Settings(connections=(evolve(CONNECTION.connection, protocol=Protocol.FOLDER),))
    assert "factoring batches" not in run(*command, office=office).stdout
