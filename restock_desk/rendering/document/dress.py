"""What a document is compiled with and does not hold itself: brand kit, saved blocks, an author's rights, the build.

A draft carries it as text, so that everything which is handed a draft makes the same mail of it, wherever it runs.
"""

import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from restock_desk.domain import brand as kits
from restock_desk.domain.brand import DEFAULT, Brand
from restock_desk.domain.templates import Draft, TemplateKind


@dataclass(frozen=True)
class Dress:
    """`saved` holds saved blocks as id, version and JSON; `raw_html`: HTML of the author is not cleaned;
    `preview` names each block's id in a class of its elements."""

    brand: Brand = DEFAULT
    saved: tuple[tuple[str, int, str], ...] = ()
    raw_html: bool = False
    preview: bool = False


PLAIN = Dress()


def dressed(draft: Draft, dress: Dress) -> Draft:
    """The draft with what it is compiled with. Sources need nothing."""
    return replace(draft, dress=_words(dress)) if draft.kind is TemplateKind.DOCUMENT else draft


def for_preview(draft: Draft) -> Draft:
    """The same draft as a preview wants it: its elements name their blocks."""
    return dressed(draft, replace(dress_of(draft), preview=True))


def dress_of(draft: Draft) -> Dress:
    """What a draft carries; the usual things where it carries nothing."""
    return _read(draft.dress) if draft.dress else PLAIN


@lru_cache(maxsize=64)
def _words(dress: Dress) -> str:
    if dress == PLAIN:
        return ""
    found: dict[str, Any] = asdict(replace(dress, brand=DEFAULT)) | {"brand": kits.to_json(dress.brand)}
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=64)
def _read(words: str) -> Dress:
    found = json.loads(words)
    saved = tuple((str(id), int(version), str(node)) for id, version, node in found["saved"])
    return Dress(kits.from_json(found["brand"]), saved, bool(found["raw_html"]), bool(found["preview"]))
