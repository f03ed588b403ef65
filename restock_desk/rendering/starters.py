"""The templates that ship with the application: files in resources/templates, named in starters.toml."""

import tomllib
from functools import lru_cache
from pathlib import Path

from restock_desk import bundle
from restock_desk.domain.document import reading
from restock_desk.domain.templates import Draft, Starter, TemplateKind
from restock_desk.rendering.document import drafts


def starters() -> tuple[tuple[str, Draft], ...]:
    """(name, draft) of each, in the order shown."""
    return tuple((starter.name, starter.draft) for starter in gallery())


@lru_cache(maxsize=1)
def gallery() -> tuple[Starter, ...]:
    """Each in the order shown: documents first, then sources."""
    index = tomllib.loads(_text("starters.toml"))
    return tuple(
        Starter(entry["name"], entry["about"], _draft(entry), _picture(entry["file"])) for entry in index["starter"]
    )


def picture_of(file: str) -> Path:
    """Where the picture of a starter's file belongs: 360 px wide, drawn by packaging/draw_gallery.py."""
    return bundle.resource("templates", "pictures", f"{file.partition('.')[0]}.png")


def _picture(file: str) -> Path | None:
    path = picture_of(file)
    return path if path.exists() else None


def _draft(entry: dict[str, str]) -> Draft:
    if entry["file"].endswith(".json"):
        return drafts.draft_of(reading.parse(_text(entry["file"])))
    return Draft(TemplateKind.MJML, _text(entry["file"]), entry["subject"], entry["preheader"])


def _text(name: str) -> str:
    return bundle.resource("templates", name).read_text(encoding="utf-8")
