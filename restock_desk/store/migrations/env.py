"""Alembic's entry: runs the revisions on the connection that `store.upgrade` hands over. No settings are read here."""

from alembic import context

from restock_desk.store.schema import metadata

VERSION_TABLE = "desk_revision"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transaction_per_migration=False,
    transactional_ddl=False,  # the caller's unit is the transaction: all revisions of one upgrade, or none
)
context.run_migrations()
