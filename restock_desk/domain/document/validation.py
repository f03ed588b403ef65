"""What a document that can be read still lacks: findings with the block they concern. Looks are for the lint."""

from collections.abc import Iterator, Mapping

from restock_desk.domain import brand, condition_words, paths
from restock_desk.domain.document import kinds
from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Document, Json, Node
from restock_desk.domain.templates import CONTEXT_FIELDS, Problem, Severity

_TYPES = {field.path: field.type for field in CONTEXT_FIELDS}
_ITEM = ("product", "variant", "event", "interest", "links")
_LISTS = {field.path for field in CONTEXT_FIELDS if field.type in ("list", "map")}


def validate(document: Document) -> tuple[Problem, ...]:
    """Everything found, in reading order, the document's own first."""
    return (*_whole(document), *(found for node in document.walk() for found in _node(document, node)))


def type_of(path: str, entries: Mapping[str, str]) -> str | None:
    """The type of a context path; "" where anything may be, None where there is nothing.

    `entries`: names that repeats around give to one entry, each with its list.
    """
    first, _, rest = path.partition(".")
    if first in entries:
        return type_of(f"{entries[first]}.0{'.' if rest else ''}{rest}", {})
    if path in _TYPES:
        return _TYPES[path]
    if first == "items":
        place, _, inside = rest.partition(".")
        if not place.isdecimal() or (inside and inside.partition(".")[0] not in _ITEM):
            return None
        return type_of(inside, {}) if inside else ""
    above = path.rpartition(".")[0]
    if above and above in _LISTS:
        return ""
    if _TYPES.get(above) == "money":
        return {"amount": "number", "currency": "text"}.get(path.rpartition(".")[2])
    return "" if any(known.startswith(f"{path}.") for known in _TYPES) else None


def entries_around(document: Document, node: Node) -> Mapping[str, str]:
    """The names that the repeats around a node give to an entry, each with its list."""
    found: dict[str, str] = {}
    place = document.index.get(node.id)
    while place and place.parent:
        slot, place = place.slot, document.index[place.parent]
        if place.node.type == "repeat" and slot == "each":
            found.setdefault(str(kinds.value(place.node, "as")), str(kinds.value(place.node, "path")))
    return found


def _whole(document: Document) -> Iterator[Problem]:
    if not any(node.type == "footer" for node in document.walk()):
        yield _problem("doc.footer", Severity.ERROR, "The e-mail has no footer.", "Add a footer: it is the law.")
    known = kinds.SETTINGS_SHAPE
    for key in (*(key for key in document.settings if key not in known), *document.unknown):
        yield _problem("doc.key", Severity.INFO, f"“{key}” is unknown here; it is kept as it is.")
    for spec in kinds.SETTINGS:
        if spec.required and not kinds.setting(document, spec.name):
            yield _problem(
                "doc.required", Severity.ERROR, f"{spec.label} is empty.", f"Write the {spec.label.lower()}."
            )
        yield from _color(spec, kinds.setting(document, spec.name))


def _node(document: Document, node: Node) -> Iterator[Problem]:
    kind = kinds.kind_of(node.type)
    if kind is None:
        words = f"“{node.type}” is a block of a newer version: it is kept, and left out of the mail."
        yield _problem("doc.type", Severity.WARNING, words, "Open it with a newer Restock Desk.", node)
        return
    if node.type.startswith(kinds.CUSTOM):
        name = node.type.removeprefix(kinds.CUSTOM)[:40]
        words = f"The custom block “{name}” has no definition in this shop, so mails cannot show it."
        yield _problem(
            "doc.custom", Severity.ERROR, words, "Remove it, or build it from the blocks of the palette.", node
        )
        return
    known = kinds.shape_of(node.type)
    for key in node.props:
        if key not in known and key != "x":
            yield _problem("doc.key", Severity.INFO, f"“{key}” is unknown here; it is kept as it is.", "", node)
    for spec in kind.fields:
        if spec.required and not kinds.value(node, spec.name):
            words = f"{kind.label}: {spec.label.lower()} is empty."
            yield _problem(
                "doc.required", Severity.WARNING, words, f"Fill in “{spec.label}”, or remove the block.", node
            )
        yield from _color(spec, kinds.value(node, spec.name), node)
    yield from _conditions(document, node)
    yield from _own(document, node)


def _color(spec: FieldSpec, value: Json, node: Node | None = None) -> Iterator[Problem]:
    if spec.type == "color" and str(value or "").startswith("$") and value not in brand.TOKENS:
        words = f"{spec.label}: the brand has no colour “{value}”."
        yield _problem("doc.color", Severity.WARNING, words, "Choose one of the brand's, or one of your own.", node)


def _conditions(document: Document, node: Node) -> Iterator[Problem]:
    entries = entries_around(document, node)
    trees: list[tuple[Json, str]] = [(node.get("when"), "“Show when”")]
    if node.type == "branch":
        for at, case in enumerate(kinds.cases(node)):
            trees.append((case.get("when"), f"Case {at + 1}"))
            if not case.get("when"):
                words = f"Case {at + 1} has no condition, so it is never shown."
                yield _problem("doc.required", Severity.WARNING, words, "Give it one, or use “Otherwise”.", node)
    for tree, name in trees:
        if isinstance(tree, Mapping):
            for _, words in condition_words.objections(tree, lambda path: type_of(path, entries)):
                yield _problem("doc.condition", Severity.ERROR, f"{name}: {words}", "Correct the condition.", node)


def _own(document: Document, node: Node) -> Iterator[Problem]:
    """What concerns one type only."""
    if node.type == "section":
        layout, columns = str(kinds.value(node, "layout")), len(node.children("columns"))
        if layout != "custom" and columns and layout.count("-") + 1 != columns:
            words = f"The layout {layout} does not fit {columns} columns: all get the same width."
            yield _problem("doc.columns", Severity.WARNING, words, "Choose another layout.", node)
    if node.type == "repeat":
        wrong = paths.fault(kinds.value(node, "path")) or paths.fault(kinds.value(node, "as"))
        if wrong or "." in str(kinds.value(node, "as")):
            words = wrong or "The name of an entry is one word."
            yield _problem("doc.path", Severity.ERROR, words, "Choose a list such as items.", node)
    if node.type == "slot" and str(node.get("ref") or "") not in document.saved:
        yield _problem(
            "doc.saved", Severity.ERROR, "The saved block is not there.", "Choose another, or remove it.", node
        )
    source = kinds.value(node, "source")
    if source == "sku" and kinds.field_of(node.type, "sku") and not node.get("sku"):
        yield _problem("doc.sku", Severity.ERROR, "No SKU is chosen.", "Choose a product.", node)
    if source == "item" and not entries_around(document, node):
        words = "The product is an entry of a repeat, but the block stands in none."
        yield _problem("doc.item", Severity.ERROR, words, "Put the block into a repeat.", node)


def _problem(rule: str, severity: Severity, words: str, fix: str = "", node: Node | None = None) -> Problem:
    return Problem(rule, severity, words, "source", fix=fix, block=node.id if node else "")
