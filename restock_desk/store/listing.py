"""Answers to questions about lists: a page, how many, all ids in order, rows by id. Columns are in `listing_columns`.

A page is a late join: ids from an index alone, then only their rows. Every value is bound; names come from the specs.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Column, Select, String, TextClause, and_, func, literal_column, not_, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors
from sqlalchemy.sql.expression import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from restock_desk.domain import listing as lists
from restock_desk.domain.listing import LISTS, Count, Filter, Kind, Listing, Op, Row
from restock_desk.errors import Cancelled, DeskError
from restock_desk.store import matching
from restock_desk.store.database import Unit
from restock_desk.store.listing_columns import SPECS, Expression, Indexed, Spec

FEW = 20_000
"""Hits of a search up to which they are handed back to the database as a list."""
Few = dict[str, matching.Hits | None]
"""By noun, the ids the index finds for the search, at most one more than FEW; None where there is no index."""
_FEW_AFAR = 1_000
_NEAR = 2_000
"""Rows at the beginning of the asked order in which a page is looked for first when there are more hits than that."""
_MANY = 300_000
"""Hits up to which SQLite looks each one up and sorts them; with more it walks the index of the asked order."""
_SOME, _SOON = 500, 100_000
"""How many hits are asked where they stand, and how many rows are walked to meet the first of them."""
_CHUNK = 5_000
_PIECE = 16_384


def page(u: Unit, listing: Listing, offset: int, limit: int) -> list[Row]:
    """`limit` rows from `offset` (from 0) in the asked order. Milliseconds wherever it is in a million rows."""
    spec = _spec(listing)
    few = _few(u, spec, listing)
    walks = False
    first = _near(u, spec, listing, offset + limit, few)
    if first is None:
        walks = _soon(u, spec, listing, few)
        first = None if walks else _merged(u, spec, listing, offset + limit, few)
    if first is not None:
        return rows(u, listing.noun, first[offset:])
    inner = _ids(u, spec, listing, few, walks).offset(max(0, offset)).limit(max(0, limit))
    outer = _rows(spec).where(spec.id.in_(inner)).order_by(*_order(u, spec, listing))
    return [Row(row[0], tuple(row[1:])) for row in u.connection.execute(_joined(spec, outer))]


def count(u: Unit, listing: Listing, cap: int | None = None) -> Count:
    """How many rows there are; with `cap` counting stops there, and `exact` says whether it did not."""
    spec = _spec(listing)
    words = matching.clean(listing.search)
    if words and not listing.filters and not listing.scope and len(spec.search) == 1:
        [only] = spec.search
        own = isinstance(only, Indexed) and only.key is spec.id
        found = matching.hits(u, spec.table.name, words, None if cap is None else cap + 1) if own else None
        if found is not None:
            return Count(found) if cap is None or found <= cap else Count(cap, exact=False)
    where = _where(u, spec, listing, _few(u, spec, listing))
    query = _joined(spec, select(literal_column("1")).select_from(spec.table).where(*where))
    if cap is not None:
        query = query.limit(cap + 1)
    n = int(u.connection.scalar(select(func.count()).select_from(query.subquery())) or 0)
    return Count(n) if cap is None or n <= cap else Count(cap, exact=False)


def ids(u: Unit, listing: Listing, cancelled: Callable[[], bool]) -> "array[int]":
    """All ids in the asked order. Raises Cancelled as soon as `cancelled` says so, also inside SQLite's own work."""
    spec = _spec(listing)
    with _interruptible(u, cancelled):
        few = _few(u, spec, listing)
        listed = matching.in_order(u, _ids(u, spec, listing, few, _walks(u, spec, listing, few)))
    found = array("q")
    begin = 0
    while begin < len(listed):  # in pieces, so that other threads get their turn between them
        if cancelled():
            raise Cancelled
        end = listed.find(",", begin + _PIECE)
        end = len(listed) if end < 0 else end
        found.extend(map(int, listed[begin:end].split(",")))
        begin = end + 1
    return found


def rows(u: Unit, noun: str, ids: Sequence[int]) -> list[Row]:
    """The rows with these ids in the order of `ids`; those that are gone are left out."""
    spec = _spec(Listing(noun))
    found: dict[int, Row] = {}
    for start in range(0, len(ids), _CHUNK):
        query = _joined(spec, _rows(spec).where(matching.among(u, spec.id, ids[start : start + _CHUNK])))
        found |= {row[0]: Row(row[0], tuple(row[1:])) for row in u.connection.execute(query)}
    return [found[i] for i in ids if i in found]


def _spec(listing: Listing) -> Spec:
    spec = SPECS.get(listing.noun)
    if spec is None:
        raise DeskError(f"There is no list called “{listing.noun}”.", f"There are: {', '.join(SPECS)}.")
    return spec


def _rows(spec: Spec) -> Select[Any]:
    return select(spec.id, *(spec.columns[name].label(f"c_{name}") for name in spec.columns))


def _ids(u: Unit, spec: Spec, listing: Listing, few: Few, walks: bool = False) -> Select[Any]:
    """The ids in the asked order. What a search found is looked up and sorted unless SQLite `walks` the order's index.

    Planners do not know where hits stand: a sign before the column or before the id takes the choice from them.
    """
    query = select(spec.id).select_from(spec.table).where(*_where(u, spec, listing, few, walks))
    sorts = not walks and _searched_alone(spec, listing) is not None
    return _joined(spec, query.order_by(*_order(u, spec, listing, indexed=not sorts)))


def _joined(spec: Spec, query: Select[Any]) -> Select[Any]:
    """The query with the joins its columns need, and the joins these need; no other."""
    clauses = [*query.selected_columns, *query._where_criteria, *query._order_by_clauses]
    tables = {c.table for clause in clauses for c in visitors.iterate(clause) if isinstance(c, Column)}
    needed = []
    for table, on in reversed(spec.joins):
        if table in tables:
            needed.append((table, on))
            tables |= {c.table for c in visitors.iterate(on) if isinstance(c, Column)}
    for table, on in reversed(needed):
        query = query.outerjoin(table, on)
    return query


def _order(u: Unit, spec: Spec, listing: Listing, indexed: bool = True) -> list[Expression]:
    """By the asked column, then by id, both in one direction, so that one index serves. Nothing known is least.

    Not `indexed` = the database is to sort, not to read an index in this order.
    """
    down, key = _down(spec, listing), _sort_key(spec, listing)
    if key is spec.id:
        return [spec.id.desc() if down else spec.id.asc()]
    by = key if indexed else _unindexed(u, key)
    first = by.desc() if down else by.asc()
    if not u.sqlite and getattr(key, "nullable", True):
        first = first.nulls_last() if down else first.nulls_first()
    return [first, spec.id.desc() if down else spec.id.asc()]


def _unindexed(u: Unit, key: Expression) -> Expression:
    """The same value in other words, for which no index is made."""
    if not u.sqlite and isinstance(key.type, String):
        return key.concat("")
    return UnaryExpression(key, operator=custom_op("+"))


def _down(spec: Spec, listing: Listing) -> bool:
    return listing.descending if listing.sort else spec.newest_first != listing.descending


def _sort_key(spec: Spec, listing: Listing) -> Expression:
    return _column(spec, listing, listing.sort) if listing.sort else _unasked(spec, listing)


def _unasked(spec: Spec, listing: Listing) -> Expression:
    for name, _ in listing.scope:
        if name in spec.scoped_order:
            return spec.scoped_order[name]
    return spec.id if spec.order == "id" else spec.columns[spec.order]


def _column(spec: Spec, listing: Listing, name: str) -> Expression:
    if name not in spec.columns:
        raise DeskError(f"The list “{listing.noun}” has no column “{name}”.", f"It has: {', '.join(spec.columns)}.")
    return spec.columns[name]


def _where(u: Unit, spec: Spec, listing: Listing, few: Few, walks: bool = False) -> list[Expression]:
    conditions = [] if spec.fixed is None else [spec.fixed]
    for name, value in listing.scope:
        if name not in spec.scope:
            raise DeskError(f"The list “{listing.noun}” cannot be narrowed to one {name}.")
        conditions.append(spec.scope[name] == int(value))
    for one in listing.filters:
        conditions.append(_condition(u, spec, listing, one))
    words = matching.clean(listing.search)
    if words:
        alone = _searched_alone(spec, listing) is not None
        conditions.append(or_(*(_part(u, part, words, alone, walks, few) for part in spec.search)))
    return conditions


def _few(u: Unit, spec: Spec, listing: Listing) -> Few:
    words = matching.clean(listing.search)
    parts = [part for part in spec.search if isinstance(part, Indexed)] if words else []
    return {part.noun: matching.few(u, part.noun, words, _most(u) + 1) for part in parts}


def _most(u: Unit) -> int:
    """Hits up to which a list of them goes to the database and back: a server is asked for them again sooner."""
    return FEW if u.sqlite else min(FEW, _FEW_AFAR)


def _part(
    u: Unit, part: Indexed | Expression, words: str, alone: bool, walks: bool, few: Few
) -> Expression | TextClause:
    if not isinstance(part, Indexed):
        return matching.found(u, [part], words)
    hits = few[part.noun]
    if hits is not None and hits.n <= _most(u):
        return matching.among(u, part.key, hits)
    # Beside filters and in a scope PostgreSQL reads rows in the asked order, where many hits are soon enough.
    here = matching.in_place(u, part.noun, words) if alone else None
    if here is not None:
        return here
    found = matching.indexed(u, part.noun, part.key + 0 if walks else part.key, words) if u.sqlite or alone else None
    return matching.found(u, part.texts(words), words) if found is None else found


def _searched_alone(spec: Spec, listing: Listing) -> Indexed | None:
    """The one index that answers a search of the list itself, in an order that has an index, too; else None."""
    if not matching.clean(listing.search) or listing.filters or listing.scope or len(spec.search) != 1:
        return None
    [only] = spec.search
    own = isinstance(only, Indexed) and only.key is spec.id and _sorted_by_index(spec, listing)
    return only if own and isinstance(only, Indexed) else None


def _many(u: Unit, spec: Spec, listing: Listing, few: Few) -> tuple[Indexed, matching.Hits] | None:
    """The index and the hits of a search alone that are too many to be handed back as a list; else None."""
    only = _searched_alone(spec, listing)
    hits = few[only.noun] if only is not None else None
    return (only, hits) if only is not None and hits is not None and hits.n > _most(u) else None


def _walks(u: Unit, spec: Spec, listing: Listing, few: Few) -> bool:
    """Whether SQLite finds all ids sooner by asking of each row in order whether it is a hit than by sorting hits."""
    many = _many(u, spec, listing, few)
    if not u.sqlite or many is None:
        return False
    return (matching.hits(u, many[0].noun, matching.clean(listing.search), _MANY + 1) or 0) > _MANY


def _soon(u: Unit, spec: Spec, listing: Listing, few: Few) -> bool:
    """Whether SQLite meets the first of many hits sooner by walking the asked order's index than by sorting them all.

    A guess by where the first of some hits stand: they may be anywhere, or all at the end of the order.
    """
    many = _many(u, spec, listing, few)
    if not u.sqlite or many is None:
        return False
    some = matching.Hits(_SOME, ",".join(many[1].listed.split(",", _SOME)[:_SOME]))
    key, down = _sort_key(spec, listing), _down(spec, listing)
    early = select(key).where(matching.among(u, spec.id, some)).order_by(*_order(u, spec, listing, indexed=False))
    edge = u.connection.scalar(early.offset(1).limit(1))
    if edge is None:
        return not down
    before: Select[Any] = select(literal_column("1")).where(key >= edge if down else key <= edge).limit(_SOON + 1)
    return int(u.connection.scalar(select(func.count()).select_from(before.subquery())) or 0) <= _SOON


def _near(u: Unit, spec: Spec, listing: Listing, wanted: int, few: Few) -> list[int] | None:
    """The first ids of a search with many hits, if so many are among the first rows in the asked order; else None."""
    words, many = matching.clean(listing.search), _many(u, spec, listing, few)
    if many is None or wanted > _NEAR // 4:
        return None
    texts = many[0].texts(words)
    inner = select(spec.id, *(t.label(f"t{i}") for i, t in enumerate(texts))).select_from(spec.table)
    order = _order(u, spec, listing)
    first = _joined(spec, inner.order_by(*order).limit(_NEAR)).subquery()
    # A limited sub-select is handed on in its own order; an order by out here would make SQLite read all of it first.
    query = select(first.c.id).where(matching.found(u, [first.c[f"t{i}"] for i in range(len(texts))], words))
    found = list(u.connection.scalars(query.limit(wanted)))
    return found if len(found) == wanted else None


def _merged(u: Unit, spec: Spec, listing: Listing, wanted: int, few: Few) -> list[int] | None:
    """The first of many ids that one or two letters find, from the ranges of the columns searched; else None."""
    many = _many(u, spec, listing, few)
    if many is None or wanted > _NEAR // 4:
        return None
    key, words = _sort_key(spec, listing), matching.clean(listing.search)
    return matching.first(u, many[0].noun, words, key.name, _down(spec, listing), wanted)


def _sorted_by_index(spec: Spec, listing: Listing) -> bool:
    key = _sort_key(spec, listing)
    return key is spec.id or any(next(iter(index.columns)) is key for index in spec.table.indexes)


def _condition(u: Unit, spec: Spec, listing: Listing, one: Filter) -> Expression:
    column = _column(spec, listing, one.column)
    described = next(c for c in LISTS[listing.noun] if c.name == one.column)
    if one.op not in lists.OPERATORS[described.kind]:
        raise DeskError(f"“{described.title}” cannot be filtered with “{one.op}”.", "Choose another operator.")
    if one.op in (Op.EMPTY, Op.FILLED):
        empty = or_(column.is_(None), column == "") if described.kind is Kind.TEXT else column.is_(None)
        return empty if one.op is Op.EMPTY else not_(empty)
    if described.kind is Kind.TEXT:
        return _text(u, spec, column, one)
    if described.kind is Kind.CHOICE:
        return _choice(spec, column, described, one)
    if described.kind is Kind.BOOL:
        return column.is_(_yes(one.value))
    if described.kind is Kind.INSTANT:
        at, span = _instant(one.value)
        return column < at if one.op is Op.LESS else column >= at + span
    number = _whole(one.value) if described.kind is Kind.INT else _number(one.value)
    if one.op is Op.IS_NOT:
        return or_(column != number, column.is_(None))
    return {Op.IS: column == number, Op.LESS: column < number, Op.MORE: column > number}[one.op]


def _text(u: Unit, spec: Spec, column: Expression, one: Filter) -> Expression:
    words = matching.clean(one.value)
    known = func.coalesce(column, "")
    if one.op is Op.IS_NOT:
        return not_(matching.equals(u, known, words))
    test = {Op.CONTAINS: matching.contains, Op.STARTS: matching.starts, Op.IS: matching.equals}[one.op](u, known, words)
    noun = spec.table.name
    if u.sqlite and noun == "subscriber" and one.column in ("email", "first_name", "last_name", "custom_id"):
        near = matching.few(u, noun, words, _most(u) + 1, one.column)
        if near is not None and near.n <= _most(u):
            return and_(matching.among(u, spec.id, near), test)
    return test


def _choice(spec: Spec, column: Expression, described: lists.Column, one: Filter) -> Expression:
    if described.choices and one.value not in described.choices:
        raise DeskError(f"“{one.value}” is not a value of “{described.title}”.", ", ".join(described.choices) + ".")
    if one.op is Op.IS_NOT:
        return or_(column != one.value, column.is_(None))
    hint = spec.hints.get((one.column, one.value))
    return column == one.value if hint is None else and_(column == one.value, hint)


def _whole(value: str) -> int:
    try:
        number = int(value.strip().replace(" ", ""))
    except ValueError as error:
        raise DeskError(f"“{value}” is not a whole number.", "Write digits only, such as 12.") from error
    if abs(number) >= 2**63:
        raise DeskError(f"“{value}” is too large a number.", "Write a smaller one.")
    return number


def _number(value: str) -> Decimal:
    try:
        number = Decimal(value.strip().replace(" ", "").replace(",", "."))
    except InvalidOperation as error:
        raise DeskError(f"“{value}” is not a number.", "Write a number such as 19.90.") from error
    if not number.is_finite() or abs(number) > 10**14:
        raise DeskError(f"“{value}” is not an amount.", "Write a number such as 19.90.")
    return number


def _instant(value: str) -> tuple[datetime, timedelta]:
    """The moment meant and how long it lasts: a day for a date, nothing for a time. Without an offset it is UTC."""
    try:
        if len(value.strip()) == 10:
            return datetime.combine(date.fromisoformat(value.strip()), time(), UTC), timedelta(days=1)
        at = datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise DeskError(f"“{value}” is not a date.", "Write a date such as 2026-03-01.") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)), timedelta(microseconds=1)


def _yes(value: str) -> bool:
    low = value.strip().lower()
    if low not in ("yes", "no", "true", "false", "1", "0"):
        raise DeskError(f"“{value}” is neither yes nor no.", "Write yes or no.")
    return low in ("yes", "true", "1")


@contextmanager
def _interruptible(u: Unit, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Lets SQLite ask every few milliseconds whether to stop."""
    raw = u.connection.connection.dbapi_connection
    if not u.sqlite or raw is None:
        yield
        return
    raw.set_progress_handler(lambda: 1 if cancelled() else 0, 100_000)
    try:
        yield
    except DBAPIError as error:
        if cancelled():
            raise Cancelled from error
        raise
    finally:
        raw.set_progress_handler(None, 0)
