"""The last look at a finished mail's HTML: nothing in it may run, embed, submit or load in a way nobody wrote down.

Escaping and `contexts` keep all of this out; here is proved that they did, on samples and on every mail that was made
in a process of its own.
"""

import re
from collections.abc import Iterator
from itertools import islice

from restock_desk.domain.templates import Problem, Severity

_ELEMENT = re.compile(r"<(script|iframe|object|embed|base)\b", re.IGNORECASE)
_TAG = re.compile(r"""<[a-z](?:[^<>"']|"[^"<]*"|'[^'<]*')*>""", re.IGNORECASE)
_VALUE = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")
_HANDLER = re.compile(r"\son[a-z]+\s*(?:=|$)", re.IGNORECASE)
_REFRESH = re.compile(r"http-equiv\s*=\s*[\"']?\s*refresh", re.IGNORECASE)
_ADDRESS = re.compile(
    r"""\s(?:href|src|background|action|poster)\s*=\s*["']?[\s\x00-\x1f]*(javascript|vbscript|data):([^"'>\s]*)""",
    re.IGNORECASE,
)
_HANDLERS = re.compile(r"on[a-z]{3,30}\s*(?:=|>|/)")
_ELEMENTS = re.compile(r"<(?:script|iframe|object|embed|base)\b")
_SUSPECTS = ("javascript:", "vbscript:", "data:", "refresh")
SMALL_PICTURE = 32 * 1024
"""Characters of a data: address that may be a picture."""
_PROBLEMS = 20


def check(html: str) -> tuple[Problem, ...]:
    """What must not be in a finished mail."""
    return tuple(dict.fromkeys(islice(_found(html), _PROBLEMS)))


def _found(html: str) -> Iterator[Problem]:
    lower = html.lower()  # a look at plain text is ten times as fast as one that ignores case
    if _ELEMENTS.search(lower):
        for hit in _ELEMENT.finditer(html):
            yield _problem(f"The finished mail holds <{hit.group(1).lower()}>.")
    if not (any(word in lower for word in _SUSPECTS) or _HANDLERS.search(lower)):
        return
    for tag in _TAG.finditer(html):
        text = tag.group()
        if _HANDLER.search(_VALUE.sub('=""', text).rstrip("/>")):
            yield _problem("The finished mail holds something that runs when it is touched.")
        if text[:5].lower() == "<meta" and _REFRESH.search(text):
            yield _problem("The finished mail leads to another page by itself.")
        for found in _ADDRESS.finditer(text):
            scheme, rest = found.group(1).lower(), found.group(2)
            if scheme != "data" or not rest.lower().startswith("image/") or len(rest) > SMALL_PICTURE:
                yield _problem(f"The finished mail holds an address that begins with {scheme}:.")


def _problem(words: str) -> Problem:
    return Problem("html.active", Severity.ERROR, words, "source", 0, "Look at the source of the preview for it.")
