"""Exit statuses, errors and what a person sees: one sentence of what happened, one of what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cli.office_fake import (
    BATCH,
    CHANGE,
    IN_DOUBT_STATE,
    LOAD,
    REFUSAL,
    REPORT_RESULT,
    STANDING,
    FakeOffice,
    everything,
    run,
)
from factoring_core.cli.app import wants_json
from factoring_core.cli.errors import worst, worst_error
from factoring_core.cli.files import read_file, write_file
from factoring_core.cli.pieces import visible
from factoring_core.errors import (
    AccessError,
    ConfigurationError,
    DeliveryInDoubtError,
    FactoringError,
    FileRefusedError,
    LimitExceededError,
    NotAvailableError,
    StateError,
    StorageError,
    UnreachableError,
    UsageError,
)
from factoring_core.usecases.results import AuditView, ChangeResult, CheckFinding, LoadView, SubmitResult

ERRORS: list[tuple[FactoringError, int]] = [
    (StateError("It is delivered."), 1),
    (ConfigurationError("It is wrong."), 2),
    (LimitExceededError("It is too large."), 3),
    (UnreachableError("Nobody answers."), 4),
    (DeliveryInDoubtError("Nobody knows."), 5),
    (StorageError("The disk is gone."), 6),
    (AccessError("Not yours."), 7),
]


@pytest.mark.parametrize(("error", "status"), ERRORS)
def test_an_error_has_its_exit_status_and_two_sentences(error: FactoringError, status: int) -> None:
    plain = run("loads", "list", office=FakeOffice(loads=error))
    with_json = run("--json", "loads", "list", office=FakeOffice(loads=error))

    assert plain.status == with_json.status == status
    assert plain.stdout == ""
    assert plain.stderr.splitlines() == [f"Error: {error.message}", error.remedy]
    assert with_json.stderr == ""
    assert list(with_json.document) == ["error"]
    assert with_json.error == {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "stage": error.stage,
        "retryable": error.retryable,
        "in_doubt": error.in_doubt,
        "where": {},
        "faults": [],
    }


@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7])))
def test_of_several_exit_statuses_the_gravest_wins(statuses: list[int]) -> None:
    assert worst(statuses) == next((one for one in (7, 2, 6, 5, 4, 3, 1) if one in statuses), 0)


def test_of_several_errors_the_gravest_wins_and_the_first_of_equals() -> None:
    first, second = UnreachableError("a"), UnreachableError("b")

    assert worst_error([StateError("x"), first, second]) is first
    assert worst_error([]) is None


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("loads list --json", "--json is a global option: write it before the command."),
        ("loads --home x list", "--home is a global option: write it before the command."),
        ("loads list --nonsense", "See `factoring loads list --help`."),
        ("nonsense", "See `factoring --help`."),
        ("invoice", "See `factoring invoice --help`."),
        ("invoice A B --number 1", "See `factoring invoice --help`."),
        ("invoice A B --date 2026-01-01", None),
        ("invoice A B --amount 1.00", None),
        ("invoice A --amount 1,000.00", None),
        ("invoice A --amount 1.001", None),
        ("invoice A --amount ١", None),
        ("invoice A --date 45000", None),
        ("invoice A --date 31/01/2026", None),
        ("loads pay A --amount 1 --on 2026-01-01", None),
        ("loads return A --reason because", None),
        ("loads list --status sold", None),
        ("void A", None),
        ("submit", None),
        ("batches settle 1 maybe --reason x", None),
        ("report apply a.csv", None),
        ("report apply --subsidiary east", None),
        ("report apply a b --subsidiary east --replaces r", None),
        ("report template rts statement --to x.csv", None),
        ("report template rts payment --to x.pdf", None),
        ("exceptions resolve e guess --reason x", None),
        ("exceptions export e.ods", None),
        ("exceptions resolve e assign --batch 1 --reason x", None),
        ("exceptions resolve e same --count -1 --reason x", None),
        ("credit check", None),
        ("credit check blue", None),
    ],
)
def test_wrong_usage_is_2_and_with_json_a_document(line: str, remedy: str | None) -> None:
    plain = run(*line.split())
    with_json = run("--json", *line.split())

    assert plain.status == with_json.status == 2
    assert plain.stdout == ""
    assert plain.stderr.startswith("Error: ")
    assert with_json.error["code"] == "usage"
    assert with_json.error["stage"] == "usage"
    assert remedy in (None, with_json.error["remedy"])


def test_a_blank_reason_is_wrong_usage() -> None:
    assert run("void", "A", "--reason", "  ").status == 2
    assert run("void", "A", "--reason", "a\nb").status == 2


def test_no_command_shows_the_help_and_is_wrong_usage() -> None:
    answer = run()

    assert (2, "") == (answer.status, answer.stdout)
    assert "Usage: factoring" in answer.stderr
    assert run("--json").error["code"] == "usage"
    assert run("--json", "loads").error["message"] == "No command was given."


def test_help_and_version_are_documents_too_when_json_is_asked_for() -> None:
    assert run("--version").stdout == "factoring 0.1.0\n"
    assert run("--json", "--version").document == {"text": "factoring 0.1.0"}
    assert "Usage: factoring loads pay" in run("--json", "loads", "pay", "--help").document["text"]
    assert "Exit status" in run("--help").stdout


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("--json loads", True),
        ("--home --json loads", False),
        ("--home=x --json loads", True),
        ("loads --json", False),
        ("--actor a --tenant b --json", True),
        ("-- --json", False),
    ],
)
def test_json_counts_only_among_the_global_options(line: str, found: bool) -> None:
    assert wants_json(line.split()) is found


def test_a_part_that_is_not_there_is_named() -> None:
    missing = NotAvailableError("No credit checks here.", where={"part": "credit checks"})
    answer = run(
        "--json", "credit", "check", "--load", "L-1", office=FakeOffice(check_credit_of_load=missing)
    )

    assert answer.status == 2
    assert answer.error["code"] == "not_available"
    assert answer.error["where"]["part"] == "credit checks"


def test_the_global_options_reach_the_office_and_the_environment_stands_in() -> None:
    office = everything()
    run("--home", "h", "--tenant", "t", "--actor", "a", "--store", "sqlite:///x.db", "status", office=office)
    assert office.opened_with == {
        "home": Path("h"),
        "store_url": "sqlite:///x.db",
        "tenant": "t",
        "actor": "a",
    }

    run("status", office=office)
    assert office.opened_with["home"] == Path("factoring-home")

    run("status", office=office, env={"FACTORING_HOME": "e", "FACTORING_STORE": "sqlite://"})
    assert (Path("e"), "sqlite://") == (office.opened_with["home"], office.opened_with["store_url"])


def test_an_unexpected_exception_is_told_without_its_words_or_a_traceback() -> None:
    surprise = RuntimeError("password=hunter2")
    for line in (["loads", "list"], ["--json", "loads", "list"]):
        answer = run(*line, office=FakeOffice(loads=surprise))
        assert answer.status == 6
        assert "hunter2" not in answer.stdout + answer.stderr
        assert "Traceback" not in answer.stdout + answer.stderr
        assert "RuntimeError" in answer.stdout + answer.stderr
    assert run("--json", "loads", "list", office=FakeOffice(loads=OSError(28, "No space"))).error["code"] == (
        "system"
    )


def test_an_unexpected_exception_comes_through_for_whoever_looks_for_it() -> None:
    with pytest.raises(RuntimeError):
        run("status", office=FakeOffice(status=RuntimeError("x")), env={"FACTORING_DEBUG": "1"})


def test_an_interrupted_command_names_the_way_on() -> None:
    answer = run("--json", "resume", office=FakeOffice(resume=KeyboardInterrupt()))

    assert answer.status == 130
    assert answer.error["code"] == "interrupted"
    assert "resume" in answer.error["remedy"]


@pytest.mark.parametrize(
    ("result", "status"),
    [
        (ChangeResult(), 0),
        (ChangeResult(changed=(CHANGE,)), 0),
        (ChangeResult(unchanged=(CHANGE,), refused=(REFUSAL,)), 0),
        (ChangeResult(changed=(CHANGE,), refused=(REFUSAL,)), 0),
        (ChangeResult(refused=(REFUSAL,)), 1),
    ],
)
def test_a_change_is_1_only_when_everything_named_was_refused(result: ChangeResult, status: int) -> None:
    assert run("--json", "void", "A", "--reason", "x", office=FakeOffice(void=result)).status == status


IN_DOUBT = evolve(BATCH, state=IN_DOUBT_STATE)


@pytest.mark.parametrize(
    ("line", "result", "status"),
    [
        ("submit --subsidiary east", SubmitResult(), 0),
        ("submit --subsidiary east", SubmitResult(refused=(REFUSAL,)), 0),
        ("submit --subsidiary east L-1", SubmitResult(refused=(REFUSAL,)), 1),
        ("submit --subsidiary east --all-or-nothing", SubmitResult(refused=(REFUSAL,)), 1),
        ("submit --subsidiary east L-1 L-2", SubmitResult(batches=(BATCH,), refused=(REFUSAL,)), 0),
        ("submit --subsidiary east L-1", SubmitResult(batches=(IN_DOUBT,)), 5),
        ("resume", SubmitResult(batches=(IN_DOUBT, BATCH)), 5),
        ("resume", SubmitResult(batches=(BATCH,), error=UnreachableError("No answer.")), 4),
        ("batches show 7", SubmitResult(batches=(IN_DOUBT,)), 0),
    ],
)
def test_submissions_tell_refusals_doubt_and_failures_apart(
    line: str, result: SubmitResult, status: int
) -> None:
    office = FakeOffice(submit=result, resume=result, batch=BATCH)
    answer = run("--json", *line.split(), office=office)

    assert answer.status == status
    assert ("error" in answer.document) is (status > 1)
    assert "batches" in answer.document


def test_work_that_was_done_stands_beside_what_failed() -> None:
    result = SubmitResult(batches=(BATCH,), error=UnreachableError("No answer."))
    answer = run("submit", "--subsidiary", "east", office=FakeOffice(submit=result))

    assert answer.status == 4
    assert "east-depot" in answer.stdout
    assert "Error: No answer." in answer.stderr


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([("ok", False), ("warning", True)], 0),
        ([("error", True)], 4),
        ([("error", True), ("error", False)], 2),
    ],
)
def test_check_tells_configuration_from_a_remote_side(findings: list[tuple[str, bool]], status: int) -> None:
    found = tuple(
        CheckFinding(connection="c", level=level, code="x", message="A sentence.", remote=remote)
        for level, remote in findings
    )
    answer = run("--json", "check", office=FakeOffice(check=found))

    assert answer.status == status
    assert len(answer.document["findings"]) == len(findings)
    assert ("error" in answer.document) is (status > 0)


def test_a_broken_audit_trail_is_a_failure_of_the_store() -> None:
    office = FakeOffice(audit=AuditView(entries=9, head="f", intact=False, broken_at=4))
    answer = run("--json", "audit", "verify", office=office)

    assert answer.status == 6
    assert answer.document["broken_at"] == 4
    assert answer.error["code"] == "store_corrupt"


def test_a_missing_file_is_wrong_usage_and_nothing_is_applied(tmp_path: Path) -> None:
    there = tmp_path / "a.csv"
    there.write_text("x", encoding="utf-8")
    office = FakeOffice(apply_report=REPORT_RESULT)
    line = ["report", "apply", str(there), str(tmp_path / "b.csv"), "--subsidiary", "east"]
    answer = run("--json", *line, office=office)

    assert (2, "not_found") == (answer.status, answer.error["code"])
    assert [] == office.calls
    assert run("--json", "inspect", str(tmp_path)).error["code"] == "unreadable"


def test_a_request_that_is_wrong_for_every_file_is_told_once(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text("x", encoding="utf-8")
    office = FakeOffice(apply_report=[AccessError("Not yours."), REPORT_RESULT])
    answer = run("--json", "report", "apply", *map(str, paths), "--subsidiary", "east", office=office)

    assert answer.status == 7
    assert list(answer.document) == ["error"]


def test_a_failure_after_the_first_file_keeps_the_result_of_the_first(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text("x", encoding="utf-8")
    office = FakeOffice(apply_report=[REPORT_RESULT, StorageError("The disk is gone.")])
    answer = run("--json", "report", "apply", *map(str, paths), "--subsidiary", "east", office=office)

    assert answer.status == 6
    assert [one["outcome"] for one in answer.document["reports"]] == ["applied", "refused"]


def test_the_checks_of_report_apply_reach_the_office_as_they_were_typed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"raw")
    office = FakeOffice(apply_report=REPORT_RESULT)
    line = "--subsidiary east --kind payment --provider rts --connection c --batch 7 --dry-run --replaces r"
    run("report", "apply", str(path), *line.split(), office=office)

    assert office.calls == [
        (
            "apply_report",
            (b"raw",),
            {
                "name": "a.csv",
                "subsidiary": "east",
                "kind": "payment",
                "provider": "rts",
                "connection": "c",
                "batch": "7",
                "dry_run": True,
                "replaces": "r",
                "progress": None,
            },
        )
    ]


def test_a_filled_template_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    line = ["--json", "report", "template", "rts", "payment", "--to", str(path)]
    assert run(*line, office=everything()).document["written"] is True
    assert run(*line, office=everything()).document["written"] is False

    path.write_text("filled", encoding="utf-8")
    answer = run(*line, office=everything())
    assert (2, "file_exists") == (answer.status, answer.error["code"])
    assert path.read_text(encoding="utf-8") == "filled"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")

    with pytest.raises(UsageError):
        write_file(tmp_path / "file" / "below", b"x")
    with pytest.raises(UsageError):
        write_file(tmp_path, b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_larger_than_anything_we_read_is_refused_with_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("factoring_core.cli.files.LARGEST", 3)
    path = tmp_path / "large.csv"
    path.write_bytes(b"1234")

    with pytest.raises(FileRefusedError) as refused:
        read_file(path)
    assert [fault.code for fault in refused.value.faults] == ["limit_exceeded"]


def test_names_from_files_cannot_steer_the_terminal() -> None:
    load = evolve(LOAD, customer="\x1b[31mBlue\u202e & Søns [bold]")
    office = FakeOffice(loads=(LoadView(load=load, standing=STANDING),))
    answer = run("loads", "list", office=office)

    assert "\x1b" not in answer.stdout
    assert "\ufffd[31mBlue\ufffd & Søns [bold]" in answer.stdout


def test_lists_are_plain_columns_where_no_terminal_is() -> None:
    header, row = run("loads", "list", office=everything()).stdout.splitlines()

    assert header.split()[:3] == ["load", "subsidiary", "customer"]
    assert row.split()[:3] == ["L-1001", "east", "blue"]
    assert row.index("1500.00") + len("1500.00") == header.index("amount") + len("amount")


def test_lists_are_ruled_tables_on_a_terminal() -> None:
    answer = run("loads", "list", office=everything(), env={"FORCE_COLOR": "1", "COLUMNS": "200"})

    assert "\u2500" in answer.stdout
    assert "L-1001" in answer.stdout


def test_an_empty_list_says_so() -> None:
    assert run("batches", "list", office=FakeOffice(batches=())).stdout == "No batch.\n"


@given(st.text())
def test_anything_can_be_shown(text: str) -> None:
    assert visible(text).isprintable() or any(not letter.isprintable() for letter in text)
    assert "\x1b" not in visible(text)


def shell(*arguments: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "factoring_core.cli", *arguments], capture_output=True, check=False, **more
    )


def test_json_is_utf_8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PATH": ""}
    shell("init", cwd=tmp_path)
    found = shell("--json", "report", "apply", "Münster.csv", "--subsidiary", "é", cwd=tmp_path, env=env)

    assert found.returncode == 2
    assert "Münster.csv".encode() in found.stdout


def test_a_terminal_without_the_letters_is_no_failure(tmp_path: Path) -> None:
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PATH": ""}
    shell("init", cwd=tmp_path)
    found = shell("inspect", "Münster.csv", cwd=tmp_path, env=env)

    assert found.returncode == 2
    assert b"M?nster.csv cannot be read" in found.stderr


def test_a_reader_that_goes_away_leaves_no_traceback(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "factoring_core.cli", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=60) == 141
    assert said == b""


def test_the_module_runs_as_the_command_does() -> None:
    assert shell("--version").stdout.split() == [b"factoring", b"0.1.0"]
