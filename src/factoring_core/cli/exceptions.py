"""`factoring exceptions …` and `decisions …`."""

from typing import NoReturn

import click

from factoring_core.cli import options, report_documents, report_views
from factoring_core.cli.session import current
from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.errors import NotAvailableError


@click.group()
def exceptions() -> None:
    """Exceptions: what a person must look at."""


@exceptions.command("list")
@options.maybe_subsidiary
@click.option("--all", "everything", is_flag=True, help="The closed ones too.")
def list_exceptions(subsidiary: str | None, everything: bool) -> int:
    """List open exceptions."""
    found = current().office().exceptions(subsidiary, include_closed=everything)
    return current().finish(report_documents.exception_rows(found), report_views.exception_rows)


@exceptions.command("resolve")
@click.argument("exception_id", metavar="ID")
@click.argument("resolution", type=click.Choice([one.value for one in Resolution]), metavar="RESOLUTION")
@click.option("--load", metavar="L", help="assign: the load that the row means.")
@click.option("--batch", metavar="B", help="assign: which sale of that load.")
@click.option("--amount", type=options.CENTS, metavar="A", help="The amount that the decision is about.")
@click.option(
    "--count", type=click.IntRange(min=0), metavar="N", help="count_each: how many of the rows count."
)
@options.reason
def resolve(
    exception_id: str,
    resolution: str,
    load: str | None,
    batch: str | None,
    amount: int | None,
    count: int | None,
    reason: str,
) -> int:
    """Decide about exception ID; `exceptions list` names the resolutions that fit."""
    if batch is not None and load is None:
        raise click.UsageError("--batch says which sale of --load is meant; give both.")
    result = (
        current()
        .office()
        .resolve(exception_id, resolution, load=load, batch=batch, amount=amount, count=count, reason=reason)
    )
    return current().finish(report_documents.resolution(result), report_views.resolution)


@exceptions.command("export")
@click.argument("file", metavar="FILE")
def export(file: str) -> int:
    """Not in this release: write open exceptions to FILE, to be worked on in a spreadsheet."""
    _not_built()


@exceptions.command("import")
@click.argument("file", metavar="FILE")
def import_decisions(file: str) -> int:
    """Not in this release: read decisions from FILE."""
    _not_built()


def _not_built() -> NoReturn:
    raise NotAvailableError(
        "Working on exceptions in a spreadsheet belongs to the exceptions queue, which is not built yet.",
        remedy="Use `exceptions list` and `exceptions resolve`.",
        where={"part": "exceptions queue"},
    )


@click.group()
def decisions() -> None:
    """Decisions: what persons resolved."""


@decisions.command("list")
@options.maybe_subsidiary
def list_decisions(subsidiary: str | None) -> int:
    """List decisions, undone ones too."""
    found = current().office().decisions(subsidiary)
    return current().finish(report_documents.decisions(found), report_views.decisions)


@decisions.command("undo")
@click.argument("decision_id", metavar="ID")
@options.reason
def undo(decision_id: str, reason: str) -> int:
    """Undo decision ID; its exception opens again if its ground still stands."""
    result = current().office().undo_decision(decision_id, reason=reason)
    return current().finish(report_documents.resolution(result), report_views.resolution)
