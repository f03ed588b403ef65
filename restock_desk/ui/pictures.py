"""Tells the story without a screen: drives the real window through its pages and writes a picture of each.

Used by `restock-desk demo --pictures` and by `make screenshots` (packaging/screenshots.py).
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if hasattr(os, "geteuid") and os.geteuid() == 0:
    # Chromium drops its own sandbox as root. Allowed here alone: what is shown is our own sample shop.
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")

from PySide6.QtWidgets import QApplication, QWidget

from restock_desk.domain.listing import Listing
from restock_desk.jobs import JobRunner
from restock_desk.services import listing
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.ui import start, theme
from restock_desk.ui.preview_pane import PreviewPane
from restock_desk.ui.window import Window

SIZES = ((1280, 800), (1920, 1080))
PATIENCE_S = 20.0


def write(
    desk: Desk,
    folder: Path,
    scheme: str = "light",
    size: tuple[int, int] = SIZES[0],
    scenes: "Callable[[Desk], Iterable[tuple[str, Scene]]] | None" = None,
) -> list[Path]:
    """Write one PNG a scene into `folder` (made if missing), the pages when `scenes` are not told; their paths."""
    app = start.make_app()
    app.setCursorFlashTime(0)  # a blinking cursor would never stand still
    theme.apply(app, scheme)
    folder.mkdir(parents=True, exist_ok=True)
    runner = JobRunner()
    window = Window(desk, runner, Settings(theme=scheme))
    window.resize(*size)
    window.show()
    window.bridge.announce("shop")  # it asks for its name
    paths = []
    try:
        for number, (name, scene) in enumerate((scenes or pages)(desk), start=1):
            shown = scene(window) or window
            wait(app, runner, window, shown)
            path = folder / f"{number:02d}-{name}.png"
            shown.grab().save(str(path))
            paths.append(path)
            if shown is not window:
                shown.close()
    finally:
        window.close()
        window.deleteLater()
        app.processEvents()
        runner.close()
    return paths


Scene = Callable[[Window], QWidget | None]


def pages(desk: Desk) -> Iterator[tuple[str, Scene]]:
    """Each page, then what opens from it. With an empty shop the chosen rows are missing and empty states show."""
    variant = _first(desk, Listing("variants", sort="waiting", descending=True))
    person = _first(desk, Listing("deliveries", sort="clicked_at", descending=True))
    event = _first(desk, Listing("restocks", sort="occurred_at", descending=True))
    template = _first(desk, Listing("templates", sort="name"))
    campaign = _first(desk, Listing("campaigns", sort="in_doubt", descending=True))
    yield "catalog", _page("catalog", variant=variant)
    yield "audience", _page("audience")
    if person is not None:
        yield "person", _page("audience", person=_subscriber_of(desk, person))
    yield "restocks", _page("restocks", event=event)
    yield "templates", _page("templates", template_id=template, event_id=event)
    yield "campaigns", _page("campaigns", campaign=campaign)
    if event is not None:
        yield "review", _review(event)
    yield "feedback", _page("feedback")
    yield "settings", _page("settings")


def _page(name: str, **target: Any) -> Scene:
    known = {key: value for key, value in target.items() if value is not None}

    def show(window: Window) -> None:
        window.open_page(name, **known)

    return show


def _review(event: int) -> Scene:
    def show(window: Window) -> QWidget | None:
        window.open_page("campaigns", review=event)
        page: Any = window.page("campaigns")
        sheet: QWidget | None = page.sheet
        return sheet

    return show


def _first(desk: Desk, question: Listing) -> int | None:
    rows = listing.page(desk, question, 0, 1)
    return rows[0].id if rows else None


def _subscriber_of(desk: Desk, delivery_id: int) -> int:
    from restock_desk.services import support

    return support.delivery(desk, delivery_id).subscriber_id


def wait(app: QApplication, runner: JobRunner, window: Window, shown: QWidget) -> None:
    """Let the window work until nothing was asked or done for a while and what is `shown` stands still."""
    until, quiet = time.monotonic() + PATIENCE_S, 0
    last: bytes | None = None
    while time.monotonic() < until and quiet < 4:
        futures = [runner.run(lane, lambda: None) for lane in ("reads", "writes")]
        while not all(future.done() for future in futures) and time.monotonic() < until:
            app.processEvents()
        pause = time.monotonic() + 0.15
        while time.monotonic() < pause:
            app.processEvents()
        image = shown.grab().toImage()  # kept while its bits are read: they are its own memory
        picture = bytes(image.constBits())
        quiet = quiet + 1 if picture == last and _previews_shown(window) else 0
        last = picture


def _previews_shown(window: Window) -> bool:
    """Whether every mail that is on screen has reached its picture: the engine's first start takes a while."""
    return all(pane.settled for pane in window.findChildren(PreviewPane) if pane.isVisible())
