"""The account that a batch is sent to: what is found on another one says nothing of it."""

import posixpath

from attrs import frozen

from factoring_core.domain.vocabulary.parties import Connection, Protocol

_FAMILIES = {Protocol.SFTP_LEGACY: Protocol.SFTP, Protocol.FTPS: Protocol.FTP}


@frozen(kw_only=True)
class Account:
    """Where a batch was begun to be sent: server, name and folder; no secret.

    ``server``: host and port, or the address of a factor's system.  ``key``: the pinned key, by which a
    server is the same one wherever it has moved to.
    """

    way: str
    server: str
    key: str = ""
    username: str = ""
    folder: str = ""


def account_at(connection: Connection) -> Account:
    """Return the account that a connection's settings name now."""
    family = _FAMILIES.get(connection.protocol, connection.protocol)
    host = f"{connection.host or ''}:{connection.port or ''}".lower()
    return Account(
        way=family.value,
        server=connection.base_url or host,
        key=connection.host_key or "",
        username=connection.username or "",
        folder=posixpath.normpath(connection.folder or "."),
    )


def same_account(one: Account, other: Account) -> bool:
    """Say whether two are one: a server may have a new address or a new key, not both at once."""
    alike = (one.way, one.username, one.folder) == (other.way, other.username, other.folder)
    return alike and (one.server == other.server or (one.key != "" and one.key == other.key))
