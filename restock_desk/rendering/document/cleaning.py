"""An author's own HTML made harmless: what mail programs show stays, what runs, loads or submits goes.

Constructs travel through as words and come back; the HTML comes out well-formed, as MJML needs it.
"""

import re
from functools import lru_cache

import nh3

from restock_desk.rendering import pieces, programs
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece
from restock_desk.rendering.positions import spots
from restock_desk.rendering.shield import Shield

_ELEMENTS = """
a abbr b bdi bdo big blockquote br caption center code col colgroup dd del div dl dt em figcaption figure font h1 h2 h3
h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt
u ul var wbr
"""
_COMMON = """
align aria-hidden aria-label aria-labelledby background bgcolor border cellpadding cellspacing class dir height hspace
id lang role style title valign vspace width
"""
_TAGS, _EVERYWHERE = set(_ELEMENTS.split()), set(_COMMON.split())
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": {"href", "name", "target"},
    "img": {"alt", "src", "srcset", "sizes"},
    "td": {"abbr", "colspan", "headers", "nowrap", "rowspan", "scope"},
    "th": {"abbr", "colspan", "headers", "nowrap", "rowspan", "scope"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value"},
    "col": {"span"},
    "colgroup": {"span"},
    "hr": {"noshade", "size"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "sms", "cid"}
_COMMENT = re.compile(r"<!--(?:(?!-->).)*-->", re.DOTALL)
_BRACE = re.compile(r"\{(?=[{%#])|(?<=\{)\{")
_STYLE = re.compile(r' style="[^"]*"')
_ACTIVE = re.compile(r"(?:javascript|vbscript|data)\s*:|expression\s*\(|behavior\s*:|-moz-binding\s*:", re.IGNORECASE)
_HEADLESS = re.compile(r"(<table\b[^<>]*>)(?=(?:\s|<!--\w+-->)*<tr\b)", re.IGNORECASE)


@lru_cache(maxsize=512)
def fault(source: str) -> str:
    """Why an author's HTML or text cannot be a part of a template, as a sentence; empty where it can."""
    cut, wrong = pieces.cut(f"{source}\n", "source")  # what is never closed shows when something follows
    if wrong:
        return wrong[0].message
    try:
        programs.parse(cut, "source")
    except TemplateFault as found:
        return found.message
    return ""


@lru_cache(maxsize=512)
def cleaned(source: str) -> str:
    """The HTML without anything active. What cannot be cut into constructs comes back as it is: compiling tells."""
    cut, wrong = pieces.cut(source, "source")
    if wrong:
        return source
    shield = Shield(source)
    try:
        shielded = "".join(p.text if spot is None else shield.hide_at(p, spot) for p, spot in spots(cut, mjml=False))
    except TemplateFault:
        return source
    made = nh3.clean(
        _HEADLESS.sub(r"\1<tbody>", shielded),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
        strip_comments=False,
    )
    made = _COMMENT.sub(lambda hit: hit.group() if shield.only_word(hit.group()) else "", made)
    made = _STYLE.sub(lambda hit: _ACTIVE.sub("none", hit.group()), made)
    return "".join(part.text if isinstance(part, Piece) else _BRACE.sub("&#123;", part) for part in shield.split(made))
