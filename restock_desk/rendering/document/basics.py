"""What writing a block rests on: its padding, alignment and lettering, what is different on phones, runs of links."""

from collections.abc import Mapping

from restock_desk.domain.document.kinds import value
from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering.document import expressions
from restock_desk.rendering.document.expressions import number, px, space
from restock_desk.rendering.document.writer import Writer

LETTERED = ("div", "p", "h1", "h2", "h3", "li")
"""The elements of a text whose size and alignment a phone may change."""
_SIDE = {"left": "0 auto 0 0", "right": "0 0 0 auto", "center": "0 auto"}


def lettered(
    node: Node, w: Writer, inner: str, fill: str = "", size: float = 0, tags: tuple[str, ...] = LETTERED
) -> None:
    """`inner` in an mj-text with the lettering of the node."""
    named, shade = w.look.ink(value(node, "style.color"))
    box, behind = w.look.ground("box", value(node, fill)) if fill else ("", "")
    size = size or amount(value(node, "style.size"), 16) or 16
    classes = w.classes(node, named, box, phone(node, w, tags))
    background = f' container-background-color="{behind}"' if behind else ""
    w.put(
        f'<mj-text{classes} align="{align(node, w)}" padding="{padding(node)}" color="{shade}" '
        f'font-family="{w.look.font(value(node, "style.font"))}" font-size="{px(size)}" '
        f'font-weight="{value(node, "style.weight") or "400"}" '
        f'line-height="{number(amount(value(node, "style.lineHeight"), 1.5))}"{background}>{inner}</mj-text>'
    )


def framed(node: Node, w: Writer, inner: str) -> None:
    """`inner`, which says itself how it looks, in an mj-text."""
    named, shade = w.look.ink("$text")
    w.put(
        f'<mj-text{w.classes(node, named, phone(node, w))} align="{align(node, w)}" padding="{padding(node)}" '
        f'color="{shade}" font-family="{w.look.font("$body")}" font-size="16px" line-height="1.5">{inner}</mj-text>'
    )


def link(href: Json, inner: str, named: str, style: str, w: Writer) -> str:
    """A link in HTML; left out for those for whom it does not exist."""
    kind = f' class="{named}"' if named else ""
    made = f'<a href="{expressions.address(href, w.alias)}" target="_blank"{kind} style="{style}">{inner}</a>'
    need = expressions.guard(href)
    return f"{{% if {need} %}}{made}{{% endif %}}" if need else made


def words(node: Node, name: str, w: Writer) -> str:
    """A field's runs as HTML, paragraphs as lines."""
    return "<br />".join(expressions.html(value(node, name), w.look.ink, w.alias))


def table(cells: str, align: str, style: str = "") -> str:
    """A layout table of one row."""
    css = f' style="{style}"' if style else ""
    return (
        f'<table role="presentation" align="{align}" border="0" cellpadding="0" cellspacing="0"{css}>'
        f"<tbody><tr>{cells}</tr></tbody></table>"
    )


def phone(node: Node, w: Writer, tags: tuple[str, ...] = ()) -> str:
    """The class of a rule for what is different on phones; empty where nothing is."""
    changes = node.get("mobile")
    if not isinstance(changes, Mapping):
        return ""
    rules, inside = [], ""
    if isinstance(changes.get("padding"), tuple):
        rules.append(f"&{{padding:{space(changes['padding'])}!important;}}")
    if amount(changes.get("size"), 0):
        inside += f"font-size:{px(amount(changes['size'], 16))}!important;"
    side = str(changes.get("align") or "")
    if side:
        rules.append(f"&{{text-align:{side}!important;}}& table{{margin:{_SIDE[side]}!important;}}")
        inside += f"text-align:{side}!important;" if tags != ("a",) else ""
    if inside and tags:
        rules.append(f"{','.join(f'& {tag}' for tag in tags)}{{{inside}}}")
    return w.rule("".join(rules)) if rules else ""


def align(node: Node, w: Writer, otherwise: str = "") -> str:
    """Where a block stands. “left” in a mail that runs from right to left stays left: authors see what they chose."""
    return str(value(node, "style.align") or otherwise or w.look.start)


def padding(node: Node) -> str:
    return space(sides(value(node, "style.padding")))


def sides(found: Json) -> tuple[float, float, float, float]:
    """Top, right, bottom, left; nothing where there are no four numbers."""
    made = [amount(side, 0) for side in found] if isinstance(found, tuple) else []
    return (made[0], made[1], made[2], made[3]) if len(made) == 4 else (0, 0, 0, 0)


def amount(found: Json, otherwise: float) -> float:
    return found if isinstance(found, int | float) and not isinstance(found, bool) else otherwise


def entries(found: Json) -> tuple[Mapping[str, Json], ...]:
    """The objects of a list."""
    return tuple(one for one in found if isinstance(one, Mapping)) if isinstance(found, tuple) else ()


def names(*found: str) -> str:
    """A class attribute of the names there are."""
    kept = " ".join(name for name in found if name)
    return f' class="{kept}"' if kept else ""
