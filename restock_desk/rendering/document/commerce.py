"""Commerce blocks as the base blocks they stand for: everything after this knows base types only.

A plain card becomes picture, heading, text and button; what stands side by side or in a box becomes HTML of tables.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from restock_desk.domain.document.kinds import value
from restock_desk.domain.document.tree import Json, Node
from restock_desk.rendering.document import cards
from restock_desk.rendering.document.look import Badge, Look

_ROOTS = frozenset({"product", "variant", "event", "interest"})
_SHARED = ("when", "visibility", "name")
_NONE: Mapping[str, tuple[Node, ...]] = MappingProxyType({})


def expansion(node: Node, alias: str, width: float, look: Look) -> tuple[Node, ...]:
    """The base nodes of a commerce or custom block, in a column of that inner width. `alias` names the repeat's entry.

    They have ids made of the block's own, and carry its condition and who sees it.
    """
    make = _MAKERS.get(node.type)
    return make(node, root_of(node, alias), width, look) if make else _custom(node)


def root_of(node: Node, alias: str) -> str:
    """Where in the context the block's product is: "" for what restocked, an entry of a repeat, a fixed one."""
    source = value(node, "source")
    if source == "item":
        return alias
    sku = str(value(node, "sku") or "").strip()
    return f"shelf.lists.{key_of((sku,))}.0" if source == "sku" and sku else ""


def key_of(skus: tuple[str, ...]) -> str:
    """The name of a list of fixed products in the context."""
    return "l" + hashlib.sha256("\n".join(skus).encode()).hexdigest()[:10]


def skus_of(node: Node) -> tuple[str, ...]:
    """The fixed products that a block shows."""
    if node.type == "productGrid":
        found = value(node, "skus") if value(node, "source") == "manual" else ()
        return tuple(str(sku).strip() for sku in found if str(sku).strip()) if isinstance(found, tuple) else ()
    sku = str(value(node, "sku") or "").strip()
    return (sku,) if value(node, "source") == "sku" and sku else ()


def _product(node: Node, root: str, width: float, look: Look) -> tuple[Node, ...]:
    shown = value(node, "fields")
    fields = tuple(map(str, shown)) if isinstance(shown, tuple) else ()
    boxed = value(node, "style.background") or value(node, "style.borderWidth")
    if value(node, "layout") != "card" or boxed or value(node, "style.ratio") != "auto":
        return (_html(node, cards.product(node, root, width, look), cards.told(node, root), root),)
    align, padding = value(node, "style.align"), value(node, "style.padding")
    top, right, bottom, left = padding if isinstance(padding, tuple) else (0, 0, 16, 0)
    link: Json = MappingProxyType({"link": value(node, "link") or "product"})
    made: list[tuple[str, dict[str, object]]] = []
    if "image" in fields:
        alt = ({"v": _path(root, "product.title")},)
        made.append(("image", {"src": {"v": _path(root, "variant.image_url")}, "alt": alt, "href": link}))
    if "stockBadge" in fields:
        words = cards.badge(root, cards.LOW, cards.BACK, value(node, "onlyLeftBelow"), look, look.badge)
        made.append(("html", {"html": words, "text": cards.badge_told(root, value(node, "onlyLeftBelow"))}))
    if "title" in fields:
        style = {"size": value(node, "style.titleSize"), "color": value(node, "style.color")}
        made.append(("heading", {"level": 2, "text": ({"v": _path(root, "product.title")},), "style": style}))
    if "variant" in fields:
        need = {"var": _path(root, "variant.title"), "op": "set"}
        style = {"size": 14, "color": "$muted"}
        made.append(("text", {"text": ({"v": _path(root, "variant.title")},), "when": need, "style": style}))
    if "price" in fields:
        words = cards.price(root, "compareAt" in fields, 18, value(node, "style.priceColor"), "$muted", look)
        made.append(("html", {"html": words, "text": cards.price_told(root, "compareAt" in fields)}))
    if "button" in fields:
        made.append(("button", {"label": value(node, "button"), "href": link}))
    gaps = {"image": 16, "heading": 4, "text": 4, "html": 10, "button": 0}
    nodes = []
    for at, (type_, props) in enumerate(made):
        below = bottom if at == len(made) - 1 else gaps[type_]
        sides = (top if at == 0 else 0, right, below, left)
        whole = {"align": align, "padding": sides, **_of(props.get("style"))}
        own = _on_phones(node, type_, sides, at == 0, at == len(made) - 1)
        nodes.append(_node(node, at, type_, {**props, "style": whole, **own}, root))
    return tuple(nodes)


def _on_phones(node: Node, type_: str, sides: tuple[Json, ...], first: bool, last: bool) -> dict[str, object]:
    """What is different on phones for one part of a card."""
    changes, made = _of(node.get("mobile")), {}
    if "align" in changes:
        made["align"] = changes["align"]
    if type_ == "heading" and changes.get("titleSize"):
        made["size"] = changes["titleSize"]
    padding = changes.get("padding")
    if isinstance(padding, tuple) and len(padding) == 4:
        made["padding"] = (padding[0] if first else 0, padding[1], padding[2] if last else sides[2], padding[3])
    return {"mobile": made} if made else {}


def _grid(node: Node, root: str, width: float, look: Look) -> tuple[Node, ...]:
    words = cards.grid(node, lists(node), width, look)
    return (_html(node, words, cards.grid_told(node, lists(node)), ""),) if words else ()


def lists(node: Node) -> tuple[str, ...]:
    """The lists a grid takes its products from, the next one where those before are empty."""
    limit, source = int(_number(value(node, "limit"), 4)), value(node, "source")
    first = {"related": f"shelf.related[:{limit}]", "feed": ""}.get(str(source), "")
    if source == "waitlist":
        first = f"items[1:{limit + 1}]" if value(node, "excludeEvent") else f"items[:{limit}]"
    if source == "manual" and skus_of(node):
        first = f"shelf.lists.{key_of(skus_of(node))}[:{limit}]"
    more = f"shelf.bestsellers[:{limit}]" if value(node, "fallback") == "bestsellers" else ""
    return tuple(part for part in (first, more) if part)


def _badge(node: Node, root: str, width: float, look: Look) -> tuple[Node, ...]:
    style = Badge(
        str(value(node, "style.color")), str(value(node, "style.background")),
        _number(value(node, "style.size"), 13), _number(value(node, "style.radius"), 12),
    )  # fmt: skip
    low, back = value(node, "low"), value(node, "inStock")
    words = cards.badge(root, low, back, value(node, "onlyLeftBelow"), look, style)
    told = cards.badge_told(root, value(node, "onlyLeftBelow"), low, back)
    return (_html(node, _aligned(node, words, look), told, root),)


def _price(node: Node, root: str, width: float, look: Look) -> tuple[Node, ...]:
    former = bool(value(node, "compareAt"))
    words = cards.price(
        root, former, _number(value(node, "style.size"), 20), value(node, "style.color"),
        value(node, "style.compareColor"), look, str(value(node, "style.weight") or "700"), value(node, "style.font"),
    )  # fmt: skip
    return (_html(node, _aligned(node, words, look), cards.price_told(root, former), root),)


def _recap(node: Node, root: str, width: float, look: Look) -> tuple[Node, ...]:
    style = {
        name: value(node, f"style.{name}")
        for name in ("font", "size", "color", "weight", "lineHeight", "align", "padding")
    }
    text = value(node, "text")
    runs = tuple(_rooted(run, root) for run in text) if isinstance(text, tuple) else ()
    props: dict[str, object] = {"text": runs, "style": style}
    return (_node(node, 0, "text", {**props, "mobile": node.get("mobile")} if node.get("mobile") else props, root),)


def _custom(node: Node) -> tuple[Node, ...]:
    """A custom block holds its own expansion; without one nothing can be shown."""
    return tuple(node.children("blocks"))


def _aligned(node: Node, words: str, look: Look) -> str:
    return f'<div style="text-align:{value(node, "style.align") or look.start};">{words}</div>'


def _html(node: Node, words: str, told: str, root: str) -> Node:
    return _node(
        node, 0, "html", {"html": words, "text": told, "style": {"padding": value(node, "style.padding")}}, root
    )


def _node(node: Node, at: int, type_: str, props: dict[str, object], root: str) -> Node:
    kept: dict[str, object] = {name: node.props[name] for name in _SHARED if name in node.props}
    own = props.pop("when", None)
    tests = [test for test in (kept.pop("when", None), _there(root), own) if test]
    if tests:
        kept["when"] = tests[0] if len(tests) == 1 else {"all": tuple(tests)}
    style = {key: part for key, part in _of(props.get("style")).items() if part is not None}
    return Node(f"{node.id[:36]}-{at}" if at else node.id, type_, _frozen({**kept, **props, "style": style}), _NONE)


def _there(root: str) -> dict[str, object] | None:
    """A fixed product may be gone from the catalog."""
    return {"var": root.removesuffix(".0"), "op": "truthy"} if root.startswith("shelf.") else None


def _path(root: str, path: str) -> str:
    return f"{root}.{path}" if root else path


def _rooted(run: Json, root: str) -> Json:
    """A run whose variable is of the block's own product."""
    if isinstance(run, Mapping) and root and str(run.get("v", "")).partition(".")[0] in _ROOTS:
        return MappingProxyType({**run, "v": f"{root}.{run['v']}"})
    return run


def _of(found: object) -> dict[str, object]:
    return dict(found) if isinstance(found, Mapping) else {}


def _number(found: Json, otherwise: float) -> float:
    return found if isinstance(found, int | float) and not isinstance(found, bool) else otherwise


def _frozen(found: object) -> Mapping[str, Json]:
    def freeze(part: object) -> Json:
        if isinstance(part, Mapping):
            return MappingProxyType({str(key): freeze(inner) for key, inner in part.items()})
        return tuple(map(freeze, part)) if isinstance(part, list | tuple) else part  # type: ignore[return-value]  # plain JSON by construction

    made = freeze(found)
    assert isinstance(made, Mapping)
    return made


_MAKERS = {"product": _product, "productGrid": _grid, "stockBadge": _badge, "priceLine": _price, "recap": _recap}
