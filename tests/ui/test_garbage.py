"""While the window lives, cycles are collected on its own thread and on no other."""

import gc
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from restock_desk.ui.garbage import Collector


class _Knot:
    def __init__(self, freed: list[str]) -> None:
        self.me, self.freed = self, freed

    def __del__(self) -> None:
        self.freed.append(threading.current_thread().name)


def test_cycles_made_on_a_worker_are_freed_on_the_windows_thread(qtbot: QtBot) -> None:
    parent, freed = QObject(), list[str]()
    collector = Collector(parent)
    assert not gc.isenabled()

    def work() -> None:
        for _ in range(5_000):
            _Knot(freed)

    worker = threading.Thread(target=work, name="worker")
    worker.start()
    worker.join()
    assert freed == []
    collector.look()
    gc.collect()
    assert set(freed) == {"MainThread"}
    collector.stop()
    assert gc.isenabled()


def test_the_last_one_hands_the_collector_back(qtbot: QtBot) -> None:
    parent = QObject()
    first, second = Collector(parent), Collector(parent)
    first.stop()
    first.stop()
    assert not gc.isenabled()
    second.stop()
    assert gc.isenabled()
