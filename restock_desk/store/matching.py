"""Texts as conditions: contains, starts with, is; without regard to case, with every character taken literally.

SQLite folds the case of ASCII letters only, so its patterns are written for GLOB with both cases of each letter.
Which ids the index of `search` finds is asked here too; when to ask it is decided in `listing`.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    TextClause,
    any_,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    text,
)

from restock_desk.store import search
from restock_desk.store.database import Unit

Expression = ColumnElement[Any]
_LONGEST = 2_000
_LAST = "\U0010ffff"
_PREFIXES = {
    "subscriber": (("email", False), ("first_name", False), ("last_name", False), ("custom_id", False)),
    "variant": (("sku_key", True), ("product_title", False)),
}
"""Indexed columns at whose start one or two letters are looked for; True = stored case-folded."""


def clean(words: str) -> str:
    """The words as they can be looked for: composed, without outer blanks and what no database can hold."""
    kept = "".join(c for c in words if c != "\0" and not "\ud800" <= c <= "\udfff")
    return unicodedata.normalize("NFC", kept).strip()[:_LONGEST]


def contains(u: Unit, where: Expression, words: str) -> Expression:
    return _glob(where, f"*{_classes(words)}*") if u.sqlite else where.ilike(f"%{_escaped(words)}%", escape="\\")


def starts(u: Unit, where: Expression, words: str) -> Expression:
    return _glob(where, f"{_classes(words)}*") if u.sqlite else where.ilike(f"{_escaped(words)}%", escape="\\")


def equals(u: Unit, where: Expression, words: str) -> Expression:
    return _glob(where, _classes(words)) if u.sqlite else where.ilike(_escaped(words), escape="\\")


def found(u: Unit, columns: Sequence[Expression], words: str) -> Expression:
    """What a search means: one of the columns holds three letters or more anywhere, or begins with fewer."""
    test = contains if len(words) >= 3 else starts
    return or_(*(test(u, where, words) for where in columns))


@dataclass(frozen=True)
class Hits:
    """Ids the index found, written one after another with commas: they are handed back without being read."""

    n: int
    listed: str


def few(u: Unit, noun: str, words: str, most: int, field: str = "") -> Hits | None:
    """The ids of `noun` the index finds, at most `most` of them; None where no index can be asked."""
    asked = _ids(u, noun, words, field, counting=True)
    if asked is None:
        return None
    query, values = asked
    n, found = u.connection.execute(text(_listed(u, f"{query} limit {int(most)}")), values).one()
    return Hits(int(n), found or "")


def in_order(u: Unit, query: Select[Any]) -> str:
    """All ids of an ordered query, with commas between them. The database makes one value of them: handing over a
    million rows would take four times as long, and the interpreter would be held for it."""
    ids = query.limit(-1 if u.sqlite else None).subquery()  # the limit keeps SQLite from leaving the order out
    joined = func.group_concat(ids.c.id) if u.sqlite else func.string_agg(cast(ids.c.id, Text), ",")
    return u.connection.scalar(select(joined)) or ""


def hits(u: Unit, noun: str, words: str, most: int | None) -> int | None:
    """How many rows of `noun` the index finds, counted up to `most`; None where no index can be asked."""
    asked = _ids(u, noun, words, "", counting=True)
    if asked is None:
        return None
    query, values = asked
    limited = "" if most is None else f" limit {int(most)}"
    counted = f"select count(*) from (select 1 from ({query}) hit{limited}) counted"
    return int(u.connection.scalar(text(counted), values) or 0)


def indexed(u: Unit, noun: str, key: Expression, words: str) -> Expression | None:
    """`key` is among the ids the index finds; None where no index can be asked."""
    asked = _ids(u, noun, words, "", counting=False)
    if asked is None:
        return None
    query, values = asked
    return key.in_(select(text(query).bindparams(**values).columns(column("id")).subquery().c.id))


def first(u: Unit, noun: str, words: str, order: str, down: bool, most: int) -> list[int] | None:
    """The first ids that one or two letters find, in the order of a column; None where the index is not asked so.

    Each range gives its own first ones: that of the ordered column at once, the others without being sorted whole.
    """
    if len(words) >= 3 or not u.sqlite:
        return None
    ranges, values = _ranges(noun, words)
    by = "by_value desc, id desc" if down else "by_value, id"
    values_of = f"select id, {order} as by_value from {noun}"
    each = (f"select * from ({values_of} where {one} order by {by} limit {most})" for one in ranges)
    query = f"select id from ({' union '.join(each)}) either order by {by} limit {most}"
    return list(u.connection.scalars(text(query), values))


def in_place(u: Unit, noun: str, words: str) -> TextClause | None:
    """The search as a condition on rows of `noun` itself, as PostgreSQL's index serves it; None where there is none.

    It spares the way from each hit back to its row. Products are searched by their vendor, too, which is elsewhere.
    """
    if u.sqlite or noun != "subscriber" or not search.ready(u, noun):
        return None
    if len(words) < 3:
        condition, values = _beginning(noun, words)
    else:
        condition, values = f"{search.TRIGRAM_TEXT[noun]} ilike :words escape '\\'", {"words": f"%{_escaped(words)}%"}
    return text(f"({condition})").bindparams(**values)


def among(u: Unit, key: Expression, ids: Sequence[int] | Hits) -> Expression:
    """`key` is one of `ids`, however many, bound as one value."""
    if not u.sqlite:
        known = [int(i) for i in ids.listed.split(",") if i] if isinstance(ids, Hits) else list(ids)
        return key == any_(literal(known, ARRAY(BigInteger)))
    listed = ids.listed if isinstance(ids, Hits) else ",".join(str(int(i)) for i in ids)
    values = func.json_each(f"[{listed}]").table_valued("value")
    return key.in_(select(values.c.value))


def _ids(u: Unit, noun: str, words: str, field: str, counting: bool) -> tuple[str, dict[str, str]] | None:
    """A query of ids and its values. `counting`: each id once and with as little work as a limit allows."""
    if len(words) < 3 and (field or u.sqlite):
        return None if field else _short(noun, words, counting)
    if not search.ready(u, noun):
        return None
    if u.sqlite:
        name = f"{noun}_{field}_words"
        quoted = '"' + words.replace('"', '""') + '"'
        query = f"select rowid as id from {noun}_fts where {noun}_fts match :{name}"
        return query, {name: f"{{{field}}} : {quoted}" if field else quoted}
    if field:
        return None
    if len(words) < 3:
        condition, values = _beginning(noun, words)
        return f"select id from {noun} where {condition} offset 0", values
    name = f"{noun}_words"
    # Offset 0 is a fence: without it the planner walks the primary key and tests every row.
    query = f"select id from {noun} where {search.TRIGRAM_TEXT[noun]} ilike :{name} escape '\\'"
    if noun == "variant":
        vendor = (
            f"select v.id from variant v join product p on p.id = v.product_id where p.vendor ilike :{name} escape '\\'"
        )
        query = f"select id from ({query} union {vendor}) either"
    return f"{query} offset 0", {name: f"%{_escaped(words)}%"}


def _beginning(noun: str, words: str) -> tuple[str, dict[str, str]]:
    """PostgreSQL's index knows which words begin with one or two letters; which columns do is looked up."""
    name, searched = f"{noun}_start", search.TRIGRAM_TEXT[noun]
    columns = " or ".join(f"{one} ilike :{name} escape '\\'" for one, _ in _PREFIXES[noun])
    near = f"{searched} ilike :{name} escape '\\' or {searched} ilike :{name}_inside escape '\\'"
    start = f"{_escaped(words)}%"
    return f"({near}) and ({columns})", {name: start, f"{name}_inside": f"%\n{start}"}


def _short(noun: str, words: str, counting: bool) -> tuple[str, dict[str, str]]:
    """Ids in ranges of the indexed columns."""
    ranges, values = _ranges(noun, words)
    if counting:
        return f"select id from {noun} where {' or '.join(ranges)}", values
    return " union all ".join(f"select id from {noun} where {one}" for one in ranges), values


def _ranges(noun: str, words: str) -> tuple[list[str], dict[str, str]]:
    """Conditions that an index serves, one for each column and way to write the letters, and their values."""
    ranges: list[str] = []
    values: dict[str, str] = {}
    for name, folded in _PREFIXES[noun]:
        for number, prefix in enumerate([words.casefold()] if folded else _ways(words)):
            low, high = f"{noun}_{name}_{number}_low", f"{noun}_{name}_{number}_high"
            ranges.append(f"({name} >= :{low} and {name} < :{high})")
            values |= {low: prefix, high: prefix + _LAST}
    return ranges, values


def _listed(u: Unit, query: str) -> str:
    joined = "group_concat(id)" if u.sqlite else "string_agg(id::text, ',')"
    return f"select count(*), {joined} from (select id from ({query}) hit) found"


def _ways(words: str) -> list[str]:
    return sorted({"".join(way) for way in product(*(_cases(letter) for letter in words))})


def _cases(letter: str) -> list[str]:
    cases = {letter, letter.lower(), letter.upper(), letter.title()}
    return sorted(case for case in cases if len(case) == 1)


def _classes(words: str) -> str:
    """A GLOB pattern for the words in any case, with nothing in it that GLOB would take for a wildcard."""
    parts = []
    for letter in words:
        cases = _cases(letter)
        parts.append(f"[{''.join(cases)}]" if len(cases) > 1 or letter in "*?[" else letter)
    return "".join(parts)


def _glob(where: Expression, pattern: str) -> Expression:
    return where.op("glob", is_comparison=True)(pattern)


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
