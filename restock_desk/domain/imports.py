"""What an import is asked to do and what came of it. Every line of a file ends as accepted, unchanged or rejected."""

from dataclasses import dataclass
from enum import StrEnum


class ImportKind(StrEnum):
    PRODUCTS = "products"
    SUBSCRIBERS = "subscribers"
    INTERESTS = "interests"
    STOCK = "stock"
    FEEDBACK = "feedback"


@dataclass(frozen=True)
class Rejected:
    """A line that did not go in: where (1-based line of its first character, field), why, and the line itself."""

    line: int
    field: str
    reason: str
    raw: str = ""


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file. Empty or None = recognise. `columns` maps our field to a header or a 1-based position.

    `locale` declares how numbers are written ("en": 1,234.50; "de": 1.234,50). `state` says what a people file holds
    where its columns do not (subscribed, unsubscribed, cleaned). `timezone` is for times without a zone.
    """

    format: str = ""
    header: bool = True
    columns: tuple[tuple[str, str], ...] = ()
    encoding: str = ""
    delimiter: str = ""
    locale: str = ""
    currency: str = ""
    timezone: str = "UTC"
    state: str = ""
    image_base_url: str = ""


@dataclass(frozen=True)
class FilePreview:
    """What a file looks like before anything is written: the recognised format, headers, mapping, first lines."""

    path: str
    format: str
    encoding: str
    delimiter: str
    headers: tuple[str, ...]
    mapping: tuple[tuple[str, str], ...]
    sample: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do (`dry_run`). `accepted` counts lines that are in the shop now, changed or new;
    `unchanged` those that were there already; read = accepted + unchanged + len(rejected) where nothing was capped.

    `rejected` holds the first 10,000; `rejected_total` counts all. `parked` interests wait for their product.
    """

    run_id: int | None
    kind: ImportKind
    format: str
    read: int
    accepted: int
    unchanged: int
    rejected: tuple[Rejected, ...]
    rejected_total: int
    parked: int = 0
    restocks: int = 0
    dry_run: bool = False
    cancelled: bool = False
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
