"""Every way to look at a mail in the Templates page, as scenes for pictures."""

from collections.abc import Callable, Iterator
from functools import partial

from restock_desk.domain.listing import Listing
from restock_desk.services import listing
from restock_desk.services.desk import Desk
from restock_desk.ui.pictures import Scene
from restock_desk.ui.preview_pane import PreviewPane
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window
from restock_desk.ui.workspace import Workspace

Act = Callable[[Workspace], object]


def modes(desk: Desk) -> Iterator[tuple[str, Scene]]:
    """Name and scene; each begins from the plain preview of the first template."""
    first = listing.page(desk, Listing("templates", sort="name"), 0, 1)
    if not first:
        return
    acts: list[tuple[str, tuple[Act, ...]]] = [
        ("preview-light", ()),
        ("preview-dark", (partial(_look, "dark"),)),
        ("preview-inverted", (partial(_look, "inverted"),)),
        *((f"preview-{width}", (partial(_width, width),)) for width in (320, 375, 414, 600, 768)),
        ("preview-dragged", (lambda work: work.pane.stage.dragged.emit(450),)),
        ("preview-no-images", (lambda work: work.pane.modes.images.setChecked(True),)),
        *((f"view-{name.lower().replace(' ', '-')}", (partial(_view, name),)) for name in PreviewPane.VIEWS[1:]),
        ("case-longest-name", (lambda work: work.who.set_case("longest-name"),)),
        ("case-right-to-left", (lambda work: work.who.set_case("right-to-left"), partial(_width, 375))),
        ("case-markup", (lambda work: work.who.set_case("markup"),)),
        ("case-inbox-emoji", (lambda work: work.who.set_case("emoji"), partial(_view, "Inbox"))),
        ("two-people", (partial(_compare, "people"), partial(_width, 375))),
        ("two-versions", (partial(_compare, "versions"), partial(_look, "dark"))),
        ("preview-only", (partial(_compare, "people"), lambda work: work.pane.modes.room.setChecked(True))),
    ]
    for name, steps in acts:
        yield name, partial(_show, first[0].id, steps)
    yield "menu-worst-cases", partial(_menu, first[0].id, "cases")
    yield "menu-compare", partial(_menu, first[0].id, "compare")


def _show(template: int, steps: tuple[Act, ...], window: Window) -> None:
    work = _plain(template, window)
    for step in steps:
        step(work)


def _menu(template: int, which: str, window: Window):  # type: ignore[no-untyped-def]
    work = _plain(template, window)
    menu = work.who.menu() if which == "cases" else work.pane.modes.menu()
    menu.popup(window.mapToGlobal(window.rect().center()))
    return menu


def _plain(template: int, window: Window) -> Workspace:
    """The template's workspace with everything as it is at the beginning."""
    window.open_page("templates")
    page = window.page("templates")
    assert isinstance(page, TemplatesPage)
    work = page.workspace
    if work.template is None or work.template.id != template:
        page.open(template_id=template)
    work.pane.tabs.setCurrentIndex(0)
    work.pane.modes.room.setChecked(False)
    work.pane.modes.images.setChecked(False)
    _compare("", work)
    _look("light", work)
    _width(0, work)
    if work.who.case:
        work.who.set_case("")
    return work


def _look(look: str, work: Workspace) -> None:
    segments = work.pane.modes.looks
    segments.buttons[("light", "dark", "inverted").index(look)].click()


def _width(width: int, work: Workspace) -> None:
    segments = work.pane.modes.widths
    next(b for b in segments.buttons if b.text() == (str(width) if width else "Desktop")).click()


def _view(name: str, work: Workspace) -> None:
    work.pane.tabs.setCurrentIndex(PreviewPane.VIEWS.index(name))


def _compare(side: str, work: Workspace) -> None:
    work.pane.modes.set_compare(side)
