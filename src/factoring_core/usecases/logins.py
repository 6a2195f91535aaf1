"""One try for a credential: one that a server refused is not offered again until it is another one.

Accounts are locked for less.  A person may have it tried once more with `factoring check`.  Each new
one has a version, which attempts at sending name in the trail: a credential may be changed at any
time, and whatever logs in next uses the new one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from attrs import evolve

from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.errors import CredentialError
from factoring_core.ports.storage import KnownCredential
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
def one_try(ports: Ports, connection: Connection, door: Door) -> Iterator[int | None]:
    """Do what is done within unless the credential is one that was refused; note when it is now.

    Yields the version of the credential; None where nobody logs in.

    Raises:
        CredentialError: code ``auth_rejected``; before anything is sent where that is known.
    """
    known = _known(ports, connection)
    if known is not None or _logs_in(connection):
        known = _seen(ports, connection, door, known)
    if known is not None and known.refused_at is not None:
        raise CredentialError(
            f"The server of connection {connection.id} has refused this credential; it is not tried again.",
            code=AUTH_REJECTED,
            stage="login",
            remedy="Change it, or have it tried once more with `factoring check`.",
            where={"connection": connection.id, "refused_at": known.refused_at.isoformat()},
        )
    with noting(ports, connection, door):
        yield None if known is None else known.version


@contextmanager
def noting(ports: Ports, connection: Connection, door: Door) -> Iterator[None]:
    """Write down when what is done within ends with a refused credential."""
    try:
        yield
    except CredentialError as error:
        if error.code == AUTH_REJECTED:
            _note(ports, connection, door)
        raise


def forget(ports: Ports, connection: Connection) -> None:
    """Take back that a credential was refused: it has been taken since."""
    known = _known(ports, connection)
    if known is not None and known.refused_at is not None:
        with ports.store.transaction(ports.tenant) as tx:
            tx.put(evolve(known, refused_at=None))


def _known(ports: Ports, connection: Connection) -> KnownCredential | None:
    with ports.store.reading(ports.tenant) as tx:
        return tx.get(KnownCredential, connection.id)


def _logs_in(connection: Connection) -> bool:
    return any((connection.credential, connection.private_key, connection.api_key))


def _seen(
    ports: Ports, connection: Connection, door: Door, known: KnownCredential | None
) -> KnownCredential | None:
    """Return the credential that is used now, of a new version if it is another; None if nobody logs in."""
    if known is not None:
        mark = door.credential_mark(known.salt)
        if mark in ("", known.mark):
            return known if mark == known.mark else None
    seen = _next(ports, connection, door, known)
    if not seen.mark:
        return None
    with ports.store.transaction(ports.tenant) as tx:
        tx.put(seen)
        if known is not None:
            detail = {"version": seen.version}
            audit(tx, ports, "new_credential", connection.id, subsidiary=connection.subsidiary, **detail)
    return seen


def _next(ports: Ports, connection: Connection, door: Door, known: KnownCredential | None) -> KnownCredential:
    salt = ports.chance.token(_SALT_BYTES)
    return KnownCredential(
        connection=connection.id,
        version=1 if known is None else known.version + 1,
        salt=salt,
        mark=door.credential_mark(salt),
        since=ports.clock.now(),
    )


def _note(ports: Ports, connection: Connection, door: Door) -> None:
    known = _known(ports, connection)
    if known is None or door.credential_mark(known.salt) != known.mark:
        known = _next(ports, connection, door, known)
    with ports.store.transaction(ports.tenant) as tx:
        tx.put(evolve(known, refused_at=ports.clock.now()))
        detail = {"version": known.version}
        audit(tx, ports, "refused_login", connection.id, subsidiary=connection.subsidiary, **detail)
