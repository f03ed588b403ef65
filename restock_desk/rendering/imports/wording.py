"""What stands inside a merge tag of another system: names, filters, tests, as expressions of ours."""

import re
from dataclasses import dataclass, field

from restock_desk.domain import paths
from restock_desk.rendering.imports import names
from restock_desk.rendering.imports.expressions import Inexpressible, names_of

IDENT = re.compile(r"[A-Za-z_@][\w.\-]*\Z")
ARGUMENT = re.compile(r"""\s*("[^"]*"|'[^']*'|\([^()]*\)|[^\s"'()]+)""")
_WORD = re.compile(r"""("[^"]*"|'[^']*')|([<>=!]=?|\(|\))|([^\s"'<>=!()]+)""")
_LOGIC = {"and", "or", "not", "in", "is", "none", "true", "false", "defined", "undefined"}
_LIQUID = {
    "upcase": "upper", "downcase": "lower", "capitalize": "capitalize", "strip": "trim", "strip_html": "striptags",
    "size": "length", "titlecase": "title", "title": "title", "upper": "upper", "lower": "lower", "length": "length",
    "first": "first", "last": "last", "capfirst": "capitalize", "trim": "trim", "round": "round", "abs": "abs",
    "striptags": "striptags", "join": "join", "nl2br": "nl2br", "newline_to_br": "nl2br", "number": "number",
    "date": "date", "time": "time", "datetime": "datetime", "truncate": "truncate", "truncatechars": "truncate",
    "int": "int", "replace": "replace", "plural": "plural", "color": "color", "px": "px", "holds": "holds",
}  # fmt: skip
_QUIET = frozenset({"money", "money_with_currency", "escape", "e", "safe", "raw", "floatformat", "currency_format"})
"""Filters of others that need no filter here: a price prints itself, text is escaped anyway."""
HELPERS = {
    "equals": "==", "eq": "==", "ifeq": "==", "notequals": "!=", "ne": "!=", "greaterthan": ">", "gt": ">",
    "lessthan": "<", "lt": "<", "gte": ">=", "lte": "<=",
}  # fmt: skip


@dataclass
class Block:
    """A block that is open: `end` closes it in Jinja, empty for one that was left out. `alias`: a loop's entry."""

    kind: str
    end: str
    alias: str = ""
    ours: bool = False
    tag: str = ""
    line: int = 0
    kept: bool = False


@dataclass
class Scope:
    open: list[Block] = field(default_factory=list)

    @property
    def entry(self) -> Block | None:
        return next((block for block in reversed(self.open) if block.alias), None)


def native(expression: str, scope: Scope) -> bool:
    """Whether an expression is Jinja of ours already: names, entries of loops and filters as we have them."""
    try:
        found = names_of(expression)
    except Inexpressible:
        return False
    return all(_is_ours(name, scope) for name in found)


def _is_ours(name: str, scope: Scope) -> bool:
    for block in scope.open:
        if block.alias and (name == block.alias or name.startswith(f"{block.alias}.")):
            inside = name.removeprefix(block.alias).removeprefix(".")
            return not block.ours or not inside or names.of_item(inside) == inside
    return names.ours(name) or name.partition(".")[0] in ("shelf", "loop") or name in names.ROOTS


def name_here(name: str, scope: Scope) -> tuple[str, str | None]:
    """Our path for a name at this place, as an expression; and the same again, None where nothing is called so."""
    entry = scope.entry
    if name.startswith("@root."):
        name, entry = name.removeprefix("@root."), None
    if name.startswith("@"):
        loop = {"@index": "loop.index0", "@first": "loop.first", "@last": "loop.last"}.get(name)
        return (loop, loop) if loop else (name[1:], None)
    if entry is not None:
        own = name.removeprefix("this.") if name != "this" else ""
        if name in ("this", "."):
            return entry.alias, entry.alias
        if own.startswith(f"{entry.alias}."):
            own = own.removeprefix(f"{entry.alias}.")
            item = names.of_item(own) if entry.ours else ""
            return f"{entry.alias}.{expression(item or own)}", f"{entry.alias}.{item or own}"
        item = names.of_item(own) if entry.ours else ""
        if item and "." not in own:
            return f"{entry.alias}.{expression(item)}", f"{entry.alias}.{item}"
        if entry.kind == "each" and name.partition(".")[0] not in names.ROOTS and not names.known(name):
            return f"{entry.alias}.{expression(own)}", None
    found = names.known(name)
    if found:
        return expression(found), found
    if paths.fault(name):
        return expression(re.sub(r"[^\w.]", "_", name).strip(".") or "unknown"), None
    return expression(name), None if name.partition(".")[0] not in ("loop",) else name


def expression(path: str) -> str:
    """A path as Jinja: parts that are no names stand in brackets."""
    first, *rest = path.split(".")
    made = first
    for part in rest:
        made += f"[{part}]" if part.isdecimal() else f".{part}" if paths.is_name(part) else f"['{part}']"
    return made


def filters_of(found: list[str]) -> tuple[list[str], list[str]]:
    """Filters in Jinja's form, the fallback last, and those that have no counterpart."""
    chain: list[str] = []
    last: list[str] = []
    dropped = []
    for one in found:
        hit = re.match(r"([A-Za-z_]\w*)\s*(?::\s*(.*)|\((.*)\))?\Z", one.strip(), re.DOTALL)
        if not hit:
            dropped.append(f"“{one[:40]}”")
            continue
        name, arguments = hit.group(1), _arguments(hit.group(2) if hit.group(2) is not None else hit.group(3) or "")
        if name in ("default", "d", "default_if_none", "default_value"):
            last = [f"default({arguments[0] if arguments else repr('')})"]
        elif name in _QUIET:
            continue
        elif name in ("date", "time", "datetime") and arguments and not hit.group(3):
            chain.append(_LIQUID[name])  # formats differ from system to system: the reader's own is used
        elif name in _LIQUID:
            chain.append(_LIQUID[name] + (f"({', '.join(arguments)})" if arguments else ""))
        else:
            dropped.append(f"“{name}”")
    return [*chain, *last], dropped


def _arguments(text: str) -> list[str]:
    found = []
    for part in re.findall(r"""json=\s*'[^']*'|"[^"]*"|'[^']*'|[^,\s"']+""", text):
        if part[:1] in ('"', "'"):
            inner = part[1:-1]
            found.append(part if part[0] == "'" and "\\" in inner else quoted(inner))
        elif part.startswith("json=") or re.match(r"-?\d+(?:\.\d+)?\Z", part) or part in ("true", "false"):
            found.append(part)
    return found


def quoted(text: str) -> str:
    """A text as a Jinja literal in single quotes, which may stand in an attribute."""
    safe = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', "\\x22").replace("<", "\\x3c")
    return "'" + safe.replace(">", "\\x3e").replace("{", "\\x7b").replace("}", "\\x7d").replace("%", "\\x25") + "'"


def operand(part: str, scope: Scope) -> str:
    part = part.strip()
    if part[:1] in ('"', "'"):
        return quoted(part[1:-1])
    if re.match(r"-?\d+(?:\.\d+)?\Z", part) or part in ("true", "false", "none"):
        return part
    if part in ("nil", "null", "blank", "empty"):
        return "''" if part in ("blank", "empty") else "none"
    return name_here(part, scope)[0] if IDENT.match(part) else part


def handlebars_test(text: str, scope: Scope) -> str:
    """The test of an {{#if}}: a name, or a helper in brackets such as (gt stock 5)."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        parts = ARGUMENT.findall(text[1:-1])
        if len(parts) == 3 and parts[0].lower() in HELPERS:
            left, right = (operand(part, scope) for part in parts[1:])
            return f"{left} {HELPERS[parts[0].lower()]} {right}"
        if len(parts) >= 2 and parts[0].lower() in ("and", "or"):
            return f" {parts[0].lower()} ".join(f"({handlebars_test(part, scope)})" for part in parts[1:])
        if len(parts) == 2 and parts[0].lower() == "not":
            return f"not ({handlebars_test(parts[1], scope)})"
    return operand(text, scope)


def liquid_test(text: str, scope: Scope) -> str:
    """A test of Liquid or Django: names are translated, “contains” and “blank” said our way."""
    if native(text, scope):
        return text
    if "|" in text or "[" in text:
        return text
    made: list[str] = []
    for string, sign, word in _WORD.findall(text):
        if string:
            made.append(quoted(string[1:-1]))
        elif sign:
            made.append("!=" if sign == "<>" else sign)
        elif word.lower() in _LOGIC or word == "contains":
            made.append(word if word == "contains" else word.lower())
        else:
            made.append(operand(word, scope))
    while "contains" in made[1:-1]:
        at = made.index("contains", 1)
        made[at - 1 : at + 2] = [made[at + 1], "in", made[at - 1]]
    return " ".join(made)


def chimp_test(rest: str, scope: Scope) -> str:
    hit = re.match(r"([^=<>!]+?)\s*(!=|>=|<=|=|>|<)\s*(.*)\Z", rest)
    if not hit:
        return name_here(rest, scope)[0]
    value = hit.group(3).strip().strip("\"'")
    wanted = value if re.match(r"-?\d+(?:\.\d+)?\Z", value) else quoted(value)
    sign = "==" if hit.group(2) == "=" else hit.group(2)
    return f"{name_here(hit.group(1).strip(), scope)[0]} {sign} {wanted}"
