"""The smallest element that holds a change: found where it is certain; the page ends as if it read everything."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QObject
from PySide6.QtQuick import QSGRendererInterface
from PySide6.QtQuickWidgets import QQuickWidget
from pytestqt.qtbot import QtBot

from restock_desk.ui.preview import Preview
from restock_desk.ui.splice import Splice, _known, splice
from tests.ui.test_preview_hardening import ask, show

MAIL = (
    "<!doctype html><html><head><style>p{color:red}</style><title>T</title></head><body><!-- <p>no</p> -->"
    "<table><tr><td>one</td><td>two</td></tr><tr><td><p>three <b>bold</b></p><img src='https://x.example/a' alt='A'>"
    "</td></tr></table><p>four</p><div><span>five</span><br></div></body></html>"
)


@pytest.fixture
def preview(qtbot: QtBot) -> Preview:
    made = Preview()
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


def test_a_changed_cell_is_one_cell() -> None:
    assert splice(MAIL, MAIL.replace("two", "2")) == Splice("td", 1, 3, "<td>two</td>", "<td>2</td>")


def test_a_changed_attribute_belongs_to_what_is_around_its_element() -> None:
    found = splice(MAIL, MAIL.replace("alt='A'", "alt='Another'"))
    assert found is not None
    assert (found.name, found.number) == ("td", 2)


def test_the_smallest_element_is_taken() -> None:
    found = splice(MAIL, MAIL.replace("three", "3"))
    assert found is not None
    assert (found.name, found.number, found.count) == ("p", 0, 2)


def test_one_change_after_another_is_spliced_as_if_each_were_the_first() -> None:
    steps = [("three", "3, longer"), ("two", "2"), ("longer", ""), ("alt='A'", "alt='Another'"), ("four", "4")]
    mails = [MAIL]
    for old, new in steps:
        mails.append(mails[-1].replace(old, new))
    found = [splice(one, other) for one, other in pairwise(mails)]
    assert None not in found
    for (one, other), made in zip(pairwise(mails), found, strict=True):
        _known.clear()
        assert splice(one, other) == made


def test_other_elements_styles_comments_and_odd_html_are_for_the_whole() -> None:
    for old, new in (("two", "<b>two</b>"), ("red", "blue"), ("no", "yes"), ("<title>T", "<title>U"), ("four", "<i>")):
        assert splice(MAIL, MAIL.replace(old, new, 1)) is None, new
    unclosed = MAIL.replace("</span>", "")
    assert splice(unclosed, unclosed.replace("two", "2")) is None


PARTS = (
    "one",
    "two",
    "<b>x</b>",
    "&amp;",
    "<i>",
    "</td>",
    "<td>",
    "'",
    "<!--",
    "-->",
    "<p>",
    "🎉",
    "<tr>",
    "<a href='#'>y</a>",
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(("one", "two", "three", "bold", "four", "five")), st.sampled_from(PARTS)),
        min_size=1,
        max_size=4,
    )
)
def test_the_page_ends_as_if_it_read_the_whole_mail(
    qtbot: QtBot, preview: Preview, edits: list[tuple[str, str]]
) -> None:
    body = "document.body.innerHTML"
    mail = MAIL
    show(qtbot, preview, mail)
    for old, new in edits:
        mail = mail.replace(old, new, 1)
        show(qtbot, preview, mail)
    spliced = ask(qtbot, preview, body)
    show(qtbot, preview, "<p>other</p><script>x</script>")
    show(qtbot, preview, mail)
    assert ask(qtbot, preview, body) == spliced


def test_the_place_stays_and_only_the_changed_element_is_touched(qtbot: QtBot, preview: Preview) -> None:
    tall = MAIL.replace("four", "<span style='display:block;height:3000px'>four</span>").replace(
        "alt='A'", "height='9'"
    )
    show(qtbot, preview, tall)
    ask(qtbot, preview, "window.scrollTo(0, 900); window.cells = [...document.querySelectorAll('td')]; 1")
    ask(qtbot, preview, "getSelection().selectAllChildren(document.querySelector('b')); 1")
    show(qtbot, preview, tall.replace("two", "2"))
    assert abs(float(str(ask(qtbot, preview, "window.scrollY"))) - 900) < 1
    assert ask(qtbot, preview, "String(getSelection())") == "bold"
    assert ask(qtbot, preview, "cells.every((c, n) => c === document.querySelectorAll('td')[n])") is True
    assert ask(qtbot, preview, "document.querySelectorAll('td')[1].textContent") == "2"


def test_a_page_that_is_not_as_it_was_left_is_shown_whole(qtbot: QtBot, preview: Preview) -> None:
    show(qtbot, preview, MAIL)
    ask(qtbot, preview, "document.querySelectorAll('td')[1].textContent = 'meddled'; 1")
    show(qtbot, preview, MAIL.replace("two", "2"))
    assert ask(qtbot, preview, "document.querySelectorAll('td')[1].textContent") == "2"


def test_what_is_spliced_in_is_disarmed_too(qtbot: QtBot, preview: Preview) -> None:
    mail = "<html><body><p onclick='a()'>one <a href='javascript:x()' onmouseover='y()'>two</a></p></body></html>"
    show(qtbot, preview, mail)
    show(qtbot, preview, mail.replace("y()", "document.documentElement.dataset.ran=1"))
    assert splice(mail, mail.replace("y()", "z()")) is not None
    assert "on" not in str(ask(qtbot, preview, "[...document.querySelector('a').attributes].map(a => a.name).join()"))


class Ear(QObject):
    """Hears how often a widget is told its size."""

    told = 0

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        self.told += event.type() == QEvent.Type.Resize
        return False


def test_what_changed_is_drawn_at_once_and_then_left_alone(qtbot: QtBot, preview: Preview) -> None:
    show(qtbot, preview, MAIL)
    surface, clock, ear = preview.view.findChild(QQuickWidget), preview._frames._clock, Ear()
    assert surface is not None
    qtbot.waitUntil(lambda: not clock.isActive(), timeout=30_000)
    surface.installEventFilter(ear)
    show(qtbot, preview, MAIL.replace("two", "2"))
    qtbot.waitUntil(lambda: not clock.isActive(), timeout=30_000)
    without_a_card = (
        surface.quickWindow().rendererInterface().graphicsApi() == QSGRendererInterface.GraphicsApi.Software
    )
    assert (ear.told > 0) == without_a_card
