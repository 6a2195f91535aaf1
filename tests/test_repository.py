"""What the repository promises about its own files."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Put together here, so that this file does not contain what it looks for.
REGISTRIES = [
    f"{name}.{ending}"
    for name, ending in [
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("anaconda", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("crates", "io"),
        ("proxy.golang", "org"),
    ]
]
MACHINE_FOLDERS = ["work", "root", "tmp", "home", "Users", "opt", "mnt"]
FORBIDDEN = re.compile(
    "|".join([*map(re.escape, REGISTRIES), rf"(?<![\w./~$}}])/(?:{'|'.join(MACHINE_FOLDERS)})/[\w.]"])
)


def project_files() -> list[Path]:
    """List the files that are, or would be, committed."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git working tree")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [path for name in names if (path := ROOT / name).is_file()]


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def constraints() -> list[str]:
    return (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = []
    for path in project_files():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            if match := FORBIDDEN.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")

    assert [] == found


def test_constraints_are_names_and_versions_alone() -> None:
    pin = re.compile(r"[a-z0-9][a-z0-9._-]*==[\w.!+]+( ; [\w .*'\"<>=!()]+)?")
    lines = constraints()

    assert lines
    assert [] == [line for line in lines if not pin.fullmatch(line)]


def test_constraints_pin_everything_that_pyproject_asks_for() -> None:
    project = pyproject()["project"]
    groups = pyproject()["dependency-groups"]
    asked = [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra),
        *(item for group in groups.values() for item in group if isinstance(item, str)),
    ]
    names = {re.split(r"[\[<>=; ]", item, maxsplit=1)[0].lower() for item in asked} - {"factoring-core"}
    pinned = {
        line.split("==")[0] for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    }

    assert set() == names - pinned


def test_every_top_level_module_has_its_layer() -> None:
    """The contract is exhaustive; this says so without a run of import-linter."""
    contracts = pyproject()["tool"]["importlinter"]["contracts"]
    layers = next(contract for contract in contracts if contract["containers"] == ["factoring_core"])[
        "layers"
    ]
    placed = {name.strip(" ()") for layer in layers for name in layer.split("|")}
    package = ROOT / "src" / "factoring_core"
    modules = {
        path.stem
        for path in package.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }

    assert set() == modules - placed
