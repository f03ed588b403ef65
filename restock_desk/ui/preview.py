"""A mail as a reader sees it, in a browser engine that has no network, no scripts, no files and no way out.

The only place that touches WebEngine. A shell page is loaded once; each new mail is patched into it (morph.js), one
patch in flight, newest wins, so that the scroll position stays. The walls are listed in decisions/0007.
"""

import atexit
import json
import logging
from collections.abc import Callable
from functools import partial
from html import escape
from urllib.parse import unquote
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, QTimer, QUrl, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWebEngineCore import (
    QWebEngineDownloadRequest,
    QWebEngineFullScreenRequest,
    QWebEngineNewWindowRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
    QWebEngineScript,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlScheme,
    QWebEngineUrlSchemeHandler,
)
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication, QWidget

from restock_desk import bundle
from restock_desk.ui import hosted
from restock_desk.ui.frames import Frames
from restock_desk.ui.hosted import FindImage
from restock_desk.ui.splice import splice

log = logging.getLogger(__name__)

SCHEME = b"cid"
DESKTOP_MIN = 700
"""CSS pixels the desktop width never falls below; a narrower pane is zoomed out instead."""

_A = QWebEngineSettings.WebAttribute
_OFF = (
    _A.JavascriptEnabled,
    _A.JavascriptCanOpenWindows,
    _A.JavascriptCanAccessClipboard,
    _A.JavascriptCanPaste,
    _A.LocalStorageEnabled,
    _A.LocalContentCanAccessRemoteUrls,
    _A.LocalContentCanAccessFileUrls,
    _A.PluginsEnabled,
    _A.PdfViewerEnabled,
    _A.HyperlinkAuditingEnabled,
    _A.DnsPrefetchEnabled,
    _A.AutoLoadIconsForPage,
    _A.TouchIconsEnabled,
    _A.AllowRunningInsecureContent,
    _A.AllowGeolocationOnInsecureOrigins,
    _A.AllowWindowActivationFromJavaScript,
    _A.ScreenCaptureEnabled,
    _A.FullScreenSupportEnabled,
    _A.WebGLEnabled,
    _A.NavigateOnDropEnabled,
    _A.ErrorPageEnabled,
    _A.BackForwardCacheEnabled,
    _A.FocusOnNavigationEnabled,
)
_SIGNATURES = (
    (b"\x89PNG", b"image/png"),
    (b"\xff\xd8", b"image/jpeg"),
    (b"GIF8", b"image/gif"),
    (b"RIFF", b"image/webp"),
)
_OUR_WORLD = QWebEngineScript.ScriptWorldId.ApplicationWorld


class Preview(QWidget):
    """Shows one mail at a width and in a look (light, dark, inverted). GUI thread only.

    `shown(n)` tells that the n-th `show_mail` is in the page; later ones may have replaced earlier ones unseen.
    """

    link_asked = Signal(str)
    link_hovered = Signal(str)
    crashed = Signal(str)
    shown = Signal(int)
    scrolled = Signal(float)
    """How far down the mail is, in its own pixels."""
    zoomed = Signal(int, float)
    """How wide the mail is laid out, and how it is shrunk to fit."""

    def __init__(self, find_image: FindImage = hosted.nothing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        _register_scheme()
        self._profile = _profile(find_image)
        self._view = QWebEngineView(self)
        self._view.setAccessibleName("Preview of the mail")
        self._view.setContextMenuPolicy(self._view.contextMenuPolicy().NoContextMenu)
        self._frames = Frames(self._view)
        self._html, self._look, self._wanted, self._sent = "", "light", 0, 0
        self._width, self._images, self.margin = 0, True, 0
        self._there: tuple[str, str] | None = None
        self._loaded = self._in_flight = False
        self._page = self._new_page()

    def show_mail(self, html: str) -> int:
        """Show `html` as soon as the page is free; the number that `shown` will tell, or a later one."""
        self._html = html
        return self._again()

    def set_look(self, look: str) -> None:
        """light, dark (the mail's own dark styles) or inverted (forced by a mail program; simulated)."""
        self._look = look
        self._page.settings().setAttribute(_A.ForceDarkMode, look == "inverted")
        self._again()

    def set_images(self, on: bool) -> None:
        """Pictures as this machine has them, or none at all: then their words stand in their places."""
        self._images = on
        self._again()

    def set_width(self, css_width: int) -> None:
        """Lay the mail out `css_width` pixels wide, zoomed out where the pane is narrower; 0 = desktop."""
        self._width = css_width
        self._arrange()
        self._again()

    def scroll_to(self, place: float) -> None:
        """Show the mail from there on, in its own pixels."""
        self._page.runJavaScript(f"scrollTo(scrollX, {place:.1f})", _OUR_WORLD.value)

    @property
    def css_width(self) -> int:
        """How many pixels wide the mail believes to be."""
        return self._width or max(self.width() - 2 * self.margin, DESKTOP_MIN)

    @property
    def idle(self) -> bool:
        """Whether the newest mail is in the page; its pixels follow within a frame or two."""
        return self._loaded and not self._in_flight and self._sent == self._wanted

    @property
    def view(self) -> QWidget:
        """The widget with the pixels, for pictures and tests."""
        return self._view

    def ask_page(self, script: str, answer: Callable[[object], None]) -> None:
        """Run our own `script` in our own world and hand over its value. Never pass it anything an author wrote."""
        if shiboken6.isValid(self._page):  # the window may be going
            self._page.runJavaScript(script, _OUR_WORLD.value, answer)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        room = max(self.width() - 2 * self.margin, 1)
        css_width = self.css_width
        zoom = min(1.0, room / css_width)
        shown = min(room, round(css_width * zoom))
        self._view.setGeometry(QRect(self.margin + (room - shown) // 2, 0, shown, self.height()))
        if abs(self._page.zoomFactor() - zoom) > 0.001:
            self._page.setZoomFactor(zoom)
        self.zoomed.emit(css_width, zoom)

    def _new_page(self) -> "_Page":
        page = _Page(self._profile, self._view)
        page.link_asked.connect(lambda url: self.link_asked.emit(url))
        page.linkHovered.connect(self.link_hovered)
        page.loadFinished.connect(self._shell_loaded)
        page.scrollPositionChanged.connect(lambda place: self.scrolled.emit(place.y() / self._page.zoomFactor()))
        page.renderProcessTerminated.connect(self._renderer_gone)
        self._view.setPage(page)
        self._loaded = self._in_flight = False
        self._there = None
        page.show_shell(bundle.resource("preview", "shell.html").read_text(encoding="utf-8"))
        return page

    def _shell_loaded(self, ok: bool) -> None:
        self._loaded = ok
        self._arrange()
        self._patch()

    def _again(self) -> int:
        self._wanted += 1
        self._patch()
        return self._wanted

    def _patch(self) -> None:
        if not self._loaded or self._in_flight or self._sent == self._wanted:
            return None
        self._in_flight, self._sent = True, self._wanted
        modes = json.dumps([self._look, bool(self._width), self._images])[1:-1]
        there, self._there = self._there, (self._html, modes)
        if there == self._there:
            return QTimer.singleShot(0, self, partial(self._patched, True))
        change = splice(there[0], self._html) if there and there[1] == modes and there[0] != self._html else None
        if change is not None:
            call = f"deskSplice({json.dumps([change.name, change.number, change.count, change.old, change.new])[1:-1]})"
        else:
            call = f"deskShow({json.dumps(self._html)}, {modes})"
        return self._page.runJavaScript(call, _OUR_WORLD.value, self._patched)

    def _patched(self, answer: object) -> None:
        if not shiboken6.isValid(self):
            return  # a page that goes answers what it was asked, with nothing
        self._in_flight = False
        if answer is False:  # the page is not as it was left: show all of it
            self._there, self._sent = None, -1
        else:
            self._frames.hurry()
            self.shown.emit(self._sent)
        self._patch()

    def _renderer_gone(self, status: QWebEnginePage.RenderProcessTerminationStatus, code: int) -> None:
        if status == QWebEnginePage.RenderProcessTerminationStatus.NormalTerminationStatus:
            return
        log.warning("preview renderer ended: %s, code %d", status.name, code)
        old, self._page = self._page, self._new_page()
        old.deleteLater()
        self._sent = self._wanted  # what broke it is not shown again by itself
        self.crashed.emit("The preview stopped working and was started again. Change the mail to see it once more.")


class _Page(QWebEnginePage):
    """Accepts our own shell and nothing else: no navigation, no window, no file, no question from the mail."""

    link_asked = Signal(str)

    def __init__(self, profile: QWebEngineProfile, view: QWebEngineView) -> None:
        super().__init__(profile, view)
        _pages.add(self)
        self._own = False
        settings = self.settings()
        for attribute in _OFF:
            settings.setAttribute(attribute, False)
        settings.setAttribute(_A.WebRTCPublicInterfacesOnly, True)
        settings.setUnknownUrlSchemePolicy(QWebEngineSettings.UnknownUrlSchemePolicy.DisallowUnknownUrlSchemes)
        self.setBackgroundColor(QColor("white"))  # paper: what a mail without a background stands on
        self.permissionRequested.connect(_deny)
        self.fullScreenRequested.connect(QWebEngineFullScreenRequest.reject)
        self.newWindowRequested.connect(self._new_window)
        self.scripts().insert(_morph_script())

    def show_shell(self, html: str) -> None:
        self._own = True
        self.setHtml(html, QUrl("about:blank"))

    def acceptNavigationRequest(
        self, url: QUrl | str, kind: QWebEnginePage.NavigationType, is_main_frame: bool
    ) -> bool:
        url = QUrl(url)
        if self._own and is_main_frame and kind == QWebEnginePage.NavigationType.NavigationTypeTyped:
            self._own = False
            return True
        if kind == QWebEnginePage.NavigationType.NavigationTypeLinkClicked:
            self._ask(url)
        return False

    def createWindow(self, _kind: QWebEnginePage.WebWindowType) -> QWebEnginePage:
        return None  # type: ignore[return-value]  # Qt's way to say "no window"

    def chooseFiles(self, *_args: object) -> list[str]:
        return []

    def javaScriptConsoleMessage(self, *_args: object) -> None:
        """What a mail's pictures and styles complain about concerns nobody here."""

    def javaScriptAlert(self, *_args: object) -> None:
        """No dialog comes from a mail."""

    def javaScriptConfirm(self, *_args: object) -> bool:
        return False

    def _new_window(self, request: QWebEngineNewWindowRequest) -> None:
        if request.isUserInitiated():
            self._ask(request.requestedUrl())

    def _ask(self, url: QUrl) -> None:
        if url.scheme() in ("http", "https", "mailto"):
            self.link_asked.emit(bytes(url.toEncoded().data()).decode("ascii", "replace"))


class _Guard(QWebEngineUrlRequestInterceptor):
    """Blocks every request but inline data and our own pictures, sub-frames included."""

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        if info.requestUrl().scheme() not in ("data", "cid"):
            info.block(True)


class _Images(QWebEngineUrlSchemeHandler):
    """Serves cid:URL/ALT: the picture if the shop has it, a drawn placeholder with its words if not."""

    def __init__(self, find_image: FindImage, parent: QObject) -> None:
        super().__init__(parent)
        self._find_image = find_image
        self._known: dict[str, bytes] = {}

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        path = bytes(job.requestUrl().toEncoded().data()).decode("ascii", "replace").removeprefix("cid:")
        if path == "off":
            job.fail(QWebEngineUrlRequestJob.Error.UrlNotFound)
            return
        url, _, alt = map(unquote, path.partition("/"))
        if url in self._known:
            _reply(job, self._known[url], alt)
            return
        waiting = [job]
        job.destroyed.connect(waiting.clear)  # the page may be gone when the answer comes

        def answer(data: bytes | None) -> None:
            if data is not None:
                self._known = {**dict(list(self._known.items())[-63:]), url: data}
            for each in waiting:
                _reply(each, data, alt)

        self._find_image(url, answer)


def _reply(job: QWebEngineUrlRequestJob, data: bytes | None, alt: str) -> None:
    kind = next((mime for start, mime in _SIGNATURES if data and data.startswith(start)), b"")
    if not kind or data is None:
        kind, data = b"image/svg+xml", placeholder(alt)
    buffer = QBuffer(parent=job)
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    job.reply(QByteArray(kind), buffer)


def placeholder(words: str) -> bytes:
    """An SVG that stands where a picture is not loaded: a frame, a small landscape and the picture's own words."""
    label = escape(words.strip()[:60]) or "Picture not loaded"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 220" width="360" height="220" role="img">'
        '<rect x="1" y="1" width="358" height="218" rx="6" fill="#eef0f3" stroke="#c9ced6" stroke-dasharray="5 5"/>'
        '<g fill="none" stroke="#8b94a3" stroke-width="5" stroke-linejoin="round" stroke-linecap="round">'
        '<rect x="140" y="60" width="80" height="58" rx="7"/><path d="M146 110l22-24 16 16 10-10 20 20"/>'
        '<circle cx="198" cy="78" r="5"/></g>'
        f'<text x="180" y="156" text-anchor="middle" font-family="sans-serif" font-size="15" fill="#5c6573">'
        f"{label}</text>"
        "</svg>"
    ).encode()


def _profile(find_image: FindImage) -> QWebEngineProfile:
    """A profile without a name is off the record: nothing of one preview is left for the next."""
    profile = QWebEngineProfile(QApplication.instance())
    profile.setHttpCacheType(QWebEngineProfile.HttpCacheType.NoCache)
    profile.setPersistentCookiesPolicy(QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies)
    profile.setSpellCheckEnabled(False)
    profile.setUrlRequestInterceptor(_Guard(profile))
    profile.installUrlSchemeHandler(QByteArray(SCHEME), _Images(find_image, profile))
    profile.downloadRequested.connect(QWebEngineDownloadRequest.cancel)
    return profile


def _morph_script() -> QWebEngineScript:
    script = QWebEngineScript()
    script.setName("morph")
    script.setSourceCode(bundle.resource("preview", "morph.js").read_text(encoding="utf-8"))
    script.setInjectionPoint(QWebEngineScript.InjectionPoint.DocumentReady)
    script.setWorldId(_OUR_WORLD.value)
    script.setRunsOnSubFrames(False)
    return script


_pages: WeakSet[QWebEnginePage] = WeakSet()


@atexit.register
def _close_pages() -> None:
    """Pages go before their profiles, whatever the order in which the application is taken down."""
    for page in list(_pages):
        if shiboken6.isValid(page):
            shiboken6.delete(page)


def _register_scheme() -> None:
    if QWebEngineUrlScheme.schemeByName(QByteArray(SCHEME)).name() == SCHEME:
        return
    scheme = QWebEngineUrlScheme(QByteArray(SCHEME))
    scheme.setSyntax(QWebEngineUrlScheme.Syntax.Path)
    scheme.setFlags(QWebEngineUrlScheme.Flag.SecureScheme | QWebEngineUrlScheme.Flag.ContentSecurityPolicyIgnored)
    QWebEngineUrlScheme.registerScheme(scheme)


def _deny(permission: QWebEnginePermission) -> None:
    permission.deny()
