"""MJML as a document: the head's settings and attributes, then the body by `mjml_rows` and `mjml_blocks`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from restock_desk.domain.brand import DEFAULT, Brand
from restock_desk.domain.document.fields import NewId
from restock_desk.domain.document.imported import Imported
from restock_desk.domain.document.tree import Json, Node
from restock_desk.errors import DeskError
from restock_desk.rendering.imports import decoding, making, mjml_rows, runs, tags, tree, values
from restock_desk.rendering.imports.attributes import Attributes
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.making import Making
from restock_desk.rendering.imports.notes import TOKEN
from restock_desk.rendering.imports.tree import Element

_PARTS = re.compile(r"<(?:mjml|mj-[a-z]+)[\s>]", re.IGNORECASE)
_OURS = ":root{color-scheme:light"
_RULE = re.compile(r"\.(rd-m[0-9a-f]{8})([^{}]{0,400})\{([^{}]{0,400})\}")
_GROUND = re.compile(r"body,body>div\{background-color:")


@dataclass
class _Head:
    """What the head says."""

    settings: dict[str, Any] = field(default_factory=dict)
    styles: list[str] = field(default_factory=list)
    extras: dict[str, Any] = field(default_factory=dict)
    dark_ground: bool = False


def import_mjml(text: str, brand: Brand = DEFAULT, fresh: NewId | None = None, name: str = "") -> Imported:
    """The document that MJML stands for, and what was changed, kept or lost. DeskError for what is no MJML at all."""
    text = decoding.clean(text)
    if not _PARTS.search(text):
        raise DeskError("There is no MJML in this file.", "An MJML file begins with <mjml>. Import it as HTML instead.")
    m = Making(text, brand, fresh or making.numbered())
    translated = tags.translate(text, m.journal)
    m.source = m.constructs.hide(translated)
    root = tree.read(m.source, m.journal, mjml=True)
    parts = _parts(root)
    attributes = Attributes()
    head = _Head()
    for element in parts["mj-head"]:
        _head(element, head, attributes, m)
    for element in parts["mjml"]:
        head.settings.setdefault("lang", decoding.lang(element.get("lang")))
        if element.get("dir") in ("ltr", "rtl"):
            head.settings.setdefault("dir", element.get("dir"))
    m.rtl = head.settings.get("dir") == "rtl"
    m.phone = _phone(head.styles)
    body = _body(parts, head, attributes, m)

    if m.hidden:
        head.settings.setdefault("preheader", m.hidden)
    if head.extras:
        m.extras["mjml"] = head.extras
    made = making.document(m, name or _title(head), head.settings, body)
    return making.imported(m, made, "mjml", translated)


def _parts(root: Element) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {"mjml": [], "mj-head": [], "mj-body": []}
    waiting = [root]
    while waiting:
        element = waiting.pop(0)
        if element.name in found:
            found[element.name].append(element)
        if element.name in ("", "mjml"):
            waiting += list(element.elements())
    if not found["mj-body"]:
        found["mj-body"] = [root, *found["mjml"]]
    return found


def _body(parts: dict[str, list[Element]], head: _Head, attributes: Attributes, m: Making) -> list[Node]:
    rows: list[Node] = []
    for element in parts["mj-body"]:
        inside = element
        containers = [child for child in element.elements() if child.name == "mj-container"]
        if len(containers) == 1:
            inside = containers[0]  # MJML 3
        resolved = attributes.of(inside) if inside.name else {}
        width = values.within(values.pixels(resolved.get("width", "")), 320, 900) or 600
        ground = values.color(resolved.get("background-color", "")) or ""
        if head.dark_ground and ground == m.brand.color("$background"):
            ground = "$background"
        head.settings.update({"width": width, "background": ground})
        children = [child for child in inside.children if not _is_frame(child)]
        rows += mjml_rows.Rows(m, attributes, float(width)).read(children)
    head.settings["contentBackground"] = ""
    return _common_ground(rows, head)


def _is_frame(child: object) -> bool:
    return isinstance(child, Element) and child.name in ("mj-head", "mj-body", "mjml")


def _common_ground(rows: list[Node], head: _Head) -> list[Node]:
    """A background that all rows share is the content's."""
    found = {row.get("style.background") for row in rows}
    ground = found.pop() if len(found) == 1 else None
    if not ground or any(row.type != "section" for row in rows):
        return rows
    head.settings["contentBackground"] = ground
    made = []
    for row in rows:
        style = row.props["style"]
        assert isinstance(style, Mapping)
        rest = {key: part for key, part in style.items() if key != "background"}
        props = {key: part for key, part in row.props.items() if key != "style"}
        made.append(
            Node(row.id, row.type, making.freeze_object({**props, **({"style": rest} if rest else {})}), row.slots)
        )
    return made


def _head(element: Element, head: _Head, attributes: Attributes, m: Making) -> None:
    for child in element.elements():
        inner = m.source[child.inner[0] : child.inner[1]]
        if child.name == "mj-attributes":
            attributes.learn(child, m.journal)
        elif child.name in ("mj-title", "mj-preview"):
            _words(child, inner, head, m)
        elif child.name in ("mj-style", "style"):
            _style(child, inner, head, m)
        elif child.name == "mj-font":
            known = {face.stack.split(",")[0].strip(" '") for face in m.brand.typefaces if face.url}
            if child.get("name") not in known:
                words = "Fonts come from the brand kit: add it there to use it."
                m.journal.kept(f"the web font {child.get('name')[:60]}", words, child.line)
                head.extras.setdefault("fonts", []).append([child.get("name")[:100], child.get("href")[:500]])
        elif child.name == "mj-breakpoint":
            m.journal.lost("<mj-breakpoint>", "Columns stack below 480 px here.", child.line)
        elif child.name == "mj-raw" and "color-scheme" in inner:
            head.settings["darkMode"] = "support" if "dark" in inner else "light-only"
        else:
            m.journal.kept(f"<{child.name}>", "It is kept beside the document, where nothing uses it.", child.line)
            whole = m.constructs.show(m.source[child.start : child.end])
            head.extras.setdefault("head", []).append(whole[:10_000])


def _words(child: Element, inner: str, head: _Head, m: Making) -> None:
    """Title and preview: those of a document are subject and preheader."""
    name = "subject" if child.name == "mj-title" else "preheader"
    try:
        found: tuple[Any, ...] = runs.plain_runs(unescape(inner), m.constructs)
    except Inexpressible:
        found = ({"t": " ".join(TOKEN.sub(" … ", unescape(inner)).split())},)
        m.journal.lost(m.constructs.show(inner), f"The {name} holds words and variables only.", child.line)
    if name == "subject" and found == ({"t": "Mail"},):
        return
    if found:
        head.settings[name] = found


def _style(child: Element, inner: str, head: _Head, m: Making) -> None:
    css = m.constructs.show(inner).strip()
    head.styles.append(css)
    if css.startswith(_OURS):
        head.dark_ground = head.dark_ground or bool(_GROUND.search(css))
        return
    if css:
        m.sheet.learn(css)
        words = (
            "What it says of words and links in texts is theirs now; the sheet itself is kept where nothing uses it."
        )
        m.journal.kept(f"<{child.name}>", words, child.line)
        head.extras.setdefault("styles", []).append(css)


def _title(head: _Head) -> str:
    subject = head.settings.get("subject", ())
    return "".join(str(run.get("t", "")) for run in subject if isinstance(run, Mapping)).strip(" :,–—-|")


def _phone(styles: list[str]) -> Mapping[str, Mapping[str, Json]]:
    """Our own compiler's rules for phones: what is different there, by class."""
    made: dict[str, dict[str, Json]] = {}
    for css in styles:
        if not css.startswith(_OURS):
            continue
        for hit in _RULE.finditer(css):
            changes = made.setdefault(hit.group(1), {})
            found = values.declarations(hit.group(3))
            padding = values.sides(found.get("padding", ""))
            if padding and not hit.group(2):
                changes["padding"] = tuple(int(side) if side == int(side) else side for side in padding)
            size = values.within(values.pixels(found.get("font-size", "").replace("!important", "")), 8, 96)
            if size:
                changes["size"] = size
            side = found.get("text-align", "").replace("!important", "")
            if side in ("left", "center", "right"):
                changes["align"] = side
    return made
