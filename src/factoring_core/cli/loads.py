"""`factoring loads …`, `invoice` and `void`."""

import datetime as dt
from pathlib import Path

import click

from factoring_core.cli import documents, load_documents, options, views
from factoring_core.cli.files import read_file
from factoring_core.cli.session import current
from factoring_core.domain.vocabulary.lifecycle import LoadStatus, Route
from factoring_core.usecases.results import ChangeResult


def _finish_changes(result: ChangeResult, *, number: bool = False) -> int:
    """Answer a change; 1 when everything that was named was refused."""
    nothing = bool(result.refused) and not result.changed and not result.unchanged
    return current().finish(
        documents.changes(result, number=number), views.changes, status=1 if nothing else 0
    )


@click.group()
def loads() -> None:
    """Loads: import, look at, and take along the direct route."""


@loads.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--as-of", type=options.DAY, metavar="DATE", help="The day that opening amounts stand for.")
def import_loads(file: Path, as_of: dt.date | None) -> int:
    """Import a CSV or XLSX FILE of loads: whole, or refused with every fault."""
    office = current().office()  # first: who may not come in learns nothing of the file either
    content = read_file(file)
    result = office.import_loads(content, name=file.name, folder=file.parent, as_of=as_of)
    return current().finish(documents.load_import(result), views.load_import)


@loads.command("imports")
def imports() -> int:
    """List the imports that were accepted."""
    return current().finish(documents.imports(current().office().imports()), views.imports)


@loads.command("undo-import")
@click.argument("import_id", metavar="ID")
@options.reason
def undo_import(import_id: str, reason: str) -> int:
    """Undo the import ID as a whole."""
    result = current().office().undo_import(import_id, reason=reason)
    return current().finish(documents.load_import(result), views.load_import)


@loads.command("list")
@click.option(
    "--status", type=click.Choice([one.value for one in LoadStatus]), help="Only loads that stand here."
)
@options.maybe_subsidiary
@click.option("--customer", metavar="C", help="Only loads of this customer, by its id.")
@click.option("--route", type=click.Choice([one.value for one in Route]), help="Only loads on this route.")
def list_loads(status: str | None, subsidiary: str | None, customer: str | None, route: str | None) -> int:
    """List loads and where they stand."""
    found = current().office().loads(status=status, subsidiary=subsidiary, customer=customer, route=route)
    return current().finish(load_documents.load_rows(found), views.load_rows)


@loads.command("show")
@click.argument("load", metavar="LOAD")
def show(load: str) -> int:
    """Show one LOAD with its history, evidence and position."""
    return current().finish(load_documents.load_detail(current().office().load(load)), views.load_detail)


@loads.command("send-direct")
@options.loads
def send_direct(loads: tuple[str, ...]) -> int:
    """Record that the invoices of direct LOADs were sent to their customers."""
    return _finish_changes(current().office().send_direct(loads))


@loads.command("pay")
@click.argument("load", metavar="LOAD")
@click.option("--amount", required=True, type=options.CENTS, help="What was paid, such as 1234.50.")
@click.option("--on", "on", required=True, type=options.DAY, metavar="DATE", help="The day it was paid.")
@click.option("--reference", required=True, type=options.WORDS, help="The number of the check or transfer.")
@click.option("--misdirected", is_flag=True, help="A factor has bought LOAD: what came is owed to it.")
def pay(load: str, amount: int, on: dt.date, reference: str, misdirected: bool) -> int:
    """Record a payment that the customer of a direct LOAD made."""
    office = current().office()
    return _finish_changes(
        office.pay(load, amount=amount, on=on, reference=reference, misdirected=misdirected)
    )


@loads.command("return")
@options.loads
@click.option(
    "--reason",
    required=True,
    type=click.Choice(["denied", "rejected", "held", "not_received"]),
    help="Why the factor does not keep the invoice.",
)
def return_loads(loads: tuple[str, ...], reason: str) -> int:
    """Take invoices back that the factor did not buy: LOADs become queued again."""
    return _finish_changes(current().office().return_loads(loads, reason=reason))


@loads.command("resell")
@options.loads
@options.reason
def resell(loads: tuple[str, ...], reason: str) -> int:
    """Queue charged-back LOADs again, to be sold once more."""
    return _finish_changes(current().office().resell(loads, reason=reason))


@click.command()
@options.loads
@click.option("--number", type=options.WORDS, help="The invoice number, for one LOAD.")
@click.option("--date", "on", type=options.DAY, metavar="DATE", help="The invoice date, for one LOAD.")
@click.option("--amount", type=options.CENTS, help="The face amount, for one LOAD.")
def invoice(loads: tuple[str, ...], number: str | None, on: dt.date | None, amount: int | None) -> int:
    """Generate invoices: LOADs go from released to queued.

    What is not given comes from the load, then from the subsidiary's number format and today.
    """
    if len(loads) > 1 and (number, on, amount) != (None, None, None):
        raise click.UsageError("--number, --date and --amount are for one LOAD.")
    result = current().office().generate_invoices(loads, number=number, date=on, amount=amount)
    return _finish_changes(result, number=True)


@click.command()
@options.loads
@options.reason
def void(loads: tuple[str, ...], reason: str) -> int:
    """Void invoices that were not sent: LOADs go from queued back to released."""
    return _finish_changes(current().office().void(loads, reason=reason))
