"""`factoring init`, `packet`, `status`, `audit …` and `providers …`."""

import hashlib
import json
from pathlib import Path

import click

from factoring_core.cli import admin_documents, admin_views, options
from factoring_core.cli.files import write_file
from factoring_core.cli.session import current
from factoring_core.errors import StoreCorruptError

TO = click.option(
    "--to", "to", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Where to put it."
)
HTML = click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Also write it as a page with pictures."
)


@click.command()
@click.option("--example", is_flag=True, help="With a sample configuration, loads.csv and documents.")
def init(example: bool) -> int:
    """Make the home; import nothing.  A home that is there already stays as it is."""
    from factoring_core.cli import example as samples

    session = current()
    created, unchanged = (samples.example_home if example else samples.empty_home)(session.home)
    if created:
        session.office()
    document = {"home": str(session.home), "example": example, "created": created, "unchanged": unchanged}
    return session.finish(document, admin_views.made_home)


@click.command()
@click.argument("load", metavar="LOAD")
@TO
def packet(load: str, to: Path) -> int:
    """Write the packet that would be sent for LOAD, to look at it."""
    office = current().office()
    content = office.packet(load)
    written = write_file(to, content)
    facts = office.load(load).load
    document = {
        "load": facts.number,
        "subsidiary": facts.subsidiary,
        "file": str(to),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "written": written,
    }
    return current().finish(document, admin_views.written)


@click.command()
@options.maybe_subsidiary
@HTML
def status(subsidiary: str | None, html: Path | None) -> int:
    """Show the books at a glance: counts and amounts, doubts, exceptions, reserve."""
    view = current().office().status(subsidiary)
    if html is not None:
        from factoring_core.analysis.page import status_page

        write_file(html, status_page(current().office(), subsidiary).encode())
    return current().finish(admin_documents.status(view), admin_views.status)


@click.group()
def audit() -> None:
    """The audit trail: every change, chained by hashes."""


@audit.command("verify")
@click.option("--kept", metavar="HEAD", help="A head from an earlier verify, kept elsewhere.")
def verify(kept: str | None) -> int:
    """Walk the whole chain and say whether it is intact.

    With the head of an earlier run, also whether its end was cut off or an older state put back.
    """
    view = current().office().audit(kept=kept)
    error = None
    if view.rolled_back:
        error = StoreCorruptError(
            "The audit trail does not hold what stood there when that head was written down.",
            code="store_rolled_back",
            remedy="Find out whether an older backup was put back; see the page on backups.",
            where={"kept": kept, "head": view.mark},
        )
    elif not view.intact:
        error = StoreCorruptError(
            f"The audit trail is broken at entry {view.broken_at}.", where={"entry": view.broken_at}
        )
    return current().finish(admin_documents.audit(view), admin_views.audit, error=error)


@audit.command("recover")
@click.argument("head", metavar="HEAD")
@options.reason
def recover(head: str, reason: str) -> int:
    """Go on after an older backup was put back; HEAD was kept elsewhere since.

    What may have been sent meanwhile is then in doubt, and numbers that may be taken are skipped.
    """
    done = current().office().recover(head, reason=reason)
    return current().finish(admin_documents.recovery(done), admin_views.recovery)


@audit.command("export")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
def export(file: Path) -> int:
    """Write every entry to FILE, one JSON object a line."""
    lines = [
        json.dumps(admin_documents.audit_entry(entry), ensure_ascii=False, sort_keys=True)
        for entry in current().office().audit_entries()
    ]
    content = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    written = write_file(file, content)
    document = {"file": str(file), "entries": len(lines), "size": len(content), "written": written}
    return current().finish(document, admin_views.written)


@click.group()
def providers() -> None:
    """Providers: how to talk to each factor's systems, and how that is known."""


@providers.command("list")
def list_providers() -> int:
    """List the providers there are."""
    office = current().office()
    document = admin_documents.providers(office.providers(), office.provider_warnings())
    return current().finish(document, admin_views.providers)


@providers.command("show")
@click.argument("provider", metavar="P")
def show(provider: str) -> int:
    """Show provider P: profile, layouts, and the ground of every field."""
    return current().finish(
        admin_documents.provider(current().office().provider(provider)), admin_views.anything
    )
