"""The picker of mail programs, in the settings and in a document's panel."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from restock_desk.domain.document import kinds
from restock_desk.domain.mail_programs import TARGETS
from restock_desk.ui.composer import fields
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.programs_field import ProgramsField
from restock_desk.ui.mail_programs import MailPrograms


def test_a_tick_of_a_whole_family_is_told_once_as_its_pattern(qtbot: QtBot) -> None:
    picker = MailPrograms()
    qtbot.addWidget(picker)
    picker.show_patterns(("outlook.windows",))
    assert picker.patterns == ("outlook.windows",)
    assert picker.words.text() == "Outlook"
    told: list[tuple[str, ...]] = []
    picker.changed.connect(lambda: told.append(picker.patterns))
    outlook = next(top for top in picker._tops() if top.text(0) == "Outlook")
    assert outlook.checkState(0) is Qt.CheckState.PartiallyChecked
    outlook.setCheckState(0, Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [("outlook.*",)]


def test_a_document_takes_the_shops_choice_until_it_makes_its_own(qtbot: QtBot) -> None:
    field = fields.make(kinds.SETTING["targets"], Around())
    assert isinstance(field, ProgramsField)
    qtbot.addWidget(field)
    field.show_value(())
    assert field.shops.isChecked()
    assert field.programs.isHidden()
    with qtbot.waitSignal(field.edited) as told:
        field.shops.click()
    assert told.args == [TARGETS]
    field.show_value(TARGETS)
    assert not field.programs.isHidden()
    assert set(field.programs.patterns) == set(TARGETS)
    with qtbot.waitSignal(field.edited) as told:
        field.shops.click()
    assert told.args == [None]
