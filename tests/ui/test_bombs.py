"""A hostile template in the editor: the window lives on, says what is wrong and where, and the next mail is shown."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from restock_desk.services import context
from restock_desk.services.desk import Desk
from restock_desk.ui.bridge import Bridge
from restock_desk.ui.live import LivePreview, Outcome
from tests.rendering.bombs import BOMBS
from tests.ui.standstill import beating
from tests.ui.test_templates import DRAFT

WORST = ("nested sorts", "nested uniques", "striptags in loops", "titles in loops", "doubled in a loop", "join growth",
         "thousands of blocks", "giant source")  # fmt: skip


@pytest.fixture
def live(desk: Desk, bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivePreview]:
    """Of a shop whose mails are as long as mails may be."""
    build = context.build

    def long(*args: Any) -> dict[str, Any]:
        data = build(*args)
        product = {**data["product"], "description": "o" * 60_000}
        return {**data, "items": data["items"] * 200, "product": product}

    monkeypatch.setattr(context, "build", long)
    owner = QObject()
    made = LivePreview(desk, bridge, owner)
    made.show_for(None, ())
    yield made
    made.stop()


@pytest.mark.parametrize("name", WORST)
def test_the_window_lives_on_while_a_bomb_goes_off(live: LivePreview, qtbot: QtBot, name: str) -> None:
    found: list[Outcome] = []
    live.rendered.connect(found.append)
    live.show_draft(DRAFT)
    qtbot.waitUntil(lambda: bool(found) and not live.busy)
    found.clear()
    bomb = dict(BOMBS)[name]
    with beating() as gaps:
        live.show_draft(replace(DRAFT, source=DRAFT.source.replace("</body>", f"{bomb}</body>")))
        qtbot.waitUntil(lambda: bool(found))
    outcome = found[-1]
    said = [*outcome.problems, *(outcome.mail.problems if outcome.mail else ())]
    assert outcome.failure or any(problem.line for problem in said)
    assert not gaps or sorted(gaps)[len(gaps) // 2] < 0.05  # the worst may be another process's turn, the median never
    found.clear()
    live.show_draft(DRAFT)
    qtbot.waitUntil(lambda: bool(found) and found[-1].mail is not None and "Hello" in found[-1].mail.html)
