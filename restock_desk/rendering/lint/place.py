"""From a finding in the finished HTML back to the author's line: a copy of the draft whose tags carry their lines."""

import re
from dataclasses import replace

from restock_desk.domain.templates import Draft
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.lint.finding import Matter
from restock_desk.rendering.lint.page import Page
from restock_desk.rendering.lint.tree import Element

_CLASS = re.compile(r"""(?<=\s)css-class\s*=\s*(["'])""", re.IGNORECASE)
_UNMARKED = frozenset(
    {"mjml", "html", "head", "body", "style", "script", "title", "textarea", "xmp", "svg", "link", "meta"}
)


def page(matter: Matter) -> Page | None:
    """The finished HTML with lines; None when the draft does not compile."""
    if matter.compiled.broken:
        return _neutral(matter)
    compiled = compile_template.__wrapped__(marked(matter))  # the checks' own: not worth a place among the kept ones
    if compiled.broken or len(compiled.links) != len(matter.compiled.links):
        compiled = matter.compiled  # better no lines than another mail
    return Page(finished(compiled))


def _neutral(matter: Matter) -> Page | None:
    """A draft with mistakes in its constructs, seen as if they were words: what stands around them is still judged."""
    draft = marked(matter)
    words = _CONSTRUCT.sub(lambda hit: re.sub(r"[^\n]", "x", hit.group()), draft.source)
    compiled = compile_template.__wrapped__(replace(draft, source=words, subject="x", text=None))
    return None if compiled.broken else Page(finished(compiled))


def finished(compiled: CompiledTemplate) -> str:
    """The HTML with its expressions, without its statements: every branch, one after the other."""
    return "".join(
        part.text for part in compiled.parts.get("html", ()) if not part.statement and _PIXEL not in part.text
    )


def marked(matter: Matter) -> Draft:
    """The draft with its line in every tag that passes one on."""
    source, raw = matter.source, matter.draft.source
    named = "css-class" in raw[: raw.find("</mj-attributes")] if "</mj-attributes" in raw else False
    parts: list[str] = []
    at = 0
    for element in source.elements:
        place, mark = _mark(element, named)
        if mark and place >= at:
            parts += (raw[at:place], mark)
            at = place
    return replace(matter.draft, source="".join((*parts, raw[at:])), preheader="")


def _mark(element: Element, named: bool) -> tuple[int, str]:
    """Where the mark goes and what it is."""
    line, after = element.tree.line_of(element.start), element.start + 1 + len(element.name)
    if element.name in _UNMARKED:
        return after, ""
    if not element.name.startswith("mj-"):
        return after, "" if ":" in element.name else f' data-rdl="{line}"'
    if any(each.name in ("mj-head", "mj-attributes") for each in element.ancestors) or element.name in _PLAIN:
        return after, ""
    hit = _CLASS.search(element.tree.raw, element.start, element.end)
    if hit:
        return hit.end(), f"rdl-{line} "
    return after, "" if named else f' css-class="rdl-{line}"'


_CONSTRUCT = re.compile(r"\{\{\{?[^{}]*\}?\}\}|\{%[^{}]*%\}|\{#[^{}]*#\}")
_PIXEL = '""|_pixel'
_PLAIN = frozenset(
    {"mj-head", "mj-body", "mj-raw", "mj-attributes", "mj-style", "mj-title", "mj-preview", "mj-html-attributes"}
)
