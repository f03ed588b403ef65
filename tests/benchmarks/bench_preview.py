"""Key stroke → changed pixel in the real Templates page, offscreen, for mails of 30 products. Medians and p95s.

Each round types one letter into a headline with a real key event and waits until the picture of the preview differs
where that headline stands; in documents also keys in other words, a size and a colour, in the composer's own fields.
Beside it: what each stage takes, and how long the GUI thread was away at a stretch.
Run: python tests/benchmarks/bench_preview.py [rounds [sources|documents]]
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QEvent, QEventLoop, QObject, QRect, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from restock_desk.domain.staff import Actor
from restock_desk.domain.templates import Draft
from restock_desk.jobs import JobRunner
from restock_desk.services import templates
from restock_desk.services.composing import draft_of
from restock_desk.services.desk import Desk
from restock_desk.settings import Settings
from restock_desk.store import open_store, upgrade
from restock_desk.ui import start, theme
from restock_desk.ui.live import Outcome, Renderer
from restock_desk.ui.preview import Preview
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window
from restock_desk.ui.workspace import Workspace
from tests.benchmarks.preview_documents import Act, documents, places
from tests.benchmarks.preview_mails import HEADLINE, PRODUCTS, mails
from tests.builders import add_interest, add_product, add_subscriber, restock

GOAL, GOAL_P95, GOAL_AWAY = 20, 40, 16
"""Milliseconds: median and p95 to the pixel, and p95 of the GUI thread's longest absence."""
SPOT = QRect(0, 0, 480, 160)
"""Where in the picture a change is looked for."""


class Clock(QObject):
    """When the stages of one round ended, and the longest time the GUI thread did not come round."""

    def __init__(self, work: Workspace, engine: Preview) -> None:
        super().__init__()
        self.began = self.last = 0.0
        self.away = 0.0
        self.at: dict[str, float] = {}
        self._beat = QTimer(self)
        self._beat.setInterval(2)
        self._beat.setTimerType(Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._round)
        work.live.rendered.connect(lambda _: self._mark("rendered"))
        engine.shown.connect(lambda _: self._mark("patched"))

    def start(self) -> None:
        self.at, self.away = {}, 0.0
        self.began = self.last = time.perf_counter()
        self._beat.start()

    def stop(self) -> None:
        self._round()
        self._beat.stop()

    def _mark(self, stage: str) -> None:
        self.at.setdefault(stage, (time.perf_counter() - self.began) * 1000)

    def _round(self) -> None:
        now = time.perf_counter()
        self.away, self.last = max(self.away, (now - self.last) * 1000), now


def main(rounds: int, kinds: str) -> None:
    app = start.make_app()
    theme.apply(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/desk.db")
        upgrade.prepare(store)
        now = datetime(2026, 3, 1, tzinfo=UTC)
        place = Path(folder)
        desk = Desk(store, Actor("bench"), lambda: now, lambda _: None, place, f"outbox:{folder}/outbox", "here:1:1")
        person, events = add_subscriber(store).id, []
        for number in range(PRODUCTS):
            variant = add_product(store, f"TEE-{number}")
            add_interest(store, person, variant.id)
            events.append(restock(store, f"TEE-{number}").id)
        drafts = [*(mails() if kinds != "documents" else ())]
        drafts += [(name, draft_of(made)) for name, made in (documents() if kinds != "sources" else ())]
        for name, draft in drafts:
            made = templates.create(desk, f"Bench {name}", draft)
            print(f"\n{name} (load {os.getloadavg()[0]:.1f})")
            stages(desk, draft, person, tuple(events))
            whole_way(app, desk, made.id, person, events, rounds)
        store.close()


def stages(desk: Desk, draft: Draft, person: int, events: tuple[int, ...]) -> None:
    """Sketch and whole render of the draft with one letter changed each time, without a window."""
    from dataclasses import replace

    from restock_desk.rendering.compile import laid_out
    from restock_desk.services.readers import Scribe, Whom

    renderer = Renderer(desk, Whom(person, events), Scribe())
    first = renderer.outcome(draft, whole=True)
    assert first.mail is not None, first
    kinds: dict[str, list[float]] = {"layout": [], "sketch": [], "whole": []}
    for number in range(24):
        edited = replace(draft, source=draft.source.replace(HEADLINE, f"{HEADLINE}{'MWHX'[number % 4]}{number}"))
        kinds["layout"].append(timed(lambda edited=edited: laid_out(edited)))  # type: ignore[misc]  # bound
        kinds["sketch"].append(timed(lambda edited=edited: renderer.outcome(edited, whole=False)))  # type: ignore[misc]  # bound
        if number < 6:
            kinds["whole"].append(timed(lambda edited=edited: renderer.outcome(edited, whole=True)))  # type: ignore[misc]  # bound
    size = len(first.mail.html) / 1000
    print(f"  {size:.0f} KB of HTML; " + "; ".join(f"{kind} {told(took)}" for kind, took in kinds.items()))


def whole_way(app: QApplication, desk: Desk, template: int, person: int, events: list[int], rounds: int) -> None:
    """Key → pixel in the real window."""
    runner = JobRunner()
    window = Window(desk, runner, Settings())
    window.resize(1280, 800)
    window.show()
    window.open_page("templates", template_id=template, subscriber_id=person, event_ids=events)
    page = window.page("templates")
    assert isinstance(page, TemplatesPage)
    work = page.workspace
    until(app, lambda: work.mail is not None and work.pane.engine is not None and not work.live.busy)
    engine = work.pane.engine
    assert engine is not None
    until(app, lambda: engine.idle and len(set(bytes(engine.view.grab(SPOT).toImage().constBits()))) > 4)
    settle(1.0)
    acts = places(work.composer) if work.composer.is_open else [("a key in a headline", in_source(work))]
    for name, act in acts:
        settle(0.6)
        report(name, measured(app, work, engine, act, rounds))
    window.close()
    window.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settle(0.2)
    runner.close()


def in_source(work: Workspace) -> Act:
    """A letter behind the headline of a source."""
    source = work.writing.source
    line = source.toPlainText()[: source.toPlainText().index(HEADLINE)].count("\n") + 1
    source.go_to(line)
    cursor = source.document().find(HEADLINE)
    cursor.setPosition(cursor.selectionEnd())
    source.setTextCursor(cursor)
    return lambda number: partial(QTest.keyClicks, source, "MWHX"[number % 4])


def measured(app: QApplication, work: Workspace, engine: Preview, act: Act, rounds: int) -> dict[str, list[float]]:
    """So many rounds, those before the machine is warm left out."""
    clock = Clock(work, engine)
    took: dict[str, list[float]] = {"rendered": [], "patched": [], "pixel": [], "away": []}
    undo = work.composer.editing.undo if work.composer.is_open else work.writing.source.undo
    for number in range(rounds):
        before = engine.view.grab(SPOT).toImage()
        do = act(number)
        clock.start()
        do()
        patched(engine)
        clock.stop()
        until(app, lambda before=before: engine.view.grab(SPOT).toImage() != before)  # type: ignore[misc]  # bound
        took["pixel"].append((time.perf_counter() - clock.began) * 1000)
        took["away"].append(clock.away)
        for stage, at in clock.at.items():
            took[stage].append(at)
        settle(0.06 if number % 3 else 0.6)
        if number % 12 == 11:
            undo()
            settle(0.8)
    return {stage: values[5:] for stage, values in took.items()}


def patched(engine: Preview) -> None:
    """Sleep in the event loop until the patch is in the page: looking for pixels earlier would slow the render down."""
    loop = QEventLoop()
    engine.shown.connect(loop.quit, Qt.ConnectionType.SingleShotConnection)
    QTimer.singleShot(20_000, loop, loop.quit)
    loop.exec()


def timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    made = what()
    if isinstance(made, Outcome):
        assert made.mail is not None, made
    return (time.perf_counter() - began) * 1000


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


def told(took: list[float]) -> str:
    """Median and p95."""
    took = sorted(took)
    return f"{statistics.median(took):.1f} ms (p95 {took[int(len(took) * 0.95)]:.1f})"


def report(name: str, took: dict[str, list[float]]) -> None:
    print(f"  {name} → " + "; ".join(f"{stage} {told(values)}" for stage, values in took.items() if stage != "away"))
    print(f"  GUI thread away {told(took['away'])}; goals {GOAL}, p95 {GOAL_P95}, away p95 {GOAL_AWAY}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60, sys.argv[2] if len(sys.argv) > 2 else "")
