"""Opening an office: over a home folder, or over what a host brings itself."""

import posixpath
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from factoring_core.adapters.blobs.folder import FolderBlobs
from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.chance.system import SystemChance
from factoring_core.adapters.clocks.running import RunningTimer
from factoring_core.adapters.clocks.system import SystemClock
from factoring_core.adapters.remote.api.open_api import open_api
from factoring_core.adapters.remote.open_remote import open_folder, open_reports
from factoring_core.adapters.reports.loads_file import TableLoadsReader
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.adapters.secrets.sources import SecretReferences
from factoring_core.adapters.settings.toml_settings import read_settings
from factoring_core.adapters.storage import open_store
from factoring_core.adapters.workers.locked import LockedWorker
from factoring_core.domain.vocabulary.actors import EVERYBODY, Actor, Role
from factoring_core.domain.vocabulary.parties import Connection, Settings
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import (
    AccessError,
    ConfigurationError,
    DocumentError,
    LimitExceededError,
    NotFoundError,
    StorageError,
    UsageError,
)
from factoring_core.ports.blobs import BlobStore
from factoring_core.ports.clock import Clock
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.secrets import SecretSource
from factoring_core.ports.storage import SettingsRecord, Store
from factoring_core.providers.load import all_profiles, templates
from factoring_core.providers.own_layouts import with_own_layouts
from factoring_core.usecases.configure import overlay
from factoring_core.usecases.ports import Ports
from factoring_core.wiring.doors import ApiOpener, Doors, FolderOpener
from factoring_core.wiring.late import LateBinder, LateDrawer, late_likeness, late_retry
from factoring_core.wiring.office import Office

SETTINGS_FILE = "factoring.toml"
STORE_FILE = "factoring.db"
BLOB_FOLDER = "files"
LAYOUT_FOLDER = "layouts"
WORKER_FOLDER = "workers"


def open_office(
    home: str | Path | None = None,
    *,
    settings: Settings | str | None = None,
    store: Store | None = None,
    store_url: str | None = None,
    blobs: BlobStore | None = None,
    clock: Clock | None = None,
    secrets: SecretSource | None = None,
    folder: FolderOpener | None = None,
    api: ApiOpener | None = None,
    tenant: str | None = None,
    actor: Actor | str | None = None,
    two_persons: bool = False,
) -> Office:
    """Open an office over a home folder, or over the parts a host brings.

    Args:
        home: The folder with `factoring.toml`, the SQLite store, the stored files and layouts of
            one's own; made ready on first use.  Without it, *settings*, *store* and *blobs* are needed; blobs
            default to memory.
        settings: Settings, or the text of a `factoring.toml`, in place of the home's.
        store, blobs, clock, secrets: The host's own, in place of ours.
        store_url: A database URL in place of the home's SQLite file, such as
            ``postgresql://host/database?schema=factoring``.
        folder: Opens the remote folder of a connection, in place of ours.
        api: Opens the way into the system of a connection's factor, in place of ours: for those
            whose way of speaking only their partners know.
        tenant: Must be the one of the settings where both say one.
        actor: Who acts: a value, or a name of the settings' actors.
        two_persons: Whether clearing a doubt takes a second person (`Office.settle`).

    Raises:
        ConfigurationError: no or wrong settings.
        AccessError: the settings list actors and this is none of them.
        StorageError: the store cannot be opened.
    """
    root = Path(home) if home is not None else None
    profiles = all_profiles()
    if root is not None:
        profiles = with_own_layouts(profiles, root / LAYOUT_FOLDER)
    found = _settings(root, settings, profiles)
    if tenant is not None and tenant != found.tenant:
        raise UsageError(f"The settings are of tenant {found.tenant}, not {tenant}.")
    who = _actor(found, actor)
    opened = store if store is not None else _store(root, store_url)
    try:
        with opened.reading(found.tenant) as tx:
            found = overlay(found, tx.find(SettingsRecord))
    except BaseException:
        if store is None:
            opened.close()
        raise
    secrets = secrets if secrets is not None else SecretReferences(folder=root)
    clock = clock if clock is not None else SystemClock()
    ports = Ports(
        tenant=found.tenant,
        actor=who,
        two_persons=two_persons,
        settings=found,
        store=opened,
        blobs=blobs if blobs is not None else _blobs(root),
        clock=clock,
        timer=RunningTimer(),
        worker=LockedWorker(None if root is None else root / WORKER_FOLDER),
        retry=late_retry,
        likeness=late_likeness,
        profiles=profiles,
        templates=templates(),
        reports=TableReportReader(),
        loads=TableLoadsReader(),
        binder=LateBinder(),
        drawer=LateDrawer(),
        chance=SystemChance(),
        folder=folder or Doors(_folders(root, secrets, profiles)),
        api=api or Doors(_apis(secrets, clock)),
        report_folder=Doors(lambda one: open_reports(one, secrets, root=root)),
    )
    return Office(ports, secrets=secrets)


def _folders(
    root: Path | None, secrets: SecretSource, profiles: Mapping[str, ProviderProfile]
) -> FolderOpener:
    def opened(connection: Connection) -> RemoteFolder:
        blind = not profiles[connection.provider].readable
        return open_folder(connection, secrets, root=root, blind=blind)

    return opened


def _apis(secrets: SecretSource, clock: Clock) -> ApiOpener:
    return lambda connection: open_api(connection, secrets, now=clock.now)


def _settings(
    root: Path | None, given: Settings | str | None, profiles: Mapping[str, ProviderProfile]
) -> Settings:
    if isinstance(given, Settings):
        return given
    if given is not None:
        return read_settings(given, file="settings", provider_ids=profiles)
    if root is None:
        raise UsageError("An office needs a home folder or settings.")
    file = root / SETTINGS_FILE
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError as missing:
        raise ConfigurationError(
            f"There is no {SETTINGS_FILE} in {root}.",
            remedy="Run `factoring init`, or name the home with --home.",
            where={"home": str(root)},
        ) from missing
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ConfigurationError(f"{file} cannot be read as UTF-8 text.") from unreadable
    return read_settings(text, file=SETTINGS_FILE, provider_ids=profiles)


def _actor(settings: Settings, given: Actor | str | None) -> Actor:
    """Find who acts; where actors are listed, nobody else does."""
    if isinstance(given, Actor):
        return given
    if settings.actors is None:
        return EVERYBODY if given is None else Actor(name=given, roles=EVERYBODY.roles, billing=True)
    for one in settings.actors:
        if one.name == given:
            return Actor(
                name=one.name,
                roles=frozenset(Role(role) for role in one.roles),
                billing="billing" in one.permissions,
                subsidiaries=None if one.subsidiaries is None else frozenset(one.subsidiaries),
            )
    who = f"{given} is none of the actors" if given else "No actor was named"
    raise AccessError(f"{who} of these settings.", remedy="Name one with --actor.")


def _store(root: Path | None, url: str | None) -> Store:
    if url is not None:
        return open_store(url)
    if root is None:
        raise UsageError("An office without a home needs a store.")
    return open_store(root / STORE_FILE)


def _blobs(root: Path | None) -> BlobStore:
    return MemoryBlobs() if root is None else FolderBlobs(root / BLOB_FOLDER)


DOCUMENT_LIMIT = 25 * 2**20
"""Bytes that one document may have."""


def read_document(folder: Path, path: str) -> bytes:
    """Read one document that a loads file names, by its path relative to the file.

    The path may be written with either kind of slash.  Links inside *folder* are the host's own
    affair; what a file of loads says may not lead out of it.

    Raises:
        DocumentError: the path is absolute or leaves the folder.
        NotFoundError: it is not there or not a plain file.
        LimitExceededError: it is larger than a document may be.
    """
    relative = PurePosixPath(posixpath.normpath(path.replace("\\", "/")))
    if relative.is_absolute() or PureWindowsPath(path).drive or relative.parts[:1] == ("..",):
        raise DocumentError("the path leads out of the folder of the file", code="outside_folder")
    file = folder / relative
    try:
        if not file.is_file():
            raise NotFoundError("it is not there, or is not a file")
        with file.open("rb") as opened:
            content = opened.read(DOCUMENT_LIMIT + 1)
    except (OSError, ValueError) as error:
        raise NotFoundError(f"it cannot be read: {type(error).__name__}") from error
    if len(content) > DOCUMENT_LIMIT:
        raise LimitExceededError(f"it is larger than {DOCUMENT_LIMIT // 2**20} MiB")
    return content


def write_files(folder: Path, files: list[tuple[str, bytes]]) -> None:
    """Write files into *folder*, which is made if absent; the same bytes again change nothing.

    Raises:
        StorageError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files:
            target = folder / name
            part = folder / f".{name}.part"
            part.write_bytes(content)
            part.replace(target)
    except OSError as error:
        raise StorageError(f"{folder} cannot be written to: {error}.") from error
