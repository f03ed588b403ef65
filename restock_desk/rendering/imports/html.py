"""HTML as a document: blocks where layout tables and texts are understood, HTML blocks for the rest.

Nothing that is seen is lost: where a word, picture or link did not arrive, the whole file becomes one HTML block.
"""

import re
from collections import Counter
from collections.abc import Mapping
from html import unescape
from typing import Any

from restock_desk.domain.brand import DEFAULT, Brand
from restock_desk.domain.document.fields import NewId
from restock_desk.domain.document.imported import Imported
from restock_desk.domain.document.tree import Document, Json
from restock_desk.errors import DeskError
from restock_desk.rendering.imports import css, decoding, html_rows, making, runs, tags, tree, values
from restock_desk.rendering.imports.css import Sheet
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.making import Making
from restock_desk.rendering.imports.notes import TOKEN
from restock_desk.rendering.imports.tree import Element, Text

_MARKUP = re.compile(r"<[A-Za-z!/]")
_WORD = re.compile(r"[^\W_]+")
_REMOTE = re.compile(r"@import\b|url\(\s*['\"]?https?:", re.IGNORECASE)
_ACTIVE = frozenset({"script", "iframe", "object", "embed", "form", "input", "button", "select", "textarea", "applet"})


def import_html(
    text: str, brand: Brand = DEFAULT, fresh: NewId | None = None, name: str = "", whole: bool = False
) -> Imported:
    """The document that HTML stands for; `whole`: as one HTML block. DeskError for an empty file."""
    text = decoding.clean(text)
    if not text.strip():
        raise DeskError("This file is empty.", "Choose a template with something in it.")
    m = Making(text, brand, fresh or making.numbered())
    translated = tags.translate(text, m.journal)
    m.source = m.constructs.hide(translated)
    if not _MARKUP.search(m.source):
        m.source = "".join(f"<p>{part}</p>" for part in m.source.split("\n\n"))
    root = tree.read(m.source, m.journal)
    body = next((one for one in root.walk() if one.name == "body"), root)
    settings: dict[str, Any] = {"contentBackground": ""}
    sheet = _head(root, settings, m)
    if not css.inlined(body, sheet):
        m.journal.lost("the style sheet", "It is too large to be applied to so many elements.")
    rows = [] if whole else html_rows.Rows(m, settings).read(body)
    made = making.document(m, name or _title(settings), settings, rows)
    missing = _missing(body, made, m) if not whole else ["everything"]
    if missing:
        if not whole:
            words = "Not all of this mail could be taken apart safely, so that it is kept as one HTML block."
            m.journal.kept("the whole file", words)
        block = m.html(tree.written(body.children), body.line)
        made = making.document(m, made.name, settings, [m.row(block)] if block else [])
    return making.imported(m, made, "html", translated)


def _head(root: Element, settings: dict[str, Any], m: Making) -> Sheet:
    sheet = Sheet()
    for element in root.walk():
        inner = m.source[element.inner[0] : element.inner[1]]
        if element.name == "style":
            if _REMOTE.search(inner):
                m.journal.lost(
                    "@import or url() in a style sheet", "Nothing is fetched from the network.", element.line
                )
            if "@media" in inner:
                words = "Rules for certain screens are left out; documents have their own for phones and dark mode."
                m.journal.lost("@media in a style sheet", words, element.line)
            sheet.learn(m.constructs.show(inner))
        elif element.name == "link" and "stylesheet" in element.get("rel").lower():
            m.journal.lost(f"<link {element.get('href')[:80]}>", "Nothing is fetched from the network.", element.line)
        elif element.name == "title":
            settings.setdefault("subject", _one_line(inner, m))
        elif element.name == "html":
            settings["lang"] = decoding.lang(element.get("lang"))
            if element.get("dir") == "rtl":
                settings["dir"], m.rtl = "rtl", True
        elif element.name in _ACTIVE:
            m.journal.lost(f"<{element.name}>", "What runs or submits is never sent.", element.line)
    return sheet


def _one_line(inner: str, m: Making) -> Any:
    try:
        return runs.plain_runs(unescape(inner), m.constructs) or None
    except Inexpressible:
        return ({"t": " ".join(TOKEN.sub(" … ", unescape(inner)).split())},)


def _title(settings: dict[str, Any]) -> str:
    subject = settings.get("subject") or ()
    return "".join(str(run.get("t", "")) for run in subject).strip(" :,–—-|")


def _missing(body: Element, made: Document, m: Making) -> list[str]:
    """Words, pictures and links that are seen in the file and are not in the document."""
    seen = _seen(body, m)
    if not seen:
        return []
    held = Counter[str]()
    for node in made.walk():
        _held(node.props, held)
    _held(made.settings, held)
    return [what for what in seen if not held[what]]


def _seen(body: Element, m: Making) -> list[str]:
    found: dict[str, None] = {}
    waiting: list[Element | Text] = [body]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Text):
            if not part.comment:
                found.update(dict.fromkeys(_WORD.findall(TOKEN.sub(" ", part.words))))
            continue
        if part.name in ("style", "script", "title", "head", *_ACTIVE) or html_rows.hidden(html_rows.css_of(part)):
            continue
        if part.name == "img" and not html_rows.is_pixel(part) and not TOKEN.search(part.get("src")):
            found[values.address(part.get("src"))] = None
        filled = any(not isinstance(one, Text) or one.words.strip() for one in part.children)
        if part.name == "a" and filled and not TOKEN.search(part.get("href")):
            found[values.address(part.get("href"))] = None
        waiting.extend(reversed(part.children))
    found.pop("", None)
    return list(found)


def _held(value: Json, held: Counter[str]) -> None:
    waiting: list[Json] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            held[one] += 1
            text = unescape(one)
            held.update(_WORD.findall(text))
            if "<" in one:
                held.update(unescape(part) for part in re.findall(r"(?:href|src)\s*=\s*[\"']([^\"']*)", one))
                held.update(
                    values.address(unescape(part)) for part in re.findall(r"(?:href|src)\s*=\s*\"([^\"]*)", one)
                )
        elif isinstance(one, tuple):
            waiting.extend(one)
        elif isinstance(one, Mapping):
            waiting.extend(one.values())
