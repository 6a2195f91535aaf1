"""Which way leads to the folder of a connection."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol as Interface
from typing import runtime_checkable

from attrs import evolve

from factoring_core.adapters.remote.folder import LocalFolder
from factoring_core.adapters.remote.line import Login, Place
from factoring_core.adapters.remote.names import foreign
from factoring_core.adapters.remote.online import OnlineFolder
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import ConfigurationError, MissingExtraError, UsageError
from factoring_core.ports.report_folder import ReportFolder
from factoring_core.ports.secrets import Secret, SecretSource

PORTS = {Protocol.SFTP: 22, Protocol.SFTP_LEGACY: 22, Protocol.FTPS: 21, Protocol.FTP: 21}


@runtime_checkable
class KeySource(Interface):
    """A source of secrets that also reads private keys, whose lines it keeps."""

    def read_key(self, reference: str) -> Secret:
        """Return the private key that *reference* points to."""
        ...


def open_folder(
    connection: Connection, secrets: SecretSource, *, root: Path | None, blind: bool = False
) -> LocalFolder | OnlineFolder:
    """Return the folder of a connection, by its protocol and no other; nothing is sent yet.

    What can be closed has ``close``; secrets are resolved when a line is opened, not here.

    Args:
        connection: From the settings.
        secrets: Where its references lead.
        root: What a relative ``folder`` of this machine, or ``ca_file``, starts from.
        blind: Nobody may look into the server's folder; a folder of this machine is looked into.

    Raises:
        UsageError: a person hands the batches over, or a factor's system is spoken to.
        ConfigurationError: a setting is missing or impossible.
        MissingExtraError: the protocol's client is not installed.
    """
    if connection.protocol is Protocol.MANUAL:
        raise UsageError(
            f"Connection {connection.id} is manual: a person hands its batches over.",
            remedy="Use `batches files`, then `batches confirm`.",
            where={"connection": connection.id},
        )
    if connection.protocol is Protocol.API:
        raise UsageError(
            f"Connection {connection.id} sends no files: its factor's system is spoken to.",
            where={"connection": connection.id},
        )
    if connection.protocol is Protocol.FOLDER:
        return LocalFolder((root or Path()) / _needed(connection, "folder", connection.folder))
    folder = _online(connection, secrets, root)
    folder.blind = blind
    return folder


def open_reports(connection: Connection, secrets: SecretSource, *, root: Path | None) -> ReportFolder:
    """Return the folder in which a factor leaves its reports; nothing is sent yet.

    It is on the server that batches go to, or a directory of this machine where they go to none.

    Raises:
        ConfigurationError: it is not set, or another setting is missing or impossible.
        MissingExtraError: the protocol's client is not installed.
    """
    protocol = connection.protocol if connection.protocol in PORTS else Protocol.FOLDER
    where = _needed(connection, "report_folder", connection.report_folder)
    folder = open_folder(evolve(connection, protocol=protocol, folder=where), secrets, root=root)
    folder.legal = foreign
    return folder


def _online(connection: Connection, secrets: SecretSource, root: Path | None) -> OnlineFolder:
    place = _place(connection)
    login = _login(connection, secrets)
    if connection.protocol is Protocol.SFTP:
        return _sftp(connection, place, login)
    if connection.protocol is Protocol.SFTP_LEGACY:
        return _sftp_legacy(connection, place, login)
    if connection.private_key is not None:
        raise ConfigurationError(
            f"Connection {connection.id} has a private_key, which {connection.protocol.value} cannot use.",
            where={"connection": connection.id},
        )
    if connection.protocol is Protocol.FTPS:
        from factoring_core.adapters.remote.ftps import FtpsFolder

        ca_file = None if connection.ca_file is None else (root or Path()) / connection.ca_file
        return FtpsFolder(place, login, ca_file=ca_file)
    if not connection.allow_plain_ftp:
        raise ConfigurationError(
            f"Connection {connection.id} would send password and invoices readable.",
            code="plain_ftp",
            remedy="Use ftps, or write allow_plain_ftp = true.",
            where={"connection": connection.id},
        )
    from factoring_core.adapters.remote.ftp import FtpFolder

    return FtpFolder(place, login)


def _sftp(connection: Connection, place: Place, login: Callable[[], Login]) -> OnlineFolder:
    try:
        from factoring_core.adapters.remote.sftp import SftpFolder
    except ModuleNotFoundError as missing:
        if missing.name != "paramiko":
            raise
        raise MissingExtraError("paramiko", "sftp") from None
    return SftpFolder(place, login, host_key=connection.host_key)


def _sftp_legacy(connection: Connection, place: Place, login: Callable[[], Login]) -> OnlineFolder:
    try:
        from factoring_core.adapters.remote.sftp_legacy import LegacySftpFolder
    except ModuleNotFoundError as missing:
        if missing.name != "asyncssh":
            raise
        raise MissingExtraError("asyncssh", "sftp-legacy") from None
    return LegacySftpFolder(place, login, host_key=connection.host_key)


def _place(connection: Connection) -> Place:
    folder = connection.folder or "."
    if not folder.isprintable():
        raise _wrong(connection, "folder", "holds characters that cannot be part of a command")
    return Place(
        connection=connection.id,
        host=_needed(connection, "host", connection.host),
        port=connection.port or PORTS[connection.protocol],
        folder=folder,
    )


def _login(connection: Connection, secrets: SecretSource) -> Callable[[], Login]:
    username = _needed(connection, "username", connection.username)
    if not username.isprintable():
        raise _wrong(connection, "username", "holds characters that cannot be part of a command")
    credential, key = connection.credential, connection.private_key
    if key is None:
        needed = _needed(connection, "credential", credential)
        return lambda: Login(username=username, password=secrets.resolve(needed))

    def with_key() -> Login:
        read = secrets.read_key if isinstance(secrets, KeySource) else secrets.resolve
        passphrase = None if credential is None else secrets.resolve(credential)
        return Login(username=username, private_key=read(key), passphrase=passphrase)

    return with_key


def _needed(connection: Connection, setting: str, value: str | None) -> str:
    if not value:
        raise _wrong(connection, setting, f"is missing; {connection.protocol.value} needs it")
    return value


def _wrong(connection: Connection, setting: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"{setting} of connection {connection.id} {what}.",
        remedy=f"Set {setting}.",
        where={"connection": connection.id, "setting": setting},
    )
