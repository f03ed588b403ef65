"""What a commercial mail must have: a way to leave, the sender's address; and that both come before mail is cut off."""

import re
from collections.abc import Iterator

from restock_desk.domain.templates import Edit, Problem
from restock_desk.rendering.lint.finding import Matter, tell

CLIPPED, NEAR = 102_000, 85_000
"""Bytes of HTML after which a large mailbox provider cuts a mail off, and from which values may bring it there."""
_LINK = '<a href="{{ links.unsubscribe }}">Unsubscribe</a>'
_ADDRESS = "{{ shop.name }}{% if shop.address %}, {{ shop.address }}{% endif %}"
_POSTAL = re.compile(
    r"\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]?\s+\d[A-Z]{2}\b|\b(?:[A-Z]-)?\d{4,6}\s+[A-ZÀ-Ý][a-zà-ÿ]{2,}"
    r"|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b|\bP\.?\s?O\.?\s?Box\s+\d+"
)


def check(matter: Matter) -> Iterator[Problem]:
    source, text = matter.draft.source, matter.draft.text
    if "links.unsubscribe" not in source:
        words = "There is no unsubscribe link in the mail."
        fix = f"Add {_LINK}."
        yield tell("unsub.body", words, fix, edits=_at_the_end(matter, _LINK))
    if text is not None and text.strip() and "links.unsubscribe" not in text:
        words = "There is no unsubscribe link in the plain text."
        edits = (Edit("text", len(text), "", "\n\nUnsubscribe: {{ links.unsubscribe }}\n"),)
        yield tell("unsub.text", words, "Add {{ links.unsubscribe }}.", where="text", edits=edits)
    if "shop.address" not in source and not _POSTAL.search(_ending(matter)):
        words = "The shop's postal address is not in the mail; many countries require it."
        fix = "Add {{ shop.address }} at the end."
        yield tell("legal.address", words, fix, edits=_at_the_end(matter, _ADDRESS))
    yield from _size(matter)


def _size(matter: Matter) -> Iterator[Problem]:
    parts = matter.compiled.parts.get("html", ())
    size, link = 0, -1
    for part in parts:
        if part.line and "links.unsubscribe" in part.text and link < 0:
            link = size
        size += len(part.text.encode())
    if size > CLIPPED:
        words = f"The mail has {size // 1000} KB of HTML; some providers cut it off after {CLIPPED // 1000} KB."
        yield tell("size.clip", words, "Shorten it.")
        if link > CLIPPED:
            yield tell("unsub.late", "The unsubscribe link is cut off with the end of the mail.", "Move it up.")
    elif size > NEAR:
        words = (
            f"The mail has {size // 1000} KB of HTML before anybody's values; it is cut off at {CLIPPED // 1000} KB."
        )
        yield tell("size.near", words, "Shorten it.")


def _ending(matter: Matter) -> str:
    """The last words of the mail."""
    return matter.source.words(max(0, len(matter.draft.source) - 6000), len(matter.draft.source))


def _at_the_end(matter: Matter, content: str) -> tuple[Edit, ...]:
    """A quick fix: a small line as the last of the body. Without an end of the body none is offered."""
    if matter.mjml:
        ending = "</mj-body>"
        column = f'<mj-text align="center" font-size="13px" color="#595959">{content}</mj-text>'
        new = f"<mj-section><mj-column>{column}</mj-column></mj-section>"
    else:
        ending = "</body>"
        new = f'<p style="text-align:center;font-size:13px;color:#595959">{content}</p>'
    start = matter.draft.source.lower().rfind(ending)
    return (Edit("source", start, "", new),) if start >= 0 else ()
