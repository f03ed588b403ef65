"""What a document needs from its shop to be a mail: brand kit, saved blocks, products to show beside the restocked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path

from restock_desk.domain import brand as kits
from restock_desk.domain.brand import DEFAULT, Brand
from restock_desk.domain.document.tree import Document, DocumentFault
from restock_desk.domain.restocks import RestockEvent
from restock_desk.domain.shelf import EMPTY, LIMIT, Shelf, Wanted
from restock_desk.domain.staff import AuditEntry
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.errors import DeskError
from restock_desk.rendering.document import drafts, dress, needs, saved
from restock_desk.rendering.document.dress import Dress
from restock_desk.services.desk import Desk
from restock_desk.services.files import beginning
from restock_desk.store import saved_blocks, shelf, staff
from restock_desk.store import shop as stored
from restock_desk.store.database import Unit

_KEY, _RAW = "brand", "raw_html"
_LARGEST = 256 * 1024
_MOST = 100
"""Saved blocks in one document."""


@dataclass(frozen=True)
class Kit:
    """What the shop decides for all its documents. `raw_html`: its authors may write HTML that is sent as it is."""

    brand: Brand = DEFAULT
    raw_html: bool = False


def kit(desk: Desk) -> Kit:
    """The shop's; the usual one where none was saved."""
    with desk.store.reading() as u:
        return Kit(brand_in(u), bool(stored.setting(u, _RAW)))


def brand_in(u: Unit) -> Brand:
    return kits.from_json(stored.setting(u, _KEY) or {})


def save_kit(desk: Desk, new: Kit) -> Kit:
    """Replace it. Campaigns on their way keep what they were launched with. DeskError for what no mail can show."""
    new = Kit(kits.checked(new.brand), new.raw_html)
    now = desk.now()
    with desk.store.unit() as u:
        before = brand_in(u)
        changed = [each.name for each in fields(Brand) if getattr(new.brand, each.name) != getattr(before, each.name)]
        if changed:
            stored.save_setting(u, _KEY, kits.to_json(new.brand), now)
        if bool(stored.setting(u, _RAW)) != new.raw_html:
            stored.save_setting(u, _RAW, new.raw_html, now)
            changed.append("raw_html")
        if changed:
            told: dict[str, object] = {"settings": changed}
            staff.record(u, AuditEntry(now, desk.actor.name, "brand.changed", "brand", "", told))
        u.commit()
    return new


def brand_written(brand: Brand) -> str:
    """A brand kit as a file."""
    return json.dumps(kits.written(brand), ensure_ascii=False, indent=2) + "\n"


def brand_read(path: Path) -> Brand:
    """The brand kit that a file holds; what it leaves out is as usual. DeskError where it holds none."""
    raw = beginning(path, _LARGEST, "Check the file's name.")
    if len(raw) > _LARGEST:
        raise DeskError(f"{path} is too large for a brand kit.", "Choose another file.")
    try:
        return kits.told(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise DeskError(f"{path} is no JSON.", "Write a brand kit with `brand export` and change that.") from error


def dressed(desk: Desk, draft: Draft) -> Draft:
    """The draft with what it is compiled with. Sources, and drafts that carry it already, come back as they are."""
    if draft.kind is not TemplateKind.DOCUMENT or draft.dress:
        return draft
    with desk.store.reading() as u:
        return dressed_in(u, draft)


def dressed_in(u: Unit, draft: Draft) -> Draft:
    document = _document(draft)
    if document is None or draft.dress:
        return draft
    return dress.dressed(draft, Dress(brand_in(u), _saved(u, document), bool(stored.setting(u, _RAW))))


class Dresser:
    """Dresses one draft after the other as a preview wants it; the shop is asked once for what the drafts name."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[tuple[tuple[str, int, bool], ...], str] = {}

    def dressed(self, draft: Draft) -> Draft:
        document = _document(draft)
        if document is None or draft.dress:
            return draft
        names = saved.wanted(document)
        if names not in self._known:
            self._known[names] = dress.for_preview(dressed(self._desk, draft)).dress
        return replace(draft, dress=self._known[names])


def wanted(draft: Draft) -> Wanted:
    """What a dressed draft shows beside what restocked."""
    document = _document(draft)
    return Wanted() if document is None else needs.wanted(saved.resolved(document, dress.dress_of(draft).saved))


def shelf_in(u: Unit, draft: Draft, events: Sequence[RestockEvent], now: datetime) -> Shelf:
    """The products a draft shows beside what restocked, as they are now."""
    shown = wanted(dressed_in(u, draft))
    if shown.nothing:
        return EMPTY
    variants = [event.variant_id for event in events]
    return Shelf(
        shelf.related(u, variants, LIMIT, now) if shown.related else (),
        shelf.bestsellers(u, LIMIT, now) if shown.bestsellers else (),
        {name: shelf.by_sku(u, skus, now) for name, skus in shown.lists},
    )


def _document(draft: Draft) -> Document | None:
    if draft.kind is not TemplateKind.DOCUMENT:
        return None
    try:
        return drafts.document_of(draft)
    except DocumentFault:
        return None  # compiling tells


def _saved(u: Unit, document: Document) -> tuple[saved.Text, ...]:
    """The saved blocks a document shows, and those that these show."""
    known: dict[tuple[str, int], saved.Text] = {}
    waiting = [document]
    while waiting and len(known) < _MOST:
        for id, version, linked in saved.wanted(waiting.pop()):
            found = saved_blocks.block(u, id, None if linked else version)
            if found is not None and (id, found.version) not in known:
                known[id, found.version] = saved.text_of(found)
                waiting.append(replace(document, body=(found.node,)))
    return tuple(sorted(known.values()))
