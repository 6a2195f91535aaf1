"""How many changes of the domain its own tests notice, module by module.

    python tests/benchmarks/mutants_of_the_domain.py matching posting --sample 0
    python tests/benchmarks/mutants_of_the_domain.py --sample 40 --seed 7 --jobs 2

Run it by hand, from the root of the tree, in an environment that has mutmut 3.8 and the project
with `[all,testing]` and the group `test`.  mutmut says which changes there are; each is put into a
fork of a process that has collected the tests and run none, and the tests that call the changed
function are asked, the quickest first, until one notices.  That takes a tenth of mutmut's own time.
What is printed is for docs/reference/mutants.md.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib
import os
import random
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import NamedTuple

import libcst
import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation.file_mutation import Mutation, create_mutations

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = ROOT / "src" / "factoring_core" / "domain"
ASKED = (
    "tests/domain",
    "tests/properties/test_touched_laws.py",
    "tests/properties/test_world_laws.py::test_the_fold_and_the_naive_oracle_tell_the_same_world",
)
OF_PARTS = ("alike", "known_sales", "raised", "touched")
"""Modules of which the laws on folding a part are asked; they compare any other with itself."""
NOTICED, UNNOTICED = 1, 0


class Change(NamedTuple):
    """One change of one function: mutmut's, numbered within the module."""

    module: str
    number: int
    function: str
    tree: libcst.Module
    mutation: Mutation

    @property
    def source(self) -> str:
        """The module's text with the change in it."""
        return self.tree.deep_replace(self.mutation.original_node, self.mutation.mutated_node).code

    @property
    def difference(self) -> str:
        """The lines that the change takes away and those it puts there."""
        before, after = self.tree.code.splitlines(), self.source.splitlines()
        lines = list(difflib.unified_diff(before, after, n=0, lineterm=""))
        return "\n".join(lines[2:])


def changes(
    path: Path, sample: int, seed: int, again: Collection[tuple[str, int]]
) -> tuple[int, list[Change]]:
    """Return how many changes of a module there are, and those drawn: all of them for sample 0."""
    tree, found, _, _ = create_mutations(str(path), path.read_text(encoding="utf-8"))
    names = _names(tree)
    inside = [
        Change(path.stem, number, names[one.contained_by_top_level_function], tree, one)
        for number, one in enumerate(found)
        if one.contained_by_top_level_function in names
    ]
    drawn = random.Random(seed).sample(inside, len(inside))[: sample or None]
    if again:
        drawn = [one for one in drawn if (one.module, one.number) in again]
    return len(inside), sorted(drawn, key=lambda one: one.number)


def _names(tree: libcst.Module) -> dict[libcst.CSTNode, str]:
    """Return the qualified name of every function and method at the top of a module."""
    names: dict[libcst.CSTNode, str] = {}
    for one in tree.body:
        if isinstance(one, libcst.FunctionDef):
            names[one] = one.name.value
        elif isinstance(one, libcst.ClassDef):
            names |= {
                each: f"{one.name.value}.{each.name.value}"
                for each in one.body.body
                if isinstance(each, libcst.FunctionDef)
            }
    return names


def put_in(change: Change, module: ModuleType) -> None:
    """Give a function that is in use the changed body and defaults; who holds it keeps it."""
    source = change.source
    code: CodeType = compile(source, str(module.__file__), "exec")
    tree: ast.AST = ast.parse(source)
    holder: object = module
    *classes, name = change.function.split(".")
    for part in classes:
        holder = getattr(holder, part)
    for part in (*classes, name):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == part)
        tree = next(one for one in ast.iter_child_nodes(tree) if getattr(one, "name", None) == part)
    held = vars(holder)[name]
    function: FunctionType = getattr(held, "__func__", held)
    function.__code__ = code
    assert isinstance(tree, ast.FunctionDef)

    def value(node: ast.expr) -> object:
        return eval(compile(ast.Expression(node), "default", "eval"), vars(module))

    function.__defaults__ = tuple(map(value, tree.args.defaults)) or None
    named = zip(tree.args.kwonlyargs, tree.args.kw_defaults, strict=True)
    for one in vars(module).values():
        if isinstance(one, _lru_cache_wrapper):
            one.cache_clear()  # of what was asked while the tests were collected
    function.__kwdefaults__ = {one.arg: value(node) for one, node in named if node is not None} or None


class Asking:
    """A plugin that runs the collected tests once as they are, and then for every change."""

    def __init__(self, drawn: Sequence[Change], jobs: int, say: Callable[[str], None]) -> None:
        self.drawn = drawn
        self.jobs = jobs
        self.say = say
        self.status: dict[tuple[str, int], int | None] = {}
        """By module and number of the change: exit status, None where no test calls the function."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """End the process at the first failure, before anybody draws up why."""
        if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
            os._exit(NOTICED)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Ask instead of testing."""
        reach = self._reach(session.items)
        running: dict[int, Change] = {}
        for change in self.drawn:
            key = (change.module, change.function)
            asked = sorted(
                (taken, place)
                for place, (taken, called) in enumerate(reach)
                if key in called
                and (change.module in OF_PARTS or session.items[place].path.stem != "test_touched_laws")
            )
            if not asked:
                self._note(change, None)
                continue
            if len(running) == self.jobs:
                self._wait(running)
            limit = 10 + int(4 * sum(taken for taken, _ in asked))
            running[_forked(lambda: self._try(change, session.items, asked), limit)] = change  # noqa: B023
        while running:
            self._wait(running)
        return True

    def _reach(self, items: Sequence[pytest.Item]) -> list[tuple[float, set[tuple[str, str]]]]:
        """Return of every test how long it takes and which functions of the domain it calls."""
        reading, writing = os.pipe()

        def run() -> None:
            with os.fdopen(writing, "w") as out:
                for one in items:
                    called: set[CodeType] = set()
                    began = time.process_time()
                    sys.setprofile(lambda frame, event, _: called.add(frame.f_code))  # noqa: B023
                    _ask(one)
                    sys.setprofile(None)
                    inside = sorted(
                        f"{Path(code.co_filename).stem}:{code.co_qualname}"
                        for code in called
                        if code.co_filename.startswith(str(DOMAIN))
                    )
                    print(time.process_time() - began, *inside, sep="\t", file=out, flush=True)

        child = _forked(run, 600)
        os.close(writing)
        reach: list[tuple[float, set[tuple[str, str]]]] = []
        with os.fdopen(reading) as lines:
            for line in lines:
                taken, *inside = line.rstrip("\n").split("\t")
                tops = {
                    (module, name.partition(".<locals>")[0])
                    for module, name in (one.split(":") for one in inside)
                }
                reach.append((float(taken), tops))
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            raise pytest.UsageError(f"{items[len(reach)].nodeid} fails before anything is changed.")
        return reach

    def _try(self, change: Change, items: Sequence[pytest.Item], asked: Sequence[tuple[float, int]]) -> None:
        put_in(change, MODULES[change.module])
        for _, place in asked:
            _ask(items[place])

    def _wait(self, running: dict[int, Change]) -> None:
        child, status = os.wait()
        self._note(running.pop(child), os.waitstatus_to_exitcode(status))

    def _note(self, change: Change, status: int | None) -> None:
        self.status[change.module, change.number] = status
        if not status:
            word = "not reached" if status is None else "not noticed"
            self.say(f"{word}: {change.module} {change.number} in {change.function}\n{change.difference}")


def _ask(item: pytest.Item) -> None:
    runtestprotocol(item, log=False, nextitem=None)


def _forked(run: Callable[[], None], seconds: int) -> int:
    """Run something in a child with so much processor time; any end but the last line is a notice."""
    child = os.fork()
    if child:
        return child
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    try:
        run()
    except BaseException:
        os._exit(NOTICED)
    os._exit(UNNOTICED)


MODULES: dict[str, ModuleType] = {}


def modules(names: Sequence[str]) -> Iterator[Path]:
    """Yield the files of the domain, all of them or the named ones, and import each."""
    for path in sorted(DOMAIN.rglob("*.py")):
        if path.stem != "__init__" and (not names or path.stem in names or path.parent.name in names):
            dotted = ".".join(path.relative_to(DOMAIN.parents[1]).with_suffix("").parts)
            MODULES[path.stem] = importlib.import_module(dotted)
            yield path


def main() -> None:
    """Draw, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("modules", nargs="*", help="modules or folders of the domain; all if none")
    parser.add_argument("--sample", type=int, default=0, help="changes of each module; 0 is all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--again", type=Path, help="what was printed before: only what was not noticed")
    parser.add_argument("--tests", nargs="+", default=ASKED, help="who is asked")
    given = parser.parse_args()
    os.environ.setdefault("HYPOTHESIS_PROFILE", "few")
    os.chdir(ROOT)
    sys.path[:0] = places = [str(ROOT / "src"), str(ROOT / "tests")]
    os.environ["PYTHONPATH"] = os.pathsep.join(places)
    again = set()
    if given.again is not None:
        found = re.findall(
            r"^not \w+: (\w+) (\d+) in ", given.again.read_text(encoding="utf-8"), re.MULTILINE
        )
        again = {(module, int(number)) for module, number in found}
    totals, drawn = {}, []
    for path in modules(given.modules):
        totals[path.stem], some = changes(path, given.sample, given.seed, again)
        drawn += some
    out = os.fdopen(os.dup(1), "w", buffering=1)
    asking = Asking(drawn, given.jobs, lambda line: print(line, file=out))
    pytest.main(["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--timeout=0", *given.tests], [asking])
    counts: dict[str, Counter[str]] = {name: Counter() for name in totals}
    for (module, _), status in asking.status.items():
        counts[module]["noticed" if status else "not noticed"] += 1
    for module, count in counts.items():
        tried = count.total()
        share = f"{100 * count['noticed'] / tried:.1f} %" if tried else ""
        print(f"| `{module}` | {totals[module]} | {tried} | {count['noticed']} ({share}) |", file=out)


if __name__ == "__main__":
    main()
