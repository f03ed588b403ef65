"""The first schema, frozen as statements in the files beside this one, and the search index. On PostgreSQL also the
tables of the send workers' job engine, as that engine ships them.

Before the first release packaging/freeze_schema.py writes the files anew; after it they never change.
"""

from pathlib import Path

from alembic import op

from restock_desk.store import search

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    file = Path(__file__).with_name(f"r0001_initial.{connection.dialect.name}.sql")
    for statement in file.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.exec_driver_sql(statement)
    if connection.dialect.name == "postgresql":
        engine = Path(__file__).with_name("r0001_engine.postgresql.sql").read_text(encoding="utf-8")
        connection.connection.cursor().execute(engine)  # functions hold semicolons: all in one go, by the driver
    search.create(connection)
