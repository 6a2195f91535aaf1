"""What went wrong, as a document and as an exit status; a traceback reaches nobody."""

import os
from collections.abc import Iterable
from typing import Any

import click

from factoring_core.cli.plain import plain
from factoring_core.errors import FactoringError, FileRefusedError, UsageError

PRECEDENCE = (7, 2, 6, 5, 4, 3, 1)
"""Which exit status wins when several apply; 0 when none does."""

INTERRUPTED = 130
"""The exit status of a command that was stopped from the keyboard, as shells count it."""

DEBUG = "FACTORING_DEBUG"
"""The environment variable that lets an unexpected error through with its traceback."""


class InternalError(FactoringError):
    """Something happened that nobody foresaw: a fault of this program."""

    code = "internal"
    exit_status = 6
    stage = "internal"
    remedy = f"Run the command again with {DEBUG}=1 in the environment and report what it prints."


class InterruptedByUserError(FactoringError):
    """The command was stopped from the keyboard."""

    code = "interrupted"
    exit_status = INTERRUPTED
    stage = "interrupted"
    retryable = True
    remedy = "Run `factoring resume`; it is safe at any time and finishes what was begun."


def worst(statuses: Iterable[int]) -> int:
    """Return the exit status that wins among *statuses*."""
    present = set(statuses)
    return next((status for status in PRECEDENCE if status in present), 0)


def worst_error(errors: Iterable[FactoringError]) -> FactoringError | None:
    """Return the error whose exit status wins, the first of equals."""
    found = list(errors)
    status = worst(error.exit_status for error in found)
    return next((error for error in found if error.exit_status == status), None)


def error_document(error: FactoringError, *, faults_of: Iterable[FactoringError] = ()) -> dict[str, Any]:
    """Write an error as the object that stands under ``error``.

    Args:
        error: The error itself.
        faults_of: Other errors whose faults are listed too.
    """
    every = [error, *(other for other in faults_of if other is not error)]
    faults = [fault for one in every for fault in one.faults]
    total = sum(one.total if isinstance(one, FileRefusedError) else len(one.faults) for one in every)
    document: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "stage": error.stage,
        "retryable": error.retryable,
        "in_doubt": error.in_doubt,
        "where": {key: plain(value) for key, value in error.where.items()},
        "faults": [
            {
                "file": fault.file,
                "sheet": fault.sheet,
                "row": fault.row,
                "line": fault.line,
                "column": fault.column,
                "code": fault.code,
                "excerpt": fault.excerpt,
                "message": fault.message,
            }
            for fault in faults
        ],
    }
    if total > len(faults):
        document["fault_count"] = total
    return document


def from_click(error: click.ClickException, global_options: Iterable[str]) -> FactoringError:
    """Say in our words what click refused."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "factoring"
    remedy = f"See `{path} --help`."
    if isinstance(error, click.NoSuchOption) and error.option_name in set(global_options):
        remedy = f"{error.option_name} is a global option: write it before the command."
    message = error.format_message().strip()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        message = "No command was given."
    message = " ".join(message.split())
    return UsageError(message if message.endswith((".", "?")) else f"{message}.", remedy=remedy)


def from_surprise(error: Exception) -> FactoringError:
    """Turn an unexpected exception into an error without its words, which may hold a secret.

    Raises:
        Exception: the very *error*, when somebody asked for details.
    """
    if os.environ.get(DEBUG, "") not in ("", "0"):
        raise error
    if isinstance(error, OSError) and error.strerror:
        return InternalError(
            f"The operating system refused something: {error.strerror}.",
            code="system",
            remedy="Check free space and permissions, then run the command again.",
        )
    return InternalError(f"Something unexpected happened inside this program ({type(error).__name__}).")
