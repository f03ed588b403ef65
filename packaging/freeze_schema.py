"""Wrote the statements of the first revision from `store.schema`, while that was the only one.

There are later ones now: a change to the schema is a new revision in store/migrations/versions. This stays for the
engine's tables and as the record of how the first was made; it refuses to run over what is frozen.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from procrastinate.schema import SchemaManager
from sqlalchemy import make_url
from sqlalchemy.schema import CreateIndex, CreateTable

from restock_desk.store import upgrade
from restock_desk.store.schema import metadata

FOLDER = Path(__file__).parents[1] / "restock_desk" / "store" / "migrations" / "versions"


def statements(url: str) -> str:
    """Every CREATE statement of the schema in that dialect."""
    dialect = make_url(url).get_dialect()()
    made: list[str] = []
    for table in metadata.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        made += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    lines = ["\n".join(line.rstrip() for line in one.strip().splitlines()) for one in made]
    return "".join(f"{one};\n\n" for one in lines)


def engine() -> str:
    """The job engine's own tables, for PostgreSQL, as the locked version ships them."""
    lines = SchemaManager.get_schema().strip().splitlines()
    return "\n".join(line.rstrip() for line in lines) + "\n"


def main() -> None:
    if upgrade.head() != "0001":
        raise SystemExit("The first revision is frozen. Write a new one in restock_desk/store/migrations/versions.")
    (FOLDER / "r0001_engine.postgresql.sql").write_text(engine(), encoding="utf-8")
    for url in ("sqlite://", "postgresql+psycopg://"):
        path = FOLDER / f"r0001_initial.{url.split(':')[0].split('+')[0]}.sql"
        path.write_text(statements(url), encoding="utf-8")
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    main()
