"""The control of the hardening test: an ordinary browser page shows the corpus. Run as a program: HOST."""

import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QTWEBENGINE_CHROMIUM_FLAGS", None)

from PySide6.QtCore import QEventLoop, QTimer, QUrl, SignalInstance
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
from PySide6.QtWidgets import QApplication

from tests.ui import mail_corpus


def wait(ms: int, until: SignalInstance | None = None) -> None:
    """Let Qt work for so long, or until the signal comes."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    if until is not None:
        until.connect(loop.quit)
    loop.exec()


def asked(page: QWebEnginePage) -> object:
    """Whether a script of the page ran: it leaves a mark."""
    loop, answers = QEventLoop(), []
    QTimer.singleShot(3_000, loop.quit)

    def keep(answer: object) -> None:
        answers.append(answer)
        loop.quit()

    page.runJavaScript("document.documentElement.dataset.ran || ''", 1, keep)
    loop.exec()
    return answers[0] if answers else ""


def main(host: str) -> None:
    app = QApplication([])
    profile = QWebEngineProfile()
    ran: list[object] = []
    for mail in (*mail_corpus.network(host).values(), *mail_corpus.scripts().values()):
        page = QWebEnginePage(profile)
        page.setHtml(mail, QUrl("about:blank"))
        wait(500, page.loadFinished)
        wait(60)
        ran.append(asked(page))
        page.deleteLater()
    wait(300)
    app.sendPostedEvents(None, 52)  # QEvent.DeferredDelete: pages before their profile
    print(sum(1 for answer in ran if answer == "1"))


if __name__ == "__main__":
    main(sys.argv[1])
