"""No mail reaches the network or runs a script in the preview, whether cleaned before it is shown or not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineSettings
from pytestqt.qtbot import QtBot

from restock_desk.ui import preview_start
from restock_desk.ui.preview import Preview
from tests.ui import mail_corpus
from tests.ui.loopback import Listener

RAN = "document.documentElement.dataset.ran || ''"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as made:
        yield made


@pytest.fixture
def preview(qtbot: QtBot) -> Preview:
    made = Preview()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


def show(qtbot: QtBot, preview: Preview, mail: str) -> None:
    with qtbot.waitSignal(preview.shown):
        preview.show_mail(mail)


def show_raw(qtbot: QtBot, preview: Preview, mail: str) -> None:
    """Load a mail as if it had got past the cleaning in morph.js."""
    with qtbot.waitSignal(preview._page.loadFinished):
        preview._page.show_shell(mail)


def ask(qtbot: QtBot, preview: Preview, script: str) -> object:
    with qtbot.waitCallback() as answer:
        preview.ask_page(script, answer)
    return answer.args[0]


def settle(qtbot: QtBot) -> None:
    """Absence has no signal: the control shows that what comes, comes well within this time."""
    qtbot.wait(400)


def test_the_corpus_is_wide_enough() -> None:
    assert len(mail_corpus.network("http://x")) >= 40
    assert len(mail_corpus.scripts()) >= 25


def test_no_mail_makes_a_request_or_a_connection(qtbot: QtBot, preview: Preview, listener: Listener) -> None:
    for mail in mail_corpus.network(listener.host).values():
        show(qtbot, preview, mail)
    settle(qtbot)
    assert (listener.paths, listener.connections) == ([], 0)


def test_no_request_leaves_even_when_nothing_was_cleaned(qtbot: QtBot, preview: Preview, listener: Listener) -> None:
    for mail in mail_corpus.network(listener.host).values():
        show_raw(qtbot, preview, mail)
    settle(qtbot)
    assert (listener.paths, listener.connections) == ([], 0)


def test_no_script_of_a_mail_runs(qtbot: QtBot, preview: Preview) -> None:
    for name, mail in mail_corpus.scripts().items():
        show(qtbot, preview, mail)
        assert ask(qtbot, preview, RAN) == "", name
    settle(qtbot)
    assert ask(qtbot, preview, RAN) == ""


def test_no_script_runs_even_when_nothing_was_cleaned(qtbot: QtBot, preview: Preview) -> None:
    for name, mail in mail_corpus.scripts().items():
        show_raw(qtbot, preview, mail)
        assert ask(qtbot, preview, RAN) == "", name


def test_an_ordinary_page_would_have_done_both(listener: Listener) -> None:
    """The control: the same corpus bites where nothing holds it back."""
    env = {k: v for k, v in os.environ.items() if k != "QTWEBENGINE_CHROMIUM_FLAGS"}
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.preview_control", listener.host],
        cwd=root, env=env, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    assert int(done.stdout.split()[-1]) >= 10
    assert len({path.split("/")[1] for path in listener.paths}) >= 30


def test_every_door_is_shut(preview: Preview) -> None:
    page, off = preview._page, QWebEngineSettings.WebAttribute
    on = {a.name for a in off if page.settings().testAttribute(a)}
    assert not on & {
        "JavascriptEnabled", "JavascriptCanOpenWindows", "JavascriptCanAccessClipboard", "JavascriptCanPaste",
        "LocalStorageEnabled", "LocalContentCanAccessRemoteUrls", "LocalContentCanAccessFileUrls", "PluginsEnabled",
        "PdfViewerEnabled", "HyperlinkAuditingEnabled", "DnsPrefetchEnabled", "AutoLoadIconsForPage",
        "TouchIconsEnabled", "AllowRunningInsecureContent", "AllowGeolocationOnInsecureOrigins",
        "AllowWindowActivationFromJavaScript", "ScreenCaptureEnabled", "FullScreenSupportEnabled", "WebGLEnabled",
        "NavigateOnDropEnabled", "ErrorPageEnabled",
    }  # fmt: skip
    assert page.profile().isOffTheRecord()
    assert page.createWindow(QWebEnginePage.WebWindowType.WebBrowserTab) is None
    assert page.chooseFiles(QWebEnginePage.FileSelectionMode.FileSelectOpen, [], []) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://x.example", "javascript:1", "data:,x", "cid:x"])
def test_no_navigation_is_accepted_but_our_own(preview: Preview, qtbot: QtBot, url: str) -> None:
    show(qtbot, preview, "<p>x</p>")
    for kind in QWebEnginePage.NavigationType:
        assert not preview._page.acceptNavigationRequest(url, kind, True)


def test_the_engine_resolves_no_host() -> None:
    assert preview_start.RESOLVER_RULE in os.environ["QTWEBENGINE_CHROMIUM_FLAGS"]


def test_root_is_refused_with_a_sentence_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.delenv("QTWEBENGINE_DISABLE_SANDBOX", raising=False)
    assert "administrator" in preview_start.refusal()
    monkeypatch.setenv("QTWEBENGINE_DISABLE_SANDBOX", "1")
    assert preview_start.refusal() == ""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv("QTWEBENGINE_DISABLE_SANDBOX")
    assert preview_start.refusal() == ""
