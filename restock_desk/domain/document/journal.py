"""The crash journal's lines: a head with the document as it was, then one line a step, each JSON. Reading bears the end
of a file that was being written when everything stopped."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from restock_desk.domain.document import operations, reading
from restock_desk.domain.document.operations import Operation
from restock_desk.domain.document.tree import Document, DocumentFault

FORM = 1
LINE_LIMIT = 8 * 1024 * 1024


@dataclass(frozen=True)
class Recovered:
    """What a journal holds: the document as far as it can be told, from which base, after how many steps.

    `whole` False = something at the end could not be read. `template`: the template's number; 0 = a saved block, whose
    id the document has.
    """

    document: Document
    base: Document
    steps: int
    began_at: datetime
    last_at: datetime
    template: int = 0
    whole: bool = True


def head(document: Document, template: int, at: datetime) -> str:
    """The first line."""
    return _line({"journal": FORM, "at": _moment(at), "template": template, "document": reading.plain(document)})


def step(number: int, edits: Sequence[Operation], at: datetime) -> str:
    """The line of one step; numbers count from 1."""
    return _line({"n": number, "at": _moment(at), "ops": [operations.to_json(edit) for edit in edits]})


def read(text: bytes) -> Recovered | None:
    """What the lines hold, up to the first that cannot be read; None if not even the head can."""
    lines = text.split(b"\n")
    first = _object(lines[0]) if len(lines) > 1 else None
    began = _when(first)
    if first is None or first.get("journal") != FORM or began is None:
        return None
    try:
        document = base = reading.build(first.get("document"))
    except DocumentFault:
        return None
    template = first.get("template")
    steps, last = 0, began
    for line in lines[1:-1]:
        found = _object(line)
        at = _when(found)
        if found is None or at is None or found.get("n") != steps + 1 or not isinstance(found.get("ops"), list):
            break
        try:
            document, _ = operations.apply(document, [operations.from_json(edit) for edit in found["ops"]])
        except DocumentFault:
            break
        steps, last = steps + 1, at
    whole = steps == len(lines) - 2 and lines[-1] == b""
    return Recovered(document, base, steps, began, last, template if isinstance(template, int) else 0, whole)


def _line(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _object(line: bytes) -> dict[str, Any] | None:
    if len(line) > LINE_LIMIT:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _when(data: dict[str, Any] | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(data["at"])) if data else None
    except (KeyError, ValueError):
        return None
    return at if at is None or at.tzinfo else None
