"""Key stroke → changed pixel in the real Templates page, for a 30 KB mail, offscreen. Prints median and p95.

Each round types one letter into the first line of a headline with a real key event, and waits until the picture of
the preview differs where that headline stands.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QEvent, QEventLoop, QRect, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from restock_desk.domain.staff import Actor
from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.jobs import JobRunner
from restock_desk.services import templates
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import open_store, upgrade
from restock_desk.ui import start, theme
from restock_desk.ui.preview_pane import PreviewPane
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window
from tests.builders import add_interest, add_product, add_subscriber, restock

ROUNDS = 60
ROW = (
    '<tr><td style="font-size:16px;padding-top:12px;color:#333333;line-height:24px;">'
    "A line of quiet words about the weave, the dye and the hands that made it.</td></tr>\n"
)
LIVE_ROW = (
    '<tr><td style="padding-top:8px;">{{ subscriber.first_name }}: {{ product.title }}, {{ variant.price }}</td></tr>\n'
)


def mail(size: int) -> str:
    """A table mail of about `size` bytes: a headline, ten rows with data, the rest words."""
    head = (
        '<!doctype html>\n<html><head><style>.card{background:#fff}</style></head><body style="margin:0">'
        '<table width="100%"><tr><td align="center"><table class="card" width="560">\n'
        '<tr><td style="font-size:28px;line-height:60px;">\nX\n</td></tr>\n'
    )
    tail = (
        '<tr><td><a href="{{ links.unsubscribe }}">Unsubscribe</a></td></tr></table></td></tr></table></body></html>\n'
    )
    body = LIVE_ROW * 10
    return head + body + ROW * ((size - len(head) - len(body) - len(tail)) // len(ROW)) + tail


def main() -> None:
    app = start.make_app()
    theme.apply(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/desk.db")
        upgrade.prepare(store)
        now = datetime(2026, 3, 1, tzinfo=UTC)
        place = Path(folder)
        desk = Desk(store, Actor("bench"), lambda: now, lambda _: None, place, f"outbox:{folder}/outbox", "here:1:1")
        variant = add_product(store)
        add_interest(store, add_subscriber(store).id, variant.id)
        restock(store)
        for size in (30_000, 100_000):
            draft = Draft(TemplateKind.HTML, mail(size), "Back", sender_email="shop@shop.example")
            made = templates.create(desk, f"Bench {size}", draft)
            report(f"{len(draft.source) / 1000:.0f} KB mail", measured(app, desk, made.id))
        store.close()


def measured(app: QApplication, desk: Desk, template_id: int) -> list[float]:
    """Milliseconds of each round."""
    runner = JobRunner()
    window = Window(desk, runner, Settings())
    window.resize(1280, 800)
    window.show()
    window.open_page("templates", template_id=template_id)
    page = window.page("templates")
    assert isinstance(page, TemplatesPage)
    work = page.workspace
    until(app, lambda: work.mail is not None and work.pane.engine is not None and not work.live.busy)
    engine = work.pane.engine
    assert engine is not None
    spot = QRect(0, 0, engine.view.width(), 60)
    until(app, lambda: len(set(bytes(seen(engine.view.grab(spot).toImage())))) > 4)
    settle(1.0)
    source = work.writing.source
    source.go_to(5)
    source.moveCursor(source.textCursor().MoveOperation.EndOfBlock)
    took = []
    for number in range(ROUNDS):
        before = engine.view.grab(spot).toImage()
        began = time.perf_counter()
        QTest.keyClicks(source, "MWHX"[number % 4])
        patched(work.pane)
        until(app, lambda before=before: engine.view.grab(spot).toImage() != before)  # type: ignore[misc]  # bound
        took.append((time.perf_counter() - began) * 1000)
        settle(0.06)
        if number % 12 == 11:
            source.undo()
            settle(0.3)
    window.close()
    window.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settle(0.2)
    runner.close()
    return took[5:]


def patched(pane: PreviewPane) -> None:
    """Sleep in the event loop until the patch is in the page: looking for pixels earlier would slow the render down."""
    loop = QEventLoop()
    pane.painted.connect(loop.quit, Qt.ConnectionType.SingleShotConnection)
    QTimer.singleShot(20_000, loop, loop.quit)
    loop.exec()


def seen(image: QImage) -> bytes:
    return bytes(image.constBits())


def until(app: QApplication, true: Callable[[], bool], patience_s: float = 20.0) -> None:
    end = time.perf_counter() + patience_s
    while not true():
        app.processEvents()
        if time.perf_counter() > end:
            sys.exit("The preview never changed.")


def settle(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop, loop.quit)
    loop.exec()


def report(what: str, took: list[float]) -> None:
    took = sorted(took)
    p95 = took[int(len(took) * 0.95)]
    print(f"{what}: key → pixel median {statistics.median(took):.1f} ms, p95 {p95:.1f} ms (goal 50 at 30 KB)")


if __name__ == "__main__":
    main()
