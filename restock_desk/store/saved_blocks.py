"""Blocks that are kept under names: rows that never change, a new one for each save."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from restock_desk.domain.document import reading
from restock_desk.domain.document.saved import SavedBlock
from restock_desk.domain.document.tree import Node, freeze
from restock_desk.domain.templates import TemplateKind
from restock_desk.store import schema
from restock_desk.store.database import Unit

_B = schema.saved_block.c


@dataclass(frozen=True)
class Record:
    """The newest version of a block as the list of all shows it."""

    block: SavedBlock
    author: str
    saved_at: datetime
    archived: bool


def save(u: Unit, id: str, name: str, node: Node, author: str, now: datetime) -> SavedBlock:
    """Write the next version of a block; a new block for an id nobody has."""
    last = select(func.coalesce(func.max(_B.number), 0)).where(_B.uid == id)
    number = int(u.connection.execute(last).scalar_one()) + 1
    text = json.dumps(reading.plain_node(node), ensure_ascii=False, separators=(",", ":"))
    values = {"uid": id, "number": number, "name": name, "node": text, "author": author, "saved_at": now}
    u.connection.execute(insert(schema.saved_block).values(**values))
    return SavedBlock(id, name, number, node)


def block(u: Unit, id: str, version: int | None) -> SavedBlock | None:
    """One version, or the newest; also of an archived block: what was used stays."""
    query = select(schema.saved_block).where(_B.uid == id).order_by(_B.number.desc()).limit(1)
    row = u.connection.execute(query.where(_B.number == version) if version else query).first()
    return _block(row) if row else None


def newest(u: Unit) -> list[SavedBlock]:
    """The newest version of each that is not archived, by name."""
    return [_block(row) for row in u.connection.execute(_newest().where(~_B.archived))]


def records(u: Unit) -> list[Record]:
    """The same, archived ones too, with who saved it and when."""
    return [Record(_block(row), row.author, row.saved_at, row.archived) for row in u.connection.execute(_newest())]


def archive(u: Unit, id: str, archived: bool = True) -> bool:
    """Take a block out of the list, or put it back; False when there is none."""
    done = u.connection.execute(update(schema.saved_block).where(_B.uid == id).values(archived=archived))
    return bool(done.rowcount)


def sources(u: Unit) -> list[tuple[int, str, str]]:
    """Templates whose newest version shows saved blocks: number, name, and the document that says which."""
    v, t = schema.template_version.c, schema.template.c
    query = select(t.id, t.name, v.source).join_from(schema.template, schema.template_version, v.id == t.version_id)
    shown = query.where(
        ~t.archived, v.kind == TemplateKind.DOCUMENT.value, v.source.contains('"saved:', autoescape=True)
    )
    return [(row.id, row.name, row.source) for row in u.connection.execute(shown.order_by(t.name))]


def _newest() -> Select[Any]:
    last = select(_B.uid, func.max(_B.number).label("number")).group_by(_B.uid).subquery()
    query = select(schema.saved_block).join(last, (last.c.uid == _B.uid) & (last.c.number == _B.number))
    return query.order_by(_B.name, _B.uid)


def _block(row: Row[Any]) -> SavedBlock:
    return SavedBlock(row.uid, row.name, row.number, reading.node_of(freeze(json.loads(row.node))))
