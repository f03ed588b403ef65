"""A draft to everything that is done once per template: shielded, through MJML and the inliner, links numbered.

Pure and kept by content: the same draft is compiled once. What is wrong is told as problems, never raised.
"""

import re
from dataclasses import replace
from functools import lru_cache

import css_inline

from restock_desk.domain.templates import Draft, Problem, Severity, TemplateKind
from restock_desk.rendering import anchors, contexts, legible, markup, pieces, programs, text_part
from restock_desk.rendering import parts as parts_
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.document import assembly, drafts
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece, Pieces
from restock_desk.rendering.positions import Spot, spots
from restock_desk.rendering.shield import Shield

Placed = list[tuple[Piece, Spot | None]]
_BODY = re.compile(r"<body\b(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>", re.IGNORECASE)
_END = re.compile(r"</body\s*>", re.IGNORECASE)


@lru_cache(maxsize=32)
def compile_template(draft: Draft) -> CompiledTemplate:
    """Everything done once per template. Never raises for what an author wrote; safe from any thread."""
    if draft.kind is TemplateKind.DOCUMENT:
        return assembly.compiled(draft)
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
    problems += parts_.run_faults(parts, draft.text is not None)
    return replace(made, parts=parts, problems=tuple(problems))


@lru_cache(maxsize=8)
def laid_out(draft: Draft) -> CompiledTemplate:
    """A template without a derived plain text and without a word on whether its parts can run. For `sketch`."""
    return assembly.laid_out(draft) if draft.kind is TemplateKind.DOCUMENT else _laid_out(draft)[0]


def plain_html(draft: Draft) -> str:
    """The HTML with the author's constructs in it and nothing of ours: no counted links, no pixel. For files."""
    draft = drafts.to_draft(draft)
    source, _ = pieces.cut(draft.source, "source")
    placed, _ = _placed(source, draft.kind)
    shield = Shield(draft.source)
    return "".join(piece.text for piece in shield.pieces(_markup(draft.kind, placed, shield, [])))


def _laid_out(draft: Draft) -> tuple[CompiledTemplate, str, Shield]:
    """The parts but a derived text; the shielded HTML before its frame, and what can unshield it."""
    parts, problems = parts_.fields(draft)
    source, found = pieces.cut(draft.source, "source")
    placed, deep = _placed(source, draft.kind)
    problems += (*found, *deep) or contexts.check(placed, draft.kind)
    text: Pieces | None = None
    if draft.text is not None:
        text, found = pieces.cut(draft.text, "text")
        problems += found
    shield = Shield(draft.source + draft.preheader)
    html = "" if parts_.fatal(problems) else _markup(draft.kind, placed, shield, problems)
    if parts_.fatal(problems):
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
        lined = parts_.lined(source, shielded)
        mended, found = legible.mended(shielded, shield)
        legible_lined, found = (mended, found) if lined is shielded else legible.mended(lined, shield)
        problems += (*found, *markup.check(legible_lined))
        if parts_.fatal(problems):
            return ""
        try:
            html = shield.flat(markup.to_html(mended, shield))
        except markup.Illegible as fault:
            problems.append(fault.problem(legible_lined))
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
    pixel = shield.hide(parts_.PIXEL, own=True)
    if preheader:
        words = "".join(
            shield.hide(piece, own=True) if piece.line else piece.text for piece in parts_.hidden(preheader)
        )
        body = _BODY.search(html)
        at = body.end() if body else 0
        html = html[:at] + words + html[at:]
    ends = list(_END.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return html[:at] + pixel + html[at:]


def _parsed(parts: dict[str, Pieces]) -> list[Problem]:
    """What Jinja says of sources that came no further."""
    problems = []
    for where, part in parts.items():
        try:
            programs.parse(part, where)
        except TemplateFault as fault:
            problems.append(Problem(fault.rule, Severity.ERROR, fault.message, where, fault.line))
    return problems
