"""The condition builder: a tree comes out as it went in, rows are typed by their variable, the sentence follows."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from restock_desk.domain import conditions
from restock_desk.domain.document.fields import FieldSpec
from restock_desk.domain.document.tree import Json, freeze, thaw
from restock_desk.services.composing import Verdict
from restock_desk.ui import theme
from restock_desk.ui.composer import condition_tree
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.condition_builder import ConditionBuilder, RowBox
from restock_desk.ui.composer.condition_field import ConditionField
from restock_desk.ui.composer.condition_tree import Group, Row

STOCK = {"var": "variant.stock", "op": "lt", "value": 5}
GOLD = {"var": "subscriber.attributes.tier", "op": "in", "value": ["gold", "vip"]}
OLD = {"var": "interest.created_at", "op": "lt", "value": {"ago_s": 30 * 86_400}}
DEAR = {"var": "variant.price", "op": "between", "value": [{"amount": "5", "currency": "EUR"}] * 2}
NAMED = {"var": "subscriber.first_name", "op": "set"}


@pytest.fixture
def builder(qtbot: QtBot, qapp: QApplication) -> Callable[[Json], ConditionBuilder]:
    theme.apply(qapp, "light")
    above = QWidget()
    qtbot.addWidget(above)

    def made(tree: Any) -> ConditionBuilder:
        return ConditionBuilder(Around(), freeze(tree), "this button", above)

    return made


@pytest.mark.parametrize(
    "tree",
    [
        STOCK,
        {"all": [STOCK, GOLD]},
        {"any": [STOCK, {"all": [GOLD, OLD]}]},
        {"not": {"any": [STOCK, DEAR]}},
        {"all": [STOCK, {"not": NAMED}, {"any": [GOLD, {"not": {"all": [OLD, DEAR]}}]}]},
    ],
)
def test_a_condition_comes_out_as_it_went_in(builder: Callable[[Any], ConditionBuilder], tree: Any) -> None:
    assert thaw(builder(tree).value) == thaw(freeze(conditions.checked(tree)))


def test_unfinished_rows_are_left_out() -> None:
    group = Group("all", [Row(), Row("variant.stock", "lt", None), Row("variant.stock", "lt", 5)])
    assert thaw(condition_tree.to_tree(group)) == STOCK
    assert condition_tree.to_tree(Group("all", [Row()])) is None


def test_a_picked_variable_brings_the_questions_of_its_type(builder: Callable[[Any], ConditionBuilder]) -> None:
    made = builder(None)
    row = made.findChild(RowBox)
    assert row is not None
    row.variable.picked.emit("variant.stock")
    assert [row.op.itemData(n) for n in range(row.op.count())] == list(condition_tree.operators("number"))
    assert thaw(made.value) == {"var": "variant.stock", "op": "lt", "value": 5}
    row.op.setCurrentIndex(row.op.findData("between"))
    row.op.activated.emit(row.op.currentIndex())
    assert thaw(made.value) == {"var": "variant.stock", "op": "between", "value": [5, 5]}


def test_the_value_is_what_is_typed(builder: Callable[[Any], ConditionBuilder]) -> None:
    made = builder(STOCK)
    box = next(b for b in made.findChildren(QLineEdit) if b.accessibleName() == "Value")
    box.selectAll()
    QTest.keyClicks(box, "12")
    assert thaw(made.value) == {**STOCK, "value": 12}
    assert made.summary.text() == "Shown when Stock is less than 12."


def test_groups_come_and_go_and_say_how_they_are_joined(builder: Callable[[Any], ConditionBuilder]) -> None:
    made = builder({"all": [STOCK, NAMED]})
    made.group.joint = "any"
    made.rebuild()
    assert made.summary.text() == "Shown when Stock is less than 5 or First name is known."
    made.findChildren(RowBox)[0].removed.emit()
    assert thaw(made.value) == {"any": [NAMED]}


def test_an_order_of_words_is_objected_to(builder: Callable[[Any], ConditionBuilder]) -> None:
    made = builder({"var": "subscriber.first_name", "op": "lt", "value": 5})
    assert "has no order" in made.warning.text()


def test_it_says_who_sees_it_and_how_many(qtbot: QtBot, builder: Callable[[Any], ConditionBuilder]) -> None:
    made = builder(STOCK)
    made.around.person = "Ana"
    made.around.judge = lambda _tree, done: done(Verdict(False, "variant.stock is 9; asked: less than 5.", 3, 7))
    made.tell()
    qtbot.waitUntil(lambda: made.person.text() == "Ana does not see it")
    assert made.count.text() == "Shown to 3 of the 7 who wait"


def test_the_field_tells_the_condition_and_its_end(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light")
    field = ConditionField(FieldSpec("when", "condition", "Show when"), Around())
    qtbot.addWidget(field)
    heard: list[Any] = []
    field.edited.connect(lambda value: heard.append(thaw(value)))
    field.show_value(freeze(STOCK))
    assert field.words.text() == "Stock is less than 5"
    made = field.open()
    made.group.parts.append(Row("subscriber.first_name", "set"))
    made.accept()
    assert heard == [{"all": [STOCK, NAMED]}]
    field.none.click()
    assert heard[-1] is None


def test_a_moment_is_before_or_after_not_less(builder: Callable[[Any], ConditionBuilder]) -> None:
    assert builder(OLD).summary.text() == "Shown when Asked on is before 30 days ago."
