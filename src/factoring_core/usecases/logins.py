"""One try for a credential: one that a server refused is not offered again until it is another one.

Accounts are locked for less.  A person may have it tried once more with `factoring check`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.errors import CredentialError
from factoring_core.ports.storage import RefusedLogin
from factoring_core.usecases.books import audit
from factoring_core.usecases.ports import Ports

AUTH_REJECTED = "auth_rejected"
_SALT_BYTES = 16


class Door(Protocol):
    """Where a credential is shown: a folder, or a factor's system."""

    def credential_mark(self, salt: str) -> str:
        """Return by what the credential can be recognised, and not guessed."""
        ...


@contextmanager
def one_try(ports: Ports, connection: Connection, door: Door) -> Iterator[None]:
    """Do what is done within unless the credential is one that was refused; note when it is now.

    Raises:
        CredentialError: code ``auth_rejected``; before anything is sent where that is known.
    """
    with ports.store.reading(ports.tenant) as tx:
        known = tx.get(RefusedLogin, connection.id)
    if known is not None and door.credential_mark(known.salt) == known.mark:
        raise CredentialError(
            f"The server of connection {connection.id} has refused this credential; it is not tried again.",
            code=AUTH_REJECTED,
            stage="login",
            remedy="Change it, or have it tried once more with `factoring check`.",
            where={"connection": connection.id, "refused_at": known.at.isoformat()},
        )
    with noting(ports, connection, door):
        yield


@contextmanager
def noting(ports: Ports, connection: Connection, door: Door) -> Iterator[None]:
    """Write down when what is done within ends with a refused credential."""
    try:
        yield
    except CredentialError as error:
        if error.code == AUTH_REJECTED:
            _note(ports, connection, door)
        raise


def _note(ports: Ports, connection: Connection, door: Door) -> None:
    salt = ports.chance.token(_SALT_BYTES)
    refused = RefusedLogin(
        connection=connection.id, salt=salt, mark=door.credential_mark(salt), at=ports.clock.now()
    )
    with ports.store.transaction(ports.tenant) as tx:
        tx.put(refused)
        audit(tx, ports, "refused_login", connection.id, subsidiary=connection.subsidiary)


def forget(ports: Ports, connection: Connection) -> None:
    """Take back that a credential was refused: it has been taken since."""
    with ports.store.reading(ports.tenant) as tx:
        if tx.get(RefusedLogin, connection.id) is None:
            return
    with ports.store.transaction(ports.tenant) as tx:
        tx.remove(RefusedLogin, connection.id)
