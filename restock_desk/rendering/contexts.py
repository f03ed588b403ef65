"""Places where a construct is dangerous or cannot work: escaping protects text and quoted attribute values only."""

import re
from collections.abc import Iterable, Iterator

from restock_desk.domain.templates import Problem, Severity, TemplateKind
from restock_desk.rendering.pieces import Piece, inner
from restock_desk.rendering.positions import TABLE_PARTS, Spot

_TYPED = re.compile(r"\|\s*(?:color|px)\s*-?\}\}$")
"""Ends with a filter that gives nothing but a colour or a length."""


def check(source: Iterable[tuple[Piece, Spot | None]], kind: TemplateKind) -> tuple[Problem, ...]:
    """A problem for each construct that stands where it must not, at its line."""
    return tuple(
        Problem(rule, severity, f"“{inner(piece.text)[:60]}” {words}", "source", piece.line, fix)
        for piece, spot in source
        if spot is not None
        for rule, severity, words, fix in _judged(piece, spot, kind)
    )


def _judged(piece: Piece, spot: Spot, kind: TemplateKind) -> Iterator[tuple[str, Severity, str, str]]:
    error = Severity.ERROR
    if spot.state == "unquoted":
        yield "tpl.context", error, "stands in an attribute without quotes.", f'Write {spot.attribute}="…".'
    elif spot.state == "tag":
        yield (
            "tpl.context",
            error,
            "stands inside a tag, outside a value.",
            "Put the {% if %} around the whole element.",
        )
    elif spot.state == "comment" and not piece.statement:
        yield "tpl.context", error, "stands in a comment, where nothing protects it.", "Use {# … #} for your notes."
    elif spot.state == "quoted" and spot.attribute.startswith("on"):
        yield "tpl.context", error, f"stands in {spot.attribute}, where it could run as a script.", "Remove it."
    elif spot.state == "raw" and spot.element in ("script", "style", "mj-style") and not piece.statement:
        yield "tpl.context", error, f"stands in <{spot.element}>, where nothing protects it.", "Move it into the text."
    elif spot.state == "text" and spot.element in TABLE_PARTS and not piece.statement:
        words = f"stands directly in <{spot.element}>: mail programs move it out of the table."
        yield "tpl.context", error, words, "Put it into a cell."
    elif spot.state == "quoted" and kind is TemplateKind.MJML and spot.attribute == "width" and "mj-" in spot.element:
        yield "mjml.width", error, "stands in a width, which MJML must know beforehand.", "Write a number of pixels."
    elif spot.state == "quoted" and spot.attribute == "style" and not piece.statement and not _TYPED.search(piece.text):
        words, fix = "stands in a style, which any value can break.", "Write |color or |px behind it."
        yield "tpl.style", error, words, fix
