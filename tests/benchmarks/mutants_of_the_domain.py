"""How many changes of the domain its own tests notice, module by module.

    python tests/benchmarks/mutants_of_the_domain.py matching posting --sample 0
    python tests/benchmarks/mutants_of_the_domain.py --sample 40 --seed 7 --jobs 2

Run it by hand, from the root of the tree, in an environment that has mutmut 3.8 and the project
with `[all,testing]` and the group `test`.  mutmut says which changes there are, and the
tests that call the changed function are asked (`mutants_asked`), which takes a tenth of mutmut's own
time.
What is printed is for docs/reference/mutants.md.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest
from mutants import Change, changes_in, drawn
from mutants_asked import ROOT, Asking

DOMAIN = ROOT / "src" / "factoring_core" / "domain"
ASKED = (
    "tests/domain",
    "tests/properties/test_touched_laws.py",
    "tests/properties/test_world_laws.py::test_the_fold_and_the_naive_oracle_tell_the_same_world",
)
OF_PARTS = ("alike", "known_sales", "raised", "touched")
"""Modules of which the laws on folding a part are asked; they compare any other with itself."""


def fits(change: Change, item: pytest.Item) -> bool:
    """Say whether a test that calls the changed function can notice the change."""
    return change.module in OF_PARTS or item.path.stem != "test_touched_laws"


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
    inside = changes_in(DOMAIN, given.modules)
    some = [one for all_ in inside.values() for one in drawn(all_, given.sample, given.seed, given.again)]
    asking = Asking(DOMAIN, some, given.tests, jobs=given.jobs, fits=fits)
    asking.run()
    asking.tell({module: len(all_) for module, all_ in inside.items()})


if __name__ == "__main__":
    main()
