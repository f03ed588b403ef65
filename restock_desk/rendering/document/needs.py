"""What a document needs that it does not hold: products to show beside what restocked."""

from restock_desk.domain.document.kinds import value
from restock_desk.domain.document.tree import Document
from restock_desk.domain.shelf import Wanted
from restock_desk.rendering.document.commerce import key_of, skus_of


def wanted(document: Document) -> Wanted:
    """What the products and grids of a document, saved blocks included, take from a shelf."""
    related = bestsellers = False
    lists: dict[str, tuple[str, ...]] = {}
    for node in document.walk():
        if node.type == "productGrid":
            related = related or value(node, "source") == "related"
            bestsellers = bestsellers or value(node, "fallback") == "bestsellers"
        if node.type in ("product", "productGrid", "stockBadge", "priceLine") and skus_of(node):
            lists[key_of(skus_of(node))] = skus_of(node)
        if node.type == "repeat":
            path = str(value(node, "path"))
            related, bestsellers = related or path == "shelf.related", bestsellers or path == "shelf.bestsellers"
    return Wanted(related, bestsellers, tuple(sorted(lists.items())))
