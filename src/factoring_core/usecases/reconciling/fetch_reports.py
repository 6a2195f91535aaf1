"""Picking up the reports that a factor leaves in a folder: when they are whole, and each once.

A file is taken when two looks, some time apart, found the same bytes, or when a marker beside it
says that it is done.  It is renamed there only after what it says is in the books: whatever breaks
between the two, the next look finds it again and sees that it is known.
"""

import hashlib
from collections.abc import Collection

from attrs import frozen

from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.errors import (
    DeliveryInDoubtError,
    FactoringError,
    InputError,
    LimitExceededError,
    RemoteRefusedError,
)
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.ports.report_folder import ReportFolder
from factoring_core.ports.storage import LookedAt
from factoring_core.usecases.accounts import connection_named
from factoring_core.usecases.logins import one_try
from factoring_core.usecases.passing import may_pass
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.apply_report import apply_report
from factoring_core.usecases.results import FetchedFile, FetchResult, Reason, ReportResult

SETTLE_SECONDS = 60
"""How far apart two looks have to be that find the same bytes."""
ENDINGS = (".csv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
"""How the name of a report ends; nothing else is looked into."""
APPLIED = ".applied"
"""How the name of a report ends that was taken."""
LARGEST = 256 * 2**20
"""Bytes; a report has no more."""
_MOST_NAMES = 99
_PATIENCE = 60.0


def fetch_reports(ports: Ports, connection: str) -> FetchResult:
    """Apply the reports that lie ready in the folder of a connection, active or draining.

    Safe at any time and from several machines: a report is known by what it says, and of two who
    take one the second finds it known.  A file that is refused stays there, and does not stop the
    others.

    Raises:
        AccessError: needs billing for the subsidiary.
        NotFoundError: there is no such connection.
        ConfigurationError: it has no folder of reports.
        UnreachableError, RemoteRefusedError, CredentialError: the folder cannot be looked into.
        StorageError: our own store failed; nothing is half applied.
    """
    one = connection_named(ports, connection)
    require(ports.actor, Right.BILLING, one.subsidiary)
    folder = ports.report_folder(one)
    with one_try(ports, one, folder):
        listed = ports.retry(folder.list, again=may_pass, seconds=_PATIENCE)
    names = {file.name for file in listed}
    own = _own_names(ports, one)
    files: list[FetchedFile] = []
    waiting: list[Reason] = []
    ignored: list[str] = []
    for at, file in enumerate(listed):
        ports.progress("fetching", at, len(listed))
        if file.name in own or not _may_be_report(file.name):
            if not _ours(file.name, own, one):
                ignored.append(file.name)
            continue
        found = _look(ports, one, folder, file, names)
        if isinstance(found, FetchedFile):
            files.append(found)
        elif isinstance(found, Reason):
            waiting.append(found)
        elif found is not None:
            files.append(_take(ports, one, folder, file.name, found, names))
    ports.progress("fetching", len(listed), len(listed))
    _forget_gone(ports, one, names)
    return FetchResult(
        connection=one.id,
        subsidiary=one.subsidiary,
        files=tuple(files),
        waiting=tuple(waiting),
        ignored=tuple(ignored),
    )


def _own_names(ports: Ports, connection: Connection) -> frozenset[str]:
    """Return the names of what we sent ourselves, which may lie in the same folder."""
    with ports.store.reading(ports.tenant) as tx:
        batches = tx.find(Batch, subsidiary=connection.subsidiary)
    return frozenset(file.name for batch in batches for file in batch.files)


def _may_be_report(name: str) -> bool:
    return name.lower().endswith(ENDINGS) and not name.startswith(".")


def _ours(name: str, own: Collection[str], connection: Connection) -> bool:
    """Say whether a name that is no report is one that nobody has to be told of."""
    marker = connection.report_done
    marks = marker is not None and name.endswith(marker)
    return name in own or marks or name.endswith((APPLIED, ".part")) or name.startswith(".")


def _look(
    ports: Ports, connection: Connection, folder: ReportFolder, file: RemoteFile, names: Collection[str]
) -> bytes | FetchedFile | Reason | None:
    """Return the bytes of a settled file, why it is not settled or cannot be read, or None if it is gone."""
    marker = connection.report_done
    if marker is not None and file.name + marker not in names:
        return Reason(code="not_done", message=f"{file.name} has no {file.name}{marker} beside it yet.")
    if file.size > LARGEST:
        too_large = LimitExceededError(f"{file.name} is larger than {LARGEST // 2**20} MiB.")
        return FetchedFile(name=file.name, error=too_large, stays="refused")
    try:
        content = ports.retry(lambda: folder.read(file.name), again=may_pass, seconds=_PATIENCE)
    except RemoteRefusedError as refused:
        if refused.code == "no_such_file":
            return None  # somebody took it since it was listed
        return FetchedFile(name=file.name, error=refused, stays="refused")
    if marker is not None or _settled(ports, connection, file.name, content):
        return content
    return Reason(
        code="not_settled",
        message=f"{file.name} is taken when a look {SETTLE_SECONDS} seconds or more from now finds the same.",
    )


def _settled(ports: Ports, connection: Connection, name: str, content: bytes) -> bool:
    """Say whether an earlier look, long enough ago, found the same bytes; remember this one if not."""
    sha256 = hashlib.sha256(content).hexdigest()
    with ports.store.transaction(ports.tenant) as tx:
        now, known = tx.time(), tx.get(LookedAt, connection.id, name)
        if known is not None and (known.sha256, known.scale) == (sha256, now.scale):
            return now.ms - known.first_ms >= SETTLE_SECONDS * 1000
        tx.put(LookedAt(connection=connection.id, name=name, sha256=sha256, scale=now.scale, first_ms=now.ms))
    return False


def _take(
    ports: Ports,
    connection: Connection,
    folder: ReportFolder,
    name: str,
    content: bytes,
    names: Collection[str],
) -> FetchedFile:
    try:
        report = apply_report(
            ports, content, name=name, subsidiary=connection.subsidiary, connection=connection.id
        )
    except InputError as refused:
        return FetchedFile(name=name, error=refused, stays="refused")
    archived = _archive(ports, folder, name, report)
    marker = connection.report_done
    if archived.name is not None and marker is not None and name + marker in names:
        _archive(ports, folder, name + marker, report)
    return FetchedFile(name=name, report=report, archived_as=archived.name, stays=archived.why)


@frozen
class _Archived:
    """Under which name a file was put aside, or why it was not."""

    name: str | None
    why: str = ""


def _archive(ports: Ports, folder: ReportFolder, name: str, report: ReportResult) -> _Archived:
    """Give a report a name that is not looked at again; a folder that may only be read stays as it is."""
    for number in range(1, _MOST_NAMES + 1):
        again = "" if number == 1 else f".{number}"
        new = f"{name}.{report.report_id}{again}{APPLIED}"
        try:
            folder.rename(name, new)
        except DeliveryInDoubtError:
            pass  # looked for below
        except RemoteRefusedError as refused:
            if refused.code == "name_taken":
                continue
            if refused.code != "no_such_file":
                return _Archived(None, f"it cannot be renamed there: {refused.message}")
        except FactoringError as error:
            return _Archived(None, f"it could not be renamed: {error.message}")
        try:
            there = folder.stat(name) is not None
        except FactoringError as error:
            return _Archived(None, f"whether it was renamed is not known: {error.message}")
        return _Archived(None, "it is still there under its old name") if there else _Archived(new)
    return _Archived(None, "it came too often")


def _forget_gone(ports: Ports, connection: Connection, names: Collection[str]) -> None:
    """Forget the looks at files that are gone or were taken."""
    with ports.store.reading(ports.tenant) as tx:
        known = tx.find(LookedAt, connection=connection.id)
    gone = [one for one in known if one.name not in names]
    if gone:
        with ports.store.transaction(ports.tenant) as tx:
            for one in gone:
                tx.remove(LookedAt, one.connection, one.name)
