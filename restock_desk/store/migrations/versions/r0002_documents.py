"""Templates may be documents, and blocks of them are kept under names.

The statements are written out: a revision says for ever what it said on the day it was made.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_SAVED_BLOCK = """
CREATE TABLE saved_block (
    id {id} NOT NULL,
    uid VARCHAR(40) NOT NULL,
    number INTEGER NOT NULL,
    name VARCHAR(200) NOT NULL,
    node TEXT NOT NULL,
    archived BOOLEAN DEFAULT false NOT NULL,
    author TEXT DEFAULT '' NOT NULL,
    saved_at BIGINT NOT NULL,
    CONSTRAINT pk_saved_block PRIMARY KEY (id),
    CONSTRAINT uq_saved_block_uid_number UNIQUE (uid, number)
)
"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ALTER TABLE template_version ALTER COLUMN kind TYPE VARCHAR(16)")
    made = _SAVED_BLOCK.format(id="BIGSERIAL" if connection.dialect.name == "postgresql" else "INTEGER")
    connection.exec_driver_sql(made.strip())
