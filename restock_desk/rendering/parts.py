"""What every way of compiling shares: the fields around a mail, its hidden preheader and pixel, its programs."""

from collections.abc import Iterable
from urllib.parse import quote

from restock_desk.domain.templates import Draft, Problem, Severity, TemplateKind
from restock_desk.rendering import pieces, programs
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece, Pieces
from restock_desk.rendering.positions import Spot

FIELDS = ("subject", "preheader", "sender_name", "sender_email", "reply_to")
MJML = TemplateKind.MJML
PIXEL = Piece(1, '{{ ""|_pixel }}')
_PADDING = "&#847;&zwnj;&nbsp;" * 60
_HIDDEN = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all"


def fields(draft: Draft) -> tuple[dict[str, Pieces], list[Problem]]:
    """The fields of a draft's head as pieces, and what is wrong with them."""
    found: dict[str, Pieces] = {}
    problems: list[Problem] = []
    for name in FIELDS:
        found[name], wrong = pieces.cut(getattr(draft, name), name)
        problems += wrong
    return found, problems


def hidden(preheader: Pieces) -> Pieces:
    """The preheader as it stands first in the body; nothing where there is none."""
    if not preheader:
        return ()
    words = (piece if piece.line else Piece(0, escaped(piece.text)) for piece in preheader)
    return (Piece(0, f'<div style="{_HIDDEN}">'), *words, Piece(0, f"{_PADDING}</div>"))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def lined(source: Iterable[tuple[Piece, Spot | None]], shielded: str) -> str:
    """The source with constructs as words that keep their line ends, so that lines are the author's."""
    placed = list(source)
    if all("\n" not in piece.text for piece, spot in placed if spot):
        return shielded
    return "".join(
        piece.text if not spot else _stand_in(piece, spot) + "\n" * piece.text.count("\n") for piece, spot in placed
    )


def _stand_in(piece: Piece, spot: Spot) -> str:
    return "" if piece.statement and spot.state == "text" else "x"


def run_faults(found: dict[str, Pieces], own_text: bool) -> list[Problem]:
    """Make every part's program now: what cannot run is told at compile time. Asked for as the render will ask."""
    problems: list[Problem] = []
    for name, part in found.items():
        where = "source" if name == "html" or (name == "text" and not own_text) else name
        try:
            programs.several(part, name == "html", where)
        except TemplateFault as fault:
            problem = Problem(fault.rule, Severity.ERROR, fault.message, fault.where, fault.line)
            if problem not in problems:
                problems.append(problem)
    return problems


def fatal(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)


def in_address(value: str) -> str:
    """A text as a value in an address's query."""
    return quote(value, safe="")
