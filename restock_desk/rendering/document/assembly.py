"""A document's draft compiled, body block by body block: what did not change since the last time is not done again.

The result is what `compile` would make of `drafts.to_draft`; problems carry the block in which they are.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from restock_desk.domain.document.kinds import setting
from restock_desk.domain.document.tree import Document, DocumentFault
from restock_desk.domain.templates import Draft, Problem, Severity
from restock_desk.rendering import anchors, contexts, markup, parts, pieces
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.document import drafts, head, text_links
from restock_desk.rendering.document.drafts import Written
from restock_desk.rendering.document.dress import dress_of
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece, Pieces
from restock_desk.rendering.positions import Spot, spots
from restock_desk.rendering.shield import Shield

_OPENS = re.compile(r"<body\b[^<>]*><div\b[^<>]*>")
_COLUMN = re.compile(r"\.mj-column-(?:per|px)-[\d-]+ \{[^}]*\}")
_ENDS = "</div></body></html>"
_FLUID = (
    "@media only screen and (max-width:479px){table.mj-full-width-mobile{width:100%!important;}"
    "td.mj-full-width-mobile{width:auto!important;}}"
)
_UTM = ("source", "medium", "campaign", "term", "content")


@dataclass(frozen=True)
class _Made:
    """A fragment as shielded HTML. `columns` are the rules its columns need in the head."""

    html: str
    shield: Shield
    columns: tuple[str, ...]
    problems: tuple[Problem, ...]


def compiled(draft: Draft) -> CompiledTemplate:
    """Everything done once per document. Never raises for what an author wrote."""
    made = laid_out(draft)
    if made.broken:
        return made
    problems = in_blocks(parts.run_faults(made.parts, made.own_text), made.blocks, draft)
    return replace(made, problems=(*made.problems, *problems)) if problems else made


def laid_out(draft: Draft) -> CompiledTemplate:
    """The same without a word on whether its parts can run. For `sketch`, and for `compiled`."""
    kind = draft.kind.value
    fields, problems = parts.fields(draft)
    try:
        document = drafts.document_of(draft)
    except DocumentFault as fault:
        words = Problem("doc.invalid", Severity.ERROR, fault.message, "source", fault.line, fault.hint, fault.block)
        return CompiledTemplate(kind, {**fields, "html": (), "text": ()}, (), (*problems, words))
    dress = dress_of(draft)
    made = drafts.written(document, dress)
    blocks, found = _told(made, draft)
    problems += found
    sections = [_section(fragment.mjml, head.around(made.look), dress.raw_html) for fragment in made.fragments]
    problems += _placed(draft, made, sections)
    own, wrong = pieces.cut(made.own_text or "", "text")
    problems += wrong
    if parts.fatal(problems):
        return CompiledTemplate(kind, {**fields, "html": (), "text": ()}, (), tuple(problems), blocks=blocks)
    body, told, links = _body(made, sections, _utm(document))
    text = told if made.own_text is None else own
    top, bottom = _frame(made, sections, fields["preheader"])
    whole = {**fields, "html": _joined((*top, *body, *bottom)), "text": text}
    return CompiledTemplate(kind, whole, links, tuple(problems), made.own_text is not None, blocks)


@lru_cache(maxsize=1024)
def _section(mjml: str, around: str, raw_html: bool) -> _Made:
    """One fragment through the shield and MJML. Lines in its problems are the fragment's own."""
    cut, problems = pieces.cut(mjml, "source")
    found = list(problems)
    shield = Shield(mjml)
    try:
        placed = list(spots(cut, mjml=True))
    except TemplateFault as fault:
        return _Made("", shield, (), (*found, Problem(fault.rule, Severity.ERROR, fault.message)))
    found += contexts.check(placed, parts.MJML)
    shielded = _shielded(placed, shield)
    if raw_html and not parts.fatal(found):
        found += markup.check(f"<mjml><mj-body>{parts.lined(placed, shielded)}</mj-body></mjml>")
    if parts.fatal(found):
        return _Made("", shield, (), tuple(found))
    try:
        html = shield.flat(markup.to_html(f"{around}{shielded}{head.CLOSING}", shield))
    except ValueError:
        words = "This block's HTML cannot be read: its tags do not match."
        return _Made("", shield, (), (Problem("mjml.syntax", Severity.ERROR, words, "source", 1),))
    opening = _OPENS.search(html)
    inner = html[opening.end() : html.rindex(_ENDS)] if opening else ""
    columns = tuple(dict.fromkeys(_COLUMN.findall(html[: opening.start()]))) if opening else ()
    return _Made(inner, shield, columns, (*found, *shield.losses(inner)))


@lru_cache(maxsize=1024)
def _pieces(made: _Made, base: int, first: int, utm: str) -> tuple[Pieces, tuple[str, ...]]:
    """A fragment's pieces at its place in the mail: lines after `base`, counted links from `first` on."""
    shield = made.shield.moved(base)
    html, links = anchors.rewrite(made.html, shield, first, utm, base + 1)
    return shield.pieces(html), links


def _shielded(placed: Iterable[tuple[Piece, Spot | None]], shield: Shield) -> str:
    return shield.flat("".join(piece.text if spot is None else shield.hide_at(piece, spot) for piece, spot in placed))


def _told(made: Written, draft: Draft) -> tuple[tuple[str, ...], list[Problem]]:
    """The block of each line of the MJML (its first is the head's), and what was left out of it."""
    blocks: list[str] = [""]
    problems = []
    for fragment in made.fragments:
        blocks += fragment.blocks
        for block, rule, words in fragment.problems:
            line = line_of(draft.source, block)
            severity, fix = Severity.WARNING, "Remove the block."
            if rule.startswith("tpl."):
                severity, fix = Severity.ERROR, "Correct what stands in the block."
            problems.append(Problem(rule, severity, words, "source", line, fix, block))
    return tuple(blocks), problems


def _placed(draft: Draft, made: Written, sections: list[_Made]) -> list[Problem]:
    """The problems of the fragments with their blocks."""
    found: list[Problem] = []
    for fragment, section in zip(made.fragments, sections, strict=True):
        found += in_blocks(section.problems, fragment.blocks, draft)
    return found


def in_blocks(problems: Iterable[Problem], blocks: tuple[str, ...], draft: Draft) -> list[Problem]:
    """Problems whose lines are of the MJML as problems of blocks, at their lines in the document."""
    placed = []
    for problem in problems:
        if problem.where == "source" and (not problem.block or problem.block in blocks):
            at = blocks[min(max(problem.line, 1), len(blocks)) - 1] if blocks else ""
            block = problem.block or at
            problem = replace(problem, block=block, line=line_of(draft.source, block))
        placed.append(problem)
    return placed


def line_of(source: str, block: str) -> int:
    """Where a block begins in the document's text; 0 where it does not."""
    found = re.search(rf'"id"\s*:\s*"{re.escape(block)}"', source) if block else None
    return source.count("\n", 0, found.start()) + 1 if found else 0


def _body(made: Written, sections: list[_Made], utm: str) -> tuple[list[Piece], Pieces, tuple[str, ...]]:
    """The pieces of the HTML and of the plain text, and what each counted link leads to. In the text a construct's line
    is the first of its body block: where to look when it fails."""
    found: list[Piece] = []
    text: list[Piece] = []
    names: list[str] = []
    base = 1
    for fragment, section in zip(made.fragments, sections, strict=True):
        cut, links = _pieces(section, base, len(names), utm)
        if fragment.text and made.own_text is None:
            told = _told_at(fragment.text, section, base, len(names), utm)
            text += (*([Piece(0, drafts.GAP)] if text else ()), *told)
        found += cut
        names += links
        base += len(fragment.blocks)
    return found, _joined((*text, Piece(0, "\n"))), tuple(names)


@lru_cache(maxsize=1024)
def _told_at(text: str, made: _Made, base: int, first: int, utm: str) -> Pieces:
    """A fragment's plain text at its place in the mail, its links those of the HTML."""
    html, links = _pieces(made, base, first, utm)
    return text_links.counted(_cut_text(text), html, links, first, base + 1)


@lru_cache(maxsize=1024)
def _cut_text(text: str) -> Pieces:
    """An author's own plain text of an HTML block may hold what cannot be cut: then it is shown as it stands."""
    cut, wrong = pieces.cut(text, "source")
    return (Piece(0, text),) if wrong else cut


def _frame(made: Written, sections: list[_Made], preheader: Pieces) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """What stands before and behind the blocks: head, hidden preheader; open pixel."""
    columns = tuple(dict.fromkeys(rule for section in sections for rule in section.columns))
    fluid = any("mj-full-width-mobile" in section.html for section in sections)
    before, opening, after = _head(made.opening, columns, fluid)
    top = (*before, Piece(0, opening), *parts.hidden(preheader), Piece(0, after))
    return top, (parts.PIXEL, Piece(0, _ENDS))


@lru_cache(maxsize=64)
def _head(opening: str, columns: tuple[str, ...], fluid: bool) -> tuple[Pieces, str, str]:
    """The head's pieces, the body's tag, and the element around all blocks."""
    cut, _ = pieces.cut(opening, "source")
    shield = Shield(opening)
    html = shield.flat(markup.to_html(_shielded(spots(cut, mjml=True), shield) + head.CLOSING, shield))
    at = html.index('<style type="text/css">:root')
    style = f"@media only screen and (min-width:480px){{{''.join(columns)}}}" if columns else ""
    moz = "".join(f".moz-text-html {rule}" for rule in columns)
    extra = f'<style type="text/css">{style}{_FLUID if fluid else ""}</style>' if style or fluid else ""
    extra += f'<style media="screen and (min-width:480px)">{moz}</style>' if moz else ""
    body = _OPENS.search(html)
    assert body is not None
    whole = html[:at] + extra + html[at : body.start()]
    tag, _, inner = body.group().partition(">")
    return shield.pieces(whole), f"{tag}>", inner


def _joined(found: Iterable[Piece]) -> Pieces:
    """Neighbouring literal texts as one."""
    made: list[Piece] = []
    for piece in found:
        if piece.line == 0 and made and made[-1].line == 0:
            made[-1] = Piece(0, made[-1].text + piece.text)
        else:
            made.append(piece)
    return tuple(made)


def _utm(document: Document) -> str:
    """What is added to the links that are counted; values as an address holds them."""
    found = [(name, str(setting(document, f"utm.{name}") or "")) for name in _UTM]
    return "&".join(f"utm_{name}={parts.in_address(value)}" for name, value in found if value)
