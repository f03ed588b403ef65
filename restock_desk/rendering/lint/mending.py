"""Quick fixes for documents: what a problem's block must become, as operations that are one step to undo.

A fix is offered only where the document takes it. What it says is meant for who composes, not for who writes markup.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from types import MappingProxyType

from restock_desk.domain.brand import Brand
from restock_desk.domain.document import kinds, operations
from restock_desk.domain.document.operations import ABSENT, Insert, Operation, Remove, Set
from restock_desk.domain.document.tree import Document, DocumentFault, Json, Node, Path, freeze
from restock_desk.domain.templates import Problem
from restock_desk.rendering.lint import recoloring
from restock_desk.rendering.lint.rewriting import (
    Change,
    addressed,
    bare,
    currency,
    encrypted,
    leaving,
    linkless,
    named,
    rewritten,
    sized,
    spoken,
    with_fallback,
)

Fix = tuple[str, tuple[Operation, ...]]
TOUCH, READABLE = 44, 14
_QUOTED = re.compile(r"“([^”]*)”")
_MEANT = re.compile(r"Did you mean ([\w.]+)\?")
_LEVEL = re.compile(r"Use <h(\d)>")
_HIGH = re.compile(r"is (\d+) pixels high")


@dataclass(frozen=True)
class Case:
    """A problem with all a fix may look at. `node` is a bare one where the problem is about the whole document."""

    problem: Problem
    document: Document
    brand: Brand

    @property
    def node(self) -> Node:
        return self.document.find(self.problem.block) or Node(self.document.id, "")

    @property
    def english(self) -> bool:
        return str(kinds.setting(self.document, "lang") or "en").lower().startswith("en")

    def set(self, *path: str | int, to: Json) -> tuple[Operation, ...]:
        """One value of the block; None takes it away."""
        return (Set(self.node.id, path, ABSENT if to is None else freeze(to)),)

    def setting(self, name: str, to: Json) -> tuple[Operation, ...]:
        path: Path = ("settings", *name.split("."))
        return (Set(self.document.id, path, ABSENT if to is None else freeze(to)),)

    def rewritten(self, change: Change) -> tuple[Operation, ...]:
        """Every value of the block (of a field of the e-mail where it is about one) after a change of its parts."""
        if self.problem.where in ("subject", "preheader"):
            found = rewritten(self.document.setting(self.problem.where), change)
            return self.setting(self.problem.where, found) if found != self.document.setting(self.problem.where) else ()
        changed = ((key, rewritten(value, change, key), value) for key, value in self.node.props.items())
        return tuple(Set(self.node.id, (key,), after) for key, after, before in changed if after != before)


def mended(problem: Problem, document: Document, brand: Brand) -> Problem:
    """The problem with its quick fix, where there is one that the document takes."""
    find = _FIXES.get(problem.rule)
    if find is None:
        return problem
    words, edits = find(Case(problem, document, brand)) or ("", ())
    if not edits:
        return problem
    try:
        operations.apply(document, edits)
    except DocumentFault:
        return problem
    return replace(problem, fix=words, operations=edits)


def _alt(case: Case) -> Fix | None:
    node = case.node
    if node.type == "video":
        return "Say that it is a video.", case.set("alt", to=None)
    if node.type != "image":
        return None
    source, link = kinds.value(node, "src"), kinds.value(node, "href")
    path = str(source.get("v", "")) if isinstance(source, Mapping) else ""
    about = ""
    if path.endswith(("product.image_url", "variant.image_url")):
        about = f"{path.rpartition('.')[0].removesuffix('variant').removesuffix('product')}product.title"
    elif isinstance(link, Mapping) and link.get("link") in ("product", "cart", "wishlist"):
        about = "product.title"
    elif link or path == "shop.logo_url":
        about = "shop.name"
    if about:
        return f"Describe it by {about}.", case.set("alt", to=({"v": about},))
    return "Say that it only decorates.", (*case.set("alt", to=None), *case.set("decorative", to=True))


def _empty_link(case: Case) -> Fix | None:
    node = case.node
    if node.type in ("button", "image"):
        return "Lead to the product.", case.set("href", to={"link": "product"})
    if node.type == "menu":
        return "Lead to the shop.", case.rewritten(addressed({"v": "shop.url"}))
    if node.type == "social":
        links = kinds.value(node, "links")
        if not isinstance(links, tuple):
            return None
        kept = tuple(each for each in links if isinstance(each, Mapping) and each.get("href"))
        return "Leave out what leads nowhere.", case.set("links", to=kept)
    return "Take the link away.", case.rewritten(linkless)


def _contrast(case: Case) -> Fix | None:
    found = recoloring.readable(case.node, case.brand, case.problem)
    return found if found is None else (found[0], tuple(Set(case.node.id, (key,), value) for key, value in found[1]))


def _subject(case: Case) -> Fix:
    words: Json = ({"v": "product.title"}, {"t": " is back in stock"}) if case.english else ({"v": "product.title"},)
    return "Name the product.", case.setting("subject", words)


def _preheader(case: Case) -> Fix:
    name: Json = {"v": "shop.name"}
    words: Json = ({"t": "You asked us to tell you as soon as it is here. From "}, name)
    if not case.english:
        words = (name, {"t": " · "}, {"v": "variant.title", "fallback": "★"}, {"t": " · "}, {"v": "variant.sku"})
    return "Say who writes, and why.", case.setting("preheader", words)


def _footer(case: Case) -> Fix:
    """What is missing in the footer there is, else a footer."""
    for node in case.document.walk():
        if node.type == "footer":
            edits = [Set(node.id, (key,), ABSENT) for key in ("address", "unsubscribe") if key in node.props]
            return "Let the footer say it.", tuple(edits)
    taken = case.document.index
    ids = (f"footer-{number}" for number in count(1) if f"footer-{number}" not in taken)
    section = kinds.new("section", lambda: next(ids))
    column = section.children("columns")[0]
    column = replace(column, slots=MappingProxyType({"blocks": (kinds.new("footer", lambda: next(ids)),)}))
    section = replace(section, slots=MappingProxyType({"columns": (column,)}))
    return "Add a footer.", (Insert("", "body", len(case.document.body), section),)


def _own_text(case: Case) -> Fix | None:
    """The plain text written by hand, with a way to leave; one that says too little follows the e-mail again."""
    words = case.document.setting("text")
    by_rule = case.problem.rule == "mime.text"
    if kinds.setting(case.document, "textPart") != "manual":
        return None if by_rule else _footer(case)
    if by_rule or not isinstance(words, tuple) or not words:
        return "Let the plain text follow the e-mail.", case.setting("textPart", None)
    more: Json = (*words, {"t": "\n\nUnsubscribe: "}, {"v": "links.unsubscribe"})
    return "Add the link.", case.setting("text", more)


def _level(case: Case) -> Fix | None:
    level = _LEVEL.search(case.problem.fix)
    if level is None or case.node.type != "heading" or int(level.group(1)) > 3:
        return None
    return f"Make it a heading of level {level.group(1)}.", case.set("level", to=int(level.group(1)))


def _size(case: Case) -> Fix:
    """All small text of the mail: what is told is that there is too much of it."""
    edits: list[Operation] = []
    for node in case.document.walk():
        size = kinds.value(node, "style.size")
        if kinds.field_of(node.type, "style.font") and isinstance(size, int | float) and size < READABLE:
            edits.append(Set(node.id, ("style", "size"), READABLE))
        for key, value in node.props.items():
            after = rewritten(value, sized(READABLE), key) if key != "style" else value
            edits += [Set(node.id, (key,), after)] if after != value else []
    return f"Write no text smaller than {READABLE} pixels.", tuple(edits)


def _target(case: Case) -> Fix | None:
    high = _HIGH.search(case.problem.message)
    if high is None or case.node.type != "button":
        return None
    up, wide = case.brand.button_padding
    inner = kinds.value(case.node, "style.inner")
    top, right, bottom, left = inner if isinstance(inner, tuple) else (up, wide, up, wide)
    more = (TOUCH - int(high.group(1)) + 2) // 2
    padding: Json = (int(str(top)) + more, right, int(str(bottom)) + more, left)
    return "Give it more padding.", case.set("style", "inner", to=padding)


def _dark_logo(case: Case) -> Fix | None:
    url = case.brand.logo_dark_url
    if not url or case.node.type != "image":
        return None
    return "Show the brand's dark logo in dark mode.", case.set("darkSrc", to=url)


def _variable(case: Case) -> Fix | None:
    quoted = _QUOTED.search(case.problem.message)
    meant = _MEANT.search(case.problem.fix)
    if quoted is None:
        return None
    if case.problem.rule == "var.undefined":
        return (case.problem.fix, case.rewritten(named(quoted.group(1), meant.group(1)))) if meant else None
    if quoted.group(1) != "subscriber.first_name" or not case.english:
        return None
    return "Say “there” to who has no name.", case.rewritten(with_fallback(quoted.group(1), "there"))


def _required(case: Case) -> Fix | None:
    """What a fresh block has; without that the block goes."""
    field = _QUOTED.search(case.problem.fix)
    kind = kinds.kind_of(case.node.type)
    spec = next((each for each in kind.fields if field and each.label == field.group(1)), None) if kind else None
    if spec is None:
        return None
    if case.node.type in ("button", "image", "footer", "countdown", "repeat") and spec.name != "text":
        fresh = kinds.new(case.node.type, lambda: "fresh").get(spec.name)
        return f"Fill in “{spec.label}” as in a new block.", case.set(*spec.path, to=fresh)
    return "Remove the block.", (Remove(case.node.id),)


def _key(case: Case) -> Fix | None:
    key = _QUOTED.search(case.problem.message)
    if key is None:
        return None
    path: Path = (key.group(1),) if case.problem.block or key.group(1) in case.document.unknown else ()
    path = path or ("settings", key.group(1))
    return "Take it away.", (Set(case.node.id, path, ABSENT),)


def _columns(case: Case) -> Fix:
    layout = "-".join("1" for _ in case.node.children("columns"))
    return "Make all columns alike.", case.set("layout", to=None if layout == "1" else layout)


def _entries(case: Case) -> Fix:
    return "Go through what restocked.", (*case.set("path", to=None), *case.set("as", to=None))


def _rewriting(words: str, change: Change) -> "Callable[[Case], Fix | None]":
    return lambda case: (words, case.rewritten(change))


def _removal(case: Case) -> Fix | None:
    return ("Remove the block.", (Remove(case.node.id),)) if case.problem.block in case.document.index else None


_FIXES: Mapping[str, Callable[[Case], Fix | None]] = {
    "img.alt": _alt,
    "img.alt-link": _alt,
    "img.alt-file": _alt,
    "img.insecure": _rewriting("Use https.", encrypted),
    "link.insecure": _rewriting("Use https.", encrypted),
    "link.noscheme": _rewriting("Begin it with https://.", bare),
    "link.unsubscribe": _rewriting("Lead to the application's own unsubscribe link.", leaving),
    "link.empty": _empty_link,
    "a11y.contrast": _contrast,
    "a11y.contrast-dark": _contrast,
    "a11y.order": _level,
    "a11y.small": _size,
    "a11y.target": _target,
    "a11y.dir": lambda case: ("Let the e-mail run from right to left.", case.setting("dir", "rtl")),
    "dark.logo": _dark_logo,
    "dark.none": lambda case: ("Support dark mode.", case.setting("darkMode", None)),
    "subj.empty": _subject,
    "subj.marks": _rewriting("One is enough.", spoken),
    "subj.reply": _rewriting("Remove it.", spoken),
    "pre.missing": _preheader,
    "pre.short": _preheader,
    "pre.repeats": _preheader,
    "unsub.body": _footer,
    "unsub.text": _own_text,
    "mime.text": _own_text,
    "legal.address": _footer,
    "i18n.currency": _rewriting("Leave the sign to the price.", currency),
    "var.undefined": _variable,
    "var.nofallback": _variable,
    "doc.footer": _footer,
    "doc.required": _required,
    "doc.custom": _removal,
    "doc.type": _removal,
    "doc.saved": _removal,
    "doc.unknown": _removal,
    "doc.key": _key,
    "doc.columns": _columns,
    "doc.path": _entries,
    "doc.sku": lambda case: ("Show what restocked.", case.set("source", to=None)),
    "doc.item": lambda case: ("Show what restocked.", case.set("source", to=None)),
}
RULES = frozenset(_FIXES)
