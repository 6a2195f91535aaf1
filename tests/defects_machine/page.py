"""The page about broken hosts: what the machine says of each, and how little it takes to show five."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from defects_machine import broken_hosts
from defects_machine.broken_hosts import DEFECTS, Broken
from defects_machine.offices import MemoryMachine, caught
from factoring_core.testing.machine import Host, Site

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "broken-hosts.md"
SHOWN: tuple[type[Broken], ...] = (
    broken_hosts.TakesSilenceForANo,
    broken_hosts.SurvivesItsOwnEnd,
    broken_hosts.SellsAgainOnScreenOnly,
    broken_hosts.RemembersByNumberAlone,
    broken_hosts.KeepsAnUndoneReport,
)
HEAD = """# Broken hosts

Would `FactoringMachine` notice? Each of these hosts is broken on purpose in one place, around an
office that is not, and the machine has to catch it and say which law was broken. The tests run them
all, and run sound hosts over memory and SQLite as well. This page is made from them:
`python -m defects_machine.page`, in the folder `tests`, shrinks five of the failures anew; a test
repeats the calls below as they stand, with the broken host and with a sound one.

"""
LAWS = {
    "L1": "nothing lost",
    "L2": "nothing sent twice",
    "L3": "no silent success",
    "L4": "no silent damage",
    "L5": "no leak",
}


def broken(defect: type[Broken]) -> type[MemoryMachine]:
    """A machine over a broken host."""

    class Machine(MemoryMachine):
        def open_host(self, site: Site) -> Host:
            if not hasattr(self, "notes"):
                self.notes: dict[str, object] = {}
            return defect(lambda: self.opened(site), self.notes, site)

    return Machine


def named(pattern: str) -> str:
    """Spell out which laws a defect may be caught by."""
    words = [f"{one} {LAWS[one]}" if one in LAWS else f"*{one}*" for one in pattern.split("|")]
    return " or ".join(words)


def settled(message: str) -> str:
    """Return a message without what chance drew."""
    return re.sub(r"_[0-9a-f]{8}\.csv", "_….csv", message)


def table() -> str:
    """Write all hosts down, with what the machine says of them."""
    lines = [f"There are {len(DEFECTS)} of them.\n", "| Host | Law |", "| --- | --- |"]
    lines += [
        f"| {(inspect.getdoc(one) or '').splitlines()[0]} | {named(law)} |" for one, law in DEFECTS.items()
    ]
    return "\n".join(lines) + "\n"


def shrunk(defect: type[Broken]) -> str:
    """Find the shortest failure of one host, and write it down."""
    failure = caught(broken(defect), shrink=True)
    calls = [line for line in "\n".join(failure.__notes__).splitlines() if line.startswith("state")]
    told = (inspect.getdoc(defect) or "").splitlines()[0]
    block = "\n".join([f"AssertionError: {settled(str(failure))}", *calls])
    return f"### `{defect.__name__}`\n\n{told}\n\n```text\n{block}\n```\n"


if __name__ == "__main__":
    five = "\n".join(shrunk(one) for one in SHOWN)
    PAGE.write_text(f"{HEAD}{table()}\n## The shortest failures of five\n\n{five}", encoding="utf-8")
