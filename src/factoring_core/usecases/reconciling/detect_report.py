"""Finding out what a report is: its layout by its header, its connection by what it names."""

from collections.abc import Container, Iterable, Sequence

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.vocabulary.canonical import canonical_reference
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.domain.vocabulary.profile import ReportKind, ReportLayout
from factoring_core.errors import Fault, FileRefusedError, NotFoundError, UsageError
from factoring_core.ports.report_reader import Fit, OpenedReport
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import connections_of
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports

TEMPLATE = "template"


def layout_of(
    ports: Ports,
    opened: OpenedReport,
    *,
    name: str,
    connections: Sequence[Connection],
    kind: str | None,
) -> ReportLayout:
    """Find the one layout a file fits, among those of *connections* and the templates.

    Raises:
        FileRefusedError: none or several fit; names what was found instead.
    """
    wanted = ReportKind(kind) if kind is not None else None
    providers = {one.provider for one in connections}
    layouts = _layouts(ports, providers)
    fits = [fit for fit in _fits(opened, layouts) if wanted in (None, fit.layout.kind)]
    if fits:
        best = best_fits(opened, fits)
        if len(best) == 1:
            return best[0]
        raise _refused(
            name,
            "ambiguous_layout",
            f"The file fits {_named(best)} equally well.",
            "Name the provider or the kind.",
            opened,
        )
    raise _what_it_is(ports, opened, name=name, layouts=layouts, kind=wanted, providers=providers)


def _layouts(ports: Ports, providers: Iterable[str]) -> list[ReportLayout]:
    found = {layout.id: layout for layout in ports.templates}
    for provider in sorted(providers):
        profile = ports.profiles.get(provider)
        for layout in profile.layouts if profile is not None else ():
            found.setdefault(layout.id, layout)
    return list(found.values())


def _fits(opened: OpenedReport, layouts: Iterable[ReportLayout]) -> list[Fit]:
    return [fit for fit in (opened.fit(layout) for layout in layouts) if fit.fits]


def best_fits(opened: OpenedReport, fits: Sequence[Fit]) -> list[ReportLayout]:
    """Return the layouts with most mapped columns, of two versions the newer.

    Among equals our template counts with its own headings, and else a factor's own layout does.
    """
    most = max(fit.mapped for fit in fits)
    newest: dict[tuple[str, ReportKind], ReportLayout] = {}
    for layout in sorted((fit.layout for fit in fits if fit.mapped == most), key=lambda one: one.version):
        newest[layout.provider, layout.kind] = layout
    best = list(newest.values())
    if len(best) > 1:
        header = {_plain(cell) for cell in opened.header if cell.strip()}
        own = [
            layout
            for layout in best
            if layout.provider == TEMPLATE and header <= {_plain(one.aliases[0]) for one in layout.fields}
        ]
        return own or [layout for layout in best if layout.provider != TEMPLATE] or best
    return best


def _plain(heading: str) -> str:
    return " ".join(heading.split()).casefold()


def _named(layouts: Iterable[ReportLayout]) -> str:
    return ", ".join(sorted(layout.id for layout in layouts))


def _what_it_is(
    ports: Ports,
    opened: OpenedReport,
    *,
    name: str,
    layouts: Sequence[ReportLayout],
    kind: ReportKind | None,
    providers: set[str],
) -> FileRefusedError:
    """Say what a file is that is not what was asked for."""
    other_kind = _fits(opened, layouts)
    if kind is not None and other_kind:
        found = best_fits(opened, other_kind)
        return _refused(
            name,
            "wrong_kind",
            f"This is a {found[0].kind.value} report ({_named(found)}), not a {kind.value} report.",
            "Apply it as what it is.",
            opened,
        )
    every = [layout for layout in _layouts(ports, ports.profiles) if layout.provider not in providers]
    other_provider = [fit for fit in _fits(opened, every) if fit.layout.provider != TEMPLATE]
    if other_provider:
        likely = best_fits(opened, other_provider)
        return _refused(
            name,
            "wrong_provider",
            f"This fits {_named(likely)}, not a report of {' or '.join(sorted(providers))}.",
            "Apply it for the subsidiary and connection that sell to this factor.",
            opened,
        )
    sent = _manifest_like(ports, opened)
    if sent is not None:
        return _refused(
            name,
            "wrong_kind",
            f"This is a list of invoices as it is sent to the factor ({sent}), not a report of the factor.",
            "Apply what came back from the factor; `batches list` shows what was sent.",
            opened,
        )
    nearest = max((opened.fit(layout) for layout in layouts), key=lambda fit: fit.mapped, default=None)
    message = "No known layout has this header."
    faults = []
    if nearest is not None and nearest.mapped:
        message = f"No known layout has this header; {nearest.layout.id} comes nearest."
        faults = [_column_fault(name, nearest, column, "missing") for column in nearest.missing]
        faults += [_column_fault(name, nearest, column, "doubled") for column in nearest.doubled]
    return _refused(
        name,
        "unknown_layout",
        message,
        "`factoring inspect FILE` explains the header and drafts a layout; or fill the template.",
        opened,
        faults,
    )


def _manifest_like(ports: Ports, opened: OpenedReport) -> str | None:
    """Name the manifest whose headings these are, all of them and no other."""
    headings = {_plain(cell) for cell in opened.header if cell.strip()}
    for profile in ports.profiles.values():
        manifest = profile.manifest
        if manifest is not None and headings == {_plain(one.header) for one in manifest.columns}:
            return manifest.id
    return None


def _column_fault(name: str, fit: Fit, field: str, what: str) -> Fault:
    one = fit.layout.field(field)
    header = one.aliases[0] if one is not None and one.aliases else field
    how = "has no column" if what == "missing" else "is claimed by more than one column"
    return Fault(
        code="unknown_layout", message=f"{header} {how} ({fit.layout.id})", file=name, row=1, column=header
    )


def _refused(
    name: str,
    code: str,
    message: str,
    remedy: str,
    opened: OpenedReport,
    faults: Sequence[Fault] = (),
) -> FileRefusedError:
    header = ", ".join(cell for cell in opened.header if cell.strip())
    one = Fault(code=code, message=message, file=name, row=1, excerpt=header)
    return FileRefusedError(message, faults=[one, *faults], code=code, remedy=remedy, where={"file": name})


def check_words(ports: Ports, *, kind: str | None, provider: str | None) -> None:
    """Let words that mean something pass.

    Raises:
        UsageError: there is no such kind of report or no such provider.
    """
    if kind not in (None, ReportKind.PURCHASE.value, ReportKind.PAYMENT.value):
        raise UsageError(f"There is no kind of report called {kind}.", remedy="Use purchase or payment.")
    if provider is not None and provider not in ports.profiles:
        raise NotFoundError(
            f"There is no provider {provider}.",
            remedy="`factoring providers list` names them.",
            where={"provider": provider},
        )


def connections_for(
    tx: Reading,
    ports: Ports,
    subsidiary: str,
    *,
    name: str,
    connection: str | None,
    provider: str | None,
    batch: Batch | None,
) -> list[Connection]:
    """Return the subsidiary's connections a report may belong to, active or draining.

    Raises:
        NotFoundError: *connection* is not one of the subsidiary's.
        UsageError: there is none at all, or *connection*, *provider* and *batch* exclude each other.
        FileRefusedError: nothing is sold through *provider* here.
    """
    own = [one for one in connections_of(tx, ports, subsidiary) if connection in (None, one.id)]
    if not own:
        if connection is None:
            raise UsageError(
                f"{subsidiary} has no connection a report could belong to.",
                remedy="Add one to the configuration.",
            )
        raise NotFoundError(f"{subsidiary} has no connection {connection}.", where={"connection": connection})
    left = [one for one in own if provider in (None, one.provider)]
    if not left:
        if connection is not None:
            raise UsageError(f"{connection} is not a connection through {provider}.")
        message = f"{subsidiary} sells nothing through {provider}."
        raise FileRefusedError(
            message,
            faults=[Fault(code="wrong_provider", message=message, file=name)],
            code="wrong_provider",
            remedy="Leave the provider out, or apply it for the subsidiary that sells through it.",
            where={"file": name, "provider": provider},
        )
    if batch is None:
        return left
    left = [one for one in left if one.id == batch.connection]
    if not left:
        raise UsageError(f"Batch {batch_name(batch)} does not belong to what was named beside it.")
    return left


def connection_of(
    content: ReportColumns, layout: ReportLayout, book: Book, connections: Sequence[Connection], *, name: str
) -> Connection:
    """Find the connection a report belongs to: by client number, then by what its rows name.

    Raises:
        FileRefusedError: two are left; both are named.
    """
    left = [one for one in connections if layout.provider in (TEMPLATE, one.provider)]
    for narrow in (_by_client_number, _by_schedule, _by_number):
        if len(left) > 1:
            left = narrow(content, book, left) or left
    if len(left) > 1:
        names = ", ".join(sorted(one.id for one in left))
        message = f"The report could belong to {names}."
        fault = Fault(code="ambiguous_connection", message=message, file=name)
        raise FileRefusedError(
            message,
            faults=[fault],
            code="ambiguous_connection",
            remedy="Name the connection.",
            where={"file": name},
        )
    return left[0]


def _by_client_number(
    content: ReportColumns, book: Book, connections: Sequence[Connection]
) -> list[Connection]:
    said = {canonical_reference(text) for text in content.column("client_number") if text}
    return [
        one for one in connections if one.client_number and canonical_reference(one.client_number) in said
    ]


def _by_schedule(content: ReportColumns, book: Book, connections: Sequence[Connection]) -> list[Connection]:
    schedules = {canonical_reference(text) for text in content.column("schedule_number") if text}
    batches = {canonical_reference(text) for text in content.column("batch_number") if text}
    named = {sale.connection for sale in book.assignments if _is_one_of(sale.schedule_number, schedules)}
    named |= {
        batch.connection
        for batch in book.batches.values()
        if _is_one_of(batch.schedule_number, schedules) or str(batch.number) in batches
    }
    return [one for one in connections if one.id in named]


def _is_one_of(text: str | None, said: Container[str]) -> bool:
    return text is not None and canonical_reference(text) in said


def _by_number(content: ReportColumns, book: Book, connections: Sequence[Connection]) -> list[Connection]:
    numbers = {text for text in content.column("invoice_number") if text}
    named = {sale.connection for sale in book.assignments if sale.invoice_number in numbers}
    return [one for one in connections if one.id in named]


def check_client_number(ports: Ports, content: ReportColumns, connection: Connection, *, name: str) -> None:
    """Refuse a report whose client number is not the connection's.

    Where we do not know our own number, only one that is another subsidiary's is refused.

    Raises:
        FileRefusedError: one fault for each row of another client.
    """
    others: dict[str, set[str]] = {}
    for one in ports.settings.connections:
        if one.client_number and one.subsidiary != connection.subsidiary:
            if one.provider == connection.provider:
                others.setdefault(canonical_reference(one.client_number), set()).add(one.subsidiary)
    own = canonical_reference(connection.client_number) if connection.client_number else None
    owners: set[str] = set()
    faults = []
    for text, row, line in zip(content.column("client_number"), content.rows, content.lines, strict=True):
        said = canonical_reference(text) if text else own
        if said == own or (own is None and said not in others):
            continue
        owners |= others.get(said or "", set())
        faults.append(
            Fault(
                code="wrong_subsidiary",
                message="the client number is not this connection's",
                file=name,
                row=row,
                line=line,
                column="client_number",
                excerpt=text,
            )
        )
    if faults:
        visible = sorted(filter(ports.actor.sees, owners))
        whose = f"; they are of {', '.join(visible)}" if visible else ""
        raise FileRefusedError(
            f"{len(faults)} row(s) belong to another client of the factor than {connection.id}{whose}.",
            faults=faults,
            code="wrong_subsidiary",
            remedy="Apply the report for the subsidiary whose client number it carries.",
            where={"file": name, "connection": connection.id},
        )
