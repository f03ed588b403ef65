"""The search index: which rows hold a text anywhere in their search columns.

SQLite: one FTS5 table with trigrams per noun, holding its own copy of the text, written in bulk by `index_*` in the
writer's transaction (triggers are 33 times slower). PostgreSQL: a trigram index where the extension can be had; it
keeps itself. While an index is missing (a big import drops it, then has it rebuilt) searches read the tables.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.exc import DBAPIError

from restock_desk.store.database import Unit
from restock_desk.store.schema import metadata

NOUNS = ("subscriber", "variant")
FIELDS = {
    "subscriber": ("email", "first_name", "last_name", "custom_id"),
    "variant": ("product_title", "title", "sku", "barcode", "vendor"),
}
_FROM = {
    "subscriber": "subscriber t",
    "variant": "variant t left join product p on p.id = t.product_id",
}
_TEXTS = {
    "subscriber": "t.email, t.first_name, t.last_name, coalesce(t.custom_id, '')",
    "variant": "t.product_title, t.title, t.sku, t.barcode, coalesce(p.vendor, '')",
}
TRIGRAM_TEXT = {
    "subscriber": "(email || chr(10) || first_name || chr(10) || last_name || chr(10) || coalesce(custom_id, ''))",
    "variant": "(product_title || chr(10) || title || chr(10) || sku || chr(10) || barcode)",
}
"""What the PostgreSQL index covers, letter for letter: the planner compares expressions."""
_OBTAINABLE = """select count(*) from pg_available_extensions where name = 'pg_trgm'
    and (installed_version is not null or has_database_privilege(current_database(), 'create'))"""


def create(connection: Connection) -> None:
    """Make the empty index of every noun. Called by the first migration and after a drop."""
    for noun in NOUNS:
        _create(connection, noun)


def drop(u: Unit, noun: str) -> None:
    """Take the index away before writing more than a fifth of the rows; `rebuild` makes it again."""
    if u.sqlite:
        u.connection.execute(text(f"drop table if exists {noun}_fts"))
        u.connection.execute(text(f"drop table if exists {noun}_fts_new"))
    else:
        u.connection.execute(text(f"drop index if exists ix_{noun}_trgm"))


def index_subscribers(u: Unit, ids: Iterable[int]) -> None:
    """Bring the index up to date for these rows, new, changed or gone, in the caller's transaction."""
    _index(u, "subscriber", ids)


def index_variants(u: Unit, ids: Iterable[int]) -> None:
    """Bring the index up to date for these rows, new, changed or gone, in the caller's transaction."""
    _index(u, "variant", ids)


def rebuild(u: Unit, noun: str) -> None:
    """Make the whole index again in one transaction: seconds per million rows. `build_step` does it in short ones."""
    drop(u, noun)
    _create(u.connection, noun)
    if u.sqlite:
        u.connection.execute(_insert(noun, f"{noun}_fts", "true"))


def build_step(u: Unit, noun: str, after_id: int, rows: int = 2_000) -> int | None:
    """One short transaction's worth of building a missing SQLite index; the id to go on after, None when it is done.

    Start with `after_id` 0. Rows written meanwhile are kept right by `index_*`. On PostgreSQL one step does it all.
    The first step also makes the indexes that a first load left out: where these are missing, the search index is.
    """
    if not u.sqlite:
        _create(u.connection, noun)
        return None
    if after_id == 0:
        for index in metadata.tables[noun].indexes:
            index.create(u.connection, checkfirst=True)
        u.connection.execute(text(f"drop table if exists {noun}_fts_new"))
        _create(u.connection, noun, "_new")
    ids = list(
        u.connection.scalars(
            text(f"select id from {noun} where id > :after order by id limit :rows"), {"after": after_id, "rows": rows}
        )
    )
    if ids:
        where = "t.id > :after and t.id <= :last"
        # "or replace": rows written meanwhile are in it already
        build = _insert(noun, f"{noun}_fts_new", where, "insert or replace")
        u.connection.execute(build, {"after": after_id, "last": ids[-1]})
        return int(ids[-1])
    u.connection.execute(text(f"drop table if exists {noun}_fts"))
    u.connection.execute(text(f"alter table {noun}_fts_new rename to {noun}_fts"))
    return None


def pending(u: Unit) -> tuple[str, ...]:
    """The nouns whose index is missing and has to be built before searches are quick again."""
    if not u.sqlite and not u.connection.scalar(text(_OBTAINABLE)):
        return ()
    return tuple(noun for noun in NOUNS if not ready(u, noun))


def ready(u: Unit, noun: str) -> bool:
    """Whether searches of this noun can use the index."""
    return _exists(u.connection, f"{noun}_fts" if u.sqlite else f"ix_{noun}_trgm")


def _index(u: Unit, noun: str, ids: Iterable[int]) -> None:
    if not u.sqlite:
        return
    tables = [name for name in (f"{noun}_fts", f"{noun}_fts_new") if _exists(u.connection, name)]
    if not tables:
        return
    for chunk in _chunks(ids, 5_000):
        listed = ",".join(str(int(i)) for i in chunk)
        for name in tables:
            u.connection.exec_driver_sql(f"delete from {name} where rowid in ({listed})")
            u.connection.exec_driver_sql(str(_insert(noun, name, f"t.id in ({listed})")))


def _insert(noun: str, table: str, where: str, verb: str = "insert") -> TextClause:
    fields = ", ".join(FIELDS[noun])
    source = f"select t.id, {_TEXTS[noun]} from {_FROM[noun]} where {where} order by t.id"
    return text(f"{verb} into {table} (rowid, {fields}) {source}")


def _create(connection: Connection, noun: str, suffix: str = "") -> None:
    if connection.dialect.name == "sqlite":
        fields = ", ".join(FIELDS[noun])
        connection.execute(text(f"create virtual table {noun}_fts{suffix} using fts5({fields}, tokenize='trigram')"))
    elif _has_trigrams(connection):
        words = TRIGRAM_TEXT[noun]
        connection.execute(
            text(f"create index if not exists ix_{noun}_trgm on {noun} using gin ({words} gin_trgm_ops)")
        )


def _has_trigrams(connection: Connection) -> bool:
    """Whether pg_trgm is there, after trying to get it. Without it searches read the tables."""
    if connection.scalar(text("select count(*) from pg_extension where extname = 'pg_trgm'")):
        return True
    try:
        with connection.begin_nested():
            connection.execute(text("create extension pg_trgm"))
    except DBAPIError:
        return False
    return True


def _exists(connection: Connection, name: str) -> bool:
    if connection.dialect.name == "sqlite":
        query = "select count(*) from sqlite_master where type = 'table' and name = :name"
    else:
        query = "select count(*) from pg_indexes where schemaname = current_schema() and indexname = :name"
    return bool(connection.scalar(text(query), {"name": name}))


def _chunks(ids: Iterable[int], size: int) -> Iterator[Sequence[int]]:
    rest = iter(ids)
    while chunk := list(islice(rest, size)):
        yield chunk
