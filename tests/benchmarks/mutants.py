"""Which single things can be changed in the functions of a module, and how a change is put in.

mutmut 3.8 says which changes there are; `mutants_asked` asks the tests about them.
"""

from __future__ import annotations

import ast
import difflib
import random
import re
from collections.abc import Sequence
from functools import _lru_cache_wrapper
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import NamedTuple

import libcst
from mutmut.mutation.file_mutation import Mutation, create_mutations


class Change(NamedTuple):
    """One change of one function: mutmut's, numbered within the module."""

    path: Path
    number: int
    function: str
    tree: libcst.Module
    mutation: Mutation

    @property
    def module(self) -> str:
        """The name of the module without its package."""
        return self.path.stem

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


def changes(path: Path) -> list[Change]:
    """Return all changes of a module's functions and methods."""
    tree, found, _, _ = create_mutations(str(path), path.read_text(encoding="utf-8"))
    names = _names(tree)
    return [
        Change(path, number, names[one.contained_by_top_level_function], tree, one)
        for number, one in enumerate(found)
        if one.contained_by_top_level_function in names
    ]


def changes_in(folder: Path, names: Sequence[str]) -> dict[str, list[Change]]:
    """Return the changes of the modules of a folder, or of those that *names* or their folders' say."""
    paths = [path for path in sorted(folder.rglob("*.py")) if path.stem != "__init__"]
    assert len({path.stem for path in paths}) == len(paths), "two modules have one name"
    inside = [path for path in paths if not names or {path.stem, path.parent.name} & {*names}]
    return {path.stem: changes(path) for path in inside}


def drawn(among: Sequence[Change], sample: int, seed: int, again: Path | None) -> list[Change]:
    """Draw changes by chance, all of them for sample 0; of those only what *again* says went unnoticed."""
    some = random.Random(seed).sample(among, len(among))[: sample or None]
    if again is not None:
        text = again.read_text(encoding="utf-8")
        asked = {(m, int(n)) for m, n in re.findall(r"^not \w+: (\w+) (\d+) in ", text, re.MULTILINE)}
        some = [one for one in some if (one.module, one.number) in asked]
    return sorted(some, key=lambda one: (one.path, one.number))


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
