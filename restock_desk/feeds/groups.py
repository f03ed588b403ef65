"""Rows of one product brought together: in order where they stand together, at the end where they are scattered."""

from collections.abc import Iterator

from restock_desk.domain.imports import Rejected
from restock_desk.feeds.table import Row, Table


def grouped(table: Table, place: int) -> Iterator[list[Row] | Rejected]:
    """Rows that share the cell at `place`. A blank cell is a group of its own.

    The file is walked twice; memory holds one number per product, and the rows of scattered products only.
    """
    scattered = _scattered(table, place)
    waiting: dict[str, list[Row]] = {}
    group: list[Row] = []
    current = ""
    for item in table.rows():
        if isinstance(item, Rejected):
            yield item
            continue
        key = item[1][place].strip()
        if hash(key) in scattered:
            waiting.setdefault(key, []).append(item)
            continue
        if group and (key != current or not key):
            yield group
            group = []
        current = key
        group.append(item)
    if group:
        yield group
    yield from waiting.values()


def _scattered(table: Table, place: int) -> set[int]:
    seen: set[int] = set()
    again: set[int] = set()
    current = ""
    for item in table.rows():
        if isinstance(item, Rejected):
            continue
        key = item[1][place].strip()
        if key and key != current:
            mark = hash(key)
            if mark in seen:
                again.add(mark)
            seen.add(mark)
        current = key
    return again
