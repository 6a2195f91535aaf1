"""Where options stand, who may come in, and what a command ends with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from contract.home import Home, depot, folder, subsidiary
from factoring_core.cli.app import factoring

ACTORS = """
[[actors]]
name = "dana"
roles = ["admin"]
permissions = ["billing"]

[[actors]]
name = "bob"
permissions = ["billing"]
subsidiaries = ["east"]

[[actors]]
name = "rita"
roles = ["support"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", subsidiary(), depot())


@pytest.fixture
def guarded(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", subsidiary(), subsidiary("west"), depot(), depot("west"), ACTORS)


@pytest.mark.parametrize("option", ["--json", "--home", "--actor", "--tenant", "--store"])
def test_a_global_option_after_the_command_is_wrong_usage(home: Home, option: str) -> None:
    assert home("loads", "list", option, "x", status=2).code == "usage"


def test_a_home_without_settings_is_configuration(tmp_path: Path) -> None:
    found = CliRunner().invoke(factoring, ["--home", str(tmp_path), "--json", "status"])
    assert (found.exit_code, json.loads(found.stdout)["error"]["code"]) == (2, "configuration")


def test_a_home_with_settings_and_no_store_is_made_ready_by_the_first_command(home: Home) -> None:
    assert not (home.path / "factoring.db").exists()
    assert home("loads", "list")["loads"] == []
    assert (home.path / "factoring.db").exists()


def test_the_home_may_stand_in_the_environment(home: Home) -> None:
    found = CliRunner().invoke(factoring, ["--json", "status"], env={"FACTORING_HOME": str(home.path)})
    assert found.exit_code == 0


def test_init_twice_changes_nothing_and_never_writes_over_a_file(tmp_path: Path) -> None:
    place = tmp_path / "home"

    def init(*more: str) -> tuple[int, dict[str, object]]:
        found = CliRunner().invoke(factoring, ["--home", str(place), "--json", "init", *more])
        return found.exit_code, json.loads(found.stdout)

    assert init("--example")[0] == 0
    status, again = init("--example")
    assert (status, again["created"]) == (0, [])
    (place / "loads.csv").write_text("mine")
    assert init("--example")[0] == 2
    assert (place / "loads.csv").read_text() == "mine"
    assert init()[0] == 0


def test_the_example_is_imported_by_nobody_but_its_owner(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (tmp_path / "factoring.toml").unlink()
    home("init", "--example")
    assert home("loads", "list")["loads"] == []
    assert len(home("loads", "import", str(tmp_path / "loads.csv"))["created"]) == 8


def test_relative_paths_are_relative_to_the_working_directory(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    home("report", "template", "rts", "payment", "--to", "here.csv")
    assert (tmp_path / "here.csv").is_file()


def test_stdout_of_the_real_program_is_one_document_and_stderr_has_the_rest(home: Home) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "factoring_core.cli",
            "--home",
            str(home.path),
            "--json",
            "loads",
            "show",
            "é",
        ],
        capture_output=True,
        check=False,
    )
    assert run.returncode == 2
    document = json.loads(run.stdout.decode("utf-8"))
    assert set(document["error"]) >= {
        "code", "message", "remedy", "stage", "retryable", "in_doubt", "where", "faults"
    }  # fmt: skip
    assert b"Traceback" not in run.stderr


@pytest.mark.parametrize(
    "line",
    [("loads", "list"), ("status",), ("providers", "list"), ("audit", "verify"), ("check",), ("resume",)],
)
@pytest.mark.parametrize("who", [(), ("--actor", "nobody")])
def test_with_actors_nobody_else_comes_in(guarded: Home, line: tuple[str, ...], who: tuple[str, ...]) -> None:
    assert guarded(*line, before=who, status=7).code == "not_permitted"


@pytest.mark.parametrize(
    "line",
    [
        ("loads", "import", "none.csv"),
        ("report", "apply", "none.csv", "--subsidiary", "east"),
        ("inspect", "none.csv"),
        ("submit", "--subsidiary", "nope"),
    ],
)
def test_not_permitted_comes_before_wrong_usage(guarded: Home, line: tuple[str, ...]) -> None:
    guarded(*line, status=7)


def test_an_actor_acts_within_its_rights_and_sees_its_subsidiaries(guarded: Home) -> None:
    dana, bob, rita = (("--actor", name) for name in ("dana", "bob", "rita"))
    file = guarded.table(
        "l.csv", [{"load_number": one, "subsidiary": one, "customer": "blue"} for one in ("east", "west")]
    )
    guarded("loads", "import", file, before=bob, status=7)
    guarded("loads", "import", file, before=rita, status=7)
    guarded("loads", "import", file, before=dana)
    assert [one["load"] for one in guarded("loads", "list", before=bob)["loads"]] == ["east"]
    assert guarded("loads", "show", "west/west", before=bob, status=2).code == "not_found"
    guarded("invoice", "east", before=rita, status=7)
    guarded("connections", "deactivate", "east-depot", "--reason", "x", before=bob, status=7)
    guarded("connections", "deactivate", "east-depot", "--reason", "x", before=rita)


def test_another_tenant_than_the_files_is_wrong_usage(home: Home) -> None:
    home("status", before=("--tenant", "default"))
    home("status", before=("--tenant", "other"), status=2)


@pytest.mark.parametrize(
    "line",
    [
        ("loads", "show", "x"),
        ("batches", "show", "9"),
        ("batches", "confirm", "east-depot/9"),
        ("report", "show", "x"),
        ("report", "undo", "x", "--reason", "r"),
        ("exceptions", "resolve", "x", "wait", "--reason", "r"),
        ("decisions", "undo", "x", "--reason", "r"),
        ("loads", "undo-import", "x", "--reason", "r"),
        ("connections", "activate", "x"),
        ("providers", "show", "x"),
        ("check", "--connection", "x"),
        ("status", "--subsidiary", "x"),
        ("submit", "--subsidiary", "x"),
        ("invoice", "x"),
        ("packet", "x", "--to", "x.pdf"),
    ],
)
def test_a_name_that_is_not_there_is_not_found(home: Home, line: tuple[str, ...]) -> None:
    assert home(*line, status=2).code == "not_found"


def test_a_bare_name_that_fits_two_is_ambiguous_and_both_are_named(tmp_path: Path) -> None:
    home = Home(tmp_path, subsidiary(), subsidiary("west"), depot(), depot("west"))
    home.bring({"load_number": "1"}, {"load_number": "1", "subsidiary": "west"})
    answer = home("loads", "show", "1", status=2)
    assert answer.code == "ambiguous_name"
    assert answer["error"]["where"]["candidates"] == ["east/1", "west/1"]
    assert home("loads", "show", "west/1")["subsidiary"] == "west"


@pytest.mark.parametrize(
    "settings",
    [
        (subsidiary(more="foo = 1"), depot()),
        (subsidiary(), subsidiary(), depot()),
        (subsidiary(), depot(more='password = "x"')),
        (subsidiary(), depot(more='credential = "secret"')),
        (subsidiary(), depot(), depot().replace('"east-depot"', '"second"')),
        (
            subsidiary(),
            subsidiary("west"),
            depot(more='username = "a"\ncredential = "env:X"'),
            depot("west", 'username = "a"\ncredential = "env:X"'),
        ),
    ],
)
def test_settings_are_refused_with_line_and_remedy_and_never_repeat_a_secret(
    home: Home, settings: tuple[str, ...]
) -> None:
    home.configure(*settings)
    answer = home("status", status=2)
    assert answer.code == "configuration"
    assert answer.faults[0]["line"]
    assert '"secret"' not in answer.stdout


@pytest.mark.parametrize("provider", ["capital_depot", "winfactor", "rts", "apex", "wex_fleetone"])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_every_provider_has_both_templates(home: Home, provider: str, ending: str) -> None:
    for kind in ("purchase", "payment"):
        file = home.path / f"{kind}.{ending}"
        home("report", "template", provider, kind, "--to", str(file))
        assert home("inspect", str(file))["layouts"][0]["layout"] == f"template/{kind}/v1"


def test_check_tells_a_missing_folder_from_a_good_one(tmp_path: Path) -> None:
    home = Home(tmp_path / "h", subsidiary(), folder("winfactor", tmp_path / "in"))
    home("check", status=4)
    (tmp_path / "in").mkdir()
    home("check")
