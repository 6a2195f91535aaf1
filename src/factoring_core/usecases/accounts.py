"""Through which connection a subsidiary sells now, and what is known of its provider."""

from attrs import frozen

from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import ConfigurationError, NotFoundError
from factoring_core.ports.storage import ConnectionState, Reading
from factoring_core.usecases.ports import Ports


@frozen(kw_only=True)
class Account:
    """The active connection of a subsidiary, if there is one, and those it has left behind.

    ``draining``: connections that take no new batches and have some.
    """

    connection: Connection | None
    profile: ProviderProfile | None
    draining: tuple[str, ...] = ()


def connection_active(tx: Reading, connection: Connection) -> bool:
    """Say whether a connection takes new batches; a command's word counts over the settings'."""
    state = tx.get(ConnectionState, connection.id)
    return connection.active if state is None else state.active


def account_of(tx: Reading, ports: Ports, subsidiary: str) -> Account:
    """Return the account through which *subsidiary* sells now.

    Raises:
        ConfigurationError: two connections are active.
    """
    own = [one for one in ports.settings.connections if one.subsidiary == subsidiary]
    active = [one for one in own if connection_active(tx, one)]
    if len(active) > 1:
        names = " and ".join(one.id for one in active)
        raise ConfigurationError(
            f"Subsidiary {subsidiary} has two active connections, {names}.",
            remedy="Deactivate all but one with `connections deactivate`.",
            where={"subsidiary": subsidiary},
        )
    used = {batch.connection for batch in tx.find(Batch, subsidiary=subsidiary)}
    connection = active[0] if active else None
    return Account(
        connection=connection,
        profile=None if connection is None else profile_of(ports, connection.provider),
        draining=tuple(sorted(used - {one.id for one in active})),
    )


def profile_of(ports: Ports, provider: str) -> ProviderProfile:
    """Return the profile of *provider*.

    Raises:
        ConfigurationError: there is none.
    """
    profile = ports.profiles.get(provider)
    if profile is None:
        raise ConfigurationError(f"There is no provider {provider}.", where={"provider": provider})
    return profile


def connection_named(ports: Ports, name: str) -> Connection:
    """Return the connection of this id.

    Raises:
        NotFoundError: there is none within the actor's scope.
    """
    for one in ports.settings.connections:
        if one.id == name and ports.actor.sees(one.subsidiary):
            return one
    raise NotFoundError(f"There is no connection {name}.", where={"connection": name})


def connection_of_batch(ports: Ports, batch: Batch) -> Connection | None:
    """Return the connection a batch belongs to; None where the settings name it no more."""
    return next((one for one in ports.settings.connections if one.id == batch.connection), None)


def refuse_unspoken(ports: Ports, connection: Connection) -> None:
    """Let a connection pass over which a batch can be delivered today; nothing is sent.

    Raises:
        NotAvailableError: nobody here knows how its factor's system is spoken to.
        ConfigurationError, MissingExtraError: what speaking to it needs is missing.
    """
    if connection.protocol is Protocol.API:
        ports.api(connection)
