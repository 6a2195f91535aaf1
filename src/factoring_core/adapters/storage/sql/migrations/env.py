"""Called by alembic: takes the steps on the connection it is handed, inside its transaction."""

from alembic import context

from factoring_core.adapters.storage.sql.migrating import VERSION_TABLE
from factoring_core.adapters.storage.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    version_table_schema=context.config.attributes["schema"],
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
