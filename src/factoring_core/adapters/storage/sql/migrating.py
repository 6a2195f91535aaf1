"""The version of a store, and the steps from one version to the next.

The steps are alembic revisions, shipped in ``migrations``.  A store names the last one it has
taken; opening it compares that name with ours and needs alembic only if there are steps to take.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from factoring_core.adapters.storage.sql.tables import PREFIX
from factoring_core.errors import MigrationRequiredError

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = ("0001",)
"""Every step there is, in order; the last is the version of this code."""

VERSION_TABLE = PREFIX + "version"

_VERSION = Table(VERSION_TABLE, MetaData(), Column("version_num", Text))


def is_fresh(connection: Connection) -> bool:
    """Say whether nothing of ours is in the database yet."""
    ours = {name for name in inspect(connection).get_table_names() if name.startswith(PREFIX)}
    return ours <= {VERSION_TABLE} and revision(connection) is None


def revision(connection: Connection) -> str | None:
    """Return the name of the last step the store has taken, or None."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()


def check(connection: Connection) -> None:
    """Let a store pass that is of this version.

    Raises:
        MigrationRequiredError: it is older, newer or unknown; both versions are named.
    """
    held = revision(connection)
    if held == REVISIONS[-1]:
        return
    if held in REVISIONS:
        raise MigrationRequiredError(
            f"The store is of version {held}, which is older than {REVISIONS[-1]} of this program.",
            remedy="Make a backup, then bring it up to date with upgrade_store.",
            where={"store": held, "program": REVISIONS[-1]},
        )
    raise _unknown(held)


def upgrade(connection: Connection) -> tuple[str, ...]:
    """Take every step that is missing; returns their names.

    Raises:
        MigrationRequiredError: the store has taken a step that is not known here.
    """
    held = revision(connection)
    taken = 0 if held is None and is_fresh(connection) else _place(held)
    steps = REVISIONS[taken:]
    if steps:
        from alembic import command

        command.upgrade(config(connection), steps[-1])
    return steps


def config(connection: Connection) -> "Config":
    """Return alembic's configuration for work inside the transaction of *connection*."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def _place(held: str | None) -> int:
    if held is None or held not in REVISIONS:
        raise _unknown(held)
    return REVISIONS.index(held) + 1


def _unknown(held: str | None) -> MigrationRequiredError:
    said = "says no version" if held is None else f"is of version {held}, which this program does not know"
    return MigrationRequiredError(
        f"The store {said}; the program is of version {REVISIONS[-1]}.",
        remedy="Use the version of factoring_core that made the store.",
        where={"store": held, "program": REVISIONS[-1]},
    )
