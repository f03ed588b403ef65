"""Products, variants and stock as the desk knows them. No rule about restocks here: see `restocks`."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class ProductStatus(StrEnum):
    ACTIVE = "active"
    DRAFT = "draft"
    PRIVATE = "private"
    ARCHIVED = "archived"
    UNKNOWN = "unknown"


class Availability(StrEnum):
    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    BACKORDER = "backorder"
    PREORDER = "preorder"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Product:
    """A product as stored. `(source, source_key)` is its identity; `source_key` is the shop's id or the handle."""

    id: int
    source: str
    source_key: str
    title: str
    handle: str = ""
    description_html: str = ""
    vendor: str = ""
    type: str = ""
    tags: tuple[str, ...] = ()
    status: ProductStatus = ProductStatus.ACTIVE
    url: str = ""
    image_url: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Variant:
    """A thing that can be bought. `stock` is the sum over locations; None means not tracked or not told, never 0."""

    id: int
    product_id: int
    sku: str
    title: str = ""
    options: tuple[tuple[str, str], ...] = ()
    barcode: str = ""
    price: Decimal | None = None
    compare_at_price: Decimal | None = None
    currency: str = ""
    image_url: str = ""
    url: str = ""
    stock: int | None = None
    availability: Availability = Availability.UNKNOWN
    oversell: bool = False
    stock_from_parent: bool = False
    waiting: int = 0
    restock_seq: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True)
class ProductIn:
    """A product as a file or a shop tells it, with its variants, before it is stored. `line` is its first line."""

    source: str
    source_key: str
    title: str
    handle: str = ""
    description_html: str = ""
    vendor: str = ""
    type: str = ""
    tags: tuple[str, ...] = ()
    status: ProductStatus = ProductStatus.ACTIVE
    url: str = ""
    image_url: str = ""
    variants: "tuple[VariantIn, ...]" = ()
    extras: dict[str, str] = field(default_factory=dict)
    line: int = 0
    rows: int = 1
    """How many rows of the file it was made from."""


@dataclass(frozen=True)
class VariantIn:
    """A variant as told. `source_key` is its identity within the product's source (shop id, else sku, else options).

    `stock` None = not told, the stored level stays. `availability` UNKNOWN = derive it from the stock.
    """

    source_key: str
    sku: str = ""
    title: str = ""
    options: tuple[tuple[str, str], ...] = ()
    barcode: str = ""
    price: Decimal | None = None
    compare_at_price: Decimal | None = None
    currency: str = ""
    image_url: str = ""
    url: str = ""
    inventory_item_id: str = ""
    stock: int | None = None
    availability: Availability = Availability.UNKNOWN
    oversell: bool = False
    stock_from_parent: bool = False
    line: int = 0


@dataclass(frozen=True)
class StockIn:
    """One stock level as told: which variant (by `sku`, else `inventory_item_id`, else handle + options), how many."""

    quantity: int | None
    sku: str = ""
    inventory_item_id: str = ""
    handle: str = ""
    options: tuple[tuple[str, str], ...] = ()
    location: str = ""
    availability: Availability = Availability.UNKNOWN
    observed_at: datetime | None = None
    line: int = 0
    rows: int = 1
    """1, or 0 for the second and later levels that one row of a file told."""


@dataclass(frozen=True)
class StockChange:
    """One line of a variant's append-only stock history."""

    at: datetime
    before: int | None
    after: int | None
    source: str


@dataclass(frozen=True)
class ProductDetail:
    """All that the catalog page shows of one product."""

    product: Product
    variants: tuple[Variant, ...]
    history: tuple[tuple[int, StockChange], ...] = ()
