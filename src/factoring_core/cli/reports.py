"""`factoring report …` and `inspect`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from factoring_core.cli import admin_views, options, report_documents, report_views
from factoring_core.cli.errors import worst_error
from factoring_core.cli.files import read_file, require_files, write_file
from factoring_core.cli.plain import plain
from factoring_core.cli.progress import progress
from factoring_core.cli.session import Session, current
from factoring_core.errors import FactoringError, FileRefusedError, InputError, StateError

if TYPE_CHECKING:
    from factoring_core.wiring import Office

KINDS = click.Choice(["purchase", "payment"])
HTML = click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Also write it as a page with pictures."
)


@click.group()
def report() -> None:
    """Reports of the factor: apply, look at, undo."""


@report.command("apply")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@options.needed_subsidiary
@click.option("--kind", type=KINDS, help="Check: what the report must be.")
@click.option("--provider", metavar="P", help="Check: whose layout it must have.")
@click.option("--connection", metavar="C", help="Check: the connection it must be about.")
@click.option("--batch", metavar="B", help="Check: the batch it must be about.")
@click.option("--dry-run", is_flag=True, help="Preview: say what would change, and change nothing.")
@click.option("--replaces", metavar="R", help="Void report R in the same transaction.")
def apply(files: tuple[Path, ...], **given: Any) -> int:
    """Apply each FILE: whole, or refused with every fault."""
    if len(files) > 1 and given["replaces"] is not None:
        raise click.UsageError("--replaces takes one FILE.")
    session = current()
    office = session.office()  # first: who may not come in learns nothing of the files either
    require_files(files)
    with progress(session) as bar:
        if len(files) > 1:
            return _apply_each(session, office, files, {**given, "progress": bar})
        content = read_file(files[0])
        result = office.apply_report(content, name=files[0].name, **given, progress=bar)
    return session.finish(report_documents.report(result), report_views.report, error=result.error)


def _apply_each(session: Session, office: "Office", files: tuple[Path, ...], given: dict[str, Any]) -> int:
    """Try every file, each in its own transaction; a refused one does not stop the others.

    What is wrong with the request rather than with a file ends the command, as long as
    nothing has been applied.
    """
    found: list[dict[str, Any]] = []
    errors: list[FactoringError] = []
    applied = False
    for path in files:
        try:
            result = office.apply_report(read_file(path), name=path.name, **given)
        except FactoringError as error:
            if not isinstance(error, InputError) and not applied:
                raise
            found.append(report_documents.refused_report(path.name, given["subsidiary"], error))
            errors.append(error)
        else:
            applied = True
            found.append({"file": path.name, **report_documents.report(result)})
            errors.extend([result.error] if result.error else [])
    refused = [one["file"] for one in found if one["outcome"] == "refused"]
    main = worst_error(errors)
    if isinstance(main, InputError) and len(refused) > 1:
        message = f"{len(refused)} of {len(files)} files were refused: {', '.join(refused)}."
        faults = [fault for one in errors for fault in one.faults]
        main, errors = FileRefusedError(message, faults=faults, where={"files": refused}), []
    return session.finish({"reports": found}, report_views.reports, error=main, also=tuple(errors))


@report.command("fetch")
@click.option("--connection", required=True, metavar="C", help="Whose folder of reports to look into.")
def fetch(connection: str) -> int:
    """Apply the reports that lie ready in the folder of connection C; safe from a timetable."""
    session = current()
    with progress(session) as bar:
        result = session.office().fetch_reports(connection, progress=bar)
    errors = [one.error for one in result.files if one.error is not None]
    errors += [one.report.error for one in result.files if one.report and one.report.error]
    main = worst_error(errors)
    return session.finish(
        report_documents.fetched(result), report_views.fetched, error=main, also=tuple(errors)
    )


@click.command()
@click.option("--connection", required=True, metavar="C", help="The connection whose factor is asked.")
def sync(connection: str) -> int:
    """Ask the factor's system what became of the invoices it holds; safe from a timetable."""
    result = current().office().sync(connection)
    return current().finish(report_documents.synced(result), report_views.synced)


@report.command("list")
@options.maybe_subsidiary
def list_reports(subsidiary: str | None) -> int:
    """List the reports that were accepted."""
    found = current().office().reports(subsidiary)
    return current().finish(report_documents.report_rows(found), report_views.report_rows)


@report.command("show")
@click.argument("report_id", metavar="R")
@HTML
def show(report_id: str, html: Path | None) -> int:
    """Show report R with the result it had when it was accepted."""
    view = current().office().report(report_id)
    if html is not None:
        from factoring_core.analysis.page import report_page

        write_file(html, report_page(view).encode())
    return current().finish(report_documents.report_view(view), report_views.report_view)


@report.command("undo")
@click.argument("report_id", metavar="R")
@options.reason
def undo(report_id: str, reason: str) -> int:
    """Undo report R, as if it had never come."""
    result = current().office().undo_report(report_id, reason=reason)
    return current().finish(report_documents.report(result), report_views.report, error=result.error)


@report.command("template")
@click.argument("provider", metavar="PROVIDER")
@click.argument("kind", type=KINDS)
@click.option(
    "--to", "to", required=True, type=click.Path(path_type=Path), metavar="FILE", help="A .csv or .xlsx file."
)
def template(provider: str, kind: str, to: Path) -> int:
    """Write the template to fill for PROVIDER; CSV or XLSX by the file's ending."""
    ending = to.suffix.lower().removeprefix(".")
    if ending not in ("csv", "xlsx"):
        raise click.UsageError("--to names a file that ends in .csv or .xlsx.")
    content = current().office().template(provider, kind, ending=ending)
    written = write_file(to, content, replace=False)
    document = {"provider": provider, "kind": kind, "file": str(to), "size": len(content), "written": written}
    return current().finish(document, admin_views.written)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--provider", metavar="P", help="Explain the fit to this provider's layouts only.")
@click.option(
    "--draft", type=click.Path(path_type=Path), metavar="TOML", help="Write the drafted layout there."
)
def inspect(file: Path, provider: str | None, draft: Path | None) -> int:
    """Explain which layouts FILE fits, and draft one for an unknown report; apply nothing."""
    office = current().office()
    content = read_file(file)
    found = office.inspect(content, name=file.name, provider=provider)
    if draft is not None:
        if found.draft is None and not found.best:
            raise InputError(
                f"No line of {file.name} looks like a header; there is nothing to draft a layout from.",
                remedy="Give the file that the factor sent, with its line of headings.",
            )
        if found.draft is None:
            raise StateError(
                f"{file.name} fits {', '.join(found.best)}; there is nothing to draft.",
                remedy="Apply it, or name a provider with --provider to draft a layout of that one.",
            )
        draft.parent.mkdir(parents=True, exist_ok=True)
        write_file(draft, found.draft.encode(), replace=False)
    return current().finish(plain(found), report_views.inspection)
