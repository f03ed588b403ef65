"""One condition, three answers that agree: plain Python, the template sandbox, the database."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, Float, MetaData, String, Table, Text, select

from restock_desk.domain import conditions
from restock_desk.domain.conditions import Condition
from restock_desk.domain.money import Money
from restock_desk.errors import DeskError
from restock_desk.rendering import conditions as jinja
from restock_desk.rendering import run
from restock_desk.rendering.environment import HTML, TEXT
from restock_desk.rendering.identity import Identity
from restock_desk.store import Store
from restock_desk.store import conditions as sql
from restock_desk.store.conditions import Source
from restock_desk.store.schema import Amount, Instant
from tests.documents import MOMENTS, TEXTS, Maker

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDENTITY = Identity("k", b"k" * 32, NOW)
KINDS = ("text", "whole", "number", "money", "instant", "flag")
PATHS = tuple(f"row.{kind}" for kind in KINDS)
ROWS = Table(
    "conditioned", MetaData(), Column("id", BigInteger, primary_key=True),
    Column("text", Text), Column("folded", Text), Column("whole", BigInteger), Column("number", Float(53)),
    Column("money", Amount), Column("currency", String(3)), Column("instant", Instant), Column("flag", Boolean),
)  # fmt: skip
SOURCES: Mapping[str, Source] = {
    "row.text": Source("text", ROWS.c.text, folded=ROWS.c.folded),
    "row.whole": Source("whole", ROWS.c.whole),
    "row.number": Source("number", ROWS.c.number),
    "row.money": Source("money", ROWS.c.money, currency=ROWS.c.currency),
    "row.instant": Source("instant", ROWS.c.instant),
    "row.flag": Source("flag", ROWS.c.flag),
}


def _rows() -> list[dict[str, Any]]:
    """Values that meet, just miss or lack what conditions ask for."""
    wholes, numbers = (-1, 0, 2, 5, 10**14), (-2.5, 0.0, 0.1, 0.5, 3.0)
    amounts = (Decimal("19.90"), Decimal(0), Decimal(5), Decimal("5.0001"))
    moments = [conditions.instant(text) for text in MOMENTS]
    made = []
    for n in range(48):
        made.append({
            "text": _picked(TEXTS, n), "whole": _picked(wholes, n), "number": _picked(numbers, n),
            "money": _picked(amounts, n), "currency": ("EUR", "USD")[n // 4 % 2],
            "instant": _picked(moments, n), "flag": _picked((True, False), n),
        })  # fmt: skip
    return made


def _picked(values: Sequence[Any], n: int) -> Any:
    return None if n % 7 == 6 else values[n % len(values)]


def _context(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the context of a mail: what is NULL is missing in every other row, else None."""
    money = row["money"]
    values = {**{kind: row[kind] for kind in KINDS}, "money": money and Money(money, row["currency"], "dear")}
    if money == 0:
        values["money"] = Money(money, row["currency"], "free")
    return {"row": {kind: values[kind] for kind in KINDS if values[kind] is not None or row["currency"] == "EUR"}}


@pytest.fixture
def filled(store: Store) -> Store:
    with store.unit() as u:
        ROWS.create(u.connection)
        folded = [{**row, "folded": None if row["text"] is None else conditions.fold(row["text"])} for row in _rows()]
        u.connection.execute(ROWS.insert(), [{"id": n, **row} for n, row in enumerate(folded)])
        u.commit()
    return store


def _by_sql(store: Store, tree: Condition) -> set[int]:
    with store.reading() as u:
        return set(u.connection.scalars(select(ROWS.c.id).where(sql.expression(tree, SOURCES, NOW))))


def _by_jinja(tree: Condition, escapes: bool) -> set[int]:
    words = "{% if " + jinja.expression(tree) + " %}y{% endif %}"
    template = (HTML if escapes else TEXT).from_string(words)
    mark = run.enter(run.Run(IDENTITY, "en", "UTC"))
    try:
        return {n for n, row in enumerate(_rows()) if template.render(_context(row)) == "y"}
    finally:
        run.leave(mark)


def _by_python(tree: Condition) -> set[int]:
    return {n for n, row in enumerate(_rows()) if conditions.holds(tree, _context(row), NOW)}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**40))
def test_the_three_agree_on_every_tree_and_every_row(filled: Store, seed: int) -> None:
    tree = conditions.checked(Maker(seed).tree(PATHS))
    expected = _by_python(tree)
    assert _by_sql(filled, tree) == expected
    assert _by_jinja(tree, escapes=seed % 2 == 0) == expected
    for n, row in enumerate(_rows()):
        reason = conditions.explain(tree, _context(row), NOW)
        assert reason.holds == (n in expected)
        assert reason.leaf is None or reason.leaf in conditions.leaves(tree)


@pytest.mark.parametrize("op", conditions.OPERATORS)
def test_every_operator_meets_some_rows_and_misses_some(filled: Store, op: str) -> None:
    wanted: Any = {
        "in": ["GOLD", "é"], "nin": ["GOLD"], "between": [0, 3], "contains": "O", "starts": "str", "ends": "SSE",
        "matches": "g?l*", "eq": "strasse", "ne": "é",
    }.get(op, 2)  # fmt: skip
    path = "row.text" if isinstance(wanted, str) or op in ("in", "nin") else "row.whole"
    leaf = {"var": path, "op": op} | ({} if op in conditions.ALONE else {"value": wanted})
    tree = conditions.checked(leaf)
    found = _by_python(tree)
    assert 0 < len(found) < 48
    assert found == _by_sql(filled, tree) == _by_jinja(tree, escapes=True)


def test_a_field_the_database_does_not_have_is_a_sentence(sqlite_store: Store) -> None:
    tree = conditions.checked({"var": "row.shoe", "op": "set"})
    with pytest.raises(DeskError, match="nothing that can be asked"):
        sql.expression(tree, SOURCES, NOW)
