"""One session per promise; `nox -l` lists them.

Every session installs the project as a wheel into its own environment, so what is tested is what would be
shipped, and pins what it installs with constraints.txt.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "architecture", "docs", "tests"]

PROJECT = nox.project.load_toml("pyproject.toml")
PARALLEL = ("--numprocesses=auto", "--maxprocesses=8", "--dist=worksteal")
GATE = ("--timeout=600", "--durations=25")
SEARCHES = tuple(
    f"tests/{name}"
    for name in ("corpus_truth", "defects", "defects_machine", "fuzzing", "kills", "simulation")
)
"""Tests that search: they find what is wrong and cover nothing that others do not."""
GATED = ",".join(f"*/factoring_core/{part}" for part in ("errors.py", "domain/*", "ports/*", "usecases/*"))


def hand_pip_settings_to_uv() -> None:
    """Let uv look for packages where pip would: it does not read pip's settings by itself."""
    settings = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    found: dict[str, list[str]] = {}
    for line in settings.stdout.splitlines():  # such as: global.find-links='one two'
        key, _, value = line.partition("=")
        if value.startswith("'"):
            found.setdefault(key.rpartition(".")[2], []).extend(ast.literal_eval(value).split())
    if "index-url" in found:
        os.environ.setdefault("UV_DEFAULT_INDEX", found["index-url"][-1])
    if "extra-index-url" in found:
        os.environ.setdefault("UV_INDEX", " ".join(found["extra-index-url"]))
        os.environ.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # pip treats all indexes alike
    if "find-links" in found:
        os.environ.setdefault("UV_FIND_LINKS", ",".join(found["find-links"]))


hand_pip_settings_to_uv()


def install(session: nox.Session, project: str | None, *groups: str) -> None:
    """Install the project with its extras and some dependency groups, pinned."""
    wanted = [project] if project else []
    session.install(
        "-c", "constraints.txt", *wanted, *nox.project.dependency_groups(PROJECT, *groups), silent=True
    )


@nox.session
def demo(session: nox.Session) -> None:
    """Run the main job end to end on the embedded default."""
    install(session, ".[all,testing]")
    session.run("factoring", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite, real servers included, without the heavier counts."""
    install(session, ".[all,testing]", "test")
    session.run("pytest", *PARALLEL, "-m", "not slow", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run all tests but the searches at the heavier counts; the core is covered to 100 % of its branches."""
    install(session, ".[all,testing]", "test")
    session.env["HYPOTHESIS_PROFILE"] = "ci"
    session.run("coverage", "erase")
    others = [f"--ignore={folder}" for folder in SEARCHES]
    session.run("coverage", "run", "-m", "pytest", *PARALLEL, *GATE, *others, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")
    session.run("coverage", "report", f"--include={GATED}", "--fail-under=100")


@nox.session
def searches(session: nox.Session) -> None:
    """Run the searches at the heavier counts, without the weight of measuring what they cover."""
    install(session, ".[all,testing]", "test")
    session.env["HYPOTHESIS_PROFILE"] = "ci"
    session.run("pytest", *PARALLEL, *GATE, *SEARCHES, *session.posargs)


@nox.session
def nightly(session: nox.Session) -> None:
    """Search the properties for hours instead of minutes, and for reports that break a promise."""
    install(session, ".[all,testing]", "test", "fuzz")
    session.env["HYPOTHESIS_PROFILE"] = "nightly"
    session.run("pytest", *PARALLEL, "--timeout=7200", *session.posargs)
    if sys.platform == "linux":  # elsewhere there is no build of the fuzzer
        found = Path(session.create_tmp()) / "reports"
        session.run("python", "tests/fuzzing/atheris_reports.py", str(found), "-max_total_time=1800")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    install(session, None, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the library, and of the typed calls in tests/typing as a user would write them."""
    install(session, ".[all,testing]", "lint")
    session.run("mypy", "src", *(["tests/typing"] if Path("tests/typing").is_dir() else []))


@nox.session
def architecture(session: nox.Session) -> None:
    """Check which module may import which."""
    install(session, ".", "lint")
    session.run("lint-imports")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    install(session, ".[all,testing]", "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-E", "-q", "-b", "html", "docs", "docs/_build/html")


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure tests/benchmarks (bench_*.py), one after the other."""
    install(session, ".[all,testing]", "test", "bench")
    session.run(
        "pytest",
        "tests/benchmarks",
        *("-p", "no:xdist", "-p", "no:randomly", "-o", "python_files=bench_*.py"),
        *("--timeout=1800", "-s"),
        *session.posargs,
    )
