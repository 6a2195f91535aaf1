"""An installation in which a library is missing, for as long as a test looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from factoring_core.errors import MissingExtraError


class _Hiding:
    """A finder of modules that does not find one library."""

    def __init__(self, finder: Any, library: str) -> None:
        self._finder, self._library = finder, library

    def find_spec(self, name: str, *where: Any) -> Any:
        return None if name.partition(".")[0] == self._library else self._finder.find_spec(name, *where)


@contextmanager
def without(library: str) -> Iterator[None]:
    """Have a library not be installed; modules that have imported it are imported anew by who asks."""

    def is_of(value: object) -> bool:
        home = getattr(value, "__name__" if isinstance(value, type(sys)) else "__module__", None)
        return isinstance(home, str) and home.partition(".")[0] == library

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == library or any(map(is_of, list(vars(module).values()))):
                patch.delitem(sys.modules, name)
        patch.setattr(sys, "meta_path", [_Hiding(finder, library) for finder in sys.meta_path])
        yield


def faults_without(needs: Mapping[str, str], open_it: Any) -> list[str]:
    """Say of which library it is not said, when it is missing, that it is and which extra brings it."""
    faults = []
    for library, extra in needs.items():
        with without(library):
            try:
                open_it()
            except MissingExtraError as missing:
                named = library in missing.message and f"[{extra}]" in missing.remedy
                if named and missing.where == {"package": library, "extra": extra}:
                    continue
                faults.append(f"{library}: it says {missing.message} {missing.remedy} {missing.where}")
            except ImportError as error:
                faults.append(f"{library}: {type(error).__name__}: {error}")
            else:
                faults.append(f"{library}: nothing is said")
    return faults
