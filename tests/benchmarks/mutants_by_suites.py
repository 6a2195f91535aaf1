"""How many changes of our own adapters and use cases the shipped suites notice, by a fair sample.

    python tests/benchmarks/mutants_by_suites.py storage --sample 100 --seed 7
    python tests/benchmarks/mutants_by_suites.py usecases --only delivering books --jobs 2

Run it by hand, from the root of the tree, in an environment that has mutmut 3.8 and the project
with `[all,testing]` and the group `test`.  It draws some of all changes of one area, and asks nobody
but subclasses of the shipped contract classes, stories and machine.  Adapters are tried by mutmut in
a copy of the tree: they have servers, which outlive a fork.  What is printed is for
docs/reference/mutants.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from mutants import changes_in, drawn
from mutants_asked import ROOT, Asking

USECASES = ROOT / "src" / "factoring_core" / "usecases"
AREAS = {
    "storage": (
        "adapters/storage",
        "tests/adapters/test_memory_store.py::TestMemoryStore",
        "tests/adapters/test_sqlite_store.py::TestSqliteStore",
        "tests/adapters/test_postgres_store.py::TestPostgresStore",
        "tests/adapters/test_store_places.py",
    ),
    "remote": (
        "adapters/remote",
        "tests/adapters/test_remote_folders.py::TestLocalFolder",
        "tests/adapters/test_remote_folders.py::TestMemoryFolder",
        "tests/adapters/test_remote_sftp.py::TestSftp",
        "tests/adapters/test_remote_sftp.py::TestSftpWithoutExtensions",
        "tests/adapters/test_remote_sftp.py::TestLegacySftp",
        "tests/adapters/test_remote_ftp.py::TestFtp",
        "tests/adapters/test_remote_ftp.py::TestFtps",
        "tests/adapters/test_remote_ftp.py::TestFtpWithoutFacts",
        "tests/adapters/test_remote_servers.py",
        "tests/adapters/test_small_contracts.py::TestOtr",
    ),
}
"""By area: which part of the package is changed, and who has to notice."""
OFFICES = (
    "tests/wiring/test_offices.py::TestOverMemory",
    "tests/defects_machine/test_machine.py::test_sound_hosts_keep_the_laws[MemoryMachine]",
)
"""Who has to notice changes of the use cases."""
KILLED = (1, 3, 24, -24, 36, 152, 255, -11, -9)
"""Exit statuses by which mutmut tells a failed test, a timeout or a crash."""


def copy(area: str, place: Path) -> None:
    """Copy the tree, with mutmut told what to change and which tests to ask."""
    part, *killers = AREAS[area]
    for name in ("src", "tests", "docs", "README.md", "pyproject.toml"):
        source = ROOT / name
        ignored = shutil.ignore_patterns("__pycache__", ".*_cache", "_build")
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=ignored)
        else:
            shutil.copy(source, place / name)
    settings = place / "pyproject.toml"
    told = [
        "[tool.mutmut]",
        'source_paths = ["src/"]',
        f'only_mutate = ["src/factoring_core/{part}/*"]',
        'do_not_mutate = ["*/migrations/*"]',
        'pytest_add_cli_args = ["-p", "no:randomly", "--timeout=120"]',
        f"pytest_add_cli_args_test_selection = {json.dumps(killers)}",
        'also_copy = ["README.md", "docs"]',
        "use_git_change_detection = false",
        "track_dependencies = false",
        # Forked from where the tests have run, a change would be hidden by what is cached there.
        'process_isolation = "forkserver"',
        "timeout_multiplier = 2.0",
        "timeout_constant = 20.0",
        "",
    ]
    with settings.open("a", encoding="utf-8") as out:
        out.write("\n" + "\n".join(told))


def mutmut(place: Path, *names: str) -> None:
    """Run mutmut; with a name that is none it only makes the changes and times the tests."""
    environment = {**os.environ, "PYTHONPATH": f"{place}/mutants/tests"}
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1", *names]
    with (place / "mutmut.log").open("a") as log:
        subprocess.run(command, cwd=place, env=environment, check=False, stdout=log, stderr=log)


def alone(area: str, place: Path, name: str) -> bool:
    """Say whether a process that begins with the change notices it: a fork hides what runs at import."""
    environment = {
        **os.environ,
        "MUTANT_UNDER_TEST": name,
        "PYTHONPATH": os.pathsep.join(str(place / "mutants" / folder) for folder in ("src", "tests")),
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *AREAS[area][1:]],
        cwd=place / "mutants",
        env=environment,
        check=False,
        capture_output=True,
    )
    return done.returncode != 0


def results(place: Path) -> dict[str, int | None]:
    """Return every change with the exit status of its tests; None where they were not asked."""
    found: dict[str, int | None] = {}
    for meta in sorted((place / "mutants").rglob("*.meta")):
        found |= json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def main() -> None:
    """Draw, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("area", choices=(*AREAS, "usecases"))
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    adapters = parser.add_argument_group("of adapters")
    adapters.add_argument("--changes", nargs="*", help="run these changes instead of a sample")
    usecases = parser.add_argument_group("of use cases")
    usecases.add_argument("--only", nargs="+", default=[], help="modules or folders; all if none")
    usecases.add_argument("--jobs", type=int, default=1)
    usecases.add_argument("--again", type=Path, help="what was printed before: only the unnoticed")
    given = parser.parse_args()
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    if given.area == "usecases":
        of_usecases(given)
    else:
        of_adapters(given)


def of_usecases(given: argparse.Namespace) -> None:
    """Ask the stories and the machine."""
    inside = changes_in(USECASES, given.only)
    every = [one for all_ in inside.values() for one in all_]
    asking = Asking(USECASES, drawn(every, given.sample, given.seed, given.again), OFFICES, jobs=given.jobs)
    asking.run()
    asking.tell({module: len(all_) for module, all_ in inside.items()})


def of_adapters(given: argparse.Namespace) -> None:
    """Have mutmut ask the contract classes."""
    with tempfile.TemporaryDirectory(prefix=f"mutants-{given.area}-") as folder:
        place = Path(folder)
        copy(given.area, place)
        mutmut(place, "no.such.change")
        names = sorted(results(place))
        sample = random.Random(given.seed).sample(names, min(given.sample, len(names)))
        chosen = given.changes or sorted(sample)
        mutmut(place, *chosen)
        after = results(place)
        if any(after[name] is None for name in chosen):
            sys.exit(f"mutmut stopped before its end:\n{(place / 'mutmut.log').read_text()[-3000:]}")
        asked = {name: after[name] for name in chosen}
        asked |= {name: 1 for name, status in asked.items() if status == 0 and alone(given.area, place, name)}
        tell(place, names, asked, given.seed)


def tell(place: Path, names: list[str], drawn: dict[str, int | None], seed: int) -> None:
    """Print what became of each module's changes, and each change that nobody noticed."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    modules: dict[str, Counter[str]] = {}
    os.chdir(place)
    for name, status in drawn.items():
        word = "not reached" if status == 33 else "killed" if status in KILLED else "survived"
        modules.setdefault(name.rpartition(".")[0], Counter())[word] += 1
        if word != "killed":
            changed = [line for line in get_diff_for_mutant(name).splitlines() if re.match(r"[-+] ", line)]
            print(f"{word} ({status}): {name}", *changed, sep="\n")
    for module, counts in sorted(modules.items()):
        print(module, dict(counts))
    print(
        f"{len(names)} changes, {len(drawn)} drawn with seed {seed}: {dict(sum(modules.values(), Counter()))}"
    )


if __name__ == "__main__":
    main()
