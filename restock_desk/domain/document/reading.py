"""Document ⇄ text: `restock.email/1`, canonical JSON that diffs well. Hostile text ends in a sentence with its line.

Canonical: UTF-8, LF, two spaces, keys in schema order and unknown ones sorted behind, defaults not written.
"""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from restock_desk.domain.document import checking, identity, kinds, positions, values
from restock_desk.domain.document.migration import migrated
from restock_desk.domain.document.tree import (
    BYTE_LIMIT,
    SCHEMA,
    Document,
    DocumentFault,
    Json,
    Node,
    Path,
    freeze,
    thaw,
)

_TEXTS = {"name": "", "kind": "restock_alert", "theme": "", "context": "context:restock_event@3"}
_KEYS = ("schema", "id", "name", "kind", "settings", "theme", "context", "body", "saved", "lint", "x")
_HINT = "Choose a file that Restock Desk wrote, or correct it in a text editor."


class _Refused(Exception):
    """The JSON reader met something that is no JSON; `positions` finds where."""


def parse(text: str | bytes) -> Document:
    """The document that a text holds. Raises DocumentFault, with path and line where they can be told."""
    text = _decoded(text)
    raw = _loaded(text)
    try:
        return build(raw)
    except DocumentFault as fault:
        raise _placed(fault, text) from fault


def build(raw: Any) -> Document:
    """The document that plain JSON data holds, migrated from older forms. Faults name the path."""
    if not isinstance(raw, Mapping):
        raise DocumentFault("A document is an object.", hint=_HINT)
    data = checking.freeze_object(migrated(raw), ())
    identity.check(data.get("id"), ("id",))
    texts = {key: checked_word(data.get(key), key) for key in _TEXTS}
    body = data.get("body", ())
    document = Document(
        id=str(data["id"]),
        **texts,
        settings=checked_settings(_object(data, "settings")),
        body=tuple(node_of(node, ("body", at)) for at, node in enumerate(_nodes(body, ("body",)))),
        saved=_object(data, "saved"),
        lint=_object(data, "lint"),
        x=_object(data, "x"),
        unknown=MappingProxyType({key: data[key] for key in data if key not in _KEYS}),
    )
    checking.checked_children(None, "body", document.body, ("body",))
    checking.checked_whole(document)
    return document


def serialise(document: Document) -> str:
    """The one text of a document, with a final newline."""
    return json.dumps(plain(document), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def plain(document: Document) -> dict[str, Any]:
    """The document as the data of its text: keys in order, defaults left out."""
    made: dict[str, Any] = {"schema": SCHEMA, "id": document.id}
    rest = {
        "name": document.name,
        "kind": document.kind,
        "settings": thaw(checked_settings(document.settings)),
        "theme": document.theme,
        "context": document.context,
        "body": [plain_node(node) for node in document.body],
        "saved": thaw(freeze(document.saved)),
        "lint": thaw(freeze(document.lint)),
        "x": thaw(freeze(document.x)),
    }
    made |= {key: value for key, value in rest.items() if value != _TEXTS.get(key, value if not value else None)}
    made.update(thaw(freeze(document.unknown)))
    return made


def plain_node(node: Node) -> dict[str, Any]:
    """One node and all below it as the data of its text."""
    made: dict[str, Any] = {"id": node.id, "type": node.type}
    props = checking.checked_props(node.type, node.props)
    known = kinds.shape_of(node.type)
    made |= {key: thaw(value) for key, value in props.items() if key in known}
    for slot in kinds.slots_of(node):
        children = [plain_node(child) for child in node.children(slot)]
        name, colon, at = slot.partition(":")
        if colon and children:
            made["cases"][int(at)]["children"] = children  # last: behind name and condition
        elif children:
            made[name] = children
    return made | {key: thaw(value) for key, value in props.items() if key not in known}


def node_of(raw: Json, path: Path = ()) -> Node:
    """The node that plain, frozen data holds, checked with all below it."""
    return checking.checked_node(_node(raw, path), path)


def checked_settings(settings: Mapping[str, Json]) -> Mapping[str, Json]:
    return values.checked_fields(kinds.SETTINGS_SHAPE, settings, ("settings",))


def checked_word(value: Json, key: str) -> str:
    """The document's name, kind, theme or context; None stands for the default."""
    if value is None:
        return _TEXTS[key]
    if not isinstance(value, str) or len(value) > 200 or "\n" in value or "\r" in value:
        raise DocumentFault("Here stands one line of text.", (key,))
    return value


def _node(raw: Json, path: Path) -> Node:
    if not isinstance(raw, Mapping):
        raise DocumentFault("A block is an object.", path)
    id, type = raw.get("id"), raw.get("type")
    identity.check(id, (*path, "id"))
    if not isinstance(type, str):
        raise DocumentFault("A block needs a type.", (*path, "type"))
    props = {key: value for key, value in raw.items() if key not in ("id", "type")}
    slots: dict[str, tuple[Node, ...]] = {}
    kind = kinds.kind_of(type)
    names = [spec.name for spec in kind.slots if spec.name != "case"] if kind else []
    if kind and kind.type == "branch":
        slots, props["cases"] = _cases(raw.get("cases", ()), (*path, "cases"))
    for name in names:
        below = _nodes(props.pop(name, ()), (*path, name))
        slots[name] = tuple(_node(one, (*path, name, at)) for at, one in enumerate(below))
    return Node(str(id), type, MappingProxyType(props), MappingProxyType(slots))


def _cases(raw: Json, path: Path) -> tuple[dict[str, tuple[Node, ...]], Json]:
    """A branch's cases come apart: their children into slots, the rest stays."""
    slots: dict[str, tuple[Node, ...]] = {}
    rest: list[Json] = []
    for at, case in enumerate(_nodes(raw, path)):
        if not isinstance(case, Mapping):
            raise DocumentFault("A case is an object.", (*path, at))
        here = (*path, at, "children")
        below = _nodes(case.get("children", ()), here)
        slots[f"case:{at}"] = tuple(_node(one, (*here, place)) for place, one in enumerate(below))
        rest.append(MappingProxyType({key: value for key, value in case.items() if key != "children"}))
    return slots, tuple(rest)


def _nodes(raw: Json, path: Path) -> tuple[Json, ...]:
    if not isinstance(raw, tuple):
        raise DocumentFault("Here stands a list.", path)
    return raw


def _object(data: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = data.get(key, MappingProxyType({}))
    if not isinstance(found, Mapping):
        raise DocumentFault("Here stands an object.", (key,))
    return found


def _decoded(text: str | bytes) -> str:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > BYTE_LIMIT:
        raise DocumentFault(f"A document is at most {BYTE_LIMIT // 1024} KB.", hint="Take blocks out of it.")
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise DocumentFault("The text is not UTF-8.", line=line, hint=_HINT) from error


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise DocumentFault(f"This is no JSON: {error.msg}.", line=error.lineno, hint=_HINT) from error
    except (_Refused, RecursionError) as error:
        raise positions.first_fault(text) or DocumentFault("This is no JSON that can be read.", hint=_HINT) from error


def _pairs(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Refused
    return made


def _constant(word: str) -> Any:
    raise _Refused(word)


def _whole(digits: str) -> int:
    if len(digits) > 17:
        raise _Refused(digits[:40])
    return int(digits)


def _placed(fault: DocumentFault, text: str) -> DocumentFault:
    line = positions.line_of(text, fault.path) if fault.path else positions.line_of_id(text, fault.block)
    return DocumentFault(fault.reason, fault.path, line, fault.hint, fault.block)
