"""Whether the plain text tells what the HTML tells."""

import re
from collections.abc import Iterator

from restock_desk.domain.templates import Problem
from restock_desk.rendering.lint.finding import Matter, tell

_PRINTED = re.compile(r"\{\{-?\s*([A-Za-z_][\w.]*)")
_LEADING = ("product.title", "item.product.title", "variant.price", "links.product", "links.cart")


def check(matter: Matter) -> Iterator[Problem]:
    text = matter.draft.text
    if text is None:
        return
    if not text.strip():
        yield tell(
            "mime.text", "The plain text is empty.", "Write it, or let it follow the source.", where="text", line=1
        )
        return
    said = set(_PRINTED.findall(text))
    shown = set(_PRINTED.findall(matter.draft.source, max(0, matter.draft.source.find("body"))))
    missing = [path for path in _LEADING if path in shown and path not in said]
    titles = [path for path in missing if path.endswith("title")]
    if titles or (missing and not said & {"links.product", "links.cart", "item.links.product", "item.links.cart"}):
        words = f"The plain text does not say {(titles or missing)[0]}, which the HTML does."
        yield tell("mime.text", words, "Say the same in both.", where="text", line=1)
