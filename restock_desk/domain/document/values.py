"""Checks a value against its field and brings it into its one form. What passes here, all after may rely on."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from restock_desk.domain import conditions
from restock_desk.domain.document.fields import FieldSpec, Shape
from restock_desk.domain.document.rich import checked_color, checked_runs, checked_url
from restock_desk.domain.document.tree import DocumentFault, Json, Path, freeze, same

Check = Callable[[FieldSpec, Json, Path], Json]
_LINE = 2_000
_WITHDRAWN = "rating"
"""A part of a product that documents could name before; no catalog has it, and no mail ever showed it."""
_CELLS = 12


def checked(spec: FieldSpec, value: Json, path: Path) -> Json:
    """The value in its one form; None stands for "not set" and passes everywhere."""
    return None if value is None else _CHECKS[spec.type](spec, value, path)


def checked_fields(shape: Shape, values: Mapping[str, Json], path: Path) -> Mapping[str, Json]:
    """An object of known fields in schema order; defaults and empty groups are left out, the unknown stays behind."""
    made: dict[str, Json] = {}
    for key, spec in shape.items():
        if key not in values:
            continue
        here, found = (*path, key), values[key]
        if isinstance(spec, FieldSpec):
            one = checked(spec, found, here)
            if one is None or same(one, spec.default):
                continue
        elif isinstance(found, Mapping):
            one = checked_fields(spec, found, here)
            if not one:
                continue
        else:
            raise DocumentFault(f"“{key}” is an object.", here)
        made[key] = one
    unknown = sorted(key for key in values if key not in shape)
    return MappingProxyType({**made, **{key: freeze(values[key], (key,)) for key in unknown}})


def _words(spec: FieldSpec, value: Json, path: Path) -> Json:
    if not isinstance(value, str):
        raise DocumentFault(f"{spec.label} is a text.", path)
    most = spec.most or _LINE
    if len(value) > most:
        raise DocumentFault(f"{spec.label} has at most {most} letters.", path)
    if spec.type == "text" and any(letter in value for letter in "\r\n"):
        raise DocumentFault(f"{spec.label} is one line.", path)
    return value


def _number(spec: FieldSpec, value: Json, path: Path) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DocumentFault(f"{spec.label} is a number, never an expression.", path)
    if (spec.min is not None and value < spec.min) or (spec.max is not None and value > spec.max):
        raise DocumentFault(f"{spec.label} lies between {spec.min:g} and {spec.max:g}.", path)
    return value


def _space(spec: FieldSpec, value: Json, path: Path) -> Json:
    if not isinstance(value, tuple) or len(value) != 4:
        raise DocumentFault(f"{spec.label} is four numbers: top, right, bottom, left.", path)
    return tuple(_number(spec, side, (*path, at)) for at, side in enumerate(value))


def _font(spec: FieldSpec, value: Json, path: Path) -> Json:
    if not isinstance(value, str) or not (value == "" or value.startswith("$")):
        raise DocumentFault("A font is a token of the brand such as $body.", path)
    return checked_color(value, path)


def _select(spec: FieldSpec, value: Json, path: Path) -> Json:
    if value not in spec.choices:
        raise DocumentFault(f"{spec.label} is one of {', '.join(c or '(empty)' for c in spec.choices)}.", path)
    return value


def _boolean(spec: FieldSpec, value: Json, path: Path) -> Json:
    if not isinstance(value, bool):
        raise DocumentFault(f"{spec.label} is true or false.", path)
    return value


def _list(spec: FieldSpec, value: Json, path: Path) -> Json:
    if not isinstance(value, tuple) or len(value) > (spec.most or 100):
        raise DocumentFault(f"{spec.label} is a list of at most {spec.most or 100}.", path)
    if spec.items[0].name == "":
        if None in value:
            raise DocumentFault("An entry is missing.", path)
        return tuple(checked(spec.items[0], one, (*path, at)) for at, one in enumerate(value))
    made: list[Json] = []
    for at, one in enumerate(value):
        if not isinstance(one, Mapping):
            raise DocumentFault(f"An entry of {spec.label} is an object.", (*path, at))
        made.append(checked_fields(spec.shape, one, (*path, at)))
    return tuple(made)


def _condition(spec: FieldSpec, value: Json, path: Path) -> Json:
    try:
        return conditions.checked(value)
    except conditions.ConditionFault as fault:
        raise DocumentFault(fault.reason, (*path, *fault.path)) from fault


def _product_fields(spec: FieldSpec, value: Json, path: Path) -> Json:
    if isinstance(value, tuple):
        value = tuple(one for one in value if one != _WITHDRAWN)
    if not isinstance(value, tuple) or any(one not in spec.choices for one in value):
        raise DocumentFault(f"{spec.label} is a list of {', '.join(spec.choices)}.", path)
    if len(set(value)) < len(value):
        raise DocumentFault("A part of the product is named twice.", path)
    return value


def _table(spec: FieldSpec, value: Json, path: Path) -> Json:
    if not isinstance(value, tuple) or len(value) > spec.most:
        raise DocumentFault(f"A table is a list of at most {spec.most} rows.", path)
    rows: list[Json] = []
    for at, row in enumerate(value):
        if not isinstance(row, tuple) or not 0 < len(row) <= _CELLS:
            raise DocumentFault(f"A row is a list of one to {_CELLS} cells.", (*path, at))
        rows.append(tuple(checked_runs(cell, (*path, at, place)) for place, cell in enumerate(row)))
    return tuple(rows)


_CHECKS: Mapping[str, Check] = {
    "rich": lambda spec, value, path: checked_runs(value, path, spec.plain),
    "text": _words,
    "textarea": _words,
    "html": _words,
    "number": _number,
    "color": lambda spec, value, path: checked_color(value, path),
    "space": _space,
    "font": _font,
    "url": lambda spec, value, path: checked_url(value, path),
    "image": lambda spec, value, path: checked_url(value, path),
    "select": _select,
    "boolean": _boolean,
    "list": _list,
    "condition": _condition,
    "product_fields": _product_fields,
    "table": _table,
    "json": lambda spec, value, path: freeze(value),
}
