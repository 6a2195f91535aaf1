"""What an office offers beside the trade: templates, inspection, and a look at the connections."""

from collections.abc import Callable, Iterator

from attrs import evolve

from factoring_core.adapters.remote.probe import probe
from factoring_core.adapters.reports.inspection import Inspection
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import FactoringError, NotFoundError, TransportError, UsageError
from factoring_core.ports.secrets import SecretSource
from factoring_core.usecases.accounts import connection_active
from factoring_core.usecases.books import visible_subsidiaries
from factoring_core.usecases.logins import AUTH_REJECTED, forget, noting
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.detect_report import best_fits
from factoring_core.usecases.results import CheckFinding


def template(ports: Ports, provider: str, kind: str, *, ending: str) -> bytes:
    """Return the template that every provider's reports can be given in."""
    from factoring_core.providers.template_files import write_template

    if provider not in ports.profiles:
        raise UsageError(f"There is no provider {provider}.", remedy="`factoring providers list` names them.")
    for layout in ports.templates:
        if layout.kind.value == kind:
            return write_template(layout, ending)
    raise UsageError(f"There is no template for {kind}.", remedy="Use purchase or payment.")


def inspect(ports: Ports, content: bytes, *, name: str, provider: str | None) -> Inspection:
    """Explain how layouts fit a file, and draft one for an unknown report."""
    from factoring_core.adapters.reports.inspection import inspect as explain
    from factoring_core.adapters.reports.reader import TableReportReader

    if provider is not None and provider not in ports.profiles:
        raise UsageError(f"There is no provider {provider}.", remedy="`factoring providers list` names them.")
    profiles = [ports.profiles[provider]] if provider is not None else ports.profiles.values()
    layouts = {layout.id: layout for layout in ports.templates}
    for profile in profiles:
        for layout in profile.layouts:
            layouts.setdefault(layout.id, layout)
    opened = TableReportReader().open(content, name=name)
    found = explain(opened, layouts.values(), provider=provider)
    fits = [fit for fit in map(opened.fit, layouts.values()) if fit.fits]
    return evolve(found, best=tuple(sorted(one.id for one in best_fits(opened, fits)))) if fits else found


def check(ports: Ports, secrets: SecretSource, connection: str | None) -> tuple[CheckFinding, ...]:
    """Look at every connection the actor may see, or at one; only a private temp file is written."""
    require(ports.actor, Right.READ)
    visible = {one.id for one in visible_subsidiaries(ports)}
    wanted = [
        one
        for one in ports.settings.connections
        if one.subsidiary in visible and connection in (None, one.id)
    ]
    if connection is not None and not wanted:
        raise NotFoundError(f"There is no connection {connection}.", where={"connection": connection})
    found = tuple(finding for one in wanted for finding in _check(ports, secrets, one))
    return found if connection is not None else (*_packages(), *found)


def _packages() -> Iterator[CheckFinding]:
    """Name the providers of other packages that could not be loaded."""
    from factoring_core.providers.load import load_warnings

    for warning in load_warnings():
        code, _, message = warning.partition(": ")
        yield CheckFinding(connection=None, level="warning", code=code, message=message)


def _check(ports: Ports, secrets: SecretSource, one: Connection) -> Iterator[CheckFinding]:
    with ports.store.reading(ports.tenant) as tx:
        active = connection_active(tx, one)
    if not active:
        yield _found(one, "warning", "inactive", "it takes no new batches; its reports still apply")
    if one.notice_on(ports.clock.now().date()) is None:
        yield _found(one, "warning", "missing_noa", "no Notice of Assignment is in force today")
    for reference in filter(None, (one.credential, one.api_key)):
        try:
            secrets.resolve(reference)
        except FactoringError as error:
            yield _found(one, "error", str(error.code), error.message)
            return
    if one.report_folder is not None:
        yield from _trying(ports, one, lambda: _listing(ports, one))
    if one.protocol is Protocol.MANUAL:
        yield _found(one, "ok", "manual", "batches are handed over by a person")
    elif one.protocol is Protocol.API:
        yield from _trying(ports, one, lambda: _greeting(ports, one))
    else:
        yield from _trying(ports, one, lambda: _probing(ports, one))


def _trying(
    ports: Ports, one: Connection, ways: Callable[[], Iterator[CheckFinding]]
) -> Iterator[CheckFinding]:
    """Try a way to the factor, and say what kept us from it."""
    try:
        yield from ways()
        forget(ports, one)
    except FactoringError as error:
        # A server that turns the credential down has been reached: that is its refusal.
        remote = isinstance(error, TransportError) or error.code == AUTH_REJECTED
        found = _found(one, "error", str(error.code), error.message, remote=remote)
        yield evolve(found, retryable=error.retryable, remedy=error.remedy)


def _probing(ports: Ports, one: Connection) -> Iterator[CheckFinding]:
    folder = ports.folder(one)
    with noting(ports, one, folder):
        for finding in probe(folder, rename_needed=not one.non_atomic, looking=_readable(ports, one)):
            yield _found(one, finding.level, finding.code, finding.message, remote=finding.remote)


def _greeting(ports: Ports, one: Connection) -> Iterator[CheckFinding]:
    api = ports.api(one)
    with noting(ports, one, api):
        api.greet()
    yield _found(one, "ok", "greeted", "the factor's system lets us in; nothing was offered")


def _listing(ports: Ports, one: Connection) -> Iterator[CheckFinding]:
    folder = ports.report_folder(one)
    with noting(ports, one, folder):
        count = len(folder.list())
    yield _found(one, "ok", "reports_found", f"the folder of reports can be looked into; it holds {count}")


def _readable(ports: Ports, one: Connection) -> bool:
    profile = ports.profiles.get(one.provider)
    return profile is None or profile.readable


def _found(one: Connection, level: str, code: str, message: str, *, remote: bool = False) -> CheckFinding:
    return CheckFinding(connection=one.id, level=level, code=code, message=message, remote=remote)
