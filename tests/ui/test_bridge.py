"""The bridge: answers come on the GUI thread, the newest question wins, actions end in one broadcast."""

import threading
from functools import partial

from pytestqt.qtbot import QtBot

from restock_desk.errors import Cancelled, DeskError
from restock_desk.jobs import CancelToken, Progress, ProgressFn
from restock_desk.ui.bridge import Bridge, Task
from tests.conftest import Logged


def test_an_answer_comes_on_the_gui_thread(qtbot: QtBot, bridge: Bridge) -> None:
    seen: list[tuple[str, threading.Thread]] = []
    bridge.ask("a", threading.current_thread, lambda worker: seen.append((worker.name, threading.current_thread())))
    qtbot.waitUntil(lambda: bool(seen))
    worker, receiver = seen[0]
    assert worker.startswith("desk-reads")
    assert receiver is threading.main_thread()


def test_of_several_questions_with_one_key_only_the_newest_is_answered(qtbot: QtBot, bridge: Bridge) -> None:
    answers: list[int] = []
    gate = threading.Event()

    def slow(number: int) -> int:
        gate.wait(5)
        return number

    for number in range(5):
        bridge.ask("same", partial(slow, number), answers.append)
    gate.set()
    qtbot.waitUntil(lambda: bool(answers))
    qtbot.wait(50)
    assert answers == [4]


def test_a_failed_question_goes_to_the_surface_unless_somebody_takes_it(qtbot: QtBot, bridge: Bridge) -> None:
    def fails() -> None:
        raise DeskError("No such file.")

    with qtbot.waitSignal(bridge.failed) as caught:
        bridge.ask("a", fails, lambda _: None)
    assert str(caught.args[0]) == "No such file."
    mine: list[Exception] = []
    bridge.ask("b", fails, lambda _: None, mine.append)
    qtbot.waitUntil(lambda: bool(mine))


def test_a_bug_is_logged_and_shown(qtbot: QtBot, bridge: Bridge, expect_logs: Logged) -> None:
    expect_logs("A question failed")
    with qtbot.waitSignal(bridge.failed) as caught:
        bridge.ask("a", lambda: 1 // 0, lambda _: None)
    assert isinstance(caught.args[0], ZeroDivisionError)


def test_an_action_reports_progress_and_says_once_what_it_changed(qtbot: QtBot, bridge: Bridge) -> None:
    gate = threading.Event()

    def work(token: CancelToken, tell: ProgressFn) -> str:
        tell(Progress(3, 10, "rows"))
        gate.wait(5)
        return "made"

    told: list[frozenset[str]] = []
    bridge.changed.connect(told.append)
    results: list[str] = []
    task = bridge.act("Import", work, results.append, ("catalog", "restocks"))
    qtbot.waitUntil(lambda: task.progress.done == 3)
    assert task.state == "running"
    gate.set()
    qtbot.waitUntil(lambda: task.state == "done" and bool(told))
    assert results == ["made"]
    assert told == [frozenset({"catalog", "restocks"})]


def test_a_cancelled_action_shows_nothing(qtbot: QtBot, bridge: Bridge) -> None:
    def work(token: CancelToken, tell: ProgressFn) -> None:
        token.wait(10)
        token.check()

    problems: list[Exception] = []
    bridge.failed.connect(problems.append)
    task = bridge.act("Long", work)
    qtbot.waitUntil(lambda: task.state == "running")
    task.cancel()
    qtbot.waitUntil(lambda: task.state == "cancelled")
    assert problems == []


def test_an_action_cancelled_while_it_waits_never_begins(qtbot: QtBot, bridge: Bridge) -> None:
    gate = threading.Event()
    begun: list[str] = []
    first = bridge.act("First", lambda _t, _p: gate.wait(5))
    second = bridge.act("Second", lambda _t, _p: begun.append("second"))
    second.cancel()
    gate.set()
    qtbot.waitUntil(lambda: not first.active and not second.active)
    assert second.state == "cancelled"
    assert begun == []


def test_answers_after_closing_are_dropped(qtbot: QtBot, bridge: Bridge) -> None:
    answers: list[int] = []
    gate = threading.Event()
    bridge.ask("a", lambda: (gate.wait(5), 1)[1], answers.append)
    token: Task = bridge.act("Long", lambda t, _p: t.wait(5))
    bridge.close()
    gate.set()
    qtbot.wait(50)
    assert answers == []
    assert token.token.cancelled


def test_a_cancelled_question_is_silent(qtbot: QtBot, bridge: Bridge) -> None:
    def stopped() -> None:
        raise Cancelled

    problems: list[Exception] = []
    bridge.failed.connect(problems.append)
    after: list[int] = []
    bridge.ask("a", stopped, lambda _: None)
    bridge.ask("b", lambda: 1, after.append)
    qtbot.waitUntil(lambda: bool(after))
    assert problems == []
