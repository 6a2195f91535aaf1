"""Statuses, exceptions and errors: the pages about the trade itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from factoring_core import errors
from factoring_core.domain.reconciling import resolutions
from factoring_core.domain.vocabulary import lifecycle
from pages.diagram import lifecycle_svg
from pages.markdown import table


def statuses() -> str:
    """Draw the lifecycle, and list its transitions and the conditions that guard them."""
    conditions = [
        (f"`{name}`", inspect.getdoc(member) or "")
        for name, member in vars(lifecycle.Facts).items()
        if isinstance(member, property)
    ]
    return f"""# Statuses

A load walks through five statuses. A report never sets one: evidence is added, everything is
computed anew, and the events below name the way from the old status to the new one.

```{{raw}} html
{lifecycle_svg()}
```

## Transitions

A transition is open when every guard holds. From each status at most one event is open under given
facts.

{lifecycle.markdown_table()}
## Guards

{table(["Condition", "Meaning"], conditions)}
The other guards are facts themselves:

{_docstring(lifecycle.Facts)}
"""


def _docstring(one: object) -> str:
    return (inspect.getdoc(one) or "").partition("\n\n")[2].replace("``", "`")


def exceptions() -> str:
    """List the exceptions, and what may be decided about each."""
    return f"""# Exceptions and resolutions

An exception is one thing that a person has to look at. Its severity is `wrong`, or `waiting` where
time or the factor will tell; `wait` and `dispute` let any exception rest, so that it waits too. Of
the resolutions the first is the one suggested. What every row of the factor's supports is listed with
it, and `exceptions list` shows which of the resolutions its subject takes: only lines of one cheque
can each count, and behind a direct invoice is no reserve to charge.

A decision is kept as an input of the books, like a row of a report. Whether it counts is computed
each time from what is there, so it survives the undoing and re-applying of any report, and it can
itself be undone.

{resolutions.markdown_table()}
A parameter in brackets may be left out. How to work with them:
[](../../how-to/resolve-exceptions.md).
"""


def _family(one: type[errors.FactoringError]) -> Iterator[type[errors.FactoringError]]:
    """Go through a class and those below it, in the order of the tree."""
    yield one
    for below in one.__subclasses__():
        if below.__module__ == errors.__name__:
            yield from _family(below)


def error_catalogue() -> str:
    """List every error class with its defaults; an error in hand may carry a more exact code."""
    rows = []
    for one in _family(errors.FactoringError):
        doubt = "in doubt" if one.in_doubt else one.retryable
        first = (inspect.getdoc(one) or "").partition("\n")[0]
        rows.append((f"`{one.__name__}`", f"`{one.code}`", one.exit_status, doubt, f"{first} {one.remedy}"))
    tree = (errors.__doc__ or "").partition("::\n\n")[2].partition("\n\n")[0]
    tree = inspect.cleandoc(tree)
    return f"""# Errors

Everything that is raised on purpose is a `FactoringError`. Its family says who can act; the number
is the exit status of the command line, and when several apply the first of 7, 2, 6, 5, 4, 3, 1
wins.

```text
{tree}
```

Codes, stages and remedies below are those of the class. An error in hand may be more exact: `code`,
`message`, `remedy`, `stage`, `retryable`, `in_doubt`, `where` and `faults` are its attributes, and
the same names stand under `error` in a JSON document. Every fault of a file names file, sheet, row,
line, column, code and a short excerpt.

{table(["Class", "Code", "Exit", "Try again", "What happened, and what to do"], rows)}"""
