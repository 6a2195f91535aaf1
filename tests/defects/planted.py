"""All planted defects, the sound adapters they are made of, and the table in the docs."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from defects import bent_store, files, on_servers, places, small_ports, stores, systems
from defects.running import promise

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "planted-defects.md"

DEFECTS: list[type[Any]] = [
    one
    for module in (stores, places, small_ports, files, on_servers, systems)
    for one in vars(module).values()
    if inspect.isclass(one) and "caught_by" in vars(one) and one.__module__ == module.__name__
]

SOUND: list[type[Any]] = [
    bent_store.Sound,
    small_ports.Blobs,
    small_ports.Folder,
    small_ports.Clock,
    small_ports.Chances,
    small_ports.Secrets,
    files.Reader,
    files.Binder,
    files.Way,
]

HEAD = """# Planted defects

Are the promises worth anything? Each of these adapters is broken on purpose in one place, and the
contract class named with it has to catch it. The tests run them all, and run the sound ones as well.
This page is made from them: `python -m defects.planted`, in the folder `tests`, writes it anew.

"""


def contract(suite: type[Any]) -> str:
    """Return the name of the shipped class that a suite is made of."""
    homes = [one for one in suite.__mro__ if one.__module__.startswith("factoring_core.testing.contracts.")]
    return homes[0].__name__


def page() -> str:
    """Write the table down."""
    lines = [HEAD + f"There are {len(DEFECTS)} of them.\n"]
    for name in dict.fromkeys(map(contract, DEFECTS)):
        lines += [f"## `{name}`\n", "| Defect | The promise that catches it |", "| --- | --- |"]
        lines += [
            f"| {(inspect.getdoc(one) or '').replace(chr(10), ' ')} | {promise(one)} |"
            for one in DEFECTS
            if contract(one) == name
        ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
