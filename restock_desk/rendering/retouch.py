"""A laid-out template after a few letters of its text changed: the letters are changed where they came out.

Only where that is certain: letters between tags and constructs, in a text that came out exactly once. Everything else,
and whatever looks odd, is laid out anew by the caller.
"""

import re
from dataclasses import replace

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.rendering.compiled import CompiledTemplate
from restock_desk.rendering.pieces import Piece

_EDGE = re.compile(r"[<>{}]")
_ODD = re.compile(r"[<>{}&\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]")
"""Letters that mean something to somebody on the way, line ends among them: they move the lines of what follows."""
_STYLES = re.compile(r"<(?:mj-)?(?:style|script|attributes|raw|head)\b[^<]*$", re.IGNORECASE)


def retouched(was: Draft, compiled: CompiledTemplate, now: Draft) -> CompiledTemplate | None:
    """`compiled`, laid out from `was`, as it would be laid out from `now`; None where that is not certain."""
    if compiled.broken or now.kind is TemplateKind.DOCUMENT or replace(was, source=now.source) != now:
        return None
    texts = _changed_text(was.source, now.source)
    if texts is None:
        return None
    old, new = texts
    html = compiled.parts.get("html", ())
    places = [n for n, piece in enumerate(html) if piece.line == 0 and old in piece.text]
    if len(places) != 1 or html[places[0]].text.count(old) != 1 or not _stands_alone(html[places[0]].text, old):
        return None
    at = places[0]
    pieces = (*html[:at], Piece(0, html[at].text.replace(old, new)), *html[at + 1 :])
    return replace(compiled, parts={**compiled.parts, "html": pieces})


def _changed_text(was: str, now: str) -> tuple[str, str] | None:
    """The one text that changed, before and after, without the blanks around it."""
    start, end = shared(was, now)
    left = max((hit for hit in (was.rfind(edge, 0, start) for edge in "<>{}")), default=-1)
    hit = _EDGE.search(was, len(was) - end)
    if left < 1 or hit is None:
        return None
    before, after = was[left - 1 : left + 1], was[hit.start() : hit.start() + 2]
    if not (before.endswith(">") or before in ("}}", "%}")) or not (after.startswith("<") or after in ("{{", "{%")):
        return None
    old, new = was[left + 1 : hit.start()], now[left + 1 : hit.start() + len(now) - len(was)]
    if _ODD.search(old.strip()) or _ODD.search(new.strip()) or _STYLES.search(was[max(0, left - 2000) : left + 1]):
        return None
    blank = len(old) - len(old.lstrip()), len(old) - len(old.rstrip())
    if blank != (len(new) - len(new.lstrip()), len(new) - len(new.rstrip())) or not old.strip() or not new.strip():
        return None
    return old.strip(), new.strip()


def _stands_alone(text: str, old: str) -> bool:
    """Whether it is a whole text between tags or constructs, not a part of a longer one or of an attribute."""
    at = text.index(old)
    before, after = text[:at].rstrip(), text[at + len(old) :].lstrip()
    return (not before or before.endswith(">")) and (not after or after.startswith("<"))


def shared(was: str, now: str) -> tuple[int, int]:
    """How many letters are the same at the beginning, and how many of the others at the end."""
    most = min(len(was), len(now))
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if was[:middle] == now[:middle] else (low, middle - 1)
    start, low, high = low, 0, most - low
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if was[-middle:] == now[-middle:] else (low, middle - 1)
    return start, low
