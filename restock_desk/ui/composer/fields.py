"""Which field stands for which type of the schema. The only place that knows all of them."""

from collections.abc import Callable, Mapping

from restock_desk.domain.document.fields import FieldSpec
from restock_desk.ui.composer.around import Around
from restock_desk.ui.composer.color_field import ColorField
from restock_desk.ui.composer.condition_field import ConditionField
from restock_desk.ui.composer.field import FieldEditor
from restock_desk.ui.composer.list_fields import ListField, PartsField, TableField
from restock_desk.ui.composer.plain_fields import (
    AreaField,
    ChoiceField,
    FontField,
    HtmlField,
    LineField,
    NumberField,
    SwitchField,
)
from restock_desk.ui.composer.programs_field import ProgramsField
from restock_desk.ui.composer.rich_field import RichField
from restock_desk.ui.composer.space_field import SpaceField
from restock_desk.ui.composer.url_field import UrlField

UNSEEN = ("json",)
"""Types that no field shows: they are written by other parts of the window."""


def make(spec: FieldSpec, around: Around) -> FieldEditor:
    """A fresh field for a spec."""
    return (_NAMED.get(spec.name) or _MAKERS[spec.type])(spec, around)


_NAMED: Mapping[str, Callable[[FieldSpec, Around], FieldEditor]] = {"targets": ProgramsField}
"""Settings with a field of their own."""


_MAKERS: Mapping[str, Callable[[FieldSpec, Around], FieldEditor]] = {
    "rich": RichField,
    "text": LineField,
    "textarea": AreaField,
    "html": HtmlField,
    "number": NumberField,
    "color": ColorField,
    "space": SpaceField,
    "font": FontField,
    "url": UrlField,
    "image": UrlField,
    "select": ChoiceField,
    "boolean": SwitchField,
    "list": lambda spec, around: ListField(spec, around, make),
    "condition": ConditionField,
    "product_fields": PartsField,
    "table": lambda spec, around: TableField(spec, around, make),
}
