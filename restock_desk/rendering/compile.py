"""A draft to everything that is done once per template: shielded, through MJML and the inliner, links numbered.

Pure and kept by content: the same draft is compiled once. What is wrong is told as problems, never raised.
"""

import re
from dataclasses import replace
from functools import lru_cache

import css_inline

from restock_desk.domain.templates import Draft, Problem, Severity, TemplateKind
from restock_desk.rendering import anchors, contexts, markup, pieces, text_part
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece, Pieces
from restock_desk.rendering.positions import Spot, spots
from restock_desk.rendering.shield import Shield

FIELDS = ("subject", "preheader", "sender_name", "sender_email", "reply_to")
Placed = list[tuple[Piece, Spot | None]]
_BODY = re.compile(r"<body\b(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>", re.IGNORECASE)
_END = re.compile(r"</body\s*>", re.IGNORECASE)
_PADDING = "&#847;&zwnj;&nbsp;" * 60
_HIDDEN = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all"


@lru_cache(maxsize=32)
def compile_template(draft: Draft) -> CompiledTemplate:
    """Everything done once per template. Never raises for what an author wrote; safe from any thread."""
    made, html, shield = _laid_out(draft)
    if made.broken:
        return made
    parts, problems = dict(made.parts), list(made.problems)
    try:
        if draft.text is None:
            parts["text"] = shield.pieces(text_part.derive(html, shield))
    except TemplateFault as fault:
        problem = Problem(fault.rule, Severity.ERROR, fault.message)
        del parts["html"]
        return replace(made, parts=parts, links=(), problems=(*problems, problem))
    problems += _programs(parts, draft.text is not None)
    return replace(made, parts=parts, problems=tuple(problems))


@lru_cache(maxsize=8)
def laid_out(draft: Draft) -> CompiledTemplate:
    """A template without a derived plain text and without a word on whether its parts can run. For `sketch`."""
    return _laid_out(draft)[0]


def _laid_out(draft: Draft) -> tuple[CompiledTemplate, str, Shield]:
    """The parts but a derived text; the shielded HTML before its frame, and what can unshield it."""
    problems: list[Problem] = []
    parts: dict[str, Pieces] = {}
    for name in FIELDS:
        parts[name], found = pieces.cut(getattr(draft, name), name)
        problems += found
    source, found = pieces.cut(draft.source, "source")
    placed, deep = _placed(source, draft.kind)
    problems += (*found, *deep) or contexts.check(placed, draft.kind)
    text: Pieces | None = None
    if draft.text is not None:
        text, found = pieces.cut(draft.text, "text")
        problems += found
    shield = Shield(draft.source + draft.preheader)
    html = "" if _fatal(problems) else _markup(draft.kind, placed, shield, problems)
    if _fatal(problems):
        problems += _parsed({**parts, "source": source, "text": text or ()})
        return CompiledTemplate(draft.kind.value, parts, (), tuple(problems)), "", shield
    html, links = anchors.rewrite(html, shield)
    if text is not None:
        parts["text"] = text
    parts["html"] = shield.pieces(_framed(html, parts["preheader"], shield))
    return CompiledTemplate(draft.kind.value, parts, links, tuple(problems), text is not None), html, shield


def _markup(kind: TemplateKind, source: Placed, shield: Shield, problems: list[Problem]) -> str:
    """Shielded, inlined HTML; adds what went wrong."""
    shielded = _shielded(source, shield)
    html = shielded
    if kind is TemplateKind.MJML:
        problems += markup.check(_lined(source, shielded))
        if _fatal(problems):
            return ""
        try:
            html = shield.flat(markup.to_html(shielded, shield))
        except ValueError:
            words = "The MJML cannot be read, though its tags match."
            problems.append(Problem("mjml.syntax", Severity.ERROR, words, fix="Look for unusual characters in tags."))
            return ""
    if "<style" in html:
        html = _inlined(html, problems)
    problems += shield.losses(html)
    return html


def _placed(source: Pieces, kind: TemplateKind) -> tuple[Placed, tuple[Problem, ...]]:
    try:
        return list(spots(source, kind is TemplateKind.MJML)), ()
    except TemplateFault as fault:
        return [], (Problem(fault.rule, Severity.ERROR, fault.message),)


def _shielded(source: Placed, shield: Shield) -> str:
    return shield.flat("".join(piece.text if spot is None else shield.hide_at(piece, spot) for piece, spot in source))


def _lined(source: Placed, shielded: str) -> str:
    """The source with constructs as words that keep their line ends, so that lines are the author's."""
    if all("\n" not in piece.text for piece, spot in source if spot):
        return shielded
    return "".join(piece.text if not spot else "x" + "\n" * piece.text.count("\n") for piece, spot in source)


def _inlined(html: str, problems: list[Problem]) -> str:
    """Rules of style sheets written into the elements; the sheets stay for dark mode and small screens."""
    inliner = css_inline.CSSInliner(
        load_remote_stylesheets=False, keep_link_tags=True, keep_style_tags=True, keep_at_rules=True
    )
    try:
        return str(inliner.inline(html))
    except (css_inline.InlineError, ValueError):
        words = "The style sheet could not be written into the elements: a style cannot be read."
        fix = "Look for a style without a colon, or for {% … %} inside a style."
        problems.append(Problem("css.inline", Severity.WARNING, words, fix=fix))
        return html


def _framed(html: str, preheader: Pieces, shield: Shield) -> str:
    """With the hidden preheader first and the open pixel last in the body."""
    pixel = shield.hide(Piece(1, '{{ ""|_pixel }}'), own=True)
    if preheader:
        words = "".join(shield.hide(piece, own=True) if piece.line else _escaped(piece.text) for piece in preheader)
        hidden = f'<div style="{_HIDDEN}">{words}{_PADDING}</div>'
        body = _BODY.search(html)
        at = body.end() if body else 0
        html = html[:at] + hidden + html[at:]
    ends = list(_END.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return html[:at] + pixel + html[at:]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _parsed(parts: dict[str, Pieces]) -> list[Problem]:
    """What Jinja says of sources that came no further."""
    problems = []
    for where, part in parts.items():
        try:
            pieces.parse(part, where)
        except TemplateFault as fault:
            problems.append(Problem(fault.rule, Severity.ERROR, fault.message, where, fault.line))
    return problems


def _programs(parts: dict[str, Pieces], own_text: bool) -> list[Problem]:
    """Make every part's program now: what cannot run is told at compile time. Asked for as the render will ask."""
    problems = []
    for name, part in parts.items():
        where = "source" if name == "html" or (name == "text" and not own_text) else name
        try:
            pieces.program(part, name == "html", where)
        except TemplateFault as fault:
            problem = Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line)
            if problem not in problems:
                problems.append(problem)
    return problems


def _fatal(problems: list[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)
