"""`factoring exceptions …` and `decisions …`."""

from pathlib import Path

import click

from factoring_core.cli import admin_views, options, report_documents, report_views
from factoring_core.cli.files import read_file, write_file
from factoring_core.cli.session import current
from factoring_core.domain.reconciling.decisions import Resolution


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
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@options.maybe_subsidiary
def export(file: Path, subsidiary: str | None) -> int:
    """Write the open exceptions to FILE, a .csv or .xlsx, with columns to decide in."""
    ending = file.suffix.lower().removeprefix(".")
    if ending not in ("csv", "xlsx"):
        raise click.UsageError("FILE ends in .csv or .xlsx.")
    content = current().office().export_exceptions(subsidiary, ending=ending)
    # What stands there may be decided in already.
    written = write_file(file, content, replace=False)
    document = {"file": str(file), "size": len(content), "written": written}
    return current().finish(document, admin_views.written)


@exceptions.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def import_decisions(file: Path) -> int:
    """Decide what the lines of FILE say; a line that is stale or contradicts another is refused."""
    office = current().office()
    result = office.import_decisions(read_file(file), name=file.name)
    nothing = result.refused and not result.changed and not result.unchanged
    return current().finish(
        report_documents.worklist(result), report_views.worklist, status=1 if nothing else 0
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
