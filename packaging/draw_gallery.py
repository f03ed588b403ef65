"""Pictures of the starter gallery, as the application's own preview shows it.

python packaging/draw_gallery.py                 the thumbnails, into resources/templates/pictures
python packaging/draw_gallery.py --look FOLDER   every template at 600 and 375 px, light and dark, to look at
"""

import json
import os
import sys
import time
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # only what ships with us is shown

from PySide6.QtCore import QEventLoop, QSize, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from restock_desk import bundle
from restock_desk.domain.audience import Interest, Subscriber
from restock_desk.domain.restocks import EventState, RestockEvent
from restock_desk.domain.shelf import Shelf
from restock_desk.domain.shop import Shop
from restock_desk.domain.templates import Draft
from restock_desk.rendering.compile import compile_template
from restock_desk.rendering.starters import gallery
from restock_desk.services import context
from restock_desk.ui import start
from restock_desk.ui.preview import Preview

WIDE, HIGH = 600, 2600
THUMBNAIL = QSize(360, 450)
_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
_PICTURES = "https://pictures.invalid/"
_SHOP = Shop(
    name="Alder & Finch", url="https://alderfinch.example", currency="EUR", sender_email="hello@alderfinch.example",
    postal_address="12 Mill Lane, Porto", public_url="https://mail.alderfinch.example", cart_url="https://alderfinch.example/cart/{sku}",
)  # fmt: skip
_ARABIC = {"product": {"title": "إبريق شاي من الفخار", "description": None}, "variant": {"title": "صغير"}}


def main(arguments: list[str]) -> int:
    app = start.make_app()
    assert isinstance(app, QApplication)
    if arguments[:1] == ["--look"]:
        folder = Path(arguments[1])
        folder.mkdir(parents=True, exist_ok=True)
        for key, draft in _wanted(arguments[2:]):
            for width in (600, 375):
                for look in ("light", "dark"):
                    path = folder / f"{key}-{width}-{look}.png"
                    _drawn(app, key, draft, width, look).save(str(path))
                    print(path, flush=True)
        return 0
    folder = bundle.resource("templates", "pictures")
    folder.mkdir(exist_ok=True)
    for key, draft in _wanted(arguments):
        image = _drawn(app, key, draft, WIDE, "light")
        cut = image.copy(
            0, 0, image.width(), min(image.height(), image.width() * THUMBNAIL.height() // THUMBNAIL.width())
        )
        small = cut.scaled(THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        small.save(str(folder / f"{key}.png"))
        print(folder / f"{key}.png", flush=True)
    return 0


def _wanted(keys: list[str]) -> list[tuple[str, Draft]]:
    """Name of the file without its endings, and draft, of all or of those that are named."""
    index = tomllib.loads(bundle.resource("templates", "starters.toml").read_text(encoding="utf-8"))["starter"]
    found = [(entry["file"].partition(".")[0], starter.draft) for entry, starter in zip(index, gallery(), strict=True)]
    return [(key, draft) for key, draft in found if not keys or key in keys]


def _drawn(app: QApplication, key: str, draft: Draft, width: int, look: str) -> QImage:
    """The whole mail at a width, cut off where it ends."""
    shown = Preview(lambda address, done: done(_picture(address)))
    shown.resize(width, HIGH)
    shown.set_width(width)
    shown.set_look(look)
    shown.show()
    number = shown.show_mail(_html(key, draft))
    _until(shown, number)
    image = shown.grab().toImage()
    shown.close()
    shown.deleteLater()
    app.processEvents()
    return image.copy(0, 0, image.width(), _end(image))


def _html(key: str, draft: Draft) -> str:
    person = Subscriber(7, "ana@example.com", "ana@example.com", "C-7", "Ana", "Silva", "en", "Europe/Lisbon")
    events = _events()
    if key == "right-to-left":
        person = replace(person, first_name="ليلى", locale="ar")
        one = events[0]
        events = [replace(one, snapshot={name: {**one.snapshot[name], **_ARABIC[name]} for name in _ARABIC})]
    identity = context.identify(_SHOP, b"k" * 32, "gallery", _AT, delivery_id=1)
    waits = [Interest(1, 7, events[0].variant_id, _AT, "product page")]
    shelf = Shelf(related=tuple(events[4:7]), bestsellers=tuple(events[4:8]))
    data = context.build(_SHOP, person, events[:4], waits, identity, shelf)
    return compile_template(draft).render(data, identity, strict=False).html


def _events() -> list[RestockEvent]:
    """One restock a product of the sample shop."""
    products: list[dict[str, Any]] = json.loads(bundle.resource("sample", "products.json").read_text(encoding="utf-8"))
    wanted = [1, 0, 2, *range(3, len(products))]
    found = []
    for number, at in enumerate(wanted, 1):
        product = products[at]
        variant = product["variants"][0]
        picture = f"{_PICTURES}{variant['picture']}.png"
        facts = {name: product[name] for name in ("title", "description", "vendor", "type", "handle")}
        snapshot = {
            "product": {"id": number, "url": f"/products/{product['handle']}", "image_url": picture, **facts},
            "variant": {
                "id": number, "sku": variant["sku"], "title": variant["option"][1], "price": variant["price"],
                "compare_at_price": variant["compare_at_price"], "currency": "EUR", "stock": 4 if number == 1 else 12,
                "image_url": picture, "url": "",
            },
        }  # fmt: skip
        found.append(RestockEvent(number, number, _AT, _AT, 0, 4, EventState.OPEN, snapshot))
    return found


def _picture(address: str) -> bytes | None:
    if not address.startswith(_PICTURES):
        return None
    path = bundle.resource("sample", "pictures", address.removeprefix(_PICTURES))
    return path.read_bytes() if path.exists() else None


def _until(shown: Preview, number: int) -> None:
    """Wait for the mail, and then until two looks at it are the same."""
    loop, seen = QEventLoop(), [0]
    shown.shown.connect(lambda at: seen.append(at))
    before, ends = QImage(), time.monotonic() + 30
    while time.monotonic() < ends:
        QTimer.singleShot(250, loop.quit)
        loop.exec()
        now = shown.grab().toImage()
        if max(seen) >= number and now == before and _end(now) > now.height() // 20:
            return
        before = now


def _end(image: QImage) -> int:
    """Where the mail ends: the last line that is not all of one colour, and some air."""
    for y in range(image.height() - 1, 0, -1):
        first = image.pixel(0, y)
        if any(image.pixel(x, y) != first for x in range(0, image.width(), 3)):
            return min(y + 40, image.height())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
