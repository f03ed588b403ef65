"""The composer in every state worth looking at, as scenes for pictures: blocks selected, lists open, empty, large."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from PySide6.QtWidgets import QWidget

from restock_desk.domain.document import kinds, operations
from restock_desk.domain.document.operations import Insert, Set
from restock_desk.domain.document.placing import duplicate
from restock_desk.domain.document.tree import Document, freeze
from restock_desk.domain.templates import TemplateKind
from restock_desk.services import composing, saved_blocks, templates
from restock_desk.services.desk import Desk
from restock_desk.services.readers import Whom
from restock_desk.ui.composer.composer import Composer
from restock_desk.ui.composer.findings import Findings
from restock_desk.ui.history import HistoryDialog
from restock_desk.ui.pictures import Scene
from restock_desk.ui.saved_block_window import SavedBlockWindow, UsesDialog
from restock_desk.ui.templates import TemplatesPage
from restock_desk.ui.window import Window

Act = Callable[[Composer], QWidget | None]
_WHEN = {
    "all": [
        {"var": "variant.stock", "op": "lt", "value": 20},
        {
            "any": [
                {"var": "subscriber.attributes.tier", "op": "in", "value": ["gold", "vip"]},
                {"var": "interest.created_at", "op": "lt", "value": {"ago_s": 30 * 86_400}},
            ]
        },
    ]
}


def composing_scenes(desk: Desk) -> Iterator[tuple[str, Scene]]:
    """Name and scene; each begins from the first document as it was saved."""
    documents = []
    for template in templates.templates(desk):
        version = templates.version(desk, template.version_id)
        if version.draft.kind is TemplateKind.DOCUMENT:
            documents.append((template.id, version.draft))
    if not documents:
        return
    first, draft = documents[0]
    document = composing.document_of(draft)
    acts: tuple[tuple[str, Act], ...] = (
        ("composer", lambda _: None),
        ("composer-text", partial(_select, "text")),
        ("composer-heading", partial(_select, "heading")),
        ("composer-button", partial(_select, "button")),
        ("composer-section", partial(_select, "section")),
        ("composer-product", partial(_with, "product")),
        ("composer-table", partial(_with, "table")),
        ("composer-social", partial(_with, "social")),
        ("composer-html", partial(_with, "html")),
        ("composer-settings", _settings),
        ("composer-history", _history),
        ("composer-variables", _variables),
        ("composer-fallback", _fallback),
        ("composer-colours", _colors),
        ("composer-condition", _condition),
        ("composer-problems", _problems),
        ("composer-empty", partial(_open, lambda new_id: Document(id="empty"))),
        ("composer-blank", partial(_open, lambda new_id: kinds.blank("blank", "Blank", new_id))),
        ("composer-large", partial(_open, lambda new_id: _large(document, new_id))),
    )
    for name, act in acts:
        yield name, partial(_scene, first, act)
    yield "composer-saved", partial(_scene, first, partial(_saved, desk, document, ""))
    yield "composer-saved-place", partial(_scene, first, partial(_saved, desk, document, "place"))
    yield "composer-saved-window", partial(_scene, first, partial(_saved, desk, document, "window"))
    yield "composer-saved-uses", partial(_scene, first, partial(_saved, desk, document, "uses"))
    yield "composer-versions", partial(_versions, first, document)


def _scene(template: int, act: Act, window: Window) -> QWidget | None:
    window.open_page("templates")
    page = window.page("templates")
    assert isinstance(page, TemplatesPage)
    composer = page.workspace.composer
    if page.workspace.template is None or page.workspace.template.id != template:
        window.open_page("templates", template_id=template)
        window.bridge.ask("pictures.composer", lambda: None, lambda _: act(composer))
        return None
    if page.workspace.version is not None:
        page.workspace._show_draft(page.workspace.version.draft)
    composer.show_panel("block")
    composer.pages.buttons[0].click()
    return act(composer)


def _saved(desk: Desk, document: Document, what: str, composer: Composer) -> QWidget | None:
    """The page of saved blocks; then one of them in its place, the window that edits it, and where it is used."""
    if not saved_blocks.saved_blocks(desk):
        names = ("Logo on top", "Hero", "Product and button", "Footer with address", "The promise of our house")
        for row, name in zip((*document.body, document.body[0]), names, strict=False):
            saved_blocks.save(desk, composer.editing.new_id(), name, row)
        composer.library.read()
    composer.pages.buttons[1].click()
    blocks = {block.name: block for block in saved_blocks.saved_blocks(desk)}
    block = blocks["Product and button"]
    if not what:
        return None
    composer.around.kept = tuple(blocks.values())
    composer.editing.select(document.body[0].id)
    composer.library.insert(block.id, document.body[0].id, "after")
    composer.show_panel("block")
    if what == "place":
        return None
    owner = composer.right.window()
    if what == "uses":
        return UsesDialog(desk, composer.library._bridge, block, owner)
    opened = SavedBlockWindow(desk, composer.library._bridge, block, document, Whom(), owner)
    opened.show()
    return opened


def _select(type: str, composer: Composer) -> None:
    found = next((node for node in composer.editing.document.walk() if node.type == type), None)
    if found is None:
        return _with(type, composer)
    return composer._pick(found.id)


def _with(type: str, composer: Composer) -> None:
    composer.editing.select("")
    composer.add(type)


def _settings(composer: Composer) -> None:
    composer.show_panel("mail")


def _history(composer: Composer) -> None:
    for key in ("divider", "image", "text"):
        composer.add(key)
    composer.editing.undo()
    composer.show_panel("steps")


def _problems(composer: Composer) -> None:
    """A mail with something wrong of each kind, and the list open at the first."""
    edit = composer.editing
    for node in edit.document.walk():
        if node.type == "image":
            edit.set(node.id, ("alt",), freeze([]))
        elif node.type == "button":
            edit.set(node.id, ("label",), freeze([{"t": "Click here"}]))
    edit.set(edit.document.id, ("settings", "subject"), freeze([{"t": "FREE!!! BUY NOW"}]))
    found = composer.right.window().findChild(Findings)
    assert isinstance(found, Findings)
    found.open()


def _variables(composer: Composer) -> QWidget:
    _select("text", composer)
    field: Any = composer.properties._sheets["text"].sheet.fields["text"]
    return field.open_variables()  # type: ignore[no-any-return]  # a popover


def _fallback(composer: Composer) -> QWidget | None:
    _select("heading", composer)
    field: Any = composer.properties._sheets["heading"].sheet.fields["text"]
    places = range(field.box.document().characterCount())
    at = next((n for n in places if field.box.chip_at(n) is not None), -1)
    return field.open_chip(at) if at >= 0 else None


def _colors(composer: Composer) -> QWidget:
    _select("button", composer)
    field: Any = composer.properties._sheets["button"].style_sheet.fields["style.background"]
    return field.open()  # type: ignore[no-any-return]  # a popover


def _condition(composer: Composer) -> QWidget:
    _select("button", composer)
    field: Any = composer.properties._sheets["button"].rest.fields["when"]
    field.show_value(MappingProxyType(_WHEN))
    return field.open()  # type: ignore[no-any-return]  # a dialog


def _open(make: Callable[[Callable[[], str]], Document], composer: Composer) -> None:
    composer.show_document(make(composer.editing.new_id))
    composer.edited.emit(composing.draft_of(composer.editing.document))


def _large(document: Document, new_id: Callable[[], str]) -> Document:
    """The same mail many times over."""
    made = document
    for _ in range(3):
        for node in made.body:
            if len(made.index) > 250:
                break
            (edit,), _ = duplicate(made, node.id, new_id)
            assert isinstance(edit, Insert)
            made = replace(made, body=(*made.body, edit.node))
    return made


def _versions(template: int, document: Document, window: Window) -> QWidget:
    desk, new_id = window.desk, composing.new_ids(window.desk)
    text = next(node for node in document.walk() if node.type in ("text", "heading"))
    edits, _ = duplicate(document, text.id, new_id)
    changed = Set(text.id, ("text",), freeze([{"t": "These words are new in this version."}]))
    after, _ = operations.apply(document, (*edits, changed))
    templates.save(desk, template, composing.draft_of(after), "New words")
    window.open_page("templates", template_id=template)
    page: Any = window.page("templates")
    page.tools.show_versions()
    dialog = page.workspace.findChild(HistoryDialog)
    assert isinstance(dialog, HistoryDialog)
    return dialog
