"""`factoring preflight`, `submit`, `resume` and `batches …`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from factoring_core.cli import batch_documents, documents, options, views
from factoring_core.cli.pieces import Piece
from factoring_core.cli.progress import progress
from factoring_core.cli.session import View, current
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import DeliveryInDoubtError, FactoringError
from factoring_core.usecases.results import SubmitResult


@click.command()
@options.needed_subsidiary
@options.maybe_loads
def preflight(subsidiary: str, loads: tuple[str, ...]) -> int:
    """Check LOADs, or every queued one, against every rule; change nothing."""
    result = current().office().preflight(subsidiary, loads)
    return current().finish(documents.preflight(result), views.preflight)


@click.command()
@options.needed_subsidiary
@options.maybe_loads
@click.option("--all-or-nothing", is_flag=True, help="Send nothing when one load is refused.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def submit(subsidiary: str, loads: tuple[str, ...], all_or_nothing: bool, dry_run: bool) -> int:
    """Seal LOADs, or all that are eligible, into batches and deliver them."""
    session = current()
    with progress(session) as report:
        result = session.office().submit(
            subsidiary, loads, all_or_nothing=all_or_nothing, dry_run=dry_run, progress=report
        )
    refused = bool(result.refused) and not result.batches and (bool(loads) or all_or_nothing)
    document = batch_documents.submission(result)
    return session.finish(
        document, _naming_what_is_next(views.submission), status=1 if refused else 0, error=_doubt(result)
    )


@click.command()
def resume() -> int:
    """Finish or settle every submission that was left open; safe to run at any time."""
    session = current()
    with progress(session) as report:
        result = session.office().resume(progress=report)
    document = batch_documents.submission(result)
    return session.finish(document, _naming_what_is_next(views.submission), error=_doubt(result))


def _naming_what_is_next(view: Callable[..., list[Piece]]) -> View:
    """Let *view* know which connections are served by hand: only there a person has to go on."""
    connections = current().office().settings.connections
    return partial(view, by_hand=[one.id for one in connections if one.protocol is Protocol.MANUAL])


def _doubt(result: SubmitResult) -> FactoringError | None:
    """Return what failed, or the doubt that a listed batch is in."""
    doubtful = [
        f"{one.connection}/{one.number}" for one in result.batches if one.state is BatchState.IN_DOUBT
    ]
    if result.error is not None or not doubtful:
        return result.error
    return DeliveryInDoubtError(
        f"Whether {', '.join(doubtful)} arrived is not known.", where={"batches": doubtful}
    )


@click.group()
def batches() -> None:
    """Batches: look at, hand over by hand, and settle.  B is the id, CONNECTION/NUMBER or the number."""


@batches.command("list")
@options.maybe_subsidiary
def list_batches(subsidiary: str | None) -> int:
    """List batches, the newest last."""
    found = current().office().batches(subsidiary)
    return current().finish(batch_documents.batches(found), views.batches)


@batches.command("show")
@click.argument("batch", metavar="B")
def show(batch: str) -> int:
    """Show batch B with its files."""
    result = SubmitResult(batches=(current().office().batch(batch),))
    return current().finish(batch_documents.one_batch(result), _naming_what_is_next(views.one_batch))


@batches.command("files")
@click.argument("batch", metavar="B")
@click.option(
    "--to",
    "to",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to put them.",
)
def files(batch: str, to: Path) -> int:
    """Write the manifest and the packets of batch B, the same bytes every time."""
    result = current().office().batch_files(batch, to)
    document = {**batch_documents.one_batch(result), "folder": str(to), "written": list(result.written)}
    return current().finish(document, _naming_what_is_next(views.batch_files), error=result.error)


@batches.command("confirm")
@click.argument("batch", metavar="B")
def confirm(batch: str) -> int:
    """State that batch B was handed to the factor."""
    return _finish(current().office().confirm(batch))


@batches.command("cancel")
@click.argument("batch", metavar="B")
@options.reason
def cancel(batch: str, reason: str) -> int:
    """Cancel batch B before anything of it left."""
    return _finish(current().office().cancel(batch, reason=reason))


@batches.command("settle")
@click.argument("batch", metavar="B")
@click.argument("outcome", type=click.Choice(["delivered", "not-delivered"]))
@options.reason
def settle(batch: str, outcome: str, reason: str) -> int:
    """Clear a doubt: state whether batch B arrived at the factor."""
    return _finish(current().office().settle(batch, delivered=outcome == "delivered", reason=reason))


def _finish(result: SubmitResult) -> int:
    return current().finish(batch_documents.one_batch(result), views.submission, error=result.error)
