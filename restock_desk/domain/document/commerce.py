"""The schema of what a restock mail is about: product, product grid, stock badge, price line, recap. They expand."""

from restock_desk.domain.document.fields import (
    COMMON_FIRST,
    COMMON_LAST,
    PRODUCT_FIELDS,
    FieldSpec,
    Kind,
    align,
    border,
    color,
    lettering,
    padding,
    px,
    text,
)
from restock_desk.domain.document.tree import Json

_SOURCES = ("event", "sku", "item")
_RECAP: Json = (
    {"t": "You asked on "},
    {"v": "interest.created_at", "filters": ("date",), "fallback": "our site"},
    {"t": " to be told when this is back."},
)


def _source(choices: tuple[str, ...] = _SOURCES) -> tuple[FieldSpec, ...]:
    return (
        FieldSpec(
            "source", "select", "Product", "event", choices, doc="What restocked, one fixed SKU, or the repeat's entry"
        ),
        FieldSpec("sku", "text", "SKU", "", doc="Where the product is a fixed one", most=120),
    )


def _kind(type: str, label: str, icon: str, *fields: FieldSpec, doc: str = "") -> Kind:
    every = (*COMMON_FIRST, *fields, *COMMON_LAST)
    return Kind(type, label, "commerce", f"mdi6.{icon}", every, doc=doc, expands=True)


_BELOW = FieldSpec(
    "onlyLeftBelow", "number", "“Only n left” below", 10, min=0, max=1000, doc="0 never says how many are left"
)
_CARD = (
    FieldSpec("button", "rich", "Button", text("View product"), plain=True),
    FieldSpec("link", "select", "Links to", "product", ("product", "cart", "wishlist")),
    FieldSpec("style.ratio", "select", "Picture's shape", "auto", ("auto", "square", "portrait", "landscape")),
    px("titleSize", "Title's size", 20, 8, 60, phone=True),
    color("color", "Colour", "$text"),
    color("priceColor", "Price's colour", "$text"),
    color("background", "Background"),
    *border(),
    align("left"),
    padding(0, 0, 16, 0),
)

COMMERCE: tuple[Kind, ...] = (
    _kind(
        "product",
        "Product",
        "package-variant-closed",
        *_source(),
        FieldSpec(
            "fields",
            "product_fields",
            "Shows",
            ("image", "title", "variant", "price", "compareAt", "stockBadge", "button"),
            PRODUCT_FIELDS,
        ),
        FieldSpec("layout", "select", "Layout", "card", ("card", "row", "compact")),
        _BELOW,
        *_CARD,
        doc="One product with picture, price and button",
    ),
    _kind(
        "productGrid",
        "Product grid",
        "view-grid-outline",
        FieldSpec("source", "select", "Products", "waitlist", ("related", "waitlist", "feed", "manual")),
        FieldSpec("feed", "text", "Feed", "", doc="The feed's name, where products come from one", most=120),
        FieldSpec(
            "skus",
            "list",
            "SKUs",
            (),
            items=(FieldSpec("", "text", "SKU", "", most=120),),
            most=24,
            doc="Where products are chosen by hand",
        ),
        FieldSpec("limit", "number", "At most", 4, min=1, max=24),
        FieldSpec("perRow", "number", "Side by side", 2, min=1, max=4),
        FieldSpec(
            "fallback",
            "select",
            "When there are none",
            "hide",
            ("hide", "bestsellers"),
            doc="Bestsellers, else nothing",
        ),
        FieldSpec("excludeEvent", "boolean", "Without the product that restocked", True),
        FieldSpec(
            "fields", "product_fields", "Shows", ("image", "title", "price", "compareAt", "button"), PRODUCT_FIELDS
        ),
        _BELOW,
        *_CARD,
        doc="Several products side by side",
    ),
    _kind(
        "stockBadge",
        "Stock badge",
        "tag-outline",
        *_source(),
        FieldSpec("inStock", "rich", "In stock", text("Back in stock"), plain=True),
        FieldSpec(
            "low",
            "rich",
            "Few left",
            ({"t": "Only "}, {"v": "variant.stock", "fallback": "a few"}, {"t": " left"}),
            plain=True,
        ),
        _BELOW,
        color("color", "Colour", "$on-accent"),
        color("background", "Background", "$accent"),
        px("size", "Size", 13, 8, 40),
        px("radius", "Rounded corners", 12, 0, 60),
        align("left"),
        padding(0, 0, 12, 0),
    ),
    _kind(
        "priceLine",
        "Price",
        "cash",
        *_source(),
        FieldSpec("compareAt", "boolean", "Former price", True, doc="Struck through, only where it is higher"),
        *lettering(20, "$body", "$text", weight="700"),
        color("compareColor", "Former price's colour", "$muted"),
        align("left"),
        padding(0, 0, 12, 0),
    ),
    _kind(
        "recap",
        "Recap",
        "history",
        FieldSpec("text", "rich", "Words", _RECAP, required=True),
        *lettering(14, "$body", "$muted"),
        align("left"),
        padding(0, 0, 16, 0),
        doc="Reminds the reader of what they asked for",
    ),
)
