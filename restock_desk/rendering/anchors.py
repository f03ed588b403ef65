"""Addresses of a finished, still shielded HTML: counted links get a number, other expressions a scheme check."""

import re
from html import unescape

from restock_desk.rendering.links import SPECIAL
from restock_desk.rendering.pieces import Piece, inner, literal
from restock_desk.rendering.shield import Shield

LINKS_LIMIT = 256
_TAG = re.compile(r"""\A([A-Za-z][\w:-]*)\b((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
_ADDRESS = re.compile(r"""(\s(href|src|background|action|poster)\s*=\s*)(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_BACKGROUND = re.compile(r"background\s*=")
_COUNTED = {"a", "area", "v:roundrect", "v:rect"}
_SPECIAL = re.compile(rf"(?:^|\.)links\.(?:{'|'.join(SPECIAL)})$")


def rewrite(html: str, shield: Shield, first: int = 0, utm: str = "", line: int = 1) -> tuple[str, tuple[str, ...]]:
    """The HTML with its addresses as constructs of ours, and what each counted link leads to, by number.

    For one part of a mail: `first` is the number of its first link, `line` that of links which hold no construct.
    `utm` is added to what is counted.
    """
    names: list[str] = []

    def tag(hit: re.Match[str]) -> str:
        element = hit.group(1).lower()

        def address(found: re.Match[str]) -> str:
            value = found.group(3) if found.group(3) is not None else found.group(4)
            counted = element in _COUNTED and found.group(2).lower() == "href" and first + len(names) < LINKS_LIMIT
            return f'{found.group(1)}"{_address(value, shield, names if counted else None, first, utm, line)}"'

        return f"{hit.group(1)}{_ADDRESS.sub(address, hit.group(2))}>"

    parts = html.split("<")
    for number, text in enumerate(parts[1:], 1):
        low = text.lower()
        if "href" in low or "src" in low or "action" in low or "poster" in low or _BACKGROUND.search(low):
            parts[number] = _TAG.sub(tag, text, 1)
    return "<".join(parts), tuple(names)


def _address(value: str, shield: Shield, names: list[str] | None, first: int, utm: str, line: int) -> str:
    parts = shield.split(value.strip())
    pieces = [part for part in parts if isinstance(part, Piece) and part.line > 0]
    if any(piece.statement for piece in pieces):
        return value.replace('"', "&quot;")
    whole = "".join(part.text if isinstance(part, Piece) else part for part in parts)
    if pieces:
        raw = "|_raw" if len(parts) > 1 else ""
        terms = [
            f"({inner(part.text)}){raw}"
            if isinstance(part, Piece) and part.line > 0
            else literal(unescape(_text(part)))
            for part in parts
        ]
        line, path = pieces[0].line, _named(inner(pieces[0].text)) if len(parts) == 1 else whole
        term = terms[0] if len(terms) == 1 else f"({' ~ '.join(terms)})"
        if names is None or _SPECIAL.search(path) or not _leads_out(parts):
            return shield.hide(Piece(line, f"{{{{ {term}|_url({literal(path)}) }}}}"), own=True)
    elif names is None or not whole.lower().startswith(("http://", "https://")):
        return value.replace('"', "&quot;")
    else:
        target = unescape(whole)
        path, term = target, literal(target)
    names.append(path)
    term = f"({term})|_utm({literal(utm)})" if utm else term
    construct = f"{{{{ {term}|_track({first + len(names) - 1}, {literal(path)}) }}}}"
    return shield.hide(Piece(line, construct), own=True)


def _named(expression: str) -> str:
    """What an expression is called in reports and problems: what it shows, without what stands in for it."""
    return expression.partition("|")[0].strip() or expression


def _text(part: str | Piece) -> str:
    return part.text if isinstance(part, Piece) else part


def _leads_out(parts: list[str | Piece]) -> bool:
    """Whether it may become a web address: it begins with one, or with an expression."""
    head = parts[0]
    return (isinstance(head, Piece) and head.line > 0) or _text(head).lower().startswith(("http://", "https://"))
