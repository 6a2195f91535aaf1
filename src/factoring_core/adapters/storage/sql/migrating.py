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


def is_fresh(connection: Connection, schema: str | None = None) -> bool:
    """Say whether nothing of ours is in the database, or in *schema* of it, yet."""
    ours = {name for name in inspect(connection).get_table_names(schema) if name.startswith(PREFIX)}
    return ours <= {VERSION_TABLE} and revision(connection, schema) is None


def revision(connection: Connection, schema: str | None = None) -> str | None:
    """Return the name of the last step the store has taken, or None."""
    if not inspect(connection).has_table(VERSION_TABLE, schema):
        return None
    options = {"schema_translate_map": {None: schema}}
    return connection.execute(select(_VERSION.c.version_num), execution_options=options).scalar_one_or_none()


def check(connection: Connection, schema: str | None = None) -> None:
    """Let a store pass that is of this version.

    Raises:
        MigrationRequiredError: it is older, newer or unknown; both versions are named.
    """
    held = revision(connection, schema)
    if held == REVISIONS[-1]:
        return
    if held in REVISIONS:
        raise MigrationRequiredError(
            f"The store is of version {held}, which is older than {REVISIONS[-1]} of this program.",
            remedy="Make a backup, then bring it up to date with upgrade_store.",
            where={"store": held, "program": REVISIONS[-1]},
        )
    raise _unknown(held)


def upgrade(connection: Connection, schema: str | None = None) -> tuple[str, ...]:
    """Take every step that is missing; returns their names.

    With *schema*, tables that are named without one have to be made and found there.

    Raises:
        MigrationRequiredError: the store has taken a step that is not known here.
    """
    held = revision(connection, schema)
    taken = 0 if held is None and is_fresh(connection, schema) else _place(held)
    steps = REVISIONS[taken:]
    if steps:
        from alembic import command

        command.upgrade(config(connection, schema), steps[-1])
    return steps


def config(connection: Connection, schema: str | None = None) -> "Config":
    """Return alembic's configuration for work inside the transaction of *connection*."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes.update(connection=connection, schema=schema)
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
