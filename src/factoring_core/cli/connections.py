"""`factoring check`, `connections …` and `credit …`."""

from pathlib import Path

import click

from factoring_core.cli import admin_documents, admin_views, options
from factoring_core.cli.files import read_file
from factoring_core.cli.session import current
from factoring_core.errors import ConfigurationError, FactoringError, TransportError


@click.command()
@click.option("--connection", metavar="C", help="Only this connection.")
def check(connection: str | None) -> int:
    """Validate the configuration and try every connection; send nothing."""
    found = list(current().office().check(connection))
    wrong = [one for one in found if one.level == "error"]
    local = [one for one in wrong if not one.remote]
    error: FactoringError | None = None
    if wrong:
        first = (local or wrong)[0]
        kind = ConfigurationError if local else TransportError
        error = kind(
            first.message,
            code=first.code,
            stage="check",
            retryable=first.retryable,
            remedy=first.remedy,
            where={"connection": first.connection},
        )
    return current().finish(admin_documents.findings(found), admin_views.findings, error=error)


@click.group()
def connections() -> None:
    """Connections: list them, and switch from one factor to another."""


@connections.command("list")
@options.maybe_subsidiary
def list_connections(subsidiary: str | None) -> int:
    """List connections and whether they are active or draining."""
    found = current().office().connections(subsidiary)
    return current().finish(admin_documents.connections(found), admin_views.connections)


@connections.command("activate")
@click.argument("connection", metavar="ID")
def activate(connection: str) -> int:
    """Make connection ID the one that takes new batches of its subsidiary."""
    return current().finish(
        admin_documents.connection(current().office().activate(connection)), admin_views.connection
    )


@connections.command("deactivate")
@click.argument("connection", metavar="ID")
@options.reason
def deactivate(connection: str, reason: str) -> int:
    """Let connection ID drain: no new batches, its reports still apply."""
    view = current().office().deactivate(connection, reason=reason)
    return current().finish(admin_documents.connection(view), admin_views.connection)


@connections.command("buy-out")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--from", "old", required=True, metavar="C", help="The connection that is bought out.")
@click.option("--to", "new", required=True, metavar="C", help="The connection that takes over.")
@click.option("--dry-run", is_flag=True, help="Preview: say what would move, and move nothing.")
def buy_out(file: Path, old: str, new: str, dry_run: bool) -> int:
    """Move the open invoices that FILE lists from one factor to another, once."""
    office = current().office()
    result = office.buy_out(read_file(file), name=file.name, old=old, new=new, dry_run=dry_run)
    return current().finish(admin_documents.buy_out(result), admin_views.buy_out)


@connections.command("undo-buy-out")
@click.argument("buy_out_id", metavar="ID")
@options.reason
def undo_buy_out(buy_out_id: str, reason: str) -> int:
    """Take buy-out ID back, as if it had never been."""
    result = current().office().undo_buy_out(buy_out_id, reason=reason)
    return current().finish(admin_documents.buy_out(result), admin_views.buy_out)


@click.group()
def credit() -> None:
    """Credit checks: what the factor says of a customer."""


@credit.command("check")
@click.argument("customer", required=False, metavar="[CUSTOMER]")
@click.option("--subsidiary", metavar="S", help="The subsidiary that would sell.")
@click.option("--load", metavar="LOAD", help="Instead of CUSTOMER: the customer of this load.")
def credit_check(customer: str | None, subsidiary: str | None, load: str | None) -> int:
    """Ask the factor for the credit of CUSTOMER, or of the customer of a load."""
    if (load is None) == (customer is None) or (customer is not None and subsidiary is None):
        raise click.UsageError("Give CUSTOMER with --subsidiary, or --load alone.")
    office = current().office()
    if load is not None:
        view = office.check_credit_of_load(load)
    else:
        view = office.check_credit(str(customer), subsidiary=str(subsidiary))
    return current().finish(admin_documents.credit(view), admin_views.credit)
