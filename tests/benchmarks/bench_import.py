"""What `import factoring_core` costs, beside importing attrs, decimal and csv.

Each import is timed inside a fresh interpreter; the two are taken in turn, and the median of
their ratios counts.  Importing one value (`Load`) is measured too: it brings in its module.
"""

import statistics
import subprocess
import sys

ROUNDS = 15
TIMED = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def seconds(statement: str) -> float:
    """Return how long *statement* takes in a new interpreter."""
    command = [sys.executable, "-c", TIMED.format(statement)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_importing_beside_attrs_decimal_and_csv() -> None:
    """Prints medians in milliseconds, and the ratios; the aim is three at the most."""
    base = "import attrs, decimal, csv"
    print()
    for statement in ("import factoring_core", "from factoring_core import Load, Money, Position"):
        pairs = [(seconds(statement), seconds(base)) for _ in range(ROUNDS)]
        own, beside = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
        ratio = statistics.median(one / other for one, other in pairs)
        print(f"{statement}: {own:.1f} ms; {base}: {beside:.1f} ms; {ratio:.2f} x")
