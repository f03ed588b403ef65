"""The picture of a mail: what is shown, where it stays, how links and pictures behave, what a crash does."""

import struct
import zlib
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWebEngineCore import QWebEnginePage
from pytestqt.qtbot import QtBot

from restock_desk.ui.preview import Preview
from tests.ui.test_preview_hardening import ask, show

RED, BLUE = "#ff0000", "#0000ff"


def png(red: int, green: int, blue: int) -> bytes:
    """A picture of one pixel."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixel = zlib.compress(bytes((0, red, green, blue)))
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixel) + part(b"IEND", b"")


@pytest.fixture
def preview(qtbot: QtBot) -> Preview:
    made = Preview(lambda url, done: done(png(255, 0, 0) if url == "https://shop.example/images/mug.png" else None))
    qtbot.addWidget(made)
    made.resize(760, 400)
    made.show()
    return made


def page(body: str, style: str = "") -> str:
    return f"<!doctype html><html><head><style>{style}</style></head><body style='margin:0'>{body}</body></html>"


def block(color: str, height: int = 400) -> str:
    return f"<div style='height:{height}px;background:{color}'></div>"


def color_at(preview: Preview, x: int = 300, y: int = 100) -> QColor:
    return QColor(preview.view.grab().toImage().pixel(x, y))


def wait_for_color(qtbot: QtBot, preview: Preview, color: str, x: int = 300, y: int = 100) -> None:
    qtbot.waitUntil(lambda: color_at(preview, x, y) == QColor(color))


def test_a_mail_is_painted_and_then_patched(qtbot: QtBot, preview: Preview) -> None:
    preview.show_mail(page(block(RED)))
    wait_for_color(qtbot, preview, RED)
    preview.show_mail(page(block(BLUE)))
    wait_for_color(qtbot, preview, BLUE)


def test_a_picture_that_comes_late_is_shown_and_one_nobody_waits_for_does_no_harm(qtbot: QtBot) -> None:
    asked: list[Callable[[bytes | None], object]] = []
    preview = Preview(lambda _, done: asked.append(done))
    qtbot.addWidget(preview)
    preview.resize(760, 400)
    preview.show()
    preview.show_mail(page('<img src="https://shop.example/late.png" width="700" height="300">'))
    qtbot.waitUntil(lambda: len(asked) == 1)
    asked[0](png(0, 0, 255))
    wait_for_color(qtbot, preview, BLUE)
    preview.show_mail(page('<img src="https://shop.example/other.png" width="700" height="300">'))
    qtbot.waitUntil(lambda: len(asked) == 2)
    preview.show_mail(page(block(RED)))
    wait_for_color(qtbot, preview, RED)
    asked[1](png(0, 0, 255))


def test_the_place_a_reader_scrolled_to_stays(qtbot: QtBot, preview: Preview) -> None:
    show(qtbot, preview, page(block(RED, 3000) + "<p>one</p>"))
    ask(qtbot, preview, "window.scrollTo(0, 1200)")
    show(qtbot, preview, page(block(BLUE, 3000) + "<p>two</p>"))
    assert ask(qtbot, preview, "window.scrollY") == 1200
    assert ask(qtbot, preview, "document.querySelector('p').textContent") == "two"


def test_only_what_differs_is_touched(qtbot: QtBot, preview: Preview) -> None:
    show(qtbot, preview, page("<p>same</p><p>old</p><p>end</p>"))
    ask(qtbot, preview, "window.kept = [...document.querySelectorAll('p')]; 1")
    show(qtbot, preview, page("<p>same</p><p>new</p><p>more</p><p>end</p>"))
    same = (
        "[...document.querySelectorAll('p')].map(p => kept.includes(p) ? '=' : '+').join('') + document.body.innerText"
    )
    assert str(ask(qtbot, preview, same)).split() == ["==+=same", "new", "more", "end"]


def test_of_many_mails_the_newest_is_shown(qtbot: QtBot, preview: Preview) -> None:
    given: list[int] = []
    with qtbot.waitSignal(preview.shown, check_params_cb=lambda n: n == given[-1]):
        given += [preview.show_mail(page(f"<p>{number}</p>")) for number in range(40)]
    assert ask(qtbot, preview, "document.body.innerText") == "39"


def test_a_mail_of_three_megabytes_is_shown(qtbot: QtBot, preview: Preview) -> None:
    show(qtbot, preview, page("<p>" + "x" * 3_000_000 + "</p>"))
    assert ask(qtbot, preview, "document.body.innerText.length") == 3_000_000


def test_our_own_pictures_are_shown(qtbot: QtBot, preview: Preview) -> None:
    mail = '<img src="https://shop.example/images/mug.png" width="700" height="300">'
    preview.show_mail(page(mail))
    wait_for_color(qtbot, preview, RED)


def test_other_pictures_are_a_quiet_placeholder_of_the_same_size(qtbot: QtBot, preview: Preview) -> None:
    show(qtbot, preview, page('<img src="https://other.example/a.png" alt="A mug" width="200" height="90">'))
    size = "(i => [i.complete && i.naturalWidth > 0, i.width, i.height].join())(document.images[0])"
    qtbot.waitUntil(lambda: ask(qtbot, preview, size) == "true,200,90")


def test_a_phone_is_375_pixels_wide_and_a_tablet_is_zoomed_to_fit(qtbot: QtBot, preview: Preview) -> None:
    show(qtbot, preview, page("x"))
    preview.set_width(375)
    qtbot.waitUntil(lambda: ask(qtbot, preview, "innerWidth") == 375)
    preview.resize(384, 400)
    preview.set_width(768)
    qtbot.waitUntil(lambda: ask(qtbot, preview, "innerWidth") == 768)


def test_the_mails_own_dark_styles_can_be_seen(qtbot: QtBot, preview: Preview) -> None:
    style = f".b{{background:{RED}}} @media (prefers-color-scheme: dark) {{.b{{background:{BLUE}}}}}"
    preview.show_mail(page("<div class='b' style='height:400px'></div>", style))
    wait_for_color(qtbot, preview, RED)
    preview.set_look("dark")
    wait_for_color(qtbot, preview, BLUE)
    preview.set_look("light")
    wait_for_color(qtbot, preview, RED)


def test_a_click_on_a_link_asks_and_goes_nowhere(qtbot: QtBot, preview: Preview) -> None:
    link = "<a href='https://shop.example/p/1?a=b' style='display:block;height:300px;background:#f00'>x</a>"
    preview.show_mail(page(link))
    wait_for_color(qtbot, preview, RED)
    target = preview.view.focusProxy()
    assert target is not None
    with qtbot.waitSignal(preview.link_asked) as asked:
        QTest.mouseClick(target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(300, 100))
    assert asked.args == ["https://shop.example/p/1?a=b"]
    assert ask(qtbot, preview, "location.href") == "about:blank"


def test_a_link_for_a_new_window_asks_too(qtbot: QtBot, preview: Preview) -> None:
    link = f"<a target='_blank' href='mailto:a@b.example' style='display:block;height:300px;background:{RED}'>x</a>"
    preview.show_mail(page(link))
    wait_for_color(qtbot, preview, RED)
    target = preview.view.focusProxy()
    assert target is not None
    with qtbot.waitSignal(preview.link_asked) as asked:
        QTest.mouseClick(target, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(300, 100))
    assert asked.args == ["mailto:a@b.example"]


def test_after_a_crash_a_new_page_shows_the_next_mail(
    qtbot: QtBot, preview: Preview, expect_logs: Callable[[str], None]
) -> None:
    expect_logs("preview renderer ended")
    show(qtbot, preview, page("<p>one</p>"))
    crashed = QWebEnginePage.RenderProcessTerminationStatus.CrashedTerminationStatus
    with qtbot.waitSignal(preview.crashed) as told:
        preview._page.renderProcessTerminated.emit(crashed, 11)
    assert "started again" in told.args[0]
    show(qtbot, preview, page("<p>two</p>"))
    assert ask(qtbot, preview, "document.body.innerText") == "two"
