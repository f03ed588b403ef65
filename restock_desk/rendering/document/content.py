"""Content blocks as MJML: text, heading, picture, button and the other single things that stand in a column."""

from collections.abc import Callable, Mapping

from restock_desk.domain.document.kinds import value
from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering.document import basics, cleaning, compound, expressions
from restock_desk.rendering.document.basics import align, amount, lettered, padding, phone, sides, words
from restock_desk.rendering.document.expressions import number, px, space
from restock_desk.rendering.document.writer import Writer


def write(node: Node, w: Writer) -> None:
    """One block of base type, whatever it is; a type this version does not know is left out and told."""
    make = _WRITERS.get(node.type)
    if make is None:
        w.problems.append((w.block, "doc.unknown", f"A block of the unknown type “{node.type[:40]}” is left out."))
        return
    with w.shown_when(node.get("when")):
        make(node, w)


def _text(node: Node, w: Writer) -> None:
    parts = expressions.html(value(node, "text"), w.look.ink, w.alias)
    gaps = (*["0 0 12px"] * (len(parts) - 1), "0")
    inner = "".join(f'<p{w.look.dir} style="margin:{gap};">{part}</p>' for gap, part in zip(gaps, parts, strict=True))
    lettered(node, w, inner, "style.background")


def _heading(node: Node, w: Writer) -> None:
    level = int(amount(value(node, "level"), 1))
    size = amount(value(node, "style.size"), 0) or w.look.heading_size(level)
    line = number(amount(value(node, "style.lineHeight"), 1.25))
    style = f"margin:0;font-size:{px(size)};font-weight:{value(node, 'style.weight') or '400'};line-height:{line};"
    inner = f'<h{level}{w.look.dir} style="{style}">{words(node, "text", w)}</h{level}>'
    lettered(node, w, inner, size=size)


def _image(node: Node, w: Writer) -> None:
    alt = "" if value(node, "decorative") else expressions.attribute(value(node, "alt"))
    dark = value(node, "darkSrc")
    source = node.get("src")
    if not dark and isinstance(source, Mapping) and source.get("v") == "shop.logo_url":
        dark = w.look.brand.logo_dark_url
    _picture(node, w, value(node, "src"), alt, dark)


def _video(node: Node, w: Writer) -> None:
    _picture(node, w, value(node, "poster"), expressions.attribute(value(node, "alt")))


def _picture(node: Node, w: Writer, src: Json, alt: str, dark: Json = None) -> None:
    """A picture that may lead somewhere; left out for whom it has no address."""
    href = value(node, "href")
    need = " and ".join(part for part in (expressions.needs(src), expressions.guard(href)) if part)
    _, right, _, left = sides(value(node, "style.padding"))
    room = max(w.width - left - right, 1)
    width = amount(value(node, "width"), 0)
    wide = min(width or room, room)
    more = f' width="{px(wide)}"' + ("" if 0 < width < room else ' fluid-on-mobile="true"')
    for name, wanted in (("height", value(node, "height")), ("border-radius", value(node, "style.radius"))):
        more += f' {name}="{px(amount(wanted, 0))}"' if amount(wanted, 0) else ""
    more += f' href="{expressions.address(href, w.alias)}"' if href else ""
    place = align(node, w, "center")
    if need:
        w.statement(f"if {need}")
    classes = w.classes(node, "rd-light" if dark else "", phone(node, w))
    w.put(
        f'<mj-image{classes} src="{expressions.address(src, w.alias)}" '
        f'alt="{alt}" align="{place}" padding="{padding(node)}"{more} />'
    )
    if dark:
        w.put(_dark_row(expressions.address(dark, w.alias), alt, wide, place, padding(node)))
    if need:
        w.statement("endif")


def _dark_row(src: str, alt: str, wide: float, place: str, around: str) -> str:
    style = f"display:inline-block;border:0;width:{px(wide)};max-width:100%;height:auto;"
    picture = f'<img src="{src}" alt="{alt}" width="{number(wide)}" style="{style}" />'
    return (
        '<mj-raw><!--[if !mso]><!--><tr class="rd-dark" style="display:none;mso-hide:all;">'
        f'<td align="{place}" style="padding:{around};">{picture}</td></tr><!--<![endif]--></mj-raw>'
    )


def _button(node: Node, w: Writer) -> None:
    look, href = w.look, value(node, "href")
    outline, fill = value(node, "style.look") == "outline", value(node, "style.background")
    box, behind = look.ground("edge" if outline else "btn", fill)
    label, shade = look.ink(fill if outline else value(node, "style.color"), "lbl")
    radius = value(node, "style.radius")
    wide = bool(value(node, "style.fullWidth"))
    more = ' width="100%"' if wide else ""
    more += f' border="2px solid {behind}"' if outline else ""
    on_phone = "rd-wide" if value(node, "style.fullWidth", phone=True) and not wide else ""
    need = expressions.guard(href)
    if need:
        w.statement(f"if {need}")
    w.put(
        f"<mj-button{w.classes(node, box, label, on_phone, phone(node, w, ('a',)))} "
        f'href="{expressions.address(href, w.alias)}" background-color="{"transparent" if outline else behind}" '
        f'color="{shade}" align="{align(node, w, "center")}" padding="{padding(node)}" '
        f'border-radius="{px(look.brand.button_radius if radius is None else amount(radius, 0))}" '
        f'inner-padding="{space(value(node, "style.inner")) or look.button_padding}" '
        f'font-family="{look.font(value(node, "style.font"))}" font-size="{px(amount(value(node, "style.size"), 16))}" '
        f'font-weight="{value(node, "style.weight") or look.brand.button_weight}" line-height="1.25"{more}>'
        f"{words(node, 'label', w)}</mj-button>"
    )
    if need:
        w.statement("endif")


def _divider(node: Node, w: Writer) -> None:
    named, shade = w.look.line("rule", value(node, "style.color"))
    w.put(
        f'<mj-divider{w.classes(node, named)} border-color="{shade}" border-style="{value(node, "style.line")}" '
        f'border-width="{px(amount(value(node, "style.thickness"), 1))}" padding="{padding(node)}" '
        f'width="{number(amount(value(node, "style.width"), 100))}%" />'
    )


def _spacer(node: Node, w: Writer) -> None:
    w.put(f'<mj-spacer{w.classes(node)} height="{px(amount(value(node, "height"), 24))}" />')


def _html(node: Node, w: Writer) -> None:
    source = str(value(node, "html") or "")
    wrong = cleaning.fault(source)
    if wrong:
        w.problems.append((w.block, "tpl.syntax", wrong))
        return
    made = source if w.raw_html else cleaning.cleaned(source)
    if made.strip():
        basics.framed(node, w, made)


def _countdown(node: Node, w: Writer) -> None:
    if value(node, "image"):
        _picture(node, w, value(node, "image"), expressions.attribute(value(node, "text")))
        return
    inner, href = words(node, "text", w), value(node, "href")
    if href:
        named, shade = w.look.ink(value(node, "style.color"))
        inner = basics.link(href, inner, named, f"color:{shade};text-decoration:none;", w)
    lettered(node, w, f'<p{w.look.dir} style="margin:0;">{inner}</p>')


_WRITERS: dict[str, Callable[[Node, Writer], None]] = {
    "text": _text, "heading": _heading, "image": _image, "button": _button, "divider": _divider, "spacer": _spacer,
    "html": _html, "video": _video, "countdown": _countdown, "social": compound.social, "menu": compound.menu,
    "table": compound.grid, "list": compound.bullets, "code": compound.coupon, "footer": compound.footer,
}  # fmt: skip
BASE = frozenset(_WRITERS)
"""The types that are written as they are."""
