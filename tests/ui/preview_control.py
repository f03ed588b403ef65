"""The control of the hardening test: an ordinary browser page shows the corpus. Run as a program: HOST."""

import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QTWEBENGINE_CHROMIUM_FLAGS", None)

from PySide6.QtCore import QEventLoop, QTimer, QUrl
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile
from PySide6.QtWidgets import QApplication

from tests.ui import mail_corpus


def wait(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def main(host: str) -> None:
    app = QApplication([])
    profile = QWebEngineProfile()
    ran: list[object] = []
    for mail in (*mail_corpus.network(host).values(), *mail_corpus.scripts().values()):
        page = QWebEnginePage(profile)
        page.setHtml(mail, QUrl("about:blank"))
        wait(60)
        page.runJavaScript("document.documentElement.dataset.ran || ''", 1, ran.append)
        wait(10)
        page.deleteLater()
    wait(300)
    app.sendPostedEvents(None, 52)  # QEvent.DeferredDelete: pages before their profile
    print(sum(1 for answer in ran if answer == "1"))


if __name__ == "__main__":
    main(sys.argv[1])
