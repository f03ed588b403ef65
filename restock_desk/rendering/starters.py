"""The templates that ship with the application: files in resources/templates, named in starters.toml."""

import tomllib
from functools import lru_cache

from restock_desk import bundle
from restock_desk.domain.templates import Draft, TemplateKind


@lru_cache(maxsize=1)
def starters() -> tuple[tuple[str, Draft], ...]:
    """(name, draft) of each, in the order shown."""
    index = tomllib.loads(_text("starters.toml"))
    return tuple(
        (entry["name"], Draft(TemplateKind.MJML, _text(entry["file"]), entry["subject"], entry["preheader"]))
        for entry in index["starter"]
    )


def _text(name: str) -> str:
    return bundle.resource("templates", name).read_text(encoding="utf-8")
