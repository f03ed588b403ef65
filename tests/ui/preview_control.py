"""The control of the hardening test: an ordinary browser page shows the corpus. Run as a program: HOST."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QTWEBENGINE_CHROMIUM_FLAGS", None)

from PySide6.QtCore import QEventLoop, QTimer, QUrl
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
from PySide6.QtWidgets import QApplication

from tests.ui import mail_corpus

AT_ONCE = 16
"""So many pages are shown beside one another: most of the time is spent on waiting."""


def wait(ms: int, until: Callable[[], bool] = lambda: False) -> None:
    """Let Qt work for so long, or until it is so."""
    loop, look = QEventLoop(), QTimer()
    QTimer.singleShot(ms, loop.quit)
    look.timeout.connect(lambda: loop.quit() if until() else None)
    look.start(5)
    loop.exec()


def shown(profile: QWebEngineProfile, mails: Sequence[str]) -> list[object]:
    """What each page's scripts left behind: a mark where they ran. All pages have loaded, and rested a moment."""
    pages = [QWebEnginePage(profile) for _ in mails]
    loaded: list[int] = []
    answers: dict[int, object] = {}
    for n, (page, mail) in enumerate(zip(pages, mails, strict=True)):
        page.loadFinished.connect(lambda _, n=n: loaded.append(n))
        page.setHtml(mail, QUrl("about:blank"))
    wait(1_000, lambda: len(set(loaded)) == len(pages))  # some never say that they have loaded
    wait(200)
    for n, page in enumerate(pages):
        page.runJavaScript("document.documentElement.dataset.ran || ''", 1, partial(answers.__setitem__, n))
    wait(3_000, lambda: len(answers) == len(pages))
    for page in pages:
        page.deleteLater()
    return [answers.get(n, "") for n in range(len(pages))]


def main(host: str) -> None:
    app = QApplication([])
    profile = QWebEngineProfile()
    ran: list[object] = []
    mails = (*mail_corpus.network(host).values(), *mail_corpus.scripts().values())
    for first in range(0, len(mails), AT_ONCE):
        ran += shown(profile, mails[first : first + AT_ONCE])
    wait(300)
    app.sendPostedEvents(None, 52)  # QEvent.DeferredDelete: pages before their profile
    print(sum(1 for answer in ran if answer == "1"))


if __name__ == "__main__":
    main(sys.argv[1])
