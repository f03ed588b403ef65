"""Products as HTML of tables: cards, rows, grids, prices and badges, in a form that cleaning leaves as it is.

Whatever may be missing stands in a condition, so that nobody's mail has a hole. `root` says where the product is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from restock_desk.domain.document.kinds import field_of, value
from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering.document import expressions
from restock_desk.rendering.document.basics import amount, names
from restock_desk.rendering.document.expressions import number, px
from restock_desk.rendering.document.look import Badge, Look

_PERIOD = " &#183; "
_RATIOS = {"square": "1 / 1", "portrait": "4 / 5", "landscape": "4 / 3"}
_BADGE = field_of("stockBadge", "low"), field_of("stockBadge", "inStock")
LOW: Json = _BADGE[0].default if _BADGE[0] else ()
BACK: Json = _BADGE[1].default if _BADGE[1] else ()


@dataclass(frozen=True)
class _Card:
    """One product's parts as HTML."""

    image: str
    title: str
    rest: str
    button: str


def product(node: Node, root: str, width: float, look: Look) -> str:
    """One product in the layout the block names."""
    align = str(value(node, "style.align") or look.start)
    layout = value(node, "layout")
    if layout == "card":
        return _boxed(node, _stacked(_card(node, root, _inside(node, width), look), align), look)
    compact = layout == "compact"
    share = 0.2 if compact else 0.38
    wide = max(round(_inside(node, width) * share), 24)
    card = _card(node, root, wide, look, small=compact)
    gap = 16 if compact else 20
    side = "left" if look.rtl else "right"
    rest = card.title + card.rest + card.button
    style = f"width:{px(wide)};padding-{side}:{px(gap)};"
    shot = f'<td class="rd-shot" width="{wide}" valign="middle" style="{style}">{card.image}</td>'
    picture = shot if card.image else ""
    cells = f'{picture}<td valign="middle" align="{look.start}" style="text-align:{look.start};">{rest}</td>'
    need = f"{_at(root)}variant.image_url"
    if card.image:  # without a picture the words have the row to themselves
        cells = f"{{% if {need} %}}{picture}{{% endif %}}" + cells.removeprefix(picture)
    return _boxed(node, f"{_TABLE}<tbody><tr>{cells}</tr></tbody></table>", look)


def grid(node: Node, lists: tuple[str, ...], width: float, look: Look) -> str:
    """Products side by side, from the first of the lists that has any; nothing where none has."""
    made = ""
    for at, rows in enumerate(lists):
        made += f"{{% {'elif' if at else 'if'} {rows} %}}{_rows(node, rows, width, look)}"
    return made + "{% endif %}" if made else ""


def price(
    root: str, former: bool, size: float, color: Json, former_color: Json, look: Look, weight: str = "700",
    font: Json = "$body",
) -> str:  # fmt: skip
    """The price, and the one before where that was higher."""
    now, before = f"{_at(root)}variant.price", f"{_at(root)}variant.compare_at_price"
    (ink, shade), (quiet, pale) = look.ink(color), look.ink(former_color)
    style = f"font-family:{look.font(font)};font-size:{px(size)};line-height:1.4;font-weight:{weight};color:{shade};"
    css = f"font-weight:400;font-size:{px(round(size * 0.85))};color:{pale};"
    old = f' <s{names(quiet)} style="{css}">{{{{ {before} }}}}</s>'
    more = f"{{% if {before} and {before} > {now} %}}{old}{{% endif %}}" if former else ""
    return f'{{% if {now} %}}<div{names(ink)} style="{style}">{{{{ {now} }}}}{more}</div>{{% endif %}}'


def price_told(root: str, former: bool) -> str:
    now, before = f"{_at(root)}variant.price", f"{_at(root)}variant.compare_at_price"
    more = f"{{% if {before} and {before} > {now} %}} (~{{{{ {before} }}}}~){{% endif %}}" if former else ""
    return f"{{% if {now} %}}{{{{ {now} }}}}{more}{{% endif %}}"


def badge(root: str, low: Json, back: Json, below: Json, look: Look, style: Badge) -> str:
    """A pill: how few are left where they are few, else that it is back."""
    box, behind = look.ground("box", style.background)
    ink, shade = look.ink(style.color)
    css = f"display:inline-block;padding:4px 12px;border-radius:{px(style.radius)};font-size:{px(style.size)};"
    css += f"line-height:1.4;font-weight:700;font-family:{look.font('$body')};color:{shade};"
    css += f"background-color:{behind};" if behind else ""

    def pill(runs: Json) -> str:
        words = "".join(expressions.html(rooted(runs, root), look.ink))
        return f'<span{names(box, ink)} style="{css}">{words}</span>' if words else ""

    return _few(root, below, pill(low), pill(back))


def badge_told(root: str, below: Json, low: Json = LOW, back: Json = BACK) -> str:
    return _few(root, below, expressions.plain(rooted(low, root)), expressions.plain(rooted(back, root)))


def told(node: Node, root: str) -> str:
    """A product in plain text."""
    fields = fields_of(node)
    at, lines = _at(root), []
    if "title" in fields:
        variant = (
            f"{{% if {at}variant.title %}}, {{{{ {at}variant.title }}}}{{% endif %}}" if "variant" in fields else ""
        )
        lines.append(f"{{{{ {at}product.title }}}}{variant}")
    if "price" in fields:
        lines.append(price_told(root, "compareAt" in fields))
    if "stockBadge" in fields:
        lines.append(badge_told(root, value(node, "onlyLeftBelow")))
    if "button" in fields:
        label = expressions.plain(value(node, "button"))
        lines.append(f"{label}: {{{{ {link(node, root)} }}}}")
    return "\n".join(lines)


def grid_told(node: Node, lists: tuple[str, ...]) -> str:
    made = ""
    for at, rows in enumerate(lists):
        each = f"{{% for entry in {rows} %}}\n{told(node, 'entry')}\n{{% endfor %}}"
        made += f"{{% {'elif' if at else 'if'} {rows} %}}{each}"
    return made + "{% endif %}" if made else ""


def fields_of(node: Node) -> tuple[str, ...]:
    found = value(node, "fields")
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def link(node: Node, root: str) -> str:
    """Where a product leads, as an expression."""
    name = str(value(node, "link") or "product")
    own = f"{_at(root)}links"
    return (
        f"{own}.{name}" + ("" if name == "product" else f"|default({own}.product)") + "|default(shop.url)|default('')"
    )


def rooted(runs: Json, root: str) -> Json:
    """Runs whose variables are of the product at `root`."""
    if not isinstance(runs, tuple) or not root:
        return runs
    return tuple(
        MappingProxyType({**run, "v": f"{root}.{run['v']}"})
        if isinstance(run, Mapping) and str(run.get("v", "")).partition(".")[0] in ("product", "variant", "event")
        else run
        for run in runs
    )


def _rows(node: Node, rows: str, width: float, look: Look) -> str:
    per = int(amount(value(node, "perRow"), 2))
    gap = 16
    wide = max((width - gap * (per - 1)) / per, 24)
    align = str(value(node, "style.align") or look.start)
    card = _boxed(node, _stacked(_card(node, "entry", _inside(node, wide), look, small=True), align), look)
    cells = ""
    for place in range(per):
        before, after = gap * place / per, gap * (per - 1 - place) / per
        left, right = (after, before) if look.rtl else (before, after)
        style = f"padding:0 {px(round(right, 1))} {px(gap)} {px(round(left, 1))};"
        share = number(round(100 / per, 3))
        cell = f'<td class="rd-grid-{per}" width="{share}%" valign="top" style="width:{share}%;{style}">{card}</td>'
        cells += f"{{% for entry in {rows}[loop.index0 + {place}:loop.index0 + {place + 1}] %}}{cell}{{% endfor %}}"
    row = f"{{% if loop.index0 is divisibleby({per}) %}}<tr>{cells}</tr>{{% endif %}}"
    return f"{_TABLE}<tbody>{{% for lead in {rows} %}}{row}{{% endfor %}}</tbody></table>"


def _card(node: Node, root: str, width: float, look: Look, small: bool = False) -> _Card:
    fields, at = fields_of(node), _at(root)
    href = f'<a href="{{{{ {link(node, root)} }}}}" target="_blank"'
    image = _image(node, at, href, width, look) if "image" in fields else ""
    size = amount(value(node, "style.titleSize"), 20)
    size = min(size, 17) if small else size
    title = ""
    if "title" in fields:
        ink, shade = look.ink(value(node, "style.color"))
        style = f"margin:0 0 4px;font-family:{look.font('$heading')};font-size:{px(size)};line-height:1.3;"
        title = f'<h2{names(ink)} style="{style}font-weight:700;color:{shade};">{{{{ {at}product.title }}}}</h2>'
    rest = ""
    if "stockBadge" in fields:
        pill = badge(root, LOW, BACK, value(node, "onlyLeftBelow"), look, look.badge)
        rest += f'<div style="margin:0 0 8px;">{pill}</div>'
    if "variant" in fields:
        quiet, pale = look.ink("$muted")
        style = f"margin:0 0 4px;font-family:{look.font('$body')};font-size:14px;line-height:1.5;color:{pale};"
        variant = f'<div{names(quiet)} style="{style}">{{{{ {at}variant.title }}}}</div>'
        rest += f"{{% if {at}variant.title %}}{variant}{{% endif %}}"
    if "price" in fields:
        rest += price(root, "compareAt" in fields, 16 if small else 18, value(node, "style.priceColor"), "$muted", look)
    return _Card(image, title, rest, _button(node, href, look, small) if "button" in fields else "")


def _image(node: Node, at: str, href: str, width: float, look: Look) -> str:
    ratio = _RATIOS.get(str(value(node, "style.ratio")), "")
    style = f"display:block;width:100%;max-width:{px(width)};height:auto;border:0;"
    style += f"border-radius:{px(look.brand.picture_radius)};" + (
        f"aspect-ratio:{ratio};object-fit:cover;" if ratio else ""
    )
    source = f'src="{{{{ {at}variant.image_url }}}}" alt="{{{{ {at}product.title }}}}"'
    picture = f'<img {source} width="{number(round(width))}" style="{style}">'
    return f"{{% if {at}variant.image_url %}}{href}>{picture}</a>{{% endif %}}"


def _button(node: Node, href: str, look: Look, small: bool) -> str:
    (box, behind), (ink, shade) = look.ground("box", "$brand"), look.ink("$on-brand")
    inner = "14px 20px" if small else look.button_padding
    style = f"display:inline-block;padding:{inner};font-family:{look.font('$body')};font-size:{14 if small else 16}px;"
    style += f"line-height:1.25;font-weight:{look.brand.button_weight};color:{shade};"
    style += "text-decoration:none;white-space:nowrap;"
    label = "".join(expressions.html(value(node, "button"), look.ink))
    ground = f"background-color:{behind};border-radius:{px(look.brand.button_radius)};"
    cell = f'<td{names(box)} bgcolor="{behind}" style="{ground}">{href}{names(ink)} style="{style}">{label}</a></td>'
    opening = '<table role="presentation" border="0" cellpadding="0" cellspacing="0" style="margin:10px 0 0;">'
    return f"{opening}<tbody><tr>{cell}</tr></tbody></table>"


def _stacked(card: _Card, align: str) -> str:
    image = f'<div style="margin:0 0 14px;">{card.image}</div>' if card.image else ""
    button = card.button.replace("<table role", f'<table align="{align}" role', 1) if align != "left" else card.button
    return f'<div style="text-align:{align};">{image}{card.title}{card.rest}{button}</div>'


def _boxed(node: Node, words: str, look: Look) -> str:
    """In the box of the block's background and border, where it has one."""
    ground, border = value(node, "style.background"), amount(value(node, "style.borderWidth"), 0)
    if not ground and not border:
        return words
    (box, behind), (edge, line) = look.ground("box", ground), look.line("cell", value(node, "style.borderColor"))
    names = [box] if behind else []
    names += [edge] if border else []
    radius = value(node, "style.radius") or 0
    style = f"padding:{px(_PAD)};" + (f"background-color:{behind};" if behind else "")
    style += f"border:{px(border)} solid {line};" if border else ""
    style += f"border-radius:{px(float(radius))};" if radius else ""  # type: ignore[arg-type]  # a number by the schema
    table = _TABLE.replace("border-collapse:collapse", "border-collapse:separate")
    return f'{table}<tbody><tr><td class="{" ".join(names)}" style="{style}">{words}</td></tr></tbody></table>'


def _inside(node: Node, width: float) -> float:
    border = amount(value(node, "style.borderWidth"), 0)
    boxed = bool(value(node, "style.background")) or border > 0
    return max(width - (2 * (_PAD + border) if boxed else 0), 24)


def _few(root: str, below: Json, low: str, back: str) -> str:
    stock = f"{_at(root)}variant.stock"
    if not below or not low:
        return back
    otherwise = f"{{% else %}}{back}" if back else ""
    return f"{{% if {stock} and {stock} < {number(float(below))} %}}{low}{otherwise}{{% endif %}}"  # type: ignore[arg-type]  # a number by the schema


def _at(root: str) -> str:
    return f"{expressions.path(root)}." if root else ""


_PAD = 16
_TABLE = (
    '<table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0" '
    'style="border-collapse:collapse;width:100%;">'
)
