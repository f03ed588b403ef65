"""Conditions as Jinja: the expression, and the one filter it is made of. Agrees with `domain.conditions.holds`.

`variant.stock|holds('lt', 5) and not (subscriber.first_name|holds('set'))`. Authors may write the filter too.
"""

import json as codec
from decimal import Decimal
from functools import lru_cache
from typing import Any

from restock_desk.domain import conditions, paths
from restock_desk.domain.conditions import Condition
from restock_desk.rendering.faults import TemplateFault
from restock_desk.rendering.run import current
from restock_desk.rendering.undefined import Missing


def expression(tree: Condition) -> str:
    """A checked condition as the text of a Jinja expression; one bracket around whatever is joined."""
    if "var" in tree:
        return f"{path(tree['var'])}|holds('{tree['op']}'{_argument(tree)})"
    if "not" in tree:
        return f"not ({expression(tree['not'])})"
    joint = "all" if "all" in tree else "any"
    parts = [f"({expression(one)})" for one in tree[joint]]
    if not parts:
        return "true" if joint == "all" else "false"
    return (" and " if joint == "all" else " or ").join(parts)


def path(words: str) -> str:
    """A context path as Jinja: `items[0].product.title`, `subscriber.attributes["Shoe size"]`."""
    first, *rest = paths.parts(words)
    made = first
    for part in rest:
        if part.isascii() and part.isdecimal():
            made += f"[{int(part)}]"
        elif paths.is_name(part):
            made += f".{part}"
        else:
            made += f"[{literal(part)}]"
    return made


def literal(words: str) -> str:
    """A text as a Jinja literal that no scanner of markup or of constructs can stumble over."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in " .,:;-_/+*?!@$()=[]") else _escaped(c) for c in words)
    return f"'{safe}'"


def holds(value: Any, op: str, wanted: Any = None, json: str = "") -> bool:
    """Whether a value meets one comparison; what is missing or nothing meets only ne, nin and unset.

    Lists, money and moments are given as JSON text: `holds('in', json='["gold"]')`.
    """
    found = None if isinstance(value, Missing) else value
    if isinstance(wanted, Decimal):
        wanted = float(wanted)  # a negative number is calculated
    try:
        leaf = _leaf(op, wanted, json)
    except (conditions.ConditionFault, ValueError, TypeError, RecursionError) as fault:
        words = fault.reason if isinstance(fault, conditions.ConditionFault) else "This comparison cannot be read."
        raise TemplateFault(words, "tpl.filter", current().where) from fault
    return conditions.compare(found, op, conditions.ready(op, leaf.get("value"), current().identity.date))


@lru_cache(maxsize=2048, typed=True)
def _leaf(op: str, wanted: Any, json: str) -> Condition:
    leaf = {"var": "value", "op": op}
    if op not in conditions.ALONE:
        leaf["value"] = codec.loads(json) if json else wanted
    return conditions.checked(leaf)


def _argument(leaf: Condition) -> str:
    if leaf["op"] in conditions.ALONE:
        return ""
    value = leaf["value"]
    if isinstance(value, str):
        return f", {literal(value)}"
    if isinstance(value, bool):
        return ", true" if value else ", false"
    if isinstance(value, int | float):
        return f", {format(Decimal(repr(value)), 'f')}"
    plain = codec.dumps(value, ensure_ascii=False, default=dict)
    return f", json={literal(plain)}"


def _escaped(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
