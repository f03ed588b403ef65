"""A window that is killed while somebody types in it: the next one offers what was typed, all but the last moment."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from restock_desk.domain.templates import Draft, TemplateKind
from restock_desk.services import composing, saved_blocks, templates
from restock_desk.services.desk import Desk
from tests.builders import add_interest, add_product, add_subscriber, restock
from tests.faults.crew import ROOT
from tests.faults.crowd import LONG, tier
from tests.faults.typist import Said
from tests.ui.composing import letter

LOST_S, LOADED_S = 2.0, 1.0
"""What was typed longer than this before the kill is offered again; and what a machine that does much else may be late
by."""
SOURCE = "<p>{{ product.title }}</p><a href='{{ links.unsubscribe }}'>No more</a>"
KILLS = tier(1, 50)


class Typist:
    """One run of the window; what it said so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.said: list[Said] = []

    def hear(self) -> Said | None:
        """The next line; None when the process is gone."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith("\n"):
            return None  # it was killed in the middle of a line
        self.said.append(Said(**json.loads(line)))
        return self.said[-1]

    def kill(self) -> float:
        """Kill it without a warning and hear the rest; when that was."""
        at = time.monotonic()
        self._process.send_signal(signal.SIGKILL)
        while self.hear() is not None:
            pass
        assert self._process.wait() == -signal.SIGKILL
        return at


@contextmanager
def typing(desk: Desk, template: int, block: str = "") -> Iterator[Typist]:
    """Somebody types; nothing of the window outlives the block."""
    url = desk.store.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.faults.typist", url, str(desk.data_dir), str(template), block]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        try:
            yield Typist(process)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its renderers and browser engine, where they still are


KINDS = [pytest.param(composing.draft_of(letter()), 0.0, "", id="a document")]
if LONG:
    KINDS += [
        pytest.param(Draft(TemplateKind.HTML, SOURCE, "Back"), LOST_S, "", id="a source"),
        pytest.param(composing.draft_of(letter()), 0.0, "PROMISE", id="a saved block"),
    ]


@pytest.mark.parametrize(("draft", "least_s", "block"), KINDS)
def test_a_window_killed_while_somebody_types_offers_what_was_typed(
    desk: Desk, draft: Draft, least_s: float, block: str
) -> None:
    add_interest(desk.store, add_subscriber(desk.store, "ana@example.com").id, add_product(desk.store).id)
    restock(desk.store)
    template = templates.create(desk, "Letter", draft).id
    if block:
        saved_blocks.save(desk, block, "Promise", letter().body[0])
    chance = random.Random(KILLS)
    lost_s: list[float] = []
    before: list[Said] = []
    killed_at = 0.0
    for run in range(KILLS + 1):
        with typing(desk, template, block) as typist:
            first = typist.hear()
            assert first is not None, "the window did not open"
            assert first.offered is (run > 0)
            if run:
                lost_s.append(killed_at - max(said.at for said in before if holds(first.words, said.words)))
            if run == KILLS:
                break
            begun = typist.hear()
            assert begun is not None
            until = begun.at + least_s + chance.random() * 1.5
            while (said := typist.hear()) is not None and said.at < until:
                pass
            killed_at = typist.kill()
            before = typist.said[1:]
    assert len(lost_s) == KILLS
    assert max(lost_s) <= LOST_S + LOADED_S, sorted(lost_s)[-5:]


def holds(offered: str, typed: str) -> bool:
    """Whether what is offered has everything that stood in the field then; it may have keys nobody told of."""
    return offered.startswith(typed)
