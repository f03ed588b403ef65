"""A template of another make through the window: chosen, its report read, created as a document or as source."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from restock_desk.domain.templates import TemplateKind
from restock_desk.errors import DeskError
from restock_desk.rendering.processes import importing
from restock_desk.services import template_imports, templates
from restock_desk.services.desk import Desk
from restock_desk.ui.window import Window
from tests.ui.conftest import MakeWindow
from tests.ui.dialogs import FOREIGN


@pytest.fixture
def window(make_window: MakeWindow) -> Window:
    return make_window()


def opened(window: Window, file: Path, qtbot: QtBot) -> Any:
    window.open_page("templates")
    page: Any = window.page("templates")
    dialog = page.import_file(str(file))
    qtbot.waitUntil(lambda: bool(dialog.status.text() != "Reading…"))
    return dialog


def test_the_report_is_shown_and_a_document_is_made(window: Window, desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "boots.mjml"
    file.write_text(FOREIGN, encoding="utf-8")
    dialog = opened(window, file, qtbot)
    rows = {
        dialog.notes.item(row, 2).text(): (dialog.notes.item(row, 0).text(), dialog.notes.item(row, 1).text())
        for row in range(dialog.notes.rowCount())
    }
    assert rows["*|FNAME|*"] == ("2", "Translated")
    assert rows["%%moon%%"] == ("2", "Kept as it was")
    assert rows["<mj-carousel>"] == ("3", "Kept as it was")
    assert rows["the font Ubuntu"][1] == "Lost"
    assert "1 lost" in dialog.summary.text()
    assert dialog.draft.kind.value == "document"
    dialog.as_source.setChecked(True)
    assert dialog.draft.kind.value == "mjml"
    assert "{{ subscriber.first_name }}" in dialog.draft.source
    dialog.as_document.setChecked(True)
    dialog.name.setText("Boots")
    dialog.go_on.click()
    page: Any = window.page("templates")
    qtbot.waitUntil(lambda: page.workspace.template is not None and page.workspace.template.name == "Boots")
    assert templates.by_name(desk, "Boots").kind is TemplateKind.DOCUMENT
    page.workspace.keep_now()


def test_a_file_that_takes_too_long_is_a_sentence_and_its_renderer_is_ended(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "WALL_S", 0.05)
    file = tmp_path / "endless.html"
    file.write_text("<table><tr><td>" * 40_000, encoding="utf-8")
    with pytest.raises(DeskError) as told:
        template_imports.read(desk, file)
    assert told.value.message.startswith("endless.html cannot be read.")


def test_a_file_that_is_no_template_is_a_sentence(window: Window, desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "picture.html"
    file.write_bytes(b"\x89PNG\r\n" + b"\0\1\2\3" * 400)
    dialog = opened(window, file, qtbot)
    assert dialog.status.text().startswith("This file is no text.")
    assert not dialog.go_on.isEnabled()
    dialog.reject()
