"""The first schema: every table, index and check of `store.schema`, and the search index."""

from alembic import op

from restock_desk.store import search
from restock_desk.store.schema import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    metadata.create_all(connection)
    search.create(connection)
