"""The plain-text part, read off the shielded HTML once per template: so the text is a template too."""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.pieces import Piece
from restock_desk.rendering.shield import Shield

_BLOCKS = {
    "p", "div", "table", "tr", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "section", "article",
    "header", "footer", "center", "pre", "form", "hr",
}  # fmt: skip
_APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "hr"}
_SKIPPED = {"head", "style", "script", "title", "template", "noscript", "svg"}
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all")
_BODY = re.compile(r"<body\b", re.IGNORECASE)
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
"""What stands behind these must stay in the body, and statements before the body count for what stands in it."""
_BLANKS = re.compile(r"[ \t\r\n\f\u00a0]+")
_GAP = re.compile(r"\n{3,}")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b-\u200d\u2060\ufeff]+")


def derive(html: str, shield: Shield) -> str:
    """Shielded plain text: paragraphs apart, lists as dashes, links as “text (address)”, hidden parts left out."""
    body = _BODY.search(html)
    head, rest = (html[: body.start()], html[body.start() :]) if body else ("", html)
    root = LexborHTMLParser(("" if body else "<body>") + _ENDS.sub("", rest)).body
    out = [shield.hide(part, own=True) for part in _statements(head, shield)]
    try:
        if root is not None:
            _inside(root, out, shield)
    except RecursionError as error:
        raise TemplateFault("The elements are nested too deeply.", "tpl.size") from error
    text = "".join(
        unescape(part.text)
        if isinstance(part, Piece) and not part.line
        else part
        if isinstance(part, str)
        else shield.hide(part, own=True)
        for part in shield.split("".join(out))
    )
    return tidy(text) + "\n"


def tidy(text: str) -> str:
    """Without blanks at line ends and without more than one empty line."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = "\n".join(map(str.strip, text.split("\n")))
    return _GAP.sub("\n\n", lines).strip("\n")


def without_empty_links(text: str) -> str:
    """Without the empty brackets of a link that leads nowhere for this person."""
    return text.replace(" ()", "")


def _inside(node: LexborNode, out: list[str], shield: Shield) -> None:
    child = node.child
    while child is not None:
        _write(child, out, shield)
        child = child.next


def _write(node: LexborNode, out: list[str], shield: Shield) -> None:
    if node.is_text_node:
        text = _INVISIBLE.sub("", _BLANKS.sub(" ", node.text_content or ""))
        out.append(text.lstrip() if not out or out[-1].endswith(("\n", " ")) else text)
        return
    if node.is_comment_node:
        out += [shield.hide(part, own=True) for part in _statements(node.comment_content or "", shield)]
        return
    name = node.tag or ""
    if name in _SKIPPED or _hidden(node.attributes.get("style") or ""):
        return
    if name == "br":
        out.append("\n")
    elif name == "img":
        out.append(node.attributes.get("alt") or "")
    elif name == "a":
        _link(node, out, shield)
    elif name in ("s", "del", "strike"):
        out.append("~")
        _inside(node, out, shield)
        out.append("~")
    elif name in _BLOCKS:
        _block(node, name, out, shield)
    else:
        _inside(node, out, shield)
        if name in ("td", "th") and node.next is not None:
            out.append(" ")


def _hidden(style: str) -> bool:
    low = style.lower()
    return ("none" in low or "mso-hide" in low) and _HIDDEN.search(low) is not None


def _block(node: LexborNode, name: str, out: list[str], shield: Shield) -> None:
    gap = "\n\n" if name in _APART else "\n"
    out.append(gap)
    if name == "li":
        out.append("- ")
    elif name == "hr":
        out.append("---")
    _inside(node, out, shield)
    out.append(gap)


def _link(node: LexborNode, out: list[str], shield: Shield) -> None:
    label: list[str] = []
    _inside(node, label, shield)
    words = "".join(label).strip()
    address = (node.attributes.get("href") or "").strip()
    if not address or address.startswith("#") or address.removeprefix("mailto:") == words:
        out.append(words)
    else:
        out.append(f"{words} ({address})" if words and words != address else address)


def _statements(comment: str, shield: Shield) -> list[Piece]:
    """Statements travel as comments; inside a conditional comment they still open and close what stands outside."""
    return [part for part in shield.split(comment) if isinstance(part, Piece) and part.statement]
