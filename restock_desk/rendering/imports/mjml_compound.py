"""MJML's compound elements: social links, menu, table; accordion, carousel and all that no block is like as HTML."""

import re
from html import escape
from typing import TYPE_CHECKING, Any

from restock_desk.domain.document.content import NETWORKS
from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering.imports import values
from restock_desk.rendering.imports.expressions import Inexpressible
from restock_desk.rendering.imports.mjml_texts import dressed, lettering
from restock_desk.rendering.imports.runs import address_of, plain_runs, runs_of
from restock_desk.rendering.imports.tree import Element, Text, words_of

if TYPE_CHECKING:
    from restock_desk.rendering.imports.mjml_blocks import Blocks, Place

_ALIASES = {"twitter": "x", "google": "web", "mail": "web", "vimeo": "youtube", "medium": "web"}
_SHARES = {
    "facebook": "https://www.facebook.com/sharer/sharer.php?u=",
    "twitter": "https://twitter.com/intent/tweet?url=",
    "x": "https://twitter.com/intent/tweet?url=",
    "google": "https://plus.google.com/share?url=",
    "pinterest": "https://pinterest.com/pin/create/button/?url=",
    "linkedin": "https://www.linkedin.com/shareArticle?mini=true&url=",
    "tumblr": "https://www.tumblr.com/widgets/share/tool?canonicalUrl=",
    "xing": "https://www.xing.com/app/user?op=share&url=",
}
_OLD = re.compile(r"[a-z]+")
_MOST_ROWS, _MOST_CELLS = 60, 12


def social(blocks: "Blocks", place: "Place") -> list[Node]:
    """mj-social; MJML 3 names networks and addresses in attributes."""
    links: list[dict[str, Any]] = []
    labelled = False
    for child in place.element.elements():
        if child.name != "mj-social-element":
            continue
        resolved = blocks.attributes.of(child)
        name = resolved.get("name", "").lower()
        network = _network(name)
        label = " ".join(words_of_inner(blocks, child).split())
        labelled = labelled or bool(label)
        if not name and not label:
            label = resolved.get("alt", "")
        if resolved.get("src"):
            blocks.m.journal.lost(
                f"the icon {resolved['src'][:80]}", "Icons are drawn from letters: no picture is needed.", child.line
            )
        href = _shared(name, address_of(resolved.get("href", ""), blocks.m.constructs, blocks.m.alias))
        if "rd-" not in place.classes:
            blocks.m.silence.tell(child, {**resolved, **child.attributes}, blocks.m.journal)
        links.append(
            {"network": network, "href": href, "label": label[:60] if label or network != "web" else name[:60]}
        )
    for name in _OLD.findall(place.get("display").lower()) if not links else ():
        href = place.get(f"{name}-href")
        if href:
            plain = f"{name}-noshare" if f"{name}:share" not in place.get("display").lower() else name
            target = _shared(plain, address_of(href, blocks.m.constructs, blocks.m.alias))
            links.append({"network": _network(name), "href": target, "label": place.get(f"{name}-content")[:60]})
    if not links:
        raise Inexpressible
    icon = place.get("icon-size").split()
    props = blocks.props(
        place,
        **{
            "links": tuple(links[:12]),
            "style.look": "both" if labelled else "icons",
            "style.size": values.within(values.pixels(icon[0] if icon else "20px"), 12, 64),
            "style.align": place.align("center"),
        },
    )
    if len(links) > 12:
        blocks.m.journal.lost(f"{len(links) - 12} social links", "A block has at most twelve.", place.line)
    return [blocks.m.node("social", props, place.line)]


def _shared(name: str, href: Json) -> Json:
    """Where MJML's network leads: some share the address that is given."""
    share = _SHARES.get(name, "")
    return f"{share}{href}" if share and isinstance(href, str) and href else href


def words_of_inner(blocks: "Blocks", element: Element) -> str:
    """The words in an element whose content is HTML; constructs shown."""
    found = [part.words if isinstance(part, Text) else words_of(part) for part in blocks.inner(element)]
    return blocks.m.constructs.show("".join(found))


def navbar(blocks: "Blocks", place: "Place") -> list[Node]:
    """mj-navbar: a menu. MJML 3 has it with images in it, which come as blocks of their own."""
    found = [child for child in place.element.elements() if child.name in ("mj-navbar-link", "mj-link")]
    if not found or len(found) > 8:
        raise Inexpressible
    base = place.get("base-url").rstrip("/")
    links = []
    for child in found:
        resolved = blocks.attributes.of(child)
        href = resolved.get("href", "")
        target = f"{base}/{href.lstrip('/')}" if base and not re.match(r"[a-z]+:|#|\ue000", href, re.I) else href
        label = plain_runs(" ".join(_inner_words(blocks, child).split()), blocks.m.constructs)
        links.append({"label": label, "href": address_of(target, blocks.m.constructs, blocks.m.alias)})
    first = blocks.attributes.of(found[0])
    sides = values.space(first)
    size = values.within(values.pixels(first.get("font-size", "")), 8, 96)
    weight = values.weight(first.get("font-weight", ""))
    props = blocks.props(
        place,
        **{
            "links": tuple(links),
            "style.size": size,
            "style.color": values.color(first.get("color", "")) or None,
            "style.weight": weight if weight != "400" else "",
            "style.gap": values.within(float(sides[1]) + float(sides[3]), 0, 80),
            "style.align": place.align("center"),
        },
    )
    if place.get("hamburger"):
        blocks.m.journal.lost("the hamburger of <mj-navbar>", "A menu is open on every screen.", place.line)
    return [blocks.m.node("menu", props, place.line)]


def table(blocks: "Blocks", place: "Place") -> list[Node]:
    """mj-table: a table of data where each cell is a text; else HTML."""
    rows = _rows(blocks.inner(place.element))
    if not rows or len(rows) > _MOST_ROWS:
        raise Inexpressible
    made = []
    for row in rows:
        cells = [cell for cell in row.elements() if cell.name in ("td", "th")]
        if not 0 < len(cells) <= _MOST_CELLS or any(_span(cell) or list(_pictures(cell)) for cell in cells):
            raise Inexpressible
        made.append(tuple(runs_of(cell.children, blocks.m.constructs, blocks.m.alias) for cell in cells))
    if len({len(row) for row in made}) != 1:
        raise Inexpressible
    props = blocks.props(
        place,
        **{
            "rows": tuple(made),
            "header": any(cell.name == "th" for cell in rows[0].elements()),
            **lettering(blocks, place),
            "style.align": place.align(),
        },
    )
    return [blocks.m.node("table", props, place.line)]


def html_of(blocks: "Blocks", place: "Place") -> str:
    """An element as HTML that shows the same words, pictures and links."""
    element = place.element
    inner = blocks.inner_text(element)
    if element.name == "mj-button":
        return _button(blocks, place, inner)
    if element.name == "mj-image":
        return _image(place)
    if element.name == "mj-table":
        return dressed(blocks, place, f'<table width="100%" cellpadding="0" cellspacing="0">{inner}</table>')
    return dressed(blocks, place, "".join(_plain(blocks, child) for child in element.elements()) or inner)


def accordion(blocks: "Blocks", place: "Place") -> list[Node]:
    """mj-accordion: its titles and texts, all open."""
    words = "It is kept as HTML with every part open: few mail programs fold it."
    blocks.m.journal.kept("<mj-accordion>", words, place.line)
    made = ""
    for child in place.element.walk():
        inner = blocks.inner_text(child)
        if child.name == "mj-accordion-title":
            made += f'<p style="margin:0 0 4px;"><strong>{inner}</strong></p>'
        elif child.name == "mj-accordion-text":
            made += f'<div style="margin:0 0 12px;">{inner}</div>'
    return blocks.m.html(dressed(blocks, place, made) if made else "", place.line, place.padding)


def carousel(blocks: "Blocks", place: "Place") -> list[Node]:
    """mj-carousel: its pictures, one below the other."""
    words = "It is kept as HTML with its pictures one below the other: few mail programs turn it."
    blocks.m.journal.kept("<mj-carousel>", words, place.line)
    made = "".join(_plain(blocks, child) for child in place.element.elements())
    return blocks.m.html(made, place.line, place.padding)


def _network(name: str) -> str:
    """Our network for one of MJML's, such as facebook-noshare or twitter."""
    plain = name.removesuffix("-noshare")
    plain = _ALIASES.get(plain, plain)
    return plain if plain in NETWORKS else "web"


def _inner_words(blocks: "Blocks", element: Element) -> str:
    parts = blocks.inner(element)
    if any(isinstance(part, Element) and part.name in ("img", "table") for part in parts):
        raise Inexpressible
    return "".join(part.words if isinstance(part, Text) else words_of(part) for part in parts)


def _rows(parts: "list[Element | Text]") -> list[Element]:
    found: list[Element] = []
    for part in parts:
        if isinstance(part, Text):
            if part.words.strip() and not part.comment:
                raise Inexpressible
        elif part.name in ("tbody", "thead", "tfoot", "table"):
            found += _rows(part.children)
        elif part.name == "tr":
            found.append(part)
        else:
            raise Inexpressible
    return found


def _span(cell: Element) -> bool:
    return cell.get("colspan", "1") != "1" or cell.get("rowspan", "1") != "1"


def _pictures(cell: Element) -> list[Element]:
    return [one for one in cell.walk() if one.name in ("img", "table", "ul", "ol")]


def _button(blocks: "Blocks", place: "Place", inner: str) -> str:
    ground, ink = values.color(place.get("background-color")), values.color(place.get("color"))
    size = values.within(values.pixels(place.get("font-size")), 8, 40) or 13
    inside = " ".join(f"{side:g}px" for side in values.space(place.resolved, "inner-padding"))
    style = f"display:inline-block;padding:{inside};"
    style += f"background-color:{ground};" if ground else ""
    style += f"color:{ink};" if ink else ""
    style += f"font-size:{size:g}px;text-decoration:none;"
    style += f"border-radius:{values.within(values.pixels(place.get('border-radius')), 0, 60) or 0:g}px;"
    link = f'<a href="{escape(place.get("href"))}" style="{style}">{inner}</a>'
    return f'<div style="text-align:{place.align("center")};">{link}</div>'


def _image(place: "Place") -> str:
    width = values.within(values.pixels(place.get("width"), place.width), 1, 900)
    wide = f' width="{width:g}"' if width else ""
    made = f'<img src="{escape(place.get("src"))}" alt="{escape(place.get("alt"))}"{wide} style="max-width:100%;" />'
    if place.get("href"):
        made = f'<a href="{escape(place.get("href"))}">{made}</a>'
    return f'<div style="text-align:{place.align("center")};">{made}</div>'


def _plain(blocks: "Blocks", child: Element) -> str:
    """A part of a compound element as HTML."""
    inner = blocks.inner_text(child) if child.name != "mj-carousel-image" else ""
    source = child.get("src")
    if source:
        inner = f'<img src="{escape(source)}" alt="{escape(child.get("alt"))}" style="max-width:100%;" />{inner}'
    if child.get("href"):
        inner = f'<a href="{escape(child.get("href"))}">{inner}</a>'
    return f"<div>{inner}</div>" if inner else ""
