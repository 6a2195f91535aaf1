"""What is wrong with reports in life, on request."""

import datetime as dt
from random import Random
from typing import TypeVar

from attrs import evolve, frozen

from factoring_core.errors import UsageError
from factoring_core.testing.factor.reports import ReportFile

T = TypeVar("T")


@frozen(kw_only=True)
class Dirt:
    """The slips of a factor's reports; none by default.

    ``repeats``: the share of rows that stand there twice.  ``overlap_days``: how far a report reaches
    back into the period of the last one.  ``late_days``: of how many days before its end a report
    does not know yet; the next one brings them.  ``shuffled``: rows in no order.  ``truncated``: the
    file ends in the middle.
    """

    repeats: float = 0.0
    overlap_days: int = 0
    late_days: int = 0
    shuffled: bool = False
    truncated: bool = False


CLEAN = Dirt()


def period(dirt: Dirt, since: dt.date, until: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day that a report for a period really covers."""
    late = dt.timedelta(days=dirt.late_days)
    return since - late - dt.timedelta(days=dirt.overlap_days), until - late


def soiled(rows: list[T], dirt: Dirt, *, seed: str) -> list[T]:
    """Return rows repeated and shuffled, the same way for the same seed."""
    chance = Random(seed)
    found = [row for row in rows for _ in range(2 if chance.random() < dirt.repeats else 1)]
    if dirt.shuffled:
        chance.shuffle(found)
    return found


def damaged(file: ReportFile, dirt: Dirt) -> ReportFile:
    """Return the file as it arrives."""
    return evolve(file, content=file.content[: len(file.content) * 2 // 3]) if dirt.truncated else file


def reissued(file: ReportFile) -> ReportFile:
    """Return a report as its factor issues it again: a new name, and rows the other way round.

    Raises:
        UsageError: it is a workbook.
    """
    if not file.name.endswith(".csv"):
        raise UsageError("Only reports in CSV are issued again.")
    lines = file.content.splitlines(keepends=True)
    width = max(line.count(b",") for line in lines)
    at = next(index for index, line in enumerate(lines) if line.count(b",") == width)
    ends = len(lines) - (lines[-1].lower().startswith((b"grand total", b"total", b"report total")))
    rows = lines[at + 1 : ends][::-1]
    content = b"".join([*lines[: at + 1], *rows, *lines[ends:]])
    return ReportFile(name=file.name.replace(".csv", " (2).csv"), content=content)
