"""The filters a template may use: about twenty-five, each bounded in what it costs and what it can grow to.

Nothing and the undefined pass through, so that they are told at the place where they would print.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from restock_desk.domain.money import Money
from restock_desk.rendering import locales
from restock_desk.rendering.conditions import holds
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.run import LOOP_LIMIT, VALUE_LIMIT, current
from restock_desk.rendering.undefined import Missing

Filter = Callable[..., Any]
_TAG = re.compile(r"<[^>]*>")
_COLOR = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?|[a-zA-Z]{3,30}")


def bounded(text: str) -> str:
    """`text` if it is of a bearable length."""
    if len(text) > VALUE_LIMIT:
        raise TemplateFault("A value grows too long.", "tpl.budget", current().where)
    return text


def default(value: Any, instead: Any = "", empty_too: bool = True) -> Any:
    """`instead` for what is undefined, empty or nothing. (Jinja's own keeps None, which is never what a mail wants.)"""
    if isinstance(value, Missing) or value is None:
        return instead
    return instead if empty_too and value == "" else value


def words(method: Callable[[str], str]) -> Filter:
    """A filter of one text."""
    return lambda value: value if _nothing(value) else method(text(value))


def text(value: Any) -> str:
    """What a value prints as, before escaping."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return locales.date(value, "long", current().locale, current().timezone)
    if isinstance(value, float | Decimal):
        return locales.number(value, current().locale)
    if isinstance(value, list | tuple):
        return ", ".join(text(part) for part in value[:LOOP_LIMIT])
    if isinstance(value, dict):
        return ", ".join(f"{key}: {text(part)}" for key, part in list(value.items())[:LOOP_LIMIT])
    return str(value)


def truncate(value: Any, length: int = 120, end: str = "…") -> Any:
    """At most `length` characters, cut between words."""
    if _nothing(value):
        return value
    whole = text(value)
    if len(whole) <= length:
        return whole
    cut = whole[: max(int(length) - len(end), 0)]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip() + str(end)


def replace(value: Any, old: str, new: str) -> Any:
    if _nothing(value):
        return value
    whole, old, new = text(value), str(old), str(new)
    if not old:
        raise TemplateFault("The replace filter needs something to look for.", "tpl.filter", current().where)
    if len(whole) + whole.count(old) * (len(new) - len(old)) > VALUE_LIMIT:
        raise TemplateFault("A value grows too long.", "tpl.budget", current().where)
    return whole.replace(old, new)


def join(value: Any, between: str = ", ") -> Any:
    if _nothing(value) or isinstance(value, str):
        return value
    parts = [text(part) for part in list(value)[:LOOP_LIMIT] if not _nothing(part)]
    return bounded(str(between).join(parts))


def first(value: Any) -> Any:
    return value if _nothing(value) else value[0] if len(value) else None


def last(value: Any) -> Any:
    return value if _nothing(value) else value[-1] if len(value) else None


def length(value: Any) -> int:
    return 0 if _nothing(value) else len(value)


def rounded(value: Any, digits: int = 0) -> Any:
    """Half away from zero, as prices are."""
    if _nothing(value):
        return value
    step = Decimal(1).scaleb(-max(0, min(int(digits), 6)))
    result = _number(value).quantize(step, ROUND_HALF_UP)
    return int(result) if digits == 0 else result


def whole(value: Any) -> Any:
    return value if _nothing(value) else int(_number(value))


def number(value: Any) -> Any:
    """A number as the reader writes it."""
    return value if _nothing(value) else locales.number(_number(value), current().locale)


def plural(value: Any, one: str, many: str) -> Any:
    """`one` for exactly one, `many` otherwise; lists count their entries."""
    if _nothing(value):
        return value
    count = len(value) if isinstance(value, list | tuple | dict) else _number(value)
    return one if count == 1 else many


def ordered(value: Any, key: str = "", reverse: bool = False) -> Any:
    """A list in the order of its entries, or of `key` in them; what lacks it comes last."""
    if _nothing(value):
        return value
    rows = list(value)[:LOOP_LIMIT]
    known = [row for row in rows if _at(row, key) is not None]
    return sorted(known, key=lambda row: _at(row, key), reverse=bool(reverse)) + [
        row for row in rows if _at(row, key) is None
    ]


def line_breaks(value: Any) -> Any:
    """Text with its line ends as <br>. Escapes the text first."""
    return value if _nothing(value) else Markup("<br>\n").join(escape(line) for line in text(value).splitlines())


def color(value: Any) -> Any:
    """A colour as style sheets write it, and nothing else: #rgb, #rrggbb, or a name."""
    if _nothing(value):
        return value
    if not _COLOR.fullmatch(text(value).strip()):
        raise TemplateFault("A colour was expected, such as #336699.", "tpl.filter", current().where)
    return text(value).strip()


def pixels(value: Any) -> Any:
    """A whole number of pixels."""
    return value if _nothing(value) else f"{max(-10_000, min(int(_number(value)), 10_000))}px"


def initial(value: str) -> str:
    return value[:1].upper() + value[1:]


def _when(print_it: Callable[[datetime, str, str, str], str]) -> Filter:
    def show(value: Any, style: str = "long") -> Any:
        if _nothing(value):
            return value
        if not isinstance(value, datetime):
            raise TemplateFault("Only a date can be printed as a date.", "tpl.filter", current().where)
        if style not in locales.DATE_STYLES:
            choice = ", ".join(locales.DATE_STYLES)
            raise TemplateFault(f"A date prints as one of {choice}.", "tpl.filter", current().where)
        return print_it(value, style, current().locale, current().timezone)

    return show


def _nothing(value: Any) -> bool:
    return value is None or isinstance(value, Missing)


def _number(value: Any) -> Decimal:
    """Any value that is or reads as a number of a bearable size."""
    try:
        found = value.amount if isinstance(value, Money) else Decimal(str(value).strip()[:40])
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) >= 10**15:
        raise TemplateFault("A number was expected.", "tpl.filter", current().where)
    return Decimal(found)


def _at(row: Any, key: str) -> Any:
    for part in key.split(".") if key else ():
        row = row.get(part) if isinstance(row, dict) else None
    return row


def _each_once(value: Any) -> Any:
    if _nothing(value):
        return value
    rows = list(value)[:LOOP_LIMIT]
    return [row for place, row in enumerate(rows) if row not in rows[:place]]


def _turned(value: Sequence[Any] | None) -> Any:
    return value if _nothing(value) or value is None else value[::-1]


FILTERS: dict[str, Filter] = {
    "default": default, "d": default,
    "upper": words(str.upper), "lower": words(str.lower), "capitalize": words(initial), "title": words(str.title),
    "trim": words(str.strip), "striptags": words(lambda value: " ".join(_TAG.sub(" ", value).split())),
    "escape": words(str), "e": words(str), "urlencode": words(lambda value: quote(value, safe="")),
    "truncate": truncate, "replace": replace, "join": join, "first": first, "last": last,
    "length": length, "count": length, "plural": plural, "holds": holds, "nl2br": line_breaks,
    "round": rounded, "int": whole, "number": number, "abs": lambda v: v if _nothing(v) else abs(_number(v)),
    "color": color, "px": pixels, "sort": ordered, "unique": _each_once, "reverse": _turned,
    "date": _when(locales.date), "time": _when(locales.clock), "datetime": _when(locales.moment),
}  # fmt: skip
"""What authors may write after a bar."""
