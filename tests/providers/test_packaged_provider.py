"""A provider that another package brings: found where it is installed, and harmless where it is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROFILE = """
id = "lonestar"
name = "Lone Star Factoring"
mode = "file_transfer"
version = 1
"""
SETTINGS = """
[[subsidiaries]]
id = "east"
name = "Acme East LLC"

[[connections]]
id = "east-lonestar"
subsidiary = "east"
provider = "lonestar"
protocol = "manual"
"""
BROKEN = {
    "raises": "raise RuntimeError('no such thing')",
    "syntax": "def (:",
    "exits": "raise SystemExit(3)",
    "nothing": "",
}


def installed(site: Path, name: str, *, code: str = "", **files: str) -> None:
    """Lay a distribution out as an installer does: a package, and its metadata with the entry point."""
    package, info = site / name, site / f"{name}-1.0.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text(code, encoding="utf-8")
    for file, content in files.items():
        (package / f"{file}.toml").write_text(content, encoding="utf-8")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[factoring_core.providers]\n{name} = {name}\n", encoding="utf-8")


def factoring(home: Path, site: Path, *line: str) -> tuple[int, Any]:
    """Type a line in a process that finds *site*."""
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")]))
    found = subprocess.run(
        [sys.executable, "-m", "factoring_core.cli", "--home", str(home), "--json", *line],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert "Traceback" not in found.stderr
    return found.returncode, json.loads(found.stdout)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "factoring.toml").write_text(SETTINGS, encoding="utf-8")
    return home


def test_installed_ones_are_like_any_other_and_broken_ones_are_named_and_harm_nothing(
    home: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    installed(site, "factoring_lonestar", profile=PROFILE)
    for name, code in BROKEN.items():
        installed(site, f"broken_{name}", code=code)
    installed(site, "broken_toml", profile="id = ")
    installed(site, "broken_key", profile=PROFILE + 'colour = "red"\n')
    installed(site, "broken_twin", profile=PROFILE.replace("lonestar", "rts"))
    status, document = factoring(home, site, "check")
    assert status == 0
    assert "manual" in {one["code"] for one in document["findings"]}
    named = [one["message"] for one in document["findings"] if one["code"] == "provider_not_loaded"]
    broken = {*(f"broken_{name}" for name in BROKEN), "broken_toml", "broken_key", "broken_twin"}
    assert {message.split(":")[0] for message in named} == broken
    status, document = factoring(home, site, "providers", "list")
    assert status == 0
    names = {one["id"]: one["name"] for one in document["providers"]}
    assert names["lonestar"] == "Lone Star Factoring"
    assert {"rts", "otr"} <= names.keys()
    assert len(document["warnings"]) == len(broken)
