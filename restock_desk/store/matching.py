"""Texts as conditions: contains, starts with, is; without regard to case, with every character taken literally.

SQLite folds the case of ASCII letters only, so its patterns are written for GLOB with both cases of each letter.
Which ids the index of `search` finds is asked here too; when to ask it is decided in `listing`.
"""

import unicodedata
from collections.abc import Sequence
from itertools import product
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, any_, column, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from restock_desk.store import search
from restock_desk.store.database import Unit

Expression = ColumnElement[Any]
_LONGEST = 2_000
_LAST = "\U0010ffff"
_PREFIXES = {
    "subscriber": (("email_key", True), ("first_name", False), ("last_name", False), ("custom_id", False)),
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


def few(u: Unit, noun: str, words: str, most: int, field: str = "") -> list[int] | None:
    """The ids of `noun` the index finds, at most `most` of them; None where no index can be asked."""
    asked = _ids(u, noun, words, field, counting=True)
    if asked is None:
        return None
    query, values = asked
    return list(u.connection.scalars(text(f"select id from ({query}) hit limit {int(most)}"), values))


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


def among(u: Unit, key: Expression, ids: Sequence[int]) -> Expression:
    """`key` is one of `ids`, however many, bound as one value."""
    if not u.sqlite:
        return key == any_(literal(list(ids), ARRAY(BigInteger)))
    listed = func.json_each("[" + ",".join(str(int(i)) for i in ids) + "]").table_valued("value")
    return key.in_(select(listed.c.value))


def _ids(u: Unit, noun: str, words: str, field: str, counting: bool) -> tuple[str, dict[str, str]] | None:
    """A query of ids and its values. `counting`: each id once and with as little work as a limit allows."""
    if len(words) < 3:
        return _short(noun, words, counting) if u.sqlite and not field else None
    if not search.ready(u, noun):
        return None
    if u.sqlite:
        name = f"{noun}_{field}_words"
        quoted = '"' + words.replace('"', '""') + '"'
        query = f"select rowid as id from {noun}_fts where {noun}_fts match :{name}"
        return query, {name: f"{{{field}}} : {quoted}" if field else quoted}
    if field:
        return None
    name = f"{noun}_words"
    # Offset 0 is a fence: without it the planner walks the primary key and tests every row.
    query = f"select id from {noun} where {search.TRIGRAM_TEXT[noun]} ilike :{name} escape '\\'"
    if noun == "variant":
        vendor = (
            f"select v.id from variant v join product p on p.id = v.product_id where p.vendor ilike :{name} escape '\\'"
        )
        query = f"select id from ({query} union {vendor}) either"
    return f"{query} offset 0", {name: f"%{_escaped(words)}%"}


def _short(noun: str, words: str, counting: bool) -> tuple[str, dict[str, str]]:
    """Ranges over the indexed columns, one for each way to write the letters."""
    ranges: list[str] = []
    values: dict[str, str] = {}
    for name, folded in _PREFIXES[noun]:
        for number, prefix in enumerate([words.casefold()] if folded else _ways(words)):
            low, high = f"{noun}_{name}_{number}_low", f"{noun}_{name}_{number}_high"
            ranges.append(f"({name} >= :{low} and {name} < :{high})")
            values |= {low: prefix, high: prefix + _LAST}
    if counting:
        return f"select id from {noun} where {' or '.join(ranges)}", values
    return " union all ".join(f"select id from {noun} where {one}" for one in ranges), values


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
