"""What the store has to know about a kind of database; one module for each keeps it."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Protocol

from sqlalchemy import Connection, Table

from factoring_core.adapters.storage.sql.writing import Writing
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import StorageError


class Backend(Protocol):
    """Everything that only one kind of database needs."""

    def __hash__(self) -> int: ...

    one_writer: ClassVar[bool]
    """Whether writers wait for each other anyway, so that they may as well queue up with us."""
    driver_error: ClassVar[type[Exception]]
    """What the driver raises where SQLAlchemy does not stand between, as when it connects."""

    parameter: ClassVar[str]
    """What stands for a parameter in a statement."""

    @property
    def schema(self) -> str | None:
        """The schema that our tables live in; None where the database finds them by itself."""
        ...

    def dialect(self) -> Any:
        """Return a dialect that writes parameters by position."""
        ...

    def insert(self, table: Any) -> Any:
        """Return an insert that knows ``on_conflict_do_update``."""
        ...

    def options(self, *, writing: bool) -> dict[str, Any]:
        """Return what SQLAlchemy has to know of a transaction before it begins."""
        ...

    def begin(self, connection: Connection, patience: float) -> None:
        """Settle what holds for one transaction of ours, which has just begun."""
        ...

    def name_tenant(self, connection: Connection, tenant: str) -> None:
        """Say for whom a transaction is, to a database that can keep tenants apart by itself."""
        ...

    def take_turn(self, connection: Connection, tenant: str) -> None:
        """Wait until no other transaction writes for this tenant, and keep others waiting."""
        ...

    def begin_steps(self, connection: Connection) -> None:
        """Prepare a transaction that makes or changes tables, and keep others from doing the same."""
        ...

    def sign(self, connection: Connection, tenant: str) -> str | None:
        """Write down an id of this transaction, to be found if the answer to its commit is lost.

        None where a commit cannot end without an answer.
        """
        ...

    def signed(self, connection: Connection, tenant: str, id_: str) -> bool:
        """Say whether the transaction of this id was committed; *connection* has the tenant's turn."""
        ...

    def write(self, connection: Connection, how: Writing, rows: Iterator[list[Any]], count: int) -> None:
        """Carry out a statement for each of *count* rows, which come in blocks."""
        ...

    def time(self, connection: Connection) -> StoreTime:
        """Return the present instant by a clock that all who use the database share."""
        ...

    def lost(self, error: BaseException) -> bool:
        """Say whether an error of the driver means that the connection is gone."""
        ...

    def error(self, error: BaseException) -> StorageError | None:
        """Return what an error of the driver means; None where another row has the key."""
        ...

    def damage(self, connection: Connection, tables: Iterable[Table]) -> list[str]:
        """Look through everything and return what is wrong."""
        ...

    def state_sizes(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Tell the planner what it needs to know about tables that are still empty."""
        ...
