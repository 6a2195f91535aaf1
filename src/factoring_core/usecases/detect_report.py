"""Finding out what a report is: its layout by its header, its connection by what it names."""

from collections.abc import Iterable, Sequence

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.canonical import canonical_reference
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.domain.vocabulary.profile import ReportKind, ReportLayout
from factoring_core.errors import Fault, FileRefusedError, NotFoundError, UsageError
from factoring_core.ports.report_reader import Fit, OpenedReport
from factoring_core.usecases.ports import Ports

TEMPLATE = "template"


def layout_of(
    ports: Ports,
    opened: OpenedReport,
    *,
    name: str,
    connections: Sequence[Connection],
    kind: str | None,
    provider: str | None,
) -> ReportLayout:
    """Find the one layout a file fits, among those of *connections* and the templates.

    ``kind`` and ``provider`` narrow the candidates and are then checked.

    Raises:
        FileRefusedError: none or several fit; names what was found instead.
        UsageError: no such kind or provider.
    """
    wanted = _kind(kind)
    if provider is not None and provider not in ports.profiles:
        raise UsageError(f"There is no provider {provider}.", remedy="`factoring providers list` names them.")
    providers = {one.provider for one in connections} if provider is None else {provider}
    layouts = _layouts(ports, providers)
    fits = [fit for fit in _fits(opened, layouts) if wanted in (None, fit.layout.kind)]
    if fits:
        best = _best(opened, fits)
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


def _kind(kind: str | None) -> ReportKind | None:
    if kind is None:
        return None
    if kind not in (ReportKind.PURCHASE.value, ReportKind.PAYMENT.value):
        raise UsageError(f"There is no kind of report called {kind}.", remedy="Use purchase or payment.")
    return ReportKind(kind)


def _layouts(ports: Ports, providers: Iterable[str]) -> list[ReportLayout]:
    found = {layout.id: layout for layout in ports.templates}
    for provider in providers:
        profile = ports.profiles.get(provider)
        for layout in profile.layouts if profile is not None else ():
            found.setdefault(layout.id, layout)
    return list(found.values())


def _fits(opened: OpenedReport, layouts: Iterable[ReportLayout]) -> list[Fit]:
    return [fit for fit in (opened.fit(layout) for layout in layouts) if fit.fits]


def _best(opened: OpenedReport, fits: Sequence[Fit]) -> list[ReportLayout]:
    """Return the layouts with most mapped columns; our own template wins with its own headers."""
    most = max(fit.mapped for fit in fits)
    best = [fit.layout for fit in fits if fit.mapped == most]
    if len(best) > 1:
        header = {cell.strip().casefold() for cell in opened.header if cell.strip()}
        own = [
            layout
            for layout in best
            if layout.provider == TEMPLATE and header <= {one.aliases[0].casefold() for one in layout.fields}
        ]
        return own or best
    return best


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
        found = _best(opened, other_kind)[0]
        return _refused(
            name,
            "wrong_kind",
            f"This is a {found.kind.value} report ({found.id}), not a {kind.value} report.",
            "Apply it as what it is.",
            opened,
        )
    every = [layout for layout in _layouts(ports, ports.profiles) if layout.provider not in providers]
    other_provider = [fit for fit in _fits(opened, every) if fit.layout.provider != TEMPLATE]
    if other_provider:
        found = _best(opened, other_provider)[0]
        return _refused(
            name,
            "wrong_provider",
            f"This is a report of {found.provider} ({found.id}), with which there is no connection here.",
            "Apply it for the subsidiary that sells to this factor.",
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


def connections_for(
    ports: Ports, subsidiary: str, *, connection: str | None, provider: str | None
) -> list[Connection]:
    """Return the subsidiary's connections a report may belong to, active or draining.

    Raises:
        NotFoundError: *connection* is not one of the subsidiary's.
        UsageError: no connection is left, or *connection* is not through *provider*.
    """
    own = [one for one in ports.settings.connections if one.subsidiary == subsidiary]
    if connection is not None:
        own = [one for one in own if one.id == connection]
        if not own:
            raise NotFoundError(
                f"{subsidiary} has no connection {connection}.", where={"connection": connection}
            )
    if provider is not None and provider in ports.profiles:
        through = [one for one in own if one.provider == provider]
        if connection is not None and not through:
            raise UsageError(f"{connection} is not a connection through {provider}.")
        own = through or own
    if not own:
        raise UsageError(
            f"{subsidiary} has no connection a report could belong to.",
            remedy="Add one to the configuration.",
        )
    return own


def connection_of(
    content: ReportColumns, layout: ReportLayout, book: Book, connections: Sequence[Connection], *, name: str
) -> Connection:
    """Find the connection a report belongs to: by client number, then by what its rows name.

    Raises:
        FileRefusedError: two are left; both are named.
    """
    left = [one for one in connections if layout.provider in (TEMPLATE, one.provider)] or list(connections)
    if len(left) == 1:
        return left[0]
    by_client = _by_client_number(content, left)
    if by_client:
        left = by_client
    if len(left) > 1:
        left = _by_schedule(content, book, left) or left
    if len(left) > 1:
        left = _by_number(content, book, left) or left
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


def _by_client_number(content: ReportColumns, connections: Sequence[Connection]) -> list[Connection]:
    said = {canonical_reference(text) for text in content.column("client_number") if text}
    return [
        one
        for one in connections
        if one.client_number is not None and canonical_reference(one.client_number) in said
    ]


def _by_schedule(content: ReportColumns, book: Book, connections: Sequence[Connection]) -> list[Connection]:
    schedules = {canonical_reference(text) for text in content.column("schedule_number") if text}
    named = {
        sale.connection
        for sale in book.assignments
        if sale.schedule_number and canonical_reference(sale.schedule_number) in schedules
    }
    return [one for one in connections if one.id in named]


def _by_number(content: ReportColumns, book: Book, connections: Sequence[Connection]) -> list[Connection]:
    numbers = {text for text in content.column("invoice_number") if text}
    named = {sale.connection for sale in book.assignments if sale.invoice_number in numbers}
    return [one for one in connections if one.id in named]


def check_client_number(content: ReportColumns, connection: Connection, *, name: str) -> None:
    """Refuse a report whose client number is not the connection's.

    Raises:
        FileRefusedError: one fault for each row of another client.
    """
    if connection.client_number is None:
        return
    own = canonical_reference(connection.client_number)
    faults = [
        Fault(
            code="wrong_subsidiary",
            message="the client number is not this connection's",
            file=name,
            row=row,
            line=line,
            column="client_number",
            excerpt=text,
        )
        for text, row, line in zip(content.column("client_number"), content.rows, content.lines, strict=True)
        if text and canonical_reference(text) != own
    ]
    if faults:
        raise FileRefusedError(
            f"{len(faults)} row(s) belong to another client of the factor than {connection.id}.",
            faults=faults,
            code="wrong_subsidiary",
            remedy="Apply the report for the subsidiary whose client number it carries.",
            where={"file": name, "connection": connection.id},
        )
