"""Content blocks made of several things: social links, menu, table, list, coupon, footer."""

from html import escape

from restock_desk.domain.document.kinds import value
from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering.document import expressions
from restock_desk.rendering.document.basics import align, amount, entries, framed, lettered, link, names, table, words
from restock_desk.rendering.document.expressions import px
from restock_desk.rendering.document.writer import Writer

_NETWORKS = {
    "facebook": ("Facebook", "f"), "instagram": ("Instagram", "ig"), "x": ("X", "𝕏"), "tiktok": ("TikTok", "tt"),
    "youtube": ("YouTube", "▶"), "linkedin": ("LinkedIn", "in"), "pinterest": ("Pinterest", "p"),
    "whatsapp": ("WhatsApp", "wa"), "github": ("GitHub", "gh"), "web": ("Website", "↗"),
}  # fmt: skip
_PERIOD = " &#183; "


def network(name: Json) -> tuple[str, str]:
    """What a social network is called, and its letters in a round icon."""
    return _NETWORKS.get(str(name), _NETWORKS["web"])


def social(node: Node, w: Writer) -> None:
    """Round icons made of letters: no picture that somebody must host, and none that is switched off."""
    links = entries(value(node, "links")) or w.look.social
    look, gap = value(node, "style.look"), amount(value(node, "style.gap"), 12)
    named, shade = w.look.ink(value(node, "style.color"))
    side, cells = "right" if w.look.rtl else "left", ""
    for at, one in enumerate(links):
        name, letters = network(one.get("network"))
        label = expressions.words(str(one.get("label") or name))
        before = f"padding-{side}:{px(gap)};" if at else ""
        if look in ("icons", "both"):
            cells += f'<td style="{before}">{_round(node, one.get("href"), label, escape(letters), w)}</td>'
            before = f"padding-{side}:6px;"
        if look in ("labels", "both"):
            style = f"color:{shade};font-size:14px;text-decoration:none;"
            cells += f'<td style="{before}">{link(one.get("href"), label, named, style, w)}</td>'
    if cells:
        framed(node, w, table(cells, align(node, w, "center")))


def menu(node: Node, w: Writer) -> None:
    named, shade = w.look.ink(value(node, "style.color"))
    gap = amount(value(node, "style.gap"), 20)
    style = f"color:{shade};text-decoration:none;display:inline-block;padding:4px {px(gap / 2)};"
    made = (
        link(one.get("href"), "".join(expressions.html(one.get("label"), w.look.ink, w.alias)), named, style, w)
        for one in entries(value(node, "links"))
    )
    lettered(node, w, "<!--[if mso]>&nbsp;&nbsp;<![endif]-->".join(made), tags=("a",))


def grid(node: Node, w: Writer) -> None:
    """A table of data, which says so to those who hear it."""
    rows = value(node, "rows")
    made = ""
    for at, row in enumerate(rows if isinstance(rows, tuple) else ()):
        head = at == 0 and bool(value(node, "header"))
        made += f"<tr>{''.join(_cell(node, cell, head, w) for cell in (row if isinstance(row, tuple) else ()))}</tr>"
    summary = value(node, "summary")
    label = f' aria-label="{expressions.words(str(summary))}"' if summary else ""
    opening = f'<table role="table"{label}{w.look.dir} width="100%" border="0" cellpadding="0" cellspacing="0"'
    if made:
        style = "border-collapse:collapse;width:100%;"
        lettered(node, w, f'{opening} style="{style}"><tbody>{made}</tbody></table>', tags=("td", "th"))


def bullets(node: Node, w: Writer) -> None:
    tag, items = ("ol" if value(node, "ordered") else "ul"), value(node, "items")
    made = "".join(
        f'<li style="margin:0 0 6px;">{"<br />".join(expressions.html(item, w.look.ink, w.alias))}</li>'
        for item in (items if isinstance(items, tuple) else ())
    )
    side = "0 22px 0 0" if w.look.rtl else "0 0 0 22px"
    if made:
        lettered(node, w, f'<{tag}{w.look.dir} style="margin:0;padding:{side};">{made}</{tag}>')


def coupon(node: Node, w: Writer) -> None:
    look = w.look
    (ink, shade), (quiet, pale) = look.ink(value(node, "style.color")), look.ink("$muted")
    (box, behind), (edge, line) = (
        look.ground("box", value(node, "style.background")),
        look.line("cell", value(node, "style.borderColor")),
    )
    small = f"font-family:{look.font('$body')};font-size:14px;line-height:1.5;color:{pale};"
    style = f"padding:16px 28px;text-align:center;border-radius:{px(amount(value(node, 'style.radius'), 8))};"
    style += f"border:{px(amount(value(node, 'style.borderWidth'), 0) or 2)} {value(node, 'style.line')} {line};"
    style += f"background-color:{behind};" if behind else ""
    letters = (
        f"font-family:{look.font(value(node, 'style.font'))};font-size:{px(amount(value(node, 'style.size'), 22))};"
    )
    letters += f"font-weight:700;letter-spacing:2px;line-height:1.4;color:{shade};"
    inner = ""
    for name, kind, css in (("label", quiet, small), ("code", ink, letters), ("terms", quiet, small)):
        part = expressions.attribute(value(node, name))
        inner += f'<div{names(kind)} style="{css}">{part}</div>' if part else ""
    cell = f'<td{names(box, edge)} style="{style}">{inner}</td>'
    framed(node, w, table(cell, align(node, w, "center"), "border-collapse:separate;"))


def footer(node: Node, w: Writer) -> None:
    named, shade = w.look.ink(value(node, "style.color"))
    gap = f'<p{w.look.dir} style="margin:0 0 8px;">'
    inner = "".join(f"{gap}{part}</p>" for part in expressions.html(value(node, "text"), w.look.ink, w.alias) if part)
    style, links = f"color:{shade};text-decoration:underline;", ""
    for name in ("unsubscribe", "preferences", "browser"):
        label = words(node, name, w)
        if label:
            made = f'{_PERIOD if links else ""}<a href="{{{{ links.{name} }}}}" target="_blank"'
            made += f'{names(named)} style="{style}">{label}</a>'
            links += made if name == "unsubscribe" else f"{{% if links.{name} %}}{made}{{% endif %}}"
    inner += f"{gap}{links}</p>"
    if value(node, "legal") and w.look.brand.legal:
        inner += f"{gap}{expressions.words(w.look.brand.legal)}</p>"
    if value(node, "address"):
        inner += _address(w)
    lettered(node, w, inner)


def _address(w: Writer) -> str:
    """Who sends, and from where: the brand's postal address, else the shop's."""
    opening = f'<p{w.look.dir} style="margin:0;">'
    if w.look.brand.address:
        return f"{opening}{'<br />'.join(map(expressions.words, w.look.brand.address.splitlines()))}</p>"
    return f"{{% if shop.address %}}{opening}{{{{ shop.name }}}}, {{{{ shop.address }}}}</p>{{% endif %}}"


def _round(node: Node, href: Json, label: str, letters: str, w: Writer) -> str:
    size, color = amount(value(node, "style.size"), 24), value(node, "style.color")
    (box, behind), (ink, shade) = w.look.ground("box", color), w.look.on(color)
    style = f"display:block;width:{px(size)};line-height:{px(size)};font-size:{px(round(size * 0.46))};font-weight:700;"
    style += f"color:{shade};text-align:center;text-decoration:none;"
    round_ = f"background-color:{behind};border-radius:{px(size / 2)};"
    made = link(href, letters, ink, style, w).replace("<a ", f'<a title="{label}" aria-label="{label}" ', 1)
    return table(f'<td{names(box)} bgcolor="{behind}" align="center" style="{round_}">{made}</td>', "left")


def _cell(node: Node, runs: Json, head: bool, w: Writer) -> str:
    edge, line = w.look.line("cell", value(node, "style.lineColor"))
    box, behind = w.look.ground("box", value(node, "style.headerBackground")) if head else ("", "")
    style = f"padding:{px(amount(value(node, 'style.cell'), 8))};border-bottom:1px solid {line};"
    style += f"text-align:{align(node, w)};" + ("font-weight:700;" if head else "")
    style += f"background-color:{behind};" if behind else ""
    tag, scope = ("th", ' scope="col"') if head else ("td", "")
    inner = "<br />".join(expressions.html(runs, w.look.ink, w.alias))
    return f'<{tag}{scope}{names(edge, box)} style="{style}">{inner}</{tag}>'
